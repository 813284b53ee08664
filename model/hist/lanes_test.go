package hist

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// counted is a matrix whose columns take as many values as said.
func counted(rng *rand.Rand, rows int, values ...int) *model.Matrix {
	x := &model.Matrix{Columns: make([]model.Column, len(values))}
	for j, n := range values {
		for range rows {
			v := float32(rng.IntN(n))
			if rng.IntN(20) == 0 {
				v = nan
			}
			x.Columns[j].Values = append(x.Columns[j].Values, v)
		}
	}
	return x
}

// Columns of few values share lanes where that saves a word, and every bin comes back from the lane.
func TestSmallColumnsShareLanes(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for _, c := range []struct {
		values []int
		lanes  int
	}{
		{[]int{3, 5}, 2},
		{[]int{2, 2, 2, 2, 2, 2, 2, 2, 2}, 8},
		{[]int{200, 200, 200, 200, 200, 200, 200, 200, 200}, 9},
		{[]int{3, 200, 4, 200, 5, 200, 200, 200, 200, 200, 3, 200}, 12},
		{[]int{3, 60, 3, 200, 5, 60, 7, 200, 7, 60, 200}, 8},
	} {
		x := counted(rng, 2000, c.values...)
		b := Bin(x)
		if len(b.lanes) != c.lanes || b.width != (c.lanes+7)/8 {
			t.Errorf("%v: %d lanes in %d words, want %d", c.values, len(b.lanes), b.width, c.lanes)
		}
		for j := range x.Columns {
			for i, v := range x.Columns[j].Values {
				if want := b.columns[j].binOf(v); b.at(j, i) != want {
					t.Fatalf("%v: row %d of column %d is in bin %d, want %d", c.values, i, j, b.at(j, i), want)
				}
			}
		}
	}
}

// A table is packed into words or kept in whole cells by its size alone; both must count the same rows for the same split, whichever
// columns may be asked, and however many goroutines sum.
func TestPackedSumsAreThoseOfTheRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	x := counted(rng, 3*fineRows, 3, 60, 3, 200, 5, 60, 7, 200, 7, 60, 200, 90)
	rows := randomRows(rng, x.Rows())
	rows[5].Count, rows[5].Gradient, rows[5].Hessian = 0, 0, 0
	bins := Bin(x)
	for _, use := range [][]int{nil, {1}, {0, 2, 4}, {3, 5, 7, 9, 11}} {
		g := NewGrower(bins, Limits{MaxLeaves: 12, L2: 1})
		g.Use(use)
		grown, err := g.Grow(context.Background(), Rows(rows))
		if err != nil {
			t.Fatal(err)
		}
		if g.fine {
			t.Fatal("the table is not packed")
		}
		checkSums(t, g, grown, rows, use)
	}
}

// checkSums holds the sums of a new histogram of every leaf against sums row by row.
func checkSums(t *testing.T, g *Grower, grown *Grown, rows []Row, use []int) {
	t.Helper()
	for k, members := range grown.Members {
		from := 0
		for _, before := range grown.Members[:k] {
			from += len(before)
		}
		l := &leaf{from: from, to: from + len(members), hist: g.allocate()}
		var asked atomic.Int32
		g.sum(l, g.all, func(j int) {
			asked.Add(1)
			want := make([]cell, g.bins.columns[j].count)
			for _, i := range members {
				want[g.bins.at(j, int(i))].add(unpack(g.packed[i], g.scale.countBits))
			}
			if diff := cmp.Diff(want, []cell(l.hist.of(&g.bins.columns[j])), cmp.AllowUnexported(cell{})); diff != "" {
				t.Errorf("leaf %d, column %d: %s", k, j, diff)
			}
		})
		if use != nil && int(asked.Load()) != len(use) {
			t.Errorf("%d columns summed, want %d", asked.Load(), len(use))
		}
	}
	if grown.Leaves[0].Count == 0 || len(grown.Leaves) != 12 && len(use) != 1 {
		t.Errorf("%d leaves", len(grown.Leaves))
	}
	total := 0
	for _, members := range grown.Members {
		total += len(members)
	}
	if total != len(rows)-1 {
		t.Errorf("%d rows in all, want one less than %d", total, len(rows))
	}
}

// Every unit is done once, whether helpers are awake, asleep or more than there are units.
func TestPoolDoesEveryUnitOnce(t *testing.T) {
	p := newPool(crew(2 * runtime.GOMAXPROCS(0)))
	defer p.dismiss()
	for round := range 300 {
		n := round % 37
		done := make([]atomic.Int32, n)
		p.run(n, func(worker, unit int) {
			if worker < 0 || worker > p.helpers {
				t.Errorf("worker %d of %d", worker, p.helpers)
			}
			done[unit].Add(1)
		})
		for unit := range done {
			if got := done[unit].Load(); got != 1 {
				t.Fatalf("round %d: unit %d was done %d times", round, unit, got)
			}
		}
		if round%100 == 99 {
			sleepUntilAsleep(p)
		}
	}
}

// sleepUntilAsleep waits until all helpers sleep.
func sleepUntilAsleep(p *pool) {
	for p.asleep.Load() < int32(p.helpers) {
		runtime.Gosched()
	}
}
