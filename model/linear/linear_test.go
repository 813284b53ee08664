package linear

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

var nan = float32(math.NaN())

func fields() []model.Field {
	return []model.Field{{Name: "visit_days"}, {Name: "meetings"}, {Name: "channel", Levels: []string{"organic", "paid"}}}
}

func sampleModel() *Model {
	return &Model{Fields: fields(), Intercept: -1, Terms: []Term{
		{Column: 0, Kind: Number, Mean: 2, Scale: 4, Weight: 0.5, StdErr: 0.1},
		{Column: 1, Kind: Log, Mean: 1, Scale: 0.5, Weight: -0.25},
		{Column: 1, Kind: Missing, Mean: 0.25, Scale: 1, Weight: 2},
		{Column: 1, Kind: Did, Mean: 0.5, Scale: 0.5, Weight: 1},
		{Column: 2, Kind: Level, Level: 1, Mean: 0.5, Scale: 0.5, Weight: -1, StdErr: 0.5},
	}}
}

func TestScoreByHand(t *testing.T) {
	m := sampleModel()
	for _, tt := range []struct {
		name string
		row  []float32
		want []float64
	}{
		{"all present", []float32{6, float32(math.E*math.E) - 1, 1}, []float64{0.5, -0.5 - 0.5 + 1, -1}},
		{"all missing", []float32{nan, nan, nan}, []float64{0, 1.5 - 1, 1}},
		{"zero and below", []float32{-2, -5, 0}, []float64{-0.5, -1, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := make([]float64, 3)
			base := m.Contribute(got, tt.row)
			sum := base
			for j := range got {
				sum += got[j]
				if math.Abs(got[j]-tt.want[j]) > 1e-6 {
					t.Errorf("column %d adds %v, want %v", j, got[j], tt.want[j])
				}
			}
			if score := m.Score(tt.row); base != -1 || math.Abs(score-sum) > 1e-12 {
				t.Errorf("score %v, base %v, contributions sum to %v", score, base, sum)
			}
		})
	}
}

func TestScoreAllEqualsScore(t *testing.T) {
	m := sampleModel()
	rng := rand.New(rand.NewPCG(1, 1))
	x := &model.Matrix{}
	for _, f := range m.Fields {
		c := model.Column{Field: f}
		for range 200 {
			v := float32(rng.NormFloat64() * 3)
			if f.Category() {
				v = float32(rng.IntN(2))
			}
			if rng.IntN(5) == 0 {
				v = nan
			}
			c.Values = append(c.Values, v)
		}
		x.Columns = append(x.Columns, c)
	}
	for i, s := range model.Scores(m, x) {
		if want := m.Score(x.Row(nil, i)); s != want {
			t.Fatalf("row %d: ScoreAll %v, Score %v", i, s, want)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	m := sampleModel()
	m.Terms[0].Weight = math.Nextafter(1.0/3, 1)
	data, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(data, fields())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m, back.(*Model)); diff != "" {
		t.Errorf("the model changed on its way:\n%s", diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	term := func(s string) string { return `{"columns":3,"intercept":0,"terms":[{` + s + `}]}` }
	for _, tt := range []struct{ name, payload, want string }{
		{"empty", ``, "EOF"},
		{"unknown key", `{"columns":3,"bias":1}`, "bias"},
		{"more after it", `{"columns":3} {}`, "more after"},
		{"another width", `{"columns":2,"intercept":0,"terms":[]}`, "2 columns"},
		{"column outside", term(`"column":3,"kind":"number","scale":1`), "column is 3"},
		{"column below 0", term(`"column":-1,"kind":"number","scale":1`), "column is -1"},
		{"unknown kind", term(`"column":0,"kind":"square","scale":1`), `"square"`},
		{"number of a category", term(`"column":2,"kind":"log","scale":1`), "channel"},
		{"level of a number", term(`"column":0,"kind":"level","scale":1`), "0 levels"},
		{"level outside", term(`"column":2,"kind":"level","level":2,"scale":1`), "2 levels"},
		{"no scale", term(`"column":0,"kind":"number"`), "scale"},
		{"std_err below 0", term(`"column":0,"kind":"number","scale":1,"std_err":-1`), "std_err"},
		{"too large", term(`"column":0,"kind":"number","scale":1e999`), "1e999"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Decode([]byte(tt.payload), fields()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one that says %q", err, tt.want)
			}
		})
	}
}

func TestMarshalRefusesWhatDecodeWould(t *testing.T) {
	m := sampleModel()
	m.Intercept = math.NaN()
	if _, err := m.MarshalBinary(); err == nil {
		t.Error("a NaN intercept was written")
	}
}

func TestWrongWidthPanics(t *testing.T) {
	m := sampleModel()
	for name, call := range map[string]func(){
		"Score":      func() { m.Score(make([]float32, 2)) },
		"Contribute": func() { m.Contribute(make([]float64, 2), make([]float32, 3)) },
		"ScoreAll":   func() { m.ScoreAll(nil, &model.Matrix{}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			call()
		}()
	}
}

func TestOddsRatios(t *testing.T) {
	got := sampleModel().OddsRatios()
	want := []struct {
		name, per string
		ratio     float64
	}{
		{"visit_days", "1 SD", math.Exp(0.5)},
		{"meetings", "1 SD of log(1+x)", math.Exp(-0.25)},
		{"meetings is missing", "yes against no", math.Exp(2)},
		{"meetings > 0", "yes against no", math.Exp(2)},
		{"channel = paid", "yes against no", math.Exp(-2)},
	}
	for i, w := range want {
		if got[i].Name.String() != w.name || got[i].Per.String() != w.per || math.Abs(got[i].Ratio.Value-w.ratio) > 1e-12 {
			t.Errorf("odds ratio %d = %+v, want %+v", i, got[i], w)
		}
	}
	if r := got[0].Ratio; math.Abs(math.Log(r.High/r.Low)-2*1.959963984540054*0.1) > 1e-12 {
		t.Errorf("interval of visit_days = %v, want a width of 2*1.96*0.1 in log-odds", r)
	}
	if !math.IsNaN(got[1].Ratio.Low) {
		t.Errorf("interval of meetings = %v, want none without a standard error", got[1].Ratio)
	}
}

func FuzzDecode(f *testing.F) {
	data, err := sampleModel().MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"columns":3,"intercept":1e308,"terms":[{"column":2,"kind":"level","level":1,"scale":1e-300,"weight":1}]}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		p, err := Decode(payload, fields())
		if err != nil {
			return
		}
		row := []float32{1, nan, 1}
		score := p.Score(row)
		again, err := p.MarshalBinary()
		if err != nil {
			t.Fatalf("what was decoded cannot be encoded: %v", err)
		}
		back, err := Decode(again, fields())
		if err != nil {
			t.Fatalf("what was encoded cannot be decoded: %v", err)
		}
		if got := back.Score(row); math.Float64bits(got) != math.Float64bits(score) {
			t.Fatalf("score %v became %v", score, got)
		}
	})
}

func ExampleModel_OddsRatios() {
	m := &Model{
		Fields: []model.Field{{Name: "meeting_create"}},
		Terms:  []Term{{Column: 0, Kind: Did, Mean: 0.3, Scale: 1, Weight: 0.7, StdErr: 0.1}},
	}
	for _, o := range m.OddsRatios() {
		fmt.Printf("%s, %s: %.2f (%.2f to %.2f)\n", o.Name, o.Per, o.Ratio.Value, o.Ratio.Low, o.Ratio.High)
	}
	// Output: meeting_create > 0, yes against no: 2.01 (1.66 to 2.45)
}
