// Package onnx writes a trained model as an ONNX file, so that any ONNX runtime, and BigQuery's and TensorFlow's tools that read
// the format, give the probabilities that this program gives.
//
// The file holds everything between the model's columns and its answer: the reading of missing values and categories, the trees
// or weights, the calibration and the threshold. It needs the standard operators of opset 15 and, for trees,
// TreeEnsembleClassifier of ai.onnx.ml opset 1.
//
// The input "features" is a table of float32, one row a user, one column a field in the manifest's order: NaN for a missing value,
// for a category the place of its level in the list that metadata_props has under "levels.NAME", NaN for any other level. The outputs
// are "probability", float32, and "label", int64: 1 where the probability is at least the threshold.
package onnx

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// Input, Probability and Label are the names of the file's input and outputs.
const (
	Input       = "features"
	Probability = "probability"
	Label       = "label"
)

// The versions that the file says it needs: those of ONNX 1.10 and later.
const (
	irVersion   = 8
	opset       = 15
	opsetOfTree = 1
)

// ErrUnsupported is returned, wrapped, for a model that has no form in ONNX here.
var ErrUnsupported = errors.New("the model cannot be written as ONNX")

// Encode writes the artifact as an ONNX ModelProto: the same bytes for the same artifact.
func Encode(a *model.Artifact) ([]byte, error) {
	m := &a.Manifest
	if err := m.Calibration.Validate(); err != nil {
		return nil, fmt.Errorf("write ONNX: %w", err)
	}
	g := &graph{}
	score, err := g.score(a.Predictor)
	if err != nil {
		return nil, fmt.Errorf("write ONNX: family %s: %w", m.Family, err)
	}
	p, err := g.calibrate(m.Calibration, score)
	if err != nil {
		return nil, fmt.Errorf("write ONNX: %w", err)
	}
	g.answer(p, m.Threshold)
	return g.model(m)
}

// mixture is a predictor whose score is an intercept and the weighted scores of others.
type mixture interface {
	Mixture() (members []model.Predictor, weights []float64, intercept float64)
}

// score appends the predictor and returns its log-odds: a table of one column of doubles.
func (g *graph) score(p model.Predictor) (string, error) {
	switch p := p.(type) {
	case mixture:
		members, weights, intercept := p.Mixture()
		sum := g.double(intercept)
		for i, member := range members {
			score, err := g.score(member)
			if err != nil {
				return "", fmt.Errorf("member %d: %w", i, err)
			}
			sum = g.plus(sum, g.times(score, g.double(weights[i])))
		}
		return sum, nil
	case *tree.Ensemble:
		return g.trees(p), nil
	case *linear.Model:
		if err := p.Validate(); err != nil {
			return "", err
		}
		return g.linear(p), nil
	}
	return "", fmt.Errorf("%w: its payload is of format %s; %s (gbdt, forest, rules), %s (logit, bayes) and mixtures of them "+
		"can be", ErrUnsupported, p.Format(), tree.Format, linear.Format)
}

// answer appends the outputs.
func (g *graph) answer(p string, threshold float64) {
	g.name(g.flat(g.cast(p, typeFloat)), Probability)
	revisits := g.not(g.less(p, g.double(threshold)))
	g.name(g.flat(g.cast(revisits, typeInt)), Label)
}

// model is the ModelProto around the graph.
func (g *graph) model(m *model.Manifest) ([]byte, error) {
	features := value(Input, typeFloat, int64(len(m.Fields)), "one row a user, one column a field, NaN for missing, a category as its level's place")
	body := message{}.each(1, g.nodes).text(2, m.Name).each(5, g.constants).bytes(11, features).
		bytes(12, value(Probability, typeFloat, 0, "calibrated probability of revisiting")).
		bytes(12, value(Label, typeInt, 0, "1 where the probability is at least the threshold"))
	properties, err := describe(m)
	if err != nil {
		return nil, err
	}
	file := message{}.integer(1, irVersion).text(2, "calback").text(3, m.Version).
		text(6, "Probability that a new user revisits, from the features of the first week.").bytes(7, body).
		bytes(8, message{}.text(1, "").integer(2, opset)).
		bytes(8, message{}.text(1, ml).integer(2, opsetOfTree))
	return file.each(14, properties), nil
}

// describe is the file's metadata_props: what a program needs to fill the input and to tell one model from another.
func describe(m *model.Manifest) ([]message, error) {
	names := make([]string, len(m.Fields))
	for j, f := range m.Fields {
		names[j] = f.Name
	}
	list, err := json.Marshal(names)
	if err != nil {
		return nil, fmt.Errorf("write ONNX: encode the names: %w", err)
	}
	properties := []message{
		pair("name", m.Name), pair("version", m.Version), pair("family", m.Family), pair("created", m.Created),
		pair("simulated", strconv.FormatBool(m.Simulated)), pair("set_hash", m.SetHash), pair("payload_sha256", m.PayloadSHA256),
		pair("threshold", strconv.FormatFloat(m.Threshold, 'g', -1, 64)), pair("features", string(list)),
	}
	for _, f := range m.Fields {
		if !f.Category() {
			continue
		}
		levels, err := json.Marshal(f.Levels)
		if err != nil {
			return nil, fmt.Errorf("write ONNX: encode the levels of %s: %w", f.Name, err)
		}
		properties = append(properties, pair("levels."+f.Name, string(levels)))
	}
	return properties, nil
}
