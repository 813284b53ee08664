package export

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// The statements are GoogleSQL with ? for the values that the options bring. What the program itself fixes, such as the patterns
// and the names of the export's parameters, is written out.
//
//go:embed *.sql
var texts embed.FS

var dialect = features.GoogleSQL{}

// The instants between which an event time is believed, as in the file reader.
var (
	firstTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	lastTime  = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
)

// The verdicts on a row that are no reason for the quarantine.
const (
	verdictGood     = ""
	verdictExcluded = "excluded"
)

// textColumns are the columns of day.sql that hold text as people or apps wrote it, which must not pass as it is.
var textColumns = []string{
	"name", "platform", "device", "language", "country", "app_version", "source", "medium", "campaign", "touch_source",
	"touch_medium", "touch_name", "screen", "screen_class", "page",
}

// statement fills in one of the SQL files. The values bound on the way are in the order of their ?.
type statement struct {
	table dayTable
	opt   Options
	args  []any
}

func (s *statement) bind(value any) string {
	s.args = append(s.args, value)
	return "?"
}

// render executes the named file. The files are part of the program, so that an error is one of the program.
func (s *statement) render(name string) warehouse.Statement {
	functions := template.FuncMap{
		"bind": s.bind, "channel": s.channel, "clean": clean, "column": s.table.shape.column, "day": s.day, "debug": s.debug,
		"key": s.key, "lastText": s.lastText, "lastWhole": s.lastWhole, "localDate": s.localDate, "params": s.params,
		"allParams": s.allParams, "paramNames": s.paramNames, "reason": reason, "staff": s.staff, "table": s.source, "trim": trim,
		"texts": func() []string { return textColumns }, "name": func() string { return dialect.Text(s.table.name) },
		"suffix":    func() string { return dialect.Text(strings.ReplaceAll(s.table.day, "-", "")) },
		"firstTime": func() string { return strconv.FormatInt(firstTime, 10) },
		"lastTime":  func() string { return strconv.FormatInt(lastTime, 10) },
		"intraday":  func() bool { return s.table.intraday },
	}
	var b strings.Builder
	t := template.Must(template.New(name).Funcs(functions).ParseFS(texts, "*.sql"))
	if err := t.ExecuteTemplate(&b, name, nil); err != nil {
		panic(fmt.Sprintf("export: %s: %v", name, err))
	}
	return warehouse.Statement{SQL: strings.TrimSpace(b.String()), Args: s.args}
}

// dayStatement gives the rows of warehouse.Events that the table of one day makes.
func dayStatement(t dayTable, opt Options) warehouse.Statement {
	return (&statement{table: t, opt: opt}).render("day.sql")
}

// quarantineStatement keeps the table's bad rows: that they are there and why, without their values. They have no line.
func quarantineStatement(t dayTable, opt Options) warehouse.Statement {
	return (&statement{table: t, opt: opt}).render("quarantine.sql")
}

// ledgerStatement fills in what the ledger row of the day can only tell once the day is in.
func ledgerStatement(t dayTable, opt Options) warehouse.Statement {
	return (&statement{table: t, opt: opt}).render("ledger.sql")
}

// clearStatement empties the quarantine of the day.
func clearStatement(t dayTable) warehouse.Statement {
	return warehouse.Statement{
		SQL: "DELETE FROM quarantine WHERE table_name = ? AND day = CAST(? AS DATE)", Args: []any{warehouse.Events.Name, t.day},
	}
}

// countStatement counts the rows of several tables by verdict, and of each how many lie on another local day than their
// event_date says. It reads four columns.
func countStatement(tables []dayTable, opt Options) warehouse.Statement {
	var parts []string
	var args []any
	for _, t := range tables {
		one := (&statement{table: t, opt: opt}).render("count.sql")
		parts, args = append(parts, one.SQL), append(args, one.Args...)
	}
	return warehouse.Statement{SQL: strings.Join(parts, "\nUNION ALL\n"), Args: args}
}

func (s *statement) source() string { return dialect.Table(s.opt.Dataset + "." + s.table.name) }

func (s *statement) day() string { return dialect.Day(s.table.day) }

// localDate is the day of the event in the zone, as the export writes it.
func (s *statement) localDate() string {
	return "FORMAT_DATE('%Y%m%d', " + dialect.LocalDay("event_timestamp", s.opt.Zone) + ")"
}

// key is source.UserKey: an HMAC made of two hashes over the pads of the secret.
func (s *statement) key(id string) string {
	inner, outer := source.Pads(s.opt.Secret)
	first := s.bind(outer)
	second := s.bind(inner)
	return "TO_HEX(SUBSTR(SHA256(CONCAT(" + first + ", SHA256(CONCAT(" + second + ", CAST(" + id + " AS BYTES))))), 1, 16))"
}

func (s *statement) channel() string {
	return s.opt.Channels.SQL(dialect, "touch_source", "touch_medium", "touch_name")
}

// field is the SQL of a value column of an element p of an array.
func (s *statement) field(record, name string) string {
	path := record + ".value." + name
	return s.table.shape.value(path, "p.value.", name)
}

// last is an expression over the last of the parameters of that name.
func last(expression, name string) string {
	return "(SELECT " + expression + " FROM UNNEST(event_params) AS p WITH OFFSET AS place WHERE p.key = " + dialect.Text(name) +
		" ORDER BY place DESC LIMIT 1)"
}

func (s *statement) lastText(name string) string {
	return last(s.field("event_params", "string_value"), name)
}

