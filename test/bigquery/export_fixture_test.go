package bigquery

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"unicode"

	"cloud.google.com/go/bigquery"
)

// gaEvent is an event of the GA4 export by column, as an extract to JSON has it.
type gaEvent = map[string]any

// exportColumns are the columns of the newest export, those included that must never be read.
const exportColumns = `event_date STRING, event_timestamp INTEGER, event_previous_timestamp INTEGER, event_name STRING,
event_params[] {key STRING, value {string_value STRING, int_value INTEGER, float_value FLOAT, double_value FLOAT}},
event_value_in_usd FLOAT, event_bundle_sequence_id INTEGER, event_server_timestamp_offset INTEGER, user_id STRING, user_pseudo_id STRING,
privacy_info {analytics_storage STRING, ads_storage STRING, uses_transient_token STRING},
user_properties[] {key STRING, value {string_value STRING, int_value INTEGER, float_value FLOAT, double_value FLOAT, set_timestamp_micros INTEGER}},
user_first_touch_timestamp INTEGER, user_ltv {revenue FLOAT, currency STRING},
device {category STRING, mobile_brand_name STRING, mobile_model_name STRING, operating_system STRING, operating_system_version STRING,
vendor_id STRING, advertising_id STRING, language STRING, is_limited_ad_tracking STRING, time_zone_offset_seconds INTEGER},
geo {continent STRING, country STRING, region STRING, city STRING},
app_info {id STRING, version STRING, install_store STRING, firebase_app_id STRING, install_source STRING},
traffic_source {name STRING, medium STRING, source STRING}, stream_id STRING, platform STRING,
collected_traffic_source {manual_campaign_id STRING, manual_campaign_name STRING, manual_source STRING, manual_medium STRING, gclid STRING},
is_active_user BOOLEAN, batch_event_index INTEGER, batch_page_id INTEGER, batch_ordering_id INTEGER`

// exportSchema is the schema without the named top-level columns.
func exportSchema(without ...string) bigquery.Schema {
	p := schemaParser{strings.Fields(strings.NewReplacer("{", " { ", "}", " } ", ",", " , ", "[]", " [] ").Replace(exportColumns))}
	return slices.DeleteFunc(p.fields(), func(f *bigquery.FieldSchema) bool { return slices.Contains(without, f.Name) })
}

type schemaParser struct{ words []string }

func (p *schemaParser) next() string {
	w := p.words[0]
	p.words = p.words[1:]
	return w
}

func (p *schemaParser) fields() (s bigquery.Schema) {
	for len(p.words) > 0 {
		f := &bigquery.FieldSchema{Name: p.next()}
		word := p.next()
		if word == "[]" {
			f.Repeated = true
			word = p.next()
		}
		f.Type = bigquery.FieldType(word)
		if word == "{" {
			f.Type, f.Schema = bigquery.RecordFieldType, p.fields()
		}
		s = append(s, f)
		if len(p.words) == 0 || p.next() == "}" {
			break
		}
	}
	return s
}

var exportDatasets atomic.Int64

