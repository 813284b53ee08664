package model

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model/sqlexpr"
)

// MaxSQL is how many bytes one statement may have: BigQuery refuses the text of a query above 1 MB, and the rest of the statement needs
// some room.
const MaxSQL = 900_000

// maxParts bounds into how many statements a model may be split.
const maxParts = 32

// ErrTooLong is the error of a model that is too large to be written as SQL.
var ErrTooLong = errors.New("the model is too large for the warehouse's SQL, of which BigQuery takes 1 MB a statement; train with fewer " +
	"or smaller trees, or score through the remote function")

// SQLCompiler is a Predictor whose score can be written as SQL, the same number as Score up to the rounding of a sum.
type SQLCompiler interface {
	// SQLAddends are expressions whose sum makes the score. columns[j] is the column of field j as Field.SQL reads it: a FLOAT64, or the
	// INT64 code of a category, NULL for missing. No addend is NULL.
	SQLAddends(d features.Dialect, columns []string) ([]string, error)
	// SQLScore makes the score of the addends' sum, an expression that it may repeat.
	SQLScore(sum string) string
}

// SQLMixer is an SQLCompiler that mixes several scores. Compiled as one sum, a member whose score is no sum becomes one long addend;
// NewQueries takes the members' sums apart instead, so that each can be split.
type SQLMixer interface {
	SQLCompiler
	// SQLSums are the addends of each sum.
	SQLSums(d features.Dialect, columns []string) ([][]string, error)
	// SQLMixed makes the score of the sums' totals, which are names of columns.
	SQLMixed(totals []string) string
}

// SQL is the field as the model reads it: what Code is in Go, but for the rounding to float32, which is the model's. column is the
// expression of the computed feature.
func (f Field) SQL(d features.Dialect, column string) string {
	if !f.Category() {
		return sqlexpr.NullNaN(d, d.Float(column))
	}
	if len(f.Levels) == 0 {
		return "CAST(NULL AS INT64)"
	}
	var b strings.Builder
	b.WriteString("CASE " + column)
	for code, level := range f.Levels {
		b.WriteString(" WHEN " + d.Text(level) + " THEN " + strconv.Itoa(code))
	}
	return b.String() + " END"
}

// SQL writes the artifact as two expressions: the score over the columns that the function names for each feature, which must hold the
// feature as Field.SQL reads it, and the probability over a column named score. It fails with ErrTooLong beyond MaxSQL.
func SQL(d features.Dialect, a *Artifact, column func(name string) string) (score, probability string, err error) {
	compiler, columns, err := compiler(a, column)
	if err != nil {
		return "", "", err
	}
	addends, err := compiler.SQLAddends(d, columns)
	if err != nil {
		return "", "", err
	}
	score = compiler.SQLScore(sqlexpr.Sum(addends))
	if len(score) > MaxSQL {
		return "", "", fmt.Errorf("compile the model to %d bytes of SQL: %w", len(score), ErrTooLong)
	}
	return score, a.Manifest.Calibration.SQL("score"), nil
}

// compiler is the artifact's predictor, and the columns that it reads.
func compiler(a *Artifact, column func(name string) string) (SQLCompiler, []string, error) {
	c, ok := a.Predictor.(SQLCompiler)
	if !ok {
		return nil, nil, fmt.Errorf("models of family %s cannot be written as SQL; score through the remote function", a.Manifest.Family)
	}
	columns := make([]string, len(a.Manifest.Fields))
	for j, f := range a.Manifest.Fields {
		columns[j] = column(f.Name)
	}
	return c, columns, nil
}

// totals are the addends of each sum that the score is made of, and the score of the sums' totals. A mixture that fits into one statement
// is one sum.
func totals(d features.Dialect, c SQLCompiler, columns []string, limit int) (sums [][]string, score func([]string) string, err error) {
	addends, err := c.SQLAddends(d, columns)
	if err != nil {
		return nil, nil, err
	}
	if m, ok := c.(SQLMixer); ok && len(sqlexpr.Sum(addends)) > limit {
		sums, err = m.SQLSums(d, columns)
		return sums, m.SQLMixed, err
	}
	return [][]string{addends}, func(totals []string) string { return c.SQLScore(totals[0]) }, nil
}

