package report

// koreanCharts are the translations of the words in the pictures, by their English formats.
var koreanCharts = map[string]string{
	"predicted": "예측",
	"observed":  "실제",
	"Calibration: predicted against observed share of revisits in %d bins; on the dashed line they agree.": "" +
		"보정: 구간 %d개의 예측 재방문율과 실제 재방문율. 점선 위에서는 둘이 같습니다.",
	"tenth of people, highest probability first": "재방문 확률이 높은 순으로 10등분한 사용자",
	"revisit": "재방문율",
	"Share of people who revisit in each tenth by predicted probability, highest first; the dashed line is the share of " +
		"all.": "" +
		"예측 확률이 높은 순으로 10등분한 사용자의 재방문율. 점선은 전체 재방문율입니다.",
	"visits in the label window": "판정 기간의 방문일 수",
	"people":                     "사용자",
	"How many people made how many visits in the label window.":                                     "판정 기간의 방문일 수별 사용자 수.",
	"revisit, with 95 %% interval":                                                                  "재방문율(95%% 신뢰구간)",
	"Share of people who revisit, by channel, with intervals; the dashed line is the share of all.": "유입 채널별 재방문율과 신뢰구간. 점선은 전체 재방문율입니다.",
	"AUC, with 95 %% interval":                                                                      "AUC(95%% 신뢰구간)",
	"AUC of baselines, models and, where it is known, the best possible; the dashed line at 0.5 is guessing.": "" +
		"기준선과 모델, 그리고 알 수 있는 경우 가능한 최고의 AUC. 0.5의 점선은 무작위 추측입니다.",
	"day %d": "D%d",
	"AUC of the early model by the day known, first day on top; the grey bands are those of visit days alone, the dashed " +
		"line is guessing.": "" +
		"며칠째까지 보았는지에 따른 조기 모델의 AUC, 맨 위가 첫날. 회색 띠는 방문일 수만 썼을 때이고, 점선은 무작위 추측입니다.",
	"fall in AUC when shuffled": "값을 섞었을 때 AUC 하락폭",
	"Importance of the strongest features with intervals; the grey bands are what chance gives.": "" +
		"가장 강한 특성의 중요도와 신뢰구간. 회색 띠는 우연만으로 나오는 범위입니다.",
	"mean |SHAP|, log-odds":                                  "평균 |SHAP| (로그 오즈)",
	"Mean size of each feature's contribution to the score.": "특성별 점수 기여도의 평균 크기.",
	"base rate":        "기본 재방문율",
	"visit days alone": "방문일 수만",
	"best possible":    "이론상 최고",

	"difference in the share who revisit, points": "재방문율 차이(%%p)",
	"For %d actions of the first week: how much more often those who did it revisit, as it is, among people with as many " +
		"visit days, and among people alike in all that is known with its 95 %% interval; the dashed line is no difference.": "" +
		"첫 주 행동 %d개에 대해, 그 행동을 한 사용자의 재방문율이 얼마나 더 높은지: 있는 그대로, 방문일 수가 같은 사용자끼리, 알려진 모든 점이 비슷한 사용자끼리(95%% 신뢰구간). 점선은 차이 없음입니다.",
	"as it is":                 "있는 그대로",
	"visit days equal":         "방문일 수를 같게",
	"adjusted: likely a cause": "보정: 원인으로 보임",
	"a sign, not a cause":      "신호일 뿐 원인은 아님",
	"cannot tell":              "판단할 수 없음",
	"%s ≥%d by day %d":         "%[1]s %[2]d회 이상(D+%[3]d까지)",

	"share of people": "사용자 비율",
	"%d kinds of people by what they do in their first week: their share of all as a bar, the share of them who revisit as " +
		"a dot with its 95 %% interval; the dashed line is the share of all who revisit.": "" +
		"첫 주 행동으로 나눈 사용자 유형 %d개: 막대는 전체에서 차지하는 비율, 점은 유형별 재방문율과 95%% 신뢰구간. 점선은 전체 재방문율입니다.",
	"share of all people":       "전체 중 비율",
	"share of them who revisit": "유형별 재방문율",
	"%s (%s people)":            "%s (%s명)",

	"visit on the day":           "그날 방문(N-day)",
	"visit then or later":        "그날 이후 방문(롤링)",
	"days after the first visit": "첫 방문 후 일수",
	"Share of new people who visit, by day after the first visit, for %d groups by %s with 95 %% intervals: above on just " +
		"that day, below on that day or later.": "" +
		"%[2]s별 %[1]d개 집단의 첫 방문 후 날짜별 리텐션과 95%% 신뢰구간. 위는 N-day(그날 방문), 아래는 롤링(그날 또는 그 이후 방문)입니다.",
	"share who visit":      "리텐션",
	"on that day or later": "롤링(그날 또는 이후 방문)",
	"on just that day":     "N-day(그날 방문)",
	"Share of new people who visit, by day after the first visit, with 95 %% intervals: on just that day, and on that day " +
		"or later.": "" +
		"신규 사용자의 첫 방문 후 날짜별 리텐션과 95%% 신뢰구간: N-day(그날 방문)와 롤링(그날 또는 그 이후 방문).",
	"channel":  "유입 채널",
	"platform": "플랫폼",
	"country":  "국가",

	"contribution, log-odds": "기여도(로그 오즈)",
	"Mean contribution of %s to the score by its value, with 95 %% intervals; the dashed line is no contribution.": "" +
		"%s의 값에 따른 평균 점수 기여도와 95%% 신뢰구간. 점선은 기여 없음입니다.",
	"Mean contribution of %s to the score by its value, with 95 %% intervals, and the same for the people low and high in " +
		"%s; the dashed line is no contribution.": "" +
		"%s의 값에 따른 평균 점수 기여도와 95%% 신뢰구간, 그리고 %s 값이 낮은 사용자와 높은 사용자로 나눈 기여도. 점선은 기여 없음입니다.",
	"everybody":   "전체",
	"%s up to %s": "%s %s 이하",
	"%s above %s": "%s %s 초과",
	"no value":    "값 없음",

	"share of people, highest probability first": "확률이 높은 순으로 본 사용자 비율",
	"share of the revisiting reached":            "재방문 사용자 중 도달 비율",
	"by the model":                               "모델 순서",
	"by chance":                                  "무작위 순서",
	"Share of the revisiting who are reached by share of people, highest probability first; on the dashed line the model is " +
		"of no use.": "" +
		"확률이 높은 사용자부터 보았을 때 재방문 사용자 가운데 도달한 비율. 점선은 모델이 쓸모없는 경우입니다.",

	"chance to be the cheapest": "가장 저렴할 확률",
	"The chance of each of %d channels with spend to be the cheapest by cost per revisiting person, the likeliest first.": "" +
		"광고비가 있는 유입 채널 %d개가 재방문 사용자당 획득 비용이 가장 저렴할 확률, 높은 순.",
	"%s: %s": "%s: %s",

	"share who revisit": "재방문율",
	"For %d versions of the model: the share predicted to revisit as a ring, the share who did as a dot with its 95 %% " +
		"interval, or as a triangle where there is an alarm.": "" +
		"모델 버전 %d개: 고리는 예측 재방문율, 점은 실제 재방문율과 95%% 신뢰구간, 세모는 경보가 난 버전입니다.",
	"observed, alarm": "실제(경보)",
	"%s: %s to %s":    "%s: %s ~ %s",

	"week of first visit": "첫 방문 주",
	"By week of first visit: above the share who revisit with 95 %% intervals and the share predicted, below the AUC; the " +
		"dashed line at 0.5 is guessing.": "" +
		"첫 방문 주별: 위는 재방문율과 95%% 신뢰구간, 예측 재방문율. 아래는 AUC이며 0.5의 점선은 무작위 추측입니다.",

	OtherChannels: "기타 유입 채널(합산)",
	OtherGroups:   "기타(합산)",
	OtherSegments: "기타 유형(합산)",
}
