package checktest

import (
	"fmt"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl/check"
)

// The fixtures lie at the edge of what each check allows, on either side.
var fixtures = []fixture{
	{check.KeysUnique, "another day", 0, func(w *world) { w.userDays = append(w.userDays, userDay{key(0), dayOf(2), 1}) }},
	{check.KeysUnique, "two rows twice", 2, func(w *world) {
		w.users, w.userDays = append(w.users, w.users[3]), append(w.userDays, w.userDays[7])
	}},
	{check.KeysUnique, "a day twice in the ledger", 1, func(w *world) { w.ledger = append(w.ledger, w.ledger[5]) }},

	{check.NotNull, "all but the needed", 0, func(w *world) { w.events[0].engaged, w.events[0].channel = "NULL", "NULL" }},
	{check.NotNull, "user, instant and name", 4, func(w *world) {
		w.events[0].user, w.events[1].ts, w.events[2].name, w.events[3].user = "NULL", "NULL", "''", "''"
	}},

	{check.AcceptedValues, "known flags and an account", 0, func(w *world) {
		w.events[0].flag, w.events[1].flag, w.events[2].flag, w.events[3].flag = "'debug'", "'test'", "'staff'", "''"
		w.events[4].account = "'0123456789abcdef0123456789abcdef'"
	}},
	{check.AcceptedValues, "raw ids and an unknown flag", 4, func(w *world) {
		w.events[0].flag, w.events[1].user = "'Debug'", "'ada@example.com'"
		w.events[2].user, w.events[3].account = "'0123456789abcdef0123456789abcdeF'", "'1234567890.1234567890.1234567890'"
	}},

	{check.Range, "the very bounds", 0, func(w *world) {
		w.probability, w.events[0].engaged = "1.0", "86400000"
		w.events[1].ts = fmt.Sprint(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro())
	}},
	{check.Range, "beyond the bounds", 4, func(w *world) {
		w.probability, w.events[0].engaged = "1.001", "86400001"
		w.events[1].ts = fmt.Sprint(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() - 1)
		w.ledger[0].rows = -1
	}},

	{check.Referential, "an empty day", 0, func(w *world) {
		w.events, w.ledger[0].rows = w.events[users/groups:], 0
	}},
	{check.Referential, "lost events and an unknown day", 3, func(w *world) {
		w.events, w.ledger = w.events[1:], append(w.ledger[:3], w.ledger[4:]...)
		w.ledger[7].rows++
	}},

	{check.MonotoneTime, "a day of another zone", 0, func(w *world) {
		w.events[0].ts = fmt.Sprint(startOf(1) - 1)
		w.events[1].ts = fmt.Sprint(startOf(3) - 1)
		w.ledger[4].source, w.ledger[4].end = "ga4/intraday", w.ledger[4].start+1
	}},
	{check.MonotoneTime, "far events, a hole and an overlap", 4, func(w *world) {
		w.events[0].ts = fmt.Sprint(startOf(1) - dayMicros - 1)
		w.events[1].ts = fmt.Sprint(startOf(3))
		w.ledger = append(w.ledger[:3], w.ledger[4:]...)
		w.ledger[8].end++
	}},

	{check.Freshness, "at the limit", 0, func(w *world) { w.options.MaxAge, w.options.Now = time.Hour, now() }},
	{check.Freshness, "a microsecond late", 1, func(w *world) { w.options.MaxAge, w.options.Now = time.Hour, now()+1 }},
	{check.Freshness, "events of the day after tomorrow", 1, func(w *world) { w.options.Now = startOf(days) - 1 }},
	{check.Freshness, "nothing loaded", 1, func(w *world) { w.ledger = nil }},

	{check.RowCount, "half as many again", 0, func(w *world) { w.fortnight(20, 30) }},
	{check.RowCount, "more than that", 1, func(w *world) { w.fortnight(20, 31) }},
	{check.RowCount, "less than half", 1, func(w *world) { w.fortnight(20, 9) }},
	{check.RowCount, "three deviations", 0, func(w *world) { w.fortnight(1000, 1094) }},
	{check.RowCount, "more than three deviations", 1, func(w *world) { w.fortnight(1000, 1095) }},
	{check.RowCount, "weekdays apart", 0, func(w *world) { w.fortnight(1000, 1300); w.ledger[3].rows, w.ledger[10].rows = 1400, 1400 }},
	{check.RowCount, "too young to judge", 0, func(w *world) { w.fortnight(20, 200); w.ledger = w.ledger[2:] }},
	{check.RowCount, "today is not judged", 0, func(w *world) { w.fortnight(20, 2); w.ledger[days-1].source = "ga4/intraday" }},

	{check.Visits, "as many as there were", 0, func(w *world) { w.labels[0].visits = days/groups - 1 }},
	{check.Visits, "one more, and two strangers", 3, func(w *world) {
		w.labels[0].visits++
		w.users[1].excluded = "'kept out'"
		w.labels = append(w.labels, label{user: key(users), day0: dayOf(1), visits: 0, revisit: "FALSE"})
	}},
	{check.Visits, "two sessions a day", 0, func(w *world) { w.labels[0].visits++; w.sessions(key(0), 2) }},

	{check.Channel, "7 of 40 unknown", 0, func(w *world) { w.unknown(7) }},
	{check.Channel, "8 of 40 unknown", 1, func(w *world) { w.unknown(8) }},

	{check.ClassBalance, "24 of 40 revisit", 0, func(w *world) { w.revisit(24) }},
	{check.ClassBalance, "25 of 40 revisit", 1, func(w *world) { w.revisit(25) }},
	{check.ClassBalance, "nobody revisits", 1, func(w *world) { w.revisit(0) }},
	{check.ClassBalance, "nobody is labelled", 0, func(w *world) {
		for i := range w.labels {
			w.labels[i].revisit = "NULL"
		}
	}},

	{check.MissingRate, "13 of 40 more, which chance may do", 0, func(w *world) { w.missing = 13 }},
	{check.MissingRate, "14 of 40 more", 1, func(w *world) { w.missing = 14 }},
	{check.MissingRate, "14 of 40 without features", 1, func(w *world) { w.featureless = 14 }},
	{check.MissingRate, "fewer than in training", 0, func(w *world) { w.options.Missing["opens"] = 0.9 }},
	{check.MissingRate, "users in their first week", 0, func(w *world) {
		for i := range w.labels {
			w.labels[i].young = i < 14
		}
		w.missing = 14
	}},
	{check.MissingRate, "users of long ago", 0, func(w *world) { w.missing, w.options.To = 40, "2026-05-01" }},
	{check.MissingRate, "a feature is gone", 1, func(w *world) { w.options.Missing["closes"] = 0 }},
}

// fortnight gives every day a count in the ledger, and the newest another.
func (w *world) fortnight(rows, newest int64) {
	for i := range w.ledger {
		w.ledger[i].rows = rows
	}
	w.ledger[days-1].rows = newest
}

// unknown takes the channel of so many users; half of them have GA4's word for it.
func (w *world) unknown(n int) {
	for i, e := range w.events {
		for u := range n {
			if e.user == text(key(u)) {
				w.events[i].channel = []string{"NULL", "'Unassigned'"}[u%2]
			}
		}
	}
}

func (w *world) revisit(n int) {
	for i := range w.labels {
		w.labels[i].revisit = fmt.Sprint(i < n)
	}
}

func (w *world) sessions(user string, n int) {
	for i := range w.userDays {
		if w.userDays[i].user == user {
			w.userDays[i].sessions = n
		}
	}
}
