package firestore

import (
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
	"text/template"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

//go:embed changelog.sql
var changelogText string

// dialect is that of BigQuery, where the extension's tables are.
var dialect = features.GoogleSQL{}

// extensionTable is one of the extension's tables as changelog.sql reads it. All but Kind are SQL.
type extensionTable struct {
	Kind, Table, Time, Event, Data, Where string
}

// param is a parameter of a row: the name, and its SQL as a float or NULL.
type param struct{ Name, SQL string }

// rendering fills in changelog.sql. The values bound on the way are in the order of their ?.
type rendering struct {
	opt        ChangelogOptions
	start, end int64
	args       []any
	// json marks the tables whose data column is of the type JSON.
	json map[string]bool
}

// stagedRows gives the rows of warehouse.Documents that the tables make for the instants from start up to end, each with the
// columns reason, NULL for a good one, and copies. Both are in microseconds UTC.
func stagedRows(opt ChangelogOptions, json map[string]bool, start, end int64) warehouse.Statement {
	r := &rendering{opt: opt, start: start, end: end, json: json}
	text := func(s string) func() string { return func() string { return dialect.Text(s) } }
	t := template.Must(template.New("changelog").Funcs(template.FuncMap{
		"tables": r.tables, "zone": text(opt.Zone), "profile": text(names[profile]), "meeting": text(names[meeting]),
		"syntax": text(syntax.String()), "noAccount": text(noAccount.String()), "noOwner": text(noOwner.String()),
		"account": r.account, "owner": func() string { return accountOf(scalar(opt.Owner)) }, "key": r.key,
		"micros": func(field string) string { return microsOf(field, opt.Zone) }, "firstBad": firstBad, "params": paramsOf,
		"profileParams": profileParams, "meetingParams": meetingParams, "empty": emptyColumns,
	}).Parse(changelogText))
	var b strings.Builder
	if err := t.Execute(&b, nil); err != nil {
		// The text is part of the program.
		panic(fmt.Sprintf("firestore: changelog.sql: %v", err))
	}
	return warehouse.Statement{SQL: strings.TrimSpace(b.String()), Args: r.args}
}

func (r *rendering) bind(v any) string {
	r.args = append(r.args, v)
	return "?"
}

// tables are the tables that are read. A table of latest states is read as a snapshot of now.
func (r *rendering) tables() (out []extensionTable) {
	if t := r.opt.Users; t != "" {
		e := r.table(profile, t, "TRUE")
		if isLatest(t) {
			now := r.opt.Now.UnixMicro()
			e.Time, e.Event = fmt.Sprintf("TIMESTAMP_MICROS(%d)", now), "''"
			e.Where = fmt.Sprintf("%d >= %d AND %[1]d < %[3]d", now, r.start, r.end)
		}
		out = append(out, e)
	}
	if t := r.opt.Meetings; t != "" {
		out = append(out, r.table(meeting, t, "operation = 'CREATE'"))
	}
	return out
}

func (r *rendering) table(k kind, name, where string) extensionTable {
	e := extensionTable{
		Kind: dialect.Text(names[k]), Table: dialect.Table(name), Time: "timestamp", Event: "COALESCE(event_id, '')", Data: "data",
		Where: fmt.Sprintf("timestamp >= TIMESTAMP_MICROS(%d) AND timestamp < TIMESTAMP_MICROS(%d) AND %s", r.start, r.end, where),
	}
	if r.json[name] {
		e.Data = "TO_JSON_STRING(data)"
	}
	return e
}

// isLatest tells the extension's view of latest states from its log of changes.
func isLatest(table string) bool { return strings.HasSuffix(table, "_raw_latest") }

// key is source.UserKey of a text: an HMAC made of two hashes over the pads of the secret, which are bound in hexadecimal.
func (r *rendering) key(id string) string {
	inner, outer := source.Pads(r.opt.Secret)
	first, second := r.bind(hex.EncodeToString(outer)), r.bind(hex.EncodeToString(inner))
	return "TO_HEX(SUBSTR(SHA256(CONCAT(FROM_HEX(" + first + "), SHA256(CONCAT(FROM_HEX(" + second + "), CAST(" + id +
		" AS BYTES))))), 1, 16))"
}

// account is the account id of a user's document.
func (r *rendering) account() string {
	if r.opt.Account == "" {
		return "COALESCE(id, '')"
	}
	return accountOf(scalar(r.opt.Account))
}

// accountOf is the last part of a reference, or the text itself.
func accountOf(text string) string { return "REGEXP_EXTRACT(" + text + ", r'([^/]+)$')" }

func jsonPath(field string) string { return dialect.Text("$." + field) }

// scalar is the text of a field that holds one value.
func scalar(field string) string { return "JSON_VALUE(data, " + jsonPath(field) + ")" }

// there is whether a field holds anything: of a JSON text, JSON_QUERY gives NULL for null.
func there(field string) string { return "JSON_QUERY(data, " + jsonPath(field) + ") IS NOT NULL" }

func lengthOf(field string) string {
	return "CAST(ARRAY_LENGTH(JSON_QUERY_ARRAY(data, " + jsonPath(field) + ")) AS FLOAT64)"
}

func yesOf(field string) string {
	return "CASE " + scalar(field) + " WHEN 'true' THEN 1.0 WHEN 'false' THEN 0.0 END"
}

// microsOf is the instant in a field, as the function micros reads it.
func microsOf(field, zone string) string {
	var b strings.Builder
	b.WriteString("CASE")
	for _, prefix := range []string{"_", ""} {
		seconds, nanos := scalar(field+"."+prefix+"seconds"), scalar(field+"."+prefix+"nanoseconds")
		fmt.Fprintf(&b, " WHEN %s IS NOT NULL AND %s IS NOT NULL THEN %s * 1000000 + DIV(%s, 1000)",
			seconds, nanos, whole(seconds), whole(nanos))
	}
	v := scalar(field)
	when := func(pattern, then string) {
		fmt.Fprintf(&b, " WHEN REGEXP_CONTAINS(%s, %s) THEN %s", v, dialect.Text(pattern), then)
	}
	// BigQuery reads six digits of a second.
	short := "REGEXP_REPLACE(" + v + `, r'([.][0-9]{6})[0-9]+', r'\1')`
	when(zoned.String(), "UNIX_MICROS(SAFE_CAST("+short+" AS TIMESTAMP))")
	when(local.String(), "UNIX_MICROS(TIMESTAMP(SAFE_CAST("+localText(short)+" AS DATETIME), "+dialect.Text(zone)+"))")
	when(unixS.String(), "SAFE_CAST("+v+" AS INT64) * 1000000")
	when(unixM.String(), "SAFE_CAST("+v+" AS INT64) * 1000")
	b.WriteString(" END")
	return b.String()
}

// whole is a number of a JSON text as an integer; below 2^53 none is lost on the way, however the number is written.
func whole(v string) string { return "SAFE_CAST(SAFE_CAST(" + v + " AS FLOAT64) AS INT64)" }

// localText adds the seconds to a time that has none.
func localText(v string) string {
	return "REGEXP_REPLACE(" + v + ", r'([T ][0-9]{2}:[0-9]{2})$', r'\\1:00')"
}

// profileParams and meetingParams are in the order of params.
func profileParams() (out []param) {
	for i, f := range profileFields {
		x := lengthOf(f)
		if wanted[f] != "list" {
			x = yesOf(f)
		}
		out = append(out, param{params[profile][i], x})
	}
	return out
}

func meetingParams() (out []param) {
	for i, f := range meetingFields {
		x := lengthOf(f)
		switch f {
		case "isAllDay":
			x = yesOf(f)
		case "recurrenceRule":
			x = "IF(COALESCE(" + scalar(f) + ", '') = '', 0.0, 1.0)"
		case "from":
			x = fmt.Sprintf("CAST(begins - ts AS FLOAT64) / %d.0", int64(microsPerDay))
		case "to":
			x = fmt.Sprintf("IF(ends >= begins, CAST(ends - begins AS FLOAT64) / %d.0, NULL)", int64(microsPerHour))
		}
		out = append(out, param{params[meeting][i], x})
	}
	return out
}

// firstBad is the reason of the first field that is not what it should be, NULL where all are.
func firstBad(kind string) string {
	fields := profileFields
	if kind == "meeting" {
		fields = meetingFields
	}
	var b strings.Builder
	b.WriteString("CASE")
	for _, f := range fields {
		value := lengthOf(f)
		switch wanted[f] {
		case "true or false":
			value = yesOf(f)
		case "text":
			value = scalar(f)
		case "time":
			value = map[string]string{"from": "begins", "to": "ends"}[f]
		}
		fmt.Fprintf(&b, " WHEN %s AND %s IS NULL THEN %s", there(f), value, dialect.Text(fieldReason(f)))
	}
	b.WriteString(" END")
	return b.String()
}

// paramsOf is the parameters as the warehouse holds them, those that are NULL left out.
func paramsOf(kindName string) string {
	k := profile
	if kindName == "meeting" {
		k = meeting
	}
	items := make([]string, len(params[k]))
	for i, p := range params[k] {
		items[i] = "STRUCT<key STRING, value FLOAT64>(" + dialect.Text(p) + ", " + p + ")"
	}
	return "ARRAY(SELECT AS STRUCT p.key, p.value FROM UNNEST([" + strings.Join(items, ", ") + "]) AS p WHERE p.value IS NOT NULL)"
}

// emptyColumns are the columns of the documents table that no document fills.
func emptyColumns() (out []struct{ Name, Type string }) {
	types := map[warehouse.Type]string{warehouse.String: "STRING", warehouse.Int64: "INT64"}
	for _, c := range table.Columns[4 : len(table.Columns)-1] {
		out = append(out, struct{ Name, Type string }{c.Name, types[c.Type]})
	}
	return out
}

// known is the instant before which a time of change is none: the extension's imports are of 1970.
var known = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// importsOf counts the documents of which only an import is known, and so not when they were created.
func importsOf(opt ChangelogOptions) (warehouse.Statement, bool) {
	var parts []string
	for _, t := range []string{opt.Users, opt.Meetings} {
		if t == "" || isLatest(t) {
			continue
		}
		parts = append(parts, fmt.Sprintf("SELECT COUNT(DISTINCT COALESCE(REGEXP_EXTRACT(document_name, r'/documents/(.+)$'), "+
			"document_name)) AS n FROM %s WHERE operation = 'IMPORT' AND timestamp < TIMESTAMP_MICROS(%d)", dialect.Table(t), known))
	}
	return warehouse.Statement{SQL: "SELECT SUM(n) AS n FROM (" + strings.Join(parts, " UNION ALL ") + ") AS imports"}, len(parts) > 0
}
