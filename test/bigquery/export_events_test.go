package bigquery

import (
	"fmt"
	"strings"
)

// canaries are texts that no table of the warehouse may hold, whatever column they came in.
var canaries = []string{
	"canary", "kim@example.com", "kim%40example.com", "010-1234-5678", "+82 10-1234-5678", "lunch with", "0123456789abcdef0123456789abcdef",
}

// plainEvent is an event of the first of March 2026 in Seoul as the newest export has it.
func plainEvent(n int, user string) gaEvent {
	return gaEvent{
		"event_date": "20260301", "event_timestamp": fmt.Sprint(1772323200000000 + int64(n)*1_000_000), "event_name": "meeting_create",
		"user_pseudo_id": user, "platform": "ANDROID", "stream_id": "7", "event_bundle_sequence_id": "1", "batch_event_index": fmt.Sprint(n),
		"batch_page_id": "1772323200000", "user_first_touch_timestamp": "1772300000000000",
		"device":         map[string]any{"category": "mobile", "language": "ko-kr", "advertising_id": "canary-ad", "vendor_id": "canary-vendor"},
		"geo":            map[string]any{"country": "South Korea", "city": "canary city"},
		"app_info":       map[string]any{"version": "2.1.0", "install_source": "com.android.vending"},
		"traffic_source": map[string]any{"source": "google", "medium": "cpc", "name": "spring"},
		"event_params": []any{
			param("ga_session_id", 1772320000), param("engagement_time_msec", 2500), param("firebase_screen", "calendar"),
			param("attendees", 4), param("price", 1.5), param("title", "lunch with canary"),
		},
	}
}

func params(list ...any) []any { return list }

// hostileEvents hold everything that the reader treats in a way of its own, one thing an event.
func hostileEvents() (events []gaEvent) {
	add := func(columns ...any) {
		n := len(events)
		events = append(events, altered(plainEvent(n, fmt.Sprintf("user-%d", n%7)), columns...))
	}
	add()
	for _, country := range []any{
		nil, "", "대한민국", "kim@example.com", "mail kim@example.com now", "kim%40example.com", "a@b", "@home", "010-1234-5678", "call +82 10-1234-5678",
		"01012345678", "(415) 555-0123", "1.0.20240315", "2026-03-01", "1772323200000000", " x", "x\u3000", "\u00a0\tseoul\n", "a\u0000b\u007fc\u0085d",
		"\u3000", strings.Repeat("가", 150), strings.Repeat("나", 99) + " 다라", strings.Repeat("x", 101) + "kim@example.com", "it's \\ \"quoted\"",
		"\uFFFDx", "+1------2", "+1------2 345678", "👩‍👩‍👧‍👦 가족",
	} {
		add("geo", map[string]any{"country": country, "city": "canary"})
	}
	for _, page := range []string{
		"https://app.example.com/meet/list?token=canary#x", "https://app.example.com", "https://app.example.com?x=canary", "/plain/path?canary",
		"app://settings/알림#canary", "https://h/to/https://other/path", "https:///x", "", "?canary", "https://h/kim@example.com/x", "https://h/a\nb/c",
	} {
		add("event_params", params(param("page_location", page), param("page_title", "canary's page")))
	}
	add("event_params", params(param("firebase_screen", ""), param("firebase_screen_class", "MainActivity"), param("page_location", "/p")))
	add("event_params", params(param("firebase_screen", "one"), param("firebase_screen", "two")))
	add("event_params", params(param("firebase_screen", "one"), param("firebase_screen", 3)))
	add("event_params", params(param("firebase_screen", "kim@example.com"), param("firebase_screen_class", "화면")))
	for _, session := range []any{"1772320000", "+5", "-5", " 5", "5 ", "abc", "", "0x1A", "1_000", "9223372036854775807", "9223372036854775808", "-99999999999999999999", 12.7, -12.7, float32(3.5), 0, -9} {
		add("event_params", params(param("ga_session_id", session), param("engagement_time_msec", session)))
	}
	add("event_params", params(param("price", 1), param("price", 2.25), param("price", "three"), param("attendees", float32(0.5)), param("other", 9)))
	add("event_params", params(param("price", "12"), param("attendees", nil)))
	add("event_params", params(param("price", -0.1), param("attendees", 9007199254740993)))
	add("event_params", params())
	add("event_params", nil)
	for _, touch := range []string{"-5", "0", "1"} {
		add("user_first_touch_timestamp", touch)
	}
	add("user_first_touch_timestamp", nil)
	for _, source := range [][3]any{
		{"(direct)", "(none)", nil},
		{"instagram", "paid_social", "가을"},
		{"m.naver.com", "organic", nil},
		{"카카오톡", "social", nil},
		{nil, nil, nil},
		{"kim@example.com", "referral", nil},
		{"newsletter", "email", "x"},
		{" Google ", "CPC", nil},
		{"our-link", "qr", "poster"},
	} {
		add("traffic_source", map[string]any{"source": source[0], "medium": source[1], "name": source[2]})
		add("collected_traffic_source", map[string]any{
			"manual_source": source[0], "manual_medium": source[1], "manual_campaign_name": source[2], "gclid": "canary",
		})
	}
	add("user_id", "account-canary-1")
	add("user_id", "")
	add("user_id", "user-1")
	return append(events, flagged(len(events))...)
}

