package hist

import (
	"math"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// sampleRows bounds how many rows the quantiles of a column are read from.
const sampleRows = 200_000

// sampler keeps the buffers of one worker between columns.
type sampler struct{ sample, other []uint32 }

// cutNumber finds where a number is cut.
func (s *sampler) cutNumber(c *model.Column) column {
	stride := 1 + (len(c.Values)-1)/sampleRows
	sample := resize(s.sample, len(c.Values)/stride+1)[:0]
	for i := 0; i < len(c.Values); i += stride {
		// A zero below 0 is a zero.
		if v := c.Values[i]; v == v {
			sample = append(sample, key(v+0))
		}
	}
	s.sample, s.other = sample, resize(s.other, len(sample))
	out := column{upper: cuts(sortKeys(sample, s.other))}
	out.count = len(out.upper)
	out.ofKey = make([]uint8, 1<<(32-keyShift))
	b := 1
	for k := range out.ofKey {
		floor := number(uint32(k) << keyShift)
		for floor > out.upper[b] {
			b++
		}
		out.ofKey[k] = uint8(b)
	}
	return out
}

// sortKeys sorts by three passes of eleven bits, through another slice of the same length; it returns the sorted one of the two.
func sortKeys(keys, other []uint32) []uint32 {
	for shift := 0; shift < 32; shift += 11 {
		var ends [1 << 11]int
		for _, k := range keys {
			ends[k>>shift&(1<<11-1)]++
		}
		at := 0
		for d, n := range ends {
			ends[d] = at
			at += n
		}
		for _, k := range keys {
			d := k >> shift & (1<<11 - 1)
			other[ends[d]] = k
			ends[d]++
		}
		keys, other = other, keys
	}
	return keys
}

// number is the inverse of key.
func number(k uint32) float64 {
	if k>>31 == 1 {
		return float64(math.Float32frombits(k &^ (1 << 31)))
	}
	return float64(math.Float32frombits(^k))
}

// cuts returns the upper bound of each bin of sorted keys of values, at most MaxBins-1 of them behind the missing bin; the last is
// +Inf. Where there are more distinct values, each bin takes values until it holds its share of those left.
func cuts(sorted []uint32) []float64 {
	distinct := 0
	for i := range sorted {
		if i == 0 || sorted[i] != sorted[i-1] {
			distinct++
		}
	}
	upper := []float64{math.Inf(-1)}
	room, start := MaxBins-1, 0
	for i := 0; i+1 < len(sorted); i++ {
		if sorted[i+1] == sorted[i] {
			continue
		}
		left := MaxBins - len(upper)
		if distinct <= room || left > 1 && (i+1-start)*left >= len(sorted)-start {
			upper = append(upper, (number(sorted[i])+number(sorted[i+1]))/2)
			start = i + 1
		}
	}
	return append(upper, math.Inf(1))
}
