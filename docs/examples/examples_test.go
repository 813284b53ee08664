// Package examples_test runs the client programs of docs/API.md against a real server.
package examples_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/server"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/keys"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
)

// artifact is a small model by hand with three features of the simulated app: log-odds -1 + 0.5 (visit_days - 2) + 0.2 n_meeting_create
// + 0.4 where the channel is Paid Social. 4 visit days, 2 meetings and Paid Social give 0.8, a probability of 0.690.
func artifact() *model.Artifact {
	fields := []model.Field{{Name: "visit_days"}, {Name: "n_meeting_create"}, {Name: "channel", Levels: []string{"Direct", "Paid Social"}}}
	set := features.Set{
		Zone: "Asia/Seoul", Background: features.Background, Label: features.DefaultLabel(),
		Features: []features.Feature{
			{
				Name: "visit_days", Doc: "Days with a visit.", Phrase: "came on {v} days of the first week", Kind: features.Number,
				Expr: features.Days{},
			},
			{
				Name: "n_meeting_create", Doc: "Meetings created.", Phrase: "meeting_create {v} times in the first week", Kind: features.Number,
				Action: "meeting_create", Expr: features.Count{Of: features.Filter{Events: []string{"meeting_create"}}},
			},
			{
				Name: "channel", Doc: "Acquisition channel.", Phrase: "the acquisition channel is {v}", Kind: features.Category,
				Expr: features.Pick{Field: "channel"},
			},
		},
	}
	a := &model.Artifact{
		Manifest: model.Manifest{
			Name: "revisit", Version: "v1", Created: "2026-03-01T00:00:00Z", Simulated: true, Family: "logit", Set: set, Fields: fields,
			Threshold: 0.3, Calibration: calibrate.Map{Kind: calibrate.None},
		},
		Predictor: &linear.Model{Fields: fields, Intercept: -1, Terms: []linear.Term{
			{Column: 0, Kind: linear.Number, Mean: 2, Scale: 1, Weight: 0.5},
			{Column: 1, Kind: linear.Number, Mean: 0, Scale: 1, Weight: 0.2},
			{Column: 2, Kind: linear.Level, Level: 1, Mean: 0, Scale: 1, Weight: 0.4},
		}},
	}
	for _, f := range fields {
		a.Manifest.Reference = append(a.Manifest.Reference, model.NewHistogram(model.Column{Field: f, Values: []float32{0, 1, 1, 0}}))
	}
	a.SetGolden(5)
	return a
}

// served starts a server with one key, whose first reply to each client is that it has too much to do.
func served(t *testing.T) (url, secret string, busy *atomic.Bool) {
	t.Helper()
	dir := t.TempDir()
	if _, err := (model.Store{Dir: dir}).Publish(artifact(), nil); err != nil {
		t.Fatal(err)
	}
	secret, item, err := keys.Mint(rand.Reader, "examples", []keys.Scope{keys.Predict, keys.Explain})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "keys.yaml")
	if err := os.WriteFile(file, []byte("keys:\n"+item), 0o600); err != nil {
		t.Fatal(err)
	}
	ring, err := keys.Open(file, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Options{Models: dir, Keys: ring, Possible: []string{"meeting_create"}}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	busy = new(atomic.Bool)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if busy.CompareAndSwap(true, false) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"code":"overloaded","status":429,"title":"t","detail":"d","type":"a:b"}`)
			return
		}
		s.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return front.URL, secret, busy
}

// said is what the programs print for the user that they score.
const said = `u-1: 0.690, revisits
  came on 4 days of the first week (+1.00)
  meeting_create 2 times in the first week (+0.40)
  the acquisition channel is Paid Social (+0.40)
`

// programs are the examples: the file, its language in docs/API.md, how it is run, and what it prints.
var programs = []struct {
	file, language string
	run            []string
	want           string
}{
	{
		"curl.sh", "sh",
		[]string{"bash", "curl.sh"},
		`{"model":{"name":"revisit","version":"v1","simulated":true},"predictions":[{"id":"u-1","probability":0.6899744811276125,` +
			`"revisit":true,"threshold":0.3,"missing":0,"absent":0,"reasons":[` +
			`{"feature":"visit_days","sentence":"came on 4 days of the first week","effect":1,"raises":true},` +
			`{"feature":"n_meeting_create","sentence":"meeting_create 2 times in the first week","effect":0.4,"raises":true},` +
			`{"feature":"channel","sentence":"the acquisition channel is Paid Social","effect":0.4,"raises":true}]}]}` + "\n" +
			`{"model":{"name":"revisit","version":"v1","simulated":true},"outputs":{"probability":[0.18242552380635632,0.5986876601124521],` +
			`"revisit":[false,true]}}` + "\n" +
			`{"model":{"name":"revisit","version":"v1","simulated":true},"explanations":[{`,
	},
	{"go/main.go", "go", []string{"go", "run", "./go"}, said},
	{"python/score.py", "python", []string{"python3", "python/score.py"}, said},
	{"dart/score.dart", "dart", []string{"dart", "run", "dart/score.dart"}, said},
}

// run runs a program against a server.
func run(t *testing.T, command []string, url, key string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Env = append(cmd.Environ(), "CALBACK_URL="+url, "CALBACK_API_KEY="+key)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// TestProgramsRun runs every program that this machine has the language of: with a key, against a server that is busy at first; and
// without one, where it must fail and name the problem.
func TestProgramsRun(t *testing.T) {
	url, secret, busy := served(t)
	for _, p := range programs {
		if !installed(p.run[0]) || p.run[0] == "bash" && !installed("curl") {
			t.Logf("%s is not run: %s is not on this machine", p.file, p.run[0])
			continue
		}
		t.Run(p.file, func(t *testing.T) {
			busy.Store(true)
			stdout, stderr, err := run(t, p.run, url, secret)
			if err != nil || !strings.HasPrefix(stdout, p.want) || busy.Load() {
				t.Errorf("%v %s\n%s", err, stderr, cmp.Diff(p.want, stdout))
			}
			stdout, stderr, err = run(t, p.run, url, "")
			if err == nil || !strings.Contains(stdout+stderr, "unauthorized") || strings.Contains(stdout+stderr, "Traceback") {
				t.Errorf("without a key: %v\n%s%s", err, stdout, stderr)
			}
		})
	}
}

// installed reports whether a program is on this machine.
func installed(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}

// TestDocumentHasThePrograms holds docs/API.md to every program, letter for letter.
func TestDocumentHasThePrograms(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "API.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range programs {
		program, err := os.ReadFile(p.file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(doc), "```"+p.language+"\n"+string(program)+"```\n") {
			t.Errorf("docs/API.md has another %s; put the file there", p.file)
		}
	}
}
