package drift

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

var (
	visits   = model.Field{Name: "n"}
	platform = model.Field{Name: "p", Levels: []string{"ANDROID", "IOS", "WEB"}}
	morning  = &clock{time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
)

// TestEveryWayOfTallying gives the same rows one by one, all at once, and in tallies of every size about that which is remembered. The
// counts must be those of the histograms of the rows.
func TestEveryWayOfTallying(t *testing.T) {
	for _, size := range []int{1, 2, kept - 1, kept, kept + 1, 3 * kept, 1000} {
		w, rows, p := crowd(1000)
		for from := 0; from < len(rows); from += size {
			tally := w.Tally()
			for i := from; i < min(from+size, len(rows)); i++ {
				tally.Add(rows[i], p[i])
				tally.Unseen(i % 40)
			}
			w.Merge(tally)
		}
		checkCounts(t, fmt.Sprintf("tallies of %d", size), w, rows, p)
	}
}

// checkCounts compares every counter of the report with a slow count of the rows, and the PSI with that of the counts.
func checkCounts(t *testing.T, name string, w *Watch, rows [][]float32, p []float64) {
	t.Helper()
	fields := make([]model.Field, 40)
	for j, c := range w.layout.columns[:40] {
		fields[j] = model.Field{Name: c.name, Levels: c.levels}
	}
	reference, score := histograms(fields, draw(rand.New(rand.NewPCG(5, 5)), fields, 20000))
	r := w.Report()
	if r.Rows != len(rows) || len(r.Features) != len(fields) {
		t.Fatalf("%s: %d rows of %d features, want %d of %d", name, r.Rows, len(r.Features), len(rows), len(fields))
	}
	check := func(c Column, h model.Histogram, value func(i int) float32) {
		before, now := append(append([]int(nil), h.Counts...), h.Missing), make([]int, len(h.Counts)+1)
		for i := range rows {
			switch v := value(i); {
			case v != v:
				now[len(h.Counts)]++
			case h.Edges == nil:
				now[int(v)]++
			default:
				now[h.Bin(v)]++
			}
		}
		for b, n := range now {
			if !near(c.Now[b], float64(n)/float64(len(rows)), 1e-15) {
				t.Fatalf("%s: %s has %v in bin %d, want %d of %d", name, c.Feature, c.Now[b], b, n, len(rows))
			}
		}
		if want := slowPSI(before, now); !near(c.PSI, want, 1e-12) {
			t.Errorf("%s: %s has PSI %v, by brute force %v", name, c.Feature, c.PSI, want)
		}
	}
	for j, c := range r.Features {
		check(c, reference[j], func(i int) float32 { return rows[i][j] })
		if !near(c.Unseen, 25./1000, 1e-15) {
			t.Errorf("%s: %s has %v unseen, want 25 of 1000", name, c.Feature, c.Unseen)
		}
	}
	check(r.Score, score, func(i int) float32 { return float32(p[i]) })
}

// A level that training never saw is a missing value in the bins, and is counted apart.
func TestCategoriesMissingAndUnseen(t *testing.T) {
	w := New([]model.Field{platform}, []model.Histogram{{Name: "p", Counts: []int{50, 25, 0}, Missing: 25}}, model.Histogram{}, morning.now)
	tally := w.Tally()
	for i := range 400 {
		switch {
		case i < 100:
			tally.Add([]float32{0}, 0.5)
		case i < 200:
			tally.Add([]float32{2}, 0.5)
		case i < 240:
			tally.Add([]float32{nan}, 0.5)
			tally.Unseen(0)
		default:
			tally.Add([]float32{nan}, math.NaN())
		}
	}
	tally.Unseen(-1)
	tally.Unseen(1)
	w.Merge(tally)
	r := w.Report()
	c := r.Features[0]
	if c.Missing != 0.5 || c.MissingReference != 0.25 || c.Unseen != 0.1 {
		t.Errorf("missing %v, in the reference %v, unseen %v, want 0.5, 0.25, 0.1", c.Missing, c.MissingReference, c.Unseen)
	}
	// By hand: shares 0.50 0.25 0 0.25 before and 0.25 0 0.25 0.50 now, so the bins add 0.25 ln 2, 0.2499 ln 2500, the same, 0.25 ln 2.
	if want := 0.5*0.6931471806 + 2*0.2499*7.8240460109; !near(c.PSI, want, 1e-9) || c.Status != Alarm {
		t.Errorf("PSI %v (%s), want %v (alarm)", c.PSI, c.Status, want)
	}
	if got := r.Score.Now; got[0] != 0.6 || r.Score.Missing != 0.4 {
		t.Errorf("scores %v, want 0.6 of them there and 0.4 missing", got)
	}
}

func TestReferencesThatSayLittle(t *testing.T) {
	full := []float32{1, 1, 1, nan}
	constant := model.Histogram{Name: "n", Edges: []float32{4}, Counts: []int{9, 0}}
	for _, c := range []struct {
		name      string
		field     model.Field
		reference []model.Histogram
		// values are scored round and round.
		values []float32
		psi    float64
		status string
		bins   int
	}{
		{"none", visits, nil, full, 0, Few, 1},
		{"of no rows", visits, []model.Histogram{{Name: "n", Counts: []int{0}}}, full, 0, Few, 1},
		{"a category of no rows", platform, []model.Histogram{{Name: "p", Counts: []int{0, 0, 0}}}, full, 0, Few, 3},
		{"one bin, the same", visits, []model.Histogram{{Name: "n", Counts: []int{75}, Missing: 25}}, full, 0, OK, 1},
		{"all missing, and still", visits, []model.Histogram{{Name: "n", Counts: []int{0}, Missing: 100}}, []float32{nan}, 0, OK, 1},
		// 2 (1 - 0.0001) ln 10000.
		{"all missing, and no more", visits, []model.Histogram{{Name: "n", Counts: []int{0}, Missing: 100}}, []float32{5}, 18.4188386, Alarm, 1},
		{"a constant, and still", visits, []model.Histogram{constant}, []float32{4}, 0, OK, 2},
		{"a constant, now higher", visits, []model.Histogram{constant}, []float32{5}, 18.4188386, Alarm, 2},
		{
			"no levels",
			model.Field{Name: "c", Levels: []string{}},
			[]model.Histogram{{Name: "c", Counts: []int{}, Missing: 9}},
			[]float32{nan},
			0, OK, 0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := New([]model.Field{c.field}, c.reference, model.Histogram{}, morning.now)
			tally := w.Tally()
			for i := range 1000 {
				tally.Add([]float32{c.values[i%len(c.values)]}, 0.5)
			}
			w.Merge(tally)
			r := w.Report()
			got := r.Features[0]
			if !near(got.PSI, c.psi, 1e-6) || got.Status != c.status || r.Status != c.status {
				t.Errorf("PSI %v, %s, whole %s, want %v, %s", got.PSI, got.Status, r.Status, c.psi, c.status)
			}
			if len(got.Now) != c.bins+1 || len(got.Reference) != c.bins+1 {
				t.Errorf("%d and %d shares, want %d bins and missing", len(got.Now), len(got.Reference), c.bins)
			}
		})
	}
}

