package server

import (
	"context"
	"sync/atomic"
	"time"
)

// queue keeps the server from taking on more than it can do: so many requests are worked on at a time, so many wait for their turn, and
// so many bytes of bodies are held. Whoever finds no room is told at once to come again.
type queue struct {
	slots   chan struct{}
	waiting atomic.Int64
	depth   int64
	wait    time.Duration
	held    atomic.Int64
	budget  int64
}

func newQueue(slots, depth int, wait time.Duration, budget int64) *queue {
	return &queue{slots: make(chan struct{}, slots), depth: int64(depth), wait: wait, budget: budget}
}

// hold reserves room for the bytes of a body.
func (q *queue) hold(bytes int64) error {
	if q.held.Add(bytes) > q.budget {
		q.held.Add(-bytes)
		return problem(Overloaded, "the bodies in hand fill the memory set aside for them; try again after the time in Retry-After")
	}
	return nil
}

func (q *queue) release(bytes int64) { q.held.Add(-bytes) }

// enter waits for a slot, but not long and not behind many. Every enter that gave nil needs a leave.
func (q *queue) enter(ctx context.Context) error {
	select {
	case q.slots <- struct{}{}:
		return nil
	default:
	}
	if q.waiting.Add(1) > q.depth {
		q.waiting.Add(-1)
		return problem(Overloaded, "%d requests are waiting already; try again after the time in Retry-After", q.depth)
	}
	defer q.waiting.Add(-1)
	patience := time.NewTimer(q.wait)
	defer patience.Stop()
	select {
	case q.slots <- struct{}{}:
		return nil
	case <-patience.C:
		return problem(Overloaded, "no turn came within %s; try again after the time in Retry-After", q.wait)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *queue) leave() { <-q.slots }
