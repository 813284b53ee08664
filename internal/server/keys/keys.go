// Package keys admits requests by bearer keys, of which it knows hashes, scopes, rates and quotas, and never the keys themselves.
package keys

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Scope is what a key may be used for.
type Scope string

// The scopes. Any valid key may do what asks for none.
const (
	Any     Scope = ""
	Predict Scope = "predict"
	Explain Scope = "explain"
	Admin   Scope = "admin"
)

// The reasons for which a request is not admitted at all.
var (
	// ErrUnauthorized says that the request came without a key, or with one that is unknown or revoked.
	ErrUnauthorized = errors.New("no valid key")
	// ErrForbidden says that the key is valid and lacks the scope.
	ErrForbidden = errors.New("the key lacks the scope")
)

// LimitError says that a key has had what it may have, and when to come again.
type LimitError struct {
	// Quota is true for the users of the day, false for the requests of a second.
	Quota bool
	// Most is above 0 where the request alone is larger than the users of a day, so that it can never be admitted: that many they are.
	Most       int64
	RetryAfter time.Duration
}

// Error says which limit it is.
func (e *LimitError) Error() string {
	switch {
	case e.Most > 0:
		return fmt.Sprintf("the request has more users than the %d of a whole day", e.Most)
	case e.Quota:
		return fmt.Sprintf("the users of the day are used up, for %s more", e.RetryAfter)
	}
	return fmt.Sprintf("too many requests, for %s more", e.RetryAfter)
}

// Ring are the keys of a file. It is safe for concurrent use.
type Ring struct {
	path string
	now  func() time.Time
	mu   sync.RWMutex
	keys []*Key
}

// Key is one key of a ring. Its limits are its own: they outlive a reload of the ring.
type Key struct {
	entry
	hash [sha256.Size]byte
	// known keeps what the key has used, under its name.
	*known
	now func() time.Time
}

// known is what a key has used so far. A change of the limits begins it anew.
type known struct {
	limiter *rate.Limiter
	mu      sync.Mutex
	day     string
	users   int64
}

// Open reads the keys of a file.
func Open(path string, now func() time.Time) (*Ring, error) {
	r := &Ring{path: path, now: now}
	return r, r.Reload()
}

// Reload reads the file again. When that fails the keys stay as they were; what a key has used stays in any case, by its name.
func (r *Ring) Reload() error {
	apply, err := r.Prepare()
	if err == nil {
		apply()
	}
	return err
}

// Prepare reads the file again and changes nothing yet: apply makes its keys those of the ring.
func (r *Ring) Prepare() (apply func(), err error) {
	entries, err := read(r.path)
	if err != nil {
		return nil, err
	}
	return func() { r.take(entries) }, nil
}

// take makes the entries the keys of the ring.
func (r *Ring) take(entries []entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := make([]*Key, 0, len(entries))
	for _, e := range entries {
		k := &Key{entry: e, hash: e.sum(), now: r.now, known: &known{limiter: e.newLimiter()}}
		if i := slices.IndexFunc(r.keys, func(old *Key) bool { return old.entry.Name == e.Name }); i >= 0 {
			k.known = r.keys[i].known
			if !r.keys[i].sameRate(e) {
				k.limiter.SetLimitAt(r.now(), e.limit())
				k.limiter.SetBurstAt(r.now(), e.burst())
			}
		}
		next = append(next, k)
	}
	r.keys = next
}

const bearer = "Bearer "

// Admit finds the key of an Authorization header, holds it to the scope, and takes one request from its rate. The error is
// ErrUnauthorized, ErrForbidden or a *LimitError.
func (r *Ring) Admit(authorization string, scope Scope) (*Key, error) {
	if len(authorization) <= len(bearer) || !strings.EqualFold(authorization[:len(bearer)], bearer) {
		return nil, ErrUnauthorized
	}
	key := r.find(sha256.Sum256([]byte(authorization[len(bearer):])))
	switch {
	case key == nil || key.Revoked:
		return nil, ErrUnauthorized
	case scope != Any && !slices.Contains(key.Scopes, scope):
		return key, ErrForbidden
	}
	return key, key.take()
}

// find compares a hash with those of all keys, in a time that does not tell which of them it is like.
func (r *Ring) find(hash [sha256.Size]byte) (found *Key) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, k := range r.keys {
		if subtle.ConstantTimeCompare(k.hash[:], hash[:]) == 1 {
			found = k
		}
	}
	return found
}

// Name is what the file calls the key. It may be logged.
func (k *Key) Name() string { return k.entry.Name }

// take takes one request from the rate.
func (k *Key) take() error {
	// The clock is read under the lock: a limiter that sees time run backwards counts the same second twice. Nothing is reserved that might
	// have to be given back, since the limiter gives back less than it took where others have taken in between.
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if k.limiter.AllowN(now, 1) {
		return nil
	}
	wait := time.Second
	if limit := k.limiter.Limit(); limit > 0 && k.limiter.Burst() > 0 {
		wait = time.Duration((1 - k.limiter.TokensAt(now)) / float64(limit) * float64(time.Second))
	}
	return &LimitError{RetryAfter: max(wait, 0)}
}

// Left tells by a *LimitError that the quota of the day is used up. A nil key has no quota.
func (k *Key) Left() error {
	if k == nil || k.UsersPerDay == 0 {
		return nil
	}
	now := k.now().UTC()
	k.mu.Lock()
	defer k.mu.Unlock()
	if now.Format(time.DateOnly) != k.day || k.users < k.UsersPerDay {
		return nil
	}
	return &LimitError{Quota: true, RetryAfter: untilMidnight(now)}
}

func untilMidnight(now time.Time) time.Duration {
	return now.Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now)
}

// Spend takes users from the quota of the day, which begins at midnight UTC: all of them, or none and a *LimitError. A nil key has no
// quota.
func (k *Key) Spend(users int) error {
	if k == nil || k.UsersPerDay == 0 {
		return nil
	}
	if int64(users) > k.UsersPerDay {
		return &LimitError{Quota: true, Most: k.UsersPerDay}
	}
	now := k.now().UTC()
	k.mu.Lock()
	defer k.mu.Unlock()
	if day := now.Format(time.DateOnly); day != k.day {
		k.day, k.users = day, 0
	}
	if k.users+int64(users) > k.UsersPerDay {
		return &LimitError{Quota: true, RetryAfter: untilMidnight(now)}
	}
	k.users += int64(users)
	return nil
}
