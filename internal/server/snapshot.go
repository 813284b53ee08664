package server

import (
	"bufio"
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/internal/server/jsonpull"
)

// snapshot has the features of known users as of one moment, as export writes them, so that a request may name a user instead of telling
// what it did. It does not change.
type snapshot struct {
	// at is each user's place in values, which has width values a user.
	at     map[string]int
	values []float32
	// unseen are the categories whose value training never saw, by the places of the few users who have such.
	unseen map[int][]int
	width  int
	secret []byte
}

// maxLine is the longest line of a snapshot, in bytes.
const maxLine = 1 << 20

// openSnapshot reads the file: one instance a line as POST /predict takes it, with the user's key as id and features, inflated where the
// name ends in .gz. Features that the model does not have are passed over.
func openSnapshot(path string, m *loaded, secret []byte) (*snapshot, error) {
	s := &snapshot{at: map[string]int{}, unseen: map[int][]int{}, width: len(m.features), secret: secret}
	if err := s.read(path, m); err != nil {
		return nil, fmt.Errorf("read the snapshot %s: %w", path, err)
	}
	return s, nil
}

func (s *snapshot) read(path string, m *loaded) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	r := io.Reader(file)
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(file); err != nil {
			return err
		}
	}
	d := newDecoder(m)
	d.lenient = true
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	n := 0
	for lines.Scan() {
		n++
		if err := d.decode(lines.Bytes(), 0, s.add); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("after line %d: %w", n, err)
	}
	if n == 0 {
		return errors.New("it has no users; write one with: export features -to jsonl")
	}
	return nil
}

// add takes in one line.
func (s *snapshot) add(in *instance) error {
	if in.id == nil || *in.id == "" {
		return errors.New(`it has no "id", the user's key`)
	}
	if _, twice := s.at[*in.id]; twice {
		return errors.New("this user stands in the file twice")
	}
	if len(in.unseen) > 0 {
		s.unseen[len(s.at)] = slices.Clone(in.unseen)
	}
	s.at[*in.id] = len(s.at)
	s.values = append(s.values, in.row...)
	return nil
}

// users is how many it has; no snapshot has none.
func (s *snapshot) users() int {
	if s == nil {
		return 0
	}
	return len(s.at)
}

// row is what the snapshot knows of a user, and which categories of it have a value that training never saw.
func (s *snapshot) row(user []byte) (row []float32, unseen []int, ok bool) {
	at, ok := s.at[s.key(user)]
	if !ok {
		return nil, nil, false
	}
	return s.values[at*s.width : (at+1)*s.width : (at+1)*s.width], s.unseen[at], true
}

// naming says how users are named.
func (s *snapshot) naming() string {
	if len(s.secret) == 0 {
		return "the name must be the user's key in the warehouse, 32 hexadecimal digits, as the server has no CALBACK_KEY"
	}
	return "the name must be the app's own id, as the server has CALBACK_KEY"
}

// key is the user's key in the warehouse: the first 16 bytes of HMAC-SHA-256(secret, id) as hex. Without a secret the request names it.
func (s *snapshot) key(user []byte) string {
	if len(s.secret) == 0 {
		return string(user)
	}
	mac := hmac.New(sha256.New, s.secret)
	mac.Write(user)
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// user looks the named user up in the snapshot.
func (d *decoder) user() error {
	if d.m.snapshot == nil {
		return problem(NoSnapshot, `start the server with a snapshot (-snapshot), or describe users by "features" or "events"`).
			under(d.at("user"))
	}
	kind, err := d.r.Kind()
	switch {
	case err != nil:
		return d.syntax(err)
	case kind != jsonpull.String:
		return problem(WrongType, "expected text, got %s", kind).under(d.at("user"))
	}
	name, err := d.r.Text()
	if err != nil {
		return d.syntax(err)
	}
	row, marks, ok := d.m.snapshot.row(name)
	if !ok {
		return problem(UnknownUser, "the snapshot of %d users does not have this one; %s", d.m.snapshot.users(), d.m.snapshot.naming()).
			under(d.at("user"))
	}
	d.cur.user, d.cur.marks = row, marks
	return nil
}

// bySnapshot is the draft of a user whom the snapshot has.
func (d *decoder) bySnapshot() instance {
	in := instance{id: d.cur.id, row: d.cur.user, unseen: d.cur.marks, missing: -len(d.cur.marks)}
	for _, v := range in.row {
		if v != v {
			in.missing++
		}
	}
	return in
}
