package ads

import (
	"fmt"
	"maps"
	"slices"
)

// merged is what all files of the input say together.
type merged struct {
	rows   []row
	copies map[string]int64
	summed int64
}

// merge brings the rows of all files together. Rows of one key in one file are parts, by a breakdown that the table does not
// have, and are added up; rows of one key in two files are two reports of one thing, and must agree.
func merge(reports []*report, lastWins bool) (merged, error) {
	m := merged{copies: map[string]int64{}}
	all := map[key]row{}
	var clash conflict
	for _, r := range reports {
		for _, row := range m.parts(r.rows) {
			k := row.key()
			was, ok := all[k]
			if !ok {
				all[k] = row
				continue
			}
			m.copies[row.day]++
			if !was.fill(&row) {
				clash.note(reports, &was, &row)
				was = row
			}
			all[k] = was
		}
	}
	if clash.rows > 0 && !lastWins {
		return m, fmt.Errorf("%w: %s and %s give different figures for %d rows, first of %s: load one of the two, or let the "+
			"last file win",
			errDouble, clash.files[0], clash.files[1], clash.rows, clash.day)
	}
	m.rows = slices.SortedFunc(maps.Values(all), func(a, b row) int { return compareRows(&a, &b) })
	return m, nil
}

// conflict is how many rows two files disagree on, and the first.
type conflict struct {
	rows  int
	day   string
	files [2]string
}

func (c *conflict) note(reports []*report, a, b *row) {
	c.rows++
	if c.day == "" || a.day < c.day {
		c.day, c.files = a.day, [2]string{reports[a.file].name, reports[b.file].name}
	}
}

// parts adds up the rows of one key, in their canonical order so that sums do not depend on the order of the file.
func (m *merged) parts(rows []row) []row {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b row) int { return compareRows(&a, &b) })
	var out []row
	for i := range rows {
		last := len(out) - 1
		if last < 0 || out[last].key() != rows[i].key() || out[last].currency != rows[i].currency {
			out = append(out, rows[i])
			continue
		}
		out[last].add(&rows[i])
		m.summed++
	}
	return out
}
