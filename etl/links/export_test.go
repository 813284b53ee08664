package links

import (
	"github.com/Koalajuni/Calback-Data-ML/etl/ads/sheet"
	"github.com/Koalajuni/Calback-Data-ML/features"
)

// Parse reads the text of one file, for the fuzz target.
func Parse(text string) ([]features.Link, error) {
	data, err := sheet.Decode([]byte(text))
	if err != nil {
		return nil, err
	}
	t := newTable()
	if err := t.read("fuzz", string(data)); err != nil {
		return nil, err
	}
	return t.links, t.check()
}
