package firestore

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// spool is what a snapshot has read so far: a folder with a note of what is being read, and a file for each part of a
// collection that was read to its end. It holds keys and numbers only; a part is a range of document ids that is the same for
// every collection, so that not even the id where reading stopped is kept.
type spool struct{ dir string }

// note says which snapshot a spool is of.
type note struct {
	// Settings is a digest of what decides which rows the documents become.
	Settings string `json:"settings"`
	// ReadTime is the instant that all parts are read at, in microseconds UTC; 0 where the backend reads the present only.
	ReadTime int64 `json:"read_time"`
}

const (
	noteFile = "snapshot.json"
	partEnd  = ".rows"
)

// openSpool makes the folder, readable for its owner only.
func openSpool(dir string) (spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return spool{}, fmt.Errorf("make the snapshot's state folder: %w", err)
	}
	return spool{dir}, nil
}

// note reads the note, nil where there is none that can be read.
func (s spool) note() (*note, error) {
	text, err := os.ReadFile(filepath.Join(s.dir, noteFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the snapshot's state: %w", err)
	}
	var n note
	if json.Unmarshal(text, &n) != nil {
		return nil, nil
	}
	return &n, nil
}

// begin empties the spool for a new snapshot.
func (s spool) begin(n note) error {
	if err := s.clear(); err != nil {
		return err
	}
	text, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("write the snapshot's state: %w", err)
	}
	return s.write(noteFile, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// clear removes what the spool has written, and nothing else that may be in the folder.
func (s spool) clear() error {
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("clear the snapshot's state: %w", err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".tmp")
		if name != noteFile && !strings.HasSuffix(name, partEnd) {
			continue
		}
		if err := os.Remove(filepath.Join(s.dir, f.Name())); err != nil {
			return fmt.Errorf("clear the snapshot's state: %w", err)
		}
	}
	return nil
}

// write makes a file as a whole or not at all.
func (s spool) write(name string, fill func(io.Writer) error) (err error) {
	final := filepath.Join(s.dir, name)
	f, err := os.OpenFile(final+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write the snapshot's state: %w", err)
	}
	buffered := bufio.NewWriterSize(f, 1<<16)
	err = fill(buffered)
	if err == nil {
		err = errors.Join(buffered.Flush(), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(final+".tmp", final)
	}
	if err != nil {
		return fmt.Errorf("write the snapshot's state: %w", err)
	}
	return nil
}

// partName names the file of a part of a collection.
func partName(collection string, part int) string {
	return fmt.Sprintf("%s-%02d%s", collection, part, partEnd)
}

// has reports whether a part is there.
func (s spool) has(name string) bool {
	_, err := os.Stat(filepath.Join(s.dir, name))
	return err == nil
}

// rows reads a part: one row a document, in the order of the documents' ids.
func (s spool) rows(name string, take func(row) error) error {
	f, err := os.Open(filepath.Join(s.dir, name))
	if err != nil {
		return fmt.Errorf("read the snapshot's state: %w", err)
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<16)
	buf := make([]byte, rowBytes)
	for {
		if _, err := io.ReadFull(in, buf); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read the snapshot's state: %s: %w", name, err)
		}
		if err := take(decode(buf)); err != nil {
			return err
		}
	}
}
