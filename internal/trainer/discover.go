package trainer

import (
	"context"
	"fmt"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// discover asks the warehouse what there is to count, looking only at users who came before the given day.
func discover(ctx context.Context, wh *warehouse.Warehouse, queries features.Discovery) (features.Found, error) {
	var f features.Found
	var users, engaged []features.Support
	for _, q := range []struct {
		what  string
		query string
		into  *[]features.Support
	}{
		{"users", queries.Users, &users},
		{"events", queries.Events, &f.Events},
		{"screens", queries.Screens, &f.Screens},
		{"app versions", queries.Versions, &f.Versions},
		{"context fields", queries.Context, &f.Context},
		{"foreground time", queries.Engaged, &engaged},
	} {
		found, err := counts(ctx, wh, q.query)
		if err != nil {
			return f, fmt.Errorf("discover %s: %w", q.what, err)
		}
		*q.into = found
	}
	f.Users, f.Engaged = users[0].Users, engaged[0].Users
	columns, err := wh.ReadColumns(ctx, queries.Adopted)
	if err != nil {
		return f, fmt.Errorf("discover events by app version: %w", err)
	}
	f.Adopted = map[string]map[string]int{}
	for i, version := range columns[0].Text {
		if f.Adopted[version] == nil {
			f.Adopted[version] = map[string]int{}
		}
		f.Adopted[version][columns[1].Text[i]] = int(columns[2].Numbers[i])
	}
	return f, nil
}
