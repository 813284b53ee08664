package model_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

func sha(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// FuzzDecode reads manifests and payloads that anyone may have written. What is loaded must score, explain and pass its own proof.
func FuzzDecode(f *testing.F) {
	a := testArtifact()
	payload, err := a.Seal()
	if err != nil {
		f.Fatal(err)
	}
	manifest, err := json.Marshal(a.Manifest)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(manifest, payload, true)
	f.Add(manifest, payload[:len(payload)/2], false)
	f.Add([]byte(`{"format":1}`), []byte{}, true)
	f.Fuzz(func(t *testing.T, manifest, payload []byte, mend bool) {
		if mend {
			manifest = mendChecksum(manifest, payload)
		}
		a, err := model.Decode(manifest, payload, nil, decoders)
		if err != nil {
			return
		}
		if _, err := a.Seal(); err != nil {
			t.Fatalf("it was loaded, but does not pass its own proof: %v", err)
		}
		row := make([]float32, len(a.Manifest.Fields))
		for j := range row {
			row[j] = float32(math.NaN())
		}
		if p := a.Probability(row); !(p >= 0 && p <= 1) {
			t.Fatalf("probability %v", p)
		}
		a.Reasons(row, 3)
	})
}

// mendChecksum makes the manifest name the payload's checksum, so that the fuzzer gets past it.
func mendChecksum(manifest, payload []byte) []byte {
	var m map[string]json.RawMessage
	if json.Unmarshal(manifest, &m) != nil || m == nil {
		return manifest
	}
	m["payload_sha256"] = json.RawMessage(`"` + sha(payload) + `"`)
	mended, err := json.Marshal(m)
	if err != nil {
		return manifest
	}
	return mended
}
