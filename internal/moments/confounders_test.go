package moments

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConfoundersAreThoseTheDataHas(t *testing.T) {
	all := []string{"visit_days", "meet_count", "channel"}
	if diff := cmp.Diff([]string{"visit_days", "channel"}, ConfounderNames(all)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"visit_days", "meet_count", "channel"}, all); diff != "" {
		t.Errorf("the features themselves are changed:\n%s", diff)
	}
}
