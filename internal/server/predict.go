package server

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"
)

// maxReasons is the most that can be asked for.
const maxReasons = 20

// modelName is the model of a reply.
type modelName struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Simulated says that the model was trained on made-up data.
	Simulated bool `json:"simulated"`
}

func (m *loaded) reply() modelName { return modelName{m.name, m.version, m.simulated} }

// asked is what a request wants to know besides the probability.
type asked struct {
	// reasons is how many features that move the score, lifts how many things that would raise it.
	reasons, lifts int
	// sure asks for the interval.
	sure bool
}

// predict answers POST /predict: all users of the body, or none and a problem.
func (s *Server) predict(c *gin.Context, q *request) {
	want, err := whatIsAsked(c.Request, asked{}, "reasons", "sure")
	if err != nil {
		s.refuse(c, q, err)
		return
	}
	s.work(c, q, func(body []byte) error {
		w := q.m.worker()
		defer q.m.rest(w)
		err := s.predictBody(c, q, w, body, want, s.going(c, q))
		if errors.Is(err, context.DeadlineExceeded) {
			return problem(TooSlow, "scoring took longer than %s; send fewer users, or ask for less with ?reasons=0&sure=0", s.opt.ScoreTimeout)
		}
		return err
	})
}

// left refuses a key whose quota of the day is used up, before any work is done for it.
func (s *Server) left(c *gin.Context, q *request) error { return keyProblem(c, q.key.Left()) }

// spend takes the users that were scored from the key's quota of the day, and counts them. Nothing else may count them before, and q.out must
// be the whole reply: where there is no room to hold it, nothing is taken.
func (s *Server) spend(c *gin.Context, q *request, users int) error {
	if err := s.keep(q); err != nil {
		return err
	}
	if err := keyProblem(c, q.key.Spend(users)); err != nil {
		return err
	}
	s.sight.Rows(q.route, users)
	return nil
}

// predictBody writes the reply to a body into q.out.
func (s *Server) predictBody(c *gin.Context, q *request, w *worker, body []byte, want asked, going func() error) error {
	byColumns := false
	w.decoder.columns = func() error {
		byColumns = true
		return w.decoder.readColumns(&w.columns)
	}
	defer func() { w.decoder.columns = nil }()
	err := s.predictRows(c, q, w, body, want, going, append(q.m.head, `,"predictions":[`...))
	if err != nil || !byColumns {
		return err
	}
	if want.reasons > 0 {
		return problem(BadQuery, `columns have no reasons; send "instances", or leave reasons out`)
	}
	out, err := q.m.scoreColumns(&w.columns, want.sure, going)
	if err != nil {
		return err
	}
	q.out = q.m.appendOutputs(q.out[:0], out)
	if err := s.spend(c, q, w.columns.users); err != nil {
		return err
	}
	q.m.observe(&w.columns, out.probability)
	s.beside(q, body, out.probability, (*loaded).scoreInstances)
	return nil
}

// predictRows writes the reply to a body of instances into q.out, beginning with head.
func (s *Server) predictRows(c *gin.Context, q *request, w *worker, body []byte, want asked, going func() error, head []byte) error {
	users := 0
	b := append(q.out[:0], head...)
	w.said = w.said[:0]
	tally := q.m.watch.Tally()
	err := w.decoder.decode(body, s.opt.MaxInstances, func(in *instance) (err error) {
		if users%checkEvery == checkEvery-1 {
			if err := going(); err != nil {
				return err
			}
		}
		if users > 0 {
			b = append(b, ',')
		}
		users++
		b, err = q.m.appendPrediction(b, w, in, want)
		if err == nil {
			tally.Add(in.row, w.said[len(w.said)-1])
			for _, j := range in.unseen {
				tally.Unseen(j)
			}
		}
		return err
	})
	q.out = append(b, "]}\n"...)
	if err != nil {
		// Nothing is answered, and so nothing counts for drift: the tally is dropped.
		return err
	}
	if users == 0 {
		return nil
	}
	if err := s.spend(c, q, users); err != nil {
		return err
	}
	q.m.watch.Merge(tally)
	s.beside(q, body, w.said, (*loaded).scoreInstances)
	return nil
}

// appendPrediction scores one instance and writes the answer.
func (m *loaded) appendPrediction(b []byte, w *worker, in *instance, want asked) ([]byte, error) {
	s, err := m.score(in.row, want.sure)
	if err != nil {
		return b, err
	}
	w.said = append(w.said, s.probability)
	b = m.appendAnswer(b, in, s)
	if want.reasons > 0 {
		effects, order, _ := m.effects(w, in.row)
		b = m.appendEffects(append(b, `,"reasons":`...), in.row, effects, order, want.reasons)
	}
	return append(b, '}'), nil
}

// whatIsAsked reads the query over the defaults. Only the given parameters may stand in it.
func whatIsAsked(r *http.Request, want asked, allowed ...string) (asked, error) {
	if r.URL.RawQuery == "" {
		return want, nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return want, problem(BadQuery, "the query cannot be read; write name=value pairs with & between them")
	}
	for name, given := range query {
		known := false
		for _, a := range allowed {
			known = known || a == name
		}
		if !known {
			return want, problem(BadQuery, "no parameter is called %s; \"%s\" and \"%s\" are", naming(name), allowed[0], allowed[1])
		}
		if len(given) != 1 {
			return want, problem(BadQuery, "%s must be given once", name)
		}
		if err := want.set(name, given[0]); err != nil {
			return want, err
		}
	}
	return want, nil
}

// set takes one parameter of the query.
func (a *asked) set(name, value string) error {
	if name == "sure" {
		a.sure = value == "1"
		if a.sure || value == "0" {
			return nil
		}
		return problem(BadQuery, "sure must be given once, as 1 or, to leave the interval out, 0")
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > maxReasons {
		return problem(BadQuery, "%s must be given once, as a whole number from 0 to %d", name, maxReasons)
	}
	if name == "lift" {
		a.lifts = n
	} else {
		a.reasons = n
	}
	return nil
}
