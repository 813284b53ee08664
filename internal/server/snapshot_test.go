package server

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A user by name is told of and counted as the same user by features, categories that training never saw included.
func TestSnapshotKeepsUnseen(t *testing.T) {
	const user = `"features":{"visit_days":3,"channel":"Carrier pigeon","platform":null,"meetings":1,"guests":0}`
	path := filepath.Join(t.TempDir(), "users.jsonl")
	lines := `{"id":"before","features":{"visit_days":1}}` + "\n" + `{"id":"u",` + user + `}` + "\n"
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	s := started(t, func(o *Options) { o.Snapshot = path })
	byName, byFeatures := ask(s, "POST", "/predict", `{"user":"u"}`).Body.String(), ask(s, "POST", "/predict", `{`+user+`}`).Body.String()
	if byName != byFeatures || !strings.Contains(byName, `"missing":1`) || !strings.Contains(byName, `"unseen":["channel"]`) {
		t.Errorf("by name     %s\nby features %s", byName, byFeatures)
	}
	if w := ask(s, "POST", "/predict", `{"user":"before"}`); strings.Contains(w.Body.String(), "unseen") {
		t.Errorf("another user: %s", w.Body)
	}
}

// A file of truths that cannot be read is told of once, and again when it has changed.
func TestDamagedTruthIsToldOnce(t *testing.T) {
	s := started(t, nil)
	var logged bytes.Buffer
	s.log = slog.New(slog.NewTextHandler(&logged, nil))
	path := filepath.Join(s.opt.Models, "revisit", truthFile)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i, c := range []struct {
		text string
		want int
	}{{"{", 1}, {"[", 2}, {`{"versions":[]}`, 2}, {"[", 3}} {
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Minute)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			s.learn()
		}
		if got := strings.Count(logged.String(), "is not known"); got != c.want {
			t.Errorf("state %d: %d warnings, want %d: %s", i, got, c.want, logged.String())
		}
	}
}
