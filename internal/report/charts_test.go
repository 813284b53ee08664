package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"html/template"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"github.com/google/go-cmp/cmp"
)

// heaviest is the most bytes that a picture may have.
const heaviest = 25_000

// allPictures are all pictures of made-up data; without data where data is false.
func allPictures(data bool, s speaker) map[string]func() (template.HTML, error) {
	var (
		m        Moments
		all      []Curve
		channels []Curve
		g        Segments
		d, l     Dependence
		c        Dependence
		q        Quality
		p        *Spend
		truth    []Truth
		drift    Drift
		whole    Data
	)
	if data {
		long := strings.Repeat("a_rather_long_channel", 3)
		m, all, g, d, l, c = madeMoments(), madeCurves("all", ""), madeSegments(), madeDependence(), madeLevels(), madeContinuous()
		channels = madeCurves("channel", long+"1", long+"2", "에브리타임", long+"3", long+"4", OtherGroups, "left out")
		q, p, truth, drift, whole = fixtureQuality(), madeSpend(), madeTruth(), madeDrift(), guard(fixture())
	}
	return map[string]func() (template.HTML, error){
		"moments":     func() (template.HTML, error) { return momentChart(m, s) },
		"everybody":   func() (template.HTML, error) { return curveChart(all, s) },
		"channels":    func() (template.HTML, error) { return curveChart(channels, s) },
		"segments":    func() (template.HTML, error) { return segmentChart(g, s) },
		"dependence":  func() (template.HTML, error) { return dependenceChart(d, s) },
		"levels":      func() (template.HTML, error) { return dependenceChart(l, s) },
		"continuous":  func() (template.HTML, error) { return dependenceChart(c, s) },
		"gains":       func() (template.HTML, error) { return gainsChart(q.Deciles, s) },
		"cheapest":    func() (template.HTML, error) { return cheapestChart(p, s) },
		"truth":       func() (template.HTML, error) { return truthChart(truth, s) },
		"cohorts":     func() (template.HTML, error) { return cohortChart(drift, s) },
		"calibration": func() (template.HTML, error) { return calibrationChart(whole.Quality.Calibration, s) },
		"tenths":      func() (template.HTML, error) { return decileChart(whole.Quality.Deciles, s) },
		"visits":      func() (template.HTML, error) { return visitsChart(whole.Summary.Visits, s) },
		"shares": func() (template.HTML, error) {
			return channelChart(whole.Retention.Channels, whole.Summary.BaseRate, s)
		},
		"models":     func() (template.HTML, error) { return modelChart(whole.Quality.Models, s) },
		"early":      func() (template.HTML, error) { return earlyChart(whole.Quality.Early.Days, s) },
		"importance": func() (template.HTML, error) { return importanceChart(whole.Matters.Importance, s) },
		"effects":    func() (template.HTML, error) { return effectChart(whole.Matters.Effects, s) },
	}
}

func drawn(t *testing.T, name string, draw func() (template.HTML, error)) string {
	t.Helper()
	svg, err := draw()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(svg)
}

func TestNoDataNoPicture(t *testing.T) {
	for name, draw := range allPictures(false, speaker{}) {
		if svg := drawn(t, name, draw); svg != "" {
			t.Errorf("%s without data: %.80s", name, svg)
		}
	}
}

func TestPicturesAreSmallWholeAndInWords(t *testing.T) {
	for language, s := range map[string]speaker{English: {}, Korean: {koreanCharts}} {
		for name, draw := range allPictures(true, s) {
			svg := drawn(t, name, draw)
			if len(svg) > heaviest {
				t.Errorf("%s, %s: %d bytes", name, language, len(svg))
			}
			if svg != drawn(t, name, draw) {
				t.Errorf("%s, %s: drawn twice it differs", name, language)
			}
			for _, bad := range []string{"NaN", "Inf", " id=", "%!", "<image"} {
				if strings.Contains(svg, bad) {
					t.Errorf("%s, %s: contains %q", name, language, bad)
				}
			}
			if err := wellFormed(svg); err != nil {
				t.Errorf("%s, %s: %v", name, language, err)
			}
			alt := regexp.MustCompile(`role="img" aria-label="([^"]+)"`).FindStringSubmatch(svg)
			if alt == nil || hangul(alt[1]) != (language == Korean) {
				t.Errorf("%s, %s: described as %q", name, language, alt)
			}
		}
	}
}

