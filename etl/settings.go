package etl

import (
	"context"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Shared is what all loads of a warehouse must share.
type Shared struct {
	// Zone is the IANA zone of the calendar days.
	Zone string
	// Secret is the one that hashes the ids; only a digest of it is kept.
	Secret []byte
	// Simulated marks data that no person made.
	Simulated bool
}

// CheckShared compares with what the warehouse was loaded with; a difference is an error that wraps ErrRefused and tells the
// remedy. It gives the ledger rows of the events table by day.
func CheckShared(ctx context.Context, wh *warehouse.Warehouse, s Shared) (map[string]warehouse.LedgerRow, error) {
	rows, err := wh.LedgerRows(ctx)
	if err != nil {
		return nil, err
	}
	r := s.run(wh)
	r.know(rows)
	return r.loaded, r.checkSettings(ctx)
}

// SaveShared keeps what the later loads must share. A load calls it before its first write.
func SaveShared(ctx context.Context, wh *warehouse.Warehouse, s Shared) error {
	return wh.SaveSettings(ctx, s.run(wh).settings())
}

func (s Shared) run(wh *warehouse.Warehouse) *run {
	return &run{
		opt: Options{Zone: s.Zone, Secret: s.Secret, Simulated: s.Simulated}, wh: wh, loaded: map[string]warehouse.LedgerRow{},
	}
}
