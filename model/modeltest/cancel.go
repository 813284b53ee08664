package modeltest

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// cancel asks for a fit under a context that is over from the start, and under contexts that end at the first, second, fourth
// ... time that the fit looks at them. A fit that has been told must say so; one that never looks before its end does not pass.
func (s suite) cancel(t *testing.T) {
	d := Table(1, 2400)
	over, stop := context.WithCancel(context.Background())
	stop()
	if _, err := s.build(1).Fit(over, d); !errors.Is(err, context.Canceled) {
		t.Fatalf("under a cancelled context: error %v, want context.Canceled", err)
	}
	for looks := 1; looks <= 64; looks *= 2 {
		ctx := newFuse(looks)
		_, err := s.build(1).Fit(ctx, d)
		if ctx.burnt() && !errors.Is(err, context.Canceled) {
			t.Errorf("the context ended at look %d: error %v, want context.Canceled", looks, err)
		}
		if !ctx.burnt() && (looks == 1 || err != nil) {
			t.Errorf("the fit did not look at its context %d times, error %v", looks, err)
		}
	}
}

// fuse is a context that ends when it has been looked at a number of times.
type fuse struct {
	context.Context
	end context.CancelFunc

	mu   sync.Mutex
	left int
}

func newFuse(looks int) *fuse {
	ctx, end := context.WithCancel(context.Background())
	return &fuse{Context: ctx, end: end, left: looks}
}

func (f *fuse) look() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left--; f.left <= 0 {
		f.end()
	}
}

func (f *fuse) burnt() bool { return f.Context.Err() != nil }

// Err counts as a look.
func (f *fuse) Err() error {
	f.look()
	return f.Context.Err()
}

// Done counts as a look.
func (f *fuse) Done() <-chan struct{} {
	f.look()
	return f.Context.Done()
}
