package drift

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// clock is a time that tests set.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// single watches one number against a reference of one bin.
func single(c *clock) *Watch {
	return New([]model.Field{{Name: "n"}}, []model.Histogram{{Name: "n", Counts: []int{10}}}, model.Histogram{}, c.now)
}

// take counts n rows now.
func take(w *Watch, n int) {
	t := w.Tally()
	for range n {
		t.Add([]float32{1}, 0.5)
	}
	w.Merge(t)
}

func TestTheWindowSlides(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC)
	type step struct {
		after time.Duration
		take  int
		rows  int
		since time.Time
	}
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"nothing yet", []step{{0, 0, 0, noon}}},
		{"hours add up", []step{{0, 5, 5, noon}, {time.Hour, 7, 12, noon}, {22 * time.Hour, 1, 13, noon}}},
		{"the first hour leaves as the 25th begins", []step{
			{0, 5, 5, noon},
			{time.Hour, 7, 12, noon},
			{22*time.Hour + 29*time.Minute + 59*time.Second, 0, 12, noon},
			{time.Second, 0, 7, time.Date(2026, 3, 1, 13, 0, 0, 0, time.UTC)},
			{time.Hour, 3, 3, time.Date(2026, 3, 1, 14, 0, 0, 0, time.UTC)},
		}},
		{"a gap of a week clears all", []step{
			{0, 5, 5, noon},
			{168 * time.Hour, 0, 0, time.Date(2026, 3, 7, 13, 0, 0, 0, time.UTC)},
			{0, 2, 2, time.Date(2026, 3, 7, 13, 0, 0, 0, time.UTC)},
		}},
		{"a gap of 23 hours keeps the first", []step{{0, 5, 5, noon}, {23 * time.Hour, 1, 6, noon}}},
		{"a clock set back counts in the newest hour", []step{
			{0, 5, 5, noon},
			{-3 * time.Hour, 4, 9, noon},
			{4 * time.Hour, 1, 10, noon},
		}},
		{"a clock set back by a day begins anew", []step{
			{0, 5, 5, noon}, {-24 * time.Hour, 0, 0, noon.Add(-24 * time.Hour)}, {time.Hour, 2, 2, noon.Add(-24 * time.Hour)},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := &clock{noon}
			w := single(at)
			for i, s := range c.steps {
				at.at = at.at.Add(s.after)
				take(w, s.take)
				if r := w.Report(); r.Rows != s.rows || !r.Since.Equal(s.since) {
					t.Errorf("step %d: %d rows since %v, want %d since %v", i, r.Rows, r.Since, s.rows, s.since)
				}
			}
		})
	}
}

// TestTheWindowAgainstAList keeps every row with its time, over 50 random runs of a clock that goes forward by minutes or by days, and
// from before 1970 too.
func TestTheWindowAgainstAList(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 4))
		at := &clock{time.Unix(rng.Int64N(4e9)-2e9, 0)}
		w, taken := single(at), []time.Time{}
		for range 200 {
			at.at = at.at.Add(time.Duration(rng.ExpFloat64() * float64(2*time.Hour)))
			if rng.IntN(40) == 0 {
				at.at = at.at.Add(time.Duration(rng.Int64N(int64(50 * time.Hour))))
			}
			n := rng.IntN(40)
			take(w, n)
			for range n {
				taken = append(taken, at.at)
			}
			want, oldest := 0, at.at.Truncate(time.Hour).Add(-23*time.Hour)
			for _, when := range taken {
				if !when.Before(oldest) {
					want++
				}
			}
			r := w.Report()
			if r.Rows != want {
				t.Fatalf("seed %d at %v: %d rows, want %d", seed, at.at, r.Rows, want)
			}
			if got := r.Features[0].Now; want > 0 && (got[0] != 1 || got[1] != 0) {
				t.Fatalf("seed %d at %v: shares %v, want all in the one bin", seed, at.at, got)
			}
		}
	}
}

func TestHourOf(t *testing.T) {
	for _, c := range []struct{ seconds, want int64 }{{0, 0}, {3599, 0}, {3600, 1}, {-1, -1}, {-3600, -1}, {-3601, -2}} {
		if got := hourOf(time.Unix(c.seconds, 0)); got != c.want {
			t.Errorf("second %d is in hour %d, want %d", c.seconds, got, c.want)
		}
	}
}
