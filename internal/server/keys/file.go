package keys

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"golang.org/x/time/rate"
)

// entry is one key as the file has it.
type entry struct {
	Name   string  `yaml:"name"`
	SHA256 string  `yaml:"sha256"`
	Scopes []Scope `yaml:"scopes"`
	// PerSecond is the number of requests a second, 0 for no limit; Burst is how many may come at once, by default as many as in a second.
	PerSecond float64 `yaml:"per_second,omitempty"`
	Burst     int     `yaml:"burst,omitempty"`
	// UsersPerDay is how many users may be scored a day (UTC), 0 for no limit.
	UsersPerDay int64 `yaml:"users_per_day,omitempty"`
	Revoked     bool  `yaml:"revoked,omitempty"`
}

// prefix begins every secret, so that one that has leaked can be searched for.
const prefix = "cb_"

var names = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// read reads and checks a file of keys.
func read(path string) ([]entry, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	var file struct {
		Keys []entry `yaml:"keys"`
	}
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		// The parser's own message repeats lines of the file, and one of them may hold a secret.
		return nil, fmt.Errorf("read the keys: %s is not a list \"keys\" of items with name, sha256, scopes, per_second, burst, users_per_day, revoked", path)
	}
	if len(file.Keys) == 0 {
		return nil, fmt.Errorf("read the keys: %s has none; make one with: serve -new-key NAME", path)
	}
	for i, e := range file.Keys {
		if err := e.check(file.Keys[:i]); err != nil {
			return nil, fmt.Errorf("read the keys: %s, keys[%d]: %w", path, i, err)
		}
	}
	return file.Keys, nil
}

// check holds an entry to what it must be, beside those before it. No message repeats what may be a secret.
func (e entry) check(before []entry) error {
	hash, err := hex.DecodeString(e.SHA256)
	switch {
	case !names.MatchString(e.Name):
		return errors.New("name: use up to 64 letters, digits, dots, dashes and underscores, a letter or digit first")
	case strings.HasPrefix(e.SHA256, prefix):
		return errors.New("sha256 holds a key itself (not repeated here): take it out, revoke it, and put its SHA-256 there")
	case err != nil || len(hash) != sha256.Size:
		return errors.New("sha256: it must have 64 hexadecimal digits")
	case len(e.Scopes) == 0:
		return errors.New("scopes: name at least one of predict, explain, admin")
	case !(e.PerSecond >= 0) || math.IsInf(e.PerSecond, 0) || e.Burst < 0 || e.UsersPerDay < 0:
		return errors.New("per_second, burst and users_per_day: they must be at least 0; leave them out for no limit")
	case e.Burst > 0 && e.PerSecond == 0:
		return errors.New("burst: it belongs to per_second, which is missing")
	}
	for _, s := range e.Scopes {
		if s != Predict && s != Explain && s != Admin {
			return errors.New("scopes: they are predict, explain and admin")
		}
	}
	for _, other := range before {
		if other.Name == e.Name {
			return fmt.Errorf("name: %s is taken by a key before it", e.Name)
		}
		if strings.EqualFold(other.SHA256, e.SHA256) {
			return fmt.Errorf("sha256: it is that of %s; every key has its own", other.Name)
		}
	}
	return nil
}

func (e entry) sum() (hash [sha256.Size]byte) {
	// check has seen that it decodes.
	raw, _ := hex.DecodeString(e.SHA256)
	copy(hash[:], raw)
	return hash
}

// limit and burst are the rate as a token bucket has it.
func (e entry) limit() rate.Limit {
	if e.PerSecond == 0 {
		return rate.Inf
	}
	return rate.Limit(e.PerSecond)
}

func (e entry) burst() int {
	if e.Burst > 0 {
		return e.Burst
	}
	return max(1, int(math.Ceil(e.PerSecond)))
}

func (e entry) newLimiter() *rate.Limiter { return rate.NewLimiter(e.limit(), e.burst()) }

func (e entry) sameRate(other entry) bool {
	return e.limit() == other.limit() && e.burst() == other.burst()
}

// Mint makes a new key of 32 random bytes: the secret, which is shown once and stored nowhere, and its item for the file.
func Mint(random io.Reader, name string, scopes []Scope) (secret, item string, err error) {
	var raw [32]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", "", fmt.Errorf("make a key: %w", err)
	}
	secret = prefix + base64.RawURLEncoding.EncodeToString(raw[:])
	hash := sha256.Sum256([]byte(secret))
	e := entry{Name: name, SHA256: hex.EncodeToString(hash[:]), Scopes: slices.Clone(scopes)}
	if err := e.check(nil); err != nil {
		return "", "", fmt.Errorf("make a key: %w", err)
	}
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	item = fmt.Sprintf("  - name: %s\n    sha256: %s\n    scopes: [%s]\n", e.Name, e.SHA256, strings.Join(words, ", "))
	return secret, item, nil
}
