// Package calback is the root of Calback: which of this week's new users of an app will come back, and which of the things they did
// is why.
//
// The root holds no code. The commands are cmd/etl, cmd/train, cmd/score and cmd/serve; package features is the domain, and
// docs/ARCHITECTURE.md is the map.
package calback
