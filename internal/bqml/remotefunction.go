package bqml

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// RemoteFunction is a function of BigQuery that asks our server: POST /bigquery of cmd/serve answers it.
type RemoteFunction struct {
	// Name is the function's name, DATASET.NAME or PROJECT.DATASET.NAME.
	Name string
	// Connection is the CLOUD_RESOURCE connection as whose service account BigQuery calls, PROJECT.LOCATION.NAME or LOCATION.NAME.
	Connection string
	// Endpoint is the server's HTTPS address with the path /bigquery.
	Endpoint string
	// MaxRows is max_batching_rows, 1000 by default: a row of 60 named features is about 2 KB, the server takes 4 MiB and 10,000 rows.
	MaxRows int
	// JSON makes the function return a STRING with probability, revisit and version, instead of the probability.
	JSON bool
	// FailBadRows lets a row that cannot be scored fail the query, instead of giving NULL.
	FailBadRows bool
}

// routinePath is a path of two or three names: projects may have dashes, and a colon after a domain.
var routinePath = regexp.MustCompile(`^([a-z0-9.:-]+\.)?[A-Za-z0-9_-]+\.[A-Za-z_][A-Za-z0-9_-]*$`)

// Validate reports a name, an address or a limit that BigQuery would refuse.
func (f RemoteFunction) Validate() error {
	for what, path := range map[string]string{"name": f.Name, "connection": f.Connection} {
		if !routinePath.MatchString(path) {
			return fmt.Errorf("remote function: the %s %q is not two or three names with dots between them", what, path)
		}
	}
	endpoint, err := url.Parse(f.Endpoint)
	if err != nil || endpoint.Scheme != "https" || endpoint.Host == "" || endpoint.RawQuery != "" || endpoint.User != nil {
		return errors.New("remote function: the endpoint must be an address like https://SERVICE.run.app/bigquery")
	}
	if !strings.HasSuffix(endpoint.Path, "/bigquery") {
		return fmt.Errorf("remote function: the endpoint's path is %q; the server answers at /bigquery", endpoint.Path)
	}
	if f.MaxRows < 0 || f.MaxRows > 10_000 {
		return fmt.Errorf("remote function: %d rows in a batch; the server takes 1 to 10000", f.MaxRows)
	}
	return nil
}

// SQL is the CREATE FUNCTION statement.
func (f RemoteFunction) SQL() (string, error) {
	if err := f.Validate(); err != nil {
		return "", err
	}
	returns, output, badRows := "FLOAT64", "probability", "null"
	if f.JSON {
		returns, output = "STRING", "json"
	}
	if f.FailBadRows {
		badRows = "error"
	}
	rows := f.MaxRows
	if rows == 0 {
		rows = 1000
	}
	return fmt.Sprintf(`CREATE OR REPLACE FUNCTION %s(instance STRING) RETURNS %s
REMOTE WITH CONNECTION %s
OPTIONS (
  endpoint = %s,
  max_batching_rows = %s,
  user_defined_context = [('output', '%s'), ('bad_rows', '%s')]
)`, dialect.Table(f.Name), returns, dialect.Table(f.Connection), dialect.Text(f.Endpoint), strconv.Itoa(rows), output, badRows), nil
}

// Query scores every user of the features table by the function. Columns: user_key and the function's value, called revisit.
func (f RemoteFunction) Query(p features.Plan, set *features.Set) (string, error) {
	if err := f.Validate(); err != nil {
		return "", err
	}
	if err := set.Validate(); err != nil {
		return "", fmt.Errorf("remote function: %w", err)
	}
	fields := make([]string, len(set.Features))
	for i, feature := range set.Features {
		fields[i] = "f." + dialect.Ident(feature.Name) + " AS " + dialect.Ident(feature.Name)
	}
	return fmt.Sprintf("SELECT f.user_key, %s(TO_JSON_STRING(STRUCT(STRUCT(\n  %s\n) AS features))) AS revisit\nFROM %s AS f",
		dialect.Table(f.Name), strings.Join(fields, ",\n  "), dialect.Table(p.Prefix+"features")), nil
}
