package featuretest_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/features/featuretest"
)

func TestParse(t *testing.T) {
	script, err := featuretest.Parse("mina.feature", strings.NewReader(`zone Asia/Seoul
as-of 2026-03-01T00:00
data-start 2025-10-01T00:00:30Z
burn-in 14
label visits=2 unit=sessions
background "a b" c   # two
user mina`+"\r\n"+`
  2026-01-05T09:00 open screen="month #1" engaged_ms=3000 first_touch=2026-01-05 platform=IOS device=mobile language=ko-kr country=KR version=1.0 channel=Direct param.price=2.5 param.n=-1
expect mina
  visit_days 1
  platform "missing"
  language missing
  share_night 1/4
  label unlabelled
  excluded first-touch
`))
	if err != nil {
		t.Fatal(err)
	}
	wantPlan := features.Plan{
		Zone: "Asia/Seoul", Background: []string{"a b", "c"}, BurnIn: 14,
		Label: features.Label{Visits: 2, Gap: 7, Horizon: 30, Unit: features.VisitSessions},
		// 2026-02-28T15:00Z and 2025-10-01T00:00:30Z, by date -d ... +%s.
		AsOf: 1772290800e6, DataStart: 1759276830e6,
	}
	if diff := cmp.Diff(wantPlan, script.Plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	wantEvents := []features.Event{{
		User: "mina", Time: 1767571200e6, Name: "open", Screen: "month #1", EngagedMS: 3000, FirstTouch: 1767538800e6, Platform: "IOS",
		Device: "mobile", Language: "ko-kr", Country: "KR", AppVersion: "1.0", Channel: "Direct", Params: map[string]float64{"price": 2.5, "n": -1},
	}}
	if diff := cmp.Diff(wantEvents, script.Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	var values []features.Value
	var words []string
	for _, x := range script.Expects {
		if x.Word != "" {
			words = append(words, x.What+" "+x.Word)
			continue
		}
		values = append(values, x.Value)
	}
	if diff := cmp.Diff([]features.Value{{Number: 1}, {Text: "missing"}, {Missing: true}, {Number: 0.25}}, values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"label unlabelled", "excluded " + features.NotNewFirstTouch}, words); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
}

func TestParseErrors(t *testing.T) {
	const head = "zone America/New_York\nas-of 2026-06-01T00:00\nknown share\n"
	for _, c := range []struct{ name, script, want string }{
		{"empty", "", "f:1: the script has no user"},
		{"no as-of", "user a\n", "f:1: as-of must be given before the first user"},
		{"statement", "wat 1\n", `f:1: "wat" is no statement; the statements are zone, as-of, `},
		{"zone", "zone Mars/Olympus\n", `f:1: time zone "Mars/Olympus" is unknown; use an IANA name`},
		{"late zone", "known a\nzone UTC\n", "f:2: zone takes one name and must be the first statement"},
		{"time", "as-of noon\n", `f:1: "noon" is no time; write 2026-01-05T09:00 or`},
		{"two times", "as-of 2026-01-01 2026-01-02\n", "f:1: as-of takes one time"},
		{"skipped hour", head + "user a\n  2026-03-08T02:30 go\n", "f:5: the local time 2026-03-08T02:30 does not exist in America/New_York"},
		{"double hour", head + "user a\n  2026-11-01T01:30 go\n", "f:5: the local time 2026-11-01T01:30 happens twice in America/New_York; give an offset"},
		{"burn-in", "burn-in many\n", "f:1: burn-in takes a number of days"},
		{"label part", "label weeks=3\n", "f:1: label takes visits=, gap=, horizon= and unit="},
		{"label number", "label visits=x\n", "f:1: label visits takes a number"},
		{"label rule", "label gap=3\n", "f:1: label gap is 3; the label window may not begin before day 7"},
		{"key in statement", "known a=b\n", "f:1: known takes plain words, not a="},
		{"absent", "absent share\n", "f:1: absent takes an event and the app versions that lack it"},
		{"absent event", head + "absent other 1.0\nuser a\n", "f:5: absent names the event other, which is not a known one"},
		{"late statement", head + "user a\nknown b\n", "f:5: known must stand before the first user"},
		{"late label", head + "user a\nlabel visits=1\n", "f:5: label must stand before the first user"},
		{"late feature", head + "user a\nfeature n {}\n", "f:5: feature must stand before the first user"},
		{"feature JSON", "feature n {\n", "f:1: feature takes a name and a JSON expression"},
		{"feature node", "feature n {\"median\":{}}\n", `expression "median" is not one of the algebra's nodes`},
		{"feature field", "feature n {\"count\":{\"off\":{}}}\n", `unknown field "off"`},
		{"feature days", head + "feature n {\"count\":{\"of\":{\"days\":[0,7]}}}\nuser a\n", "f:5: feature n: days 0 to 7 are not inside the first week"},
		{"feature twice", head + "feature trend {\"count\":{\"of\":{}}}\nuser a\n", "f:5: feature trend is there twice"},
		{"user", head + "user\n", "f:4: user takes one user"},
		{"stray line", head + "  visit_days 1\n", "f:4: an indented line belongs to a user or an expect block"},
		{"expect nobody", head + "user a\nexpect b\n", "f:5: user b has no user block above"},
		{"short event", head + "user a\n  2026-01-05\n", "f:5: an event is a time, a name and then fields"},
		{"field", head + "user a\n  2026-01-05 go colour=red\n", `f:5: "colour" is no field of an event`},
		{"bare field", head + "user a\n  2026-01-05 go red\n", `f:5: "red" is no field of an event`},
		{"whole ms", head + "user a\n  2026-01-05 go engaged_ms=1.5\n", "f:5: engaged_ms takes a whole number"},
		{"param", head + "user a\n  2026-01-05 go param.x=inf\n", `f:5: "inf" is no number`},
		{"expectation", head + "user a\nexpect a\n  events\n", "f:6: an expectation is a name and a value"},
		{"feature name", head + "user a\nexpect a\n  evnts 1\n", `f:6: "evnts" is no feature of the set; the features are visit_days, sessions, `},
		{"value", head + "user a\nexpect a\n  events many\n", `f:6: events: "many" is no number`},
		{"fraction", head + "user a\nexpect a\n  events 1/0\n", "f:6: events: the fraction divides by 0"},
		{"label value", head + "user a\nexpect a\n  label yes\n", `f:6: label is revisit, no or unlabelled, not "yes"`},
		{"reason", head + "user a\nexpect a\n  excluded why\n", `f:6: excluded takes first-touch, burn-in or no-visit, not "why"`},
		{"open quote", "known \"a\n", "f:1: the quote is not closed"},
		{"quote inside", "known a\"b\"\n", "f:1: a quote may stand only at the beginning of a word or after its ="},
		{"after quote", "known \"a\"b\n", "f:1: a blank is missing after the quoted word"},
		{"encoding", "known \xff\n", "f:1: the line is not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := featuretest.Parse("f", strings.NewReader(c.script))
			var syntax *featuretest.SyntaxError
			if !errors.As(err, &syntax) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a SyntaxError with %q", err, c.want)
			}
		})
	}
}

// FuzzParse checks that no text makes the parser panic, that a refusal names a line of the file, and that what is accepted can be run.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.feature")
	if err != nil || len(files) == 0 {
		f.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		script, err := featuretest.Parse("f", strings.NewReader(text))
		if err != nil {
			var syntax *featuretest.SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Line > strings.Count(text, "\n")+1 || script != nil {
				t.Fatalf("got %v, %v", script, err)
			}
			return
		}
		if err := script.Set.Validate(); err != nil {
			t.Fatal(err)
		}
		for _, x := range script.Expects {
			if x.Feature >= len(script.Set.Features) {
				t.Fatalf("expectation %+v is of no feature", x)
			}
		}
		results, err := featuretest.Go(t.Context(), script.Set, script.Plan, script.Events)
		if err != nil {
			t.Fatal(err)
		}
		for user, r := range results {
			if r.Excluded == "" && len(r.Row) != len(script.Set.Features) {
				t.Fatalf("user %s has %d values", user, len(r.Row))
			}
		}
	})
}
