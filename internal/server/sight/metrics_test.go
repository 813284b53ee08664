package sight

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// scrape gets the metrics as Prometheus does, without the lines of the Go runtime and the process.
func scrape(t testing.TB, m *Metrics) []string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("GET /metrics: status %d, %v:\n%s", w.Code, err, body)
	}
	var lines []string
	for line := range strings.Lines(string(body)) {
		if strings.HasPrefix(line, "calback_") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// shows fails the test unless the scrape has each of the lines.
func shows(t testing.TB, m *Metrics, want ...string) {
	t.Helper()
	got := scrape(t, m)
	has := map[string]bool{}
	for _, line := range got {
		has[line] = true
	}
	for _, line := range want {
		if !has[line] {
			t.Errorf("the scrape lacks %s", line)
		}
	}
	if t.Failed() {
		t.Log(strings.Join(got, "\n"))
	}
}

// hides fails the test if a line of the scrape begins so.
func hides(t testing.TB, m *Metrics, begins ...string) {
	t.Helper()
	for _, line := range scrape(t, m) {
		for _, b := range begins {
			if strings.HasPrefix(line, b) {
				t.Errorf("the scrape has %s", line)
			}
		}
	}
}

func TestRequests(t *testing.T) {
	m := New()
	m.Request("/predict", 200, "", 40*time.Microsecond)
	m.Request("/predict", 200, "", 3*time.Second)
	m.Request("/predict", 429, "overloaded", 20*time.Microsecond)
	m.InFlight(1)
	m.InFlight(1)
	m.InFlight(-1)
	shows(t, m,
		`calback_requests_total{problem="",route="/predict",status="200"} 2`,
		`calback_requests_total{problem="overloaded",route="/predict",status="429"} 1`,
		`calback_request_seconds_bucket{route="/predict",le="2.5e-05"} 1`,
		`calback_request_seconds_bucket{route="/predict",le="5e-05"} 2`,
		`calback_request_seconds_bucket{route="/predict",le="2.5"} 2`,
		`calback_request_seconds_bucket{route="/predict",le="10"} 3`,
		`calback_request_seconds_count{route="/predict"} 3`,
		`calback_in_flight 1`,
	)
}

func TestWork(t *testing.T) {
	m := New()
	m.Rows("predict", 3)
	m.Rows("predict", 0)
	m.Rows("bigquery", 10_000)
	m.Rows("v2", -1)
	m.Stage("decode", 20*time.Microsecond)
	m.Stage("score", 5*time.Microsecond)
	m.Stage("encode", 2*time.Second)
	shows(t, m,
		`calback_rows_total{contract="predict"} 3`,
		`calback_rows_total{contract="bigquery"} 10000`,
		`calback_stage_seconds_bucket{stage="decode",le="1e-05"} 0`,
		`calback_stage_seconds_bucket{stage="decode",le="2.5e-05"} 1`,
		`calback_stage_seconds_bucket{stage="score",le="5e-06"} 1`,
		`calback_stage_seconds_bucket{stage="encode",le="1"} 0`,
		`calback_stage_seconds_sum{stage="encode"} 2`,
	)
	hides(t, m, `calback_rows_total{contract="v2"}`)
}

// TestReloads also holds that both results are there before anything was reloaded: an alert needs a 0 to see the first failure.
func TestReloads(t *testing.T) {
	m := New()
	shows(t, m, `calback_reloads_total{result="ok"} 0`, `calback_reloads_total{result="failed"} 0`)
	m.Reload(true)
	m.Reload(true)
	m.Reload(false)
	shows(t, m, `calback_reloads_total{result="ok"} 2`, `calback_reloads_total{result="failed"} 1`)
}

func TestShadow(t *testing.T) {
	m := New()
	shows(t, m, `calback_shadow_failures_total 0`, `calback_shadow_flips_total 0`)
	m.Shadow("v2", -0.02, false)
	m.Shadow("v2", 0.3, true)
	m.Shadow("v3", math.NaN(), false)
	m.ShadowFailed()
	shows(t, m,
		`calback_shadow_rows_total{version="v2"} 2`,
		`calback_shadow_rows_total{version="v3"} 1`,
		`calback_shadow_difference_bucket{le="0.01"} 0`,
		`calback_shadow_difference_bucket{le="0.025"} 1`,
		`calback_shadow_difference_bucket{le="0.5"} 2`,
		`calback_shadow_difference_sum 0.32`,
		`calback_shadow_flips_total 1`,
		`calback_shadow_failures_total 1`,
	)
}

// TestBuckets holds the ranges that the dashboard's percentiles can tell apart: a cached reply (25 us) to the longest request (10 s).
func TestBuckets(t *testing.T) {
	if first, last := requestBuckets[0], requestBuckets[len(requestBuckets)-1]; first != 25e-6 || last != 10 {
		t.Errorf("requests: buckets from %g s to %g s, want 25 us to 10 s", first, last)
	}
	for name, buckets := range map[string][]float64{
		"request": requestBuckets, "stage": stageBuckets, "difference": differenceBuckets,
	} {
		for i := 1; i < len(buckets); i++ {
			if factor := buckets[i] / buckets[i-1]; factor < 1.5 || factor > 5.01 {
				t.Errorf("%s: bucket %g is %.2f times the one before, want 1.5 to 5", name, buckets[i], factor)
			}
		}
	}
}

// TestNames holds Prometheus's rules for names: a prefix, base units, _total for counters.
func TestNames(t *testing.T) {
	rule := regexp.MustCompile(`^calback_[a-z][a-z0-9_]*[a-z0-9]$`)
	for name, kind := range exposed(t) {
		if !strings.HasPrefix(name, "calback_") {
			continue
		}
		if !rule.MatchString(name) {
			t.Errorf("%s is no good name", name)
		}
		if (kind == "COUNTER") != strings.HasSuffix(name, "_total") {
			t.Errorf("%s is a %s: counters, and only they, end in _total", name, kind)
		}
	}
}

// TestManyLabels holds that a mistake of the server's cannot fill its memory.
func TestManyLabels(t *testing.T) {
	m := New()
	for i := range 5 * maxChildren {
		m.Request(fmt.Sprintf("/%d", i), 200, "", time.Millisecond)
	}
	m.Request("/0", 200, "", time.Millisecond)
	shows(t, m,
		`calback_requests_total{problem="",route="/0",status="200"} 2`,
		fmt.Sprintf(`calback_requests_total{problem="",route="other",status="0"} %d`, 4*maxChildren),
	)
	if n := len(*m.requests.known.Load()); n != maxChildren+1 {
		t.Errorf("%d children, want %d and the one for all others", n, maxChildren)
	}
}

func TestConcurrent(t *testing.T) {
	const workers, each = 8, 500
	m := New()
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := range each {
				m.InFlight(1)
				m.Request(fmt.Sprintf("/%d", i%50), 200+w%2, "", time.Millisecond)
				m.Rows("predict", 2)
				m.Model("revisit", fmt.Sprint(i), "gbdt", false, time.Unix(1, 0))
				if i%100 == 0 {
					scrape(t, m)
				}
				m.InFlight(-1)
			}
		})
	}
	group.Wait()
	shows(t, m,
		fmt.Sprintf(`calback_rows_total{contract="predict"} %d`, workers*each*2),
		fmt.Sprintf(`calback_requests_total{problem="",route="/7",status="201"} %d`, workers/2*each/50),
		`calback_in_flight 0`,
	)
	if got := len(*m.requests.known.Load()); got != 100 {
		t.Errorf("%d children, want 50 routes x 2 statuses", got)
	}
}

// TestAllocations holds the hot path: what has been counted before is counted without allocating.
func TestAllocations(t *testing.T) {
	m := New()
	for name, do := range map[string]func(){
		"request":  func() { m.Request("/predict", 200, "", time.Millisecond) },
		"refusal":  func() { m.Request("/predict", 422, "no_visit", time.Millisecond) },
		"inflight": func() { m.InFlight(1) },
		"rows":     func() { m.Rows("predict", 1) },
		"stage":    func() { m.Stage("score", time.Microsecond) },
		"shadow":   func() { m.Shadow("v2", 0.1, true) },
	} {
		do()
		if n := testing.AllocsPerRun(200, do); n != 0 {
			t.Errorf("%s: %g allocations, want 0", name, n)
		}
	}
}
