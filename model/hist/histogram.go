package hist

// histogram holds the cells of all columns end to end, one a bin: compact, so that it fits the first cache.
type histogram []cell

func (h histogram) of(c *column) []cell { return h[c.from : c.from+c.count] }

// subtract turns the parent's cells into those of the child that was not summed.
func subtract(parent, child []cell) {
	child = child[:len(parent)]
	for b := range parent {
		parent[b].gradient -= child[b].gradient
		parent[b].mass -= child[b].mass
	}
}

// laneSums holds packed sums of the eight lanes of a word. A lookup by one byte needs no check of bounds. The arrays are a little
// longer than that, so that the same value of all lanes does not fall on the same lines of the cache.
type laneSums [laneCount][laneValues + 8]uint64

// addPacked adds packed rows to the sums of eight lanes: one load for eight values, one addition each.
func addPacked(into *laneSums, words, packed []uint64) {
	packed = packed[:len(words)]
	for k, w := range words {
		v := packed[k]
		into[0][uint8(w)] += v
		into[1][uint8(w>>8)] += v
		into[2][uint8(w>>16)] += v
		into[3][uint8(w>>24)] += v
		into[4][uint8(w>>32)] += v
		into[5][uint8(w>>40)] += v
		into[6][uint8(w>>48)] += v
		into[7][uint8(w>>56)] += v
	}
}

// addPackedPair adds packed rows to the sums of two lanes; the same one twice is one.
func addPackedPair(into *laneSums, a, b int, words, packed []uint64) {
	packed = packed[:len(words)]
	sumsA, sumsB := &into[a], &into[b]
	shiftA, shiftB := uint(a)*8, uint(b)*8
	if a == b {
		for k, w := range words {
			sumsA[uint8(w>>(shiftA&63))] += packed[k]
		}
		return
	}
	for k, w := range words {
		v := packed[k]
		sumsA[uint8(w>>(shiftA&63))] += v
		sumsB[uint8(w>>(shiftB&63))] += v
	}
}

// addFine adds whole cells to those of one column.
func addFine(into []cell, bins []uint8, rows []uint32, cells []cell) {
	cells = cells[:len(rows)]
	for k, i := range rows {
		into[bins[i]].add(cells[k])
	}
}

// merge adds one column's cells to another's.
func merge(into, other []cell) {
	other = other[:len(into)]
	for b := range into {
		into[b].add(other[b])
	}
}

// flush moves packed sums into the cells of one column and leaves zeros.
func flush(h []cell, packed []uint64, countBits uint) {
	packed = packed[:len(h)]
	for b, word := range packed {
		if word != 0 {
			h[b].add(unpack(word, countBits))
			packed[b] = 0
		}
	}
}

// flushJoined moves the packed sums of a lane into the cells of the columns that share it and leaves zeros.
func flushJoined(h histogram, columns []column, l *lane, packed []uint64, countBits uint) {
	for v, word := range packed {
		if word == 0 {
			continue
		}
		c := unpack(word, countBits)
		for m, j := range l.columns {
			h[columns[j].from+int(l.bins[m][v])].add(c)
		}
		packed[v] = 0
	}
}
