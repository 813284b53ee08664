package model

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// List reads the manifests of every version of every model in the store, by name and version. It proves nothing, as Open does; a store
// that is not there has none.
func (s Store) List() ([]Manifest, error) {
	paths, err := filepath.Glob(filepath.Join(s.Dir, "*", "*", manifestFile))
	if err != nil {
		return nil, fmt.Errorf("list the models: %w", err)
	}
	var list []Manifest
	for _, path := range paths {
		version, name := filepath.Base(filepath.Dir(path)), filepath.Base(filepath.Dir(filepath.Dir(path)))
		if checkNames(name, version) != nil {
			continue
		}
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list the models: %w", err)
		}
		var m Manifest
		if err := json.Unmarshal(data, &m); err != nil {
			return nil, fmt.Errorf("list the models: read the manifest of %s %s: %w", name, version, err)
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b Manifest) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version)) })
	return list, nil
}
