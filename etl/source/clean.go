package source

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// CleanText is what of a text value may pass the border: control characters become spaces, at most 100 characters are kept, and text
// that looks like it holds an e-mail address or a phone number is left out, which blanked tells.
func CleanText(s string) (text string, blanked bool) {
	c := cleanText(s)
	return c.text, c.blanked
}

// UserKey is the key of a raw id under the secret: the first 16 bytes of HMAC-SHA-256(secret, id) as 32 hexadecimal digits.
func UserKey(secret []byte, id string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(id))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// Pads are the inner and the outer pad of HMAC-SHA-256 (RFC 2104) under the secret, 64 bytes each, with which SQL makes the same keys:
// SHA256(outer || SHA256(inner || id)).
func Pads(secret []byte) (inner, outer []byte) {
	block := make([]byte, sha256.BlockSize)
	if len(secret) > sha256.BlockSize {
		sum := sha256.Sum256(secret)
		copy(block, sum[:])
	} else {
		copy(block, secret)
	}
	inner, outer = make([]byte, len(block)), make([]byte, len(block))
	for i, b := range block {
		inner[i], outer[i] = b^0x36, b^0x5c
	}
	return inner, outer
}

// PersonalPatterns are the patterns, in RE2 syntax, of text that looks like an e-mail address, and of text with at least 8 digits that
// looks like a phone number, for SQL that blanks what CleanText blanks.
func PersonalPatterns() (emailPattern, phonePattern string) { return email.String(), phone.String() }
