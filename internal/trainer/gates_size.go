package trainer

import (
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// What a model must have learnt from and been judged by, of those who revisit and of those who do not. Below it a model may look right or wrong
// by the toss of a few users.
const (
	leastLearnt = 40
	leastJudged = 20
)

// sizeGate asks for enough users of both answers on both sides of the split.
func sizeGate(learn, judge []bool) Gate {
	l, j := smallerClass(learn), smallerClass(judge)
	return Gate{
		Name: sizeName, Passed: l >= leastLearnt && j >= leastJudged,
		Detail: phrase.Of("of the rarer answer there are %d users to learn from (%d are needed) and %d to judge by (%d are needed); more days of "+
			"data bring more", l, leastLearnt, j, leastJudged),
	}
}
