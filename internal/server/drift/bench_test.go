package drift

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// crowd is a Watch of 36 numbers and 4 categories against 20 000 training users, and other users of the same kind.
func crowd(users int) (*Watch, [][]float32, []float64) {
	fields := make([]model.Field, 40)
	for j := range fields {
		fields[j] = model.Field{Name: fmt.Sprintf("feature_%02d", j)}
		if j%10 == 9 {
			fields[j].Levels = []string{"ANDROID", "IOS", "WEB"}
		}
	}
	rng := rand.New(rand.NewPCG(5, 5))
	reference, score := histograms(fields, draw(rng, fields, 20000))
	rows := draw(rng, fields, users)
	probabilities := make([]float64, users)
	for i := range probabilities {
		probabilities[i] = rng.Float64()
	}
	return New(fields, reference, score, time.Now), rows, probabilities
}

// draw are random users: a tenth of all values missing, numbers long-tailed, categories even.
func draw(rng *rand.Rand, fields []model.Field, users int) [][]float32 {
	rows := make([][]float32, users)
	for i := range rows {
		rows[i] = make([]float32, len(fields))
		for j, f := range fields {
			switch {
			case rng.IntN(10) == 0:
				rows[i][j] = float32(math.NaN())
			case f.Category():
				rows[i][j] = float32(rng.IntN(len(f.Levels)))
			default:
				rows[i][j] = float32(rng.ExpFloat64())
			}
		}
	}
	return rows
}

// histograms are those of the rows' columns, and of as many even probabilities.
func histograms(fields []model.Field, rows [][]float32) ([]model.Histogram, model.Histogram) {
	reference := make([]model.Histogram, len(fields))
	for j, f := range fields {
		c := model.Column{Field: f}
		for _, row := range rows {
			c.Values = append(c.Values, row[j])
		}
		reference[j] = model.NewHistogram(c)
	}
	score := model.Column{Field: model.Field{Name: "probability"}}
	for i := range rows {
		score.Values = append(score.Values, (float32(i)+0.5)/float32(len(rows)))
	}
	return reference, model.NewHistogram(score)
}

// BenchmarkOneRow is what drift costs a request of one row of 40 features: the tally, the row, the merge.
func BenchmarkOneRow(b *testing.B) {
	w, rows, p := crowd(1024)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		t := w.Tally()
		t.Add(rows[i%1024], p[i%1024])
		w.Merge(t)
	}
}

// BenchmarkOneRowParallel is the same from all processors at once, with nothing else to do: the worst a lock can be.
func BenchmarkOneRowParallel(b *testing.B) {
	w, rows, p := crowd(1024)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			t := w.Tally()
			t.Add(rows[i%1024], p[i%1024])
			w.Merge(t)
		}
	})
}

// BenchmarkBulk is 10 000 rows in one tally; ns/row is Add with its share of the merge.
func BenchmarkBulk(b *testing.B) {
	const bulk = 10_000
	w, rows, p := crowd(bulk)
	b.ReportAllocs()
	for b.Loop() {
		t := w.Tally()
		for i, row := range rows {
			t.Add(row, p[i])
		}
		w.Merge(t)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/bulk, "ns/row")
}

// BenchmarkReport is what a look at the drift costs, all 24 hours summed up.
func BenchmarkReport(b *testing.B) {
	w, rows, p := crowd(1024)
	t := w.Tally()
	for i, row := range rows {
		t.Add(row, p[i])
	}
	w.Merge(t)
	b.ReportAllocs()
	for b.Loop() {
		w.Report()
	}
}
