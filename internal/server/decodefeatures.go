package server

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/jsonpull"
)

// maxText is the longest text that is accepted as a category, a screen or another field, in bytes.
const maxText = 1024

// featureMap reads {name: value, ...} into the draft's row.
func (d *decoder) featureMap() error {
	if err := d.open(jsonpull.Object, d.at("features")); err != nil {
		return err
	}
	for first := true; ; first = false {
		key, ok, err := d.r.Key(first)
		if err != nil {
			return d.syntax(err)
		}
		if !ok {
			break
		}
		j, known := d.m.index[string(key)]
		if !known {
			return d.unknownFeature(string(key))
		}
		if d.cur.named[j] {
			return problem(DuplicateKey, "the feature %q is given twice; give it once", d.m.features[j].name).
				under(d.at("features", d.m.features[j].name))
		}
		d.cur.named[j] = true
		d.cur.count++
		if d.cur.row[j], err = d.feature(&d.m.features[j]); err != nil {
			return err
		}
	}
	if d.cur.count == 0 {
		return problem(EmptyFeatures, "name at least one feature; GET /model lists them").under(d.at("features"))
	}
	return nil
}

func (d *decoder) unknownFeature(name string) error {
	at := d.at("features")
	if plain(name) {
		at = append(at, name)
	}
	return problem(UnknownFeature, "model %s has no feature called %s%s; GET /model lists them",
		d.m.version, naming(name), hint(name, d.m.names)).under(at)
}

// feature reads the value of one feature: null is missing, a category is text, a number is a number or true (1) or false (0).
func (d *decoder) feature(f *feature) (features.Value, error) {
	kind, err := d.r.Kind()
	if err != nil {
		return features.Value{}, d.syntax(err)
	}
	switch {
	case kind == jsonpull.Null:
		return features.Value{Missing: true}, d.syntax(d.r.Null())
	case f.category && kind == jsonpull.String:
		text, err := d.category(f)
		return features.Value{Text: text, Missing: text == ""}, err
	case f.category:
		return features.Value{}, problem(WrongType, "this feature is a category and takes text or null, got %s", kind).
			under(d.at("features", f.name))
	case kind == jsonpull.Number:
		v, err := d.float(func() place { return d.at("features", f.name) })
		return features.Value{Number: v}, err
	case kind == jsonpull.Bool:
		v, err := d.r.Bool()
		if v {
			return features.Value{Number: 1}, d.syntax(err)
		}
		return features.Value{}, d.syntax(err)
	case kind == jsonpull.String:
		return features.Value{}, d.numberAsText(d.at("features", f.name))
	}
	return features.Value{}, problem(WrongType, "this feature is a number and takes a number, true, false or null, got %s", kind).
		under(d.at("features", f.name))
}

// category reads a category's text, without a copy where it is a level that the model knows.
func (d *decoder) category(f *feature) (string, error) {
	raw, err := d.r.Text()
	if err != nil {
		return "", d.syntax(err)
	}
	if level, ok := f.levels[string(raw)]; ok {
		return level, nil
	}
	if len(raw) > maxText {
		return "", problem(TextTooLong, "a category has at most %d bytes", maxText).under(d.at("features", f.name))
	}
	return string(raw), nil
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
		var syntax *Problem
		if errors.As(d.syntax(err), &syntax) {
			return 0, syntax
		}
		return 0, problem(NumberRange, "the number is larger than a model can read (at most %.3g)", math.MaxFloat32).under(at())
	}
	return v, nil
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
