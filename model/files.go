package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// sumsFile has one line a file, as sha256sum writes and checks it.
	sumsFile = "SHA256SUMS"
	// tempPrefix begins the name of a directory that is being written.
	tempPrefix = ".publish-"
	// asidePrefix begins the name of a version that is being replaced.
	asidePrefix = ".replaced-"
	// leftoverAge is how old a directory of an interrupted publish is before another publish removes it.
	leftoverAge = time.Hour
	// maxFile bounds what is read of an artifact, so that a damaged or hostile file cannot take the memory.
	maxFile = 256 << 20
)

// aside is where the version at dir stands while another takes its place.
func aside(dir string) string {
	return filepath.Join(filepath.Dir(dir), asidePrefix+filepath.Base(dir))
}

// sums is the content of sumsFile, in the order of the names.
func sums(files map[string][]byte) []byte {
	var b bytes.Buffer
	for _, name := range sortedKeys(files) {
		fmt.Fprintf(&b, "%s  %s\n", checksum(files[name]), name)
	}
	return b.Bytes()
}

// artifactFiles are those that are read to load an artifact. sure is nil where the manifest names none.
type artifactFiles struct {
	manifest, payload, sure []byte
}

// readSummed reads the files of an artifact and holds them to sumsFile. All are read through one handle of the directory, so that a
// rename in between cannot mix two versions.
func readSummed(dir string) (artifactFiles, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return artifactFiles{}, err
	}
	defer root.Close()
	want, err := readFile(root, sumsFile)
	if err != nil {
		return artifactFiles{}, err
	}
	read := func(name string) []byte {
		if err != nil {
			return nil
		}
		var data []byte
		if data, err = readFile(root, name); err != nil {
			return nil
		}
		if !bytes.Contains(append([]byte("\n"), want...), []byte("\n"+checksum(data)+"  "+name+"\n")) {
			err = fmt.Errorf("the checksum of %s is not the one in %s: one of the two is damaged or was edited; publish again", name, sumsFile)
		}
		return data
	}
	f := artifactFiles{manifest: read(manifestFile), payload: read(payloadFile)}
	var named struct {
		Sure string `json:"sure_sha256"`
	}
	if err == nil && json.Unmarshal(f.manifest, &named) == nil && named.Sure != "" {
		f.sure = read(sureFile)
	}
	return f, err
}

func readFile(root *os.Root, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d MiB", name, maxFile>>20)
	}
	return data, nil
}

// writeDir makes the directory with all its files by one rename. A directory that is already there is replaced: it stands aside until
// the new one is in its place, and comes back where that fails.
func writeDir(dir string, files map[string][]byte) error {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(parent, tempPrefix+"*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if err := removeLeftovers(parent, temp); err != nil {
		return err
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	for name, data := range files {
		if err := writeSynced(filepath.Join(temp, name), data); err != nil {
			return err
		}
	}
	if err := errors.Join(syncDir(temp), replaceDir(dir, temp)); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(aside(dir)), syncDir(parent))
}

// replaceDir puts temp in the place of dir. Where dir is not there, what stands aside is the only copy, left by an interrupted
// replacement, and stays until temp is in place.
func replaceDir(dir, temp string) error {
	if _, err := os.Lstat(dir); err == nil {
		if err := errors.Join(os.RemoveAll(aside(dir)), os.Rename(dir, aside(dir))); err != nil {
			return err
		}
	}
	err := os.Rename(temp, dir)
	if err == nil {
		return nil
	}
	if back := os.Rename(aside(dir), dir); back != nil && !errors.Is(back, fs.ErrNotExist) {
		err = errors.Join(err, back)
	}
	return err
}

// removeLeftovers removes what publishes that were killed have left. The age is told by the file system's own clock: that of the
// directory just made.
func removeLeftovers(parent, fresh string) error {
	made, err := os.Stat(fresh)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !entry.IsDir() || !strings.HasPrefix(entry.Name(), tempPrefix) {
			continue
		}
		if made.ModTime().Sub(info.ModTime()) > leftoverAge {
			if err := os.RemoveAll(filepath.Join(parent, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// WriteFile replaces the file at path as a whole: temporary file, sync, rename.
func WriteFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	temp := f.Name()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return syncDir(filepath.Dir(path))
}

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
