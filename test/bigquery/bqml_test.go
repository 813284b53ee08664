package bigquery

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-googlesql"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/bqml"
)

// bigQueryML is what the analyser must know to resolve a statement about models: the models, the ML functions by their documented
// results, the connection and the remote functions.
type bigQueryML struct {
	models []string
	// functions are the results of ML functions that take a model, and a relation where the name is listed in relations.
	functions map[string][]column
	relations []string
	// remote are functions of one STRING by name, with their result's type.
	remote map[string]string
	// connections are names of connections.
	connections []string
}

// documentedML are the ML functions as BigQuery's reference describes their results for a binary classifier with an INT64 label
// called revisit. ML.PREDICT passes on the columns of its relation; those that the test's statements read are listed.
func documentedML(models ...string) bigQueryML {
	return bigQueryML{
		models: models,
		functions: map[string][]column{
			"EVALUATE": {
				{"precision", "FLOAT64"},
				{"recall", "FLOAT64"},
				{"accuracy", "FLOAT64"},
				{"f1_score", "FLOAT64"},
				{"log_loss", "FLOAT64"},
				{"roc_auc", "FLOAT64"},
			},
			"GLOBAL_EXPLAIN": {{"feature", "STRING"}, {"attribution", "FLOAT64"}},
			"PREDICT": {
				{"predicted_revisit", "INT64"},
				{"predicted_revisit_probs", "ARRAY<STRUCT<label INT64, prob FLOAT64>>"},
				{"is_newest", "INT64"},
				{"revisit", "INT64"},
			},
		},
		relations: []string{"EVALUATE", "PREDICT"},
	}
}

// analyseML resolves a statement with what ml adds to the analyser's catalog. Its result are the columns, and the OPTIONS with their
// types.
func (a *analyser) analyseML(ml bigQueryML, sql string) (columns, options []column, err error) {
	s, err := a.session(nil)
	if err != nil {
		return nil, nil, err
	}
	if err := s.addML(ml); err != nil {
		return nil, nil, fmt.Errorf("prepare the catalog: %w", err)
	}
	out, err := googlesql.AnalyzeStatement(sql, s.options, s.catalog, s.types)
	if err != nil {
		return nil, nil, fmt.Errorf("%w in\n%s", err, sql)
	}
	statement, err := out.ResolvedStatement()
	if err != nil {
		return nil, nil, err
	}
	if options, err = optionsOf(statement); err != nil {
		return nil, nil, err
	}
	columns, err = outputs(statement)
	return columns, options, err
}

// optionsOf are the OPTIONS of a statement in order, with the types of their values.
func optionsOf(statement any) (options []column, err error) {
	list, ok := statement.(interface {
		OptionList() ([]*googlesql.ResolvedOption, error)
	})
	if !ok {
		return nil, nil
	}
	resolved, err := list.OptionList()
	if err != nil {
		return nil, err
	}
	for _, option := range resolved {
		name, err := option.Name()
		if err != nil {
			return nil, err
		}
		value, err := option.Value()
		if err != nil {
			return nil, err
		}
		t, err := value.Type()
		if err != nil {
			return nil, err
		}
		named := t.(interface {
			TypeName(googlesql.ProductMode) (string, error)
		})
		typ, err := named.TypeName(googlesql.ProductModeProductExternal)
		if err != nil {
			return nil, err
		}
		options = append(options, column{name, typ})
	}
	return options, nil
}

func (s session) addML(ml bigQueryML) error {
	for _, name := range ml.models {
		m, err := googlesql.NewSimpleModel(name, nil, nil, true, 0)
		if err != nil {
			return err
		}
		if err := s.catalog.AddModel(m); err != nil {
			return err
		}
	}
	for _, name := range ml.connections {
		c, err := googlesql.NewSimpleConnection(name)
		if err != nil {
			return err
		}
		if err := s.catalog.AddConnection(c); err != nil {
			return err
		}
	}
	for name, result := range ml.remote {
		if err := s.addRemote(name, result); err != nil {
			return err
		}
	}
	inside, err := s.catalog.MakeOwnedSimpleCatalog("ML")
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(ml.functions)) {
		f, err := s.modelFunction(name, ml.functions[name], slices.Contains(ml.relations, name))
		if err != nil {
			return fmt.Errorf("ML.%s: %w", name, err)
		}
		if err := inside.AddOwnedTableValuedFunction3(name, f); err != nil {
			return fmt.Errorf("ML.%s: %w", name, err)
		}
	}
	return nil
}

