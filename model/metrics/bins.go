package metrics

import "math"

// Bin is one point of a calibration picture.
type Bin struct {
	// Rows and Positives count the rows of the bin.
	Rows      int `json:"rows"`
	Positives int `json:"positives"`
	// From and To are the lowest and highest probability in the bin.
	From float64 `json:"from"`
	To   float64 `json:"to"`
	// Predicted is the mean probability.
	Predicted float64 `json:"predicted"`
	// Observed is the share of positives, with its 95 % interval after Wilson.
	Observed Interval `json:"observed"`
}

// Calibration sorts the rows by probability into bins of equal size, lowest first. Rows of one probability are kept together in
// the bin that holds the middle of their ranks, so that a bin may be larger, or missing.
func Calibration(p []float64, y []bool, bins int) []Bin {
	r := newRanking(p, y, nil)
	n := len(p)
	var out []Bin
	open := -1
	for g := len(r.ends) - 1; g >= 0; g-- {
		start, end := 0, r.ends[g]
		if g > 0 {
			start = r.ends[g-1]
		}
		// Ranks count from the lowest score: the run fills [n-end, n-start), its middle is half of 2n-start-end.
		bin := (2*n - start - end) * bins / (2 * n)
		if bin != open {
			out = append(out, Bin{From: r.p[start]})
			open = bin
		}
		b := &out[len(out)-1]
		b.To = r.p[start]
		for k := start; k < end; k++ {
			b.Rows++
			b.Predicted += r.p[k]
			if r.y[k] {
				b.Positives++
			}
		}
	}
	for i := range out {
		out[i].Predicted /= float64(out[i].Rows)
		out[i].Observed = Wilson(out[i].Positives, out[i].Rows)
	}
	return out
}

// ECE is the expected calibration error: the mean over rows of |mean probability - share of positives| of the row's bin, in the
// bins of Calibration. It is NaN for no rows. Reference: Naeini, Cooper and Hauskrecht, AAAI 2015, with bins of equal size.
func ECE(p []float64, y []bool, bins int) float64 {
	sum := 0.0
	for _, b := range Calibration(p, y, bins) {
		sum += float64(b.Rows) * math.Abs(b.Predicted-b.Observed.Value)
	}
	return sum / float64(len(p))
}

// Wilson is the share of positives among rows with its 95 % score interval. Reference: Wilson, JASA 22 (1927).
func Wilson(positives, rows int) Interval {
	const z = 1.959963984540054
	n := float64(rows)
	share := float64(positives) / n
	middle := (share + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	// The ends are exactly 0 and 1 there; rounding would put them a hair off.
	low, high := middle-half, middle+half
	if positives == 0 {
		low = 0
	}
	if positives == rows {
		high = 1
	}
	return Interval{Value: share, Low: low, High: high}
}

// Decile is one slice of the rows by falling score. Counts are not whole where a slice cuts through equal scores: each side then
// takes its share of their rows and positives.
type Decile struct {
	Rows      float64 `json:"rows"`
	Positives float64 `json:"positives"`
	// Rate is the share of positives in the slice, Lift that share over the share in all rows.
	Rate float64 `json:"rate"`
	Lift float64 `json:"lift"`
	// Reached is the share of all positives in this slice and those above it.
	Reached float64 `json:"reached"`
	// Lowest is the lowest score in the slice.
	Lowest float64 `json:"lowest"`
}

// Lift cuts the rows by falling score into the given number of slices of equal size (10: deciles), highest first. It is nil when
// there are no rows or no positives.
func Lift(score []float64, y []bool, deciles int) []Decile {
	r := newRanking(score, y, nil)
	positives := 0
	for _, v := range y {
		if v {
			positives++
		}
	}
	if positives == 0 || deciles < 1 {
		return nil
	}
	n := float64(len(score))
	size := n / float64(deciles)
	out := make([]Decile, deciles)
	start := 0
	for _, end := range r.ends {
		pos := 0
		for k := start; k < end; k++ {
			if r.y[k] {
				pos++
			}
		}
		share := float64(pos) / float64(end-start)
		for d := int(float64(start) / size); d < deciles; d++ {
			rows := math.Min(float64(end), float64(d+1)*size) - math.Max(float64(start), float64(d)*size)
			if rows > 1e-9 {
				out[d].Rows += rows
				out[d].Positives += rows * share
				out[d].Lowest = r.p[start]
			}
			if float64(d+1)*size >= float64(end) {
				break
			}
		}
		start = end
	}
	reached := 0.0
	for d := range out {
		reached += out[d].Positives
		out[d].Rate = out[d].Positives / out[d].Rows
		out[d].Lift = out[d].Rate / (float64(positives) / n)
		out[d].Reached = reached / float64(positives)
	}
	return out
}
