package features_test

import (
	"fmt"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

func ExampleSet_Evaluate() {
	set := &features.Set{
		Zone: "Asia/Seoul", Background: features.Background, Label: features.DefaultLabel(),
		Features: []features.Feature{
			{Name: "visit_days", Kind: features.Number, Phrase: "came on {v} days", Expr: features.Days{}},
			{
				Name: "hours_to_meeting_create", Kind: features.Number, Phrase: "created a meeting after {v} hours",
				Expr: features.Until{Of: features.Filter{Events: []string{"meeting_create"}}},
			},
			{Name: "platform", Kind: features.Category, Phrase: "the platform is {v}", Expr: features.Pick{Field: "platform"}},
		},
	}
	first := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	events := []features.Event{
		{Time: first.Add(30 * time.Minute).UnixMicro(), Name: "meeting_create"},
		{Time: first.UnixMicro(), Name: "first_open", Platform: "IOS"},
		// 16:00 UTC is the next day in Seoul.
		{Time: first.Add(7 * time.Hour).UnixMicro(), Name: "screen_view"},
		// Nobody is there for a notification: it makes no visit day.
		{Time: first.Add(72 * time.Hour).UnixMicro(), Name: "notification_receive"},
	}
	row, err := set.Evaluate(events, features.WholeWeek)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, f := range set.Features {
		fmt.Println(f.Say(row[i]))
	}
	// Output:
	// came on 2 days
	// created a meeting after 0.5 hours
	// the platform is IOS
}

func ExampleChannelOf() {
	fmt.Println(features.ChannelOf("instagram", "cpm", ""))
	fmt.Println(features.ChannelOf("naver", "organic", ""))
	// Output:
	// Paid Social
	// Organic Search
}
