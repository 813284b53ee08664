// Package featuretest holds every engine of the feature algebra to one set of readable scripts. A script gives events of a few
// users and what must come out: feature values, the label, or why the user is not in the cohort. Any Engine can run it.
//
// # The language
//
// A script is a list of lines. A line that begins in the first column is a statement; an indented line belongs to the user or
// expect block above it. # begins a comment where a word could begin. Words are parted by blanks; a word, or the part of it after
// the =, may be put into double quotes with Go's escapes: "회의 만들기", screen="month view".
//
//	zone Asia/Seoul                         the app's time zone, first of all statements; UTC without it
//	as-of 2026-03-01T00:00                  the instant at which nothing is visible any more; must be given
//	data-start 2025-10-01T00:00             where the data begins; a year before the as-of instant without it
//	burn-in 30                              days, 30 without it
//	label visits=3 gap=7 horizon=30 unit=days    the label rule; each part may be left out
//	background notification_receive         the events that make no visit, in the place of the default list
//	known meeting_create friend_add         events that get features of their own
//	screens month "week view"               screens that get one
//	params price                            parameters that get a sum and a maximum
//	absent meeting_create 1.0 1.1           app versions that lack the event
//	feature mean_price {"total":{"of":{},"param":"price","how":"mean"}}    one more feature, as its JSON expression
//	user mina                               the user's events follow, in any order
//	  2026-01-05T09:00 meeting_create screen=month engaged_ms=3000 param.price=2.5
//	expect mina                             what must come out follows
//	  visit_days 2
//	  share_morning 1/3
//	  platform IOS
//	  language missing
//	  label unlabelled
//
// Times are RFC 3339, or without an offset they are local times of the zone; a local time that the zone skips or has twice needs an
// offset. An event may carry screen, engaged_ms, first_touch (a time), platform, device, language, country, app_version (or version),
// channel and param.NAME. The features are those of features.DefaultSet, with all context fields, for the known events, screens
// and params.
//
// A number is expected as a decimal or a fraction and met to 1e-9, relative; a text is met exactly; missing, unquoted, is a value
// that is not there. label is revisit, no or unlabelled. excluded first-touch, excluded burn-in and excluded no-visit expect that
// the user is kept out of the cohort for that reason; every other expectation also says that the user is in it.
package featuretest
