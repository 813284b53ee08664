package warehouse

// Type is the type of a column, the same in every warehouse.
type Type int

// The column types. NumberMap maps a parameter name to a number.
const (
	String Type = iota
	Int64
	Float64
	Bool
	Date
	NumberMap
)

// Column is one column of a table. All but the partition column may be NULL.
type Column struct {
	Name string
	Type Type
}

// Table is a table that the pipeline owns: its columns, and the DATE column it is partitioned by ("" for none).
type Table struct {
	Name      string
	Partition string
	Columns   []Column
}

// Events is one row a thing a user did. It mirrors features.Event, with the day of the source it came from, the
// collected campaign fields for the channel and cost tables, and the position that makes a day's rows a fixed sequence.
var Events = Table{Name: "events", Partition: "day", Columns: []Column{
	{"day", Date},
	{"user_key", String},
	{"ts", Int64},
	{"name", String},
	{"screen", String},
	{"session_id", Int64},
	{"engaged_ms", Int64},
	{"first_touch", Int64},
	{"platform", String},
	{"device", String},
	{"language", String},
	{"country", String},
	{"app_version", String},
	{"channel", String},
	{"source", String},
	{"medium", String},
	{"campaign", String},
	{"params", NumberMap},
}}

// Ledger is one row a loaded day and source table: what was loaded, when the day's data ends, and from which bytes.
var Ledger = Table{Name: "ledger", Columns: []Column{
	{"table_name", String},
	{"day", Date},
	{"source", String},
	{"fingerprint", String},
	{"rows_loaded", Int64},
	{"duplicates", Int64},
	{"quarantined", Int64},
	{"data_start", Int64},
	{"data_end", Int64},
	{"run_id", String},
	{"loaded_at", Int64},
	{"simulated", Bool},
}}

// Quarantine is one row a record that could not be used: where it was, and why, without any of its values.
var Quarantine = Table{Name: "quarantine", Partition: "day", Columns: []Column{
	{"table_name", String}, {"day", Date}, {"source", String}, {"line", Int64}, {"reason", String},
}}

// Settings is one row a setting that every load of the warehouse must share, such as the time zone of its days.
var Settings = Table{Name: "settings", Columns: []Column{{"name", String}, {"value", String}}}
