package scorer

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/trainer"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

var (
	jobNow    = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	jobSecret = []byte("a secret for the tests of scoring")
)

// app is a small simulated app in a warehouse in memory, with a model of each family trained on it.
type app struct {
	wh     *warehouse.Warehouse
	models map[string]*model.Artifact
}

// simulated is shared by the tests, which run one after another: a run changes only the scores and the views.
var simulated = sync.OnceValues(func() (*app, error) {
	dir, err := os.MkdirTemp("", "calback-score")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	o := sample.Defaults()
	o.Users, o.Days = 1500, 150
	if _, err := sample.Write(ctx, filepath.Join(dir, "app"), o, func(int, int) {}); err != nil {
		return nil, err
	}
	src, err := source.NewGA4(source.GA4Options{Paths: []string{filepath.Join(dir, "app", "events")}, Secret: jobSecret})
	if err != nil {
		return nil, err
	}
	a := &app{models: map[string]*model.Artifact{}}
	if a.wh, err = warehouse.Open(ctx, "duckdb::memory:", warehouse.Options{Holder: "test"}); err != nil {
		return nil, err
	}
	load := etl.Options{Source: src, Zone: o.Zone, Secret: jobSecret, Simulated: true, Now: jobNow}
	if _, err = etl.Run(ctx, a.wh, load); err != nil {
		return nil, err
	}
	for _, family := range trainer.AllFamilies {
		if a.models[family], err = train(ctx, a.wh, filepath.Join(dir, family), family); err != nil {
			return nil, err
		}
	}
	return a, nil
})

func train(ctx context.Context, wh *warehouse.Warehouse, dir, family string) (*model.Artifact, error) {
	o := trainer.Defaults()
	o.Store, o.Reports, o.Families = model.Store{Dir: filepath.Join(dir, "models")}, filepath.Join(dir, "reports"), []string{family}
	o.Created, o.Now, o.Resamples, o.PublishAnyway = jobNow, func() time.Time { return jobNow }, 100, true
	r, err := trainer.Run(ctx, wh, o)
	if err != nil {
		return nil, err
	}
	return o.Store.Open(o.Name, r.Version, trainer.Decoders())
}

func jobOptions(t *testing.T, family string) (*warehouse.Warehouse, Options) {
	t.Helper()
	a, err := simulated()
	if err != nil {
		t.Fatal(err)
	}
	return a.wh, Options{Artifact: a.models[family], BurnIn: 30, Now: func() time.Time { return jobNow }, RunID: "test"}
}

// score is one row of the scores table.
type score struct {
	day, day0, model, version string
	asOf, daysKnown           int64
	p                         float64
}

func readScores(t *testing.T, wh *warehouse.Warehouse, day string) map[string]score {
	t.Helper()
	columns, err := wh.ReadColumns(t.Context(), `SELECT user_key, day, day0, model, version, as_of, days_known, probability FROM scores
		WHERE day = CAST(? AS DATE)`, day)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]score{}
	for i, key := range columns[0].Text {
		out[key] = score{
			day: columns[1].Text[i], day0: columns[2].Text[i], model: columns[3].Text[i], version: columns[4].Text[i],
			asOf: int64(columns[5].Numbers[i]), daysKnown: int64(columns[6].Numbers[i]), p: columns[7].Numbers[i],
		}
	}
	if len(out) != columns[0].Len() {
		t.Errorf("%d rows of %d users", columns[0].Len(), len(out))
	}
	return out
}

