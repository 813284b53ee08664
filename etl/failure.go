package etl

import (
	"fmt"
	"slices"
)

// RunError is the failure of a run that knows its days. Each day of Done is wholly loaded, or was so before; each day of Failed is as it
// was before or, where the warehouse did more than it could report, wholly loaded. The same run again does the rest.
type RunError struct {
	Done, Failed []string
	Err          error
}

// Error is the cause, then the days.
func (e *RunError) Error() string {
	return fmt.Sprintf("%v (days done: %s; not done: %s)", e.Err, span(e.Done), span(e.Failed))
}

// Unwrap is the cause.
func (e *RunError) Unwrap() error { return e.Err }

// span names days in order by the first and the last.
func span(days []string) string {
	switch len(days) {
	case 0:
		return "none"
	case 1:
		return days[0]
	}
	return fmt.Sprintf("%d from %s to %s", len(days), days[0], days[len(days)-1])
}

// failure is the error of the batch that failed, the first of those left. Days of files that hold several are known only once read.
func (r *run) failure(err error, left [][]group) error {
	e := &RunError{Err: err}
	for _, d := range r.result.Days {
		e.Done = append(e.Done, d.Ledger.Day)
	}
	failed := slices.Clone(r.current)
	for i, batch := range left {
		for _, g := range batch {
			if g.day != "" && r.inRange(g.day) && (i > 0 || r.current == nil) {
				failed = append(failed, g.day)
			}
		}
	}
	e.Failed = slices.DeleteFunc(failed, func(day string) bool { return slices.Contains(e.Done, day) })
	return e
}
