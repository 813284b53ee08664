package report

// korean are the translations of the page's and its figures' phrases, by their English formats.
var korean = map[string]string{}
