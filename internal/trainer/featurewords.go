package trainer

import (
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// ofName are the labels and meanings of the default features that hold a name: of an event, a screen, a parameter.
var ofName = []func(name string) phrase.Phrase{
	func(n string) phrase.Phrase { return phrase.Of("times of %s", n) },
	func(n string) phrase.Phrase { return phrase.Of("days with %s", n) },
	func(n string) phrase.Phrase { return phrase.Of("hours until %s", n) },
	func(n string) phrase.Phrase { return phrase.Of("screen %s", n) },
	func(n string) phrase.Phrase { return phrase.Of("sum of %s", n) },
	func(n string) phrase.Phrase { return phrase.Of("largest %s", n) },
	func(n string) phrase.Phrase { return phrase.Of("How many times %s happened in the first week.", n) },
	func(n string) phrase.Phrase { return phrase.Of("On how many days of the first week %s happened.", n) },
	func(n string) phrase.Phrase {
		return phrase.Of("How many hours after the first visit %s first happened; unknown if it did not in the first week.", n)
	},
	func(n string) phrase.Phrase {
		return phrase.Of("How many events happened on the screen %s in the first week.", n)
	},
	func(n string) phrase.Phrase { return phrase.Of("The sum of the parameter %s over the first week.", n) },
	func(n string) phrase.Phrase {
		return phrase.Of("The largest value of the parameter %s in the first week; unknown if it was never sent.", n)
	},
}

// ofNobody are the labels and meanings of the default features that hold none.
var ofNobody = byText(
	phrase.Of("visit days"), phrase.Of("On how many days of the first week the user came."),
	phrase.Of("sessions"), phrase.Of("How many sessions the first week had."),
	phrase.Of("events"), phrase.Of("How many things the user did in the first week."),
	phrase.Of("distinct events"), phrase.Of("How many different things the user did in the first week."),
	phrase.Of("distinct screens"), phrase.Of("How many different screens the user saw in the first week."),
	phrase.Of("first session events"), phrase.Of("How deep the first session went: the things done in it."),
	phrase.Of("first day events"), phrase.Of("How many things the user did on the first day."),
	phrase.Of("late events"), phrase.Of("How many things the user did on days 4 to 6."),
	phrase.Of("late visit days"), phrase.Of("On how many of the days 4 to 6 the user came."),
	phrase.Of("days since last visit"), phrase.Of("How many days before the end of day 6 the last visit was."),
	phrase.Of("trend"), phrase.Of("Whether activity moved to the late week (1) or stayed in the early week (-1)."),
	phrase.Of("share morning"), phrase.Of("The share of activity between 6 and 12 o'clock."),
	phrase.Of("share evening"), phrase.Of("The share of activity between 18 and 22 o'clock."),
	phrase.Of("share night"), phrase.Of("The share of activity between 22 and 6 o'clock."),
	phrase.Of("share weekend"), phrase.Of("The share of activity on Saturday and Sunday."),
	phrase.Of("first hour"), phrase.Of("The hour of the day of the first visit."),
	phrase.Of("first weekday"), phrase.Of("The weekday of the first visit, Monday 0 to Sunday 6."),
	phrase.Of("engaged ms"), phrase.Of("How long the app was in the foreground in the first week, in milliseconds."),
	phrase.Of("platform"), phrase.Of("The user's platform when first known."),
	phrase.Of("device class"), phrase.Of("The user's device class when first known."),
	phrase.Of("device language"), phrase.Of("The user's device language when first known."),
	phrase.Of("country"), phrase.Of("The user's country when first known."),
	phrase.Of("app version"), phrase.Of("The user's app version when first known."),
	phrase.Of("acquisition channel"), phrase.Of("The user's acquisition channel when first known."),
	phrase.Of("friends"),
	phrase.Of("How many friends the user's document had in the last snapshot taken within the first week; unknown if there is none."),
	phrase.Of("friend requests received"),
	phrase.Of("How many open friend requests from others the user's document had in the last snapshot taken within the first week; unknown if there is none."),
	phrase.Of("friend requests sent"),
	phrase.Of("How many open friend requests to others the user's document had in the last snapshot taken within the first week; unknown if there is none."),
	phrase.Of("blocked users"),
	phrase.Of("How many blocked users the user's document had in the last snapshot taken within the first week; unknown if there is none."),
	phrase.Of("open profile"),
	phrase.Of("Whether (1) or not (0) an open profile the user's document had in the last snapshot taken within the first week; unknown if there is none."),
	phrase.Of("days known"),
	phrase.Of("How many days after the first the user could be watched: 0 at the end of the first day, 6 at the end of the first week."),
)

func byText(list ...phrase.Phrase) map[string]phrase.Phrase {
	m := make(map[string]phrase.Phrase, len(list))
	for _, p := range list {
		m[p.String()] = p
	}
	return m
}

// featureWords is a label or a meaning of a feature, which artifacts keep as English text, as a phrase; that of a set of someone's own
// stays the text it is. A name in it is the one that expr reads.
func featureWords(text string, expr features.Expr) phrase.Phrase {
	if p, ok := ofNobody[text]; ok {
		return p
	}
	if name := reads(expr); name != "" {
		for _, of := range ofName {
			if p := of(name); p.String() == text {
				return p
			}
		}
	}
	return phrase.Name(text)
}

// reads is the one event, screen or parameter that the expression reads, "" where it reads several or none by name.
func reads(expr features.Expr) string {
	var of features.Filter
	switch x := expr.(type) {
	case features.Count:
		of = x.Of
	case features.Days:
		of = x.Of
	case features.Until:
		of = x.Of
	case features.Total:
		return x.Param
	}
	switch len(of.Events) {
	case 0:
		return of.Screen
	case 1:
		return of.Events[0]
	}
	return ""
}
