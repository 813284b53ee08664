package firestore

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// kept is what the warehouse has of some days already.
type kept struct {
	rows map[string][]row
	bad  map[string][]warehouse.QuarantineRow
}

// readKept reads the rows and the quarantine of the days, which it asks for by name, so that no other partition is read.
func readKept(ctx context.Context, wh *warehouse.Warehouse, days []string) (kept, error) {
	k := kept{map[string][]row{}, map[string][]warehouse.QuarantineRow{}}
	if len(days) == 0 {
		return k, nil
	}
	in := "day IN (" + strings.TrimSuffix(strings.Repeat("CAST(? AS DATE), ", len(days)), ", ") + ")"
	args := make([]any, len(days))
	for i, d := range days {
		args[i] = d
	}
	query := "SELECT CAST(day AS STRING) AS day, user_key, ts, name, params FROM " + table.Name + " WHERE " + in
	if err := wh.Stream(ctx, query, args, k.addRows); err != nil {
		return k, fmt.Errorf("read the documents that are loaded: %w", err)
	}
	query = "SELECT CAST(day AS STRING) AS day, source, line, reason FROM quarantine WHERE table_name = ? AND " + in +
		" ORDER BY day, source, line, reason"
	if err := wh.Stream(ctx, query, append([]any{table.Name}, args...), k.addBad); err != nil {
		return k, fmt.Errorf("read the quarantine: %w", err)
	}
	return k, nil
}

func (k kept) addRows(batch []warehouse.ColumnData) error {
	for i := range batch[0].Len() {
		r, err := rowOf(batch[1].Text[i], int64(batch[2].Numbers[i]), batch[3].Text[i], batch[4].Text[i])
		if err != nil {
			return err
		}
		day := batch[0].Text[i]
		k.rows[day] = append(k.rows[day], r)
	}
	return nil
}

func (k kept) addBad(batch []warehouse.ColumnData) error {
	for i := range batch[0].Len() {
		day := batch[0].Text[i]
		k.bad[day] = append(k.bad[day], warehouse.QuarantineRow{
			Source: batch[1].Text[i], Line: int64(batch[2].Numbers[i]), Reason: batch[3].Text[i],
		})
	}
	return nil
}

// rowOf is the row that row.values was made of.
func rowOf(user string, ts int64, name, numbers string) (row, error) {
	r := row{micros: ts}
	b, err := hex.DecodeString(user)
	if err != nil || len(b) != len(r.key) {
		return r, warehouse.Errorf(warehouse.Conflict, "table %s has a user key that this program did not write", table.Name)
	}
	copy(r.key[:], b)
	for k, n := range names {
		if n == name {
			r.kind = k
		}
	}
	if r.kind == unknown {
		return r, warehouse.Errorf(warehouse.Conflict, "table %s has rows that are neither %s nor %s", table.Name, names[profile],
			names[meeting])
	}
	var have map[string]float64
	if numbers != "" {
		if err := json.Unmarshal([]byte(numbers), &have); err != nil {
			return r, fmt.Errorf("read the parameters of a %s: %w", name, err)
		}
	}
	for i, p := range params[r.kind] {
		if x, ok := have[p]; ok {
			r.has |= 1 << i
			r.params[i] = x
		}
	}
	return r, nil
}
