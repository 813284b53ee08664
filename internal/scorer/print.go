package scorer

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/scorer/truth"
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
	if r.Truth != nil {
		printTruth(w, r.Truth)
	}
	fmt.Fprintf(w, "%.1f seconds\n", r.Took.Seconds())
}

// printTruth shows how earlier scores came true, a line a version.
func printTruth(w io.Writer, t *truth.Truth) {
	made := t.Made.Format(time.RFC3339)
	if len(t.Versions) == 0 {
		fmt.Fprintf(w, "truth    nothing to say yet: of no user who was scored when the first week was complete the label is known by %s\n", made)
	} else {
		fmt.Fprintf(w, "truth    scores at the end of the first week, and who then came back, known by %s; in training in brackets\n", made)
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprint(table, "         version\tfirst days\tusers\tback\tforetold\tAUC\tlog loss\tECE\tstatus\n")
		for _, v := range t.Versions {
			fmt.Fprintf(table, "         %s\t%s\t%d\t%s\t%s\t%s to %s [%s to %s]\t%s [%s]\t%s [%s]\t%s\n", v.Version, firstDays(v), v.Users,
				percent(v.BaseRate), percent(v.PredictedRate), digits(v.AUCLow), digits(v.AUCHigh), digits(v.TrainingAUCLow),
				digits(v.TrainingAUCHigh), digits(v.LogLoss), digits(v.TrainingLogLoss), digits(v.ECE), digits(v.TrainingECE), v.Status)
		}
		_ = table.Flush()
	}
	if t.Later > 0 {
		fmt.Fprintf(w, "         %d %s left out: their version learnt from data after the score\n", t.Later, plural(t.Later, "user"))
	}
	if t.Foreign > 0 {
		fmt.Fprintf(w, "         %d %s left out: the store has no manifest of their version with the same revisit rule\n", t.Foreign,
			plural(t.Foreign, "user"))
	}
}

func firstDays(v truth.Version) string {
	if v.From == "" {
		return "-"
	}
	return v.From + " to " + v.To
}

func percent(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100**v)
}

func digits(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.3f", *v)
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
