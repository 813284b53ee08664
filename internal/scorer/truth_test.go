package scorer

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/scorer/truth"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// truthWorld is a warehouse with the two tables that the truth is made of, a store of manifests, and a job of the day of truthDay.
type truthWorld struct {
	*Job
	users int
	rows  []string
	label []string
}

// truthDay is the job's day: labels are known of users whose day 0 is up to 2026-05-25, 37 days before.
const truthDay, lastKnown = "2026-07-01", "2026-05-25"

func newTruthWorld(t *testing.T, manifests ...model.Manifest) *truthWorld {
	t.Helper()
	wh, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{Holder: "test", Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wh.Close() })
	label := features.DefaultLabel()
	plan := features.Plan{Prefix: prefix, Zone: "UTC", Label: label, AsOf: instant(truthDay), DataStart: 1}
	j := &Job{wh: wh, d: features.DuckDB{}, plan: plan}
	j.Store = model.Store{Dir: t.TempDir()}
	j.Artifact = &model.Artifact{Manifest: model.Manifest{Name: "revisit", Set: features.Set{Zone: "UTC", Label: label}}}
	if err := os.MkdirAll(filepath.Join(j.Store.Dir, "revisit"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, m := range manifests {
		writeManifest(t, j.Store, m)
	}
	err = wh.Create(t.Context(), warehouse.Table{Name: prefix + "labels", Columns: []warehouse.Column{
		{Name: "user_key", Type: warehouse.String}, {Name: "day0", Type: warehouse.Date}, {Name: "revisit", Type: warehouse.Bool},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return &truthWorld{Job: j}
}

// truthManifest is a version's, made and trained at the beginning of the day, with the training figures of a good model.
func truthManifest(version, day string) model.Manifest {
	at := time.UnixMicro(instant(day)).UTC().Format(time.RFC3339)
	return model.Manifest{
		Name: "revisit", Version: version, Created: at, Set: features.Set{Zone: "UTC", Label: features.DefaultLabel()},
		Training: model.Training{AsOf: at}, Metrics: map[string]metrics.Summary{"model": {
			AUC: metrics.Interval{Value: 0.7, Low: 0.65, High: 0.75}, LogLoss: metrics.Interval{Value: 0.5}, ECE: metrics.Interval{Value: 0.02},
		}},
	}
}

func writeManifest(t *testing.T, store model.Store, m model.Manifest) {
	t.Helper()
	dir := filepath.Join(store.Dir, m.Name, m.Version)
	data, err := json.Marshal(m)
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "manifest.json"), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func instant(day string) int64 {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return at.UnixMicro()
}

// user adds a user with a label (true, false or NULL) and gives the key.
func (w *truthWorld) user(day0, revisit string) string {
	w.users++
	key := fmt.Sprintf("%032x", w.users)
	w.label = append(w.label, fmt.Sprintf("('%s', DATE '%s', %s)", key, day0, revisit))
	return key
}

// score adds a score made the given number of days after day 0.
func (w *truthWorld) score(key, day0 string, after int, version string, p float64) {
	day := shiftDay(day0, after)
	w.rows = append(w.rows, fmt.Sprintf("(DATE '%s', '%s', %d, DATE '%s', %d, %v, 'revisit', '%s')", day, key, instant(day), day0,
		min(7, after), p, version))
}

// scored adds a user who was scored when the first week was complete.
func (w *truthWorld) scored(day0, version string, p float64, revisit bool) {
	w.score(w.user(day0, fmt.Sprint(revisit)), day0, 7, version, p)
}

func (w *truthWorld) run(t *testing.T) *truth.Truth {
	t.Helper()
	for into, rows := range map[string][]string{
		"score_labels (user_key, day0, revisit)":                                       w.label,
		"scores (day, user_key, as_of, day0, days_known, probability, model, version)": w.rows,
	} {
		if len(rows) == 0 {
			continue
		}
		if err := w.wh.Exec(t.Context(), "INSERT INTO "+into+" VALUES "+strings.Join(rows, ", ")); err != nil {
			t.Fatal(err)
		}
	}
	w.rows, w.label = nil, nil
	known, err := w.truth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// crowd adds 40 users at each of ten probabilities, of whom 4k+2 of the k-th ten-percent step revisited: probabilities that are right.
func (w *truthWorld) crowd(day0, version string) {
	for k := range 10 {
		for i := range 40 {
			w.scored(day0, version, 0.05+0.1*float64(k), i < 4*k+2)
		}
	}
}

func near(t *testing.T, name string, got *float64, want float64) {
	t.Helper()
	if got == nil || !(math.Abs(*got-want) < 1e-9) {
		t.Errorf("%s is %v, want %v", name, digits(got), want)
	}
}

func TestTruthHasTheKnownFigures(t *testing.T) {
	w := newTruthWorld(t, truthManifest("v1", "2026-03-01"))
	w.crowd("2026-05-01", "v1")
	known := w.run(t)
	if len(known.Versions) != 1 || known.Later != 0 || known.Foreign != 0 || known.Made != time.UnixMicro(instant(truthDay)).UTC() {
		t.Fatalf("%+v", known)
	}
	v := known.Versions[0]
	if v.Version != "v1" || v.From != "2026-05-01" || v.To != "2026-05-01" || v.Users != 400 || *v.Positives != 200 || v.Status != truth.OK {
		t.Errorf("%+v", v)
	}
	// Of the pairs of positive and negative, by hand: with P_k = 4k+2 positives and N_k = 40-P_k negatives at step k, the share in which the
	// positive has the higher step, ties half.
	wins, loss := 0.0, 0.0
	for k := range 10 {
		positives := float64(4*k + 2)
		for l := range k {
			wins += positives * float64(38-4*l)
		}
		wins += positives * (40 - positives) / 2
		p := 0.05 + 0.1*float64(k)
		loss -= (positives*math.Log(p) + (40-positives)*math.Log(1-p)) / 400
	}
	near(t, "the AUC", v.AUC, wins/200/200)
	near(t, "the log loss", v.LogLoss, loss)
	near(t, "the ECE", v.ECE, 0)
	near(t, "the base rate", v.BaseRate, 0.5)
	near(t, "the predicted rate", v.PredictedRate, 0.5)
	if !(*v.AUCLow < *v.AUC && *v.AUC < *v.AUCHigh && *v.AUCHigh-*v.AUCLow < 0.1 && math.Abs(*v.AUCLow+*v.AUCHigh-2**v.AUC) < 1e-9) {
		t.Errorf("the AUC %v has the interval %v to %v", *v.AUC, *v.AUCLow, *v.AUCHigh)
	}
	near(t, "the training's AUC", v.TrainingAUC, 0.7)
	near(t, "its low end", v.TrainingAUCLow, 0.65)
	near(t, "its high end", v.TrainingAUCHigh, 0.75)
	near(t, "the training's log loss", v.TrainingLogLoss, 0.5)
	near(t, "the training's ECE", v.TrainingECE, 0.02)
}

// One score a user counts: the one of day 7.
func TestTruthTakesTheScoreOfDaySeven(t *testing.T) {
	w := newTruthWorld(t, truthManifest("v1", "2026-03-01"), truthManifest("v2", "2026-03-02"))
	for i := range 120 {
		key := w.user("2026-05-01", fmt.Sprint(i%2 == 0))
		w.score(key, "2026-05-01", 7, "v1", 0.25+0.5*float64(1-i%2))
		// Wrong on purpose: earlier, later, and by a newer version.
		for _, after := range []int{1, 6, 8, 30, 61} {
			w.score(key, "2026-05-01", after, "v2", 0.25+0.5*float64(i%2))
		}
	}
	known := w.run(t)
	if len(known.Versions) != 1 || known.Versions[0].Version != "v1" || known.Versions[0].Users != 120 {
		t.Fatalf("%+v", known)
	}
	near(t, "the AUC", known.Versions[0].AUC, 1)
}

func TestTruthLeavesOut(t *testing.T) {
	learntLater := truthManifest("later", "2026-05-09")
	otherRule := truthManifest("other-rule", "2026-03-01")
	otherRule.Set.Label.Visits = 5
	noInstant := truthManifest("no-instant", "2026-03-01")
	noInstant.Training.AsOf = ""
	w := newTruthWorld(t, truthManifest("v1", "2026-05-08"), learntLater, otherRule, noInstant)
	w.crowd("2026-05-01", "v1")
	// Scored on 8 May, which is one day before the training's end; and the three that cannot be judged.
	w.crowd("2026-05-01", "later")
	for _, version := range []string{"other-rule", "no-instant", "gone"} {
		w.scored("2026-05-01", version, 0.5, true)
	}
	// No label yet; a label but no score; a score but in no cohort; day 0 before the span and at its ends.
	w.score(w.user(shiftDay(lastKnown, 1), "NULL"), shiftDay(lastKnown, 1), 7, "v1", 0.5)
	w.score(w.user("2026-05-01", "NULL"), "2026-05-01", 7, "v1", 0.5)
	w.user("2026-05-01", "true")
	w.score("ffffffffffffffffffffffffffffffff", "2026-05-01", 7, "v1", 0.5)
	first := shiftDay(lastKnown, 1-truthDays)
	w.scored(shiftDay(first, -1), "v1", 0.5, true)
	w.scored(lastKnown, "v1", 0.5, true)
	known := w.run(t)
	if len(known.Versions) != 1 || known.Later != 400 || known.Foreign != 3 {
		t.Fatalf("%+v", known)
	}
	if v := known.Versions[0]; v.Users != 401 || v.From != "2026-05-01" || v.To != lastKnown {
		t.Errorf("%+v", v)
	}
	// What another model scored under the same version's name is none of this one's.
	w.Artifact.Manifest.Name = "other"
	if err := os.Mkdir(filepath.Join(w.Store.Dir, "other"), 0o755); err != nil {
		t.Fatal(err)
	}
	if other := w.run(t); len(other.Versions)+other.Foreign+other.Later != 0 {
		t.Errorf("another model has %+v", other)
	}
}

func TestTruthOfSeveralVersionsNewestFirst(t *testing.T) {
	// By the time of making, not by name.
	w := newTruthWorld(t, truthManifest("b", "2026-03-01"), truthManifest("a", "2026-04-01"), truthManifest("c", "2026-02-01"))
	w.crowd("2026-04-20", "b")
	w.crowd("2026-05-01", "a")
	for i := range 60 {
		w.scored("2026-04-10", "c", 0.5, i < 30)
	}
	var got []string
	for _, v := range w.run(t).Versions {
		got = append(got, fmt.Sprint(v.Version, " ", v.Users, " ", v.Status))
	}
	if want := "[a 400 ok b 400 ok c 60 few]"; fmt.Sprint(got) != want {
		t.Errorf("the versions are %v, want %v", got, want)
	}
}

// Nothing personal is in the table or the file, and they say the same.
func TestTruthTableAndFileAgree(t *testing.T) {
	w := newTruthWorld(t, truthManifest("v1", "2026-03-01"), truthManifest("v2", "2026-04-01"))
	w.crowd("2026-05-01", "v1")
	w.scored("2026-05-02", "v2", 0.3, true)
	for range 2 {
		w.run(t)
		columns, err := w.wh.ReadColumns(t.Context(), `SELECT version, from_day, to_day, users, positives, auc, auc_low, auc_high, log_loss, ece,
			base_rate, predicted_rate, as_of FROM truth ORDER BY version DESC`)
		if err != nil || columns[0].Len() != 2 {
			t.Fatalf("%d rows, %v", columns[0].Len(), err)
		}
		file := readTruth(t, w.Job)
		if file["made"] != "2026-07-01T00:00:00Z" || columns[12].Numbers[0] != float64(instant(truthDay)) {
			t.Errorf("made %v, as of %v", file["made"], columns[12].Numbers[0])
		}
		versions := file["versions"].([]any)
		for row := range 2 {
			v := versions[row].(map[string]any)
			for i, name := range []string{
				"version", "from", "to", "users", "positives", "auc", "auc_low", "auc_high", "log_loss", "ece", "base_rate", "predicted_rate",
			} {
				if got, want := cell(&columns[i], row), v[name]; got != want {
					t.Errorf("%s of %v is %v in the table, %v in the file", name, v["version"], got, want)
				}
			}
			if len(v) != 18 || v["status"] == "" || v["training_auc"] != 0.7 {
				t.Errorf("the file has %v", v)
			}
		}
	}
}

func cell(c *warehouse.ColumnData, row int) any {
	switch {
	case c.Text != nil:
		return c.Text[row]
	case math.IsNaN(c.Numbers[row]):
		return nil
	}
	return c.Numbers[row]
}

func readTruth(t *testing.T, j *Job) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(j.Store.Dir, j.Artifact.Manifest.Name, truth.File))
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestNothingToSayYet(t *testing.T) {
	w := newTruthWorld(t, truthManifest("v1", "2026-03-01"))
	w.crowd("2026-05-01", "v1")
	w.run(t)
	if err := w.wh.Exec(t.Context(), "DELETE FROM scores"); err != nil {
		t.Fatal(err)
	}
	known := w.run(t)
	var out strings.Builder
	printTruth(&out, known)
	if len(known.Versions) != 0 || !strings.Contains(out.String(), "nothing to say yet") || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("%+v\n%s", known, out.String())
	}
	// The table keeps its columns, and neither it nor the file keeps old figures.
	columns, err := w.wh.ReadColumns(t.Context(), "SELECT * FROM truth")
	if err != nil || len(columns) != 13 || columns[0].Len() != 0 {
		t.Errorf("the table has %d columns (%v)", len(columns), err)
	}
	if versions, ok := readTruth(t, w.Job)["versions"].([]any); !ok || len(versions) != 0 {
		t.Errorf("the file has the versions %v", versions)
	}
}

func TestTheStoreIgnoresTheTruth(t *testing.T) {
	w := newTruthWorld(t, truthManifest("v1", "2026-03-01"))
	w.crowd("2026-05-01", "v1")
	w.run(t)
	list, err := w.Store.List()
	if err != nil || len(list) != 1 || list[0].Version != "v1" {
		t.Errorf("the store lists %d manifests (%v)", len(list), err)
	}
	names, err := filepath.Glob(filepath.Join(w.Store.Dir, "revisit", "*"))
	if err != nil || len(names) != 2 {
		t.Errorf("the model's directory has %v (%v)", names, err)
	}
}

func TestTruthErrorsSayWhatIsSafe(t *testing.T) {
	w := newTruthWorld(t, truthManifest("v1", "2026-03-01"))
	if err := os.Mkdir(filepath.Join(w.Store.Dir, "revisit", truth.File), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := w.truth(t.Context()); err == nil || !strings.Contains(err.Error(), "the scores are in the warehouse") {
		t.Errorf("a file that cannot be written gave %v", err)
	}
	if err := w.wh.Exec(t.Context(), "DROP TABLE score_labels"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.truth(t.Context()); err == nil || !strings.Contains(err.Error(), "compare earlier scores") {
		t.Errorf("a missing table gave %v", err)
	}
	if err := os.WriteFile(filepath.Join(w.Store.Dir, "revisit", "v1", "manifest.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.truth(t.Context()); err == nil || !strings.Contains(err.Error(), "read the manifest of revisit v1") {
		t.Errorf("a damaged manifest gave %v", err)
	}
}
