package bqwh

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"cloud.google.com/go/bigquery"
	"google.golang.org/api/iterator"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// floatType is the name that GoogleSQL has for a 64-bit float. The REST API takes it as well as its own, FLOAT, and answers with that.
const floatType bigquery.FieldType = "FLOAT64"

var fieldTypes = map[warehouse.Type]bigquery.FieldType{
	warehouse.String: bigquery.StringFieldType, warehouse.Int64: bigquery.IntegerFieldType, warehouse.Float64: floatType,
	warehouse.Bool: bigquery.BooleanFieldType, warehouse.Date: bigquery.DateFieldType, warehouse.NumberMap: bigquery.RecordFieldType,
}

// schema is the table's columns as BigQuery has them: a number map is a repeated record of a key and a value.
func schema(t warehouse.Table) bigquery.Schema {
	s := make(bigquery.Schema, len(t.Columns))
	for i, c := range t.Columns {
		s[i] = &bigquery.FieldSchema{Name: c.Name, Type: fieldTypes[c.Type]}
		if c.Type == warehouse.NumberMap {
			s[i].Repeated = true
			s[i].Schema = bigquery.Schema{
				{Name: "key", Type: bigquery.StringFieldType}, {Name: "value", Type: floatType},
			}
		}
	}
	return s
}

// Create implements warehouse.Driver.
func (d *db) Create(ctx context.Context, t warehouse.Table) error {
	meta := &bigquery.TableMetadata{Schema: schema(t), Labels: map[string]string{"app": "calback"}}
	if t.Partition != "" {
		meta.TimePartitioning = &bigquery.TimePartitioning{Type: bigquery.DayPartitioningType, Field: t.Partition}
		meta.RequirePartitionFilter = true
	}
	if len(t.Cluster) > 0 {
		meta.Clustering = &bigquery.Clustering{Fields: t.Cluster}
	}
	table := d.dataset.Table(t.Name)
	there, err := table.Metadata(ctx)
	if isStatus(err, http.StatusNotFound) {
		err = table.Create(ctx, meta)
		if !isStatus(err, http.StatusConflict) {
			return sorted(ctx, err)
		}
		// Another run made it meanwhile.
		there, err = table.Metadata(ctx)
	}
	if err != nil {
		return sorted(ctx, err)
	}
	return compare(t, there)
}

// compare reports a table that is there with other columns or other partitions.
func compare(t warehouse.Table, there *bigquery.TableMetadata) error {
	want := schema(t)
	for i := range max(len(want), len(there.Schema)) {
		was, wanted := "nothing", "nothing"
		if i < len(there.Schema) {
			was = describe(there.Schema[i])
		}
		if i < len(want) {
			wanted = describe(want[i])
		}
		if was != wanted {
			return warehouse.Errorf(warehouse.Conflict,
				"table %s, column %d is %s, want %s; another version of the program made it: load into a new dataset", t.Name, i+1, was, wanted)
		}
	}
	partition := ""
	if there.TimePartitioning != nil {
		partition = there.TimePartitioning.Field
	}
	if partition != t.Partition {
		return warehouse.Errorf(warehouse.Conflict,
			"table %s is partitioned by %q, want %q; another version of the program made it: load into a new dataset", t.Name, partition, t.Partition)
	}
	return nil
}

// describe is a column as the schema shows it, with the fields of a record.
func describe(f *bigquery.FieldSchema) string {
	typ := f.Type
	if typ == floatType {
		typ = bigquery.FloatFieldType
	}
	text := f.Name + " " + string(typ)
	if f.Repeated {
		text += " REPEATED"
	}
	for _, inner := range f.Schema {
		text += ", " + f.Name + "." + describe(inner)
	}
	return text
}

// metadataCalls is how many tables are described at once.
const metadataCalls = 8

// Tables implements warehouse.Driver.
func (d *db) Tables(ctx context.Context, dataset, prefix string) ([]warehouse.TableInfo, error) {
	set := d.dataset
	if dataset != "" {
		project, name, ok := cutLast(dataset)
		if !ok {
			project, name = d.dataset.ProjectID, dataset
		}
		set = d.client.DatasetInProject(project, name)
	}
	var tables []*bigquery.Table
	for it := set.Tables(ctx); ; {
		table, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			return nil, sorted(ctx, err)
		}
		if strings.HasPrefix(table.TableID, prefix) {
			tables = append(tables, table)
		}
	}
	out, err := d.describeAll(ctx, tables)
	if err != nil {
		return nil, sorted(ctx, err)
	}
	slices.SortFunc(out, func(a, b warehouse.TableInfo) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// cutLast cuts project.dataset at the last dot; a project may have one in its name.
func cutLast(path string) (project, dataset string, ok bool) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

// describeAll asks for the tables, several at once, and leaves out those that were dropped meanwhile, as analytics drops its intraday tables.
func (d *db) describeAll(ctx context.Context, tables []*bigquery.Table) ([]warehouse.TableInfo, error) {
	found := make([]*warehouse.TableInfo, len(tables))
	errs := make([]error, len(tables))
	var calls sync.WaitGroup
	for first := range min(metadataCalls, len(tables)) {
		calls.Go(func() {
			for i := first; i < len(tables); i += metadataCalls {
				meta, err := tables[i].Metadata(ctx)
				if isStatus(err, http.StatusNotFound) {
					continue
				}
				if err != nil {
					errs[i] = err
					return
				}
				found[i] = tableInfo(tables[i].TableID, meta)
			}
		})
	}
	calls.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	var out []warehouse.TableInfo
	for _, info := range found {
		if info != nil {
			out = append(out, *info)
		}
	}
	return out, nil
}

func tableInfo(name string, meta *bigquery.TableMetadata) *warehouse.TableInfo {
	info := &warehouse.TableInfo{
		Name: name, Rows: int64(meta.NumRows), Bytes: meta.NumBytes, Columns: columnInfo("", meta.Schema),
		View: meta.Type == bigquery.ViewTable || meta.Type == bigquery.MaterializedView,
	}
	if !meta.LastModifiedTime.IsZero() {
		info.Modified = max(meta.LastModifiedTime.UnixMicro(), 0)
	}
	return info
}

// columnInfo lists the columns, and under each record its fields.
func columnInfo(prefix string, s bigquery.Schema) (out []warehouse.ColumnInfo) {
	for _, f := range s {
		out = append(out, warehouse.ColumnInfo{Name: prefix + f.Name, Type: string(f.Type), Repeated: f.Repeated})
		out = append(out, columnInfo(prefix+f.Name+".", f.Schema)...)
	}
	return out
}
