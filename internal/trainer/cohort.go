package trainer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// ErrNoData is returned where the warehouse holds no events.
var ErrNoData = errors.New("the warehouse holds no events; load some with cmd/etl, or run train -sample")

// Source is what the ledger says of the data.
type Source struct {
	// Start and End bound the data, in microseconds UTC.
	Start, End int64
	// Days is the number of days loaded.
	Days int
	// Events, Duplicates and Quarantined count records.
	Events, Duplicates, Quarantined int64
	// Simulated is true when any loaded day is.
	Simulated bool
	// FirstDay and LastDay are YYYY-MM-DD.
	FirstDay, LastDay string
}

// readSource sums up the ledger.
func readSource(ctx context.Context, wh *warehouse.Warehouse) (Source, []warehouse.LedgerRow, error) {
	rows, err := wh.LedgerRows(ctx)
	if err != nil {
		return Source{}, nil, err
	}
	s := sumUp(rows, math.MaxInt64)
	if s.Days == 0 {
		return s, nil, ErrNoData
	}
	return s, rows, nil
}

// sumUp is what the rows say of the days that begin before the as-of instant.
func sumUp(rows []warehouse.LedgerRow, asOf int64) Source {
	var s Source
	days := map[string]bool{}
	for _, r := range rows {
		if r.Table != warehouse.Events.Name || r.Rows == 0 || r.DataStart >= asOf {
			continue
		}
		if len(days) == 0 || r.DataStart < s.Start {
			s.Start = r.DataStart
		}
		if len(days) == 0 || r.Day < s.FirstDay {
			s.FirstDay = r.Day
		}
		s.End, s.LastDay = max(s.End, r.DataEnd), max(s.LastDay, r.Day)
		s.Events, s.Duplicates, s.Quarantined = s.Events+r.Rows, s.Duplicates+r.Duplicates, s.Quarantined+r.Quarantined
		s.Simulated = s.Simulated || r.Simulated
		days[r.Day] = true
	}
	s.Days = len(days)
	return s
}

// newPlan fixes what the run may see.
func newPlan(o Options, s Source) (features.Plan, error) {
	p := features.Plan{
		Zone: o.Zone, Background: o.background(), Label: o.Label, AsOf: s.End, DataStart: s.Start, BurnIn: o.BurnIn,
		Documents: warehouse.Documents.Name, Staff: warehouse.Staff.Name,
	}
	if !o.AsOf.IsZero() {
		p.AsOf = o.AsOf.UnixMicro()
	}
	if p.AsOf > s.End {
		return p, fmt.Errorf("as-of is %s, after the end of the data, %s", o.AsOf.UTC().Format(time.RFC3339),
			time.UnixMicro(s.End).UTC().Format(time.RFC3339))
	}
	return p, p.Validate()
}

// makeTables runs the statements one after another.
func makeTables(ctx context.Context, wh *warehouse.Warehouse, steps []features.Step, progress func(done int)) error {
	for i, step := range steps {
		if err := wh.Exec(ctx, step.SQL); err != nil {
			return fmt.Errorf("make table %s: %w", step.Table, err)
		}
		if progress != nil {
			progress(i + 1)
		}
	}
	return nil
}

// Exclusion is how many users a reason keeps out of the cohort.
type Exclusion struct {
	Reason string
	Users  int
}

// exclusions counts the users kept out, by reason.
func exclusions(ctx context.Context, wh *warehouse.Warehouse, d features.Dialect, p features.Plan) ([]Exclusion, error) {
	supports, err := counts(ctx, wh, keptOutQuery(d, p))
	if err != nil {
		return nil, fmt.Errorf("count the users kept out: %w", err)
	}
	var list []Exclusion
	for _, s := range supports {
		list = append(list, Exclusion{Reason: s.Name, Users: s.Users})
	}
	waiting, err := counts(ctx, wh, unlabelledQuery(d, p))
	if err != nil {
		return nil, fmt.Errorf("count the users too young to label: %w", err)
	}
	for _, s := range waiting {
		list = append(list, Exclusion{Reason: s.Name, Users: s.Users})
	}
	return list, nil
}

// counts reads rows of a name and a number of users.
func counts(ctx context.Context, wh *warehouse.Warehouse, query string) ([]features.Support, error) {
	columns, err := wh.ReadColumns(ctx, query)
	if err != nil {
		return nil, err
	}
	list := make([]features.Support, columns[0].Len())
	for i := range list {
		list[i] = features.Support{Name: columns[0].Text[i], Users: int(columns[1].Numbers[i])}
	}
	return list, nil
}

// movedBySelection selects the users again from a log that ends with each user's day 6, and counts those who fare otherwise: the
// mechanical proof that who is in the table does not depend on the future.
func movedBySelection(ctx context.Context, wh *warehouse.Warehouse, d features.Dialect, p features.Plan) (int, error) {
	if err := makeTables(ctx, wh, cutSteps(d, p), nil); err != nil {
		return 0, err
	}
	moved, err := counts(ctx, wh, movedQuery(d, p))
	if err != nil {
		return 0, fmt.Errorf("compare the selections: %w", err)
	}
	for _, table := range []string{"cut_events", "cut_people", "cut_user_days", "cut_users"} {
		if err := wh.Exec(ctx, "DROP TABLE IF EXISTS "+d.Table(table)); err != nil {
			return 0, fmt.Errorf("drop table %s: %w", table, err)
		}
	}
	return moved[0].Users, nil
}