// The scores must be the probabilities that the artifact gives, in Go, for the features that Go computes from each user's events.
func TestScoresAreTheArtifacts(t *testing.T) {
	for _, family := range trainer.AllFamilies {
		t.Run(family, func(t *testing.T) {
			wh, o := jobOptions(t, family)
			o.Early = true
			r, err := Run(t.Context(), wh, o)
			if err != nil {
				t.Fatal(err)
			}
			job, err := Prepare(t.Context(), wh, o)
			if err != nil {
				t.Fatal(err)
			}
			logs, day0 := cohort(t, job)
			got := readScores(t, wh, r.Day)
			if len(got) != len(logs) || len(got) != r.Users || len(got) < 500 {
				t.Fatalf("%d users have scores, %d said, want %d", len(got), r.Users, len(logs))
			}
			different := map[float64]bool{}
			for key, events := range logs {
				row, err := o.Artifact.Manifest.Set.Evaluate(events, job.plan.AsOf)
				if err != nil {
					t.Fatal(err)
				}
				want := o.Artifact.Probability(o.Artifact.Encode(nil, row))
				different[want] = true
				if s := got[key]; !(math.Abs(s.p-want) <= 1e-9) {
					t.Errorf("a user of day 0 %s is scored %v, Go gives %v", s.day0, s.p, want)
				}
				wantRow(t, job, got[key], day0[key])
			}
			if len(different) < 5 {
				t.Errorf("%d different probabilities are too few to tell anything", len(different))
			}
			left, err := wh.Tables(t.Context(), "", prefix)
			if err != nil || len(left) != 0 {
				t.Errorf("the run left the tables %v (%v)", left, err)
			}
		})
	}
}

func wantRow(t *testing.T, job *Job, s score, day0 string) {
	t.Helper()
	m := job.Artifact.Manifest
	first, err := time.Parse(time.DateOnly, day0)
	if err != nil {
		t.Fatal(err)
	}
	today, err := time.Parse(time.DateOnly, job.Day())
	if err != nil {
		t.Fatal(err)
	}
	known := min(7, max(1, int64(today.Sub(first)/(24*time.Hour))))
	want := score{day: job.Day(), day0: day0, model: m.Name, version: m.Version, asOf: job.plan.AsOf, daysKnown: known, p: s.p}
	if s != want {
		t.Errorf("the row is %+v, want %+v", s, want)
	}
}

// cohort reads the events and the day 0 of the users who are to be scored, by the selection of the plan.
func cohort(t *testing.T, job *Job) (logs map[string][]features.Event, day0 map[string]string) {
	t.Helper()
	plan := job.plan
	plan.Prefix = "check_"
	for _, step := range plan.Selection(job.d) {
		if err := job.wh.Exec(t.Context(), step.SQL); err != nil {
			t.Fatal(err)
		}
		defer job.wh.Exec(context.Background(), "DROP TABLE "+step.Table)
	}
	users, err := job.wh.ReadColumns(t.Context(), "SELECT user_key, day0 FROM check_users WHERE excluded IS NULL")
	if err != nil {
		t.Fatal(err)
	}
	logs, day0 = map[string][]features.Event{}, map[string]string{}
	for i, key := range users[0].Text {
		day0[key] = users[1].Text[i]
	}
	rows, err := job.wh.ReadColumns(t.Context(), `SELECT COALESCE(p.person, e.user_key) AS person, ts, name, screen, engaged_ms, platform, device,
		language, country, app_version, channel, params FROM events AS e LEFT JOIN check_people AS p ON p.user_key = e.user_key`)
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range rows[0].Text {
		if day0[key] == "" {
			continue
		}
		e := features.Event{
			User: key, Time: int64(rows[1].Numbers[i]), Name: rows[2].Text[i], Screen: rows[3].Text[i], Platform: rows[5].Text[i],
			Device: rows[6].Text[i], Language: rows[7].Text[i], Country: rows[8].Text[i], AppVersion: rows[9].Text[i],
			Channel: rows[10].Text[i],
		}
		if ms := rows[4].Numbers[i]; !math.IsNaN(ms) {
			e.EngagedMS = int64(ms)
		}
		if text := rows[11].Text[i]; text != "" {
			if err := json.Unmarshal([]byte(text), &e.Params); err != nil {
				t.Fatal(err)
			}
		}
		logs[key] = append(logs[key], e)
	}
	return logs, day0
}

