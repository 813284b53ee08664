package sample

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

const truthNote = "ANSWER KEY of a SIMULATED app. Every figure is invented. For tests and for the best possible scores only: " +
	"the pipeline and the model must never read this file."

// userTruths lists the answer key's users in the order of the lives.
func userTruths(cal *calendar, lives []life) []UserTruth {
	var out []UserTruth
	for i := range lives {
		l := &lives[i]
		if l.status != newcomer && l.status != lab {
			continue
		}
		labelled := l.day0+labelEnd <= cal.days
		out = append(out, UserTruth{
			Pseudo: l.pseudo, Day0: cal.date(l.day0).Format("2006-01-02"), Probability: l.probability,
			Labelled: labelled, Revisit: labelled && l.revisit,
		})
	}
	return out
}

// best is the share of revisits, and the AUC and log loss of the true probabilities, over the labelled users.
func best(users []UserTruth) (labelled int, base, auc, loss float64) {
	var p []float64
	var y []bool
	positives := 0
	for _, u := range users {
		if !u.Labelled {
			continue
		}
		p, y = append(p, u.Probability), append(y, u.Revisit)
		q := 1 - u.Probability
		if u.Revisit {
			positives++
			q = u.Probability
		}
		loss -= math.Log(max(q, 1e-12))
	}
	if len(p) == 0 {
		return 0, math.NaN(), math.NaN(), math.NaN()
	}
	n := float64(len(p))
	return len(p), float64(positives) / n, rankAUC(p, y), loss / n
}

// rankAUC is the area under the ROC curve by ranks (Mann-Whitney), ties counted half; NaN with one class.
func rankAUC(p []float64, y []bool) float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	sum, positives := 0.0, 0.0
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && p[order[j]] == p[order[i]] {
			j++
		}
		for _, k := range order[i:j] {
			if y[k] {
				positives++
				sum += float64(i+j+1) / 2
			}
		}
		i = j
	}
	return (sum - positives*(positives+1)/2) / (positives * (float64(len(p)) - positives))
}

// truthOf averages the effects over all new users.
func truthOf(lives []life, s Summary) Truth {
	t := Truth{
		Note: truthNote, Simulated: true, Intercept: intercept, EagernessWeight: eagerWeight,
		LabelRule: "revisit is a Bernoulli draw with the user's probability; the visits of days 7 to 36 are then laid out with 3 or " +
			"more distinct visit days for 1 and 0 to 2 for 0, in calendar days of the zone",
		Formula: "log-odds = intercept + channel weight + eagerness_weight*eagerness + causes (weight if done at least threshold " +
			"times on days 0 to 6) + shapes; riders have weight 0",
		BaseRate: s.BaseRate, BestAUC: s.BestAUC, BestLogLoss: s.BestLogLoss,
	}
	var weeks []*week
	for i := range lives {
		if lives[i].status == newcomer {
			weeks = append(weeks, &lives[i].week)
		}
	}
	for _, c := range causes {
		t.Causes = append(t.Causes, average(weeks, c))
	}
	// Sharing works only together with a friend: its own weight is zero, its average effect is not.
	t.Causes = append(t.Causes, average(weeks, cause{meetingShareKakao, 1, 0}))
	slices.SortStableFunc(t.Causes, func(a, b Cause) int {
		return cmp.Compare(math.Abs(b.AverageEffect), math.Abs(a.AverageEffect))
	})
	for _, k := range riders {
		t.Riders = append(t.Riders, average(weeks, cause{k, 1, 0}))
	}
	t.Channels = channelEffects(weeks)
	t.Shapes = []Shape{
		{"visit_days", visitWeight, fmt.Sprintf("weight*(1-exp(-(visit days of the first week-1)/%g))", visitScale)},
		{"late_last_visit", lateWeight, fmt.Sprintf("weight if the last visit of the first week is on day %d or later", lateDay)},
		{"share_and_friend", shareWeight, "weight if both meeting_share_kakao and friend_add happened in the first week"},
	}
	return t
}

func average(weeks []*week, c cause) Cause {
	out := Cause{Event: names[c.kind], Threshold: c.threshold, Weight: c.weight}
	if c.kind == aiChatOpen {
		out.Since = releases[aiChatRelease].version
	}
	for _, w := range weeks {
		out.AverageEffect += 100 * w.effect(c.kind, c.threshold) / float64(len(weeks))
		if w.counts[c.kind] >= c.threshold {
			out.Share += 1 / float64(len(weeks))
		}
	}
	return out
}

func channelEffects(weeks []*week) []ChannelEffect {
	out := make([]ChannelEffect, len(channels))
	for i, c := range channels {
		out[i] = ChannelEffect{
			Channel: c.id, Source: c.source, Medium: c.medium, Campaign: c.campaign, Weight: c.effect, EagernessShift: c.eager,
		}
		for _, w := range weeks {
			out[i].AverageEffect += 100 * (w.through(i) - w.through(0)) / float64(len(weeks))
		}
	}
	return out
}
