package server

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Code is one way in which a request can fail. Its name is part of the API: it is the "code" of the problem and the end of its
// "type", and it never changes its meaning.
type Code uint8

// The codes, in the order of docs/API.md.
const (
	Internal Code = iota
	EmptyBody
	InvalidJSON
	BadQuery
	BadGzip
	BadCall
	BadContext
	NotAnObject
	DuplicateKey
	UnknownField
	MissingField
	WrongType
	NumberAsText
	NumberRange
	BadTime
	MixedForms
	BothForms
	NeitherForm
	EmptyBatch
	EmptyFeatures
	EmptyEvents
	UnknownFeature
	LateEvent
	NoVisit
	BadEvent
	TextTooLong
	BodyTooLarge
	TooManyInstances
	TooManyEvents
	UnsupportedMedia
	UnsupportedCoding
	BodyTimeout
	TooSlow
	Draining
	NotFound
	MethodNotAllowed
	Unauthorized
	Forbidden
	RateLimited
	QuotaExceeded
	Overloaded
	NoSnapshot
	UnknownUser
	UnevenColumns
	BadTensor
	UnknownModel
	NoReport
	ReloadFailed
	codes
)

// description is what a code says of itself: the same for every request.
type description struct {
	name   string
	status int
	title  string
}

// descriptions documents every code: what went wrong, in one sentence. 400: the body cannot be read. 422: it can be read, and
// says something that cannot be scored.
var descriptions = [codes]description{
	Internal:          {"internal", 500, "The server failed; its log has the details under the request id"},
	EmptyBody:         {"empty_body", 400, "The request has no body"},
	InvalidJSON:       {"invalid_json", 400, "The body is not valid JSON"},
	BadQuery:          {"bad_query", 400, "A query parameter is unknown or has no meaning"},
	BadGzip:           {"bad_gzip", 400, "The body is said to be gzip and is not"},
	BadCall:           {"bad_call", 400, "A call of a BigQuery remote function cannot be answered"},
	BadContext:        {"bad_context", 400, "The user_defined_context of a BigQuery remote function has a key or value without meaning"},
	NotAnObject:       {"not_an_object", 422, "The body must be one JSON object"},
	DuplicateKey:      {"duplicate_key", 422, "A name stands twice in one object"},
	UnknownField:      {"unknown_field", 422, "The request has a field that the API does not know"},
	MissingField:      {"missing_field", 422, "A field that must be given is missing"},
	WrongType:         {"wrong_type", 422, "A value is of the wrong type"},
	NumberAsText:      {"number_as_text", 422, "A number is given as text"},
	NumberRange:       {"number_range", 422, "A number is outside the range that can be used"},
	BadTime:           {"bad_time", 422, "A time is neither RFC 3339 text nor whole microseconds since 1970 UTC"},
	MixedForms:        {"mixed_forms", 422, `The body is more than one of an instance, a list of "instances", and "inputs"`},
	BothForms:         {"both_forms", 422, `An instance has more than one of "features", "events" and "user"`},
	NeitherForm:       {"neither_form", 422, `An instance has neither "features" nor "events" nor "user"`},
	EmptyBatch:        {"empty_batch", 422, `The list of "instances" is empty`},
	EmptyFeatures:     {"empty_features", 422, "An instance names no feature"},
	EmptyEvents:       {"empty_events", 422, "An instance has an empty list of events"},
	UnknownFeature:    {"unknown_feature", 422, "The model has no feature of that name"},
	LateEvent:         {"event_after_first_week", 422, "An event lies after the user's first week"},
	NoVisit:           {"no_visit", 422, "None of the events is a visit in the foreground, so there is no first week"},
	BadEvent:          {"bad_event", 422, "The events cannot be evaluated"},
	TextTooLong:       {"text_too_long", 422, "A text is longer than is accepted"},
	BodyTooLarge:      {"body_too_large", 413, "The body is larger than is accepted"},
	TooManyInstances:  {"too_many_instances", 413, "The request has more instances than are accepted"},
	TooManyEvents:     {"too_many_events", 413, "The request has more events than are accepted"},
	UnsupportedMedia:  {"unsupported_media_type", 415, "The content type is not application/json"},
	UnsupportedCoding: {"unsupported_encoding", 415, "The content encoding is neither identity nor gzip"},
	BodyTimeout:       {"body_timeout", 408, "The body did not arrive in time"},
	TooSlow:           {"too_slow", 503, "The request took longer than is allowed"},
	Draining:          {"draining", 503, "The server is shutting down"},
	NotFound:          {"not_found", 404, "There is nothing at this path"},
	MethodNotAllowed:  {"method_not_allowed", 405, "This path does not answer to this method"},
	Unauthorized:      {"unauthorized", 401, "No valid key came with the request"},
	Forbidden:         {"forbidden", 403, "The key may not do this"},
	RateLimited:       {"rate_limited", 429, "The key sends more requests than it may"},
	QuotaExceeded:     {"quota_exceeded", 429, "The key has used up its users of the day"},
	Overloaded:        {"overloaded", 429, "The server has more requests than it can hold"},
	NoSnapshot:        {"no_snapshot", 422, "The server has no feature snapshot, so users cannot be named"},
	UnknownUser:       {"unknown_user", 422, "The snapshot does not have this user"},
	UnevenColumns:     {"uneven_columns", 422, `The columns of "inputs" are not equally long`},
	BadTensor:         {"bad_tensor", 400, "A tensor of an inference request cannot be read"},
	UnknownModel:      {"unknown_model", 404, "This server does not serve that model or version"},
	NoReport:          {"no_report", 404, "The model was published without a report"},
	ReloadFailed:      {"reload_failed", 500, "The new model could not be loaded, the old one stays"},
}

