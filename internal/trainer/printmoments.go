package trainer

import (
	"fmt"
	"io"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/internal/moments"
	"github.com/Koalajuni/Calback-Data-ML/model/causal"
)

// printMoments says which actions of the first week are likely causes; the report says why, and what to test.
func (r *Result) printMoments(w io.Writer) {
	found := r.Matters.Moments
	if found == nil || len(found.List) == 0 {
		return
	}
	by := map[string][]moments.Moment{}
	for _, m := range found.List {
		by[m.Verdict] = append(by[m.Verdict], m)
	}
	fmt.Fprintf(w, "\nof %d actions of the first week, %d are likely causes of revisits; points more who revisit, among people alike in all that is known:\n",
		len(found.List), len(by[causal.Cause]))
	for _, m := range by[causal.Cause] {
		fmt.Fprintf(w, "  %-20s %s [%s, %s], done %d or more times by day %d; unadjusted %.1f times as many revisit\n", m.Action,
			inPoints(m.Adjusted.Value), inPoints(m.Adjusted.Low), inPoints(m.Adjusted.High), m.Times, m.Day, m.Lift.Value)
	}
	for _, v := range []struct{ verdict, words string }{{causal.Sign, "a sign, not a cause"}, {causal.Unclear, "cannot tell"}} {
		if len(by[v.verdict]) > 0 {
			fmt.Fprintf(w, "  %s: %s\n", v.words, actions(by[v.verdict]))
		}
	}
}

// inPoints writes a difference of shares in points.
func inPoints(share float64) string { return fmt.Sprintf("%+.1f", 100*share) }

func actions(list []moments.Moment) string {
	var names []string
	for _, m := range list {
		names = append(names, m.Action)
	}
	return strings.Join(names, ", ")
}
