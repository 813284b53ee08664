package sample

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"
)

// profile is a document of userCollection. Its personal fields are canaries: invented values that a privacy test can search for.
type profile struct {
	DocumentID   string   `json:"document_id"`
	Name         string   `json:"name"`
	Email        string   `json:"email"`
	Flag         bool     `json:"flag"`
	Friends      []string `json:"friends"`
	ReqReceived  []string `json:"reqReceived"`
	ReqSent      []string `json:"reqSent"`
	PhotoURL     string   `json:"photoUrl"`
	BlockedUsers []string `json:"blockedUsers"`
	Token        string   `json:"token"`
	OpenPrivacy  bool     `json:"openPrivacy"`
}

// meeting is a document of meetingsCollection.
type meeting struct {
	DocumentID      string   `json:"document_id"`
	Owner           string   `json:"owner"`
	Content         string   `json:"content"`
	From            string   `json:"from"`
	To              string   `json:"to"`
	IsAllDay        bool     `json:"isAllDay"`
	MID             string   `json:"MID"`
	Involved        []string `json:"involved"`
	PendingInvolved []string `json:"pendingInvolved"`
	RecurrenceRule  string   `json:"recurrenceRule,omitempty"`
	// CreateTime is Firestore's own, beside the document's fields.
	CreateTime string `json:"createTime"`
}

// meetingsPerUser bounds the meeting documents of one person.
const meetingsPerUser = 5

// collections renders both Firestore collections as newline JSON, one document a line.
func collections(opt Options, lives []life) (users, meetings []byte, err error) {
	var ub, mb bytes.Buffer
	uw, mw := json.NewEncoder(&ub), json.NewEncoder(&mb)
	seen := -1
	for i := range lives {
		l := &lives[i]
		if l.uid == "" || l.person == seen || (l.status != newcomer && l.status != veteran) {
			continue
		}
		seen = l.person
		rng := rand.New(rand.NewPCG(opt.Seed^0xf17e, mix(uint64(l.person))))
		if err := uw.Encode(profileOf(opt, rng, l)); err != nil {
			return nil, nil, fmt.Errorf("encode a profile: %w", err)
		}
		for _, m := range meetingsOf(opt, rng, l) {
			if err := mw.Encode(m); err != nil {
				return nil, nil, fmt.Errorf("encode a meeting: %w", err)
			}
		}
	}
	return ub.Bytes(), mb.Bytes(), nil
}

func profileOf(opt Options, rng *rand.Rand, l *life) profile {
	adds := 0
	for _, e := range l.events {
		if e.name == friendAdd {
			adds++
		}
	}
	return profile{
		DocumentID: l.uid, Name: fmt.Sprintf("카나리아%06d", l.person), Email: fmt.Sprintf("canary.%06d@example.com", l.person),
		Flag: rng.IntN(10) > 0, Friends: others(opt, rng, min(adds, 20)), ReqReceived: others(opt, rng, rng.IntN(2)),
		ReqSent: others(opt, rng, rng.IntN(2)), PhotoURL: fmt.Sprintf("https://example.com/canary-photo/%06d.jpg", l.person),
		BlockedUsers: others(opt, rng, rng.IntN(20)/19), Token: fmt.Sprintf("canary-token-%016x", rng.Uint64()),
		OpenPrivacy: rng.IntN(3) > 0,
	}
}

func meetingsOf(opt Options, rng *rand.Rand, l *life) []meeting {
	var out []meeting
	for _, e := range l.events {
		if e.name != meetingCreate {
			continue
		}
		if len(out) == meetingsPerUser {
			break
		}
		from := time.UnixMicro(e.at).UTC().Truncate(time.Hour).Add(time.Duration(1+rng.IntN(240)) * time.Hour)
		id := fmt.Sprintf("%016x", rng.Uint64())
		m := meeting{
			DocumentID: id, MID: id, Owner: l.uid, Content: fmt.Sprintf("canary-content-%06d", l.person),
			From: from.Format(time.RFC3339), To: from.Add(time.Hour).Format(time.RFC3339), IsAllDay: rng.IntN(8) == 0,
			Involved: others(opt, rng, int(e.value)), PendingInvolved: others(opt, rng, rng.IntN(2)),
			CreateTime: time.UnixMicro(e.at).UTC().Format(time.RFC3339Nano),
		}
		if rng.IntN(6) == 0 {
			m.RecurrenceRule = "FREQ=WEEKLY;COUNT=8"
		}
		out = append(out, m)
	}
	return out
}

// others draws account ids of other people.
func others(opt Options, rng *rand.Rand, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = uid(opt.Seed, rng.IntN(opt.Users))
	}
	return out
}
