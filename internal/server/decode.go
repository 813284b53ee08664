package server

import (
	"errors"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/jsonpull"
)

// instance is one user to score, as decoded. It is only valid while the function that it is given to runs.
type instance struct {
	// id is the caller's own name for the instance, nil when it gave none.
	id *string
	// row holds one value a feature of the set.
	row features.Row
	// absent counts the features that a feature map did not name.
	absent int
}

// maxID is the longest id that is echoed, in bytes.
const maxID = 256

var (
	instanceFields = []string{"id", "features", "events", "as_of"}
	topFields      = append([]string{"instances"}, instanceFields...)
)

// decoder reads the body of one request straight into feature rows. It is made for one model and may be used again.
type decoder struct {
	r     jsonpull.Reader
	m     *loaded
	limit int
	// index is the position of the instance in the list, -1 when the body is the instance.
	index int
	cur   draft
}

// draft is the instance being read.
type draft struct {
	id     *string
	fields fieldSet
	row    features.Row
	// named marks the features that were given.
	named  []bool
	count  int
	events []features.Event
	asOf   int64
}

// fieldSet is the set of the known fields that an object has had so far, by position in its list of names.
type fieldSet uint32

// newDecoder makes a decoder for m.
func newDecoder(m *loaded) *decoder {
	n := len(m.features)
	return &decoder{m: m, index: -1, cur: draft{row: make(features.Row, n), named: make([]bool, n)}}
}

// decode reads body, of at most limit instances, and gives each to score, in order. Its error is a *Problem, or what score returned.
func (d *decoder) decode(body []byte, limit int, score func(*instance) error) error {
	d.r.Reset(body)
	d.index, d.limit = -1, limit
	kind, err := d.r.Kind()
	if err != nil {
		if d.r.Offset() == len(body) {
			return problem(EmptyBody, `send one instance, {"features": {...}} or {"events": [...]}, or {"instances": [...]}`)
		}
		return d.syntax(err)
	}
	if kind != jsonpull.Object {
		return problem(NotAnObject, `the body is %s; wrap instances as {"instances": [...]}`, kind)
	}
	d.begin()
	batch := false
	err = d.object(topFields, nil, &d.cur.fields, func(field int) error {
		if field > 0 {
			return d.instanceField(field - 1)
		}
		batch = true
		return d.list(score)
	})
	if err == nil {
		err = d.syntax(d.r.End())
	}
	if err != nil {
		return err
	}
	if !batch {
		return d.finish(score)
	}
	if d.cur.fields != 1 {
		return problem(MixedForms, `put "id", "features", "events" and "as_of" inside the items of "instances", or send no "instances"`)
	}
	return nil
}

// begin clears the draft.
func (d *decoder) begin() {
	clear(d.cur.named)
	d.cur.id, d.cur.fields, d.cur.count, d.cur.asOf = nil, 0, 0, 0
	d.cur.events = d.cur.events[:0]
}

// list reads the list of instances. The top level's own fields are kept over it.
func (d *decoder) list(score func(*instance) error) error {
	if err := d.open(jsonpull.Array, place{"instances"}); err != nil {
		return err
	}
	top := d.cur.fields
	for d.index = 0; ; d.index++ {
		ok, err := d.r.Element(d.index == 0)
		if err != nil {
			return d.syntax(err)
		}
		if !ok {
			break
		}
		if d.index >= d.limit {
			return problem(TooManyInstances, "at most %d instances are scored in one request; send several requests", d.limit).
				under(place{"instances"})
		}
		if err := d.item(score); err != nil {
			return err
		}
	}
	if d.index == 0 {
		return problem(EmptyBatch, "send at least one instance").under(place{"instances"})
	}
	d.begin()
	d.index, d.cur.fields = -1, top
	return nil
}

// item reads and scores one instance of the list.
func (d *decoder) item(score func(*instance) error) error {
	d.begin()
	if err := d.open(jsonpull.Object, d.at()); err != nil {
		return err
	}
	if err := d.members(instanceFields, d.at(), &d.cur.fields, d.instanceField); err != nil {
		return err
	}
	return d.finish(score)
}

