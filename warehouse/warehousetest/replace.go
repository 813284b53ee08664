package warehousetest

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

func row(day string, n int) []any { return []any{day, fmt.Sprint("row ", n), int64(n), nil, nil, nil} }

var replaceCases = []testCase{
	{"replacing twice is replacing once", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, row(day1, 1), row(day1, 2)))
		before := state(t, w)
		replace(t, w, Day(day1, row(day1, 1), row(day1, 2)))
		if after := state(t, w); after != before {
			t.Errorf("state changed from %v to %v", before, after)
		}
	}},
	{"a new load takes the place of the old one", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, row(day1, 1), row(day1, 2)))
		replace(t, w, Day(day1, row(day1, 3)))
		if n := count(t, w, "SELECT sum(whole) FROM all_types"); n != 3 {
			t.Errorf("sum is %d, want only the row of the new load", n)
		}
	}},
	{"other days stay", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, row(day1, 1)), Day(day2, row(day2, 2)))
		replace(t, w, Day(day2, row(day2, 3)))
		if n := count(t, w, "SELECT sum(whole) FROM all_types"); n != 4 {
			t.Errorf("sum is %d, want 4", n)
		}
	}},
	{"several days at once", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day3, row(day3, 3)), Day(day1, row(day1, 1)), Day(day2, row(day2, 2)))
		ledger, err := w.LedgerRows(ctx)
		if err != nil || len(ledger) != 3 || ledger[0].Day != day1 || ledger[2].Day != day3 {
			t.Errorf("ledger %+v, %v", ledger, err)
		}
	}},
	{"an empty day is in the ledger", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, row(day1, 1)))
		replace(t, w, Day(day1))
		if count(t, w, "SELECT count(*) FROM all_types") != 0 || count(t, w, "SELECT count(*) FROM ledger") != 1 {
			t.Error("want no rows and one ledger row")
		}
	}},
	{"no loads, no change", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		before := state(t, w)
		replace(t, w)
		if state(t, w) != before {
			t.Error("the state changed")
		}
	}},
	{"the ledger comes back", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		load := Day(day1, row(day1, 1))
		want := warehouse.LedgerRow{
			Table: Types.Name, Day: day1, Source: "ga4/daily", Fingerprint: "abc", Rows: 1, Duplicates: 2,
			Quarantined: 3, DataStart: 4, DataEnd: 5, RunID: "r", LoadedAt: 6, Simulated: true,
		}
		load.Ledger = want
		replace(t, w, load)
		ledger, err := w.LedgerRows(ctx)
		if err != nil || len(ledger) != 1 || ledger[0] != want {
			t.Errorf("got %+v, %v, want %+v", ledger, err, want)
		}
	}},
	{"quarantine is replaced with its day", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		load := Day(day1, row(day1, 1))
		load.Quarantine = []warehouse.QuarantineRow{{Source: "a.json", Line: 7, Reason: "no time"}, {Source: "a.json", Line: 9, Reason: "no time"}}
		other := Day(day2)
		other.Quarantine = load.Quarantine[:1]
		replace(t, w, load, other)
		load.Quarantine = load.Quarantine[:1]
		replace(t, w, load)
		c := columns(t, w, "SELECT day, line FROM quarantine ORDER BY day")
		if c[0].Len() != 2 || c[0].Text[0] != day1 || c[1].Numbers[0] != 7 {
			t.Errorf("got %+v", c)
		}
	}},
	{"a row that does not fit changes nothing", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, row(day1, 1)))
		before := state(t, w)
		for name, bad := range map[string][]any{
			"short": {day1}, "type": {day1, 5, nil, nil, nil, nil}, "other day": row(day2, 1), "no day": {nil, nil, nil, nil, nil, nil},
			"bad day": {"2026-02-30", nil, nil, nil, nil, nil}, "not UTF-8": {day1, "\xff", nil, nil, nil, nil},
			"infinite": {day1, nil, nil, nil, nil, map[string]float64{"x": math.Inf(1)}},
		} {
			err := w.ReplaceDays(ctx, []warehouse.DayLoad{Day(day2, row(day2, 5)), Day(day1, row(day1, 2), bad)})
			wantKind(t, err, warehouse.Invalid)
			if state(t, w) != before {
				t.Errorf("%s: the state changed", name)
			}
		}
	}},
	{"an error holds no value", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		err := w.ReplaceDays(ctx, []warehouse.DayLoad{Day(day1, []any{day1, nil, "secret-value", nil, nil, nil})})
		wantKind(t, err, warehouse.Invalid)
		if s := err.Error(); strings.Contains(s, "secret") || !strings.Contains(s, "column whole") {
			t.Errorf("message %q: want the column, not the value", s)
		}
	}},
	{"cancelling half-way changes nothing", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, row(day1, 1)))
		before := state(t, w)
		ctx, cancel := context.WithCancel(ctx)
		load := Day(day1)
		load.Rows = func(yield func([]any) bool) {
			for i := range 20000 {
				if i == 10000 {
					cancel()
				}
				if !yield(row(day1, i)) {
					return
				}
			}
		}
		wantKind(t, w.ReplaceDays(ctx, []warehouse.DayLoad{Day(day2, row(day2, 2)), load}), warehouse.Canceled)
		if state(t, w) != before {
			t.Error("the state changed")
		}
	}},
	{"a panic in the rows changes nothing and frees the warehouse", func(t *testing.T, ctx context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, row(day1, 1)))
		before := state(t, w)
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			load := Day(day1)
			load.Rows = func(yield func([]any) bool) {
				yield(row(day1, 2))
				panic("reader broke")
			}
			_ = w.ReplaceDays(ctx, []warehouse.DayLoad{load})
		}()
		if state(t, w) != before {
			t.Error("the state changed")
		}
		replace(t, w, Day(day2, row(day2, 2)))
	}},
	{"the checksum sees rows, not their order", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		replace(t, w, Day(day1, row(day1, 1), row(day1, 2), row(day1, 2)))
		sum := checksum(t, w, Types)
		replace(t, w, Day(day1, row(day1, 2), row(day1, 1), row(day1, 2)))
		if got := checksum(t, w, Types); got != sum {
			t.Errorf("permuted rows: %s, want %s", got, sum)
		}
		replace(t, w, Day(day1, row(day1, 1), row(day1, 1), row(day1, 2)))
		if checksum(t, w, Types) == sum {
			t.Error("other rows have the same checksum")
		}
	}},
	{"the order of map keys does not matter", func(t *testing.T, _ context.Context, w *warehouse.Warehouse) {
		var first string
		for i := range 20 {
			m := map[string]float64{}
			for k := range 8 {
				m[fmt.Sprint("key", (k*3+i)%8)] = float64((k*3 + i) % 8)
			}
			replace(t, w, Day(day1, []any{day1, nil, nil, nil, nil, m}))
			sum := checksum(t, w, Types)
			if i == 0 {
				first = sum
			}
			if sum != first {
				t.Fatalf("round %d: checksum %s, want %s", i, sum, first)
			}
		}
	}},
}
