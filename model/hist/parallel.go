package hist

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// crew is how many goroutines may work at once; the caller's own is one of them.
type crew int

// everyone is a crew of one goroutine a processor, however many more GOMAXPROCS allows: they could only wait for each other.
func everyone() crew { return crew(min(runtime.GOMAXPROCS(0), runtime.NumCPU())) }

// run calls do(worker, 0) to do(worker, n-1) and waits. Units are handed out one at a time and idle goroutines sleep, so that a busy
// neighbour on one processor does not hold up the others. A worker's number is below the crew's; what it did depends on the
// moment, so results must not depend on which worker did what.
func (c crew) run(n int, do func(worker, unit int)) {
	workers := min(int(c), n)
	if workers <= 1 {
		for i := range n {
			do(0, i)
		}
		return
	}
	var next atomic.Int64
	work := func(worker int) {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			do(worker, i)
		}
	}
	var wg sync.WaitGroup
	for worker := 1; worker < workers; worker++ {
		wg.Go(func() { work(worker) })
	}
	work(0)
	wg.Wait()
}

// chunks is in how many parts of the given size n things are handled.
func chunks(n, size int) int { return (n + size - 1) / size }

// chunk is the range of part k.
func chunk(k, n, size int) (from, to int) { return k * size, min((k+1)*size, n) }
