package sheet_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/etl/ads/sheet"
)

func TestDecode(t *testing.T) {
	const want = "일,지출\n"
	little, big := []byte("\xff\xfe"), []byte("\xfe\xff")
	for _, unit := range utf16.Encode([]rune(want)) {
		little, big = append(little, byte(unit), byte(unit>>8)), append(big, byte(unit>>8), byte(unit))
	}
	for name, data := range map[string][]byte{
		"plain": []byte(want), "marked": []byte("\ufeff" + want), "UTF-16 little": little, "UTF-16 big": big,
	} {
		got, err := sheet.Decode(data)
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := sheet.Decode([]byte("\xc0\xcf")); err == nil || !strings.Contains(err.Error(), "CSV UTF-8") {
		t.Errorf("CP949: %v, want a remedy", err)
	}
}

func TestReadUnpacks(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte("a,b\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"good.csv.gz": packed.Bytes(), "bad.csv.gz": []byte("a,b\n"), "cut.csv.gz": packed.Bytes()[:packed.Len()-6],
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := sheet.Read(path)
		if good := name == "good.csv.gz"; good != (err == nil) || good && string(got) != "a,b\n" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := sheet.Read(filepath.Join(dir, "none.csv")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestOpenFindsTheSeparator(t *testing.T) {
	known := func(header []string) (n int) {
		for _, h := range header {
			if h == "a" || h == "b" {
				n++
			}
		}
		return n
	}
	for text, want := range map[string][]string{
		"a,b\n":              {"a", "b"},
		"a;b,c\n":            {"a", "b,c"},
		"x,y,z;a\tb\n":       {"x,y,z;a", "b"},
		"\"a\";\"b\"\r\n":    {"a", "b"},
		"sep=;\r\na,b;b\r\n": {"a,b", "b"},
		"sep=\t\nq\tr\n":     {"q", "r"},
		"no,headings\n":      {"no", "headings"},
		"sep=x\n":            {"sep=x"},
	} {
		in, skipped := sheet.Open(text, known)
		got, err := in.Read()
		if diff := cmp.Diff(want, got); err != nil || diff != "" || (skipped == 1) != (strings.HasPrefix(text, "sep=") && text[4] != 'x') {
			t.Errorf("%q: skipped %d, %v\n%s", text, skipped, err, diff)
		}
		if _, err := in.Read(); !errors.Is(err, io.EOF) {
			t.Errorf("%q: %v after the headings, want the end", text, err)
		}
	}
}

func TestSquash(t *testing.T) {
	for heading, want := range map[string]string{
		" Ad Set\u00a0Name ": "adsetname", "utm_source": "utmsource", "지출 금액（KRW）": "지출금액(krw)",
		"\ufeffDay": "day", "Spend [USD]": "spend(usd)",
	} {
		if got := sheet.Squash(heading); got != want {
			t.Errorf("%q: %q, want %q", heading, got, want)
		}
	}
}

func TestListShowsNoPerson(t *testing.T) {
	many := make([]string, 40)
	many[1] = "kim.invented@example.com"
	got := sheet.List(many)
	if strings.Contains(got, "kim") || !strings.Contains(got, "(withheld)") || !strings.HasSuffix(got, "and 10 more") {
		t.Errorf("%s", got)
	}
	if !sheet.Blank([]string{"", " \t"}) || sheet.Blank([]string{"", "0"}) {
		t.Error("blank is what has no text at all")
	}
}
