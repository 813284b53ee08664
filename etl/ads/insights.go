package ads

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/valyala/fastjson"

	"github.com/Koalajuni/Calback-Data-ML/etl/ads/sheet"
)

// insights reads rows of the Insights API: an array, answers with their rows under "data", or one of either a line.
type insights struct {
	report *report
	file   int
	opt    *Options
	// seen are the rows so far, as text, to find copies.
	seen map[string]bool
	// pages counts the answers, further those that say that another one follows.
	pages, further int
	// dated and spent tell whether any row has a day and a spend, keys what the first row has.
	dated, spent bool
	keys         []string
}

func readInsights(r *report, file int, data []byte, opt *Options) error {
	in := &insights{report: r, file: file, opt: opt, seen: map[string]bool{}}
	if err := in.readAll(data); err != nil {
		return err
	}
	switch {
	case in.keys != nil && !in.dated:
		return fmt.Errorf("%w: no row has date_start and date_stop; ask for rows with time_increment=1. The first row has "+
			"%s", errNoColumn, sheet.List(in.keys))
	case in.keys != nil && !in.spent:
		return fmt.Errorf("%w: no row has spend; name it in fields. The first row has %s", errNoColumn, sheet.List(in.keys))
	case in.pages > 0 && in.further == in.pages:
		r.warnings = append(r.warnings, r.name+": the answer says that another page follows; load all pages in one input")
	}
	return nil
}

// readAll takes the text as one JSON value, else as one a line.
func (in *insights) readAll(data []byte) error {
	var p fastjson.Parser
	whole, err := p.ParseBytes(data)
	if err == nil {
		return in.value(whole, 1)
	}
	if !bytes.Contains(bytes.TrimSpace(data), []byte("\n")) {
		return fmt.Errorf("the file is no JSON: it is cut off or not whole")
	}
	for n, line := range bytes.Split(data, []byte("\n")) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		v, err := p.ParseBytes(line)
		if err != nil {
			in.report.records++
			in.report.quarantine("", int64(n+1), ReasonJSON)
			continue
		}
		if err := in.value(v, n+1); err != nil {
			return err
		}
	}
	return nil
}

// value takes an array of rows, an answer, or a row. The line counts rows where one value holds several.
func (in *insights) value(v *fastjson.Value, line int) error {
	switch {
	case v.Type() == fastjson.TypeArray:
		return in.rows(v.GetArray(), line)
	case v.Exists("error"):
		return errors.New("the file holds an error of the API, not rows")
	case v.Exists("data"):
		in.pages++
		if len(v.GetStringBytes("paging", "next")) > 0 {
			in.further++
		}
		return in.rows(v.GetArray("data"), line)
	}
	return in.row(v, line)
}

func (in *insights) rows(values []*fastjson.Value, line int) error {
	for i, v := range values {
		if err := in.row(v, line+i); err != nil {
			return err
		}
	}
	return nil
}

func (in *insights) row(v *fastjson.Value, line int) error {
	in.report.records++
	if v.Type() != fastjson.TypeObject {
		in.report.quarantine("", int64(line), ReasonJSON)
		return nil
	}
	in.note(v)
	r := row{file: in.file, line: int64(line), currency: strings.ToUpper(cellText(v, "account_currency"))}
	day, reason, err := insightsDay(v)
	if err != nil {
		return fmt.Errorf("row %d %w", line, err)
	}
	text := string(v.MarshalTo(nil))
	if in.seen[text] {
		in.report.copies[day]++
		return nil
	}
	in.seen[text] = true
	if in.opt.otherCurrency(&r) {
		in.report.otherCurrency++
		return nil
	}
	if r.day = day; reason == "" {
		reason = r.readFigures(v)
	}
	if reason != "" {
		in.report.quarantine(day, int64(line), reason)
		return nil
	}
	in.names(v, &r)
	in.report.rows = append(in.report.rows, r)
	return nil
}

// note remembers what the rows have.
func (in *insights) note(v *fastjson.Value) {
	in.dated = in.dated || v.Exists("date_start") && v.Exists("date_stop")
	in.spent = in.spent || v.Exists("spend")
	if in.keys == nil {
		v.GetObject().Visit(func(key []byte, _ *fastjson.Value) { in.keys = append(in.keys, string(key)) })
	}
}

// insightsDay reads the day of a row. A row of several days is an error: the input cannot be used.
func insightsDay(v *fastjson.Value) (day, reason string, err error) {
	day, startErr := parseDay(cellText(v, "date_start"), "")
	stop, stopErr := parseDay(cellText(v, "date_stop"), "")
	switch err := errors.Join(startErr, stopErr); {
	case err != nil:
		return "", dayReason(err), nil
	case day != stop:
		return "", "", fmt.Errorf("covers several days, date_start is not date_stop: export by day (time_increment=1)")
	}
	return day, "", nil
}

