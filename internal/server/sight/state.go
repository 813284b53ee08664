package sight

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// DriftSample says how far what was scored in the last day has drifted from the training users.
type DriftSample struct {
	// Rows were scored.
	Rows int
	// ScorePSI is the population stability index of the probabilities.
	ScorePSI float64
	// Status is 0 where all is well or where there are too few rows to tell, 1 for a warning, 2 for an alarm.
	Status int
	// Features are the model's columns, each once.
	Features []FeatureDrift
}

// FeatureDrift is the drift of one column of the model.
type FeatureDrift struct {
	// Name is the feature's name in the model.
	Name string
	// PSI is its population stability index.
	PSI float64
	// Missing and Unseen are the shares of rows, 0 to 1, without a value and with a level that training never saw.
	Missing, Unseen float64
}

// served is the model that answers now.
type served struct {
	name, version, family, simulated string
	created                          time.Time
}

// state collects what is true at the moment of the scrape. It holds no series of its own, so a model that was replaced leaves none
// behind, and no scrape ever meets two models, or none, in the middle of a change.
type state struct {
	model atomic.Pointer[served]
	drift atomic.Pointer[func() DriftSample]
	truth atomic.Pointer[func() (Truth, bool)]
}

var (
	modelInfo = prometheus.NewDesc("calback_model_info", "Always 1; the labels name the model that is served.",
		[]string{"name", "version", "family", "simulated"}, nil)
	modelCreated = prometheus.NewDesc("calback_model_created_timestamp_seconds",
		"When the served model was trained, in seconds since 1970 UTC.", nil, nil)

	driftRows   = prometheus.NewDesc("calback_drift_rows", "Users scored in the last day, on which drift is measured.", nil, nil)
	driftScore  = prometheus.NewDesc("calback_drift_score_psi", "Population stability index of the probabilities.", nil, nil)
	driftStatus = prometheus.NewDesc("calback_drift_status", "0 is no drift, or too few rows to tell; 1 is a warning, 2 an alarm.", nil, nil)
	driftPSI    = prometheus.NewDesc("calback_drift_psi", "Population stability index of a feature.", []string{"feature"}, nil)
	missing     = prometheus.NewDesc("calback_drift_missing_share", "Share of users without a value.", []string{"feature"}, nil)
	unseen      = prometheus.NewDesc("calback_drift_unseen_share", "Share of users with a level that training never saw.",
		[]string{"feature"}, nil)
)

// Describe names all that Collect can send.
func (s *state) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{modelInfo, modelCreated, driftRows, driftScore, driftStatus, driftPSI, missing, unseen} {
		out <- d
	}
	for _, g := range truthGauges {
		out <- g.desc
	}
}

// Collect asks for the state and sends it.
func (s *state) Collect(out chan<- prometheus.Metric) {
	if m := s.model.Load(); m != nil {
		gauge(out, modelInfo, 1, m.name, m.version, m.family, m.simulated)
		if !m.created.IsZero() {
			gauge(out, modelCreated, seconds(m.created))
		}
	}
	if sample := s.drift.Load(); sample != nil {
		collectDrift(out, (*sample)())
	}
	if latest := s.truth.Load(); latest != nil {
		if t, ok := (*latest)(); ok {
			collectTruth(out, t)
		}
	}
}

func collectDrift(out chan<- prometheus.Metric, d DriftSample) {
	gauge(out, driftRows, float64(d.Rows))
	gauge(out, driftScore, d.ScorePSI)
	gauge(out, driftStatus, float64(d.Status))
	for _, f := range d.Features {
		gauge(out, driftPSI, f.PSI, f.Name)
		gauge(out, missing, f.Missing, f.Name)
		gauge(out, unseen, f.Unseen, f.Name)
	}
}

// gauge sends one value. What is not a number is not sent: a gap in a chart says "not known", NaN says it badly.
func gauge(out chan<- prometheus.Metric, d *prometheus.Desc, value float64, labels ...string) {
	if math.IsNaN(value) {
		return
	}
	m, err := prometheus.NewConstMetric(d, prometheus.GaugeValue, value, labels...)
	if err != nil {
		m = prometheus.NewInvalidMetric(d, err)
	}
	out <- m
}

// seconds is an instant in seconds since 1970 UTC.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
