// Package server answers over HTTP how likely new users are to revisit, from one published artifact: New loads it, Run serves
// it, Reload swaps it for the current one while requests go on.
package server

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/Koalajuni/Calback-Data-ML/internal/server/cert"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/keys"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/sight"
	"github.com/Koalajuni/Calback-Data-ML/model/explain"
)

// Options say what is served and within which limits. The zero value of each field stands for its default.
type Options struct {
	// Addr is the address to listen on. Defaults to 127.0.0.1:8080, which only this machine can reach.
	Addr string
	// Models is the directory of the artifact store. Defaults to models.
	Models string
	// Name is the model's name in the store. Defaults to revisit.
	Name string
	// Version pins one version. Defaults to "", the version that is current at each load.
	Version string
	// MaxBody is the size of a request body in bytes, as sent and once inflated. Defaults to 4 MiB.
	MaxBody int64
	// MaxInstances is the number of users in one request. Defaults to 10,000.
	MaxInstances int
	// HeaderTimeout is the time a client has to send its request's header. Defaults to 2 s.
	HeaderTimeout time.Duration
	// ReadTimeout is the time a client has to send a whole request. Defaults to 10 s.
	ReadTimeout time.Duration
	// ScoreTimeout is the time one request may be worked on. Defaults to 5 s.
	ScoreTimeout time.Duration
	// WriteTimeout is the time from the end of the header to the end of the reply. Defaults to 15 s.
	WriteTimeout time.Duration
	// IdleTimeout is the time an unused connection stays open: longer than a load balancer keeps one, or it would send on one that is
	// just being closed. Google's keep them 600 s. Defaults to 620 s.
	IdleTimeout time.Duration
	// Drain is the time that requests in flight have to end after the server was told to stop. Defaults to 10 s.
	Drain time.Duration
	// Linger is how long the server goes on taking requests after it was told to stop, not ready any more, so that whoever spreads the
	// load can notice. Defaults to 0.
	Linger time.Duration
	// Admin is the address for metrics and reloads, best one that only this machine can reach. Defaults to "", no such listener.
	Admin string
	// Keys admit requests. Defaults to nil: whoever reaches the server may ask.
	Keys *keys.Ring
	// TLS has the certificate of the listener, not of Admin. Defaults to nil, plain HTTP.
	TLS *cert.Pair
	// Poll is how often CURRENT is looked at for a new version. Defaults to 0, never.
	Poll time.Duration
	// Shadow is a version to score beside the served one and compare in metrics. Defaults to "", none.
	Shadow string
	// Snapshot is a file of users' features, one instance a line, so that a request may name a user. Defaults to "", none.
	Snapshot string
	// Secret is what users' ids are hashed with before they are looked up in the snapshot. Empty, a request names the hash itself.
	Secret []byte
	// Possible are the actions that an explanation may suggest. Defaults to none.
	Possible []string
	// Vertex are the routes that Vertex AI asks for.
	Vertex Vertex
	// Slots is how many requests are worked on at a time, Queue how many may wait, QueueWait for how long. They default to 4 a processor,
	// 16 a slot and 500 ms. A request that finds no room is answered with 429.
	Slots, Queue int
	QueueWait    time.Duration
	// AccessLog writes a line for every request, not only for those that ended with a problem.
	AccessLog bool
	// OTLP is the URL of an OpenTelemetry collector to send traces to. Defaults to "", none.
	OTLP string
	// Build is the program's own version, for traces.
	Build string
	// Now tells the time. Defaults to time.Now.
	Now func() time.Time
}

// Vertex are the routes of Vertex AI's custom containers; "" for none.
type Vertex struct {
	Health, Predict string
}

func (o Options) withDefaults() Options {
	o.Addr = cmp.Or(o.Addr, "127.0.0.1:8080")
	o.Models = cmp.Or(o.Models, "models")
	o.Name = cmp.Or(o.Name, "revisit")
	o.MaxBody = cmp.Or(o.MaxBody, 4<<20)
	o.MaxInstances = cmp.Or(o.MaxInstances, 10_000)
	o.HeaderTimeout = cmp.Or(o.HeaderTimeout, 2*time.Second)
	o.ReadTimeout = cmp.Or(o.ReadTimeout, 10*time.Second)
	o.ScoreTimeout = cmp.Or(o.ScoreTimeout, 5*time.Second)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 15*time.Second)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 620*time.Second)
	o.Drain = cmp.Or(o.Drain, 10*time.Second)
	o.Slots = cmp.Or(o.Slots, 4*runtime.GOMAXPROCS(0))
	o.Queue = cmp.Or(o.Queue, 16*o.Slots)
	o.QueueWait = cmp.Or(o.QueueWait, 500*time.Millisecond)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Validate reports the first limit or timeout that cannot be kept.
