package scorer

import (
	"fmt"
	"io"
	"time"
)

// Print tells people what the run did.
func (r Result) Print(w io.Writer) {
	fmt.Fprintf(w, "scored   %d users as of %s with %s %s\n", r.Users, r.AsOf.Format(time.RFC3339), r.Model, r.Version)
	if r.Early > 0 {
		fmt.Fprintf(w, "         %d of them before their first week was over\n", r.Early)
	}
	if r.Young > 0 {
		fmt.Fprintf(w, "         %d left out: their first week is not over (-early scores them too)\n", r.Young)
	}
	if r.KeptOut > 0 {
		fmt.Fprintf(w, "         %d kept out: not known to be new, or no customers\n", r.KeptOut)
	}
	fmt.Fprintf(w, "mean     %.1f %% will come back; of the users it learnt from %.1f %% did\n", 100*r.Mean, 100*r.BaseRate)
	fmt.Fprintf(w, "model    %d kB of SQL in %d %s\n", (r.Bytes+500)/1000, r.Statements, plural(r.Statements, "statement"))
	fmt.Fprintf(w, "table    scores, day %s\n", r.Day)
	if r.Views {
		fmt.Fprintf(w, "views    %s and %s show this day\n", Predictions, Groups)
	} else {
		fmt.Fprintf(w, "views    left at a later day\n")
	}
	fmt.Fprintf(w, "%.1f seconds\n", r.Took.Seconds())
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
