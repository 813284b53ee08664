package server

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/internal/server/jsonpull"
)

// maxText is the longest text that is accepted as a category, a screen or another field, in bytes.
const maxText = 1024

// featureMap reads {name: value, ...} into the draft's row.
func (d *decoder) featureMap() error {
	if err := d.open(jsonpull.Object, d.at("features")); err != nil {
		return err
	}
	// Most callers send the features in the order of the set, so that the next one is the likeliest.
	likely := 0
	for first := true; ; first = false {
		j := likely
		if j >= len(d.m.features) || !d.r.Member(first, d.m.features[j].quoted) {
			key, ok, err := d.r.Key(first)
			if err != nil {
				return d.syntax(err)
			}
			if !ok {
				break
			}
			known := false
			if j, known = d.m.index[string(key)]; !known {
				if err := d.foreign(string(key)); err != nil {
					return err
				}
				continue
			}
		}
		likely = j + 1
		if err := d.named(j); err != nil {
			return err
		}
	}
	if d.cur.given == 0 && !d.lenient {
		return problem(EmptyFeatures, "name at least one feature; GET /model lists them").under(d.at("features"))
	}
	return nil
}

// named reads the value of feature j.
func (d *decoder) named(j int) error {
	c, f := &d.cur, &d.m.features[j]
	if c.named[j] == c.round {
		return problem(DuplicateKey, "the feature %q is given twice; give it once", f.name).under(d.at("features", f.name))
	}
	c.named[j] = c.round
	c.given++
	value, seen, err := d.feature(f)
	switch {
	case err != nil:
		return err
	case !seen:
		c.unseen = append(c.unseen, j)
		c.valued++
	case value == value:
		c.valued++
	}
	c.row[j] = value
	return nil
}

// foreign deals with a feature that the model does not have: it is refused, or passed over where the decoder is lenient.
func (d *decoder) foreign(name string) error {
	if !d.lenient {
		return d.unknownFeature(name, d.at("features"))
	}
	return d.syntax(d.r.Skip(maxSkipped))
}

func (d *decoder) unknownFeature(name string, at place) error {
	if plain(name) {
		at = append(at, name)
	}
	return problem(UnknownFeature, "model %s has no feature called %s%s; GET /model lists them",
		d.m.version, naming(name), hint(name, d.m.names)).under(at)
}

// feature reads the value of one feature as the model reads it: null is missing, a category is text, a number is a number or true (1)
// or false (0). seen is false for a category's value that training never saw.
func (d *decoder) feature(f *feature) (value float32, seen bool, err error) {
	kind, err := d.r.Kind()
	if err != nil {
		return missing, true, d.syntax(err)
	}
	switch {
	case kind == jsonpull.Null:
		return missing, true, d.syntax(d.r.Null())
	case f.category && kind == jsonpull.String:
		return d.category(f)
	case f.category:
		return missing, true, problem(WrongType, "this feature is a category and takes text or null, got %s", kind).under(d.under(f.name))
	case kind == jsonpull.Number:
		value, err := d.number(f)
		return value, true, err
	case kind == jsonpull.Bool:
		v, err := d.r.Bool()
		if v {
			return 1, true, d.syntax(err)
		}
		return 0, true, d.syntax(err)
	case kind == jsonpull.String:
		return missing, true, d.numberAsText(d.under(f.name))
	}
	return missing, true, problem(WrongType, "this feature is a number and takes a number, true, false or null, got %s", kind).
		under(d.under(f.name))
}

// under is the place of a feature in what is being read: an instance's map, or one of the columns.
func (d *decoder) under(name string) place {
	if d.column >= 0 {
		return place{"inputs", name, d.column}
	}
	return d.at("features", name)
}

// category reads a category's text as the model's code of it.
func (d *decoder) category(f *feature) (code float32, seen bool, err error) {
	raw, err := d.r.Text()
	if err != nil {
		return missing, true, d.syntax(err)
	}
	if len(raw) == 0 {
		return missing, true, nil
	}
	if code, ok := f.levels[string(raw)]; ok {
		return code, true, nil
	}
	if len(raw) > maxText {
		return missing, true, problem(TextTooLong, "a category has at most %d bytes", maxText).under(d.under(f.name))
	}
	return missing, false, nil
}

// number reads a number feature.
func (d *decoder) number(f *feature) (float32, error) {
	v, err := d.r.Float()
	if err == nil && math.Abs(v) <= math.MaxFloat32 {
		return float32(v), nil
	}
	return missing, d.badNumber(err, d.under(f.name))
}

// numberAsText refuses a text where a number belongs, telling "NaN" and "12" from other texts.
func (d *decoder) numberAsText(at place) error {
	raw, err := d.r.Text()
	if err != nil {
		return d.syntax(err)
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(string(raw)), 64)
	switch {
	case err != nil:
		return problem(WrongType, "expected a number, got text").under(at)
	case math.IsNaN(v) || math.IsInf(v, 0):
		return problem(NumberAsText, "not-a-number and infinity cannot be scored; send null for a missing value").under(at)
	}
	return problem(NumberAsText, "send the number without quotes").under(at)
}

// float reads a number that a float32 can hold, as that is what models read.
func (d *decoder) float(at func() place) (float64, error) {
	v, err := d.r.Float()
	if err != nil || math.Abs(v) > math.MaxFloat32 {
		return 0, d.badNumber(err, at())
	}
	return v, nil
}

// badNumber is the problem of a number that could not be read, or is too large where err is nil.
func (d *decoder) badNumber(err error, at place) error {
	var syntax *Problem
	if errors.As(d.syntax(err), &syntax) {
		return syntax
	}
	return problem(NumberRange, "the number is larger than a model can read (at most %.3g)", math.MaxFloat32).under(at)
}

// text reads a text of at most limit bytes.
func (d *decoder) text(at place, limit int) (string, error) {
	kind, err := d.r.Kind()
	if err != nil {
		return "", d.syntax(err)
	}
	if kind != jsonpull.String {
		return "", problem(WrongType, "expected text, got %s", kind).under(at)
	}
	raw, err := d.r.Text()
	if err != nil {
		return "", d.syntax(err)
	}
	if len(raw) > limit {
		return "", problem(TextTooLong, "at most %d bytes are accepted here", limit).under(at)
	}
	return string(raw), nil
}
