package features

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestSiteListsHoldWhatFamiliesDoNot keeps the lists short and each source in one class.
func TestSiteListsHoldWhatFamiliesDoNot(t *testing.T) {
	classOf := map[string]string{}
	for _, l := range siteLists {
		for _, source := range l.all() {
			if source != normal(source) {
				t.Errorf("%q is not in its normal form and can never match", source)
			}
			if other, ok := classOf[source]; ok {
				t.Errorf("%q is listed twice, as %s and %s", source, other, l.class)
			}
			classOf[source] = l.class
			if family := familyOf(source); family == l.class {
				t.Errorf("%q is listed, but the family %s has it anyway", source, family)
			}
		}
	}
}

func familyOf(source string) string {
	for _, f := range families {
		if f.pattern().MatchString(source) {
			return f.class
		}
	}
	return ""
}

// TestFamiliesKnowTheirNames finds a name that an earlier family takes away from its own, or that is misspelled as a pattern.
func TestFamiliesKnowTheirNames(t *testing.T) {
	for _, f := range families {
		for name := range strings.FieldsSeq(strings.Join([]string{f.words, f.hosts, f.heads, f.starts}, " ")) {
			if strings.ContainsAny(name, "[(?") {
				continue
			}
			if got := familyOf(name); got != f.class {
				t.Errorf("%s of the family %s is taken for %q", name, f.class, got)
			}
		}
	}
}

// FuzzShortcuts holds the shortcuts of Of, frequent texts and needed literals, to the bare lists and patterns that SQL has.
func FuzzShortcuts(f *testing.F) {
	for _, source := range ListedSources() {
		f.Add(source)
	}
	for _, text := range []string{
		"xcpx", "ppc", "paid", "retargeting", "short-video", "web-push", "mobile", "cross-network", "shopping",
		"e-shop",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = normal(text)
		for _, c := range classes() {
			want := ""
			for i := len(c.tests) - 1; i >= 0; i-- {
				if inTest(c.tests[i], text) {
					want = c.tests[i].class
				}
			}
			if got := c.of(text); got != want {
				t.Errorf("the class of %q in field %d is %q, the lists and patterns say %q", text, c.from, got, want)
			}
		}
	})
}

func inTest(t test, text string) bool {
	for _, s := range t.list {
		if s == text {
			return true
		}
	}
	return t.pattern != nil && t.pattern.MatchString(text)
}

// TestNormalTwice: what is normal stays so, and no letter beyond ASCII changes.
func TestNormalTwice(t *testing.T) {
	for in, want := range map[string]string{
		" Naver\u3000": "naver", "İ": "İ", "\u212a": "\u212a", "ΣΑΣ": "ΣΑΣ", "가 나": "가 나",
		"\u0085\u2028A\u00a0b\u1680": "a\u00a0b", "\u200bA": "\u200ba",
	} {
		if got := normal(in); got != want || normal(got) != want {
			t.Errorf("normal(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestChannelSQLSize keeps the expression far below what a query may have, and linear in the links.
func TestChannelSQLSize(t *testing.T) {
	size := func(links int, d Dialect) int {
		var all []Link
		for i := range links {
			source, campaign := fmt.Sprint("source ", i), fmt.Sprint("campaign ", i)
			all = append(all, Link{Source: source, Medium: "social", Campaign: campaign, Channel: "campus"})
		}
		c, err := NewChannels(all)
		if err != nil {
			t.Fatal(err)
		}
		sql := c.SQL(d, "source", "medium", "campaign")
		if !utf8.ValidString(sql) {
			t.Error("the SQL is no UTF-8")
		}
		return len(sql)
	}
	for _, d := range []Dialect{DuckDB{}, GoogleSQL{}} {
		bare := size(0, d)
		if bare > 30_000 {
			t.Errorf("%s without links has %d bytes", d.Name(), bare)
		}
		if with := size(1000, d); with > bare+1000*150 {
			t.Errorf("%s with 1000 links has %d bytes", d.Name(), with)
		}
	}
}