// typeBase begins the "type" of every problem: the page that documents it.
const typeBase = "https://github.com/Koalajuni/Calback-Data-ML/blob/main/docs/API.md#"

// String is the code's name in the API.
func (c Code) String() string { return descriptions[c].name }

// Status is the HTTP status that the code is answered with.
func (c Code) Status() int { return descriptions[c].status }

// Title says in one sentence what the code means.
func (c Code) Title() string { return descriptions[c].title }

// Problem is a refused request as its caller sees it, in the shape of RFC 9457. It names places, kinds and limits, never a
// value out of the request, because a value may be a person's.
type Problem struct {
	// Type is the address of the code's documentation.
	Type string `json:"type"`
	// Title is Code.Title.
	Title string `json:"title"`
	// Status is the HTTP status.
	Status int `json:"status"`
	// Detail says what is wrong in this request and what to do about it.
	Detail string `json:"detail"`
	// Instance is the place in the body as a JSON pointer (RFC 6901) in a URI fragment, for example
	// #/instances/3/features/visit_days; "" when the problem has no one place.
	Instance string `json:"instance,omitempty"`
	// Path is the same place for people: instances[3].features.visit_days.
	Path string `json:"path,omitempty"`
	// Code is the code's name.
	Code string `json:"code"`
	// RequestID is the X-Request-Id of the reply.
	RequestID string `json:"request_id,omitempty"`
	code      Code
}

// Error is the place and the detail.
func (p *Problem) Error() string {
	if p.Path == "" {
		return p.Detail
	}
	return p.Path + ": " + p.Detail
}

// problem makes a Problem without a place.
func problem(c Code, format string, args ...any) *Problem {
	return &Problem{
		Type: typeBase + c.String(), Title: c.Title(), Status: c.Status(), Code: c.String(), code: c, Detail: fmt.Sprintf(format, args...),
	}
}

// place is a way into the body: names and positions.
type place []any

// under sets the place of the problem.
func (p *Problem) under(at place) *Problem {
	var path, pointer strings.Builder
	for _, step := range at {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&path, "[%d]", step)
			fmt.Fprintf(&pointer, "/%d", step)
		case string:
			if path.Len() > 0 {
				path.WriteByte('.')
			}
			path.WriteString(step)
			pointer.WriteByte('/')
			pointer.WriteString(pointerEscape.Replace(step))
		}
	}
	if len(at) > 0 {
		p.Path, p.Instance = path.String(), "#"+pointer.String()
	}
	return p
}

// pointerEscape escapes a name by RFC 6901, section 3. Names in a place are plain (see plain), so no URI escaping is needed.
var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// plain reports whether a name out of a request may be repeated in a reply or a log: an identifier, not free text.
func plain(name string) bool {
	if name == "" || len(name) > 64 {
		return false
	}
	for _, c := range []byte(name) {
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-' || c == ':'
		if !ok {
			return false
		}
	}
	return true
}

// naming words a name out of a request for a detail.
func naming(name string) string {
	if plain(name) {
		return strconv.Quote(name)
	}
	return "the name given here (not repeated, as it is not a plain identifier)"
}

// methodsOf words the Allow header for a detail.
func methodsOf(h http.Header) string {
	if allow := h.Get("Allow"); allow != "" {
		return allow
	}
	return "another method"
}
