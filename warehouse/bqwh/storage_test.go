package bqwh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/bigquery"
	storage "cloud.google.com/go/bigquery/storage/apiv1"
	"cloud.google.com/go/bigquery/storage/apiv1/storagepb"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// readServer is the Storage Read API over a table, as cloud.google.com/bigquery/docs/reference/storage/rpc documents it:
// a session has the schema's message and streams of neighbouring rows, each a run of record batches from any offset.
type readServer struct {
	storagepb.UnimplementedBigQueryReadServer
	t *testing.T
	// record is the table, if times is more than 1 that often.
	record arrow.RecordBatch
	times  int64
	// size is how many rows a message has at the most.
	size int64
	// refuse is the answer to CreateReadSession instead of a session.
	refuse error
	// before, if set, is called before a message of the stream from the row on; an error ends the call.
	before func(ctx context.Context, stream string, row int64) error

	mu       sync.Mutex
	sessions []*storagepb.CreateReadSessionRequest
	// offsets are where each stream was read from, call by call.
	offsets  map[string][]int64
	messages map[[2]int64][]byte
}

func (s *readServer) rows() int64 { return s.record.NumRows() * max(s.times, 1) }

// CreateReadSession implements storagepb.BigQueryReadServer. An empty table has no stream.
func (s *readServer) CreateReadSession(_ context.Context, r *storagepb.CreateReadSessionRequest) (*storagepb.ReadSession, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = append(s.sessions, r)
	if s.refuse != nil {
		return nil, s.refuse
	}
	session := &storagepb.ReadSession{
		Name:       "projects/my-project/locations/asia-northeast3/sessions/s",
		DataFormat: r.ReadSession.DataFormat, Table: r.ReadSession.Table,
		Schema: &storagepb.ReadSession_ArrowSchema{ArrowSchema: &storagepb.ArrowSchema{
			SerializedSchema: schemaMessage(s.t, s.record.Schema()),
		}},
	}
	for i := range min(int64(r.MaxStreamCount), s.rows()) {
		session.Streams = append(session.Streams, &storagepb.ReadStream{Name: fmt.Sprintf("%s/streams/%d", session.Name, i)})
	}
	return session, nil
}

// ReadRows implements storagepb.BigQueryReadServer.
func (s *readServer) ReadRows(r *storagepb.ReadRowsRequest, out storagepb.BigQueryRead_ReadRowsServer) error {
	name := r.ReadStream[strings.LastIndex(r.ReadStream, "/")+1:]
	from, to := s.bounds(name)
	if r.Offset < 0 || from+r.Offset > to {
		return status.Errorf(codes.OutOfRange, "offset %d of %d rows", r.Offset, to-from)
	}
	s.mu.Lock()
	s.offsets[name] = append(s.offsets[name], r.Offset)
	s.mu.Unlock()
	for row := from + r.Offset; row < to; {
		if s.before != nil {
			if err := s.before(out.Context(), name, row-from); err != nil {
				return err
			}
		}
		first := row % s.record.NumRows()
		n := min(s.size, to-row, s.record.NumRows()-first)
		err := out.Send(&storagepb.ReadRowsResponse{RowCount: n, Rows: &storagepb.ReadRowsResponse_ArrowRecordBatch{
			ArrowRecordBatch: &storagepb.ArrowRecordBatch{SerializedRecordBatch: s.message(first, first+n)},
		}})
		if err != nil {
			return err
		}
		row += n
	}
	return nil
}

// bounds are the rows of a stream of the last session.
func (s *readServer) bounds(name string) (from, to int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var i int64
	if _, err := fmt.Sscan(name, &i); err != nil {
		s.t.Errorf("stream %q: %v", name, err)
	}
	n := min(int64(s.sessions[len(s.sessions)-1].MaxStreamCount), s.rows())
	return s.rows() * i / n, s.rows() * (i + 1) / n
}

// message is the record batch of the rows of the record; it is made once.
func (s *readServer) message(from, to int64) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := [2]int64{from, to}
	if s.messages[key] == nil {
		s.messages[key] = batchMessage(s.t, s.record.NewSlice(from, to))
	}
	return s.messages[key]
}

// jobAnswer is what jobs.get answers for a query without a destination of its own.
const jobAnswer = `{"kind": "bigquery#job", "id": "my-project:asia-northeast3.job1",
	"jobReference": {"projectId": "my-project", "jobId": "job1", "location": "asia-northeast3"},
	"configuration": {"jobType": "QUERY", "query": {"query": "SELECT 1",
		"destinationTable": {"projectId": "my-project", "datasetId": "_anon", "tableId": "anon1"}}},
	"status": {"state": "DONE"}, "statistics": {"creationTime": "1", "startTime": "1", "endTime": "2"}}`

