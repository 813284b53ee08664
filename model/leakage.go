package model

import (
	"errors"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// Finding is what one leakage rule saw.
type Finding struct {
	// Rule is the rule's name, Checks what it looks for in one sentence.
	Rule   string        `json:"rule"`
	Checks phrase.Phrase `json:"checks"`
	// Failed stops the run; Detail says what was found, or what was looked at.
	Failed bool          `json:"failed"`
	Detail phrase.Phrase `json:"detail"`
}

// Evidence is what the leakage rules look at.
type Evidence struct {
	// Set is the feature set, nil where the columns came from elsewhere; X has the columns and Y the labels of the labelled users.
	Set *features.Set
	X   *Matrix
	Y   []bool
	// Label is the rule of Y, AsOf the local day number of the as-of instant, Day0 the day number of each row.
	Label features.Label
	AsOf  int
	Day0  []int
	// Excluded are the users whom a selection rule kept out although their label is known, by rule.
	Excluded map[string][]bool
	// Moved is how many users the selection treats otherwise once everything after their day 6 is taken away. Negative: not tried.
	Moved int
}

// leakageRule is one check with its name.
type leakageRule struct {
	name   string
	checks phrase.Phrase
	look   func(Evidence) (failed bool, detail phrase.Phrase)
}

var leakageRules = []leakageRule{
	{"selection-sees-future", phrase.Of("Who is in the table does not depend on anything after the first week."), selectionSeesFuture},
	{"selection-decides-label", phrase.Of("No rule that keeps users out keeps out only one kind of label."), selectionDecidesLabel},
	{"window-overlap", phrase.Of("The first week ends before the label window begins, and no feature looks past day 6."), windowOverlap},
	{"immature-label", phrase.Of("Every labelled user's label window lies before the as-of instant."), immatureLabel},
	{"identifier", phrase.Of("No column names a person: no id, and no category with nearly one level a user."), identifier},
	{"absolute-time", phrase.Of("No column is a date or follows the date of the first visit."), absoluteTime},
	{"too-good", phrase.Of("No single column tells the label by itself."), tooGood},
}

// Leakage applies every rule. A run with a failed finding must not publish.
func Leakage(e Evidence) []Finding {
	findings := make([]Finding, len(leakageRules))
	for i, r := range leakageRules {
		failed, detail := r.look(e)
		findings[i] = Finding{Rule: r.name, Checks: r.checks, Failed: failed, Detail: detail}
	}
	return findings
}

// LeakageError sums up the failed findings, nil where there are none.
func LeakageError(findings []Finding) error {
	if said := Leaks(findings); !said.Empty() {
		return errors.New(said.String())
	}
	return nil
}

// Leaks is what LeakageError says, empty where nothing failed.
func Leaks(findings []Finding) phrase.Phrase {
	var all phrase.Phrase
	for _, f := range findings {
		if !f.Failed {
			continue
		}
		if one := phrase.Of("%s: %s", f.Rule, f.Detail); all.Empty() {
			all = one
		} else {
			all = phrase.Of("%s; %s", all, one)
		}
	}
	if all.Empty() {
		return all
	}
	return phrase.Of("leakage: %s", all)
}

func selectionSeesFuture(e Evidence) (bool, phrase.Phrase) {
	switch {
	case e.Moved < 0:
		return false, phrase.Of("not tried: the table was given, not selected here")
	case e.Moved > 0:
		return true, phrase.Plural(e.Moved, phrase.Of("1 user is selected otherwise once everything after their day 6 is taken away"),
			phrase.Of("%d users are selected otherwise once everything after their day 6 is taken away", e.Moved))
	}
	return false, phrase.Of("the same users are selected once everything after each user's day 6 is taken away")
}

// selectionDecidesLabel catches the published mistake: users dropped by a flag that is computed from their whole history, so
// that all those dropped have one label. A pure group of that size is impossible by chance below 1 in a million.
func selectionDecidesLabel(e Evidence) (bool, phrase.Phrase) {
	base := baseRate(e.Y)
	for _, rule := range sortedKeys(e.Excluded) {
		labels := e.Excluded[rule]
		rate := baseRate(labels)
		if len(labels) == 0 || (rate != 0 && rate != 1) {
			continue
		}
		p := base
		if rate == 0 {
			p = 1 - base
		}
		if chance := float64(len(labels)) * math.Log(p); chance < math.Log(1e-6) {
			if rate == 1 {
				return true, phrase.Of("the rule %q keeps out %d users who all have the label true, while %.1f %% of the others revisit",
					ExclusionWords(rule), len(labels), 100*base)
			}
			return true, phrase.Of("the rule %q keeps out %d users who all have the label false, while %.1f %% of the others revisit",
				ExclusionWords(rule), len(labels), 100*base)
		}
	}
	return false, phrase.Of("rules that keep users out looked at: %d", len(e.Excluded))
}

func windowOverlap(e Evidence) (bool, phrase.Phrase) {
	if e.Label.Gap < features.WeekDays {
		return true, phrase.Of("the label window begins on day %d, inside the first week", e.Label.Gap)
	}
	if e.Set != nil {
		if err := e.Set.Validate(); err != nil {
			return true, phrase.Name(err.Error())
		}
	}
	return false, phrase.Of("features end with day %d, the label window is days %d to %d", features.WeekDays-1, e.Label.Gap, e.Label.LastDay())
}

func immatureLabel(e Evidence) (bool, phrase.Phrase) {
	immature := 0
	for _, day := range e.Day0 {
		if e.AsOf-day <= e.Label.LastDay() {
			immature++
		}
	}
	if immature > 0 {
		return true, phrase.Plural(immature, phrase.Of("1 user is labelled before their day %d is wholly in the data", e.Label.LastDay()),
			phrase.Of("%d users are labelled before their day %d is wholly in the data", immature, e.Label.LastDay()))
	}
	return false, phrase.Plural(len(e.Day0), phrase.Of("1 labelled user"), phrase.Of("%d labelled users", len(e.Day0)))
}

var (
	idName   = regexp.MustCompile(`(^|_)(id|uid|uuid|user_key|pseudo_id|token|email)($|_)`)
	dateName = regexp.MustCompile(`(^|_)(date|timestamp|julianday|month|year|first_engagement|first_touch|created|ts)($|_)`)
)

func identifier(e Evidence) (bool, phrase.Phrase) {
	for _, c := range e.X.Columns {
		if idName.MatchString(c.Name) && !aboutAction(e.Set, c.Name) {
			return true, phrase.Of("the column %s is named like an identifier", c.Name)
		}
		if rows := e.X.Rows(); c.Category() && rows >= 50 && len(c.Levels)*2 > rows {
			return true, phrase.Of("the column %s has %d levels for %d users", c.Name, len(c.Levels), rows)
		}
	}
	return false, columnsSeen(len(e.X.Columns))
}

// absoluteTime finds date columns by name, and number columns that rise with day 0 almost without exception.
func absoluteTime(e Evidence) (bool, phrase.Phrase) {
	for _, c := range e.X.Columns {
		if dateName.MatchString(c.Name) && !aboutAction(e.Set, c.Name) {
			return true, phrase.Of("the column %s is named like a date", c.Name)
		}
		if c.Category() || len(e.Day0) < 50 {
			continue
		}
		if r := rankCorrelation(c.Values, e.Day0); math.Abs(r) > 0.95 {
			return true, phrase.Of("the column %s follows the date of the first visit (rank correlation %.2f)", c.Name, r)
		}
	}
	return false, columnsSeen(len(e.X.Columns))
}

func columnsSeen(n int) phrase.Phrase {
	return phrase.Plural(n, phrase.Of("1 column looked at"), phrase.Of("%d columns looked at", n))
}

// aboutAction spares columns that are named after one of the app's own events or screens.
func aboutAction(set *features.Set, name string) bool {
	if set == nil {
		return false
	}
	i, ok := set.Index(name)
	return ok && (set.Features[i].Action != "" || strings.HasPrefix(name, "screen_"))
}

// suspiciousAUC is far above what any first-week behaviour reaches on real apps (0.84 on twelve measured logs).
const suspiciousAUC = 0.97

func tooGood(e Evidence) (bool, phrase.Phrase) {
	best, name := 0.5, "none"
	for _, c := range e.X.Columns {
		auc := metrics.AUC(columnScore(c, e.Y), e.Y)
		if auc = max(auc, 1-auc); auc > best {
			best, name = auc, c.Name
		}
	}
	if best > suspiciousAUC {
		return true, phrase.Of("the column %s alone has an AUC of %.3f", name, best)
	}
	return false, phrase.Of("the best single column, %s, has an AUC of %.3f", name, best)
}

// columnScore ranks the users by one column: a number as it is, missing below all others; a category by how many revisit among the
// others of its level.
func columnScore(c Column, y []bool) []float64 {
	score := make([]float64, len(c.Values))
	if c.Category() {
		levelRates(score, c, y)
		return score
	}
	for i, v := range c.Values {
		if score[i] = float64(v); v != v {
			score[i] = -math.MaxFloat64
		}
	}
	return score
}

// levelRates writes the rate of each row's level, learnt on every second row and told of the rows between, so that a level with
// one user says nothing of that user. Missing is a level of its own.
func levelRates(score []float64, c Column, y []bool) {
	level := func(i int) int {
		if v := c.Values[i]; v == v {
			return int(v)
		}
		return len(c.Levels)
	}
	rows, yes := [2][]float64{}, [2][]float64{}
	for half := range rows {
		rows[half], yes[half] = make([]float64, len(c.Levels)+1), make([]float64, len(c.Levels)+1)
	}
	for i := range c.Values {
		rows[i%2][level(i)]++
		if y[i] {
			yes[i%2][level(i)]++
		}
	}
	base := baseRate(y)
	for i := range c.Values {
		other, l := 1-i%2, level(i)
		score[i] = (yes[other][l] + base) / (rows[other][l] + 1)
	}
}

// rankCorrelation is Spearman's, over the rows where the value is known; 0 where fewer than half are.
func rankCorrelation(values []float32, day []int) float64 {
	var a, b []float64
	for i, v := range values {
		if v == v {
			a, b = append(a, float64(v)), append(b, float64(day[i]))
		}
	}
	if 2*len(a) < len(values) || len(a) < 2 {
		return 0
	}
	return correlation(ranks(a), ranks(b))
}

func ranks(v []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		switch {
		case v[i] < v[j]:
			return -1
		case v[i] > v[j]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(v))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && v[order[j]] == v[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			out[order[k]] = float64(i+j-1) / 2
		}
		i = j
	}
	return out
}

func correlation(a, b []float64) float64 {
	n := float64(len(a))
	var sa, sb, saa, sbb, sab float64
	for i := range a {
		sa, sb = sa+a[i], sb+b[i]
	}
	for i := range a {
		x, y := a[i]-sa/n, b[i]-sb/n
		saa, sbb, sab = saa+x*x, sbb+y*y, sab+x*y
	}
	if saa == 0 || sbb == 0 {
		return 0
	}
	return sab / math.Sqrt(saa*sbb)
}

func baseRate(y []bool) float64 {
	n := 0
	for _, v := range y {
		if v {
			n++
		}
	}
	return float64(n) / float64(max(len(y), 1))
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
