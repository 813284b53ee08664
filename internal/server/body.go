package server

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"

	"github.com/gin-gonic/gin"
)

// clientGone and statusClientGone are what metrics and log call a request whose client went away before its answer.
const (
	clientGone       = "client_gone"
	statusClientGone = 499
)

// work reads the body, waits for a turn, and has do answer. It sends q.out, or the problem that do or anything before it ended with.
func (s *Server) work(c *gin.Context, q *request, do func(body []byte) error) {
	defer s.drop(q)
	if err := s.worked(c, q, do); err != nil {
		s.refuse(c, q, err)
		return
	}
	s.reply(c, q)
}

// worked is work without the reply.
func (s *Server) worked(c *gin.Context, q *request, do func(body []byte) error) error {
	if err := s.left(c, q); err != nil {
		return err
	}
	room := &holding{queue: s.queue}
	defer room.release()
	var err error
	if q.in, err = s.body(c, q.in[:0], room); err != nil {
		return err
	}
	read := s.opt.Now()
	s.sight.Stage("read", read.Sub(q.start))
	if err := s.queue.enter(c.Request.Context()); err != nil {
		return err
	}
	defer s.queue.leave()
	begun := s.opt.Now()
	q.begun = begun
	err = do(q.in)
	s.sight.Stage("wait", begun.Sub(read))
	s.sight.Stage("work", s.opt.Now().Sub(begun))
	return err
}

// body reads the request's body into buf, inflated if need be, within the limits.
func (s *Server) body(c *gin.Context, buf []byte, room *holding) ([]byte, error) {
	r := c.Request
	if !isJSON(r.Header.Get("Content-Type")) {
		return buf, problem(UnsupportedMedia, "send the header Content-Type: application/json, and the body in UTF-8")
	}
	if r.ContentLength > s.opt.MaxBody {
		return buf, s.tooLarge()
	}
	raw := io.Reader(r.Body)
	if r.ContentLength < 0 {
		raw = http.MaxBytesReader(c.Writer, r.Body, s.opt.MaxBody)
	}
	coding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding")))
	switch coding {
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
	buf, err := readAll(buf, raw, s.opt.MaxBody, room)
	var full *Problem
	switch {
	case errors.As(err, &full):
		return buf, err
	case err != nil && coding == "gzip":
		return buf, s.readProblem(err, BadGzip)
	case err != nil:
		return buf, s.readProblem(err, InvalidJSON)
	case int64(len(buf)) > s.opt.MaxBody:
		return buf, s.tooLarge()
	}
	return buf, nil
}

// isJSON reports whether a Content-Type is JSON in UTF-8.
func isJSON(header string) bool {
	if header == "application/json" {
		return true
	}
	media, params, err := mime.ParseMediaType(header)
	charset := params["charset"]
	return err == nil && media == "application/json" && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

// readAll appends all of r to buf, which grows with what has arrived: what a request says it will send takes no room. It stops at the first
// byte over limit: that one tells a body that is too large from one that just fits.
func readAll(buf []byte, r io.Reader, limit int64, room *holding) ([]byte, error) {
	for int64(len(buf)) <= limit {
		if len(buf) == cap(buf) {
			buf = append(make([]byte, 0, max(2*cap(buf), 4096)), buf...)
		}
		end := min(int64(cap(buf)), limit+1)
		n, err := r.Read(buf[len(buf):end])
		buf = buf[:len(buf)+n]
		if err := room.take(int64(len(buf))); err != nil {
			return buf, err
		}
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if err != nil {
			return buf, fmt.Errorf("read body: %w", err)
		}
	}
	return buf, nil
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
func (s *Server) send(c *gin.Context, q *request, status int, media []string, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		s.refuse(c, q, fmt.Errorf("encode reply: %w", err))
		return
	}
	write(c, status, media, append(body, '\n'))
}

// gone tells whether the work ended because the client went away, so that nobody is left to be told. That is no fault of the server.
// A problem is told all the same: the context ends too where the body came too slowly.
func (s *Server) gone(c *gin.Context, q *request, err error) bool {
	var p *Problem
	if errors.As(err, &p) || c.Request.Context().Err() == nil {
		return false
	}
	q.problem = clientGone
	c.Status(statusClientGone)
	return true
}

// refuse answers with a problem. An error that is none is logged, and the caller learns only the request id.
func (s *Server) refuse(c *gin.Context, q *request, err error) {
	if s.gone(c, q, err) {
		return
	}
	p := s.problemOf(c, q, err)
	p.RequestID = q.id
	s.send(c, q, p.Status, problemType, p)
}

// problemOf is err as its caller may see it, noted in q.
func (s *Server) problemOf(c *gin.Context, q *request, err error) *Problem {
	var p *Problem
	if !errors.As(err, &p) {
		s.log.Error("request failed", "request_id", q.id, "error", err.Error())
		p = problem(Internal, "the request could not be answered; give the request id when you report it")
	}
	if p.code == Overloaded {
		c.Header("Retry-After", "1")
	}
	q.problem = p.Code
	return p
}
