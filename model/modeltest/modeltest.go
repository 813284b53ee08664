// Package modeltest is the suite that every family of classifier must pass. It uses only the interfaces of package model, so
// that it says the same of a forest and of a logistic regression.
package modeltest

import (
	"bytes"
	"context"
	"errors"
	"math"
	"runtime"
	"sync"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/metrics"
)

// Classifier runs the suite on the family that build makes; decode must read what its predictors write. Small parameters keep it
// short: the tables have up to 2,400 rows and 8 columns.
func Classifier(t *testing.T, build func(seed uint64) model.Classifier, decode model.Decoder) {
	t.Helper()
	s := suite{build, decode}
	for _, c := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"names itself", s.names},
		{"round trip keeps every bit", s.roundTrip},
		{"damaged payload is refused", s.damaged},
		{"wrong width panics", s.wrongWidth},
		{"nothing to fit is an error", s.nothingToFit},
		{"bad table is an error", s.badTable},
		{"useless columns add nothing", s.uselessColumns},
		{"rows never seen get finite scores", s.strangeRows},
		{"cancel ends the fit", s.cancel},
		{"data stay unchanged", s.unchanged},
		{"contributions add up", s.contributions},
		{"same bytes for any number of processors", s.processors},
		{"scores may be asked for concurrently", s.concurrent},
		{"finds a planted signal", s.signal},
		{"finds nothing in shuffled labels", s.noSignal},
		{"heavy rows win", s.weights},
		{"doubled rows are doubled weights", s.doubled},
	} {
		t.Run(c.name, c.run)
	}
}

type suite struct {
	build  func(seed uint64) model.Classifier
	decode model.Decoder
}

func (s suite) fit(t *testing.T, d model.Data) model.Predictor {
	t.Helper()
	p, err := s.build(1).Fit(context.Background(), d)
	if err != nil {
		t.Fatalf("fit: %v", err)
	}
	return p
}

func encode(t *testing.T, p model.Predictor) []byte {
	t.Helper()
	data, err := p.MarshalBinary()
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	return data
}

func (s suite) names(t *testing.T) {
	if s.build(1).Family() == "" {
		t.Error("Family is empty")
	}
	if s.fit(t, Table(1, 300)).Format() == "" {
		t.Error("Format is empty")
	}
}

func (s suite) roundTrip(t *testing.T) {
	d := Table(1, 800)
	p := s.fit(t, d)
	data := encode(t, p)
	back, err := s.decode(data, d.X.Fields())
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	if back.Format() != p.Format() {
		t.Errorf("format %q became %q", p.Format(), back.Format())
	}
	if !bytes.Equal(encode(t, back), data) {
		t.Error("the decoded model is encoded as other bytes")
	}
	later := Table(2, 500)
	dst, dstBack := make([]float64, len(d.X.Columns)), make([]float64, len(d.X.Columns))
	all, allBack := model.Scores(p, later.X), model.Scores(back, later.X)
	for i := range later.Y {
		row := later.X.Row(nil, i)
		score := p.Score(row)
		if !same(score, back.Score(row)) || !same(score, all[i]) || !same(score, allBack[i]) {
			t.Fatalf("row %d: scores %v %v %v %v, want one", i, score, back.Score(row), all[i], allBack[i])
		}
		if !same(p.Contribute(dst, row), back.Contribute(dstBack, row)) {
			t.Fatalf("row %d: the base changed", i)
		}
		for j := range dst {
			if !same(dst[j], dstBack[j]) {
				t.Fatalf("row %d, column %d: contribution %v became %v", i, j, dst[j], dstBack[j])
			}
		}
	}
}

func same(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }

func (s suite) damaged(t *testing.T) {
	d := Table(1, 300)
	data := encode(t, s.fit(t, d))
	if _, err := s.decode(data, d.X.Fields()[1:]); err == nil {
		t.Error("decoded for fewer fields without an error")
	}
	if _, err := s.decode(nil, d.X.Fields()); err == nil {
		t.Error("nothing decoded without an error")
	}
	for _, part := range []int{2, 3, 10} {
		if _, err := s.decode(data[:len(data)-len(data)/part], d.X.Fields()); err == nil {
			t.Errorf("decoded without the last 1/%d, and no error", part)
		}
	}
}

