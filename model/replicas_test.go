package model_test

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
)

// constants are replicas whose scores are given, whatever the row.
func constants(t testing.TB, scores ...float64) *model.Replicas {
	t.Helper()
	var members []model.Predictor
	for _, s := range scores {
		members = append(members, &linear.Model{Fields: testFields(), Intercept: s})
	}
	r, err := model.NewReplicas(members)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sureArtifact is testArtifact with replicas whose weights scatter.
func sureArtifact(t testing.TB) *model.Artifact {
	t.Helper()
	a := testArtifact()
	rng := rand.New(rand.NewPCG(3, 3))
	var members []model.Predictor
	for range 7 {
		own := a.Predictor.(*linear.Model)
		m := &linear.Model{Fields: own.Fields, Intercept: own.Intercept + rng.NormFloat64()/5}
		for _, term := range own.Terms {
			term.Weight += rng.NormFloat64() / 5
			m.Terms = append(m.Terms, term)
		}
		members = append(members, m)
	}
	var err error
	if a.Sure, err = model.NewReplicas(members); err != nil {
		t.Fatal(err)
	}
	a.SetGolden(8)
	return a
}

// The standard deviation of 1, 2, 3, 4, 5 is the root of 2.5; Student's 95 % quantile for 4 degrees of freedom is 2.1318 in any table.
func TestIntervalByHand(t *testing.T) {
	r := constants(t, 1, 2, 3, 4, 5)
	row := make([]float32, 4)
	if s := r.Scatter(row); math.Abs(s-math.Sqrt(2.5)) > 1e-12 {
		t.Errorf("scatter %v, want the root of 2.5", s)
	}
	m := calibrate.Map{Kind: calibrate.PlattKind, A: 0.5, B: -1}
	low, high := r.Interval(row, 2, m)
	half := 2.1318 * math.Sqrt(2.5)
	if math.Abs(low-m.Probability(2-half)) > 1e-3 || math.Abs(high-m.Probability(2+half)) > 1e-3 {
		t.Errorf("interval %v to %v", low, high)
	}
	// 1.7291 is the table's quantile for 19 degrees of freedom.
	many := make([]float64, 20)
	for k := range many {
		many[k] = float64(k % 2)
	}
	low, _ = constants(t, many...).Interval(row, 0, calibrate.Map{})
	if want := 1.7291 * math.Sqrt(5.0/19); math.Abs(math.Log(low/(1-low))+want) > 1e-4 {
		t.Errorf("20 replicas reach %v, want %v", -math.Log(low/(1-low)), want)
	}
	if low, high = constants(t, 1, 1, 1, 1, 1).Interval(row, 0.5, calibrate.Map{}); low != high {
		t.Errorf("replicas that agree leave %v to %v", low, high)
	}
	for _, m := range []calibrate.Map{{}, {Kind: calibrate.PlattKind, B: 1}, {Kind: calibrate.BetaKind, A: 1}, {Kind: calibrate.BetaKind, B: 2}} {
		low, high = constants(t, 1, math.Inf(1), 1, math.Inf(-1), 1).Interval(row, 0, m)
		if p := m.Probability(0); !(low <= p && p <= high) {
			t.Errorf("replicas of infinite scores leave %v to %v around %v under %+v", low, high, p, m)
		}
	}
}

func TestReplicaCounts(t *testing.T) {
	for _, n := range []int{0, 1, 4, 201} {
		if _, err := model.NewReplicas(make([]model.Predictor, n)); err == nil || !strings.Contains(err.Error(), "fit 5 to 200") {
			t.Errorf("%d replicas: %v", n, err)
		}
	}
}

func TestReplicasRoundTrip(t *testing.T) {
	a := sureArtifact(t)
	s := model.Store{Dir: t.TempDir()}
	dir := publish(t, s, a)
	if diff := cmp.Diff([]string{"SHA256SUMS", "manifest.json", "model.payload", "report.html", "sure.payload"}, entries(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	back, err := s.Open("revisit", "v1", decoders)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		row := []float32{rng.Float32() * 9, float32(rng.IntN(8)), float32(rng.IntN(3)), nan}
		low, high, ok := a.Interval(row)
		gotLow, gotHigh, gotOK := back.Interval(row)
		if !ok || !gotOK || low != gotLow || high != gotHigh {
			t.Fatalf("row %v: interval %v to %v (%v) became %v to %v (%v)", row, low, high, ok, gotLow, gotHigh, gotOK)
		}
		if p := a.Probability(row); !(low <= p && p <= high) || low == high {
			t.Fatalf("row %v: %v is not inside %v to %v", row, p, low, high)
		}
	}
	again, err := a.Sure.MarshalBinary()
	if err != nil || string(again) != string(read(t, filepath.Join(dir, "sure.payload"))) {
		t.Errorf("written twice, the replicas differ (%v)", err)
	}
	// Published again without replicas, the file is gone and the artifact loads.
	a.Sure = nil
	a.SetGolden(8)
	publish(t, s, a)
	if back, err = s.Open("revisit", "v1", decoders); err != nil || back.Sure != nil {
		t.Errorf("without replicas: %v, %v", back, err)
	}
	if _, _, ok := back.Interval(make([]float32, 4)); ok {
		t.Error("an interval out of nothing")
	}
}

// TestGoldenRowsNeedTheReplicas holds that replicas fitted after the golden rows were made are noticed.
func TestGoldenRowsNeedTheReplicas(t *testing.T) {
	a := testArtifact()
	a.Sure = constants(t, 1, 2, 3, 4, 5)
	if _, err := a.Seal(); err == nil || !strings.Contains(err.Error(), "fit the replicas before") {
		t.Errorf("error %v", err)
	}
}

func TestDecodeReplicasRefuses(t *testing.T) {
	data, err := constants(t, 1, 2, 3, 4, 5).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := model.DecodeReplicas(data, testFields(), nil); err == nil || !strings.Contains(err.Error(), `format "`+linear.Format) {
		t.Errorf("no decoder: %v", err)
	}
	if _, err := model.DecodeReplicas(data, testFields()[:2], decoders); err == nil || !strings.Contains(err.Error(), "replica 0") {
		t.Errorf("other fields: %v", err)
	}
	for name, data := range map[string][]byte{"empty": nil, "cut off": data[:len(data)-5], "no members": []byte("{}\n"), "more after it": append(slices.Clone(data), 7)} {
		if _, err := model.DecodeReplicas(data, testFields(), decoders); err == nil {
			t.Errorf("%s: it was read", name)
		}
	}
}

// TestDoubtWidens adds doubt of 0.3 log-odds to replicas that agree: the interval is 1.645 of it to either side.
func TestDoubtWidens(t *testing.T) {
	r := constants(t, 1, 1, 1, 1, 1)
	r.Doubt = calibrate.Doubt{Intercept: 0.09}
	row := make([]float32, 4)
	low, high := r.Interval(row, 0.5, calibrate.Map{})
	if half := 1.6449 * 0.3; math.Abs(low-model.Sigmoid(0.5-half)) > 1e-4 || math.Abs(high-model.Sigmoid(0.5+half)) > 1e-4 {
		t.Errorf("%v to %v", low, high)
	}
	data, err := r.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	back, err := model.DecodeReplicas(data, testFields(), decoders)
	if err != nil || back.Doubt != r.Doubt {
		t.Errorf("the doubt became %+v, %v", back.Doubt, err)
	}
	r.Doubt = calibrate.Doubt{Intercept: -1}
	if data, err = r.MarshalBinary(); err != nil {
		t.Fatal(err)
	}
	if _, err := model.DecodeReplicas(data, testFields(), decoders); err == nil || !strings.Contains(err.Error(), "no covariance") {
		t.Errorf("a negative variance was read: %v", err)
	}
}
