package linear

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
)

// That the expressions give the scores of Score is shown by running them, in internal/scorer; here is what they look like.
func TestSQLAddends(t *testing.T) {
	m := &Model{
		Fields: []model.Field{{Name: "days"}, {Name: "channel", Levels: []string{"a", "b", "c"}}}, Intercept: -1.5,
		Terms: []Term{
			{Column: 0, Kind: Number, Mean: 3, Scale: 2, Weight: 0.5},
			{Column: 0, Kind: Missing, Scale: 1, Weight: 2},
			{Column: 0, Kind: Did, Scale: 1, Weight: 4, Mean: 0.5},
			{Column: 1, Kind: Level, Level: 1, Scale: 1, Weight: 3},
			{Column: 1, Kind: Missing, Scale: 1, Weight: -1},
		},
	}
	got, err := m.SQLAddends(features.DuckDB{}, []string{"c0", "c1"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"-1.5e0",
		"CASE WHEN c0 IS NULL THEN 0e0 ELSE 0.5e0 * (((CAST(CAST(LEAST(3.4028234663852886e+38, GREATEST(-3.4028234663852886e+38, c0)) AS FLOAT) " +
			"AS DOUBLE)) - (3e0)) / 2e0) END",
		"CASE WHEN c0 IS NULL THEN 2e0 ELSE 0e0 END",
		"CASE WHEN c0 > 7.006492321624085e-46 THEN 2e0 ELSE -2e0 END",
		"CASE c1 WHEN 0 THEN 0e0 WHEN 1 THEN 3e0 WHEN 2 THEN 0e0 ELSE -1e0 END",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	m.Intercept = math.Inf(1)
	if _, err := m.SQLAddends(features.DuckDB{}, []string{"c0", "c1"}); err == nil {
		t.Error("an infinite intercept was written as SQL")
	}
}
