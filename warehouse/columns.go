package warehouse

import (
	"fmt"
	"math"
	"time"
	"unicode/utf8"
)

// ColumnData is one column of a result, n values long.
type ColumnData struct {
	Name string
	Type Type
	// Numbers holds Int64, Float64 and Bool (0 or 1) columns; NULL is NaN. Integers beyond 2^53 lose their last digits.
	Numbers []float64
	// Text holds String columns, Date as YYYY-MM-DD, and NumberMap as a JSON object with sorted keys; NULL is "".
	Text []string
	// Null tells which values are NULL; nil when none is.
	Null []bool
}

// Len is the number of values.
func (c *ColumnData) Len() int { return max(len(c.Numbers), len(c.Text)) }

// append adds the values of a batch of the same column.
func (c *ColumnData) append(batch *ColumnData) {
	n := c.Len()
	c.Name, c.Type = batch.Name, batch.Type
	c.Numbers = append(c.Numbers, batch.Numbers...)
	c.Text = append(c.Text, batch.Text...)
	switch {
	case batch.Null != nil && c.Null == nil:
		c.Null = append(make([]bool, n), batch.Null...)
	case c.Null != nil && batch.Null == nil:
		c.Null = append(c.Null, make([]bool, batch.Len())...)
	case c.Null != nil:
		c.Null = append(c.Null, batch.Null...)
	}
}

// String is the type in words.
func (t Type) String() string {
	names := [...]string{"string", "int64", "float64", "bool", "date", "number map"}
	if t < 0 || int(t) >= len(names) {
		return fmt.Sprintf("type %d", int(t))
	}
	return names[t]
}

// CheckName reports whether name may stand unquoted in SQL: a lower-case letter, then at most 62 of a-z, 0-9 and _.
func CheckName(name string) error {
	for i := range len(name) {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || i > 0 && (c == '_' || c >= '0' && c <= '9')) {
			return Errorf(Invalid, "name %q: want a letter a-z, then a-z, 0-9 or _", name)
		}
	}
	if name == "" || len(name) > 63 {
		return Errorf(Invalid, "name %q: want 1 to 63 characters", name)
	}
	return nil
}

// CheckDay reports whether day is a date of the calendar written YYYY-MM-DD.
func CheckDay(day string) error {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return Errorf(Invalid, "day %q: want a date as YYYY-MM-DD", day)
	}
	return nil
}

// Check reports a bad or repeated name, a type that does not exist, or a partition that is no Date column.
func (t Table) Check() error {
	if err := CheckName(t.Name); err != nil {
		return fmt.Errorf("table: %w", err)
	}
	if len(t.Columns) == 0 {
		return Errorf(Invalid, "table %s has no columns", t.Name)
	}
	seen := map[string]bool{}
	for _, c := range t.Columns {
		if err := CheckName(c.Name); err != nil {
			return fmt.Errorf("table %s, column: %w", t.Name, err)
		}
		if seen[c.Name] {
			return Errorf(Invalid, "table %s has two columns %s", t.Name, c.Name)
		}
		seen[c.Name] = true
		if c.Type < String || c.Type > NumberMap {
			return Errorf(Invalid, "table %s, column %s: unknown %v", t.Name, c.Name, c.Type)
		}
	}
	for _, c := range t.Cluster {
		if t.Index(c) < 0 {
			return Errorf(Invalid, "table %s: cluster column %q is not one of its columns", t.Name, c)
		}
	}
	if i := t.Index(t.Partition); t.Partition != "" && (i < 0 || t.Columns[i].Type != Date) {
		return Errorf(Invalid, "table %s: partition %q is not one of its date columns", t.Name, t.Partition)
	}
	return nil
}

// Index is the position of the named column, -1 when there is none.
func (t Table) Index(name string) int {
	for i, c := range t.Columns {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// CheckRow reports a row that does not fit the table: one value a column, nil for NULL, else string (valid UTF-8), int64,
// float64, bool, a date as YYYY-MM-DD string, or map[string]float64. The message holds no value.
func (t Table) CheckRow(row []any) error {
	if len(row) != len(t.Columns) {
		return Errorf(Invalid, "row of %s has %d values, want %d", t.Name, len(row), len(t.Columns))
	}
	for i, v := range row {
		if v == nil {
			continue
		}
		if problem := t.Columns[i].Type.problem(v); problem != "" {
			return Errorf(Invalid, "row of %s, column %s: %s", t.Name, t.Columns[i].Name, problem)
		}
	}
	return nil
}

func (t Type) problem(v any) string {
	ok := false
	switch t {
	case String, Date:
		var s string
		s, ok = v.(string)
		switch {
		case ok && !utf8.ValidString(s):
			return "text is not valid UTF-8"
		case ok && t == Date && CheckDay(s) != nil:
			return "want a date as YYYY-MM-DD"
		}
	case Int64:
		_, ok = v.(int64)
	case Float64:
		_, ok = v.(float64)
	case Bool:
		_, ok = v.(bool)
	case NumberMap:
		var m map[string]float64
		m, ok = v.(map[string]float64)
		for k, x := range m {
			if !utf8.ValidString(k) || math.IsInf(x, 0) || math.IsNaN(x) {
				return "a number map holds finite numbers under valid UTF-8 names only"
			}
		}
	}
	if !ok {
		return fmt.Sprintf("value is a %T, want %v", v, t)
	}
	return ""
}
