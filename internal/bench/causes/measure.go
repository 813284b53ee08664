package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/causal"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// strong is from which true effect on a cause has to be found, in shares.
const strong = 0.03

// tally counts what became of some treatments.
type tally struct {
	treatments, covered, cause, sign, unclear int
	naive, naiveClear                         int
	bias, width                               float64
}

// score is the whole study's.
type score struct {
	// Causes are true effects of 3 points and more, Weak those below, Idle the actions that do nothing.
	causes, weak, idle tally
	// apps with any false cause, of all.
	apps, wrong int
	byAction    map[string]*tally
}

func measure(ctx context.Context, apps int, seed uint64, world sample.World, progress func(int)) (*score, error) {
	s := &score{apps: apps, byAction: map[string]*tally{}}
	for k := range apps {
		o := sample.Defaults()
		// The sizes are spread evenly from 5,000 to 20,000 people, in an order that does not rise.
		o.Users, o.Days, o.Seed = 5000+15000*((k*7)%max(apps, 1))/max(apps-1, 1), 200, seed+uint64(k)
		study, err := sample.NewStudy(o, world)
		if err != nil {
			return nil, err
		}
		if err := s.app(ctx, study); err != nil {
			return nil, fmt.Errorf("app %d: %w", k, err)
		}
		progress(k + 1)
	}
	return s, nil
}

// app judges each action of one app at its threshold.
func (s *score) app(ctx context.Context, study *sample.Study) error {
	thresholds := study.Thresholds()
	var treatments []causal.Treatment
	var raw []metrics.Interval
	var names []string
	nobody := make([]bool, len(study.Revisit))
	in := causal.Study{Y: study.Revisit, X: confounders(study), Actions: actions(study)}
	for k, name := range study.Actions {
		n := max(1, thresholds[name])
		if _, ok := study.Effect(name, n, nobody); !ok {
			continue
		}
		t := causal.Treatment{Action: k, Done: make([]bool, len(study.Revisit))}
		for i, v := range in.Actions.Columns[k].Values {
			t.Done[i] = v >= float32(n)
		}
		treatments, raw, names = append(treatments, t), append(raw, difference(study.Revisit, t.Done)), append(names, name)
	}
	o := causal.Defaults()
	estimates, err := causal.Estimates(ctx, in, treatments, o)
	if err != nil {
		return err
	}
	wrong := false
	for k, e := range estimates {
		if e.Err != nil {
			continue
		}
		verdict, _ := causal.Judge(e, raw[k], o)
		truth, _ := study.Effect(names[k], max(1, thresholds[names[k]]), e.Inside)
		into := &s.causes
		switch {
		case truth == 0:
			into = &s.idle
			wrong = wrong || verdict == causal.Cause
		case math.Abs(truth) < strong:
			into = &s.weak
		}
		into.add(e, verdict, raw[k], truth)
		if s.byAction[names[k]] == nil {
			s.byAction[names[k]] = &tally{}
		}
		s.byAction[names[k]].add(e, verdict, raw[k], truth)
	}
	if wrong {
		s.wrong++
	}
	return nil
}

func (t *tally) add(e causal.Estimate, verdict string, raw metrics.Interval, truth float64) {
	t.treatments++
	switch verdict {
	case causal.Cause:
		t.cause++
	case causal.Sign:
		t.sign++
	default:
		t.unclear++
	}
	if e.Effect.Low <= truth && truth <= e.Effect.High {
		t.covered++
	}
	if raw.Low <= truth && truth <= raw.High {
		t.naive++
	}
	if raw.Low > 0 || raw.High < 0 {
		t.naiveClear++
	}
	t.bias += e.Effect.Value - truth
	t.width += e.Effect.High - e.Effect.Low
}

// difference is the share of revisits with less without, with its normal 95 % interval.
func difference(y, done []bool) metrics.Interval {
	var n, k [2]float64
	for i, d := range done {
		side := 0
		if d {
			side = 1
		}
		n[side]++
		if y[i] {
			k[side]++
		}
	}
	p1, p0 := k[1]/n[1], k[0]/n[0]
	half := 1.959963984540054 * math.Sqrt(p1*(1-p1)/n[1]+p0*(1-p0)/n[0])
	return metrics.Interval{Value: p1 - p0, Low: p1 - p0 - half, High: p1 - p0 + half}
}

// confounders are what the trainer holds equal.
func confounders(s *sample.Study) *model.Matrix {
	return &model.Matrix{Columns: []model.Column{
		category("channel", s.Channel), category("platform", s.Platform), category("country", s.Country), category("device", s.Device),
		number("visit_days", s.VisitDays), number("last_day", s.LastDay), number("first_day_events", s.FirstDay),
	}}
}

func number(name string, values []int) model.Column {
	c := model.Column{Field: model.Field{Name: name}}
	for _, v := range values {
		c.Values = append(c.Values, float32(v))
	}
	return c
}

func category(name string, values []string) model.Column {
	c := model.Column{Field: model.Field{Name: name, Levels: []string{}}}
	code := map[string]float32{}
	for _, v := range values {
		if _, ok := code[v]; !ok {
			code[v] = float32(len(c.Levels))
			c.Levels = append(c.Levels, v)
		}
		c.Values = append(c.Values, code[v])
	}
	return c
}

// actions are the whole week's counts.
func actions(s *sample.Study) *model.Matrix {
	m := &model.Matrix{}
	for k, name := range s.Actions {
		c := model.Column{Field: model.Field{Name: name}, Values: make([]float32, len(s.Revisit))}
		for i, v := range s.Counts[k] {
			c.Values[i/7] += float32(v)
		}
		m.Columns = append(m.Columns, c)
	}
	return m
}

func (s *score) print(w io.Writer) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"", "treatments", "covered", "cause", "sign", "cannot tell", "bias", "width", "naive covers", "naive clear"})
	row := func(name string, x *tally) {
		if x.treatments == 0 {
			return
		}
		n := float64(x.treatments)
		share := func(k int) string { return fmt.Sprintf("%.1f %%", 100*float64(k)/n) }
		t.AppendRow(table.Row{
			name, x.treatments, share(x.covered), share(x.cause), share(x.sign), share(x.unclear), fmt.Sprintf("%+.2f", 100*x.bias/n),
			fmt.Sprintf("%.1f", 100*x.width/n), share(x.naive), share(x.naiveClear),
		})
	}
	row("causes of 3 points and more", &s.causes)
	row("weaker causes", &s.weak)
	row("actions that do nothing", &s.idle)
	t.AppendSeparator()
	for _, name := range sorted(s.byAction) {
		row(name, s.byAction[name])
	}
	t.Render()
	fmt.Fprintf(w, "%d of %d apps have a false cause\n", s.wrong, s.apps)
}

func sorted(m map[string]*tally) []string { return slices.Sorted(maps.Keys(m)) }
