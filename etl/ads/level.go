package ads

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// errDouble is wrapped by the error of an input of which the sum would count money twice.
var errDouble = errors.New("the same spend may be in the input twice")

// The shares by which the spend of rows and of the finer rows in their place may differ. Meta does not serve all spend at the
// finest level, so that a little is usual; where much is missing the finer rows are not all there.
const (
	usualGap = 0.005
	tooMuch  = 0.10
)

// finest leaves out rows of which the parts are there as rows of a finer level, or as rows by network, and counts them.
type finest struct {
	kept            []row
	totals, coarser int64
	// whole and parts are the spend of the rows left out, by level, and of those that stand in their place.
	whole, parts [levels]float64
	// wholeDays and partsDays are the spend of the totals of days, and of the rows of these days.
	wholeDays, partsDays float64
}

// keepFinest works on the rows of one input in the order of days.
func keepFinest(rows []row) (*finest, error) {
	f := &finest{}
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && rows[to].day == rows[from].day {
			to++
		}
		before := len(f.kept)
		totals, others := dayTotals(rows[from:to])
		if err := f.day(others); err != nil {
			return nil, err
		}
		f.sumDay(totals, f.kept[before:])
		from = to
	}
	return f, f.check()
}

// dayTotals parts the totals of a whole day from its rows, unless there are no others.
func dayTotals(rows []row) (totals, others []row) {
	for _, r := range rows {
		if r.total && r.level() == levelAccount && r.path[levelAccount] == "" {
			totals = append(totals, r)
		} else {
			others = append(others, r)
		}
	}
	if len(others) == 0 {
		return nil, totals
	}
	return totals, others
}

// sumDay counts the totals of a day with what they are the totals of.
func (f *finest) sumDay(totals, kept []row) {
	for i := range totals {
		f.totals++
		f.wholeDays += totals[i].spend.x
	}
	for i := range kept {
		if len(totals) > 0 {
			f.partsDays += kept[i].spend.x
		}
	}
}

// place is a path cut to a level; only places of the same account and names above are parts of one another.
type place struct {
	path  [levels]string
	level int
}

func (r *row) at(level int) place {
	p := place{level: level}
	copy(p.path[:level+1], r.path[:level+1])
	return p
}

// above calls take with the places that the row is a part of.
func (r *row) above(take func(place)) {
	for l := range r.level() {
		if l == levelAccount || r.path[l] != "" {
			take(r.at(l))
		}
	}
}

// spots are the networks that rows at a place have; "" is of all networks together.
type spots map[place][]string

func (s spots) add(p place, network string) {
	if !slices.Contains(s[p], network) {
		s[p] = append(s[p], network)
	}
}

// meets is whether rows at the place may hold money of the network.
func (s spots) meets(p place, network string) bool {
	return slices.ContainsFunc(s[p], func(n string) bool { return n == network || n == "" || network == "" })
}

func (f *finest) day(rows []row) error {
	if err := checkNames(rows); err != nil {
		return err
	}
	finer, byNetwork := spots{}, spots{}
	for i := range rows {
		r := &rows[i]
		r.above(func(p place) { finer.add(p, r.network) })
		if r.network != "" {
			byNetwork.add(r.at(r.level()), r.network)
		}
	}
	covered := spots{}
	from := len(f.kept)
	for i := range rows {
		r := &rows[i]
		here := r.at(r.level())
		if !finer.meets(here, r.network) && (r.network != "" || len(byNetwork[here]) == 0) {
			f.kept = append(f.kept, *r)
			continue
		}
		covered.add(here, r.network)
		f.whole[here.level] += r.spend.x
		if r.total {
			f.totals++
		} else {
			f.coarser++
		}
	}
	for i := range f.kept[from:] {
		r := &f.kept[from+i]
		count := func(p place) {
			if covered.meets(p, r.network) {
				f.parts[p.level] += r.spend.x
			}
		}
		r.above(count)
		count(r.at(r.level()))
	}
	return nil
}

// checkNames refuses a day in which it cannot be told which rows are parts of which: where some name the account or the campaign
// and others, which may be the same, do not.
func checkNames(rows []row) error {
	unnamed, named := map[string]bool{}, map[string]bool{}
	sets, gaps := map[[2]string]bool{}, map[[2]string]bool{}
	orphans, campaigns := false, false
	for i := range rows {
		r := &rows[i]
		if r.path[levelAccount] == "" {
			unnamed[r.path[levelCampaign]] = true
		} else {
			named[r.path[levelCampaign]] = true
		}
		campaign := [2]string{r.path[levelAccount], r.path[levelCampaign]}
		switch {
		case r.gap() && r.path[levelCampaign] == "":
			orphans = true
		case r.gap():
			gaps[campaign] = true
		case r.level() >= levelCampaign:
			campaigns = true
			if r.level() >= levelAdSet {
				sets[campaign] = true
			}
		}
	}
	for name := range unnamed {
		if named[name] || len(named) > 0 && (name == "" || named[""]) {
			return fmt.Errorf("%w: of %s there are rows with and without the name of the account; export both with it", errDouble,
				rows[0].day)
		}
	}
	if orphans && campaigns {
		return fmt.Errorf("%w: of %s there are rows with and without the name of the campaign; export both with it", errDouble,
			rows[0].day)
	}
	for campaign := range gaps {
		if sets[campaign] {
			return fmt.Errorf("%w: of %s there are rows of one campaign with and without the name of the ad set; export both with it",
				errDouble, rows[0].day)
		}
	}
	return nil
}

// check compares what was left out with what stands in its place.
func (f *finest) check() error {
	if gapOf(f.wholeDays, f.partsDays) > tooMuch {
		return fmt.Errorf("%w: the totals of days add up to %s, the rows of these days to %s: export again without totals", errDouble,
			money(f.wholeDays), money(f.partsDays))
	}
	for l := range levels {
		if gapOf(f.whole[l], f.parts[l]) > tooMuch {
			return fmt.Errorf("%w: rows of the level %s add up to %s, the finer rows in their place to %s: these are not parts of "+
				"those; give one level only", errDouble, levelNames[l], money(f.whole[l]), money(f.parts[l]))
		}
	}
	return nil
}

// gapOf is the difference of two sums as a share of the larger one.
func gapOf(a, b float64) float64 {
	if most := max(a, b); most > 0 {
		return math.Abs(a-b) / most
	}
	return 0
}

// warnings tell of differences that are more than rounding.
func (f *finest) warnings() (list []string) {
	if gapOf(f.wholeDays, f.partsDays) > usualGap {
		list = append(list, fmt.Sprintf("the totals of days add up to %s, the rows of these days to %s: is the export whole?",
			money(f.wholeDays), money(f.partsDays)))
	}
	for l := range levels {
		if gapOf(f.whole[l], f.parts[l]) > usualGap {
			list = append(list, fmt.Sprintf("rows of the level %s add up to %s, the finer rows that were kept in their place to %s: "+
				"not all spend is told at the finer level", levelNames[l], money(f.whole[l]), money(f.parts[l])))
		}
	}
	return list
}

// money writes an amount for a message.
func money(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
