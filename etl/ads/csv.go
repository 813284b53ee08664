package ads

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/etl/ads/sheet"
)

// table is a CSV file as text: the headings, what they mean, and the records that may be rows.
type table struct {
	report    *report
	file      int
	opt       *Options
	separator rune
	skipped   int
	header    []string
	columns   columns
	records   []record
	order     string
	decimal   byte
	// noDay is the spend of the total rows without a day.
	noDay []amount
}

type record struct {
	cells []string
	line  int64
	copy  bool
}

// readCSV reads a table of Ads Manager. The first line has the headings.
func readCSV(r *report, file int, text string, opt *Options) error {
	t := &table{report: r, file: file, opt: opt}
	if err := t.split(text); err != nil {
		return err
	}
	if err := t.learn(); err != nil {
		return err
	}
	for _, rec := range t.records {
		if err := t.read(rec); err != nil {
			return err
		}
	}
	t.checkTotal()
	return nil
}

// split parts the text into records, without blank ones, and marks those that repeat another exactly. Where a quote is not closed
// all the lines that it swallows are bad, not one.
func (t *table) split(text string) error {
	in, skipped := sheet.Open(text, recognised)
	t.separator, t.skipped = in.Comma, skipped
	header, err := in.Read()
	if err != nil {
		return fmt.Errorf("the first line is no line of headings: %w", err)
	}
	t.header = header
	if t.columns, err = findColumns(header, t.opt.Currency); err != nil {
		return err
	}
	seen := map[string]bool{strings.Join(header, "\x1f"): true}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if t.broken(cells, err) {
			continue
		}
		if err != nil && !errors.Is(err, csv.ErrFieldCount) {
			return err
		}
		if sheet.Blank(cells) {
			continue
		}
		t.report.records++
		line, _ := in.FieldPos(0)
		line += skipped
		joined := strings.Join(cells, "\x1f")
		switch {
		case err != nil && seen[joined]:
			t.report.copies[""]++
			continue
		case err != nil && isTotal(cells[0]):
			t.report.totals++
			continue
		case err != nil:
			t.report.quarantine("", int64(line), ReasonCSV)
			continue
		}
		t.records = append(t.records, record{cells, int64(line), seen[joined]})
		seen[joined] = true
	}
}

// broken quarantines what is no CSV at all.
func (t *table) broken(cells []string, err error) bool {
	var syntax *csv.ParseError
	if !errors.As(err, &syntax) || errors.Is(err, csv.ErrFieldCount) && len(cells) > 0 {
		return false
	}
	for line := syntax.StartLine; line <= max(syntax.Line, syntax.StartLine); line++ {
		t.report.records++
		t.report.quarantine("", int64(line+t.skipped), ReasonCSV)
	}
	return true
}

// learn finds out from all cells how dates and numbers are written.
func (t *table) learn() error {
	var d days
	var n numbers
	for _, rec := range t.records {
		for _, f := range []field{fieldDay, fieldStart, fieldStop} {
			d.look(t.cell(rec, f))
		}
		for f := fieldSpend; f <= fieldResults; f++ {
			n.look(t.cell(rec, f), f != fieldSpend && f != fieldResults)
		}
	}
	var err error
	if t.order, err = d.order(t.opt.DateOrder); err != nil {
		return err
	}
	t.decimal, err = n.sign(t.opt.Decimal, t.separator)
	return err
}

// cell is the trimmed text of a field, "" where the file has no such column.
func (t *table) cell(rec record, f field) string {
	if i := t.columns.at[f]; i >= 0 {
		return strings.TrimSpace(rec.cells[i])
	}
	return ""
}

// totals are the words, squashed, by which a row says that it is the sum of others.
var totals = []string{"전체", "합계", "총계", "총합", "총합계", "소계", "total", "totals", "grandtotal", "subtotal", "totalresults"}

func isTotal(cell string) bool {
	name := sheet.Squash(cell)
	return slices.Contains(totals, name) || strings.HasPrefix(name, "resultsfrom")
}

// read makes a row of a record, or puts it where it belongs otherwise.
func (t *table) read(rec record) error {
	day, span, reason := t.day(rec)
	if rec.copy {
		t.report.copies[day]++
		return nil
	}
	if t.isSum(rec) && (day == "" || span) {
		t.report.totals++
		spend, err := parseAmount(t.cell(rec, fieldSpend), t.decimal)
		if err == nil {
			t.noDay = append(t.noDay, spend)
		}
		return nil
	}
	if span {
		return fmt.Errorf("line %d covers several days and nothing tells them apart: export by day (breakdown by time: day, 일별)",
			rec.line)
	}
	if reason != "" {
		t.report.quarantine("", rec.line, reason)
		return nil
	}
	r := row{day: day, file: t.file, line: rec.line, total: t.isSum(rec), currency: t.columns.currency}
	if r.currency == "" {
		r.currency = strings.ToUpper(t.cell(rec, fieldCurrency))
	}
	if t.opt.otherCurrency(&r) {
		t.report.otherCurrency++
		return nil
	}
	if reason := t.figures(rec, &r); reason != "" {
		t.report.quarantine(day, rec.line, reason)
		return nil
	}
	t.names(rec, &r)
	t.report.rows = append(t.report.rows, r)
	return nil
}

