package explain

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// people are rows of made-up users as the set computes them, a tenth of whom use a version without meetings.
func people(t *testing.T, set *features.Set, rng *rand.Rand, n int) (fields []model.Field, rows [][]float32) {
	t.Helper()
	const hour = 3600 * 1e6
	for j := range set.Features {
		f := model.Field{Name: set.Features[j].Name}
		if set.Features[j].Action == meet {
			set.Features[j].Absent = []string{"0.9"}
		}
		if set.Features[j].Kind == features.Category {
			f.Levels = []string{"Direct", "Paid Social"}
		}
		fields = append(fields, f)
	}
	a := &model.Artifact{Manifest: model.Manifest{Fields: fields}}
	for range n {
		start := int64(1_772_000_000_000_000) + rng.Int64N(24*hour)
		version, names := "1.0", []string{meet, chat, "screen_view", "screen_view"}
		if rng.IntN(10) == 0 {
			version, names = "0.9", names[1:]
		}
		channel := []string{"Direct", "Paid Social", ""}[rng.IntN(3)]
		events := []features.Event{{Name: "first_open", Time: start, AppVersion: version, Channel: channel}}
		for range rng.IntN(25) {
			e := features.Event{Name: names[rng.IntN(len(names))], Time: start + rng.Int64N(5*24*hour), AppVersion: version}
			if e.Name == meet && rng.IntN(2) == 0 {
				e.Params = map[string]float64{"guests": float64(rng.IntN(5))}
			}
			events = append(events, e)
		}
		row, err := set.Evaluate(events, features.WholeWeek)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, a.Encode(nil, row))
	}
	return fields, rows
}

// drawn are a linear model and trees that lean on all columns, their weights and splits drawn.
func drawn(t *testing.T, rng *rand.Rand, fields []model.Field, rows [][]float32) []model.Predictor {
	t.Helper()
	m := &linear.Model{Fields: fields, Intercept: rng.NormFloat64()}
	var list []step
	for j, f := range fields {
		if f.Category() {
			continue
		}
		for _, kind := range []linear.Kind{linear.Number, linear.Missing} {
			m.Terms = append(m.Terms, linear.Term{Column: j, Kind: kind, Scale: 2, Weight: rng.NormFloat64()})
		}
		for range 3 {
			if v := rows[rng.IntN(len(rows))][j]; v == v {
				list = append(list, step{j, float64(v), rng.NormFloat64()})
			}
		}
	}
	return []model.Predictor{m, steps(t, list...)(fields)}
}

// TestLiftProperties tries random users, also some that no app could have sent, on random models.
func TestLiftProperties(t *testing.T) {
	set := liftSet()
	rng := rand.New(rand.NewPCG(5, 5))
	fields, rows := people(t, &set, rng, 400)
	possible, found := []string{chat, meet}, 0
	for range 20 {
		for _, p := range drawn(t, rng, fields, rows) {
			a, w := witnessed(set, fields, rows, p)
			for range 20 {
				row := slices.Clone(rows[rng.IntN(len(rows))])
				made := rng.IntN(2) == 0
				for j := range row {
					if made && rng.IntN(4) == 0 {
						row[j] = rows[rng.IntN(len(rows))][j]
					}
				}
				before := slices.Clone(row)
				w.rows = nil
				got := Lift(a, row, possible, 2)
				tried := w.rows
				found += len(got)
				if !alike(row, before) {
					t.Fatal("the row was changed")
				}
				if again := Lift(a, row, []string{meet, chat}, 2); !reflect.DeepEqual(got, again) {
					t.Fatalf("%+v, and again %+v", got, again)
				}
				checkTried(t, a, row, tried, !made)
				checkChanges(t, a, row, tried, got)
			}
		}
	}
	if found < 200 {
		t.Errorf("only %d changes were found", found)
	}
}

// checkTried holds what every tried row keeps: other actions and habits as they were, nothing lowered, nothing unusual, and where the
// user's own row was possible, the tried one too.
func checkTried(t *testing.T, a *model.Artifact, row []float32, tried [][]float32, possible bool) {
	t.Helper()
	if len(tried) > 1+2*maxLevels {
		t.Errorf("%d rows were scored for two actions", len(tried))
	}
	for _, r := range tried[1:] {
		action, lever := meet, meetings
		if row[meetings] == r[meetings] || row[meetings] != row[meetings] && r[meetings] != r[meetings] {
			action, lever = chat, chats
		}
		edges := a.Manifest.Reference[lever].Edges
		if r[lever] <= row[lever] || r[lever] > max(1, edges[len(edges)-1]) || r[lever] != float32(math.Trunc(float64(r[lever]))) {
			t.Fatalf("%s went from %v to %v, usual are %v", action, row[lever], r[lever], edges)
		}
		for j, f := range a.Manifest.Set.Features {
			switch same := row[j] == r[j] || row[j] != row[j] && r[j] != r[j]; {
			case !same && f.Action != action, r[j] < row[j], r[j] != r[j] && row[j] == row[j]:
				t.Fatalf("%s: %s went from %v to %v", action, f.Name, row[j], r[j])
			}
		}
		if possible && action == meet {
			checkPossible(t, r)
		}
	}
}

