// Package scorertest holds a warehouse's scoring to Go's: made-up features, models of every family over them, and one check that both
// warehouses must pass.
package scorertest

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Table is made-up features of made-up users: what a warehouse's table of features holds, one row a user.
type Table struct {
	// Fields are the columns as a model was trained on them.
	Fields []model.Field
	// Rows are the users' features; a category may have a level that no model knows.
	Rows []features.Row
}

// numbers draw the values of a number column. They are what features look like, and what is hard for a float32: numbers halfway between
// two of them, too small or too large for one, and their signs.
var numbers = map[string]func(*rand.Rand) float64{
	"visit_days":  func(r *rand.Rand) float64 { return float64(1 + r.IntN(7)) },
	"meetings":    func(r *rand.Rand) float64 { return math.Floor(r.ExpFloat64()) },
	"friends":     func(r *rand.Rand) float64 { return math.Floor(3 * r.ExpFloat64()) },
	"share_early": func(r *rand.Rand) float64 { return float64(r.IntN(20)) / float64(20+r.IntN(3)) },
	"trend":       func(r *rand.Rand) float64 { return float64(r.IntN(9)-4) / 7 },
	"hours_until": func(r *rand.Rand) float64 { return 168 * r.Float64() },
	"engaged_ms":  func(r *rand.Rand) float64 { return math.Floor(2e7 * r.ExpFloat64()) },
	"ties":        func(r *rand.Rand) float64 { return float64(1<<24 + r.IntN(64)) },
	"negatives":   func(r *rand.Rand) float64 { return -float64(1<<25) - float64(r.IntN(64)) },
	"noise":       func(r *rand.Rand) float64 { return r.NormFloat64() },
	"tiny":        func(r *rand.Rand) float64 { return r.NormFloat64() * 1e-35 },
	"tinier":      func(r *rand.Rand) float64 { return r.NormFloat64() * 2e-45 },
	"huge":        func(r *rand.Rand) float64 { return r.NormFloat64() * 1e39 },
	"weekday":     func(r *rand.Rand) float64 { return float64(r.IntN(7)) },
	"constant":    func(*rand.Rand) float64 { return 3 },
	"unknown":     func(*rand.Rand) float64 { return math.NaN() },
}

var numberNames = []string{
	"visit_days", "meetings", "friends", "share_early", "trend", "hours_until", "engaged_ms", "ties", "negatives", "noise", "tiny", "tinier",
	"huge", "weekday", "constant", "unknown",
}

// newFields are the number columns, then categories of a few, of many and of no levels, some of which are hard to quote.
func newFields() []model.Field {
	var fields []model.Field
	for _, name := range numberNames {
		fields = append(fields, model.Field{Name: name})
	}
	screens := []string{"it's", `back\slash`, `"quoted"`, "`ticked`", "설정", "line\nbreak", "? @x %s --", "null"}
	for i := len(screens); i < 60; i++ {
		screens = append(screens, fmt.Sprintf("screen_%d", i))
	}
	campaigns := make([]string, 80)
	for i := range campaigns {
		campaigns[i] = fmt.Sprintf("campaign %d", i)
	}
	return append(fields,
		model.Field{Name: "campaign", Levels: campaigns}, model.Field{Name: "platform", Levels: []string{"ANDROID", "IOS", "WEB"}},
		model.Field{Name: "channel", Levels: []string{"Direct", "Organic Search", "Paid Social", "Referral", "Kakao", "Naver"}},
		model.Field{Name: "screen", Levels: screens}, model.Field{Name: "never", Levels: []string{}},
	)
}

// NewTable draws a table of the given number of users. A value in six is missing, one in eight is 0, a category in ten is unseen.
func NewTable(seed uint64, users int) Table {
	rng := rand.New(rand.NewPCG(seed, 0x73636f7265))
	t := Table{Fields: newFields(), Rows: make([]features.Row, users)}
	for i := range t.Rows {
		t.Rows[i] = make(features.Row, len(t.Fields))
		for j, f := range t.Fields {
			t.Rows[i][j] = draw(rng, f)
		}
	}
	return t
}

func draw(rng *rand.Rand, f model.Field) features.Value {
	switch {
	case rng.IntN(6) == 0:
		return features.Value{Missing: true}
	case f.Category() && (len(f.Levels) == 0 || rng.IntN(10) == 0):
		return features.Value{Text: "a level of later days"}
	case f.Category():
		return features.Value{Text: f.Levels[rng.IntN(len(f.Levels))]}
	case rng.IntN(8) == 0:
		return features.Value{}
	}
	if v := numbers[f.Name](rng); !math.IsNaN(v) {
		return features.Value{Number: v}
	}
	return features.Value{Missing: true}
}

// Matrix is the table as models are fitted on it.
func (t Table) Matrix() *model.Matrix {
	x := &model.Matrix{}
	for j, f := range t.Fields {
		c := model.Column{Field: f, Values: make([]float32, len(t.Rows))}
		for i, row := range t.Rows {
			c.Values[i] = f.Code(row[j])
		}
		x.Columns = append(x.Columns, c)
	}
	return x
}

// Schema is the warehouse's table of these features: all of one day.
func (t Table) Schema() warehouse.Table {
	columns := []warehouse.Column{{Name: "day", Type: warehouse.Date}, {Name: "user_key", Type: warehouse.String}}
	for _, f := range t.Fields {
		c := warehouse.Column{Name: f.Name, Type: warehouse.Float64}
		if f.Category() {
			c.Type = warehouse.String
		}
		columns = append(columns, c)
	}
	return warehouse.Table{Name: "scorertest_days", Partition: "day", Columns: columns}
}

// Day is the day of all rows.
const Day = "2026-01-01"

// Values are the rows of the Schema.
func (t Table) Values() iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for i, row := range t.Rows {
			values := []any{Day, UserKey(i)}
			for j, v := range row {
				switch {
				case v.Missing:
					values = append(values, nil)
				case t.Fields[j].Category():
					values = append(values, v.Text)
				default:
					values = append(values, v.Number)
				}
			}
			if !yield(values) {
				return
			}
		}
	}
}

// UserKey is the key of row i.
func UserKey(i int) string { return fmt.Sprintf("%032x", i) }
