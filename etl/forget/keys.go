package forget

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/Koalajuni/Calback-Data-ML/etl/source"
)

// maxIDs bounds what is read, so that a wrong file is not taken for a list of people.
const maxIDs = 1_000_000

// ReadKeys reads raw user ids, one a line (user_pseudo_id of an install, or the id of an account), and hashes them with the secret that
// the events were loaded with. Blank lines are skipped. With hashed the lines are keys already. An error names the line, never what it
// says.
func ReadKeys(r io.Reader, secret []byte, hashed bool) ([]string, error) {
	key := source.UserKeys(secret)
	var out []string
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		id := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		switch {
		case id == "":
			continue
		case hashed && !IsKey(id):
			return nil, fmt.Errorf("users, line %d: not a key of 32 lower-case hexadecimal digits", n)
		case len(out) == maxIDs:
			return nil, fmt.Errorf("users, line %d: more than %d ids", n, maxIDs)
		case !hashed:
			id = key(id)
		}
		out = append(out, id)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the users to forget: %w", err)
	}
	return out, nil
}
