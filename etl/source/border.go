package source

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/Koalajuni/Calback-Data-ML/features"
)

// maxRunes is the length at which text is cut: the length at which the GA4 export cuts it too.
const maxRunes = 100

// cacheSize bounds each cache of a border. A full cache starts anew.
const cacheSize = 1 << 16

// border turns raw values into what may pass. It serves one goroutine.
type border struct {
	mac      hash.Hash
	users    map[string]string
	texts    map[string]clean
	rules    features.Channels
	channels map[[3]string]string
	counts   Counts
}

type clean struct {
	text         string
	blanked, cut bool
}

func newBorder(secret []byte) *border { return newBorderWith(secret, features.Channels{}) }

// newBorderWith puts the team's links in front of the channel rules.
func newBorderWith(secret []byte, rules features.Channels) *border {
	return &border{
		rules: rules, mac: hmac.New(sha256.New, secret), users: map[string]string{}, texts: map[string]clean{}, channels: map[[3]string]string{},
	}
}

// user is the key of a raw id: the first 16 bytes of HMAC-SHA-256(secret, id) as hex.
func (b *border) user(id []byte) string {
	if key, ok := b.users[string(id)]; ok {
		return key
	}
	b.mac.Reset()
	b.mac.Write(id)
	key := hex.EncodeToString(b.mac.Sum(nil)[:16])
	if len(b.users) >= cacheSize {
		clear(b.users)
	}
	b.users[string(id)] = key
	return key
}

// KeyCheck tells secrets apart without telling anything of them: 8 bytes of a digest under the secret.
func KeyCheck(secret []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("calback key check"))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// text is what of a text value may pass.
func (b *border) text(raw []byte) string {
	if len(raw) == 0 {
		return ""
	}
	c, ok := b.texts[string(raw)]
	if !ok {
		s := string(raw)
		c = cleanText(s)
		if len(b.texts) >= cacheSize {
			clear(b.texts)
		}
		b.texts[s] = c
	}
	if c.blanked {
		b.counts.Blanked++
	}
	if c.cut {
		b.counts.Cut++
	}
	return c.text
}

func (b *border) channel(source, medium, campaign string) string {
	k := [3]string{source, medium, campaign}
	c, ok := b.channels[k]
	if !ok {
		c = b.rules.Of(source, medium, campaign)
		if len(b.channels) >= cacheSize {
			clear(b.channels)
		}
		b.channels[k] = c
	}
	return c
}

func cleanText(s string) clean {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.TrimSpace(s)
	if looksPersonal(s) {
		return clean{blanked: true}
	}
	if utf8.RuneCountInString(s) <= maxRunes {
		return clean{text: s}
	}
	return clean{text: strings.TrimSpace(string([]rune(s)[:maxRunes])), cut: true}
}

var (
	email = regexp.MustCompile(`[^\s@]@[^\s@]+\.[^\s@.]`)
	// International numbers, Korean ones with their leading 0, and North American ones with separators.
	phone = regexp.MustCompile(`(?:^|[^\d.])(?:\+\d[\d\-. ()]{6,}\d|\(?0\d{1,2}\)?[-. ]?\d{3,4}[-. ]?\d{4}|\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4})(?:$|[^\d.])`)
)

// looksPersonal reports whether the text looks like it holds an e-mail address or a phone number, also percent-encoded.
func looksPersonal(s string) bool {
	digits := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			digits++
		}
	}
	if strings.Contains(s, "%40") {
		s = strings.ReplaceAll(s, "%40", "@")
	}
	return strings.Contains(s, "@") && email.MatchString(s) || digits >= 8 && phone.MatchString(s)
}

// pathOf is the path of a page address: no scheme, host, query or fragment, any of which may carry ids.
func pathOf(address string) string {
	if i := strings.IndexAny(address, "?#"); i >= 0 {
		address = address[:i]
	}
	if i := strings.Index(address, "://"); i >= 0 {
		address = address[i+3:]
		if i := strings.IndexByte(address, '/'); i >= 0 {
			return address[i:]
		}
		return "/"
	}
	return address
}

// channelDigest tells channel rules apart: days read under other rules are read again.
func channelDigest(c features.Channels) string {
	sum := sha256.Sum256([]byte(c.SQL(features.DuckDB{}, "s", "m", "c")))
	return hex.EncodeToString(sum[:8])
}
