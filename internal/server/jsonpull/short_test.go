package jsonpull

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

// Short numbers are read without strconv and must be what strconv reads, to the last bit.
func TestShortNumbersAreStrconvs(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	texts := []string{"0", "-0", "0.1", "-0.5", "1.000000000000001", "123456789012345", "1234567890123456", "0.000000000000001", "9007199254740993"}
	for range 20_000 {
		v := rng.NormFloat64() * math.Pow(10, float64(rng.IntN(12)-4))
		texts = append(texts, strconv.FormatFloat(v, 'f', rng.IntN(12), 64))
	}
	for _, text := range texts {
		var r Reader
		r.Reset([]byte("  " + text + ","))
		got, err := r.Float()
		want, _ := strconv.ParseFloat(text, 64)
		if err != nil || math.Float64bits(got) != math.Float64bits(want) || r.Offset() != 2+len(text) {
			t.Fatalf("%s: %v at %d, %v", text, got, r.Offset(), err)
		}
	}
}

func TestWhatIsNoShortNumber(t *testing.T) {
	for text, ok := range map[string]bool{"01": false, "1.": false, "-": false, ".5": false, "1e3": true, "1E+2": true, "00.5": false, "-01": false, "1.5e": false} {
		var r Reader
		r.Reset([]byte("[" + text + "]"))
		if err := r.Open(Array); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Float(); (err == nil) != ok {
			// A number that ends too early is found out by what follows it.
			if _, more := r.Element(false); more == nil {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}

func BenchmarkFloat(b *testing.B) {
	for _, text := range []string{"3", "12.5", "0.123456789", "1.2345678901234567"} {
		b.Run(fmt.Sprintf("digits=%d", len(text)), func(b *testing.B) {
			var r Reader
			for b.Loop() {
				r.Reset([]byte(text))
				if _, err := r.Float(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestMember(t *testing.T) {
	var r Reader
	r.Reset([]byte(`{"a":1,"b":2, "c":3}`))
	if err := r.Open(Object); err != nil {
		t.Fatal(err)
	}
	read := func(first bool, quoted string, want bool) {
		t.Helper()
		before := r.Offset()
		if got := r.Member(first, quoted); got != want || !got && r.Offset() != before {
			t.Fatalf("%s: %v, at %d", quoted, got, r.Offset())
		}
		if want {
			if _, err := r.Float(); err != nil {
				t.Fatal(err)
			}
		}
	}
	read(true, `"b":`, false)
	read(true, `"a":`, true)
	read(true, `"b":`, false)
	read(false, `"c":`, false)
	read(false, `"b":`, true)
	// White space is left to Key.
	read(false, `"c":`, false)
	if key, ok, err := r.Key(false); string(key) != "c" || !ok || err != nil {
		t.Fatalf("%s %v %v", key, ok, err)
	}
	read(false, `"a long name that would lie beyond the end":`, false)
}
