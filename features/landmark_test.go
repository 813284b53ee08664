package features_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

func TestDaysKnown(t *testing.T) {
	set := &features.Set{Zone: "Asia/Seoul", Background: []string{"push"}, Label: features.DefaultLabel()}
	landmarks := set.WithDaysKnown()
	if err := landmarks.Validate(); err != nil || len(set.Features) != 0 {
		t.Fatalf("%v, %d features in the set before", err, len(set.Features))
	}
	z := zone(t, "Asia/Seoul")
	for asOf, want := range map[string]float64{
		"2026-01-05 10:00:00": 0, "2026-01-06 00:00:00": 0, "2026-01-06 00:00:01": 1, "2026-01-12 00:00:00": 6, "2026-01-20 00:00:00": 6,
	} {
		row, err := landmarks.Evaluate(handWeek(t), at(t, z, asOf))
		if err != nil {
			t.Fatal(err)
		}
		if row[0].Number != want || row[0].Missing {
			t.Errorf("as of %s: %+v, want %v", asOf, row[0], want)
		}
	}
	row, err := landmarks.Evaluate(handWeek(t), features.WholeWeek)
	if err != nil || row[0].Number != 6 {
		t.Errorf("the whole week: %+v, %v", row, err)
	}
}

func TestDaysKnownInJSON(t *testing.T) {
	set := (&features.Set{Zone: "UTC", Label: features.DefaultLabel()}).WithDaysKnown()
	encoded, err := json.Marshal(set)
	if err != nil || !strings.Contains(string(encoded), `"expr":{"known":{}}`) {
		t.Fatalf("%s, %v", encoded, err)
	}
	var back features.Set
	if err := json.Unmarshal(encoded, &back); err != nil || back.Hash() != set.Hash() {
		t.Errorf("hash %s, was %s: %v", back.Hash(), set.Hash(), err)
	}
}

// No event may give a feature the name that the days known have.
func TestDaysKnownIsReserved(t *testing.T) {
	found := features.Found{Users: 100, Events: []features.Support{{Name: "known", Users: 90}}}
	set := features.DefaultSet("UTC", features.DefaultLabel(), nil, found, features.DefaultChoice())
	if err := set.WithDaysKnown().Validate(); err != nil {
		t.Error(err)
	}
}

func TestFeaturesKnownSQL(t *testing.T) {
	plan := features.Plan{Zone: "UTC", Label: features.DefaultLabel(), AsOf: 1770000000e6, DataStart: 1767225600e6}
	set := (&features.Set{Zone: "UTC", Label: features.DefaultLabel(), Features: []features.Feature{
		{Name: "events", Kind: features.Number, Expr: features.Count{Of: features.Filter{Events: []string{"open"}}}},
	}}).WithDaysKnown()
	for d, want := range map[features.Dialect]string{
		features.DuckDB{}: `SELECT user_key,
  COUNT(*) FILTER (WHERE name IN ('open')) AS "events",
  MAX(last_day) AS "days_known"
FROM (
  SELECT user_key, day0, first_ts, ts, n, name, screen, engaged_ms, platform, device, language, country, app_version, channel, params,
    foreground, hour, weekday, LEAST(last_day, 2) AS last_day, session
  FROM "first_week" WHERE known <= 2 AND day0 BETWEEN DATE '2025-12-31' AND DATE '2026-02-03'
) AS known
WHERE day0 BETWEEN DATE '2025-12-31' AND DATE '2026-02-03'
GROUP BY user_key`,
		features.GoogleSQL{}: "SELECT user_key,\n  COUNTIF(name IN ('open')) AS `events`,\n  MAX(last_day) AS `days_known`\nFROM (\n" +
			"  SELECT user_key, day0, first_ts, ts, n, name, screen, engaged_ms, platform, device, language, country, app_version, channel, params,\n" +
			"    foreground, hour, weekday, LEAST(last_day, 2) AS last_day, session\n" +
			"  FROM `first_week` WHERE known <= 2 AND day0 BETWEEN DATE '2025-12-31' AND DATE '2026-02-03'\n) AS known\n" +
			"WHERE day0 BETWEEN DATE '2025-12-31' AND DATE '2026-02-03'\nGROUP BY user_key",
	} {
		step := plan.FeaturesKnown(d, set, 2, "early_2")
		at := strings.Index(step.SQL, "SELECT user_key,\n")
		if at < 0 || step.Table != "early_2" {
			t.Fatalf("%s: table %s made by\n%s", d.Name(), step.Table, step.SQL)
		}
		if diff := cmp.Diff(want, strings.TrimRight(step.SQL[at:], ") \n;")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", d.Name(), diff)
		}
	}
}
