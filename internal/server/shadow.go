package server

import (
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// shadow is a model that is scored beside the served one, to see how it would do before it is published. It is never answered with and
// slows no answer down: one body at a time is scored after its reply, and those that come meanwhile are not compared.
type shadow struct {
	m    *loaded
	busy atomic.Bool
	// panicked logs the first panic only.
	panicked sync.Once
}

// scorer scores a body of one contract that another model has answered, for as many users as that one did: NaN where it has no score.
// Features that the model does not have are passed over.
type scorer func(m *loaded, body []byte, users int) ([]float64, error)

// errOtherUsers says that the shadow has read another number of users out of a body than the served model.
var errOtherUsers = errors.New("another number of users")

// beside scores a body that was answered with the given probabilities by the shadow as well, and counts how far the two are apart. NaN
// stands for a user who was not scored.
func (s *Server) beside(q *request, body []byte, probabilities []float64, score scorer) {
	sh := s.shadow.Load()
	if sh == nil || len(probabilities) == 0 || !sh.busy.CompareAndSwap(false, true) {
		return
	}
	body, answered := append([]byte(nil), body...), append([]float64(nil), probabilities...)
	served := q.m
	go func() {
		defer sh.busy.Store(false)
		defer s.shadowPanic(sh)
		said, err := score(sh.m, body, len(answered))
		if err == nil && len(said) != len(answered) {
			err = errOtherUsers
		}
		if err != nil {
			s.sight.ShadowFailed()
			return
		}
		s.compare(served, sh.m, answered, said)
	}()
}

// compare counts how far the shadow's probabilities are from those that were answered, for users whom both have scored.
func (s *Server) compare(served, beside *loaded, answered, said []float64) {
	for i, p := range said {
		if math.IsNaN(p) || math.IsNaN(answered[i]) {
			continue
		}
		s.sight.Shadow(beside.version, math.Abs(p-answered[i]), beside.art.Revisits(p) != served.art.Revisits(answered[i]))
	}
}

// shadowPanic counts a panic of the shadow as a failure: what is only being tried must not end the server. The first one is logged with its
// stack, and by its kind alone, as a panic's value may hold a person's.
func (s *Server) shadowPanic(sh *shadow) {
	v := recover()
	if v == nil {
		return
	}
	s.sight.ShadowFailed()
	sh.panicked.Do(func() {
		s.log.Error("the shadow panicked; requests are answered all the same, and further ones are only counted",
			"version", sh.m.version, "what", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
	})
}

// besideWorker is a worker that passes over what this model does not know.
func (m *loaded) besideWorker() *worker {
	w := &worker{decoder: newDecoder(m)}
	w.decoder.lenient, w.decoder.skipParameters = true, true
	return w
}

// scoreInstances scores a body of POST /predict or of Vertex AI's route: instances or columns.
func (m *loaded) scoreInstances(body []byte, users int) ([]float64, error) {
	w := m.besideWorker()
	byColumns := false
	w.decoder.columns = func() error {
		byColumns = true
		return w.decoder.readColumns(&w.columns)
	}
	out := make([]float64, 0, users)
	err := w.decoder.decode(body, users, func(in *instance) error {
		said, err := m.score(in.row, false)
		out = append(out, said.probability)
		return err
	})
	if err != nil || !byColumns {
		return out, err
	}
	return m.columnProbabilities(&w.columns)
}

// scoreTensors scores a body of the Open Inference Protocol.
func (m *loaded) scoreTensors(body []byte, users int) ([]float64, error) {
	w := m.besideWorker()
	d := &tensorDecoder{d: w.decoder, c: &w.columns, body: body}
	if _, err := d.decode(users); err != nil {
		return nil, err
	}
	return m.columnProbabilities(&w.columns)
}

func (m *loaded) columnProbabilities(c *columns) ([]float64, error) {
	all, err := m.scoreColumns(c, false, func() error { return nil })
	return all.probability, err
}

// scoreCalls scores a body of a BigQuery remote function.
func (m *loaded) scoreCalls(body []byte, users int) ([]float64, error) {
	w := m.besideWorker()
	// What a shadow scores counts for nobody's drift: the tally is dropped.
	d := &remoteDecoder{
		going: func() error { return nil }, m: m, w: w, limit: users, tally: m.watch.Tally(), out: &remoteCalls{},
	}
	d.r.Reset(body)
	err := d.request(len(body))
	return d.out.probabilities(), err
}
