package features

import "slices"

// Actions are the events that are things people do in the app, most users first: with enough users for a feature, neither sent by the
// SDK by itself nor made by a document nor without the user.
func (c Choice) Actions(found Found, background []string) []string {
	var names []string
	for _, event := range c.supported(found.Events, found.Users, c.MaxEvents) {
		if !slices.Contains(automatic, event.Name) && !slices.Contains(background, event.Name) && !slices.Contains(Background, event.Name) {
			names = append(names, event.Name)
		}
	}
	return names
}
