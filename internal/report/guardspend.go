package report

import "slices"

// guardSpend withholds what is foretold of too few people who have no answer yet. Rows add up to the total: where the withheld rows are
// too few together, the next smallest is withheld with them.
func guardSpend(p *Spend) *Spend {
	if p == nil {
		return nil
	}
	out := *p
	if fewOf(out.Total.TooYoung) {
		withhold(&out.Total)
		out.Channels, out.Campaigns = slices.Clone(out.Channels), slices.Clone(out.Campaigns)
		for _, list := range [][]SpendRow{out.Channels, out.Campaigns} {
			for k := range list {
				withhold(&list[k])
			}
		}
		return &out
	}
	out.Channels, out.Campaigns = withholdFew(out.Channels, out.Total), withholdFew(out.Campaigns, out.Total)
	return &out
}

// fewOf is few of a figure that need not be known, nor be quite whole after it was added up.
func fewOf(people Number) bool { return people > 0.5 && people < SmallestCell-0.5 }

// withhold leaves out what is foretold.
func withhold(r *SpendRow) {
	r.TooYoung, r.Predicted, r.PerExpected = unknown, Unknown(), Unknown()
}

func withholdFew(in []SpendRow, total SpendRow) []SpendRow {
	out := keep(in, func(r *SpendRow) bool {
		if fewOf(r.TooYoung) {
			withhold(r)
		}
		return true
	})
	for fewOf(hidden(out, total)) {
		next := -1
		for k, r := range out {
			if r.TooYoung > 0 && (next < 0 || r.TooYoung < out[next].TooYoung) {
				next = k
			}
		}
		if next < 0 {
			break
		}
		withhold(&out[next])
	}
	return out
}

// hidden are the people of the total who are in none of the rows shown; 0 where the total is not known.
func hidden(rows []SpendRow, total SpendRow) Number {
	left := total.TooYoung
	for _, r := range rows {
		if finite(float64(r.TooYoung)) {
			left -= r.TooYoung
		}
	}
	if !finite(float64(left)) {
		return 0
	}
	return left
}
