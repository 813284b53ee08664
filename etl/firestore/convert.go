package firestore

import "time"

// document is one document of either collection.
type document struct {
	id string
	// created is Firestore's own create time in microseconds UTC, 0 where it is not known.
	created int64
	// field gives a field's reduced value, see native.
	field func(name string) any
}

// The fields that are read of a user's document and of a meeting's, and nothing else. Their order is that of the parameters in
// the list params; the parameters duration_hours and lead_days are made of to and from.
var (
	profileFields = []string{"blockedUsers", "friends", "openPrivacy", "reqReceived", "reqSent"}
	meetingFields = []string{"isAllDay", "to", "involved", "from", "pendingInvolved", "recurrenceRule"}
)

// wanted says of a field what it should be.
var wanted = map[string]string{
	"blockedUsers": "list", "friends": "list", "reqReceived": "list", "reqSent": "list", "involved": "list", "pendingInvolved": "list",
	"openPrivacy": "true or false", "isAllDay": "true or false", "from": "time", "to": "time", "recurrenceRule": "text",
}

// reason is why a document cannot be used.
type reason uint8

// The reasons. From profileField on they are of the fields profileFields, from meetingField on of meetingFields, in their order.
const (
	fine reason = iota
	noAccount
	noOwner
	noCreated
	badCreated
	createdLater
	noID
	noCollection
	syntax
	tooLong
	profileField
	meetingField = profileField + maxParams
)

var reasons = map[reason]string{
	noAccount:    "a user's document without an account id",
	noOwner:      "a meeting without an owner",
	noCreated:    "a meeting without a create time",
	badCreated:   "the create time cannot be read",
	createdLater: "created after the snapshot was taken",
	noID:         "no document id",
	noCollection: "a document of another collection",
	syntax:       "not a JSON object",
	tooLong:      "longer than the limit for one record",
}

// String is the sentence for the quarantine.
func (r reason) String() string {
	switch {
	case r >= meetingField:
		return fieldReason(meetingFields[r-meetingField])
	case r >= profileField:
		return fieldReason(profileFields[r-profileField])
	}
	return reasons[r]
}

func fieldReason(field string) string { return "field " + field + " is no " + wanted[field] }

// converter makes rows of documents. It serves one goroutine.
type converter struct {
	keys           *keyer
	loc            *time.Location
	account, owner string
}

func newConverter(o Options, loc *time.Location) *converter {
	return &converter{keys: newKeyer(o.Secret), loc: loc, account: o.Account, owner: o.Owner}
}

// profile is the row of a user's document; its time is the snapshot's, which is not known here. A field that is missing or null
// gives no parameter: an app that did not keep it says nothing about it.
func (c *converter) profile(d document) (row, reason) {
	account := d.id
	if c.account != "" {
		account = id(d.field(c.account))
	}
	if account == "" {
		return row{}, noAccount
	}
	r := row{kind: profile, key: c.keys.key(account)}
	for i, f := range profileFields {
		read := count
		if wanted[f] != "list" {
			read = yes
		}
		if !r.put(i, read, d.field(f)) {
			return row{}, profileField + reason(i)
		}
	}
	return r, fine
}

const (
	microsPerDay  = 86400e6
	microsPerHour = 3600e6
)

// meeting is the row of a meeting, at its create time. A meeting that ends before it begins has no duration.
func (c *converter) meeting(d document) (row, reason) {
	owner := id(d.field(c.owner))
	switch {
	case owner == "":
		return row{}, noOwner
	case d.created == 0:
		return row{}, noCreated
	}
	from, hasFrom, ok := micros(d.field("from"), c.loc)
	r := row{kind: meeting, key: c.keys.key(owner), micros: d.created}
	for i, f := range meetingFields {
		read := count
		switch f {
		case "isAllDay":
			read = yes
		case "recurrenceRule":
			read = filled
		case "from":
			read = func(any) (float64, bool, bool) { return float64(from-d.created) / microsPerDay, hasFrom, ok }
		case "to":
			read = func(v any) (float64, bool, bool) {
				to, has, ok := micros(v, c.loc)
				return float64(to-from) / microsPerHour, has && hasFrom && to >= from, ok
			}
		}
		if !r.put(i, read, d.field(f)) {
			return row{}, meetingField + reason(i)
		}
	}
	return r, fine
}

// put reads a field into the i-th parameter and reports whether it could be read.
func (r *row) put(i int, read func(any) (n float64, has, ok bool), v any) bool {
	n, has, ok := read(v)
	if has {
		r.has |= 1 << i
		r.params[i] = n
	}
	return ok
}

// filled is 1 for a text, 0 for none or an empty one.
func filled(v any) (n float64, has, ok bool) {
	switch v {
	case nil, "":
		return 0, true, true
	}
	_, ok = v.(string)
	return 1, ok, ok
}
