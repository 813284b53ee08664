package server

import (
	"math"
	"sync/atomic"
)

// shadow is a model that is scored beside the served one, to see how it would do before it is published. It is never answered with and
// slows no answer down: one body at a time is scored after its reply, and those that come meanwhile are not compared.
type shadow struct {
	m    *loaded
	busy atomic.Bool
}

// beside scores a body that was answered with the given probabilities by the shadow as well, and counts how far the two are apart.
func (s *Server) beside(q *request, probabilities []float64) {
	sh := s.shadow.Load()
	if sh == nil || !sh.busy.CompareAndSwap(false, true) {
		return
	}
	body, answered := append([]byte(nil), q.in...), append([]float64(nil), probabilities...)
	served := q.m
	go func() {
		defer sh.busy.Store(false)
		said, err := sh.m.probabilities(body, len(answered))
		if err != nil {
			s.sight.ShadowFailed()
			return
		}
		for i, p := range said {
			s.sight.Shadow(sh.m.version, math.Abs(p-answered[i]), sh.m.art.Revisits(p) != served.art.Revisits(answered[i]))
		}
	}()
}

// probabilities scores a body that another model has answered. Features that this one does not have are passed over.
func (m *loaded) probabilities(body []byte, users int) ([]float64, error) {
	w := &worker{decoder: newDecoder(m)}
	w.decoder.lenient = true
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
	if err != nil {
		return nil, err
	}
	if byColumns {
		all, err := m.scoreColumns(&w.columns, false, func() error { return nil })
		return all.probability, err
	}
	return out, nil
}
