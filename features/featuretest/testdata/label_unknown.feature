# One second before the end of day 36 nobody is labelled, also who has already come often enough.
zone Asia/Seoul
as-of 2026-02-10T23:59:59

user back
  2026-01-05T09:00 first_open
  2026-01-12T09:00 screen_view
  2026-01-13T09:00 screen_view
  2026-01-14T09:00 screen_view

user older
  2026-01-04T23:59:59 first_open

expect back
  label unlabelled
expect older
  label no