func TestRunAgainGivesTheSameRows(t *testing.T) {
	wh, o := jobOptions(t, "gbdt")
	var first string
	for range 2 {
		r, err := Run(t.Context(), wh, o)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := wh.Checksum(t.Context(), warehouse.Scores)
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = sum
		}
		if sum != first {
			t.Errorf("the checksum of the scores became %s, was %s", sum, first)
		}
		rows, err := wh.LedgerRows(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		rows = slices.DeleteFunc(rows, func(l warehouse.LedgerRow) bool { return l.Table != warehouse.Scores.Name || l.Day != r.Day })
		if len(rows) != 1 || rows[0].Rows != int64(r.Users) || rows[0].Source != "score" || !rows[0].Simulated {
			t.Errorf("the ledger says %+v, want one row of %d users", rows, r.Users)
		}
	}
}

func TestYoungUsersWaitForTheirFirstWeek(t *testing.T) {
	wh, o := jobOptions(t, "logit")
	waiting, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range readScores(t, wh, waiting.Day) {
		if s.daysKnown != 7 {
			t.Fatalf("a user of day 0 %s is scored with %d days known", s.day0, s.daysKnown)
		}
	}
	o.Early = true
	early, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	if waiting.Young == 0 || waiting.Early != 0 || early.Young != 0 || early.Early != waiting.Young || early.Users != waiting.Users+waiting.Young {
		t.Errorf("without -early %+v, with it %+v", waiting, early)
	}
	o.Since = early.AsOf.AddDate(0, 0, -30).Format(time.DateOnly)
	since, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range readScores(t, wh, since.Day) {
		if s.day0 < o.Since {
			t.Fatalf("a user of day 0 %s is scored since %s", s.day0, o.Since)
		}
	}
	if since.Users == 0 || since.Users >= early.Users {
		t.Errorf("%d users since %s, %d in all", since.Users, o.Since, early.Users)
	}
}

func TestRefusals(t *testing.T) {
	for want, change := range map[string]func(*model.Manifest){
		"the zone Asia/Seoul":     func(m *model.Manifest) { m.Set.Zone = "Europe/Paris"; m.SetHash = m.Set.Hash() },
		"the artifact was edited": func(m *model.Manifest) { m.Set.Features = m.Set.Features[:3] },
		"holds simulated ones":    func(m *model.Manifest) { m.Simulated = false },
	} {
		wh, o := jobOptions(t, "logit")
		before, err := wh.Checksum(t.Context(), warehouse.Scores)
		if err != nil {
			t.Fatal(err)
		}
		changed := *o.Artifact
		change(&changed.Manifest)
		o.Artifact = &changed
		_, err = Run(t.Context(), wh, o)
		var refusal *Refusal
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Reason, want) {
			t.Errorf("%s: the error is %v", want, err)
		}
		if after, err := wh.Checksum(t.Context(), warehouse.Scores); err != nil || after != before {
			t.Errorf("%s: the scores changed (%v)", want, err)
		}
	}
}

func TestErrors(t *testing.T) {
	wh, o := jobOptions(t, "logit")
	o.AsOf = jobNow.AddDate(10, 0, 0)
	if _, err := Run(t.Context(), wh, o); err == nil || !strings.Contains(err.Error(), "after the end of the data") {
		t.Errorf("an as-of instant after the data gave %v", err)
	}
	o.AsOf, o.Since = time.Time{}, "May"
	if _, err := Run(t.Context(), wh, o); err == nil || !strings.Contains(err.Error(), "since") {
		t.Errorf("a since that is no day gave %v", err)
	}
	empty, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	o.Since = ""
	if _, err := Run(t.Context(), empty, o); !errors.Is(err, ErrNoData) {
		t.Errorf("an empty warehouse gave %v", err)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(stopped, wh, o); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped run gave %v", err)
	}
}
