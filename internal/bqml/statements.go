package bqml

// Statement is one of the statements that Train issues.
type Statement struct {
	// Name says what it is for: days, filled, levels, or a step of a family, such as "create logit".
	Name string
	SQL  string
	// Columns are the names of its result, nil for one without.
	Columns []string
}

// Statements are all that Train issues, in its order, given what the first of them would find: the split, and the levels of each
// category. All numbers are taken to be known of some user. It runs nothing.
func Statements(o Options, s Split, levels map[string][]string) ([]Statement, error) {
	o = o.withDefaults()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	r := &run{Options: o, split: s, levels: levels}
	list := []Statement{{"days", daysQuery(o.Plan), []string{"day", "users", "positives"}}}
	if query := r.filledQuery(); query != "" {
		list = append(list, Statement{"filled", query, r.numbers()})
	}
	if query := r.levelsQuery(); query != "" {
		list = append(list, Statement{"levels", query, []string{"feature", "level", "users"}})
	}
	for _, family := range inOrder(o.Families) {
		list = append(list,
			Statement{"create " + family, r.create(family), nil},
			Statement{"evaluate " + family, r.evaluate(family), evaluations},
			Statement{"explain " + family, r.explain(family), []string{"feature", "attribution"}},
			Statement{"predict " + family, r.predict(family), []string{newestColumn, labelColumn, "probability"}},
		)
	}
	return list, nil
}
