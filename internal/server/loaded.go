package server

import (
	"fmt"
	"math"
	"sync"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/blend"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// decoders are the encodings of a predictor that the server can read.
func decoders() map[string]model.Decoder {
	return blend.With(map[string]model.Decoder{linear.Format: linear.Decode, tree.Format: tree.Decode})
}

// loaded is one model with what a request needs to look up in it. It does not change.
type loaded struct {
	art           *model.Artifact
	name, version string
	simulated     bool
	features      []feature
	// names are the features' names in order, index their positions.
	names []string
	index map[string]int
	// workers keeps *worker for the next request.
	workers sync.Pool
}

// feature is what the decoder needs to know of one feature of the set.
type feature struct {
	name     string
	category bool
	// levels are the values that the model has seen, each under itself, so that a known text needs no copy.
	levels map[string]string
}

// worker is the memory of one request.
type worker struct {
	decoder *decoder
	row     []float32
}

func newLoaded(art *model.Artifact) (*loaded, error) {
	man := &art.Manifest
	m := &loaded{
		art: art, name: man.Name, version: man.Version, simulated: man.Simulated, names: man.Set.Names(), index: map[string]int{},
	}
	levels := map[string][]string{}
	for _, f := range man.Fields {
		levels[f.Name] = f.Levels
	}
	for j, f := range man.Set.Features {
		known := feature{name: f.Name, category: f.Kind == features.Category, levels: map[string]string{}}
		for _, level := range levels[f.Name] {
			known.levels[level] = level
		}
		m.features = append(m.features, known)
		m.index[f.Name] = j
	}
	if len(m.features) == 0 {
		return nil, fmt.Errorf("model %s version %s has no features", man.Name, man.Version)
	}
	m.workers.New = func() any { return &worker{decoder: newDecoder(m), row: make([]float32, len(man.Fields))} }
	return m, nil
}

func (m *loaded) set() *features.Set { return &m.art.Manifest.Set }

// prediction is the answer for one instance.
type prediction struct {
	// ID is the caller's own, if it gave one.
	ID *string `json:"id,omitempty"`
	// Probability of revisiting, calibrated.
	Probability float64 `json:"probability"`
	// Revisit is Probability >= Threshold.
	Revisit   bool    `json:"revisit"`
	Threshold float64 `json:"threshold"`
	// Sure is where the probability lies with 90 % confidence; left out where the model has no replicas or nobody asked.
	Sure *interval `json:"sure,omitempty"`
	// Missing counts the features without a value; Absent counts those of them that a feature map did not name.
	Missing int `json:"missing"`
	Absent  int `json:"absent"`
	// Unseen names the categories whose value was not in the training data, so that they count as missing.
	Unseen  []string `json:"unseen,omitempty"`
	Reasons []reason `json:"reasons"`
}

// interval is where a probability lies with 90 % confidence, by the chance in who was learnt from.
type interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// asked is what a request wants to know besides the probability.
type asked struct {
	reasons int
	sure    bool
}

// reason is one feature's part in the score.
type reason struct {
	Feature  string `json:"feature"`
	Sentence string `json:"sentence"`
	// Effect is what the feature adds to the score, in log-odds, beside the average user.
	Effect float64 `json:"effect"`
	Raises bool    `json:"raises"`
}

// score answers for one instance.
func (m *loaded) score(w *worker, in *instance, want asked) (prediction, error) {
	m.art.Encode(w.row, in.row)
	p := m.art.Probability(w.row)
	if math.IsNaN(p) {
		return prediction{}, fmt.Errorf("model %s version %s gave no probability", m.name, m.version)
	}
	out := prediction{
		ID: in.id, Probability: p, Revisit: m.art.Revisits(p), Threshold: m.art.Manifest.Threshold, Absent: in.absent,
		Reasons: make([]reason, 0, want.reasons),
	}
	if want.sure {
		if low, high, ok := m.art.Interval(w.row); ok {
			out.Sure = &interval{low, high}
		}
	}
	for j, v := range in.row {
		f := &m.features[j]
		if v.Missing {
			out.Missing++
		} else if _, seen := f.levels[v.Text]; f.category && !seen {
			out.Unseen = append(out.Unseen, f.name)
		}
	}
	if want.reasons > 0 {
		for _, r := range m.art.Reasons(w.row, want.reasons) {
			out.Reasons = append(out.Reasons, reason{Feature: r.Feature, Sentence: r.Sentence, Effect: r.Effect, Raises: r.Raises})
		}
	}
	return out, nil
}
