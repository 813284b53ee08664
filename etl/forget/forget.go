// Package forget erases people from every table of the warehouse, and says which models were trained on what is gone.
package forget

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// maxKeys bounds a request, so that its statements stay within what warehouses take.
const maxKeys = 2000

// Options say whom to forget.
type Options struct {
	// Keys are the keys of installs or accounts, as ReadKeys makes them.
	Keys []string
	// Versions are the trained models to look through.
	Versions []Version
	// Now is the instant that the audit notes.
	Now time.Time
	// KeepBytes leaves the files of an embedded warehouse as they are: the rows are gone, their bytes may not be.
	KeepBytes bool
}

// Version is a trained model as far as it matters here: the users it learned from, and was measured on, had their day 0 between First and
// Last, YYYY-MM-DD; "" is open.
type Version struct {
	Model, Version string
	First, Last    string
}

// Erased is what was deleted from one table.
type Erased struct {
	Table string
	// Users is how many distinct keys the rows had.
	Users, Rows int64
}

// Result is what a request did.
type Result struct {
	// Request is the digest of the keys asked for, by which the audit finds the request again without holding a key.
	Request string
	// Asked is the number of keys asked for; Keys also counts those that belong to the same people.
	Asked, Keys int
	// Unknown is how many of the keys asked for have neither events nor documents.
	Unknown int
	// Shared is how many installs of the people were used by many or by other accounts; what the asked accounts did on them is erased, but
	// not what others did. Of an install that was asked for itself everything is erased.
	Shared int
	// Tables are the tables that lost rows, in order of name.
	Tables []Erased
	// Retrain are the models that may have been trained on erased users.
	Retrain []Version
	// Rewritten reports that the warehouse's files were written anew, without the bytes of the rows.
	Rewritten bool
}

// Rows is the number of erased rows of all tables.
func (r Result) Rows() int64 {
	var n int64
	for _, t := range r.Tables {
		n += t.Rows
	}
	return n
}

// Run erases the people behind the keys in one transaction: the keys, the account that alone was used on an asked install, and all
// installs that only this account was used on. The audit row of each table is in the same transaction. Running again finds nothing and
// writes nothing. Where an error comes after the transaction, of the files' rewriting, the rows are gone and the result says so.
func Run(ctx context.Context, wh *warehouse.Warehouse, opt Options) (Result, error) {
	keys, err := checked(opt.Keys)
	if err != nil {
		return Result{}, err
	}
	r := Result{Request: digest(keys), Asked: len(keys)}
	places, err := places(ctx, wh)
	if err != nil {
		return r, err
	}
	p, err := findPeople(ctx, wh, keys)
	if err != nil {
		return r, err
	}
	r.Keys, r.Shared = len(p.users), len(p.shared)
	if r.Retrain, err = due(ctx, wh, places, p.users, opt.Versions); err != nil {
		return r, err
	}
	if r.Unknown, err = unknown(ctx, wh, keys); err != nil {
		return r, err
	}
	if r.Tables, err = erase(ctx, wh, places, p, r.Request, opt.Now); err != nil {
		return r, err
	}
	if opt.KeepBytes {
		return r, nil
	}
	if r.Rewritten, err = wh.Compact(ctx); err != nil {
		return r, fmt.Errorf("the rows are erased, but the warehouse's file still holds their bytes; run forget again: %w", err)
	}
	return r, nil
}

// checked is the keys in order, each once.
func checked(keys []string) ([]string, error) {
	for _, k := range keys {
		if !IsKey(k) {
			return nil, errors.New("forget: a key is not 32 lower-case hexadecimal digits; give raw ids by ReadKeys, which hashes them")
		}
	}
	keys = slices.Compact(slices.Sorted(slices.Values(keys)))
	switch n := len(keys); {
	case n == 0:
		return nil, errors.New("forget: no user is named")
	case n > maxKeys:
		return nil, fmt.Errorf("forget: %d users in one request; give at most %d and ask again", n, maxKeys)
	}
	return keys, nil
}

// IsKey reports whether the text is a user's key and no raw id.
func IsKey(s string) bool {
	return len(s) == 32 && strings.Trim(s, "0123456789abcdef") == ""
}

// digest names a request: the first 16 bytes of SHA-256 over the sorted keys.
func digest(keys []string) string {
	sum := sha256.Sum256([]byte(strings.Join(keys, "\n")))
	return hex.EncodeToString(sum[:16])
}

// due are the versions whose training days include the day 0 of an erased user, by the users table where one has been made, or the
// first day on which the user did anything at all.
func due(ctx context.Context, wh *warehouse.Warehouse, places []place, users []string, versions []Version) ([]Version, error) {
	in := " AND user_key IN (" + marks(len(users)) + ")"
	query := "SELECT CAST(MIN(day) AS STRING) AS day0 FROM events WHERE " + everyDay("day") + in + " GROUP BY user_key"
	args := values(users)
	if slices.ContainsFunc(places, func(p place) bool { return p.table == "users" && p.day == "day0" }) {
		query += "\nUNION ALL SELECT CAST(day0 AS STRING) AS day0 FROM users WHERE " + everyDay("day0") + in
		args = append(args, values(users)...)
	}
	columns, err := wh.ReadColumns(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("find the models to train anew: %w", err)
	}
	var out []Version
	for _, v := range versions {
		held := func(day string) bool { return day >= v.First && (v.Last == "" || day <= v.Last) }
		if slices.ContainsFunc(columns[0].Text, held) {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b Version) int {
		return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(a.Version, b.Version))
	})
	return out, nil
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func values(keys []string) []any {
	out := make([]any, len(keys))
	for i, k := range keys {
		out[i] = k
	}
	return out
}

// everyDay bounds a partition column as every query must, and leaves nothing out.
func everyDay(column string) string {
	return column + " BETWEEN CAST('0001-01-01' AS DATE) AND CAST('9999-12-31' AS DATE)"
}