// checkPossible holds what is true of everybody who met.
func checkPossible(t *testing.T, r []float32) {
	t.Helper()
	for what, ok := range map[string]bool{
		"on a day, and on no more than were": r[meetingDays] >= 1 && r[meetingDays] <= r[meetings] && r[meetingDays] <= 7,
		"at some hour of the week":           r[meetingHours] >= 0 && r[meetingHours] <= 7*24,
		"on the first day at most all":       r[firstDayMeetings] >= 0 && r[firstDayMeetings] <= r[meetings],
		"with known guests":                  r[guests] >= 0,
		"a part of them on the weekend":      r[weekendMeetings] >= 0 && r[weekendMeetings] <= 1,
		"at last on some day":                r[lastMeeting] >= 0 && r[lastMeeting] <= 6,
		"by one name":                        r[meetingNames] == 1,
	} {
		if !ok {
			t.Fatalf("who met, met %s: %v", what, r)
		}
	}
}

// checkChanges holds each change against all the rows that were tried for its action.
func checkChanges(t *testing.T, a *model.Artifact, row []float32, tried [][]float32, got []Change) {
	t.Helper()
	base := a.Probability(row)
	levers := map[string]int{meet: meetings, chat: chats}
	for i, c := range got {
		lever, best, own := levers[c.Action], 0.0, math.NaN()
		for _, r := range tried[1:] {
			if r[lever] == row[lever] || r[lever] != r[lever] {
				continue
			}
			p := a.Probability(r)
			best = max(best, p-base)
			if float64(r[lever]) == c.To {
				own = p
			}
		}
		if !(c.Gain > 0) || c.Probability != own || c.Gain != own-base || c.Gain < 0.9*best || i > 0 && c.Gain > got[i-1].Gain {
			t.Fatalf("%+v, of a best gain of %v from %v", c, best, base)
		}
		for _, r := range tried[1:] {
			if v := float64(r[lever]); r[lever] != row[lever] && v < c.To && a.Probability(r)-base >= 0.9*best {
				t.Fatalf("%+v, though %v is good enough", c, v)
			}
		}
		if f := a.Manifest.Set.Features[lever]; c.Feature != f.Name || c.Sentence != f.Say(features.Value{Number: c.To}) {
			t.Fatalf("%+v tells another column", c)
		}
	}
}

// TestLiftOnPublishedArtifacts holds the answers on artifacts of an earlier program, whose only action is counted by the first column,
// against a search over all levels.
func TestLiftOnPublishedArtifacts(t *testing.T) {
	s := model.Store{Dir: "../testdata"}
	for _, family := range []string{"logit", "gbdt", "forest"} {
		a, err := s.Open("format1", family, map[string]model.Decoder{linear.Format: linear.Decode, tree.Format: tree.Decode})
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, g := range a.Manifest.Golden {
			row := make([]float32, len(g.Values))
			for j, v := range g.Values {
				row[j] = nan
				if v != nil {
					row[j] = *v
				}
			}
			got := Lift(a, row, Actions(a), 5)
			want, ok := search(a, row)
			if len(got) > 1 || (len(got) == 1) != ok || ok && (got[0].To != want || !(got[0].Gain > 0)) {
				t.Errorf("%s, %v: got %+v, want a change to %v (%v)", family, row, got, want, ok)
			}
			found += len(got)
		}
		if found == 0 {
			t.Errorf("%s: nothing lifts anybody", family)
		}
	}
}

// search sets the first column to each of its edges above the row's value and to 1.
func search(a *model.Artifact, row []float32) (to float64, ok bool) {
	gain := func(level float32) float64 {
		changed := slices.Clone(row)
		changed[0] = level
		return a.Probability(changed) - a.Probability(row)
	}
	best := 0.0
	var levels []float32
	for _, level := range append([]float32{1}, a.Manifest.Reference[0].Edges...) {
		if level >= 1 && !(level <= row[0]) {
			levels, best = append(levels, level), max(best, gain(level))
		}
	}
	for _, level := range levels {
		if best > 0 && gain(level) >= 0.9*best {
			return float64(level), true
		}
	}
	return 0, false
}

func BenchmarkLift(b *testing.B) {
	fields := []model.Field{{Name: "meetings"}, {Name: "chats"}}
	set := liftSet()
	set = *set.Keep([]string{"meetings", "chats"})
	rows := make([][]float32, 11)
	for i := range rows {
		rows[i] = []float32{float32(i), float32(i)}
	}
	a, w := witnessed(set, fields, rows, line(0.1, 0.3)(fields))
	a.Predictor = w.Predictor
	for b.Loop() {
		Lift(a, rows[0], []string{meet, chat}, 3)
	}
}
