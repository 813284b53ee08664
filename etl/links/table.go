package links

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/etl/ads/sheet"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/features"
)

// field is what a column holds.
type field int

const (
	fieldURL field = iota
	fieldSource
	fieldMedium
	fieldCampaign
	fieldChannel
	fieldTarget
	// fieldPlain is a campaign that is the link's own where nothing else names that, else the ad campaign.
	fieldPlain
	fields
)

var headings = [fields][]string{
	fieldURL:      {"url", "link", "링크", "주소", "링크주소", "linkurl", "링크url"},
	fieldSource:   {"utmsource", "source", "소스"},
	fieldMedium:   {"utmmedium", "medium", "매체"},
	fieldCampaign: {"utmcampaign", "linkcampaign", "링크캠페인"},
	fieldChannel:  {"channel", "채널"},
	fieldTarget:   {"adcampaign", "광고캠페인", "target"},
	fieldPlain:    {"campaign", "campaignname", "캠페인", "캠페인이름", "캠페인명"},
}

// fieldNames are what messages call the fields.
var fieldNames = [fields]string{"link", "source", "medium", "campaign", "channel", "ad campaign", "campaign"}

// table collects the links of all files.
type table struct {
	links    []features.Link
	have     map[features.Link]bool
	seen     map[features.Link]string
	problems []string
	result   Result
}

// file is one file on its way into the table.
type file struct {
	*table
	name string
	at   [fields]int
}

func newTable() *table {
	return &table{have: map[features.Link]bool{}, seen: map[features.Link]string{}}
}

func (t *table) readFile(path string) error {
	data, err := sheet.Read(path)
	if err != nil {
		return err
	}
	return t.read(filepath.Base(path), string(data))
}

func (t *table) read(name, text string) error {
	in, skipped := sheet.Open(text, recognised)
	header, err := in.Read()
	if err != nil {
		return fmt.Errorf("the first line is no line of headings: %w", err)
	}
	f := &file{table: t, name: name}
	if err := f.findColumns(header); err != nil {
		return err
	}
	for {
		cells, err := in.Read()
		var syntax *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &syntax):
			t.result.Records++
			f.problem(syntax.StartLine+skipped, "is no CSV record of the heading's width")
		case err != nil:
			return err
		case !sheet.Blank(cells):
			t.result.Records++
			line, _ := in.FieldPos(0)
			f.row(cells, line+skipped)
		}
	}
}

func fieldOf(heading string) field {
	name := sheet.Squash(heading)
	for f := range fields {
		if slices.Contains(headings[f], name) {
			return f
		}
	}
	return -1
}

func recognised(header []string) (n int) {
	for _, h := range header {
		if fieldOf(h) >= 0 {
			n++
		}
	}
	return n
}

func (f *file) findColumns(header []string) error {
	for i := range f.at {
		f.at[i] = -1
	}
	for i, h := range header {
		of := fieldOf(h)
		switch {
		case of < 0:
		case f.at[of] >= 0:
			return fmt.Errorf("two columns are the %s: %q and %q", fieldNames[of], header[f.at[of]], h)
		default:
			f.at[of] = i
		}
	}
	if f.at[fieldPlain] >= 0 {
		own := fieldTarget
		if f.at[fieldCampaign] < 0 && f.at[fieldURL] < 0 {
			own = fieldCampaign
		}
		if f.at[own] < 0 {
			f.at[own] = f.at[fieldPlain]
		}
	}
	if f.at[fieldURL] < 0 && f.at[fieldSource] < 0 && f.at[fieldMedium] < 0 && f.at[fieldCampaign] < 0 {
		return fmt.Errorf("the file has no column of a link (url, 링크) nor of its parts (utm_source or 소스, utm_medium or 매체, "+
			"utm_campaign). Its columns are %s", sheet.List(header))
	}
	return nil
}

// row adds the link of a record, or notes why it cannot.
func (f *file) row(cells []string, line int) {
	var text [fields]string
	for of := range fieldPlain {
		if f.at[of] < 0 {
			continue
		}
		cell := strings.TrimSpace(cells[f.at[of]])
		if of == fieldURL {
			text[of] = cell
			continue
		}
		clean, personal := source.CleanText(cell)
		if personal {
			f.problem(line, "the "+fieldNames[of]+" looks like an e-mail address or a phone number")
			return
		}
		text[of] = clean
	}
	if problem := addURL(&text); problem != "" {
		f.problem(line, problem)
		return
	}
	l := features.Link{
		Source: text[fieldSource], Medium: text[fieldMedium], Campaign: text[fieldCampaign],
		Channel: text[fieldChannel], Target: text[fieldTarget],
	}
	f.add(l, line)
}

// addURL fills in what the URL says and the columns do not. What both say must be the same.
func addURL(text *[fields]string) (problem string) {
	if text[fieldURL] == "" {
		return ""
	}
	values, err := parameters(text[fieldURL])
	if err != nil {
		return "the link is no URL"
	}
	for i, key := range []string{"utm_source", "utm_medium", "utm_campaign"} {
		of := fieldSource + field(i)
		value, personal := source.CleanText(values.Get(key))
		switch {
		case personal:
			return "the link's " + key + " looks like an e-mail address or a phone number"
		case value == "":
		case text[of] == "":
			text[of] = value
		case !strings.EqualFold(text[of], value):
			return "the link's " + key + " is another one than the columns say"
		}
	}
	return ""
}

// parameters are those of the URL, and where it leads to an app store those of the referrer that the store hands on to the app.
func parameters(address string) (url.Values, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, err
	}
	if referrer := values.Get("referrer"); referrer != "" && values.Get("utm_source") == "" {
		return url.ParseQuery(referrer)
	}
	return values, nil
}

// add checks a link and adds it, unless it is there.
func (f *file) add(l features.Link, line int) {
	derived := l.Channel == ""
	if derived {
		l.Channel = features.ChannelOf(l.Source, l.Medium, l.Campaign)
	}
	if l.Source == "" && l.Medium == "" && l.Campaign == "" {
		f.problem(line, "no source, medium or campaign: the link would stand for every user")
		return
	}
	if _, err := features.NewChannels([]features.Link{l}); err != nil {
		f.problem(line, strings.TrimPrefix(err.Error(), "link 1: "))
		return
	}
	if f.have[l] {
		f.result.Copies++
		return
	}
	same := features.Link{Source: fold(l.Source), Medium: fold(l.Medium), Campaign: fold(l.Campaign)}
	if was, ok := f.seen[same]; ok && was != l.Channel {
		f.problem(line, "the same source, medium and campaign as an earlier row, but another channel")
		return
	}
	f.seen[same] = l.Channel
	f.links, f.have[l] = append(f.links, l), true
	if derived {
		f.result.Derived++
	}
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func (f *file) problem(line int, what string) {
	f.problems = append(f.problems, fmt.Sprintf("%s line %d: %s", f.name, line, what))
}

// mostTold is how many problems a message lists.
const mostTold = 10

// check refuses links of which any cannot be used.
func (t *table) check() error {
	switch n := len(t.problems); {
	case n > mostTold:
		return fmt.Errorf("%s; and %d more rows", strings.Join(t.problems[:mostTold], "; "), n-mostTold)
	case n > 0:
		return errors.New(strings.Join(t.problems, "; "))
	case len(t.links) == 0:
		return errors.New("the input holds no link")
	}
	_, err := features.NewChannels(t.links)
	return err
}
