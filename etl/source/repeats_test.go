package source

import (
	"strings"
	"testing"
)

func TestRepeatsAreCopiesUnlessKept(t *testing.T) {
	const rows = "uid,at,what\nkim,1772323200,tap\nkim,1772323200,tap\nkim,1772323200,tap\nlee,1772323200,tap\n"
	for _, tt := range []struct {
		name string
		keep bool
		want int
	}{{"copies", false, 2}, {"repeats", true, 4}} {
		t.Run(tt.name, func(t *testing.T) {
			keys := map[Key]int{}
			for range 2 {
				s := flatSource(t, rows, "user=uid,time=at,event=what", "unix_s", "UTC")
				s.opt.KeepRepeats = tt.keep
				records, _, _ := collect(t, s)
				for _, r := range records {
					keys[r.Key]++
				}
			}
			if len(keys) != tt.want {
				t.Errorf("%d different events, want %d", len(keys), tt.want)
			}
			for key, n := range keys {
				if n%2 != 0 {
					t.Errorf("event %x was seen %d times in two equal files", key, n)
				}
			}
		})
	}
}

func TestAnEmptyLogIsAClearError(t *testing.T) {
	s := flatSource(t, "", "user=uid,time=at,event=what", "unix_s", "UTC")
	_, err := s.Read(t.Context(), s.files[0], func(*Record, *BadRecord) bool { return true })
	if err == nil || !strings.Contains(err.Error(), "the file is empty") {
		t.Errorf("an empty log gave %v", err)
	}
}
