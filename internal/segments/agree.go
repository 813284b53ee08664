package segments

import "math"

// agreement is the adjusted Rand index of two divisions of the same people: 1 where they are the same, 0 on average by chance. It is 1 for
// two divisions that do not divide. Reference: Hubert and Arabie, Journal of Classification 2 (1985).
func agreement(a, b []uint8) float64 {
	var both [256][256]int
	var inA, inB [256]int
	for i, x := range a {
		both[x][b[i]]++
		inA[x]++
		inB[b[i]]++
	}
	pairs := func(n int) float64 { return float64(n) * float64(n-1) / 2 }
	var together, ofA, ofB float64
	for x := range both {
		for _, n := range both[x] {
			together += pairs(n)
		}
		ofA, ofB = ofA+pairs(inA[x]), ofB+pairs(inB[x])
	}
	expected, largest := ofA*ofB/pairs(len(a)), (ofA+ofB)/2
	if largest == expected {
		return 1
	}
	return (together - expected) / (largest - expected)
}

// silhouette is how much nearer people are to their own kind than to the next, on average: from -1 to 1. NaN for fewer than two kinds.
// Reference: Rousseeuw, Journal of Computational and Applied Mathematics 20 (1987).
func silhouette(p points, of []uint8, kinds int) float64 {
	sizes := make([]float64, kinds)
	for _, c := range of {
		sizes[c]++
	}
	total := 0.0
	for i := range of {
		far := make([]float64, kinds)
		for j := range of {
			far[of[j]] += math.Sqrt(apart(p.point(i), p.point(j)))
		}
		own, next := 0.0, math.Inf(1)
		for c := range far {
			switch {
			case c == int(of[i]):
				own = far[c] / (sizes[c] - 1)
			case sizes[c] > 0:
				next = min(next, far[c]/sizes[c])
			}
		}
		switch {
		case math.IsInf(next, 1):
			return math.NaN()
		case sizes[of[i]] > 1 && max(own, next) > 0:
			total += (next - own) / max(own, next)
		}
	}
	return total / float64(len(of))
}
