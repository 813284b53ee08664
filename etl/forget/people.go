package forget

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// people is whose rows go.
type people struct {
	// users are the keys of installs and accounts all of whose rows go, in order.
	users []string
	// accounts are the keys of accounts whose events go on whichever install they were made, in order.
	accounts []string
	// shared are installs that the accounts were used on among others.
	shared []string
}

// manyAccounts on one install are no person; it is the bound of features.ManyAccounts too.
const manyAccounts = 5

// findPeople joins installs and accounts as far as they are one person's beyond doubt: an asked install brings its account when it is
// the only one; an account brings the installs on which it is the only one. An install that was asked for is erased whoever used it.
func findPeople(ctx context.Context, wh *warehouse.Warehouse, keys []string) (people, error) {
	asked := set(keys)
	users, accounts := set(keys), map[string]bool{}
	installs, err := accountsOf(ctx, wh, keys)
	if err != nil {
		return people{}, err
	}
	for _, list := range installs {
		if len(list) == 1 {
			accounts[list[0]] = true
		}
	}
	signedIn, err := installsOf(ctx, wh, slices.Concat(keys, slices.Sorted(maps.Keys(accounts))))
	if err != nil {
		return people{}, err
	}
	var candidates []string
	for account, list := range signedIn {
		accounts[account] = true
		candidates = append(candidates, list...)
	}
	for account := range accounts {
		users[account] = true
	}
	on, err := accountsOf(ctx, wh, slices.Compact(slices.Sorted(slices.Values(candidates))))
	if err != nil {
		return people{}, err
	}
	shared := map[string]bool{}
	for install, list := range on {
		switch {
		case asked[install]:
		case all(list, accounts) && len(list) < manyAccounts:
			users[install] = true
		default:
			shared[install] = true
		}
	}
	return people{
		users: slices.Sorted(maps.Keys(users)), accounts: slices.Sorted(maps.Keys(accounts)), shared: slices.Sorted(maps.Keys(shared)),
	}, nil
}

// all reports whether every account is one of the people's. One request may name a whole family.
func all(list []string, accounts map[string]bool) bool {
	return !slices.ContainsFunc(list, func(a string) bool { return !accounts[a] })
}

func set(keys []string) map[string]bool {
	out := map[string]bool{}
	for _, k := range keys {
		out[k] = true
	}
	return out
}

// accountsOf are the accounts that were used on the installs.
func accountsOf(ctx context.Context, wh *warehouse.Warehouse, installs []string) (map[string][]string, error) {
	return pairs(ctx, wh, "user_key", "account_key", installs)
}

// installsOf are the installs that the accounts were used on.
func installsOf(ctx context.Context, wh *warehouse.Warehouse, accounts []string) (map[string][]string, error) {
	return pairs(ctx, wh, "account_key", "user_key", accounts)
}

// pairs maps each of the keys, found in column from, to what the events have beside it in column to.
func pairs(ctx context.Context, wh *warehouse.Warehouse, from, to string, keys []string) (map[string][]string, error) {
	out := map[string][]string{}
	if len(keys) == 0 {
		return out, nil
	}
	query := fmt.Sprintf("SELECT DISTINCT %s AS a, %s AS b FROM events WHERE %s AND COALESCE(account_key, '') <> '' AND %[1]s IN (%[4]s)",
		from, to, everyDay("day"), marks(len(keys)))
	columns, err := wh.ReadColumns(ctx, query, values(keys)...)
	if err != nil {
		return nil, fmt.Errorf("find the installs and accounts of the people: %w", err)
	}
	for i, a := range columns[0].Text {
		out[a] = append(out[a], columns[1].Text[i])
	}
	return out, nil
}
