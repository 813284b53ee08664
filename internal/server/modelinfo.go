package server

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// modelReply is GET /model: what a caller should know of the model before it believes it.
type modelReply struct {
	modelName
	Family  string `json:"family"`
	Created string `json:"created"`
	SetHash string `json:"set_hash"`
	// Rule is the label rule in words, Label the same as data, Zone the time zone of its days.
	Rule  string         `json:"rule"`
	Label features.Label `json:"label"`
	Zone  string         `json:"zone"`
	// Threshold is the probability from which a prediction says revisit.
	Threshold float64 `json:"threshold"`
	// ThresholdRule is how the threshold was chosen: f1, cost:5, top:20%, break-even or a fixed number; left out for older models.
	ThresholdRule string `json:"threshold_rule,omitempty"`
	// Replicas is how many refits the intervals of predictions come from; 0 for a model without intervals.
	Replicas int `json:"replicas"`
	// Possible are the actions that explanations may suggest, Shadow the version that is scored beside this one.
	Possible    []string                   `json:"possible,omitempty"`
	Shadow      *shadowReply               `json:"shadow,omitempty"`
	Calibration string                     `json:"calibration"`
	Training    model.Training             `json:"training"`
	Metrics     map[string]metrics.Summary `json:"metrics"`
	Features    []featureReply             `json:"features"`
}

// shadowReply is the model that is scored beside.
type shadowReply struct {
	Version string `json:"version"`
}

// featureReply is one feature that a request may name.
type featureReply struct {
	Name string `json:"name"`
	// Label names it in a few words; models made before it have none.
	Label  string        `json:"label,omitempty"`
	Doc    string        `json:"doc"`
	Kind   features.Kind `json:"kind"`
	Unit   string        `json:"unit,omitempty"`
	Action string        `json:"action,omitempty"`
	// Levels are the values of a category that the model has seen; another one counts as missing.
	Levels []string `json:"levels,omitempty"`
}

// model answers GET /model.
func (s *Server) model(c *gin.Context, q *request) {
	m := q.m
	man := &m.art.Manifest
	out := modelReply{
		modelName: m.reply(), Family: man.Family, Created: man.Created, SetHash: man.SetHash,
		Rule: man.Set.Label.String(), Label: man.Set.Label, Zone: man.Set.Zone,
		Threshold: man.Threshold, ThresholdRule: man.ThresholdRule, Calibration: man.Calibration.Kind, Training: man.Training,
		Metrics: man.Metrics,
	}
	out.Possible = m.possible
	if beside := s.shadow.Load(); beside != nil {
		out.Shadow = &shadowReply{beside.m.version}
	}
	if m.art.Sure != nil {
		out.Replicas = len(m.art.Sure.Members())
	}
	levels := map[string][]string{}
	for _, f := range man.Fields {
		levels[f.Name] = f.Levels
	}
	for _, f := range man.Set.Features {
		out.Features = append(out.Features, featureReply{f.Name, f.Label, f.Doc, f.Kind, f.Unit, f.Action, levels[f.Name]})
	}
	s.send(c, q, http.StatusOK, jsonType, out)
}
