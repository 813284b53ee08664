package trainer

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/bqml"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

// overconfident are users whose log-odds BigQuery would have doubled.
func overconfident(rng *rand.Rand, n int) (p []float64, y []bool) {
	for range n {
		z := rng.NormFloat64() - 1
		p = append(p, 1/(1+math.Exp(-2*z)))
		y = append(y, rng.Float64() < 1/(1+math.Exp(-z)))
	}
	return p, y
}

// TestEntrantOfBigQuery calibrates on the validating users and measures on the newest, by the code of every family.
func TestEntrantOfBigQuery(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 0))
	f := bqml.Fitted{Family: bqml.GBDT, Model: "calback.revisit_gbdt", Seconds: 61}
	f.P, f.Y = overconfident(rng, 4000)
	f.ValidP, f.ValidY = overconfident(rng, 4000)
	f.ValidP[0], f.ValidP[1] = 0, 1
	o := Defaults()
	o.Resamples = 100
	r := &run{Options: o, Result: &Result{}}
	e := r.entrant(f)
	if !e.fitted() || e.Predictor != nil || len(e.TestP) != 4000 || e.Seconds != 61 {
		t.Fatalf("entrant %+v", e.Family)
	}
	if e.Test.ECE.Value > 0.03 {
		t.Errorf("ECE is %.3f after calibration", e.Test.ECE.Value)
	}
	if e.Test.AUC.Value < 0.65 || e.Test.LogLoss.Value > 0.62 {
		t.Errorf("AUC %.3f, log loss %.3f", e.Test.AUC.Value, e.Test.LogLoss.Value)
	}
	if lost := r.entrant(bqml.Fitted{Family: bqml.Logit, Failed: "quota"}); lost.fitted() || !math.IsInf(lost.LogLoss, 1) {
		t.Errorf("a failed family: %+v", lost)
	}
}

// TestGatesOfBigQuery refuses what cannot be told from guessing.
func TestGatesOfBigQuery(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 0))
	for name, skilled := range map[string]bool{"skilled": true, "guessing": false} {
		p, y := overconfident(rng, 2000)
		valid, validY := overconfident(rng, 2000)
		if !skilled {
			rng.Shuffle(len(p), func(i, j int) { p[i], p[j] = p[j], p[i] })
			rng.Shuffle(len(valid), func(i, j int) { valid[i], valid[j] = valid[j], valid[i] })
		}
		o := Defaults()
		o.Resamples = 200
		r := &run{Options: o, Result: &Result{}}
		r.Entrants = []Entrant{r.entrant(bqml.Fitted{Family: bqml.GBDT, Model: "m", P: p, Y: y, ValidP: valid, ValidY: validY})}
		r.Baselines.RateP = []float64{baseRate(validY)}
		if err := r.gatesInPlace(t.Context()); (err == nil) != skilled {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestVisitDayRates counts by hand: of the older users 2 of 10 with one visit day and 9 of 10 with five came back.
func TestVisitDayRates(t *testing.T) {
	w, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, sql := range []string{
		`CREATE TABLE labels AS SELECT 'u' || i AS user_key, CASE WHEN i < 20 THEN DATE '2026-01-05' ELSE DATE '2026-03-05' END AS day0,
			CASE WHEN i < 10 THEN i < 2 WHEN i < 20 THEN i < 19 ELSE i = 21 END AS revisit FROM range(23) AS r(i)`,
		"CREATE TABLE features AS SELECT 'u' || i AS user_key, CASE WHEN i < 10 OR i >= 22 THEN 1 ELSE 5 END AS visit_days FROM range(23) AS r(i)",
	} {
		if err := w.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	day := func(text string) int {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return int(at.Unix() / 86400)
	}
	r := &run{wh: w, d: features.DuckDB{}, Result: &Result{Table: &Table{Day0: []int{day("2026-01-05"), day("2026-03-05")}}}}
	r.Split.Train, r.Split.Test = []int{0}, []int{1}
	r.Plan = features.Plan{Zone: "UTC", DataStart: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), AsOf: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).UnixMicro()}
	p, y, err := r.visitDayRates(t.Context(), 0.5)
	if err != nil {
		t.Fatal(err)
	}
	// Ten users of the base rate are mixed in: (2+5)/20 and (9+5)/20.
	got := map[float64]int{}
	revisiting := 0
	for i, v := range p {
		got[v]++
		if y[i] {
			revisiting++
		}
	}
	if len(p) != 3 || got[0.35] != 1 || got[0.7] != 2 || revisiting != 1 {
		t.Errorf("probabilities %v, labels %v", p, y)
	}
}

// TestEngineNeedsBigQuery asks for the engine on DuckDB.
func TestEngineNeedsBigQuery(t *testing.T) {
	o := Defaults()
	o.Engine, o.Now, o.Created = "cloud", time.Now, time.Now()
	if err := o.Validate(); err == nil || !strings.Contains(err.Error(), "cloud") {
		t.Errorf("an unknown engine: %v", err)
	}
}
