// Package sight shows operators what the model server does: Metrics for Prometheus, and Tracing, which sends a span per request over OTLP.
package sight

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// The upper bounds of the histograms. Times are in seconds; differences are between two probabilities.
var (
	requestBuckets = []float64{
		25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
	}
	stageBuckets      = []float64{1e-6, 5e-6, 10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 5e-3, 10e-3, 50e-3, 0.1, 0.5, 1, 5}
	differenceBuckets = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1}
)

// Metrics count what the server does, in a registry of their own. They are safe for concurrent use.
//
// Every label is one of few texts that the server itself gives: a route as it is registered, an HTTP status, a problem's code, a stage,
// a contract, a feature of the model. No label may ever hold what a client wrote, because that may be a person's, and because each new
// label value costs memory for as long as the process lives. A mistake cannot fill the memory: beyond maxChildren a metric counts
// under "other".
type Metrics struct {
	registry *prometheus.Registry
	handler  http.Handler

	requests *children[requestKey, requestSeries]
	inFlight prometheus.Gauge
	rows     *children[string, prometheus.Counter]
	stages   *children[string, prometheus.Observer]

	reloaded, reloadFailed prometheus.Counter

	shadowRows                  *children[string, prometheus.Counter]
	shadowDifference            prometheus.Histogram
	shadowFlips, shadowFailures prometheus.Counter

	state *state
}

// requestKey are the labels of one counter of requests.
type requestKey struct {
	route   string
	status  int
	problem string
}

// requestSeries is what one request adds to.
type requestSeries struct {
	count   prometheus.Counter
	seconds prometheus.Observer
}

// New makes metrics that have counted nothing, with those of the Go runtime and of the process.
func New() *Metrics {
	r := prometheus.NewRegistry()
	m := &Metrics{registry: r, state: &state{}}
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), m.state)
	m.addRequests()
	m.addWork()
	m.addShadow()
	// One feature that cannot be shown must not hide all other metrics; promhttp_metric_handler_errors_total tells of it.
	m.handler = promhttp.HandlerFor(r, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, Registry: r})
	return m
}

func (m *Metrics) addRequests() {
	count := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "calback_requests_total", Help: `Requests answered, by route, HTTP status and problem code ("" is none).`,
	}, []string{"route", "status", "problem"})
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "calback_request_seconds", Help: "Time from the end of a request's header to the end of its reply.", Buckets: requestBuckets,
	}, []string{"route"})
	m.inFlight = prometheus.NewGauge(prometheus.GaugeOpts{Name: "calback_in_flight", Help: "Requests that are being answered."})
	m.registry.MustRegister(count, seconds, m.inFlight)
	m.requests = newChildren(requestKey{route: other}, func(k requestKey) requestSeries {
		return requestSeries{count.WithLabelValues(k.route, strconv.Itoa(k.status), k.problem), seconds.WithLabelValues(k.route)}
	})
}

func (m *Metrics) addWork() {
	rows := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "calback_rows_total", Help: "Users scored, by the contract they came in by.",
	}, []string{"contract"})
	stages := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "calback_stage_seconds", Help: "Time that one request spent in a stage of its way through the server.", Buckets: stageBuckets,
	}, []string{"stage"})
	reloads := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "calback_reloads_total", Help: "Reloads of the model, by result: ok, or failed (the old model stayed).",
	}, []string{"result"})
	m.registry.MustRegister(rows, stages, reloads)
	m.rows = newChildren(other, func(contract string) prometheus.Counter { return rows.WithLabelValues(contract) })
	m.stages = newChildren(other, func(stage string) prometheus.Observer { return stages.WithLabelValues(stage) })
	// Both are there from the start: a counter that appears with its first failure has no increase that an alert could see.
	m.reloaded, m.reloadFailed = reloads.WithLabelValues("ok"), reloads.WithLabelValues("failed")
}

func (m *Metrics) addShadow() {
	rows := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "calback_shadow_rows_total", Help: "Users that the shadow model scored too, by its version.",
	}, []string{"version"})
	m.shadowRows = newChildren(other, func(version string) prometheus.Counter { return rows.WithLabelValues(version) })
	m.shadowDifference = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "calback_shadow_difference", Help: "How far the shadow's probability is from the served one.", Buckets: differenceBuckets,
	})
	m.shadowFlips = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "calback_shadow_flips_total", Help: "Users whose yes or no the shadow answers the other way.",
	})
	m.shadowFailures = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "calback_shadow_failures_total", Help: "Requests that the shadow could not score; they were answered all the same.",
	})
	m.registry.MustRegister(rows, m.shadowDifference, m.shadowFlips, m.shadowFailures)
}

// Request counts one answered request. The route is the pattern it matched, never its path; problem is the code of the problem it was
// refused with, "" for none. Both come from the server's own fixed sets. It does not allocate once the three labels have been seen.
func (m *Metrics) Request(route string, status int, problem string, took time.Duration) {
	s := m.requests.of(requestKey{route, status, problem})
	s.count.Inc()
	s.seconds.Observe(took.Seconds())
}

// InFlight adds to the requests that are being answered: 1 when one begins, -1 when it ends.
func (m *Metrics) InFlight(delta float64) { m.inFlight.Add(delta) }

// Rows counts n users scored who came in by a contract, for example predict, v2 or bigquery.
func (m *Metrics) Rows(contract string, n int) {
	if n > 0 {
		m.rows.of(contract).Add(float64(n))
	}
}

// Stage counts the time that one request spent in a stage of its way through the server, for example score.
func (m *Metrics) Stage(stage string, d time.Duration) { m.stages.of(stage).Observe(d.Seconds()) }

// Model names the model that is served from now on. A zero created is not shown.
func (m *Metrics) Model(name, version, family string, simulated bool, created time.Time) {
	m.state.model.Store(&served{name, version, family, strconv.FormatBool(simulated), created})
}

// Reload counts one reload of the model.
func (m *Metrics) Reload(ok bool) {
	if ok {
		m.reloaded.Inc()
	} else {
		m.reloadFailed.Inc()
	}
}

// Shadow counts one user that the shadow model of that version scored too: the served probability minus the shadow's, and whether the
// shadow's yes or no is the other one.
func (m *Metrics) Shadow(version string, difference float64, flipped bool) {
	m.shadowRows.of(version).Inc()
	// One NaN would make the histogram's sum NaN for ever.
	if !math.IsNaN(difference) {
		m.shadowDifference.Observe(math.Abs(difference))
	}
	if flipped {
		m.shadowFlips.Inc()
	}
}

// ShadowFailed counts one request that the shadow model could not score.
func (m *Metrics) ShadowFailed() { m.shadowFailures.Inc() }

// Drift names the function that is asked at every scrape how far what is scored has drifted. It must be safe for concurrent use.
func (m *Metrics) Drift(sample func() DriftSample) { m.state.drift.Store(&sample) }

// Truth names the function that is asked at every scrape how right the scores were; it answers false where nothing is known. It must be
// safe for concurrent use.
func (m *Metrics) Truth(latest func() (Truth, bool)) { m.state.truth.Store(&latest) }

// Handler answers GET /metrics in Prometheus's text format, or in another one that the client asks for.
func (m *Metrics) Handler() http.Handler { return m.handler }
