package trainer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/threshold"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

var (
	jobSecret = []byte("a secret for the tests of the job")
	jobNow    = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
)

// simulated is one small simulated app in a warehouse in memory, shared by the tests: a run changes only the tables that it makes anew.
var simulated = sync.OnceValues(func() (*warehouse.Warehouse, error) {
	dir, err := os.MkdirTemp("", "calback-job")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	o := sample.Defaults()
	o.Users, o.Days = 8000, 220
	if _, err := sample.Write(context.Background(), filepath.Join(dir, "app"), o, func(int, int) {}); err != nil {
		return nil, err
	}
	users, err := sample.ReadUsers(filepath.Join(dir, "app"))
	if err != nil {
		return nil, err
	}
	key := source.UserKeys(jobSecret)
	for _, u := range users {
		jobTruth[key(u.Pseudo)] = u.Probability
	}
	return loadJob(source.NewGA4(source.GA4Options{Paths: []string{filepath.Join(dir, "app", "events")}, Secret: jobSecret}))
})

var jobTruth = map[string]float64{}

func loadJob(src source.Source, err error) (*warehouse.Warehouse, error) {
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	wh, err := warehouse.Open(ctx, "duckdb::memory:", warehouse.Options{Holder: "test", Now: func() time.Time { return jobNow }})
	if err != nil {
		return nil, err
	}
	_, err = etl.Run(ctx, wh, etl.Options{Source: src, Zone: "Asia/Seoul", Secret: jobSecret, Simulated: true, Now: jobNow})
	return wh, err
}

// jobLock keeps the tests apart that run on the shared warehouse.
var jobLock sync.Mutex

func jobOptions(t *testing.T, families ...string) (*warehouse.Warehouse, Options) {
	t.Helper()
	jobLock.Lock()
	t.Cleanup(jobLock.Unlock)
	wh, err := simulated()
	if err != nil {
		t.Fatal(err)
	}
	o := Defaults()
	o.Store, o.Reports, o.Families = model.Store{Dir: filepath.Join(t.TempDir(), "models")}, filepath.Join(t.TempDir(), "reports"), families
	o.Created, o.Now, o.Resamples, o.MomentSample = jobNow, func() time.Time { return jobNow }, 200, 300
	// The first candidate of each family is always tried.
	o.Budget, o.Replicas, o.Early = 0, 0, false
	return wh, o
}

// The answer key knows what can be reached and what causes revisiting (etl/sample).
func TestJobFindsThePlantedTruth(t *testing.T) {
	wh, o := jobOptions(t, AllFamilies...)
	o.Truth, o.Budget, o.Replicas, o.MomentSample = jobTruth, 2, 5, plantedSample
	r, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	chosen := r.Entrants[r.Chosen]
	if best := r.Possible.Summary.AUC.Value; chosen.Test.AUC.Value < 0.97*best {
		t.Errorf("AUC %.3f of %s is below 0.97 of the best possible %.3f", chosen.Test.AUC.Value, chosen.Family, best)
	}
	if ece := chosen.Test.ECE.Value; ece > 0.03 {
		t.Errorf("ECE %.3f of %s", ece, chosen.Family)
	}
	causes := 0
	for _, p := range r.Matters.Permutation[:10] {
		for _, cause := range []string{"meeting_create", "friend_add", "group_time_create", "meeting_accept"} {
			if strings.Contains(p.Name, cause) {
				causes++
			}
		}
	}
	if plantedSample == Defaults().MomentSample {
		wantPlantedMoments(t, r)
	}
	wantPlantedReasons(t, r)
	if causes < 3 {
		t.Errorf("%d of the 10 most important columns are about a cause: %+v", causes, r.Matters.Permutation[:10])
	}
	for _, f := range r.Findings {
		if f.Failed {
			t.Errorf("leakage rule %s fails: %s", f.Rule, f.Detail)
		}
	}
	if len(r.Findings) != 7 || r.Dir == "" || r.Version == "" {
		t.Errorf("%d findings, published to %q", len(r.Findings), r.Dir)
	}
}

