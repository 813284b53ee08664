package features

import (
	"fmt"
	"strings"
)

// Dialect renders the few expressions in which the warehouses' SQL differs. Arguments are SQL expressions unless they say
// otherwise; implementations are pure and hold no state.
type Dialect interface {
	// Name is the name that DialectByName knows.
	Name() string
	// Ident quotes a column name; Table quotes a table name, which may be qualified by dots.
	Ident(name string) string
	Table(name string) string
	// Text is a string literal of the Go value s.
	Text(s string) string
	// LocalDay is the DATE of an instant in microseconds, in the named zone.
	LocalDay(micros, zone string) string
	// Hour is the local hour 0-23, Weekday the local weekday, Monday 0 to Sunday 6.
	Hour(micros, zone string) string
	Weekday(micros, zone string) string
	// DayDiff is how many days later the first DATE is.
	DayDiff(later, earlier string) string
	// Day is the DATE literal of a day written YYYY-MM-DD.
	Day(day string) string
	// CountIf counts the rows of a group for which cond is true.
	CountIf(cond string) string
	// Divide is a/b as a float, NULL where b is 0.
	Divide(a, b string) string
	// Sum adds up the floats x, NULL where there are none, in a fixed order where the warehouse can: the sum then has the same bits
	// however the rows lie.
	Sum(x string) string
	// FirstValue is the first value of x that is not NULL, by order and then by x itself; the last one if last is set.
	FirstValue(x, order string, last bool) string
	// Param is the number of the event parameter of that name, NULL where the event has none.
	Param(name string) string
	// Float casts to a 64-bit float.
	Float(x string) string
	// Matches is whether the pattern is found in the text. The pattern is a Go string in RE2 syntax, as in Go's regexp.
	Matches(text, pattern string) string
	// Create makes or replaces the table with the rows of the query.
	Create(table string, l Layout, query string) string
}

// Layout says how a table lies in a warehouse that charges for what a query reads: in one partition a day, each sorted by the cluster
// columns. The zero Layout is a plain table.
type Layout struct {
	// Partition is a DATE column; every query must then bound it.
	Partition string
	// Cluster is up to four columns.
	Cluster []string
}

// DialectByName finds a dialect by the name a warehouse gives: duckdb or googlesql.
func DialectByName(name string) (Dialect, error) {
	switch name {
	case "duckdb":
		return DuckDB{}, nil
	case "googlesql":
		return GoogleSQL{}, nil
	}
	return nil, fmt.Errorf("SQL dialect %q is unknown; the dialects are duckdb and googlesql", name)
}

// DuckDB is the dialect of the embedded default warehouse.
type DuckDB struct{}

// GoogleSQL is the dialect of BigQuery.
type GoogleSQL struct{}

var (
	_ Dialect = DuckDB{}
	_ Dialect = GoogleSQL{}
)

// Name is duckdb.
func (DuckDB) Name() string { return "duckdb" }

// Ident quotes with double quotes.
func (DuckDB) Ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Table quotes each part of a dotted name.
func (d DuckDB) Table(name string) string { return quoteParts(name, d.Ident) }

// Text quotes with single quotes, doubled inside.
func (DuckDB) Text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// LocalDay casts the zone's wall time to a date.
func (d DuckDB) LocalDay(micros, zone string) string {
	return "CAST(" + d.local(micros, zone) + " AS DATE)"
}

// Hour is the hour of the zone's wall time.
func (d DuckDB) Hour(micros, zone string) string { return "hour(" + d.local(micros, zone) + ")" }

// Weekday shifts the ISO weekday (Monday 1) by one.
func (d DuckDB) Weekday(micros, zone string) string {
	return "(isodow(" + d.local(micros, zone) + ") - 1)"
}

func (d DuckDB) local(micros, zone string) string {
	return "timezone(" + d.Text(zone) + ", make_timestamptz(" + micros + "))"
}

// DayDiff subtracts the dates.
func (DuckDB) DayDiff(later, earlier string) string {
	return "date_diff('day', " + earlier + ", " + later + ")"
}

// Day is a DATE literal.
func (d DuckDB) Day(day string) string { return "DATE " + d.Text(day) }

// CountIf filters COUNT, because DuckDB's count_if is NULL where every condition is NULL.
func (DuckDB) CountIf(cond string) string { return "COUNT(*) FILTER (WHERE " + cond + ")" }

// Divide guards the denominator, since DuckDB divides by 0 without a word.
func (DuckDB) Divide(a, b string) string {
	return "CAST(" + a + " AS DOUBLE) / NULLIF(" + b + ", 0)"
}

// Sum adds from the smallest value to the largest. The sorted list is 15 times as fast as SUM(x ORDER BY x).
func (DuckDB) Sum(x string) string {
	return "list_sum(list_sort(list(" + x + ") FILTER (WHERE " + x + " IS NOT NULL)))"
}

