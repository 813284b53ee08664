package linear

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// wire is the encoding: the model and the number of columns it was fitted on.
type wire struct {
	Columns int `json:"columns"`
	Model
}

// MarshalBinary writes the model as JSON, which Decode reads. Numbers keep every bit.
func (m *Model) MarshalBinary() ([]byte, error) {
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("encode linear model: %w", err)
	}
	data, err := json.MarshalIndent(wire{len(m.Fields), *m}, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode linear model: %w", err)
	}
	return append(data, '\n'), nil
}

// Decode reads a model written by MarshalBinary for the given fields. It refuses unknown keys, terms that do not suit their
// field, and numbers that are not finite. It is a model.Decoder.
func Decode(payload []byte, fields []model.Field) (model.Predictor, error) {
	var w wire
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w); err != nil {
		return nil, fmt.Errorf("decode linear model: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("decode linear model: there is more after the model")
	}
	if w.Columns != len(fields) {
		return nil, fmt.Errorf("decode linear model: it was fitted on %d columns, the fields are %d", w.Columns, len(fields))
	}
	m := w.Model
	m.Fields = fields
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("decode linear model: %w", err)
	}
	return &m, nil
}

// Validate reports the first term that does not suit its field, and numbers that are not finite.
func (m *Model) Validate() error {
	if !finite(m.Intercept) {
		return fmt.Errorf("intercept is %v; want a finite number", m.Intercept)
	}
	for k := range m.Terms {
		if err := m.Terms[k].validate(m.Fields); err != nil {
			return fmt.Errorf("term %d: %w", k, err)
		}
	}
	return nil
}

func (t *Term) validate(fields []model.Field) error {
	if t.Column < 0 || t.Column >= len(fields) {
		return fmt.Errorf("column is %d; want 0 to %d", t.Column, len(fields)-1)
	}
	field := fields[t.Column]
	switch t.Kind {
	case Number, Log, Did:
		if field.Category() {
			return fmt.Errorf("kind %s does not suit the category %s", t.Kind, field.Name)
		}
	case Level:
		if t.Level < 0 || t.Level >= len(field.Levels) {
			return fmt.Errorf("level is %d; field %s has %d levels", t.Level, field.Name, len(field.Levels))
		}
	case Missing:
	default:
		return fmt.Errorf("kind %q is unknown; want number, log, missing, level or did", t.Kind)
	}
	if !finite(t.Mean) || !finite(t.Weight) || !finite(t.StdErr) || !finite(t.Scale) || t.Scale <= 0 || t.StdErr < 0 {
		return fmt.Errorf("mean, weight, scale and std_err of field %s must be finite, scale above 0, std_err not below 0", field.Name)
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
