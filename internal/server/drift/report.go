package drift

import (
	"slices"
	"time"
)

// Report compares what was scored in the last day with what the model was trained on.
type Report struct {
	// Rows were scored since Since. The window is the hour that runs and the 23 before it, or what there is of it since the model was
	// loaded.
	Rows  int       `json:"rows"`
	Since time.Time `json:"since"`
	// Status is Alarm where the score is, or where at least half of the features drift, Warn where anything drifts, Few where there is
	// too little to tell.
	Status string `json:"status"`
	// Drifted is how many features have the status Warn or Alarm.
	Drifted int `json:"drifted"`
	// Score is the column of probabilities, Features are the model's columns in order.
	Score    Column   `json:"score"`
	Features []Column `json:"features"`
}

// Column compares one feature, or the score, with its reference. All rates are shares of rows, 0 to 1.
type Column struct {
	Feature string `json:"feature"`
	// PSI is the population stability index, sum (now - ref) ln(now / ref) over the bins and missing, empty shares filled with 0.0001.
	// It is 0 where there are no rows, or no reference.
	PSI float64 `json:"psi"`
	// Expected is the PSI to expect of rows that have not drifted at all: (bins - 1) (1/rows + 1/reference rows).
	Expected float64 `json:"expected"`
	// Status is Few below 200 rows or without a reference; Warn from a PSI of 0.1 and Alarm from 0.25, if it is above three times Expected.
	Status string `json:"status"`
	// Missing is the rate of rows without a value, MissingReference that among the training users. A level that training never saw is a
	// missing value; Unseen is the rate of those alone.
	Missing          float64 `json:"missing"`
	MissingReference float64 `json:"missing_reference"`
	Unseen           float64 `json:"unseen"`
	// Reference and Now are the shares of the bins, missing last.
	Reference []float64 `json:"reference"`
	Now       []float64 `json:"now"`
	// Edges are the upper ends of a number's bins but the last, which is open; Levels are a category's bins.
	Edges  []float32 `json:"edges,omitempty"`
	Levels []string  `json:"levels,omitempty"`
}

// Report judges the window as it is now. It shares no memory with the Watch.
func (w *Watch) Report() Report {
	l := &w.layout
	counts := make([]uint64, l.cells)
	now := w.now()
	w.mu.Lock()
	w.window.roll(now)
	rows, since := w.window.sum(counts), w.window.begin()
	w.mu.Unlock()

	r := Report{Rows: int(rows), Since: since, Features: make([]Column, 0, len(l.columns)-1)}
	for j, c := range l.columns {
		if j == len(l.columns)-1 {
			r.Score = c.report(counts)
			break
		}
		f := c.report(counts)
		f.Unseen = share(counts[l.unseen+j], rows)
		r.Features = append(r.Features, f)
		if f.drifts() {
			r.Drifted++
		}
	}
	r.Status = r.judge()
	return r
}

func (c *column) report(counts []uint64) Column {
	now, rows := shares(append(slices.Clone(counts[c.first:c.first+c.bins]), counts[c.missing]))
	r := Column{
		Feature: c.name, Missing: now[c.bins], MissingReference: c.shares[c.bins],
		Reference: slices.Clone(c.shares), Now: now, Edges: slices.Clone(c.edges), Levels: slices.Clone(c.levels),
	}
	if rows > 0 && c.rows > 0 {
		r.PSI = psi(c.shares, now)
		r.Expected = expected(c.shares, now, c.rows, rows)
	}
	r.Status = status(r.PSI, r.Expected, c.rows, rows)
	return r
}

func (c Column) drifts() bool { return c.Status == Warn || c.Status == Alarm }

// judge is the status of the whole.
func (r Report) judge() string {
	few := r.Score.Status == Few
	for _, f := range r.Features {
		few = few && f.Status == Few
	}
	switch {
	case few:
		return Few
	case r.Score.Status == Alarm || r.Drifted > 0 && 2*r.Drifted >= len(r.Features):
		return Alarm
	case r.Score.drifts() || r.Drifted > 0:
		return Warn
	}
	return OK
}
