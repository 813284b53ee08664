package report

import (
	"cmp"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// Comparison is what changed since another version of the model, and why.
type Comparison struct {
	Version string `json:"version"`
	Against string `json:"against"`
	// Users are the newest people whom both versions scored; the figures of Paired are theirs.
	Users  int    `json:"users"`
	Paired Paired `json:"paired"`
	// Rate and RateThen are the base rates of the two reports. Mix is the part of their difference that comes of another mix of channels,
	// Within the part of a change within the channels; they add up to it.
	Rate     Interval `json:"base_rate"`
	RateThen Interval `json:"base_rate_then"`
	Mix      Number   `json:"rate_by_channel_mix"`
	Within   Number   `json:"rate_within_channels"`
	// Family and FamilyThen are the kinds of model. Added and Removed are columns.
	Family     string   `json:"family"`
	FamilyThen string   `json:"family_then"`
	Added      []string `json:"added"`
	Removed    []string `json:"removed"`
	// Moved are the features whose contributions changed most, Verdicts the actions whose verdict is another one.
	Moved    []MovedFeature   `json:"moved"`
	Verdicts []ChangedVerdict `json:"verdicts"`
	// Why says it in whole sentences, the weightiest first. It is written by Compare.
	Why []phrase.Phrase `json:"why"`
}

// Paired is how two versions do on the same people.
type Paired struct {
	AUC     Interval `json:"auc"`
	AUCThen Interval `json:"auc_then"`
	// Gain is AUC less AUCThen, Loss the log loss less the other's, each with its paired interval.
	Gain Interval `json:"auc_gain"`
	Loss Interval `json:"log_loss_change"`
	// Seen tells that one of the versions learnt from data after the first of these people came, so that it may have learnt from them.
	Seen bool `json:"may_have_learnt_from_them"`
}

// MovedFeature is a feature whose mean absolute contribution changed; NaN where a version does not have it.
type MovedFeature struct {
	Name  string        `json:"name"`
	Label phrase.Phrase `json:"label"`
	Size  Number        `json:"size"`
	Then  Number        `json:"size_then"`
}

// ChangedVerdict is an action with another verdict than before; an empty one is of an action that was not looked at.
type ChangedVerdict struct {
	Action  string        `json:"action"`
	Label   phrase.Phrase `json:"label"`
	Verdict string        `json:"verdict"`
	Then    string        `json:"verdict_then"`
}

// mostMoved is how many features a comparison names.
const mostMoved = 8

// Compare says what changed from one report to another. users is how many people the paired figures are of.
func Compare(now, then Data, paired Paired, users int) *Comparison {
	// Groups of either side are guarded as on their pages.
	now, then = guardGroups(now), guardGroups(then)
	c := &Comparison{
		Version: now.Meta.ModelVersion, Against: then.Meta.ModelVersion, Users: users, Paired: paired,
		Rate: now.Summary.BaseRate, RateThen: then.Summary.BaseRate, Family: family(now), FamilyThen: family(then),
		Moved: moved(now.Matters.Effects, then.Matters.Effects), Verdicts: verdictChanges(now.Moments, then.Moments),
	}
	c.Added, c.Removed = apartNames(now.Matters.Effects, then.Matters.Effects)
	c.Mix, c.Within = decompose(now.Retention.Channels, then.Retention.Channels)
	c.Why = c.reasons()
	return c
}

func family(d Data) string {
	for _, m := range d.Quality.Models {
		if m.Chosen {
			return m.Name
		}
	}
	return ""
}

func apartNames(now, then []Effect) (added, removed []string) {
	without := func(a, b []Effect) (names []string) {
		for _, e := range a {
			if !slices.ContainsFunc(b, func(o Effect) bool { return o.Name == e.Name }) {
				names = append(names, e.Name)
			}
		}
		slices.Sort(names)
		return names
	}
	return without(now, then), without(then, now)
}

func moved(now, then []Effect) []MovedFeature {
	var list []MovedFeature
	for _, e := range now {
		at := slices.IndexFunc(then, func(o Effect) bool { return o.Name == e.Name })
		if at >= 0 && finite(e.Size.Value) && finite(then[at].Size.Value) {
			list = append(list, MovedFeature{e.Name, e.Label, Number(e.Size.Value), Number(then[at].Size.Value)})
		}
	}
	change := func(m MovedFeature) float64 { return math.Abs(float64(m.Size - m.Then)) }
	slices.SortStableFunc(list, func(a, b MovedFeature) int { return cmp.Compare(change(b), change(a)) })
	return keep(list[:min(len(list), mostMoved)], func(m *MovedFeature) bool { return change(*m) > 0.005 })
}

func verdictChanges(now, then Moments) []ChangedVerdict {
	before := map[string]Moment{}
	for _, m := range then.List {
		before[m.Action] = m
	}
	var list []ChangedVerdict
	for _, m := range now.List {
		if old := before[m.Action]; old.Verdict != m.Verdict {
			list = append(list, ChangedVerdict{m.Action, m.Label, m.Verdict, old.Verdict})
		}
		delete(before, m.Action)
	}
	for _, m := range then.List {
		if _, gone := before[m.Action]; gone {
			list = append(list, ChangedVerdict{m.Action, m.Label, "", m.Verdict})
		}
	}
	return list
}

// decompose divides the difference of two rates into what another mix of channels makes and what changed within the channels, each
// weighted by the mean of both times. Both are NaN without channels. Reference: Kitagawa, Journal of the American Statistical
// Association 50 (1955).
func decompose(now, then []Channel) (mix, within Number) {
	if len(now) == 0 || len(then) == 0 {
		return Number(math.NaN()), Number(math.NaN())
	}
	share := func(list []Channel, name string) (share, rate float64) {
		all := 0
		for _, c := range list {
			all += c.Users
			if c.Name == name {
				share, rate = float64(c.Users), float64(c.Revisiting)/float64(c.Users)
			}
		}
		return share / float64(all), rate
	}
	var names []string
	for _, c := range slices.Concat(now, then) {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		s, p := share(now, name)
		s0, p0 := share(then, name)
		// A channel that was not there at one of the times can only change the mix.
		if s == 0 {
			p = p0
		}
		if s0 == 0 {
			p0 = p
		}
		mix += Number((s - s0) * (p + p0) / 2)
		within += Number((p - p0) * (s + s0) / 2)
	}
	return mix, within
}
