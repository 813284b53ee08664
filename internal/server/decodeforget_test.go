package server

import (
	"math"
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

// TestRestingWorkersKeepNothing holds that a worker given back has neither the body nor the id of its last request, nor the room of a large one.
func TestRestingWorkersKeepNothing(t *testing.T) {
	m := started(t, nil).current.Load()
	w := m.worker()
	if err := w.decoder.decode([]byte(`{"id":"somebody","features":{"visit_days":1}}`), 1, func(*instance) error { return nil }); err != nil {
		t.Fatal(err)
	}
	w.columns.begin(len(m.features))
	w.columns.of[0] = make([]float32, 0, keptValues+1)
	w.said = make([]float64, keptValues+1)
	m.rest(w)
	if w.decoder.cur.id != nil || w.columns.of[0] != nil || w.said != nil || w.decoder.r.Offset() != 0 {
		t.Errorf("the worker keeps %+v", w)
	}
	if kind, err := w.decoder.r.Kind(); err == nil {
		t.Errorf("the worker can still read %s from the body", kind)
	}
}

func TestBodiesThatCannotBeCountedAreRefused(t *testing.T) {
	for _, slots := range []int{1, 2} {
		o := Options{Slots: slots, MaxBody: math.MaxInt64}
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), "more than can be counted") {
			t.Errorf("%d slots: %v", slots, err)
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
