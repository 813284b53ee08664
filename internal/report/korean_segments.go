package report

// koreanSegments are the translations of what package segments says, by their English formats.
var koreanSegments = catalog([][2]string{
	// Names of kinds.
	{"next to nothing", "활동 거의 없음"},
	{"much of everything (about %d actions)", "모든 행동이 많음(약 %d회)"},
	{"much of everything, most of all %s", "모든 행동이 많음, 특히 %s"},
	{"some of everything (about %d actions)", "모든 행동을 두루 함(약 %d회)"},
	{"some of everything", "모든 행동을 두루 함"},
	{"a little of everything (about %d actions)", "모든 행동을 조금씩(약 %d회)"},
	{"many %s", "%s 많음"},
	{"many %s and %s", "%s, %s 많음"},
	{"some %s", "%s 있음"},
	{"some %s and %s", "%s, %s 있음"},
	{"fewer %s", "%s 적음"},
	{"%s, fewer %s", "%s, %s 적음"},
	{"%s, on few days", "%s, 방문일 적음"},
	{"%s, on many days", "%s, 방문일 많음"},
	{"%s (kind %d)", "%s (유형 %d)"},

	// Why there are so many, or none.
	{"Between %d and %d kinds were tried and %d chosen: of the numbers on which two halves of the people agree best, the one whose kinds lie furthest apart.", "유형 수를 %d~%d개로 바꿔 가며 시도해 %d개로 정했습니다. 사용자를 절반씩 따로 나눴을 때 가장 잘 일치하는 유형 수 가운데 유형끼리 가장 뚜렷이 구분되는 쪽입니다."},
	{"%s %s", "%s %s"},
	{"They differ in how much they do rather than in what.", "유형은 무엇을 하는지보다 얼마나 많이 하는지에서 차이가 납니다."},
	{"There are too few people to divide them into kinds: fewer than %d.", "사용자가 %d명 미만이라 유형으로 나눌 수 없습니다."},
	{"There are too few actions to divide people by: fewer than two tell at least %d people from the others.", "사용자를 나눌 만한 행동이 부족합니다. 사용자 %d명 이상을 나머지와 구분해 주는 행동이 두 개 미만입니다."},
	{"There are no kinds of people: how often somebody does one thing says next to nothing of what else they do.", "사용자 유형이 없습니다. 한 행동을 얼마나 하는지로는 다른 행동을 거의 알 수 없습니다."},
	{"There are no kinds of people: with %d of them or more, some would hold next to nobody.", "사용자 유형이 없습니다. %d개 이상으로 나누면 사용자가 거의 없는 유형이 생깁니다."},
	{"There is no stable division into kinds: two halves of the people, divided apart, agree at %s at most, and %s is asked for (adjusted Rand index: 1 is wholly, 0 is chance).", "안정적인 유형 구분이 없습니다. 사용자를 절반씩 따로 나누면 일치도가 최대 %s로, 기준인 %s에 미치지 못합니다(수정 랜드 지수: 1은 완전 일치, 0은 우연 수준)."},
})
