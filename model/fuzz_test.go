package model_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
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

// FuzzDecodeReplicas reads replicas that anyone may have written. What is read gives intervals, and is written as it was read.
func FuzzDecodeReplicas(f *testing.F) {
	data, err := sureArtifact(f).Sure.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Add([]byte(`{"members":[{"bytes":-1},{},{},{},{}]}` + "\n"))
	f.Add([]byte(`{"members":[{"bytes":9223372036854775807},{},{},{},{}]}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := model.DecodeReplicas(data, testFields(), decoders)
		if err != nil {
			return
		}
		row := []float32{1, nan, 1, nan}
		low, high := r.Interval(row, 0.5, calibrate.Map{})
		if p := model.Sigmoid(0.5); !(low <= p && p <= high) {
			t.Fatalf("%v to %v around %v", low, high, p)
		}
		again, err := r.MarshalBinary()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if back, err := model.DecodeReplicas(again, testFields(), decoders); err != nil || back.Doubt != r.Doubt || back.Scatter(row) != r.Scatter(row) {
			t.Fatalf("what was written is not what was read: %v", err)
		}
	})
}
