package bigquery

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl/forget"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// TestForgetOnTheEmulator erases one person of two, with an account on two installs, and reads what is left.
func TestForgetOnTheEmulator(t *testing.T) {
	w := newWarehouse(t)
	key := func(n int) string { return fmt.Sprintf("%032x", n) }
	rows := []string{
		fmt.Sprintf("(DATE '2026-03-01', '%s', 1, 'open', '%s')", key(1), key(9)),
		fmt.Sprintf("(DATE '2026-03-02', '%s', 2, 'open', '%s')", key(2), key(9)),
		fmt.Sprintf("(DATE '2026-03-02', '%s', 3, 'open', NULL)", key(2)),
		fmt.Sprintf("(DATE '2026-03-02', '%s', 4, 'open', NULL)", key(3)),
	}
	err := w.Transact(t.Context(),
		warehouse.Statement{SQL: "INSERT INTO events (day, user_key, ts, name, account_key) VALUES " + strings.Join(rows, ", ")},
		warehouse.Statement{SQL: fmt.Sprintf("INSERT INTO documents (day, user_key, ts, name) VALUES (DATE '2026-03-02', '%s', 1, 'd'), (DATE '2026-03-02', '%s', 2, 'd')", key(9), key(8))},
		warehouse.Statement{SQL: fmt.Sprintf("INSERT INTO scores (day, user_key, probability) VALUES (DATE '2026-03-09', '%s', 0.5), (DATE '2026-03-09', '%s', 0.5)", key(1), key(3))},
	)
	if err != nil {
		t.Fatal(err)
	}
	r, err := forget.Run(t.Context(), w, forget.Options{
		Keys: []string{key(1)}, Now: time.UnixMicro(1), Versions: []forget.Version{{Model: "revisit", Version: "1", First: "2026-03-01", Last: "2026-03-01"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []forget.Erased{{Table: "documents", Users: 1, Rows: 1}, {Table: "events", Users: 2, Rows: 3}, {Table: "scores", Users: 1, Rows: 1}}
	if fmt.Sprint(r.Tables) != fmt.Sprint(want) || r.Keys != 3 || len(r.Retrain) != 1 || r.Rewritten {
		t.Errorf("result %+v, want the tables %v", r, want)
	}
	for table, n := range map[string]float64{"events": 1, "documents": 1, "scores": 1} {
		columns, err := w.ReadColumns(t.Context(), "SELECT COUNT(*) AS n FROM "+table+" WHERE day BETWEEN DATE '2026-01-01' AND DATE '2026-12-31'")
		if err != nil || columns[0].Numbers[0] != n {
			t.Errorf("%s has %v rows left, %v, want %v", table, columns, err, n)
		}
	}
}
