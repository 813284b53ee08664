package report

// koreanSpend are the translations of the table of spend: its rows that are no channel and no campaign, and its notes.
var koreanSpend = catalog([][2]string{
	{"unattributed users", "유입 채널을 알 수 없는 사용자"},
	{"users of no campaign with spend", "광고비 있는 캠페인 이외의 사용자"},
	{"unmatched spend", "연결되지 않은 광고비"},
	{"rows of few people, together", "인원이 적은 행(합산)"},
	{"total", "합계"},
	{"no ad spend of these days is loaded", "이 기간의 광고비 데이터가 없습니다."},
	{"no marketing links are loaded: campaigns are joined by their names alone", "마케팅 링크가 없어 캠페인을 이름만으로 연결했습니다."},
	{"%d rows of ads have no spend; they count as 0", "광고비가 비어 있는 광고 데이터 %d행은 0으로 계산했습니다."},
	{"Direct includes users whose app store does not tell where they came from, some of them by ads: costs per user are at most what is shown", "Direct에는 앱 스토어가 유입 경로를 알려 주지 않은 사용자가 포함되며, 그중 일부는 광고로 왔습니다. 실제 사용자당 비용은 표시된 값 이하입니다."},
	{"days of the ad account are those of %s, days of users those of %s: spend at a day's edge counts for its neighbour", "광고 계정의 날짜는 %s, 사용자의 날짜는 %s 기준입니다. 자정 무렵의 광고비는 이웃한 날로 계산될 수 있습니다."},
	{"%s (%s)", "%s(%s)"},
	{"%s (%s, several channels)", "%s(%s, 여러 채널)"},
	{"%s and %d more campaigns", "%s 외 캠페인 %d개"},
	{"spend without a channel: %s; add links that name these campaigns", "유입 채널에 연결되지 않은 광고비: %s. 이 캠페인 이름이 있는 링크를 추가하세요."},
})
