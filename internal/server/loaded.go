package server

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/drift"
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
	// versionHeader is the value of X-Model-Version, head how a reply begins, threshold its part of a prediction.
	versionHeader   []string
	head, threshold []byte
	// watch compares what is scored with what was trained on.
	watch *drift.Watch
	// page is the report that was published beside the model, nil where there is none.
	page []byte
	// snapshot has the features of known users, nil where none is mounted.
	snapshot *snapshot
	// possible are the actions that explanations may suggest.
	possible []string
	// workers keeps *worker for the next request.
	workers sync.Pool
}

// feature is what the decoder needs to know of one feature of the set.
type feature struct {
	name     string
	category bool
	// quoted is the name as a member of an object begins.
	quoted string
	// levels are the codes of the values that the model has seen.
	levels map[string]float32
}

// worker is the memory of one request.
type worker struct {
	decoder *decoder
	columns columns
	effects []float64
	order   []int
	// said are the probabilities of the request's users.
	said []float64
}

// keptValues is the number of values up to which a worker keeps its lists for the next request.
const keptValues = 10_240

// worker is one that is free. It must be given back by rest.
func (m *loaded) worker() *worker { return m.workers.Get().(*worker) }

// rest gives a worker back, without anything of the request that it worked on, and without the room that only a large one needs.
func (m *loaded) rest(w *worker) {
	w.decoder.forget()
	w.columns.forget()
	if cap(w.said) > keptValues {
		w.said = nil
	}
	m.workers.Put(w)
}

func newLoaded(art *model.Artifact, now func() time.Time) (*loaded, error) {
	man := &art.Manifest
	m := &loaded{
		art: art, name: man.Name, version: man.Version, simulated: man.Simulated, names: man.Set.Names(), index: map[string]int{},
		versionHeader: []string{man.Version},
	}
	for j, f := range man.Fields {
		known := feature{name: f.Name, category: f.Category(), quoted: strconv.Quote(f.Name) + ":", levels: map[string]float32{}}
		for code, level := range f.Levels {
			known.levels[level] = float32(code)
		}
		m.features = append(m.features, known)
		m.index[f.Name] = j
	}
	if len(m.features) == 0 {
		return nil, fmt.Errorf("model %s version %s has no features", man.Name, man.Version)
	}
	m.head = slices.Clip(appendName([]byte(`{"model":`), m.reply()))
	m.threshold = appendNumber([]byte(`,"threshold":`), man.Threshold)
	m.watch = drift.New(man.Fields, man.Reference, man.ScoreReference, now)
	m.workers.New = func() any {
		return &worker{decoder: newDecoder(m), effects: make([]float64, len(m.features)), order: make([]int, len(m.features))}
	}
	return m, nil
}

// same reports whether both are one published model.
func (m *loaded) same(other *loaded) bool {
	a, b := &m.art.Manifest, &other.art.Manifest
	return m.version == other.version && a.PayloadSHA256 == b.PayloadSHA256 && a.SetHash == b.SetHash
}

func (m *loaded) set() *features.Set { return &m.art.Manifest.Set }

// scored is what the model says of one instance.
type scored struct {
	// score is in log-odds before calibration, probability after.
	score, probability float64
	// low and high hold the probability with 90 % confidence, by the chance in who was learnt from, where sure says so.
	low, high float64
	sure      bool
}

// score scores one row as the model reads it, with the interval where it is asked for and the model has one.
func (m *loaded) score(row []float32, sure bool) (scored, error) {
	out := scored{score: m.art.Predictor.Score(row)}
	out.probability = m.art.Manifest.Calibration.Probability(out.score)
	if math.IsNaN(out.probability) {
		return out, fmt.Errorf("model %s version %s gave no probability", m.name, m.version)
	}
	if sure && m.art.Sure != nil {
		out.low, out.high = m.art.Sure.Interval(row, out.score, m.art.Manifest.Calibration)
		out.sure = true
	}
	return out, nil
}

// effects are what each feature of a row adds to the score beside the average user's, in log-odds, with the features in order of that,
// the strongest first, and the average user's score. They are the worker's.
func (m *loaded) effects(w *worker, row []float32) (effects []float64, order []int, base float64) {
	base = m.art.Predictor.Contribute(w.effects, row)
	for j := range w.order {
		w.order[j] = j
	}
	slices.SortFunc(w.order, func(i, j int) int {
		return cmp.Or(cmp.Compare(math.Abs(w.effects[j]), math.Abs(w.effects[i])), cmp.Compare(i, j))
	})
	return w.effects, w.order, base
}

// sentence says in words what a row has of feature j.
func (m *loaded) sentence(j int, v float32) string {
	return m.set().Features[j].Say(m.art.Manifest.Fields[j].Decode(v))
}
