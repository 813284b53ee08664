package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
)

// long is set by CALBACK_LONG=1, for the runs before a release.
var long = os.Getenv("CALBACK_LONG") != ""

// backward is the small model with its features in the opposite order, so that a row of another version's would be scored wrongly.
func backward(version string, bias float64) *model.Artifact {
	a := artifact(version, bias)
	man := &a.Manifest
	slices.Reverse(man.Set.Features)
	slices.Reverse(man.Fields)
	slices.Reverse(man.Reference)
	m := a.Predictor.(*linear.Model)
	m.Fields = man.Fields
	for i := range m.Terms {
		m.Terms[i].Column = len(man.Fields) - 1 - m.Terms[i].Column
	}
	slices.Reverse(m.Terms)
	a.SetGolden(5)
	return a
}

// narrow is the small model without its last feature, which no body of the tests names.
func narrow(version string, bias float64) *model.Artifact {
	a := artifact(version, bias)
	man := &a.Manifest
	man.Set.Features, man.Fields, man.Reference = man.Set.Features[:4], man.Fields[:4], man.Reference[:4]
	a.Predictor.(*linear.Model).Fields = man.Fields
	a.SetGolden(5)
	return a
}

// question is one request of a load. Each of adds is what one of its users has in log-odds beside a user of 2 visit days.
type question struct {
	path, body string
	adds       []float64
}

// questions ask about the same two users in every way there is.
func questions(t testing.TB) []question {
	const first, second = `{"features":{"visit_days":4,"meetings":2,"channel":"Paid Social"}}`, `{"features":{"visit_days":1}}`
	const firstAdds, secondAdds = 0.5*2 + 0.2*2 + 0.4, -0.5
	both := []float64{firstAdds, secondAdds}
	return []question{
		{"/predict", first, both[:1]},
		{"/predict?reasons=3&sure=1", `{"instances":[` + second + `,` + first + `]}`, both},
		{"/explain", first, both[:1]},
		{"/predict", `{"inputs":{"channel":["Paid Social",null],"visit_days":[4,1],"meetings":[2,null]}}`, both},
		{inferPath, `{"inputs":[{"name":"visit_days","shape":[1],"datatype":"INT64","data":[1]}]}`, both[1:]},
		{"/bigquery", remoteBody(t, nil, first, second), both},
	}
}

// post sends a body and gives the version that the reply names, and the reply.
func post(ctx context.Context, client *http.Client, url, body string) (version, reply string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return "", "", err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(r)
	if err != nil {
		return "", "", err
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s %s", url, answer.Status, got)
	}
	return answer.Header.Get("X-Model-Version"), string(got), err
}

// goldenReplies are the replies of servers that serve one version each. Their probabilities are held to the formula.
func goldenReplies(t *testing.T, dir string, asked []question, logOdds map[string]float64) map[string][]string {
	t.Helper()
	numbers := regexp.MustCompile(`0\.[0-9]+`)
	golden := map[string][]string{}
	for version, base := range logOdds {
		s, err := New(Options{Models: dir, Version: version}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range asked {
			w := ask(s, "POST", q.path, q.body)
			given := numbers.FindAllString(w.Body.String(), -1)
			for _, adds := range q.adds {
				want := model.Sigmoid(base + adds)
				if !slices.ContainsFunc(given, func(text string) bool {
					v, err := strconv.ParseFloat(text, 64)
					return err == nil && math.Abs(v-want) < 1e-12
				}) {
					t.Fatalf("%s of %s: %d %s, want the probability %v", q.path, version, w.Code, w.Body, want)
				}
			}
			golden[version] = append(golden[version], w.Body.String())
		}
	}
	return golden
}

// swapLoad is a load on a running server whose model is swapped meanwhile.
type swapLoad struct {
	*testing.T
	dir, public, admin string
	asked              []question
	golden             map[string][]string
	requests, swaps    int64
	client             *http.Client
	sent, swapped      atomic.Int64
	answered           [4]atomic.Int64
	// tokens has one for each swap that is due, so that the swaps are spread over the load.
	tokens chan struct{}
	giveUp context.CancelFunc
}

// ask sends requests until all requests are sent and all swaps are done.
func (l *swapLoad) ask(ctx context.Context, first int) {
	for i := first; ctx.Err() == nil && (l.sent.Load() < l.requests || l.swapped.Load() < l.swaps); i++ {
		at := i % len(l.asked)
		q := l.asked[at]
		version, got, err := post(ctx, l.client, l.public+q.path, q.body)
		want := l.golden[version]
		if ctx.Err() != nil {
			return
		}
		if err != nil || want == nil || got != want[at] {
			l.Errorf("%s of version %q: %v\ngot  %s\nwant %s", q.path, version, err, got, want)
			l.giveUp()
			return
		}
		l.answered[version[1]-'1'].Add(1)
		if n := l.sent.Add(1); n <= l.requests && n%(l.requests/l.swaps) == 0 {
			l.tokens <- struct{}{}
		}
	}
}

// swap makes one version after another the current one.
func (l *swapLoad) swap(ctx context.Context) {
	rng := rand.New(rand.NewPCG(5, 0))
	for range l.swaps {
		select {
		case <-l.tokens:
		case <-ctx.Done():
			return
		}
		version := fmt.Sprintf("v%d", 1+rng.IntN(len(l.answered)))
		err := os.WriteFile(filepath.Join(l.dir, "revisit", "CURRENT"), []byte(version+"\n"), 0o600)
		if err == nil {
			var got string
			if got, _, err = post(ctx, l.client, l.admin+"/admin/reload", ""); err == nil && got != version {
				err = fmt.Errorf("swapped to %s, want %s", got, version)
			}
		}
		if err != nil {
			l.Error(err)
			l.giveUp()
			return
		}
		l.swapped.Add(1)
	}
}

// TestSwapUnderLoad is promise S5: the model is swapped a thousand times, by the admin listener of a running server, while clients ask.
// Every reply must be, byte for byte, that of a server which serves nothing but the version that the reply names.
func TestSwapUnderLoad(t *testing.T) {
	dir := t.TempDir()
	publish(t, dir, artifact("v1", 0))
	publish(t, dir, backward("v2", 1))
	publish(t, dir, narrow("v3", 0.75))
	publish(t, dir, backward("v4", -1))
	asked := questions(t)
	s, err := New(Options{Models: dir, Queue: 1000}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	public, admin := listener(t), listener(t)
	serving, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- s.ServeBoth(serving, public, admin) }()

	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	l := &swapLoad{
		T: t, dir: dir, public: "http://" + public.Addr().String(), admin: "http://" + admin.Addr().String(), asked: asked,
		golden:   goldenReplies(t, dir, asked, map[string]float64{"v1": -1, "v2": 0, "v3": -0.25, "v4": -2}),
		requests: 10_000, swaps: 1000, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}, giveUp: giveUp,
	}
	if long {
		l.requests = 100_000
	}
	l.tokens = make(chan struct{}, l.swaps)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() { l.ask(ctx, i) })
	}
	all.Go(func() { l.swap(ctx) })
	all.Wait()
	for i := range l.answered {
		n := l.answered[i].Load()
		t.Logf("v%d answered %d of %d requests, over %d swaps", i+1, n, l.sent.Load(), l.swapped.Load())
		if n == 0 {
			t.Errorf("v%d answered nothing", i+1)
		}
	}
	l.client.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
