package segments

import "context"

// block is how many people are assigned at a time. It is fixed, so that sums are added in one order whatever the number of processors.
const block = 1 << 14

// group is the people nearest to one centre.
type group struct {
	users, revisiting int
	// times and logs are sums over them by the table's columns: how often, and the logarithm of 1 + that.
	times []int
	logs  []float64
}

// everybody assigns all people to the centres.
func (s *search) everybody(ctx context.Context, v *view, centres points) ([]group, error) {
	blocks := make([][]group, (len(s.Y)+block-1)/block)
	err := each(ctx, len(blocks), func(b int) error {
		blocks[b] = s.assigned(v, centres, b*block, min(len(s.Y), (b+1)*block))
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := s.groups(centres.len())
	for _, groups := range blocks {
		for c, g := range groups {
			all[c].users += g.users
			all[c].revisiting += g.revisiting
			for j := range g.times {
				all[c].times[j] += g.times[j]
				all[c].logs[j] += g.logs[j]
			}
		}
	}
	return all, nil
}

func (s *search) groups(kinds int) []group {
	p := len(s.t.columns)
	out := make([]group, kinds)
	for c := range out {
		out[c] = group{times: make([]int, p), logs: make([]float64, p)}
	}
	return out
}

// assigned are the people from one place up to another.
func (s *search) assigned(v *view, centres points, from, to int) []group {
	groups := s.groups(centres.len())
	p := len(s.t.columns)
	times, row, scratch, place := make([]int, p), make([]float64, p), make([]float64, p), make([]float64, s.m)
	for user := from; user < to; user++ {
		for j, column := range s.t.columns {
			times[j] = s.times(column, user)
			row[j] = logs[times[j]]
		}
		v.place(row, scratch, place)
		c, _ := nearest(centres, place)
		g := &groups[c]
		g.users++
		if s.Y[user] {
			g.revisiting++
		}
		for j := range times {
			g.times[j] += times[j]
			g.logs[j] += row[j]
		}
	}
	return groups
}
