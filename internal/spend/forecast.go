package spend

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Young is what a model says of one user who is too young for an answer.
type Young struct {
	// P is the probability to revisit.
	P float64
	// Replicas are the probabilities by the model's replicas, each taught by another draw of the users: how far they lie apart is how
	// unsure the model is. As many for every user, or none.
	Replicas []float64
}

// Forecast sums up the users who are too young for an answer, by the rows of a table that they belong to.
type Forecast struct {
	Channels, Campaigns map[RowKey]*Expected
	Total               Expected
}

// RowKey tells a row of Channels, or one of Campaigns, from the others.
type RowKey struct {
	Kind Kind
	Name string
}

// Expected is what a model says of several users.
type Expected struct {
	// People are all of them, Scored those with a probability: of the others the first week is still open.
	People, Scored int64
	// Sum adds up the probabilities p of the scored users, Variance p (1 - p).
	Sum, Variance float64
	// Replicas add up the probabilities by replica.
	Replicas []float64
}

// youngQuery lists the users who are too young for an answer, and how they came. Columns: user_key, source, medium, campaign, channel.
func youngQuery(d features.Dialect, p features.Plan) string {
	return fmt.Sprintf(`%s
SELECT a.user_key, a.source, a.medium, a.campaign, COALESCE(w.channel, '') AS channel
FROM ranked AS a
JOIN ways AS w ON w.user_key = a.user_key
JOIN %s AS l ON l.user_key = a.user_key
WHERE a.n = 1 AND l.revisit IS NULL AND %s
ORDER BY a.user_key`, arrivals(d, p, "u.day0 > "+d.Day(labelledTo(p))), d.Table(p.Prefix+"labels"), p.Bound(d, "l.day0"))
}

// Places tell which rows of a table users belong to.
type Places struct{ match *matcher }

