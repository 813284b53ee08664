package model

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// ArtifactFormat is the version of the artifact's layout. A reader refuses a newer one.
const ArtifactFormat = 1

// Manifest is the readable half of an artifact: everything needed to score, explain and distrust the model, and no row of a person.
type Manifest struct {
	Format  int    `json:"format"`
	Name    string `json:"name"`
	Version string `json:"version"`
	// Created is when the run that made it began, RFC 3339.
	Created string `json:"created"`
	// Simulated is true when the model was trained on the simulated app.
	Simulated bool   `json:"simulated"`
	Family    string `json:"family"`
	// PayloadFormat names the encoding of the payload file, PayloadSHA256 its checksum in hex.
	PayloadFormat string `json:"payload_format"`
	PayloadSHA256 string `json:"payload_sha256"`
	// SureSHA256 is the checksum of the file of replicas, "" for an artifact without.
	SureSHA256 string `json:"sure_sha256,omitempty"`
	// Set is the frozen feature set and SetHash its hash.
	Set     features.Set `json:"set"`
	SetHash string       `json:"set_hash"`
	// Fields are the model's columns, one a feature of the set, with the levels of the categories.
	Fields []Field `json:"fields"`
	// Calibration turns the score into a probability, Threshold the probability into yes or no.
	Calibration calibrate.Map `json:"calibration"`
	Threshold   float64       `json:"threshold"`
	// ThresholdRule is how the threshold was chosen, as threshold.Parse reads it; artifacts before it have none.
	ThresholdRule string `json:"threshold_rule,omitempty"`
	// Tolerance cuts the probabilities into groups; artifacts before it have none.
	Tolerance *Tolerance `json:"tolerance,omitempty"`
	Training  Training   `json:"training"`
	// Metrics are measured on the newest users, whom training never saw: keys model, visit_days, and one a family.
	Metrics map[string]metrics.Summary `json:"metrics"`
	// Reference are the histograms of the training users' columns, ScoreReference that of their probabilities.
	Reference      []Histogram `json:"reference"`
	ScoreReference Histogram   `json:"score_reference"`
	// Golden are made-up rows with the answers a reader must reproduce bit for bit before it serves.
	Golden []GoldenRow `json:"golden"`
}

// Training says on what the model was trained. Days are YYYY-MM-DD in the set's zone.
type Training struct {
	FirstDay0 string `json:"first_day0"`
	LastDay0  string `json:"last_day0"`
	TestFrom  string `json:"test_from"`
	TestTo    string `json:"test_to"`
	AsOf      string `json:"as_of"`
	Rows      int    `json:"rows"`
	Positives int    `json:"positives"`
	TestRows  int    `json:"test_rows"`
	Split     string `json:"split"`
	Seed      uint64 `json:"seed"`
}

// GoldenRow is one row of inputs (null is missing), its score and its probability, and the ends of the probability's interval where the
// artifact has replicas.
type GoldenRow struct {
	Values      []*float32 `json:"values"`
	Score       float64    `json:"score"`
	Probability float64    `json:"probability"`
	Low         *float64   `json:"low,omitempty"`
	High        *float64   `json:"high,omitempty"`
}

// Artifact is a loaded model: the manifest and the predictor that its payload holds. It is safe for concurrent use.
type Artifact struct {
	Manifest  Manifest
	Predictor Predictor
	// Sure tells how sure a score is. It is nil where no replicas were fitted, as in artifacts before them.
	Sure *Replicas
}

// Probability is the calibrated probability of revisiting, for a row in the order of Fields.
func (a *Artifact) Probability(row []float32) float64 {
	return a.Manifest.Calibration.Probability(a.Predictor.Score(row))
}

// Interval is where the probability of a row lies with 90 % confidence; see Replicas.Interval for what that covers. ok is false where the
// artifact has no replicas.
func (a *Artifact) Interval(row []float32) (low, high float64, ok bool) {
	if a.Sure == nil {
		return 0, 0, false
	}
	low, high = a.Sure.Interval(row, a.Predictor.Score(row), a.Manifest.Calibration)
	return low, high, true
}

