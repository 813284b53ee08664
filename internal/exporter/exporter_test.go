package exporter

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

func treeArtifact(t *testing.T) *model.Artifact {
	t.Helper()
	fields := []model.Field{{Name: "days"}, {Name: "channel", Levels: []string{"organic", "paid"}}}
	e, err := tree.New(fields, tree.LogOdds, []tree.Tree{{
		Nodes:  []tree.Node{{Column: 0, Threshold: 2.5, Missing: tree.MissingNaN, Left: -1, Right: -2}},
		Leaves: []tree.Leaf{{Value: -1, Count: 5}, {Value: 1, Count: 5}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return &model.Artifact{Predictor: e, Manifest: model.Manifest{
		Name: "revisit", Version: "v1", Family: "gbdt", Fields: fields, Threshold: 0.5,
		Calibration: calibrate.Map{Kind: calibrate.PlattKind, A: 1, B: 0.1},
	}}
}

func TestModel(t *testing.T) {
	a := treeArtifact(t)
	for form, begin := range map[string]string{ONNX: "\x08\x08\x12\x07calback", LightGBM: "tree\nversion=v4\n"} {
		path := filepath.Join(t.TempDir(), "model")
		note, err := Model(a, form, path, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(note, "platt"); got != (form == LightGBM) {
			t.Errorf("%s: the note is %q", form, note)
		}
		data, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(data), begin) {
			t.Errorf("%s: error %v, file %.40q", form, err, data)
		}
	}
}

func TestModelRefuses(t *testing.T) {
	line := treeArtifact(t)
	line.Manifest.Family, line.Predictor = "logit", &linear.Model{Fields: line.Manifest.Fields}
	spline := treeArtifact(t)
	spline.Manifest.Calibration.Kind = "spline"
	var refusal *Refusal
	for _, c := range []struct {
		a       *model.Artifact
		form    string
		want    string
		refused bool
	}{
		{line, LightGBM, "family logit", true},
		{spline, ONNX, "spline", false},
		{line, "pmml", `"pmml"`, false},
	} {
		path := filepath.Join(t.TempDir(), "model")
		_, err := Model(c.a, c.form, path, false)
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.As(err, &refusal) != c.refused {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("%s: a file was written", c.want)
		}
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.WriteString(w, s)
			return err
		}
	}
	var refusal *Refusal
	broken := errors.New("the disk is full")
	for _, c := range []struct {
		write func(io.Writer) error
		force bool
		check func(error) bool
		holds string
	}{
		{text("one"), false, func(err error) bool { return err == nil }, "one"},
		{text("two"), false, func(err error) bool { return errors.As(err, &refusal) }, "one"},
		{text("two"), true, func(err error) bool { return err == nil }, "two"},
		{func(io.Writer) error { return broken }, true, func(err error) bool { return errors.Is(err, broken) }, "two"},
	} {
		if err := writeFile(path, c.force, 0o600, c.write); !c.check(err) {
			t.Errorf("error %v", err)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != c.holds {
			t.Errorf("the file holds %q, want %q", data, c.holds)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if err := writeFile(filepath.Join(dir, "none", "out"), false, 0o600, text("x")); err == nil {
		t.Error("a file was written into a directory that is not there")
	}
}
