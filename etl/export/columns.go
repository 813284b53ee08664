package export

import (
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Column is a column of the export that is read. Path names a field of a record by its way, such as device.category.
type Column struct {
	Path string
	// Type is BigQuery's own word: STRING, INT64, FLOAT64 or STRUCT.
	Type string
	// Repeated marks an array.
	Repeated bool
	// Required columns are in every export since the first; the others read as NULL where an older export lacks them.
	Required bool
}

// readColumns are all columns that any statement reads. Nothing else of the export is looked at.
var readColumns = []Column{
	{"event_date", "STRING", false, true},
	{"event_timestamp", "INT64", false, true},
	{"event_name", "STRING", false, true},
	{"event_params", "STRUCT", true, true},
	{"event_params.key", "STRING", false, true},
	{"event_params.value", "STRUCT", false, true},
	{"event_params.value.string_value", "STRING", false, true},
	{"event_params.value.int_value", "INT64", false, true},
	{"event_params.value.float_value", "FLOAT64", false, false},
	{"event_params.value.double_value", "FLOAT64", false, false},
	{"event_bundle_sequence_id", "INT64", false, false},
	{"user_id", "STRING", false, false},
	{"user_pseudo_id", "STRING", false, true},
	{"user_first_touch_timestamp", "INT64", false, false},
	{"user_properties", "STRUCT", true, false},
	{"user_properties.key", "STRING", false, false},
	{"user_properties.value", "STRUCT", false, false},
	{"user_properties.value.string_value", "STRING", false, false},
	{"user_properties.value.int_value", "INT64", false, false},
	{"user_properties.value.float_value", "FLOAT64", false, false},
	{"user_properties.value.double_value", "FLOAT64", false, false},
	{"device.category", "STRING", false, false},
	{"device.language", "STRING", false, false},
	{"geo.country", "STRING", false, false},
	{"app_info.version", "STRING", false, false},
	{"app_info.install_source", "STRING", false, false},
	{"traffic_source.name", "STRING", false, false},
	{"traffic_source.medium", "STRING", false, false},
	{"traffic_source.source", "STRING", false, false},
	{"stream_id", "STRING", false, false},
	{"platform", "STRING", false, false},
	{"collected_traffic_source.manual_campaign_name", "STRING", false, false},
	{"collected_traffic_source.manual_source", "STRING", false, false},
	{"collected_traffic_source.manual_medium", "STRING", false, false},
	{"batch_event_index", "INT64", false, false},
	{"batch_page_id", "INT64", false, false},
}

// Columns are the columns of the export that a run with the options reads: the user's properties only where one of them marks
// staff.
func Columns(opt Options) []Column {
	return slices.DeleteFunc(slices.Clone(readColumns), func(c Column) bool {
		return opt.StaffProperty == "" && underneath(c.Path, "user_properties")
	})
}

// underneath reports whether the path is the record or a field of it.
func underneath(path, record string) bool {
	return path == record || strings.HasPrefix(path, record+".")
}

// typeWord is the one word of several that BigQuery has for a type.
func typeWord(t string) string {
	switch t = strings.ToUpper(t); t {
	case "INTEGER":
		return "INT64"
	case "FLOAT":
		return "FLOAT64"
	case "BOOLEAN":
		return "BOOL"
	case "RECORD":
		return "STRUCT"
	}
	if strings.HasPrefix(t, "STRUCT<") {
		return "STRUCT"
	}
	return t
}

// shape is the columns that a table has, by path in lower case: BigQuery does not tell the cases of names apart.
type shape map[string]Column

func shapeOf(t warehouse.TableInfo) shape {
	s := shape{}
	for _, c := range t.Columns {
		typ, repeated := typeWord(c.Type), c.Repeated
		if inner, ok := strings.CutPrefix(typ, "ARRAY<"); ok {
			typ, repeated = typeWord(strings.TrimSuffix(inner, ">")), true
		}
		s[strings.ToLower(c.Name)] = Column{Path: c.Name, Type: typ, Repeated: repeated}
	}
	return s
}

// word is the type as messages and the settings have it.
func (c Column) word() string {
	if c.Repeated {
		return "ARRAY of " + c.Type
	}
	return c.Type
}

// fits reports whether the column can be read as want, if need be through a cast.
func (c Column) fits(want Column) bool { return c.Type == want.Type && c.Repeated == want.Repeated }

// castable reports whether a value of another type can be tried as a value of the wanted one: both are plain values.
func (c Column) castable(want Column) bool {
	plain := func(c Column) bool { return !c.Repeated && c.Type != "STRUCT" }
	return plain(c) && plain(want)
}

// value is the SQL of a column of the table, which stands at from ("" for a column of the table itself, else the alias of an
// element with its dot). A column that the table lacks is NULL, one of another plain type is cast where that is possible.
func (s shape) value(path, from, field string) string {
	want := wanted(path)
	have, ok := s[path]
	switch {
	case ok && have.fits(want):
		return from + field
	case ok && have.castable(want):
		return "SAFE_CAST(" + from + field + " AS " + want.Type + ")"
	}
	return "CAST(NULL AS " + want.Type + ")"
}

// column is value for a column that is not inside an array.
func (s shape) column(path string) string { return s.value(path, "", path) }

// has reports whether the table has the array of records.
func (s shape) has(path string) bool {
	have, ok := s[path]
	return ok && have.fits(wanted(path))
}

func wanted(path string) Column {
	i := slices.IndexFunc(readColumns, func(c Column) bool { return c.Path == path })
	if i < 0 {
		panic("export: " + path + " is not in the list of columns")
	}
	return readColumns[i]
}
