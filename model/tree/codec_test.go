package tree

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

func encoded(tb testing.TB, e *Ensemble) []byte {
	tb.Helper()
	data, err := e.MarshalBinary()
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func TestRoundTripKeepsEveryBit(t *testing.T) {
	for _, objective := range []Objective{LogOdds, MeanProbability, MeanLogOdds} {
		for seed := range uint64(20) {
			e := randomEnsemble(t, seed, objective, 4, int(seed))
			data := encoded(t, e)
			back, err := decode(string(data), testFields())
			if err != nil {
				t.Fatalf("seed %d: %v\n%s", seed, err, data)
			}
			if diff := cmp.Diff(e.Trees(), back.Trees()); diff != "" || back.Objective() != objective {
				t.Fatalf("seed %d: objective %d became %d; %s", seed, objective, back.Objective(), diff)
			}
			if !bytes.Equal(encoded(t, back), data) {
				t.Fatalf("seed %d: written again, the bytes differ", seed)
			}
		}
	}
}

// LightGBM finds the trees by tree_sizes when it loads in parallel.
func TestTreeSizesAreThoseOfTheBlocks(t *testing.T) {
	data := string(encoded(t, randomEnsemble(t, 3, LogOdds, 5, 6)))
	header, err := readBlock(strings.Split(data, "\nTree=")[0])
	if err != nil {
		t.Fatal(err)
	}
	sizes, err := list(header, "tree_sizes", 5, parseInt)
	if err != nil {
		t.Fatal(err)
	}
	rest := data[strings.Index(data, "Tree=0"):]
	for i, n := range sizes {
		if !strings.HasPrefix(rest, "Tree=") || !strings.HasSuffix(rest[:n], "\n\n\n") {
			t.Fatalf("tree %d is not the %d bytes it is said to be:\n%s", i, n, rest[:n])
		}
		rest = rest[n:]
	}
	if !strings.HasPrefix(rest, "end of trees\n") {
		t.Errorf("behind the trees stands %.30q", rest)
	}
}

// The golden file holds the format still: a change of it must be seen, for old artifacts must stay readable.
func TestGoldenModel(t *testing.T) {
	want, err := os.ReadFile("testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	fields := []model.Field{{Name: "active days"}, {Name: "channel", Levels: []string{"organic", "paid", "friend"}}}
	e, err := decode(string(want), fields)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(encoded(t, e))); diff != "" {
		t.Error(diff)
	}
	nan := float32(math.NaN())
	for _, c := range []struct {
		row  []float32
		want float64
	}{
		// Tree 0 sends days <= 2.5 and missing left; there friend (code 2) goes left. Tree 1 is the constant 0.25.
		{[]float32{1, 2}, -0.5 + 0.25},
		{[]float32{1, 0}, -1.5 + 0.25},
		{[]float32{nan, nan}, -1.5 + 0.25},
		{[]float32{3, 2}, 0.75 + 0.25},
	} {
		if got := e.Score(c.row); got != c.want {
			t.Errorf("score of %v is %v, want %v", c.row, got, c.want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	good, err := os.ReadFile("testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	fields := []model.Field{{Name: "active days"}, {Name: "channel", Levels: []string{"organic", "paid", "friend"}}}
	for _, c := range []struct{ old, replacement, want string }{
		{"end of trees", "", "end of trees"},
		{"tree\n", "shrub\n", `does not begin with "tree"`},
		{"version=v4", "version=v3", `version is "v3"`},
		{"num_class=1", "num_class=3", `num_class is "3"`},
		{"binary sigmoid:1", "binary sigmoid:-2", "its sigmoid is not"},
		{"binary sigmoid:1", "binary sigmoid:inf", "its sigmoid is not"},
		{"binary sigmoid:1", "binary sigmoid:", "its sigmoid is not"},
		{"binary sigmoid:1", "regression", "objective"},
		{"active_days channel", "active_days", "feature_names has 1 names"},
		{"active_days channel", "days channel", `feature 0 is named "days", want "active_days"`},
		{"num_leaves=3", "num_leaves=3000000000", "num_leaves"},
		{"num_leaves=3", "num_leaves=3\nnum_leaves=3", "twice"},
		{"Tree=1", "Tree=7", "tree 1 is numbered"},
		{"left_child=1 -1", "left_child=1", "left_child has 1 values, want 2"},
		{"left_child=1 -1", "left_child=0 -1", "reached twice"},
		{"left_child=1 -1", "left_child=1 x", `"x" is not a number`},
		{"leaf_value=-0.5", "leaf_value=nan", "not a finite number"},
		{"leaf_count=40", "leaf_count=-40", "rows are outside"},
		{"decision_type=10 1", "decision_type=10 99", "decision_type"},
		{"cat_boundaries=0 1", "cat_boundaries=0 2", "outside the 1 words"},
		{"cat_boundaries=0 1", "cat_boundaries=0", "category set"},
		{"threshold=2.5 0", "threshold=2.5 7", "category set"},
		{"is_linear=0", "is_linear=1", "linear leaves"},
		{"shrinkage=0.1", "shrinkage=fast", "shrinkage"},
	} {
		if !strings.Contains(string(good), c.old) {
			t.Fatalf("the golden file has no %q", c.old)
		}
		_, err := Decode([]byte(strings.Replace(string(good), c.old, c.replacement, 1)), fields)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: error %v, want one with %q", c.replacement, c.old, err, c.want)
		}
	}
}

func TestDecodeRefusesASetUsedTwice(t *testing.T) {
	good, err := os.ReadFile("testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	twice := strings.NewReplacer("decision_type=10 1", "decision_type=1 1", "threshold=2.5 0", "threshold=0 0").Replace(string(good))
	_, err = Decode([]byte(twice), []model.Field{{Name: "active days"}, {Name: "channel", Levels: []string{"a", "b", "c"}}})
	if err == nil || !strings.Contains(err.Error(), "used twice") {
		t.Errorf("error %v, want one that says used twice", err)
	}
}

func TestFileNamesAreDistinctAndClean(t *testing.T) {
	got := FileNames([]model.Field{{Name: "a b"}, {Name: "a:b"}, {Name: ""}, {Name: "공유 수"}, {Name: "a_b"}})
	if diff := cmp.Diff([]string{"a_b", "a_b_1", "_2", "공유_수", "a_b_4"}, got); diff != "" {
		t.Error(diff)
	}
}

// FuzzDecode: whatever the bytes, reading ends in an error or in a model that scores, explains and is written back to itself.
func FuzzDecode(f *testing.F) {
	golden, err := os.ReadFile("testdata/golden.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	f.Add([]byte(strings.Replace(string(golden), "objective=binary sigmoid:1", "objective=regression\naverage_output", 1)))
	f.Add([]byte("tree\nversion=v4\n\nend of trees"))
	fields := []model.Field{{Name: "active days"}, {Name: "channel", Levels: []string{"organic", "paid", "friend"}}}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := decode(string(data), fields)
		if err != nil {
			return
		}
		row := randomRow(rand.New(rand.NewPCG(1, 1)), fields)
		if s := e.Score(row); math.IsNaN(s) {
			t.Fatalf("score of %v is NaN", row)
		}
		e.Contribute(make([]float64, 2), row)
		again := encoded(t, e)
		back, err := decode(string(again), fields)
		if err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		if !bytes.Equal(encoded(t, back), again) {
			t.Fatal("written twice, the bytes differ")
		}
	})
}
