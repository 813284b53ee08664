package model_test

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

func publish(t *testing.T, s model.Store, a *model.Artifact) string {
	t.Helper()
	dir, err := s.Publish(a, map[string][]byte{"report.html": []byte("<p>report</p>")})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestPublishAndOpen(t *testing.T) {
	s := model.Store{Dir: filepath.Join(t.TempDir(), "models")}
	a := testArtifact()
	dir := publish(t, s, a)
	if want := filepath.Join(s.Dir, "revisit", "v1"); dir != want {
		t.Errorf("published into %s, want %s", dir, want)
	}
	if diff := cmp.Diff([]string{"SHA256SUMS", "manifest.json", "model.payload", "report.html"}, entries(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	version, err := s.Current("revisit")
	if err != nil || version != "v1" {
		t.Fatalf("current version %q, %v", version, err)
	}
	back, err := s.Open("revisit", version, decoders)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a.Manifest, back.Manifest); diff != "" {
		t.Errorf("manifest (-published +opened):\n%s", diff)
	}
	if back.Manifest.Fields[3].Levels == nil {
		t.Error("a category that nobody has a value of became a number")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		row := []float32{rng.Float32() * 100, float32(rng.IntN(8)), float32(rng.IntN(3)), nan}
		row[rng.IntN(4)] = nan
		if p, q := a.Probability(row), back.Probability(row); math.Float64bits(p) != math.Float64bits(q) {
			t.Fatalf("row %v: probability %v became %v", row, p, q)
		}
	}
}

func TestManifestKeys(t *testing.T) {
	s := model.Store{Dir: t.TempDir()}
	manifest := read(t, filepath.Join(publish(t, s, testArtifact()), "manifest.json"))
	for _, m := range regexp.MustCompile(`"([^"]+)":`).FindAllStringSubmatch(string(manifest), -1) {
		if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(m[1]) {
			t.Errorf("key %q is not snake_case", m[1])
		}
	}
}

func TestPublishTwice(t *testing.T) {
	s := model.Store{Dir: t.TempDir()}
	publish(t, s, testArtifact())
	next := testArtifact()
	next.Manifest.Version = "v2"
	publish(t, s, next)
	again := testArtifact()
	again.Manifest.Threshold = 0.25
	dir, err := s.Publish(again, nil)
	if err != nil {
		t.Fatal(err)
	}
	if version, err := s.Current("revisit"); err != nil || version != "v1" {
		t.Errorf("current version %q, %v; want the one published last", version, err)
	}
	a, err := s.Open("revisit", "v1", decoders)
	if err != nil || a.Manifest.Threshold != 0.25 {
		t.Errorf("the replaced version: %v, %v", a, err)
	}
	if diff := cmp.Diff([]string{"CURRENT", "v1", "v2"}, entries(t, filepath.Join(s.Dir, "revisit"))); diff != "" {
		t.Errorf("store (-want +got):\n%s", diff)
	}
	if slices.Contains(entries(t, dir), "report.html") {
		t.Error("a file of the version before is still there")
	}
}

// TestPublishRefused holds that an artifact which does not pass its own proof leaves the store as it was.
func TestPublishRefused(t *testing.T) {
	s := model.Store{Dir: t.TempDir()}
	publish(t, s, testArtifact())
	next := testArtifact()
	next.Manifest.Version, next.Manifest.Golden[1].Score = "v2", 7
	if _, err := s.Publish(next, nil); err == nil || !strings.Contains(err.Error(), "golden row 1") {
		t.Errorf("error %v, want one that names the golden row", err)
	}
	if version, err := s.Current("revisit"); err != nil || version != "v1" {
		t.Errorf("current version %q, %v; want v1", version, err)
	}
	if diff := cmp.Diff([]string{"CURRENT", "v1"}, entries(t, filepath.Join(s.Dir, "revisit"))); diff != "" {
		t.Errorf("store (-want +got):\n%s", diff)
	}
}

// TestCurrentIsSwappedLast makes CURRENT impossible to replace: the new version is whole, and CURRENT is as it was.
func TestCurrentIsSwappedLast(t *testing.T) {
	s := model.Store{Dir: t.TempDir()}
	root := filepath.Join(s.Dir, "revisit")
	if err := os.MkdirAll(filepath.Join(root, "CURRENT", "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Publish(testArtifact(), nil); err == nil || !strings.Contains(err.Error(), "current") {
		t.Errorf("error %v, want one that says that the version is not current", err)
	}
	if _, err := s.Open("revisit", "v1", decoders); err != nil {
		t.Errorf("CURRENT was touched before the version was whole: %v", err)
	}
	if diff := cmp.Diff([]string{"CURRENT", "v1"}, entries(t, root)); diff != "" {
		t.Errorf("left over (-want +got):\n%s", diff)
	}
}

func TestLeftovers(t *testing.T) {
	s := model.Store{Dir: t.TempDir()}
	root := filepath.Join(s.Dir, "revisit")
	old, young := filepath.Join(root, ".publish-old"), filepath.Join(root, ".publish-young")
	for _, dir := range []string{old, young} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "model.payload"), []byte("half"))
	}
	yesterday := time.Now().Add(-24 * time.Hour)
	if err := os.Chtimes(old, yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	publish(t, s, testArtifact())
	if diff := cmp.Diff([]string{".publish-young", "CURRENT", "v1"}, entries(t, root)); diff != "" {
		t.Errorf("only what a killed publish left long ago may go (-want +got):\n%s", diff)
	}
}

// TestInterruptedReplacement leaves the store as a kill between the two renames does: the old version stands aside.
func TestInterruptedReplacement(t *testing.T) {
	s := model.Store{Dir: t.TempDir()}
	dir := publish(t, s, testArtifact())
	beside := filepath.Join(filepath.Dir(dir), ".replaced-v1")
	if err := os.Rename(dir, beside); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open("revisit", "v1", decoders); err != nil {
		t.Errorf("the old version must serve on: %v", err)
	}
	next := testArtifact()
	next.Manifest.Threshold = 0.25
	publish(t, s, next)
	a, err := s.Open("revisit", "v1", decoders)
	if err != nil || a.Manifest.Threshold != 0.25 {
		t.Errorf("after the next publish: %v, %v", a, err)
	}
	if _, err := os.Stat(beside); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is left over: %v", beside, err)
	}
}

