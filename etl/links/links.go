// Package links reads the team's marketing links, by which users are told apart who came by them: CSV files of links, of their
// UTM parameters, or of both, with the channel and the ad campaign that each stands for.
package links

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Result is what a load did.
type Result struct {
	// Records is the number of rows below the headings, Copies how many repeat another, Links how many the table has.
	Records, Copies, Links int
	// Derived counts the links without a channel in the file, which got that of GA4's rules.
	Derived int
	// Unchanged is set where the table had just these links.
	Unchanged bool
}

var endings = []string{".csv", ".csv.gz", ".tsv", ".txt"}

// Load puts the links of all files in the place of those that the warehouse has, all or none. Such tables are kept by hand, so
// that nothing is left out: an error that wraps etl.ErrRefused lists all rows that cannot be used, by file and line.
func Load(ctx context.Context, wh *warehouse.Warehouse, paths []string) (Result, error) {
	files, err := source.Expand(paths, endings)
	if err == nil && len(files) == 0 {
		err = errors.New("no input: name files, folders or patterns of links")
	}
	if err != nil {
		return Result{}, fmt.Errorf("load links: %w", err)
	}
	t := newTable()
	for _, path := range files {
		if err := t.readFile(path); err != nil {
			return t.result, fmt.Errorf("load links: %w: read %s: %w", etl.ErrRefused, filepath.Base(path), err)
		}
	}
	if err := t.check(); err != nil {
		return t.result, fmt.Errorf("load links: %w: %w", etl.ErrRefused, err)
	}
	if err := t.write(ctx, wh); err != nil {
		return t.result, fmt.Errorf("load links: %w", err)
	}
	return t.result, nil
}

// Read gives the links of the warehouse in a fixed order, none where it has none.
func Read(ctx context.Context, wh *warehouse.Warehouse) ([]features.Link, error) {
	columns, err := wh.ReadColumns(ctx, "SELECT source, medium, link_campaign, channel, campaign FROM links")
	if err != nil {
		return nil, fmt.Errorf("read links: %w", err)
	}
	var list []features.Link
	for i := range columns[0].Len() {
		list = append(list, features.Link{
			Source: columns[0].Text[i], Medium: columns[1].Text[i], Campaign: columns[2].Text[i],
			Channel: columns[3].Text[i], Target: columns[4].Text[i],
		})
	}
	slices.SortFunc(list, compare)
	return list, nil
}

func compare(a, b features.Link) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Medium, b.Medium), cmp.Compare(a.Campaign, b.Campaign),
		cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Target, b.Target))
}

// batch is how many rows one statement inserts.
const batch = 500

// write replaces the table, unless it has these links already.
func (t *table) write(ctx context.Context, wh *warehouse.Warehouse) error {
	slices.SortFunc(t.links, compare)
	t.result.Links = len(t.links)
	was, err := Read(ctx, wh)
	if err != nil {
		return err
	}
	if slices.Equal(was, t.links) {
		t.result.Unchanged = true
		return nil
	}
	statements := []warehouse.Statement{{SQL: "DELETE FROM links WHERE TRUE"}}
	for chunk := range slices.Chunk(t.links, batch) {
		insert := warehouse.Statement{
			SQL: "INSERT INTO links (source, medium, link_campaign, channel, campaign) VALUES " +
				strings.TrimSuffix(strings.Repeat("(?, ?, ?, ?, ?), ", len(chunk)), ", "),
		}
		for _, l := range chunk {
			insert.Args = append(insert.Args, l.Source, l.Medium, l.Campaign, l.Channel, l.Target)
		}
		statements = append(statements, insert)
	}
	return wh.Transact(ctx, statements...)
}
