package server

import (
	"errors"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/internal/server/drift"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/jsonpull"
)

// remoteCalls is one request of a BigQuery remote function, scored.
type remoteCalls struct {
	requestID string
	options   remoteOptions
	rows      []remoteRow
	// nulls counts the calls with a NULL argument, refused those whose argument could not be scored.
	nulls, refused int
	// tally is of the calls that were scored.
	tally *drift.Tally
}

// remoteRow is what became of one call.
type remoteRow struct {
	probability float64
	revisits    bool
	// null says that the argument was NULL, and so is the reply.
	null bool
	// problem says why the call could not be scored, nil where it was.
	problem *Problem
}

// remoteOptions are what the user_defined_context of the function may set.
type remoteOptions struct {
	// asJSON is output=json: replies are texts with a JSON object, not numbers.
	asJSON bool
	// failBadRows is bad_rows=error: one call that cannot be scored fails the request instead of giving NULL.
	failBadRows bool
}

// maxSkipped is how many lists and objects may lie within each other in a field that is passed over.
const maxSkipped = 32

var remoteFields = []string{"calls", "userDefinedContext", "requestId"}

// remoteDecoder reads one request and scores each call as it is read.
type remoteDecoder struct {
	going func() error
	r     jsonpull.Reader
	m     *loaded
	w     *worker
	limit int
	tally *drift.Tally
	out   *remoteCalls
}

// remoteCalls reads and scores a request of a BigQuery remote function. Its error is a *Problem of the request as a whole, or what going
// ended it with; what is wrong with one call stands in its row.
func (s *Server) remoteCalls(m *loaded, body []byte, going func() error) (*remoteCalls, error) {
	w := m.worker()
	defer m.rest(w)
	d := &remoteDecoder{going: going, m: m, w: w, limit: s.opt.MaxInstances, tally: m.watch.Tally(), out: &remoteCalls{}}
	d.r.Reset(body)
	if err := d.request(len(body)); err != nil {
		return nil, err
	}
	d.out.tally = d.tally
	return d.out, nil
}

// request reads the whole body. Fields that are not known here are passed over: BigQuery may come to send more.
func (d *remoteDecoder) request(size int) error {
	kind, err := d.r.Kind()
	switch {
	case err != nil && d.r.Offset() == size:
		return problem(EmptyBody, `send {"calls": [["{...}"], ...]}`)
	case err != nil:
		return d.syntax(err)
	case kind != jsonpull.Object:
		return problem(NotAnObject, `the body is %s; BigQuery sends {"calls": [...]}`, kind)
	}
	var seen fieldSet
	err = d.object(func(name []byte) error {
		field := indexOf(remoteFields, name)
		if field < 0 {
			return d.syntax(d.r.Skip(maxSkipped))
		}
		if seen&(1<<field) != 0 {
			return problem(DuplicateKey, "%q is given twice; give it once", remoteFields[field])
		}
		seen |= 1 << field
		return d.field(remoteFields[field])
	})
	if err == nil {
		err = d.syntax(d.r.End())
	}
	if err == nil && seen&(1<<slices.Index(remoteFields, "calls")) == 0 {
		err = problem(MissingField, `the request has no calls; BigQuery sends {"calls": [["{...}"], ...]}`).under(place{"calls"})
	}
	return err
}

func (d *remoteDecoder) field(name string) error {
	switch name {
	case "calls":
		return d.calls()
	case "userDefinedContext":
		return d.options()
	}
	id, err := d.optionalText(place{name})
	d.out.requestID = id
	return err
}

// calls reads the list of calls and scores each.
func (d *remoteDecoder) calls() error {
	if err := d.open(jsonpull.Array, place{"calls"}); err != nil {
		return err
	}
	for i := 0; ; i++ {
		ok, err := d.r.Element(i == 0)
		if err != nil || !ok {
			return d.syntax(err)
		}
		if i >= d.limit {
			p := problem(TooManyInstances, "at most %d calls are answered in one request; set max_batching_rows to that or less", d.limit)
			return p.under(place{"calls"})
		}
		if i%checkEvery == 0 {
			if err := d.going(); err != nil {
				return err
			}
		}
		if err := d.call(i); err != nil {
			return err
		}
	}
}

// call reads and scores calls[i], a list of one text or null.
func (d *remoteDecoder) call(i int) error {
	if err := d.open(jsonpull.Array, place{"calls", i}); err != nil {
		return err
	}
	ok, err := d.r.Element(true)
	if err != nil {
		return d.syntax(err)
	}
	if !ok {
		return d.arguments(i)
	}
	row, err := d.argument(place{"calls", i, 0})
	if err != nil {
		return err
	}
	d.out.rows = append(d.out.rows, row)
	if ok, err = d.r.Element(false); err != nil {
		return d.syntax(err)
	}
	if ok {
		return d.arguments(i)
	}
	return nil
}