func TestJobGivesTheSameBytesOnAnyNumberOfProcessors(t *testing.T) {
	wh, o := jobOptions(t, "logit", "gbdt", "forest")
	o.Early = true
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first map[string][]byte
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		o.Store.Dir = t.TempDir()
		r, err := Run(t.Context(), wh, o)
		if err != nil {
			t.Fatal(err)
		}
		got := files(t, r.Dir)
		for name, data := range files(t, r.Early.Dir) {
			got["early/"+name] = data
		}
		if first == nil {
			first = got
		}
		if len(got) != len(first) || len(got) < 4 {
			t.Errorf("%d files, want %d", len(got), len(first))
		}
		for name, data := range got {
			if !bytes.Equal(data, first[name]) {
				t.Errorf("%s differs with %d processors", name, n)
			}
		}
	}
}

func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, e := range entries {
		if out[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestJobKeepsTheChampionFromWorseModels(t *testing.T) {
	wh, o := jobOptions(t, "gbdt")
	if _, err := Run(t.Context(), wh, o); err != nil {
		t.Fatal(err)
	}
	first, err := o.Store.Current(o.Name)
	if err != nil {
		t.Fatal(err)
	}
	worse := o
	worse.Families = []string{"bayes"}
	worse.Choice.MaxEvents, worse.Choice.MaxScreens = 0, 0
	r, err := Run(t.Context(), wh, worse)
	var refusal *Refusal
	if !errors.As(err, &refusal) || !strings.Contains(refusal.Gate, first) {
		t.Fatalf("a worse model got %v", err)
	}
	if now, err := o.Store.Current(o.Name); err != nil || now != first {
		t.Errorf("current is %s (%v), want %s", now, err, first)
	}
	if _, err := os.Stat(filepath.Join(r.ReportDir, "report.html")); err != nil {
		t.Errorf("the refused run has no report: %v", err)
	}
	worse.PublishAnyway = true
	if r, err := Run(t.Context(), wh, worse); err != nil || r.Version == first || r.Dir == "" {
		t.Errorf("publish anyway: %v", err)
	}
}

func TestJobRefusesAnAppWithoutAnswer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "noise.csv")
	if err := os.WriteFile(path, noise(), 0o600); err != nil {
		t.Fatal(err)
	}
	mapping, err := source.ParseMapping("user=user,time=at,event=what")
	if err != nil {
		t.Fatal(err)
	}
	wh, err := loadJob(source.NewFlat(source.FlatOptions{
		Paths: []string{path}, Secret: jobSecret, Mapping: mapping, TimeFormat: "unix_s",
		Zone: "Asia/Seoul",
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer wh.Close()
	_, o := jobOptions(t, "logit", "gbdt")
	r, err := Run(t.Context(), wh, o)
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("noise was not refused: %v", err)
	}
	if auc := r.Entrants[r.Chosen].Test.AUC; auc.Value < 0.45 || auc.Value > 0.55 {
		t.Errorf("AUC on noise is %.3f", auc.Value)
	}
	if _, err := o.Store.Current(o.Name); err == nil {
		t.Error("a model of noise was published")
	}
	page, err := os.ReadFile(filepath.Join(r.ReportDir, "report.html"))
	if err != nil || !bytes.Contains(page, []byte("NOT PUBLISHED")) {
		t.Errorf("the report does not say that nothing was published (%v)", err)
	}
}

// noise is an app whose users do two things at random in the first week and come back by the toss of a coin.
func noise() []byte {
	draw := rand.New(rand.NewPCG(7, 7))
	var b bytes.Buffer
	b.WriteString("user,at,what\n")
	start := time.Date(2026, 1, 1, 3, 0, 0, 0, time.UTC)
	for u := range 4000 {
		day0 := start.AddDate(0, 0, draw.IntN(160))
		came := func(day int) {
			at := day0.AddDate(0, 0, day).Add(time.Duration(draw.IntN(8*3600)) * time.Second)
			fmt.Fprintf(&b, "u%d,%d,%s\n", u, at.Unix(), []string{"read", "write"}[draw.IntN(2)])
		}
		came(0)
		for day := 1; day < 7; day++ {
			if draw.IntN(3) == 0 {
				came(day)
			}
		}
		if draw.IntN(3) == 0 {
			for _, day := range []int{10, 15, 20, 25} {
				came(day)
			}
		}
	}
	fmt.Fprintf(&b, "last,%d,read\n", start.AddDate(0, 0, 220).Unix())
	return b.Bytes()
}

func TestJobSaysWhereTheRuleDoesNotFit(t *testing.T) {
	wh, o := jobOptions(t, "logit")
	o.Label.Visits, o.Strict = 20, true
	r, err := Run(t.Context(), wh, o)
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Gate != "the rule fits the app" {
		t.Fatalf("strict gave %v", err)
	}
	if len(r.Rule.Warnings) == 0 || len(r.Rule.Neighbours) != 7*10 {
		t.Errorf("warnings %q, %d neighbouring rules", r.Rule.Warnings, len(r.Rule.Neighbours))
	}
}

func TestJobSeesNothingAfterTheAsOfInstant(t *testing.T) {
	wh, o := jobOptions(t, "logit")
	whole, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	o.Store.Dir = t.TempDir()
	o.AsOf = time.UnixMicro(whole.Plan.AsOf).AddDate(0, 0, -30)
	earlier, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(earlier.Table.Y) >= len(whole.Table.Y) {
		t.Errorf("%d labelled users 30 days earlier, %d now", len(earlier.Table.Y), len(whole.Table.Y))
	}
	last := slices.Max(earlier.Table.Day0)
	if today := earlier.Plan.DayNumber(earlier.Plan.AsOf); today-last <= o.Label.LastDay() {
		t.Errorf("a user of day %d is labelled on day %d", last, today)
	}
	o.AsOf = time.UnixMicro(whole.Plan.AsOf).Add(time.Second)
	if _, err := Run(t.Context(), wh, o); err == nil || !strings.Contains(err.Error(), "after the end of the data") {
		t.Errorf("an as-of instant after the data gave %v", err)
	}
}

func TestJobStopsWithoutPublishing(t *testing.T) {
	wh, o := jobOptions(t, "logit", "gbdt")
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(step string, _, _ int) {
		if step == "fit the families" {
			cancel()
		}
	}
	if _, err := Run(ctx, wh, o); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped run gave %v", err)
	}
	if _, err := os.Stat(o.Store.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a stopped run left a store: %v", err)
	}
	if _, err := os.Stat(o.Reports); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a stopped run left a report: %v", err)
	}
}

