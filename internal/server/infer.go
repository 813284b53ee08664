package server

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
)

// The Open Inference Protocol, version 2, over HTTP: one input tensor a feature, of shape [users] or [users, 1]; the outputs are
// "probability" and "revisit", and "low" and "high" where they are asked for and the model has intervals. See
// https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md

// tensorReply describes a tensor: -1 is any number of users.
type tensorReply struct {
	Name     string `json:"name"`
	Datatype string `json:"datatype"`
	Shape    []int  `json:"shape"`
}

type serverMetadataReply struct {
	Name       string   `json:"name"`
	Version    string   `json:"version"`
	Extensions []string `json:"extensions"`
}

type modelMetadataReply struct {
	Name     string        `json:"name"`
	Versions []string      `json:"versions"`
	Platform string        `json:"platform"`
	Inputs   []tensorReply `json:"inputs"`
	Outputs  []tensorReply `json:"outputs"`
}

// protocolName is the server's name in the protocol.
const protocolName = "calback"

// serverMetadata answers GET /v2.
func (s *Server) serverMetadata(c *gin.Context, q *request) {
	s.send(c, q, http.StatusOK, jsonType, serverMetadataReply{Name: protocolName, Version: "2", Extensions: []string{}})
}

// protocolLive answers GET /v2/health/live.
func (s *Server) protocolLive(c *gin.Context, q *request) {
	s.send(c, q, http.StatusOK, jsonType, map[string]bool{"live": true})
}

// protocolReady answers GET /v2/health/ready.
func (s *Server) protocolReady(c *gin.Context, q *request) {
	if s.draining.Load() {
		s.refuseInfer(c, q, problem(Draining, "send requests to another server"))
		return
	}
	s.send(c, q, http.StatusOK, jsonType, map[string]bool{"ready": true})
}

// modelReady answers GET /v2/models/NAME/ready.
func (s *Server) modelReady(c *gin.Context, q *request) {
	if err := s.names(c, q); err != nil {
		s.refuseInfer(c, q, err)
		return
	}
	if s.draining.Load() {
		s.refuseInfer(c, q, problem(Draining, "send requests to another server"))
		return
	}
	s.send(c, q, http.StatusOK, jsonType, struct {
		Name  string `json:"name"`
		Ready bool   `json:"ready"`
	}{q.m.name, true})
}

// modelMetadata answers GET /v2/models/NAME.
func (s *Server) modelMetadata(c *gin.Context, q *request) {
	if err := s.names(c, q); err != nil {
		s.refuseInfer(c, q, err)
		return
	}
	out := modelMetadataReply{
		Name: q.m.name, Versions: []string{q.m.version}, Platform: "calback_" + q.m.art.Manifest.Family,
		Outputs: []tensorReply{{"probability", "FP64", []int{-1}}, {"revisit", "BOOL", []int{-1}}},
	}
	if q.m.art.Sure != nil {
		out.Outputs = append(out.Outputs, tensorReply{"low", "FP64", []int{-1}}, tensorReply{"high", "FP64", []int{-1}})
	}
	for _, f := range q.m.features {
		datatype := "FP32"
		if f.category {
			datatype = "BYTES"
		}
		out.Inputs = append(out.Inputs, tensorReply{f.name, datatype, []int{-1}})
	}
	s.send(c, q, http.StatusOK, jsonType, out)
}

// names holds the path's model and version to those that are served.
func (s *Server) names(c *gin.Context, q *request) error {
	version := c.Param("version")
	if c.Param("model") == q.m.name && (version == "" || version == q.m.version) {
		return nil
	}
	return problem(UnknownModel, "this server answers for model %s, version %s", q.m.name, q.m.version)
}

// infer answers POST /v2/models/NAME/infer.
func (s *Server) infer(c *gin.Context, q *request) {
	defer s.drop(q)
	err := s.names(c, q)
	if err == nil {
		err = s.worked(c, q, func(body []byte) error { return s.inferBody(c, q, body) })
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = problem(TooSlow, "scoring took longer than %s; send fewer users", s.opt.ScoreTimeout)
	}
	if err != nil {
		s.refuseInfer(c, q, err)
		return
	}
	s.reply(c, q)
}

// inferBody writes the reply to an inference request into q.out.
func (s *Server) inferBody(c *gin.Context, q *request, body []byte) error {
	w := q.m.worker()
	defer q.m.rest(w)
	d := &tensorDecoder{d: w.decoder, c: &w.columns, body: body}
	asked, err := d.decode(s.opt.MaxInstances)
	if err != nil {
		return err
	}
	sure := asked.wants("low") || asked.wants("high")
	if sure && q.m.art.Sure == nil {
		return problem(BadTensor, `this model has no intervals: ask for the outputs "probability" and "revisit"`).under(place{"outputs"})
	}
	out, err := q.m.scoreColumns(&w.columns, sure, s.going(c, q))
	if err != nil {
		return err
	}
	q.out = q.m.appendTensors(q.out[:0], asked, out)
	if err := s.spend(c, q, w.columns.users); err != nil {
		return err
	}
	q.m.observe(&w.columns, out.probability)
	s.beside(q, body, out.probability, (*loaded).scoreTensors)
	return nil
}

// appendTensors writes the reply of the protocol.
func (m *loaded) appendTensors(b []byte, asked inferAsked, out outputs) []byte {
	b = appendText(append(b, `{"model_name":`...), m.name)
	b = appendText(append(b, `,"model_version":`...), m.version)
	if asked.id != nil {
		b = appendText(append(b, `,"id":`...), *asked.id)
	}
	b = append(b, `,"outputs":[`...)
	for i, name := range asked.outputs {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(append(b, `{"name":`...), name)
		b = strconv.AppendInt(append(b, `,"shape":[`...), int64(len(out.probability)), 10)
		b = append(b, `],"datatype":`...)
		if name == "revisit" {
			b = m.appendRevisits(append(b, `"BOOL","data":[`...), out.probability)
		} else {
			values := map[string][]float64{"probability": out.probability, "low": out.low, "high": out.high}[name]
			b = appendNumbers(append(b, `"FP64","data":[`...), values)
		}
		b = append(b, "]}"...)
	}
	return append(b, "]}\n"...)
}

// inferProblem is a Problem as the protocol's clients read it: the message stands in "error" as well.
type inferProblem struct {
	*Problem
	Error string `json:"error"`
}

// refuseInfer answers with a problem in the protocol's shape.
func (s *Server) refuseInfer(c *gin.Context, q *request, err error) {
	if s.gone(c, q, err) {
		return
	}
	p := s.problemOf(c, q, err)
	p.RequestID = q.id
	s.send(c, q, p.Status, problemType, inferProblem{p, p.Error()})
}
