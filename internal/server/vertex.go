package server

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/Koalajuni/Calback-Data-ML/internal/server/jsonpull"
)

// The contract of Vertex AI's custom containers: {"instances": [...], "parameters": {...}} is answered by {"predictions": [...]}, each
// instance as POST /predict takes it and each prediction as it answers. See
// https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements

var vertexParameters = []string{"reasons", "sure"}

// vertex answers the route that AIP_PREDICT_ROUTE names.
func (s *Server) vertex(c *gin.Context, q *request) {
	s.work(c, q, func(body []byte) error {
		want, err := vertexAsked(body)
		if err != nil {
			return err
		}
		w := q.m.worker()
		defer q.m.rest(w)
		w.decoder.skipParameters = true
		defer func() { w.decoder.skipParameters = false }()
		err = s.predictRows(c, q, w, body, want, s.going(c, q), []byte(`{"predictions":[`))
		if errors.Is(err, context.DeadlineExceeded) {
			return problem(TooSlow, "scoring took longer than %s; send fewer users", s.opt.ScoreTimeout)
		}
		return err
	})
}

// vertexAsked reads the "parameters" of a body, which may stand before or after its instances.
func vertexAsked(body []byte) (want asked, err error) {
	var r jsonpull.Reader
	r.Reset(body)
	if kind, err := r.Kind(); err != nil || kind != jsonpull.Object {
		// What is wrong with it is told by the decoder of instances.
		return want, nil
	}
	if err := r.Open(jsonpull.Object); err != nil {
		return want, nil
	}
	read := false
	for first := true; ; first = false {
		key, ok, err := r.Key(first)
		if err != nil || !ok {
			return want, nil
		}
		if string(key) == "parameters" {
			if read {
				return want, problem(DuplicateKey, "parameters stands twice in the body").under(place{"parameters"})
			}
			read = true
			if err := want.parameters(&r); err != nil {
				return want, err
			}
			continue
		}
		if err := r.Skip(maxSkipped); err != nil {
			return want, nil
		}
	}
}

// parameters reads {"reasons": 3, "sure": true}, or null.
func (a *asked) parameters(r *jsonpull.Reader) error {
	at := place{"parameters"}
	refused := problem(BadQuery, `parameters are {"reasons": 0 to %d, "sure": true or false}`, maxReasons).under(at)
	kind, err := r.Kind()
	switch {
	case err != nil:
		return nil
	case kind == jsonpull.Null:
		// What is no null after all ends the reading here; the decoder of instances tells what is wrong with it.
		_ = r.Null()
		return nil
	case kind != jsonpull.Object:
		return refused
	}
	if err := r.Open(jsonpull.Object); err != nil {
		return err
	}
	seen := map[string]bool{}
	for first := true; ; first = false {
		key, ok, err := r.Key(first)
		if err != nil || !ok {
			return nil
		}
		if seen[string(key)] {
			return problem(DuplicateKey, "the parameter is given twice; give it once").under(at)
		}
		seen[string(key)] = true
		kind, err := r.Kind()
		switch {
		case err != nil:
			return nil
		case string(key) == vertexParameters[0] && kind == jsonpull.Number:
			n, err := r.Int()
			if err != nil || n < 0 || n > maxReasons {
				return refused
			}
			a.reasons = int(n)
		case string(key) == vertexParameters[1] && kind == jsonpull.Bool:
			if a.sure, err = r.Bool(); err != nil {
				return refused
			}
		default:
			return refused
		}
	}
}
