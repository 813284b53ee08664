package segments

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
)

const (
	// near is by how much a number of kinds may agree less than the best one and still be chosen for its silhouette.
	near = 0.05
	// silhouetteRows is on how many people the silhouette is measured at most.
	silhouetteRows = 2000
)

// search is a run of Find.
type search struct {
	Input
	o Options
	t *table
	// m is the number of components, least the number of the sampled people in a kind.
	m, least int
}

// division is the people divided into kinds.
type division struct {
	centres points
	// agreement is the mean over the splits.
	agreement, silhouette float64
}

// Find divides the people. The same input gives the same result whatever the number of processors.
func Find(ctx context.Context, in Input, o Options) (*Result, error) {
	if err := errors.Join(in.check(), o.check()); err != nil {
		return nil, fmt.Errorf("find kinds of people: %w", err)
	}
	s := &search{Input: in, o: o}
	r := &Result{Users: len(in.Y), Agreement: math.NaN()}
	if err := s.find(ctx, r); err != nil {
		return nil, fmt.Errorf("find kinds of people: %w", err)
	}
	return r, nil
}

func (s *search) find(ctx context.Context, r *Result) (err error) {
	// A kind needs enough people in either half.
	if fewest := 2 * s.o.Fewest * s.o.MinUsers; len(s.Y) < fewest {
		r.Why = tooFewPeople(fewest)
		return ctx.Err()
	}
	sample := drawn(len(s.Y), s.o.Sample, s.random(0, 0))
	s.least = max(s.o.MinUsers, int(math.Ceil(s.o.MinShare*float64(len(sample)))))
	s.t = s.tabled(sample, s.least)
	if actions := s.t.actions(&s.Input); actions < 2 {
		r.Why = tooFewActions(s.least)
		return ctx.Err()
	}
	if s.m, err = components(s.t, s.random(1, 0)); err != nil {
		return err
	}
	if s.m == 0 {
		r.Why = unrelated()
		return ctx.Err()
	}
	v, err := viewed(s.t, everyRow(s.t.rows()), s.m)
	if err != nil {
		return err
	}
	divisions, err := s.divisions(ctx, v)
	if err != nil {
		return err
	}
	return s.choose(ctx, r, v, divisions)
}

// choose tells the division that halves agree on best, if they agree enough.
func (s *search) choose(ctx context.Context, r *Result, v *view, divisions []division) error {
	best, chosen := math.Inf(-1), -1
	for _, d := range divisions {
		if d.centres.len() >= s.o.Fewest {
			best = max(best, d.agreement)
		}
	}
	for k, d := range divisions {
		if d.centres.len() >= s.o.Fewest && d.agreement >= max(best-near, s.o.MinAgreement) &&
			(chosen < 0 || d.silhouette > divisions[chosen].silhouette) {
			chosen = k
		}
	}
	if chosen < 0 {
		r.Why = unstable(best, s.o)
		if !math.IsInf(best, -1) {
			r.Agreement = best
		}
		return nil
	}
	r.Agreement = divisions[chosen].agreement
	centres := divisions[chosen].centres
	groups, err := s.everybody(ctx, v, centres)
	if err != nil {
		return err
	}
	r.Why = s.chosen(centres.len())
	r.List = s.told(groups, v)
	return nil
}

// divisions are one for each number of kinds that is tried, with how far halves agree on it.
func (s *search) divisions(ctx context.Context, v *view) ([]division, error) {
	tried := s.o.Most - s.o.Fewest + 1
	places := points{v.places(s.t), s.m}
	out := make([]division, tried)
	halves := make([][][]uint8, 2*s.o.Splits)
	// The first jobs are the halves, which take longer; each writes to its own place.
	err := each(ctx, 2*s.o.Splits+tried, func(job int) (err error) {
		if job < len(halves) {
			halves[job], err = s.half(ctx, job/2, job%2)
			return err
		}
		k := job - len(halves)
		d := &out[k]
		if d.centres, err = cluster(ctx, places, s.o.Fewest+k, s.o.Starts, s.least, s.random(3, k)); err != nil {
			return err
		}
		some := places.pick(drawn(places.len(), silhouetteRows, s.random(4, 0)))
		d.silhouette = silhouette(some, assign(d.centres, some), d.centres.len())
		return nil
	})
	for k := range out {
		for split := range s.o.Splits {
			if err == nil {
				out[k].agreement += agreement(halves[2*split][k], halves[2*split+1][k]) / float64(s.o.Splits)
			}
		}
	}
	return out, err
}

// half divides the whole sample as one half of it alone does, for each number of kinds: its own means, deviations, components and centres.
func (s *search) half(ctx context.Context, split, side int) ([][]uint8, error) {
	n := s.t.rows()
	rows := s.random(2, split).Perm(n)
	if side == 0 {
		rows = rows[:n/2]
	} else {
		rows = rows[n/2:]
	}
	v, err := viewed(s.t, rows, s.m)
	if err != nil {
		return nil, err
	}
	places := points{v.places(s.t), s.m}
	own := places.pick(rows)
	var out [][]uint8
	for k := s.o.Fewest; k <= s.o.Most; k++ {
		centres, err := cluster(ctx, own, k, s.o.Starts, s.least/2, s.random(5+split, 2*k+side))
		if err != nil {
			return nil, err
		}
		out = append(out, assign(centres, places))
	}
	return out, nil
}

// random is a stream of its own for each purpose and place.
func (s *search) random(purpose, place int) *rand.Rand {
	return rand.New(rand.NewPCG(s.o.Seed, uint64(purpose)<<32|uint64(place)))
}

// each does the jobs, as many at a time as there are processors. The first error, in the order of the jobs, is returned.
func each(ctx context.Context, jobs int, do func(job int) error) error {
	errs := make([]error, jobs)
	queue := make(chan int)
	var workers sync.WaitGroup
	for range min(jobs, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for job := range queue {
				if errs[job] = ctx.Err(); errs[job] == nil {
					errs[job] = do(job)
				}
			}
		})
	}
	for job := range jobs {
		queue <- job
	}
	close(queue)
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
