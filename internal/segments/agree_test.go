package segments

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestAgreement(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b []uint8
		want float64
	}{
		{"the same", []uint8{0, 0, 1, 1, 2, 2}, []uint8{0, 0, 1, 1, 2, 2}, 1},
		{"the same under other names", []uint8{0, 0, 1, 1, 2, 2}, []uint8{2, 2, 0, 0, 1, 1}, 1},
		// Of 15 pairs 2 are together in both, 3 in a, 4 in b: expected 3*4/15 = 0.8, (2-0.8) / (3.5-0.8).
		{"a third moved", []uint8{0, 0, 1, 1, 2, 2}, []uint8{0, 0, 1, 1, 1, 2}, 1.2 / 2.7},
		// No pair is together in both, 2 of 6 in each: (0 - 4/6) / (2 - 4/6).
		{"across", []uint8{0, 0, 1, 1}, []uint8{0, 1, 0, 1}, -0.5},
		{"neither divides", []uint8{0, 0, 0}, []uint8{1, 1, 1}, 1},
		{"one does not divide", []uint8{0, 0, 1, 1}, []uint8{0, 0, 0, 0}, 0},
	} {
		if got := agreement(c.a, c.b); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAgreementByChanceIsZero(t *testing.T) {
	rng, sum := rand.New(rand.NewPCG(1, 1)), 0.0
	for range 200 {
		a, b := make([]uint8, 300), make([]uint8, 300)
		for i := range a {
			a[i], b[i] = uint8(rng.IntN(4)), uint8(rng.IntN(3))
		}
		sum += agreement(a, b) / 200
	}
	if math.Abs(sum) > 0.002 {
		t.Errorf("random divisions agree at %v on average", sum)
	}
}

func TestSilhouette(t *testing.T) {
	// Two pairs 1 apart within, 10 between the pairs' first: means to the other pair are 10.5, 9.5, 9.5, 10.5.
	got := silhouette(points{[]float64{0, 1, 10, 11}, 1}, []uint8{0, 0, 1, 1}, 2)
	if want := (9.5/10.5 + 8.5/9.5) / 2; math.Abs(got-want) > 1e-12 {
		t.Errorf("%v, want %v", got, want)
	}
	// Somebody alone counts 0: only the pair counts, both 1 apart and 9 or 10 away.
	got = silhouette(points{[]float64{0, 1, 10}, 1}, []uint8{0, 0, 1}, 2)
	if want := (9.0/10 + 8.0/9) / 3; math.Abs(got-want) > 1e-12 {
		t.Errorf("with one alone: %v, want %v", got, want)
	}
	if got := silhouette(points{[]float64{0, 1}, 1}, []uint8{0, 0}, 1); !math.IsNaN(got) {
		t.Errorf("of one kind: %v", got)
	}
}

func TestClusterFindsHeaps(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	p := points{m: 2}
	for _, heap := range [][2]float64{{0, 0}, {9, 0}, {0, 9}} {
		for range 100 {
			p.at = append(p.at, heap[0]+rng.NormFloat64(), heap[1]+rng.NormFloat64())
		}
	}
	// Three far away are fewer than the least: they are given to the heaps.
	p.at = append(p.at, 30, 30, 31, 30, 30, 31)
	for _, k := range []int{3, 4, 6} {
		centres, err := cluster(t.Context(), p, k, 5, 30, rng)
		if err != nil {
			t.Fatal(err)
		}
		sizes := make([]int, centres.len())
		for _, c := range assign(centres, p) {
			sizes[c]++
		}
		if slices.Min(sizes) < 30 || centres.len() > k {
			t.Errorf("%d centres asked for: sizes %v", k, sizes)
		}
		of := assign(centres, p)
		if k == 4 && (centres.len() != 3 || of[0] == of[100] || of[100] == of[200] || of[0] == of[200]) {
			t.Errorf("the heaps are not told apart: %v", sizes)
		}
	}
}

func TestFewerPlacesThanCentres(t *testing.T) {
	p := points{[]float64{1, 1, 1, 5, 5, 5}, 1}
	centres, err := cluster(t.Context(), p, 4, 3, 1, rand.New(rand.NewPCG(1, 1)))
	slices.Sort(centres.at)
	if err != nil || !slices.Equal(centres.at, []float64{1, 5}) {
		t.Errorf("centres %v, error %v", centres.at, err)
	}
}

// twoHabits is a table in which the first two columns go together as given and the third goes with nothing.
func twoHabits(n int, together float64) *table {
	rng := rand.New(rand.NewPCG(4, 4))
	t := &table{columns: []int{0, 1, 2}}
	for range n {
		a := rng.NormFloat64()
		t.values = append(t.values, 3+2*a, together*a+math.Sqrt(1-together*together)*rng.NormFloat64(), 5*rng.NormFloat64())
	}
	return t
}

func TestComponents(t *testing.T) {
	for _, c := range []struct {
		together float64
		want     int
	}{{0, 0}, {0.9, 1}, {-0.9, 1}} {
		got, err := components(twoHabits(2000, c.together), rand.New(rand.NewPCG(1, 1)))
		if err != nil || got != c.want {
			t.Errorf("correlation %v: %d components, want %d; error %v", c.together, got, c.want, err)
		}
	}
}

func TestViewTurnsToWhatGoesTogether(t *testing.T) {
	table := twoHabits(5000, 0.8)
	v, err := viewed(table, everyRow(5000), 1)
	if err != nil {
		t.Fatal(err)
	}
	// Two columns with the correlation 0.8 have the component (1, 1)/sqrt(2) of variance 1.8; clipping at 3 takes away a little.
	// The axis is shorter by the fourth root of the variance.
	half := math.Sqrt(0.5) / math.Pow(1.8, 0.25)
	for j, want := range []float64{half, half, 0} {
		if math.Abs(math.Abs(v.axes[j])-want) > 0.03 {
			t.Errorf("column %d has %v in the axis, want %v", j, v.axes[j], want)
		}
	}
	if math.Abs(v.size[0]-1.8) > 0.05 {
		t.Errorf("the variance is %v, want 1.8", v.size)
	}
	if math.Abs(v.mean[0]-3) > 0.1 || math.Abs(v.deviation[0]-2) > 0.1 {
		t.Errorf("the first column has mean %v and deviation %v, drawn with 3 and 2", v.mean[0], v.deviation[0])
	}
	to, scratch := make([]float64, 1), make([]float64, 3)
	v.place([]float64{1e9, v.mean[1], v.mean[2]}, scratch, to)
	if want := clip * math.Abs(v.axes[0]); math.Abs(math.Abs(to[0])-want) > 1e-12 {
		t.Errorf("somebody without bounds lies at %v, want %v", to[0], want)
	}
}