func wellFormed(svg string) error {
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func hangul(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0xac00 && r <= 0xd7a3 })
}

// TestPicturesSpeakEnglishByDefault holds that the language is a matter of words alone.
func TestPicturesSpeakEnglishByDefault(t *testing.T) {
	bins := guard(fixture()).Quality.Calibration
	plainly, err := calibrationChart(bins, speaker{})
	if err != nil {
		t.Fatal(err)
	}
	in := drawn(t, "calibration", func() (template.HTML, error) { return calibrationChart(bins, newSpeaker(English)) })
	if in != string(plainly) {
		t.Error("English pictures differ from those of no language")
	}
}

// TestEveryWordOfPicturesIsTranslated walks the calls of say and sayFit.
func TestEveryWordOfPicturesIsTranslated(t *testing.T) {
	used := said(t)
	if len(used) < 50 {
		t.Fatalf("only %d texts were found", len(used))
	}
	verbs := regexp.MustCompile(`%(\[\d\])?[a-z]`)
	for english := range used {
		korean, ok := koreanCharts[english]
		if !ok {
			t.Errorf("%q has no translation", english)
			continue
		}
		if a, b := kinds(verbs, english), kinds(verbs, korean); a != b {
			t.Errorf("%q has the verbs %s, its translation %s", english, a, b)
		}
	}
	for english := range koreanCharts {
		if !used[english] {
			t.Errorf("%q is translated and not said", english)
		}
	}
}

// said are the names and the constant formats that pictures say.
func said(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("chart*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, name := range ownNames {
		used[name] = true
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) > 0 {
				f, ok := call.Fun.(*ast.SelectorExpr)
				if text := constant(call.Args[0]); ok && text != "" && (f.Sel.Name == "say" || f.Sel.Name == "sayFit") {
					used[text] = true
				}
			}
			return true
		})
	}
	return used
}

// constant is a string literal or a sum of them.
func constant(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err == nil {
			return text
		}
	case *ast.BinaryExpr:
		return constant(e.X) + constant(e.Y)
	}
	return ""
}

// kinds are the verbs of a format without their order.
func kinds(verbs *regexp.Regexp, format string) string {
	found := verbs.FindAllString(strings.ReplaceAll(format, "%%", ""), -1)
	for k, v := range found {
		found[k] = v[len(v)-1:]
	}
	slices.Sort(found)
	return strings.Join(found, "")
}

func TestVerdictsDifferInColourAndShape(t *testing.T) {
	colours, shapes := map[any]bool{}, map[any]bool{}
	for _, verdict := range []string{Cause, Sign, Unclear} {
		look := verdictLook(verdict)
		colours[look.Color], shapes[look.Shape] = true, true
	}
	if len(colours) != 3 || len(shapes) != 3 {
		t.Errorf("%d colours and %d shapes of 3 verdicts", len(colours), len(shapes))
	}
	colours, shapes, dashes := map[any]bool{}, map[any]bool{}, map[any]bool{}
	for _, l := range looks {
		colours[l.color], shapes[l.shape], dashes[fmt.Sprint(l.dashes)] = true, true, true
	}
	if len(colours) != len(looks) || len(shapes) != len(looks) || len(dashes) != len(looks) {
		t.Errorf("%d colours, %d shapes and %d dashes of %d looks", len(colours), len(shapes), len(dashes), len(looks))
	}
}

// TestLooksStandOutOnPaper asks for the contrast of graphics, 3 to 1 (WCAG 2.2, 1.4.11), of every line against white.
func TestLooksStandOutOnPaper(t *testing.T) {
	for k, l := range looks {
		luminance := 0.0
		for part, weight := range map[uint8]float64{0: 0.2126, 1: 0.7152, 2: 0.0722} {
			v := float64([]uint8{l.color.R, l.color.G, l.color.B}[part]) / 255
			if v <= 0.04045 {
				v /= 12.92
			} else {
				v = math.Pow((v+0.055)/1.055, 2.4)
			}
			luminance += weight * v
		}
		if contrast := 1.05 / (luminance + 0.05); contrast < 3 {
			t.Errorf("look %d has a contrast of %.1f", k, contrast)
		}
	}
}

