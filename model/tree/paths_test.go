package tree

// The reference that the quadrature is held to: TreeSHAP, path dependent, after Lundberg, Erion and Lee, "Consistent Individualized Feature
// Attribution for Tree Ensembles" (2018), algorithm 2. An absent feature follows both children, weighted by the training rows that took
// each.

// element is one split feature on the path from the root: what share of the coalitions without it (zero) and with it (one)
// flows through, and the permutation weight of the paths with as many features present as its index.
type element struct {
	column    int32
	zero, one float64
	weight    float64
}

// pathExplainer holds what one contributeByPaths needs.
type pathExplainer struct {
	e     *Ensemble
	row   []float32
	phi   []float64
	paths []element
}

// contributeByPaths is Contribute by the reference algorithm, for ensembles of log-odds.
func (e *Ensemble) contributeByPaths(dst []float64, row []float32) float64 {
	clear(dst)
	x := pathExplainer{e: e, row: row, phi: dst, paths: make([]element, (e.depth+2)*(e.depth+3)/2)}
	var base float64
	for _, root := range e.roots {
		base += e.expected(root)
		x.walk(root, 0, 0, element{column: -1, zero: 1, one: 1})
	}
	for j := range dst {
		dst[j] = e.mean(dst[j])
	}
	return e.mean(base)
}

// walk extends the path, which starts at from and has length elements, by last, and descends from step or leaf at. What
// lies behind the path is free for the children.
func (x *pathExplainer) walk(at int32, from, length int, last element) {
	path := x.paths[from : from+length+1]
	extend(path, last)
	if at < 0 {
		x.credit(path, x.e.values[^at])
		return
	}
	s := &x.e.steps[at]
	hot, cold := s.right, s.left
	if x.e.goesLeft(s, x.row) {
		hot, cold = s.left, s.right
	}
	zero, one := 1.0, 1.0
	for k := 1; k < len(path); k++ {
		if path[k].column == s.column {
			zero, one = path[k].zero, path[k].one
			path = unwind(path, k)
			break
		}
	}
	cover, next := x.e.covers[at], from+length+1
	copy(x.paths[next:], path)
	x.walk(hot, next, len(path), element{column: s.column, zero: zero * x.e.coverOf(hot) / cover, one: one})
	copy(x.paths[next:], path)
	x.walk(cold, next, len(path), element{column: s.column, zero: zero * x.e.coverOf(cold) / cover})
}

// credit adds the leaf's value to every feature on its path.
func (x *pathExplainer) credit(path []element, value float64) {
	for k := 1; k < len(path); k++ {
		x.phi[path[k].column] += unwoundSum(path, k) * (path[k].one - path[k].zero) * value
	}
}

// extend sets the last element of path and reweighs the coalitions of those before it.
func extend(path []element, last element) {
	d := len(path) - 1
	last.weight = 0
	if d == 0 {
		last.weight = 1
	}
	path[d] = last
	for i := d - 1; i >= 0; i-- {
		path[i+1].weight += last.one * path[i].weight * float64(i+1) / float64(d+1)
		path[i].weight = last.zero * path[i].weight * float64(d-i) / float64(d+1)
	}
}

// unwind takes element k out of the path again and returns the shorter path.
func unwind(path []element, k int) []element {
	d := len(path) - 1
	one, zero := path[k].one, path[k].zero
	next := path[d].weight
	for i := d - 1; i >= 0; i-- {
		if one != 0 {
			kept := path[i].weight
			path[i].weight = next * float64(d+1) / (float64(i+1) * one)
			next = kept - path[i].weight*zero*float64(d-i)/float64(d+1)
		} else {
			path[i].weight = path[i].weight * float64(d+1) / (zero * float64(d-i))
		}
	}
	for i := k; i < d; i++ {
		path[i].column, path[i].zero, path[i].one = path[i+1].column, path[i+1].zero, path[i+1].one
	}
	return path[:d]
}

// unwoundSum is the sum of the weights the path would have without element k.
func unwoundSum(path []element, k int) float64 {
	d := len(path) - 1
	one, zero := path[k].one, path[k].zero
	next, total := path[d].weight, 0.0
	for i := d - 1; i >= 0; i-- {
		if one != 0 {
			w := next * float64(d+1) / (float64(i+1) * one)
			total += w
			next = path[i].weight - w*zero*float64(d-i)/float64(d+1)
		} else {
			total += path[i].weight / (zero * float64(d-i) / float64(d+1))
		}
	}
	return total
}
