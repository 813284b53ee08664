package check

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Options say what to check and what to let pass.
type Options struct {
	Bounds
	// Only runs the named checks; nil runs all.
	Only []string
	// Accept names checks whose violations are known and stop nothing.
	Accept []string
}

// Finding is the answer to one check.
type Finding struct {
	Name string
	// Violations is how many rows, users, days or features break the rule; 0 is good.
	Violations int64
	// Detail says what must hold and, where it does not, what to look at. It holds no value of a person.
	Detail string
	// Skipped tells why the check could not be asked, "" when it was. A skipped check has found nothing, good or bad.
	Skipped string
	// Accepted marks violations that Options.Accept lets pass.
	Accepted bool
}

// Failed reports whether the finding must stop a publication.
func (f Finding) Failed() bool { return f.Violations > 0 && !f.Accepted }

// Failed are the findings that must stop a publication.
func Failed(findings []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool { return !f.Failed() })
}

// Run asks the checks one after another and returns a finding for each of them, in the order of Names. An error means that a question
// could not be asked; violations are no error.
func Run(ctx context.Context, wh *warehouse.Warehouse, opt Options) ([]Finding, error) {
	d, err := features.DialectByName(wh.Dialect())
	if err != nil {
		return nil, fmt.Errorf("data checks: %w", err)
	}
	for _, name := range append(slices.Clone(opt.Only), opt.Accept...) {
		if !slices.Contains(Names, name) {
			return nil, fmt.Errorf("data checks: no check is called %q; there are %s", name, strings.Join(Names, ", "))
		}
	}
	checks, err := All(d, opt.Bounds)
	if err != nil {
		return nil, err
	}
	there, err := tables(ctx, wh)
	if err != nil {
		return nil, err
	}
	var out []Finding
	for _, c := range checks {
		if opt.Only != nil && !slices.Contains(opt.Only, c.Name) {
			continue
		}
		f, err := ask(ctx, wh, c, there, opt.Bounds)
		if err != nil {
			return out, err
		}
		f.Accepted = f.Violations > 0 && slices.Contains(opt.Accept, c.Name)
		out = append(out, f)
	}
	return out, nil
}

// tables maps the tables that are there to their columns.
func tables(ctx context.Context, wh *warehouse.Warehouse) (map[string]map[string]bool, error) {
	list, err := wh.Tables(ctx, "", "")
	if err != nil {
		return nil, fmt.Errorf("data checks: %w", err)
	}
	out := map[string]map[string]bool{}
	for _, t := range list {
		out[t.Name] = map[string]bool{}
		for _, c := range t.Columns {
			out[t.Name][c.Name] = true
		}
	}
	return out, nil
}

func ask(ctx context.Context, wh *warehouse.Warehouse, c Check, there map[string]map[string]bool, b Bounds) (Finding, error) {
	f := Finding{Name: c.Name, Detail: c.Says}
	for _, table := range c.Needs {
		if there[table] == nil {
			f.Skipped = "table " + table + " has not been made yet"
			return f, nil
		}
	}
	if c.Name == MissingRate {
		if len(b.Missing) == 0 {
			f.Skipped = "no model tells what its features should be"
			return f, nil
		}
		if gone := absent(b, there[b.Prefix+"features"]); len(gone) > 0 {
			f.Violations = int64(len(gone))
			f.Detail = fmt.Sprintf("%s; the features table has no column %s: %s", c.Says, strings.Join(gone, ", "), c.Remedy)
			return f, nil
		}
	}
	n, err := count(ctx, wh, c)
	if err != nil {
		return f, err
	}
	if f.Violations = n; n > 0 {
		f.Detail += "; " + c.Remedy
	}
	return f, nil
}

// absent are the model's features that the table does not have at all.
func absent(b Bounds, columns map[string]bool) []string {
	var gone []string
	for _, name := range slices.Sorted(maps.Keys(b.Missing)) {
		if !columns[name] {
			gone = append(gone, name)
		}
	}
	return gone
}

func count(ctx context.Context, wh *warehouse.Warehouse, c Check) (int64, error) {
	columns, err := wh.ReadColumns(ctx, c.SQL, c.Args...)
	if err != nil {
		return 0, fmt.Errorf("data check %s: %w", c.Name, err)
	}
	if len(columns) != 1 || len(columns[0].Numbers) != 1 || !(columns[0].Numbers[0] >= 0) {
		return 0, fmt.Errorf("data check %s: the answer is not one count", c.Name)
	}
	return int64(columns[0].Numbers[0]), nil
}
