package trainer

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/Koalajuni/Calback-Data-ML/internal/spend"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// Print writes the result as a table that a person can read, and where everything lies.
func (r *Result) Print(w io.Writer) {
	r.printData(w)
	if len(r.Entrants) > 0 {
		r.printModels(w)
	}
	if r.Early != nil {
		r.printEarly(w)
	}
	r.printEnd(w)
}

func (r *Result) printData(w io.Writer) {
	if r.Source.Simulated {
		fmt.Fprintln(w, "SIMULATED DATA: these users do not exist; the figures say how the product works, not how an app does.")
	}
	fmt.Fprintf(w, "\n%d events of %d users, %s to %s (time zone %s)\n", r.Source.Events, r.Users, r.Source.FirstDay, r.Source.LastDay,
		r.Plan.Zone)
	for _, e := range r.Exclusions {
		fmt.Fprintf(w, "  %6d users left out: %s\n", e.Users, e.Reason)
	}
	fmt.Fprintf(w, "  %6d users labelled: revisit is %s; %d do (base rate %.1f %%)\n", r.Rule.Users, r.Plan.Label, r.Rule.Positives,
		100*r.Rule.BaseRate)
	for _, warning := range r.Rule.Warnings {
		fmt.Fprintf(w, "  NOTE: %s\n", warning)
	}
	if len(r.Rule.Warnings) > 0 {
		r.printRules(w)
	}
	if s := r.Split; len(s.Train) > 0 && len(s.Test) > 0 && r.Table != nil {
		fmt.Fprintf(w, "  learnt from %d users of %s to %s, judged by the newest %d, %s to %s\n", len(s.Train),
			dayName(r.Table.Day0[s.Train[0]]), dayName(r.Table.Day0[s.Train[len(s.Train)-1]]), len(s.Test),
			dayName(r.Table.Day0[s.Test[0]]), dayName(r.Table.Day0[s.Test[len(s.Test)-1]]))
		if !s.Caveat.Empty() {
			fmt.Fprintf(w, "  NOTE: %s\n", clause(s.Caveat))
		}
	}
}

// printRules shows the base rate of the neighbouring rules, so that a team can pick one that fits.
func (r *Result) printRules(w io.Writer) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	header := table.Row{"weeks"}
	for v := 1; v <= mostVisits; v++ {
		header = append(header, fmt.Sprintf("%d+", v))
	}
	t.AppendHeader(header)
	for i := 0; i < len(r.Rule.Neighbours); i += mostVisits {
		row := table.Row{r.Rule.Neighbours[i].Weeks}
		for _, n := range r.Rule.Neighbours[i:min(i+mostVisits, len(r.Rule.Neighbours))] {
			row = append(row, fmt.Sprintf("%.1f %%", 100*n.BaseRate))
		}
		t.AppendRow(row)
	}
	fmt.Fprintf(w, "  base rates of other rules (visits in the weeks after the first week):\n")
	t.Render()
}

func (r *Result) printModels(w io.Writer) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"on the newest users", "AUC", "log loss", "Brier", "ECE", "PR AUC", "lift top 10 %", "fit s"})
	summary := func(name string, s metrics.Summary, seconds string) {
		t.AppendRow(table.Row{
			name, span(s.AUC, 3), span(s.LogLoss, 4), fmt.Sprintf("%.4f", s.Brier.Value), span(s.ECE, 3),
			fmt.Sprintf("%.3f", s.PRAUC.Value), fmt.Sprintf("%.2f", s.LiftTop10.Value), seconds,
		})
	}
	summary("base rate", r.Baselines.Rate, "")
	summary("visit days alone", r.Baselines.Days, "")
	t.AppendSeparator()
	for i, e := range r.Entrants {
		name := e.Family
		if i == r.Chosen {
			name += " (chosen)"
		}
		if !e.fitted() {
			t.AppendRow(table.Row{name, "failed: " + e.Failed.String()})
			continue
		}
		summary(name, e.Test, fmt.Sprintf("%.1f", e.Seconds))
	}
	if r.Possible != nil {
		t.AppendSeparator()
		summary("best possible", r.Possible.Summary, "")
	}
	fmt.Fprintln(w)
	t.Render()
	fmt.Fprintf(w, "chosen %s\n", r.Why)
	for _, warning := range r.Drift.Warnings {
		fmt.Fprintf(w, "NOTE: %s\n", warning)
	}
	if r.Possible != nil {
		chosen := r.Entrants[r.Chosen].Test.AUC.Value
		fmt.Fprintf(w, "the chosen model reaches %.3f of the best possible AUC (%.3f of %.3f)\n", chosen/r.Possible.Summary.AUC.Value, chosen,
			r.Possible.Summary.AUC.Value)
	}
}

