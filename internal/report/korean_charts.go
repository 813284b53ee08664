package report

// koreanCharts are the translations of the words in the pictures, by their English formats.
var koreanCharts = map[string]string{}
