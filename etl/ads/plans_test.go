package ads_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/etl/ads"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// TestAnyPlanLoadsTheSameTable: rows that are permuted, repeated, spread over files and loaded several times, with or without totals and
// rows of a coarser level, give one table.
func TestAnyPlanLoadsTheSameTable(t *testing.T) {
	var rows, totals []string
	for day := 1; day <= 5; day++ {
		for campaign := range 3 {
			sum := 0
			for ad := range 4 {
				spend := 100*day + 10*campaign + ad
				sum += spend
				rows = append(rows, fmt.Sprintf("2026-08-%02d,c%d,ad %d,%d,%d\n", day, campaign, ad, spend, 7*spend))
			}
			totals = append(totals, fmt.Sprintf("2026-08-%02d,c%d,,%d,%d\n", day, campaign, sum, 7*sum))
		}
	}
	var want string
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		files := map[string]string{}
		parts := 1 + rng.IntN(4)
		lines := append([]string{}, rows...)
		for range rng.IntN(10) {
			lines = append(lines, rows[rng.IntN(len(rows))])
		}
		if rng.IntN(2) == 0 {
			lines = append(lines, totals...)
		}
		rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		for _, line := range lines {
			name := fmt.Sprintf("part-%d.csv", rng.IntN(parts))
			if files[name] == "" {
				files[name] = header
			}
			files[name] += line
		}
		w := openMemory(t)
		opt := put(t, files)
		for range 1 + rng.IntN(2) {
			r := mustLoad(t, w, opt)
			if len(r.Warnings) > 0 || r.Rows != int64(len(rows)) {
				t.Fatalf("seed %d: %+v", seed, r)
			}
		}
		sum, err := w.Checksum(t.Context(), warehouse.Ads)
		if err != nil {
			t.Fatal(err)
		}
		if seed == 0 {
			want = sum
		}
		if sum != want {
			t.Fatalf("seed %d: checksum %s, want %s", seed, sum, want)
		}
	}
}

// TestCancelledLoadWritesNothing and leaves the days as they were.
func TestCancelledLoadWritesNothing(t *testing.T) {
	w := openMemory(t)
	mustLoad(t, w, one(t, header+"2026-08-01,x,a,1,1\n"))
	before := table(t, w)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	opt := one(t, header+"2026-08-01,x,a,2,1\n,,,500,1\n")
	opt.Warn = func(string) { cancel() }
	if _, err := ads.Load(ctx, w, opt); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("got %v, want it cancelled", err)
	}
	if got := table(t, w); got != before {
		t.Errorf("a cancelled load changed the table:\n%s", got)
	}
}