// open gives a driver that reads from the server with so many streams, and the job whose result the table is.
func (s *readServer) open(threads int, answer string) (*db, *bigquery.Job) {
	s.t.Helper()
	s.offsets, s.messages = map[string][]int64{}, map[[2]int64][]byte{}
	rest := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/projects/my-project/jobs/job1") || r.URL.Query().Get("location") != "asia-northeast3" {
			s.t.Errorf("unexpected request %s %s", r.Method, r.URL)
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, answer)
	}))
	s.t.Cleanup(rest.Close)
	client, err := bigquery.NewClient(s.t.Context(), "my-project", option.WithEndpoint(rest.URL), option.WithoutAuthentication())
	if err != nil {
		s.t.Fatal(err)
	}
	d := &db{
		client: client, set: Settings{Reader: s.dial()}, opt: warehouse.Options{Threads: threads}, location: "asia-northeast3",
		wait: time.Millisecond,
	}
	s.t.Cleanup(func() { d.Close() })
	job, err := client.JobFromIDLocation(s.t.Context(), "job1", d.location)
	if err != nil {
		s.t.Fatal(err)
	}
	return d, job
}

func (s *readServer) dial() *storage.BigQueryReadClient {
	s.t.Helper()
	wire := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	storagepb.RegisterBigQueryReadServer(server, s)
	go server.Serve(wire)
	s.t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:///read", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return wire.DialContext(ctx) }))
	if err != nil {
		s.t.Fatal(err)
	}
	reader, err := storage.NewBigQueryReadClient(s.t.Context(), option.WithGRPCConn(conn))
	if err != nil {
		s.t.Fatal(err)
	}
	return reader
}

// TestReadStreamsOnce reads many batches of several streams at once.
func TestReadStreamsOnce(t *testing.T) {
	s := &readServer{t: t, record: counted(10_007), size: 37}
	d, job := s.open(4, jobAnswer)
	got, batches, err := numbersOf(t.Context(), d, job, false)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	wantCount(t, got, 10_007)
	if batches < 10_007/37 || len(s.offsets) != 4 || s.sessions[0].MaxStreamCount != 4 {
		t.Errorf("%d batches of %d streams, %d asked for", batches, len(s.offsets), s.sessions[0].MaxStreamCount)
	}
}

// TestReadInOrder reads the result of a query with an order: by one stream, however many threads there are.
func TestReadInOrder(t *testing.T) {
	s := &readServer{t: t, record: counted(5_000), size: 7}
	d, job := s.open(8, jobAnswer)
	got, _, err := numbersOf(t.Context(), d, job, ordered("SELECT n FROM (SELECT 1 AS n) ORDER BY n"))
	if err != nil {
		t.Fatal(err)
	}
	wantCount(t, got, 5_000)
	if len(s.offsets) != 1 || s.sessions[0].MaxStreamCount != 1 {
		t.Errorf("%d streams were read, %d asked for; want 1", len(s.offsets), s.sessions[0].MaxStreamCount)
	}
}

// TestReadNoResult refuses a job whose result no table holds.
func TestReadNoResult(t *testing.T) {
	s := &readServer{t: t, record: counted(1), size: 1}
	load := `{"jobReference": {"projectId": "my-project", "jobId": "job1", "location": "asia-northeast3"},
		"status": {"state": "DONE"}, "configuration": {"jobType": "LOAD", "load": {
			"destinationTable": {"projectId": "p", "datasetId": "d", "tableId": "t"}}}}`
	d, job := s.open(1, load)
	if _, _, err := numbersOf(t.Context(), d, job, false); warehouse.KindOf(err) != warehouse.Invalid {
		t.Errorf("%v, want an invalid statement", err)
	}
}

// connected reads the table once, so that the connections are there, forgets it, and counts the goroutines.
func (s *readServer) connected(d *db, job *bigquery.Job) int {
	s.t.Helper()
	if _, _, err := numbersOf(s.t.Context(), d, job, false); err != nil {
		s.t.Fatal(err)
	}
	clear(s.offsets)
	n := runtime.NumGoroutine()
	for quiet := 0; quiet < 10; quiet++ {
		time.Sleep(time.Millisecond)
		if now := runtime.NumGoroutine(); now != n {
			n, quiet = now, 0
		}
	}
	return n
}

// settled waits until no more goroutines run than before, and shows those that stay.
func settled(t *testing.T, before int) {
	t.Helper()
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	var stacks strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&stacks, 1); err != nil {
		t.Error(err)
	}
	t.Errorf("%d goroutines run, %d before:\n%s", runtime.NumGoroutine(), before, stacks.String())
}

var errFull = errors.New("the disk is full")

