//go:build !race

package drift

import "testing"

// Not under the race detector, where a sync.Pool forgets one thing in four on purpose.
func TestCountingDoesNotAllocate(t *testing.T) {
	w, rows, p := crowd(100)
	for _, n := range []int{1, kept, kept + 1, 100} {
		if allocs := testing.AllocsPerRun(200, func() {
			tally := w.Tally()
			for i := range n {
				tally.Add(rows[i], p[i])
			}
			tally.Unseen(9)
			w.Merge(tally)
		}); allocs >= 1 {
			t.Errorf("%d rows: %v allocations", n, allocs)
		}
	}
}
