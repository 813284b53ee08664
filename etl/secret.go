package etl

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Secret reads the secret for user ids from a file; where there is none it makes one of 32 random bytes that only its owner may
// read, and reports that it did. Whoever has the secret can tell which user a key belongs to; destroying it makes all keys
// anonymous.
func Secret(path string) (secret []byte, made bool, err error) {
	text, err := os.ReadFile(path)
	if err == nil {
		return []byte(strings.TrimSpace(string(text))), false, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, false, fmt.Errorf("read key file: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, false, fmt.Errorf("make folder of key file: %w", err)
	}
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return nil, false, fmt.Errorf("make key: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, false, fmt.Errorf("make key file: %w", err)
	}
	secret = []byte(hex.EncodeToString(random))
	_, err = f.Write(append(secret, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, false, fmt.Errorf("write key file: %w", err)
	}
	return secret[:64], true, nil
}
