package server

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/Koalajuni/Calback-Data-ML/internal/server/cert"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/keys"
)

// minted makes a key of 32 equal random bytes, and its lines for a file.
func minted(t testing.TB, b byte, name string, more string, scopes ...keys.Scope) (secret, item string) {
	t.Helper()
	secret, item, err := keys.Mint(bytes.NewReader(bytes.Repeat([]byte{b}, 32)), name, scopes)
	if err != nil {
		t.Fatal(err)
	}
	return secret, item + more
}

// ring opens a file of the items.
func ring(t testing.TB, items ...string) *keys.Ring {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.yaml")
	if err := os.WriteFile(path, []byte("keys:\n"+strings.Join(items, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r, err := keys.Open(path, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestKeys holds every route to its scope, and looks for the keys in the log and the metrics.
func TestKeys(t *testing.T) {
	predict, a := minted(t, 1, "backend", "", "predict")
	why, b := minted(t, 2, "page", "", "explain")
	admin, c := minted(t, 3, "ops", "", "admin")
	revoked, d := minted(t, 4, "gone", "    revoked: true\n", "predict")
	s := started(t, func(o *Options) { o.Keys = ring(t, a, b, c, d); o.AccessLog = true })
	var logged bytes.Buffer
	s.log = slog.New(slog.NewTextHandler(&logged, nil))
	explainBody := one
	for _, test := range []struct {
		admin              bool
		method, path, body string
		key                string
		want               int
	}{
		{false, "POST", "/predict", one, "", 401},
		{false, "POST", "/predict", one, "cb_" + strings.Repeat("A", 43), 401},
		{false, "POST", "/predict", one, revoked, 401},
		{false, "POST", "/predict", one, why, 403},
		{false, "POST", "/predict", one, predict, 200},
		{false, "POST", "/explain", explainBody, predict, 403},
		{false, "POST", "/explain", explainBody, why, 200},
		{false, "POST", "/bigquery", `{"calls":[]}`, "", 401},
		{false, "POST", "/bigquery", `{"calls":[]}`, predict, 200},
		{false, "POST", inferPath, `{}`, "", 401},
		{false, "POST", inferPath, `{}`, predict, 422},
		{false, "GET", "/model", "", "", 401},
		{false, "GET", "/model", "", admin, 200},
		{false, "GET", "/drift", "", "", 401},
		{false, "GET", "/drift", "", why, 200},
		{false, "GET", "/report", "", "", 401},
		{false, "GET", "/report", "", why, 404},
		{false, "GET", "/healthz", "", "", 200},
		{false, "GET", "/readyz", "", "", 200},
		{false, "GET", "/v2/models/revisit", "", "", 200},
		{true, "POST", "/admin/reload", "", "", 401},
		{true, "POST", "/admin/reload", "", predict, 403},
		{true, "POST", "/admin/reload", "", admin, 200},
		{true, "GET", "/metrics", "", "", 200},
	} {
		engine := s.engine
		if test.admin {
			engine = s.admin
		}
		var headers []string
		if test.key != "" {
			headers = []string{"Authorization", "Bearer " + test.key}
		}
		w := askOf(engine, test.method, test.path, test.body, headers...)
		if w.Code != test.want {
			t.Errorf("%s %s with %.6s: %d, want %d: %s", test.method, test.path, test.key, w.Code, test.want, w.Body)
		}
		if test.want == 401 && w.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: no WWW-Authenticate", test.path)
		}
	}
	metrics := askOf(s.admin, "GET", "/metrics", "").Body.String()
	for _, secret := range []string{predict, why, admin, revoked} {
		if strings.Contains(logged.String()+metrics, secret) {
			t.Error("a key stands in the log or the metrics")
		}
	}
	if !strings.Contains(logged.String(), "key=backend") || !strings.Contains(metrics, `problem="forbidden"`) {
		t.Errorf("log %s\nmetrics %s", logged.String(), metrics)
	}
}

func TestRateAndQuota(t *testing.T) {
	fast, a := minted(t, 1, "fast", "    per_second: 1\n    burst: 2\n", "predict")
	few, b := minted(t, 2, "few", "    users_per_day: 3\n", "predict")
	s := started(t, func(o *Options) { o.Keys = ring(t, a, b) })
	send := func(key, body string) (int, string, string) {
		w := ask(s, "POST", "/predict", body, "Authorization", "Bearer "+key)
		return w.Code, w.Header().Get("Retry-After"), w.Body.String()
	}
	for i, want := range []int{200, 200, 429} {
		if code, after, body := send(fast, one); code != want || want == 429 && (after != "1" || !strings.Contains(body, "rate_limited")) {
			t.Errorf("request %d: %d, Retry-After %q, %s", i, code, after, body)
		}
	}
	two := `{"instances":[` + one + `,` + one + `]}`
	for i, want := range []int{200, 429} {
		if code, after, body := send(few, two); code != want || want == 429 && (after != "43200" || !strings.Contains(body, "quota_exceeded")) {
			t.Errorf("request %d: %d, Retry-After %q, %s", i, code, after, body)
		}
	}
	if code, _, _ := send(few, one); code != 200 {
		t.Errorf("the last user of the day: %d", code)
	}
}

// TestOverload fills the slots and the line behind them: what comes then is refused at once, and what waits too long after its wait.
func TestOverload(t *testing.T) {
	s := started(t, func(o *Options) { o.Slots, o.Queue, o.QueueWait = 1, 1, 300*time.Millisecond })
	inside, release := make(chan struct{}, 8), make(chan struct{})
	s.engine.POST("/slow", s.handle("/slow", open, func(c *gin.Context, q *request) {
		s.work(c, q, func([]byte) error { inside <- struct{}{}; <-release; q.out = q.out[:0]; return nil })
	}))
	var all sync.WaitGroup
	all.Go(func() { ask(s, "POST", "/slow", one) })
	<-inside
	waited := make(chan int, 1)
	all.Go(func() { waited <- ask(s, "POST", "/slow", one).Code })
	for s.queue.waiting.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	w := ask(s, "POST", "/predict", one)
	isProblem(t, w.Code, w.Header(), w.Body.Bytes(), Overloaded)
	if w.Header().Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
	if code := <-waited; code != 429 {
		t.Errorf("who waited too long got %d", code)
	}
	close(release)
	all.Wait()
	if w := ask(s, "POST", "/predict", one); w.Code != 200 {
		t.Errorf("afterwards: %d", w.Code)
	}
	if s.queue.held.Load() != 0 || s.queue.waiting.Load() != 0 || len(s.queue.slots) != 0 {
		t.Errorf("left: %d bytes, %d waiting, %d slots", s.queue.held.Load(), s.queue.waiting.Load(), len(s.queue.slots))
	}
}

// TestMemoryIsBounded: bodies that find no room are refused.
func TestMemoryIsBounded(t *testing.T) {
	s := started(t, func(o *Options) { o.MaxBody, o.Slots = 1000, 2 })
	if err := s.queue.hold(1500); err != nil {
		t.Fatal(err)
	}
	w := ask(s, "POST", "/predict", strings.Repeat(" ", 600)+one)
	isProblem(t, w.Code, w.Header(), w.Body.Bytes(), Overloaded)
	if w := ask(s, "POST", "/predict", one); w.Code != 200 {
		t.Errorf("a small body: %d", w.Code)
	}
	s.queue.release(1500)
	if w := ask(s, "POST", "/predict", strings.Repeat(" ", 600)+one); w.Code != 200 {
		t.Errorf("with room again: %d", w.Code)
	}
}

// TestUploadsThatDoNotArriveTakeNoRoom: what a request says it will send, or may send, shuts nobody out.
func TestUploadsThatDoNotArriveTakeNoRoom(t *testing.T) {
	s := started(t, func(o *Options) { o.Slots = 2 })
	address, stop, ended := running(t, s)
	for _, header := range []string{"Content-Length: 4194304", "Transfer-Encoding: chunked"} {
		for range 8 {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := fmt.Fprintf(conn, "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%s\r\n\r\n1\r\n{", header); err != nil {
				t.Fatal(err)
			}
		}
	}
	until(t, "all sixteen uploads have begun", func() bool { return s.queue.held.Load() >= 16 })
	r, err := http.Post("http://"+address+"/predict", "application/json", strings.NewReader(one))
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Errorf("while others upload slowly a request gets %d", r.StatusCode)
	}
	stop()
	<-ended
}

// TestRepliesThatNobodyReadsAreBounded: large replies count until they are written, small ones do not, and one larger than all may go alone.
func TestRepliesThatNobodyReadsAreBounded(t *testing.T) {
	b := replies(1 << 20)
	for _, step := range []struct {
		bytes int64
		fits  bool
	}{{smallReply, true}, {900 << 10, true}, {200 << 10, false}, {smallReply, true}} {
		if err := b.hold(step.bytes); (err == nil) != step.fits {
			t.Errorf("a reply of %d bytes: %v", step.bytes, err)
		}
	}
	b.release(900 << 10)
	if err := b.hold(5 << 20); err != nil {
		t.Errorf("a large reply alone: %v", err)
	}
	if err := b.hold(100 << 10); err == nil {
		t.Error("another beside it finds room")
	}
	b.release(5 << 20)
	b.release(smallReply)
	if b.held.Load() != 0 {
		t.Errorf("%d bytes are left", b.held.Load())
	}
}

// TestSlowReadersAreToldToComeAgain fills the room for replies as clients do that do not read.
func TestSlowReadersAreToldToComeAgain(t *testing.T) {
	s := started(t, nil)
	s.replies.held.Add(s.replies.most)
	if w := ask(s, "POST", "/predict", one); w.Code != http.StatusOK {
		t.Errorf("a small reply: %d", w.Code)
	}
	many := `{"instances":[` + strings.Repeat(one+",", 2000) + one + `]}`
	w := ask(s, "POST", "/predict?reasons=5", many)
	isProblem(t, w.Code, w.Header(), w.Body.Bytes(), Overloaded)
	s.replies.held.Store(0)
	if w := ask(s, "POST", "/predict?reasons=5", many); w.Code != http.StatusOK || s.replies.held.Load() != 0 {
		t.Errorf("with room: %d, %d bytes held", w.Code, s.replies.held.Load())
	}
}

// TestNoRoomForTheReplyCostsNothing: a request that is told to come again has spent none of its quota, by whatever contract it came, and no
// room stays held.
func TestNoRoomForTheReplyCostsNothing(t *testing.T) {
	const users = 5000
	key, k := minted(t, 3, "few", "    users_per_day: 5000\n", "predict")
	rows := strings.Repeat(one+",", users-1) + one
	columns := `{"inputs":[{"name":"visit_days","shape":[5000],"datatype":"FP32","data":[` + strings.Repeat("1,", users-1) + `1]}]}`
	calls := make([]any, users)
	for i := range calls {
		calls[i] = one
	}
	for path, body := range map[string]string{
		"/predict?reasons=5": `{"instances":[` + rows + `]}`, inferPath: columns,
		"/bigquery": remoteBody(t, map[string]string{"output": "json"}, calls...),
	} {
		s := started(t, func(o *Options) { o.Keys = ring(t, k) })
		for _, full := range []bool{true, false, true} {
			s.replies.held.Store(0)
			if full {
				s.replies.held.Store(s.replies.most)
			}
			before := s.replies.held.Load()
			w := ask(s, "POST", path, body, "Authorization", "Bearer "+key)
			if want := map[bool]int{true: http.StatusTooManyRequests, false: http.StatusOK}[full]; w.Code != want {
				t.Fatalf("%s, full %t: %d %.300s", path, full, w.Code, w.Body)
			}
			if held := s.replies.held.Load(); held != before {
				t.Errorf("%s, full %t: %d bytes held, %d before", path, full, held, before)
			}
		}
	}
}

// TestClientThatWentAwayIsNoError: it counts neither as a failure of the server nor as a problem of the client.
func TestClientThatWentAwayIsNoError(t *testing.T) {
	s := started(t, nil)
	for range cap(s.queue.slots) {
		s.queue.slots <- struct{}{}
	}
	for _, path := range []string{"/predict", "/explain", "/bigquery", inferPath} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r := httptest.NewRequestWithContext(ctx, "POST", path, strings.NewReader(one))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.engine.ServeHTTP(w, r)
		if w.Code != 499 || w.Body.Len() > 0 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	metrics := askOf(s.admin, "GET", "/metrics", "").Body.String()
	if !strings.Contains(metrics, `problem="client_gone"`) || strings.Contains(metrics, `problem="internal"`) {
		t.Error("the metrics count a client that went away as something else")
	}
}

// TestScoringTimeBeginsWithScoring: what an upload, or the wait for a turn, took is not scoring.
func TestScoringTimeBeginsWithScoring(t *testing.T) {
	now := time.Now()
	s := started(t, func(o *Options) { o.Now = func() time.Time { return now } })
	q := &request{start: now.Add(-time.Minute), begun: now}
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("POST", "/predict", nil)
	if err := s.going(c, q)(); err != nil {
		t.Errorf("a minute's upload leaves no time to score: %v", err)
	}
	now = now.Add(s.opt.ScoreTimeout + 1)
	if err := s.going(c, q)(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("scoring that took too long: %v", err)
	}
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	pool := x509.NewCertPool()
	certFile, keyFile := signed(t, dir, pool)
	pair, err := cert.Open(certFile, keyFile, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s := started(t, func(o *Options) { o.TLS = pair })
	address, stop, ended := running(t, s)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
	get := func() error {
		r, err := client.Get("https://" + address + "/healthz")
		if err == nil {
			_ = r.Body.Close()
		}
		return err
	}
	if err := get(); err != nil {
		t.Error(err)
	}
	signed(t, dir, pool)
	if err := s.Reload(t.Context()); err != nil {
		t.Error(err)
	}
	if err := get(); err != nil {
		t.Errorf("with the renewed certificate: %v", err)
	}
	if err := os.WriteFile(keyFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(t.Context()); err == nil {
		t.Error("reloaded without a key")
	}
	if err := get(); err != nil {
		t.Errorf("after the failed reload: %v", err)
	}
	if r, err := http.Get("http://" + address + "/healthz"); err == nil {
		_ = r.Body.Close()
		if r.StatusCode == 200 {
			t.Error("plain HTTP was answered")
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// signed writes a certificate for 127.0.0.1, by itself, and its key, and puts it into the pool.
func signed(t *testing.T, dir string, pool *x509.CertPool) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "calback"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pool.AppendCertsFromPEM(certificate)
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, data := range map[string][]byte{certFile: certificate, keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// TestRequestIDsAndTraces: a log line has the request's own id and its trace, and nothing that is not an id.
func TestRequestIDsAndTraces(t *testing.T) {
	s := started(t, func(o *Options) { o.AccessLog = true })
	var logged bytes.Buffer
	s.log = slog.New(slog.NewJSONHandler(&logged, nil))
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	ask(s, "POST", "/predict", one, "X-Request-Id", "req-1", "Traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
	ask(s, "POST", "/predict", one, "X-Request-Id", canary+" <script>", "Traceparent", canary)
	if got := logged.String(); !strings.Contains(got, `"request_id":"req-1"`) || !strings.Contains(got, `"trace_id":"`+trace+`"`) ||
		strings.Contains(got, canary) || strings.Contains(got, "script") {
		t.Errorf("log: %s", got)
	}
	quiet := started(t, nil)
	logged.Reset()
	quiet.log = slog.New(slog.NewTextHandler(&logged, nil))
	ask(quiet, "POST", "/predict", one)
	ask(quiet, "POST", "/predict", "{")
	if got := logged.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "problem=invalid_json") {
		t.Errorf("without an access log: %s", fmt.Sprintf("%q", got))
	}
}

// A request of more users than its key has in a whole day is not told to come again, on any route.
func TestQuotaThatNeverSuffices(t *testing.T) {
	two, item := minted(t, 2, "two", "    users_per_day: 2\n", "predict", "explain")
	s := started(t, func(o *Options) { o.Keys, o.Vertex = ring(t, item), Vertex{Predict: "/vertex/predict"} })
	three := `{"instances":[` + one + `,` + one + `,` + one + `]}`
	for path, body := range map[string]string{
		"/predict": three, "/explain": three, "/vertex/predict": three, "/bigquery": remoteBody(t, nil, one, one, one),
		inferPath: `{"inputs":[{"name":"visit_days","shape":[3],"datatype":"FP32","data":[1,2,3]}]}`,
	} {
		w := ask(s, "POST", path, body, "Authorization", "Bearer "+two)
		if w.Code != TooManyInstances.Status() || w.Header().Get("Retry-After") != "" || !strings.Contains(w.Body.String(), "2 users a day") {
			t.Errorf("%s: %d %v %s", path, w.Code, w.Header(), w.Body)
		}
	}
	if w := ask(s, "POST", "/predict", `{"instances":[`+one+`,`+one+`]}`, "Authorization", "Bearer "+two); w.Code != 200 {
		t.Errorf("two users: %d %s", w.Code, w.Body)
	}
	w := ask(s, "POST", "/predict", one, "Authorization", "Bearer "+two)
	isProblem(t, w.Code, w.Header(), w.Body.Bytes(), QuotaExceeded)
}

// reachable is a listener on this machine that says other machines reach it.
type reachable struct{ net.Listener }

func (reachable) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8081} }

// The admin listener warns where other machines reach it and no key is asked for.
func TestOpenAdminWarns(t *testing.T) {
	_, item := minted(t, 3, "ops", "", "admin")
	for name, c := range map[string]struct {
		keys *keys.Ring
		wrap func(net.Listener) net.Listener
		want int
	}{
		"no keys":  {nil, func(l net.Listener) net.Listener { return reachable{l} }, 1},
		"keys":     {ring(t, item), func(l net.Listener) net.Listener { return reachable{l} }, 0},
		"loopback": {nil, func(l net.Listener) net.Listener { return l }, 0},
	} {
		s := started(t, func(o *Options) { o.Keys = c.keys })
		var logged bytes.Buffer
		s.log = slog.New(slog.NewTextHandler(&logged, nil))
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if err := s.govern(ctx, c.wrap(listener(t))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := strings.Count(logged.String(), "have the model reloaded"); got != c.want {
			t.Errorf("%s: %d warnings, want %d: %s", name, got, c.want, logged.String())
		}
	}
}
