package modeltest

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// The columns of Table.
const (
	// Days is a whole number from 1 to 7 that raises the log-odds.
	Days = iota
	// Meetings is a count, 0 for most users, that raises them where it is above 0.
	Meetings
	// Pings is a count that lowers them where it is above 0, missing for a fifth of the users.
	Pings
	// Noise is Gaussian and without effect.
	Noise
	// Channel is a category of three levels, one of them worse, sometimes missing.
	Channel
	// Constant is 3 for everybody.
	Constant
	// AllMissing is missing for everybody.
	AllMissing
	// Shadow is Days with noise: it has no effect of its own.
	Shadow
)

// Table makes labelled rows in which a few columns raise and lower the log-odds of the label. Logistic regression reaches an
// AUC of 0.757 on 100,000 of them.
// 0.82.
func Table(seed uint64, rows int) model.Data {
	rng := rand.New(rand.NewPCG(seed, 0x6d6f64656c))
	columns := []model.Column{
		{Field: model.Field{Name: "days"}},
		{Field: model.Field{Name: "meetings"}},
		{Field: model.Field{Name: "pings"}},
		{Field: model.Field{Name: "noise"}},
		{Field: model.Field{Name: "channel", Levels: []string{"organic", "paid", "friend"}}},
		{Field: model.Field{Name: "constant"}},
		{Field: model.Field{Name: "all_missing"}},
		{Field: model.Field{Name: "shadow"}},
	}
	d := model.Data{X: &model.Matrix{Columns: columns}, Y: make([]bool, rows)}
	nan := float32(math.NaN())
	for i := range rows {
		days := float64(1 + rng.IntN(7))
		meetings, pings, channel := count(rng, 0.4), count(rng, 0.5), rng.IntN(3)
		score := -1.6 + 0.25*days + 1.6*sign(meetings) - 1.6*sign(pings)
		row := []float32{
			float32(days), float32(meetings), float32(pings), float32(rng.NormFloat64()), float32(channel), 3, nan,
			float32(days + rng.NormFloat64()),
		}
		if channel == 1 {
			score -= 0.8
		}
		if rng.IntN(5) == 0 {
			row[Pings] = nan
		}
		if rng.IntN(10) == 0 {
			row[Channel] = nan
		}
		for j, v := range row {
			columns[j].Values = append(columns[j].Values, v)
		}
		d.Y[i] = rng.Float64() < model.Sigmoid(score)
	}
	for j := range columns {
		if columns[j].Values == nil {
			columns[j].Values = []float32{}
		}
	}
	return d
}

// Take keeps the first columns of d.
func Take(d model.Data, columns int) model.Data {
	d.X = &model.Matrix{Columns: d.X.Columns[:columns]}
	return d
}

// count is 0, or with the given chance geometric from 1.
func count(rng *rand.Rand, chance float64) float64 {
	if rng.Float64() >= chance {
		return 0
	}
	n := 1.0
	for rng.Float64() < 0.6 {
		n++
	}
	return n
}

func sign(n float64) float64 {
	if n > 0 {
		return 1
	}
	return 0
}

func shuffle(y []bool, seed uint64) {
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(y), func(i, j int) { y[i], y[j] = y[j], y[i] })
}

// fingerprint hashes every bit of the table.
func fingerprint(d model.Data) uint64 {
	h := fnv.New64a()
	var buf [8]byte
	put := func(v uint64) {
		binary.LittleEndian.PutUint64(buf[:], v)
		h.Write(buf[:])
	}
	for _, c := range d.X.Columns {
		h.Write([]byte(c.Name))
		for _, l := range c.Levels {
			h.Write([]byte(l))
		}
		for _, v := range c.Values {
			put(uint64(math.Float32bits(v)))
		}
	}
	for _, y := range d.Y {
		if y {
			put(1)
		} else {
			put(0)
		}
	}
	for _, w := range d.W {
		put(math.Float64bits(w))
	}
	return h.Sum64()
}

func correlation(a, b []float64) float64 {
	var sa, sb, saa, sbb, sab float64
	n := float64(len(a))
	for i := range a {
		sa += a[i]
		sb += b[i]
		saa += a[i] * a[i]
		sbb += b[i] * b[i]
		sab += a[i] * b[i]
	}
	return (sab - sa*sb/n) / math.Sqrt((saa-sa*sa/n)*(sbb-sb*sb/n))
}
