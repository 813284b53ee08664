package trainer

import (
	"github.com/Koalajuni/Calback-Data-ML/internal/report"
)

// reportEarly is empty where no early model was fitted.
func (r *run) reportEarly() report.Early {
	e := r.Result.Early
	if e == nil {
		return report.Early{}
	}
	out := report.Early{Name: r.Name + EarlySuffix, Refused: e.Refused}
	for _, d := range e.Days {
		out.Days = append(out.Days, report.EarlyDay{Day: d.Day, AUC: report.Interval(d.Model.AUC), VisitDays: report.Interval(d.VisitDays.AUC)})
	}
	return out
}
