package firestore

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
	"strings"
)

// maxRecord is the longest record in bytes. A document has at most 1 MiB, and its JSON with types about as much again.
const maxRecord = 4 << 20

// eachLine calls take with every line of the file that is not blank, and its number from 1. A line longer than maxRecord comes
// as nil. The slice is valid during the call. A name that ends in .gz is unpacked.
func eachLine(ctx context.Context, path string, take func(line []byte, n int64)) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open input: %w", err)
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(bufio.NewReader(f)); err != nil {
			return fmt.Errorf("unpack %s: %w", filepath.Base(path), err)
		}
	}
	if err := scan(ctx, in, take); err != nil {
		return fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	return nil
}

func scan(ctx context.Context, r io.Reader, take func(line []byte, n int64)) error {
	in := bufio.NewReaderSize(r, 1<<16)
	var line []byte
	for n := int64(1); ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		var err error
		if line, err = nextLine(in, line[:0]); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		text := bytes.TrimSpace(line)
		if n == 1 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		switch {
		case len(line) > maxRecord:
			take(nil, n)
		case len(text) > 0:
			take(text, n)
		}
		if err != nil {
			return nil
		}
	}
}

// nextLine appends the next line. Of a line beyond maxRecord only that it is longer is kept.
func nextLine(in *bufio.Reader, line []byte) ([]byte, error) {
	for {
		piece, err := in.ReadSlice('\n')
		if len(line) <= maxRecord {
			line = append(line, piece...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
