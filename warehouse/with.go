package warehouse

import "context"

// With is the warehouse over a driver that the caller has opened or made, such as one that wraps another. Unless it is read-only, the
// tables All are made when they are missing; where that fails the driver stays open.
func With(ctx context.Context, d Driver, opt Options) (*Warehouse, error) {
	w := &Warehouse{driver: d, readOnly: opt.ReadOnly}
	if opt.ReadOnly {
		return w, nil
	}
	if err := w.Create(ctx, All...); err != nil {
		return nil, wrap("open warehouse", err)
	}
	return w, nil
}

// Warnings tell what is amiss with the place that the warehouse lies in, such as that it keeps erased rows for too long.
func (w *Warehouse) Warnings() []string {
	if d, ok := w.driver.(interface{ Warnings() []string }); ok {
		return d.Warnings()
	}
	return nil
}

// Driver is what the warehouse works over, for those who wrap it and open it again by With.
func (w *Warehouse) Driver() Driver { return w.driver }
