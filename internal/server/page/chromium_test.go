package page_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/server"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// week is the feature set of the model by hand: two counts, a time that half of the users lack, and a category.
func week() features.Set {
	of := features.Filter{Events: []string{"meeting_create"}}
	number := func(name, label, unit, action, phrase string, expr features.Expr) features.Feature {
		return features.Feature{
			Name: name, Label: label, Doc: label + ".", Phrase: phrase, Kind: features.Number, Unit: unit, Action: action, Expr: expr,
		}
	}
	return features.Set{Zone: "Asia/Seoul", Background: features.Background, Label: features.DefaultLabel(), Features: []features.Feature{
		number("visit_days", "visit days", "days", "", "came on {v} days", features.Days{}),
		number("n_meeting_create", "times of meeting_create", "times", "meeting_create", "meeting_create {v} times", features.Count{Of: of}),
		number("hours_to_meeting_create", "hours until meeting_create", "hours", "meeting_create", "meeting_create after {v} hours",
			features.Until{Of: of}),
		{
			Name: "channel", Label: "acquisition channel", Doc: "Channel.", Phrase: "came by {v}", Kind: features.Category,
			Expr: features.Pick{Field: "channel"},
		},
	}}
}

// artifact is a model by hand, as of log-odds: -2 + 0.4 visit days + 0.3 meetings - 0.01 hours until the first + 0.5 by Referral.
func artifact() *model.Artifact {
	set := week()
	fields := []model.Field{
		{Name: "visit_days"},
		{Name: "n_meeting_create"},
		{Name: "hours_to_meeting_create"},
		{Name: "channel", Levels: []string{"Direct", "Referral"}},
	}
	auc := func(v, low, high float64) metrics.Summary {
		return metrics.Summary{AUC: metrics.Interval{Value: v, Low: low, High: high}}
	}
	a := &model.Artifact{
		Manifest: model.Manifest{
			Name: "revisit", Version: "2026-03-01-abc", Created: "2026-03-01T00:00:00Z", Simulated: true, Family: "logit", Set: set, Fields: fields,
			Threshold: 0.4, ThresholdRule: "cost:5", Calibration: calibrate.Map{Kind: calibrate.None},
			Training: model.Training{FirstDay0: "2026-01-01", LastDay0: "2026-01-31", Rows: 1234, Positives: 321, TestRows: 567},
			Metrics:  map[string]metrics.Summary{"model": auc(0.861, 0.848, 0.874), "visit_days": auc(0.757, 0.74, 0.77)},
		},
		Predictor: &linear.Model{Fields: fields, Intercept: -2, Terms: []linear.Term{
			{Column: 0, Kind: linear.Number, Scale: 1, Weight: 0.4},
			{Column: 1, Kind: linear.Number, Scale: 1, Weight: 0.3},
			{Column: 2, Kind: linear.Number, Scale: 1, Weight: -0.01},
			{Column: 3, Kind: linear.Level, Level: 1, Scale: 1, Weight: 0.5},
		}},
	}
	columns := make([][]float32, len(fields))
	for i := range 300 {
		hours := float32(i) / 2
		if i%2 == 0 {
			hours = float32(math.NaN())
		}
		for j, v := range []float32{float32(1 + i%7), float32(i % 10), hours, float32(i / 2 % 2)} {
			columns[j] = append(columns[j], v)
		}
	}
	for j, values := range columns {
		a.Manifest.Reference = append(a.Manifest.Reference, model.NewHistogram(model.Column{Field: fields[j], Values: values}))
	}
	a.Manifest.ScoreReference = model.NewHistogram(model.Column{Field: model.Field{Name: "score"}, Values: []float32{.1, .2, .3, .4, .5, .6}})
	a.SetGolden(5)
	return a
}

