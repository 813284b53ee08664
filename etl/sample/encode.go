package sample

import (
	"slices"
	"strconv"
)

// encoder writes the rows of one day as `bq extract` does: INT64 as strings, NULL fields left out.
type encoder struct {
	buf  []byte
	cal  *calendar
	seed uint64
	day  string
	// shift is the zone's offset from UTC at noon of the day, in seconds.
	shift int64
}

func (e *encoder) raw(s string) { e.buf = append(e.buf, s...) }

// str appends a quoted string; the strings of this package need no escapes.
func (e *encoder) str(s string) {
	e.buf = append(e.buf, '"')
	e.buf = append(e.buf, s...)
	e.buf = append(e.buf, '"')
}

func (e *encoder) num(key string, v int64) {
	e.raw(key)
	e.buf = append(e.buf, '"')
	e.buf = strconv.AppendInt(e.buf, v, 10)
	e.buf = append(e.buf, '"')
}

func (e *encoder) text(key, v string) {
	e.raw(key)
	e.str(v)
}

func (e *encoder) intParam(key string, v int64) {
	e.raw(`{"key":"`)
	e.raw(key)
	e.num(`","value":{"int_value":`, v)
	e.raw(`}},`)
}

func (e *encoder) textParam(key, v string) {
	e.raw(`{"key":"`)
	e.raw(key)
	e.text(`","value":{"string_value":`, v)
	e.raw(`}},`)
}

// closeList replaces the comma after the last element by the bracket.
func (e *encoder) closeList() {
	e.buf[len(e.buf)-1] = ']'
}

// row appends one event with its newline.
func (e *encoder) row(l *life, ev *event) {
	e.text(`{"event_date":`, e.day)
	e.num(`,"event_timestamp":`, ev.at)
	e.text(`,"event_name":`, names[ev.name])
	e.params(l, ev)
	if ev.previous > 0 {
		e.num(`,"event_previous_timestamp":`, ev.previous)
	}
	e.num(`,"event_bundle_sequence_id":`, e.bundle(ev))
	e.num(`,"event_server_timestamp_offset":`, e.offset(ev))
	e.user(l, ev)
	e.context(l, ev)
	e.traffic(l, ev)
	if isBackground(ev.name) {
		e.raw(`,"is_active_user":false`)
	} else {
		e.raw(`,"is_active_user":true`)
	}
	e.num(`,"batch_event_index":`, int64(ev.index)+1)
	e.num(`,"batch_page_id":`, max(ev.session, ev.at/secondMicros-int64(ev.index))*1000)
	e.num(`,"batch_ordering_id":`, 1+int64(ev.index)/25)
	e.raw("}\n")
}

func (e *encoder) params(l *life, ev *event) {
	e.raw(`,"event_params":[`)
	origin := "app"
	if ev.name < tutorialComplete {
		origin = "auto"
	}
	e.textParam("firebase_event_origin", origin)
	if ev.session > 0 {
		e.intParam("ga_session_id", ev.session)
		e.intParam("ga_session_number", int64(ev.number))
		e.textParam("firebase_screen", screens[ev.screen])
	}
	if ev.engaged > 0 {
		e.intParam("engagement_time_msec", int64(ev.engaged))
	}
	switch ev.name {
	case meetingCreate:
		e.intParam("invitees", int64(ev.value))
	case appUpdate:
		e.textParam("previous_app_version", releases[max(0, int(ev.release)-1)].version)
	case firebaseCampaign:
		c := channels[l.channel]
		e.textParam("source", c.source)
		e.textParam("medium", c.medium)
		e.textParam("campaign", c.campaign)
	}
	if l.status == staff {
		e.intParam("debug_event", 1)
	}
	e.closeList()
}

// bundle numbers the uploads of a device: one a session, later ones for what happens in between.
func (e *encoder) bundle(ev *event) int64 { return int64(ev.number)*8 + ev.at/secondMicros/86400%8 }

// offset is the time between collection and upload: mostly under 3 seconds, for one event in 200 hours or two days.
func (e *encoder) offset(ev *event) int64 {
	h := mix(uint64(ev.at) ^ e.seed)
	if h%200 == 0 {
		return int64(h>>8%172_800+3600) * secondMicros
	}
	return int64(h>>8%2_800_000) + 200_000
}

