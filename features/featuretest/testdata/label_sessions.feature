# Visits may be sessions: three on one day are then three. A session counts for the day on which it began.
zone Asia/Seoul
as-of 2026-06-01T00:00
label visits=3 gap=7 horizon=30 unit=sessions

user oneday
  2026-01-05T09:00 first_open
  2026-01-15T09:00 screen_view
  2026-01-15T09:20 screen_view
  2026-01-15T12:00 screen_view
  2026-01-15T15:00 screen_view

user spans
  2026-01-05T09:00 first_open
  2026-01-11T23:50 screen_view                 # begins on day 6 and runs into day 7: not in the window
  2026-01-12T00:10 screen_view
  2026-01-20T09:00 screen_view
  2026-02-10T23:50 screen_view                 # begins on day 36 and runs out of the window: in it
  2026-02-11T00:10 screen_view

expect oneday
  label revisit
  sessions 1
expect spans
  label no
