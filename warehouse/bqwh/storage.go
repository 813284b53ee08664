package bqwh

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"

	"cloud.google.com/go/bigquery"
	"cloud.google.com/go/bigquery/storage/apiv1/storagepb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

const (
	// largestMessage is the most that a message of the Storage Read API may be (cloud.google.com/bigquery/quotas#storage-limits), and some.
	largestMessage = 129 * mebibyte
	// mostStreams bounds the memory: a stream has one message and its decoded batch.
	mostStreams = 16
)

// batch are decoded rows of one stream. Its columns are filled anew once it was taken.
type batch struct {
	columns []warehouse.ColumnData
	taken   chan struct{}
}

// readStreams reads the result table of the job over the Storage Read API: a session of several streams, each read and decoded by a
// goroutine of its own, one batch at a time. fn is called here. The order of a result is kept by reading one stream.
//
// The iterator of the bigquery package would do the same, but it ends without an error when the context ends, tries for ever on some errors,
// and leaves its goroutines behind when it is not read to its end.
func (d *db) readStreams(parent context.Context, job *bigquery.Job, ordered bool, fn func([]warehouse.ColumnData) error) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	session, err := d.session(ctx, job, ordered)
	if err != nil {
		return sorted(parent, err)
	}
	schema := session.GetArrowSchema().GetSerializedSchema()
	empty, err := arrowColumns(schema)
	if err != nil {
		return err
	}
	batches := make(chan batch)
	failed := make(chan error, len(session.Streams))
	var readers sync.WaitGroup
	for _, stream := range session.Streams {
		readers.Go(func() {
			r := streamReader{db: d, name: stream.Name, schema: schema, out: batches}
			if err := r.run(ctx); err != nil {
				failed <- err
				cancel()
			}
		})
	}
	go func() {
		readers.Wait()
		close(batches)
	}()
	handed, refused := false, error(nil)
	// The batches are taken to the last one even after a failure, so that no reader is left waiting.
	for b := range batches {
		if refused == nil && ctx.Err() == nil {
			handed = true
			if refused = fn(b.columns); refused != nil {
				cancel()
			}
		}
		b.taken <- struct{}{}
	}
	if refused != nil {
		return refused
	}
	select {
	case err := <-failed:
		return sorted(parent, err)
	default:
	}
	if err := parent.Err(); err != nil {
		return sorted(parent, err)
	}
	if !handed {
		return fn(empty)
	}
	return nil
}

// session makes a read session over the table that the job's result went into.
func (d *db) session(ctx context.Context, job *bigquery.Job, ordered bool) (*storagepb.ReadSession, error) {
	// Only asking again tells the table that BigQuery made for the result.
	job, err := d.client.JobFromIDLocation(ctx, job.ID(), d.location)
	if err != nil {
		return nil, err
	}
	config, err := job.Config()
	if err != nil {
		return nil, err
	}
	q, ok := config.(*bigquery.QueryConfig)
	if !ok || q.Dst == nil {
		return nil, warehouse.Errorf(warehouse.Invalid, "the statement gives no result that can be read; want one SELECT")
	}
	table, err := q.Dst.Identifier(bigquery.StorageAPIResourceID)
	if err != nil {
		return nil, err
	}
	streams := min(runtime.GOMAXPROCS(0), mostStreams)
	if d.opt.Threads > 0 {
		streams = min(d.opt.Threads, mostStreams)
	}
	if ordered {
		streams = 1
	}
	return d.set.Reader.CreateReadSession(ctx, &storagepb.CreateReadSessionRequest{
		Parent:         "projects/" + d.client.Project(),
		ReadSession:    &storagepb.ReadSession{Table: table, DataFormat: storagepb.DataFormat_ARROW},
		MaxStreamCount: int32(streams),
	}, gax.WithGRPCOptions(grpc.MaxCallRecvMsgSize(largestMessage)))
}

// streamReader reads one stream of a session.
type streamReader struct {
	db     *db
	name   string
	schema []byte
	out    chan<- batch
	// offset is how many rows were handed over.
	offset int64
}

// run reads the stream to its end. Where the connection fails it goes on after the last row that was handed over.
func (r *streamReader) run(ctx context.Context) error {
	decode, err := newDecoder(r.schema)
	if err != nil {
		return err
	}
	defer decode.release()
	for failures := 1; ; failures++ {
		from := r.offset
		err := r.read(ctx, decode)
		if err == nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if r.offset > from {
			failures = 1
		}
		if failures == tries || !again(err) || !r.db.pause(ctx, failures) {
			return err
		}
	}
}

func (r *streamReader) read(ctx context.Context, decode *decoder) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := r.db.set.Reader.ReadRows(ctx, &storagepb.ReadRowsRequest{ReadStream: r.name, Offset: r.offset},
		gax.WithGRPCOptions(grpc.MaxCallRecvMsgSize(largestMessage)))
	if err != nil {
		return err
	}
	taken := make(chan struct{})
	for {
		m, err := rows.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if m.GetRowCount() == 0 {
			continue
		}
		columns, err := decode.batch(m.GetArrowRecordBatch().GetSerializedRecordBatch(), m.GetRowCount())
		if err != nil {
			return err
		}
		r.out <- batch{columns, taken}
		<-taken
		r.offset += m.GetRowCount()
	}
}

// again is whether a stream that failed this way may be read on.
func again(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.Aborted, codes.Internal, codes.DeadlineExceeded, codes.ResourceExhausted:
		return true
	}
	return false
}
