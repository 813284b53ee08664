package firestore

import (
	"context"
	"errors"
	"fmt"
	"time"

	client "cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// splits cut the range of document ids into parts: ids that Firestore or Firebase Authentication make are random letters and
// digits, so their first character spreads them evenly. Ids of other kinds only make the parts uneven.
const splits = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// parts is how many there are.
const parts = len(splits) + 1

// part is a range of document ids, in the order of Firestore: from is inclusive, to exclusive, "" is open.
type part struct{ from, to string }

func partAt(i int) (p part) {
	if i > 0 {
		p.from = splits[i-1 : i]
	}
	if i < len(splits) {
		p.to = splits[i : i+1]
	}
	return p
}

// reader reads one collection page by page.
type reader struct {
	collection *client.CollectionRef
	// fields are asked for, and no other.
	fields []string
	page   int
	// at is the instant to read at, zero for the present.
	at time.Time
}

// query asks for the documents of a part that come after the id last, "" for the first page.
func (r *reader) query(p part, last string) client.Query {
	q := r.collection.Select(r.fields...).OrderBy(client.DocumentID, client.Asc).Limit(r.page)
	switch {
	case last != "":
		q = q.StartAfter(last)
	case p.from != "":
		q = q.StartAt(p.from)
	}
	if p.to != "" {
		q = q.EndBefore(p.to)
	}
	if !r.at.IsZero() {
		q = *q.WithReadOptions(client.ReadTime(r.at))
	}
	return q
}

// documents gives every document of the part once, in the order of their ids. What a page had given when it broke is not asked
// for again.
func (r *reader) documents(ctx context.Context, p part, take func(*client.DocumentSnapshot) error) error {
	last, fails := "", 0
	for {
		n, err := r.pageFrom(ctx, p, &last, take)
		switch {
		case err == nil && n < r.page:
			return nil
		case err == nil:
			fails = 0
			continue
		case n > 0:
			fails = 0
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if fails++; !transient(err) || fails > tries {
			return err
		}
		if err := pause(ctx, time.Duration(100<<fails)*time.Millisecond); err != nil {
			return err
		}
	}
}

// pageFrom reads one page and moves last on. Its n is how many documents it gave, also when it fails.
func (r *reader) pageFrom(ctx context.Context, p part, last *string, take func(*client.DocumentSnapshot) error) (n int, err error) {
	docs := r.query(p, *last).Documents(ctx)
	defer docs.Stop()
	for {
		doc, err := docs.Next()
		if errors.Is(err, iterator.Done) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if err := take(doc); err != nil {
			return n, err
		}
		*last = doc.Ref.ID
		n++
	}
}

// tries is how often a read is tried again that gave nothing.
const tries = 4

// transient errors are worth another try.
func transient(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.Internal, codes.DeadlineExceeded, codes.Aborted, codes.ResourceExhausted:
		return true
	}
	return false
}

// noReadTime errors say that the backend cannot read at that instant.
func noReadTime(err error) bool {
	switch status.Code(err) {
	case codes.Unimplemented, codes.InvalidArgument, codes.FailedPrecondition:
		return true
	}
	return false
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// serverTime asks Firestore's own clock, by reading a document that is not there.
func serverTime(ctx context.Context, collection *client.CollectionRef) (time.Time, error) {
	doc, err := collection.Doc("calback asks for the time").Get(ctx)
	if err != nil && status.Code(err) != codes.NotFound {
		return time.Time{}, fmt.Errorf("ask Firestore for the time: %w", err)
	}
	if doc == nil || doc.ReadTime.IsZero() {
		return time.Time{}, errors.New("ask Firestore for the time: it told none")
	}
	return doc.ReadTime.Truncate(time.Microsecond), nil
}