// lastWhole is the parameter as a whole number. Some parameters come as text in one version of the app and as a number in the
// next.
func (s *statement) lastWhole(name string) string {
	text := s.field("event_params", "string_value")
	return last("CASE WHEN "+text+" IS NOT NULL THEN IF(REGEXP_CONTAINS("+text+", r'^[+-]?[0-9]+$'), SAFE_CAST(REPLACE("+text+
		", '+', '') AS INT64), 0) ELSE COALESCE("+s.field("event_params", "int_value")+", SAFE_CAST(TRUNC("+s.real("event_params")+
		") AS INT64)) END", name)
}

// real is the floating value of an element.
func (s *statement) real(record string) string {
	return "COALESCE(" + s.field(record, "double_value") + ", " + s.field(record, "float_value") + ")"
}

// number is the numeric value of an element.
func (s *statement) number(record string) string {
	return "COALESCE(CAST(" + s.field(record, "int_value") + " AS FLOAT64), " + s.field(record, "double_value") + ", " +
		s.field(record, "float_value") + ")"
}

// debug is whether the device was in debug mode.
func (s *statement) debug() string {
	text := s.field("event_params", "string_value")
	return "EXISTS (SELECT 1 FROM UNNEST(event_params) AS p WHERE p.key IN ('debug_event', 'debug_mode') AND IF(" + text +
		" IS NOT NULL, REGEXP_CONTAINS(" + text + `, r'^\+?0*1$'), IFNULL(` + s.field("event_params", "int_value") + " = 1, FALSE)))"
}

// staff is whether the app marks the user as one of the team.
func (s *statement) staff() string {
	const record = "user_properties"
	if s.opt.StaffProperty == "" || !s.table.shape.has(record) {
		return "FALSE"
	}
	text := s.field(record, "string_value")
	return "EXISTS (SELECT 1 FROM UNNEST(user_properties) AS p WHERE p.key = " + s.bind(s.opt.StaffProperty) + " AND IF(" + text +
		" IS NOT NULL, LOWER(TRIM(" + text + ")) NOT IN ('', '0', 'false'), IFNULL(" + s.number(record) + " <> 0, FALSE)))"
}

func (s *statement) paramNames() []string {
	return slices.Compact(slices.Sorted(slices.Values(s.opt.Params)))
}

// params are the listed numeric parameters, by name; of several of one name the last.
func (s *statement) params() string {
	var names []string
	for _, p := range s.paramNames() {
		names = append(names, s.bind(p))
	}
	if names == nil {
		return "CAST(NULL AS ARRAY<STRUCT<key STRING, value FLOAT64>>)"
	}
	return `ARRAY(
      SELECT AS STRUCT key, ARRAY_AGG(value ORDER BY place DESC LIMIT 1)[OFFSET(0)] AS value
      FROM (
        SELECT p.key AS key, place, ` + s.number("event_params") + ` AS value
        FROM UNNEST(event_params) AS p WITH OFFSET AS place
        WHERE ` + s.field("event_params", "string_value") + " IS NULL AND p.key IN (" + strings.Join(names, ", ") + `)
      ) AS listed
      WHERE NOT IS_NAN(value) AND NOT IS_INF(value)
      GROUP BY key
      ORDER BY key
    )`
}

// allParams digests all parameters in the order of their names: with them an event without batch fields is told from another.
func (s *statement) allParams() string {
	text := s.field("event_params", "string_value")
	whole, real := s.field("event_params", "int_value"), s.real("event_params")
	return `SHA256(TO_JSON_STRING(ARRAY(
      SELECT AS STRUCT
        IFNULL(p.key, '') AS name, ` + text + ` AS text,
        CASE WHEN ` + text + " IS NOT NULL THEN 's' WHEN " + whole + " IS NOT NULL THEN 'i' WHEN " + real +
		` IS NOT NULL THEN 'f' END AS kind,
        IF(` + text + " IS NULL, " + s.number("event_params") + `, NULL) AS number
      FROM UNNEST(event_params) AS p WITH OFFSET AS place
      ORDER BY name, place
    )))`
}

// trim is the first half of source.CleanText: control characters become spaces, and blanks at the ends go.
func trim(column string) string { return `TRIM(REGEXP_REPLACE(` + column + `, r'\p{Cc}', ' '))` }

// clean is the other half: what looks personal goes, and what is left is cut.
func clean(column string) string {
	return "IF(" + personal(column) + ", '', IF(CHAR_LENGTH(" + column + ") <= 100, " + column + ", TRIM(LEFT(" + column +
		", 100))))"
}

// personal is whether a trimmed text looks like it holds an e-mail address or a phone number, also percent-encoded.
func personal(column string) string {
	emailPattern, phonePattern := source.PersonalPatterns()
	decoded := "REPLACE(" + column + ", '%40', '@')"
	return "(" + dialect.Matches(decoded, emailPattern) + " OR LENGTH(REGEXP_REPLACE(" + column + ", r'[^0-9]', '')) >= 8 AND " +
		dialect.Matches(decoded, phonePattern) + ")"
}

// reason is the text of the reason of that name.
func reason(name string) (string, error) {
	reasons := map[string]string{
		"time": source.ReasonNoTime, "range": source.ReasonTimeRange, "noName": source.ReasonNoName, "name": source.ReasonName,
		"day": source.ReasonDay, "otherDay": source.ReasonOtherDay,
	}
	if reasons[name] == "" {
		return "", fmt.Errorf("there is no reason %s", name)
	}
	return dialect.Text(reasons[name]), nil
}
