package hist

import (
	"sync"
	"sync/atomic"
)

// parallel runs do(0) to do(n-1) on up to the given number of goroutines and waits. Work is handed out one index at a time,
// so that a busy neighbour on one processor does not hold up the others.
func parallel(workers, n int, do func(int)) {
	if workers = min(workers, n); workers <= 1 {
		for i := range n {
			do(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}
