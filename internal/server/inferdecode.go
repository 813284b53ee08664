package server

import (
	"cmp"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/internal/server/jsonpull"
)

// inferAsked is what an inference request wants besides its inputs.
type inferAsked struct {
	id *string
	// outputs are the tensors to answer with, in order.
	outputs []string
}

func (a inferAsked) wants(output string) bool { return slices.Contains(a.outputs, output) }

var (
	inferFields   = []string{"id", "parameters", "inputs", "outputs"}
	tensorFields  = []string{"name", "shape", "datatype", "parameters", "data"}
	outputFields  = []string{"name", "parameters"}
	outputTensors = []string{"probability", "revisit", "low", "high"}
	// numberTypes and textTypes are the datatypes of the protocol that a number and a category take.
	numberTypes = []string{
		"BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64",
	}
	textTypes = []string{"BYTES"}
)

// tensorDecoder reads an inference request into columns.
type tensorDecoder struct {
	d    *decoder
	c    *columns
	body []byte
}

// tensor is one input as it stands in the body: its data is read once its name is known.
type tensor struct {
	name, datatype string
	shape          []int64
	// from and to are where the data lie in the body; to is 0 where there are none.
	from, to int
}

// decode reads the request.
func (t *tensorDecoder) decode(limit int) (inferAsked, error) {
	d := t.d
	asked := inferAsked{outputs: outputTensors[:2]}
	d.r.Reset(t.body)
	d.begin()
	d.index, d.column, d.limit = -1, -1, limit
	kind, err := d.r.Kind()
	switch {
	case err != nil && d.r.Offset() == len(t.body):
		return asked, problem(EmptyBody, `send {"inputs": [{"name", "shape", "datatype", "data"}, ...]}`)
	case err != nil:
		return asked, d.syntax(err)
	case kind != jsonpull.Object:
		return asked, problem(NotAnObject, `the body is %s; send {"inputs": [...]}`, kind)
	}
	var seen fieldSet
	var inputs []tensor
	err = d.object(inferFields, nil, &seen, func(field int) (err error) {
		switch inferFields[field] {
		case "id":
			var id string
			id, err = d.text(place{"id"}, maxID)
			asked.id = &id
		case "inputs":
			inputs, err = t.inputs()
		case "outputs":
			asked.outputs, err = t.outputs()
		default:
			err = d.syntax(d.r.Skip(maxSkipped))
		}
		return err
	})
	if err == nil {
		err = d.syntax(d.r.End())
	}
	if err != nil {
		return asked, err
	}
	return asked, t.fill(inputs)
}

// inputs reads the list of input tensors, their data left where they are.
func (t *tensorDecoder) inputs() (list []tensor, err error) {
	err = t.each("inputs", func(i int) error {
		var one tensor
		var seen fieldSet
		at := place{"inputs", i}
		err := t.d.object(tensorFields, at, &seen, func(field int) (err error) {
			switch tensorFields[field] {
			case "name":
				one.name, err = t.d.text(append(at, "name"), maxText)
			case "datatype":
				one.datatype, err = t.d.text(append(at, "datatype"), maxText)
			case "shape":
				one.shape, err = t.shape(append(at, "shape"))
			case "parameters":
				err = t.d.syntax(t.d.r.Skip(maxSkipped))
			default:
				one.from = t.d.r.Offset()
				err = t.d.syntax(t.d.r.Skip(maxSkipped))
				one.to = t.d.r.Offset()
			}
			return err
		})
		list = append(list, one)
		return err
	})
	return list, err
}

// each reads a list, of which read reads each item.
func (t *tensorDecoder) each(name string, read func(i int) error) error {
	if err := t.d.open(jsonpull.Array, place{name}); err != nil {
		return err
	}
	for i := 0; ; i++ {
		ok, err := t.d.r.Element(i == 0)
		if err != nil || !ok {
			return t.d.syntax(err)
		}
		if err := read(i); err != nil {
			return err
		}
	}
}

// shape reads the sizes of a tensor's dimensions.
func (t *tensorDecoder) shape(at place) (sizes []int64, err error) {
	if err := t.d.open(jsonpull.Array, at); err != nil {
		return nil, err
	}
	for i := 0; ; i++ {
		ok, err := t.d.r.Element(i == 0)
		if err != nil || !ok {
			return sizes, t.d.syntax(err)
		}
		size, err := t.d.whole(BadTensor, "a shape is a list of whole numbers", at)
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, size)
	}
}

// outputs reads the tensors that are asked for; an empty list asks for the usual ones.
func (t *tensorDecoder) outputs() (names []string, err error) {
	err = t.each("outputs", func(i int) error {
		var seen fieldSet
		at := place{"outputs", i}
		return t.d.object(outputFields, at, &seen, func(field int) error {
			if outputFields[field] == "parameters" {
				return t.d.syntax(t.d.r.Skip(maxSkipped))
			}
			name, err := t.d.text(append(at, "name"), maxText)
			if err == nil && !slices.Contains(outputTensors, name) {
				err = problem(BadTensor, "no output is called %s; probability, revisit, low and high are", naming(name)).under(append(at, "name"))
			}
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
			return err
		})
	})
	if len(names) == 0 {
		names = outputTensors[:2]
	}
	return names, err
}

