package report

import "maps"

// korean are the translations of the page's and its figures' phrases, by their English formats.
var korean = joined(koreanPage, koreanTables, koreanCharts, koreanCompare, koreanCausal, koreanMoney)

// joined puts parts of the catalog together; the first that has a format stands.
func joined(parts ...map[string]string) map[string]string {
	all := map[string]string{}
	for k := range parts {
		maps.Copy(all, parts[len(parts)-1-k])
	}
	return all
}
