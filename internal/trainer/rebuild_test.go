package trainer

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/internal/report"
)

// TestRebuiltReportIsTheSame holds that artifact, record and warehouse give the very report of the run, in its own language and in another.
func TestRebuiltReportIsTheSame(t *testing.T) {
	wh, o := jobOptions(t, "logit", "gbdt")
	result, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := ReadRecord(o.Store, o.Name, result.Version)
	if err != nil {
		t.Fatal(err)
	}
	a, err := o.Store.Open(o.Name, result.Version, Decoders())
	if err != nil {
		t.Fatal(err)
	}
	data, err := Rebuild(t.Context(), wh, a, rec, Rebuilding{Store: o.Store, Now: o.Now})
	if err != nil {
		t.Fatal(err)
	}
	if m := data.Matters; len(m.Dependence) < 3 || len(m.Reasons) < 3 {
		t.Errorf("%d dependences and %d reasons were made again, want some to compare", len(m.Dependence), len(m.Reasons))
	}
	files, err := reportFiles(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{report.JSONFile, report.HTMLFile} {
		want, err := os.ReadFile(filepath.Join(o.Reports, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(files[name])); diff != "" {
			t.Fatalf("%s (-of the run +made again):\n%s", name, diff)
		}
	}
	data.Language = report.Korean
	korean, err := reportFiles(data)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(korean[report.HTMLFile], []byte(`lang="ko"`)) {
		t.Error("the page made again in Korean is not in Korean")
	}
}

func TestReadRecordOfNoRun(t *testing.T) {
	_, o := jobOptions(t)
	if _, err := ReadRecord(o.Store, "revisit", "20260101"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent record gives %v", err)
	}
	dir := filepath.Join(o.Store.Dir, "revisit", "20260101")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"{", `{"report": {"format": 99}}`} {
		if err := os.WriteFile(filepath.Join(dir, RecordFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadRecord(o.Store, "revisit", "20260101"); err == nil {
			t.Errorf("the record %s is accepted", text)
		}
	}
}

// TestRebuildOfLessData holds that an earlier as-of shows fewer people, and leaves the account of the training as it was.
func TestRebuildOfLessData(t *testing.T) {
	wh, o := jobOptions(t, "logit")
	result, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := ReadRecord(o.Store, o.Name, result.Version)
	if err != nil {
		t.Fatal(err)
	}
	a, err := o.Store.Open(o.Name, result.Version, Decoders())
	if err != nil {
		t.Fatal(err)
	}
	earlier := time.UnixMicro(result.Plan.AsOf).AddDate(0, 0, -30)
	data, err := Rebuild(t.Context(), wh, a, rec, Rebuilding{Store: o.Store, Now: o.Now, AsOf: earlier})
	if err != nil {
		t.Fatal(err)
	}
	if data.Summary.Cohort >= result.Rule.Users || data.Summary.Cohort == 0 {
		t.Errorf("%d people a month earlier, %d at the end", data.Summary.Cohort, result.Rule.Users)
	}
	if len(data.Quality.Models) != len(rec.Report.Quality.Models) || data.Quality.Rows != rec.Report.Quality.Rows {
		t.Error("the account of the training changed with the as-of")
	}
}
