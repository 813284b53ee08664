package report

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
)

// Names of the two files that Write makes.
const (
	HTMLFile = "report.html"
	JSONFile = "report.json"
)

// JSON writes the same figures as the page, indented, with snake_case names. Unknown figures are null, empty lists [].
func JSON(w io.Writer, d Data) error { return writeJSON(w, guard(d)) }

func writeJSON(w io.Writer, guarded Data) error {
	emptyLists(reflect.ValueOf(&guarded).Elem())
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(guarded); err != nil {
		return fmt.Errorf("report as JSON: %w", err)
	}
	return nil
}

// emptyLists turns nil slices into empty ones, so that a reader finds lists where lists belong.
func emptyLists(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for k := range v.NumField() {
			if v.Type().Field(k).IsExported() {
				emptyLists(v.Field(k))
			}
		}
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
	}
}

// Write makes report.html and report.json in dir, which it creates. Each file is whole or absent: it is written under
// another name
// first and then renamed.
func Write(dir string, d Data) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("report folder: %w", err)
	}
	guarded := guard(d)
	if err := replace(filepath.Join(dir, JSONFile), func(w io.Writer) error { return writeJSON(w, guarded) }); err != nil {
		return err
	}
	return replace(filepath.Join(dir, HTMLFile), func(w io.Writer) error { return writePage(w, guarded) })
}

func replace(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	defer func() {
		if err != nil {
			// The first error is the one to report.
			_ = f.Close()
			_ = os.Remove(f.Name())
			err = fmt.Errorf("write %s: %w", filepath.Base(path), err)
		}
	}()
	if err = write(f); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
