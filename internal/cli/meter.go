package cli

import (
	"fmt"
	"io"
)

// Meter tells what the queries of a run read and cost, where the warehouse charges for them: each large one before it runs, and the sum
// at the end. It is told of one query at a time.
type Meter struct {
	w       io.Writer
	queries int
	bytes   int64
	usd     float64
}

// NewMeter writes to w.
func NewMeter(w io.Writer) *Meter { return &Meter{w: w} }

// tellBytes is the size from which a query is told by itself.
const tellBytes = 100 << 20

// Add takes in what a query is about to read.
func (m *Meter) Add(job string, bytes int64, usd float64) {
	m.queries++
	m.bytes += bytes
	m.usd += usd
	if bytes >= tellBytes {
		fmt.Fprintf(m.w, "query %s reads %s, about $%.4f\n", job, size(bytes), usd)
	}
}

// Finish tells the sum, if there was any query.
func (m *Meter) Finish() {
	if m.queries > 0 {
		fmt.Fprintf(m.w, "%d queries billed %s, about $%.4f at the on-demand rate\n", m.queries, size(m.bytes), m.usd)
	}
}

// size is a number of bytes in the unit that suits it.
func size(bytes int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	x, i := float64(bytes), 0
	for x >= 1024 && i < len(units)-1 {
		x /= 1024
		i++
	}
	return fmt.Sprintf("%.4g %s", x, units[i])
}
