package moments

import "testing"

func TestStable(t *testing.T) {
	same := table{200, 100, 300, 90}
	turned := table{200, 60, 300, 150}
	for name, c := range map[string]struct {
		groups []table
		want   bool
	}{
		"the same thrice":               {[]table{same, same, same}, true},
		"the other way round":           {[]table{same, same, turned}, false},
		"one group":                     {[]table{turned}, true},
		"a group that nobody did it in": {[]table{same, {0, 0, 50, 20}, same}, true},
		"nobody revisits in one":        {[]table{{20, 0, 20, 0}, {20, 1, 20, 1}}, true},
	} {
		if got := stable(c.groups); got != c.want {
			t.Errorf("%s: stable is %v, want %v", name, got, c.want)
		}
	}
}
