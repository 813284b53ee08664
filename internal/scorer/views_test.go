package scorer

import (
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

func TestEarlierDaysLeaveTheViewsAlone(t *testing.T) {
	wh, o := jobOptions(t, "gbdt")
	newest, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	o.AsOf = newest.AsOf.AddDate(0, 0, -10).Add(5 * time.Hour)
	earlier, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	if !newest.Views || earlier.Views || earlier.Day >= newest.Day || earlier.Users >= newest.Users || earlier.Users == 0 {
		t.Errorf("newest %+v, earlier %+v", newest, earlier)
	}
	if got := len(readScores(t, wh, newest.Day)); got != newest.Users {
		t.Errorf("the newest day has %d users after scoring an earlier one, had %d", got, newest.Users)
	}
	columns, err := wh.ReadColumns(t.Context(), `SELECT COUNT(*), COUNT(DISTINCT prediction_time), epoch_us(MAX(prediction_time))
		FROM firebase_predictions`)
	if err != nil {
		t.Fatal(err)
	}
	if n, times, at := columns[0].Numbers[0], columns[1].Numbers[0], columns[2].Numbers[0]; int(n) != newest.Users || times != 1 ||
		int64(at) != newest.AsOf.UnixMicro() {
		t.Errorf("the view has %v users at %v times, the last %v", n, times, at)
	}
}

// The views must have the shape that consumers of Firebase's table read, and the groups must hold those that the tolerance says.
func TestPredictionsViews(t *testing.T) {
	wh, o := jobOptions(t, "gbdt")
	o.Tolerance = &model.Tolerance{Low: 0.1, Medium: 0.2, High: 0.3, ReturnLow: 2, ReturnMedium: 0.6, ReturnHigh: 0.5}
	r, err := Run(t.Context(), wh, o)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := wh.ReadColumns(t.Context(), `SELECT v.user_id, p.prediction_name, p.score, s.probability
		FROM firebase_predictions AS v, UNNEST(v.predictions) AS u(p)
		JOIN scores AS s ON s.user_key = v.user_id AND s.day = CAST(? AS DATE)`, r.Day)
	if err != nil {
		t.Fatal(err)
	}
	if rows[0].Len() != 2*r.Users {
		t.Fatalf("%d predictions of %d users, want two each", rows[0].Len(), r.Users)
	}
	for i, name := range rows[1].Text {
		want := rows[3].Numbers[i]
		if name == "churn" {
			want = 1 - want
		}
		if rows[2].Numbers[i] != want {
			t.Fatalf("%s is %v at probability %v", name, rows[2].Numbers[i], rows[3].Numbers[i])
		}
	}
	groups, err := wh.ReadColumns(t.Context(), `SELECT g.prediction_name, g.risk_tolerance, CASE WHEN g.member THEN 1 ELSE 0 END, s.probability
		FROM firebase_predictions_groups AS g JOIN scores AS s ON s.user_key = g.user_id AND s.day = CAST(? AS DATE)`, r.Day)
	if err != nil {
		t.Fatal(err)
	}
	if groups[0].Len() != 6*r.Users {
		t.Fatalf("%d rows of %d users, want six each", groups[0].Len(), r.Users)
	}
	cuts := map[string]func(p float64) bool{
		"churn low": func(p float64) bool { return p <= 0.1 }, "churn medium": func(p float64) bool { return p <= 0.2 },
		"churn high": func(p float64) bool { return p <= 0.3 }, "not_churn low": func(float64) bool { return false },
		"not_churn medium": func(p float64) bool { return p >= 0.6 }, "not_churn high": func(p float64) bool { return p >= 0.5 },
	}
	members := map[string]int{}
	for i, name := range groups[0].Text {
		group := name + " " + groups[1].Text[i]
		member, p := groups[2].Numbers[i] == 1, groups[3].Numbers[i]
		if cut := cuts[group]; cut == nil || member != cut(p) {
			t.Fatalf("at probability %v membership of %s is %v", p, group, member)
		}
		if member {
			members[group]++
		}
	}
	if members["churn medium"] == 0 || members["churn medium"] >= members["churn high"] || members["not_churn high"] == 0 {
		t.Errorf("members %v tell nothing", members)
	}
}
