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

// work reads the body, waits for a turn, and has do answer. It sends q.out, or the problem that do or anything before it ended with.
func (s *Server) work(c *gin.Context, q *request, do func(body []byte) error) {
	err := s.worked(c, q, do)
	if err != nil {
		s.refuse(c, q, err)
		return
	}
	s.reply(c, q)
}

// worked is work without the reply.
func (s *Server) worked(c *gin.Context, q *request, do func(body []byte) error) error {
	bytes := s.bodyBytes(c.Request)
	if err := s.queue.hold(bytes); err != nil {
		return err
	}
	defer s.queue.release(bytes)
	var err error
	if q.in, err = s.body(c, q.in[:0]); err != nil {
		return err
	}
	read := s.opt.Now()
	s.sight.Stage("read", read.Sub(q.start))
	if err := s.queue.enter(c.Request.Context()); err != nil {
		return err
	}
	defer s.queue.leave()
	begun := s.opt.Now()
	err = do(q.in)
	s.sight.Stage("wait", begun.Sub(read))
	s.sight.Stage("work", s.opt.Now().Sub(begun))
	return err
}

// bodyBytes is how much memory a request's body may take: what it says, or the most there can be.
func (s *Server) bodyBytes(r *http.Request) int64 {
	if r.ContentLength < 0 || r.Header.Get("Content-Encoding") != "" {
		return s.opt.MaxBody
	}
	return min(r.ContentLength, s.opt.MaxBody)
}

// body reads the request's body into buf, inflated if need be, within the limits.
func (s *Server) body(c *gin.Context, buf []byte) ([]byte, error) {
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
	buf, err := readAll(buf, raw, s.opt.MaxBody, r.ContentLength)
	switch {
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

// readAll appends all of r to buf, expecting about size bytes. It stops at the first byte over limit: that one tells a body that is too
// large from one that just fits.
func readAll(buf []byte, r io.Reader, limit, size int64) ([]byte, error) {
	if need := max(size, 0) + 512; int64(cap(buf)) < need {
		buf = make([]byte, 0, need)
	}
	for int64(len(buf)) <= limit {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		end := min(int64(cap(buf)), limit+1)
		n, err := r.Read(buf[len(buf):end])
		buf = buf[:len(buf)+n]
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

// refuse answers with a problem. An error that is none is logged, and the caller learns only the request id.
func (s *Server) refuse(c *gin.Context, q *request, err error) {
	p := s.problemOf(c, q, err)
	p.RequestID = q.id
	s.send(c, q, p.Status, problemType, p)
}

// problemOf is err as its caller may see it, noted in q.
func (s *Server) problemOf(c *gin.Context, q *request, err error) *Problem {
	var p *Problem
	if !errors.As(err, &p) {
		if c.Request.Context().Err() == nil {
			s.log.Error("request failed", "request_id", q.id, "error", err.Error())
		}
		p = problem(Internal, "the request could not be answered; give the request id when you report it")
	}
	if p.code == Overloaded {
		c.Header("Retry-After", "1")
	}
	q.problem = p.Code
	return p
}