// TestReadResumes breaks streams off, and wants each read on at the row after the last one that came.
func TestReadResumes(t *testing.T) {
	for name, c := range map[string]struct {
		code codes.Code
		// every is how many rows of a stream come between two failures.
		every   int64
		offsets []int64
	}{
		"once":                       {codes.Unavailable, 300, []int64{0, 300}},
		"the connection is reset":    {codes.Internal, 300, []int64{0, 300}},
		"more often than tries":      {codes.Unavailable, 50, []int64{0, 50, 100, 150, 200, 250, 300, 350, 400, 450}},
		"before the first row comes": {codes.Unavailable, 500, []int64{0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &readServer{t: t, record: counted(1000), size: 10}
			var mu sync.Mutex
			failed := map[string]bool{}
			s.before = func(_ context.Context, stream string, row int64) error {
				mu.Lock()
				defer mu.Unlock()
				at := fmt.Sprint(stream, " ", row)
				if row%c.every != 0 || row == 0 && c.every < 500 || failed[at] {
					return nil
				}
				failed[at] = true
				return status.Error(c.code, "the stream broke")
			}
			d, job := s.open(2, jobAnswer)
			got, _, err := numbersOf(t.Context(), d, job, false)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(got)
			wantCount(t, got, 1000)
			if diff := cmp.Diff(map[string][]int64{"0": c.offsets, "1": c.offsets}, s.offsets); diff != "" {
				t.Errorf("offsets (-want +got)\n%s", diff)
			}
		})
	}
}

// TestReadFails wants the service's reason, its kind, no try too many and no goroutine that stays.
func TestReadFails(t *testing.T) {
	for name, c := range map[string]struct {
		session, rows error
		kind          warehouse.Kind
		calls         int
		says          string
	}{
		"no right to make a session": {
			session: status.Error(codes.PermissionDenied, "no bigquery.readsessions.create"),
			kind:    warehouse.Unavailable, says: accessRemedy,
		},
		"no right to read rows": {
			rows: status.Error(codes.PermissionDenied, "no bigquery.tables.getData"),
			kind: warehouse.Unavailable, calls: 1, says: accessRemedy,
		},
		"the table is gone":    {session: status.Error(codes.NotFound, "table anon1 was not found"), kind: warehouse.NotFound},
		"the session is over":  {rows: status.Error(codes.FailedPrecondition, "session expired"), kind: warehouse.BadQuery, calls: 1},
		"it never comes again": {rows: status.Error(codes.Unavailable, "try again later"), kind: warehouse.Unavailable, calls: tries},
	} {
		t.Run(name, func(t *testing.T) {
			s := &readServer{t: t, record: counted(1000), size: 10}
			d, job := s.open(1, jobAnswer)
			before := s.connected(d, job)
			s.refuse, s.before = c.session, func(_ context.Context, _ string, row int64) error {
				if row == 200 {
					return c.rows
				}
				return nil
			}
			got, _, err := numbersOf(t.Context(), d, job, false)
			if err == nil || warehouse.KindOf(err) != c.kind {
				t.Fatalf("error %v of kind %s, want %s", err, warehouse.KindOf(err), c.kind)
			}
			cause := c.session
			if cause == nil {
				cause = c.rows
			}
			reason := status.Convert(cause).Message()
			if text := err.Error(); !strings.Contains(text, reason) || !strings.Contains(text, c.says) {
				t.Errorf("error %q, want it to say %q and %q", text, reason, c.says)
			}
			if len(s.offsets["0"]) != c.calls || c.rows != nil && len(got) != 200 {
				t.Errorf("ReadRows from %d, %d rows; want %d calls", s.offsets["0"], len(got), c.calls)
			}
			settled(t, before)
		})
	}
}

// TestReadStops ends a read from outside and from within, while messages flow and while none comes.
func TestReadStops(t *testing.T) {
	stop := func(cancel context.CancelFunc) error { cancel(); return nil }
	stopLater := func(cancel context.CancelFunc) error { time.AfterFunc(time.Millisecond, cancel); return nil }
	give := func(context.CancelFunc) error { return errFull }
	for name, c := range map[string]struct {
		// silent is the row at which the streams fall silent.
		silent int64
		// end is what fn does at its third batch.
		end  func(cancel context.CancelFunc) error
		kind warehouse.Kind
		err  error
	}{
		"canceled while rows flow":     {-1, stop, warehouse.Canceled, context.Canceled},
		"canceled while nothing comes": {20, stopLater, warehouse.Canceled, context.Canceled},
		"fn fails":                     {-1, give, warehouse.Internal, errFull},
		"fn fails, nothing comes":      {20, give, warehouse.Internal, errFull},
	} {
		t.Run(name, func(t *testing.T) {
			s := &readServer{t: t, record: counted(100), size: 10}
			d, job := s.open(2, jobAnswer)
			before := s.connected(d, job)
			s.times, s.before = 100_000, func(ctx context.Context, _ string, row int64) error {
				if row == c.silent {
					<-ctx.Done()
				}
				return ctx.Err()
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			batches := 0
			err := d.readStreams(ctx, job, false, func([]warehouse.ColumnData) error {
				if batches++; batches == 3 {
					return c.end(cancel)
				}
				return nil
			})
			if !errors.Is(err, c.err) || warehouse.KindOf(err) != c.kind {
				t.Errorf("error %v of kind %s, want %v of kind %s", err, warehouse.KindOf(err), c.err, c.kind)
			}
			if batches < 3 || c.silent < 0 && batches > 3 {
				t.Errorf("fn was called %d times, want 3", batches)
			}
			settled(t, before)
		})
	}
}
