package scorer

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/scorer/truth"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/sqlexpr"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// outcomesQuery joins each user's label with the one score that counts: the one of day 7, the day on which the first week is complete, with
// all 7 days known. Scores have one row a user and day, so there is at most one; later scores of the same week, and early ones, do not
// count. Only users whose label is known at the as-of instant are in it. Both tables are bounded by day.
func (j *Job) outcomesQuery() string {
	first, last := j.truthSpan()
	between := func(column string, shift int) string {
		return fmt.Sprintf("%s BETWEEN %s AND %s", column, j.d.Day(shiftDay(first, shift)), j.d.Day(shiftDay(last, shift)))
	}
	return fmt.Sprintf(`SELECT s.version, l.day0, s.as_of, s.probability, CASE WHEN l.revisit THEN 1 ELSE 0 END AS revisited
FROM %s AS l JOIN %s AS s ON s.user_key = l.user_key
WHERE l.revisit IS NOT NULL AND %s AND %s
  AND %s = %d AND s.days_known = %d AND s.probability IS NOT NULL AND s.model = %s`, j.d.Table(prefix+"labels"),
		j.d.Table(warehouse.Scores.Name), between("l.day0", 0), between("s.day", features.WeekDays), j.d.DayDiff("s.day", "l.day0"),
		features.WeekDays, features.WeekDays, j.d.Text(j.Artifact.Manifest.Name))
}

// truthSpan is the first and the last day 0 that is looked at. The last is the newest whose label window is over.
func (j *Job) truthSpan() (first, last string) {
	last = shiftDay(j.Day(), -j.plan.Label.LastDay()-1)
	return shiftDay(last, 1-truthDays), last
}

// shiftDay is the day so many days later. The day is one that the plan has written.
func shiftDay(day string, days int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic("scorer: no day of the plan: " + err.Error())
	}
	return t.AddDate(0, 0, days).Format(time.DateOnly)
}

// truthTable is the statement that replaces the table, in one step, by the figures of t.
func (j *Job) truthTable(t *truth.Truth) string {
	rows := make([]string, len(t.Versions))
	for i := range t.Versions {
		rows[i] = j.truthRow(&t.Versions[i], t.Made)
	}
	query := strings.Join(rows, "\nUNION ALL ")
	if len(rows) == 0 {
		query = "SELECT * FROM (" + j.truthRow(&truth.Version{}, t.Made) + ") AS nobody WHERE users > 0"
	}
	return j.d.Create(TruthTable, features.Layout{}, query)
}

// truthRow has a type at every value, so that a row of NULLs makes the same table.
func (j *Job) truthRow(v *truth.Version, made time.Time) string {
	day := func(day string) string {
		if day == "" {
			return "CAST(NULL AS DATE)"
		}
		return j.d.Day(day)
	}
	number := func(v *float64) string {
		if v == nil {
			return j.d.Float("NULL")
		}
		return j.d.Float(sqlexpr.Number(*v))
	}
	positives := "NULL"
	if v.Positives != nil {
		positives = strconv.Itoa(*v.Positives)
	}
	return fmt.Sprintf(`SELECT %s AS version, %s AS from_day, %s AS to_day, CAST(%d AS INT64) AS users, CAST(%s AS INT64) AS positives,
  %s AS auc, %s AS auc_low, %s AS auc_high, %s AS log_loss, %s AS ece, %s AS base_rate, %s AS predicted_rate, CAST(%d AS INT64) AS as_of`,
		j.d.Text(v.Version), day(v.From), day(v.To), v.Users, positives, number(v.AUC), number(v.AUCLow), number(v.AUCHigh),
		number(v.LogLoss), number(v.ECE), number(v.BaseRate), number(v.PredictedRate), made.UnixMicro())
}

// writeTruth replaces the model's truth.File.
func writeTruth(t *truth.Truth, store model.Store, name string) error {
	data, err := json.MarshalIndent(t, "", " ")
	if err != nil {
		return err
	}
	return model.WriteFile(filepath.Join(store.Dir, name, truth.File), append(data, '\n'))
}
