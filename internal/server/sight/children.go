package sight

import (
	"maps"
	"sync"
	"sync/atomic"
)

const (
	// other is the label of what is counted once a metric has all the children it may have.
	other = "other"
	// maxChildren is far above what the server's routes, statuses and problem codes make together in practice (under 300), and little
	// memory still.
	maxChildren = 1024
)

// children are the series of one metric that were used so far, by their labels. Finding one takes one look into a map that nobody
// changes: no lock, no hashing of label names, no allocation. A new series replaces the map by a larger copy, which is rare.
type children[K comparable, V any] struct {
	known atomic.Pointer[map[K]V]
	// adding lets one goroutine at a time replace the map.
	adding sync.Mutex
	make   func(K) V
	// rest is the key of what comes after maxChildren.
	rest K
}

func newChildren[K comparable, V any](rest K, make func(K) V) *children[K, V] {
	c := &children[K, V]{make: make, rest: rest}
	c.known.Store(&map[K]V{})
	return c
}

// of finds the series of a key, or makes it.
func (c *children[K, V]) of(key K) V {
	if v, ok := (*c.known.Load())[key]; ok {
		return v
	}
	return c.add(key)
}

func (c *children[K, V]) add(key K) V {
	c.adding.Lock()
	defer c.adding.Unlock()
	known := *c.known.Load()
	if len(known) >= maxChildren {
		key = c.rest
	}
	if v, ok := known[key]; ok {
		return v
	}
	grown := maps.Clone(known)
	v := c.make(key)
	grown[key] = v
	c.known.Store(&grown)
	return v
}
