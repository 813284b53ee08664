# A session ends after more than 30 minutes without a foreground event. Midnight ends none, background events bridge none.
zone Asia/Seoul
as-of 2026-03-01T00:00

user exact
  2026-01-05T09:00:00 first_open
  2026-01-05T09:30:00 screen_view              # 30 minutes to the microsecond: the same session
  2026-01-05T10:00:00.000001 screen_view       # one microsecond more: the next

user midnight
  2026-01-05T23:50 first_open
  2026-01-06T00:10 screen_view
  2026-01-06T00:30 screen_view

user bridge
  2026-01-05T09:00 first_open
  2026-01-05T09:20 notification_receive        # would bridge the gap if it counted
  2026-01-05T09:40 screen_view
  2026-01-05T09:45 screen_view

expect exact
  sessions 2
  first_session_events 2
  events 3

expect midnight
  sessions 1
  visit_days 2
  first_session_events 3
  first_day_events 1

expect bridge
  sessions 2
  first_session_events 1
