// Package exporter takes what Calback makes elsewhere: a trained model as ONNX or as LightGBM text, and the table of users and their
// features as Parquet, as TFRecord or as JSON lines that a server takes. A file appears whole or not at all.
package exporter

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/onnx"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// The forms of a model.
const (
	ONNX     = "onnx"
	LightGBM = "lightgbm"
)

// The forms of the features.
const (
	Parquet  = "parquet"
	TFRecord = "tfrecord"
	JSONL    = "jsonl"
)

// Refusal is the error of a request that would overwrite a file, mix data that does not go together, or lose what the model is. Nothing
// was written.
type Refusal struct {
	// Reason says why in words, and what could be done.
	Reason string
}

// Error is the reason.
func (r *Refusal) Error() string { return r.Reason }

func refuse(format string, args ...any) error { return &Refusal{Reason: fmt.Sprintf(format, args...)} }

// Model writes the artifact to the file. The note says what the form cannot hold, "" where it holds all.
func Model(a *model.Artifact, form, path string, force bool) (note string, err error) {
	var data []byte
	switch form {
	case ONNX:
		if data, err = onnx.Encode(a); errors.Is(err, onnx.ErrUnsupported) {
			return "", &Refusal{Reason: err.Error()}
		}
	case LightGBM:
		data, note, err = lightGBM(a)
	default:
		err = fmt.Errorf("form %q is unknown; a model goes as %s or %s", form, ONNX, LightGBM)
	}
	if err != nil {
		return "", err
	}
	return note, writeFile(path, force, 0o644, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// lightGBM is the text model of the trees. The calibration has no place in it.
func lightGBM(a *model.Artifact) (data []byte, note string, err error) {
	m := &a.Manifest
	if format := a.Predictor.Format(); format != tree.Format {
		return nil, "", refuse("model %s %s is of family %s, kept as %s: LightGBM holds trees only (gbdt, forest, rules); export it as %s", m.Name,
			m.Version, m.Family, format, ONNX)
	}
	if data, err = a.Predictor.MarshalBinary(); err != nil {
		return nil, "", fmt.Errorf("write LightGBM text: %w", err)
	}
	if kind := m.Calibration.Kind; kind != "" && kind != calibrate.None {
		note = "LightGBM's prediction is the probability before calibration (" + kind + "); the ONNX file has it after"
	}
	return data, note, nil
}

// writeFile makes the file as a whole: written beside its place, synced, renamed. A file that is there already is replaced with force only.
func writeFile(path string, force bool, mode fs.FileMode, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); err == nil && !force {
		return refuse("%s is there already; name another file, or replace it with -force", path)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err = errors.Join(write(f), f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
