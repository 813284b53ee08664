package sight

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/goccy/go-yaml"
)

const deploy = "../../../deploy"

// askable are the names that an expression may use, with their labels: what the server exposes, and what Prometheus adds.
func askable(t *testing.T) map[string][]string {
	t.Helper()
	families, err := touched().registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string][]string{"up": {"job", "instance"}}
	for _, f := range families {
		labels := []string{"job", "instance"}
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		switch f.GetType().String() {
		case "HISTOGRAM":
			known[f.GetName()+"_bucket"] = append(labels, "le")
			known[f.GetName()+"_sum"], known[f.GetName()+"_count"] = labels, labels
		case "SUMMARY":
			known[f.GetName()] = append(labels, "quantile")
		default:
			known[f.GetName()] = labels
		}
	}
	return known
}

func read(t *testing.T, elements ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{deploy}, elements...)...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

type datasource struct{ Type, UID string }

type panel struct {
	ID                       int
	Type, Title, Description string
	GridPos                  struct{ X, Y, W, H int }
	Datasource               datasource
	Targets                  []struct {
		Datasource  datasource
		RefID, Expr string
		Range       bool
		Instant     bool
	}
}

type dashboard struct {
	UID, Title    string
	SchemaVersion int
	Panels        []panel
	Templating    struct{ List []struct{ Name, Type string } }
	Annotations   struct{ List []struct{ Expr string } }
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	var d dashboard
	if err := json.Unmarshal(read(t, "grafana", "calback.json"), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

var variable = regexp.MustCompile(`\$\{?(\w+)\}?`)

// filled is the expression as Grafana sends it: with values in the place of variables, which must be defined.
func (d dashboard) filled(t *testing.T, expr string) string {
	t.Helper()
	values := map[string]string{"__rate_interval": "1m"}
	for _, v := range d.Templating.List {
		values[v.Name] = v.Name
	}
	return variable.ReplaceAllStringFunc(expr, func(use string) string {
		name := variable.FindStringSubmatch(use)[1]
		if values[name] == "" {
			t.Errorf("%s: no variable %s", expr, use)
		}
		return values[name]
	})
}

// TestDashboardExpressions holds that every expression asks for what the server exposes, and that all it exposes of its own is shown.
func TestDashboardExpressions(t *testing.T) {
	d, metrics := readDashboard(t), askable(t)
	shown := map[string]bool{}
	ask := func(where, expr string) {
		named, err := parse(d.filled(t, expr), metrics)
		if err != nil {
			t.Errorf("%s: %v", where, err)
		}
		if !strings.Contains(expr, `job="$job"`) || !strings.Contains(expr, `instance=~"$instance"`) {
			t.Errorf("%s: %s asks for more than the chosen servers", where, expr)
		}
		for _, name := range named {
			shown[name] = true
		}
	}
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			ask(p.Title, target.Expr)
		}
	}
	for _, a := range d.Annotations.List {
		ask("annotation", a.Expr)
	}
	for name := range exposed(t) {
		if strings.HasPrefix(name, "calback_") && !shown[name] && !shown[name+"_bucket"] && !shown[name+"_sum"] {
			t.Errorf("no panel shows %s", name)
		}
	}
}

