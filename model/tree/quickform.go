package tree

import (
	"sync"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// scorer is a quick form of either width.
type scorer interface {
	score(row []float32) float64
	scoreBlock(dst []float64, x *model.Matrix, from int)
}

// lazily is a value that is made when it is first asked for.
type lazily[T any] struct {
	once  sync.Once
	value T
}

func (l *lazily[T]) get(make func() T) T {
	l.once.Do(func() { l.value = make() })
	return l.value
}

// quickForm is the ensemble's quick form, nil where it has none.
func (e *Ensemble) quickForm() scorer {
	return e.fast.get(func() scorer {
		if q := newQuick[uint32](e); q != nil {
			return newPooled(q)
		}
		if q := newQuick[uint64](e); q != nil {
			return newPooled(q)
		}
		return nil
	})
}

// quickBatch is the number of rows whose bits are worked on together: with 100 trees they fill half of the nearest cache.
const quickBatch = 64

// pooled is a quick form with room for the bits of a batch, used again by the next caller.
type pooled[B uint32 | uint64] struct {
	*quick[B]
	room sync.Pool
}

func newPooled[B uint32 | uint64](q *quick[B]) *pooled[B] {
	p := &pooled[B]{quick: q}
	p.room.New = func() any {
		open := make([]B, quickBatch*q.trees)
		return &open
	}
	return p
}

func (p *pooled[B]) score(row []float32) float64 {
	open := p.room.Get().(*[]B)
	sum := p.quick.score((*open)[:p.trees], row)
	p.room.Put(open)
	return sum
}

// scoreBlock sums the leaves of the rows from on, one for each place in dst, column by column.
func (p *pooled[B]) scoreBlock(dst []float64, x *model.Matrix, from int) {
	room := p.room.Get().(*[]B)
	open := (*room)[:len(dst)*p.trees]
	for t := range open {
		open[t] = ^B(0)
	}
	for j := range p.columns {
		c := &p.columns[j]
		rest := open
		for _, v := range x.Columns[c.column].Values[from : from+len(dst)] {
			own := rest[:p.trees]
			rest = rest[p.trees:]
			c.close(own, v)
		}
	}
	for i := range dst {
		dst[i] = p.sum(open[i*p.trees : (i+1)*p.trees])
	}
	p.room.Put(room)
}