// Queries score a table of features, one row a key, inside the warehouse. A model that is too large for one statement becomes several,
// each of which adds up a part of the model, and a last one that puts the parts together.
type Queries struct {
	// Parts are queries over the table of features, with the columns key and part. There is one or more.
	Parts []string
	// whole puts the parts together.
	whole func(tables []string) string
}

// Whole is the query that makes the columns key, score and probability of the tables that hold the results of Parts, in their order.
func (q Queries) Whole(tables []string) string { return q.whole(tables) }

// NewQueries compiles the artifact into queries over the table, of which no part is longer than limit bytes. It fails with ErrTooLong
// where that takes too many parts, or where one tree alone is too long.
func NewQueries(d features.Dialect, a *Artifact, table, key string, limit int) (Queries, error) {
	names := map[string]string{}
	var coded strings.Builder
	for j, f := range a.Manifest.Fields {
		names[f.Name] = "c" + strconv.Itoa(j)
		coded.WriteString(",\n    " + f.SQL(d, d.Ident(f.Name)) + " AS " + names[f.Name])
	}
	c, columns, err := compiler(a, func(name string) string { return names[name] })
	if err != nil {
		return Queries{}, err
	}
	frame := func(sum string) string {
		return fmt.Sprintf("SELECT %s, %s AS part\nFROM (\n  SELECT %s%s\n  FROM %s\n) AS coded", d.Ident(key), sum, d.Ident(key), coded.String(),
			d.Table(table))
	}
	limit -= len(frame(""))
	sums, score, err := totals(d, c, columns, limit)
	if err != nil {
		return Queries{}, err
	}
	var q Queries
	// parts[k] is how many statements sum k takes.
	parts := make([]int, len(sums))
	for k, addends := range sums {
		pieces, err := split(addends, limit)
		if err != nil {
			return Queries{}, err
		}
		parts[k] = len(pieces)
		for _, piece := range pieces {
			q.Parts = append(q.Parts, frame(piece))
		}
	}
	if len(q.Parts) > maxParts {
		return Queries{}, fmt.Errorf("compile the model: it takes %d statements, %d at the most: %w", len(q.Parts), maxParts, ErrTooLong)
	}
	q.whole = func(tables []string) string {
		return whole(d, a.Manifest.Calibration.SQL("score"), key, tables, parts, score)
	}
	return q, nil
}

// split groups the addends, in order, into sums of at most limit bytes.
func split(addends []string, limit int) ([]string, error) {
	const plus = len("( + )")
	var sums []string
	from, size := 0, 0
	for i, addend := range addends {
		if len(addend)+plus > limit {
			return nil, fmt.Errorf("compile the model: one tree is %d bytes of SQL: %w", len(addend), ErrTooLong)
		}
		if i > from && size+len(addend)+plus > limit {
			sums = append(sums, sqlexpr.Sum(addends[from:i]))
			from, size = i, 0
		}
		size += len(addend) + plus
	}
	return append(sums, sqlexpr.Sum(addends[from:])), nil
}

// whole joins the parts by their key, so that they are added up in one order: parts[k] of the tables, in turn, make total k.
func whole(d features.Dialect, probability, key string, tables []string, parts []int, score func([]string) string) string {
	k := d.Ident(key)
	columns := make([]string, len(tables))
	from := ""
	for i, table := range tables {
		alias := "p" + strconv.Itoa(i)
		columns[i] = alias + ".part"
		if i == 0 {
			from = d.Table(table) + " AS " + alias
			continue
		}
		from += "\n    JOIN " + d.Table(table) + " AS " + alias + " ON " + alias + "." + k + " = p0." + k
	}
	names, summed := make([]string, len(parts)), ""
	for i, n := range parts {
		names[i] = "total"
		if len(parts) > 1 {
			names[i] += strconv.Itoa(i)
		}
		summed += ", " + sqlexpr.Sum(columns[:n]) + " AS " + names[i]
		columns = columns[n:]
	}
	return fmt.Sprintf(`SELECT %s, score, %s AS probability
FROM (
  SELECT %s, %s AS score
  FROM (
    SELECT p0.%s%s
    FROM %s
  ) AS summed
) AS scored`, k, probability, k, score(names), k, summed, from)
}
