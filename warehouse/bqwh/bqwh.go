// Package bqwh is the warehouse in BigQuery, behind the scheme "bigquery": bigquery://PROJECT/DATASET?location=asia-northeast3. Importing it
// registers the scheme.
//
// Every query is asked for its price first (Options.Cost), bills no more than max_gib, and is a job with labels and an id that makes it the
// same job when its request is sent twice. Days are replaced by a load job into a staging table and one transaction. Results are read over
// the Storage Read API or by pages of JSON. A number map is a repeated record of a key and a value, which cannot be NULL: a NULL map is an
// empty one.
package bqwh

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"cloud.google.com/go/bigquery"
	storage "cloud.google.com/go/bigquery/storage/apiv1"
	"google.golang.org/api/option"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

func init() { warehouse.Register("bigquery", open) }

// db is an open dataset. It implements warehouse.Driver.
type db struct {
	client  *bigquery.Client
	dataset *bigquery.Dataset
	set     Settings
	opt     warehouse.Options
	// location is where the dataset lies and its jobs run.
	location string
	// warnings are what is amiss with the dataset.
	warnings []string
	// run names the run and call this process, in job ids and labels.
	run, call string
	// turn is held by the transaction that runs.
	turn chan struct{}
	// patience is how long a request may take to be taken, wait the pause before it is sent again.
	patience, wait time.Duration

	mu sync.Mutex
	// seen counts the requests that were the same.
	seen map[string]int
}

func open(ctx context.Context, rest string, opt warehouse.Options) (warehouse.Driver, error) {
	project, dataset, set, err := parse(rest)
	if err != nil {
		return nil, err
	}
	var opts []option.ClientOption
	if set.Endpoint != "" {
		opts = append(opts, option.WithEndpoint(set.Endpoint), option.WithoutAuthentication())
	}
	client, err := bigquery.NewClient(ctx, project, opts...)
	if err != nil {
		return nil, noCredentials(err)
	}
	// An emulator's Storage Read API would have another address.
	if !set.REST && set.Endpoint == "" {
		if set.Reader, err = storage.NewBigQueryReadClient(ctx); err != nil {
			return nil, errors.Join(noCredentials(err), client.Close())
		}
	}
	d, err := OpenClient(ctx, client, dataset, set, opt)
	if err != nil {
		err = errors.Join(err, client.Close())
		if set.Reader != nil {
			err = errors.Join(err, set.Reader.Close())
		}
		return nil, err
	}
	return d, nil
}

func noCredentials(err error) error {
	return warehouse.Errorf(warehouse.Unavailable, "connect to BigQuery: %w; sign in with "+
		"\"gcloud auth application-default login\", or give the job a service account", err)
}

// OpenClient opens the dataset through a client that the caller has made. Closing the driver closes the client and the Settings' Reader.
func OpenClient(ctx context.Context, client *bigquery.Client, dataset string, set Settings, opt warehouse.Options) (warehouse.Driver, error) {
	if set.MaxGiB == 0 {
		set.MaxGiB = defaultMaxGiB
	}
	d := &db{
		client: client, dataset: client.Dataset(dataset), set: set, opt: opt, location: set.Location, run: opt.RunID,
		turn: make(chan struct{}, 1), seen: map[string]int{}, patience: 5 * time.Minute, wait: time.Second,
	}
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, warehouse.Errorf(warehouse.Unavailable, "name the process: %w", err)
	}
	d.call = hex.EncodeToString(random[:])
	if d.run == "" {
		d.run = d.call
	}
	if err := d.ensureDataset(ctx); err != nil {
		return nil, fmt.Errorf("dataset %s.%s: %w", d.dataset.ProjectID, dataset, err)
	}
	return d, nil
}

// Dialect implements warehouse.Driver.
func (d *db) Dialect() string { return "googlesql" }

// Warnings tell what is amiss with the dataset, such as that it keeps erased rows for longer than it may.
func (d *db) Warnings() []string { return d.warnings }

// Close implements warehouse.Driver.
func (d *db) Close() error {
	err := d.client.Close()
	if d.set.Reader != nil {
		err = errors.Join(err, d.set.Reader.Close())
	}
	if err != nil {
		return warehouse.Errorf(warehouse.Unavailable, "close the client: %w", err)
	}
	return nil
}
