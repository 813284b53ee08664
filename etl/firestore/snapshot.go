package firestore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	client "cloud.google.com/go/firestore"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// resumeWithin is how old a snapshot that was cut off may be to go on: Firestore reads the past of one hour.
const resumeWithin = 50 * time.Minute

// Snapshot reads both collections of a Firestore database, all as of one instant where the backend can, and loads them as the
// state of that instant. Each document is one billed read.
//
// The collections are read in parts, fixed ranges of document ids, page by page. A part that was read to its end is kept in the
// folder opt.State as keys and numbers; a run that was cut off goes on with the first part that is not there, at the same
// instant. On disk that is 74 bytes a document. In memory are a page, and of the days that are written together 80 bytes a
// document: at most 2^19 documents, or one day.
func Snapshot(ctx context.Context, wh *warehouse.Warehouse, opt Options) (result Result, err error) {
	l, err := newLoad(ctx, wh, opt)
	if err != nil {
		return Result{}, err
	}
	if l.Project == "" || l.State == "" {
		return Result{}, errors.New("snapshot of Firestore: want the project that the database is in, and a state folder")
	}
	database := l.Database
	if database == "" {
		database = client.DefaultDatabaseID
	}
	c, err := client.NewClientWithDatabase(ctx, l.Project, database, l.Client...)
	if err != nil {
		return Result{}, fmt.Errorf("open Firestore: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	sp, err := openSpool(l.State)
	if err != nil {
		return Result{}, err
	}
	s := &shooting{load: l, client: c, spool: sp, converter: newConverter(l.Options, l.loc)}
	return s.run(ctx)
}

// shooting is one snapshot being taken.
type shooting struct {
	*load
	client    *client.Client
	spool     spool
	note      note
	converter *converter
}

func (s *shooting) run(ctx context.Context) (Result, error) {
	if err := s.read(ctx); err != nil {
		return s.result, fmt.Errorf("snapshot of Firestore: %w", err)
	}
	at := s.note.ReadTime
	if at == 0 {
		// The documents may tell what happened until the last of them was read.
		now, err := s.clock(ctx)
		if err != nil {
			return s.result, err
		}
		at = now.UnixMicro()
	}
	s.result.Consistent = s.note.ReadTime != 0
	s.place(at)
	if err := s.tally(); err != nil {
		return s.result, err
	}
	if err := s.write(ctx, s.rows); err != nil {
		return s.result, err
	}
	return s.result, s.spool.clear()
}

func (s *shooting) clock(ctx context.Context) (time.Time, error) {
	return serverTime(ctx, s.client.Collection(s.Users))
}

// read fills the spool: going on with what is there where that can be, else at the present instant, else, where the backend
// cannot read at an instant, as the documents are when their turn comes.
func (s *shooting) read(ctx context.Context) error {
	now, err := s.clock(ctx)
	if err != nil {
		return err
	}
	settings := runID(s.settings(), s.Project, s.Database)
	old, err := s.spool.note()
	if err != nil {
		return err
	}
	if old != nil && old.Settings == settings && (old.ReadTime == 0 || now.Sub(time.UnixMicro(old.ReadTime)) < resumeWithin) {
		s.note = *old
		if err := s.parts(ctx); old.ReadTime == 0 || !noReadTime(err) {
			return err
		}
		s.result.Resumed = 0
	}
	if err := s.begin(ctx, note{settings, now.UnixMicro()}); !noReadTime(err) {
		return err
	}
	s.warn("this Firestore cannot read as of one instant: documents that change while they are read may not fit together")
	return s.begin(ctx, note{settings, 0})
}

func (s *shooting) begin(ctx context.Context, n note) error {
	s.note = n
	if err := s.spool.begin(n); err != nil {
		return err
	}
	return s.parts(ctx)
}

// group is one of the two collections.
type group struct {
	name, collection string
	fields           []string
	convert          func(document) (row, reason)
}

func (s *shooting) groups() []group {
	users := append([]string(nil), profileFields...)
	if s.Account != "" {
		users = append(users, s.Account)
	}
	meetings := append([]string{s.Owner}, meetingFields...)
	return []group{
		{"users", s.Users, users, s.converter.profile},
		{"meetings", s.Meetings, meetings, s.converter.meeting},
	}
}

// parts reads the parts that are not in the spool.
func (s *shooting) parts(ctx context.Context) error {
	done := 0
	for _, g := range s.groups() {
		for i := range parts {
			name := partName(g.name, i)
			if s.spool.has(name) {
				s.result.Resumed++
			} else if err := s.part(ctx, g, i, name); err != nil {
				return fmt.Errorf("read %s: %w", g.collection, err)
			}
			done++
			s.progress("read", done, 2*parts)
		}
	}
	return nil
}

func (s *shooting) part(ctx context.Context, g group, i int, name string) error {
	r := &reader{collection: s.client.Collection(g.collection), fields: g.fields, page: s.PageSize}
	if s.note.ReadTime != 0 {
		r.at = time.UnixMicro(s.note.ReadTime)
	}
	var buf []byte
	return s.spool.write(name, func(w io.Writer) error {
		return r.documents(ctx, partAt(i), func(doc *client.DocumentSnapshot) error {
			buf = s.row(g, doc).encode(buf[:0])
			_, err := w.Write(buf)
			return err
		})
	})
}

func (s *shooting) row(g group, doc *client.DocumentSnapshot) row {
	data := doc.Data()
	r, why := g.convert(document{
		id: doc.Ref.ID, created: doc.CreateTime.UnixMicro(), field: func(name string) any { return native(data[name]) },
	})
	if why != fine {
		return row{kind: bad, has: uint8(why)}
	}
	return r
}

// tally counts what the spool holds, and notes the bad documents with their place in the order of ids.
func (s *shooting) tally() error {
	for _, g := range s.groups() {
		var place int64
		err := s.group(g, func(r row) error {
			place++
			if r.kind == bad {
				s.bad = append(s.bad, warehouse.QuarantineRow{Source: g.collection, Line: place, Reason: reason(r.has).String()})
			}
			return nil
		})
		if err != nil {
			return err
		}
		if g.name == "users" {
			s.result.Users = place
		} else {
			s.result.Meetings = place
		}
	}
	return nil
}

// rows gives the usable rows of the spool.
func (s *shooting) rows(take func(row) error) error {
	for _, g := range s.groups() {
		err := s.group(g, func(r row) error {
			if r.kind == bad {
				return nil
			}
			return take(r)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *shooting) group(g group, take func(row) error) error {
	for i := range parts {
		if err := s.spool.rows(partName(g.name, i), take); err != nil {
			return err
		}
	}
	return nil
}
