package tree_test

import (
	"math"
	"math/rand/v2"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// shop makes labelled rows for LightGBM to learn from: two numbers with missing values and zeros, a category of 4 levels and one of 40.
func shop(seed uint64, rows int) model.Data {
	rng := rand.New(rand.NewPCG(seed, 19))
	city := make([]string, 40)
	for i := range city {
		city[i] = string(rune('A' + i))
	}
	fields := []model.Field{
		{Name: "days"}, {Name: "spent"}, {Name: "channel", Levels: []string{"organic", "paid", "friend", "press"}}, {Name: "city", Levels: city},
	}
	d := model.Data{X: &model.Matrix{}}
	for _, f := range fields {
		d.X.Columns = append(d.X.Columns, model.Column{Field: f})
	}
	nan := float32(math.NaN())
	for range rows {
		row := []float32{float32(1 + rng.IntN(7)), float32(rng.NormFloat64()), float32(rng.IntN(4)), float32(rng.IntN(40))}
		score := 0.3*float64(row[0]) + math.Sin(2*float64(row[1])) - 2 + 0.8*float64(int(row[3])%3) - 0.7*float64(int(row[2])%2)
		for j := range row {
			switch rng.IntN(8) {
			case 0:
				row[j], score = nan, score+0.4*float64(j-1)
			case 1:
				row[j] = 0
			}
			d.X.Columns[j].Values = append(d.X.Columns[j].Values, row[j])
		}
		d.Y = append(d.Y, rng.Float64() < model.Sigmoid(score))
	}
	return d
}

// trainings are the ways of LightGBM to train that give other files.
var trainings = map[string][]string{
	"nan":            {"objective=binary", "num_leaves=15"},
	"zero":           {"objective=binary", "num_leaves=15", "zero_as_missing=true"},
	"none":           {"objective=binary", "num_leaves=15", "use_missing=false"},
	"onehot":         {"objective=binary", "num_leaves=7", "max_cat_to_onehot=64"},
	"forest":         {"objective=binary", "boosting=rf", "bagging_freq=1", "bagging_fraction=0.5", "num_leaves=15"},
	"dart":           {"objective=binary", "boosting=dart", "num_leaves=7"},
	"cross-entropy":  {"objective=cross_entropy", "num_leaves=15"},
	"sigmoid":        {"objective=binary", "sigmoid=0.7", "num_leaves=15"},
	"forest-sigmoid": {"objective=binary", "sigmoid=2", "boosting=rf", "bagging_freq=1", "bagging_fraction=0.5", "num_leaves=15"},
	"unbalanced":     {"objective=binary", "is_unbalance=true", "num_leaves=7", "monotone_constraints=1,0,0,0"},
	"stumps":         {"objective=binary", "num_leaves=2", "min_gain_to_split=20"},
}

// refusals are ways of LightGBM to train models that are no sum of constants over one binary score, and what is said of them.
var refusals = map[string]struct {
	parameters []string
	want       string
}{
	"linear":     {[]string{"objective=binary", "linear_tree=true", "num_leaves=4"}, "linear leaves are not read"},
	"regression": {[]string{"objective=regression", "num_leaves=4"}, `objective "regression" (average_output false) is not read`},
	"multiclass": {[]string{"objective=multiclass", "num_class=3", "num_leaves=4"}, `num_class is "3", only 1 can be read`},
}
