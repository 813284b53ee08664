package features

import "slices"

// Event is one thing a user did, as it stands in the warehouse: ids are keyed hashes, context fields are "" when unknown.
type Event struct {
	// User is the HMAC key of the user, never the raw id.
	User string `json:"-"`
	// Time is the instant in microseconds since 1970-01-01 UTC.
	Time int64 `json:"time"`
	// Name is the event name, for example meeting_create.
	Name string `json:"name"`
	// Screen is the screen or page it happened on.
	Screen string `json:"screen,omitempty"`
	// EngagedMS is the foreground time reported with the event, in milliseconds.
	EngagedMS int64 `json:"engaged_ms,omitempty"`
	// FirstTouch is the user's first open or visit as the export knows it, in microseconds UTC; 0 when it does not.
	FirstTouch int64 `json:"first_touch,omitempty"`
	// Platform is for example ANDROID, IOS or WEB.
	Platform string `json:"platform,omitempty"`
	// Device is the device class: mobile, tablet, desktop.
	Device string `json:"device,omitempty"`
	// Language is the device language, for example ko-kr.
	Language string `json:"language,omitempty"`
	// Country is the country as the export names it.
	Country string `json:"country,omitempty"`
	// AppVersion is the version of the app that sent the event.
	AppVersion string `json:"app_version,omitempty"`
	// Channel is the acquisition channel, see ChannelOf.
	Channel string `json:"channel,omitempty"`
	// Params holds the numeric parameters on the allow-list.
	Params map[string]float64 `json:"params,omitempty"`
}

// Background lists the events that fire without the user, so that they make no visit.
// Source: the automatically collected events of Google Analytics for Firebase.
// The last two come from the app's database, not from the app.
var Background = []string{
	"app_clear_data", "app_remove", "app_update", "firebase_campaign", "notification_dismiss",
	"notification_receive", "os_update", MeetingDocument, ProfileSnapshot,
}

// The events that stand for the documents of the app's database.
const (
	// ProfileSnapshot is what a user's document said when a snapshot was taken, in its parameters.
	ProfileSnapshot = "profile_snapshot"
	// MeetingDocument is a meeting's document at the time it was created.
	MeetingDocument = "meeting_document"
)

// FirstOpens are the events that prove that a user is new.
var FirstOpens = []string{"first_open", "first_visit"}

// sortEvents orders events by time; events of one instant keep a fixed order, so that evaluation never depends on arrival.
func sortEvents(events []Event) {
	slices.SortStableFunc(events, func(a, b Event) int {
		switch {
		case a.Time != b.Time:
			if a.Time < b.Time {
				return -1
			}
			return 1
		case a.Name != b.Name:
			if a.Name < b.Name {
				return -1
			}
			return 1
		}
		return 0
	})
}