// TestDashboardShape holds what Grafana refuses or hides without a word: ids twice, panels over one another or without a source.
func TestDashboardShape(t *testing.T) {
	d := readDashboard(t)
	// 39 is the schema of Grafana 10.3 to 11.
	if d.SchemaVersion != 39 || d.UID != "calback-serve" || d.Title == "" || len(d.Panels) < 20 {
		t.Errorf("schema %d, uid %q, title %q, %d panels", d.SchemaVersion, d.UID, d.Title, len(d.Panels))
	}
	ids, cells := map[int]bool{}, map[[2]int]string{}
	source := datasource{"prometheus", "${datasource}"}
	for _, p := range d.Panels {
		if ids[p.ID] || p.Title == "" {
			t.Errorf("panel %d %q: the id is used twice, or the title is missing", p.ID, p.Title)
		}
		ids[p.ID] = true
		if p.GridPos.W < 1 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%s does not fit into the 24 columns: %+v", p.Title, p.GridPos)
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, used := cells[[2]int{x, y}]; used {
					t.Fatalf("%s lies over %s", p.Title, other)
				}
				cells[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		if p.Datasource != source || p.Description == "" || len(p.Targets) == 0 {
			t.Errorf("%s: source %v, description %q, %d queries", p.Title, p.Datasource, p.Description, len(p.Targets))
		}
		refs := map[string]bool{}
		for _, q := range p.Targets {
			if refs[q.RefID] || q.Datasource != source || q.Range == q.Instant {
				t.Errorf("%s: query %q is there twice, has the source %v, or is neither of now nor of a while", p.Title, q.RefID, q.Datasource)
			}
			refs[q.RefID] = true
		}
	}
}

type alertFile struct {
	Groups []struct {
		Name  string
		Rules []alert
	}
}

type alert struct {
	Alert, Expr, For    string
	Labels, Annotations map[string]string
}

func readAlerts(t *testing.T) (rules []alert) {
	t.Helper()
	var file alertFile
	if err := yaml.UnmarshalWithOptions(read(t, "prometheus", "alerts.yaml"), &file, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		rules = append(rules, g.Rules...)
	}
	return rules
}

func TestAlerts(t *testing.T) {
	metrics := askable(t)
	var names []string
	for _, a := range readAlerts(t) {
		names = append(names, a.Alert)
		if _, err := parse(a.Expr, metrics); err != nil {
			t.Errorf("%s: %v", a.Alert, err)
		}
		if a.For != "" && !duration.MatchString(a.For) {
			t.Errorf("%s: for %q", a.Alert, a.For)
		}
		if s := a.Labels["severity"]; s != "page" && s != "ticket" || len(a.Labels) != 1 {
			t.Errorf("%s: labels %v, want the severity page or ticket", a.Alert, a.Labels)
		}
		if keys := slices.Sorted(maps.Keys(a.Annotations)); !slices.Equal(keys, []string{"remedy", "summary"}) {
			t.Errorf("%s: annotations %q, want remedy and summary", a.Alert, keys)
		}
		for name, text := range a.Annotations {
			if said := words(t, a, text); len(said) < 20 || !strings.HasSuffix(said, ".") || strings.Contains(said, "no value") {
				t.Errorf("%s: the %s says %q", a.Alert, name, said)
			}
		}
	}
	want := []string{
		"CalbackDown", "CalbackSlow", "CalbackErrors", "CalbackRefusals", "CalbackDrift", "CalbackTruth", "CalbackReloadFailed",
		"CalbackModelOld",
	}
	if !slices.Equal(names, want) {
		t.Errorf("alerts %q, want %q", names, want)
	}
}

var grouping = regexp.MustCompile(`^[^(]*\bby \(([^)]*)\)|^histogram_quantile\(0\.99, sum by \(([^)]*)\)`)

// words is an annotation as Prometheus words it, for a value of 0.07 and the labels that the expression leaves.
func words(t *testing.T, a alert, text string) string {
	t.Helper()
	labels := map[string]string{"instance": "a:8081"}
	if m := grouping.FindStringSubmatch(a.Expr); m != nil {
		labels = map[string]string{}
		for name := range strings.SplitSeq(m[1]+m[2], ",") {
			labels[strings.TrimSpace(name)] = "x"
		}
	}
	funcs := template.FuncMap{
		"humanizePercentage": func(float64) string { return "7%" },
		"humanizeDuration":   func(float64) string { return "70ms" },
	}
	tmpl, err := template.New("").Funcs(funcs).Parse("{{$labels := .Labels}}{{$value := .Value}}" + text)
	if err != nil {
		t.Errorf("%s: %v", a.Alert, err)
		return ""
	}
	var out strings.Builder
	if err := tmpl.Execute(&out, map[string]any{"Labels": labels, "Value": 0.07}); err != nil {
		t.Errorf("%s: %v", a.Alert, err)
	}
	return out.String()
}

// TestPrometheusConfig holds that the configuration scrapes the job that the alerts ask for, and finds them.
func TestPrometheusConfig(t *testing.T) {
	var config struct {
		Global        map[string]string
		RuleFiles     []string `yaml:"rule_files"`
		ScrapeConfigs []struct {
			JobName       string `yaml:"job_name"`
			StaticConfigs []struct {
				Targets []string
			} `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	if err := yaml.UnmarshalWithOptions(read(t, "prometheus", "prometheus.yaml"), &config, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	for _, file := range config.RuleFiles {
		read(t, "prometheus", file)
	}
	if len(config.RuleFiles) != 1 || len(config.ScrapeConfigs) != 1 {
		t.Fatalf("%d rule files, %d jobs", len(config.RuleFiles), len(config.ScrapeConfigs))
	}
	for _, a := range readAlerts(t) {
		if !strings.Contains(a.Expr, `job="`+config.ScrapeConfigs[0].JobName+`"`) {
			t.Errorf("%s does not ask for job %s", a.Alert, config.ScrapeConfigs[0].JobName)
		}
	}
}
