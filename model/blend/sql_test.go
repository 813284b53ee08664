package blend

import (
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// stump is one split of the only column.
func stump(t *testing.T, objective tree.Objective) *tree.Ensemble {
	t.Helper()
	e, err := tree.New([]model.Field{{Name: "n"}}, objective, []tree.Tree{{
		Shrinkage: 1, Nodes: []tree.Node{{Threshold: 2, Left: ^0, Right: ^1}},
		Leaves: []tree.Leaf{{Value: 0.25, Weight: 1, Count: 1}, {Value: 0.5, Weight: 1, Count: 1}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestSQLTakesMembersApart holds that a member whose score is no sum gets a sum of its own, and the others share one.
func TestSQLTakesMembersApart(t *testing.T) {
	line := &linear.Model{Fields: []model.Field{{Name: "n"}}, Intercept: -1}
	b, err := New([]Member{
		{Family: "logit", Weight: 0.5, Predictor: line},
		{Family: "forest", Weight: 0.25, Predictor: stump(t, tree.MeanProbability)},
		{Family: "gbdt", Weight: 2, Predictor: stump(t, tree.LogOdds)},
	}, 0.125)
	if err != nil {
		t.Fatal(err)
	}
	sums, err := b.SQLSums(features.DuckDB{}, []string{"n"})
	if err != nil || len(sums) != 2 || len(sums[0]) != 3 || len(sums[1]) != 1 {
		t.Fatalf("sums %q, %v", sums, err)
	}
	for k, begin := range []string{"0.125e0", "0.5e0 * (-1e0)", "2e0 * ("} {
		if !strings.HasPrefix(sums[0][k], begin) {
			t.Errorf("addend %d is %s, want it to begin with %s", k, sums[0][k], begin)
		}
	}
	if got := b.SQLMixed([]string{"t0", "t1"}); !strings.HasPrefix(got, "(t0 + 0.25e0 * (LN(") || strings.Count(got, "t1") != 2 {
		t.Errorf("score %s", got)
	}
	one, err := b.SQLAddends(features.DuckDB{}, []string{"n"})
	if err != nil || len(one) != 4 || !strings.HasPrefix(one[3], "0.25e0 * (LN(") {
		t.Errorf("in one sum: %q, %v", one, err)
	}
}

// wordless is a model that cannot be written as SQL.
type wordless struct{ model.Predictor }

func TestSQLNeedsAllMembers(t *testing.T) {
	b, err := New([]Member{{Family: "other", Weight: 1, Predictor: wordless{&linear.Model{}}}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.SQLAddends(features.DuckDB{}, nil); err == nil || !strings.Contains(err.Error(), "other") || !strings.Contains(err.Error(), "remote function") {
		t.Errorf("error %v", err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	b, err := New([]Member{{Family: "logit", Weight: 1, Predictor: &linear.Model{Fields: []model.Field{{Name: "n"}}}}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	data, err := b.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for name, c := range map[string]struct{ payload, want string }{
		"no JSON":          {"[", "read a blend"},
		"no member":        {`{"intercept":1}`, "no member"},
		"an unknown form":  {strings.Replace(text, linear.Format, "other", 1), `format "other"`},
		"a weight below 0": {strings.Replace(text, `"weight":1`, `"weight":-1`, 1), "at least 0"},
		"a broken member":  {strings.Replace(text, `"payload":"`, `"payload":"AAAA`, 1), "member 0 (logit)"},
		"a blend within":   {strings.Replace(text, linear.Format, Format, 1), `format "blend"`},
	} {
		if _, err := decoder()([]byte(c.payload), []model.Field{{Name: "n"}}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error that says %q", name, err, c.want)
		}
	}
	all := With(map[string]model.Decoder{linear.Format: linear.Decode})
	if p, err := all[Format](data, []model.Field{{Name: "n"}}); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", p, err)
	}
	if members, weights, intercept := b.Mixture(); len(members) != 1 || weights[0] != 1 || intercept != 0 {
		t.Errorf("mixture %v, %v, %v", members, weights, intercept)
	}
}
