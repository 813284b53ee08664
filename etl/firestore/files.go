package firestore

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/valyala/fastjson"

	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// endings are those of the files that a folder is searched for.
var endings = []string{".ndjson", ".jsonl", ".json", ".ndjson.gz", ".jsonl.gz", ".json.gz"}

// LoadFiles loads files of JSON lines, one document a line, as the snapshot of the instant at which they were taken: opt.At, or
// the latest readTime of their records. All files together are one snapshot; a document that is in them several times counts
// once, as it was updated last. Memory: about 150 bytes a document.
//
// A meeting needs its create time (createTime, create_time or created_at): without one it goes to quarantine, because no field
// that the app writes says when a document came to be.
func LoadFiles(ctx context.Context, wh *warehouse.Warehouse, opt Options) (Result, error) {
	l, err := newLoad(ctx, wh, opt)
	if err != nil {
		return Result{}, err
	}
	paths, err := source.Expand(l.Paths, endings)
	if err != nil {
		return Result{}, err
	}
	if len(paths) == 0 {
		return Result{}, errors.New("load documents: no files")
	}
	f := &filing{load: l, converter: newConverter(l.Options, l.loc)}
	for i, path := range paths {
		if err := f.file(ctx, path); err != nil {
			return l.result, fmt.Errorf("load documents: %w", err)
		}
		l.progress("read", i+1, len(paths))
	}
	at, err := f.at()
	if err != nil {
		return l.result, err
	}
	l.result.Consistent = true
	l.place(at)
	f.dedupe()
	f.dropYounger()
	slices.SortFunc(l.bad, compareBad)
	err = l.write(ctx, f.each)
	return l.result, err
}

// filing is one call of LoadFiles.
type filing struct {
	*load
	converter *converter
	parser    fastjson.Parser
	rows      []filed
	// read is the latest instant at which a record says it was read.
	read int64
}

// filed is a row with where it came from.
type filed struct {
	row
	// document is a digest of the document's collection and id.
	document key
	updated  int64
	line     int64
	source   string
}

// file reads one file.
func (f *filing) file(ctx context.Context, path string) error {
	name := filepath.Base(path)
	of := f.collectionOf(name)
	var err error
	read := eachLine(ctx, path, func(line []byte, n int64) {
		why := f.line(line, n, name, of)
		if why == noCollection && of == "" && err == nil {
			err = fmt.Errorf("file %s, line %d: neither the name of the file nor the record tells whether it is of %s or of %s", name, n,
				f.Users, f.Meetings)
		}
		if why != fine {
			f.bad = append(f.bad, warehouse.QuarantineRow{Source: name, Line: n, Reason: why.String()})
		}
	})
	return errors.Join(err, read)
}

// collectionOf is the collection whose name the file's name contains, "" for neither.
func (f *filing) collectionOf(name string) string {
	for _, c := range []string{f.Meetings, f.Users} {
		if strings.Contains(strings.ToLower(name), strings.ToLower(c)) {
			return c
		}
	}
	return ""
}

func (f *filing) line(line []byte, n int64, name, of string) reason {
	rec, why := f.parse(line)
	if rec.collection != "" {
		of = rec.collection
	}
	convert := f.converter.meeting
	switch of {
	case f.Users:
		f.result.Users++
		convert = f.converter.profile
	case f.Meetings:
		f.result.Meetings++
	default:
		f.result.Meetings++
		return noCollection
	}
	if why != fine && (why != badCreated || of == f.Meetings) {
		return why
	}
	r, why := convert(rec.document)
	if why != fine {
		return why
	}
	f.read = max(f.read, rec.read)
	f.rows = append(f.rows, filed{r, f.converter.keys.key(of, "/", rec.id), rec.updated, n, name})
	return fine
}

func (f *filing) parse(line []byte) (record, reason) {
	if line == nil {
		return record{}, tooLong
	}
	v, err := f.parser.ParseBytes(line)
	if err != nil {
		return record{}, syntax
	}
	return readRecord(v, f.loc)
}

// at is the instant of the snapshot.
func (f *filing) at() (int64, error) {
	switch {
	case !f.At.IsZero():
		return f.At.UnixMicro(), nil
	case f.read != 0:
		return f.read, nil
	}
	return 0, errors.New("load documents: nothing tells when the files were taken out of Firestore, " +
		"and a document tells the state of that instant only: say it, or export with readTime")
}

// dedupe keeps of each document the copy that was updated last.
func (f *filing) dedupe() {
	slices.SortFunc(f.rows, func(a, b filed) int {
		return cmp.Or(bytes.Compare(a.document[:], b.document[:]), cmp.Compare(b.updated, a.updated), a.compare(b.row))
	})
	before := len(f.rows)
	f.rows = slices.CompactFunc(f.rows, func(a, b filed) bool { return a.document == b.document })
	f.result.Duplicates += int64(before - len(f.rows))
}

// dropYounger puts meetings into quarantine that were created after the snapshot.
func (f *filing) dropYounger() {
	f.rows = slices.DeleteFunc(f.rows, func(r filed) bool {
		younger := r.micros > f.snap.at
		if younger {
			f.bad = append(f.bad, warehouse.QuarantineRow{Source: r.source, Line: r.line, Reason: createdLater.String()})
		}
		return younger
	})
}

func (f *filing) each(take func(row) error) error {
	for i := range f.rows {
		if err := take(f.rows[i].row); err != nil {
			return err
		}
	}
	return nil
}
