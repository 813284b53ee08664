package bqml

import (
	"context"
	"fmt"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// Day is how many labelled users have one day 0.
type Day struct {
	// Number is the day in days since 1970-01-01.
	Number int
	// Users have a label, Positives of them revisited.
	Users, Positives int
}

// Split divides the labelled users by day 0, all days inclusive and as YYYY-MM-DD: those up to FitTo are learnt from, those from
// ValidFrom to ValidTo stop the training early, those from TestFrom judge. Whoever came between is left out.
type Split struct {
	FitTo, ValidFrom, ValidTo, TestFrom string
	// Fit, Valid and Test count the users and Positives among them.
	Fit, Valid, Test Side
	// Purged says whether the label windows of the learning users had ended before the first test user came, ValidPurged the same of
	// the users fitted on and the first validating one.
	Purged, ValidPurged bool
}

// Side is one side of a split.
type Side struct{ Users, Positives int }

// readDays counts the labelled users by day 0, in its order.
func readDays(ctx context.Context, wh *warehouse.Warehouse, p features.Plan) ([]Day, error) {
	columns, err := wh.ReadColumns(ctx, daysQuery(p))
	if err != nil {
		return nil, fmt.Errorf("count the labelled users by day: %w", err)
	}
	if err := expect(columns, "day", "users", "positives"); err != nil {
		return nil, fmt.Errorf("count the labelled users by day: %w", err)
	}
	days := make([]Day, columns[0].Len())
	for i := range days {
		days[i] = Day{int(columns[0].Numbers[i]), int(columns[1].Numbers[i]), int(columns[2].Numbers[i])}
	}
	return days, nil
}

// splitDays divides the days, which come in order. It cuts as model.SplitByDay does users in the order of day 0, and the learning
// days once more by the same rule.
func (o Options) splitDays(days []Day) (s Split, err error) {
	least := o.Split.MinPositives
	learn, test, err := o.learnAndTest(days)
	if err != nil {
		return s, err
	}
	fit, valid := cut(learn, o.ValidShare)
	if len(fit) == 0 || len(valid) == 0 {
		return s, fmt.Errorf("split by day 0: %d learning days do not divide into days to learn from and days to validate on", len(learn))
	}
	s.Purged = learn[len(learn)-1].Number+o.Split.LastDay < test[0].Number
	// A gap that would cost more than two thirds of the learning users is not kept, as in model.Folds.
	if purged := before(fit, valid[0].Number-o.Split.LastDay); 3*count(purged).Users >= count(fit).Users && len(purged) > 0 {
		fit, s.ValidPurged = purged, true
	}
	s.FitTo, s.ValidFrom, s.ValidTo = dayName(fit[len(fit)-1]), dayName(valid[0]), dayName(valid[len(valid)-1])
	s.TestFrom = dayName(test[0])
	s.Fit, s.Valid, s.Test = count(fit), count(valid), count(test)
	for _, side := range []struct {
		what string
		Side
	}{{"training", s.Fit}, {"validation", s.Valid}, {"test", s.Test}} {
		if !side.enough(least) {
			return s, fmt.Errorf("split by day 0: %d of the %d %s users revisited; there must be at least %d who did and %d who did not",
				side.Positives, side.Users, side.what, least, least)
		}
	}
	return s, nil
}

// learnAndTest divides by the days given, or else as model.SplitByDay.
func (o Options) learnAndTest(days []Day) (learn, test []Day, err error) {
	if o.TestFrom != "" {
		from, err := dayNumber(o.TestFrom)
		if err != nil {
			return nil, nil, fmt.Errorf("the first test day: %w", err)
		}
		last, err := dayNumber(o.LastTrain)
		if err != nil {
			return nil, nil, fmt.Errorf("the last training day: %w", err)
		}
		learn, test = before(days, last+1), days[len(before(days, from)):]
	} else {
		older, newest := cut(days, o.Split.TestShare)
		learn, test = older, newest
		if len(test) > 0 {
			if purged := before(older, test[0].Number-o.Split.LastDay); count(purged).enough(o.Split.MinPositives) {
				learn = purged
			}
		}
	}
	if len(learn) == 0 || len(test) == 0 {
		return nil, nil, fmt.Errorf("split by day 0: %d of %d days with labelled users are before the split, %d after it; load more days",
			len(learn), len(days), len(test))
	}
	return learn, test, nil
}

// cut divides days so that the newest share of the users lie on the days of the second part; users of one day stay together.
func cut(days []Day, share float64) (older, newer []Day) {
	users := count(days).Users
	row := min(int(float64(users)*(1-share)), users-1)
	for i, d := range days {
		if row -= d.Users; row < 0 {
			return days[:i], days[i:]
		}
	}
	return days, nil
}

// before are the days before the given one.
func before(days []Day, day int) []Day {
	n := 0
	for n < len(days) && days[n].Number < day {
		n++
	}
	return days[:n]
}

func count(days []Day) (s Side) {
	for _, d := range days {
		s.Users += d.Users
		s.Positives += d.Positives
	}
	return s
}

func (s Side) enough(least int) bool {
	return s.Positives >= least && s.Users-s.Positives >= least && s.Users > 0
}

func dayName(d Day) string { return time.Unix(int64(d.Number)*86400, 0).UTC().Format(time.DateOnly) }

func dayNumber(day string) (int, error) {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0, fmt.Errorf("%q is no day; write YYYY-MM-DD", day)
	}
	return int(t.Unix() / 86400), nil
}
