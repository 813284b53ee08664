package hist

import (
	"sync/atomic"
)

// pool keeps a crew at hand while a tree grows. Waking a sleeping goroutine takes longer than summing a small leaf, so whoever waits
// looks again for some microseconds before it sleeps; it never waits longer awake, so that it takes nothing from a busy machine.
type pool struct {
	helpers int
	job     atomic.Pointer[job]
	asleep  atomic.Int32
	wake    chan struct{}
}

// job is n units of work, handed out one at a time.
type job struct {
	n          int64
	do         func(worker, unit int)
	next, done atomic.Int64
	finished   chan struct{}
}

// looks is how often one that waits looks before it sleeps: some 20 microseconds.
const looks = 20_000

// newPool starts the helpers of a crew; dismiss ends them.
func newPool(c crew) *pool {
	p := &pool{helpers: int(c) - 1, wake: make(chan struct{}, c)}
	for worker := 1; worker <= p.helpers; worker++ {
		go p.help(worker)
	}
	return p
}

// dismiss ends the helpers.
func (p *pool) dismiss() { p.post(&job{n: -1}) }

func (p *pool) post(j *job) {
	p.job.Store(j)
	for range p.asleep.Load() {
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
}

// run calls do(worker, 0) to do(worker, n-1) and waits. What a worker did depends on the moment, so results must not.
func (p *pool) run(n int, do func(worker, unit int)) {
	if p == nil || p.helpers == 0 || n <= 1 {
		for unit := range n {
			do(0, unit)
		}
		return
	}
	j := &job{n: int64(n), do: do, finished: make(chan struct{})}
	p.post(j)
	j.work(0)
	for range looks {
		if j.done.Load() == j.n {
			return
		}
	}
	<-j.finished
}

// work does units until there are no more.
func (j *job) work(worker int) {
	for unit := j.next.Add(1) - 1; unit < j.n; unit = j.next.Add(1) - 1 {
		j.do(worker, int(unit))
		if j.done.Add(1) == j.n {
			close(j.finished)
		}
	}
}

func (p *pool) help(worker int) {
	var last *job
	for {
		if last = p.await(last); last.n < 0 {
			return
		}
		last.work(worker)
	}
}

// await waits for another job than the last.
func (p *pool) await(last *job) *job {
	for {
		for range looks {
			if j := p.job.Load(); j != last {
				return j
			}
		}
		// Whoever posts after this line sees that one is asleep; what was posted before is seen below.
		p.asleep.Add(1)
		if p.job.Load() == last {
			<-p.wake
		}
		p.asleep.Add(-1)
	}
}
