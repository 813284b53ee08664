// Package drift watches how the rows that a model scores differ from the rows that it was trained on.
package drift

import (
	"sync"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// Watch counts the values and the scores of a sliding day in the bins of the model's reference histograms. It keeps counts only, nothing
// of a row or a person, in memory that does not grow. It is safe for concurrent use.
type Watch struct {
	layout layout
	now    func() time.Time
	// tallies keeps *Tally for the next request.
	tallies sync.Pool
	mu      sync.Mutex
	window  window
}

// New watches a model of these fields. The reference histograms belong to the fields in order, or by name; a field or a score without one
// of its shape is counted, and its status stays Few.
func New(fields []model.Field, reference []model.Histogram, score model.Histogram, now func() time.Time) *Watch {
	w := &Watch{layout: newLayout(fields, reference, score), now: now}
	w.window = newWindow(w.layout.cells, now())
	w.tallies.New = func() any {
		return &Tally{watch: w, cells: make([]uint32, 0, kept*w.layout.touched), counts: make([]uint32, w.layout.cells)}
	}
	return w
}

// Tally is an empty tally for one request.
func (w *Watch) Tally() *Tally { return w.tallies.Get().(*Tally) }

// Merge adds what a tally of this Watch has counted to the hour that runs, and takes the tally back: the caller must not use it again. It
// panics on a tally of another Watch, whose cells are others.
func (w *Watch) Merge(t *Tally) {
	if t.watch != w {
		panic("drift: Merge of a tally that another Watch has made")
	}
	now := w.now()
	w.mu.Lock()
	w.window.roll(now)
	w.window.add(t)
	w.mu.Unlock()
	t.clear()
	w.tallies.Put(t)
}
