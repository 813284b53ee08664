package trainer

import (
	"math"

	"github.com/Koalajuni/Calback-Data-ML/internal/report"
	"github.com/Koalajuni/Calback-Data-ML/internal/scorer/truth"
	"github.com/Koalajuni/Calback-Data-ML/internal/spend"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// reportSpend is the table of spend as the report takes it, nil where there is none.
func reportSpend(t *spend.Table, advice spend.Advice) *report.Spend {
	if t == nil {
		return nil
	}
	return &report.Spend{
		Currency: t.Currency, From: t.From, To: t.To, LabelledTo: t.LabelledTo, Channels: spendRows(t.Channels),
		Campaigns: spendRows(t.Campaigns), Total: spendRow(t.Total), Notes: t.Notes, Advice: advice.Says, Best: numbers(advice.Channels),
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
		Name: r.Called(), Plain: r.Kind == spend.Channel || r.Kind == spend.Campaign, Spend: report.Number(r.Spend.Units()),
		Young: report.Number(r.SpendYoung.Units()), NewUsers: counted(r.NewUsers), Labelled: counted(r.LabelledUsers),
		Revisiting: counted(r.RevisitingUsers), RevisitRate: bounds(r.RevisitRate), PerNew: bounds(r.CostPerNewUser),
		PerRevisiting: bounds(r.CostPerRevisitingUser), TooYoung: counted(r.TooYoung), Predicted: bounds(r.Predicted),
		PerExpected: bounds(r.CostPerExpectedUser),
	}
}

func numbers(values []float64) []report.Number {
	var out []report.Number
	for _, v := range values {
		out = append(out, report.Number(v))
	}
	return out
}

// reportTruth is how earlier scores came true; what is withheld is unknown.
func reportTruth(versions []truth.Version) []report.Truth {
	var out []report.Truth
	known := func(v *float64) float64 {
		if v == nil {
			return math.NaN()
		}
		return *v
	}
	for _, v := range versions {
		t := report.Truth{
			Version: v.Version, From: v.From, To: v.To, Users: v.Users, Revisiting: report.Number(math.NaN()),
			Predicted: report.Number(known(v.PredictedRate)), Observed: report.Interval{Value: known(v.BaseRate), Low: math.NaN(), High: math.NaN()},
			AUC:         report.Interval{Value: known(v.AUC), Low: known(v.AUCLow), High: known(v.AUCHigh)},
			TrainingAUC: report.Interval{Value: known(v.TrainingAUC), Low: known(v.TrainingAUCLow), High: known(v.TrainingAUCHigh)},
			LogLoss:     report.Number(known(v.LogLoss)), ECE: report.Number(known(v.ECE)), Status: v.Status,
		}
		if v.Positives != nil {
			t.Revisiting = report.Number(*v.Positives)
			t.Observed = report.Interval(metrics.Wilson(*v.Positives, v.Users))
		}
		out = append(out, t)
	}
	return out
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
