package server

import (
	"strings"
	"testing"
)

// TestWorkersForget holds that a worker keeps neither what a user did nor the room that many events took.
func TestWorkersForget(t *testing.T) {
	m := started(t, nil).current.Load()
	for _, events := range []int{3, keptEvents + 1} {
		w := m.workers.New().(*worker)
		body := `{"events":[` + strings.Repeat(`{`+nt+`,"screen":"somewhere private"},`, events-1) + `{` + nt + `}]}`
		if err := w.decoder.decode([]byte(body), 1, func(*instance) error { return nil }); err != nil {
			t.Fatal(err)
		}
		kept := w.decoder.cur.events
		if cap(kept) > keptEvents {
			t.Errorf("room for %d events is kept", cap(kept))
		}
		for _, e := range kept[:cap(kept)] {
			if e.Name != "" || e.Screen != "" || e.Time != 0 {
				t.Fatalf("an event is kept: %+v", e)
			}
		}
	}
}

// TestEventsOfARequestAreBounded: over all users of a request, since it is the request that takes the memory.
func TestEventsOfARequestAreBounded(t *testing.T) {
	s := started(t, nil)
	user := func(events int) string {
		return `{"events":[` + strings.Repeat(`{`+nt+`},`, events-1) + `{` + nt + `}]}`
	}
	if w := ask(s, "POST", "/predict", user(maxEvents)); w.Code != 200 {
		t.Errorf("as many as may be: %d %s", w.Code, w.Body)
	}
	for _, body := range []string{user(maxEvents + 1), `{"instances":[` + user(maxEvents/2) + "," + user(maxEvents/2+1) + `]}`} {
		w := ask(s, "POST", "/predict", body)
		isProblem(t, w.Code, w.Header(), w.Body.Bytes(), TooManyEvents)
	}
}
