package etl_test

import (
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// lateDays is how many days the late test lives; each run re-reads lookback days and looks at one more.
const lateDays, lookback = 12, 3

// delivery is one event: its day, its line, and how many days later the export has it.
type delivery struct {
	day, delay int
	line       string
}

// deliveries come within 0 to 3 days, and a few on the 4th, when their day is closed.
func deliveries(rng *rand.Rand) []delivery {
	var out []delivery
	for d := range lateDays {
		for user := range 20 {
			delay := rng.IntN(lookback + 1)
			if rng.IntN(8) == 0 {
				delay = lookback + 1
			}
			if user == 0 {
				// Each day has a first event on the day itself, as every day of an app has.
				delay = 0
			}
			out = append(out, delivery{day: d, delay: delay, line: eventOn(dayAfter("2026-03-01", d), user, user)})
		}
	}
	return out
}

// exported are the files of the export as they are on the given day.
func exported(all []delivery, today int) map[string][]string {
	files := map[string][]string{}
	for _, d := range all {
		if d.day+d.delay <= today {
			name := "events_" + compact(dayAfter("2026-03-01", d.day)) + ".json"
			files[name] = append(files[name], d.line)
		}
	}
	return files
}

// TestLateEventsReachTheirDay is promise E4: after its four runs each day equals the batch, and what came later is counted exactly.
func TestLateEventsReachTheirDay(t *testing.T) {
	const seed = 4
	all := deliveries(rand.New(rand.NewPCG(seed, 0)))
	var inTime []delivery
	want := map[string]int64{}
	for _, d := range all {
		if d.delay <= lookback {
			inTime = append(inTime, d)
		} else {
			want[dayAfter("2026-03-01", d.day)]++
		}
	}
	if len(want) < lateDays/2 {
		t.Fatalf("seed %d: late events on %d days only", seed, len(want))
	}
	batch := openMemory(t)
	load(t, batch, options(put(t, exported(inTime, lateDays+lookback))))
	daily := openMemory(t)
	late := map[string]int64{}
	for today := range lateDays + lookback + 2 {
		r := runOn(t, daily, exported(all, today), today)
		maps.Copy(late, r.Late)
		if today <= lookback && len(r.Late) > 0 {
			t.Errorf("day %d: late events %v before any day was closed", today, r.Late)
		}
	}
	if got, sum := eventsSum(t, daily), eventsSum(t, batch); got != sum {
		t.Errorf("seed %d: checksum %s after the daily runs, %s of the batch", seed, got, sum)
	}
	if !maps.Equal(late, want) {
		t.Errorf("seed %d: late events counted %v, want %v", seed, late, want)
	}
}

// runOn is the daily run of a day: it loads the day and those still open, and looks at the one that was closed last.
func runOn(t *testing.T, w *warehouse.Warehouse, files map[string][]string, today int) etl.Result {
	t.Helper()
	opt := options(put(t, files))
	opt.From, opt.To, opt.LateDays = dayAfter("2026-03-01", today-lookback), dayAfter("2026-03-01", today), 1
	return load(t, w, opt)
}

func TestLateEventsOfADayAloneAreTakenIn(t *testing.T) {
	w := openMemory(t)
	files := map[string][]string{"events_20260301.json": {eventOn("2026-03-01", 1, 1)}, "events_20260305.json": {eventOn("2026-03-05", 1, 1)}}
	load(t, w, options(put(t, files)))
	files["events_20260301.json"] = append(files["events_20260301.json"], eventOn("2026-03-01", 2, 2))
	var warned []string
	opt := options(put(t, files))
	opt.From, opt.To, opt.LateDays = "2026-03-05", "2026-03-05", 4
	opt.Warn = func(message string) { warned = append(warned, message) }
	if r := load(t, w, opt); r.Late["2026-03-01"] != 1 || r.Records != 1 || len(warned) != 1 {
		t.Errorf("late %v of %d records, warned %q", r.Late, r.Records, warned)
	}
	opt.From, opt.To = "2026-03-01", "2026-03-01"
	if r := load(t, w, opt); r.Rows != 2 || len(r.Late) != 0 {
		t.Errorf("loaded alone: %+v", r)
	}
}
