package hist

import (
	"cmp"
	"slices"
)

// laneCount is the number of lanes of a word.
const laneCount = 8

// laneValues is the number of values a lane can take.
const laneValues = 256

// lane is one byte of a row: the bins of one column, or those of several that take few values each. All pairs (or triples) of their
// bins then have a value of their own, so that one addition serves several histograms; the sums are told apart afterwards.
type lane struct {
	columns []int
	// size is the number of values, the product of the columns' bins.
	size int
	// bins[m][v] is the bin of column m where the lane is v.
	bins [][laneValues]uint8
}

// join puts the columns into lanes: the two lanes of fewest values become one while that fits a byte, as often as it takes to need a
// word less.
func (b *Bins) join() {
	lanes := make([]lane, len(b.columns))
	for j := range b.columns {
		lanes[j] = lane{columns: []int{j}, size: b.columns[j].count}
	}
	joined := lanes
	for {
		fewer, ok := joinSmallest(joined)
		if !ok {
			break
		}
		if joined = fewer; chunks(len(joined), laneCount) < chunks(len(lanes), laneCount) {
			lanes = joined
		}
	}
	slices.SortFunc(lanes, func(x, y lane) int { return cmp.Compare(x.columns[0], y.columns[0]) })
	b.lanes = lanes
	for l := range lanes {
		times := 1
		for _, j := range lanes[l].columns {
			c := &b.columns[j]
			var bins [laneValues]uint8
			for v := range bins {
				bins[v] = uint8(v / times % c.count)
			}
			lanes[l].bins = append(lanes[l].bins, bins)
			c.lane, c.times = l, times
			times *= c.count
		}
	}
}

// joinSmallest joins the two smallest of the lanes in a copy of them; ok tells whether it could.
func joinSmallest(lanes []lane) (out []lane, ok bool) {
	if len(lanes) < 2 {
		return nil, false
	}
	out = slices.Clone(lanes)
	slices.SortStableFunc(out, func(x, y lane) int { return cmp.Compare(x.size, y.size) })
	if out[0].size*out[1].size > laneValues {
		return nil, false
	}
	both := append(slices.Clone(out[0].columns), out[1].columns...)
	slices.Sort(both)
	out[1] = lane{columns: both, size: out[0].size * out[1].size}
	return out[1:], true
}