// duplicated tells whether the export holds the row twice: three in a thousand.
func (e *encoder) duplicated(ev *event) bool { return mix(uint64(ev.at)+e.seed)%1000 < 3 }

// user appends who it was. The account id is only known after the sign-in of the first session.
func (e *encoder) user(l *life, ev *event) {
	signedIn := ev.number > 1 || ev.index > 2 || ev.session == 0
	if l.uid != "" && signedIn {
		e.text(`,"user_id":`, l.uid)
	}
	if l.status == refuser {
		e.raw(`,"privacy_info":{"analytics_storage":"No","ads_storage":"No","uses_transient_token":"Yes"},"user_properties":[]`)
		return
	}
	e.text(`,"user_pseudo_id":`, l.pseudo)
	e.num(`,"user_first_touch_timestamp":`, l.first)
	e.raw(`,"privacy_info":{"analytics_storage":"Yes","ads_storage":"Yes","uses_transient_token":"No"}`)
	hour := (l.first/secondMicros/3600 + 1) * 3600 * 1000
	e.num(`,"user_properties":[{"key":"first_open_time","value":{"int_value":`, hour)
	e.num(`,"set_timestamp_micros":`, l.first)
	e.raw(`}}]`)
}

func (e *encoder) context(l *life, ev *event) {
	d, p := devices[l.device], places[l.place]
	if l.status == lab {
		d, p = labDevice, labPlace
	}
	e.text(`,"device":{"category":`, d.category)
	e.text(`,"mobile_brand_name":`, d.brand)
	e.text(`,"mobile_model_name":`, d.model)
	e.text(`,"operating_system":`, d.os)
	e.text(`,"operating_system_version":`, d.version)
	e.text(`,"language":`, p.language)
	e.num(`,"is_limited_ad_tracking":"No","time_zone_offset_seconds":`, e.shift)
	e.text(`},"geo":{"continent":`, p.continent)
	if p.country != "" {
		e.text(`,"country":`, p.country)
		e.text(`,"region":`, p.region)
		e.text(`,"city":`, p.city)
	}
	e.text(`},"app_info":{"id":"com.example.calsim","version":`, releases[ev.release].version)
	if d.os == "IOS" {
		e.raw(`,"install_source":"iTunes","firebase_app_id":"1:100000000000:ios:0a"},"stream_id":"5200000002","platform":"IOS"`)
		return
	}
	e.raw(`,"install_source":"com.android.vending","firebase_app_id":"1:100000000000:android:0b"}` +
		`,"stream_id":"5200000001","platform":"ANDROID"`)
}

// traffic appends the first touch on every event, and the collected campaign on the events of the first session only.
func (e *encoder) traffic(l *life, ev *event) {
	c := channels[l.channel]
	e.text(`,"traffic_source":{"medium":`, c.medium)
	e.text(`,"source":`, c.source)
	if c.campaign != "" {
		e.text(`,"name":`, c.campaign)
	}
	e.raw("}")
	opening := ev.name == firstOpen || ev.name == sessionStart || ev.name == firebaseCampaign
	if c.campaign != "" && opening && l.status == newcomer && ev.number == 1 {
		e.text(`,"collected_traffic_source":{"manual_source":`, c.source)
		e.text(`,"manual_medium":`, c.medium)
		e.text(`,"manual_campaign_name":`, c.campaign)
		e.raw("}")
	}
}

// encodeDay writes all rows of one day in order of time, and the duplicates after them as a second upload would.
func (e *encoder) encodeDay(lives []life, day int, events []*event) (rows int) {
	e.buf = e.buf[:0]
	noon := e.cal.date(day)
	_, shift := noon.Zone()
	e.day, e.shift = noon.Format("20060102"), int64(shift)
	slices.SortStableFunc(events, func(x, y *event) int {
		switch {
		case x.at < y.at:
			return -1
		case x.at > y.at:
			return 1
		}
		return 0
	})
	for _, ev := range events {
		e.row(&lives[ev.user], ev)
		rows++
	}
	for _, ev := range events {
		if e.duplicated(ev) {
			e.row(&lives[ev.user], ev)
			rows++
		}
	}
	return rows
}
