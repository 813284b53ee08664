package jsonpull

// Skip reads a value of any kind and forgets it. Lists and objects may lie depth deep within each other.
func (r *Reader) Skip(depth int) error {
	kind, err := r.Kind()
	if err != nil {
		return err
	}
	switch kind {
	case Object, Array:
		if depth == 0 {
			return &SyntaxError{r.pos, "lists and objects lie too deep within each other"}
		}
		return r.skipMembers(kind, depth-1)
	case String:
		_, err = r.Text()
	case Number:
		_, _, err = r.number()
	case Bool:
		_, err = r.Bool()
	default:
		err = r.Null()
	}
	return err
}

// skipMembers reads an object or a list and forgets it.
func (r *Reader) skipMembers(kind Kind, depth int) error {
	if err := r.Open(kind); err != nil {
		return err
	}
	for first := true; ; first = false {
		var ok bool
		var err error
		if kind == Object {
			_, ok, err = r.Key(first)
		} else {
			ok, err = r.Element(first)
		}
		if err != nil || !ok {
			return err
		}
		if err := r.Skip(depth); err != nil {
			return err
		}
	}
}