func (d *remoteDecoder) arguments(i int) error {
	return problem(BadCall, "the function takes one argument; create it as (instance STRING)").under(place{"calls", i})
}

// argument scores one argument. Only its type is a fault of the request: it is the same for all calls.
func (d *remoteDecoder) argument(at place) (remoteRow, error) {
	kind, err := d.r.Kind()
	switch {
	case err != nil:
		return remoteRow{}, d.syntax(err)
	case kind == jsonpull.Null:
		d.out.nulls++
		return remoteRow{null: true}, d.syntax(d.r.Null())
	case kind != jsonpull.String:
		const remedy = "the argument is %s; create the function as (instance STRING) and pass TO_JSON_STRING(...)"
		return remoteRow{}, problem(BadCall, remedy, kind).under(at)
	}
	text, err := d.r.Text()
	if err != nil {
		return remoteRow{}, d.syntax(err)
	}
	row, err := d.score(text)
	var bad *Problem
	if errors.As(err, &bad) {
		d.out.refused++
		return remoteRow{problem: bad}, nil
	}
	return row, err
}

// score reads one instance and scores it. A list of instances is none: a call has one reply.
func (d *remoteDecoder) score(text []byte) (row remoteRow, err error) {
	err = d.w.decoder.decode(text, 0, func(in *instance) error {
		said, err := d.m.score(in.row, false)
		if err != nil {
			return err
		}
		row = remoteRow{probability: said.probability, revisits: d.m.art.Revisits(said.probability)}
		d.tally.Add(in.row, said.probability)
		for _, j := range in.unseen {
			d.tally.Unseen(j)
		}
		return nil
	})
	return row, err
}

// options reads the function's user_defined_context.
func (d *remoteDecoder) options() error {
	kind, err := d.r.Kind()
	if err != nil {
		return d.syntax(err)
	}
	if kind == jsonpull.Null {
		return d.syntax(d.r.Null())
	}
	if err := d.open(jsonpull.Object, place{"userDefinedContext"}); err != nil {
		return err
	}
	seen := map[string]bool{}
	return d.members(func(name []byte) error {
		key := string(name)
		at := place{"userDefinedContext"}
		if plain(key) {
			at = append(at, key)
		}
		if seen[key] {
			return problem(DuplicateKey, "the key is given twice; give it once").under(at)
		}
		seen[key] = true
		value, err := d.optionalText(at)
		if err != nil {
			return err
		}
		return d.out.options.set(key, value, at)
	})
}

func (o *remoteOptions) set(key, value string, at place) error {
	switch key {
	case "output":
		o.asJSON = value == "json"
		if o.asJSON || value == "probability" {
			return nil
		}
		return problem(BadContext, `output is "probability", a number, or "json", a text`).under(at)
	case "bad_rows":
		o.failBadRows = value == "error"
		if o.failBadRows || value == "null" {
			return nil
		}
		const remedy = `bad_rows is "null", so that such a row gives NULL, or "error", so that it fails the query`
		return problem(BadContext, remedy).under(at)
	}
	return problem(BadContext, `the context has no key %s; "output" and "bad_rows" are`, naming(key)).under(at)
}

// optionalText reads a text of at most maxText bytes, or null as "".
func (d *remoteDecoder) optionalText(at place) (string, error) {
	kind, err := d.r.Kind()
	switch {
	case err != nil:
		return "", d.syntax(err)
	case kind == jsonpull.Null:
		return "", d.syntax(d.r.Null())
	case kind != jsonpull.String:
		return "", problem(WrongType, "expected text, got %s", kind).under(at)
	}
	text, err := d.r.Text()
	switch {
	case err != nil:
		return "", d.syntax(err)
	case len(text) > maxText:
		return "", problem(TextTooLong, "at most %d bytes are accepted here", maxText).under(at)
	}
	return string(text), nil
}

func (d *remoteDecoder) open(want jsonpull.Kind, at place) error {
	kind, err := d.r.Kind()
	if err != nil {
		return d.syntax(err)
	}
	if kind != want {
		return problem(WrongType, "expected %s, got %s", want, kind).under(at)
	}
	return d.syntax(d.r.Open(want))
}

// object reads an object, of which read reads each value.
func (d *remoteDecoder) object(read func(name []byte) error) error {
	if err := d.r.Open(jsonpull.Object); err != nil {
		return d.syntax(err)
	}
	return d.members(read)
}

// members reads the rest of an object.
func (d *remoteDecoder) members(read func(name []byte) error) error {
	for first := true; ; first = false {
		name, ok, err := d.r.Key(first)
		if err != nil || !ok {
			return d.syntax(err)
		}
		if err := read(name); err != nil {
			return err
		}
	}
}

func (d *remoteDecoder) syntax(err error) error { return d.w.decoder.syntax(err) }
