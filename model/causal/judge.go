package causal

import (
	"fmt"
	"math"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// The three verdicts.
const (
	Cause   = "cause"
	Sign    = "sign"
	Unclear = "unclear"
)

// Judge gives the verdict on an estimate and its reasons, the weightiest first. raw is the difference of the shares with the outcome between
// those who did it and those who did not.
//
// A cause has an effect that is clear of zero after all that was tried (Q), of MinEffect at least, among people who are alike (Overlap and
// Balance), and a hidden cause of it would have to be at least MinEValue strong. A sign has a raw difference that is clear of zero, and an effect of which
// the interval holds zero, or that is less than MinEffect, or of the other direction. All else cannot be told.
func Judge(e Estimate, raw metrics.Interval, o Options) (verdict string, why []phrase.Phrase) {
	if e.Err != nil {
		return Unclear, []phrase.Phrase{phrase.Of("There are too few people on one of the two sides to compare people alike.")}
	}
	effect := phrase.Of("%s points (%s to %s)", points(e.Effect.Value), points(e.Effect.Low), points(e.Effect.High))
	if e.Overlap < o.MinOverlap {
		return Unclear, []phrase.Phrase{phrase.Of("Only %d of 100 people could as well have done it as not: there is hardly anybody to compare.",
			int(math.Round(100*e.Overlap)))}
	}
	if e.Balance > o.MaxBalance {
		return Unclear, []phrase.Phrase{phrase.Of("After weighting, those who did it and those who did not still differ by %.2f standard deviations.", e.Balance)}
	}
	discovered := e.Q <= o.FDR && math.Abs(e.Effect.Value) >= o.MinEffect
	differs := raw.Low > 0 || raw.High < 0
	switch {
	case discovered && e.EValueLow >= o.MinEValue:
		return Cause, []phrase.Phrase{
			phrase.Of("Among people alike in everything known, doing it goes with %s.", effect),
			phrase.Of("That stays clear of zero after all that was tried (q %s).", chance(e.Q)),
			phrase.Of("A hidden cause would have to be tied to both by a risk ratio of %.1f to explain it away, of %.1f to make it uncertain.", e.EValue, e.EValueLow),
		}
	case discovered:
		return Unclear, []phrase.Phrase{
			phrase.Of("Among people alike in everything known, doing it goes with %s.", effect),
			phrase.Of("But a weak hidden cause would do to bring that to zero: one tied to both by a risk ratio of %.2f.", e.EValueLow),
		}
	case differs && e.Effect.Low <= 0 && e.Effect.High >= 0:
		return Sign, []phrase.Phrase{
			phrase.Of("Those who did it differ by %s points, but among people alike in everything known by %s, which may be nothing.", points(raw.Value), effect),
		}
	}
	return Unclear, []phrase.Phrase{undecided(e, o, effect)}
}

// undecided says why an effect is neither a cause nor a sign.
func undecided(e Estimate, o Options, effect phrase.Phrase) phrase.Phrase {
	switch {
	case e.Effect.Low <= 0 && e.Effect.High >= 0:
		return phrase.Of("Among people alike in everything known, doing it goes with %s: that leaves both open.", effect)
	case e.Q > o.FDR:
		return phrase.Of("Among people alike in everything known, doing it goes with %s, but not clearly after all that was tried (q %s).", effect, chance(e.Q))
	}
	return phrase.Of("Among people alike in everything known, doing it goes with %s, which is too little to build on.", effect)
}

// chance writes a q-value.
func chance(q float64) string {
	if q < 0.001 {
		return "< 0.001"
	}
	return fmt.Sprintf("%.3f", q)
}

// points writes a difference of shares in percentage points with its sign.
func points(v float64) string { return fmt.Sprintf("%+.1f", 100*v) }
