package trainer

import (
	"errors"
	"fmt"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
)

// What is said of names that are kept as texts must be those texts in English, and open to other languages.
func TestNamesAreSaidAsTheyAre(t *testing.T) {
	for _, name := range []string{fitName, learnName, leakageName, familyName, versionsName, skillName, rateName, logisticName, visitsName, stableName, sizeName, probeName, championName + "2026-01-01-aa"} {
		if said := gateWords(name); said.String() != name || said.Format == "%s" {
			t.Errorf("the gate %q is said as %+v", name, said)
		}
	}
	reasons := append([]string{features.NotNewFirstTouch, features.NotNewBurnIn, weekOpen, windowOpen}, features.NotCustomers...)
	for _, reason := range reasons {
		if said := exclusionWords(reason); said.String() != reason || said.Format != reason {
			t.Errorf("the reason %q is said as %+v", reason, said)
		}
	}
	if said := gateWords("of another program"); said.String() != "of another program" {
		t.Errorf("an unknown gate is said as %+v", said)
	}
	for _, l := range []features.Label{features.DefaultLabel(), {Visits: 2, Gap: 8, Horizon: 10, Unit: features.VisitSessions}} {
		if said := ruleWords(l); said.String() != l.String() {
			t.Errorf("the rule %v is said as %q", l, said)
		}
	}
}

func TestFailure(t *testing.T) {
	few := &model.TooFew{Users: 40, Revisited: 3, Least: 20}
	for _, c := range []struct {
		err    error
		format string
	}{
		{few, few.Says().Format},
		{errOneDay, errOneDay.says.Format},
		{model.ErrOneClass, model.ErrOneClass.Error()},
		{model.ErrEmpty, model.ErrEmpty.Error()},
		{fmt.Errorf("gbdt: %w", model.ErrOneClass), "%s: %s"},
		{errors.New("L-BFGS: no step"), "%s"},
	} {
		if said := failure(c.err); said.Format != c.format || said.String() != c.err.Error() {
			t.Errorf("%q is said as %+v", c.err, said)
		}
	}
}
