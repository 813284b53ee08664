package cli

import (
	"strings"
	"testing"
)

func TestMeter(t *testing.T) {
	var b strings.Builder
	m := NewMeter(&b)
	m.Finish()
	if b.Len() > 0 {
		t.Errorf("without a query it wrote %q", b.String())
	}
	m.Add("select", 20<<20, 0.000119)
	m.Add("create_users", 3<<30, 0.0183)
	m.Finish()
	want := "query create_users reads 3 GiB, about $0.0183\n2 queries billed 3.02 GiB, about $0.0184 at the on-demand rate\n"
	if b.String() != want {
		t.Errorf("got  %q\nwant %q", b.String(), want)
	}
}
