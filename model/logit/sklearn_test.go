package logit

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"flag"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
	"github.com/Koalajuni/Calback-Data-ML/model/modeltest"
)

var export = flag.String("export", "", "file to write the table of TestEqualsScikitLearn to, as CSV for testdata/reference.py")

// reference is testdata/sklearn.json; testdata/reference.py says how it came about.
type reference struct {
	Rows int
	Fits []struct {
		LogCounts bool `json:"log_counts"`
		C         float64
		MeanScore float64 `json:"mean_score"`
		Terms     []string
		Weights   []float64
		StdErrs   []float64 `json:"std_errs"`
		AUC       float64
		LogLoss   float64 `json:"log_loss"`
	}
}

func TestEqualsScikitLearn(t *testing.T) {
	d := modeltest.Table(7, 100_000)
	// Without the columns that have no term.
	d.X.Columns = append(d.X.Columns[:modeltest.Constant:modeltest.Constant], d.X.Columns[modeltest.Shadow])
	if *export != "" {
		if err := writeCSV(*export, d); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile("testdata/sklearn.json")
	if err != nil {
		t.Fatal(err)
	}
	var want reference
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if want.Rows != len(d.Y) {
		t.Fatalf("the reference has %d rows, the table %d", want.Rows, len(d.Y))
	}
	for _, fit := range want.Fits {
		params := Defaults()
		params.C, params.LogCounts = fit.C, fit.LogCounts
		p, err := New(params).Fit(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		m := p.(*linear.Model)
		if len(m.Terms) != len(fit.Terms) {
			t.Fatalf("%d terms, scikit-learn was given %v", len(m.Terms), fit.Terms)
		}
		worst, worstErr := 0.0, 0.0
		for k, term := range m.Terms {
			if name := nameOf(m.Fields, term); name != fit.Terms[k] {
				t.Fatalf("term %d is %q, that of scikit-learn %q", k, name, fit.Terms[k])
			}
			worst = math.Max(worst, math.Abs(term.Weight-fit.Weights[k]))
			worstErr = math.Max(worstErr, math.Abs(term.StdErr/fit.StdErrs[k]-1))
		}
		scores := model.Scores(m, d.X)
		p1, mean := make([]float64, len(scores)), 0.0
		for i, s := range scores {
			p1[i] = model.Sigmoid(s)
			mean += s / float64(len(scores))
		}
		auc, loss := metrics.AUC(scores, d.Y), metrics.LogLoss(p1, d.Y)
		t.Logf("log counts %v, C %v: weights within %.1e, standard errors within %.1e, AUC %.9f, theirs %.9f, log loss %.9f, theirs %.9f",
			fit.LogCounts, fit.C, worst, worstErr, auc, fit.AUC, loss, fit.LogLoss)
		if worst > 1e-6 || worstErr > 1e-6 || math.Abs(auc-fit.AUC) > 1e-6 || math.Abs(loss-fit.LogLoss) > 1e-8 ||
			math.Abs(m.Intercept-fit.MeanScore) > 1e-5 || math.Abs(mean-fit.MeanScore) > 1e-5 {
			t.Errorf("log counts %v, C %v: not what scikit-learn found", fit.LogCounts, fit.C)
		}
	}
}

func nameOf(fields []model.Field, t linear.Term) string {
	f := fields[t.Column]
	if t.Kind == linear.Level {
		return f.Name + "=" + f.Levels[t.Level]
	}
	return f.Name + " " + string(t.Kind)
}

func writeCSV(path string, d model.Data) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := csv.NewWriter(file)
	head := []string{}
	for _, c := range d.X.Columns {
		head = append(head, c.Name)
	}
	if err := w.Write(append(head, "label")); err != nil {
		return err
	}
	for i, y := range d.Y {
		line := []string{}
		for _, c := range d.X.Columns {
			line = append(line, cell(c, i))
		}
		if err := w.Write(append(line, strconv.Itoa(class(y)))); err != nil {
			return err
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return file.Close()
}

func cell(c model.Column, i int) string {
	v := c.Values[i]
	switch {
	case v != v:
		return ""
	case c.Category():
		return c.Levels[int(v)]
	}
	return strconv.FormatFloat(float64(v), 'g', -1, 32)
}
