package sample

// kind is an event name as an index into names.
type kind uint8

// The events. The actions of the app itself come last, in the order of actions.
const (
	firstOpen kind = iota
	sessionStart
	screenView
	userEngagement
	firebaseCampaign
	notificationReceive
	notificationOpen
	notificationDismiss
	appRemove
	appUpdate
	osUpdate
	tutorialComplete
	firstAction
)

// action is something a user can do in a session, at a Poisson rate of base*exp(load*eagerness+taste).
type action struct {
	name       string
	base, load float64
	screen     uint8
}

// The app's own actions; their order fixes the kinds below.
var actions = []action{
	{"meeting_create", 0.32, 0.30, 1},
	{"meeting_share_kakao", 0.16, 0.25, 1},
	{"meeting_accept", 0.15, 0.25, 1},
	{"friend_add", 0.17, 0.28, 2},
	{"group_time_create", 0.09, 0.30, 3},
	{"widget_add", 0.07, 0.25, 5},
	{"search_open", 0.28, 0.15, 4},
	{"categories_tag_tap", 0.28, 0.55, 0},
	{"calendar_view_month", 0.40, 0.50, 0},
	{"profile_edit", 0.14, 0.55, 5},
	{"theme_change", 0.14, 0.60, 5},
	{"ai_chat_open", 0.22, 0.45, 6},
}

// The kinds of the actions, for the formula of revisiting and for parameters.
const (
	meetingCreate = firstAction + iota
	meetingShareKakao
	meetingAccept
	friendAdd
	groupTimeCreate
	widgetAdd
	searchOpen
	categoriesTagTap
	calendarViewMonth
	profileEdit
	themeChange
	aiChatOpen
	kinds
)

// names gives the event name of a kind.
var names = eventNames()

func eventNames() [kinds]string {
	out := [kinds]string{
		"first_open", "session_start", "screen_view", "user_engagement", "firebase_campaign", "notification_receive",
		"notification_open", "notification_dismiss", "app_remove", "app_update", "os_update", "tutorial_complete",
	}
	for i, a := range actions {
		out[int(firstAction)+i] = a.name
	}
	return out
}

// isBackground tells whether an event of the kind fires without the user, so that it makes no visit.
func isBackground(k kind) bool {
	switch k {
	case firebaseCampaign, notificationReceive, notificationDismiss, appRemove, appUpdate, osUpdate:
		return true
	}
	return false
}

// screens are the values of firebase_screen.
var screens = []string{"calendar", "meeting", "friends", "group_time", "search", "settings", "ai_chat", "onboarding"}

// channel is a way by which people come. weight is its share of installs, eager shifts the eagerness of those who come,
// effect is its own weight in the log-odds of revisiting.
type channel struct {
	id, source, medium, campaign, adset string
	weight, eager, effect               float64
}

// channels are the ways in. Paid social brings weaker users, an invitation through KakaoTalk stronger ones.
var channels = []channel{
	{"direct", "(direct)", "(none)", "", "", 0.19, 0, 0},
	{"organic_store", "google-play", "organic", "", "", 0.27, 0.05, 0},
	{"kakao_invite", "kakao", "referral", "meeting_invite", "", 0.16, 0.15, 0.5},
	{"instagram_reels", "instagram", "paid_social", "reels_students", "대학생_20대", 0.12, -0.15, -0.6},
	{"instagram_feed", "instagram", "paid_social", "feed_office", "직장인_30대", 0.07, -0.1, -0.6},
	{"facebook_lookalike", "facebook", "paid_social", "lookalike_1pct", "유사타겟_1%", 0.04, -0.1, -0.6},
	{"naver_search", "naver", "cpc", "naver_brand", "", 0.08, 0, 0},
	{"everytime_post", "everytime", "referral", "campus_post", "", 0.07, 0.05, 0},
}

// metaChannel tells whether the channel is bought from Meta.
func (c channel) metaChannel() bool { return c.adset != "" }

// device is a phone model with its share.
type device struct {
	brand, model, os, version, category string
	weight                              float64
}

var devices = []device{
	{"Samsung", "SM-S921N", "ANDROID", "15", "mobile", 0.30},
	{"Samsung", "SM-A546S", "ANDROID", "14", "mobile", 0.16},
	{"Samsung", "SM-X210", "ANDROID", "14", "tablet", 0.04},
	{"Google", "Pixel 8", "ANDROID", "15", "mobile", 0.03},
	{"Apple", "iPhone 15", "IOS", "18.1", "mobile", 0.25},
	{"Apple", "iPhone 13", "IOS", "17.6", "mobile", 0.17},
	{"Apple", "iPad", "IOS", "18.1", "tablet", 0.05},
}

// labDevice is what a store's pre-launch report runs the app on.
var labDevice = device{"Google", "Pixel 2", "ANDROID", "11", "mobile", 0}

// place is where a user lives.
type place struct {
	continent, country, region, city, language string
	weight                                     float64
}

var places = []place{
	{"Asia", "South Korea", "Seoul", "Seoul", "ko-kr", 0.44},
	{"Asia", "South Korea", "Gyeonggi-do", "Suwon-si", "ko-kr", 0.22},
	{"Asia", "South Korea", "Busan", "Busan", "ko-kr", 0.11},
	{"Asia", "South Korea", "Daejeon", "Daejeon", "ko-kr", 0.08},
	{"Asia", "South Korea", "Daegu", "Daegu", "ko-kr", 0.07},
	{"Asia", "South Korea", "Seoul", "Seoul", "en-us", 0.02},
	{"Asia", "Japan", "Tokyo", "Shinjuku City", "ja-jp", 0.03},
	{"Americas", "United States", "California", "Los Angeles", "ko-kr", 0.02},
	{"Asia", "", "", "", "ko-kr", 0.01},
}

// labPlace is where the pre-launch test devices stand.
var labPlace = place{"Americas", "United States", "California", "Mountain View", "en-us", 0}

// release is a version of the app; share is the part of the data's span after which it came out.
type release struct {
	version string
	share   float64
}

// aiChatRelease is the version that brought ai_chat_open.
const aiChatRelease = 3

var releases = []release{{"2.0.4", -9}, {"2.1.0", 0.15}, {"2.2.0", 0.34}, {"2.3.0", 0.52}, {"2.3.1", 0.66}, {"2.4.0", 0.84}}

// hours is the relative use of the app by hour of the local day.
var hours = []float64{
	2.0, 1.0, .5, .3, .2, .3, 1, 2.5, 4.5, 4, 3.2, 3.2, 4.5, 4, 3, 3, 3.2, 3.8, 4.8, 5, 5, 5.2, 5, 4,
}

// weekdays is the relative number of installs from Sunday to Saturday.
var weekdays = []float64{1.15, 1.25, 1.0, 0.95, 0.95, 0.9, 1.0}
