package features

import "strings"

// Columns of the subquery that SQL reads its fields from, by field. Their names keep clear of the columns of any table.
var channelColumns = [...]string{
	"channel_source", "channel_medium", "channel_campaign", "channel_site", "channel_manner", "channel_theme",
}

// SQL is an expression for what Of gives: the channel of the SQL expressions source, medium and campaign, of type STRING, ""
// where nothing is known. NULL is the same as "". It is one scalar subquery without a table, in which each of the three stands
// once, and about 16 KB long; a link adds some 100 bytes, and a query of BigQuery may have 1 MB. DuckDB computes it once for
// each different traffic source; elsewhere a query over many events is cheaper if it takes the channel of their DISTINCT
// sources and joins it.
func (c Channels) SQL(d Dialect, source, medium, campaign string) string {
	var b strings.Builder
	b.WriteString("(SELECT CASE")
	when(&b, all(is(sourceField, ""), is(mediumField, ""), is(campaignField, "")).sql(d), d.Text(""))
	for _, l := range c.links {
		when(&b, l.conditions().sql(d), d.Text(l.Channel))
	}
	for i := range rules {
		when(&b, rules[i].sql(d), d.Text(rules[i].channel))
	}
	b.WriteString(" ELSE " + d.Text(Unassigned) + " END\nFROM (SELECT " + strings.Join(channelColumns[:siteField], ", "))
	for _, c := range classes() {
		b.WriteString(",\n" + c.sql(d) + " AS " + channelColumns[c.field])
	}
	b.WriteString("\nFROM (SELECT ")
	for i, x := range []string{source, medium, campaign} {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(normalSQL(d, x) + " AS " + channelColumns[i])
	}
	b.WriteString(") AS channel_texts) AS channel_classes)")
	return b.String()
}

func when(b *strings.Builder, condition, result string) {
	b.WriteString("\nWHEN " + condition + " THEN " + result)
}

// normalSQL does what normal does.
func normalSQL(d Dialect, x string) string {
	trimmed := "TRIM(COALESCE(" + x + ", ''), " + d.Text(blanks) + ")"
	return "TRANSLATE(" + trimmed + ", " + d.Text(upperLetters) + ", " + d.Text(lowerLetters) + ")"
}

// conditions are those of a link in its normal form.
func (l Link) conditions() conjunction {
	var all conjunction
	for f, text := range []string{l.Source, l.Medium, l.Campaign} {
		if text != "" {
			all = append(all, is(field(f), text))
		}
	}
	return all
}

func (r *rule) sql(d Dialect) string {
	var alternatives []string
	for _, a := range r.anyOf {
		alternatives = append(alternatives, a.sql(d))
	}
	return strings.Join(alternatives, " OR ")
}

// sql needs no brackets, because AND binds closer than OR.
func (c conjunction) sql(d Dialect) string {
	var parts []string
	for _, x := range c {
		parts = append(parts, inList(d, channelColumns[x.field], x.in))
	}
	return strings.Join(parts, " AND ")
}

func (c *class) sql(d Dialect) string {
	from := channelColumns[c.from]
	var b strings.Builder
	b.WriteString("CASE")
	for _, t := range c.tests {
		if t.pattern != nil {
			when(&b, d.Matches(from, t.pattern.String()), d.Text(t.class))
		} else {
			when(&b, inList(d, from, t.list), d.Text(t.class))
		}
	}
	return b.String() + " ELSE '' END"
}

func inList(d Dialect, column string, list []string) string {
	if len(list) == 1 {
		return column + " = " + d.Text(list[0])
	}
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = d.Text(s)
	}
	return column + " IN (" + strings.Join(texts, ", ") + ")"
}
