package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// minute writes the sentences at the top of the page, from guarded data. Each is a function of the figures shown further
// down; one that they do not carry is left out.
func minute(d Data) []phrase.Phrase {
	var out []phrase.Phrase
	for _, s := range []string{
		sizeSentence(d), rateSentence(d), modelSentence(d.Quality), mattersSentence(d), channelSentence(d.Retention.Channels),
		caveatSentence(d),
	} {
		if s != "" {
			out = append(out, phrase.Name(s))
		}
	}
	return out
}

func sizeSentence(d Data) string {
	s := d.Summary
	if s.Users == 0 {
		return fmt.Sprintf("The log holds fewer than %d people, too few to say anything about.", SmallestCell)
	}
	text := fmt.Sprintf("The log holds %s events of %s people", count(s.Events), count(s.Users))
	if d.Meta.From != "" && d.Meta.To != "" {
		text += fmt.Sprintf(" from %s to %s", d.Meta.From, d.Meta.To)
	}
	if s.Cohort == 0 {
		return text + fmt.Sprintf("; fewer than %d of them are new and have been followed to the end of the window.",
			SmallestCell)
	}
	return text + fmt.Sprintf("; %s of them are new and have been followed long enough to know whether they revisit.",
		count(s.Cohort))
}

func rateSentence(d Data) string {
	r := d.Summary.BaseRate
	if !finite(r.Value) {
		return ""
	}
	text := fmt.Sprintf("%s of these new people revisit", percent(r.Value))
	if r.bounded() {
		text += fmt.Sprintf(" (95 %% interval %s to %s %%)", decimal(1, 100*r.Low), decimal(1, 100*r.High))
	}
	if !d.Meta.LabelWords.Empty() {
		text += ": " + d.Meta.LabelWords.String()
	}
	return text + "."
}

// modelSentence says what the chosen model knows. It claims skill only where the interval of its AUC lies above 0.5, and
// more than counting visit days only where the paired interval of the gain lies above 0, or the two intervals do not meet.
func modelSentence(q Quality) string {
	if !q.Skipped.Empty() {
		return "No model was trained: " + strings.TrimSuffix(q.Skipped.String(), ".") + "."
	}
	at := slices.IndexFunc(q.Models, func(m Model) bool { return m.Chosen })
	if at < 0 || !finite(q.Models[at].AUC.Value) {
		return ""
	}
	m := q.Models[at]
	name := fmt.Sprintf("The chosen model (%s)", m.Name)
	if !m.AUC.bounded() {
		return fmt.Sprintf("%s has an AUC of %s on the newest people, but with no interval nothing can be said of its skill.",
			name, decimal(3, m.AUC.Value))
	}
	figure := fmt.Sprintf("AUC %s, 95 %% interval %s to %s",
		decimal(3, m.AUC.Value), decimal(3, m.AUC.Low), decimal(3, m.AUC.High))
	switch {
	case m.AUC.High < 0.5:
		return fmt.Sprintf("%s does worse than chance on the newest people (%s): it must not be used.", name, figure)
	case m.AUC.Low <= 0.5:
		return fmt.Sprintf("No skill was found: on the newest people %s cannot be told from guessing (%s).", lower(name), figure)
	}
	return fmt.Sprintf("Of a person who revisits and one who does not, %s picks the right one %s times in 100 on the "+
		"newest people (%s)%s.",
		lower(name), decimal(0, 100*m.AUC.Value), figure, againstVisitDays(q, m))
}

func againstVisitDays(q Quality, m Model) string {
	at := slices.IndexFunc(q.Models, func(b Model) bool { return b.VisitDays && !b.Chosen })
	if at < 0 {
		return ""
	}
	base := q.Models[at].AUC
	better, worse := base.bounded() && m.AUC.Low > base.High, base.bounded() && m.AUC.High < base.Low
	if q.Gain.bounded() {
		better, worse = q.Gain.Low > 0, q.Gain.High < 0
	}
	beside := fmt.Sprintf("counting visit days alone (AUC %s)", decimal(3, base.Value))
	switch {
	case better:
		return ", more than " + beside
	case worse:
		return ", less than " + beside
	}
	return ", which is no clear gain over " + beside
}

