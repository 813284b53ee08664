package trainer

import (
	"context"
	"fmt"
)

// CohortWeek is the new users of one calendar week and how many of them came again in each later week.
type CohortWeek struct {
	// Monday is the first day of the cohort's week, YYYY-MM-DD.
	Monday string
	Users  int
	// Came[k] is how many came in week k after their own day 0; weeks that are not wholly in the data for everybody are left out.
	Came []int
}

// ChannelRate is the labelled users of one acquisition channel.
type ChannelRate struct {
	Channel          string
	Users, Positives int
}

// retentionWeeks is how many weeks after day 0 the cohort table follows.
const retentionWeeks = 12

// cohortWeeks follows the new users of each week.
func (r *run) cohortWeeks(ctx context.Context) ([]CohortWeek, error) {
	columns, err := r.wh.ReadColumns(ctx, r.Plan.Retention(r.d))
	if err != nil {
		return nil, fmt.Errorf("follow the weekly cohorts: %w", err)
	}
	end := r.Plan.DayNumber(r.Plan.AsOf)
	came := map[int]map[int]int{}
	for i, day := range columns[0].Numbers {
		monday, week := mondayOf(int(day)), int(columns[1].Numbers[i])
		if came[monday] == nil {
			came[monday] = map[int]int{}
		}
		came[monday][week] += int(columns[2].Numbers[i])
	}
	var list []CohortWeek
	if len(columns[0].Numbers) == 0 {
		return nil, nil
	}
	for monday := mondayOf(int(columns[0].Numbers[0])); monday < end; monday += 7 {
		c := CohortWeek{Monday: dayName(monday), Users: came[monday][0]}
		for week := 0; week <= retentionWeeks && monday+6+7*week+6 < end; week++ {
			c.Came = append(c.Came, came[monday][week])
		}
		if len(c.Came) > 0 && c.Users > 0 {
			list = append(list, c)
		}
	}
	return list, nil
}

// mondayOf is the Monday on or before a day; 1970-01-01 was a Thursday.
func mondayOf(day int) int { return day - (day+3)%7 }

// channelRates counts the labelled users by channel, where the data knows channels.
func (r *run) channelRates(ctx context.Context) ([]ChannelRate, error) {
	if r.Set == nil {
		return nil, nil
	}
	if _, ok := r.wholeSet().Index("channel"); !ok {
		return nil, nil
	}
	columns, err := r.wh.ReadColumns(ctx, channelsQuery(r.d, r.Plan))
	if err != nil {
		return nil, fmt.Errorf("count the users by channel: %w", err)
	}
	var list []ChannelRate
	for i, channel := range columns[0].Text {
		list = append(list, ChannelRate{Channel: channel, Users: int(columns[1].Numbers[i]), Positives: int(columns[2].Numbers[i])})
	}
	return list, nil
}
