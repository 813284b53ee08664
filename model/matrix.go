package model

import (
	"fmt"
	"math"
)

// Field describes one column: its name and, for a category, its levels. The Levels of a number are nil; those of a category that
// no user has a value of are empty, and stay so in JSON.
type Field struct {
	Name   string   `json:"name"`
	Levels []string `json:"levels,omitzero"`
}

// Category reports whether the field holds category codes.
func (f Field) Category() bool { return f.Levels != nil }

// Column is one field with its values. A missing value is NaN; a category value is its index in Levels, and a level never
// seen in training is missing.
type Column struct {
	Field
	Values []float32
}

// Matrix is a column-major table of features: one row a user, one column a feature, all columns of one length.
type Matrix struct {
	Columns []Column
}

// Rows is the number of users.
func (m *Matrix) Rows() int {
	if len(m.Columns) == 0 {
		return 0
	}
	return len(m.Columns[0].Values)
}

// Fields are the columns without their values.
func (m *Matrix) Fields() []Field {
	fields := make([]Field, len(m.Columns))
	for j, c := range m.Columns {
		fields[j] = c.Field
	}
	return fields
}

// Row copies row i into dst, which must have one place a column, and returns it. A nil dst is allocated.
func (m *Matrix) Row(dst []float32, i int) []float32 {
	if dst == nil {
		dst = make([]float32, len(m.Columns))
	}
	for j := range m.Columns {
		dst[j] = m.Columns[j].Values[i]
	}
	return dst
}

// Take copies the given rows, in the given order, into a new matrix.
func (m *Matrix) Take(rows []int) *Matrix {
	out := &Matrix{Columns: make([]Column, len(m.Columns))}
	for j, c := range m.Columns {
		values := make([]float32, len(rows))
		for k, i := range rows {
			values[k] = c.Values[i]
		}
		out.Columns[j] = Column{Field: c.Field, Values: values}
	}
	return out
}

// Check reports the first column that a classifier cannot use: a wrong length, an infinite value, or a code outside its levels.
func (m *Matrix) Check() error {
	rows := m.Rows()
	for _, c := range m.Columns {
		if len(c.Values) != rows {
			return fmt.Errorf("column %s has %d values, want %d as the first column has", c.Name, len(c.Values), rows)
		}
		for i, v := range c.Values {
			if math.IsInf(float64(v), 0) {
				return fmt.Errorf("column %s, row %d: the value is infinite; use NaN for missing", c.Name, i)
			}
			if c.Category() && v == v && (v < 0 || int(v) >= len(c.Levels) || v != float32(int(v))) {
				return fmt.Errorf("column %s, row %d: code %v is not one of its %d levels", c.Name, i, v, len(c.Levels))
			}
		}
	}
	return nil
}