// flagged are events of those who are no customers, and of some who nearly are none.
func flagged(from int) (events []gaEvent) {
	add := func(columns ...any) {
		n := from + len(events)
		events = append(events, altered(plainEvent(n, fmt.Sprintf("user-%d", n%7)), columns...))
	}
	for _, key := range []string{"debug_mode", "debug_event"} {
		for _, v := range []any{1, "1", "+01", "true", 0, 1.0, 2} {
			add("event_params", params(param(key, v)))
		}
	}
	for _, v := range []any{"TRUE", " False ", "0", "", 0, 1, 0.0, 0.5, "no"} {
		add("user_properties", params(param("is_staff", v), param("nickname", "canary")))
	}
	add("user_properties", params(param("is_staff", 1)), "event_params", params(param("debug_mode", 1)))
	for _, source := range []any{"manual_install", " manual_install ", "com.android.vending", "", nil} {
		add("app_info", map[string]any{"version": "2.1.0", "install_source": source})
	}
	add("app_info", map[string]any{"install_source": "manual_install"}, "platform", "IOS")
	add("app_info", map[string]any{"install_source": "manual_install"}, "user_properties", params(param("is_staff", "yes")))
	return events
}

// repeatedEvents are copies, and events that look like copies and are none, with and without batch fields.
func repeatedEvents() (events []gaEvent) {
	plain := plainEvent(900, "user-copied")
	old := altered(plain, "batch_event_index", nil, "batch_page_id", nil)
	screen := func(s string) []any { return params(param("firebase_screen", s), param("price", 2)) }
	for _, e := range []gaEvent{plain, old} {
		reversed := append([]any(nil), e["event_params"].([]any)...)
		for i, j := 0, len(reversed)-1; i < j; i, j = i+1, j-1 {
			reversed[i], reversed[j] = reversed[j], reversed[i]
		}
		events = append(events, e, e, altered(e, "event_params", reversed), altered(e, "event_params", screen("b")), altered(e, "event_params", screen("a")),
			altered(e, "stream_id", "8"), altered(e, "event_bundle_sequence_id", "2"), altered(e, "event_name", "meeting_create "),
			altered(e, "geo", map[string]any{"country": "Japan"}), altered(e, "user_id", "account-canary-2"))
	}
	// Copies that differ in their numbers alone, or in which numbers they have.
	last := altered(plain, "batch_event_index", "901")
	for _, list := range [][]any{
		params(param("price", 3), param("attendees", 1)), params(param("price", 2), param("attendees", 1)), params(param("price", -20), param("attendees", 1)),
	} {
		events = append(events, altered(last, "event_params", list))
	}
	last = altered(plain, "batch_event_index", "902")
	for _, list := range [][]any{params(param("price", 3)), params(param("attendees", 5)), params(param("attendees", 1), param("price", 1))} {
		events = append(events, altered(last, "event_params", list))
	}
	return append(events, altered(plain, "batch_page_id", "5"), altered(plain, "batch_page_id", nil), altered(old, "batch_page_id", "6"))
}

// badEvents cannot be used, or have no user.
func badEvents() (events []gaEvent) {
	for i, change := range [][]any{
		{"event_timestamp", nil},
		{"event_timestamp", "1772323200"},
		{"event_timestamp", "4102444800000000"},
		{"event_name", nil},
		{"event_name", ""},
		{"event_name", "kim@example.com"},
		{"event_name", " \t"},
		{"event_date", "20260302"},
		{"event_date", "20261301"},
		{"event_date", "March"},
		{"event_date", nil},
		{"user_pseudo_id", nil},
		{"user_pseudo_id", "", "event_name", nil},
	} {
		events = append(events, altered(plainEvent(1000+i, "user-bad"), change...))
	}
	return events
}
