package drift

import "math"

const (
	// empty fills a share of 0, which has no logarithm. The value is Evidently's: get_binned_data with feel_zeroes, of its PSI test
	// (github.com/evidentlyai/evidently).
	empty = 0.0001
	// warnAt and alarmAt are the customary limits of the PSI, known from credit scoring: below 0.1 no shift, above 0.25 a large one.
	warnAt, alarmAt = 0.1, 0.25
	// byChance is how many times the expected PSI is still no warning. Of eleven bins that have not drifted, 3 to 4 % are above twice of
	// it, so that of 40 features some nearly always are; hardly any is above three times.
	byChance = 3
	// fewRows is below how many rows a window says nothing: there the PSI of a feature that has not drifted is itself about 0.05.
	fewRows = 200
)

// What a Status says.
const (
	// Few is too few rows, or no reference, to tell.
	Few = "few"
	// OK is no shift worth a look.
	OK = "ok"
	// Warn is a shift to look at.
	Warn = "warn"
	// Alarm is a shift that puts the model in doubt.
	Alarm = "alarm"
)

// psi is the population stability index of two lists of shares, sum (now - ref) ln(now / ref): 0 where they are equal, without a unit.
// An empty share is filled; the shares are not scaled to 1 again.
func psi(reference, now []float64) float64 {
	var sum float64
	for i := range reference {
		r, n := filled(reference[i]), filled(now[i])
		sum += (n - r) * math.Log(n/r)
	}
	return sum
}

func filled(share float64) float64 {
	if share == 0 {
		return empty
	}
	return share
}

// expected is the mean of the PSI of two samples of n and nref rows of one distribution over b bins: (b - 1) (1/n + 1/nref), for PSI is
// then close to (1/n + 1/nref) times a chi-square variable of b - 1 degrees of freedom, whose mean is b - 1. (It is the second-order
// expansion of the sum around equal shares, sum (now - ref)^2 / ref.) Bins that are empty in both samples do not count.
func expected(reference, now []float64, referenceRows, rows int) float64 {
	if referenceRows == 0 || rows == 0 {
		return 0
	}
	bins := 0
	for i := range reference {
		if reference[i] > 0 || now[i] > 0 {
			bins++
		}
	}
	return float64(max(0, bins-1)) * (1/float64(rows) + 1/float64(referenceRows))
}

// status judges a PSI. It is no warning unless it exceeds what a small sample gives by chance, three times the expectation.
func status(psi, expected float64, referenceRows, rows int) string {
	switch {
	case rows < fewRows || referenceRows == 0:
		return Few
	case psi < warnAt || psi <= byChance*expected:
		return OK
	case psi < alarmAt:
		return Warn
	}
	return Alarm
}

// shares are the parts of the whole that counts are, all 0 where nothing was counted, and the whole.
func shares(counts []uint64) ([]float64, int) {
	var sum uint64
	for _, n := range counts {
		sum += n
	}
	parts := make([]float64, len(counts))
	for i, n := range counts {
		parts[i] = share(n, sum)
	}
	return parts, int(sum)
}

func share(n, of uint64) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}
