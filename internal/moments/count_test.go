package moments

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"
)

var asked = struct{ times, on []int }{[]int{1, 2, 3, 5, 10}, []int{0, 2, 6}}

func random(seed uint64, users, actions int) (counts [][]uint8, p people) {
	rng := rand.New(rand.NewPCG(seed, 0))
	p.groups = 4
	for range users {
		p.back, p.stratum, p.group = append(p.back, rng.IntN(3) == 0), append(p.stratum, uint8(rng.IntN(8))), append(p.group, uint8(rng.IntN(4)))
	}
	for range actions {
		c := make([]uint8, users*days)
		for i := range c {
			c[i] = uint8(max(0, rng.IntN(8)-5))
		}
		counts = append(counts, c)
	}
	return counts, p
}

// brute counts one cell user by user.
func brute(counts []uint8, p people, times, day int) crossing {
	c := crossing{times: times, day: day, byStratum: make([]table, strata), byGroup: make([]table, p.groups)}
	for u := range p.back {
		n, back := 0, 0
		for d := 0; d <= day; d++ {
			n += int(counts[u*days+d])
		}
		if p.back[u] {
			back = 1
		}
		c.byStratum[p.stratum[u]].add(n >= times, 1, back)
		c.byGroup[p.group[u]].add(n >= times, 1, back)
	}
	return c
}

func TestCrossingsAsCountedOneByOne(t *testing.T) {
	counts, p := random(3, 500, 3)
	list, err := crossings(t.Context(), counts, p, asked.times, asked.on)
	if err != nil {
		t.Fatal(err)
	}
	for k := range counts {
		for i, c := range list[k] {
			if want := brute(counts[k], p, asked.times[i%5], asked.on[i/5]); !reflect.DeepEqual(c, want) {
				t.Fatalf("action %d: %+v, want %+v", k, c, want)
			}
			all := c.whole()
			if all.done+all.not != 500 {
				t.Errorf("done %d and not %d are not all", all.done, all.not)
			}
			if i%5 > 0 && all.done > list[k][i-1].whole().done || i >= 5 && all.done < list[k][i-5].whole().done {
				t.Errorf("action %d, cell %d: reach is not monotone in times and day", k, i)
			}
		}
	}
}

func TestCrossingsWhateverTheProcessors(t *testing.T) {
	counts, p := random(4, 300, 9)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first [][]crossing
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		list, err := crossings(t.Context(), counts, p, asked.times, asked.on)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = list
		} else if !reflect.DeepEqual(list, first) {
			t.Errorf("%d processors count otherwise than one", n)
		}
	}
}

func TestCrossingsStop(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	counts, p := random(5, 10, 2)
	if _, err := crossings(ctx, counts, p, asked.times, asked.on); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

// A hundred thousand users and 4 actions; a million users and 40 actions are a hundred times as much.
func BenchmarkCrossings(b *testing.B) {
	counts, p := random(6, 100_000, 4)
	for b.Loop() {
		if _, err := crossings(b.Context(), counts, p, asked.times, asked.on); err != nil {
			b.Fatal(err)
		}
	}
}
