package explain

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// The columns of liftSet.
const (
	visitDays = iota
	allEvents
	meetings
	meetingDays
	meetingHours
	firstDayMeetings
	guests
	guestsMean
	weekendMeetings
	lastMeeting
	meetingNames
	chats
	chatHours
	liftChannel
)

const (
	meet = "meeting_create"
	chat = "chat_send"
)

func of(event string) features.Filter { return features.Filter{Events: []string{event}} }

// liftSet has every kind of column that an action can have, another action, and columns of none.
func liftSet() features.Set {
	onDay0, weekend := of(meet), of(meet)
	onDay0.Days, weekend.Weekend = &[2]int{0, 0}, true
	column := func(name, action string, expr features.Expr) features.Feature {
		return features.Feature{Name: name, Kind: features.Number, Phrase: name + " is {v}", Action: action, Expr: expr}
	}
	channel := column("channel", "", features.Pick{Field: "channel"})
	channel.Kind = features.Category
	return features.Set{Zone: "UTC", Background: features.Background, Label: features.DefaultLabel(), Features: []features.Feature{
		column("visit_days", "", features.Days{}),
		column("events", "", features.Count{}),
		column("meetings", meet, features.Count{Of: of(meet)}),
		column("meeting_days", meet, features.Days{Of: of(meet)}),
		column("meeting_hours", meet, features.Until{Of: of(meet)}),
		column("first_day_meetings", meet, features.Count{Of: onDay0}),
		column("guests", meet, features.Total{Of: of(meet), Param: "guests", How: "sum"}),
		column("guests_mean", meet, features.Total{Of: of(meet), Param: "guests", How: "mean"}),
		column("weekend_meetings", meet, features.Share{Part: weekend, Whole: of(meet)}),
		column("last_meeting", meet, features.Since{Of: of(meet)}),
		column("meeting_names", meet, features.Distinct{Of: of(meet), Field: "name"}),
		column("chats", chat, features.Count{Of: of(chat)}),
		column("chat_hours", chat, features.Until{Of: of(chat)}),
		channel,
	}}
}

// witness is a predictor that keeps the rows that it scores.
type witness struct {
	model.Predictor
	rows [][]float32
}

func (w *witness) Score(row []float32) float64 {
	w.rows = append(w.rows, slices.Clone(row))
	return w.Predictor.Score(row)
}

// witnessed is an artifact of the set and the training rows with the predictor.
func witnessed(set features.Set, fields []model.Field, rows [][]float32, p model.Predictor) (*model.Artifact, *witness) {
	w := &witness{Predictor: p}
	a := &model.Artifact{Predictor: w, Manifest: model.Manifest{
		Name: "lift", Set: set, Fields: fields, Calibration: calibrate.Map{Kind: calibrate.None}, Threshold: 0.5,
	}}
	for j, f := range fields {
		c := model.Column{Field: f}
		for _, row := range rows {
			c.Values = append(c.Values, row[j])
		}
		a.Manifest.Reference = append(a.Manifest.Reference, model.NewHistogram(c))
	}
	return a, w
}

// counted is an artifact with only the counts of meetings and chats, whose training users had the given values.
func counted(p func(fields []model.Field) model.Predictor, meetings, chats []float32) (*model.Artifact, *witness) {
	set := liftSet()
	set = *set.Keep([]string{"meetings", "chats"})
	fields := []model.Field{{Name: "meetings"}, {Name: "chats"}}
	rows := make([][]float32, len(meetings))
	for i := range rows {
		rows[i] = []float32{meetings[i], chats[i]}
	}
	return witnessed(set, fields, rows, p(fields))
}

func upTo(n int) []float32 {
	values := make([]float32, n+1)
	for i := range values {
		values[i] = float32(i)
	}
	return values
}

func line(weights ...float64) func([]model.Field) model.Predictor {
	return func(fields []model.Field) model.Predictor {
		m := &linear.Model{Fields: fields}
		for j, w := range weights {
			m.Terms = append(m.Terms, linear.Term{Column: j, Kind: linear.Number, Scale: 1, Weight: w})
		}
		return m
	}
}

// step is one tree a split: above the threshold of the column the score is the value, else 0; missing is below.
type step struct {
	column           int
	threshold, value float64
}