func TestATallyThatIsNotMergedCountsNothing(t *testing.T) {
	w := single(morning)
	w.Tally().Add([]float32{1}, 0.5)
	take(w, 2)
	if r := w.Report(); r.Rows != 2 {
		t.Errorf("%d rows, want 2", r.Rows)
	}
}

func TestMergeRefusesAnothersTally(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the tally of another Watch was merged")
		}
	}()
	single(morning).Merge(single(morning).Tally())
}

// TestConcurrentUse loses no row between requests of many sizes, a clock that moves and reports.
func TestConcurrentUse(t *testing.T) {
	const clients, requests = 8, 200
	var mu sync.Mutex
	at := morning.at
	w := New([]model.Field{visits, platform}, []model.Histogram{
		{Name: "n", Edges: []float32{1, 2}, Counts: []int{1, 1, 1}}, {Name: "p", Counts: []int{1, 1, 1}},
	}, model.Histogram{}, func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(time.Second)
		return at
	})
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			for i := range requests {
				tally := w.Tally()
				for k := range 1 + i%40 {
					tally.Add([]float32{float32(k % 4), float32(client % 3)}, 0.5)
				}
				w.Merge(tally)
				if i%50 == 0 {
					w.Report()
				}
			}
		})
	}
	all.Wait()
	// 200 requests of 1, 2 ... 40 rows round and round are 5 times 820 rows.
	r := w.Report()
	if want := clients * 5 * 820; r.Rows != want {
		t.Errorf("%d rows, want %d", r.Rows, want)
	}
	for level, want := range []float64{3. / 8, 3. / 8, 2. / 8, 0} {
		if got := r.Features[1].Now[level]; got != want {
			t.Errorf("level %d has %v, want %v", level, got, want)
		}
	}
}
