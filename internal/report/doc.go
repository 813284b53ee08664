// Package report writes what a training run found as one self-contained HTML page and as JSON with the same figures.
//
// The caller fills [Data] with plain figures; the package draws, words and guards them. Both outputs come from the same guarded
// copy, in which nothing is said about fewer than [SmallestCell] people. The bytes depend on the data alone: no clock, no
// map order.
package report
