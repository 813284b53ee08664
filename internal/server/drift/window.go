package drift

import "time"

const (
	// slots of one hour each are the sliding day: the hour that runs and the 23 before it.
	slots = 24
	// hour is how many seconds a slot lasts. Slots begin on the whole hours of Unix time.
	hour = 3600
)

// window keeps the counters of a sliding day in fixed memory.
type window struct {
	// newest is the hour since 1970 that is counted in now.
	newest int64
	// since is when counting began, in Unix seconds.
	since  int64
	rows   [slots]uint64
	counts [slots][]uint32
}

func newWindow(cells int, now time.Time) window {
	w := window{newest: hourOf(now), since: now.Unix()}
	all := make([]uint32, slots*cells)
	for s := range w.counts {
		w.counts[s] = all[s*cells : (s+1)*cells : (s+1)*cells]
	}
	return w
}

// roll moves the window to now and forgets the hours that leave it. A clock that goes back counts in the newest hour until time has
// caught up, unless it goes back by the whole window: then the window begins anew.
func (w *window) roll(now time.Time) {
	to := hourOf(now)
	switch back := w.newest - to; {
	case back == 0:
		return
	case back >= slots:
		w.newest, w.since = to-slots, now.Unix()
	case back > 0:
		return
	}
	for h := max(w.newest+1, to-slots+1); h <= to; h++ {
		s := slotOf(h)
		w.rows[s] = 0
		clear(w.counts[s])
	}
	w.newest = to
}

// add counts a tally in the newest hour.
func (w *window) add(t *Tally) {
	s := slotOf(w.newest)
	w.rows[s] += uint64(t.rows)
	t.addTo(w.counts[s])
}

// sum adds the hours up, into counters that are 0, and is the rows in them.
func (w *window) sum(into []uint64) (rows uint64) {
	for s, counts := range w.counts {
		rows += w.rows[s]
		for i, n := range counts {
			into[i] += uint64(n)
		}
	}
	return rows
}

// begin is when the window begins: when counting began, or with its oldest hour.
func (w *window) begin() time.Time {
	return time.Unix(max(w.since, (w.newest-slots+1)*hour), 0).UTC()
}

// hourOf is the hour since 1970, negative before.
func hourOf(t time.Time) int64 {
	s := t.Unix()
	if s < 0 {
		s -= hour - 1
	}
	return s / hour
}

func slotOf(h int64) int64 { return (h%slots + slots) % slots }
