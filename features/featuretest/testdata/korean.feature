# Names in any script, with quotes, blanks and backslashes. A letter outside ASCII becomes u and its code in the column's name.
zone Asia/Seoul
as-of 2026-06-01T00:00
known "회의 만들기" "it's \"odd\" \\ name"
screens "월간 보기"

user 민아
  2026-01-05T09:00 first_open country=대한민국 screen="월간 보기"
  2026-01-05T09:30 "회의 만들기" screen="월간 보기" language=ko-kr
  2026-01-06T09:30 "회의 만들기" screen=설정
  2026-01-06T09:31 "it's \"odd\" \\ name" channel="Paid Social"

expect 민아
  n_ud68cuc758_ub9ccub4e4uae30 2
  days_ud68cuc758_ub9ccub4e4uae30 2
  hours_to_ud68cuc758_ub9ccub4e4uae30 0.5
  n_it_s__odd____name 1
  screen_uc6d4uac04_ubcf4uae30 2
  distinct_screens 2
  country 대한민국
  language ko-kr
  channel "Paid Social"
