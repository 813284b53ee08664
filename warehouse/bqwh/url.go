package bqwh

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	storage "cloud.google.com/go/bigquery/storage/apiv1"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Settings are what the URL says besides the dataset.
type Settings struct {
	// Location is where a missing dataset is made, and where the jobs run. Empty is wherever the dataset is.
	Location string
	// MaxGiB is the most that one query may bill, in GiB; BigQuery refuses a query that would bill more. 0 is 100.
	MaxGiB int64
	// REST reads results by pages of JSON even where there is a Reader.
	REST bool
	// Endpoint is another server than Google's, which must be on this machine; no credentials are sent to it, and results are read by REST.
	Endpoint string
	// Reader reads results over the Storage Read API; nil reads by REST. The URL gives one unless it says read=rest.
	Reader *storage.BigQueryReadClient
}

const defaultMaxGiB = 100

var (
	projectName  = regexp.MustCompile(`^[a-z][a-z0-9.:\-]{2,62}$`)
	datasetName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	settingNames = []string{"location", "max_gib", "read", "endpoint"}
)

// parse reads //PROJECT/DATASET?location=...&max_gib=...&read=storage|rest&endpoint=http://127.0.0.1:PORT.
func parse(rest string) (project, dataset string, set Settings, err error) {
	u, err := url.Parse(rest)
	if err != nil {
		return "", "", set, warehouse.Errorf(warehouse.Invalid, "want bigquery://PROJECT/DATASET?location=...: %w", err)
	}
	project, dataset = u.Host, strings.Trim(u.Path, "/")
	if !projectName.MatchString(project) || !datasetName.MatchString(dataset) {
		return "", "", set, warehouse.Errorf(warehouse.Invalid, "project %q, dataset %q: want bigquery://PROJECT/DATASET?location=..., "+
			"with a project id in lower case and a dataset of letters, digits and _", project, dataset)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", "", set, warehouse.Errorf(warehouse.Invalid, "settings %q: %w", u.RawQuery, err)
	}
	for name := range query {
		if !slices.Contains(settingNames, name) {
			return "", "", set, warehouse.Errorf(warehouse.Invalid, "setting %q is unknown; the settings are %s", name, strings.Join(settingNames, ", "))
		}
	}
	set = Settings{Location: query.Get("location"), MaxGiB: defaultMaxGiB, Endpoint: query.Get("endpoint")}
	if text := query.Get("max_gib"); text != "" {
		if set.MaxGiB, err = strconv.ParseInt(text, 10, 32); err != nil || set.MaxGiB < 1 {
			return "", "", set, warehouse.Errorf(warehouse.Invalid, "max_gib is %q; want a whole number of GiB, at least 1", text)
		}
	}
	switch read := query.Get("read"); read {
	case "", "storage":
	case "rest":
		set.REST = true
	default:
		return "", "", set, warehouse.Errorf(warehouse.Invalid, "read is %q; want storage or rest", read)
	}
	return project, dataset, set, checkEndpoint(set.Endpoint)
}

// checkEndpoint refuses to send data without credentials to another machine.
func checkEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback() {
		return warehouse.Errorf(warehouse.Invalid, "endpoint %q: want the address of an emulator on this machine, such as http://127.0.0.1:9050", endpoint)
	}
	return nil
}