// modelFunction is a table function of a model, and of any relation, with a fixed result.
func (s session) modelFunction(name string, result []column, relation bool) (*googlesql.TableValuedFunction, error) {
	schema := make([]*googlesql.TVFSchemaColumn, len(result))
	for i, c := range result {
		t, err := s.typeOf(c.typ)
		if err != nil {
			return nil, err
		}
		schema[i] = &googlesql.TVFSchemaColumn{Name: c.name, Type_: t}
	}
	rows, err := googlesql.NewTVFRelation(schema)
	if err != nil {
		return nil, err
	}
	returns, err := googlesql.NewFunctionArgumentTypeRelationWithSchema(rows, false)
	if err != nil {
		return nil, err
	}
	kinds := []googlesql.SignatureArgumentKind{googlesql.SignatureArgumentKindArgTypeModel}
	if relation {
		kinds = append(kinds, googlesql.SignatureArgumentKindArgTypeRelation)
	}
	var arguments []*googlesql.FunctionArgumentType
	for _, kind := range kinds {
		argument, err := googlesql.NewFunctionArgumentType4(kind, 1)
		if err != nil {
			return nil, err
		}
		arguments = append(arguments, argument)
	}
	options, err := googlesql.NewFunctionSignatureOptions()
	if err != nil {
		return nil, err
	}
	signature, err := googlesql.NewFunctionSignature2(returns, arguments, 0, options)
	if err != nil {
		return nil, err
	}
	f, err := googlesql.NewFixedOutputSchemaTVF([]string{"ML", name}, signature, rows, &googlesql.TableValuedFunctionOptions{})
	if err != nil {
		return nil, err
	}
	return f.TableValuedFunction, nil
}

// addRemote adds a function of one STRING.
func (s session) addRemote(name, result string) error {
	var types []*googlesql.FunctionArgumentType
	for _, typ := range []string{result, "STRING"} {
		t, err := s.typeOf(typ)
		if err != nil {
			return err
		}
		argument, err := googlesql.NewFunctionArgumentType3(t, 1)
		if err != nil {
			return err
		}
		types = append(types, argument)
	}
	signature, err := googlesql.NewFunctionSignature3(types[0], types[1:], 0)
	if err != nil {
		return err
	}
	f, err := googlesql.NewFunction4(name, "remote", googlesql.FunctionEnums_ModeScalar, []*googlesql.FunctionSignature{signature})
	if err != nil {
		return err
	}
	return s.catalog.AddFunction(f)
}

// bqmlOptions are a training over a set with every node of the feature algebra.
func bqmlOptions() bqml.Options {
	plan := januaryPlan()
	return bqml.Options{Plan: plan, Set: allNodes(plan), Now: func() time.Time { return time.Unix(0, 0) }}
}

