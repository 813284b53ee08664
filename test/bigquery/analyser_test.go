package bigquery

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-googlesql"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// column is a column of an analysed statement, its type as BigQuery writes it.
type column struct{ name, typ string }

// analyser is Google's own front end of GoogleSQL over a catalog of tables. It does not run anything.
type analyser struct {
	tables map[string][]column
}

// newAnalyser knows the tables that every warehouse has.
func newAnalyser() *analyser {
	a := &analyser{tables: map[string][]column{}}
	for _, t := range warehouse.All {
		a.know(t.Name, columnsOf(t))
	}
	return a
}

func columnsOf(t warehouse.Table) []column {
	types := map[warehouse.Type]string{
		warehouse.String: "STRING", warehouse.Int64: "INT64", warehouse.Float64: "FLOAT64", warehouse.Bool: "BOOL", warehouse.Date: "DATE",
		warehouse.NumberMap: "ARRAY<STRUCT<key STRING, value FLOAT64>>",
	}
	columns := make([]column, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = column{c.Name, types[c.Type]}
	}
	return columns
}

// know adds a table, or replaces it.
func (a *analyser) know(table string, columns []column) { a.tables[table] = columns }

var (
	made    = regexp.MustCompile("(?is)^CREATE (?:OR REPLACE )?(?:TABLE|VIEW) (?:IF NOT EXISTS )?`?([^`\\s]+)`?")
	dropped = regexp.MustCompile("(?is)^DROP (?:TABLE|VIEW) (?:IF EXISTS )?`?([^`\\s]+)`?")
)

// analyse resolves every name and type of a statement with its values, and gives the columns of its result. A table that it makes is
// known from then on.
func (a *analyser) analyse(sql string, args ...any) ([]column, error) {
	sql = strings.TrimSpace(sql)
	if m := dropped.FindStringSubmatch(sql); m != nil {
		delete(a.tables, m[1])
		return nil, nil
	}
	s, err := a.session(args)
	if err != nil {
		return nil, err
	}
	out, err := googlesql.AnalyzeStatement(sql, s.options, s.catalog, s.types)
	if err != nil {
		return nil, fmt.Errorf("%w in\n%s", err, sql)
	}
	statement, err := out.ResolvedStatement()
	if err != nil {
		return nil, err
	}
	columns, err := outputs(statement)
	if m := made.FindStringSubmatch(sql); m != nil && err == nil {
		a.know(m[1], columns)
	}
	return columns, err
}

// session is what one analysis needs.
type session struct {
	catalog *googlesql.SimpleCatalog
	options *googlesql.AnalyzerOptions
	types   *googlesql.TypeFactory
}

func (a *analyser) session(args []any) (s session, err error) {
	if err := googlesql.Init(); err != nil {
		return s, err
	}
	language, err := googlesql.NewLanguageOptions()
	if err != nil {
		return s, err
	}
	if s.catalog, err = googlesql.NewSimpleCatalog("calback", nil); err != nil {
		return s, err
	}
	if s.options, err = googlesql.NewAnalyzerOptions2(); err != nil {
		return s, err
	}
	if s.types, err = googlesql.NewTypeFactory(); err != nil {
		return s, err
	}
	for _, do := range []func() error{
		language.EnableMaximumLanguageFeatures, language.SetSupportsAllStatementKinds,
		func() error { return language.SetProductMode(googlesql.ProductModeProductExternal) },
		func() error {
			return s.catalog.AddBuiltinFunctionsAndTypes(&googlesql.BuiltinFunctionOptions{LanguageOptions: language})
		},
		func() error { return s.options.SetLanguage(language) },
		func() error { return s.options.SetParameterMode(googlesql.ParameterModeParameterPositional) },
	} {
		if err := do(); err != nil {
			return s, err
		}
	}
	for i, arg := range args {
		t, err := s.argument(arg)
		if err != nil {
			return s, fmt.Errorf("argument %d: %w", i+1, err)
		}
		if err := s.options.AddPositionalQueryParameter(t); err != nil {
			return s, err
		}
	}
	for name, columns := range a.tables {
		if err := s.addTable(name, columns); err != nil {
			return s, fmt.Errorf("table %s: %w", name, err)
		}
	}
	return s, nil
}

// argument is the type that the client gives a value.
func (s session) argument(arg any) (googlesql.Googlesql_TypeNode, error) {
	switch arg.(type) {
	case string:
		return s.typeOf("STRING")
	case int, int64:
		return s.typeOf("INT64")
	case float64:
		return s.typeOf("FLOAT64")
	case bool:
		return s.typeOf("BOOL")
	case []byte:
		return s.typeOf("BYTES")
	}
	return nil, fmt.Errorf("a %T has no type in GoogleSQL", arg)
}

func (s session) addTable(name string, columns []column) error {
	table, err := googlesql.NewSimpleTable(name, 0)
	if err != nil {
		return err
	}
	for _, c := range columns {
		t, err := s.typeOf(c.typ)
		if err != nil {
			return err
		}
		col, err := googlesql.NewSimpleColumn(name, c.name, t, false, true)
		if err != nil {
			return err
		}
		if err := table.AddColumn2(col, false); err != nil {
			return err
		}
	}
	// A name with dots is quoted as one path in the statements, and found by the analyser as one name.
	return s.catalog.AddTable(table)
}

