package calibrate

import (
	"strings"
	"testing"
)

// That the expressions give the probabilities of Probability is shown by running them, in internal/scorer; here is what they look like.
func TestSQL(t *testing.T) {
	const inside = "LEAST(0.999999999999e0, GREATEST(1e-12, "
	for name, tt := range map[string]struct {
		m    Map
		want string
	}{
		"none":  {Map{}, inside + "1e0 / (1e0 + EXP(0e0 - LEAST(40e0, GREATEST(-40e0, s))))))"},
		"platt": {Map{Kind: PlattKind, A: 2, B: -1}, inside + "1e0 / (1e0 + EXP(0e0 - LEAST(40e0, GREATEST(-40e0, (2e0 * s + -1e0)))))))"},
		"isotonic": {
			Map{Kind: IsotonicKind, A: 1, X: []float64{-1, 0, 2}, Y: []float64{0.25, 0.5, 0.75}},
			inside + "CASE WHEN s <= -1e0 THEN 1e0 / (1e0 + EXP(0e0 - LEAST(40e0, GREATEST(-40e0, (-1.0986122886681096e0 + 1e0 * (s - (-1e0)))))))" +
				" WHEN s >= 2e0 THEN 1e0 / (1e0 + EXP(0e0 - LEAST(40e0, GREATEST(-40e0, (1.0986122886681096e0 + 1e0 * (s - (2e0)))))))" +
				" WHEN s <= 0e0 THEN 0.25e0 + (s - (-1e0)) / 1e0 * (0.25e0) ELSE 0.5e0 + (s - (0e0)) / 2e0 * (0.25e0) END))",
		},
	} {
		if got := tt.m.SQL("s"); got != tt.want {
			t.Errorf("%s:\n%s, want\n%s", name, got, tt.want)
		}
		if got := tt.m.SQL("s"); strings.Contains(got, "--") {
			t.Errorf("%s: two minus signs begin a comment: %s", name, got)
		}
	}
}
