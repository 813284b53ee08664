package bqml

import (
	"fmt"
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// dialect is what BigQuery speaks. The statements here are for it alone.
var dialect = features.GoogleSQL{}

// The columns that the statements add to the features.
const (
	// labelColumn is 1 for a user who revisited and 0 for one who did not.
	labelColumn = "revisit"
	// validColumn is true for the users who stop the training early. BigQuery reads it as its split and keeps it from the features.
	validColumn = "is_validation"
	// newestColumn is true for the users who judge.
	newestColumn = "is_newest"
)

// reserved are the names that a feature must not have: ours, the keys, and what ML.PREDICT adds.
var reserved = []string{
	labelColumn, validColumn, newestColumn, "user_key", "day0", "probability", "predicted_revisit", "predicted_revisit_probs",
}

// daysQuery counts the labelled users by day 0. Columns: day (since 1970-01-01), users, positives.
func daysQuery(p features.Plan) string {
	return fmt.Sprintf(`SELECT %s AS day, COUNT(*) AS users, COUNTIF(revisit) AS positives
FROM %s
WHERE revisit IS NOT NULL AND %s
GROUP BY 1 ORDER BY 1`, dialect.DayDiff("day0", dialect.Day("1970-01-01")), dialect.Table(p.Prefix+"labels"), p.Bound(dialect, "day0"))
}

// minLevel and maxLevels bound the levels of a category as the trainer does: rarer ones count as missing, which also keeps a level
// from naming a person.
const (
	minLevel  = 10
	maxLevels = 60
)

// filledQuery counts, of the users fitted on, those for whom each number is known. It has one row, and one column a number. It is ""
// where the set has no number.
func (r *run) filledQuery() string {
	var list []string
	for _, name := range r.numbers() {
		list = append(list, fmt.Sprintf("COUNT(f.%s) AS %[1]s", dialect.Ident(name)))
	}
	if len(list) == 0 {
		return ""
	}
	return fmt.Sprintf("SELECT %s\n%s\nWHERE l.revisit IS NOT NULL AND %s AND l.day0 <= %s", strings.Join(list, ", "), r.from(),
		r.Plan.Bound(dialect, "l.day0"), dialect.Day(r.split.FitTo))
}

// numbers are the names of the features that are numbers.
func (r *run) numbers() []string {
	var names []string
	for _, f := range r.Set.Features {
		if f.Kind == features.Number {
			names = append(names, f.Name)
		}
	}
	return names
}

// used are the features that some learning user has: BigQuery refuses a column that is NULL throughout.
func (r *run) used() []features.Feature {
	return slices.DeleteFunc(slices.Clone(r.Set.Features), func(f features.Feature) bool {
		return f.Kind == features.Category && len(r.levels[f.Name]) == 0 || slices.Contains(r.unknown, f.Name)
	})
}

// levelsQuery counts the learning users by the levels of each category. Columns: feature, level, users. It is "" where the set has no
// category.
func (r *run) levelsQuery() string {
	var parts []string
	for _, f := range r.Set.Features {
		if f.Kind != features.Category {
			continue
		}
		parts = append(parts, fmt.Sprintf(`SELECT %s AS feature, f.%s AS level, COUNT(*) AS users
%s
WHERE %s AND f.%[2]s <> ''
GROUP BY 1, 2 HAVING COUNT(*) >= %[5]d`, dialect.Text(f.Name), dialect.Ident(f.Name), r.from(), r.learning(), minLevel))
	}
	return strings.Join(parts, "\nUNION ALL\n")
}

// from joins labels and features.
func (r *run) from() string {
	return "FROM " + dialect.Table(r.Plan.Prefix+"labels") + " AS l JOIN " + dialect.Table(r.Plan.Prefix+r.Table) +
		" AS f ON f.user_key = l.user_key"
}

// learning is the condition on users to fit or validate on. Bounds on both sides let BigQuery read those days' partitions only.
func (r *run) learning() string {
	day := dialect.Day
	return fmt.Sprintf("l.revisit IS NOT NULL AND %s AND (l.day0 <= %s OR l.day0 BETWEEN %s AND %s)", r.Plan.Bound(dialect, "l.day0"),
		day(r.split.FitTo), day(r.split.ValidFrom), day(r.split.ValidTo))
}

// newest is the condition on the users who judge.
func (r *run) newest() string {
	return fmt.Sprintf("l.revisit IS NOT NULL AND %s AND l.day0 >= %s", r.Plan.Bound(dialect, "l.day0"), dialect.Day(r.split.TestFrom))
}

// held is the condition on the users who validate or judge.
func (r *run) held() string {
	day := dialect.Day
	return fmt.Sprintf("l.revisit IS NOT NULL AND %s AND (l.day0 BETWEEN %s AND %s OR l.day0 >= %s)", r.Plan.Bound(dialect, "l.day0"),
		day(r.split.ValidFrom), day(r.split.ValidTo), day(r.split.TestFrom))
}

// columns are the features, the label and the given further column, each named: user_key is none of them. Numbers are FLOAT64,
// because BigQuery takes other types apart.
func (r *run) columns(further string) string {
	var list []string
	for _, f := range r.used() {
		name := dialect.Ident(f.Name)
		value := "CAST(f." + name + " AS FLOAT64)"
		if f.Kind == features.Category {
			value = r.category(f.Name)
		}
		list = append(list, value+" AS "+name)
	}
	list = append(list, "IF(l.revisit, 1, 0) AS "+labelColumn)
	if further != "" {
		list = append(list, further)
	}
	return strings.Join(list, ",\n  ")
}

// category is a category's text where it is one of its levels, and NULL elsewhere.
func (r *run) category(name string) string {
	levels := make([]string, len(r.levels[name]))
	for i, l := range r.levels[name] {
		levels[i] = dialect.Text(l)
	}
	slices.Sort(levels)
	return fmt.Sprintf("IF(f.%s IN (%s), f.%[1]s, NULL)", dialect.Ident(name), strings.Join(levels, ", "))
}

// model is the name of a family's model, with the dataset's where that is given.
func (r *run) model(family string) string {
	name := r.Plan.Prefix + r.Models + "_" + family
	if r.Dataset != "" {
		name = r.Dataset + "." + name
	}
	return name
}

// create is CREATE MODEL over the learning users.
func (r *run) create(family string) string {
	split := "l.day0 >= " + dialect.Day(r.split.ValidFrom) + " AS " + validColumn
	return fmt.Sprintf("CREATE OR REPLACE MODEL %s\n%s AS\nSELECT\n  %s\n%s\nWHERE %s", dialect.Table(r.model(family)),
		r.Params.modelOptions(family), r.columns(split), r.from(), r.learning())
}

// evaluations are the columns of ML.EVALUATE for a classifier.
var evaluations = []string{"precision", "recall", "accuracy", "f1_score", "log_loss", "roc_auc"}

// evaluate is ML.EVALUATE on the newest users.
func (r *run) evaluate(family string) string {
	return fmt.Sprintf("SELECT %s\nFROM ML.EVALUATE(MODEL %s, (\nSELECT\n  %s\n%s\nWHERE %s\n))", strings.Join(evaluations, ", "),
		dialect.Table(r.model(family)), r.columns(""), r.from(), r.newest())
}

// explain is ML.GLOBAL_EXPLAIN, which BigQuery made from the validating users while it trained. Columns: feature, attribution.
func (r *run) explain(family string) string {
	return "SELECT feature, attribution\nFROM ML.GLOBAL_EXPLAIN(MODEL " + dialect.Table(r.model(family)) + ")"
}

// predict is ML.PREDICT on the users who were not learnt from. Columns: is_newest (0 or 1), revisit (0 or 1), probability.
func (r *run) predict(family string) string {
	newest := "IF(l.day0 >= " + dialect.Day(r.split.TestFrom) + ", 1, 0) AS " + newestColumn
	return fmt.Sprintf(`SELECT %s, %s,
  (SELECT p.prob FROM UNNEST(predicted_revisit_probs) AS p WHERE CAST(p.label AS STRING) = '1') AS probability
FROM ML.PREDICT(MODEL %s, (
SELECT
  %s
%s
WHERE %s
))`, newestColumn, labelColumn, dialect.Table(r.model(family)), r.columns(newest), r.from(), r.held())
}
