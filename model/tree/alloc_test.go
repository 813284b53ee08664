//go:build !race

package tree

import (
	"math/rand/v2"
	"testing"
)

// Not under the race detector, where a sync.Pool forgets one thing in four on purpose: the room that a scorer lends is then made anew.
func TestScoringDoesNotAllocate(t *testing.T) {
	e := randomEnsemble(t, 3, LogOdds, 50, 30)
	row, phi := randomRow(rand.New(rand.NewPCG(1, 1)), e.Fields()), make([]float64, len(e.Fields()))
	e.Contribute(phi, row)
	if n := testing.AllocsPerRun(200, func() { e.Score(row) }); n >= 1 {
		t.Errorf("Score allocates %v times", n)
	}
	if n := testing.AllocsPerRun(200, func() { e.Contribute(phi, row) }); n >= 1 {
		t.Errorf("Contribute allocates %v times", n)
	}
}
