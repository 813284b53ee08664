package trainer

import (
	"math"

	"github.com/Koalajuni/Calback-Data-ML/internal/phrase"

	"github.com/Koalajuni/Calback-Data-ML/internal/report"
	"github.com/Koalajuni/Calback-Data-ML/internal/spend"
)

// reportSpend is the table of spend as the report takes it, nil where there is none.
func reportSpend(t *spend.Table) *report.Spend {
	if t == nil {
		return nil
	}
	return &report.Spend{
		Currency: t.Currency, From: t.From, To: t.To, LabelledTo: t.LabelledTo, Channels: spendRows(t.Channels),
		Campaigns: spendRows(t.Campaigns), Total: spendRow(t.Total), Notes: names(t.Notes),
	}
}

func spendRows(rows []spend.Row) []report.SpendRow {
	out := make([]report.SpendRow, len(rows))
	for i, r := range rows {
		out[i] = spendRow(r)
	}
	return out
}

func spendRow(r spend.Row) report.SpendRow {
	return report.SpendRow{
		Name: phrase.Name(r.Name), Plain: r.Kind == spend.Channel || r.Kind == spend.Campaign, Spend: report.Number(r.Spend.Units()),
		Young: report.Number(r.SpendYoung.Units()), NewUsers: counted(r.NewUsers), Labelled: counted(r.LabelledUsers),
		Revisiting: counted(r.RevisitingUsers), RevisitRate: bounds(r.RevisitRate), PerNew: bounds(r.CostPerNewUser),
		PerRevisiting: bounds(r.CostPerRevisitingUser),
	}
}

func counted(n *int64) report.Number {
	if n == nil {
		return report.Number(math.NaN())
	}
	return report.Number(*n)
}

func bounds(i *spend.Interval) report.Interval {
	if i == nil {
		return report.Unknown()
	}
	end := func(v *float64) float64 {
		if v == nil {
			return math.NaN()
		}
		return *v
	}
	return report.Interval{Value: end(i.Value), Low: end(i.Low), High: end(i.High)}
}
