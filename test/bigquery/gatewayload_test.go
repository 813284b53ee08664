package bigquery

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	bq "google.golang.org/api/bigquery/v2"
)

var uploadPath = regexp.MustCompile(`^/upload/bigquery/v2/projects/([^/]+)/jobs$`)

// load does the load of a Parquet file by INSERT statements, because the emulator swaps the fields of nested records at random: a key
// becomes a value now and then. What BigQuery is sent for a load is held by the driver's own tests.
func (g *gateway) load(w http.ResponseWriter, r *http.Request, project string) error {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	parts := multipart.NewReader(r.Body, params["boundary"])
	var job bq.Job
	part, err := parts.NextPart()
	if err != nil {
		return err
	}
	if err := json.NewDecoder(part).Decode(&job); err != nil {
		return err
	}
	if part, err = parts.NextPart(); err != nil {
		return err
	}
	data, err := io.ReadAll(part)
	if err != nil {
		return err
	}
	load := job.Configuration.Load
	if load == nil || load.SourceFormat != "PARQUET" {
		return errors.New("the gateway loads Parquet files only")
	}
	rows, err := valueRows(data, load.Schema.Fields)
	if err != nil {
		return err
	}
	job.Status = &bq.JobStatus{State: "DONE"}
	job.Statistics = &bq.JobStatistics{CreationTime: 1, StartTime: 1, EndTime: 1, Load: &bq.JobStatistics3{OutputRows: int64(len(rows))}}
	g.mu.Lock()
	g.jobs[job.JobReference.JobId] = &gatewayJob{job: &job}
	g.mu.Unlock()
	var names []string
	for _, f := range load.Schema.Fields {
		names = append(names, "`"+f.Name+"`")
	}
	head := fmt.Sprintf("INSERT INTO `%s`.`%s` (%s) VALUES\n", load.DestinationTable.DatasetId, load.DestinationTable.TableId, strings.Join(names, ", "))
	for chunk := range slices.Chunk(rows, 400) {
		text, _ := json.Marshal(head + strings.Join(chunk, ",\n"))
		if _, failed := g.query(r, project, map[string]json.RawMessage{"query": text}); failed != nil {
			job.Status.ErrorResult = &bq.ErrorProto{Reason: failed.reason, Message: failed.message}
			break
		}
	}
	answer(w, http.StatusOK, job)
	return nil
}

// valueRows are the rows of the file as tuples of literals in the order of the fields.
func valueRows(data []byte, fields []*bq.TableFieldSchema) ([]string, error) {
	file, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	leaves := file.Schema().Columns()
	var out []string
	for _, group := range file.RowGroups() {
		reader := group.Rows()
		buffer := make([]parquet.Row, 64)
		for {
			n, err := reader.ReadRows(buffer)
			for _, row := range buffer[:n] {
				out = append(out, tuple(row, leaves, fields))
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
		}
		if err := reader.Close(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func tuple(row parquet.Row, leaves [][]string, fields []*bq.TableFieldSchema) string {
	byField := map[string][]parquet.Value{}
	for _, v := range row {
		path := strings.Join(leaves[v.Column()], ".")
		byField[path] = append(byField[path], v)
	}
	values := make([]string, len(fields))
	for i, f := range fields {
		if f.Type != "RECORD" {
			values[i] = cellLiteral(byField[f.Name][0], f.Type)
			continue
		}
		var items []string
		keys, numbers := byField[f.Name+".key"], byField[f.Name+".value"]
		for k := range keys {
			if !keys[k].IsNull() {
				items = append(items, "STRUCT("+cellLiteral(keys[k], "STRING")+" AS key, "+cellLiteral(numbers[k], "FLOAT64")+" AS value)")
			}
		}
		values[i] = "ARRAY<STRUCT<key STRING, value FLOAT64>>[" + strings.Join(items, ", ") + "]"
	}
	return "(" + strings.Join(values, ", ") + ")"
}

func cellLiteral(v parquet.Value, typ string) string {
	name := map[string]string{"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}[typ]
	if name == "" {
		name = typ
	}
	if v.IsNull() {
		return "CAST(NULL AS " + name + ")"
	}
	switch name {
	case "INT64":
		return strconv.FormatInt(v.Int64(), 10)
	case "FLOAT64":
		return "CAST('" + strconv.FormatFloat(v.Double(), 'g', -1, 64) + "' AS FLOAT64)"
	case "BOOL":
		return strconv.FormatBool(v.Boolean())
	case "DATE":
		return "DATE '" + time.Unix(int64(v.Int32())*86400, 0).UTC().Format(time.DateOnly) + "'"
	}
	text, _ := json.Marshal(string(v.ByteArray()))
	return string(text)
}
