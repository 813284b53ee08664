package source_test

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/etl/source"
)

func TestCleanText(t *testing.T) {
	for _, c := range []struct {
		raw, want string
		blanked   bool
	}{
		{"  두 번째\t캠페인 ", "두 번째 캠페인", false},
		{"mail kim@example.com now", "", true},
		{"kim%40example.com", "", true},
		{"call 010-1234-5678", "", true},
		{"spring_2026-03-01", "spring_2026-03-01", false},
		{strings.Repeat("가", 120), strings.Repeat("가", 100), false},
	} {
		if got, blanked := source.CleanText(c.raw); got != c.want || blanked != c.blanked {
			t.Errorf("CleanText(%q) = %q, %v; want %q, %v", c.raw, got, blanked, c.want, c.blanked)
		}
	}
}

// TestPadsMakeTheSameKeys computes HMAC-SHA-256 as SQL does, by RFC 2104's definition.
func TestPadsMakeTheSameKeys(t *testing.T) {
	for _, secret := range []string{"0123456789abcdef", strings.Repeat("k", 64), strings.Repeat("long", 40)} {
		inner, outer := source.Pads([]byte(secret))
		for _, id := range []string{"", "uid-1", "사용자"} {
			first := sha256.Sum256(slices.Concat(inner, []byte(id)))
			second := sha256.Sum256(slices.Concat(outer, first[:]))
			if got, want := hex.EncodeToString(second[:16]), source.UserKey([]byte(secret), id); got != want {
				t.Errorf("secret of %d bytes, id %q: %s by the pads, %s by HMAC", len(secret), id, got, want)
			}
		}
	}
}
