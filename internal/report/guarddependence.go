package report

import (
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"
)

// unknown is a figure that is not known.
var unknown = Number(math.NaN())

// bin is one bin of a dependence with the two halves of its people.
type bin struct {
	all, low, high DependencePoint
}

// smallest is the smallest group that can be told from the bin: all, a half, or those in neither half. Empty ones do not count.
func (b bin) smallest() int {
	least := b.all.Users
	for _, n := range []int{b.low.Users, b.high.Users, b.all.Users - b.low.Users - b.high.Users} {
		if n > 0 {
			least = min(least, n)
		}
	}
	return least
}

func joinBin(a, b bin) bin {
	return bin{joinPoint(a.all, b.all), joinPoint(a.low, b.low), joinPoint(a.high, b.high)}
}

func joinPoint(a, b DependencePoint) DependencePoint {
	switch {
	case a.Users == 0:
		a.Mean = b.Mean
	case b.Users > 0:
		a.Mean = pool(a.Mean, a.Users, b.Mean, b.Users)
	}
	a.To, a.Users = b.To, a.Users+b.Users
	return a
}

// guardDependence joins neighbours until each bin holds enough people, and enough of either half or none of it: everybody less one half
// is the other, so that all three are cut alike. Halves that cannot be are left out, as are a few people without a value; how many people
// a dependence is about is not shown.
func guardDependence(in []Dependence) []Dependence {
	return keep(in, func(d *Dependence) bool {
		bins := binned(d.Points)
		if halved, ok := halve(bins, *d); ok {
			if d.show(guardBins(halved)); len(d.Low) > 0 && len(d.High) > 0 {
				return true
			}
		}
		d.With, d.WithLabel, d.Split = "", phrase.Phrase{}, unknown
		d.show(guardBins(bins))
		return len(d.Points) > 0
	})
}

// binned are bins without halves.
func binned(points []DependencePoint) []bin {
	var out []bin
	for _, p := range points {
		if p.Users > 0 {
			empty := DependencePoint{From: p.From, To: p.To, Level: p.Level, Missing: p.Missing}
			out = append(out, bin{p, empty, empty})
		}
	}
	return out
}

// halve puts the halves into copies of the bins; false where there are none, or where they are cut otherwise.
func halve(bins []bin, d Dependence) ([]bin, bool) {
	out := slices.Clone(bins)
	for _, half := range []struct {
		points []DependencePoint
		of     func(*bin) *DependencePoint
	}{
		{d.Low, func(b *bin) *DependencePoint { return &b.low }},
		{d.High, func(b *bin) *DependencePoint { return &b.high }},
	} {
		people := 0
		for _, p := range half.points {
			k := slices.IndexFunc(out, func(b bin) bool { return sameBin(b.all, p) })
			if p.Users == 0 {
				continue
			}
			if k < 0 || half.of(&out[k]).Users > 0 {
				return nil, false
			}
			*half.of(&out[k]) = p
			people += p.Users
		}
		if people < SmallestCell {
			return nil, false
		}
	}
	return out, !slices.ContainsFunc(out, func(b bin) bool { return b.low.Users+b.high.Users > b.all.Users })
}

func sameBin(a, b DependencePoint) bool {
	same := func(a, b Number) bool { return a == b || a != a && b != b } //nolint:staticcheck // NaN is not itself
	return a.Level == b.Level && a.Missing == b.Missing && (a.Missing || a.Level != "" || same(a.From, b.From) && same(a.To, b.To))
}

// guardBins joins what is too small: numbers with their neighbours, levels under one name. It is empty where that is not enough.
func guardBins(bins []bin) []bin {
	var numbers, levels []bin
	var missing *bin
	category := slices.ContainsFunc(bins, func(b bin) bool { return b.all.Level != "" })
	for _, b := range bins {
		switch {
		case category:
			levels = append(levels, b)
		case b.all.Missing:
			missing = &b
		default:
			numbers = append(numbers, b)
		}
	}
	if category {
		return guardLevels(levels)
	}
	if len(numbers) == 0 {
		return nil
	}
	numbers = runs(numbers, bin.smallest, joinBin)
	if missing != nil && len(numbers) > 0 && missing.all.Users >= SmallestCell {
		if missing.smallest() < SmallestCell {
			missing.low.Users, missing.high.Users = 0, 0
		}
		numbers = append(numbers, *missing)
	}
	return numbers
}

// guardLevels keeps the order of the levels, the joined ones last.
func guardLevels(levels []bin) []bin {
	kept, rest := joinSmall(levels, bin.smallest, joinBin)
	out := slices.DeleteFunc(slices.Clone(levels), func(b bin) bool {
		return !slices.ContainsFunc(kept, func(k bin) bool { return sameBin(k.all, b.all) })
	})
	if rest == nil {
		return out
	}
	for _, p := range []*DependencePoint{&rest.all, &rest.low, &rest.high} {
		p.Level, p.Missing, p.From, p.To = OtherGroups, false, unknown, unknown
	}
	return append(out, *rest)
}

// show puts bins in the place of the points.
func (d *Dependence) show(bins []bin) {
	d.Points, d.Low, d.High = nil, nil, nil
	for _, b := range bins {
		d.Points = append(d.Points, b.all)
		if b.low.Users > 0 {
			d.Low = append(d.Low, b.low)
		}
		if b.high.Users > 0 {
			d.High = append(d.High, b.high)
		}
	}
}
