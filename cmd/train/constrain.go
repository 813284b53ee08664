package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/internal/trainer"
	"github.com/Koalajuni/Calback-Data-ML/model/threshold"
)

// constrain reads the flags that have a form of their own.
func (c *config) constrain(o *trainer.Options) (err error) {
	if o.Threshold, err = threshold.Parse(c.Threshold); err != nil {
		return fmt.Errorf("-threshold: %w", err)
	}
	for _, item := range list(c.Monotone) {
		name, text, _ := strings.Cut(item, "=")
		direction, err := strconv.Atoi(text)
		if err != nil || name == "" || direction < -1 || direction > 1 {
			return fmt.Errorf("-monotone %q is not NAME=+1 or NAME=-1", item)
		}
		if o.Monotone == nil {
			o.Monotone = map[string]int{}
		}
		o.Monotone[name] = direction
	}
	for _, item := range list(c.Together) {
		var set []string
		for name := range strings.SplitSeq(item, "+") {
			if name = strings.TrimSpace(name); name == "" {
				return fmt.Errorf("-together %q names an empty feature; write sets as a+b,c+d", item)
			}
			set = append(set, name)
		}
		o.Together = append(o.Together, set)
	}
	return nil
}
