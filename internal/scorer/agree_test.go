package scorer_test

import (
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/scorer/scorertest"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

// What DuckDB computes from a compiled model must be what the server computes from the model itself.
func TestDuckDBAgreesWithGo(t *testing.T) {
	wh, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer wh.Close()
	scorertest.Agree(t, wh, 10_000, false)
}

func TestPartsAgreeWithGo(t *testing.T) {
	wh, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer wh.Close()
	scorertest.Agree(t, wh, 2000, true)
}
