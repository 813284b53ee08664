package hist

// partRows is how many rows a worker divides in one go.
const partRows = 1 << 13

// partition moves the rows that go left to the front, keeping their order, and returns where the right ones begin.
func (g *Grower) partition(l *leaf, lefts *[MaxBins + 1]uint8) int {
	rows := g.rows[l.from:l.to]
	bins := g.bins.of(l.best.column)
	parts := chunks(len(rows), partRows)
	workers := g.helpers(2 * len(rows))
	ends := make([]int, parts+1)
	workers.run(parts, func(_, part int) {
		from, to := chunk(part, len(rows), partRows)
		ends[part+1] = divideRows(rows[from:to], g.lefts[l.from+from:l.from+to], g.rights[l.from+from:l.from+to], bins, lefts)
	})
	for part := range parts {
		ends[part+1] += ends[part]
	}
	left := ends[parts]
	workers.run(parts, func(_, part int) {
		from, to := chunk(part, len(rows), partRows)
		n := ends[part+1] - ends[part]
		copy(rows[ends[part]:ends[part+1]], g.lefts[l.from+from:])
		copy(rows[left+from-ends[part]:left+to-ends[part+1]], g.rights[l.from+from:l.from+to-n])
	})
	return l.from + left
}

// divideRows writes every row to both sides and goes on behind it on the side where it belongs: no branch to guess.
func divideRows(rows, left, right []uint32, bins []uint8, lefts *[MaxBins + 1]uint8) int {
	n := 0
	left, right = left[:len(rows)], right[:len(rows)]
	for k, i := range rows {
		left[n] = i
		right[k-n] = i
		n += int(lefts[bins[i]])
	}
	return n
}

// lefts tells which bins go left.
func (s *split) lefts() (left [MaxBins + 1]uint8) {
	for _, b := range s.set {
		left[b] = 1
	}
	if s.set == nil {
		for b := 1; b <= s.bin; b++ {
			left[b] = 1
		}
		if s.missingLeft {
			left[0] = 1
		}
	}
	return left
}
