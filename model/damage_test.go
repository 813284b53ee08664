package model_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// damage is one way to spoil a published version.
type damage struct {
	name string
	do   func(t *testing.T, dir string)
}

// TestDamagedArtifacts holds quality number S6: of at least 300 damaged artifacts none is loaded.
func TestDamagedArtifacts(t *testing.T) {
	s := model.Store{Dir: t.TempDir()}
	dir := publish(t, s, sureArtifact(t))
	sound := map[string][]byte{}
	for _, name := range []string{"manifest.json", "model.payload", "sure.payload", "SHA256SUMS"} {
		sound[name] = read(t, filepath.Join(dir, name))
	}
	all := append(append(flips(sound), truncations(sound)...), edits()...)
	if len(all) < 300 {
		t.Fatalf("%d variants, want at least 300", len(all))
	}
	for _, d := range all {
		for name, data := range sound {
			write(t, filepath.Join(dir, name), data)
		}
		d.do(t, dir)
		if a, err := s.Open("revisit", "v1", decoders); err == nil || a != nil {
			t.Errorf("%s: it was loaded", d.name)
		}
	}
	for name, data := range sound {
		write(t, filepath.Join(dir, name), data)
	}
	if _, err := s.Open("revisit", "v1", decoders); err != nil {
		t.Errorf("the sound artifact is refused, so the test shows nothing: %v", err)
	}
}

// flips are single bits turned over, anywhere but in the checksum of the report, which is not read.
func flips(sound map[string][]byte) (list []damage) {
	rng := rand.New(rand.NewPCG(6, 6))
	sums := sound["SHA256SUMS"]
	report := bytes.Index(sums, []byte("report.html"))
	unread := func(name string, at int) bool {
		return name == "SHA256SUMS" && at >= report-66 && at <= report+len("report.html")
	}
	for name, data := range sound {
		for range 80 {
			at, bit := rng.IntN(len(data)), byte(1)<<rng.IntN(8)
			if unread(name, at) {
				continue
			}
			list = append(list, damage{name + ": a bit turned over", func(t *testing.T, dir string) {
				spoilt := slices.Clone(sound[name])
				spoilt[at] ^= bit
				write(t, filepath.Join(dir, name), spoilt)
			}})
		}
	}
	return list
}

func truncations(sound map[string][]byte) (list []damage) {
	for _, name := range []string{"manifest.json", "model.payload", "sure.payload"} {
		for percent := range 100 {
			list = append(list, damage{name + ": cut off", func(t *testing.T, dir string) {
				write(t, filepath.Join(dir, name), sound[name][:len(sound[name])*percent/100])
			}})
		}
	}
	return list
}

// edits are changes whose SHA256SUMS are right, as by someone who edits the manifest and sums it anew.
func edits() (list []damage) {
	for name, edit := range map[string]func(m map[string]any){
		"a future format":        func(m map[string]any) { m["format"] = model.ArtifactFormat + 1 },
		"no format":              func(m map[string]any) { delete(m, "format") },
		"another payload format": func(m map[string]any) { m["payload_format"] = "calback-linear-2" },
		"a wrong checksum":       func(m map[string]any) { m["payload_sha256"] = strings.Repeat("0", 64) },
		"a wrong set hash":       func(m map[string]any) { m["set_hash"] = "0011223344556677" },
		"no golden rows":         func(m map[string]any) { m["golden"] = []any{} },
		"a golden score moved":   func(m map[string]any) { m["golden"].([]any)[3].(map[string]any)["score"] = 0.5 },
		"a golden probability":   func(m map[string]any) { m["golden"].([]any)[3].(map[string]any)["probability"] = 0.5 },
		"a threshold of 2":       func(m map[string]any) { m["threshold"] = 2 },
		"a column gone":          func(m map[string]any) { m["fields"] = m["fields"].([]any)[1:] },
		"another zone":           func(m map[string]any) { m["set"].(map[string]any)["zone"] = "UTC" },
		"no replicas":            func(m map[string]any) { delete(m, "sure_sha256") },
		"other replicas":         func(m map[string]any) { m["sure_sha256"] = strings.Repeat("0", 64) },
		"a golden interval":      func(m map[string]any) { m["golden"].([]any)[3].(map[string]any)["low"] = 0.125 },
		"no golden interval":     func(m map[string]any) { delete(m["golden"].([]any)[3].(map[string]any), "high") },
		"an unknown map":         func(m map[string]any) { m["calibration"] = map[string]any{"kind": "spline"} },
		"another name":           func(m map[string]any) { m["name"] = "other" },
		"another calibration":    func(m map[string]any) { m["calibration"] = map[string]any{"kind": "isotonic"} },
	} {
		list = append(list, damage{name, func(t *testing.T, dir string) {
			path := filepath.Join(dir, "manifest.json")
			before := read(t, path)
			var m map[string]any
			if err := json.Unmarshal(before, &m); err != nil {
				t.Fatal(err)
			}
			edit(m)
			after, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			write(t, path, after)
			sums := filepath.Join(dir, "SHA256SUMS")
			write(t, sums, bytes.Replace(read(t, sums), []byte(sha(before)), []byte(sha(after)), 1))
		}})
	}
	for _, name := range []string{"manifest.json", "model.payload", "sure.payload", "SHA256SUMS"} {
		list = append(list, damage{name + " missing", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}})
	}
	return list
}
