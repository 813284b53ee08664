package featuretest_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/features/featuretest"
)

// TestLandmarksKnowNoLaterSignIn cuts the log of signed-in installs, their reinstalls and their accounts' documents at the end of each
// user's day d: no row of day d may move. What an account's documents say is not known before the account is.
func TestLandmarksKnowNoLaterSignIn(t *testing.T) {
	documents := func(account string, day int) login {
		return login{Event: features.Event{User: account, Time: at(day, "09:30:00"), Name: features.MeetingDocument}}
	}
	events := []login{
		// kim signs in on day 2, and holds a meeting before and after; the reinstall of day 4 signs in at once.
		visit("kim-1", 2, "09:00:00", ""), visit("kim-1", 4, "09:00:00", "kim"),
		visit("kim-2", 6, "08:00:00", "kim"), visit("kim-2", 8, "10:00:00", ""),
		// lee's account comes on the last day, park's on the first; cho has none.
		visit("lee-1", 2, "10:00:00", ""), visit("lee-1", 8, "10:00:00", "lee"),
		visit("park-1", 2, "08:00:00", "park"), visit("cho-1", 2, "08:00:00", ""),
	}
	var papers []login
	for _, account := range []string{"kim", "lee", "park"} {
		for _, day := range []int{2, 3, 5, 8} {
			papers = append(papers, documents(account, day))
		}
	}
	set := (&features.Set{Zone: "Asia/Seoul", Background: features.Background, Label: peoplePlan().Label, Features: []features.Feature{
		{Name: "opens", Kind: features.Number, Expr: features.Count{Of: features.Filter{Events: []string{"open"}}}},
		{Name: "meetings", Kind: features.Number, Expr: features.Count{Of: features.Filter{Events: []string{features.MeetingDocument}}}},
	}}).WithDaysKnown()
	all := landmarkRows(t, set, events, papers)
	for day := range features.WeekDays {
		end := at(2+day+1, "00:00:00")
		cut := landmarkRows(t, set, before(events, end), before(papers, end))
		if diff := cmp.Diff(cut[day], all[day]); diff != "" {
			t.Errorf("later events moved the rows of day %d (-without +with):\n%s", day, diff)
		}
	}
	meetings := []float64{}
	for day := range features.WeekDays {
		meetings = append(meetings, all[day]["kim-1"][1].Number)
	}
	if diff := cmp.Diff([]float64{0, 0, 2, 3, 3, 3, 4}, meetings); diff != "" {
		t.Errorf("kim's meetings known by the end of each day (-want +got):\n%s", diff)
	}
}

func before(all []login, end int64) []login {
	var kept []login
	for _, e := range all {
		if e.Time < end {
			kept = append(kept, e)
		}
	}
	return kept
}

// landmarkRows are the rows of each day, by user.
func landmarkRows(t *testing.T, set *features.Set, events, documents []login) [features.WeekDays]map[string]features.Row {
	t.Helper()
	w, plan := loadLogins(t, events, documents), peoplePlan()
	runSteps(t.Context(), t, w, plan.Cohort(features.DuckDB{}))
	var rows [features.WeekDays]map[string]features.Row
	for day := range features.WeekDays {
		table := fmt.Sprintf("known_%d", day)
		runSteps(t.Context(), t, w, []features.Step{plan.FeaturesKnown(features.DuckDB{}, set, day, table)})
		got := results{}
		if err := featuretest.ReadRows(t.Context(), w, set, table, got); err != nil {
			t.Fatal(err)
		}
		rows[day] = map[string]features.Row{}
		for user, r := range got {
			rows[day][user] = r.Row
		}
	}
	return rows
}
