package sample

import (
	"math"
	"math/rand/v2"
	"sort"
	"time"
)

const secondMicros = int64(time.Second / time.Microsecond)

// calendar knows the days of the data in the app's zone and what the app was on each.
type calendar struct {
	days int
	// starts holds the first instant of each day in microseconds UTC, far enough beyond the end for any label window.
	starts []int64
	// released holds the day index on which each release came out.
	released []int
	zone     *time.Location
	first    time.Time
	// arrivals is the cumulative share of new users by day.
	arrivals []float64
}

// before is the number of days known before the data begins, for people who came earlier.
const before = 400

func newCalendar(opt Options) (*calendar, error) {
	zone, err := time.LoadLocation(opt.Zone)
	if err != nil {
		return nil, err
	}
	y, m, d := opt.Start.Date()
	c := &calendar{days: opt.Days, zone: zone, first: time.Date(y, m, d, 0, 0, 0, 0, zone)}
	for i := -before; i < opt.Days+labelEnd+2; i++ {
		c.starts = append(c.starts, time.Date(y, m, d+i, 0, 0, 0, 0, zone).UnixMicro())
	}
	for _, r := range releases {
		c.released = append(c.released, max(-before, int(math.Round(r.share*float64(opt.Days)))))
	}
	total := 0.0
	for i := range opt.Days {
		trend := 1 + 0.25*float64(i)/float64(opt.Days)
		total += trend * weekdays[c.date(i).Weekday()]
		c.arrivals = append(c.arrivals, total)
	}
	return c, nil
}

// start is the first instant of day i, counted from the first day of the data; i may be negative.
func (c *calendar) start(i int) int64 { return c.starts[i+before] }

// end is the first instant after the data.
func (c *calendar) end() int64 { return c.start(c.days) }

// date is noon of day i, so that its calendar date is safe from clock changes.
func (c *calendar) date(i int) time.Time {
	y, m, d := c.first.Date()
	return time.Date(y, m, d+i, 12, 0, 0, 0, c.zone)
}

// day is the index of the day an instant lies in.
func (c *calendar) day(at int64) int {
	return sort.Search(len(c.starts), func(i int) bool { return c.starts[i] > at }) - 1 - before
}

// arrival draws the day of a first open.
func (c *calendar) arrival(rng *rand.Rand) int {
	return min(sort.SearchFloat64s(c.arrivals, rng.Float64()*c.arrivals[len(c.arrivals)-1]), c.days-1)
}

// release is the newest release that was out on day i.
func (c *calendar) release(i int) int {
	r := 0
	for r+1 < len(c.released) && c.released[r+1] <= i {
		r++
	}
	return r
}

// moment draws an instant of day i by the hours of use; a little of it falls into the last seconds before midnight.
func (c *calendar) moment(rng *rand.Rand, i int) int64 {
	start, length := c.start(i), c.start(i+1)-c.start(i)
	if rng.IntN(150) == 0 {
		return start + length - 1 - rng.Int64N(20*secondMicros)
	}
	at := int64(pick(rng, hours))*3600*secondMicros + rng.Int64N(3600*secondMicros)
	return start + min(at, length-1)
}

// pick draws an index by weight.
func pick(rng *rand.Rand, weights []float64) int {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	x := rng.Float64() * total
	for i, w := range weights {
		if x < w {
			return i
		}
		x -= w
	}
	return len(weights) - 1
}

// poisson draws a Poisson count by multiplication of uniforms (Knuth); means here are small.
func poisson(rng *rand.Rand, mean float64) int {
	limit, product, n := math.Exp(-mean), rng.Float64(), 0
	for product > limit {
		product *= rng.Float64()
		n++
	}
	return n
}