// Forecast sums up the users who are too young for an answer by the rows of the table that the places were read with, from the same
// warehouse by the same plan. A user of whom young says false has no probability. No user is in what it returns.
func (p *Places) Forecast(
	ctx context.Context, wh *warehouse.Warehouse, d features.Dialect, plan features.Plan, young func(user string) (Young, bool),
) (*Forecast, error) {
	f := &Forecast{Channels: map[RowKey]*Expected{}, Campaigns: map[RowKey]*Expected{}}
	err := each(ctx, wh, youngQuery(d, plan), func(rows warehouse.Rows) error {
		var user string
		var c crowd
		if err := rows.Scan(&user, &c.source, &c.medium, &c.campaign, &c.channel); err != nil {
			return err
		}
		y, scored := young(user)
		for _, e := range []*Expected{
			&f.Total, expectedAt(f.Channels)(p.match.channelRow(&c)), expectedAt(f.Campaigns)(p.match.campaignRow(&c)),
		} {
			if err := e.add(y, scored); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("forecast who will revisit: %w", err)
	}
	return f, nil
}

func expectedAt(rows map[RowKey]*Expected) func(Kind, string) *Expected {
	return func(kind Kind, name string) *Expected {
		k := RowKey{kind, name}
		if rows[k] == nil {
			rows[k] = &Expected{}
		}
		return rows[k]
	}
}

func (e *Expected) add(y Young, scored bool) error {
	e.People++
	if !scored {
		return nil
	}
	for _, p := range append([]float64{y.P}, y.Replicas...) {
		if !(p >= 0 && p <= 1) {
			return fmt.Errorf("a probability is %v; it must lie between 0 and 1", p)
		}
	}
	if e.Scored == 0 {
		e.Replicas = make([]float64, len(y.Replicas))
	}
	if len(y.Replicas) != len(e.Replicas) {
		return fmt.Errorf("a user has the probabilities of %d replicas, another those of %d", len(y.Replicas), len(e.Replicas))
	}
	e.Scored, e.Sum, e.Variance = e.Scored+1, e.Sum+y.P, e.Variance+y.P*(1-y.P)
	for i, p := range y.Replicas {
		e.Replicas[i] += p
	}
	return nil
}

// Rate is the mean probability, which also those without one are expected to revisit with.
func (e *Expected) Rate() float64 { return e.Sum / float64(e.Scored) }

// Count is how many of all the people are expected to revisit.
func (e *Expected) Count() float64 {
	if e.People == 0 {
		return 0
	}
	return float64(e.People) * e.Rate()
}

// unsure is the variance of Count that comes from not knowing the probabilities: of the mean of those without one, of which the scored are
// a sample, and of the model itself, by its replicas.
func (e *Expected) unsure() float64 {
	n, open := float64(e.Scored), float64(e.People-e.Scored)
	v := 0.0
	if n > 1 {
		squares := max(0, e.Sum-e.Variance-e.Sum*e.Sum/n)
		v += open * open * squares / (n - 1) / n
	}
	if len(e.Replicas) > 1 {
		scale := float64(e.People) / n
		v += scale * scale * variance(e.Replicas)
	}
	return v
}

// variance is that of a sample of two or more.
func variance(x []float64) float64 {
	mean, squares := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		squares += (v - mean) * (v - mean)
	}
	return squares / float64(len(x)-1)
}

// share is the share of the people who will revisit, with the interval in which it is going to be: the number is a sum of yes and no of
// unequal chances, of variance sum p (1 - p) (Y. Hong, On computing the distribution function for the Poisson binomial distribution,
// Computational Statistics and Data Analysis 59, 2013), plus what is unsure about the chances, taken as normal. Somebody without a
// probability is yes with the mean one.
func (e *Expected) share() *Interval {
	rate, n := e.Rate(), float64(e.People)
	half := quantile * math.Sqrt(e.Variance+float64(e.People-e.Scored)*rate*(1-rate)+e.unsure()) / n
	return &Interval{Value: &rate, Low: number(max(0, rate-half)), High: number(min(1, rate+half))}
}

// costExpected shares an amount among those who are known to revisit and those expected to. The people who came are taken as Poisson
// counts, as in cost: one who is known to revisit counts 1, one who is too young the probability. The bounds of such a weighted sum are
// those of M. P. Fay and E. J. Feuer, Confidence intervals for directly standardized rates: a method based on the gamma distribution,
// Statistics in Medicine 16, 1997, with what is unsure about the probabilities added to the variance. Where all are known they are those
// of cost.
func costExpected(m Money, known int64, e *Expected) *Interval {
	sum, v := float64(known), float64(known)
	if e.People > 0 {
		rate := e.Rate()
		sum += e.Count()
		v += e.Sum - e.Variance + float64(e.People-e.Scored)*rate*rate + e.unsure()
	}
	i := &Interval{Low: number(m.Units() / ((v + 1) / (sum + 1) * mathext.GammaIncRegInv((sum+1)*(sum+1)/(v+1), 1-tail)))}
	if sum == 0 {
		return i
	}
	i.Value = number(m.Units() / sum)
	// Probabilities next to 0 have squares that are 0.
	if shape := sum * sum / v; shape > 0 && !math.IsInf(shape, 0) {
		i.High = number(m.Units() / (v / sum * mathext.GammaIncRegInv(shape, tail)))
	}
	return i
}

// Expect fills in what the rows expect of users who are too young for an answer. Nothing is said where fewer than SmallCell of a row have
// a probability, nor where that could be told from the total.
func (t *Table) Expect(f *Forecast) {
	expectRows(t.Channels, f.Channels)
	expectRows(t.Campaigns, f.Campaigns)
	if t.Total.TooYoung != nil && !few(f.Total.Scored) {
		t.Total.expect(&f.Total)
	}
}

func expectRows(rows []Row, of map[RowKey]*Expected) {
	list, closed := make([]*cell, len(rows)), map[*cell]bool{}
	found := make([]*Expected, len(rows))
	for i := range rows {
		if found[i] = of[RowKey{rows[i].Kind, rows[i].Name}]; found[i] == nil {
			found[i] = &Expected{}
		}
		list[i] = &cell{fresh: found[i].Scored}
		if rows[i].TooYoung == nil {
			closed[list[i]] = true
		}
	}
	hidden := withhold(list, closed, func(c *cell) int64 { return c.fresh })
	for i := range rows {
		if !hidden[list[i]] {
			rows[i].expect(found[i])
		}
	}
}

// expect fills in a row of which everything may be shown.
func (r *Row) expect(e *Expected) {
	if e.People > 0 && e.Scored == 0 {
		return
	}
	if e.People > 0 {
		r.Predicted = e.share()
	}
	r.Expected = number(e.Count())
	if r.Spend > 0 && r.Kind != Unmatched && r.RevisitingUsers != nil {
		r.CostPerExpectedUser = costExpected(r.Spend, *r.RevisitingUsers, e)
	}
}
