package server

import (
	"strconv"

	"github.com/Koalajuni/Calback-Data-ML/internal/server/jsonpull"
)

// columns are the "inputs" of a request: many users at once, one list of values a feature. That is the shortest way to write them, and
// the fastest to read.
type columns struct {
	// of has each feature's values, empty for a feature that was not given.
	of [][]float32
	// users is the number of values of each list, -1 before the first.
	users int
	row   []float32
	// unseen counts the values of each category that training never saw.
	unseen []int
}

// begin makes the columns ready for a model of n features.
func (c *columns) begin(n int) {
	if c.of == nil {
		c.of, c.row, c.unseen = make([][]float32, n), make([]float32, n), make([]int, n)
	}
	for j := range c.of {
		c.of[j] = c.of[j][:0]
	}
	clear(c.unseen)
	c.users = -1
}

// forget gives back the room of long columns.
func (c *columns) forget() {
	for j := range c.of {
		if cap(c.of[j]) > keptValues {
			c.of[j] = nil
		}
	}
}

// gather is user i's row. It is valid until the next call.
func (c *columns) gather(i int) []float32 {
	for j, column := range c.of {
		if len(column) == 0 {
			c.row[j] = missing
		} else {
			c.row[j] = column[i]
		}
	}
	return c.row
}

// readColumns reads {"feature": [value, ...], ...} into c.
func (d *decoder) readColumns(c *columns) error {
	c.begin(len(d.m.features))
	if err := d.open(jsonpull.Object, place{"inputs"}); err != nil {
		return err
	}
	for first := true; ; first = false {
		key, ok, err := d.r.Key(first)
		if err != nil {
			return d.syntax(err)
		}
		if !ok {
			break
		}
		j, known := d.m.index[string(key)]
		switch {
		case !known && d.lenient:
			if err := d.syntax(d.r.Skip(maxSkipped)); err != nil {
				return err
			}
			continue
		case !known:
			return d.unknownFeature(string(key), place{"inputs"})
		case d.cur.named[j] == d.cur.round:
			return problem(DuplicateKey, "the feature %q is given twice; give it once", d.m.names[j]).under(place{"inputs", d.m.names[j]})
		}
		d.cur.named[j] = d.cur.round
		if err := d.readColumn(c, j); err != nil {
			return err
		}
	}
	d.column = -1
	if c.users < 0 && d.lenient {
		// None of the features is known here: as many users as there may be, of whom all is missing.
		c.users = d.limit
	}
	if c.users < 0 {
		return problem(EmptyFeatures, "name at least one feature; GET /model lists them").under(place{"inputs"})
	}
	return nil
}

// readColumn reads the values of feature j.
func (d *decoder) readColumn(c *columns, j int) error {
	f := &d.m.features[j]
	if err := d.open(jsonpull.Array, place{"inputs", f.name}); err != nil {
		return err
	}
	values := c.of[j]
	for d.column = 0; ; d.column++ {
		ok, err := d.r.Element(d.column == 0)
		if err != nil {
			return d.syntax(err)
		}
		if !ok {
			break
		}
		if d.column >= d.limit {
			return problem(TooManyInstances, "at most %d users are scored in one request; send several requests", d.limit).
				under(place{"inputs", f.name})
		}
		value, seen, err := d.feature(f)
		if err != nil {
			return err
		}
		if !seen {
			c.unseen[j]++
		}
		values = append(values, value)
	}
	c.of[j] = values
	return d.even(c, j)
}

// even holds column j to the length of the columns before it.
func (d *decoder) even(c *columns, j int) error {
	switch n := len(c.of[j]); {
	case n == 0:
		return problem(EmptyBatch, "send at least one value").under(place{"inputs", d.m.names[j]})
	case c.users >= 0 && n != c.users:
		return problem(UnevenColumns, "this list has %d values, those before it have %d; send null where a value is missing", n, c.users).
			under(place{"inputs", d.m.names[j]})
	default:
		c.users = n
	}
	return nil
}

// outputs are the answers for columns.
type outputs struct {
	probability, low, high []float64
}

// scoreColumns scores all users of c.
func (m *loaded) scoreColumns(c *columns, sure bool, going func() error) (outputs, error) {
	out := outputs{probability: make([]float64, c.users)}
	if sure && m.art.Sure != nil {
		out.low, out.high = make([]float64, c.users), make([]float64, c.users)
	}
	for i := range c.users {
		if i%checkEvery == 0 {
			if err := going(); err != nil {
				return out, err
			}
		}
		s, err := m.score(c.gather(i), sure)
		if err != nil {
			return out, err
		}
		out.probability[i] = s.probability
		if s.sure {
			out.low[i], out.high[i] = s.low, s.high
		}
	}
	return out, nil
}

// observe counts the users of columns for drift.
func (m *loaded) observe(c *columns, probabilities []float64) {
	tally := m.watch.Tally()
	for i, p := range probabilities {
		tally.Add(c.gather(i), p)
	}
	for j, n := range c.unseen {
		for range n {
			tally.Unseen(j)
		}
	}
	m.watch.Merge(tally)
}

// appendOutputs writes the reply to columns.
func (m *loaded) appendOutputs(b []byte, out outputs) []byte {
	b = append(append(b, m.head...), `,"outputs":{"probability":[`...)
	b = appendNumbers(b, out.probability)
	b = append(b, `],"revisit":[`...)
	b = m.appendRevisits(b, out.probability)
	if out.low != nil {
		b = appendNumbers(append(b, `],"low":[`...), out.low)
		b = appendNumbers(append(b, `],"high":[`...), out.high)
	}
	return append(b, "]}}\n"...)
}

// appendRevisits writes the yes or no of each probability.
func (m *loaded) appendRevisits(b []byte, probabilities []float64) []byte {
	for i, p := range probabilities {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendBool(b, m.art.Revisits(p))
	}
	return b
}

func appendNumbers(b []byte, values []float64) []byte {
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendNumber(b, v)
	}
	return b
}
