package sample_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
)

// small is a world that simulates in a fraction of a second.
func small() sample.Options {
	opt := sample.Defaults()
	opt.Users, opt.Days, opt.Seed = 1500, 120, 7
	return opt
}

func write(t *testing.T, opt sample.Options) (string, sample.Summary) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "app")
	s, err := sample.Write(context.Background(), dir, opt, nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir, s
}

// world is one small sample that the reading tests share.
type world struct {
	dir     string
	summary sample.Summary
	rows    []row
}

// row is what the tests read of an exported event; 64-bit integers must be strings, as `bq extract` writes them.
type row struct {
	Date   string `json:"event_date"`
	Time   string `json:"event_timestamp"`
	Name   string `json:"event_name"`
	Pseudo string `json:"user_pseudo_id"`
	Touch  string `json:"user_first_touch_timestamp"`
	Params []struct {
		Key   string `json:"key"`
		Value struct {
			Int    *string `json:"int_value"`
			String *string `json:"string_value"`
		} `json:"value"`
	} `json:"event_params"`
	App struct {
		Version string `json:"version"`
	} `json:"app_info"`
	at   time.Time
	line string
}

var shared = sync.OnceValues(func() (*world, error) {
	dir, err := os.MkdirTemp("", "calsim-*")
	if err != nil {
		return nil, err
	}
	w := &world{dir: filepath.Join(dir, "app")}
	if w.summary, err = sample.Write(context.Background(), w.dir, small(), nil); err != nil {
		return nil, err
	}
	return w, w.read()
})

func TestMain(m *testing.M) {
	code := m.Run()
	if w, err := shared(); err == nil {
		os.RemoveAll(filepath.Dir(w.dir))
	}
	os.Exit(code)
}

func read(t *testing.T) *world {
	t.Helper()
	w, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) read() error {
	for _, name := range w.summary.Files {
		if !strings.HasPrefix(name, "events/") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(w.dir, name))
		if err != nil {
			return err
		}
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return err
		}
		lines := bufio.NewScanner(z)
		for lines.Scan() {
			r := row{line: lines.Text()}
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			micros, err := strconv.ParseInt(r.Time, 10, 64)
			if err != nil {
				return fmt.Errorf("%s: event_timestamp: %w", name, err)
			}
			r.at = time.UnixMicro(micros).In(seoul)
			if want := "events/events_" + r.Date + ".json.gz"; want != name || r.at.Format("20060102") != r.Date {
				return fmt.Errorf("%s holds a row of %s dated %s", name, r.at, r.Date)
			}
			w.rows = append(w.rows, r)
		}
		if err := lines.Err(); err != nil {
			return err
		}
	}
	return nil
}

var seoul = time.FixedZone("KST", 9*3600)

var background = []string{
	"app_clear_data", "app_remove", "app_update", "firebase_campaign", "notification_dismiss", "notification_receive", "os_update",
}

// dayOf numbers the calendar days.
func dayOf(at time.Time) int {
	y, m, d := at.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// visits gives the visit days of every pseudonymous id.
func (w *world) visits() map[string]map[int]bool {
	out := map[string]map[int]bool{}
	for _, r := range w.rows {
		if r.Pseudo == "" || slices.Contains(background, r.Name) {
			continue
		}
		if out[r.Pseudo] == nil {
			out[r.Pseudo] = map[int]bool{}
		}
		out[r.Pseudo][dayOf(r.at)] = true
	}
	return out
}
