package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// Record writes d so that ReadRecord gives it back: small groups are joined or left out as on the page, but the language is still open.
func Record(w io.Writer, d Data) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	if err := enc.Encode(guardGroups(d)); err != nil {
		return fmt.Errorf("record of the report: %w", err)
	}
	return nil
}

// ReadRecord reads what Record wrote.
func ReadRecord(r io.Reader) (Data, error) {
	var d Data
	if err := json.NewDecoder(r).Decode(&d); err != nil {
		return d, fmt.Errorf("read the record of the report: %w", err)
	}
	if d.Format > Format {
		return d, fmt.Errorf("read the record of the report: its format is %d, this program knows %d; use a newer one", d.Format, Format)
	}
	return d, nil
}

// UnmarshalJSON reads what MarshalJSON writes: null is NaN.
func (n *Number) UnmarshalJSON(data []byte) error {
	v := math.NaN()
	if string(data) != "null" {
		if err := json.Unmarshal(data, &v); err != nil {
			return err
		}
	}
	*n = Number(v)
	return nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (i *Interval) UnmarshalJSON(data []byte) error {
	parts := struct {
		Value Number `json:"value"`
		Low   Number `json:"low"`
		High  Number `json:"high"`
	}{Number(math.NaN()), Number(math.NaN()), Number(math.NaN())}
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	*i = Interval{float64(parts.Value), float64(parts.Low), float64(parts.High)}
	return nil
}
