package page_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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
	"github.com/Koalajuni/Calback-Data-ML/internal/server/keys"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// published is a store with a model by hand: log-odds -2 + 0.4 visit days + 0.3 meetings + 0.5 where the channel is Referral, and a report.
func published(t *testing.T) string {
	t.Helper()
	of := features.Filter{Events: []string{"meeting_create"}}
	set := features.Set{Zone: "Asia/Seoul", Background: features.Background, Label: features.DefaultLabel(), Features: []features.Feature{
		{Name: "visit_days", Label: "visit days", Doc: "Days with a visit.", Phrase: "came on {v} days", Kind: features.Number, Unit: "days", Expr: features.Days{}},
		{
			Name: "n_meeting_create", Label: "times of meeting_create", Doc: "Meetings created.", Phrase: "meeting_create {v} times", Kind: features.Number,
			Unit: "times", Action: "meeting_create", Expr: features.Count{Of: of},
		},
		{Name: "channel", Label: "acquisition channel", Doc: "Channel.", Phrase: "came by {v}", Kind: features.Category, Expr: features.Pick{Field: "channel"}},
	}}
	fields := []model.Field{{Name: "visit_days"}, {Name: "n_meeting_create"}, {Name: "channel", Levels: []string{"Direct", "Referral"}}}
	a := &model.Artifact{
		Manifest: model.Manifest{
			Name: "revisit", Version: "2026-03-01-abc", Created: "2026-03-01T00:00:00Z", Simulated: true, Family: "logit", Set: set, Fields: fields,
			Threshold: 0.4, ThresholdRule: "f1", Calibration: calibrate.Map{Kind: calibrate.None},
			Training: model.Training{FirstDay0: "2026-01-01", LastDay0: "2026-01-31", Rows: 1234, Positives: 321},
			Metrics:  map[string]metrics.Summary{},
		},
		Predictor: &linear.Model{Fields: fields, Intercept: -2, Terms: []linear.Term{
			{Column: 0, Kind: linear.Number, Scale: 1, Weight: 0.4},
			{Column: 1, Kind: linear.Number, Scale: 1, Weight: 0.3},
			{Column: 2, Kind: linear.Level, Level: 1, Scale: 1, Weight: 0.5},
		}},
	}
	var days, meetings, channel []float32
	for i := range 300 {
		days, meetings, channel = append(days, float32(1+i%7)), append(meetings, float32(i%10)), append(channel, float32(i%2))
	}
	for j, values := range [][]float32{days, meetings, channel} {
		a.Manifest.Reference = append(a.Manifest.Reference, model.NewHistogram(model.Column{Field: fields[j], Values: values}))
	}
	a.Manifest.ScoreReference = model.NewHistogram(model.Column{Field: model.Field{Name: "score"}, Values: []float32{.1, .2, .3, .4, .5, .6}})
	a.SetGolden(5)
	dir := t.TempDir()
	if _, err := (model.Store{Dir: dir}).Publish(a, map[string][]byte{"report.html": []byte("<title>report</title>")}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// serving runs the real server and gives its address.
func serving(t *testing.T, change func(*server.Options)) string {
	t.Helper()
	opt := server.Options{Models: published(t), Possible: []string{"meeting_create"}}
	if change != nil {
		change(&opt)
	}
	s, err := server.New(opt, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(s.Handler())
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
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()))
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

const shown = `!document.querySelector("#scoring").hidden && document.querySelector("#probability").dataset.value !== undefined`

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

// TestPageScores moves a slider by the keyboard: the probability must move, and be the server's. The page asks this server alone.
func TestPageScores(t *testing.T) {
	address := serving(t, nil)
	b := open(t, 1280)
	b.do(t, chromedp.Navigate(address+"/#lang=en"))
	b.until(t, shown)
	before := eval[float64](t, b, `Number(document.querySelector("#probability").dataset.value)`)
	eval[bool](t, b, `(() => { const r = document.querySelector("#f-n_meeting_create"); r.stepUp(2); return r.dispatchEvent(new Event("input", {bubbles: true})); })()`)
	b.until(t, fmt.Sprintf(`Number(document.querySelector("#probability").dataset.value) > %v`, before))
	want := explained(t, address, eval[string](t, b, `JSON.stringify(state.user)`))
	b.until(t, fmt.Sprintf(`Math.abs(Number(document.querySelector("#probability").dataset.value) - %v) < 1e-12`, want))
	text := eval[string](t, b, "document.body.innerText")
	for _, want := range []string{"simulated app", "2026-03-01-abc", "1,234 users", "at least 3 visit days in days 7 to 36", "too few to tell", "meeting_create"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
	if len(b.requests.all()) < 5 {
		t.Errorf("the browser asked for %q only", b.requests.all())
	}
	for _, url := range b.requests.all() {
		if !strings.HasPrefix(url, address) && !strings.HasPrefix(url, "data:") {
			t.Errorf("the page asked for %s", url)
		}
	}
	for _, said := range b.said {
		if len(said.all()) > 0 {
			t.Errorf("the browser complained: %q", said.all())
		}
	}
}

// TestArrowKeys presses the right arrow on a focused slider, as one without a mouse would.
func TestArrowKeys(t *testing.T) {
	b := open(t, 1280)
	b.do(t, chromedp.Navigate(serving(t, nil)+"/#lang=en"))
	b.until(t, shown)
	before := eval[float64](t, b, `state.user.visit_days`)
	b.do(t, chromedp.Focus(chromedp.CSS("#f-visit_days")), chromedp.SendKeys(chromedp.CSS("#f-visit_days"), "\u0303"))
	b.until(t, fmt.Sprintf(`state.user.visit_days === %v`, before+1))
}

func TestPageSpeaksKorean(t *testing.T) {
	b := open(t, 1280)
	b.do(t, chromedp.Navigate(serving(t, nil)+"/#lang=en"))
	b.until(t, shown)
	b.do(t, chromedp.Click(chromedp.CSS("#to-ko")))
	text := eval[string](t, b, "document.body.innerText")
	for _, want := range []string{"재방문 예측 확률", "유입 채널", "데이터 드리프트", "meeting_create 횟수", "방문일수", "7~36일차에 방문일 3일 이상"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
	if lang := eval[string](t, b, "document.documentElement.lang"); lang != "ko" {
		t.Errorf("lang is %s", lang)
	}
	missing := eval[[]string](t, b, `Object.keys(WORDS.en).filter(k => !(k in WORDS.ko)).concat([...document.querySelectorAll("[data-t]")].map(e => e.dataset.t).filter(k => !(k in WORDS.ko)))`)
	if len(missing) > 0 {
		t.Errorf("there is no Korean for %q", missing)
	}
}

// TestPageFits looks for what does not fit a phone, for fields without a label, and for text without contrast (WCAG 2.2, 1.4.3).
func TestPageFits(t *testing.T) {
	for _, width := range []int64{360, 1280} {
		b := open(t, width)
		for _, language := range []string{"ko", "en"} {
			b.do(t, chromedp.Navigate("about:blank"), chromedp.Navigate(serving(t, nil)+"/#lang="+language))
			b.until(t, shown)
			if over := eval[float64](t, b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
				t.Errorf("%s at %d: %v pixels too wide", language, width, over)
			}
			if bare := eval[[]string](t, b, `[...document.querySelectorAll("input,select,button")].filter(e => !e.closest("[hidden]") &&
				!(e.labels?.length && [...e.labels].some(l => (l.getAttribute("aria-label") || l.textContent).trim())) && !e.getAttribute("aria-label") && !e.textContent.trim()).map(e => e.outerHTML)`); len(bare) > 0 {
				t.Errorf("%s at %d: without a label: %q", language, width, bare)
			}
			if pale := eval[[]string](t, b, contrast); len(pale) > 0 {
				t.Errorf("%s at %d: contrast below 4.5: %q", language, width, pale)
			}
		}
	}
}

// contrast lists the texts whose colour is too near to that of what they stand on.
const contrast = `(() => {
	const parse = c => (c.match(/[\d.]+/g) || []).map(Number);
	const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
	const found = [];
	for (const e of document.querySelectorAll("body *")) {
		if (e.closest("[hidden]") || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
		if (["SCRIPT", "STYLE", "NOSCRIPT", "OPTION"].includes(e.tagName)) continue;
		const a = light(parse(getComputedStyle(e).color)), b = light(ground(e));
		if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) found.push(e.tagName + ": " + e.textContent.trim().slice(0, 40));
	}
	return found;
})()`

// TestPageAsksForAKey: a server with keys shows the field, a wrong key is told, a right one opens the page, and none is stored.
func TestPageAsksForAKey(t *testing.T) {
	secret, item, err := keys.Mint(bytes.NewReader(bytes.Repeat([]byte{5}, 32)), "page", []keys.Scope{keys.Explain})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys.yaml")
	if err := os.WriteFile(path, []byte("keys:\n"+item), 0o600); err != nil {
		t.Fatal(err)
	}
	ring, err := keys.Open(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, 1280)
	b.do(t, chromedp.Navigate(serving(t, func(o *server.Options) { o.Keys = ring })+"/#lang=en"))
	b.until(t, `!document.querySelector("#key-form").hidden`)
	b.do(t, chromedp.SendKeys(chromedp.CSS("#key"), "cb_wrong"), chromedp.Click(chromedp.CSS("#key-form button")))
	b.until(t, `document.querySelector("#trouble").textContent.includes("does not know this key")`)
	b.do(t, chromedp.SendKeys(chromedp.CSS("#key"), secret), chromedp.Click(chromedp.CSS("#key-form button")))
	b.until(t, shown)
	if kept := eval[string](t, b, `document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + location.href`); strings.Contains(kept, secret) {
		t.Errorf("the key is kept: %s", kept)
	}
	if hidden := eval[bool](t, b, `document.querySelector("#key-form").hidden`); !hidden {
		t.Error("the field for the key stays")
	}
	if p := eval[float64](t, b, `Number(document.querySelector("#probability").dataset.value)`); !(p > 0 && p < 1) || math.IsNaN(p) {
		t.Errorf("probability %v", p)
	}
}