// printEarly tells by the day known how far the early model can be trusted.
func (r *Result) printEarly(w io.Writer) {
	if len(r.Early.Days) == 0 {
		fmt.Fprintf(w, "\nthere is no early model: %s\n", r.Early.Refused)
		return
	}
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"known until the end of", "AUC", "visit days so far alone"})
	for _, d := range r.Early.Days {
		t.AppendRow(table.Row{fmt.Sprintf("day %d", d.Day), span(d.Model.AUC, 3), span(d.VisitDays.AUC, 3)})
	}
	fmt.Fprintf(w, "\nscored before the first week is over, by %s:\n", r.Early.Params)
	t.Render()
	if !r.Early.Refused.Empty() {
		fmt.Fprintf(w, "the early model is not published: %s\n", r.Early.Refused)
	}
}

func span(i metrics.Interval, digits int) string {
	return fmt.Sprintf("%.*f [%.*f, %.*f]", digits, i.Value, digits, i.Low, digits, i.High)
}

func (r *Result) printEnd(w io.Writer) {
	r.printMoments(w)
	r.printSpend(w)
	fmt.Fprintln(w)
	if r.Refused != nil {
		fmt.Fprintf(w, "NOT PUBLISHED: %v\n", r.Refused)
	}
	if r.Aside != "" {
		fmt.Fprintf(w, "aside    %s (refused; reasons in %s)\n", r.Aside, reasonsFile)
	}
	if r.Refused == nil && r.Chosen >= 0 && r.Entrants[r.Chosen].Model != "" {
		fmt.Fprintf(w, "model    %s in BigQuery (threshold %.3f); score with ML.PREDICT\n", r.Entrants[r.Chosen].Model, r.Threshold)
	}
	if r.Dir != "" {
		fmt.Fprintf(w, "model    %s (version %s, threshold %.3f)\n", r.Dir, r.Version, r.Threshold)
	}
	if r.Early != nil && r.Early.Dir != "" {
		fmt.Fprintf(w, "early    %s (version %s): scores on any day of the first week\n", r.Early.Dir, r.Early.Version)
	}
	fmt.Fprintf(w, "report   %s\n         %s\n", filepath.Join(r.ReportDir, "report.html"), filepath.Join(r.ReportDir, "report.json"))
}

// printSpend says in a line a channel what a revisiting user cost; the report has the whole table.
func (r *Result) printSpend(w io.Writer) {
	if r.Spend == nil {
		return
	}
	fmt.Fprintf(w, "\nad spend of %v %s; what a revisiting user cost, by channel:\n", r.Spend.Total.Spend, r.Spend.Currency)
	for _, row := range r.Spend.Channels {
		cost := row.CostPerRevisitingUser
		if row.Kind != spend.Channel || cost == nil || cost.Value == nil {
			continue
		}
		between := ""
		if cost.Low != nil && cost.High != nil {
			between = fmt.Sprintf(" [%.0f, %.0f]", *cost.Low, *cost.High)
		}
		fmt.Fprintf(w, "  %-20s %.0f%s\n", row.Name, *cost.Value, between)
	}
}
