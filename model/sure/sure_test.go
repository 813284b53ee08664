package sure

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/logit"
)

func TestDrawsAreInOrderAndDiffer(t *testing.T) {
	const users = 400
	var drawn [][]int
	seeds := map[uint64]bool{}
	_, err := Fit(t.Context(), func(_ context.Context, rows []int, seed uint64) (model.Predictor, error) {
		drawn = append(drawn, rows)
		seeds[seed] = true
		return &linear.Model{}, nil
	}, users, 20, 7)
	if err != nil || len(drawn) != 20 || len(seeds) != 20 {
		t.Fatalf("%d draws, %d seeds, %v", len(drawn), len(seeds), err)
	}
	for k, rows := range drawn {
		if len(rows) != users || !slices.IsSorted(rows) || rows[0] < 0 || rows[users-1] >= users {
			t.Errorf("draw %d: %d rows from %d to %d", k, len(rows), rows[0], rows[users-1])
		}
		// With replacement about 1 - 1/e of the users come at least once.
		if once := len(slices.Compact(slices.Clone(rows))); once < users*55/100 || once > users*71/100 {
			t.Errorf("draw %d has %d different users of %d", k, once, users)
		}
		if k > 0 && slices.Equal(rows, drawn[0]) {
			t.Errorf("draw %d is draw 0 again", k)
		}
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	d, _ := simulated(rand.New(rand.NewPCG(3, 3)), 300)
	fit := func(seed uint64) []byte {
		c := logit.New(logit.Defaults())
		r, err := Fit(t.Context(), func(ctx context.Context, rows []int, _ uint64) (model.Predictor, error) {
			return c.Fit(ctx, d.Take(rows))
		}, 300, 5, seed)
		if err != nil {
			t.Fatal(err)
		}
		data, err := r.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	first := fit(1)
	if !bytes.Equal(first, fit(1)) {
		t.Error("the same seed gave other bytes")
	}
	if bytes.Equal(first, fit(2)) {
		t.Error("another seed gave the same bytes")
	}
}

func TestDrawsOfOneClassAreDrawnAgain(t *testing.T) {
	calls := 0
	r, err := Fit(t.Context(), func(context.Context, []int, uint64) (model.Predictor, error) {
		if calls++; calls%3 != 0 {
			return nil, model.ErrOneClass
		}
		return &linear.Model{}, nil
	}, 10, 6, 1)
	if err != nil || len(r.Members()) != 6 || calls != 18 {
		t.Errorf("%d calls, %v", calls, err)
	}
	never := func(context.Context, []int, uint64) (model.Predictor, error) { return nil, model.ErrOneClass }
	if _, err := Fit(t.Context(), never, 10, 6, 1); !errors.Is(err, model.ErrOneClass) || !strings.Contains(err.Error(), "replica 1 of 6") {
		t.Errorf("one class throughout: %v", err)
	}
}

func TestFitRefuses(t *testing.T) {
	fine := func(context.Context, []int, uint64) (model.Predictor, error) { return &linear.Model{}, nil }
	if _, err := Fit(t.Context(), fine, 0, 20, 1); !errors.Is(err, model.ErrEmpty) {
		t.Errorf("no users: %v", err)
	}
	if _, err := Fit(t.Context(), fine, 10, 2, 1); err == nil || !strings.Contains(err.Error(), "fit 5 to 200") {
		t.Errorf("two replicas: %v", err)
	}
	broken := errors.New("broken")
	if _, err := Fit(t.Context(), func(context.Context, []int, uint64) (model.Predictor, error) { return nil, broken }, 10, 5, 1); !errors.Is(err, broken) {
		t.Errorf("a fit that fails: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	calls := 0
	_, err := Fit(ctx, func(context.Context, []int, uint64) (model.Predictor, error) {
		if calls++; calls == 3 {
			stop()
		}
		return &linear.Model{}, nil
	}, 10, 20, 1)
	if !errors.Is(err, context.Canceled) || calls != 3 {
		t.Errorf("stopped at the third replica: %v after %d", err, calls)
	}
}
