package gbdt

import (
	"context"
	"crypto/sha256"
	"fmt"
	"runtime"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/modeltest"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// The table is large enough for the grower to use several goroutines, which that of the common suite is not.
func TestSameBytesForAnyNumberOfProcessors(t *testing.T) {
	d, _ := planted(9, 12_000, 12)
	p := Defaults()
	p.Rounds = 15
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	sums := map[string]int{}
	for _, n := range []int{1, 2, 8, 1, 8} {
		runtime.GOMAXPROCS(n)
		data, err := fit(t, p, d).MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		sums[fmt.Sprintf("%x", sha256.Sum256(data))]++
	}
	if len(sums) != 1 {
		t.Errorf("%d different models of 5 fits: %v", len(sums), sums)
	}
}

func TestSeedDrawsColumns(t *testing.T) {
	d, _ := planted(9, 1000, 12)
	p := Defaults()
	first := fit(t, p, d).Score(d.X.Row(nil, 0))
	p.Seed = 2
	if second := fit(t, p, d).Score(d.X.Row(nil, 0)); first == second {
		t.Error("another seed gives the same model")
	}
}

// Too few of a class to hold out: all rounds are kept, and the fit still works.
func TestSmallTablesKeepAllRounds(t *testing.T) {
	d := modeltest.Table(3, 40)
	p := Defaults()
	p.Rounds, p.MinLeaf = 12, 5
	if n := len(fit(t, p, d).(*tree.Ensemble).Trees()); n != 12 {
		t.Errorf("%d trees, want 12", n)
	}
}

func ExampleNew() {
	d := model.Data{
		X: &model.Matrix{Columns: []model.Column{{
			Field:  model.Field{Name: "active_days"},
			Values: []float32{1, 1, 1, 1, 2, 2, 5, 5, 6, 6, 6, 6},
		}}},
		Y: []bool{false, false, false, true, false, false, true, true, false, true, true, true},
	}
	p := Defaults()
	p.Rounds, p.MinLeaf = 20, 3
	fitted, err := New(p).Fit(context.Background(), d)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, days := range []float32{1, 6} {
		fmt.Printf("%v days: %.2f\n", days, model.Sigmoid(fitted.Score([]float32{days})))
	}
	// Output:
	// 1 days: 0.39
	// 6 days: 0.61
}
