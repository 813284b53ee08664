package warehouse

// Type is the type of a column, the same in every warehouse.
type Type int

// The column types. NumberMap maps a parameter name to a number; where a warehouse has no NULL map, NULL comes back as an empty one.
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

// Table is a table that the pipeline owns: its columns, the DATE column it is partitioned by ("" for none; every query must then
// bound it), and up to four columns by which the rows of a partition lie together.
type Table struct {
	Name      string
	Partition string
	Cluster   []string
	Columns   []Column
}

// Events is one row a thing a user did. It mirrors features.Event, with the day of the source it came from, the
// collected campaign fields for the channel and cost tables, and the position that makes a day's rows a fixed sequence.
// account_key is the hashed id of the account that was signed in, flag why the event is not of a customer (see the Flag constants).
var Events = Table{Name: "events", Partition: "day", Cluster: []string{"user_key", "name"}, Columns: eventColumns}

// Documents holds what the app's database says, as events in the shape of the Events table: a meeting at the time it was created, a
// user's state at the time of the snapshot. Their user_key is the key of the account, and none of them is a visit.
var Documents = Table{Name: "documents", Partition: "day", Cluster: []string{"user_key", "name"}, Columns: eventColumns}

// The flags of an event that no customer made.
const (
	// FlagDebug: the device was in debug mode.
	FlagDebug = "debug"
	// FlagTest: the device is one of a test laboratory.
	FlagTest = "test"
	// FlagStaff: the app marks the user as staff.
	FlagStaff = "staff"
)

var eventColumns = []Column{
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
	{"account_key", String},
	{"flag", String},
	{"params", NumberMap},
}

// Staff is one row a user whom the team keeps out of every figure.
var Staff = Table{Name: "staff", Columns: []Column{{"user_key", String}, {"reason", String}}}

// Ads is one row a day and advertisement, at the finest level that the report has: the names of coarser or finer levels are NULL.
// spend is in units of the currency, installs and results are NULL where the report does not have them, which is not 0.
var Ads = Table{Name: "ads", Partition: "day", Cluster: []string{"campaign"}, Columns: []Column{
	{"day", Date},
	{"account", String},
	{"network", String},
	{"campaign", String},
	{"adset", String},
	{"ad", String},
	{"currency", String},
	{"spend", Float64},
	{"impressions", Int64},
	{"reach", Int64},
	{"clicks", Int64},
	{"installs", Int64},
	{"results", Float64},
	{"result_type", String},
}}

// Links is one row a marketing link: the traffic source it stamps on its users, and the channel and the ad campaign that it stands for.
// An empty source, medium or link_campaign matches any.
var Links = Table{Name: "links", Columns: []Column{
	{"source", String}, {"medium", String}, {"link_campaign", String}, {"channel", String}, {"campaign", String},
}}

// Scores is one row a user and day of scoring: the calibrated probability to revisit, by which model, and how many days of the
// first week it knew.
var Scores = Table{Name: "scores", Partition: "day", Cluster: []string{"user_key"}, Columns: []Column{
	{"day", Date},
	{"user_key", String},
	{"as_of", Int64},
	{"day0", Date},
	{"days_known", Int64},
	{"probability", Float64},
	{"model", String},
	{"version", String},
}}

// Erasures is one row a table from which users were erased: when, by which request, and how much. It holds no key; request is a digest
// of the erased keys.
var Erasures = Table{Name: "erasures", Columns: []Column{
	{"request", String}, {"erased_at", Int64}, {"table_name", String}, {"users", Int64}, {"rows_erased", Int64},
}}

// All are the tables that a warehouse opened for writing has.
var All = []Table{Events, Documents, Staff, Ads, Links, Scores, Erasures, Ledger, Quarantine, Settings}

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
