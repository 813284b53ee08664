package bigquery

import (
	"slices"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/trainer"
)

// TestTrainerIsGoogleSQL resolves what a training asks of the plan's tables, and compares the columns with those that it reads.
func TestTrainerIsGoogleSQL(t *testing.T) {
	a, d, plan := newAnalyser(), features.GoogleSQL{}, januaryPlan()
	set := allNodes(plan)
	for _, step := range append(plan.Cohort(d), plan.Features(d, set)) {
		if _, err := a.analyse(step.SQL); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range trainer.Queries(d, plan, set) {
		columns, err := a.analyse(q.SQL)
		if err != nil {
			t.Errorf("%s: %v", q.Name, err)
			continue
		}
		var names []string
		for _, c := range columns {
			names = append(names, c.name)
		}
		if q.Columns != nil && !slices.Equal(names, q.Columns) {
			t.Errorf("%s gives %v, the trainer reads %v", q.Name, names, q.Columns)
		}
	}
}

// TestOwnQueriesAreGoogleSQL resolves the statements that the warehouse and the commands send besides.
func TestOwnQueriesAreGoogleSQL(t *testing.T) {
	a := newAnalyser()
	for sql, args := range map[string][]any{
		"SELECT table_name, CAST(day AS STRING), source, fingerprint, rows_loaded, duplicates, quarantined, data_start, data_end, run_id, " +
			"loaded_at, simulated FROM ledger ORDER BY table_name, day, source": nil,
		"SELECT name, value FROM settings ORDER BY name":                     nil,
		"DELETE FROM settings WHERE name = ?":                                {"a"},
		"INSERT INTO settings (name, value) VALUES (?, ?)":                   {"a", "b"},
		"SELECT source, medium, link_campaign, channel, campaign FROM links": nil,
		"DELETE FROM staff WHERE user_key = ?":                               {"k"},
		"INSERT INTO staff (user_key, reason) VALUES (?, ?)":                 {"k", "team"},
		"DELETE FROM events WHERE day = CAST(? AS DATE)":                     {"2026-03-01"},
		"DELETE FROM ledger WHERE table_name = ? AND day = CAST(? AS DATE)":  {"events", "2026-03-01"},
	} {
		if _, err := a.analyse(sql, args...); err != nil {
			t.Error(err)
		}
	}
}
