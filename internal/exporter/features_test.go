package exporter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

// app is a warehouse with a small simulated app, and the manifest of a model of its default features.
type app struct {
	wh       *warehouse.Warehouse
	manifest *model.Manifest
}

// appDir is the folder of the app, opened its warehouse once it is made.
var (
	appDir string
	opened *warehouse.Warehouse
)

// makeApp makes the app once; TestMain removes it.
var makeApp = sync.OnceValues(func() (app, error) {
	ctx, secret := context.Background(), []byte("a secret for the tests of exports")
	o := sample.Defaults()
	o.Users, o.Days = 600, 120
	if _, err := sample.Write(ctx, filepath.Join(appDir, "files"), o, func(int, int) {}); err != nil {
		return app{}, err
	}
	wh, err := warehouse.Open(ctx, "duckdb:"+filepath.Join(appDir, "app.duckdb"), warehouse.Options{Holder: "test"})
	if err != nil {
		return app{}, err
	}
	opened = wh
	src, err := source.NewGA4(source.GA4Options{Paths: []string{filepath.Join(appDir, "files", "events")}, Secret: secret})
	if err != nil {
		return app{}, err
	}
	now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	if _, err := etl.Run(ctx, wh, etl.Options{Source: src, Zone: o.Zone, Secret: secret, Simulated: true, Now: now}); err != nil {
		return app{}, err
	}
	found := features.Found{Users: 100, Context: []features.Support{{Name: "channel", Users: 100}, {Name: "platform", Users: 100}, {Name: "country", Users: 90}}}
	set := features.DefaultSet(o.Zone, features.DefaultLabel(), features.Background, found, features.DefaultChoice())
	return app{wh, &model.Manifest{Name: "revisit", Version: "v1", Set: *set, SetHash: set.Hash(), Simulated: true}}, nil
})

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) (code int) {
	var err error
	if appDir, err = os.MkdirTemp("", "calback-exporter"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(appDir)
	defer func() {
		if opened != nil {
			_ = opened.Close()
		}
	}()
	return m.Run()
}

func loadedApp(t *testing.T) (*warehouse.Warehouse, *model.Manifest) {
	t.Helper()
	a, err := makeApp()
	if err != nil {
		t.Fatal(err)
	}
	return a.wh, a.manifest
}

// exported writes the features to a file and gives its bytes.
func exported(t *testing.T, wh *warehouse.Warehouse, o Options) (Result, string, []byte) {
	t.Helper()
	o.Path = filepath.Join(t.TempDir(), "out."+o.Form)
	r, err := Features(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	return r, o.Path, data
}

// trained makes the trainer's own tables and gives their rows, one map a user, in the trainer's order.
func trained(t *testing.T, wh *warehouse.Warehouse, o Options) []map[string]any {
	t.Helper()
	p, err := newPlan(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	p.Prefix = ""
	d, set := features.DuckDB{}, &o.Manifest.Set
	for _, step := range append(p.Cohort(d), p.Features(d, set)) {
		if err := wh.Exec(t.Context(), step.SQL); err != nil {
			t.Fatal(err)
		}
	}
	columns, err := wh.ReadColumns(t.Context(), "SELECT l.day0, l.revisit, l.week_over, f.* FROM labels AS l JOIN features AS f USING (user_key) "+
		"ORDER BY l.day0, user_key")
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	for i := range columns[0].Len() {
		row := map[string]any{}
		for _, c := range columns {
			switch {
			case isNull(&c, i):
			case c.Text != nil:
				row[c.Name] = c.Text[i]
			default:
				row[c.Name] = c.Numbers[i]
			}
		}
		_, labelled := row["revisit"]
		if labelled || o.Unlabelled && row["week_over"] == 1.0 {
			delete(row, "week_over")
			rows = append(rows, row)
		}
	}
	return rows
}

func TestParquetHoldsTheTrainersTable(t *testing.T) {
	wh, m := loadedApp(t)
	for _, unlabelled := range []bool{false, true} {
		o := Options{Manifest: m, Form: Parquet, BurnIn: 30, Unlabelled: unlabelled}
		r, path, data := exported(t, wh, o)
		want := trained(t, wh, o)
		if r.Users != len(want) || len(want) < 100 || r.Features != len(m.Set.Features) {
			t.Fatalf("wrote %+v, the trainer has %d users", r, len(want))
		}
		for i, row := range want {
			row[asOf] = float64(r.AsOf.UnixMicro())
			if day, err := dayNumber(row[day0].(string)); err != nil {
				t.Fatal(err)
			} else {
				row[day0] = float64(day)
			}
			want[i] = row
		}
		if diff := cmp.Diff(want, readParquet(t, data)); diff != "" {
			t.Errorf("with our reader (-want +got):\n%.2000s", diff)
		}
		sameInDuckDB(t, wh, m, path)
		if _, _, again := exported(t, wh, o); !bytes.Equal(again, data) {
			t.Error("written again, the bytes differ")
		}
	}
}

// readParquet reads every row with the Parquet library: numbers, dates and flags as float64, text as string, NULL as nothing.
func readParquet(t *testing.T, data []byte) (rows []map[string]any) {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if hash, ok := f.Lookup("set_hash"); !ok || len(hash) != 16 {
		t.Errorf("the set's hash in the file is %q", hash)
	}
	names := f.Schema().Columns()
	for _, g := range f.RowGroups() {
		reader := g.Rows()
		buffer := make([]parquet.Row, 64)
		for {
			n, err := reader.ReadRows(buffer)
			for _, values := range buffer[:n] {
				row := map[string]any{}
				for _, v := range values {
					name := names[v.Column()][0]
					switch v.Kind() {
					case parquet.ByteArray:
						row[name] = string(v.ByteArray())
					case parquet.Boolean:
						row[name] = map[bool]float64{true: 1}[v.Boolean()]
					case parquet.Double:
						row[name] = v.Double()
					case parquet.Int32:
						row[name] = float64(v.Int32())
					case parquet.Int64:
						row[name] = float64(v.Int64())
					}
				}
				rows = append(rows, row)
			}
			if err != nil {
				break
			}
		}
		if err := reader.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

// sameInDuckDB compares the file with the trainer's tables inside DuckDB, whose Parquet reader is another one.
func sameInDuckDB(t *testing.T, wh *warehouse.Warehouse, m *model.Manifest, path string) {
	t.Helper()
	d := features.DuckDB{}
	differs := []string{"l.day0 <> p.day0", "l.revisit IS DISTINCT FROM p.revisit"}
	for _, name := range m.Set.Names() {
		differs = append(differs, fmt.Sprintf("f.%[1]s IS DISTINCT FROM p.%[1]s", d.Ident(name)))
	}
	columns, err := wh.ReadColumns(t.Context(), "SELECT COUNT(*), COUNT(CASE WHEN "+strings.Join(differs, " OR ")+" THEN 1 END), typeof(MIN(p.as_of)) "+
		"FROM read_parquet('"+path+"') AS p JOIN labels AS l USING (user_key) JOIN features AS f USING (user_key)")
	if err != nil {
		t.Fatal(err)
	}
	if rows, wrong := columns[0].Numbers[0], columns[1].Numbers[0]; rows < 100 || wrong != 0 {
		t.Errorf("DuckDB finds %v of %v rows other than in the trainer's tables", wrong, rows)
	}
	if kind := columns[2].Text[0]; kind != "TIMESTAMP WITH TIME ZONE" {
		t.Errorf("DuckDB reads as_of as %s", kind)
	}
}

func TestTFRecordHoldsTheTrainersTable(t *testing.T) {
	wh, m := loadedApp(t)
	o := Options{Manifest: m, Form: TFRecord, BurnIn: 30, Unlabelled: true}
	r, _, data := exported(t, wh, o)
	records, want := readRecords(t, data), trained(t, wh, o)
	if len(records) != len(want) || r.Users != len(want) {
		t.Fatalf("%d records, %d users", len(records), len(want))
	}
	for i, record := range records {
		got := readExample(t, record)
		row := want[i]
		day, err := dayNumber(row[day0].(string))
		if err != nil {
			t.Fatal(err)
		}
		row[day0], row[asOf] = day, r.AsOf.UnixMicro()
		for name, v := range row {
			x, ok := v.(float64)
			switch {
			case ok && name == revisit:
				row[name] = int64(x)
			case ok:
				row[name] = float32(x)
			}
		}
		if diff := cmp.Diff(row, got); diff != "" {
			t.Fatalf("record %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestFeaturesRefuse(t *testing.T) {
	wh, m := loadedApp(t)
	path := filepath.Join(t.TempDir(), "out")
	var refusal *Refusal
	for _, c := range []struct {
		change  func(*Options)
		want    string
		refused bool
	}{
		{func(o *Options) { o.Manifest.Set.Zone = "Europe/Paris" }, "Europe/Paris", true},
		{func(o *Options) { o.Manifest.Simulated = false }, "simulated", true},
		{func(o *Options) {
			o.Manifest.Set.Features = slices.Clone(o.Manifest.Set.Features)
			o.Manifest.Set.Features[0].Name = asOf
		}, "called as_of", true},
		{func(o *Options) { o.AsOf = time.Unix(math.MaxInt32, 0) }, "after the end of the data", false},
		{func(o *Options) { o.Form = "csv" }, `"csv"`, false},
	} {
		copied := *m
		o := Options{Manifest: &copied, Form: Parquet, Path: path, BurnIn: 30}
		c.change(&o)
		_, err := Features(t.Context(), wh, o)
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.As(err, &refusal) != c.refused {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
		if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) > 0 {
			t.Fatalf("%s: left behind: %v, %v", c.want, entries, err)
		}
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Features(stopped, wh, Options{Manifest: m, Form: Parquet, Path: path, BurnIn: 30}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: error %v", err)
	}
	tables, err := wh.Tables(t.Context(), "", prefix)
	if err != nil || len(tables) > 0 {
		t.Errorf("tables left behind: %v, %v", tables, err)
	}
}
