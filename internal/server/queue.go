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
	*budget
}

// budget is how many bytes may be held at a time.
type budget struct {
	held atomic.Int64
	most int64
	full string
	// small is up to what size something is not counted, alone whether a single large thing may go over the budget by itself.
	small int64
	alone bool
}

func newQueue(slots, depth int, wait time.Duration, bytes *budget) *queue {
	return &queue{slots: make(chan struct{}, slots), depth: int64(depth), wait: wait, budget: bytes}
}

// bodies is the budget of what requests have sent and is not answered yet.
func bodies(most int64) *budget {
	return &budget{most: most, full: "the bodies in hand fill the memory set aside for them; try again after the time in Retry-After"}
}

// smallReply is up to what size replies are not counted: as many as there are connections take little room.
const smallReply = 64 << 10

// replies is the budget of what is answered and not yet read by its client. A reply that is larger than all of it may go alone.
func replies(most int64) *budget {
	return &budget{
		most: most, full: "clients that read slowly fill the memory set aside for replies; try again after the time in Retry-After",
		small: smallReply, alone: true,
	}
}

// hold reserves room.
func (b *budget) hold(bytes int64) error {
	if bytes <= b.small {
		return nil
	}
	if held := b.held.Add(bytes); held > b.most && !(b.alone && held == bytes) {
		b.held.Add(-bytes)
		return problem(Overloaded, "%s", b.full)
	}
	return nil
}

func (b *budget) release(bytes int64) {
	if bytes > b.small {
		b.held.Add(-bytes)
	}
}

// holding is one request's part of a queue's budget, which grows with its body.
type holding struct {
	queue *queue
	bytes int64
}

// take makes the part as large as the given bytes.
func (h *holding) take(bytes int64) error {
	if bytes <= h.bytes {
		return nil
	}
	if err := h.queue.hold(bytes - h.bytes); err != nil {
		return err
	}
	h.bytes = bytes
	return nil
}

func (h *holding) release() { h.queue.release(h.bytes) }

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
