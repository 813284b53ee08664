package server

// nearest gives the name most like the given one, or "" when none is near: at most two edits away, or a third of its length.
func nearest(name string, among []string) string {
	if !plain(name) {
		return ""
	}
	best, distance := "", max(2, len(name)/3)+1
	for _, candidate := range among {
		if d := edits(name, candidate, distance); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// edits counts the insertions, deletions and replacements of bytes between a and b (the Levenshtein distance), giving up at
// limit.
func edits(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j+1]+1, row[j]+1)
		}
	}
	return min(row[len(b)], limit)
}

// hint words a suggestion for the end of a detail.
func hint(name string, among []string) string {
	if near := nearest(name, among); near != "" {
		return "; did you mean \"" + near + "\"?"
	}
	return ""
}
