package moments

import (
	"math"
	"reflect"
	"testing"
)

// arrivals are n people on each day, from 2026-01-05, a Monday (day 20458).
func arrivals(perWeek ...int) (day0 []int) {
	for w, n := range perWeek {
		for i := range n {
			day0 = append(day0, 20458+7*w+i%7)
		}
	}
	return day0
}

func TestMonday(t *testing.T) {
	for day, want := range map[int]string{20458: "2026-01-05", 20464: "2026-01-05", 20465: "2026-01-12", 0: "1969-12-29", -4: "1969-12-22"} {
		if got := date(monday(day)); got != want {
			t.Errorf("day %d is of the week %s, want %s", day, got, want)
		}
	}
}

func TestCohortsAreWholeWeeksOfEnoughPeople(t *testing.T) {
	for name, c := range map[string]struct {
		weeks []int
		want  []int
	}{
		"twelve even weeks":               {[]int{200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200}, []int{400, 400, 400, 400, 400, 400}},
		"fewer where there are fewer":     {[]int{100, 100, 100, 100, 100, 100}, []int{200, 200, 200}},
		"399 people":                      {[]int{200, 199}, nil},
		"400 people":                      {[]int{200, 200}, []int{200, 200}},
		"one week":                        {[]int{5000}, nil},
		"a last group that is too small":  {[]int{900, 50, 50}, []int{}},
		"a week without anybody":          {[]int{300, 0, 300}, []int{300, 300}},
		"a campaign that brings most":     {[]int{200, 3000, 200, 200}, []int{3200, 200, 200}},
		"nobody":                          {nil, nil},
		"a small group joins that before": {[]int{500, 500, 100}, []int{500, 600}},
	} {
		day0 := arrivals(c.weeks...)
		got := cohortsOf(day0)
		var sizes []int
		sum := 0
		for _, g := range got.groups {
			sizes, sum = append(sizes, g.users), sum+g.users
			if g.users < cohortUsers {
				t.Errorf("%s: a group has %d people", name, g.users)
			}
		}
		if len(got.groups) > 0 && sum != len(day0) || len(c.want) > 0 && !reflect.DeepEqual(sizes, c.want) || len(c.want) == 0 && len(sizes) > 0 {
			t.Errorf("%s: groups are of %v, want %v", name, sizes, c.want)
		}
		counted := make([]int, max(1, len(got.groups)))
		for _, g := range got.of {
			counted[g]++
		}
		if len(sizes) > 0 && !reflect.DeepEqual(counted, sizes) {
			t.Errorf("%s: people are in groups %v, not %v", name, counted, sizes)
		}
	}
}

func TestStabilityHidesSmallGroups(t *testing.T) {
	c := cohortsOf(arrivals(250, 250))
	list, agree := c.stability([]table{{100, 60, 150, 50}, {9, 0, 241, 90}})
	if len(list) != 2 || list[0].From != "2026-01-05" || list[0].To != "2026-01-05" || list[1].From != "2026-01-12" || list[1].Users != 250 {
		t.Errorf("the groups are %+v", list)
	}
	if math.IsNaN(list[0].Difference.Value) || !math.IsNaN(list[1].Difference.Value) || !agree {
		t.Errorf("differences are %v and %v, agree %v", list[0].Difference, list[1].Difference, agree)
	}
}
