package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// minute writes the sentences at the top of the page, from guarded data. Each is a function of the figures shown further
// down; one that they do not carry is left out.
func minute(d Data) []phrase.Phrase {
	said := []phrase.Phrase{
		sizeSentence(d), rateSentence(d), modelSentence(d.Quality), momentsSentence(d), moneySentence(d), caveatSentence(d),
	}
	return keep(said, func(p *phrase.Phrase) bool { return !p.Empty() })
}

func sizeSentence(d Data) phrase.Phrase {
	s := d.Summary
	if s.Users == 0 {
		return phrase.Of("The log holds fewer than %d people, too few to say anything about.", SmallestCell)
	}
	held := phrase.Of("%s events of %s people", count(s.Events), count(s.Users))
	if d.Meta.From != "" && d.Meta.To != "" {
		held = phrase.Of("%s events of %s people from %s to %s", count(s.Events), count(s.Users), d.Meta.From, d.Meta.To)
	}
	if s.Cohort == 0 {
		return phrase.Of("The log holds %s; fewer than %d of them are new and have been followed to the end of the window.", held, SmallestCell)
	}
	return phrase.Of("The log holds %s; %s of them are new and have been followed long enough to know whether they revisit.",
		held, count(s.Cohort))
}

func rateSentence(d Data) phrase.Phrase {
	r := d.Summary.BaseRate
	if !r.bounded() {
		return phrase.Phrase{}
	}
	share, low, high := percent(r.Value), decimal(1, 100*r.Low), percent(r.High)
	if d.Meta.LabelWords.Empty() {
		return phrase.Of("%s of these new people revisit (95 %% interval %s to %s).", share, low, high)
	}
	return phrase.Of("%s of these new people revisit (95 %% interval %s to %s): %s.", share, low, high, d.Meta.LabelWords)
}

// modelSentence says what the chosen model knows. It claims skill only where the interval of its AUC lies above 0.5, and
// more than counting visit days only where the paired interval of the gain lies above 0, or the two intervals do not meet.
func modelSentence(q Quality) phrase.Phrase {
	if !q.Skipped.Empty() {
		return phrase.Of("No model was trained: %s", closed(q.Skipped))
	}
	at := slices.IndexFunc(q.Models, func(m Model) bool { return m.Chosen })
	if at < 0 || !finite(q.Models[at].AUC.Value) {
		return phrase.Phrase{}
	}
	m := q.Models[at]
	if !m.AUC.bounded() {
		return phrase.Of("The chosen model (%s) has an AUC of %s on the newest people, but with no interval nothing can be said of its skill.",
			m.Name, decimal(3, m.AUC.Value))
	}
	figure := phrase.Of("AUC %s, 95 %% interval %s to %s", decimal(3, m.AUC.Value), decimal(3, m.AUC.Low), decimal(3, m.AUC.High))
	switch {
	case m.AUC.High < 0.5:
		return phrase.Of("The chosen model (%s) does worse than chance on the newest people (%s): it must not be used.", m.Name, figure)
	case m.AUC.Low <= 0.5:
		return phrase.Of("No skill was found: on the newest people the chosen model (%s) cannot be told from guessing (%s).", m.Name, figure)
	}
	return phrase.Of("Of a person who revisits and one who does not, the chosen model (%s) picks the right one %s times in 100 on the "+
		"newest people (%s)%s.",
		m.Name, decimal(0, 100*m.AUC.Value), figure, againstVisitDays(q, m))
}

// againstVisitDays goes on a sentence, empty where there is no such baseline.
func againstVisitDays(q Quality, m Model) phrase.Phrase {
	at := slices.IndexFunc(q.Models, func(b Model) bool { return b.VisitDays && !b.Chosen })
	if at < 0 {
		return phrase.Phrase{}
	}
	base := q.Models[at].AUC
	better, worse := base.bounded() && m.AUC.Low > base.High, base.bounded() && m.AUC.High < base.Low
	if q.Gain.bounded() {
		better, worse = q.Gain.Low > 0, q.Gain.High < 0
	}
	figure := decimal(3, base.Value)
	switch {
	case better:
		return phrase.Of(", more than counting visit days alone (AUC %s)", figure)
	case worse:
		return phrase.Of(", less than counting visit days alone (AUC %s)", figure)
	}
	return phrase.Of(", which is no clear gain over counting visit days alone (AUC %s)", figure)
}