// Revisits is the yes or no at the artifact's threshold.
func (a *Artifact) Revisits(probability float64) bool { return probability >= a.Manifest.Threshold }

// Encode turns computed features into the model's row. A nil dst is allocated.
func (a *Artifact) Encode(dst []float32, row features.Row) []float32 {
	if dst == nil {
		dst = make([]float32, len(a.Manifest.Fields))
	}
	for j, f := range a.Manifest.Fields {
		dst[j] = f.Code(row[j])
	}
	return dst
}

// Code is a value as the model reads it: NaN for missing and for a level that training never saw. A number that a float32 cannot
// hold becomes the largest that it can, so that no score is infinite.
func (f Field) Code(v features.Value) float32 {
	switch {
	case v.Missing:
		return float32(math.NaN())
	case !f.Category():
		return float32(min(max(v.Number, -math.MaxFloat32), math.MaxFloat32))
	}
	i := slices.Index(f.Levels, v.Text)
	if i < 0 {
		return float32(math.NaN())
	}
	return float32(i)
}

// Decode is the inverse of Code, for telling a row in words. A code outside the levels is missing.
func (f Field) Decode(v float32) features.Value {
	switch {
	case v != v:
		return features.Value{Missing: true}
	case !f.Category():
		return features.Value{Number: float64(v)}
	case v < 0 || int(v) >= len(f.Levels):
		return features.Value{Missing: true}
	}
	return features.Value{Text: f.Levels[int(v)]}
}

// Reason is one feature's part in one user's score.
type Reason struct {
	// Feature is the column, Sentence its value in words.
	Feature  string `json:"feature"`
	Sentence string `json:"sentence"`
	// Effect is what it adds to the log-odds compared with the average user; Raises is its sign.
	Effect float64 `json:"effect"`
	Raises bool    `json:"raises"`
}

// Reasons are the n features that move this row's score the most, strongest first. A feature that moves nothing is no reason.
func (a *Artifact) Reasons(row []float32, n int) []Reason {
	effects := make([]float64, len(row))
	a.Predictor.Contribute(effects, row)
	order := make([]int, len(row))
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(math.Abs(effects[j]), math.Abs(effects[i])) })
	reasons := make([]Reason, 0, max(0, min(n, len(row))))
	for _, j := range order {
		if len(reasons) >= n || effects[j] == 0 {
			break
		}
		f := a.Manifest.Set.Features[j]
		reasons = append(reasons, Reason{
			Feature: f.Name, Sentence: f.Say(a.Manifest.Fields[j].Decode(row[j])), Effect: effects[j],
			Raises: effects[j] > 0,
		})
	}
	return reasons
}

// check is what a loaded artifact must pass before anyone may score with it.
func (a *Artifact) check() error {
	m := &a.Manifest
	if err := m.Set.Validate(); err != nil {
		return fmt.Errorf("feature set: %w", err)
	}
	if got := m.Set.Hash(); got != m.SetHash {
		return fmt.Errorf("feature set: its hash is %s, the manifest says %s", got, m.SetHash)
	}
	if len(m.Fields) != len(m.Set.Features) {
		return fmt.Errorf("the model has %d columns, the feature set %d features", len(m.Fields), len(m.Set.Features))
	}
	for j, f := range m.Fields {
		if want := m.Set.Features[j]; f.Name != want.Name || f.Category() != (want.Kind == features.Category) {
			return fmt.Errorf("column %d is %s, the feature set has %s (%s)", j, f.Name, want.Name, want.Kind)
		}
	}
	if err := m.Calibration.Validate(); err != nil {
		return err
	}
	if !(m.Threshold >= 0 && m.Threshold <= 1) {
		return fmt.Errorf("threshold %v is no probability", m.Threshold)
	}
	if len(m.Golden) == 0 {
		return errors.New("it has no golden rows to prove itself with")
	}
	return a.checkGolden()
}

func checksum(payload []byte) string {
	sum := sha256.Sum256(payload)
	return hex.EncodeToString(sum[:])
}
