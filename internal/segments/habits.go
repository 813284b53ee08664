package segments

import (
	"math"
	"math/rand/v2"
)

// logs are the logarithms of 1 + times, for every number of times that a week can hold.
var logs = func() (table [days*most + 1]float64) {
	for k := range table {
		table[k] = math.Log1p(float64(k))
	}
	return table
}()

// times is how often the person did what the column counts: an action, or, in the last column, visit days.
func (in *Input) times(column, user int) int {
	if column == len(in.Actions) {
		return in.VisitDays[user]
	}
	sum := 0
	for _, c := range in.Counts[column][user*days : (user+1)*days] {
		sum += int(c)
	}
	return sum
}

// drawn is a random person of each of size equal stretches of the people, who are in order of time.
func drawn(users, size int, rng *rand.Rand) []int {
	size = min(size, users)
	rows := make([]int, size)
	for k := range rows {
		from, to := k*users/size, (k+1)*users/size
		rows[k] = from + rng.IntN(to-from)
	}
	return rows
}

// table is what some people did in the columns that tell people apart: logarithms of 1 + times, row by row.
type table struct {
	// columns are indices as in Input.times.
	columns []int
	values  []float64
}

func (t *table) rows() int { return len(t.values) / len(t.columns) }

func (t *table) row(i int) []float64 {
	p := len(t.columns)
	return t.values[i*p : (i+1)*p]
}

// tabled reads the columns in which at least the given number of the rows differ from the most frequent value: in a column where fewer
// do, no kind of people can lie.
func (in *Input) tabled(users []int, least int) *table {
	t := &table{}
	var read [][]int
	for column := range len(in.Actions) + 1 {
		values, frequency := make([]int, len(users)), map[int]int{}
		for k, user := range users {
			values[k] = in.times(column, user)
			frequency[values[k]]++
		}
		common := 0
		for _, n := range frequency {
			common = max(common, n)
		}
		if len(users)-common >= least {
			t.columns, read = append(t.columns, column), append(read, values)
		}
	}
	t.values = make([]float64, 0, len(users)*len(read))
	for i := range users {
		for _, values := range read {
			t.values = append(t.values, logs[values[i]])
		}
	}
	return t
}

// actions is how many of the columns are actions.
func (t *table) actions(in *Input) int {
	n := len(t.columns)
	if n > 0 && t.columns[n-1] == len(in.Actions) {
		n--
	}
	return n
}
