package linear

import (
	"math"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// OddsRatio is by how much a term multiplies the odds of revisiting, other terms equal.
type OddsRatio struct {
	// Column is the term's column, Name a readable name of the term: the field, with the level or the kind where it matters.
	Column int           `json:"column"`
	Name   phrase.Phrase `json:"name"`
	// Per is the step that the ratio belongs to: "1 SD", "1 SD of log(1+x)", or "yes against no".
	Per phrase.Phrase `json:"per"`
	// Ratio has a 95 % Wald interval, NaN where the standard error is not known. Under an L2 penalty both are drawn towards 1.
	Ratio metrics.Interval `json:"ratio"`
}

// OddsRatios lists the terms in model order. A Number or Log term is taken per Scale, which is its standard deviation in
// training; the others from 0 to 1.
func (m *Model) OddsRatios() []OddsRatio {
	const z = 1.959963984540054
	out := make([]OddsRatio, len(m.Terms))
	for k := range m.Terms {
		t := &m.Terms[k]
		field := m.Fields[t.Column].Name
		o := OddsRatio{Column: t.Column, Name: phrase.Name(field), Per: phrase.Of("yes against no")}
		unit := 1 / t.Scale
		switch t.Kind {
		case Number:
			o.Per, unit = phrase.Of("1 SD"), 1
		case Log:
			o.Per, unit = phrase.Of("1 SD of log(1+x)"), 1
		case Missing:
			o.Name = phrase.Of("%s is missing", field)
		case Level:
			o.Name = phrase.Name(field + " = " + m.Fields[t.Column].Levels[t.Level])
		case Did:
			o.Name = phrase.Name(field + " > 0")
		}
		o.Ratio = metrics.Interval{Value: math.Exp(t.Weight * unit), Low: math.NaN(), High: math.NaN()}
		if t.StdErr > 0 {
			o.Ratio.Low = math.Exp((t.Weight - z*t.StdErr) * unit)
			o.Ratio.High = math.Exp((t.Weight + z*t.StdErr) * unit)
		}
		out[k] = o
	}
	return out
}
