package bigquery

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/scorer/truth"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/scorer"
	"github.com/Koalajuni/Calback-Data-ML/internal/scorer/scorertest"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// What GoogleSQL computes from a compiled model must be what the server computes from the model itself. The emulator joins by nested
// loops, so that a model in parts is tried on few users.
func TestBigQueryAgreesWithGo(t *testing.T) {
	t.Run("whole", func(t *testing.T) { scorertest.Agree(t, newWarehouse(t), 10_000, false) })
	t.Run("in parts", func(t *testing.T) { scorertest.Agree(t, newWarehouse(t), 300, true) })
}

// Google's own front end must take every compiled model, and find the columns that the program reads.
func TestCompiledModelsAreGoogleSQL(t *testing.T) {
	table := scorertest.NewTable(3, 2000)
	models, err := scorertest.Models(t.Context(), table, 4)
	if err != nil {
		t.Fatal(err)
	}
	a := newAnalyser()
	a.know("features", columnsOf(table.Schema())[1:])
	for _, m := range models {
		q, err := model.NewQueries(features.GoogleSQL{}, m.Artifact, "features", "user_key", model.MaxSQL)
		if err != nil {
			t.Fatal(err)
		}
		part, err := a.analyse(q.Parts[0])
		if want := []column{{"user_key", "STRING"}, {"part", "FLOAT64"}}; err != nil || !slices.Equal(part, want) {
			t.Errorf("%s: columns %v (%.500v), want %v", m.Name, part, err, want)
		}
		a.know("part", part)
		whole, err := a.analyse(q.Whole([]string{"part"}))
		if want := []column{{"user_key", "STRING"}, {"score", "FLOAT64"}, {"probability", "FLOAT64"}}; err != nil || !slices.Equal(whole, want) {
			t.Errorf("%s: columns %v (%.500v), want %v", m.Name, whole, err, want)
		}
	}
}

