package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/gbdt"
)

// columns is the number of features, rows that of the training rows.
const (
	columns = 40
	rows    = 20_000
)

// publish trains a model of 40 features on generated rows and publishes it in a store under dir.
func publish(ctx context.Context, dir string, trees int) error {
	x, y := generated()
	params := gbdt.Defaults()
	params.Rounds, params.Rate, params.MaxLeaves, params.MaxDepth, params.HoldOut = trees, 0.1, 31, 12, 0
	predictor, err := gbdt.New(params).Fit(ctx, model.Data{X: x, Y: y})
	if err != nil {
		return fmt.Errorf("train the model: %w", err)
	}
	set := features.Set{Zone: "Asia/Seoul", Background: features.Background, Label: features.DefaultLabel()}
	a := &model.Artifact{Predictor: predictor, Manifest: model.Manifest{
		Name: "revisit", Version: "bench", Created: "2026-03-01T00:00:00Z", Simulated: true, Family: "gbdt", Threshold: 0.3,
		Calibration: calibrate.Map{Kind: calibrate.None}, Fields: x.Fields(),
	}}
	for _, column := range x.Columns {
		of := features.Filter{Events: []string{column.Name}}
		set.Features = append(set.Features, features.Feature{
			Name: column.Name, Label: column.Name, Doc: column.Name + ".", Phrase: "{v} times", Kind: features.Number, Unit: "times",
			Action: column.Name, Expr: features.Count{Of: of},
		})
		a.Manifest.Reference = append(a.Manifest.Reference, model.NewHistogram(column))
	}
	a.Manifest.Set = set
	scores := model.Column{Field: model.Field{Name: "score"}}
	row := make([]float32, columns)
	for i := range 1000 {
		scores.Values = append(scores.Values, float32(a.Probability(x.Row(row, i))))
	}
	a.Manifest.ScoreReference = model.NewHistogram(scores)
	a.SetGolden(8)
	_, err = (model.Store{Dir: dir}).Publish(a, nil)
	return err
}

// generated are rows of counts, mostly zero or small as counts of events are, and labels that hang on them without being told by them.
func generated() (*model.Matrix, []bool) {
	rng := rand.New(rand.NewPCG(5, 5))
	x := &model.Matrix{}
	score := make([]float64, rows)
	for j := range columns {
		c := model.Column{Field: model.Field{Name: fmt.Sprintf("event_%02d", j)}, Values: make([]float32, rows)}
		weight := rng.NormFloat64() / 4
		for i := range c.Values {
			v := math.Floor(rng.ExpFloat64() * float64(1+j%7))
			c.Values[i] = float32(v)
			score[i] += weight * math.Log1p(v)
		}
		x.Columns = append(x.Columns, c)
	}
	y := make([]bool, rows)
	for i := range y {
		y[i] = rng.Float64() < model.Sigmoid(score[i]-1)
	}
	return x, y
}

// user writes user i's features as JSON members, with a fraction in one of four, as averages have.
func user(i int) string {
	rng := rand.New(rand.NewPCG(uint64(i), 9))
	var b strings.Builder
	for j := range columns {
		if j > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", fmt.Sprintf("event_%02d", j), value(rng, j))
	}
	return b.String()
}

func value(rng *rand.Rand, j int) string {
	v := math.Floor(rng.ExpFloat64() * float64(1+j%7))
	if j%4 == 0 {
		return fmt.Sprintf("%.2f", v+rng.Float64())
	}
	return fmt.Sprint(v)
}

// inputs is a body of many users as columns.
func inputs(users int) string {
	rng := rand.New(rand.NewPCG(11, 11))
	var b strings.Builder
	b.WriteString(`{"inputs":{`)
	for j := range columns {
		if j > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"event_%02d":[`, j)
		for i := range users {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(value(rng, j))
		}
		b.WriteByte(']')
	}
	b.WriteString("}}")
	return b.String()
}

// instances is a body of many users as rows, from user first on.
func instances(first, users int) string {
	list := make([]string, users)
	for i := range list {
		list[i] = `{"features":{` + user(first+i) + `}}`
	}
	return `{"instances":[` + strings.Join(list, ",") + `]}`
}
