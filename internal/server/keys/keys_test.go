package keys

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock tells what time the test says.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// minted makes a key whose random bytes are all b, with further lines for its item.
func minted(t testing.TB, b byte, name string, scopes []Scope, more ...string) (secret, item string) {
	t.Helper()
	secret, item, err := Mint(bytes.NewReader(bytes.Repeat([]byte{b}, 32)), name, scopes)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range more {
		item += "    " + line + "\n"
	}
	return secret, item
}

// ring opens a file of the items.
func ring(t testing.TB, c *clock, items ...string) *Ring {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.yaml")
	write(t, path, items...)
	r, err := Open(path, c.Now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func write(t testing.TB, path string, items ...string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("keys:\n"+strings.Join(items, "")), 0o600); err != nil {
		t.Fatal(err)
	}
}

func noon() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func TestAdmit(t *testing.T) {
	backend, a := minted(t, 1, "backend", []Scope{Predict, Explain})
	ops, b := minted(t, 2, "ops", []Scope{Admin})
	gone, c := minted(t, 3, "gone", []Scope{Predict}, "revoked: true")
	r := ring(t, noon(), a, b, c)
	for _, test := range []struct {
		header string
		scope  Scope
		want   error
	}{
		{"Bearer " + backend, Predict, nil},
		{"bearer " + backend, Explain, nil},
		{"Bearer " + backend, Any, nil},
		{"Bearer " + backend, Admin, ErrForbidden},
		{"Bearer " + ops, Admin, nil},
		{"Bearer " + ops, Predict, ErrForbidden},
		{"Bearer " + gone, Predict, ErrUnauthorized},
		{"Bearer " + backend + "x", Predict, ErrUnauthorized},
		{"Bearer  " + backend, Predict, ErrUnauthorized},
		{"Basic " + backend, Predict, ErrUnauthorized},
		{backend, Predict, ErrUnauthorized},
		{"Bearer ", Predict, ErrUnauthorized},
		{"", Any, ErrUnauthorized},
	} {
		key, err := r.Admit(test.header, test.scope)
		if !errors.Is(err, test.want) || err == nil && key.Name() == "" {
			t.Errorf("%q for %q: %v, want %v", test.header, test.scope, err, test.want)
		}
	}
}

func TestRate(t *testing.T) {
	c := noon()
	secret, item := minted(t, 1, "backend", []Scope{Predict}, "per_second: 2", "burst: 3")
	r := ring(t, c, item)
	admitted := func() int {
		n := 0
		for range 10 {
			if _, err := r.Admit("Bearer "+secret, Predict); err == nil {
				n++
			}
		}
		return n
	}
	if n := admitted(); n != 3 {
		t.Errorf("%d admitted at once, want the burst of 3", n)
	}
	_, err := r.Admit("Bearer "+secret, Predict)
	var limit *LimitError
	if !errors.As(err, &limit) || limit.Quota || limit.RetryAfter != 500*time.Millisecond {
		t.Errorf("got %v, want to come again in half a second", err)
	}
	c.add(time.Second)
	if n := admitted(); n != 2 {
		t.Errorf("%d admitted a second later, want 2", n)
	}
	if err := r.Reload(); err != nil || admitted() != 0 {
		t.Errorf("a reload gave the key new requests (%v)", err)
	}
}

func TestQuota(t *testing.T) {
	c := noon()
	secret, item := minted(t, 1, "backend", []Scope{Predict}, "users_per_day: 100")
	r := ring(t, c, item)
	spend := func(users int) error {
		key, err := r.Admit("Bearer "+secret, Predict)
		if err != nil {
			t.Fatal(err)
		}
		return key.Spend(users)
	}
	var limit *LimitError
	if err := spend(90); err != nil {
		t.Error(err)
	}
	if err := spend(11); !errors.As(err, &limit) || !limit.Quota || limit.RetryAfter != 12*time.Hour {
		t.Errorf("101 users of 100: %v", err)
	}
	if err := spend(101); !errors.As(err, &limit) || limit.Most != 100 || limit.RetryAfter != 0 {
		t.Errorf("101 users at once of 100 a day: %v", err)
	}
	if err := r.Reload(); err != nil {
		t.Fatal(err)
	}
	if err := spend(11); err == nil {
		t.Error("a reload gave the key new users")
	}
	if err := spend(10); err != nil {
		t.Errorf("the last 10 of the day: %v", err)
	}
	c.add(12 * time.Hour)
	if err := spend(100); err != nil {
		t.Errorf("the next day: %v", err)
	}
	var none *Key
	if err := none.Spend(1 << 40); err != nil {
		t.Errorf("no key: %v", err)
	}
}

func TestReload(t *testing.T) {
	c := noon()
	old, a := minted(t, 1, "old", []Scope{Predict}, "per_second: 1")
	fresh, b := minted(t, 2, "fresh", []Scope{Predict})
	r := ring(t, c, a)
	write(t, r.path, a, "  - name: broken\n")
	if err := r.Reload(); err == nil {
		t.Error("a broken file was taken")
	}
	if _, err := r.Admit("Bearer "+old, Predict); err != nil {
		t.Errorf("after a failed reload: %v", err)
	}
	write(t, r.path, strings.Replace(a, "per_second: 1", "per_second: 50", 1), b)
	if err := r.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Admit("Bearer "+fresh, Predict); err != nil {
		t.Errorf("the new key: %v", err)
	}
	c.add(time.Second)
	for range 50 {
		if _, err := r.Admit("Bearer "+old, Predict); err != nil {
			t.Fatalf("the new rate: %v", err)
		}
	}
	write(t, r.path, b)
	if err := r.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Admit("Bearer "+old, Predict); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("a key that was taken out: %v", err)
	}
}

