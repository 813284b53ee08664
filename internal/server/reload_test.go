package server

import (
	"compress/gzip"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

func TestAdminReload(t *testing.T) {
	s := started(t, nil)
	publish(t, s.opt.Models, artifact("v2", 1))
	w := askOf(s.admin, "POST", "/admin/reload", "")
	if w.Code != 200 || strings.TrimSpace(w.Body.String()) != `{"version":"v2","before":"v1"}` || w.Header().Get("X-Model-Version") != "v2" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	if err := os.WriteFile(filepath.Join(s.opt.Models, "revisit", "CURRENT"), []byte("v7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w = askOf(s.admin, "POST", "/admin/reload", "")
	isProblem(t, w.Code, w.Header(), w.Body.Bytes(), ReloadFailed)
	metrics := askOf(s.admin, "GET", "/metrics", "").Body.String()
	for _, want := range []string{`calback_reloads_total{result="ok"} 1`, `calback_reloads_total{result="failed"} 1`, `version="v2"`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics have no %s:\n%s", want, metrics)
		}
	}
	if w := ask(s, "GET", "/metrics", ""); w.Code != 404 {
		t.Errorf("metrics on the public listener: %d", w.Code)
	}
}

// TestFollowsCurrent serves with a poll: a moved CURRENT is followed, a broken version is tried once and not again, a mended one is taken.
func TestFollowsCurrent(t *testing.T) {
	s := started(t, func(o *Options) { o.Poll = 5 * time.Millisecond })
	_, stop, ended := running(t, s)
	publish(t, s.opt.Models, artifact("v2", 1))
	until(t, "v2 is served", func() bool { return s.Version() == "v2" })
	dir := filepath.Join(s.opt.Models, "revisit")
	if err := model.WriteFile(filepath.Join(dir, "CURRENT"), []byte("v9\n")); err != nil {
		t.Fatal(err)
	}
	failures := func() string {
		for line := range strings.Lines(askOf(s.admin, "GET", "/metrics", "").Body.String()) {
			if value, ok := strings.CutPrefix(line, `calback_reloads_total{result="failed"} `); ok {
				return strings.TrimSpace(value)
			}
		}
		return "0"
	}
	until(t, "v9 failed", func() bool { return failures() == "1" })
	time.Sleep(50 * time.Millisecond)
	if failures() != "1" || s.Version() != "v2" {
		t.Errorf("%s failures, serving %s", failures(), s.Version())
	}
	publish(t, s.opt.Models, artifact("v3", 2))
	until(t, "v3 is served", func() bool { return s.Version() == "v3" })
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestAFailedVersionIsTriedAgainOnceCurrentHasMoved fails v2, moves CURRENT back to v1, publishes v2 whole, and finds it served.
func TestAFailedVersionIsTriedAgainOnceCurrentHasMoved(t *testing.T) {
	s := started(t, nil)
	current := filepath.Join(s.opt.Models, "revisit", "CURRENT")
	move := func(version string) {
		if err := model.WriteFile(current, []byte(version+"\n")); err != nil {
			t.Fatal(err)
		}
	}
	move("v2")
	failed := s.follow(t.Context(), "")
	if failed != "v2" || s.Version() != "v1" {
		t.Fatalf("failed %q, serving %s; v2 is not there yet", failed, s.Version())
	}
	if again := s.follow(t.Context(), failed); again != "v2" {
		t.Errorf("v2 is forgotten while CURRENT names it: %q", again)
	}
	move("v1")
	failed = s.follow(t.Context(), failed)
	publish(t, s.opt.Models, artifact("v2", 1))
	if failed = s.follow(t.Context(), failed); failed != "" || s.Version() != "v2" {
		t.Errorf("failed %q, serving %s, CURRENT is v2", failed, s.Version())
	}
}

// until waits for something that must come to be.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came to be that %s", what)
		}
	}
}

func TestPinnedVersionIsNotFollowed(t *testing.T) {
	s := started(t, func(o *Options) { o.Version = "v1" })
	publish(t, s.opt.Models, artifact("v2", 1))
	if s.follow(t.Context(), ""); s.Version() != "v1" {
		t.Errorf("serving %s", s.Version())
	}
	if err := s.Reload(t.Context()); err != nil || s.Version() != "v1" {
		t.Errorf("%v, serving %s", err, s.Version())
	}
}