// TestReadersDuringReplacement opens the current version all the while that others replace it.
func TestReadersDuringReplacement(t *testing.T) {
	s := model.Store{Dir: t.TempDir()}
	publish(t, s, testArtifact())
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				version, err := s.Current("revisit")
				if err == nil {
					_, err = s.Open("revisit", version, decoders)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 60 {
		a := testArtifact()
		a.Manifest.Threshold = float64(i) / 100
		publish(t, s, a)
	}
	close(done)
	readers.Wait()
}

func TestNothingPublished(t *testing.T) {
	s := model.Store{Dir: t.TempDir()}
	if _, err := s.Current("revisit"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("current version of nothing: %v, want fs.ErrNotExist", err)
	}
	if _, err := s.Open("revisit", "v1", decoders); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open of nothing: %v, want fs.ErrNotExist", err)
	}
	dir := publish(t, s, testArtifact())
	write(t, filepath.Join(s.Dir, "revisit", "CURRENT"), []byte("../../etc\n"))
	if version, err := s.Current("revisit"); err == nil {
		t.Errorf("CURRENT led to %q", version)
	}
	if err := os.Rename(dir, filepath.Join(s.Dir, "revisit", "v7")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open("revisit", "v7", decoders); err == nil || !strings.Contains(err.Error(), "version v1") {
		t.Errorf("a renamed version opened: %v", err)
	}
}

func TestNamesStayInside(t *testing.T) {
	dir := t.TempDir()
	s := model.Store{Dir: filepath.Join(dir, "models")}
	for _, name := range []string{
		"", ".", "..", "../x", "a/b", `a\b`, "/etc", ".hidden", "-rf", "a b", "a\nb", "a\x00b", "é", strings.Repeat("a", 101),
	} {
		if _, err := s.Current(name); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Current(%q): %v", name, err)
		}
		for _, open := range [][2]string{{name, "v1"}, {"revisit", name}} {
			if _, err := s.Open(open[0], open[1], decoders); err == nil || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Open(%q): %v", open, err)
			}
			a := testArtifact()
			a.Manifest.Name, a.Manifest.Version = open[0], open[1]
			if _, err := s.Publish(a, nil); err == nil {
				t.Errorf("published as %q", open)
			}
		}
		if _, err := s.Publish(testArtifact(), map[string][]byte{name: nil}); err == nil {
			t.Errorf("published the extra file %q", name)
		}
	}
	for _, name := range []string{"manifest.json", "model.payload", "SHA256SUMS"} {
		if _, err := s.Publish(testArtifact(), map[string][]byte{name: nil}); err == nil {
			t.Errorf("an extra file took the place of %s", name)
		}
	}
	for _, version := range []string{"CURRENT", "current", "TRUTH.json"} {
		a := testArtifact()
		a.Manifest.Version = version
		if _, err := s.Publish(a, nil); err == nil {
			t.Errorf("a version was named %s", version)
		}
	}
	if got := entries(t, dir); len(got) != 0 {
		t.Errorf("refused names left %v", got)
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "CURRENT")
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for range 10 {
				if err := model.WriteFile(path, bytes.Repeat([]byte("v"), 1000)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	if data := read(t, path); len(data) != 1000 {
		t.Errorf("%d bytes, want 1000", len(data))
	}
	if got := entries(t, dir); len(got) != 1 {
		t.Errorf("left over: %v", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v; want 0644, as a server under another user must read it", info.Mode(), err)
	}
	if err := model.WriteFile(filepath.Join(dir, "none", "f"), nil); err == nil {
		t.Error("wrote into a directory that is not there")
	}
}
