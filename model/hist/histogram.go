package hist

// histogram holds MaxBins+1 cells a column.
type histogram []cell

const stride = MaxBins + 1

func (h histogram) of(j int) *[stride]cell { return (*[stride]cell)(h[j*stride : (j+1)*stride]) }

// fill sums the rows of one column; packed holds the cells of those rows in the same order.
func fill(h *[stride]cell, bins []uint8, rows []uint32, packed []cell) {
	clear(h[:])
	packed = packed[:len(rows)]
	for k, i := range rows {
		c := &h[bins[i]]
		c.gradient += packed[k].gradient
		c.mass += packed[k].mass
	}
}

// fillPair sums two columns at once: the row number and gradient are read once, and the two additions overlap.
func fillPair(h0, h1 *[stride]cell, bins0, bins1 []uint8, rows []uint32, packed []cell) {
	clear(h0[:])
	clear(h1[:])
	packed = packed[:len(rows)]
	for k, i := range rows {
		p := packed[k]
		c, d := &h0[bins0[i]], &h1[bins1[i]]
		c.gradient += p.gradient
		c.mass += p.mass
		d.gradient += p.gradient
		d.mass += p.mass
	}
}

// subtract turns the parent's histogram of a column into that of the child that was not summed.
func subtract(parent, child *[stride]cell, count int) {
	for b := range parent[:count] {
		parent[b].gradient -= child[b].gradient
		parent[b].mass -= child[b].mass
	}
}
