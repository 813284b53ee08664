package scorer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// ErrNoData is returned where the warehouse holds no events.
var ErrNoData = errors.New("the warehouse holds no events; load some with cmd/etl, or name another by -warehouse (the simulated app: duckdb:data/sample/sample.duckdb)")

// fit makes the plan of the artifact's own feature set over the warehouse's data, and refuses a pair that does not go together: features
// of days in another zone, or of made-up users, are other numbers under the same names.
func (j *Job) fit(ctx context.Context) error {
	m := &j.Artifact.Manifest
	if hash := m.Set.Hash(); hash != m.SetHash {
		return refuse("the model's feature set has the hash %s, its manifest says %s: the artifact was edited; publish it again", hash, m.SetHash)
	}
	settings, err := j.wh.Settings(ctx)
	if err != nil {
		return err
	}
	rows, err := j.wh.LedgerRows(ctx)
	if err != nil {
		return err
	}
	data := readLedger(rows)
	if data.days == 0 {
		return ErrNoData
	}
	if zone := settings["zone"]; zone != m.Set.Zone {
		return refuse("the warehouse's days are of the zone %s, the model learnt from days of %s; score with a model that was trained on this "+
			"warehouse", zone, m.Set.Zone)
	}
	if data.simulated != m.Simulated {
		return refuse("the model learnt from %s users, the warehouse holds %s ones; score with a model that was trained on this warehouse",
			kind(m.Simulated), kind(data.simulated))
	}
	if j.plan, err = j.newPlan(data); err != nil {
		return err
	}
	j.simulated, j.newest = data.simulated, j.Day() >= data.scored
	return nil
}

func kind(simulated bool) string {
	if simulated {
		return "simulated"
	}
	return "real"
}

// newPlan is the plan of the trainer, for the set that the model was trained on.
func (j *Job) newPlan(data ledger) (features.Plan, error) {
	set := &j.Artifact.Manifest.Set
	p := features.Plan{
		Prefix: prefix, Zone: set.Zone, Background: set.Background, Label: set.Label, AsOf: data.end, DataStart: data.start, BurnIn: j.BurnIn,
		Documents: warehouse.Documents.Name, Staff: warehouse.Staff.Name,
	}
	if !j.AsOf.IsZero() {
		p.AsOf = j.AsOf.UnixMicro()
	}
	if p.AsOf > data.end {
		return p, fmt.Errorf("as-of is %s, after the end of the data, %s", j.AsOf.UTC().Format(time.RFC3339),
			time.UnixMicro(data.end).UTC().Format(time.RFC3339))
	}
	return p, p.Validate()
}

// ledger is what the warehouse's ledger says of the events, and the newest day that has been scored.
type ledger struct {
	start, end int64
	days       int
	simulated  bool
	scored     string
}

func readLedger(rows []warehouse.LedgerRow) ledger {
	var l ledger
	for _, r := range rows {
		switch {
		case r.Table == warehouse.Scores.Name:
			l.scored = max(l.scored, r.Day)
		case r.Table != warehouse.Events.Name || r.Rows == 0:
		default:
			if l.days == 0 || r.DataStart < l.start {
				l.start = r.DataStart
			}
			l.end, l.simulated = max(l.end, r.DataEnd), l.simulated || r.Simulated
			l.days++
		}
	}
	return l
}