// most is how many actions, features or signs a sentence names.
const most = 3

// momentsSentence names the actions that may be why people revisit; where no action was looked at, what the model leans on.
func momentsSentence(d Data) phrase.Phrase {
	list := d.Moments.List
	if len(list) == 0 {
		return mattersSentence(d)
	}
	causes, signs := byVerdict(list, Cause), byVerdict(list, Sign)
	if len(causes) == 0 {
		text := phrase.Of("Of %d actions of the first week, none can be called a likely cause of revisiting", len(list))
		if len(signs) == 0 {
			return phrase.Of("%s.", text)
		}
		return phrase.Of("%s; the first to look at as signs of it: %s.", text, named(signs))
	}
	var parts []phrase.Phrase
	for _, m := range causes[:min(most, len(causes))] {
		parts = append(parts, phrase.Of("%s (%d or more times by day %d: %s points, 95 %% interval %s to %s)",
			momentName(m), m.Times, m.Day, signedPoints(m.Adjusted.Value), signedPoints(m.Adjusted.Low), signedPoints(m.Adjusted.High)))
	}
	if len(causes) == 1 {
		return phrase.Of("Of %d actions of the first week, 1 is likely a cause of revisiting: %s.", len(list), phrase.List(parts...))
	}
	if len(causes) > most {
		return phrase.Of("Of %d actions of the first week, %d are likely causes of revisiting, foremost %s.",
			len(list), len(causes), phrase.List(parts...))
	}
	return phrase.Of("Of %d actions of the first week, %d are likely causes of revisiting: %s.", len(list), len(causes), phrase.List(parts...))
}

func byVerdict(list []Moment, verdict string) []Moment {
	return keep(list, func(m *Moment) bool { return m.Verdict == verdict })
}

// momentName is what a reader calls the action.
func momentName(m Moment) phrase.Phrase {
	if m.Label.Empty() {
		return phrase.Name(m.Action)
	}
	return m.Label
}

// named lists the names of the first few.
func named(list []Moment) phrase.Phrase {
	var parts []phrase.Phrase
	for _, m := range list[:min(most, len(list))] {
		parts = append(parts, momentName(m))
	}
	return phrase.List(parts...)
}

func mattersSentence(d Data) phrase.Phrase {
	if len(d.Matters.Importance) == 0 || !d.Quality.Skipped.Empty() {
		return phrase.Phrase{}
	}
	var names []phrase.Phrase
	for _, i := range sortedImportance(d.Matters.Importance) {
		if i.Clear && len(names) < most {
			names = append(names, phrase.Of("%s%s", labelOr(i.Label, i.Name), effectWords(d.Matters.Effects, i.Name)))
		}
	}
	if len(names) == 0 {
		return phrase.Of("None of the first-week features can be told from noise on its own.")
	}
	return phrase.Of("Of what people do in their first week, the model leans most on %s; they go along with revisiting, "+
		"which does not show that they cause it.", phrase.List(names...))
}

func labelOr(label phrase.Phrase, name string) phrase.Phrase {
	if label.Empty() {
		return phrase.Name(name)
	}
	return label
}

// effectWords says in brackets which way the model's score moves with the feature, where it has one direction.
func effectWords(effects []Effect, name string) phrase.Phrase {
	at := slices.IndexFunc(effects, func(e Effect) bool { return e.Name == name })
	if at < 0 {
		return phrase.Phrase{}
	}
	if never := float64(effects[at].Never); never < 0 {
		return phrase.Of(" (never doing it lowers the score)")
	} else if never > 0 {
		return phrase.Of(" (never doing it raises the score)")
	}
	switch direction(effects[at].Direction) {
	case raises:
		return phrase.Of(" (more of it raises the score)")
	case lowers:
		return phrase.Of(" (more of it lowers the score)")
	}
	return phrase.Phrase{}
}

