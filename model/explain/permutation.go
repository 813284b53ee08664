package explain

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// Importance is what the model loses without the information in a group of columns.
type Importance struct {
	// Columns are shuffled together; Name joins their names.
	Columns []int  `json:"columns"`
	Name    string `json:"name"`
	// AUC is by how much the AUC falls, LogLoss by how much the log loss rises in nats, when the columns are shuffled: the mean
	// over the repeats, with a 95 % bootstrap interval over rows.
	AUC     metrics.Interval `json:"auc"`
	LogLoss metrics.Interval `json:"log_loss"`
	// NullAUC and NullLogLoss are the same for labels in random order: the mean, and the band that holds 95 % of the orders.
	NullAUC     metrics.Interval `json:"null_auc"`
	NullLogLoss metrics.Interval `json:"null_log_loss"`
	// Clear tells that the interval of AUC lies above 0 and above the noise band.
	Clear bool `json:"clear"`
}

// Permutation measures the importance of each column, or group of columns, on rows that p has not been fitted on, the largest
// fall in AUC first. It returns model.ErrEmpty or model.ErrOneClass, wrapped, where nothing can be measured, and the error of a
// context that ends. Row weights are left aside. Reference: Breiman, Machine Learning 45 (2001), section 10.
func Permutation(ctx context.Context, p model.Predictor, d model.Data, opt Options) ([]Importance, error) {
	if err := opt.Validate(len(d.X.Columns)); err != nil {
		return nil, err
	}
	if err := d.Check(); err != nil {
		return nil, fmt.Errorf("permutation importance: %w", err)
	}
	d = model.Data{X: d.X, Y: d.Y}.Take(spread(len(d.Y), opt.Rows))
	if err := d.Check(); err != nil {
		return nil, fmt.Errorf("permutation importance: %w", err)
	}
	if opt.Probability == nil {
		opt.Probability = model.Sigmoid
	}
	s := &shuffler{p: p, d: d, opt: opt, orders: labelOrders(d.Y, opt)}
	s.base = s.probabilities(d.X)
	s.ranks = midranks(s.base)
	groups := completeGroups(opt.Groups, len(d.X.Columns))
	out := make([]Importance, len(groups))
	if err := each(ctx, len(groups), func(k int) { out[k] = s.importance(groups[k]) }); err != nil {
		return nil, fmt.Errorf("permutation importance: %w", err)
	}
	slices.SortStableFunc(out, func(a, b Importance) int { return cmp.Compare(b.AUC.Value, a.AUC.Value) })
	return out, nil
}

// completeGroups adds a group of its own for each column that stands in none.
func completeGroups(groups [][]int, columns int) [][]int {
	grouped := make([]bool, columns)
	var out [][]int
	for _, g := range groups {
		if len(g) > 0 {
			out = append(out, g)
		}
		for _, j := range g {
			grouped[j] = true
		}
	}
	for j := range columns {
		if !grouped[j] {
			out = append(out, []int{j})
		}
	}
	return out
}

type shuffler struct {
	p   model.Predictor
	d   model.Data
	opt Options
	// orders are the labels in random orders.
	orders [][]bool
	// base and ranks are the probabilities of the rows as they are, and their midranks.
	base, ranks []float64
}

func labelOrders(y []bool, opt Options) [][]bool {
	orders := make([][]bool, opt.Shuffles)
	for k := range orders {
		orders[k] = slices.Clone(y)
		// Streams from the top keep clear of those of the columns.
		rng := rand.New(rand.NewPCG(opt.Seed, math.MaxUint64-uint64(k)))
		rng.Shuffle(len(y), func(i, j int) { orders[k][i], orders[k][j] = orders[k][j], orders[k][i] })
	}
	return orders
}

func (s *shuffler) probabilities(x *model.Matrix) []float64 {
	out := model.Scores(s.p, x)
	for i, score := range out {
		out[i] = s.opt.Probability(score)
	}
	return out
}

func (s *shuffler) importance(columns []int) Importance {
	out := Importance{Columns: columns, Name: name(s.d.X, columns)}
	shuffled := make([][]float64, s.opt.Repeats)
	for r := range shuffled {
		shuffled[r] = s.probabilities(s.shuffle(columns, r))
	}
	opt := metrics.Options{Resamples: s.opt.Resamples, Seed: s.opt.Seed}
	diff := metrics.MeanDifference(s.base, shuffled, s.d.Y, opt)
	out.AUC = diff.AUC
	out.LogLoss = metrics.Interval{Value: 0 - diff.LogLoss.Value, Low: 0 - diff.LogLoss.High, High: 0 - diff.LogLoss.Low}
	out.NullAUC, out.NullLogLoss = s.null(shuffled)
	out.Clear = out.AUC.Low > math.Max(0, out.NullAUC.High)
	return out
}

// shuffle is the matrix with the rows of the given columns in random order, one order for all of them.
func (s *shuffler) shuffle(columns []int, repeat int) *model.Matrix {
	rng := rand.New(rand.NewPCG(s.opt.Seed, uint64(columns[0])<<32|uint64(repeat)))
	order := rng.Perm(len(s.d.Y))
	x := &model.Matrix{Columns: slices.Clone(s.d.X.Columns)}
	for _, j := range columns {
		values := make([]float32, len(order))
		for i, from := range order {
			values[i] = s.d.X.Columns[j].Values[from]
		}
		x.Columns[j].Values = values
	}
	return x
}

// null measures the same falls for each random order of the labels. Both figures are sums over rows: the AUC of midranks
// (Mann and Whitney), the log loss of each row's loss, so that an order costs one pass.
func (s *shuffler) null(shuffled [][]float64) (auc, logLoss metrics.Interval) {
	n := len(s.base)
	rank, yes, no := make([]float64, n), make([]float64, n), make([]float64, n)
	share := 1 / float64(len(shuffled))
	for _, p := range shuffled {
		ranks := midranks(p)
		for i := range rank {
			rank[i] += share * (s.ranks[i] - ranks[i])
			yes[i] += share * (loss(p[i]) - loss(s.base[i]))
			no[i] += share * (loss(1-p[i]) - loss(1-s.base[i]))
		}
	}
	falls, rises := make([]float64, len(s.orders)), make([]float64, len(s.orders))
	for k, y := range s.orders {
		var ranks, losses, positives float64
		for i, v := range y {
			if v {
				ranks += rank[i]
				losses += yes[i]
				positives++
			} else {
				losses += no[i]
			}
		}
		falls[k] = ranks / (positives * (float64(n) - positives))
		rises[k] = losses / float64(n)
	}
	return band(falls), band(rises)
}

func loss(p float64) float64 { return -math.Log(math.Max(p, 1e-15)) }

// midranks counts the values below each value, and half of those equal to it.
func midranks(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	ranks := make([]float64, len(values))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = float64(from+to) / 2
		}
		from = to
	}
	return ranks
}

// band is the mean with the 2.5 and 97.5 % quantiles, taken at whole places outwards.
func band(values []float64) metrics.Interval {
	sorted := slices.Sorted(slices.Values(values))
	mean := 0.0
	for _, v := range sorted {
		mean += v / float64(len(sorted))
	}
	cut := int(0.025 * float64(len(sorted)-1))
	return metrics.Interval{Value: mean, Low: sorted[cut], High: sorted[len(sorted)-1-cut]}
}