// fill reads the data of the tensors into the columns.
func (t *tensorDecoder) fill(inputs []tensor) error {
	d := t.d
	t.c.begin(len(d.m.features))
	if len(inputs) == 0 {
		return problem(EmptyFeatures, "send at least one input tensor; GET /v2/models/%s lists them", d.m.name).under(place{"inputs"})
	}
	for i, one := range inputs {
		at := place{"inputs", i}
		if _, known := d.m.index[one.name]; !known && d.lenient {
			continue
		}
		j, err := t.check(one, at)
		if err != nil {
			return err
		}
		// What was skipped is known to be JSON, so that the reader may begin in its middle.
		d.r.Reset(t.body[one.from:one.to])
		if err := t.data(j, at); err != nil {
			return err
		}
		if n := int64(len(t.c.of[j])); n != one.shape[0] {
			return problem(BadTensor, "the shape says %d users, the data have %d", one.shape[0], n).under(append(at, "data"))
		}
		if err := d.even(t.c, j); err != nil {
			return err
		}
	}
	if t.c.users < 0 {
		// Only a lenient decoder comes here: it knows none of the features.
		t.c.users = d.limit
	}
	return nil
}

// check holds a tensor to the feature of its name, whose column it gives.
func (t *tensorDecoder) check(one tensor, at place) (int, error) {
	d := t.d
	j, known := d.m.index[one.name]
	switch {
	case one.name == "" || one.datatype == "" || one.shape == nil || one.to == 0:
		return 0, problem(MissingField, `a tensor has "name", "shape", "datatype" and "data"`).under(at)
	case !known:
		return 0, problem(UnknownFeature, "model %s has no feature called %s%s; GET /v2/models/%s lists them", d.m.version, naming(one.name),
			hint(one.name, d.m.names), d.m.name).under(append(at, "name"))
	case d.cur.named[j] == d.cur.round:
		return 0, problem(DuplicateKey, "the feature %q is given twice; give it once", one.name).under(at)
	case len(one.shape) == 0 || len(one.shape) > 2 || len(one.shape) == 2 && one.shape[1] != 1:
		return 0, problem(BadTensor, "a feature has the shape [users] or [users, 1]").under(append(at, "shape"))
	case one.shape[0] < 1:
		return 0, problem(EmptyBatch, "send at least one user").under(append(at, "shape"))
	case one.shape[0] > int64(d.limit):
		return 0, problem(TooManyInstances, "at most %d users are scored in one request; send several requests", d.limit).
			under(append(at, "shape"))
	}
	d.cur.named[j] = d.cur.round
	types := numberTypes
	if d.m.features[j].category {
		types = textTypes
	}
	if !slices.Contains(types, one.datatype) {
		return 0, problem(BadTensor, "the feature %q has datatype %s", one.name, types[len(types)-1]).under(append(at, "datatype"))
	}
	return j, nil
}

// data reads the values of feature j: one list, or a list of lists of one value, as the protocol allows both.
func (t *tensorDecoder) data(j int, at place) error {
	d := t.d
	if err := d.open(jsonpull.Array, append(at, "data")); err != nil {
		return err
	}
	for d.column = 0; ; d.column++ {
		ok, err := d.r.Element(d.column == 0)
		if err != nil || !ok {
			d.column = -1
			return d.syntax(err)
		}
		if d.column >= d.limit {
			return problem(TooManyInstances, "at most %d users are scored in one request; send several requests", d.limit).under(at)
		}
		if err := t.value(j); err != nil {
			return err
		}
	}
}

// value reads one value, alone or as a list of one.
func (t *tensorDecoder) value(j int) error {
	d := t.d
	kind, err := d.r.Kind()
	if err != nil {
		return d.syntax(err)
	}
	nested := kind == jsonpull.Array
	if nested {
		if err := d.r.Open(jsonpull.Array); err != nil {
			return d.syntax(err)
		}
		if ok, err := d.r.Element(true); err != nil || !ok {
			return cmp.Or(d.syntax(err), d.one(j))
		}
	}
	value, seen, err := d.feature(&d.m.features[j])
	if err != nil {
		return err
	}
	if !seen {
		t.c.unseen[j]++
	}
	t.c.of[j] = append(t.c.of[j], value)
	if nested {
		if ok, err := d.r.Element(false); err != nil || ok {
			return cmp.Or(d.syntax(err), d.one(j))
		}
	}
	return nil
}

// one says that an inner list must have one value.
func (d *decoder) one(j int) error {
	return problem(BadTensor, "an inner list has one value").under(place{"inputs", d.m.names[j], d.column})
}
