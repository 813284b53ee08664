package trainer

import (
	"math"
	"reflect"
	"strconv"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model/explain"
)

// reasonWords say which part of the people a reason is about, by what the feature counts; by its label where that has no words of its own.
func reasonWords(r explain.Reason, expr features.Expr, label phrase.Phrase, level string) phrase.Phrase {
	until, timed := expr.(features.Until)
	timed = timed && only(until.Of)
	switch {
	case r.Level >= 0:
		return either(!r.Other, phrase.Of("%s is %s", label, level), phrase.Of("%s is another than %s", label, level))
	case r.Missing && timed:
		return either(!r.Other, none(until.Of), once(until.Of))
	case r.Missing:
		return either(!r.Other, phrase.Of("%s is not known", label), phrase.Of("%s is known", label))
	case timed:
		return cutOf(r).until(until.Of.Events[0])
	}
	c := cutOf(r)
	if _, share := expr.(features.Share); share {
		return either(c.below, phrase.Of("%s below %s %%", label, tenths(100*c.at)), phrase.Of("%s at least %s %%", label, tenths(100*c.at)))
	}
	if words := c.words(expr); !words.Empty() {
		return words
	}
	return either(c.below, phrase.Of("%s below %s", label, digits(c.at)), phrase.Of("%s at least %s", label, digits(c.at)))
}

func either(first bool, a, b phrase.Phrase) phrase.Phrase {
	if first {
		return a
	}
	return b
}

// cut is the one end of a part of the values: below at, or at and above.
type cut struct {
	at    float64
	below bool
}

func cutOf(r explain.Reason) cut {
	if math.IsInf(r.From, -1) {
		return cut{r.Below, true}
	}
	return cut{r.From, false}
}

// words are those of what the feature counts, if there are any.
func (c cut) words(expr features.Expr) phrase.Phrase {
	switch x := expr.(type) {
	case features.Count:
		return c.count(x.Of)
	case features.Days:
		return c.days(x.Of)
	case features.Distinct:
		return c.distinct(x)
	case features.Since:
		return c.since(x.Of)
	case features.Clock:
		return c.clock(x.Part)
	case features.Total:
		return c.engaged(x)
	}
	return phrase.Phrase{}
}

// whole is the cut of a count.
func (c cut) whole() int { return int(math.Ceil(c.at)) }

// only tells that a filter picks one event, on days and in sessions that have words.
func only(f features.Filter) bool { return len(f.Events) == 1 && dated(f) }

// dated tells that a filter picks by nothing but events, days and the first session.
func dated(f features.Filter) bool {
	f.Events = nil
	return reflect.DeepEqual(f, features.Filter{Days: f.Days, FirstSession: f.FirstSession}) && (f.Days == nil || !f.FirstSession)
}

// when says which days a filter looks at.
func when(f features.Filter) phrase.Phrase {
	switch {
	case f.FirstSession:
		return phrase.Of("in the first session")
	case f.Days == nil:
		return phrase.Of("in the first week")
	case f.Days[1] == 0:
		return phrase.Of("on the first day")
	case f.Days[0] == 0:
		return phrase.Of("in the first %d days", f.Days[1]+1)
	}
	return phrase.Of("on days %d to %d", f.Days[0], f.Days[1])
}

func none(f features.Filter) phrase.Phrase { return phrase.Of("no %s %s", f.Events[0], when(f)) }

func once(f features.Filter) phrase.Phrase {
	return phrase.Of("%s at least once %s", f.Events[0], when(f))
}

func (c cut) count(f features.Filter) phrase.Phrase {
	n := c.whole()
	switch {
	case only(f) && n == 1:
		return either(c.below, none(f), once(f))
	case only(f):
		return either(c.below, phrase.Of("%s fewer than %d times %s", f.Events[0], n, when(f)),
			phrase.Of("%s at least %d times %s", f.Events[0], n, when(f)))
	case len(f.Events) == 0 && dated(f):
		return either(c.below, phrase.Of("fewer than %d things done %s", n, when(f)), phrase.Of("at least %d things done %s", n, when(f)))
	case reflect.DeepEqual(f, features.Filter{Screen: f.Screen}) && n == 1:
		return either(c.below, phrase.Of("never on the screen %s in the first week", f.Screen),
			phrase.Of("on the screen %s in the first week", f.Screen))
	case reflect.DeepEqual(f, features.Filter{Screen: f.Screen}):
		return either(c.below, phrase.Of("fewer than %d things done on the screen %s in the first week", n, f.Screen),
			phrase.Of("at least %d things done on the screen %s in the first week", n, f.Screen))
	}
	return phrase.Phrase{}
}

