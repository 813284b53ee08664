package server

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/Koalajuni/Calback-Data-ML/model/explain"
)

// maxExplained is how many users one POST /explain may have.
const maxExplained = 100

// defaultLifts is how many things that would raise the probability an explanation names by default.
const defaultLifts = 3

// explain answers POST /explain: what each feature adds to the score, and what would lift the user most.
func (s *Server) explain(c *gin.Context, q *request) {
	want, err := whatIsAsked(c.Request, asked{lifts: defaultLifts, sure: true}, "lift", "sure")
	if err != nil {
		s.refuse(c, q, err)
		return
	}
	s.work(c, q, func(body []byte) error {
		w := q.m.worker()
		defer q.m.rest(w)
		users, going := 0, s.going(c, q)
		b := append(append(q.out[:0], q.m.head...), `,"explanations":[`...)
		err := w.decoder.decode(body, min(maxExplained, s.opt.MaxInstances), func(in *instance) (err error) {
			if err := going(); err != nil {
				return err
			}
			if users > 0 {
				b = append(b, ',')
			}
			users++
			b, err = s.appendExplanation(b, q.m, w, in, want)
			return err
		})
		q.out = append(b, "]}\n"...)
		if errors.Is(err, context.DeadlineExceeded) {
			return problem(TooSlow, "explaining took longer than %s; send fewer users", s.opt.ScoreTimeout)
		}
		if err != nil {
			return err
		}
		return s.spend(c, q, users)
	})
}

// appendExplanation scores one instance and writes why. base and the effects sum to the score, in log-odds before calibration.
func (s *Server) appendExplanation(b []byte, m *loaded, w *worker, in *instance, want asked) ([]byte, error) {
	said, err := m.score(in.row, want.sure)
	if err != nil {
		return b, err
	}
	effects, order, base := m.effects(w, in.row)
	b = m.appendAnswer(b, in, said)
	b = appendNumber(append(b, `,"base":`...), base)
	b = appendNumber(append(b, `,"score":`...), said.score)
	b = m.appendEffects(append(b, `,"contributions":`...), in.row, effects, order, len(order))
	b = append(b, `,"lift":[`...)
	if want.lifts > 0 && len(m.possible) > 0 {
		b = appendChanges(b, explain.Lift(m.art, in.row, m.possible, want.lifts))
	}
	return append(b, "]}"...), nil
}

// appendChanges writes what a user might still do.
func appendChanges(b []byte, changes []explain.Change) []byte {
	for i, change := range changes {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(append(b, `{"action":`...), change.Action)
		b = appendText(append(b, `,"feature":`...), change.Feature)
		b = append(b, `,"from":`...)
		if change.From == nil {
			b = append(b, "null"...)
		} else {
			b = appendNumber(b, *change.From)
		}
		b = appendNumber(append(b, `,"to":`...), change.To)
		b = appendText(append(b, `,"sentence":`...), change.Sentence)
		b = appendNumber(append(b, `,"probability":`...), change.Probability)
		b = append(appendNumber(append(b, `,"gain":`...), change.Gain), '}')
	}
	return b
}