// bqmlLevels gives every category levels, some of which must be escaped.
func bqmlLevels(set *features.Set) map[string][]string {
	levels := map[string][]string{}
	for _, f := range set.Features {
		if f.Kind == features.Category {
			levels[f.Name] = []string{"it's", `quote"\`, "설정", "new\nline"}
		}
	}
	return levels
}

// knowPlan makes the tables of the plan known.
func knowPlan(t *testing.T, a *analyser, plan features.Plan, set *features.Set) {
	t.Helper()
	d := features.GoogleSQL{}
	for _, step := range append(plan.Cohort(d), plan.Features(d, set)) {
		if _, err := a.analyse(step.SQL); err != nil {
			t.Fatalf("%s: %v", step.Table, err)
		}
	}
}

var bqmlSplit = bqml.Split{FitTo: "2025-12-20", ValidFrom: "2025-12-28", ValidTo: "2026-01-05", TestFrom: "2026-01-10"}

// TestBigQueryMLIsGoogleSQL resolves every statement of a training over the tables that the plan makes, and compares the columns with
// what the program reads.
func TestBigQueryMLIsGoogleSQL(t *testing.T) {
	a, o := newAnalyser(), bqmlOptions()
	knowPlan(t, a, o.Plan, o.Set)
	statements, err := bqml.Statements(o, bqmlSplit, bqmlLevels(o.Set))
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]string{
		"day": "INT64", "users": "INT64", "positives": "INT64", "feature": "STRING", "level": "STRING", "is_newest": "INT64", "revisit": "INT64",
	}
	ml := documentedML("revisit_logit", "revisit_gbdt")
	for _, st := range statements {
		got, given, err := a.analyseML(ml, st.SQL)
		if err != nil {
			t.Errorf("%s: %v", st.Name, err)
			continue
		}
		if strings.HasPrefix(st.Name, "create ") {
			wantModelColumns(t, o.Set, st.Name, got)
			wantDocumentedOptions(t, st.Name, given)
			continue
		}
		var want []column
		for _, name := range st.Columns {
			typ := types[name]
			switch {
			case st.Name == "filled":
				typ = "INT64"
			case typ == "":
				typ = "FLOAT64"
			}
			want = append(want, column{name, typ})
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has columns\n%v, want\n%v", st.Name, got, want)
		}
	}
}

// wantModelColumns holds the query of CREATE MODEL to the features, each as a FLOAT64 or a STRING, the label and the split.
func wantModelColumns(t *testing.T, set *features.Set, name string, got []column) {
	t.Helper()
	var want []column
	for _, f := range set.Features {
		c := column{f.Name, "FLOAT64"}
		if f.Kind == features.Category {
			c.typ = "STRING"
		}
		want = append(want, c)
	}
	want = append(want, column{"revisit", "INT64"}, column{"is_validation", "BOOL"})
	if !slices.Equal(got, want) {
		t.Errorf("%s learns from\n%v, want\n%v", name, got, want)
	}
}

// The options of CREATE MODEL as BigQuery's reference has them, for all classifiers, the generalised linear models and the boosted
// trees, as far as this program has any use for them.
var (
	sharedOptions = map[string]string{
		"model_type": "STRING", "input_label_cols": "ARRAY<STRING>", "data_split_method": "STRING", "data_split_col": "STRING",
		"category_encoding_method": "STRING", "auto_class_weights": "BOOL", "enable_global_explain": "BOOL", "early_stop": "BOOL",
		"min_rel_progress": "FLOAT64", "max_iterations": "INT64", "l1_reg": "FLOAT64", "l2_reg": "FLOAT64", "learn_rate": "FLOAT64",
	}
	linearOptions = map[string]string{"learn_rate_strategy": "STRING", "optimize_strategy": "STRING", "fit_intercept": "BOOL"}
	treeOptions   = map[string]string{
		"booster_type": "STRING", "tree_method": "STRING", "num_parallel_tree": "INT64", "max_tree_depth": "INT64", "subsample": "FLOAT64",
		"colsample_bytree": "FLOAT64", "min_tree_child_weight": "INT64", "min_split_loss": "FLOAT64",
	}
)

// wantDocumentedOptions holds names and types of the options to the reference, which the analyser does not know.
func wantDocumentedOptions(t *testing.T, name string, given []column) {
	t.Helper()
	own := linearOptions
	if name == "create gbdt" {
		own = treeOptions
	}
	if len(given) < 12 {
		t.Errorf("%s has only the options %v", name, given)
	}
	seen := map[string]bool{}
	for _, option := range given {
		want := sharedOptions[option.name]
		if want == "" {
			want = own[option.name]
		}
		if option.typ != want || seen[option.name] {
			t.Errorf("%s: option %s is given as %s, documented as %q", name, option.name, option.typ, want)
		}
		seen[option.name] = true
	}
}

// TestBigQueryMLAnalyserRefuses makes sure that the check above can fail: models, columns and types that are not there.
func TestBigQueryMLAnalyserRefuses(t *testing.T) {
	a, o := newAnalyser(), bqmlOptions()
	knowPlan(t, a, o.Plan, o.Set)
	statements, err := bqml.Statements(o, bqmlSplit, bqmlLevels(o.Set))
	if err != nil {
		t.Fatal(err)
	}
	find := func(name string) string {
		i := slices.IndexFunc(statements, func(s bqml.Statement) bool { return s.Name == name })
		return statements[i].SQL
	}
	ml := documentedML("revisit_logit", "revisit_gbdt")
	for what, sql := range map[string]string{
		"no such model":       strings.Replace(find("explain logit"), "revisit_logit", "revisit_forest", 1),
		"no such function":    strings.Replace(find("explain logit"), "GLOBAL_EXPLAIN", "GLOBAL_EXPLAINS", 1),
		"no such result":      strings.Replace(find("evaluate gbdt"), "roc_auc", "auc", 1),
		"no such feature":     strings.Replace(find("create logit"), "f.`visit_days`", "f.`visit_day`", 1),
		"no relation":         "SELECT roc_auc FROM ML.EVALUATE(MODEL `revisit_logit`, 7)",
		"bad literal":         strings.Replace(find("create gbdt"), "DATE '2025-12-28'", "DATE '2025-13-28'", 1),
		"a date as a number":  strings.Replace(find("predict gbdt"), "l.day0 >= DATE '2026-01-10'", "l.day0 >= 5", 1),
		"a text as a number":  strings.Replace(find("predict gbdt"), "CAST(p.label AS STRING) = '1'", "p.label = 'x'", 1),
		"options not a list":  strings.Replace(find("create gbdt"), "OPTIONS (", "OPTIONS ((", 1),
		"label of another":    strings.Replace(find("create gbdt"), "IF(l.revisit, 1, 0)", "IF(l.visits, 1, 0)", 1),
		"level without quote": strings.Replace(find("create gbdt"), `'it\'s'`, `'it's'`, 1),
	} {
		if _, _, err := a.analyseML(ml, sql); err == nil {
			t.Errorf("%s was accepted:\n%s", what, sql)
		}
	}
}

// TestRemoteFunctionIsGoogleSQL resolves CREATE FUNCTION and a query that calls the function with every feature.
func TestRemoteFunctionIsGoogleSQL(t *testing.T) {
	a, o := newAnalyser(), bqmlOptions()
	knowPlan(t, a, o.Plan, o.Set)
	f := bqml.RemoteFunction{
		Name: "p.calback.revisit", Connection: "p.asia-northeast3.calback", Endpoint: "https://calback-abc-du.a.run.app/bigquery",
	}
	for _, json := range []bool{false, true} {
		f.JSON = json
		sql, err := f.SQL()
		if err != nil {
			t.Fatal(err)
		}
		ml := bigQueryML{connections: []string{f.Connection}}
		_, options, err := a.analyseML(ml, sql)
		want := []column{
			{"endpoint", "STRING"}, {"max_batching_rows", "INT64"}, {"user_defined_context", "ARRAY<STRUCT<STRING, STRING>>"},
		}
		if err != nil || !slices.Equal(options, want) {
			t.Errorf("options %v, want %v: %v", options, want, err)
		}
		if _, _, err := a.analyseML(bigQueryML{}, sql); err == nil || !strings.Contains(err.Error(), "onnection") {
			t.Errorf("a function of a connection that is not there: %v", err)
		}
	}
	query, err := f.Query(o.Plan, o.Set)
	if err != nil {
		t.Fatal(err)
	}
	ml := bigQueryML{remote: map[string]string{f.Name: "FLOAT64"}}
	got, _, err := a.analyseML(ml, query)
	if want := []column{{"user_key", "STRING"}, {"revisit", "FLOAT64"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, want %v: %v", got, want, err)
	}
}
