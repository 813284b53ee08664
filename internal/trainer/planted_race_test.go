//go:build race

package trainer

// plantedSample is small under the race detector, which makes arithmetic ten times as slow: there it matters who writes where, and verdicts
// on so few people are not looked at.
var plantedSample = 300
