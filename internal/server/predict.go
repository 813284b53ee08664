package server

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
)

// The number of reasons that a prediction has: by default, and the most that can be asked for.
const (
	defaultReasons = 3
	maxReasons     = 20
)

// modelName is the model of a reply.
type modelName struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Simulated says that the model was trained on made-up data.
	Simulated bool `json:"simulated"`
}

type predictReply struct {
	Model       modelName    `json:"model"`
	Predictions []prediction `json:"predictions"`
}

func (m *loaded) reply() modelName { return modelName{m.name, m.version, m.simulated} }

// predict answers POST /predict: all instances of the body, or none and a problem.
func (s *Server) predict(c *gin.Context) {
	m := modelOf(c)
	want, err := whatIsAsked(c.Request)
	if err != nil {
		s.refuse(c, err)
		return
	}
	buf := bodies.Get().(*[]byte)
	defer bodies.Put(buf)
	body, err := s.body(c, (*buf)[:0])
	*buf = body
	if err != nil {
		s.refuse(c, err)
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.opt.ScoreTimeout)
	defer cancel()
	out := predictReply{Model: m.reply()}
	out.Predictions, err = m.predict(ctx, body, s.opt.MaxInstances, want)
	if errors.Is(err, context.DeadlineExceeded) {
		err = problem(TooSlow, "scoring took longer than %s; send fewer instances, or ask for less with ?reasons=0&sure=0", s.opt.ScoreTimeout)
	}
	if err != nil {
		s.refuse(c, err)
		return
	}
	s.send(c, http.StatusOK, "application/json", out)
}

// predict decodes and scores a body.
func (m *loaded) predict(ctx context.Context, body []byte, limit int, want asked) ([]prediction, error) {
	w := m.workers.Get().(*worker)
	defer m.workers.Put(w)
	out := make([]prediction, 0, 1)
	err := w.decoder.decode(body, limit, func(in *instance) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		p, err := m.score(w, in, want)
		out = append(out, p)
		return err
	})
	return out, err
}

// whatIsAsked reads the query, which may only hold reasons=0 to maxReasons and sure=0 or 1.
func whatIsAsked(r *http.Request) (asked, error) {
	want := asked{reasons: defaultReasons, sure: true}
	if r.URL.RawQuery == "" {
		return want, nil
	}
	query := r.URL.Query()
	for name := range query {
		if name != "reasons" && name != "sure" {
			return want, problem(BadQuery, "no parameter is called %s; \"reasons\" and \"sure\" are", naming(name))
		}
	}
	if given, ok := query["reasons"]; ok {
		n, err := strconv.Atoi(given[0])
		if err != nil || n < 0 || n > maxReasons || len(given) != 1 {
			return want, problem(BadQuery, "reasons must be given once, as a whole number from 0 to %d", maxReasons)
		}
		want.reasons = n
	}
	if given, ok := query["sure"]; ok {
		if len(given) != 1 || given[0] != "0" && given[0] != "1" {
			return want, problem(BadQuery, "sure must be given once, as 1 or, to leave the interval out, 0")
		}
		want.sure = given[0] == "1"
	}
	return want, nil
}

// bodies keeps buffers for request bodies.
var bodies = sync.Pool{New: func() any { return new([]byte) }}

// body reads the request's body into buf, inflated if need be, within the limits.
func (s *Server) body(c *gin.Context, buf []byte) ([]byte, error) {
	r := c.Request
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if charset := params["charset"]; err != nil || media != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return buf, problem(UnsupportedMedia, "send the header Content-Type: application/json, and the body in UTF-8")
	}
	if r.ContentLength > s.opt.MaxBody {
		return buf, s.tooLarge()
	}
	raw := io.Reader(http.MaxBytesReader(c.Writer, r.Body, s.opt.MaxBody))
	switch coding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); coding {
	case "", "identity":
	case "gzip":
		inflated, err := gzip.NewReader(raw)
		if err != nil {
			return buf, s.readProblem(err, BadGzip)
		}
		raw = inflated
	default:
		return buf, problem(UnsupportedCoding, "send the body as it is, or with Content-Encoding: gzip")
	}
	// One byte more than allowed tells an inflated body that is too large from one that just fits.
	buf, err = readAll(buf, io.LimitReader(raw, s.opt.MaxBody+1), r.ContentLength)
	switch {
	case err != nil && r.Header.Get("Content-Encoding") == "gzip":
		return buf, s.readProblem(err, BadGzip)
	case err != nil:
		return buf, s.readProblem(err, InvalidJSON)
	case int64(len(buf)) > s.opt.MaxBody:
		return buf, s.tooLarge()
	}
	return buf, nil
}

// readAll appends all of r to buf, expecting about size bytes.
func readAll(buf []byte, r io.Reader, size int64) ([]byte, error) {
	if need := max(size, 0) + 512; int64(cap(buf)) < need {
		buf = make([]byte, 0, need)
	}
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if err != nil {
			return buf, fmt.Errorf("read body: %w", err)
		}
	}
}

func (s *Server) tooLarge() error {
	return problem(BodyTooLarge, "a body has at most %d bytes, also once inflated; send several requests", s.opt.MaxBody)
}

// readProblem says why a body could not be read; otherwise is the code for a body that is not what it says.
func (s *Server) readProblem(err error, otherwise Code) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return s.tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problem(BodyTimeout, "the whole request must arrive within %s", s.opt.ReadTimeout)
	case otherwise == BadGzip:
		return problem(BadGzip, "the body cannot be inflated; compress it with gzip or leave Content-Encoding out")
	}
	return problem(InvalidJSON, "the body ended before all of it had arrived")
}

// send writes value as JSON.
func (s *Server) send(c *gin.Context, status int, media string, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		s.refuse(c, fmt.Errorf("encode reply: %w", err))
		return
	}
	c.Header("Content-Length", strconv.Itoa(len(body)+1))
	c.Data(status, media, append(body, '\n'))
}

// refuse answers with a problem. An error that is none is logged, and the caller learns only the request id.
func (s *Server) refuse(c *gin.Context, err error) {
	var p *Problem
	if !errors.As(err, &p) {
		if c.Request.Context().Err() == nil {
			s.log.Error("request failed", "request_id", requestID(c), "error", err.Error())
		}
		p = problem(Internal, "the request could not be answered; give the request id when you report it")
	}
	p.RequestID = requestID(c)
	c.Set(problemKey, p.Code)
	s.send(c, p.Status, "application/problem+json", p)
}
