package featuretest_test

import (
	"context"

	"github.com/Koalajuni/Calback-Data-ML/features/featuretest"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

type results = featuretest.Results

// engines are all that must agree on every script.
var engines = map[string]featuretest.Engine{"go": featuretest.Go, "duckdb": duckEngine}

var duckEngine = featuretest.OnWarehouse(openDuck)

// openDuck is an empty DuckDB in memory.
func openDuck(ctx context.Context) (*warehouse.Warehouse, error) {
	return warehouse.Open(ctx, "duckdb::memory:", warehouse.Options{})
}
