// Package truth says how a model's earlier scores came true, as the scorer leaves it beside the model.
package truth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// File is the file in the model's directory that says how its versions' scores came true.
const File = "TRUTH.json"

// SmallestCell is the smallest number of people that a figure is given of.
const SmallestCell = 10

// Truth is how the scores of users whose first week had just ended compare with what these users then did.
type Truth struct {
	// Made is the instant up to which labels are known.
	Made time.Time `json:"made"`
	// Versions are those of the model that scored anybody whose label is known by now, newest first.
	Versions []Version `json:"versions"`
	// Later and Foreign are users who are left out. Later: the version that scored them learnt from data after the score, so that it may
	// have known what it was to foretell. Foreign: the store has no manifest of the version, or one with another revisit rule or zone, or
	// one that does not say up to when it learnt.
	Later   int `json:"-"`
	Foreign int `json:"-"`
}

// Version is one version's figures. Those of fewer than 10 people are nil or empty: of fewer than 10 users all but their number, of
// fewer than 10 who revisited or who did not all that would tell how many did.
type Version struct {
	Version string `json:"version"`
	// From and To are the first and the last day 0 of the users, YYYY-MM-DD.
	From  string `json:"from"`
	To    string `json:"to"`
	Users int    `json:"users"`
	// Positives are the users who revisited.
	Positives *int `json:"positives"`
	// AUC comes with its 95 % interval.
	AUC     *float64 `json:"auc"`
	AUCLow  *float64 `json:"auc_low"`
	AUCHigh *float64 `json:"auc_high"`
	LogLoss *float64 `json:"log_loss"`
	// ECE is in 10 bins of equal size.
	ECE *float64 `json:"ece"`
	// BaseRate is the share who revisited, PredictedRate the mean probability.
	BaseRate      *float64 `json:"base_rate"`
	PredictedRate *float64 `json:"predicted_rate"`
	// The training figures are those of the manifest, of the newest users at the time; nil where it has none.
	TrainingAUC     *float64 `json:"training_auc"`
	TrainingAUCLow  *float64 `json:"training_auc_low"`
	TrainingAUCHigh *float64 `json:"training_auc_high"`
	TrainingLogLoss *float64 `json:"training_log_loss"`
	TrainingECE     *float64 `json:"training_ece"`
	// Status is Few, Alarm or OK.
	Status string `json:"status"`
}

// The statuses of a version.
const (
	// Few: fewer than 100 users, or fewer than 10 who revisited or who did not. The figures say little.
	Few = "few"
	// Alarm: the AUC's interval lies wholly below that of the training, or the log loss is worse than that of telling everybody the
	// share who revisited.
	Alarm = "alarm"
	// OK: neither.
	OK = "ok"
)

// Read reads the File of the named model, nil where there is none. It says nothing about fewer than 10 people even where the file
// does: figures of such versions are left out as in a Version.
func Read(store model.Store, name string) (*Truth, error) {
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("read %s: %q is no name of a model", File, name)
	}
	data, err := os.ReadFile(filepath.Join(store.Dir, name, File))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read how earlier scores came true: %w", err)
	}
	var t Truth
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, fmt.Errorf("read how earlier scores came true: %s of model %s: %w", File, name, err)
	}
	for i := range t.Versions {
		t.Versions[i].withhold()
	}
	return &t, nil
}

// withhold takes out what the scorer would not have said.
func (v *Version) withhold() {
	if v.Users < SmallestCell {
		v.From, v.To, v.PredictedRate = "", "", nil
	}
	if v.Positives != nil && *v.Positives >= SmallestCell && v.Users-*v.Positives >= SmallestCell {
		return
	}
	v.Positives, v.AUC, v.AUCLow, v.AUCHigh, v.LogLoss, v.ECE, v.BaseRate = nil, nil, nil, nil, nil, nil, nil
	v.Status = Few
}
