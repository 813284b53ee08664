package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTicks(t *testing.T) {
	for name, c := range map[string]struct {
		low, high float64
		want      []string
	}{
		"around zero":    {-0.01, 0.05, []string{"0", "0.02", "0.04"}},
		"from zero":      {0, 1, []string{"0", "0.2", "0.4", "0.6", "0.8", "1"}},
		"small negative": {-0.004, 0.002, []string{"-0.004", "-0.002", "0", "0.002"}},
		"no width":       {1, 1, nil},
	} {
		var got []string
		for _, tick := range (ticks{plain, 5}).Ticks(c.low, c.high) {
			got = append(got, tick.Label)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
