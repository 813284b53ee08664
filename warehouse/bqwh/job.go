package bqwh

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cloud.google.com/go/bigquery"
	"google.golang.org/api/googleapi"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

const (
	jobPrefix = "calback_"
	// tries is how often a request is sent that BigQuery could not take, and how many ids of earlier tries of a run are passed over.
	tries = 5
)

// query is a statement as all are sent: in the dataset, with a limit of bytes, labels and its values.
func (d *db) query(sql string, args []any) (*bigquery.Query, error) {
	q := d.client.Query(sql)
	q.DefaultProjectID, q.DefaultDatasetID = d.dataset.ProjectID, d.dataset.DatasetID
	q.MaxBytesBilled = d.set.MaxGiB * gibibyte
	q.Labels = d.labels(purpose(sql))
	q.Location = d.location
	if n := places(sql); n != len(args) {
		return nil, warehouse.Errorf(warehouse.Invalid, "the statement has %d places for %d values", n, len(args))
	}
	for i, a := range args {
		v, err := parameter(a)
		if err != nil {
			return nil, warehouse.Errorf(warehouse.Invalid, "argument %d: %w", i+1, err)
		}
		q.Parameters = append(q.Parameters, bigquery.QueryParameter{Value: v})
	}
	return q, nil
}

// parameter is a value that the client has a type of GoogleSQL for. NULL has none.
func parameter(a any) (any, error) {
	switch a.(type) {
	case nil:
		return nil, errors.New("nil has no type in GoogleSQL: write NULL into the statement")
	case []string, []int64, []float64:
		return a, nil
	}
	return driver.DefaultParameterConverter.ConvertValue(a)
}

// labels mark a job in BigQuery's job list and on the bill. The label call tells the jobs of this process from those of an earlier try of
// the same run.
func (d *db) labels(job string) map[string]string {
	labels := map[string]string{"app": "calback", "job": label(job), "call": d.call}
	if d.opt.Holder != "" {
		labels["command"] = label(d.opt.Holder)
	}
	return labels
}

// key digests what a request is; the same request a second time in this process is another one.
func (d *db) key(parts ...any) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q", d.run, d.dataset.ProjectID, d.dataset.DatasetID)
	for _, p := range parts {
		fmt.Fprintf(h, " %T %q", p, fmt.Sprint(p))
	}
	key := string(h.Sum(nil))
	d.mu.Lock()
	d.seen[key]++
	n := d.seen[key]
	d.mu.Unlock()
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", key, n))
	return hex.EncodeToString(sum[:16])
}

// jobID is the id of the nth try of the request.
func jobID(key string, try int) string {
	if try == 0 {
		return jobPrefix + key
	}
	return fmt.Sprintf("%s%s_%d", jobPrefix, key, try)
}

// do runs a job to its end. Its id is made from the key, so that a request that is sent twice, because the first answer was lost, is one
// job: BigQuery answers the second with "already exists", which is as good as yes.
//
// A job of that id may also be left from an earlier try of the same run, such as one that was killed. What that one wrote may have been
// overwritten since, so that a finished one never stands in for this one; only one that still runs, and writes, is waited for. Otherwise the
// request is made again under the next id.
func (d *db) do(ctx context.Context, key string, writes bool, insert func(ctx context.Context, id string) (*bigquery.Job, error)) (*bigquery.Job, error) {
	for try := range tries {
		id := jobID(key, try)
		job, there, err := d.insert(ctx, id, insert)
		if err != nil {
			return nil, sorted(ctx, err)
		}
		if !there || d.owns(job) {
			return job, d.finish(ctx, job, writes)
		}
		if status := job.LastStatus(); !writes || status == nil || status.Done() {
			continue
		}
		if err := d.finish(ctx, job, writes); err == nil || ctx.Err() != nil {
			return job, err
		}
	}
	// This run was tried too often to remember: nobody can ask for this job again.
	job, _, err := d.insert(ctx, jobPrefix+key+"_"+d.call, insert)
	if err != nil {
		return nil, sorted(ctx, err)
	}
	return job, d.finish(ctx, job, writes)
}

// insert sends a request until BigQuery takes it, and gives the job, or the one that is there with the id already.
func (d *db) insert(
	ctx context.Context, id string, insert func(ctx context.Context, id string) (*bigquery.Job, error),
) (job *bigquery.Job, there bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, d.patience)
	defer cancel()
	for try := 1; ; try++ {
		job, err := insert(ctx, id)
		var api *googleapi.Error
		if errors.As(err, &api) && api.Code == http.StatusConflict {
			job, err = d.client.JobFromIDLocation(ctx, id, d.location)
			return job, true, err
		}
		if err == nil || try == tries || !transient(err) || !d.pause(ctx, try) {
			return job, false, err
		}
	}
}

// owns is whether the job was made by this process.
func (d *db) owns(job *bigquery.Job) bool {
	config, err := job.Config()
	if err != nil {
		return false
	}
	switch c := config.(type) {
	case *bigquery.QueryConfig:
		return c.Labels["call"] == d.call
	case *bigquery.LoadConfig:
		return c.Labels["call"] == d.call
	}
	return false
}

// pause waits longer after each try; false is the end of the context.
func (d *db) pause(ctx context.Context, try int) bool {
	timer := time.NewTimer(d.wait << (try - 1))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// settleTime is how long the end of a cancelled write is waited for.
const settleTime = 30 * time.Second

// finish waits for the job. When the context ends the job is told to stop; one that writes is then asked what became of it, so that the
// answer is the truth.
func (d *db) finish(ctx context.Context, job *bigquery.Job, writes bool) error {
	status, err := job.Wait(ctx)
	if err == nil {
		return sorted(ctx, status.Err())
	}
	if ctx.Err() == nil {
		return sorted(ctx, err)
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	// Where the request to stop is lost, the job runs to its end.
	_ = job.Cancel(late)
	if writes {
		if status, late := job.Wait(late); late == nil && status.Err() == nil {
			return nil
		}
	}
	return sorted(ctx, err)
}
