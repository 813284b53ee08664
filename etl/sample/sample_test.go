package sample_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
)

func TestWrittenVisitsAgreeWithTheTruth(t *testing.T) {
	w := read(t)
	users, err := sample.ReadUsers(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	last, err := time.Parse("2006-01-02", w.summary.LastDay)
	if err != nil {
		t.Fatal(err)
	}
	visits, labelled, positives := w.visits(), 0, 0
	for _, u := range users {
		days := slices.Sorted(maps.Keys(visits[u.Pseudo]))
		if len(days) == 0 {
			t.Fatalf("a new user of %s has no visit", u.Day0)
		}
		day0, after := days[0], 0
		if got := time.Unix(int64(day0)*86400, 0).UTC().Format("2006-01-02"); got != u.Day0 {
			t.Errorf("day 0 is %s in the events, %s in the truth", got, u.Day0)
		}
		if whole := day0+36 <= dayOf(last); whole != u.Labelled {
			t.Errorf("day 0 %s: labelled is %t, the data says %t", u.Day0, u.Labelled, whole)
		}
		for _, d := range days {
			if d >= day0+7 && d <= day0+36 {
				after++
			}
		}
		if u.Labelled {
			labelled++
			if u.Revisit {
				positives++
			}
			if (after >= 3) != u.Revisit {
				t.Errorf("day 0 %s: %d visit days in the label window, truth says revisit %t", u.Day0, after, u.Revisit)
			}
		}
	}
	s := w.summary
	if len(users) != s.NewUsers || labelled != s.Labelled || math.Abs(s.BaseRate-float64(positives)/float64(labelled)) > 1e-12 {
		t.Errorf("counted %d new, %d labelled, %d positive; the summary says %+v", len(users), labelled, positives, s)
	}
	if s.BaseRate < 0.18 || s.BaseRate > 0.32 {
		t.Errorf("base rate %.3f, want about 0.25", s.BaseRate)
	}
	if s.BestAUC < 0.80 || s.BestAUC > 0.90 || s.BestLogLoss <= 0 || s.BestLogLoss > 0.5 {
		t.Errorf("best AUC %.3f, log loss %.3f", s.BestAUC, s.BestLogLoss)
	}
}

func TestBlemishes(t *testing.T) {
	w := read(t)
	if len(w.rows) != w.summary.Events {
		t.Errorf("%d rows, the summary says %d", len(w.rows), w.summary.Events)
	}
	users, err := sample.ReadUsers(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	isNew := map[string]bool{}
	for _, u := range users {
		isNew[u.Pseudo] = true
	}
	first := time.Date(2025, 11, 1, 0, 0, 0, 0, seoul).UnixMicro()
	lines, old, nobody, duplicates := map[string]bool{}, map[string]bool{}, 0, 0
	for _, r := range w.rows {
		if lines[r.line] {
			duplicates++
		}
		lines[r.line] = true
		if r.Name == "ai_chat_open" && r.App.Version < "2.3.0" {
			t.Errorf("ai_chat_open in version %s", r.App.Version)
		}
		if r.Pseudo == "" {
			nobody++
			continue
		}
		touch, err := strconv.ParseInt(r.Touch, 10, 64)
		if err != nil {
			t.Fatalf("user_first_touch_timestamp: %v", err)
		}
		if (touch >= first) != isNew[r.Pseudo] {
			t.Fatalf("first touch %d, in the truth: %t", touch, isNew[r.Pseudo])
		}
		if !isNew[r.Pseudo] {
			old[r.Pseudo] = true
			if r.Name == "first_open" {
				t.Error("an old user has a first_open")
			}
		}
	}
	if share := float64(duplicates) / float64(len(w.rows)); share < 0.001 || share > 0.006 {
		t.Errorf("share of duplicates %.4f", share)
	}
	if share := float64(len(old)) / 1500; share < 0.04 || share > 0.15 {
		t.Errorf("share of old users %.3f", share)
	}
	if nobody == 0 {
		t.Error("no event without consent")
	}
}

func TestRidersLookLikeCausesAndAreNone(t *testing.T) {
	w := read(t)
	truth, err := sample.ReadTruth(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	users, err := sample.ReadUsers(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	did := w.firstWeeks(users)
	for _, r := range truth.Riders {
		if r.Weight != 0 || r.AverageEffect != 0 {
			t.Errorf("rider %s has weight %g, effect %g", r.Event, r.Weight, r.AverageEffect)
		}
		if r.Since != "" || r.Event == "tutorial_complete" {
			continue
		}
		if with, without := rates(users, did[r.Event]); with <= without+0.03 {
			t.Errorf("rider %s: %.3f revisit with it, %.3f without", r.Event, with, without)
		}
	}
	for i, c := range truth.Causes {
		if c.Event != "meeting_share_kakao" && (c.Weight == 0 || c.Weight*c.AverageEffect <= 0) {
			t.Errorf("cause %s has weight %g, effect %g", c.Event, c.Weight, c.AverageEffect)
		}
		if i > 0 && math.Abs(c.AverageEffect) > math.Abs(truth.Causes[i-1].AverageEffect) {
			t.Error("causes are not in order of effect")
		}
	}
}

// firstWeeks tells which events each new user did on days 0 to 6.
func (w *world) firstWeeks(users []sample.UserTruth) map[string]map[string]bool {
	day0 := map[string]int{}
	for _, u := range users {
		d, _ := time.Parse("2006-01-02", u.Day0)
		day0[u.Pseudo] = dayOf(d)
	}
	did := map[string]map[string]bool{}
	for _, r := range w.rows {
		d, ok := day0[r.Pseudo]
		if !ok || dayOf(r.at) > d+6 {
			continue
		}
		if did[r.Name] == nil {
			did[r.Name] = map[string]bool{}
		}
		did[r.Name][r.Pseudo] = true
	}
	return did
}

// rates are the shares who revisit among the labelled users that did something and that did not.
func rates(users []sample.UserTruth, did map[string]bool) (with, without float64) {
	var n, y [2]float64
	for _, u := range users {
		if !u.Labelled {
			continue
		}
		i := 0
		if did[u.Pseudo] {
			i = 1
		}
		n[i]++
		if u.Revisit {
			y[i]++
		}
	}
	return y[1] / n[1], y[0] / n[0]
}

func TestUsersOfTruth(t *testing.T) {
	w := read(t)
	all, err := sample.ReadUsers(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := sample.Truth{}.Users(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{}
	for _, u := range all {
		want[u.Pseudo] = u.Probability
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) != len(all) {
		t.Errorf("users differ (-want +got):\n%s", diff)
	}
	if _, err := (sample.Truth{}).Users(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no answer key: got %v", err)
	}
}

func TestDocumentsAndMarketing(t *testing.T) {
	w := read(t)
	for name, keys := range map[string][]string{
		"userCollection": {
			"name", "email", "flag", "friends", "reqReceived", "reqSent", "photoUrl", "blockedUsers", "token", "openPrivacy",
		},
		"meetingsCollection": {"owner", "content", "from", "to", "isAllDay", "MID", "involved", "pendingInvolved"},
	} {
		data, err := os.ReadFile(filepath.Join(w.dir, "firestore", name+".ndjson"))
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
		if len(lines) < 500 {
			t.Errorf("%s: %d documents", name, len(lines))
		}
		for _, line := range lines {
			doc := map[string]any{}
			if err := json.Unmarshal(line, &doc); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, k := range keys {
				if _, ok := doc[k]; !ok {
					t.Fatalf("%s: a document without %s", name, k)
				}
			}
		}
	}
	ads := table(t, filepath.Join(w.dir, "marketing", "meta_ads.csv"))
	want := []string{"일", "캠페인 이름", "광고 세트 이름", "지출 금액 (KRW)", "노출", "도달", "링크 클릭", "결과", "앱 설치"}
	if diff := cmp.Diff(want, ads[0]); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if len(ads) != 1+3*120 {
		t.Errorf("%d rows of ads", len(ads))
	}
	campaigns := map[string]bool{}
	for _, l := range table(t, filepath.Join(w.dir, "marketing", "links.csv"))[1:] {
		campaigns[l[4]] = true
	}
	for _, r := range ads[1:] {
		if !campaigns[r[1]] {
			t.Fatalf("campaign %s has no link", r[1])
		}
	}
}

func table(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