// names fills in what the row is of; an id stands in for a name that the row does not have.
func (in *insights) names(v *fastjson.Value, r *row) {
	for level, keys := range [levels][]string{
		{"account_name", "account_id"}, {"campaign_name", "campaign_id"}, {"adset_name", "adset_id"}, {"ad_name", "ad_id"},
	} {
		for _, key := range keys {
			if name := cellText(v, key); name != "" {
				r.name(level, name, &in.report.blanked)
				break
			}
		}
	}
	r.network = networkOf(cellText(v, "publisher_platform"))
}

// readFigures fills in the numbers, and says why it cannot.
func (r *row) readFigures(v *fastjson.Value) (reason string) {
	var err error
	if r.spend, err = cellNumber(v.Get("spend")); err != nil {
		return ReasonNumber
	}
	if r.spend.x < 0 {
		return ReasonSpend
	}
	clicks := "clicks"
	if v.Exists("inline_link_clicks") {
		clicks = "inline_link_clicks"
	}
	if r.impressions, reason = cellCount(v.Get("impressions")); reason != "" {
		return reason
	}
	if r.reach, reason = cellCount(v.Get("reach")); reason != "" {
		return reason
	}
	if r.clicks, reason = cellCount(v.Get(clicks)); reason != "" {
		return reason
	}
	return r.readActions(v)
}

// installActions are the names of installs of the app, the broadest first. The API tells one install under several of them, so
// that the first that is there counts and the others do not.
var installActions = []string{"omni_app_install", "mobile_app_install", "app_install"}

// readActions takes the installs, the clicks on the link where the row has no other, and the results.
func (r *row) readActions(v *fastjson.Value) (reason string) {
	actions, err := actionTotals(v.GetArray("actions"))
	if err != nil {
		return ReasonNumber
	}
	for _, name := range installActions {
		if a, ok := actions[name]; ok && !r.installs.known {
			if r.installs, err = a.toCount(); err != nil {
				return ReasonCount
			}
		}
	}
	if a, ok := actions["link_click"]; ok && !v.Exists("inline_link_clicks") {
		if r.clicks, err = a.toCount(); err != nil {
			return ReasonCount
		}
	}
	return r.readResults(v)
}

// actionTotals adds up each action's values: a breakdown of actions gives one name several times.
func actionTotals(list []*fastjson.Value) (map[string]amount, error) {
	totals := map[string]amount{}
	for _, a := range list {
		name := cellText(a, "action_type")
		x, err := cellNumber(a.Get("value"))
		if err != nil {
			return nil, err
		}
		if x.known {
			totals[name] = addAmounts(totals[name], x)
		}
	}
	return totals, nil
}

// readResults takes the results, which newer versions of the API give as [{"indicator": ..., "values": [{"value": ...}]}].
func (r *row) readResults(v *fastjson.Value) (reason string) {
	for _, result := range v.GetArray("results") {
		values := result.GetArray("values")
		at := slices.IndexFunc(values, func(v *fastjson.Value) bool { return v.Exists("value") })
		if at < 0 {
			continue
		}
		x, err := cellNumber(values[at].Get("value"))
		if err != nil {
			return ReasonNumber
		}
		r.results = x
		r.setResultType(cellText(result, "indicator"))
		return ""
	}
	return ""
}

// cellText is the text of a value that is a string or a number, "" for any other.
func cellText(v *fastjson.Value, key string) string {
	switch cell := v.Get(key); {
	case cell == nil:
		return ""
	case cell.Type() == fastjson.TypeString:
		return strings.TrimSpace(string(cell.GetStringBytes()))
	case cell.Type() == fastjson.TypeNumber:
		return string(cell.MarshalTo(nil))
	}
	return ""
}

// cellNumber reads a number, which the API writes as a string. Null and what is not there are unknown.
func cellNumber(v *fastjson.Value) (amount, error) {
	switch {
	case v == nil || v.Type() == fastjson.TypeNull:
		return amount{}, nil
	case v.Type() == fastjson.TypeString:
		return parseAmount(string(v.GetStringBytes()), '.')
	case v.Type() == fastjson.TypeNumber:
		return parseAmount(string(v.MarshalTo(nil)), '.')
	}
	return amount{}, errNumber
}

// cellCount reads a whole number, and says why it cannot.
func cellCount(v *fastjson.Value) (c count, reason string) {
	a, err := cellNumber(v)
	if err != nil {
		return count{}, ReasonNumber
	}
	if c, err = a.toCount(); err != nil {
		return count{}, ReasonCount
	}
	return c, ""
}
