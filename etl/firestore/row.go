package firestore

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// kind is what a row stands for.
type kind uint8

const (
	unknown kind = iota
	profile
	meeting
	// bad is a document that cannot be used; has is its reason.
	bad
)

var names = map[kind]string{profile: features.ProfileSnapshot, meeting: features.MeetingDocument}

// params are the parameters of the rows of a kind; a row's has tells by bit which of them it has.
var params = map[kind][]string{
	profile: {"blocked", "friends", "open_privacy", "requests_received", "requests_sent"},
	meeting: {"all_day", "duration_hours", "involved", "lead_days", "pending", "recurring"},
}

const maxParams = 6

// key is a user's key: the first 16 bytes of HMAC-SHA-256.
type key [16]byte

// row is a document as it leaves the border, in 80 bytes. Rows are equal when they say the same.
type row struct {
	key    key
	micros int64
	kind   kind
	has    uint8
	params [maxParams]float64
}

// compare is the canonical order of a day.
func (r row) compare(other row) int {
	return cmp.Or(
		bytes.Compare(r.key[:], other.key[:]), cmp.Compare(r.micros, other.micros), cmp.Compare(r.kind, other.kind),
		cmp.Compare(r.has, other.has), slices.Compare(r.params[:], other.params[:]),
	)
}

// sameThing is true for rows of one user, or of meetings of one owner created at one instant.
func (r row) sameThing(other row) bool {
	return r.key == other.key && r.micros == other.micros && r.kind == other.kind
}

// numbers is the row's parameters as the warehouse takes them.
func (r row) numbers() map[string]float64 {
	out := make(map[string]float64, maxParams)
	for i, name := range params[r.kind] {
		if r.has>>i&1 == 1 {
			out[name] = r.params[i]
		}
	}
	return out
}

// values is the row as a row of warehouse.Documents. A document was made by no device: those columns are NULL.
func (r row) values(dst []any, day string) []any {
	dst = append(dst[:0], day, hex.EncodeToString(r.key[:]), r.micros, names[r.kind])
	for range len(warehouse.Documents.Columns) - 5 {
		dst = append(dst, nil)
	}
	return append(dst, r.numbers())
}

// rowBytes is the length of an encoded row.
const rowBytes = 16 + 8 + 2 + 8*maxParams

func (r row) encode(dst []byte) []byte {
	dst = append(dst, r.key[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(r.micros))
	dst = append(dst, byte(r.kind), r.has)
	for _, x := range r.params {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(x))
	}
	return dst
}

func decode(b []byte) (r row) {
	copy(r.key[:], b)
	r.micros = int64(binary.LittleEndian.Uint64(b[16:]))
	r.kind, r.has = kind(b[24]), b[25]
	for i := range r.params {
		r.params[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[26+8*i:]))
	}
	return r
}

// keyer hashes ids, the same way as source.UserKey. It serves one goroutine.
type keyer struct {
	mac hash.Hash
	sum []byte
}

func newKeyer(secret []byte) *keyer { return &keyer{mac: hmac.New(sha256.New, secret)} }

func (k *keyer) key(parts ...string) (out key) {
	k.mac.Reset()
	for _, p := range parts {
		k.mac.Write([]byte(p))
	}
	k.sum = k.mac.Sum(k.sum[:0])
	copy(out[:], k.sum)
	return out
}
