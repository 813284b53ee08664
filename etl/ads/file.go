package ads

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/etl/ads/sheet"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
)

// report is what one file holds.
type report struct {
	name string
	rows []row
	bad  []badRow
	// counts by what became of the records, see Result; copies by day, "" where the record has none.
	records, totals, otherCurrency, blanked int64
	copies                                  map[string]int64
	warnings                                []string
}

// badRow is a record that could not be used; day is "" when that is not known.
type badRow struct {
	day, file string
	line      int64
	reason    string
}

func (r *report) quarantine(day string, line int64, reason string) {
	r.bad = append(r.bad, badRow{day, r.name, line, reason})
}

var endings = []string{".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson"}

// readFiles reads all files that the options name, in the order of their names.
func readFiles(opt *Options) ([]*report, error) {
	all := slices.Clone(endings)
	for _, e := range endings {
		all = append(all, e+".gz")
	}
	paths, err := source.Expand(opt.Paths, all)
	if err != nil {
		return nil, err
	}
	var reports []*report
	for i, path := range paths {
		r, err := readFile(path, i, opt)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", filepath.Base(path), err)
		}
		reports = append(reports, r)
	}
	return reports, nil
}

func readFile(path string, file int, opt *Options) (*report, error) {
	data, err := sheet.Read(path)
	if err != nil {
		return nil, err
	}
	return parse(filepath.Base(path), file, data, opt)
}

// parse reads the text of one file: JSON where they begin like it, else CSV.
func parse(name string, file int, data []byte, opt *Options) (*report, error) {
	r := &report{name: name, copies: map[string]int64{}}
	start := bytes.TrimSpace(data)
	switch {
	case len(start) == 0:
		return nil, errors.New("the file is empty")
	case start[0] == '[' || start[0] == '{':
		return r, readInsights(r, file, data, opt)
	}
	return r, readCSV(r, file, string(data), opt)
}