func sortedImportance(in []Importance) []Importance {
	out := slices.Clone(in)
	slices.SortStableFunc(out, func(a, b Importance) int { return cmp.Compare(b.AUC.Value, a.AUC.Value) })
	return out
}

// moneySentence says where the next budget should go; without ads, how the channels differ.
func moneySentence(d Data) phrase.Phrase {
	if d.Spend != nil && len(d.Spend.Advice) > 0 {
		return d.Spend.Advice[0]
	}
	return channelSentence(d.Retention.Channels)
}

// channelSentence names the two ends of the channels when their intervals, widened for the number of pairs compared, lie apart.
func channelSentence(channels []Channel) phrase.Phrase {
	named := keep(channels, func(c *Channel) bool { return c.Name != OtherChannels })
	if len(named) < 2 {
		return phrase.Phrase{}
	}
	best := slices.MaxFunc(named, func(a, b Channel) int { return cmp.Compare(a.Rate.Value, b.Rate.Value) })
	worst := slices.MinFunc(named, func(a, b Channel) int { return cmp.Compare(a.Rate.Value, b.Rate.Value) })
	if !apart(best, worst, len(named)*(len(named)-1)/2) {
		return phrase.Of("The %d channels with enough people do not differ by more than chance would give.", len(named))
	}
	return phrase.Of("By channel, people from %s revisit most (%s of %s) and people from %s least (%s of %s).",
		best.Name, percent(best.Rate.Value), count(best.Users), worst.Name, percent(worst.Rate.Value), count(worst.Users))
}

// apart is a test of two proportions at 5 % over the given number of pairs (Bonferroni), with the pooled standard error.
func apart(a, b Channel, pairs int) bool {
	pooled := float64(a.Revisiting+b.Revisiting) / float64(a.Users+b.Users)
	se := math.Sqrt(pooled * (1 - pooled) * (1/float64(a.Users) + 1/float64(b.Users)))
	z := (a.Rate.Value - b.Rate.Value) / se
	return z > 0 && math.Erfc(z/math.Sqrt2)*float64(pairs) < 0.05
}

// caveatSentence gives the caveat that matters most.
func caveatSentence(d Data) phrase.Phrase {
	var failed []phrase.Phrase
	for _, r := range d.Leakage {
		if r.Failed {
			failed = append(failed, phrase.Name(r.Rule))
		}
	}
	switch {
	case len(failed) > 0:
		return phrase.Of("Do not act on these figures: the leakage check failed (%s).", phrase.List(failed...))
	case !d.Meta.NotPublished.Empty() && d.Quality.Skipped.Empty():
		return phrase.Of("The model was not published, so do not act on what it leans on: see the reason at the top of the page.")
	case alarmed(d.Truth) >= 0:
		t := d.Truth[alarmed(d.Truth)]
		return phrase.Of("Do not trust the newest scores before it is known why: version %s foretold that %s revisit, and %s did.",
			t.Version, percent(float64(t.Predicted)), percent(t.Observed.Value))
	case len(d.Summary.Warnings) > 0:
		return phrase.Of("Take care: %s", d.Summary.Warnings[0])
	case d.Meta.Simulated:
		return phrase.Of("All of this is simulated; it says nothing about any real app.")
	case d.Quality.Rows > 0 && min(d.Quality.Revisiting, d.Quality.Rows-d.Quality.Revisiting) < 100:
		return phrase.Of("The model is judged on only %s people, fewer than 100 of them with one of the "+
			"two answers, so its figures are rough.",
			count(d.Quality.Rows))
	case len(byVerdict(d.Moments.List, Cause)) > 0:
		return phrase.Of("People chose for themselves what they did: only an experiment shows what would happen " +
			"if more of them were brought to do it.")
	}
	return phrase.Phrase{}
}

// alarmed is the first version whose scores did not hold, -1 where all held.
func alarmed(list []Truth) int {
	return slices.IndexFunc(list, func(t Truth) bool { return t.Status == "alarm" })
}

// closed ends a clause as a sentence ends, which some callers have done.
func closed(p phrase.Phrase) phrase.Phrase {
	if strings.HasSuffix(p.String(), ".") {
		return p
	}
	return phrase.Of("%s.", p)
}
