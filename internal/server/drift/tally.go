package drift

// kept is how many rows a Tally remembers cell by cell before it counts them. So many rows touch about as many cells as there are, so
// that merging them costs the same either way.
const kept = 16

// Tally counts the rows of one request without a lock. It is not safe for concurrent use, and belongs to the Watch that made it until it
// is merged; one that is never merged counts nothing.
type Tally struct {
	watch *Watch
	rows  uint32
	// cells are the cells touched by the last rows, not yet in counts.
	cells []uint32
	// counts are those of earlier rows, all 0 while spilled is false.
	counts  []uint32
	spilled bool
}

// Add counts a row of the model's columns, in the order of the fields, and the probability that it got. NaN is missing. It panics if the
// row is shorter than the fields.
func (t *Tally) Add(row []float32, probability float64) {
	l := &t.watch.layout
	cells := t.room(l.touched)
	for k := range l.numbers {
		n := &l.numbers[k]
		cells[k] = l.bin(n, row[n.field])
	}
	cells = cells[len(l.numbers):]
	for k := range l.categories {
		c := &l.categories[k]
		cells[k] = c.cell(row[c.field])
	}
	cells[len(l.categories)] = l.bin(&l.score, float32(probability))
	t.rows++
}

// Unseen counts that a row had a level of a category that training never saw. The row itself is counted by Add, with NaN in this column.
func (t *Tally) Unseen(column int) {
	l := &t.watch.layout
	if column < 0 || column >= l.cells-l.unseen {
		return
	}
	t.room(1)[0] = uint32(l.unseen + column)
}

// room is space for n more cells, behind those remembered.
func (t *Tally) room(n int) []uint32 {
	if cap(t.cells)-len(t.cells) < n {
		count(t.counts, t.cells)
		t.cells, t.spilled = t.cells[:0], true
	}
	from := len(t.cells)
	t.cells = t.cells[:from+n]
	return t.cells[from:]
}

// addTo adds the tally to the counters of an hour.
func (t *Tally) addTo(counts []uint32) {
	count(counts, t.cells)
	if !t.spilled {
		return
	}
	counts = counts[:len(t.counts)]
	for i, n := range t.counts {
		counts[i] += n
	}
}

func (t *Tally) clear() {
	t.rows, t.cells = 0, t.cells[:0]
	if t.spilled {
		clear(t.counts)
		t.spilled = false
	}
}

func count(counts, cells []uint32) {
	for _, c := range cells {
		counts[c]++
	}
}
