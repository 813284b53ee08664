// Package features is the domain: what an event, a first week, a feature, a feature set and the revisit label are.
//
// A feature is an expression of a closed algebra of ten nodes (see Expr). Each node has two methods: it renders itself as SQL for
// a Dialect, and it evaluates itself over one user's sorted events in Go. The training table made inside the warehouse and
// the row made by the server from raw events therefore come from one definition.
//
// Time works in three steps. Day 0 is the calendar day, in the app's zone, of a user's first foreground event. The first week is
// days 0 to 6, half open: it ends when day 7 begins. The as-of instant ends everything else: no event at or after it is visible.
package features
