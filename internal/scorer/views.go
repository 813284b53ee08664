package scorer

import (
	"fmt"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model/sqlexpr"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// The views of the newest day in the shape of the tables that Firebase Predictions kept in BigQuery until 2022.
const (
	// Predictions has one row a user: user_id, prediction_time, and predictions, an array of prediction_name and score for churn and
	// not_churn.
	Predictions = "firebase_predictions"
	// Groups has one row a user, prediction and risk tolerance: user_id, prediction_time, prediction_name, risk_tolerance (low, medium,
	// high) and whether the user is a member.
	Groups = "firebase_predictions_groups"
)

// views are the statements that point the views at the job's day. The day is written into them, so that whoever reads a view reads one
// partition. Without a tolerance there are no groups.
func (j *Job) views() []features.Step {
	list := []features.Step{{Table: Predictions, SQL: "CREATE OR REPLACE VIEW " + j.d.Table(Predictions) + " AS\n" + j.predictions()}}
	if j.tolerance != nil {
		list = append(list, features.Step{Table: Groups, SQL: "CREATE OR REPLACE VIEW " + j.d.Table(Groups) + " AS\n" + j.groups()})
	}
	return list
}

// scoresTable is the scores table as a view must name it: BigQuery's views know no default dataset.
func (j *Job) scoresTable() string {
	if j.Dataset == "" {
		return j.d.Table(warehouse.Scores.Name)
	}
	return j.d.Table(j.Dataset + "." + warehouse.Scores.Name)
}

// duckdb is true where the dialect is DuckDB's, and false where it is GoogleSQL.
func (j *Job) duckdb() bool { return j.d.Name() == "duckdb" }

func (j *Job) instant(micros string) string {
	if j.duckdb() {
		return "make_timestamptz(" + micros + ")"
	}
	return "TIMESTAMP_MICROS(" + micros + ")"
}

func (j *Job) predictions() string {
	const stay, leave = "probability", "1e0 - probability"
	one := "STRUCT('%s' AS prediction_name, %s AS score)"
	if j.duckdb() {
		one = "{'prediction_name': '%s', 'score': %s}"
	}
	list := "[" + fmt.Sprintf(one, "churn", leave) + ", " + fmt.Sprintf(one, "not_churn", stay) + "]"
	return fmt.Sprintf("SELECT user_key AS user_id, %s AS prediction_time,\n  %s AS predictions\nFROM %s\nWHERE day = %s", j.instant("as_of"),
		list, j.scoresTable(), j.d.Day(j.Day()))
}

// groups holds each probability to the range of each group.
func (j *Job) groups() string {
	t := j.tolerance
	var rows []string
	for _, g := range []struct {
		prediction, risk string
		low, high        float64
	}{
		{"churn", "low", 0, t.Low},
		{"churn", "medium", 0, t.Medium},
		{"churn", "high", 0, t.High},
		{"not_churn", "low", t.ReturnLow, 1},
		{"not_churn", "medium", t.ReturnMedium, 1},
		{"not_churn", "high", t.ReturnHigh, 1},
	} {
		rows = append(rows, fmt.Sprintf("SELECT '%s' AS prediction_name, '%s' AS risk_tolerance, %s AS lowest, %s AS highest", g.prediction,
			g.risk, sqlexpr.Number(g.low), sqlexpr.Number(g.high)))
	}
	return fmt.Sprintf(`SELECT s.user_key AS user_id, %s AS prediction_time, g.prediction_name, g.risk_tolerance,
  s.probability BETWEEN g.lowest AND g.highest AS member
FROM %s AS s CROSS JOIN (
  %s
) AS g
WHERE s.day = %s`, j.instant("s.as_of"), j.scoresTable(), strings.Join(rows, "\n  UNION ALL "), j.d.Day(j.Day()))
}
