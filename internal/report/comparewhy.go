package report

import (
	"math"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// reasons are the comparison in sentences, each carried by its figures.
func (c *Comparison) reasons() []phrase.Phrase {
	out := []phrase.Phrase{c.modelWhy()}
	if c.Paired.Seen {
		out = append(out, phrase.Of("One of the two versions learnt from data after the first of these people came, so that it may have learnt from them: "+
			"the figures flatter it."))
	}
	out = append(out, c.rateWhy())
	if c.Family != c.FamilyThen && c.Family != "" && c.FamilyThen != "" {
		out = append(out, phrase.Of("The model is of another kind: %s, before %s.", c.Family, c.FamilyThen))
	}
	if len(c.Added)+len(c.Removed) > 0 {
		out = append(out, phrase.Of("%d features came and %d went.", len(c.Added), len(c.Removed)))
	}
	if n := len(c.Verdicts); n > 0 {
		out = append(out, phrase.Of("The verdict on %d actions is another one.", n))
	}
	return keep(out, func(p *phrase.Phrase) bool { return !p.Empty() })
}

func (c *Comparison) modelWhy() phrase.Phrase {
	g := c.Paired.Gain
	if !g.bounded() {
		return phrase.Phrase{}
	}
	figures := phrase.Of("AUC %s against %s, difference %s", decimal(3, c.Paired.AUC.Value), decimal(3, c.Paired.AUCThen.Value), ranged(3, g))
	users := count(c.Users)
	switch {
	case g.Low > 0:
		return phrase.Of("On the same %s newest people, version %s tells better who revisits than %s (%s).", users, c.Version, c.Against, figures)
	case g.High < 0:
		return phrase.Of("On the same %s newest people, version %s tells worse who revisits than %s (%s).", users, c.Version, c.Against, figures)
	}
	return phrase.Of("On the same %s newest people, versions %s and %s cannot be told apart (%s).", users, c.Version, c.Against, figures)
}

// rateWhy says whether the base rate moved by more than chance, and what part of it the mix of channels explains.
func (c *Comparison) rateWhy() phrase.Phrase {
	if !c.Rate.bounded() || !c.RateThen.bounded() {
		return phrase.Phrase{}
	}
	change := c.Rate.Value - c.RateThen.Value
	half := func(i Interval) float64 { return (i.High - i.Low) / 2 }
	if math.Abs(change) <= math.Hypot(half(c.Rate), half(c.RateThen)) {
		return phrase.Of("The share who revisit, %s, differs from the %s of before by no more than chance would give.",
			percent(c.Rate.Value), percent(c.RateThen.Value))
	}
	moved := phrase.Of("The share who revisit is %s, before %s", percent(c.Rate.Value), percent(c.RateThen.Value))
	if !finite(float64(c.Mix)) {
		return phrase.Of("%s.", moved)
	}
	return phrase.Of("%s: %s points come of another mix of channels, %s of a change within the channels.",
		moved, signedPoints(float64(c.Mix)), signedPoints(float64(c.Within)))
}

// signedPoints is a difference of shares in percentage points, with its sign.
func signedPoints(v float64) string {
	text := decimal(1, 100*v)
	if v > 0 && text != "0.0" {
		return "+" + text
	}
	return text
}
