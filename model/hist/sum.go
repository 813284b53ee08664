package hist

// desk is what one worker works with: buffers of its own.
type desk struct {
	// rows are those of a part while they are packed.
	rows []Row
	// words or cells are the packed rows of a run, gathered.
	words []uint64
	cells []cell
	// batch holds the bins of a batch of rows.
	batch []uint64
	// sums holds packed sums, all zero between runs.
	sums []laneSums
	// hist sums the runs of a leaf that several workers sum.
	hist histogram
	used bool
}

// prepare makes a desk for everyone.
func (g *Grower) prepare() {
	for len(g.desks) < 1 || g.pool != nil && len(g.desks) < g.pool.helpers+1 {
		g.desks = append(g.desks, desk{})
	}
	for k := range g.desks {
		d := &g.desks[k]
		if d.rows == nil {
			d.rows = make([]Row, packRows)
		}
		if g.fine && d.cells == nil {
			d.cells = make([]cell, runRows)
		}
		if !g.fine && d.words == nil {
			d.batch = make([]uint64, g.bins.width*batchRows)
			d.words, d.sums = make([]uint64, runRows), make([]laneSums, g.bins.width)
		}
	}
}

// packRows is how many rows are packed in one go.
const packRows = 2048

// fineRows is the greatest table whose rows are summed in whole cells: there time is no matter, and the sums are as exact as floats.
const fineRows = 8192