// otherCurrency is whether the row's currency is not the one to keep. An unnamed one is.
func (o *Options) otherCurrency(r *row) bool {
	if !isCurrency(r.currency) {
		r.currency = o.Currency
	}
	return o.Currency != "" && r.currency != o.Currency
}

// day reads the day of a record, from the day column or else from the report's start and end. span is true where these are
// several days; the reason says why there is none.
func (t *table) day(rec record) (day string, span bool, reason string) {
	cell := t.cell(rec, fieldDay)
	if cell == "" && t.columns.at[fieldStart] >= 0 && t.columns.at[fieldStop] >= 0 {
		start, err := parseDay(t.cell(rec, fieldStart), t.order)
		stop, stopErr := parseDay(t.cell(rec, fieldStop), t.order)
		switch {
		case err == nil && stopErr == nil && start != stop:
			return "", t.columns.at[fieldDay] < 0, ReasonDay
		case err == nil && stopErr == nil:
			return start, false, ""
		}
	}
	day, err := parseDay(cell, t.order)
	if err != nil {
		return "", false, dayReason(err)
	}
	return day, false, ""
}

func dayReason(err error) string {
	if errors.Is(err, errRange) {
		return ReasonRange
	}
	return ReasonDay
}

// isSum is whether the record says that it is the sum of others: by a word in the place of the day, the account or the campaign,
// by no campaign where the report has campaigns, or, without a day, by a word in the place of any name.
func (t *table) isSum(rec record) bool {
	if isTotal(t.cell(rec, fieldDay)) || isTotal(t.cell(rec, fieldAccount)) || isTotal(t.cell(rec, fieldCampaign)) {
		return true
	}
	noDay := t.cell(rec, fieldDay) == "" && t.columns.at[fieldDay] >= 0
	if noDay && (isTotal(t.cell(rec, fieldAdSet)) || isTotal(t.cell(rec, fieldAd))) {
		return true
	}
	named := t.columns.at[fieldCampaign] >= 0 || t.columns.at[fieldAdSet] >= 0 || t.columns.at[fieldAd] >= 0
	none := t.cell(rec, fieldCampaign) == "" && t.cell(rec, fieldAdSet) == "" && t.cell(rec, fieldAd) == ""
	return none && (named || noDay)
}

// names fills in what the row is of.
func (t *table) names(rec record, r *row) {
	blanked := &t.report.blanked
	for level, f := range []field{fieldAccount, fieldCampaign, fieldAdSet, fieldAd} {
		if cell := t.cell(rec, f); cell != "" && !(level <= levelCampaign && isTotal(cell)) {
			r.name(level, cell, blanked)
		}
	}
	r.network = networkOf(t.cell(rec, fieldNetwork))
	r.setResultType(t.cell(rec, fieldResultType))
}

// figures fills in the numbers, and says why it cannot.
func (t *table) figures(rec record, r *row) (reason string) {
	var err error
	if r.spend, err = parseAmount(t.cell(rec, fieldSpend), t.decimal); err != nil {
		return ReasonNumber
	}
	if r.spend.x < 0 {
		return ReasonSpend
	}
	if r.results, err = parseAmount(t.cell(rec, fieldResults), t.decimal); err != nil {
		return ReasonNumber
	}
	for i, to := range []*count{&r.impressions, &r.reach, &r.clicks, &r.installs} {
		a, err := parseAmount(t.cell(rec, fieldImpressions+field(i)), t.decimal)
		if err != nil {
			return ReasonNumber
		}
		if *to, err = a.toCount(); err != nil {
			return ReasonCount
		}
	}
	return ""
}

// checkTotal compares the one total row of a report of one level with what its rows add up to.
func (t *table) checkTotal() {
	if len(t.noDay) != 1 || !t.noDay[0].known || len(t.report.rows) == 0 {
		return
	}
	sum, level := 0.0, t.report.rows[0].level()
	for i := range t.report.rows {
		r := &t.report.rows[i]
		if r.level() != level {
			return
		}
		sum += r.spend.x
	}
	if total := t.noDay[0].x; math.Abs(sum-total) > 0.005*total {
		warning := fmt.Sprintf("%s: the total row says %s, but its rows add up to %s: is the export whole?", t.report.name, money(total),
			money(sum))
		t.report.warnings = append(t.report.warnings, warning)
	}
}
