package exporter

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// snapshot writes rows as JSON lines, each an instance that POST /predict takes, with the user's key as its id. A missing value is left
// out, day 0 and the label are not in it.
type snapshot struct {
	w *bufio.Writer
	// packed closes what w writes into, nil where that is the file itself.
	packed io.Closer
	// names are the features', text tells the categories.
	names []string
	text  []bool
	line  []byte
}

// newSnapshot writes gzip where the file's name ends in .gz.
func newSnapshot(w io.Writer, set *features.Set, path string) *snapshot {
	s := &snapshot{names: set.Names()}
	if strings.HasSuffix(path, ".gz") {
		packer := gzip.NewWriter(w)
		s.packed, w = packer, packer
	}
	s.w = bufio.NewWriterSize(w, 1<<20)
	for _, f := range set.Features {
		s.text = append(s.text, f.Kind == features.Category)
	}
	return s
}

func (s *snapshot) add(batch []warehouse.ColumnData) error {
	for i := range batch[0].Len() {
		key := batch[0].Text[i]
		if !isKey(key) {
			return errors.New("the table of users holds an id that is no key of 32 hexadecimal digits; load the events anew with cmd/etl")
		}
		s.line = append(append(append(s.line[:0], `{"id":"`...), key...), `","features":{`...)
		if err := s.values(batch[3:], i); err != nil {
			return err
		}
		if _, err := s.w.Write(append(s.line, "}}\n"...)); err != nil {
			return err
		}
	}
	return nil
}

// values adds row i of the features. As an instance names one feature at least, a user of whom nothing is known gets a null.
func (s *snapshot) values(columns []warehouse.ColumnData, i int) error {
	begin := len(s.line)
	for j, name := range s.names {
		c := &columns[j]
		if isNull(c, i) || s.text[j] && c.Text[i] == "" {
			continue
		}
		if len(s.line) > begin {
			s.line = append(s.line, ',')
		}
		s.line = fmt.Appendf(s.line, "%q:", name)
		if !s.text[j] {
			s.line = appendNumber(s.line, c.Numbers[i])
			continue
		}
		text, err := json.Marshal(c.Text[i])
		if err != nil {
			return fmt.Errorf("column %s: %w", c.Name, err)
		}
		s.line = append(s.line, text...)
	}
	if len(s.line) == begin && len(s.names) > 0 {
		s.line = fmt.Appendf(s.line, "%q:null", s.names[0])
	}
	return nil
}

func (s *snapshot) close() error {
	err := s.w.Flush()
	if s.packed != nil {
		err = cmp.Or(err, s.packed.Close())
	}
	return err
}

// mostPlain is the largest whole number that is written digit by digit: above it a float64 skips whole numbers.
const mostPlain = 1 << 53

// appendNumber writes a finite number in the fewest digits that read back as the same float64, a whole number without a fraction. What
// a float32 cannot hold becomes the largest that it can, as where a row is scored.
func appendNumber(dst []byte, v float64) []byte {
	v = min(max(v, -math.MaxFloat32), math.MaxFloat32)
	if v == math.Trunc(v) && math.Abs(v) <= mostPlain {
		return strconv.AppendInt(dst, int64(v), 10)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}

// isKey tells a keyed hash from a raw id.
func isKey(text string) bool {
	return len(text) == 32 && strings.Trim(text, "0123456789abcdef") == ""
}