func mattersSentence(d Data) string {
	if len(d.Matters.Importance) == 0 || !d.Quality.Skipped.Empty() {
		return ""
	}
	var names []string
	for _, i := range sortedImportance(d.Matters.Importance) {
		if i.Clear && len(names) < 3 {
			names = append(names, cmp.Or(i.Label.String(), i.Name)+effectWords(d.Matters.Effects, i.Name))
		}
	}
	if len(names) == 0 {
		return "None of the first-week features can be told from noise on its own."
	}
	return fmt.Sprintf("Of what people do in their first week, the model leans most on %s; they go along with revisiting, "+
		"which does not show that they cause it.", list(names))
}

// effectWords says in brackets which way the model's score moves with the feature, where it has one direction.
func effectWords(effects []Effect, name string) string {
	at := slices.IndexFunc(effects, func(e Effect) bool { return e.Name == name })
	if at < 0 {
		return ""
	}
	if never := float64(effects[at].Never); never < 0 {
		return " (never doing it lowers the score)"
	} else if never > 0 {
		return " (never doing it raises the score)"
	}
	switch direction(effects[at].Direction) {
	case raises:
		return " (more of it raises the score)"
	case lowers:
		return " (more of it lowers the score)"
	}
	return ""
}

func sortedImportance(in []Importance) []Importance {
	out := slices.Clone(in)
	slices.SortStableFunc(out, func(a, b Importance) int { return cmp.Compare(b.AUC.Value, a.AUC.Value) })
	return out
}

// channelSentence names the two ends of the channels when their intervals, widened for the number of pairs compared, lie apart.
func channelSentence(channels []Channel) string {
	named := keep(channels, func(c *Channel) bool { return c.Name != OtherChannels })
	if len(named) < 2 {
		return ""
	}
	best := slices.MaxFunc(named, func(a, b Channel) int { return cmp.Compare(a.Rate.Value, b.Rate.Value) })
	worst := slices.MinFunc(named, func(a, b Channel) int { return cmp.Compare(a.Rate.Value, b.Rate.Value) })
	if !apart(best, worst, len(named)*(len(named)-1)/2) {
		return fmt.Sprintf("The %d channels with enough people do not differ by more than chance would give.", len(named))
	}
	return fmt.Sprintf("By channel, people from %s revisit most (%s of %s) and people from %s least (%s of %s).",
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
func caveatSentence(d Data) string {
	var failed []string
	for _, r := range d.Leakage {
		if r.Failed {
			failed = append(failed, r.Rule)
		}
	}
	switch {
	case len(failed) > 0:
		return fmt.Sprintf("Do not act on these figures: the leakage check failed (%s).", list(failed))
	case !d.Meta.NotPublished.Empty() && d.Quality.Skipped.Empty():
		return "The model was not published, so do not act on what it leans on: see the reason at the top of the page."
	case len(d.Summary.Warnings) > 0:
		return "Take care: " + lower(strings.TrimSuffix(d.Summary.Warnings[0].String(), ".")) + "."
	case d.Meta.Simulated:
		return "All of this is simulated; it says nothing about any real app."
	case d.Quality.Rows > 0 && min(d.Quality.Revisiting, d.Quality.Rows-d.Quality.Revisiting) < 100:
		return fmt.Sprintf("The model is judged on only %s people, fewer than 100 of them with one of the "+
			"two answers, so its figures are rough.",
			count(d.Quality.Rows))
	}
	return ""
}

// lower makes the first letter small where a sentence goes on, but leaves names in capitals.
func lower(s string) string {
	if len(s) < 2 || strings.ToUpper(s[:2]) == s[:2] {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
