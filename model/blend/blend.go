// Package blend mixes the scores of several models into one: what one family misses, another may see.
package blend

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// Format names the encoding of a Blend.
const Format = "blend"

// Member is one model of a blend.
type Member struct {
	// Family is the member's family, for people.
	Family string
	// Weight is what a point of log-odds of the member counts in the blend. It is at least 0.
	Weight    float64
	Predictor model.Predictor
}

// Blend is a weighted sum of log-odds. It is a model.Predictor, safe for concurrent use.
type Blend struct {
	members   []Member
	intercept float64
}

var (
	_ model.Predictor   = (*Blend)(nil)
	_ model.BatchScorer = (*Blend)(nil)
	_ model.SQLMixer    = (*Blend)(nil)
)

// New makes a blend whose score is the intercept and the sum of weight times member's score.
func New(members []Member, intercept float64) (*Blend, error) {
	if len(members) == 0 {
		return nil, fmt.Errorf("blend: there is no member")
	}
	if math.IsNaN(intercept) || math.IsInf(intercept, 0) {
		return nil, fmt.Errorf("blend: the intercept is %v; it must be a finite number", intercept)
	}
	for k, m := range members {
		if m.Predictor == nil {
			return nil, fmt.Errorf("blend: member %d (%s) has no model", k, m.Family)
		}
		if !(m.Weight >= 0) || math.IsInf(m.Weight, 0) {
			return nil, fmt.Errorf("blend: the weight of member %d (%s) is %v; it must be a finite number of at least 0", k, m.Family, m.Weight)
		}
	}
	return &Blend{members: slices.Clone(members), intercept: intercept}, nil
}

// Members are the models mixed; they must not be changed.
func (b *Blend) Members() []Member { return b.members }

// Mixture is the blend in parts: the members' models, their weights and the intercept, for writing it in another form.
func (b *Blend) Mixture() (members []model.Predictor, weights []float64, intercept float64) {
	for k := range b.members {
		members, weights = append(members, b.members[k].Predictor), append(weights, b.members[k].Weight)
	}
	return members, weights, b.intercept
}

// Intercept is what is added to the members' weighted scores.
func (b *Blend) Intercept() float64 { return b.intercept }

// Score is the mixed log-odds.
func (b *Blend) Score(row []float32) float64 {
	sum := b.intercept
	for k := range b.members {
		sum += b.members[k].Weight * b.members[k].Predictor.Score(row)
	}
	return sum
}

// ScoreAll scores every row of x.
func (b *Blend) ScoreAll(dst []float64, x *model.Matrix) {
	for i := range dst {
		dst[i] = b.intercept
	}
	for k := range b.members {
		for i, s := range model.Scores(b.members[k].Predictor, x) {
			dst[i] += b.members[k].Weight * s
		}
	}
}

// Contribute mixes the members' contributions, which are additive, so that their mixture is too.
func (b *Blend) Contribute(dst []float64, row []float32) float64 {
	base := b.intercept
	clear(dst)
	one := make([]float64, len(dst))
	for k := range b.members {
		m := &b.members[k]
		base += m.Weight * m.Predictor.Contribute(one, row)
		for j, v := range one {
			dst[j] += m.Weight * v
		}
	}
	return base
}

// Format is that of this package.
func (b *Blend) Format() string { return Format }

// encoded is a Blend as JSON; the members' payloads are written as base64.
type encoded struct {
	Intercept float64         `json:"intercept"`
	Members   []encodedMember `json:"members"`
}

type encodedMember struct {
	Family  string  `json:"family"`
	Weight  float64 `json:"weight"`
	Format  string  `json:"format"`
	Payload []byte  `json:"payload"`
}

// MarshalBinary writes the members, each in its own format.
func (b *Blend) MarshalBinary() ([]byte, error) {
	out := encoded{Intercept: b.intercept}
	for k := range b.members {
		m := &b.members[k]
		payload, err := m.Predictor.MarshalBinary()
		if err != nil {
			return nil, fmt.Errorf("blend: write member %d (%s): %w", k, m.Family, err)
		}
		out.Members = append(out.Members, encodedMember{Family: m.Family, Weight: m.Weight, Format: m.Predictor.Format(), Payload: payload})
	}
	data, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("blend: %w", err)
	}
	return data, nil
}

// Decode reads blends whose members the given decoders, by format, can read.
func Decode(inner map[string]model.Decoder) model.Decoder {
	return func(payload []byte, fields []model.Field) (model.Predictor, error) {
		var in encoded
		if err := json.Unmarshal(payload, &in); err != nil {
			return nil, fmt.Errorf("read a blend: %w", err)
		}
		members := make([]Member, len(in.Members))
		for k, m := range in.Members {
			decode, ok := inner[m.Format]
			if !ok {
				return nil, fmt.Errorf("read a blend: member %d is of format %q, which this version cannot read", k, m.Format)
			}
			p, err := decode(m.Payload, fields)
			if err != nil {
				return nil, fmt.Errorf("read a blend: member %d (%s): %w", k, m.Family, err)
			}
			members[k] = Member{Family: m.Family, Weight: m.Weight, Predictor: p}
		}
		return New(members, in.Intercept)
	}
}

// With adds the decoder of blends of what the given decoders read to a copy of them.
func With(inner map[string]model.Decoder) map[string]model.Decoder {
	all := maps.Clone(inner)
	all[Format] = Decode(inner)
	return all
}
