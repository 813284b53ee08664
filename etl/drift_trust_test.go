package etl_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// record is one event of the export as a JSON object.
type record = map[string]any

// exportDay is a day of the export with every column that is read, each event changed.
func exportDay(t *testing.T, day int, change func(n int, r record)) []string {
	t.Helper()
	var lines []string
	for n := range 150 {
		at := time.Date(2026, 3, day, 3, 0, n, 0, time.UTC).UnixMicro()
		r := record{
			"event_date": fmt.Sprintf("202603%02d", day), "event_timestamp": fmt.Sprint(at), "event_name": "open",
			"user_pseudo_id": fmt.Sprintf("u%d", n%30), "platform": "IOS", "stream_id": "7", "event_bundle_sequence_id": fmt.Sprint(n),
			"event_params": []any{record{"key": "n", "value": record{"int_value": fmt.Sprint(n)}}},
			"device":       record{"category": "mobile", "language": "ko-kr"}, "geo": record{"country": "South Korea"},
			"app_info":       record{"version": "1.2.3"},
			"traffic_source": record{"source": "instagram", "medium": "social", "name": "spring"},
		}
		if n%50 == 0 {
			// A column that comes and goes with campaigns.
			r["collected_traffic_source"] = record{"manual_source": "kakao"}
		}
		change(n, r)
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	return lines
}

func same(int, record) {}

// twoDays are the first day as it always was, and the second changed.
func twoDays(t *testing.T, change func(n int, r record)) map[string][]string {
	t.Helper()
	return map[string][]string{"events_20260301.json": exportDay(t, 1, same), "events_20260302.json": exportDay(t, 2, change)}
}

// rename gives a column another name.
func rename(r record, from, to string) {
	r[to] = r[from]
	delete(r, from)
}

// drift is one change of the export's columns and what a load does about it.
type drift struct {
	name   string
	change func(n int, r record)
	// refused and warned are parts of the message, "" for none.
	refused, warned string
	// accept tells that the refused day can be accepted: enough of it can be read.
	accept bool
	// unlike tells that the events differ from those of the unchanged day.
	unlike bool
}

var drifts = []drift{
	{name: "a column is added", change: func(_ int, r record) { r["is_active_user"] = true }, warned: "is_active_user"},
	{name: "a field is added to a record", change: func(_ int, r record) { r["device"].(record)["browser"] = "x" }},
	{
		name: "a column is dropped", change: func(_ int, r record) { delete(r, "platform") },
		refused: "column platform of day 2026-03-02 was in at least 100 % of each day's records and is in none", accept: true, unlike: true,
	},
	{
		name: "a field is dropped", change: func(_ int, r record) { delete(r["device"].(record), "category") },
		refused: "column device.category", accept: true, unlike: true,
	},
	{
		name: "a needed column is dropped", change: func(_ int, r record) { delete(r, "user_pseudo_id") },
		refused: "column user_pseudo_id of day 2026-03-02 was text and is in no record", accept: true, unlike: true,
	},
	{
		name: "a column is renamed", change: func(_ int, r record) { rename(r, "traffic_source", "first_traffic_source") },
		refused: "column traffic_source of day 2026-03-02 was in at least 100 % of each day's records and is in none, but there is first_traffic_source",
		accept:  true, unlike: true,
	},
	{
		name: "a text becomes a number", change: func(_ int, r record) { r["platform"] = 3 },
		refused: "column platform of day 2026-03-02 was text and is a number", accept: true, unlike: true,
	},
	{
		name: "a number becomes a date", change: func(_ int, r record) { r["event_timestamp"] = "2026-03-02T03:00:00Z" },
		refused: "column event_timestamp of day 2026-03-02 was a whole number and is text",
	},
	{name: "numbers come as numbers, not as text", change: func(n int, r record) {
		r["event_timestamp"] = json.Number(r["event_timestamp"].(string))
		r["event_bundle_sequence_id"] = n
	}},
	{
		name: "a column is nested", change: func(_ int, r record) { r["geo"] = record{"country": record{"name": "South Korea"}} },
		refused: "column geo.country of day 2026-03-02 was text and is a record", accept: true, unlike: true,
	},
	{
		name: "a record is flattened", change: func(_ int, r record) { delete(r, "geo"); r["geo_country"] = "South Korea" },
		refused: "column geo of day 2026-03-02 was in at least 100 % of each day's records and is in none, but there is geo_country",
		accept:  true, unlike: true,
	},
	{
		name: "the parameters become an object", change: func(_ int, r record) { r["event_params"] = record{"n": 1} },
		refused: "column event_params of day 2026-03-02 was a list and is a record",
	},
	{name: "columns are reordered", change: same},
	{
		name: "a name changes its case", change: func(_ int, r record) { rename(r, "event_name", "Event_Name") },
		refused: "column event_name of day 2026-03-02 was text and is in no record, but there is Event_Name",
	},
	{
		name: "a column is null throughout", change: func(_ int, r record) { r["app_info"] = record{"version": nil} },
		refused: "column app_info.version", accept: true, unlike: true,
	},
	{name: "a rare column stays away", change: func(_ int, r record) { delete(r, "collected_traffic_source") }, unlike: true},
	{name: "a column that never was is null", change: func(_ int, r record) { r["user_id"], r["user_first_touch_timestamp"] = nil, nil }},
}

// TestSchemaDrift is promise E5. Each case is loaded over one good day, in one run with that day again: a refusal may write nothing.
func TestSchemaDrift(t *testing.T) {
	plain := plainSum(t)
	for _, tt := range drifts {
		t.Run(tt.name, func(t *testing.T) {
			w := openMemory(t)
			load(t, w, options(put(t, map[string][]string{"events_20260301.json": exportDay(t, 1, same)})))
			before := state(t, w)
			files := twoDays(t, tt.change)
			if tt.name == "columns are reordered" {
				files["events_20260302.json"] = backwards(t, files["events_20260302.json"])
			}
			var warned []string
			opt := options(put(t, files))
			opt.Warn = func(message string) { warned = append(warned, message) }
			_, err := etl.Run(t.Context(), w, opt)
			if got := strings.Join(warned, "\n"); (tt.warned == "") != (got == "") || !strings.Contains(got, tt.warned) {
				t.Errorf("warned %q, want %q", got, tt.warned)
			}
			if tt.refused != "" {
				if !errors.Is(err, etl.ErrRefused) || !strings.Contains(err.Error(), tt.refused) {
					t.Fatalf("got %v, want a refusal with %q", err, tt.refused)
				}
				if after := state(t, w); !maps.Equal(before, after) {
					t.Errorf("the refused load wrote: %v, then %v", before, after)
				}
				opt.AcceptColumns = true
				if _, err = etl.Run(t.Context(), w, opt); !tt.accept {
					if !errors.Is(err, etl.ErrRefused) || !maps.Equal(before, state(t, w)) {
						t.Errorf("accepted, but nothing can be read: %v, want the bad records to refuse it", err)
					}
					return
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			if unlike := eventsSum(t, w) != plain; unlike != tt.unlike {
				t.Errorf("events unlike those of the unchanged day: %v, want %v", unlike, tt.unlike)
			}
		})
	}
}

// state is all that a refusal may not touch.
func state(t *testing.T, w *warehouse.Warehouse) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, table := range []warehouse.Table{warehouse.Events, warehouse.Ledger, warehouse.Quarantine, warehouse.Settings} {
		sum, err := w.Checksum(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		out[table.Name] = sum
	}
	return out
}

// plainSum is the checksum of both days unchanged.
func plainSum(t *testing.T) string {
	t.Helper()
	w := openMemory(t)
	load(t, w, options(put(t, twoDays(t, same))))
	return eventsSum(t, w)
}

// backwards writes the columns of each line from Z to A.
func backwards(t *testing.T, lines []string) []string {
	t.Helper()
	out := make([]string, len(lines))
	for i, line := range lines {
		var r map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		var parts []string
		for _, key := range slices.Backward(slices.Sorted(maps.Keys(r))) {
			parts = append(parts, fmt.Sprintf("%q:%s", key, r[key]))
		}
		out[i] = "{" + strings.Join(parts, ",") + "}"
	}
	return out
}

// TestAnAcceptedColumnStaysAccepted: the next day without the column needs no word of the operator again.
func TestAnAcceptedColumnStaysAccepted(t *testing.T) {
	w := openMemory(t)
	files := twoDays(t, func(_ int, r record) { delete(r, "platform") })
	opt := options(put(t, files))
	if _, err := etl.Run(t.Context(), w, opt); err != nil {
		t.Fatalf("the first load has nothing to compare with, and said %v", err)
	}
	files["events_20260303.json"] = exportDay(t, 3, func(_ int, r record) { delete(r, "platform") })
	load(t, w, options(put(t, files)))
}

// TestDriftNamesTheDays: what was loaded before the change stays, and the error names both.
func TestDriftNamesTheDays(t *testing.T) {
	w := openMemory(t)
	files := map[string][]string{}
	for i := range 31 {
		day := dayAfter("2026-01-01", i)
		for n := range 120 {
			files["events_"+compact(day)+".json"] = append(files["events_"+compact(day)+".json"], eventOn(day, n, n))
		}
	}
	last := "events_" + compact(dayAfter("2026-01-01", 30)) + ".json"
	for i, line := range files[last] {
		files[last][i] = strings.Replace(line, `"platform":"IOS",`, "", 1)
	}
	_, err := etl.Run(t.Context(), w, options(put(t, files)))
	var run *etl.RunError
	if !errors.As(err, &run) || len(run.Done) != 30 || len(run.Failed) != 1 || run.Failed[0] != "2026-01-31" {
		t.Errorf("got %v, want 30 days done and the last refused", err)
	}
}

func TestDayWithoutRecordsIsNoDrift(t *testing.T) {
	w := openMemory(t)
	r := load(t, w, options(put(t, map[string][]string{"events_20260301.json": exportDay(t, 1, same), "events_20260302.json": nil})))
	if r.Loaded != 2 || r.Rows != 150 {
		t.Errorf("loaded %d days with %d rows, want both", r.Loaded, r.Rows)
	}
}