// typeOf reads a type as BigQuery writes it: STRING, ARRAY<STRUCT<a STRING, b INT64>>.
func (s session) typeOf(name string) (googlesql.Googlesql_TypeNode, error) {
	if inner, ok := inside(name, "ARRAY"); ok {
		element, err := s.typeOf(inner)
		if err != nil {
			return nil, err
		}
		return s.types.MakeArrayType2(element)
	}
	if inner, ok := inside(name, "STRUCT"); ok {
		var fields []*googlesql.StructField
		for _, part := range splitFields(inner) {
			field, typ, _ := strings.Cut(part, " ")
			t, err := s.typeOf(strings.TrimSpace(typ))
			if err != nil {
				return nil, err
			}
			fields = append(fields, &googlesql.StructField{Name: field, Type_: t})
		}
		return s.types.MakeStructType2(fields)
	}
	simple := map[string]func() (googlesql.Googlesql_TypeNode, error){
		"STRING": s.types.GetString, "INT64": s.types.GetInt64, "FLOAT64": s.types.GetDouble, "BOOL": s.types.GetBool,
		"DATE": s.types.GetDate, "TIMESTAMP": s.types.GetTimestamp, "BYTES": s.types.GetBytes, "NUMERIC": s.types.GetNumeric,
		"JSON": s.types.GetJson, "DATETIME": s.types.GetDatetime,
	}
	get := simple[name]
	if get == nil {
		return nil, fmt.Errorf("type %q is none that the tests know", name)
	}
	return get()
}

func inside(name, kind string) (string, bool) {
	inner, ok := strings.CutPrefix(name, kind+"<")
	return strings.TrimSuffix(inner, ">"), ok
}

// splitFields splits at the commas outside of angle brackets.
func splitFields(list string) (parts []string) {
	depth, from := 0, 0
	for i, r := range list {
		switch r {
		case '<':
			depth++
		case '>':
			depth--
		case ',':
			if depth == 0 {
				parts, from = append(parts, strings.TrimSpace(list[from:i])), i+1
			}
		}
	}
	return append(parts, strings.TrimSpace(list[from:]))
}

// producer is a resolved statement with a result or a table made of one.
type producer interface {
	OutputColumnListSize() (int32, error)
	OutputColumnList2(int32) (*googlesql.ResolvedOutputColumn, error)
}

func outputs(statement any) ([]column, error) {
	p, ok := statement.(producer)
	if !ok {
		return nil, nil
	}
	n, err := p.OutputColumnListSize()
	if err != nil {
		return nil, err
	}
	var columns []column
	for i := range n {
		out, err := p.OutputColumnList2(i)
		if err != nil {
			return nil, err
		}
		c, err := outputColumn(out)
		if err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	return columns, nil
}

func outputColumn(out *googlesql.ResolvedOutputColumn) (column, error) {
	name, err := out.Name()
	if err != nil {
		return column{}, err
	}
	resolved, err := out.Column()
	if err != nil {
		return column{}, err
	}
	t, err := resolved.Type()
	if err != nil {
		return column{}, err
	}
	named, ok := t.(interface {
		TypeName(googlesql.ProductMode) (string, error)
	})
	if !ok {
		return column{}, fmt.Errorf("column %s: its type %T has no name", name, t)
	}
	typ, err := named.TypeName(googlesql.ProductModeProductExternal)
	return column{name, typ}, err
}

func TestAnalyserKnowsGoogleSQL(t *testing.T) {
	a := newAnalyser()
	columns, err := a.analyse("CREATE OR REPLACE TABLE `t`\nPARTITION BY day\nCLUSTER BY user_key\nOPTIONS (require_partition_filter = TRUE) AS\n"+
		"SELECT day, user_key, COUNT(*) AS n, AVG(ts) AS a, ANY_VALUE(params) AS p FROM events WHERE name = ? GROUP BY 1, 2", "x")
	if err != nil {
		t.Fatal(err)
	}
	want := []column{{"day", "DATE"}, {"user_key", "STRING"}, {"n", "INT64"}, {"a", "FLOAT64"}, {"p", "ARRAY<STRUCT<key STRING, value FLOAT64>>"}}
	if fmt.Sprint(columns) != fmt.Sprint(want) {
		t.Errorf("columns %v, want %v", columns, want)
	}
	if columns, err = a.analyse("SELECT n + 1 AS m FROM `t`"); err != nil || len(columns) != 1 || columns[0].typ != "INT64" {
		t.Errorf("a table that was made: %v, %v", columns, err)
	}
	for _, wrong := range []string{
		"SELECT no_such FROM events", "SELECT COUNT(*) FILTER (WHERE ts > 1) FROM events", "SELECT ts::STRING FROM events",
		"SELECT DATE_DIFF('day', day, day) FROM events", "SELECT ts FROM nowhere", "SELECT CAST(ts AS DOUBLE) FROM events",
		"SELECT user_key, ts FROM events GROUP BY user_key", "INSERT INTO staff (user_key, reason) SELECT ts, name FROM events",
	} {
		if _, err := a.analyse(wrong); err == nil {
			t.Errorf("%s was accepted", wrong)
		}
	}
}
