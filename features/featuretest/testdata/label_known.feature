# Day 36 of a user of 5 January is 10 February. Its last microsecond has passed: the label is known.
zone Asia/Seoul
as-of 2026-02-11T00:00:00

user back
  2026-01-05T09:00 first_open
  2026-01-12T00:00 screen_view                 # day 7
  2026-01-20T09:00 screen_view
  2026-02-10T23:59:59.999999 screen_view       # day 36

user two
  2026-01-05T09:00 first_open
  2026-01-11T09:00 screen_view                 # day 6: not in the window
  2026-01-12T09:00 screen_view
  2026-01-12T19:00 screen_view                 # the same day
  2026-02-10T09:00 screen_view

user tomorrow
  2026-01-06T00:00 first_open                  # one day younger: day 36 has not been

user gone
  2026-01-05T00:00 first_open

expect back
  label revisit
expect two
  label no
expect tomorrow
  label unlabelled
expect gone
  label no
