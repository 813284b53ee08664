// Package bigquery holds the tests of what the program says to BigQuery: every statement is resolved by Google's own front end of
// GoogleSQL, and run on an emulator beside DuckDB. It is a module of its own, because both take minutes and gigabytes to compile.
package bigquery

import (
	"fmt"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/bigquery"
	"github.com/goccy/bigquery-emulator/server"
	"github.com/goccy/bigquery-emulator/types"
	"google.golang.org/api/option"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/bqwh"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

const project = "calback-test"

// emulators are the running emulators by the name of the test that started them. A test has one, which its subtests share. Two
// datasets with a table of one name do not get on in one emulator: it finds a name without a dataset in the one made first, whatever the
// default dataset is. Hence a test has one warehouse, and tests that need several have subtests.
var emulators = struct {
	sync.Mutex
	byTest map[string]*emulator
}{byTest: map[string]*emulator{}}

// emulator is one, behind its gateway, and the dataset of its warehouse.
type emulator struct {
	url, dataset string
}

// emulatorOf is the emulator of the test or of one around it; else a new one, which ends with the test.
func emulatorOf(t testing.TB) *emulator {
	t.Helper()
	emulators.Lock()
	defer emulators.Unlock()
	for name := t.Name(); ; {
		if e := emulators.byTest[name]; e != nil {
			return e
		}
		cut := strings.LastIndexByte(name, '/')
		if cut < 0 {
			break
		}
		name = name[:cut]
	}
	url, stop, err := startEmulator()
	if err != nil {
		t.Fatalf("start the emulator: %v", err)
	}
	e := &emulator{url: url}
	emulators.byTest[t.Name()] = e
	t.Cleanup(func() {
		emulators.Lock()
		defer emulators.Unlock()
		delete(emulators.byTest, t.Name())
		stop()
		// The front end of GoogleSQL frees its catalogs only when the garbage is collected.
		runtime.GC()
	})
	return e
}

func startEmulator() (url string, stop func(), err error) {
	s, err := server.New(server.TempStorage)
	if err != nil {
		return "", nil, err
	}
	if err := s.Load(server.StructSource(types.NewProject(project))); err != nil {
		return "", nil, err
	}
	if err := s.SetProject(project); err != nil {
		return "", nil, err
	}
	// The emulator asks its own server for its address.
	own := s.TestServer()
	front := httptest.NewServer(&gateway{emulator: s.Handler, jobs: map[string]*gatewayJob{}})
	return front.URL, func() {
		front.Close()
		own.Close()
		s.Close()
	}, nil
}

// emulatorClient is a client of the test's emulator.
func emulatorClient(t testing.TB) *bigquery.Client {
	t.Helper()
	c, err := bigquery.NewClient(t.Context(), project, option.WithEndpoint(emulatorOf(t).url), option.WithoutAuthentication())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

var datasets atomic.Int64

func newDataset() string { return fmt.Sprintf("calback_%d", datasets.Add(1)) }

// newWarehouse is an empty warehouse in a dataset of its own on the test's emulator.
func newWarehouse(t *testing.T) *warehouse.Warehouse {
	t.Helper()
	return openWarehouse(t, newDataset())
}

// openWarehouse is the warehouse in the dataset of that name, which is made when it is missing.
func openWarehouse(t *testing.T, dataset string) *warehouse.Warehouse {
	t.Helper()
	e := emulatorOf(t)
	if e.dataset != "" && e.dataset != dataset {
		t.Fatalf("this test's emulator holds the warehouse %s: one test, one warehouse", e.dataset)
	}
	e.dataset = dataset
	url := fmt.Sprintf("bigquery://%s/%s?location=asia-northeast3&endpoint=%s", project, dataset, e.url)
	w, err := warehouse.Open(t.Context(), url, warehouse.Options{Now: time.Now, Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// duckWarehouse is an empty DuckDB in memory.
func duckWarehouse(t *testing.T) *warehouse.Warehouse {
	t.Helper()
	w, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}
