package source

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxRecord is the longest record in bytes. The largest events of the GA4 export, with 25 parameters and all items, stay under 1 MiB.
const maxRecord = 4 << 20

// openFile opens a file, unpacking it when its name ends in .gz.
func openFile(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open input: %w", err)
	}
	if !strings.HasSuffix(path, ".gz") {
		return f, nil
	}
	z, err := gzip.NewReader(bufio.NewReaderSize(f, 1<<18))
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("unpack %s: %w", filepath.Base(path), err)
	}
	return &unpacked{Reader: z, file: f}, nil
}

type unpacked struct {
	*gzip.Reader
	file *os.File
}

func (u *unpacked) Close() error { return errors.Join(u.Reader.Close(), u.file.Close()) }

// eachLine calls take with every line that is not blank, without its end, and its number from 1. A line longer than maxRecord
// comes as nil. The slice is valid during the call.
func eachLine(ctx context.Context, r io.Reader, take func(line []byte, n int64) bool) error {
	in := bufio.NewReaderSize(r, 1<<18)
	var long []byte
	for n := int64(1); ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long, err = longLine(in, append(long[:0], line...))
			line = long
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(line) > maxRecord {
			line = nil
		}
		trimmed := bytes.TrimSpace(line)
		if n == 1 {
			trimmed = bytes.TrimPrefix(trimmed, []byte("\xef\xbb\xbf"))
		}
		if (line == nil || len(trimmed) > 0) && (err == nil || len(line) > 0) {
			if !take(trimmed, n) {
				return nil
			}
		}
		if err != nil {
			return nil
		}
	}
}

// longLine reads on to the end of a line that the buffer does not hold. Of a line beyond maxRecord only the length is kept.
func longLine(in *bufio.Reader, line []byte) ([]byte, error) {
	for {
		part, err := in.ReadSlice('\n')
		if len(line) <= maxRecord {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// Expand lists the files that the paths name: files, folders (all files directly in them that have one of the endings), and
// patterns such as data/events_2026*. Each file once, in the order of their names.
func Expand(paths, endings []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		found, err := expand(p, endings)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	for i, p := range out {
		if full, err := filepath.Abs(p); err == nil {
			out[i] = full
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func expand(path string, endings []string) ([]string, error) {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		return []string{path}, nil
	}
	pattern := path
	if err == nil {
		pattern = filepath.Join(path, "*")
	}
	matches, badPattern := filepath.Glob(pattern)
	if badPattern != nil {
		return nil, fmt.Errorf("input %q: %w", path, badPattern)
	}
	matches = slices.DeleteFunc(matches, func(m string) bool {
		info, err := os.Stat(m)
		return err != nil || info.IsDir() || !slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(m, e) })
	})
	if len(matches) == 0 {
		return nil, fmt.Errorf("input %q: no file there ends in %s", path, strings.Join(endings, ", "))
	}
	return matches, nil
}