// Each file is refused with the place and the remedy, and no message holds what may be a secret.
func TestFilesThatAreRefused(t *testing.T) {
	secret, good := minted(t, 1, "backend", []Scope{Predict})
	_, other := minted(t, 2, "other", []Scope{Predict})
	for name, c := range map[string]struct{ items, want string }{
		"nothing":            {"", "has none"},
		"no list":            {"  a: b\n", "not a list"},
		"unknown field":      {good + "    secret: " + secret + "\n", "not a list"},
		"a secret as hash":   {"  - name: x\n    sha256: " + secret + "\n    scopes: [predict]\n", "keys[0]: sha256 holds a key itself"},
		"short hash":         {"  - name: x\n    sha256: abcd\n    scopes: [predict]\n", "64 hexadecimal digits"},
		"no scopes":          {strings.Replace(good, "[predict]", "[]", 1), "scopes: name at least one"},
		"unknown scope":      {strings.Replace(good, "[predict]", "[root]", 1), "they are predict, explain and admin"},
		"bad name":           {strings.Replace(good, "backend", `"a b"`, 1), "name: use up to 64"},
		"name twice":         {good + strings.Replace(other, "other", "backend", 1), "keys[1]: name: backend is taken"},
		"hash twice":         {good + strings.Replace(good, "backend", "again", 1), "keys[1]: sha256: it is that of backend"},
		"negative rate":      {good + "    per_second: -1\n", "at least 0"},
		"no number":          {good + "    per_second: .nan\n", "at least 0"},
		"burst without rate": {good + "    burst: 5\n", "burst: it belongs to per_second"},
	} {
		path := filepath.Join(t.TempDir(), "keys.yaml")
		write(t, path, c.items)
		_, err := Open(path, noon().Now)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.yaml"), noon().Now); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestMint(t *testing.T) {
	secret, item := minted(t, 7, "backend", []Scope{Predict, Explain})
	// The SHA-256 is that of coreutils' sha256sum of the secret.
	want := "  - name: backend\n    sha256: " + "%s" + "\n    scopes: [predict, explain]\n"
	if !strings.HasPrefix(secret, "cb_Bwc") || len(secret) != 46 || strings.Contains(item, secret) {
		t.Errorf("secret %s, item %s", secret, item)
	}
	e := strings.Fields(item)
	if fmt.Sprintf(want, e[4]) != item {
		t.Errorf("item %q", item)
	}
	if _, _, err := Mint(bytes.NewReader(nil), "x", []Scope{Predict}); err == nil {
		t.Error("made without random bytes")
	}
	if _, _, err := Mint(bytes.NewReader(make([]byte, 32)), "x", nil); err == nil {
		t.Error("made without a scope")
	}
}

func TestManyAtOnce(t *testing.T) {
	secret, item := minted(t, 1, "backend", []Scope{Predict}, "users_per_day: 1000", "per_second: 1000000")
	r := ring(t, noon(), item)
	var all sync.WaitGroup
	var mu sync.Mutex
	spent := 0
	for range 8 {
		all.Go(func() {
			for range 200 {
				key, err := r.Admit("Bearer "+secret, Predict)
				if err == nil && key.Spend(1) == nil {
					mu.Lock()
					spent++
					mu.Unlock()
				}
				if err := r.Reload(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if spent != 1000 {
		t.Errorf("%d users spent, the quota is 1000", spent)
	}
}

func BenchmarkAdmit(b *testing.B) {
	var items []string
	secret := ""
	for i := range byte(20) {
		s, item := minted(b, i, fmt.Sprintf("key%d", i), []Scope{Predict}, "per_second: 1000000000")
		secret, items = s, append(items, item)
	}
	r := ring(b, noon(), items...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Admit("Bearer "+secret, Predict); err != nil {
			b.Fatal(err)
		}
	}
}
