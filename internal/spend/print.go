package spend

import (
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Print writes the table for people to read.
func (t Table) Print(w io.Writer) {
	currency := t.Currency
	if currency == "" {
		currency = "currency not named"
	}
	fmt.Fprintf(w, "\nad spend (%s) and new users, %s to %s; labelled to %s: revisit is %s\n", currency, t.From, t.To,
		t.LabelledTo, t.Rule)
	t.print(w, "channel", t.Channels)
	if len(t.Campaigns) > 0 {
		t.print(w, "ad campaign", t.Campaigns)
	}
	fmt.Fprintf(w, "  Costs per labelled and per revisiting user are of the labelled days only. Figures of fewer than %d people "+
		"are in one row together.\n", SmallCell)
	for _, note := range t.Notes {
		fmt.Fprintf(w, "  NOTE: %s\n", note)
	}
}

func (t Table) print(w io.Writer, what string, rows []Row) {
	out := table.NewWriter()
	out.SetOutputMirror(w)
	out.SetStyle(table.StyleLight)
	out.AppendHeader(table.Row{
		what, "spend", "too young to label", "claimed", "new users", "per new user", "labelled", "revisiting", "revisit rate",
		"per labelled user", "per revisiting user",
	})
	columns := make([]table.ColumnConfig, 0, 10)
	for i := 2; i <= 11; i++ {
		columns = append(columns, table.ColumnConfig{Number: i, Align: text.AlignRight})
	}
	out.SetColumnConfigs(columns)
	for _, r := range rows {
		out.AppendRow(r.cells())
	}
	out.AppendSeparator()
	out.AppendRow(t.Total.cells())
	out.Render()
}

func (r *Row) cells() table.Row {
	name := r.Name
	if r.Kind == Campaign && r.Channel != "" {
		name += " (" + r.Channel + ")"
	}
	claimed := ""
	if r.ClaimedInstalls != nil {
		claimed = strconv.FormatInt(*r.ClaimedInstalls, 10)
	}
	return table.Row{
		name, r.Spend, r.SpendYoung, claimed, people(r.NewUsers), price(r.CostPerNewUser), people(r.LabelledUsers),
		people(r.RevisitingUsers), percent(r.RevisitRate), price(r.CostPerLabelledUser), price(r.CostPerRevisitingUser),
	}
}

func people(n *int64) string {
	if n == nil {
		return fmt.Sprintf("< %d", SmallCell)
	}
	return strconv.FormatInt(*n, 10)
}

// price writes a cost and its bounds.
func price(i *Interval) string {
	switch {
	case i == nil:
		return ""
	case i.Value == nil:
		return "over " + amount(*i.Low)
	}
	return fmt.Sprintf("%s [%s, %s]", amount(*i.Value), amount(*i.Low), amount(*i.High))
}

// amount has four digits or all before the point.
func amount(x float64) string {
	digits := 0
	if x > 0 && x < 1000 {
		digits = min(6, 3-int(math.Floor(math.Log10(x))))
	}
	return strconv.FormatFloat(x, 'f', digits, 64)
}

func percent(i *Interval) string {
	if i == nil {
		return ""
	}
	return fmt.Sprintf("%.1f %% [%.1f, %.1f]", 100**i.Value, 100**i.Low, 100**i.High)
}
