package keys

import (
	"errors"
	"sync"
	"testing"
	"time"
)

// TestRateUnderContention has many callers ask at once while the clock runs on: as many are admitted as the rate gives, whoever asks, and
// nobody is told to wait longer than for the next request.
func TestRateUnderContention(t *testing.T) {
	for _, callers := range []int{1, 8, 64} {
		c := noon()
		secret, item := minted(t, 1, "backend", []Scope{Predict}, "per_second: 100", "burst: 1")
		r := ring(t, c, item)
		var all sync.WaitGroup
		var mu sync.Mutex
		admitted, longest := 0, time.Duration(0)
		for range callers {
			all.Go(func() {
				for range 20_000 / callers {
					c.add(100 * time.Microsecond)
					_, err := r.Admit("Bearer "+secret, Predict)
					var limit *LimitError
					mu.Lock()
					if err == nil {
						admitted++
					} else if errors.As(err, &limit) {
						longest = max(longest, limit.RetryAfter)
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		// 20,000 times 100 microseconds are 2 seconds at 100 a second, and the burst.
		if admitted < 195 || admitted > 201 {
			t.Errorf("%d callers: %d admitted in 2 s at 100 a second", callers, admitted)
		}
		if longest > 10*time.Millisecond {
			t.Errorf("%d callers: one was told to wait %s for 10 ms", callers, longest)
		}
	}
}
