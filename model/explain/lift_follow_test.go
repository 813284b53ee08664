package explain

import (
	"slices"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
)

// TestOtherColumnsFollow holds the table of follow: the medians of the training users are 20 hours, a half of the weekend and 3 days.
func TestOtherColumnsFollow(t *testing.T) {
	set := liftSet()
	fields := make([]model.Field, len(set.Features))
	for j, f := range set.Features {
		fields[j].Name = f.Name
	}
	fields[liftChannel].Levels = []string{"Direct"}
	training := make([]float32, len(fields))
	training[visitDays], training[meetings], training[meetingHours], training[weekendMeetings], training[lastMeeting] = 2, 4, 20, 0.5, 3
	a, w := witnessed(set, fields, [][]float32{training}, &linear.Model{Fields: fields})
	for _, c := range []struct {
		name     string
		row, did []float32
	}{
		//   visits, events, meetings, days, hours, first day, guests, mean, weekend, last, names, chats, hours, channel
		{"never", []float32{1, 5, 0, 0, nan, 0, 0, nan, nan, nan, 0, 2, 3, 0}, []float32{1, 5, 4, 1, 20, 0, 0, nan, 0.5, 3, 1, 2, 3, 0}},
		{"before", []float32{3, 9, 3, 2, 40, 1, 7, 3.5, 0, 1, 1, 0, nan, nan}, []float32{3, 9, 4, 2, 40, 1, 7, 3.5, 0, 1, 1, 0, nan, nan}},
		{
			"unknown",
			[]float32{1, 5, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan},
			[]float32{1, 5, 4, 1, 20, 0, 0, nan, 0.5, 3, 1, nan, nan, nan},
		},
		{
			"3 on the first day, told by that alone",
			[]float32{1, 5, nan, nan, 2, 3, nan, nan, nan, nan, nan, 0, nan, 0},
			[]float32{1, 5, 4, 1, 2, 3, 0, nan, 0.5, 3, 1, 0, nan, 0},
		},
	} {
		w.rows = nil
		Lift(a, c.row, []string{meet}, 1)
		if last := w.rows[len(w.rows)-1]; !alike(last, c.did) {
			t.Errorf("%s: tried %v, want %v", c.name, last, c.did)
		}
	}
	w.rows = nil
	if Lift(a, []float32{3, 9, nan, 4, 2, 3, 0, nan, 0, 0, 1, 0, nan, 0}, []string{meet}, 1); len(w.rows) != 1 {
		t.Errorf("meetings on 4 days are 4 at least, yet %v was tried", w.rows[1:])
	}
}

func alike(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return x == y || x != x && y != y })
}

// TestDaysAsLever holds that an action whose count the trainer left out is set by its days, and never to more than there were.
func TestDaysAsLever(t *testing.T) {
	set := liftSet()
	set = *set.Keep([]string{"visit_days", "meeting_days", "meeting_hours"})
	set = *set.WithDaysKnown()
	fields := []model.Field{{Name: "visit_days"}, {Name: "meeting_days"}, {Name: "meeting_hours"}, {Name: features.DaysKnown}}
	var rows [][]float32
	for i := range 8 {
		rows = append(rows, []float32{float32(i), float32(i), float32(30 + i), 6})
	}
	a, w := witnessed(set, fields, rows, line(0, 1)(fields))
	for _, c := range []struct {
		row   []float32
		days  float32
		hours float32
	}{
		{[]float32{7, 0, nan, 6}, 6, 33},
		{[]float32{3, 0, nan, 6}, 3, 33},
		{[]float32{nan, 0, nan, nan}, 6, 33},
		{[]float32{3, 0, nan, 1}, 2, 33},
		{[]float32{3, 0, nan, 0}, 1, 24},
		{[]float32{3, 0, nan, -1}, 1, 24},
		{[]float32{0, 0, nan, 6}, 0, nan},
		{[]float32{3, 3, 2, 6}, 3, 2},
	} {
		w.rows = nil
		got := Lift(a, c.row, []string{meet}, 1)
		last := w.rows[len(w.rows)-1]
		if !alike(last, []float32{c.row[0], c.days, c.hours, c.row[3]}) || len(got) != min(1, len(w.rows)-1) {
			t.Errorf("%v: tried %v at last, and it gave %+v", c.row, last, got)
		}
	}
	a.Manifest.Set = *set.Keep([]string{"visit_days", "meeting_hours"})
	a.Predictor = line(0, 1)(fields[:2])
	if got := Lift(a, []float32{7, nan}, []string{meet}, 1); len(got) != 0 {
		t.Errorf("an action that cannot be set to a level: %+v", got)
	}
}

func TestLeverIsTheCountOfTheWholeWeek(t *testing.T) {
	set := liftSet()
	a := &model.Artifact{Manifest: model.Manifest{Set: *set.Keep([]string{"meetings", "meeting_days", "first_day_meetings"})}}
	l := lifter{a: a}
	slices.Reverse(a.Manifest.Set.Features)
	if d, ok := l.find(meet); !ok || d.lever != 2 || d.days || !slices.Equal(d.others, []int{0, 1}) {
		t.Errorf("the columns in reverse: %+v, %v", d, ok)
	}
	a.Manifest.Set.Features[2].Action = ""
	if d, ok := l.find(""); ok {
		t.Errorf("no action has %+v", d)
	}
	if d, ok := l.find(meet); !ok || d.lever != 1 || !d.days {
		t.Errorf("without the count: %+v, %v", d, ok)
	}
}

// TestRareColumnsFollow holds the lines of follow's table that no default feature has.
func TestRareColumnsFollow(t *testing.T) {
	wider := features.Filter{Events: []string{chat, meet}}
	lever := deed{of: of(meet)}
	for _, c := range []struct {
		expr      features.Expr
		own, want float32
	}{
		{features.Count{Of: wider}, 2, 4},
		{features.Count{Of: wider}, 9, 9},
		{features.Count{Of: of(chat)}, 2, 2},
		{features.Count{Of: of(chat)}, nan, 0},
		{features.Days{Of: wider}, 0, 1},
		{features.Distinct{Of: of(meet), Field: "session"}, 0, 1},
		{features.Distinct{Of: of(meet), Field: "screen"}, 0, 0},
		{features.Distinct{Of: of(meet), Field: "screen"}, nan, 0},
		{features.Total{Of: of(meet), Param: "guests", How: "sum"}, -3, -3},
		{features.Until{Of: of(chat)}, nan, nan},
		{features.Until{Of: of(meet)}, nan, nan},
		{features.Share{Part: of(meet), Whole: of(chat)}, nan, nan},
		{features.Trend{Of: of(meet)}, nan, nan},
	} {
		a := &model.Artifact{Manifest: model.Manifest{Set: features.Set{Features: []features.Feature{{Name: "x", Action: meet, Expr: c.expr}}}}}
		l := lifter{a: a, row: []float32{c.own}}
		if got := l.follow(lever, 0, 4); !alike([]float32{got}, []float32{c.want}) {
			t.Errorf("%+v: %v became %v, want %v", c.expr, c.own, got, c.want)
		}
	}
}
