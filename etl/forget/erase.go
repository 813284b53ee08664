package forget

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// erasing holds the keys of a request while its transaction runs, and nothing before or after it.
var erasing = warehouse.Table{Name: "erasing", Columns: []warehouse.Column{
	{Name: "user_key", Type: warehouse.String}, {Name: "is_account", Type: warehouse.Bool}, {Name: "is_shared", Type: warehouse.Bool},
}}

// place is a table with rows of people.
type place struct {
	table string
	// columns are its key columns, of keyColumns; day is the partition column, "" for none.
	columns []string
	day     string
}

// keyColumns hold keys of people, in whichever table they are.
var keyColumns = []string{"user_key", "person", "account_key"}

// places finds every table with a key column. What a later version of the program adds is found like the rest.
func places(ctx context.Context, wh *warehouse.Warehouse) ([]place, error) {
	tables, err := wh.Tables(ctx, "", "")
	if err != nil {
		return nil, fmt.Errorf("find the tables of people: %w", err)
	}
	var out []place
	for _, t := range tables {
		p := place{table: t.Name}
		for _, c := range t.Columns {
			switch name := strings.ToLower(c.Name); {
			case slices.Contains(keyColumns, name):
				p.columns = append(p.columns, name)
			case name == "day", name == "day0" && p.day == "":
				p.day = name
			}
		}
		if len(p.columns) == 0 || p.table == erasing.Name || t.View {
			continue
		}
		if err := warehouse.CheckName(p.table); err != nil {
			return nil, fmt.Errorf("the warehouse has a table of people that is none of this program's; erase them there by hand: %w", err)
		}
		out = append(out, p)
	}
	return out, nil
}

// sources are the tables that no other table is made from. Of an install that others use too they keep the others' rows; what was made
// from the rows of all is erased, and made again without the erased by the next run.
var sources = []string{warehouse.Events.Name, warehouse.Documents.Name, warehouse.Staff.Name}

// where is the condition on the rows of the people.
func (p place) where() string {
	var any []string
	for _, c := range p.columns {
		from := "SELECT user_key FROM erasing"
		switch {
		case c == "account_key":
			from += " WHERE is_account"
		case slices.Contains(sources, p.table):
			from += " WHERE NOT is_shared"
		}
		any = append(any, c+" IN ("+from+")")
	}
	cond := "(" + strings.Join(any, " OR ") + ")"
	if p.day != "" {
		cond += " AND " + everyDay(p.day)
	}
	return cond
}

// statements audit and empty one table.
func (p place) statements(request string, now time.Time) []warehouse.Statement {
	where := p.where()
	return []warehouse.Statement{
		{SQL: "INSERT INTO erasures (request, erased_at, table_name, users, rows_erased)\nSELECT ?, ?, ?, users, rows_erased FROM (" +
			"SELECT COUNT(DISTINCT " + p.columns[0] + ") AS users, COUNT(*) AS rows_erased FROM " + p.table + " WHERE " + where +
			") AS e WHERE rows_erased > 0", Args: []any{request, now.UnixMicro(), p.table}},
		{SQL: "DELETE FROM " + p.table + " WHERE " + where},
	}
}

// erase deletes the rows and returns what the audit says of them.
func erase(ctx context.Context, wh *warehouse.Warehouse, places []place, p people, request string, now time.Time) ([]Erased, error) {
	if err := wh.Create(ctx, erasing); err != nil {
		return nil, fmt.Errorf("erase people: %w", err)
	}
	statements := append([]warehouse.Statement{{SQL: "DELETE FROM erasing WHERE TRUE"}}, listed(p)...)
	for _, place := range places {
		statements = append(statements, place.statements(request, now)...)
	}
	statements = append(statements, warehouse.Statement{SQL: "DELETE FROM erasing WHERE TRUE"})
	if err := wh.Transact(ctx, statements...); err != nil {
		return nil, fmt.Errorf("erase people: nothing was erased: %w", err)
	}
	if err := wh.Exec(ctx, "DROP TABLE erasing"); err != nil {
		return nil, fmt.Errorf("the rows are erased; drop the empty table erasing by hand: %w", err)
	}
	return audit(ctx, wh, request, now)
}

// listed puts the keys where the statements look for them.
func listed(p people) []warehouse.Statement {
	const each = 500
	var out []warehouse.Statement
	for part := range slices.Chunk(slices.Concat(p.users, p.shared), each) {
		s := warehouse.Statement{SQL: "INSERT INTO erasing (user_key, is_account, is_shared) VALUES "}
		for i, key := range part {
			if i > 0 {
				s.SQL += ", "
			}
			_, account := slices.BinarySearch(p.accounts, key)
			_, shared := slices.BinarySearch(p.shared, key)
			s.SQL += "(?, ?, ?)"
			s.Args = append(s.Args, key, account, shared)
		}
		out = append(out, s)
	}
	return out
}

// audit reads back what this request erased at this instant.
func audit(ctx context.Context, wh *warehouse.Warehouse, request string, now time.Time) ([]Erased, error) {
	columns, err := wh.ReadColumns(ctx, "SELECT table_name, users, rows_erased FROM erasures WHERE request = ? AND erased_at = ? ORDER BY 1",
		request, now.UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("read the audit: %w", err)
	}
	out := make([]Erased, columns[0].Len())
	for i := range out {
		out[i] = Erased{Table: columns[0].Text[i], Users: int64(columns[1].Numbers[i]), Rows: int64(columns[2].Numbers[i])}
	}
	return out, nil
}

// unknown counts the keys that neither an event nor a document has.
func unknown(ctx context.Context, wh *warehouse.Warehouse, keys []string) (int, error) {
	in := " IN (" + marks(len(keys)) + ") AND " + everyDay("day")
	args := slices.Concat(values(keys), values(keys), values(keys))
	columns, err := wh.ReadColumns(ctx, "SELECT COUNT(DISTINCT k) FROM (SELECT user_key AS k FROM events WHERE user_key"+in+
		"\n  UNION ALL SELECT account_key AS k FROM events WHERE account_key"+in+"\n  UNION ALL SELECT user_key AS k FROM documents WHERE user_key"+
		in+") AS f", args...)
	if err != nil {
		return 0, fmt.Errorf("look for the people: %w", err)
	}
	return len(keys) - int(columns[0].Numbers[0]), nil
}
