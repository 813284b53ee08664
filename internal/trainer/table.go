package trainer

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Table is the labelled users in order of day 0, and within a day of user key.
type Table struct {
	// Keys are the users' keys; only the simulated app's answers need them.
	Keys []string
	// Day0 is in days since 1970-01-01.
	Day0 []int
	// Y says who revisited, Visits how many visits the label window had.
	Y      []bool
	Visits []int
	// X has one column a feature.
	X *model.Matrix
}

// Positives counts the users who revisited.
func (t *Table) Positives() int {
	n := 0
	for _, y := range t.Y {
		if y {
			n++
		}
	}
	return n
}

// Data is the table for a classifier, restricted to the rows.
func (t *Table) Data(rows []int) model.Data {
	return model.Data{X: t.X, Y: t.Y}.Take(rows)
}

// readLabels reads the labelled users without their features.
func readLabels(ctx context.Context, wh *warehouse.Warehouse, d features.Dialect) (*Table, error) {
	columns, err := wh.ReadColumns(ctx, "SELECT user_key, "+d.DayDiff("day0", d.Day("1970-01-01"))+
		" AS day0, CASE WHEN revisit THEN 1 ELSE 0 END AS revisit, visits FROM labels WHERE revisit IS NOT NULL ORDER BY day0, user_key")
	if err != nil {
		return nil, fmt.Errorf("read the labels: %w", err)
	}
	t := &Table{Keys: columns[0].Text}
	for i := range columns[1].Numbers {
		t.Day0 = append(t.Day0, int(columns[1].Numbers[i]))
		t.Y = append(t.Y, columns[2].Numbers[i] == 1)
		t.Visits = append(t.Visits, int(columns[3].Numbers[i]))
	}
	return t, nil
}

// readFeatures reads the set's columns for the table's users, in the table's order, from a table of features. levels gives the
// levels of category column j, whose texts it may look at.
func (t *Table) readFeatures(ctx context.Context, wh *warehouse.Warehouse, d features.Dialect, table string, set *features.Set,
	levels func(j int, text []string) []string,
) (*model.Matrix, error) {
	query := "SELECT l.user_key"
	for _, name := range set.Names() {
		query += ", f." + d.Ident(name)
	}
	query += " FROM labels AS l JOIN " + d.Table(table) + " AS f ON f.user_key = l.user_key WHERE l.revisit IS NOT NULL ORDER BY " +
		d.DayDiff("l.day0", d.Day("1970-01-01")) + ", l.user_key"
	columns, err := wh.ReadColumns(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("read the features: %w", err)
	}
	if got, want := columns[0].Len(), len(t.Y); got != want {
		return nil, fmt.Errorf("read the features: %d users have features, %d have labels", got, want)
	}
	x := &model.Matrix{}
	for j, f := range set.Features {
		if f.Kind == features.Category {
			x.Columns = append(x.Columns, categories(f.Name, columns[j+1].Text, levels(j, columns[j+1].Text)))
			continue
		}
		x.Columns = append(x.Columns, numbers(f.Name, columns[j+1].Numbers))
	}
	return x, nil
}

func numbers(name string, data []float64) model.Column {
	values := make([]float32, len(data))
	for i, v := range data {
		values[i] = float32(v)
	}
	return model.Column{Field: model.Field{Name: name}, Values: values}
}

func categories(name string, text, levels []string) model.Column {
	codes := map[string]float32{}
	for code, level := range levels {
		codes[level] = float32(code)
	}
	values := make([]float32, len(text))
	for i, v := range text {
		code, ok := codes[v]
		if !ok {
			code = float32(math.NaN())
		}
		values[i] = code
	}
	return model.Column{Field: model.Field{Name: name, Levels: levels}, Values: values}
}

// minLevel is the least number of learning users for a category level of its own; rarer levels count as unknown, which also
// keeps a level from naming a person.
const minLevel = 10

// levels are the texts that enough of the learning users have, most frequent first, 60 at most.
func levels(text []string, learn []int) []string {
	users := map[string]int{}
	for _, i := range learn {
		if text[i] != "" {
			users[text[i]]++
		}
	}
	kept := []string{}
	for level, n := range users {
		if n >= minLevel {
			kept = append(kept, level)
		}
	}
	slices.SortFunc(kept, func(a, b string) int { return cmp.Or(cmp.Compare(users[b], users[a]), cmp.Compare(a, b)) })
	return kept[:min(len(kept), 60)]
}

// informative names the columns that vary among the learning users and repeat no earlier column.
func informative(x *model.Matrix, learn []int) []string {
	var names []string
	seen := map[uint64][]int{}
	for j, c := range x.Columns {
		if constant(c.Values, learn) {
			continue
		}
		h := digest(c.Values, learn)
		if slices.ContainsFunc(seen[h], func(k int) bool { return equal(c.Values, x.Columns[k].Values, learn) }) {
			continue
		}
		seen[h] = append(seen[h], j)
		names = append(names, c.Name)
	}
	return names
}

func constant(values []float32, rows []int) bool {
	for _, i := range rows {
		if math.Float32bits(values[i]) != math.Float32bits(values[rows[0]]) {
			return false
		}
	}
	return true
}

func equal(a, b []float32, rows []int) bool {
	for _, i := range rows {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}

// digest is FNV-1a over the bits of the values.
func digest(values []float32, rows []int) uint64 {
	h := uint64(14695981039346656037)
	for _, i := range rows {
		h = (h ^ uint64(math.Float32bits(values[i]))) * 1099511628211
	}
	return h
}

// keep drops all columns but the named ones.
func keep(x *model.Matrix, names []string) *model.Matrix {
	kept := &model.Matrix{}
	for _, c := range x.Columns {
		if slices.Contains(names, c.Name) {
			kept.Columns = append(kept.Columns, c)
		}
	}
	return kept
}