// exportDataset is an empty dataset of an export, named as Analytics names them.
func exportDataset(t *testing.T) *bigquery.Dataset {
	t.Helper()
	set := emulatorClient(t).Dataset(fmt.Sprintf("analytics_%d", 123455+exportDatasets.Add(1)))
	if err := set.Create(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return set
}

// addTable makes a day table of the export, by the API as Analytics does, with its events.
func addTable(t *testing.T, set *bigquery.Dataset, name string, schema bigquery.Schema, events []gaEvent) {
	t.Helper()
	if err := set.Table(name).Create(t.Context(), &bigquery.TableMetadata{Schema: schema}); err != nil {
		t.Fatal(err)
	}
	addEvents(t, set, name, schema, events)
}

func addEvents(t *testing.T, set *bigquery.Dataset, name string, schema bigquery.Schema, events []gaEvent) {
	t.Helper()
	var columns []string
	for _, f := range schema {
		columns = append(columns, f.Name)
	}
	for part := range slices.Chunk(events, 100) {
		var rows []string
		for _, e := range part {
			var values []string
			for _, f := range schema {
				values = append(values, literal(e[f.Name], f))
			}
			rows = append(rows, "("+strings.Join(values, ", ")+")")
		}
		runSQL(t, fmt.Sprintf("INSERT INTO `%s.%s` (%s) VALUES\n%s", set.DatasetID, name, strings.Join(columns, ", "), strings.Join(rows, ",\n")))
	}
}

func runSQL(t *testing.T, sql string) {
	t.Helper()
	job, err := emulatorClient(t).Query(sql).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	status, err := job.Wait(t.Context())
	if err == nil {
		err = status.Err()
	}
	if err != nil {
		text := err.Error()
		t.Fatalf("%.300s ... %s", text, text[max(0, len(text)-300):])
	}
}

// literal is the value as GoogleSQL.
func literal(value any, f *bigquery.FieldSchema) string {
	if f.Repeated {
		one := *f
		one.Repeated = false
		var items []string
		list, _ := value.([]any)
		for _, v := range list {
			items = append(items, literal(v, &one))
		}
		return typeText(f) + "[" + strings.Join(items, ", ") + "]"
	}
	if value == nil {
		return "CAST(NULL AS " + typeText(f) + ")"
	}
	switch f.Type {
	case bigquery.RecordFieldType:
		var values []string
		for _, inner := range f.Schema {
			values = append(values, literal(value.(map[string]any)[inner.Name], inner))
		}
		return typeText(f) + "(" + strings.Join(values, ", ") + ")"
	case bigquery.StringFieldType:
		return textLiteral(fmt.Sprint(value))
	case bigquery.FloatFieldType:
		return fmt.Sprintf("CAST('%v' AS FLOAT64)", value)
	}
	return fmt.Sprint(value)
}

// textLiteral escapes what cannot be seen.
func textLiteral(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\'' || r == '\\':
			b.WriteString(`\` + string(r))
		case unicode.IsControl(r) || unicode.IsSpace(r) && r != ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return "'" + b.String() + "'"
}

func typeText(f *bigquery.FieldSchema) string {
	text := map[bigquery.FieldType]string{
		bigquery.StringFieldType: "STRING", bigquery.IntegerFieldType: "INT64", bigquery.FloatFieldType: "FLOAT64", bigquery.BooleanFieldType: "BOOL",
	}[f.Type]
	if f.Type == bigquery.RecordFieldType {
		var parts []string
		for _, inner := range f.Schema {
			parts = append(parts, inner.Name+" "+typeText(inner))
		}
		text = "STRUCT<" + strings.Join(parts, ", ") + ">"
	}
	if f.Repeated {
		return "ARRAY<" + text + ">"
	}
	return text
}

// writeExport writes the events as the extract of a table.
func writeExport(t *testing.T, dir, table string, events []gaEvent) {
	t.Helper()
	var b strings.Builder
	for _, e := range events {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	if err := os.WriteFile(filepath.Join(dir, table+".json"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// param is a parameter whose value has the type of v. NaN is left out, because the emulator cannot take it.
func param(key string, v any) any {
	column := ""
	switch v := v.(type) {
	case nil:
		return map[string]any{"key": key, "value": map[string]any{}}
	case string:
		column = "string_value"
	case int:
		return map[string]any{"key": key, "value": map[string]any{"int_value": strconv.Itoa(v)}}
	case float64:
		column = "double_value"
	case float32:
		column = "float_value"
	}
	return map[string]any{"key": key, "value": map[string]any{column: v}}
}

// altered is the event with other columns.
func altered(e gaEvent, columns ...any) gaEvent {
	out := gaEvent{}
	for k, v := range e {
		out[k] = v
	}
	for i := 0; i < len(columns); i += 2 {
		out[columns[i].(string)] = columns[i+1]
	}
	return out
}
