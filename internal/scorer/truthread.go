package scorer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// ReadTruth reads the TruthFile of the named model, nil where there is none. It says nothing about fewer than 10 people even where the file
// does: figures of such versions are left out as in a TruthVersion.
func ReadTruth(store model.Store, name string) (*Truth, error) {
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("read %s: %q is no name of a model", TruthFile, name)
	}
	data, err := os.ReadFile(filepath.Join(store.Dir, name, TruthFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read how earlier scores came true: %w", err)
	}
	var t Truth
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, fmt.Errorf("read how earlier scores came true: %s of model %s: %w", TruthFile, name, err)
	}
	for i := range t.Versions {
		t.Versions[i].withhold()
	}
	return &t, nil
}

// withhold takes out what judge would not have said.
func (v *TruthVersion) withhold() {
	if v.Users < smallestCell {
		v.From, v.To, v.PredictedRate = "", "", nil
	}
	if v.Positives != nil && *v.Positives >= smallestCell && v.Users-*v.Positives >= smallestCell {
		return
	}
	v.Positives, v.AUC, v.AUCLow, v.AUCHigh, v.LogLoss, v.ECE, v.BaseRate = nil, nil, nil, nil, nil, nil, nil
	v.Status = TruthFew
}
