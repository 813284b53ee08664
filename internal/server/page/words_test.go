package page_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

// TestWords holds how the page puts numbers, rules and ranges, by its own functions.
func TestWords(t *testing.T) {
	b := open(t, 1280)
	b.at(t, serving(t, nil, nil), "en")
	cases := map[string][2]string{
		`amount({unit: "times", action: "a"}, 1)`:                      {"1 time", "1회"},
		`amount({unit: "times", action: "a"}, 1200)`:                   {"1,200 times", "1,200회"},
		`amount({unit: "times"}, 18)`:                                  {"18", "18"},
		`amount({unit: "days"}, 1)`:                                    {"1 day", "1일"},
		`amount({unit: "kinds"}, 9)`:                                   {"9 kinds", "9종류"},
		`amount({unit: "ms"}, 225000)`:                                 {"3.8 min", "3.8분"},
		`amount({unit: "hours"}, 0.25)`:                                {"15 min", "15분"},
		`amount({unit: "hours"}, 36.06)`:                               {"36.1 hours", "36.1시간"},
		`amount({unit: "share"}, 0.25)`:                                {"25%", "25%"},
		`amount({unit: "hour"}, 9)`:                                    {"9:00", "9시"},
		`amount({unit: "weekday"}, 0)`:                                 {"Monday", "월요일"},
		`amount({unit: "weekday"}, 6)`:                                 {"Sunday", "일요일"},
		`amount({unit: "score"}, -0.5)`:                                {"-0.5", "-0.5"},
		`valueInWords({unit: "hours", action: "a"}, null)`:             {"never", "하지 않음"},
		`valueInWords({unit: "days"}, undefined)`:                      {"unknown", "값 없음"},
		`valueInWords({kind: "category"}, "Direct")`:                   {"Direct", "Direct"},
		`thresholdInWords({threshold: .4})`:                            {"40.0%", "40.0%"},
		`thresholdInWords({threshold: .4, threshold_rule: "0.4"})`:     {"40.0%: set by hand", "40.0%: 직접 지정한 값"},
		`thresholdInWords({threshold: .4, threshold_rule: "top:20%"})`: {"40.0%: the top 20% of users", "40.0%: 상위 20% 사용자"},
		`labelInWords({label: {visits: 4, gap: 7, horizon: 30, unit: "sessions"}})`: {
			"At least 4 sessions in days 7 to 36", "7~36일차에 세션 4회 이상",
		},
		`labelInWords({rule: "as the model says", label: {unit: "weeks"}})`: {"as the model says", "as the model says"},
		`title("screen_home")`: {"screen_home", "screen_home"},
		`truthInWords({status: "few", users: 12, from: "2026-01-01", to: "2026-01-07"})`: {
			"12 users who came from 2026-01-01 to 2026-01-07 have an outcome by now, too few to tell.",
			"2026-01-01 ~ 2026-01-07 코호트 12명의 재방문 여부가 확인되었으나 판단하기에는 적습니다.",
		},
	}
	for k, language := range []string{"en", "ko"} {
		eval[any](t, b, `speak("`+language+`")`)
		for _, script := range slices.Sorted(maps.Keys(cases)) {
			if got := eval[string](t, b, script); got != cases[script][k] {
				t.Errorf("%s in %s: %q, want %q", script, language, got, cases[script][k])
			}
		}
	}
}

// TestSpans holds the ranges of sliders: no hour 33, no eighth day of the week, no share above 1.
func TestSpans(t *testing.T) {
	b := open(t, 1280)
	b.at(t, serving(t, nil, nil), "en")
	for script, want := range map[string]string{
		`spanOf({unit: "share"}, {edges: [0, 1]})`:       `{"low":0,"high":1,"step":0.01}`,
		`spanOf({unit: "hour"}, {edges: [7, 22]})`:       `{"low":0,"high":23,"step":1}`,
		`spanOf({unit: "weekday"}, {edges: [0, 6]})`:     `{"low":0,"high":6,"step":1}`,
		`spanOf({unit: "score"}, {edges: [-1, 0.04]})`:   `{"low":-1,"high":1,"step":0.05}`,
		`spanOf({unit: "days"}, {edges: [1, 2, 6]})`:     `{"low":0,"high":7,"step":1}`,
		`spanOf({unit: "hours"}, {edges: [0.5, 131.7]})`: `{"low":0,"high":168,"step":2}`,
		`spanOf({unit: "times"}, {edges: [0, 1]})`:       `{"low":0,"high":3,"step":1}`,
		`spanOf({unit: "times"}, {edges: [8, 45]})`:      `{"low":0,"high":68,"step":1}`,
		`spanOf({unit: "ms"}, {edges: [76978, 567868]})`: `{"low":0,"high":851802,"step":9000}`,
		`spanOf({unit: "times"}, {})`:                    `{"low":0,"high":10,"step":1}`,

		`typicalOf({}, {missing_reference: 0.6, reference: [1, 0]})`: `null`,

		`typicalOf({}, {missing_reference: 0, reference: [0.2, 0.5, 0.3, 0], edges: [1, 2]})`: `2`,

		`typicalOf({kind: "category"}, {missing_reference: 0, reference: [0.3, 0.7, 0], levels: ["a", "b"]})`: `"b"`,
	} {
		got := eval[json.RawMessage](t, b, script)
		if string(got) != want {
			t.Errorf("%s: %s, want %s", script, got, want)
		}
	}
}