// instanceField reads the value of instanceFields[field].
func (d *decoder) instanceField(field int) error {
	switch instanceFields[field] {
	case "id":
		return d.id()
	case "features":
		return d.featureMap()
	case "events":
		return d.eventList()
	}
	asOf, err := d.time(d.at("as_of"))
	d.cur.asOf = asOf
	return err
}

// had reports whether the draft has the named field. At the top level of a body the set holds "instances" at place 0 as well.
func (d *decoder) had(name string) bool {
	at := slices.Index(instanceFields, name)
	if d.index < 0 {
		at++
	}
	return d.cur.fields&(1<<at) != 0
}

// finish turns the draft into an instance and has it scored.
func (d *decoder) finish(score func(*instance) error) error {
	out := instance{id: d.cur.id, row: d.cur.row}
	switch byMap, byEvents := d.had("features"), d.had("events"); {
	case byMap && byEvents:
		return problem(BothForms, "describe a user by features or by events, not by both").under(d.at())
	case byMap && d.had("as_of"):
		return problem(UnknownField, `"as_of" belongs to "events"; features are taken as they are`).under(d.at("as_of"))
	case byMap:
		for j, named := range d.cur.named {
			if !named {
				out.row[j] = features.Value{Missing: true}
			}
		}
		out.absent = len(out.row) - d.cur.count
	case byEvents:
		row, err := d.evaluate()
		if err != nil {
			return err
		}
		out.row = row
	default:
		return problem(NeitherForm, `describe the user by "features" or by "events"`).under(d.at())
	}
	return score(&out)
}

// id reads the caller's id.
func (d *decoder) id() error {
	text, err := d.text(d.at("id"), maxID)
	if err == nil {
		d.cur.id = &text
	}
	return err
}

// at is the place of something in the instance being read.
func (d *decoder) at(steps ...any) place {
	if d.index < 0 {
		return steps
	}
	return append(place{"instances", d.index}, steps...)
}

// open reads the beginning of an object or a list and refuses anything else.
func (d *decoder) open(want jsonpull.Kind, at place) error {
	kind, err := d.r.Kind()
	if err != nil {
		return d.syntax(err)
	}
	if kind != want {
		return problem(WrongType, "expected %s, got %s", want, kind).under(at)
	}
	return d.syntax(d.r.Open(want))
}

// object opens an object with the given fields and reads its members.
func (d *decoder) object(fields []string, at place, seen *fieldSet, read func(field int) error) error {
	if err := d.open(jsonpull.Object, at); err != nil {
		return err
	}
	return d.members(fields, at, seen, read)
}

// members reads the rest of an object whose names must be among fields, each at most once; read reads one value.
func (d *decoder) members(fields []string, at place, seen *fieldSet, read func(field int) error) error {
	for first := true; ; first = false {
		key, ok, err := d.r.Key(first)
		if err != nil {
			return d.syntax(err)
		}
		if !ok {
			return nil
		}
		field := indexOf(fields, key)
		if field < 0 {
			return unknownField(string(key), fields, at)
		}
		if *seen&(1<<field) != 0 {
			return problem(DuplicateKey, "%q is given twice; give it once", fields[field]).under(at)
		}
		*seen |= 1 << field
		if err := read(field); err != nil {
			return err
		}
	}
}

// indexOf is slices.Index for a name that is still bytes.
func indexOf(fields []string, key []byte) int {
	for i, f := range fields {
		if f == string(key) {
			return i
		}
	}
	return -1
}

func unknownField(name string, fields []string, at place) *Problem {
	p := problem(UnknownField, "no field is called %s%s", naming(name), hint(name, fields))
	if plain(name) {
		at = append(slices.Clone(at), name)
	}
	return p.under(at)
}

// syntax turns an error of the JSON reader into a problem; nil stays nil.
func (d *decoder) syntax(err error) error {
	if err == nil {
		return nil
	}
	var bad *jsonpull.SyntaxError
	if errors.As(err, &bad) {
		return problem(InvalidJSON, "%s", bad.Error())
	}
	return err
}
