package sight

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// query reads PromQL as far as the dashboard and the alerts need it: it finds the metrics and labels that an expression names, and
// refuses one that is not well formed. Prometheus's own parser would bring some hundred lines of checksums and a newer Go with it.
type query struct {
	tokens []string
	at     int
	// metrics are the labels of every metric that may be named.
	metrics map[string][]string
	// named are the metrics that the expression names.
	named []string
}

var (
	token = regexp.MustCompile(`^(?:"(?:[^"\\]|\\.)*"|[0-9.]+(?:e-?[0-9]+)?(?:ms|[smhdwy])?|[a-zA-Z_:][a-zA-Z0-9_:]*` +
		`|=~|!~|!=|==|>=|<=|[-+*/%^(){}\[\],=<>:])`)
	identifier = regexp.MustCompile(`^[a-zA-Z_:]`)
	number     = regexp.MustCompile(`^[0-9.]+(e-?[0-9]+)?$`)
	duration   = regexp.MustCompile(`^[0-9]+(ms|[smhdwy])$`)

	operators  = []string{"+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<=", "and", "or", "unless"}
	aggregates = []string{"sum", "min", "max", "avg", "count", "group", "topk", "bottomk"}
	// instants and ranges are the functions over values of now and over values of a while.
	instants = []string{"histogram_quantile", "abs", "time", "vector", "absent", "clamp_max", "clamp_min", "label_replace"}
	ranges   = []string{"rate", "irate", "increase", "changes", "max_over_time", "min_over_time", "avg_over_time", "absent_over_time"}
)

// parse reads one expression, and answers with the metrics in it.
func parse(expr string, metrics map[string][]string) (named []string, err error) {
	q := &query{metrics: metrics}
	for rest := strings.TrimSpace(expr); rest != ""; rest = strings.TrimSpace(rest) {
		t := token.FindString(rest)
		if t == "" {
			return nil, fmt.Errorf("%s: cannot read %q", expr, rest)
		}
		q.tokens = append(q.tokens, t)
		rest = rest[len(t):]
	}
	defer func() {
		if refused, is := recover().(refusal); is {
			err = fmt.Errorf("%s: %s", expr, string(refused))
		}
	}()
	q.expression()
	if q.at < len(q.tokens) {
		q.refuse("%q stands after the end", q.peek())
	}
	return q.named, nil
}

type refusal string

func (q *query) refuse(format string, args ...any) { panic(refusal(fmt.Sprintf(format, args...))) }

// peek is the next token, "" at the end.
func (q *query) peek() string {
	if q.at == len(q.tokens) {
		return ""
	}
	return q.tokens[q.at]
}

func (q *query) next() string {
	t := q.peek()
	if t == "" {
		q.refuse("it ends too early")
	}
	q.at++
	return t
}

func (q *query) want(t string) {
	if got := q.next(); got != t {
		q.refuse("has %q where %q belongs", got, t)
	}
}

// accept takes the next token if it is t.
func (q *query) accept(t string) bool {
	if q.peek() != t {
		return false
	}
	q.at++
	return true
}

// expression is operands with operators between them.
func (q *query) expression() {
	q.operand()
	for slices.Contains(operators, q.peek()) {
		q.at++
		q.accept("bool")
		if q.accept("on") || q.accept("ignoring") {
			q.labels()
		}
		if q.accept("group_left") || q.accept("group_right") {
			q.labels()
		}
		q.operand()
	}
}

func (q *query) operand() {
	q.accept("-")
	switch t := q.next(); {
	case t == "(":
		q.expression()
		q.want(")")
	case number.MatchString(t), strings.HasPrefix(t, `"`):
	case slices.Contains(aggregates, t):
		q.aggregate()
	case slices.Contains(instants, t):
		q.arguments()
	case slices.Contains(ranges, t):
		q.want("(")
		q.metric(q.next())
		q.while()
		q.want(")")
	case identifier.MatchString(t):
		q.metric(t)
	default:
		q.refuse("%q is no value", t)
	}
}

func (q *query) aggregate() {
	grouped := q.accept("by") || q.accept("without")
	if grouped {
		q.labels()
	}
	q.arguments()
	if !grouped && (q.accept("by") || q.accept("without")) {
		q.labels()
	}
}

func (q *query) arguments() {
	q.want("(")
	for !q.accept(")") {
		q.expression()
		if q.peek() != ")" {
			q.want(",")
		}
	}
}

func (q *query) while() {
	q.want("[")
	if d := q.next(); !duration.MatchString(d) {
		q.refuse("%q is no duration", d)
	}
	q.want("]")
}

// labels is a list of names in brackets.
func (q *query) labels() {
	q.want("(")
	for !q.accept(")") {
		if name := q.next(); !identifier.MatchString(name) {
			q.refuse("%q is no label", name)
		}
		if q.peek() != ")" {
			q.want(",")
		}
	}
}

// metric is a name that has been read, and the labels it is chosen by.
func (q *query) metric(name string) {
	labels, known := q.metrics[name]
	if !known {
		q.refuse("there is no metric %q", name)
	}
	q.named = append(q.named, name)
	if !q.accept("{") {
		return
	}
	for !q.accept("}") {
		if label := q.next(); !slices.Contains(labels, label) {
			q.refuse("metric %s has no label %q, but %q", name, label, labels)
		}
		if op := q.next(); !slices.Contains([]string{"=", "!=", "=~", "!~"}, op) {
			q.refuse("%q does not compare labels", op)
		}
		if value := q.next(); !strings.HasPrefix(value, `"`) {
			q.refuse("the label's value %s has no quotes", value)
		}
		if q.peek() != "}" {
			q.want(",")
		}
	}
}

func TestParse(t *testing.T) {
	metrics := map[string][]string{"up": {"job"}, "a_total": {"job", "le"}}
	for _, good := range []string{
		`up`, `up{job="x"} == 0`, `up{}`, `-up + 3`, `sum(up)`, `sum by (job) (up)`, `sum(up) by (job)`, `time() - max(up) > 14 * 86400`,
		`rate(a_total[5m])`, `histogram_quantile(0.99, sum by (le) (rate(a_total{job=~"a|b",le!=""}[15m])))`, `(up or vector(0)) / up`,
		`up unless on (job) a_total`, `up / on (job) group_left () up`, `up == bool 1`, `up > 1e-3`,
	} {
		if named, err := parse(good, metrics); err != nil || len(named) == 0 {
			t.Errorf("%v, names %q", err, named)
		}
	}
	for bad, says := range map[string]string{
		``: "too early", `up +`: "too early", `(up`: "too early", `up)`: "after the end", `up up`: "after the end", `* up`: "no value",
		`down`: `no metric "down"`, `up{instance="x"}`: "no label", `up{job=x}`: "no quotes", `up{job>"x"}`: "does not compare",
		`rate(a_total)`: `"[" belongs`, `rate(a_total[5])`: "no duration", `rate(a_total[5m]`: "too early", `sum by job (up)`: `"(" belongs`,
		`sum(up`: "too early", `up{job="x" le="y"}`: `"," belongs`, `rate[5m]`: `"(" belongs`, `up ! 3`: "cannot read",
		`up{job="x}`:      "cannot read",
		`sum by (1) (up)`: "no label", `up / / up`: "no value", `$job`: "cannot read",
	} {
		if _, err := parse(bad, metrics); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v, want %q", bad, err, says)
		}
	}
}
