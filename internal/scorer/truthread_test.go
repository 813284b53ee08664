package scorer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/Koalajuni/Calback-Data-ML/internal/scorer/truth"
	"github.com/Koalajuni/Calback-Data-ML/model"
)

// TestReadTruthReadsWhatWasWritten: enough people, too few to judge, and fewer than 10.
func TestReadTruthReadsWhatWasWritten(t *testing.T) {
	w := newTruthWorld(t, truthManifest("v1", "2026-03-01"), truthManifest("v2", "2026-04-01"), truthManifest("v3", "2026-04-02"))
	w.crowd("2026-05-01", "v1")
	w.scored("2026-05-02", "v2", 0.3, true)
	for i := range 30 {
		w.scored("2026-05-02", "v3", 0.4, i < 4)
	}
	written := w.run(t)
	read, err := truth.Read(w.Store, "revisit")
	if err != nil {
		t.Fatal(err)
	}
	if len(read.Versions) != 3 {
		t.Fatalf("%d versions are read", len(read.Versions))
	}
	if diff := cmp.Diff(written, read, cmpopts.IgnoreFields(truth.Truth{}, "Later", "Foreign")); diff != "" {
		t.Errorf("-written +read:\n%s", diff)
	}
}

func TestReadTruthOfNothing(t *testing.T) {
	store := model.Store{Dir: t.TempDir()}
	if known, err := truth.Read(store, "revisit"); known != nil || err != nil {
		t.Errorf("a store without the file gives %+v, %v", known, err)
	}
	if _, err := truth.Read(store, "../other"); err == nil {
		t.Error("a name that leads out of the store is read")
	}
}

// putTruth writes the file as someone else might have.
func putTruth(t *testing.T, text string) model.Store {
	t.Helper()
	store := model.Store{Dir: t.TempDir()}
	dir := filepath.Join(store.Dir, "revisit")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, truth.File), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return store
}

// TestReadTruthWithholds: of 9 people, of 40 of whom 9 revisited, and of 40 of whom 31 did, the file says more than it may; of 40 of whom 30
// did it does not.
func TestReadTruthWithholds(t *testing.T) {
	figures := `, "from": "2026-05-01", "to": "2026-05-02", "auc": 0.7, "auc_low": 0.6, "auc_high": 0.8, "log_loss": 0.5, "ece": 0.1,
		"base_rate": 0.4, "predicted_rate": 0.3, "training_auc": 0.8, "status": "ok"}`
	store := putTruth(t, `{"made": "2026-07-01T00:00:00Z", "versions": [{"version": "a", "users": 9, "positives": 4`+figures+
		`, {"version": "b", "users": 40, "positives": 9`+figures+`, {"version": "c", "users": 40, "positives": 31`+figures+
		`, {"version": "d", "users": 40, "positives": 30`+figures+`]}`)
	known, err := truth.Read(store, "revisit")
	if err != nil || len(known.Versions) != 4 {
		t.Fatalf("%+v, %v", known, err)
	}
	for i, v := range known.Versions {
		told := v.Positives != nil || v.AUC != nil || v.AUCLow != nil || v.AUCHigh != nil || v.LogLoss != nil || v.ECE != nil ||
			v.BaseRate != nil
		if told != (i == 3) || (v.Status == truth.OK) != (i == 3) {
			t.Errorf("version %s: %+v", v.Version, v)
		}
		if (v.PredictedRate != nil) != (i > 0) || (v.From != "") != (i > 0) || *v.TrainingAUC != 0.8 {
			t.Errorf("version %s: %+v", v.Version, v)
		}
	}
}

func TestReadTruthNamesADamagedFile(t *testing.T) {
	if _, err := truth.Read(putTruth(t, "{"), "revisit"); err == nil || !strings.Contains(err.Error(), "TRUTH.json of model revisit") {
		t.Errorf("a damaged file gives %v", err)
	}
	store := model.Store{Dir: t.TempDir()}
	if err := os.MkdirAll(filepath.Join(store.Dir, "revisit", truth.File), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := truth.Read(store, "revisit"); err == nil {
		t.Error("a directory is read")
	}
}
