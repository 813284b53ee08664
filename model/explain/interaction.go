package explain

const (
	// mostPartners is among how many of the strongest columns the one is looked for that changes another one's contributions.
	mostPartners = 10
	// clearPart is the part that it must explain of what a column's own values leave of its contributions' variance, weightyPart of
	// that variance as a whole: with less, the two halves' curves look like one. Noise would explain about one part in a hundred of the
	// first with 8 bins of 1,000 rows.
	clearPart, weightyPart = 0.1, 0.03
)

// interaction is a column's cut that changes the contributions of another.
type interaction struct {
	with   int
	split  float64
	values []float32
	// groups are the bins of the other, joined for the halves.
	groups []group
}

// interaction finds the column, among the strong ones, whose halves tell most of what the own values of column j leave of its
// contributions.
func (c *Contributions) interaction(j int, moves []float64, groups []group, strong []Effect) (interaction, bool) {
	var best interaction
	rest := remainder(c.rows.Columns[j].Values, c.rows.Columns[j].Category(), moves)
	most := max(clearPart*squares(rest), weightyPart*squares(centred(moves)))
	for _, e := range strong {
		col := c.steps.Columns[e.Column]
		if e.Column == j || col.Category() || e.Size.Value == 0 {
			continue
		}
		i := interaction{with: e.Column, values: col.Values}
		var ok bool
		if i.split, ok = middle(col.Values); !ok {
			continue
		}
		if i.groups, ok = i.fit(groups); !ok {
			continue
		}
		// Contributions that rounding alone tells apart change with nothing.
		if gain := i.gain(rest); gain > most && gain > 1e-18*squares(moves) {
			best, most = i, gain
		}
	}
	return best, best.groups != nil
}

// gain is by how much the sum of squares falls when each half of each bin gets a mean of its own.
func (i interaction) gain(rest []float64) float64 {
	sum := 0.0
	for _, g := range i.groups {
		low, high := i.halves(g)
		if n := float64(len(low) + len(high)); len(low) > 0 && len(high) > 0 {
			d := average(rest, low).Value - average(rest, high).Value
			sum += d * d * float64(len(low)) * float64(len(high)) / n
		}
	}
	return sum
}

// halves are the rows of a group at or under the split, and those above it; none where something that could be told from them is of
// fewer than ten rows.
func (i interaction) halves(g group) (low, high []int) {
	if !i.large(g) {
		return nil, nil
	}
	low, high, _ = i.cut(g)
	return low, high
}

// cut parts a group; the third part has no value.
func (i interaction) cut(g group) (low, high, neither []int) {
	for _, at := range g.at {
		switch v := i.values[at]; {
		case v != v:
			neither = append(neither, at)
		case float64(v) <= i.split:
			low = append(low, at)
		default:
			high = append(high, at)
		}
	}
	return low, high, neither
}

// fit joins neighbouring bins of numbers until nothing that can be told from one is of fewer than ten rows. It needs two bins with both
// halves to compare, and half of the bins, since else the column's own shape would be lost.
func (i interaction) fit(groups []group) ([]group, bool) {
	var out, others []group
	for _, g := range groups {
		switch last := len(out) - 1; {
		case g.Missing || g.Level >= 0:
			others = append(others, g)
		case last >= 0 && !i.large(out[last]):
			out[last] = join(out[last], g)
		default:
			out = append(out, g)
		}
	}
	for last := len(out) - 1; last > 0 && !i.large(out[last]); last-- {
		out = append(out[:last-1], join(out[last-1], out[last]))
	}
	out = append(out, others...)
	both := 0
	for _, g := range out {
		if low, high := i.halves(g); len(low) > 0 && len(high) > 0 {
			both++
		}
	}
	return out, both >= 2 && 2*len(out) >= len(groups)
}

// large tells that none of the parts of a group is of one to nine rows.
func (i interaction) large(g group) bool {
	low, high, neither := i.cut(g)
	for _, part := range [][]int{low, high, neither} {
		if len(part) > 0 && len(part) < smallestPart {
			return false
		}
	}
	return true
}

// middle is the value at or under which nearest to half of the rows lie; false where a side would hold fewer than a twentieth.
func middle(values []float32) (float64, bool) {
	parts := distinct(values)
	all, seen := 0, 0
	for _, p := range parts {
		all += len(p.at)
	}
	split, smaller := 0.0, 0
	for _, p := range parts {
		seen += len(p.at)
		if side := min(seen, all-seen); side > smaller {
			split, smaller = p.To, side
		}
	}
	return split, smaller >= max(smallestPart, len(values)/20)
}

// remainder is what a column's own values leave of its contributions: those less the mean of the equal values; or, where fewer than ten
// rows are equal, less the straight line through ten and more neighbours. Bins would not do: within one, another column that goes
// along with this one would tell what this one's own values do.
func remainder(values []float32, category bool, moves []float64) []float64 {
	rest := centred(moves)
	var run []int
	parts := distinct(values)
	for k, p := range parts {
		run = append(run, p.at...)
		if category || len(run) >= smallestPart || k == len(parts)-1 {
			straighten(rest, values, run)
			run = nil
		}
	}
	straighten(rest, values, where(values, func(v float32) bool { return v != v }))
	return rest
}

// straighten takes the least-squares line over the values, or the mean where they do not vary, from the rows given.
func straighten(rest []float64, values []float32, at []int) {
	if len(at) == 0 {
		return
	}
	n := float64(len(at))
	var mx, my, xx, xy float64
	for _, i := range at {
		mx += float64(values[i]) / n
		my += rest[i] / n
	}
	for _, i := range at {
		x := float64(values[i]) - mx
		xx += x * x
		xy += x * rest[i]
	}
	slope := 0.0
	if xx > 1e-12*n*mx*mx {
		slope = xy / xx
	}
	for _, i := range at {
		rest[i] -= my
		if slope != 0 {
			rest[i] -= slope * (float64(values[i]) - mx)
		}
	}
}

// centred are the values less their mean.
func centred(values []float64) []float64 {
	mean := 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = v - mean
	}
	return out
}

func squares(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v * v
	}
	return sum
}
