package warehouse

import "context"

// Compacter is a driver whose files keep the bytes of deleted rows until they are written anew.
type Compacter interface {
	// Compact writes the files anew, without what was deleted. Nothing else may use the warehouse meanwhile.
	Compact(ctx context.Context) error
}

// Compact sees to it that rows deleted before leave no bytes in the warehouse's own files, and reports whether there are such files: a
// warehouse that is a service forgets by its own rules and does nothing here. Nothing else may use the warehouse meanwhile. On an error
// the rows are as they were, and their bytes may be too.
func (w *Warehouse) Compact(ctx context.Context) (rewritten bool, err error) {
	if err := w.writable(); err != nil {
		return false, wrap("compact", err)
	}
	c, ok := w.driver.(Compacter)
	if !ok {
		return false, nil
	}
	return true, wrap("compact", c.Compact(ctx))
}
