package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/gin-gonic/gin"

	"github.com/Koalajuni/Calback-Data-ML/internal/server/drift"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/sight"
)

// driftReply is GET /drift: what was scored in the last day beside what was trained on, and how old scores came true.
type driftReply struct {
	drift.Report
	Truth *sight.Truth `json:"truth,omitempty"`
}

// drift answers GET /drift.
func (s *Server) drift(c *gin.Context, q *request) {
	out := driftReply{Report: q.m.watch.Report()}
	if out.Score.Status == drift.Few {
		// The bins of a few users would tell what each of them was like, and of one user an index, or a rate, tells the bin.
		withhold(&out.Score)
		for j := range out.Features {
			withhold(&out.Features[j])
		}
	}
	if truth, ok := s.truth(q.m); ok {
		out.Truth = &truth
	}
	s.send(c, q, http.StatusOK, jsonType, out)
}

// withhold leaves of a column only what the training users were like.
func withhold(c *drift.Column) { c.Now, c.PSI, c.Missing, c.Unseen = nil, 0, 0, 0 }

// driftSample is the served model's drift as metrics have it.
func (s *Server) driftSample() sight.DriftSample {
	r := s.current.Load().watch.Report()
	out := sight.DriftSample{Rows: r.Rows, ScorePSI: r.Score.PSI}
	switch r.Status {
	case drift.Warn:
		out.Status = 1
	case drift.Alarm:
		out.Status = 2
	}
	if r.Score.Status == drift.Few {
		// The shares of a few users are noise, and nobody's business.
		out.ScorePSI = 0
		return out
	}
	for _, f := range r.Features {
		out.Features = append(out.Features, sight.FeatureDrift{Name: f.Feature, PSI: f.PSI, Missing: f.Missing, Unseen: f.Unseen})
	}
	return out
}

// truthFile is what score writes beside a model's versions once it knows what became of the users it scored a month ago.
const truthFile = "TRUTH.json"

// truth is how a model's old scores came true, if score has found out yet.
func (s *Server) truth(m *loaded) (sight.Truth, bool) {
	if all := s.truths.Load(); all != nil {
		for _, t := range *all {
			if t.Version == m.version {
				return t, true
			}
		}
	}
	return sight.Truth{}, false
}

// learn reads again how old scores came true. A file that cannot be read is no reason not to serve: what was known stays, and the log is
// told once for each state of the file.
func (s *Server) learn() {
	truths, err := readTruth(s.opt.Models, s.opt.Name)
	if err == nil {
		s.truths.Store(&truths)
		s.damaged.Store(nil)
		return
	}
	state := err.Error()
	if info, gone := os.Stat(filepath.Join(s.opt.Models, s.opt.Name, truthFile)); gone == nil {
		state = fmt.Sprint(state, info.Size(), info.ModTime().UnixNano())
	}
	if told := s.damaged.Swap(&state); told == nil || *told != state {
		s.log.Warn("how old scores came true is not known", "error", err.Error())
	}
}

// readTruth reads what score has found out of a model's versions; nothing where it has written nothing yet.
func readTruth(models, name string) ([]sight.Truth, error) {
	path := filepath.Join(models, name, truthFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read how old scores came true: %w", err)
	}
	var file struct {
		Versions []sight.Truth `json:"versions"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("read how old scores came true, %s: %w", path, err)
	}
	return file.Versions, nil
}