// loadApp loads a small simulated app into the warehouse.
func loadApp(t *testing.T, wh *warehouse.Warehouse, files string, o sample.Options) {
	t.Helper()
	secret := []byte("a secret for the tests of scoring")
	src, err := source.NewGA4(source.GA4Options{Paths: []string{filepath.Join(files, "events")}, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	if _, err := etl.Run(t.Context(), wh, etl.Options{Source: src, Zone: o.Zone, Secret: secret, Simulated: true, Now: now}); err != nil {
		t.Fatal(err)
	}
}

// scoreOptions is a run of a made-up model on the app.
func scoreOptions(t *testing.T, zone string) scorer.Options {
	t.Helper()
	support := func(names ...string) (list []features.Support) {
		for _, n := range names {
			list = append(list, features.Support{Name: n, Users: 400})
		}
		return list
	}
	set := features.DefaultSet(zone, features.DefaultLabel(), features.Background, features.Found{
		Users: 400, Engaged: 400, Events: support("meeting_create", "friend_add", "group_time_create"), Screens: support("month"),
		Context: support("platform", "language", "country", "channel"),
	}, features.DefaultChoice())
	a, err := scorertest.NewArtifact(set, []string{"ANDROID", "IOS", "ko-kr", "South Korea", "Direct", "Organic Search"}, 7)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 9, 2, 12, 0, 0, 0, time.UTC)
	return scorer.Options{Artifact: a, Early: true, Now: func() time.Time { return now }, RunID: "test"}
}

// The same app in BigQuery and in DuckDB must come to the same scores and the same views, whatever has been scored before.
func TestScoringInBigQueryGivesDuckDBsRows(t *testing.T) {
	app := sample.Defaults()
	app.Users, app.Days = 50, 45
	files := t.TempDir()
	if _, err := sample.Write(t.Context(), files, app, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	dataset := newDataset()
	duck, big := duckWarehouse(t), openWarehouse(t, dataset)
	loadApp(t, duck, files, app)
	loadApp(t, big, files, app)
	o := scoreOptions(t, app.Zone)
	want, err := scorer.Run(t.Context(), duck, o)
	if err != nil {
		t.Fatal(err)
	}
	past, err := scorer.Run(t.Context(), duck, scoredOnDaySeven(t, duck, o, want))
	if err != nil {
		t.Fatal(err)
	}
	o.Dataset = project + "." + dataset
	for again := range 2 {
		if again > 0 {
			o = scoredOnDaySeven(t, big, o, want)
		}
		got, err := scorer.Run(t.Context(), big, o)
		if err != nil {
			t.Fatal(err)
		}
		if again > 0 {
			compareTruth(t, big, got.Truth, past.Truth)
		}
		if math.Abs(got.Mean-want.Mean) > 1e-9 {
			t.Errorf("the mean is %v, DuckDB's %v", got.Mean, want.Mean)
		}
		got.Mean, got.Bytes, got.Truth = want.Mean, want.Bytes, nil
		if got != want {
			t.Errorf("the run says\n%+v, DuckDB's\n%+v", got, want)
		}
		compareScores(t, big, duck, want)
	}
}

// scoredOnDaySeven puts scores of the newest day also on the users' day 7, where the label is known by now, and gives options with a store
// whose version learnt before.
func scoredOnDaySeven(t *testing.T, wh *warehouse.Warehouse, o scorer.Options, newest scorer.Result) scorer.Options {
	t.Helper()
	a := *o.Artifact
	a.Manifest.Training.AsOf = "2020-01-01T00:00:00Z"
	a.SetGolden(0)
	o.Artifact, o.Store = &a, model.Store{Dir: t.TempDir()}
	if _, err := o.Store.Publish(&a, nil); err != nil {
		t.Fatal(err)
	}
	today, err := time.Parse(time.DateOnly, newest.Day)
	if err != nil {
		t.Fatal(err)
	}
	for days := 30; days <= 38; days++ {
		day := today.AddDate(0, 0, -days)
		insert := fmt.Sprintf(`INSERT INTO scores (day, user_key, as_of, day0, days_known, probability, model, version)
			SELECT DATE '%s', user_key, %d, day0, 7, probability, model, version FROM scores WHERE day = DATE '%s' AND day0 = DATE '%s'`,
			day.Format(time.DateOnly), day.UnixMicro(), newest.Day, day.AddDate(0, 0, -7).Format(time.DateOnly))
		if err := wh.Exec(t.Context(), insert); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// compareTruth also looks for the figures in the table.
func compareTruth(t *testing.T, big *warehouse.Warehouse, got, want *truth.Truth) {
	t.Helper()
	if got == nil || want == nil || len(got.Versions) != 1 || len(want.Versions) != 1 {
		t.Fatalf("the delayed truth is %+v, DuckDB's %+v", got, want)
	}
	g, w := got.Versions[0], want.Versions[0]
	if g.PredictedRate == nil || w.PredictedRate == nil || math.Abs(*g.PredictedRate-*w.PredictedRate) > 1e-9 || g.Users != w.Users ||
		g.From != w.From || g.To != w.To || (g.Positives == nil) != (w.Positives == nil) {
		t.Errorf("the delayed truth is\n%+v, DuckDB's\n%+v", g, w)
	}
	rows := keyed(t, big, "SELECT CONCAT(version, ' ', CAST(from_day AS STRING), ' ', CAST(to_day AS STRING)), users FROM truth")
	if key := g.Version + " " + g.From + " " + g.To; len(rows) != 1 || rows[key] != float64(g.Users) {
		t.Errorf("the table has %v, want %v: %d", rows, key, g.Users)
	}
}

func compareScores(t *testing.T, big, duck *warehouse.Warehouse, r scorer.Result) {
	t.Helper()
	unnest := map[string]string{"duckdb": "UNNEST(v.predictions) AS u(p)", "googlesql": "UNNEST(v.predictions) AS p"}
	for name, query := range map[string]func(dialect string) string{
		"scores": func(string) string {
			return `SELECT CONCAT(user_key, ' ', CAST(day0 AS STRING), ' ', CAST(as_of AS STRING), ' ', CAST(days_known AS STRING), ' ', model, ' ', version),
				probability FROM scores WHERE day = DATE '` + r.Day + "'"
		},
		scorer.Predictions: func(dialect string) string {
			return "SELECT CONCAT(v.user_id, ' ', p.prediction_name), p.score FROM firebase_predictions AS v, " + unnest[dialect]
		},
		scorer.Groups: func(string) string {
			return `SELECT CONCAT(user_id, ' ', prediction_name, ' ', risk_tolerance), CASE WHEN member THEN 1 ELSE 0 END
				FROM firebase_predictions_groups`
		},
	} {
		got, want := keyed(t, big, query("googlesql")), keyed(t, duck, query("duckdb"))
		if len(want) < r.Users || r.Users < 30 || !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
			t.Errorf("%s has %d rows, DuckDB %d, of %d users", name, len(got), len(want), r.Users)
		}
		different := map[float64]bool{}
		for key, v := range want {
			different[v] = true
			if !(math.Abs(got[key]-v) <= 1e-9) {
				t.Errorf("%s, %s: %v, DuckDB has %v", name, key, got[key], v)
			}
		}
		if len(different) < 2 {
			t.Errorf("%s has one value for all: %v", name, different)
		}
	}
}

// keyed reads a text and a number a row.
func keyed(t *testing.T, wh *warehouse.Warehouse, query string) map[string]float64 {
	t.Helper()
	columns, err := wh.ReadColumns(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for i, key := range columns[0].Text {
		out[key] = columns[1].Numbers[i]
	}
	if len(out) != columns[0].Len() {
		t.Errorf("%d rows have %d keys", columns[0].Len(), len(out))
	}
	return out
}

// Every statement of a run must resolve; the rows must be those of the scores table, the views in the shape that Firebase had. In a view
// BigQuery knows no default dataset.
func TestScoringIsGoogleSQL(t *testing.T) {
	app := sample.Defaults()
	app.Users, app.Days = 50, 45
	files := t.TempDir()
	if _, err := sample.Write(t.Context(), files, app, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	big := newWarehouse(t)
	loadApp(t, big, files, app)
	o := scoreOptions(t, app.Zone)
	o.Since, o.Dataset = "2026-01-02", "other-project.other_dataset"
	o.Store = model.Store{Dir: t.TempDir()}
	job, err := scorer.Prepare(t.Context(), big, o)
	if err != nil {
		t.Fatal(err)
	}
	a := newAnalyser()
	a.know(o.Dataset+".scores", columnsOf(warehouse.Scores))
	want := map[string][]column{
		"scores":           columnsOf(warehouse.Scores),
		scorer.Predictions: {{"user_id", "STRING"}, {"prediction_time", "TIMESTAMP"}, {"predictions", "ARRAY<STRUCT<prediction_name STRING, score FLOAT64>>"}},
		scorer.Groups: {
			{"user_id", "STRING"}, {"prediction_time", "TIMESTAMP"}, {"prediction_name", "STRING"}, {"risk_tolerance", "STRING"}, {"member", "BOOL"},
		},
		"outcomes": {{"version", "STRING"}, {"day0", "DATE"}, {"as_of", "INT64"}, {"probability", "FLOAT64"}, {"revisited", "INT64"}},
		scorer.TruthTable: {
			{"version", "STRING"},
			{"from_day", "DATE"},
			{"to_day", "DATE"},
			{"users", "INT64"},
			{"positives", "INT64"},
			{"auc", "FLOAT64"},
			{"auc_low", "FLOAT64"},
			{"auc_high", "FLOAT64"},
			{"log_loss", "FLOAT64"},
			{"ece", "FLOAT64"},
			{"base_rate", "FLOAT64"},
			{"predicted_rate", "FLOAT64"},
			{"as_of", "INT64"},
		},
	}
	seen := 0
	for _, s := range job.Statements() {
		var args []any
		if s.Table == "scores" {
			args = job.Args()
		}
		got, err := a.analyse(s.SQL, args...)
		if err != nil {
			t.Fatalf("%s: %v", s.Table, err)
		}
		if columns, ok := want[s.Table]; ok {
			seen++
			if fmt.Sprint(got) != fmt.Sprint(columns) {
				t.Errorf("%s has the columns\n%v, want\n%v", s.Table, got, columns)
			}
		}
		if strings.HasPrefix(s.Table, "firebase") && !strings.Contains(s.SQL, "`other-project.other_dataset.scores`") {
			t.Errorf("the view %s names the scores without their dataset:\n%s", s.Table, s.SQL)
		}
	}
	if seen != len(want) {
		t.Errorf("%d of %d statements were compared", seen, len(want))
	}
}
