package gbdt

import (
	"fmt"
	"maps"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/hist"
)

// constrain turns the constraints by name into those by column.
func (p Params) constrain(limits *hist.Limits, fields []model.Field) error {
	index := make(map[string]int, len(fields))
	for j, f := range fields {
		index[f.Name] = j
	}
	for _, name := range slices.Sorted(maps.Keys(p.Monotone)) {
		direction := p.Monotone[name]
		j, ok := index[name]
		switch {
		case !ok:
			return fmt.Errorf("monotone: no column is named %q; name one of the features", name)
		case direction < -1 || direction > 1:
			return fmt.Errorf("monotone: %s is %d; say 1 (may only rise), -1 (may only fall) or 0", name, direction)
		case direction != 0 && len(fields[j].Levels) > 0:
			return fmt.Errorf("monotone: %s is a category, which has no order; leave it out", name)
		}
		if limits.Monotone == nil {
			limits.Monotone = make([]int8, len(fields))
		}
		limits.Monotone[j] = int8(direction)
	}
	for _, names := range p.Together {
		set := make([]int, 0, len(names))
		for _, name := range names {
			j, ok := index[name]
			if !ok {
				return fmt.Errorf("together: no column is named %q; name one of the features", name)
			}
			set = append(set, j)
		}
		limits.Together = append(limits.Together, set)
	}
	return nil
}
