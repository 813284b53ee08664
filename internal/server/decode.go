package server

import (
	"errors"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/jsonpull"
)

// instance is one user to score, as decoded. It is only valid while the function that it is given to runs.
type instance struct {
	// id is the caller's own name for the instance, nil when it gave none.
	id *string
	// row is what the model reads, one value a feature of the set: NaN is missing, or a category's value that training never saw.
	row []float32
	// missing counts the features without a value, absent those of them that a feature map did not name.
	missing, absent int
	// unseen are the categories whose value training never saw, in the order of the set where the instance was told by events.
	unseen []int
}

// topOnly is how many of topFields belong to the whole body.
const topOnly = 3

// missing stands for no value in a model's row.
var missing = float32(math.NaN())

// maxID is the longest id that is echoed, in bytes.
const maxID = 256

var (
	instanceFields = []string{"id", "features", "events", "as_of", "user"}
	topFields      = append([]string{"instances", "inputs", "parameters"}, instanceFields...)
)

// decoder reads the body of one request straight into feature rows. It is made for one model and may be used again.
type decoder struct {
	r     jsonpull.Reader
	m     *loaded
	limit int
	// events counts those of the whole request.
	events int
	// index is the position of the instance in the list, -1 when the body is the instance.
	index int
	cur   draft
	// column is the position in the column being read, -1 outside of columns.
	column int
	// columns reads "inputs", nil where they are refused.
	columns func() error
	// skipParameters allows "parameters", which are read elsewhere.
	skipParameters bool
	// lenient passes over features that the model does not have, for a model beside the one that the request was made for.
	lenient bool
}

// draft is the instance being read.
type draft struct {
	id     *string
	fields fieldSet
	row    []float32
	// named holds for each feature the round in which it was last given; round counts the instances.
	named []uint32
	round uint32
	// given counts the features that were named, valued those of them with a value.
	given, valued int
	unseen        []int
	events        []features.Event
	asOf          int64
	// user is the snapshot's row of the user named, marks the categories in it whose value training never saw.
	user  []float32
	marks []int
}

// fieldSet is the set of the known fields that an object has had so far, by position in its list of names.
type fieldSet uint32

// newDecoder makes a decoder for m.
func newDecoder(m *loaded) *decoder {
	n := len(m.features)
	return &decoder{m: m, index: -1, column: -1, cur: draft{row: make([]float32, n), named: make([]uint32, n)}}
}

// decode reads body, of at most limit instances, and gives each to score, in order. Its error is a *Problem, or what score returned.
func (d *decoder) decode(body []byte, limit int, score func(*instance) error) error {
	d.r.Reset(body)
	d.index, d.column, d.limit, d.events = -1, -1, limit, 0
	defer d.forget()
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
	whole := false
	err = d.object(topFields, nil, &d.cur.fields, func(field int) error {
		switch topFields[field] {
		case "instances":
			whole = true
			return d.list(score)
		case "inputs":
			whole = true
			return d.inputs()
		case "parameters":
			d.cur.fields &^= 1 << field
			return d.parameters()
		}
		return d.instanceField(field - topOnly)
	})
	if err == nil {
		err = d.syntax(d.r.End())
	}
	if err != nil {
		return err
	}
	if !whole {
		return d.finish(score)
	}
	if d.cur.fields&(d.cur.fields-1) != 0 {
		return problem(MixedForms, `put "id", "features", "events", "as_of" and "user" inside the items of "instances", or send no `+
			`"instances" and no "inputs"`)
	}
	return nil
}

// inputs reads columns where the request may have them.
func (d *decoder) inputs() error {
	if d.columns == nil {
		return problem(UnknownField, `"inputs" are understood by POST /predict alone; send "instances"`).under(place{"inputs"})
	}
	return d.columns()
}

// parameters passes over what somebody else has read already.
func (d *decoder) parameters() error {
	if !d.skipParameters {
		return problem(UnknownField, `"parameters" are understood by the route of Vertex AI alone; here they stand in the query`).
			under(place{"parameters"})
	}
	return d.syntax(d.r.Skip(maxSkipped))
}

// forget keeps no user's events, nor much room for them, for as long as a worker lives.
func (d *decoder) forget() {
	d.r.Reset(nil)
	d.cur.id = nil
	events := d.cur.events[:cap(d.cur.events)]
	if len(events) > keptEvents {
		d.cur.events = nil
		return
	}
	clear(events)
	d.cur.events = events[:0]
}

// begin clears the draft.
func (d *decoder) begin() {
	c := &d.cur
	if c.round++; c.round == 0 {
		clear(c.named)
		c.round = 1
	}
	c.id, c.fields, c.given, c.valued, c.asOf, c.user, c.marks = nil, 0, 0, 0, 0, nil, nil
	c.events, c.unseen = c.events[:0], c.unseen[:0]
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
	case "user":
		return d.user()
	}
	asOf, err := d.time(d.at("as_of"))
	d.cur.asOf = asOf
	return err
}

// had reports whether the draft has the named field. At the top level of a body the set begins with the fields of the whole.
func (d *decoder) had(name string) bool {
	at := slices.Index(instanceFields, name)
	if d.index < 0 {
		at += topOnly
	}
	return d.cur.fields&(1<<at) != 0
}

// finish turns the draft into an instance and has it scored.
func (d *decoder) finish(score func(*instance) error) error {
	in, err := d.instance()
	if err != nil {
		return err
	}
	return score(&in)
}

// instance is the draft as it will be scored.
func (d *decoder) instance() (instance, error) {
	byMap, byEvents, byUser := d.had("features"), d.had("events"), d.had("user")
	switch {
	case byMap && byEvents, byMap && byUser, byEvents && byUser:
		return instance{}, problem(BothForms, "describe a user in one way: by features, by events or by user").under(d.at())
	case !byEvents && d.had("as_of"):
		return instance{}, problem(UnknownField, `"as_of" belongs to "events"; anything else is taken as it is`).under(d.at("as_of"))
	case byMap:
		return d.byFeatures(), nil
	case byEvents:
		row, err := d.evaluate()
		if err != nil {
			return instance{}, err
		}
		return d.byValues(row), nil
	case byUser:
		return d.bySnapshot(), nil
	}
	return instance{}, problem(NeitherForm, `describe the user by "features", by "events" or by "user"`).under(d.at())
}

// byFeatures is the draft whose feature map was read.
func (d *decoder) byFeatures() instance {
	c := &d.cur
	if c.given < len(c.row) {
		for j, round := range c.named {
			if round != c.round {
				c.row[j] = missing
			}
		}
	}
	return instance{id: c.id, row: c.row, missing: len(c.row) - c.valued, absent: len(c.row) - c.given, unseen: c.unseen}
}

// byValues is the draft whose features were computed.
func (d *decoder) byValues(values features.Row) instance {
	c := &d.cur
	in := instance{id: c.id, row: c.row}
	d.m.art.Encode(c.row, values)
	for j, v := range values {
		if v.Missing {
			in.missing++
		} else if c.row[j] != c.row[j] {
			c.unseen = append(c.unseen, j)
		}
	}
	in.unseen = c.unseen
	return in
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
