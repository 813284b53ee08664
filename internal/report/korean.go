package report

import "maps"

// korean are the translations of the page's and its figures' phrases, by their English formats.
var korean = joined(
	koreanFeatures, koreanPage, koreanTables, koreanCharts, koreanCompare, koreanCausal, koreanMoney,
	koreanMoments, koreanLower, koreanRun, koreanSegments, koreanExplain, koreanSpend,
)

// catalog is a part of the translations from its pairs, English format first; no format may stand twice.
func catalog(pairs [][2]string) map[string]string {
	m := make(map[string]string, len(pairs))
	for _, p := range pairs {
		if _, twice := m[p[0]]; twice {
			panic("translated twice: " + p[0])
		}
		m[p[0]] = p[1]
	}
	return m
}

// joined puts parts of the catalog together; the first that has a format stands.
func joined(parts ...map[string]string) map[string]string {
	all := map[string]string{}
	for k := range parts {
		maps.Copy(all, parts[len(parts)-1-k])
	}
	return all
}
