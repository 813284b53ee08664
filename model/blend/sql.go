package blend

import (
	"fmt"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/sqlexpr"
)

// compilers are the members as SQL. A member that cannot be written as SQL is an error.
func (b *Blend) compilers() ([]model.SQLCompiler, error) {
	list := make([]model.SQLCompiler, len(b.members))
	for k := range b.members {
		c, ok := b.members[k].Predictor.(model.SQLCompiler)
		if !ok {
			return nil, fmt.Errorf("blend: member %d (%s) cannot be written as SQL; score through the remote function", k, b.members[k].Family)
		}
		list[k] = c
	}
	return list, nil
}

// plain is true for a member whose score is the sum of its addends, so that they can be added up with those of others.
func plain(c model.SQLCompiler) bool { return c.SQLScore("x") == "x" }

// SQLAddends are the members' own, weighted, where their sum is the member's score, and otherwise the member's score as a whole.
func (b *Blend) SQLAddends(d features.Dialect, columns []string) ([]string, error) {
	sums, err := b.SQLSums(d, columns)
	if err != nil {
		return nil, err
	}
	compilers, err := b.compilers()
	if err != nil {
		return nil, err
	}
	addends := sums[0]
	own := 1
	for k, c := range compilers {
		if !plain(c) {
			addends = append(addends, b.weighted(k, c.SQLScore("("+sqlexpr.Sum(sums[own])+")")))
			own++
		}
	}
	return addends, nil
}

// SQLScore is the sum itself.
func (b *Blend) SQLScore(sum string) string { return sum }

// SQLSums are first the intercept and all members whose scores are sums, weighted, and then one sum for each other member.
func (b *Blend) SQLSums(d features.Dialect, columns []string) ([][]string, error) {
	compilers, err := b.compilers()
	if err != nil {
		return nil, err
	}
	sums := [][]string{{sqlexpr.Number(b.intercept)}}
	for k, c := range compilers {
		addends, err := c.SQLAddends(d, columns)
		if err != nil {
			return nil, fmt.Errorf("blend: member %d (%s): %w", k, b.members[k].Family, err)
		}
		if !plain(c) {
			sums = append(sums, addends)
			continue
		}
		for _, addend := range addends {
			sums[0] = append(sums[0], b.weighted(k, addend))
		}
	}
	return sums, nil
}

// SQLMixed adds the weighted scores of the members with totals of their own to the first total.
func (b *Blend) SQLMixed(totals []string) string {
	score, own := totals[0], 1
	for k := range b.members {
		if c, ok := b.members[k].Predictor.(model.SQLCompiler); ok && !plain(c) {
			score += " + " + b.weighted(k, c.SQLScore(totals[own]))
			own++
		}
	}
	return "(" + score + ")"
}

func (b *Blend) weighted(k int, expression string) string {
	return sqlexpr.Number(b.members[k].Weight) + " * (" + expression + ")"
}
