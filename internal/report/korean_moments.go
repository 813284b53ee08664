package report

// koreanMoments are the translations of what package moments says, by their English formats.
var koreanMoments = catalog([][2]string{
	// What people were compared alike in.
	{"channel", "유입 채널"},
	{"platform", "플랫폼"},
	{"country", "국가"},
	{"language", "언어"},
	{"device", "기기"},
	{"app version", "앱 버전"},
	{"events on the first day", "첫날 이벤트 수"},
	{"events in the first session", "첫 세션 이벤트 수"},
	{"days with a visit in the first week", "첫 주 방문일 수"},
	{"days with a visit late in the first week", "첫 주 후반 방문일 수"},
	{"days from the last visit to the end of the first week", "마지막 방문부터 첫 주 끝까지의 일수"},
	{"hour of the first visit", "첫 방문 시간대"},
	{"weekday of the first visit", "첫 방문 요일"},
	{"how often they did each of the %d other actions", "다른 행동 %d개 각각의 횟수"},

	// Notes.
	{"%d actions are not looked at: fewer than %d people did them, or fewer than %d did not.", "행동 %d개는 살펴보지 않았습니다. 한 사용자가 %d명 미만이거나 하지 않은 사용자가 %d명 미만입니다."},
	{"Of each action the threshold is shown that best tells those who revisit from those who do not; the choice does not look at the adjusted effect.", "행동마다 재방문한 사용자와 그렇지 않은 사용자를 가장 잘 구분하는 기준(횟수)을 보여 줍니다. 기준을 고를 때 보정 효과는 보지 않습니다."},
	{"%d of %d thresholds have no adjusted effect: at most %d are estimated, the ones shown first, and only where there are people to compare.", "시도한 기준 %[2]d개 중 %[1]d개에는 보정 효과가 없습니다. 화면에 보이는 기준부터 최대 %[3]d개까지, 비교할 사용자가 있을 때만 추정합니다."},
	{"The adjusted effects are estimated on %d of the %d people, spread evenly over time.", "보정 효과는 사용자 %[2]d명 중 기간 전체에서 고르게 뽑은 %[1]d명으로 추정했습니다."},
	{"There are too few people, or weeks, to see whether cohorts agree.", "사용자 수나 주 수가 적어 코호트별로 결과가 일치하는지 확인할 수 없습니다."},
	{"The experiments assume that %d of 100 people who would not do it by themselves can be brought to do it.", "실험은 스스로는 하지 않을 사용자 100명 중 %d명이 행동하도록 유도할 수 있다고 가정합니다."},

	// Why a verdict is open.
	{"Its adjusted effect was not estimated: only those of the %d actions with most people are.", "보정 효과를 추정하지 않았습니다. 사용자가 가장 많은 행동 %d개만 추정합니다."},
})
