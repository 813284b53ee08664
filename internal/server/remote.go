package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
)

// remoteReply is what BigQuery's remote functions are answered with: as many replies as there were calls, in their order.
type remoteReply struct {
	Replies []any `json:"replies"`
}

// remoteError is the one message that BigQuery shows for a whole request.
type remoteError struct {
	ErrorMessage string `json:"errorMessage"`
}

// remoteJSON is the reply for one call where the context asks for output=json. BigQuery gets it as a STRING, because a remote
// function returns no STRUCT.
type remoteJSON struct {
	// Probability and Revisit are null for a call that could not be scored, of which Problem is the code and Path the place.
	Probability *float64 `json:"probability"`
	Revisit     *bool    `json:"revisit"`
	Version     string   `json:"version"`
	Problem     string   `json:"problem,omitempty"`
	Path        string   `json:"path,omitempty"`
}

// remote answers POST /bigquery, the contract of BigQuery's remote functions: a request has many calls, each with one STRING that
// is one instance as POST /predict takes it. BigQuery may send the same calls again, even after they were answered, so that
// nothing is kept of them; and it says who asks, so that nothing of a request is logged but its id and counts.
func (s *Server) remote(c *gin.Context, q *request) {
	if c.Request.URL.RawQuery != "" {
		s.refuseRemote(c, q, problem(BadQuery, "this path takes no parameters; options stand in user_defined_context"))
		return
	}
	defer s.drop(q)
	var calls *remoteCalls
	err := s.worked(c, q, func(body []byte) (err error) {
		calls, err = s.remoteBody(c, q, body)
		return err
	})
	if err != nil {
		s.refuseRemote(c, q, err)
		return
	}
	s.logRemote(c, q, calls)
	c.Header("X-Rows-Refused", strconv.Itoa(calls.refused))
	s.reply(c, q)
}

// remoteBody scores the calls of a body and writes the reply into q.out.
func (s *Server) remoteBody(c *gin.Context, q *request, body []byte) (*remoteCalls, error) {
	calls, err := s.remoteCalls(q.m, body, s.going(c, q))
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, problem(TooSlow, "scoring took longer than %s; lower max_batching_rows", s.opt.ScoreTimeout)
	}
	if err != nil {
		return nil, err
	}
	if err := calls.strict(); err != nil {
		return nil, err
	}
	if q.out, err = calls.appendReply(q.out[:0], q.m.version); err != nil {
		return nil, err
	}
	if err := s.spend(c, q, len(calls.rows)-calls.nulls-calls.refused); err != nil {
		return nil, err
	}
	// A request that is refused comes again, and would count twice.
	q.m.watch.Merge(calls.tally)
	s.beside(q, body, calls.probabilities(), (*loaded).scoreCalls)
	return calls, nil
}

// probabilities are the answers to the calls, NaN for those without one.
func (r *remoteCalls) probabilities() []float64 {
	out := make([]float64, len(r.rows))
	for i, row := range r.rows {
		if out[i] = row.probability; row.null || row.problem != nil {
			out[i] = math.NaN()
		}
	}
	return out
}

// strict is the problem of the first call that could not be scored, where the context asks for bad_rows=error.
func (r *remoteCalls) strict() error {
	if !r.options.failBadRows || r.refused == 0 {
		return nil
	}
	for i, row := range r.rows {
		if row.problem != nil {
			return problem(BadCall, "%s (%s)", row.problem.Error(), row.problem.Code).under(place{"calls", i})
		}
	}
	return nil
}

// appendReply writes the reply to the request.
func (r *remoteCalls) appendReply(b []byte, version string) ([]byte, error) {
	replies, err := r.replies(version)
	if err != nil {
		return b, err
	}
	text, err := json.Marshal(remoteReply{replies})
	if err != nil {
		return b, fmt.Errorf("encode reply: %w", err)
	}
	return append(append(b, text...), '\n'), nil
}

// replies makes the reply to each call: a number or null, or a text with a JSON object.
func (r *remoteCalls) replies(version string) ([]any, error) {
	out := make([]any, len(r.rows))
	for i := range r.rows {
		row := &r.rows[i]
		switch {
		case row.null:
		case r.options.asJSON:
			text, err := json.Marshal(row.json(version))
			if err != nil {
				return nil, err
			}
			out[i] = string(text)
		case row.problem == nil:
			out[i] = row.probability
		}
	}
	return out, nil
}

func (row *remoteRow) json(version string) remoteJSON {
	if row.problem != nil {
		return remoteJSON{Version: version, Problem: row.problem.Code, Path: row.problem.Path}
	}
	return remoteJSON{Probability: &row.probability, Revisit: &row.revisits, Version: version}
}

// logRemote logs the counts of a request: rows and those without a reply, and the first problem's code.
func (s *Server) logRemote(c *gin.Context, q *request, r *remoteCalls) {
	attrs := []slog.Attr{
		slog.String("request_id", q.id), slog.Int("rows", len(r.rows)), slog.Int("nulls", r.nulls),
		slog.Int("refused", r.refused),
	}
	if plain(r.requestID) {
		attrs = append(attrs, slog.String("bigquery_request_id", r.requestID))
	}
	level := slog.LevelInfo
	if r.refused > 0 {
		level = slog.LevelWarn
		attrs = append(attrs, slog.String("first_problem", r.firstProblem()))
	}
	s.log.LogAttrs(c, level, "remote function", attrs...)
}

func (r *remoteCalls) firstProblem() string {
	for _, row := range r.rows {
		if row.problem != nil {
			return row.problem.Code
		}
	}
	return ""
}

// refuseRemote answers a whole request with BigQuery's errorMessage. A status of 422 becomes 400, since to BigQuery both mean that
// the query fails; it sends the request again on 408, 429, 500, 503 and 504.
func (s *Server) refuseRemote(c *gin.Context, q *request, err error) {
	if s.gone(c, q, err) {
		return
	}
	p := s.problemOf(c, q, err)
	status := p.Status
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest
	}
	message := p.Code + ": " + p.Error() + " (request " + q.id + ")"
	s.send(c, q, status, jsonType, remoteError{message})
}
