package scorer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/scorer/truth"
	"github.com/Koalajuni/Calback-Data-ML/model"
)

const (
	// TruthTable has the same figures in the warehouse, one row a version.
	TruthTable = "truth"
	// truthDays is how many days of users are looked at, by day 0: the 13 weeks whose labels were the last to be known.
	truthDays = 91
)

// truth joins the scores with the labels of the run's cohort, and keeps the figures in the warehouse and in the store.
func (j *Job) truth(ctx context.Context) (*truth.Truth, error) {
	t, err := j.measureTruth(ctx)
	if err != nil {
		return nil, fmt.Errorf("compare earlier scores with what then happened: %w", err)
	}
	if err := j.wh.Exec(ctx, j.truthTable(t)); err != nil {
		return nil, fmt.Errorf("make table %s: %w", TruthTable, err)
	}
	if err := writeTruth(t, j.Store, j.Artifact.Manifest.Name); err != nil {
		return nil, fmt.Errorf("write %s (the scores are in the warehouse; -no-truth goes without): %w", truth.File, err)
	}
	return t, nil
}

// measureTruth reads the pairs of score and label and measures them, by version.
func (j *Job) measureTruth(ctx context.Context) (*truth.Truth, error) {
	known, err := j.versions()
	if err != nil {
		return nil, err
	}
	outcomes, err := j.readOutcomes(ctx)
	if err != nil {
		return nil, err
	}
	t := &truth.Truth{Made: time.UnixMicro(j.plan.AsOf).UTC(), Versions: []truth.Version{}}
	for version, o := range outcomes {
		m, ok := known[version]
		if !ok {
			t.Foreign += len(o.asOf)
			continue
		}
		t.Later += o.before(m.learnt)
		if len(o.asOf) > 0 {
			t.Versions = append(t.Versions, judge(o, m.Manifest))
		}
	}
	slices.SortFunc(t.Versions, func(a, b truth.Version) int {
		return cmp.Or(known[b.Version].created.Compare(known[a.Version].created), cmp.Compare(b.Version, a.Version))
	})
	return t, nil
}

// version is a manifest with its instants.
type version struct {
	model.Manifest
	created time.Time
	// learnt is the instant, in microseconds UTC, up to which the training saw data.
	learnt int64
}

// versions are the model's versions in the store that foretell what this run's labels say, by name, as far as they say when they learnt.
func (j *Job) versions() (map[string]version, error) {
	list, err := j.Store.List()
	if err != nil {
		return nil, err
	}
	own, out := &j.Artifact.Manifest, map[string]version{}
	for _, m := range list {
		if m.Name != own.Name || m.Set.Label != own.Set.Label || m.Set.Zone != own.Set.Zone {
			continue
		}
		learnt, err := time.Parse(time.RFC3339, m.Training.AsOf)
		if err != nil {
			continue
		}
		// One without a readable time of making sorts as the oldest.
		created, _ := time.Parse(time.RFC3339, m.Created)
		out[m.Version] = version{Manifest: m, created: created, learnt: learnt.UnixMicro()}
	}
	return out, nil
}

// outcomes are the scored users of one version whose label is known: one value a user in each list.
type outcomes struct {
	day0 []string
	asOf []int64
	p    []float64
	y    []bool
}

// before takes out the scores of before the instant and says how many those were.
func (o *outcomes) before(instant int64) int {
	kept := 0
	for i, asOf := range o.asOf {
		if asOf < instant {
			continue
		}
		o.day0[kept], o.asOf[kept], o.p[kept], o.y[kept] = o.day0[i], asOf, o.p[i], o.y[i]
		kept++
	}
	gone := len(o.asOf) - kept
	o.day0, o.asOf, o.p, o.y = o.day0[:kept], o.asOf[:kept], o.p[:kept], o.y[:kept]
	return gone
}

// readOutcomes reads the pairs by version. No key leaves the warehouse.
func (j *Job) readOutcomes(ctx context.Context) (map[string]*outcomes, error) {
	columns, err := j.wh.ReadColumns(ctx, j.outcomesQuery())
	if err != nil {
		return nil, err
	}
	out := map[string]*outcomes{}
	for i, name := range columns[0].Text {
		o := out[name]
		if o == nil {
			o = &outcomes{}
			out[name] = o
		}
		o.day0 = append(o.day0, columns[1].Text[i])
		o.asOf = append(o.asOf, int64(columns[2].Numbers[i]))
		o.p = append(o.p, columns[3].Numbers[i])
		o.y = append(o.y, columns[4].Numbers[i] == 1)
	}
	return out, nil
}

// truthStatements are the statements of the delayed truth in order, the table's with a single made-up row, since the figures are not known
// before the first has been asked. A run without a store has none.
func (j *Job) truthStatements() []features.Step {
	if j.Store.Dir == "" {
		return nil
	}
	made := &truth.Truth{Versions: []truth.Version{{Version: j.Artifact.Manifest.Version}}}
	return []features.Step{{Table: "outcomes", SQL: j.outcomesQuery()}, {Table: TruthTable, SQL: j.truthTable(made)}}
}
