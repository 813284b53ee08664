// Package bqwh is the BigQuery driver of the warehouse.
package bqwh

import (
	_ "cloud.google.com/go/bigquery"
	_ "cloud.google.com/go/bigquery/storage/apiv1"
	_ "cloud.google.com/go/bigquery/storage/apiv1/storagepb"
	_ "github.com/apache/arrow-go/v18/arrow/ipc"
	_ "github.com/parquet-go/parquet-go"
	_ "google.golang.org/api/option"
	_ "google.golang.org/grpc"
)
