package export

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/etl"
)

// knownSetting names the row of the settings table that keeps the columns of the export.
const knownSetting = "export_columns"

// known is which columns the export has had, by path in lower case.
type known map[string]knownColumn

// knownColumn is a column of the export as the loaded tables had it.
type knownColumn struct {
	// Types are the types that are accepted.
	Types []string `json:"types"`
	// Since is the first day whose table had the column, Until the first day from which on its absence is accepted, "" for none.
	Since string `json:"since"`
	Until string `json:"until,omitempty"`
}

// change is a column that is read and that a table has otherwise than the tables before it.
type change struct {
	table, column, was, is string
	// hopeless changes cannot be accepted: nothing can be read without the column.
	hopeless bool
}

func readKnown(setting string) (known, error) {
	k := known{}
	if setting == "" {
		return k, nil
	}
	if err := json.Unmarshal([]byte(setting), &k); err != nil {
		return nil, fmt.Errorf("setting %s of the warehouse is damaged; delete its row to start from the columns of today: %w",
			knownSetting, err)
	}
	return k, nil
}

func (k known) setting() (string, error) {
	data, err := json.Marshal(k)
	if err != nil {
		return "", fmt.Errorf("keep the columns of the export: %w", err)
	}
	return string(data), nil
}

// meet compares a table with what is known, and adds what it has. It gives the paths that are new, and the changes that stop the
// run; with accept they become known instead.
func (k known) meet(t dayTable, read []Column, accept bool) (added []string, changes []change) {
	for _, want := range read {
		c, changed := k.compare(t, want)
		if !changed {
			continue
		}
		if !accept || c.hopeless {
			changes = append(changes, c)
			continue
		}
		k.accept(t, want.Path)
	}
	for path, have := range t.shape {
		was, ok := k[path]
		switch {
		case !ok:
			added = append(added, have.Path)
			k[path] = knownColumn{Types: []string{have.word()}, Since: t.day}
		case t.day < was.Since:
			was.Since = t.day
			k[path] = was
		}
	}
	slices.Sort(added)
	return added, changes
}

// compare tells how the table's column differs from what is wanted or known. A table older than all that had the column may lack
// it.
func (k known) compare(t dayTable, want Column) (change, bool) {
	was, seen := k[want.Path]
	have, there := t.shape[want.Path]
	c := change{table: t.name, column: want.Path, was: strings.Join(was.Types, " or "), is: have.word()}
	if !seen {
		c.was = want.word()
	}
	switch {
	case !there && want.Required:
		c.is, c.hopeless = "missing", true
		return c, true
	case !there:
		c.is = "missing"
		return c, seen && t.day >= was.Since && (was.Until == "" || t.day < was.Until)
	case seen && slices.Contains(was.Types, have.word()):
		return c, false
	case !seen && have.fits(want):
		return c, false
	}
	c.hopeless = want.Required && !have.fits(want) && !have.castable(want)
	return c, true
}

// accept makes the table's way with the column known.
func (k known) accept(t dayTable, path string) {
	was := k[path]
	have, there := t.shape[path]
	if was.Since == "" || there && t.day < was.Since {
		was.Since = t.day
	}
	switch {
	case !there && (was.Until == "" || t.day < was.Until):
		was.Until = t.day
	case there:
		was.Types = append(slices.Clone(was.Types), have.word())
	}
	k[path] = was
}

// refuse makes one error of the changes.
func refuse(changes []change) error {
	if len(changes) == 0 {
		return nil
	}
	var parts []string
	remedy := "accept the columns as they are now to go on, they are then empty where they cannot be read"
	for _, c := range changes {
		part := fmt.Sprintf("table %s: column %s was %s, is %s", c.table, c.column, c.was, c.is)
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
		if c.hopeless {
			remedy = "nothing can be read without " + c.column + ", which must come back, or bound the days to those that have it"
		}
	}
	const few = 10
	if len(parts) > few {
		parts = append(parts[:few], fmt.Sprintf("and %d more", len(parts)-few))
	}
	return fmt.Errorf("%w: the export changed: %s; nothing was written; %s", etl.ErrRefused, strings.Join(parts, "; "), remedy)
}