func TestJobWithoutData(t *testing.T) {
	_, o := jobOptions(t, "logit")
	empty, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{Holder: "test", Now: o.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	if _, err := Run(t.Context(), empty, o); !errors.Is(err, ErrNoData) {
		t.Errorf("an empty warehouse gave %v", err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for want, change := range map[string]func(*Options){
		"burn-in":     func(o *Options) { o.BurnIn = -1 },
		"folds":       func(o *Options) { o.Folds = 1 },
		"test share":  func(o *Options) { o.TestShare = 0.9 },
		"threshold":   func(o *Options) { o.Threshold = threshold.Rule{} },
		"budget":      func(o *Options) { o.Budget = -1 },
		"replicas":    func(o *Options) { o.Replicas = -1 },
		"resamples":   func(o *Options) { o.Resamples = 10 },
		"moments":     func(o *Options) { o.MomentSample = 0 },
		"no family":   func(o *Options) { o.Families = nil },
		"unknown":     func(o *Options) { o.Families = []string{"oracle"} },
		"clock":       func(o *Options) { o.Now = nil },
		"label gap":   func(o *Options) { o.Label.Gap = 3 },
		"label unit":  func(o *Options) { o.Label.Unit = features.Unit("moons") },
		"nobody can":  func(o *Options) { o.Label.Visits = 40 },
		"label visit": func(o *Options) { o.Label.Visits = 0 },
	} {
		o := Defaults()
		o.Now, o.Created = time.Now, jobNow
		change(&o)
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
