package report

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func parsed(t *testing.T, language string, d Data) *html.Node {
	t.Helper()
	d.Language = language
	root, err := html.Parse(strings.NewReader(render(t, d)))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func elements(root *html.Node, names ...string) []*html.Node {
	var out []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && slices.Contains(names, n.Data) {
			out = append(out, n)
		}
	}
	return out
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// TestAccessible holds what can be checked without eyes of the Web Content Accessibility Guidelines 2.2.
func TestAccessible(t *testing.T) {
	for _, language := range []string{English, Korean} {
		for name, d := range map[string]Data{"full": fixture(), "empty": {}} {
			root := parsed(t, language, d)
			name += " " + language
			if got := attribute(elements(root, "html")[0], "lang"); got != language {
				t.Errorf("%s: the page's language is %q", name, got)
			}
			checkHeadings(t, name, root)
			checkTables(t, name, root)
			checkLinks(t, name, root)
			for _, svg := range elements(root, "svg") {
				if attribute(svg, "role") != "img" || attribute(svg, "aria-label") == "" {
					t.Errorf("%s: a picture has no name", name)
				}
			}
			for _, landmark := range []string{"header", "nav", "main", "footer", "title"} {
				if n := len(elements(root, landmark)); n != 1 {
					t.Errorf("%s: %d elements %s", name, n, landmark)
				}
			}
		}
	}
}

func checkHeadings(t *testing.T, name string, root *html.Node) {
	t.Helper()
	last := 0
	for _, h := range elements(root, "h1", "h2", "h3", "h4", "h5", "h6") {
		level := int(h.Data[1] - '0')
		if level > last+1 || textOf(h) == "" {
			t.Errorf("%s: heading %q of level %d after one of level %d", name, textOf(h), level, last)
		}
		last = level
	}
	if n := len(elements(root, "h1")); n != 1 {
		t.Errorf("%s: %d headings of level 1", name, n)
	}
	if n := len(elements(root, "h2")); n != 7 {
		t.Errorf("%s: %d sections, want 7", name, n)
	}
}

func checkTables(t *testing.T, name string, root *html.Node) {
	t.Helper()
	for _, table := range elements(root, "table") {
		caption := elements(table, "caption")
		if len(caption) != 1 || textOf(caption[0]) == "" {
			t.Fatalf("%s: a table has no caption", name)
		}
		columns := 0
		for k, row := range elements(table, "tr") {
			cells := elements(row, "th", "td")
			if k == 0 {
				columns = len(cells)
			}
			if len(cells) != columns {
				t.Errorf("%s: table %q has a row of %d cells under %d headings", name, textOf(caption[0]), len(cells), columns)
			}
			if attribute(cells[0], "scope") == "" {
				t.Errorf("%s: table %q has a row that nothing heads", name, textOf(caption[0]))
			}
		}
		for _, th := range elements(table, "th") {
			if attribute(th, "scope") == "" || textOf(th) == "" {
				t.Errorf("%s: table %q has a heading without scope or text", name, textOf(caption[0]))
			}
		}
	}
}

func checkLinks(t *testing.T, name string, root *html.Node) {
	t.Helper()
	ids := map[string]bool{}
	for n := range root.Descendants() {
		if id := attribute(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("%s: id %q stands twice", name, id)
			}
			ids[id] = true
		}
	}
	for n := range root.Descendants() {
		for _, key := range []string{"href", "for", "aria-labelledby"} {
			if target := strings.TrimPrefix(attribute(n, key), "#"); target != "" && !ids[target] {
				t.Errorf("%s: %s=%q leads nowhere", name, key, target)
			}
		}
	}
}

// luminance is the relative luminance of WCAG 2.2 of a colour like #1a2b3c.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	total := 0.0
	for k, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(colour[1+2*k:3+2*k], 16, 8)
		if err != nil {
			t.Fatalf("colour %q: %v", colour, err)
		}
		c := float64(v) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		total += weight * c
	}
	return total
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func TestContrast(t *testing.T) {
	// Black on white is 21 to 1; #767676 on white is known as the palest grey that passes, at 4.54.
	if c := contrast(t, "#000000", "#ffffff"); math.Abs(c-21) > 1e-9 {
		t.Fatalf("black on white is %v", c)
	}
	if c := contrast(t, "#767676", "#ffffff"); math.Abs(c-4.54) > 0.005 {
		t.Fatalf("#767676 on white is %v", c)
	}
	colours := map[string]string{}
	for _, m := range regexp.MustCompile(`--(\w+):(#[0-9a-f]{6})`).FindAllStringSubmatch(pageStyle, -1) {
		colours[m[1]] = m[2]
	}
	for _, pair := range [][2]string{
		{"ink", "paper"},
		{"soft", "paper"},
		{"blue", "paper"},
		{"sign", "paper"},
		{"warn", "paper"},
		{"ink", "pale"},
		{"soft", "pale"},
		{"ink", "warnpaper"},
		{"warn", "warnpaper"},
		{"ink", "pick"},
		{"soft", "pick"},
		{"ink", "bad"},
		{"soft", "bad"},
		{"soft", "warnpaper"},
		{"blue", "pale"},
	} {
		text, ground := colours[pair[0]], colours[pair[1]]
		if text == "" || ground == "" {
			t.Fatalf("the style sheet has no colour %v", pair)
		}
		if c := contrast(t, text, ground); c < 4.5 {
			t.Errorf("%s on %s has a contrast of %.2f", pair[0], pair[1], c)
		}
	}
	shades := regexp.MustCompile(`\.h(\d)\{background:(#[0-9a-f]{6})(;color:#fff)?\}`).FindAllStringSubmatch(pageStyle, -1)
	if len(shades) != 8 {
		t.Fatalf("%d shades of the heat map", len(shades))
	}
	for _, m := range shades {
		text := colours["ink"]
		if m[3] != "" {
			text = "#ffffff"
		}
		if c := contrast(t, text, m[2]); c < 4.5 {
			t.Errorf("figures on shade %s have a contrast of %.2f", m[1], c)
		}
	}
}
