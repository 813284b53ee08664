package source

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// GA4Options say which files of the GA4 or Firebase export to read and what of them passes.
type GA4Options struct {
	// Paths are files, folders or patterns; .json, .jsonl and .ndjson, plain or .gz, and .parquet.
	Paths []string
	// Secret keys the hashes of the user ids; at least 16 bytes.
	Secret []byte
	// Params are the names of the numeric event parameters that pass.
	Params []string
	// StaffProperty is the user property that marks staff, "" for none.
	StaffProperty string
	// Channels are the rules of the acquisition channel with the team's links.
	Channels features.Channels
}

// GA4 reads the BigQuery export of Google Analytics 4 and Firebase as files. It implements Source.
type GA4 struct {
	secret   []byte
	params   []string
	staff    string
	channels features.Channels
	files    []File
	settings string
	columns  columnsByFile
}

var ga4Endings = []string{".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".parquet"}

// dayInName finds the day of files named like the export's tables: events_20260301.json, events_intraday_20260301-000.json.gz.
var dayInName = regexp.MustCompile(`^events_(intraday_)?(\d{8})(?:\D|$)`)

// NewGA4 lists the files. An intraday file is left out when its day has a daily file.
func NewGA4(opt GA4Options) (*GA4, error) {
	if err := checkSecret(opt.Secret); err != nil {
		return nil, err
	}
	paths, err := Expand(opt.Paths, ga4Endings)
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, errors.New("no input: name files, folders or patterns of the export")
	}
	g := &GA4{secret: opt.Secret, staff: opt.StaffProperty, channels: opt.Channels, params: slices.Compact(slices.Sorted(slices.Values(opt.Params)))}
	daily := map[string]bool{}
	for _, p := range paths {
		f := File{Path: p, Name: filepath.Base(p)}
		if m := dayInName.FindStringSubmatch(f.Name); m != nil {
			day, err := time.Parse("20060102", m[2])
			if err != nil {
				return nil, fmt.Errorf("file %s: its name holds no date: %w", f.Name, err)
			}
			f.Day, f.Intraday = day.Format(time.DateOnly), m[1] != ""
			daily[f.Day] = daily[f.Day] || !f.Intraday
		}
		g.files = append(g.files, f)
	}
	g.files = slices.DeleteFunc(g.files, func(f File) bool { return f.Intraday && daily[f.Day] })
	g.settings = fmt.Sprintf("ga4 2, key %s, params %s, staff %s, channels %s", KeyCheck(opt.Secret),
		strings.Join(g.params, ","), g.staff, channelDigest(g.channels))
	return g, nil
}

func checkSecret(secret []byte) error {
	if len(secret) < 16 {
		return errors.New("the secret for user ids is shorter than 16 bytes; give a random one of 32 bytes")
	}
	return nil
}

// Kind implements Source.
func (g *GA4) Kind() string { return "ga4" }

// Files implements Source.
func (g *GA4) Files() []File { return g.files }

// Settings implements Source.
func (g *GA4) Settings() string { return g.settings }

// WholeDays implements Source: an exported day is a whole day.
func (g *GA4) WholeDays() bool { return true }

// Read implements Source.
func (g *GA4) Read(ctx context.Context, f File, sink Sink) (Counts, error) {
	b := newBorderWith(g.secret, g.channels)
	d := g.decoder(b, f)
	defer func() { g.columns.keep(f, &d.parser.seen) }()
	if strings.HasSuffix(f.Path, ".parquet") {
		err := readGA4Parquet(ctx, f, d, sink)
		return b.counts, err
	}
	in, err := openFile(f.Path)
	if err != nil {
		return b.counts, err
	}
	defer in.Close()
	err = eachLine(ctx, in, func(line []byte, n int64) bool {
		var row ga4Row
		reason := d.parse(line, &row)
		return d.deliver(&row, reason, n, sink)
	})
	if err != nil {
		return b.counts, fmt.Errorf("read %s: %w", f.Name, err)
	}
	return b.counts, nil
}
