# Days are calendar days of the app's zone: midnight in Seoul is 15:00 UTC of the day before.
zone Asia/Seoul
as-of 2026-03-01T00:00
known meeting_create

user night
  2026-01-05T23:59:59.999999+09:00 first_open
  2026-01-06T00:00:00 meeting_create

user utc    # 15:00 and 14:59 UTC lie on two days in Seoul
  2026-01-05T14:59:00Z first_open
  2026-01-05T15:00:00Z meeting_create

user sameday
  2026-01-05T00:00 first_open
  2026-01-05T23:59 meeting_create

expect night
  visit_days 2
  sessions 1                    # midnight ends a day but no session
  first_day_events 1
  first_hour 23
  first_weekday 0               # 2026-01-05 was a Monday
  n_meeting_create 1
  days_meeting_create 1
  days_since_last_visit 5

expect utc
  visit_days 2
  first_hour 23
  hours_to_meeting_create 1/60

expect sameday
  visit_days 1
  sessions 2
  first_hour 0
  days_since_last_visit 6
  hours_to_meeting_create 23.983333333333333
