package warehouse

import (
	"errors"
	"fmt"
)

// Kind sorts errors by what the caller can do about them; it is the same for every driver.
type Kind int

// The kinds of error. Internal is anything a driver could not sort, and the kind of errors from elsewhere.
const (
	Internal Kind = iota
	// Invalid is a bad argument: a name, a type, a row. Nothing was written.
	Invalid
	// BadQuery is SQL that the warehouse refused or that failed while it ran.
	BadQuery
	// NotFound is a missing table, column or file.
	NotFound
	// Conflict is a table that is there but has other columns than the program expects.
	Conflict
	// Locked is a warehouse that another process holds.
	Locked
	// ReadOnly is a write to a warehouse opened for reading.
	ReadOnly
	// Canceled is a cancelled context or an exceeded deadline.
	Canceled
	// Unavailable is a disk, network or memory that gave out: the same call may work later.
	Unavailable
)

var kindNames = [...]string{
	"internal", "invalid", "bad query", "not found", "conflict", "locked", "read-only", "canceled", "unavailable",
}

// String is the kind in words.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind %d", int(k))
	}
	return kindNames[k]
}

// Error is a warehouse error with its kind and what was being done.
type Error struct {
	Kind Kind
	Op   string
	Err  error
}

// Error is the operation, then the cause.
func (e *Error) Error() string {
	if e.Op == "" {
		return e.Err.Error()
	}
	return e.Op + ": " + e.Err.Error()
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of the first *Error in the chain of err, Internal when there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Errorf makes an *Error of the kind; format may wrap with %w.
func Errorf(k Kind, format string, args ...any) error {
	return &Error{Kind: k, Err: fmt.Errorf(format, args...)}
}

// wrap says what was being done, and keeps the kind that err has.
func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: KindOf(err), Op: op, Err: err}
}