func (s suite) wrongWidth(t *testing.T) {
	d := Table(1, 300)
	p := s.fit(t, d)
	width := len(d.X.Columns)
	for name, call := range map[string]func(){
		"a short row":               func() { p.Score(make([]float32, width-1)) },
		"a long row":                func() { p.Score(make([]float32, width+1)) },
		"contributions of no row":   func() { p.Contribute(make([]float64, width), nil) },
		"a narrow matrix":           func() { model.Scores(p, Take(d, width-1).X) },
		"contributions of long row": func() { p.Contribute(make([]float64, width+1), make([]float32, width+1)) },
	} {
		if !panics(call) {
			t.Errorf("%s did not panic", name)
		}
	}
}

func panics(call func()) (did bool) {
	defer func() { did = recover() != nil }()
	call()
	return false
}

func (s suite) nothingToFit(t *testing.T) {
	d := Table(1, 100)
	yes := model.Data{X: d.X, Y: make([]bool, 100)}
	for i := range yes.Y {
		yes.Y[i] = true
	}
	for _, c := range []struct {
		name string
		data model.Data
		want error
	}{
		{"no columns", model.Data{X: &model.Matrix{}}, model.ErrEmpty},
		{"no rows", d.Take(nil), model.ErrEmpty},
		{"all negative", model.Data{X: d.X, Y: make([]bool, 100)}, model.ErrOneClass},
		{"all positive", yes, model.ErrOneClass},
	} {
		if _, err := s.build(1).Fit(context.Background(), c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
	}
}

func (s suite) badTable(t *testing.T) {
	short := Table(1, 100)
	short.Y = short.Y[:99]
	infinite := Table(1, 100)
	infinite.X.Columns[0].Values[3] = float32(math.Inf(1))
	for name, d := range map[string]model.Data{"a label is lacking": short, "an infinite value": infinite} {
		if _, err := s.build(1).Fit(context.Background(), d); err == nil {
			t.Errorf("%s: fitted without an error", name)
		}
	}
}

func (s suite) uselessColumns(t *testing.T) {
	d := Table(1, 600)
	p := s.fit(t, d)
	dst := make([]float64, len(d.X.Columns))
	for i := range 100 {
		p.Contribute(dst, d.X.Row(nil, i))
		for _, j := range []int{Constant, AllMissing} {
			if math.Abs(dst[j]) > 1e-9 {
				t.Fatalf("row %d: column %s adds %v, want 0", i, d.X.Columns[j].Name, dst[j])
			}
		}
	}
}

func (s suite) strangeRows(t *testing.T) {
	d := Table(1, 600)
	p := s.fit(t, d)
	nan := float32(math.NaN())
	for name, v := range map[string]float32{"missing": nan, "huge": 1e30, "far below": -1e30, "zero": 0} {
		row := make([]float32, len(d.X.Columns))
		for j, c := range d.X.Columns {
			row[j] = v
			if c.Category() && v != 0 {
				row[j] = nan
			}
		}
		if score := p.Score(row); math.IsNaN(score) || math.IsInf(score, 0) {
			t.Errorf("all values %s: score %v, want a finite one", name, score)
		}
	}
}

func (s suite) unchanged(t *testing.T) {
	d := Table(1, 600)
	d.W = make([]float64, len(d.Y))
	for i := range d.W {
		d.W[i] = 1 + float64(i%3)
	}
	before := fingerprint(d)
	s.fit(t, d)
	if fingerprint(d) != before {
		t.Error("Fit changed the data")
	}
}

func (s suite) contributions(t *testing.T) {
	d := Table(1, 800)
	p := s.fit(t, d)
	later := Table(3, 300)
	dst := make([]float64, len(d.X.Columns))
	first := p.Contribute(dst, later.X.Row(nil, 0))
	for i := range later.Y {
		row := later.X.Row(nil, i)
		base := p.Contribute(dst, row)
		if !same(base, first) {
			t.Fatalf("row %d: base %v, that of row 0 is %v", i, base, first)
		}
		sum, size := base, math.Abs(base)
		for _, v := range dst {
			sum += v
			size += math.Abs(v)
		}
		if score := p.Score(row); math.Abs(sum-score) > 1e-9*math.Max(1, size) {
			t.Fatalf("row %d: base and contributions make %v, the score is %v", i, sum, score)
		}
	}
}

func (s suite) processors(t *testing.T) {
	d := Table(1, 1500)
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	var first []byte
	for _, n := range []int{1, 2, 8, 8} {
		runtime.GOMAXPROCS(n)
		data := encode(t, s.fit(t, d))
		if first == nil {
			first = data
		}
		if !bytes.Equal(data, first) {
			t.Fatalf("GOMAXPROCS=%d gives other bytes than 1", n)
		}
	}
}

func (s suite) concurrent(t *testing.T) {
	d := Table(1, 600)
	p := s.fit(t, d)
	want := model.Scores(p, d.X)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			dst := make([]float64, len(d.X.Columns))
			for i := range d.Y {
				row := d.X.Row(nil, i)
				p.Contribute(dst, row)
				if got := p.Score(row); !same(got, want[i]) {
					t.Errorf("row %d: score %v, alone it was %v", i, got, want[i])
					return
				}
			}
		})
	}
	wg.Wait()
}

