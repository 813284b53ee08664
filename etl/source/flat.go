package source

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// FlatOptions say which files of a flat event log to read, one event a row, and which columns mean what.
type FlatOptions struct {
	// Paths are files, folders or patterns; .csv and .parquet, .csv also as .gz.
	Paths []string
	// Secret keys the hashes of the user ids; at least 16 bytes.
	Secret []byte
	// Mapping names the columns.
	Mapping Mapping
	// TimeFormat is unix_s, unix_ms, unix_us, rfc3339, or a strftime or Go layout.
	TimeFormat string
	// Zone is the IANA zone of the calendar days, and of times that carry none.
	Zone string
	// KeepRepeats takes rows of one file that are equal in every column for separate events, not for copies of one. For logs
	// whose clock is coarser than their users are.
	KeepRepeats bool
	// Channels are the rules of the acquisition channel with the team's links.
	Channels features.Channels
}

// Flat reads flat event logs. It implements Source.
type Flat struct {
	opt   FlatOptions
	loc   *time.Location
	parse timeParser
	files []File
}

var flatEndings = []string{".csv", ".csv.gz", ".parquet"}

// NewFlat lists the files and checks the mapping and the time format.
func NewFlat(opt FlatOptions) (*Flat, error) {
	if err := checkSecret(opt.Secret); err != nil {
		return nil, err
	}
	if err := opt.Mapping.check(); err != nil {
		return nil, err
	}
	loc, err := time.LoadLocation(opt.Zone)
	if err != nil {
		return nil, fmt.Errorf("time zone %q: want an IANA name such as Asia/Seoul: %w", opt.Zone, err)
	}
	parse, err := newTimeParser(opt.TimeFormat, loc)
	if err != nil {
		return nil, err
	}
	paths, err := Expand(opt.Paths, flatEndings)
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, errors.New("no input: name files, folders or patterns of the log")
	}
	f := &Flat{opt: opt, loc: loc, parse: parse}
	for _, p := range paths {
		f.files = append(f.files, File{Path: p, Name: filepath.Base(p)})
	}
	return f, nil
}

// Kind implements Source.
func (f *Flat) Kind() string { return "flat" }

// Files implements Source.
func (f *Flat) Files() []File { return f.files }

// Settings implements Source.
func (f *Flat) Settings() string {
	return fmt.Sprintf("flat 2, key %s, map %s, time %s, zone %s, channels %s", KeyCheck(f.opt.Secret), f.opt.Mapping, f.opt.TimeFormat,
		f.opt.Zone, channelDigest(f.opt.Channels))
}

// WholeDays implements Source: a log may have been cut at any moment of its last day.
func (f *Flat) WholeDays() bool { return false }

// Read implements Source.
func (f *Flat) Read(ctx context.Context, file File, sink Sink) (Counts, error) {
	b := newBorderWith(f.opt.Secret, f.opt.Channels)
	var err error
	if strings.HasSuffix(file.Path, ".parquet") {
		err = f.readParquet(ctx, file, b, sink)
	} else {
		err = f.readFile(ctx, file, b, sink)
	}
	if err != nil {
		err = fmt.Errorf("read %s: %w", file.Name, err)
	}
	return b.counts, err
}

func (f *Flat) readFile(ctx context.Context, file File, b *border, sink Sink) error {
	in, err := openFile(file.Path)
	if err != nil {
		return err
	}
	defer in.Close()
	return f.readCSV(ctx, in, file, b, sink)
}

func (f *Flat) readCSV(ctx context.Context, in io.Reader, file File, b *border, sink Sink) error {
	r := csv.NewReader(in)
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("the file is empty: its first line must name the columns")
		}
		return fmt.Errorf("header: %w", err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	d, err := newFlatDecoder(f, file, b, header)
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var syntax *csv.ParseError
		reason, line := "", int64(0)
		switch {
		case errors.As(err, &syntax):
			reason, line = ReasonCSV, int64(syntax.StartLine)
		case err != nil:
			return err
		default:
			at, _ := r.FieldPos(0)
			line = int64(at)
		}
		if !d.deliver(cells, reason, line, sink) {
			return nil
		}
	}
}
