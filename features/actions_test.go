package features_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

func TestActionsAreWhatPeopleDo(t *testing.T) {
	found := features.Found{Users: 1000, Events: []features.Support{
		{Name: "friend_add", Users: 300},
		{Name: "first_open", Users: 1000},
		{Name: "meeting_create", Users: 400},
		{Name: "rare", Users: 19},
		{Name: "sync", Users: 900},
		{Name: features.MeetingDocument, Users: 500},
		{Name: features.ProfileSnapshot, Users: 500},
	}}
	for name, c := range map[string]struct {
		choice func(*features.Choice)
		want   []string
	}{
		"most users first": {func(*features.Choice) {}, []string{"meeting_create", "friend_add"}},
		"fewer users":      {func(c *features.Choice) { c.MinUsers, c.MinShare = 19, 0 }, []string{"meeting_create", "friend_add", "rare"}},
		"none":             {func(c *features.Choice) { c.MinUsers = 1001 }, nil},
	} {
		choice := features.DefaultChoice()
		c.choice(&choice)
		if diff := cmp.Diff(c.want, choice.Actions(found, []string{"sync"})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