func (s suite) signal(t *testing.T) {
	p := s.fit(t, Table(1, 2400))
	later := Table(4, 2000)
	if auc := metrics.AUC(model.Scores(p, later.X), later.Y); auc < 0.7 {
		t.Errorf("AUC %.3f on new rows, want at least 0.7", auc)
	}
}

func (s suite) noSignal(t *testing.T) {
	d := Table(1, 2400)
	shuffle(d.Y, 5)
	p := s.fit(t, d)
	later := Table(4, 2000)
	shuffle(later.Y, 6)
	if auc := metrics.AUC(model.Scores(p, later.X), later.Y); auc < 0.4 || auc > 0.6 {
		t.Errorf("AUC %.3f on new rows after training on shuffled labels, want 0.4 to 0.6", auc)
	}
}

// In half of the rows all labels are turned over. Whichever half weighs nine times as much must set the direction.
func (s suite) weights(t *testing.T) {
	d := Table(1, 2400)
	for i := range d.Y {
		if i%2 == 1 {
			d.Y[i] = !d.Y[i]
		}
	}
	later := Table(4, 2000)
	for _, heavy := range []int{0, 1} {
		d.W = make([]float64, len(d.Y))
		for i := range d.W {
			d.W[i] = 1
			if i%2 == heavy {
				d.W[i] = 9
			}
		}
		auc := metrics.AUC(model.Scores(s.fit(t, d), later.X), later.Y)
		if heavy == 0 && auc < 0.6 || heavy == 1 && auc > 0.4 {
			t.Errorf("AUC %.3f with the rows of half %d weighing 9", auc, heavy)
		}
	}
}

func (s suite) doubled(t *testing.T) {
	d := Table(1, 1600)
	d.W = make([]float64, len(d.Y))
	var twice []int
	for i := range d.Y {
		twice = append(twice, i)
		d.W[i] = 1
		if d.X.Columns[Noise].Values[i] > 0 {
			twice = append(twice, i)
			d.W[i] = 2
		}
	}
	rows := d.Take(twice)
	rows.W = nil
	later := Table(4, 1000)
	weighed, repeated := model.Scores(s.fit(t, d), later.X), model.Scores(s.fit(t, rows), later.X)
	if r := correlation(weighed, repeated); r < 0.9 {
		t.Errorf("scores from weights and from repeated rows correlate by %.3f, want 0.9 or more", r)
	}
}
