package report

// koreanMoney are the translations of the advice on where the next budget should go, by their English formats.
var koreanMoney = catalog([][2]string{
	{"The next budget should go to %s first: in %d of 100 redraws of the data it is the cheapest of %d channels, at %s for a revisiting person.", "다음 예산은 %[1]s에 먼저 쓰는 것이 좋습니다. 데이터를 100번 재추출하면 유입 채널 %[3]d개 중 %[2]d번 가장 저렴하며, 재방문 사용자당 획득 비용은 %[4]s입니다."},
	{"The data cannot tell which of %d channels brings revisiting people at the lowest cost: the likeliest is %s, the cheapest in %d of 100 redraws; %d would be enough to say so.", "지금 데이터로는 유입 채널 %[1]d개 중 어디가 재방문 사용자당 획득 비용이 가장 낮은지 판단할 수 없습니다. 가능성이 가장 높은 채널(%[2]s)도 100번 재추출 중 %[3]d번만 가장 저렴합니다. 판단하려면 %[4]d번 이상이어야 합니다."},
	{"The data cannot tell which of %d channels brings revisiting people at the lowest cost: it may be %s, which has brought nobody who revisits yet.", "지금 데이터로는 유입 채널 %[1]d개 중 어디가 재방문 사용자당 획득 비용이 가장 낮은지 판단할 수 없습니다. 가능성이 가장 높은 채널(%[2]s)에는 아직 재방문 사용자가 없습니다."},
	{"Only %s has spend and enough people with an answer, so that there is nothing to compare its cost with: %s for a revisiting person.", "광고비가 있고 재방문 여부가 확정된 사용자가 충분한 유입 채널은 %[1]s 하나뿐이라 비교할 대상이 없습니다. 재방문 사용자당 획득 비용은 %[2]s입니다."},
	{"%s brings a revisiting person for %s; in %d of 100 redraws it is the cheapest.", "%[1]s: 재방문 사용자당 획득 비용 %[2]s, 100번 재추출 중 %[3]d번 가장 저렴합니다."},
	{"%s cost %s and brought nobody who revisits; in %d of 100 redraws it is the cheapest.", "%[1]s: 광고비 %[2]s에 재방문 사용자가 없고, 100번 재추출 중 %[3]d번 가장 저렴합니다."},
	{"If the costs stay what they are, about %d more weeks of the same spend whose people have an answer would tell.", "비용이 지금 수준이라면, 같은 광고비로 재방문 여부가 확정된 데이터가 약 %d주치 더 쌓여야 판단할 수 있습니다."},
	{"If the costs stay what they are, even %d times the data would not tell: they are too much alike for the cost to decide.", "비용이 지금 수준이라면 데이터가 %d배로 늘어도 판단할 수 없습니다. 비용 차이가 작으니 다른 기준으로 정하는 편이 낫습니다."},
	{"Counting also those too young for an answer, as the model expects of them, %s is the cheapest: %s for a revisiting person.", "재방문 여부가 아직 확정되지 않은 사용자를 모델의 예상대로 포함하면 가장 저렴한 유입 채널: %[1]s(재방문 사용자당 획득 비용 %[2]s)."},
	{"Of %d campaigns, %s is the cheapest in %d of 100 redraws, at %s for a revisiting person.", "광고 캠페인 %[1]d개 중 %[2]s: 재방문 사용자당 획득 비용 %[4]s, 100번 재추출 중 %[3]d번 가장 저렴합니다."},
	{"Of %d campaigns none can be called the cheapest; the likeliest is %s, in %d of 100 redraws.", "광고 캠페인 %[1]d개 중 어느 것이 가장 저렴한지 판단할 수 없습니다. 가능성이 가장 높은 캠페인: %[2]s(100번 재추출 중 %[3]d번)."},
	{"%d %% of the spend belongs to no channel and is not compared.", "광고비의 %d%%는 어느 유입 채널에도 연결되지 않아 비교에서 빠졌습니다."},
	{"These are average costs of what was spent so far, not the cost of the next person: raise a budget in steps, and look again after each.", "위 수치는 지금까지 쓴 광고비의 평균 비용이며, 다음 사용자 한 명을 더 얻는 비용(한계 비용)이 아닙니다. 예산은 조금씩 늘리고 그때마다 다시 확인하세요."},
})