func steps(t *testing.T, list ...step) func([]model.Field) model.Predictor {
	return func(fields []model.Field) model.Predictor {
		t.Helper()
		var trees []tree.Tree
		for _, s := range list {
			trees = append(trees, tree.Tree{
				Nodes: []tree.Node{{
					Column: s.column, Threshold: s.threshold, Missing: tree.MissingNaN, DefaultLeft: true, Left: ^0, Right: ^1,
				}},
				Leaves: []tree.Leaf{{Value: 0, Weight: 1, Count: 1}, {Value: s.value, Weight: 1, Count: 1}},
			})
		}
		e, err := tree.New(fields, tree.LogOdds, trees)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
}

var nan = float32(math.NaN())

// The training users did 0 to 10 meetings and chats, one user each, so that the edges are 1 to 9.
func TestLiftKnownAnswers(t *testing.T) {
	both := []string{chat, meet}
	four, fourEach := [][3]any{{"meetings", 0.0, 4.0}}, [][3]any{{"chats", 0.0, 4.0}, {"meetings", 0.0, 4.0}}
	chatsFirst, onceTwice := [][3]any{{"chats", 2.0, 8.0}, {"meetings", 2.0, 9.0}}, [][3]any{{"chats", -1.0, 2.0}, {"meetings", -1.0, 1.0}}
	for _, c := range []struct {
		name     string
		p        func([]model.Field) model.Predictor
		row      []float32
		possible []string
		n        int
		// want is each change as feature, from (-1: missing), to.
		want [][3]any
	}{
		// 2 meetings are log-odds 1, 9 the most of 4.5: 90 % of that gain is reached at 0.9632, log-odds 3.27, which are 7 meetings.
		{"a line", line(0.5, 0), []float32{2, 0}, both, 3, [][3]any{{"meetings", 2.0, 7.0}}},
		{"a line downwards", line(-0.5, 0), []float32{2, 0}, both, 3, nil},
		{"two lines, the steeper first", line(0.1, 0.3), []float32{2, 2}, both, 3, chatsFirst},
		{"the best one", line(0.1, 0.3), []float32{2, 2}, both, 1, [][3]any{{"chats", 2.0, 8.0}}},
		{"none asked for", line(0.1, 0.3), []float32{2, 2}, both, 0, nil},
		{"fewer than none", line(0.1, 0.3), []float32{2, 2}, both, -1, nil},
		{"only what is possible", line(0.1, 0.3), []float32{2, 2}, []string{meet}, 3, [][3]any{{"meetings", 2.0, 9.0}}},
		{"said twice", line(0.1, 0.3), []float32{2, 2}, []string{meet, meet}, 3, [][3]any{{"meetings", 2.0, 9.0}}},
		{"nothing possible", line(0.1, 0.3), []float32{2, 2}, nil, 3, nil},
		{"no such action", line(0.1, 0.3), []float32{2, 2}, []string{"", "fly", "meetings"}, 3, nil},
		{"the user does more than is usual", line(0.1, 0), []float32{9, 2}, both, 3, nil},
		{"one step", steps(t, step{0, 3.5, 1}), []float32{0, 0}, both, 3, [][3]any{{"meetings", 0.0, 4.0}}},
		{"a small step more is not asked", steps(t, step{0, 3.5, 1}, step{0, 7.5, 0.02}), []float32{0, 0}, both, 3, four},
		{"a large step more is", steps(t, step{0, 3.5, 1}, step{0, 7.5, 1}), []float32{0, 0}, both, 3, [][3]any{{"meetings", 0.0, 8.0}}},
		{"a step back after it", steps(t, step{0, 3.5, 1}, step{0, 5.5, -2}), []float32{0, 0}, both, 3, four},
		{"a step beyond what is usual", steps(t, step{0, 9.5, 1}), []float32{0, 0}, both, 3, nil},
		{"a step behind the user", steps(t, step{0, 3.5, 1}), []float32{5, 0}, both, 3, nil},
		{"missing", steps(t, step{0, 0.5, 1}, step{1, 1.5, 1}), []float32{nan, nan}, both, 3, onceTwice},
		{"equal gains in the order of the names", steps(t, step{0, 3.5, 1}, step{1, 3.5, 1}), []float32{0, 0}, []string{meet, chat}, 3, fourEach},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, _ := counted(c.p, upTo(10), upTo(10))
			got := Lift(a, c.row, c.possible, c.n)
			if got == nil || len(got) != len(c.want) {
				t.Fatalf("got %+v, want %v", got, c.want)
			}
			for i, g := range got {
				from := -1.0
				if g.From != nil {
					from = *g.From
				}
				if g.Feature != c.want[i][0] || from != c.want[i][1] || g.To != c.want[i][2] {
					t.Errorf("change %d is %s from %v to %v, want %v", i, g.Feature, from, g.To, c.want[i])
				}
			}
		})
	}
}

