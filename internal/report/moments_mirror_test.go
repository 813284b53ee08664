package report

import (
	"reflect"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/moments"
)

// TestMomentsAreWhatIsFound holds that what package moments finds has the same fields, in the same order, as what the report says.
func TestMomentsAreWhatIsFound(t *testing.T) {
	for _, c := range []struct{ found, said any }{
		{moments.Result{}, Moments{}},
		{moments.Moment{}, Moment{}},
		{moments.Figures{}, MomentFigures{}},
		{moments.Cohort{}, MomentCohort{}},
		{moments.Experiment{}, Experiment{}},
		{moments.Line{}, Line{}},
		{moments.LineAction{}, LineAction{}},
	} {
		found, said := reflect.TypeOf(c.found), reflect.TypeOf(c.said)
		if found.NumField() != said.NumField() {
			t.Errorf("%v has %d fields, %v has %d", found, found.NumField(), said, said.NumField())
			continue
		}
		for k := range found.NumField() {
			a, b := found.Field(k), said.Field(k)
			if a.Anonymous != b.Anonymous || !a.Anonymous && a.Name != b.Name || a.Type.Kind() != b.Type.Kind() {
				t.Errorf("field %d of %v is %s, a %v; of %v it is %s, a %v", k, found, a.Name, a.Type, said, b.Name, b.Type)
			}
		}
	}
}
