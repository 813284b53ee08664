package sample_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
)

// digest hashes every file of the sample with its name.
func digest(t *testing.T, dir string, s sample.Summary) string {
	t.Helper()
	h := sha256.New()
	for _, name := range s.Files {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(h, name, len(data))
		if _, err := io.Copy(h, strings.NewReader(string(data))); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func TestSameBytesOnAnyNumberOfProcessors(t *testing.T) {
	opt := small()
	opt.Users, opt.Days = 700, 70
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want string
	for _, procs := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(procs)
		dir, s := write(t, opt)
		got := digest(t, dir, s)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("GOMAXPROCS %d: %s, want %s", procs, got, want)
		}
	}
	opt.Seed++
	if dir, s := write(t, opt); digest(t, dir, s) == want {
		t.Error("another seed gives the same bytes")
	}
}

func TestPlainFilesHoldTheSameEvents(t *testing.T) {
	opt := small()
	opt.Users, opt.Days = 100, 50
	_, zipped := write(t, opt)
	opt.Gzip = false
	dir, plain := write(t, opt)
	if plain.Events != zipped.Events {
		t.Errorf("%d events plain, %d compressed", plain.Events, zipped.Events)
	}
	data, err := os.ReadFile(filepath.Join(dir, "events", "events_20251101.json"))
	if err != nil || len(data) == 0 || data[0] != '{' {
		t.Errorf("plain day: %d bytes, %v", len(data), err)
	}
}

func TestValidate(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*sample.Options)
		want   string
	}{
		"few users": {func(o *sample.Options) { o.Users = 3 }, "users is 3"},
		"few days":  {func(o *sample.Options) { o.Days = 44 }, "days is 44"},
		"no start":  {func(o *sample.Options) { o.Start = time.Time{} }, "start is in the year 1"},
		"no zone":   {func(o *sample.Options) { o.Zone = "" }, "zone is empty"},
		"bad zone":  {func(o *sample.Options) { o.Zone = "Mars/Olympus" }, "is not known"},
	} {
		opt := small()
		tc.change(&opt)
		_, err := sample.Write(context.Background(), filepath.Join(t.TempDir(), "app"), opt, nil)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", name, err, tc.want)
		}
	}
	if err := sample.Defaults().Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
}

func TestCancellationLeavesNothing(t *testing.T) {
	for _, after := range []int{0, 1, 20} {
		parent := t.TempDir()
		ctx, cancel := context.WithCancel(context.Background())
		if after == 0 {
			cancel()
		}
		opt := small()
		opt.Users, opt.Days = 600, 60
		_, err := sample.Write(ctx, filepath.Join(parent, "app"), opt, func(done, _ int) {
			if done == after {
				cancel()
			}
		})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled after %d steps: got %v", after, err)
		}
		if left, err := os.ReadDir(parent); err != nil || len(left) != 0 {
			t.Errorf("cancelled after %d steps: left %v, %v", after, left, err)
		}
	}
}

func TestReplacesOnlyAnEarlierSample(t *testing.T) {
	opt := small()
	opt.Users, opt.Days = 60, 45
	dir, first := write(t, opt)
	var steps []int
	again, err := sample.Write(context.Background(), dir, opt, func(done, total int) { steps = append(steps, done, total) })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("second run (-first +second):\n%s", diff)
	}
	if n := len(steps); n < 2 || steps[n-2] != steps[n-1] || steps[0] != 1 {
		t.Errorf("progress %v", steps)
	}
	if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) != 1 {
		t.Errorf("beside the sample: %v, %v", left, err)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "thesis.txt"), []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = sample.Write(context.Background(), other, opt, nil); err == nil || !strings.Contains(err.Error(), "thing else") {
		t.Errorf("foreign directory: got %v", err)
	}
}

// Days of 23 and 25 hours: every event still lies in the file of its local day.
func TestDaysFollowTheZone(t *testing.T) {
	opt := small()
	opt.Users, opt.Days, opt.Zone, opt.Gzip = 400, 60, "America/New_York", false
	opt.Start = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	dir, s := write(t, opt)
	zone, err := time.LoadLocation(opt.Zone)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range s.Files {
		day, ok := strings.CutPrefix(name, "events/events_")
		if !ok {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			var r row
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			micros, err := strconv.ParseInt(r.Time, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			if got := time.UnixMicro(micros).In(zone).Format("20060102") + ".json"; got != day {
				t.Fatalf("%s holds an event of %s", name, got)
			}
		}
	}
}
