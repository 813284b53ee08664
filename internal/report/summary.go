package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Styles of the message that WriteSummary writes.
const (
	// Slack is Slack's mrkdwn.
	Slack = "slack"
	// Markdown is CommonMark.
	Markdown = "markdown"
)

// longestSummary is the most characters of a message, the limit of a text block in Slack.
const longestSummary = 3000

// summaryActions is how many actions a message names, summaryChanges how many sentences on what changed.
const summaryActions, summaryChanges = 5, 3

// message builds a text for a chat: what its style marks up, and the lines so far.
type message struct {
	speaker
	slack bool
	lines []string
}

// WriteSummary writes the report as a message of a day, in d's language: title, warnings, the sentences at the top of the page, three
// numbers, the first actions with their verdicts, and where the report is when link names a path or an address. It has at most 3,000
// characters and is about nobody alone.
func WriteSummary(w io.Writer, d Data, style string, link ...string) error {
	if style != Slack && style != Markdown {
		return fmt.Errorf("summary of the report: the style %q is neither %q nor %q", style, Slack, Markdown)
	}
	d = guard(d)
	m := message{speaker: newSpeaker(d.Language), slack: style == Slack}
	m.head(d)
	for _, p := range d.Minute {
		m.item(m.tie(p.String()))
	}
	m.numbers(d)
	m.changes(d)
	m.actions(d)
	text := m.fitted()
	if len(link) > 0 && link[0] != "" {
		text += "\n" + m.t("Whole report: %s", m.escape(link[0])) + "\n"
	}
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("summary of the report: %w", err)
	}
	return nil
}

func (m *message) head(d Data) {
	title := m.name(d.Meta.Title)
	if title == "" {
		title = m.t("Retention report")
	}
	if d.Meta.To != "" {
		title += ", " + d.Meta.To
	}
	if m.slack {
		m.add(m.bold(title))
	} else {
		m.add("## " + m.escape(title))
	}
	m.add("")
	if d.Meta.Simulated {
		m.add(m.bold(m.t("SIMULATED DATA")) + " " + m.escape(m.t("Every figure here comes from a simulated app. None describes real people.")))
		m.add("")
	}
	if why := d.Meta.NotPublished; !why.Empty() {
		m.add(m.bold(m.t("NOT PUBLISHED")) + " " + m.escape(m.t("because %s", why.String())))
		m.add("")
	}
}

// numbers are the three that a reader follows from day to day.
func (m *message) numbers(d Data) {
	m.add("")
	people, auc := count(d.Summary.Cohort), chosenAUC(d.Quality)
	if d.Summary.Cohort == 0 {
		people = fmt.Sprintf("< %d", SmallestCell)
	}
	m.item(m.t("new people, answer known") + ": " + people)
	m.item(m.t("revisit") + ": " + m.pctRange(d.Summary.BaseRate))
	if finite(auc.Value) {
		m.item(m.t("AUC on the newest people") + ": " + m.ranged(3, auc))
	}
}

func (m *message) actions(d Data) {
	if len(d.Moments.List) == 0 {
		return
	}
	m.add("")
	m.add(m.bold(m.t("The moments that matter")))
	if !m.slack {
		m.add("")
	}
	for _, a := range d.Moments.List[:min(summaryActions, len(d.Moments.List))] {
		text := m.phrase(momentName(a)) + ": " + m.phrase(verdictPhrase(a.Verdict))
		if a.Adjusted.bounded() {
			text += ", " + m.t("%s points (%s)", m.points(a.Adjusted.Value), m.pointsBrackets(a.Adjusted))
		}
		m.item(text)
	}
}

// changes are the weightiest sentences of a comparison, where there is one.
func (m *message) changes(d Data) {
	if d.Comparison == nil || len(d.Comparison.Why) == 0 {
		return
	}
	m.add("")
	m.add(m.bold(m.t("Against version %s", d.Comparison.Against)))
	if !m.slack {
		m.add("")
	}
	for _, why := range d.Comparison.Why[:min(summaryChanges, len(d.Comparison.Why))] {
		m.item(m.phrase(why))
	}
}

func (m *message) add(line string) { m.lines = append(m.lines, line) }

// item adds a line of a list.
func (m *message) item(text string) {
	if m.slack {
		m.add("• " + m.escape(text))
	} else {
		m.add("- " + m.escape(text))
	}
}

func (m *message) bold(text string) string {
	if m.slack {
		return "*" + m.escape(text) + "*"
	}
	return "**" + m.escape(text) + "**"
}

// Slack takes three letters for markup, Markdown those that would mark up a name.
var (
	slackEscapes    = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	markdownEscapes = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "<", `\<`, "[", `\[`, "#", `\#`)
)

func (m *message) escape(text string) string {
	if m.slack {
		return slackEscapes.Replace(text)
	}
	return markdownEscapes.Replace(text)
}

// fitted leaves out whole lines from the end where the message is too long, with room left for the link.
func (m *message) fitted() string {
	const room = longestSummary - 300
	text := ""
	for _, line := range m.lines {
		if utf8.RuneCountInString(text)+utf8.RuneCountInString(line)+1 > room {
			return text + "…\n"
		}
		text += line + "\n"
	}
	return text
}
