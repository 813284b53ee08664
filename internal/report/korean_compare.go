package report

// koreanCompare is the comparison of two versions.
var koreanCompare = catalog([][2]string{
	{"%d features came and %d went.", "피처 %d개가 추가되고 %d개가 제외되었습니다."},
	{"AUC %s against %s, difference %s", "AUC %s 대 %s, 차이 %s"},
	{"The model is of another kind: %s, before %s.", "모델 종류가 바뀌었습니다: 현재 %s, 이전 %s."},
	{"The verdict on %d actions is another one.", "행동 %d개의 판정이 바뀌었습니다."},
	{"The share who revisit is %s, before %s", "재방문율 %s, 이전 %s"},
	{"%s.", "%s."},
	{"%s: %s points come of another mix of channels, %s of a change within the channels.", "%s: 이 중 유입 채널 구성 변화가 %s포인트, 채널 내부 변화가 %s포인트입니다."},
	{"The share who revisit, %s, differs from the %s of before by no more than chance would give.", "재방문율 %s: 이전의 %s 대비 차이는 우연으로 생길 수 있는 정도입니다."},
	{"On the same %s newest people, version %s tells better who revisits than %s (%s).", "같은 최신 사용자 %[1]s명 기준, 버전 %[2]s 쪽이 %[3]s보다 재방문 여부를 더 잘 맞힙니다(%[4]s)."},
	{"On the same %s newest people, version %s tells worse who revisits than %s (%s).", "같은 최신 사용자 %[1]s명 기준, 버전 %[2]s 쪽이 %[3]s보다 재방문 여부를 못 맞힙니다(%[4]s)."},
	{"On the same %s newest people, versions %s and %s cannot be told apart (%s).", "같은 최신 사용자 %[1]s명 기준, 버전 %[2]s, %[3]s 사이의 차이는 확인되지 않습니다(%[4]s)."},
	{"One of the two versions learnt from data after the first of these people came, so that it may have learnt from them: the figures flatter it.", "두 버전 중 하나는 이 사용자들이 처음 방문한 이후의 데이터로 학습했을 수 있어, 수치가 실제보다 좋게 보일 수 있습니다."},
})

// koreanCausal is the verdicts' reasons.
var koreanCausal = catalog([][2]string{
	{"%s points (%s to %s)", "%s포인트(%s ~ %s)"},
	{"Among people alike in everything known, doing it goes with %s.", "알려진 모든 조건이 비슷한 사용자끼리 비교하면 이 행동의 효과는 %s입니다."},
	{"Among people alike in everything known, doing it goes with %s: that leaves both open.", "알려진 모든 조건이 비슷한 사용자끼리 비교하면 효과는 %s로, 어느 쪽이라고 말할 수 없습니다."},
	{"That stays clear of zero after all that was tried (q %s).", "시도한 비교 횟수를 모두 감안해도 0과 뚜렷이 다릅니다(q %s)."},
	{"Among people alike in everything known, doing it goes with %s, but not clearly after all that was tried (q %s).", "알려진 모든 조건이 비슷한 사용자끼리 비교하면 효과는 %s이지만, 시도한 비교 횟수를 모두 감안하면 뚜렷하지 않습니다(q %s)."},
	{"Among people alike in everything known, doing it goes with %s, which is too little to build on.", "알려진 모든 조건이 비슷한 사용자끼리 비교하면 효과는 %s로, 근거로 삼기에는 너무 작습니다."},
	{"A hidden cause would have to be tied to both by a risk ratio of %.1f to explain it away, of %.1f to make it uncertain.", "숨은 원인으로 이 효과를 모두 설명하려면 행동과 재방문 양쪽에 위험비 %.1f 이상으로, 불확실하게 만들려면 %.1f 이상으로 연결되어야 합니다."},
	{"But a weak hidden cause would do to bring that to zero: one tied to both by a risk ratio of %.2f.", "그러나 양쪽에 위험비 %.2f 정도로 연결된 약한 숨은 원인만 있어도 효과는 0이 될 수 있습니다."},
	{"After weighting, those who did it and those who did not still differ by %.2f standard deviations.", "가중치를 적용해도 행동한 사용자와 하지 않은 사용자는 표준편차 %.2f만큼 다릅니다."},
	{"Only %d of 100 people could as well have done it as not: there is hardly anybody to compare.", "할 수도 안 할 수도 있었던 사용자가 100명 중 %d명뿐이라 비교할 대상이 거의 없습니다."},
	{"There are too few people on one of the two sides to compare people alike.", "한쪽의 사용자 수가 너무 적어 비슷한 사용자끼리 비교할 수 없습니다."},
	{"Those who did it differ by %s points, but among people alike in everything known by %s, which may be nothing.", "행동한 사용자의 재방문율 차이는 %s포인트이지만, 알려진 모든 조건이 비슷한 사용자끼리 비교하면 %s로, 효과가 없을 수도 있습니다."},
})