func TestLiftTellsTheChange(t *testing.T) {
	a, _ := counted(line(0.5, 0), upTo(10), upTo(10))
	row := []float32{2, nan}
	got := Lift(a, row, []string{meet}, 1)
	from := 2.0
	want := []Change{{
		Action: meet, Feature: "meetings", From: &from, To: 7, Sentence: "meetings is 7",
		Probability: model.Sigmoid(3.5), Gain: model.Sigmoid(3.5) - model.Sigmoid(1),
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if row[0] != 2 || row[1] == row[1] {
		t.Errorf("the row became %v", row)
	}
	data, err := json.Marshal(Lift(a, []float32{nan, 0}, []string{meet}, 1)[0])
	text := `{"action":"meeting_create","feature":"meetings","from":null,"to":6,"sentence":"meetings is 6","probability":0.95`
	if err != nil || !strings.HasPrefix(string(data), text) {
		t.Errorf("as JSON %s, %v; want %s...", data, err, text)
	}
}

func TestActions(t *testing.T) {
	if got := Actions(&model.Artifact{Manifest: model.Manifest{Set: liftSet()}}); !slices.Equal(got, []string{chat, meet}) {
		t.Errorf("the actions are %v", got)
	}
	if got := Actions(&model.Artifact{}); len(got) != 0 {
		t.Errorf("without features there are %v", got)
	}
}

// TestLiftLevels holds which levels are tried, by what the training users did.
func TestLiftLevels(t *testing.T) {
	most := make([]float32, 1000)
	for i := range most {
		most[i] = float32(i)
	}
	for _, c := range []struct {
		name      string
		reference []float32
		own       float32
		want      []float32
	}{
		{"all of 0 to 10", upTo(10), 0, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{"above the user's", upTo(10), 6, []float32{7, 8, 9}},
		{"one in twenty did it once", append(make([]float32, 19), 1), 0, []float32{1}},
		{"one in twenty, and the user too", append(make([]float32, 19), 1), 1, nil},
		{"nobody did it", make([]float32, 20), 0, nil},
		{"nobody is known", []float32{nan, nan}, 0, nil},
		{"once also where all did it often", []float32{5, 5, 6, 6, 7, 7, 8, 8, 9, 9}, 0, []float32{1, 5, 6, 7, 8, 9}},
		{"whole numbers only", []float32{0.5, 1.5, 2.5, 3.5}, nan, []float32{1, 2}},
		{"many", most, 500, []float32{599, 699, 799, 899}},
	} {
		a, w := counted(line(-1, 0), c.reference, c.reference)
		Lift(a, []float32{c.own, 0}, []string{meet}, 3)
		var tried []float32
		for _, row := range w.rows[1:] {
			tried = append(tried, row[0])
		}
		if !slices.Equal(tried, c.want) {
			t.Errorf("%s: tried %v, want %v", c.name, tried, c.want)
		}
	}
}

// A histogram of another program may have any number of edges, none, or counts that do not belong to them.
func TestLiftScoresFewRows(t *testing.T) {
	a, w := counted(line(0.01, 0), upTo(10), upTo(10))
	h := &a.Manifest.Reference[0]
	h.Edges, h.Counts = upTo(500), make([]int, 502)
	for i := range h.Counts {
		h.Counts[i] = 1
	}
	got := Lift(a, []float32{0, 0}, []string{meet}, 1)
	if len(w.rows) != 1+maxLevels || len(got) != 1 || got[0].To > 451 {
		t.Errorf("%d rows were scored for %+v, want %d", len(w.rows), got, 1+maxLevels)
	}
	h.Edges, h.Counts, w.rows = h.Edges[1:21], h.Counts[:21], nil
	if Lift(a, []float32{0, 0}, []string{meet}, 1); w.rows[len(w.rows)-1][0] != 19 {
		t.Errorf("the last level is %v, want 19, which 19 of 21 users did not exceed", w.rows[len(w.rows)-1][0])
	}
	h.Counts = h.Counts[:3]
	if got := Lift(a, []float32{0, 0}, []string{meet}, 1); len(got) != 0 {
		t.Errorf("a histogram that is none: %+v", got)
	}
	a.Manifest.Reference = nil
	if got := Lift(a, []float32{0, 0}, []string{meet}, 1); len(got) != 0 {
		t.Errorf("no histograms: %+v", got)
	}
}