func (o Options) Validate() error {
	// One byte more than the limit is read, to know a larger body.
	if o.Slots > 0 && o.MaxBody > (math.MaxInt64-1)/int64(o.Slots) {
		return fmt.Errorf("bodies of %d bytes in %d slots are more than can be counted; give less of one", o.MaxBody, o.Slots)
	}
	if o.MaxBody < 0 || o.MaxInstances < 0 {
		return fmt.Errorf("limits must be above 0: body %d bytes, %d instances", o.MaxBody, o.MaxInstances)
	}
	for name, d := range map[string]time.Duration{
		"header": o.HeaderTimeout, "read": o.ReadTimeout, "score": o.ScoreTimeout, "write": o.WriteTimeout, "idle": o.IdleTimeout,
		"drain": o.Drain, "linger": o.Linger, "poll": o.Poll, "queue": o.QueueWait,
	} {
		if d < 0 {
			return fmt.Errorf("the %s timeout must be above 0, is %s", name, d)
		}
	}
	if o.Slots < 0 || o.Queue < 0 {
		return fmt.Errorf("slots and queue must be above 0, are %d and %d", o.Slots, o.Queue)
	}
	for name, path := range map[string]string{"health": o.Vertex.Health, "predict": o.Vertex.Predict} {
		if path != "" && !vertexPath.MatchString(path) {
			return fmt.Errorf("the %s route of Vertex AI must be a path such as /v1/%s, of letters, digits, dots, dashes and "+
				"underscores", name, name)
		}
	}
	return nil
}

// vertexPath has the paths that Vertex AI gives by itself, such as /v1/endpoints/7/deployedModels/9:predict.
var vertexPath = regexp.MustCompile(`^(/[A-Za-z0-9._-]+)+(:[A-Za-z]+)?$`)

// Server serves one model. It is safe for concurrent use.
type Server struct {
	opt     Options
	log     *slog.Logger
	engine  *gin.Engine
	admin   *gin.Engine
	current atomic.Pointer[loaded]
	shadow  atomic.Pointer[shadow]
	truths  atomic.Pointer[[]sight.Truth]
	// damaged is the state of a file of truths that could not be read and was told of, nil while it can be.
	damaged  atomic.Pointer[string]
	sight    *sight.Metrics
	queue    *queue
	replies  *budget
	draining atomic.Bool
	// reloading lets one Reload run at a time, so that the newest read is also the last stored.
	reloading sync.Mutex
}

// ErrUnknownAction is wrapped by New and Reload when Options.Possible names what the model knows nothing of.
var ErrUnknownAction = errors.New("unknown action")

// ErrNothingPublished is wrapped by New and Reload when the store has no current version.
var ErrNothingPublished = errors.New("no model published")

// New loads the model and makes a server that is ready to handle requests. It fails when the model is not there or not whole.
func New(opt Options, logger *slog.Logger) (*Server, error) {
	s := &Server{opt: opt.withDefaults(), log: logger, sight: sight.New()}
	if err := s.opt.Validate(); err != nil {
		return nil, err
	}
	s.queue = newQueue(s.opt.Slots, s.opt.Queue, s.opt.QueueWait, bodies(s.opt.MaxBody*int64(s.opt.Slots)))
	s.replies = replies(s.opt.MaxBody * int64(s.opt.Slots))
	m, beside, err := s.loadAll()
	if err != nil {
		return nil, err
	}
	s.swap(m, beside)
	s.log.Info("model loaded", "name", m.name, "version", m.version, "simulated", m.simulated, "shadow", s.opt.Shadow,
		"snapshot_users", m.snapshot.users(), "possible", strings.Join(m.possible, ","))
	s.sight.Drift(s.driftSample)
	s.sight.Truth(func() (sight.Truth, bool) { return s.truth(s.current.Load()) })
	list := s.table()
	if err := distinct(list); err != nil {
		return nil, err
	}
	s.engine = s.newEngine(list, "POST /predict, POST /explain, GET /model, GET /docs; metrics and reloads are on the admin listener")
	s.admin = s.newEngine(s.adminTable(), "GET /metrics, POST /admin/reload; predictions are on the other listener")
	return s, nil
}

// Version is the version of the model that new requests are answered with.
func (s *Server) Version() string { return s.current.Load().version }

// possible are the actions that explanations by this model may suggest. All that Options.Possible names must be known to the model; "all"
// is whatever it knows.
func (s *Server) possible(m *loaded) ([]string, error) {
	known := explain.Actions(m.art)
	if slices.Equal(s.opt.Possible, []string{"all"}) {
		// What happens without the user is nothing to suggest.
		return slices.DeleteFunc(known, func(action string) bool { return slices.Contains(m.set().Background, action) }), nil
	}
	for _, action := range s.opt.Possible {
		if !slices.Contains(known, action) {
			return nil, fmt.Errorf("%w %s%s: the model has features of %s", ErrUnknownAction, naming(action), hint(action, known),
				strings.Join(known, ", "))
		}
	}
	return s.opt.Possible, nil
}