// TestShadow scores v2 beside v1: replies are v1's, the metrics have the differences. The shadow's log-odds are 1 higher.
func TestShadow(t *testing.T) {
	s := started(t, func(o *Options) {
		publish(t, o.Models, artifact("v2", 1))
		o.Version, o.Shadow = "v1", "v2"
	})
	for _, body := range []string{
		`{"instances":[{"features":{"visit_days":2}},{"features":{"visit_days":9}}]}`, `{"inputs":{"visit_days":[2,9]}}`,
	} {
		w := ask(s, "POST", "/predict", body)
		if !strings.Contains(w.Body.String(), string(appendNumber(nil, model.Sigmoid(-1)))) || w.Header().Get("X-Model-Version") != "v1" {
			t.Errorf("%s", w.Body)
		}
		until(t, "the shadow is done", func() bool { return !s.shadow.Load().busy.Load() })
	}
	// At 2 visit days v1 says .269, no, and v2 .5, yes: the threshold is .3. At 9 both say yes.
	metrics := askOf(s.admin, "GET", "/metrics", "").Body.String()
	for _, want := range []string{`calback_shadow_rows_total{version="v2"} 4`, "calback_shadow_flips_total 2", "calback_shadow_difference_count 4"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics have no %s:\n%s", want, metrics)
		}
	}
	if w := ask(s, "GET", "/model", ""); !strings.Contains(w.Body.String(), `"shadow":{"version":"v2"}`) {
		t.Errorf("GET /model: %s", w.Body)
	}
	if _, err := New(Options{Models: s.opt.Models, Shadow: "v9"}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "the shadow") {
		t.Errorf("a shadow that is not there: %v", err)
	}
}

// A shadow with other features scores what it knows; one that cannot read the body is counted, and the reply is none the worse.
func TestShadowOfOtherFeatures(t *testing.T) {
	other := artifact("v2", 0)
	other.Manifest.Set.Features[1].Name, other.Manifest.Fields[1].Name = "gatherings", "gatherings"
	other.Manifest.Reference[1].Name = "gatherings"
	s := started(t, func(o *Options) { publish(t, o.Models, other); o.Version, o.Shadow = "v1", "v2" })
	ask(s, "POST", "/predict", `{"features":{"visit_days":2,"meetings":3}}`)
	until(t, "the shadow is done", func() bool { return !s.shadow.Load().busy.Load() })
	if metrics := askOf(s.admin, "GET", "/metrics", "").Body.String(); !strings.Contains(metrics, `calback_shadow_rows_total{version="v2"} 1`) {
		t.Errorf("metrics: %s", metrics)
	}
}

// TestSnapshot asks for users by name, in the clear and by a secret.
func TestSnapshot(t *testing.T) {
	secret := []byte("a secret of the tests")
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("minji"))
	hashed := hex.EncodeToString(mac.Sum(nil)[:16])
	path := filepath.Join(t.TempDir(), "users.jsonl.gz")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(file)
	fmt.Fprintf(z, `{"id":%q,"features":{"visit_days":4,"meetings":2,"channel":"Paid Social","not_in_the_model":[1,"x"]}}`+"\n", hashed)
	fmt.Fprintln(z, `{"id":"0f","features":{}}`)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		secret []byte
		user   string
	}{"by id": {secret, "minji"}, "by key": {nil, hashed}} {
		s := started(t, func(o *Options) { o.Snapshot, o.Secret = path, c.secret })
		p := predicted(t, s, fmt.Sprintf(`{"id":"u-1","user":%q}`, c.user)).Predictions[0]
		if *p.ID != "u-1" || p.Probability != model.Sigmoid(-1+0.5*2+0.2*2+0.4) || p.Missing != 2 || len(p.Reasons) != 3 {
			t.Errorf("%s: %+v", name, p)
		}
		w := ask(s, "POST", "/predict", `{"instances":[{"user":"`+canary+`"}]}`)
		if p := isProblem(t, w.Code, w.Header(), w.Body.Bytes(), UnknownUser); p.Path != "instances[0].user" || strings.Contains(w.Body.String(), canary) {
			t.Errorf("%s: %s", name, w.Body)
		}
	}
	w := ask(started(t, nil), "POST", "/predict", `{"user":"minji"}`)
	isProblem(t, w.Code, w.Header(), w.Body.Bytes(), NoSnapshot)
	w = ask(started(t, func(o *Options) { o.Snapshot = path }), "POST", "/predict", `{"user":"0f","features":{"visit_days":1}}`)
	isProblem(t, w.Code, w.Header(), w.Body.Bytes(), BothForms)
}

func TestSnapshotsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":     {"", "it has no users"},
		"no id":     {`{"features":{"visit_days":1}}`, `line 1: it has no "id"`},
		"twice":     {`{"id":"a","features":{}}` + "\n" + `{"id":"a","features":{}}`, "line 2: this user stands in the file twice"},
		"no JSON":   {`{"id":"a","features":{}}` + "\n{", "line 2: "},
		"bad value": {`{"id":"a","features":{"visit_days":"x"}}`, "line 1: features.visit_days"},
		"user":      {`{"id":"a","user":"b"}`, "line 1: user"},
	} {
		path := filepath.Join(t.TempDir(), "users.jsonl")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		opt := Options{Models: t.TempDir(), Snapshot: path}
		publish(t, opt.Models, artifact("v1", 0))
		if _, err := New(opt, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestReportAndDrift(t *testing.T) {
	opt := Options{Models: t.TempDir()}
	if _, err := (model.Store{Dir: opt.Models}).Publish(artifact("v1", 0), map[string][]byte{"report.html": []byte("<p>a report</p>")}); err != nil {
		t.Fatal(err)
	}
	truth := `{"versions":[{"version":"v0","users":7},{"version":"v1","users":512,"auc":0.71,"status":"ok"}]}`
	if err := os.WriteFile(filepath.Join(opt.Models, "revisit", "TRUTH.json"), []byte(truth), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := New(opt, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w := ask(s, "GET", "/report", "")
	if w.Code != 200 || w.Body.String() != "<p>a report</p>" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	ask(s, "POST", "/predict", `{"instances":[{"features":{"visit_days":0}},{"features":{"channel":"Never Seen"}}]}`)
	ask(s, "POST", "/predict", `{"inputs":{"visit_days":[0,1,1]}}`)
	ask(s, "POST", "/bigquery", `{"calls":[["{\"features\":{\"visit_days\":0}}"]]}`)
	ask(s, "POST", "/explain", one)
	var got driftReply
	w = ask(s, "GET", "/drift", "")
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
		t.Fatalf("%d %s %v", w.Code, w.Body, err)
	}
	// Explanations are people trying things out: they do not count.
	if got.Rows != 6 || got.Status != "few" || len(got.Features) != 5 || got.Truth == nil || got.Truth.Users != 512 {
		t.Errorf("%s", w.Body)
	}
	for _, f := range got.Features {
		if f.Now != nil || f.PSI != 0 || f.Missing != 0 || f.Unseen != 0 {
			t.Errorf("%s tells what 6 users were like: %+v", f.Feature, f)
		}
	}
}

// TestBothListeners serves metrics beside predictions, and goes on serving them while the other drains.
func TestBothListeners(t *testing.T) {
	s := started(t, func(o *Options) { o.Linger = 200 * time.Millisecond })
	public, admin := listener(t), listener(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.ServeBoth(ctx, public, admin) }()
	get := func(ln net.Listener, path string) int {
		r, err := http.Get("http://" + ln.Addr().String() + path)
		if err != nil {
			return 0
		}
		_ = r.Body.Close()
		return r.StatusCode
	}
	if a, b, c := get(public, "/readyz"), get(admin, "/metrics"), get(public, "/metrics"); a != 200 || b != 200 || c != 404 {
		t.Errorf("ready %d, metrics %d, metrics for all %d", a, b, c)
	}
	cancel()
	until(t, "it is not ready", func() bool { return get(admin, "/readyz") == 503 })
	if code := get(public, "/healthz"); code != 200 {
		t.Errorf("lingering: %d", code)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if code := get(admin, "/metrics"); code != 0 {
		t.Errorf("the admin listener outlives the server: %d", code)
	}
}

func listener(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}
