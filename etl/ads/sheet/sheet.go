// Package sheet reads the text files that spreadsheets and ad consoles save: packed or not, in UTF-8 or UTF-16, with a byte order
// mark, with cells separated by commas, semicolons or tabs, and with headings spelt in several ways.
package sheet

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/Koalajuni/Calback-Data-ML/etl/source"
)

// Largest bounds the unpacked text of a file, in bytes. Files are read whole, because how one row is written may show in another.
const Largest = 1 << 30

// Read reads a whole file as UTF-8 text without a mark, unpacking it when its name ends in .gz.
func Read(path string) (data []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open input: %w", err)
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf("unpack: %w", err)
		}
	}
	if data, err = io.ReadAll(io.LimitReader(in, Largest+1)); err != nil {
		return nil, err
	}
	if len(data) > Largest {
		return nil, fmt.Errorf("the file is larger than %d MiB; export less at once", Largest>>20)
	}
	return Decode(data)
}

// Decode gives UTF-8 without its mark, from UTF-8 or from the UTF-16 in which spreadsheets save text. Other encodings are
// refused: read as something else they would be wrong names, not errors.
func Decode(data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		data = fromUTF16(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		data = fromUTF16(data[2:], binary.BigEndian)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return nil, errors.New("the text is not UTF-8; save the file as CSV UTF-8 (a Korean spreadsheet saves CP949 unless told so)")
	}
	return data, nil
}

func fromUTF16(data []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

// Open reads CSV text by the separator that gives the most headings that known counts, a comma where none gives any. A first line
// such as sep=; names the separator itself; skipped is 1 then, for line numbers, else 0.
func Open(text string, known func(header []string) int) (in *csv.Reader, skipped int) {
	if first, rest, ok := strings.Cut(text, "\n"); ok {
		first = strings.TrimRight(first, "\r")
		if len(first) == len("sep=;") && strings.HasPrefix(strings.ToLower(first), "sep=") && strings.Contains(",;\t", first[4:]) {
			return reader(rest, rune(first[4])), 1
		}
	}
	best, separator := 0, ','
	for _, sep := range []rune{',', ';', '\t'} {
		header, err := reader(text, sep).Read()
		if err != nil {
			continue
		}
		if n := known(header); n > best {
			best, separator = n, sep
		}
	}
	return reader(text, separator), 0
}

func reader(text string, separator rune) *csv.Reader {
	in := csv.NewReader(strings.NewReader(text))
	in.Comma = separator
	return in
}

// Blank is whether no cell of a record says anything.
func Blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// Squash makes headings comparable: lower case, without spaces, underscores and what is not seen, with plain round brackets.
func Squash(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '_':
			return -1
		case r == '（' || r == '[':
			return '('
		case r == '）' || r == ']':
			return ')'
		}
		return unicode.ToLower(r)
	}, s)
}

// mostListed is how many headings a message shows.
const mostListed = 30

// List shows headings in a message. What looks like personal data, as where a file has no heading line, is left out.
func List(header []string) string {
	var shown []string
	for _, h := range header[:min(len(header), mostListed)] {
		h, blanked := source.CleanText(h)
		if blanked {
			h = "(withheld)"
		}
		shown = append(shown, fmt.Sprintf("%q", h))
	}
	if len(header) > mostListed {
		shown = append(shown, fmt.Sprintf("and %d more", len(header)-mostListed))
	}
	return strings.Join(shown, ", ")
}
