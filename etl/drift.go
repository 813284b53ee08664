package etl

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/etl/source"
)

// The bounds of what counts as a change of the export's columns.
const (
	// enoughRecords is how many records a day must have before a column that none of them has says anything.
	enoughRecords = 100
	// steady is the share of records that had the column on every day so far, from which on a day without it is a change. Columns that come
	// and go with campaigns lie below.
	steady = 0.5
	// wrongShare is the share of a column's values of another type from which on it has another type.
	wrongShare = 0.5
)

// required are the columns without which an event is nothing. The first three are in every record of an export.
var required = []string{"event_date", "event_name", "event_timestamp", "user_pseudo_id"}

// columnsSetting keeps what is known of the columns in the settings.
const columnsSetting = "columns"

// known is what the loads so far have met. It only ever grows or shrinks to the lowest share, so that a day loaded twice changes nothing.
type known struct {
	// Share is, for each column that is read, the least share of a day's records that had it.
	Share map[string]float64 `json:"share"`
	// Other are the columns that are not read.
	Other []string `json:"other"`
}

func parseKnown(text string) (known, error) {
	k := known{Share: map[string]float64{}}
	if text == "" {
		return k, nil
	}
	if err := json.Unmarshal([]byte(text), &k); err != nil || k.Share == nil {
		return known{Share: map[string]float64{}}, fmt.Errorf("the setting %s of the warehouse cannot be read: %w", columnsSetting, err)
	}
	return k, nil
}

// checkColumns compares the columns of the days of a batch with what the export must have and with what it had so far, and refuses a
// change before anything of the batch is written. What it learns is kept with the batch.
func (r *run) checkColumns(ctx context.Context, batch []group) error {
	src, ok := r.opt.Source.(source.Columned)
	if !ok {
		return nil
	}
	if err := r.readKnown(ctx); err != nil {
		return err
	}
	learned := known{Share: maps.Clone(r.known.Share), Other: slices.Clone(r.known.Other)}
	for _, g := range batch {
		if r.closed(g.day) {
			continue
		}
		var c source.Columns
		for _, f := range g.files {
			c.Add(src.Columns(f))
		}
		if err := r.checkGroup(g, c); err != nil {
			return err
		}
		learned.add(c)
	}
	r.tellNew(learned.Other)
	r.known = learned
	return nil
}

func (r *run) readKnown(ctx context.Context) error {
	if r.known.Share != nil {
		return nil
	}
	settings, err := r.wh.Settings(ctx)
	if err != nil {
		return err
	}
	r.columns = settings[columnsSetting]
	r.known, err = parseKnown(r.columns)
	return err
}

func (r *run) checkGroup(g group, c source.Columns) error {
	if r.opt.AcceptColumns {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(c.Read)) {
		was, is := r.change(name, c)
		if was == "" {
			continue
		}
		where := "the input"
		if g.day != "" {
			where = "day " + g.day
		}
		return fmt.Errorf("%w: column %s of %s was %s and is %s%s; nothing of it was written. Mend the export, or say accept-columns to load "+
			"what can be read of it", ErrRefused, name, where, was, is, lookalikes(name, c))
	}
	return nil
}

// change says what a column was and what it is where that differs, else "".
func (r *run) change(name string, c source.Columns) (was, is string) {
	n, share := c.Read[name], r.known.Share[name]
	parent, _, nested := strings.Cut(name, ".")
	above := c.Read[parent]
	switch {
	case c.Records == 0:
	case nested && (above.Has == 0 || broken(above)):
		// What is wrong is told of the record that should hold the column.
	case broken(n):
		return n.Want, n.Got
	case n.Has > 0:
	case slices.Contains(required[:3], name), name == "user_pseudo_id" && c.Records >= enoughRecords:
		return n.Want, "in no record"
	case share >= steady && c.Records >= enoughRecords:
		return fmt.Sprintf("in at least %.0f %% of each day's records", 100*share), "in none"
	}
	return "", ""
}

func broken(n source.ColumnCount) bool { return float64(n.Wrong) > wrongShare*float64(n.Has) }

// lookalikes points at columns that nobody reads and that may be the one that is missing.
func lookalikes(name string, c source.Columns) string {
	plain := func(s string) string { return strings.NewReplacer("_", "", ".", "").Replace(strings.ToLower(s)) }
	var alike []string
	for _, other := range slices.Sorted(maps.Keys(c.Other)) {
		if strings.Contains(plain(other), plain(name)) || strings.Contains(plain(name), plain(other)) {
			alike = append(alike, other)
		}
	}
	if len(alike) == 0 {
		return ""
	}
	return ", but there is " + strings.Join(alike, " and ")
}

// add learns from the records of a day, if they are enough.
func (k *known) add(c source.Columns) {
	for name := range c.Other {
		if !slices.Contains(k.Other, name) {
			k.Other = append(k.Other, name)
		}
	}
	slices.Sort(k.Other)
	if c.Records < enoughRecords {
		return
	}
	for name, n := range c.Read {
		share := math.Floor(100*float64(n.Has)/float64(c.Records)) / 100
		if was, ok := k.Share[name]; !ok || share < was {
			k.Share[name] = share
		}
	}
}

// tellNew warns of columns that no load before has met. The first load has nothing to compare with.
func (r *run) tellNew(other []string) {
	var fresh []string
	for _, name := range other {
		if !slices.Contains(r.known.Other, name) {
			fresh = append(fresh, name)
		}
	}
	if len(fresh) > 0 && len(r.known.Share) > 0 {
		r.warn("new columns of the export, which are not read: %s", strings.Join(fresh, ", "))
	}
}

// columnsText is the setting to keep.
func (r *run) columnsText() string {
	if len(r.known.Share) == 0 && len(r.known.Other) == 0 {
		return ""
	}
	text, err := json.Marshal(r.known)
	if err != nil {
		return ""
	}
	return string(text)
}