func (c cut) days(f features.Filter) phrase.Phrase {
	n := c.whole()
	switch {
	case !dated(f) || len(f.Events) > 1:
		return phrase.Phrase{}
	case len(f.Events) == 1 && n == 1:
		return either(c.below, none(f), once(f))
	case len(f.Events) == 1:
		return either(c.below, phrase.Of("%s on fewer than %d days %s", f.Events[0], n, when(f)),
			phrase.Of("%s on at least %d days %s", f.Events[0], n, when(f)))
	case n == 1:
		return either(c.below, phrase.Of("no visit %s", when(f)), phrase.Of("a visit %s", when(f)))
	}
	return either(c.below, phrase.Of("fewer than %d visit days %s", n, when(f)), phrase.Of("at least %d visit days %s", n, when(f)))
}

func (c cut) distinct(x features.Distinct) phrase.Phrase {
	n, f := c.whole(), x.Of
	switch {
	case len(f.Events) > 0 || !dated(f):
		return phrase.Phrase{}
	case x.Field == "session":
		return either(c.below, phrase.Of("fewer than %d sessions %s", n, when(f)), phrase.Of("at least %d sessions %s", n, when(f)))
	case x.Field == "screen":
		return either(c.below, phrase.Of("fewer than %d different screens seen %s", n, when(f)),
			phrase.Of("at least %d different screens seen %s", n, when(f)))
	}
	return either(c.below, phrase.Of("fewer than %d different things done %s", n, when(f)),
		phrase.Of("at least %d different things done %s", n, when(f)))
}

// since counts the days before the end of the first week on which there was nothing.
func (c cut) since(f features.Filter) phrase.Phrase {
	n := c.whole()
	switch {
	case !reflect.DeepEqual(f, features.Filter{}):
		return phrase.Phrase{}
	case n == 1:
		return either(c.below, phrase.Of("a visit on the last day of the first week"), phrase.Of("no visit on the last day of the first week"))
	}
	return either(c.below, phrase.Of("a visit in the last %d days of the first week", n),
		phrase.Of("no visit in the last %d days of the first week", n))
}

func (c cut) until(event string) phrase.Phrase {
	n := c.whole()
	if n == 1 {
		return either(c.below, phrase.Of("%s within an hour of the first visit", event), phrase.Of("%s, but not in the first hour", event))
	}
	return either(c.below, phrase.Of("%s within %d hours of the first visit", event, n),
		phrase.Of("%s, but not in the first %d hours", event, n))
}

func (c cut) clock(part string) phrase.Phrase {
	n := c.whole()
	if part == "hour" {
		return either(c.below, phrase.Of("first visit before %d o'clock", n), phrase.Of("first visit at %d o'clock or later in the day", n))
	}
	days := []phrase.Phrase{
		phrase.Of("Monday"), phrase.Of("Tuesday"), phrase.Of("Wednesday"), phrase.Of("Thursday"), phrase.Of("Friday"), phrase.Of("Saturday"),
		phrase.Of("Sunday"),
	}
	switch {
	case n < 1 || n > 6:
		return phrase.Phrase{}
	case c.below && n == 1:
		return phrase.Of("first visit on a %s", days[0])
	case c.below:
		return phrase.Of("first visit from %s to %s", days[0], days[n-1])
	case n == 6:
		return phrase.Of("first visit on a %s", days[6])
	}
	return phrase.Of("first visit from %s to %s", days[n], days[6])
}

func (c cut) engaged(x features.Total) phrase.Phrase {
	if x.Param != "engaged_ms" || x.How != "sum" || len(x.Of.Events) > 0 || !dated(x.Of) {
		return phrase.Phrase{}
	}
	n := tenths(c.at / msPerMinute)
	return either(c.below, phrase.Of("less than %s minutes in the foreground %s", n, when(x.Of)),
		phrase.Of("at least %s minutes in the foreground %s", n, when(x.Of)))
}

// tenths is a number to one digit after the point.
func tenths(v float64) string { return digits(math.Round(10*v) / 10) }

func digits(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
