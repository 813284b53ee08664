package trainer

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

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
func readLabels(ctx context.Context, wh *warehouse.Warehouse, d features.Dialect, p features.Plan) (*Table, error) {
	columns, err := wh.ReadColumns(ctx, labelsQuery(d, p))
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
// levels of category column j, whose distinct texts and whose users' codes into them it may look at.
//
// The warehouse numbers the rows, so that they may come in any order and from several streams, each value straight to its place: of
// the table there is one copy, the matrix.
func (t *Table) readFeatures(ctx context.Context, wh *warehouse.Warehouse, d features.Dialect, p features.Plan, table string,
	set *features.Set, levels func(j int, texts []string, codes []float32) []string,
) (*model.Matrix, error) {
	return readInto(ctx, wh, featuresQuery(d, p, table, set), set, len(t.Y), levels)
}

// readInto reads the set's columns for as many users as the query has places.
func readInto(ctx context.Context, wh *warehouse.Warehouse, query string, set *features.Set, users int,
	levels func(j int, texts []string, codes []float32) []string,
) (*model.Matrix, error) {
	f := newFilling(set, users)
	if err := wh.Stream(ctx, query, nil, f.add); err != nil {
		return nil, fmt.Errorf("read the features: %w", err)
	}
	if f.rows != users {
		return nil, fmt.Errorf("read the features: %d users have features, %d were selected", f.rows, users)
	}
	for j := range f.x.Columns {
		if f.codes[j] == nil {
			continue
		}
		c := &f.x.Columns[j]
		c.Levels = levels(j, f.texts[j], c.Values)
		recode(c.Values, f.texts[j], c.Levels)
	}
	return f.x, nil
}

func featuresQuery(d features.Dialect, p features.Plan, table string, set *features.Set) string {
	return placedFeatures(d, p, table, set, "revisit IS NOT NULL")
}

// placedFeatures are the features of the users whose label meets the condition, each with its place in the order of day 0.
func placedFeatures(d features.Dialect, p features.Plan, table string, set *features.Set, which string) string {
	query := "SELECT l.place"
	for _, name := range set.Names() {
		query += ", f." + d.Ident(name)
	}
	return query + " FROM (SELECT user_key, ROW_NUMBER() OVER (ORDER BY day0, user_key) - 1 AS place FROM labels WHERE " + which + " AND " +
		p.Bound(d, "day0") + ") AS l JOIN " + d.Table(table) + " AS f ON f.user_key = l.user_key"
}

// filling is a matrix that is being filled.
type filling struct {
	x *model.Matrix
	// codes numbers the texts of each category column as they come, nil for a column of numbers.
	codes []map[string]float32
	texts [][]string
	rows  int
}

func newFilling(set *features.Set, rows int) *filling {
	n := len(set.Features)
	f := &filling{x: &model.Matrix{Columns: make([]model.Column, n)}, codes: make([]map[string]float32, n), texts: make([][]string, n)}
	for j, feature := range set.Features {
		f.x.Columns[j] = model.Column{Field: model.Field{Name: feature.Name}, Values: make([]float32, rows)}
		if feature.Kind == features.Category {
			f.codes[j] = map[string]float32{}
		}
	}
	return f
}

func (f *filling) add(batch []warehouse.ColumnData) error {
	places := batch[0].Numbers
	for _, place := range places {
		if place < 0 || int(place) >= len(f.x.Columns[0].Values) {
			return fmt.Errorf("the user at place %v has features and no label; another run is changing the tables", place)
		}
	}
	f.rows += len(places)
	for j := range f.x.Columns {
		values, data := f.x.Columns[j].Values, &batch[j+1]
		if f.codes[j] == nil {
			for i, place := range places {
				values[int(place)] = float32(data.Numbers[i])
			}
			continue
		}
		for i, place := range places {
			values[int(place)] = f.code(j, data.Text[i])
		}
	}
	return nil
}

// code is the number of a category's text, by when it was first seen.
func (f *filling) code(j int, text string) float32 {
	code, ok := f.codes[j][text]
	if !ok {
		// The texts of a batch share memory that the driver may use again.
		text = strings.Clone(text)
		code = float32(len(f.texts[j]))
		f.codes[j][text] = code
		f.texts[j] = append(f.texts[j], text)
	}
	return code
}

// recode turns codes into texts into codes into levels; a text that is no level becomes missing.
func recode(values []float32, texts, levels []string) {
	codes := make([]float32, len(texts))
	for i, text := range texts {
		codes[i] = float32(math.NaN())
		if code := slices.Index(levels, text); code >= 0 {
			codes[i] = float32(code)
		}
	}
	for i, v := range values {
		values[i] = codes[int(v)]
	}
}

// minLevel is the least number of learning users for a category level of its own; rarer levels count as unknown, which also
// keeps a level from naming a person.
const minLevel = 10

// levels are the texts that enough of the learning users have, most frequent first, 60 at most.
func levels(texts []string, codes []float32, learn []int) []string {
	users := make([]int, len(texts))
	for _, i := range learn {
		users[int(codes[i])]++
	}
	kept := []int{}
	for code, n := range users {
		if n >= minLevel && texts[code] != "" {
			kept = append(kept, code)
		}
	}
	slices.SortFunc(kept, func(a, b int) int { return cmp.Or(cmp.Compare(users[b], users[a]), cmp.Compare(texts[a], texts[b])) })
	names := []string{}
	for _, code := range kept[:min(len(kept), 60)] {
		names = append(names, texts[code])
	}
	return names
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