func TestMomentsNameThresholdAndDay(t *testing.T) {
	svg := drawn(t, "moments", func() (template.HTML, error) { return momentChart(madeMoments(), speaker{}) })
	for _, want := range []string{"meetings created ≥1 by day 6</text>", "모임_초대_수락 ≥2 by day 2</text>", "… ≥2 by day 2</text>"} {
		if !strings.Contains(svg, want) {
			t.Errorf("picture lacks %q", want)
		}
	}
	low, high := momentRange(madeMoments().List)
	// From -0.09 to 0.31, with 6 % beside; the interval of what cannot be told reaches further and is cut.
	if diff := cmp.Diff([]float64{-0.114, 0.334}, []float64{low, high}, cmp.Comparer(nearly)); diff != "" {
		t.Errorf("range (-want +got):\n%s", diff)
	}
}

func nearly(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestPoints(t *testing.T) {
	for v, want := range map[float64]string{0.1: "+10", -0.025: "−2.5", 0: "0", -1e-12: "0"} {
		if got := points(v); got != want {
			t.Errorf("%g: %q, want %q", v, got, want)
		}
	}
}

func TestLargestCurvesKeepTheirOrder(t *testing.T) {
	var names []string
	for _, c := range largest([]Curve{{Name: "a", Users: 10}, {Name: "b", Users: 30}, {Name: "c", Users: 20}, {Name: "d", Users: 10}}, 3) {
		names = append(names, c.Name)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, names); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestBinsFindTheirPlace(t *testing.T) {
	at := func(from, to Number) DependencePoint { return DependencePoint{From: from, To: to} }
	bins := []DependencePoint{at(0, 0), at(1, 1), at(2, 4), {Missing: true}, {Level: "a"}}
	for _, c := range []struct {
		p    DependencePoint
		want float64
		ok   bool
	}{
		{at(1, 1), 1, true},
		{at(1, 4), 1.5, true},
		{DependencePoint{Missing: true}, 3, true},
		{DependencePoint{Level: "a"}, 4, true},
		{at(5, 6), 0, false},
	} {
		if got, ok := place(c.p, bins); ok != c.ok || ok && got != c.want {
			t.Errorf("%+v: %g, %v; want %g, %v", c.p, got, ok, c.want, c.ok)
		}
	}
}

func TestTextsFit(t *testing.T) {
	style := textStyle()
	if got := style.Width("가나다"); got != 3*textSize {
		t.Errorf("3 hangul are %v wide, want %v", got, 3*textSize)
	}
	for _, text := range []string{"short", strings.Repeat("long ", 40), strings.Repeat("긴 이름", 30)} {
		for _, width := range []vg.Length{60, 200} {
			got := fit(text, width)
			if style.Width(got) > width || got == "" {
				t.Errorf("%q is %v wide, want %v", got, style.Width(got), width)
			}
		}
		for _, s := range []speaker{{}, {koreanCharts}} {
			if got := s.sayFit("%s ≥%d by day %d", text, 10, 6); style.Width(got) > captionWidth || !strings.Contains(got, "10") {
				t.Errorf("%q is %v wide", got, style.Width(got))
			}
		}
	}
	if got := fit("anything", 1); got != "" {
		t.Errorf("nothing fits into nothing, got %q", got)
	}
}

func TestKeysStayInside(t *testing.T) {
	k := key{{text: "one"}, {text: strings.Repeat("two", 17)}, {text: "three"}, {text: "넷"}}
	left, row := k.place(keyWidth)
	for n, e := range k {
		if end := left[n] + keyMark + textStyle().Width(e.text); end > keyWidth {
			t.Errorf("entry %d ends at %v", n, end)
		}
	}
	if diff := cmp.Diff([]int{0, 1, 2, 2}, row); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if key(nil).height(keyWidth) != 0 {
		t.Error("no key takes room")
	}
}

func TestLeanKeepsTexts(t *testing.T) {
	in := `<path d="M1.234,-0.04L10,2.25Z" style="a:1.234" />` +
		`<text style="font-variant:normal;font-weight:normal;font-style:normal;x">1.234</text>`
	want := `<path d="M1.2,0L10,2.3Z" style="a:1.234" /><text style="x">1.234</text>`
	if got := lean(in); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
