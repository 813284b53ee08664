package export

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var testSecret = []byte("0123456789abcdef0123456789abcdef")

func testOptions() Options {
	return Options{
		Dataset: "shop-app.analytics_123456", Zone: "Asia/Seoul", Secret: testSecret, Params: []string{"price", "attendees", "price"},
		StaffProperty: "is_staff", OpenDays: DefaultOpenDays, MaxBad: defaultMaxBad,
		Now: time.Date(2026, 3, 10, 3, 0, 0, 0, time.UTC),
	}
}

// TestStatementsAreAsTheyWere compares the SQL with golden files. The channel, which package features tests, stands as its name.
func TestStatementsAreAsTheyWere(t *testing.T) {
	opt := testOptions()
	channel := opt.Channels.SQL(features.GoogleSQL{}, "touch_source", "touch_medium", "touch_name")
	for _, e := range Examples(opt) {
		var b strings.Builder
		for _, s := range append([]warehouse.Statement{e.Count, e.Day}, e.Steps...) {
			sql := strings.ReplaceAll(s.SQL, channel, "CHANNEL")
			fmt.Fprintf(&b, "%s;\n", sql)
			for i, arg := range s.Args {
				fmt.Fprintf(&b, "-- %d: %T\n", i+1, arg)
			}
		}
		path := filepath.Join("testdata", e.Name+".golden.sql")
		if *update {
			if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s (-want +got; -update rewrites):\n%s", e.Name, diff)
		}
	}
}

func TestEveryValueHasItsPlace(t *testing.T) {
	for _, opt := range []Options{testOptions(), {Dataset: "analytics_1", Zone: "UTC", Secret: testSecret}} {
		for _, e := range Examples(opt) {
			for _, s := range append([]warehouse.Statement{e.Count, e.Day}, e.Steps...) {
				if got := places(s.SQL); got != len(s.Args) {
					t.Errorf("%s: %d values for %d places in\n%s", e.Name, len(s.Args), got, s.SQL)
				}
				if strings.Contains(s.SQL, string(testSecret)) {
					t.Errorf("%s: the secret is in the text", e.Name)
				}
			}
		}
	}
}

// places counts the ? outside of quotes.
func places(sql string) int {
	n, quoted := 0, false
	for i := 0; i < len(sql); i++ {
		switch {
		case quoted && sql[i] == '\\':
			i++
		case sql[i] == '\'':
			quoted = !quoted
		case !quoted && sql[i] == '?':
			n++
		}
	}
	return n
}