// published is a store with that model, a report with a style of its own, and what came of old predictions.
func published(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	report := "<!doctype html><title>report</title><style>body { color: rgb(1, 2, 3) }</style><h1>Who revisits</h1>" +
		"<script>document.title = 'ran'</script>"
	if _, err := (model.Store{Dir: dir}).Publish(artifact(), map[string][]byte{"report.html": []byte(report)}); err != nil {
		t.Fatal(err)
	}
	truth := `{"versions":[{"version":"2026-03-01-abc","from":"2026-02-01","to":"2026-02-07","users":500,"positives":100,"auc":0.612,` +
		`"auc_low":0.55,"auc_high":0.67,"training_auc":0.861,"status":"alarm"}]}`
	if err := os.WriteFile(filepath.Join(dir, "revisit", "TRUTH.json"), []byte(truth), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// serving runs the real server and gives its address. between, if any, stands before it and may answer, or wait, itself.
func serving(t *testing.T, change func(*server.Options), between func(http.Handler) http.Handler) string {
	t.Helper()
	opt := server.Options{Models: published(t), Possible: []string{"meeting_create"}}
	if change != nil {
		change(&opt)
	}
	s, err := server.New(opt, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	h := s.Handler()
	if between != nil {
		h = between(h)
	}
	ts := httptest.NewServer(h)
	t.Cleanup(ts.Close)
	return ts.URL
}

// browser is a tab, with what it asked for and complained of.
type browser struct {
	ctx      context.Context
	requests *heard
	said     []*heard
}

// open starts Chromium with a window of the given width. Without Chromium the test is skipped, except where CI is set, which must have it.
func open(t *testing.T, width int64) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" && os.Getenv("CI") != "" {
		t.Fatal("there is no Chromium; install it: apt-get install chromium")
	}
	if path == "" {
		t.Skip("there is no Chromium to look at the page with; install it: apt-get install chromium")
	}
	// Chromium keeps a socket with its temporary files, whose path must be short.
	home, err := os.MkdirTemp("", "page")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.UserDataDir(filepath.Join(home, "profile")), chromedp.Env("TMPDIR="+home))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	ctx, cancel := context.WithTimeout(tab, 90*time.Second)
	t.Cleanup(cancel)
	b := &browser{ctx: ctx}
	b.requests, b.said = listen(b, network.RequestWillBeSent, func(e network.EventRequestWillBeSent) string { return e.Request.URL }), nil
	b.said = append(b.said, listen(b, log.EntryAdded, func(e log.EventEntryAdded) string { return e.Entry.Text }),
		listen(b, runtime.ConsoleAPICalled, func(e runtime.EventConsoleAPICalled) string { return string(e.Type) }),
		listen(b, runtime.ExceptionThrown, func(e runtime.EventExceptionThrown) string { return e.ExceptionDetails.Text }))
	for _, err := range []error{
		call(b, network.Enable, network.EnableParams{}), call(b, log.Enable, cdp.Empty{}), call(b, runtime.Enable, cdp.Empty{}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	viewport := []chromedp.EmulateViewportOption{}
	if width < 600 {
		viewport = append(viewport, chromedp.EmulateMobile)
	}
	b.do(t, chromedp.EmulateViewport(width, 900, viewport...))
	return b
}

func call[P, R any](b *browser, command cdp.Command[P, R], params P) error {
	_, err := chromedp.Call(b.ctx, command, params)
	return err
}

// heard are the texts of events, as they come.
type heard struct {
	mu    sync.Mutex
	texts []string
}

func (h *heard) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.texts)
}

// listen keeps what the browser tells of one kind of event, until the browser ends.
func listen[E any](b *browser, kind cdp.Event[E], text func(E) string) *heard {
	h := &heard{}
	events := chromedp.Events(b.ctx, kind)
	go func() {
		for e, err := range events {
			if err != nil {
				return
			}
			h.mu.Lock()
			h.texts = append(h.texts, text(e))
			h.mu.Unlock()
		}
	}()
	return h
}

func (b *browser) do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// eval gives the value of a script's expression.
func eval[T any](t *testing.T, b *browser, script string) T {
	t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// until waits for a script's expression to be true.
func (b *browser) until(t *testing.T, script string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !eval[bool](t, b, script); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came to be that %s; the page says: %s", script, eval[string](t, b, "document.body.innerText"))
		}
	}
}

// shown is what is true of the page once a user is scored, probability the number it then shows.
const (
	shown       = `!document.querySelector("#scoring").hidden && document.querySelector("#probability").dataset.value !== undefined`
	probability = `Number(document.querySelector("#probability").dataset.value)`
)

// at opens the page of a server in a language and waits for the first score.
func (b *browser) at(t *testing.T, address, language string) {
	t.Helper()
	b.do(t, chromedp.Navigate("about:blank"), chromedp.Navigate(address+"/#lang="+language))
	b.until(t, shown)
}

// explained is the probability that the server gives for the user that the form has.
func explained(t *testing.T, address, user string) float64 {
	t.Helper()
	r, err := http.Post(address+"/explain", "application/json", strings.NewReader(`{"features":`+user+`}`))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var out struct {
		Explanations []struct {
			Probability float64 `json:"probability"`
		} `json:"explanations"`
	}
	if err := json.NewDecoder(r.Body).Decode(&out); err != nil || len(out.Explanations) != 1 {
		t.Fatalf("%d %v", r.StatusCode, err)
	}
	return out.Explanations[0].Probability
}