// FirstValue orders inside the aggregate.
func (DuckDB) FirstValue(x, order string, last bool) string {
	direction := "ASC"
	if last {
		direction = "DESC"
	}
	return fmt.Sprintf("first(%s ORDER BY %s %s, %s %s) FILTER (WHERE %s IS NOT NULL)", x, order, direction, x, direction, x)
}

// Param reads the map of numeric parameters.
func (d DuckDB) Param(name string) string { return "params[" + d.Text(name) + "]" }

// Float casts to DOUBLE.
func (DuckDB) Float(x string) string { return "CAST(" + x + " AS DOUBLE)" }

// Matches is regexp_matches.
func (d DuckDB) Matches(text, pattern string) string {
	return "regexp_matches(" + text + ", " + d.Text(pattern) + ")"
}

// Create is CREATE OR REPLACE TABLE AS. DuckDB finds its way by the order of the rows and needs no layout.
func (d DuckDB) Create(table string, _ Layout, query string) string {
	return "CREATE OR REPLACE TABLE " + d.Table(table) + " AS\n" + query
}

// Name is googlesql.
func (GoogleSQL) Name() string { return "googlesql" }

// Ident quotes with back quotes.
func (GoogleSQL) Ident(name string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(name) + "`"
}

// Table quotes the dotted name as one path.
func (d GoogleSQL) Table(name string) string { return d.Ident(name) }

// Text escapes backslashes, quotes and newlines.
func (GoogleSQL) Text(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`).Replace(s) + "'"
}

// LocalDay is DATE with a zone.
func (d GoogleSQL) LocalDay(micros, zone string) string {
	return "DATE(TIMESTAMP_MICROS(" + micros + "), " + d.Text(zone) + ")"
}

// Hour extracts at the zone.
func (d GoogleSQL) Hour(micros, zone string) string {
	return "EXTRACT(HOUR FROM TIMESTAMP_MICROS(" + micros + ") AT TIME ZONE " + d.Text(zone) + ")"
}

// Weekday turns Sunday 1 to Saturday 7 into Monday 0 to Sunday 6.
func (d GoogleSQL) Weekday(micros, zone string) string {
	return "MOD(EXTRACT(DAYOFWEEK FROM TIMESTAMP_MICROS(" + micros + ") AT TIME ZONE " + d.Text(zone) + ") + 5, 7)"
}

// DayDiff takes the later date first.
func (GoogleSQL) DayDiff(later, earlier string) string {
	return "DATE_DIFF(" + later + ", " + earlier + ", DAY)"
}

// Day is a DATE literal.
func (d GoogleSQL) Day(day string) string { return "DATE " + d.Text(day) }

// CountIf is COUNTIF.
func (GoogleSQL) CountIf(cond string) string { return "COUNTIF(" + cond + ")" }

// Divide is SAFE_DIVIDE.
func (GoogleSQL) Divide(a, b string) string { return "SAFE_DIVIDE(" + a + ", " + b + ")" }

// Sum is SUM, which takes no order.
func (GoogleSQL) Sum(x string) string { return "SUM(" + x + ")" }

// FirstValue takes the head of an ordered array.
func (GoogleSQL) FirstValue(x, order string, last bool) string {
	direction := "ASC"
	if last {
		direction = "DESC"
	}
	return fmt.Sprintf("ARRAY_AGG(%s IGNORE NULLS ORDER BY %s %s, %s %s LIMIT 1)[SAFE_OFFSET(0)]", x, order, direction, x, direction)
}

// Param searches the repeated key and value record.
func (d GoogleSQL) Param(name string) string {
	return "(SELECT p.value FROM UNNEST(params) AS p WHERE p.key = " + d.Text(name) + " LIMIT 1)"
}

// Float casts to FLOAT64.
func (GoogleSQL) Float(x string) string { return "CAST(" + x + " AS FLOAT64)" }

// Matches is REGEXP_CONTAINS.
func (d GoogleSQL) Matches(text, pattern string) string {
	return "REGEXP_CONTAINS(" + text + ", " + d.Text(pattern) + ")"
}

// Create is CREATE OR REPLACE TABLE AS, which BigQuery does as one atomic step. A partitioned table refuses queries that do not bound
// the partition.
func (d GoogleSQL) Create(table string, l Layout, query string) string {
	var b strings.Builder
	b.WriteString("CREATE OR REPLACE TABLE " + d.Table(table))
	if l.Partition != "" {
		b.WriteString("\nPARTITION BY " + l.Partition)
	}
	if len(l.Cluster) > 0 {
		b.WriteString("\nCLUSTER BY " + strings.Join(l.Cluster, ", "))
	}
	if l.Partition != "" {
		b.WriteString("\nOPTIONS (require_partition_filter = TRUE)")
	}
	return b.String() + " AS\n" + query
}

func quoteParts(name string, quote func(string) string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = quote(p)
	}
	return strings.Join(parts, ".")
}