// start packs the rows, lists those that count and returns their sum.
func (g *Grower) start(s Source) cell {
	n := g.bins.Rows
	if g.fine = n <= fineRows || s.Bound.Count > 1; g.fine {
		g.scale = fineScale(&s)
		g.cells = resize(g.cells, n)
	} else {
		g.scale = coarseScale(&s)
		g.packed = resize(g.packed, n)
	}
	g.rows, g.lefts, g.rights = resize(g.rows, n), resize(g.lefts, n), resize(g.rights, n)
	g.prepare()
	totals := make([]cell, chunks(n, packRows))
	g.helpers(4*n).run(len(totals), func(worker, part int) {
		from, to := chunk(part, n, packRows)
		rows := g.desks[worker].rows[:to-from]
		s.Fill(rows, from)
		totals[part] = g.pack(rows, from)
	})
	var total cell
	for _, t := range totals {
		total.add(t)
	}
	if g.scale.rows(total) != n || s.Bound.Count > 1 {
		g.dropAbsent()
	}
	return total
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// pack rounds the rows from the given one on, lists them all and returns their sum.
func (g *Grower) pack(rows []Row, from int) cell {
	var total cell
	list := g.rows[from : from+len(rows)]
	if g.fine {
		cells := g.cells[from : from+len(rows)]
		for k := range rows {
			cells[k] = g.scale.cell(&rows[k])
			total.add(cells[k])
			list[k] = uint32(from + k)
		}
		return total
	}
	words := g.packed[from : from+len(rows)]
	gradient, hessian := 1/g.scale.gradient, 1/g.scale.hessian
	var sum uint64
	for k := range rows {
		words[k] = pack(&rows[k], gradient, hessian)
		sum += words[k]
		list[k] = uint32(from + k)
	}
	return unpack(sum, g.scale.countBits)
}

// dropAbsent takes the rows that count 0 out of the list.
func (g *Grower) dropAbsent() {
	n := 0
	for i := range g.rows {
		var absent bool
		if g.fine {
			absent = g.scale.rows(g.cells[i]) == 0
		} else {
			absent = g.packed[i]&runRows == 0
		}
		if !absent {
			g.rows[n] = uint32(i)
			n++
		}
	}
	g.rows = g.rows[:n]
}

// group is what is summed of one word: columns, ascending, and the lanes they are in.
type group struct {
	word    int
	columns []int
	lanes   []int
	// whole tells that all lanes of the word are summed at one go, since most are asked.
	whole bool
}

// fullLanes is from how many lanes on a word is summed as a whole.
const fullLanes = 5

// groups sorts columns, ascending, by the words they are in.
func (b *Bins) groups(columns []int) []group {
	out := make([]group, 0, b.width)
	for word := range b.width {
		c := group{word: word}
		var asked [laneCount]bool
		for _, j := range columns {
			if l := b.columns[j].lane; l/laneCount == word {
				c.columns = append(c.columns, j)
				asked[l%laneCount] = true
			}
		}
		for l, yes := range asked {
			if yes {
				c.lanes = append(c.lanes, l)
			}
		}
		if c.whole = len(c.lanes) >= fullLanes; c.whole {
			c.lanes = []int{0, 1, 2, 3, 4, 5, 6, 7}[:min(laneCount, len(b.lanes)-word*laneCount)]
		}
		if len(c.columns) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// gatheredRuns bounds the leaves that are summed block beside block: few enough runs that workers would wait for each other
// if they took a run each.
const gatheredRuns = 6

// sum sums the columns of the leaf into its histogram and calls then with each column once it is summed, from several goroutines.
// A large leaf is divided among them by rows, a small one by blocks of columns; the sums are whole numbers and so the same.
func (g *Grower) sum(l *leaf, columns []group, then func(j int)) {
	rows := g.rows[l.from:l.to]
	width := 0
	for _, c := range columns {
		width += len(c.columns)
	}
	workers := g.helpers((len(rows) + MaxBins) * width)
	runs := chunks(len(rows), runRows)
	switch {
	case workers == nil:
		g.clear(l.hist, columns)
		for run := range runs {
			from, to := chunk(run, len(rows), runRows)
			g.sumRun(&g.desks[0], l.hist, columns, rows[from:to])
		}
		each(columns, then)
	case g.fine || runs <= gatheredRuns:
		g.sumByBlocks(workers, l, columns, rows, then)
	default:
		g.sumByRows(workers, l, columns, rows, then)
	}
}

func each(columns []group, do func(j int)) {
	for _, c := range columns {
		for _, j := range c.columns {
			do(j)
		}
	}
}

func (g *Grower) clear(h histogram, columns []group) {
	each(columns, func(j int) { clear(h.of(&g.bins.columns[j])) })
}

func inOrder(columns []group) (order []int) {
	each(columns, func(j int) { order = append(order, j) })
	return order
}

// columnsAtOnce is how many columns of a small leaf are searched in one go.
const columnsAtOnce = 3

// sumByRows gives each worker runs of rows and a histogram of its own; then the columns are merged side by side.
func (g *Grower) sumByRows(workers *pool, l *leaf, columns []group, rows []uint32, then func(j int)) {
	workers.run(chunks(len(rows), runRows), func(worker, run int) {
		d := &g.desks[worker]
		if !d.used {
			d.used = true
			if d.hist == nil {
				d.hist = make(histogram, g.bins.total)
			}
			g.clear(d.hist, columns)
		}
		from, to := chunk(run, len(rows), runRows)
		g.sumRun(d, d.hist, columns, rows[from:to])
	})
	order := inOrder(columns)
	workers.run(len(order), func(_, k int) {
		into := l.hist.of(&g.bins.columns[order[k]])
		clear(into)
		for w := range g.desks {
			if d := &g.desks[w]; d.used {
				merge(into, d.hist.of(&g.bins.columns[order[k]]))
			}
		}
		then(order[k])
	})
	for w := range g.desks {
		g.desks[w].used = false
	}
}

// sumByBlocks gathers the rows once and gives each worker blocks of columns.
func (g *Grower) sumByBlocks(workers *pool, l *leaf, columns []group, rows []uint32, then func(j int)) {
	if !g.fine {
		g.gathered = resize(g.gathered, gatheredRuns*runRows)
		gather(g.gathered, g.packed, rows)
	}
	workers.run(len(columns), func(worker, k int) {
		d, c := &g.desks[worker], columns[k:k+1]
		g.clear(l.hist, c)
		for run := range chunks(len(rows), runRows) {
			from, to := chunk(run, len(rows), runRows)
			if g.fine {
				g.sumRun(d, l.hist, c, rows[from:to])
			} else {
				g.sumPacked(d, l.hist, c, rows[from:to], g.gathered[from:to])
			}
		}
	})
	order := inOrder(columns)
	workers.run(chunks(len(order), columnsAtOnce), func(_, k int) {
		from, to := chunk(k, len(order), columnsAtOnce)
		for _, j := range order[from:to] {
			then(j)
		}
	})
}

func gather[T any](dst, from []T, rows []uint32) {
	dst = dst[:len(rows)]
	for k, i := range rows {
		dst[k] = from[i]
	}
}

// sumRun adds at most runRows rows.
func (g *Grower) sumRun(d *desk, into histogram, columns []group, rows []uint32) {
	if g.fine {
		cells := d.cells[:len(rows)]
		gather(cells, g.cells, rows)
		for k := range columns {
			g.sumFine(into, &columns[k], rows, cells)
		}
		return
	}
	if first := int(rows[0]); int(rows[len(rows)-1])-first == len(rows)-1 {
		g.sumPacked(d, into, columns, rows, g.packed[first:])
		return
	}
	words := d.words[:len(rows)]
	gather(words, g.packed, rows)
	g.sumPacked(d, into, columns, rows, words)
}

// batchRows is how many rows are copied together before they are added: loads that wait for nothing overlap, and those of the
// additions then find everything in the nearest cache.
const batchRows = 128

// sumPacked adds packed rows to groups of columns.
func (g *Grower) sumPacked(d *desk, into histogram, columns []group, rows []uint32, packed []uint64) {
	width := g.bins.width
	for from := 0; from < len(rows); from += batchRows {
		batch := rows[from:min(from+batchRows, len(rows))]
		for k := range columns {
			words := d.batch[k*batchRows:][:len(batch)]
			fetch(words, g.bins.words[columns[k].word:], width, batch)
		}
		for k := range columns {
			c := &columns[k]
			c.add(&d.sums[c.word], d.batch[k*batchRows:][:len(batch)], packed[from:])
		}
	}
	for k := range columns {
		g.flush(d, into, &columns[k])
	}
}

// flush moves the sums of a run into cells.
func (g *Grower) flush(d *desk, into histogram, c *group) {
	for _, at := range c.lanes {
		l := &g.bins.lanes[c.word*laneCount+at]
		packed := d.sums[c.word][at][:l.size]
		if len(l.columns) == 1 {
			flush(into.of(&g.bins.columns[l.columns[0]]), packed, g.scale.countBits)
		} else {
			flushJoined(into, g.bins.columns, l, packed, g.scale.countBits)
		}
	}
}

// fetch copies one word of every row.
func fetch(dst, words []uint64, width int, rows []uint32) {
	dst = dst[:len(rows)]
	for k, i := range rows {
		dst[k] = words[int(i)*width]
	}
}

// add adds packed rows, whose words these are.
func (c *group) add(sums *laneSums, words, packed []uint64) {
	if c.whole {
		addPacked(sums, words, packed)
		return
	}
	for k := 0; k < len(c.lanes); k += 2 {
		addPackedPair(sums, c.lanes[k], c.lanes[min(k+1, len(c.lanes)-1)], words, packed)
	}
}

// sumFine adds whole cells to one group of columns.
func (g *Grower) sumFine(into histogram, c *group, rows []uint32, cells []cell) {
	for _, j := range c.columns {
		addFine(into.of(&g.bins.columns[j]), g.bins.of(j), rows, cells)
	}
}
