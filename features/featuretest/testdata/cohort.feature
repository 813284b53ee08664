# Seen first in the log is not new: a first touch before the data, or a day 0 in the burn-in without proof, keeps a user out.
zone Asia/Seoul
as-of 2026-06-01T00:00
data-start 2026-01-01T00:00
burn-in 30

user early
  2026-01-30T23:59:59 screen_view              # day 29 of the data
user after
  2026-01-31T00:00:00 screen_view              # day 30
user opened
  2026-01-02T09:00 screen_view
  2026-01-08T09:00 first_open                  # day 6
user openedlate
  2026-01-02T09:00 screen_view
  2026-01-09T09:00 first_open                  # day 7: selection does not look there
user visited
  2026-01-02T09:00 first_visit
user touched
  2026-01-02T09:00 screen_view first_touch=2026-01-01T00:00:00
user old
  2026-05-02T09:00 screen_view first_touch=2025-12-31T23:59:59.999999+09:00
user oldopened
  2026-05-02T09:00 first_open
  2026-05-02T10:00 screen_view first_touch=2025-12-01
user oldlate
  2026-03-02T09:00 first_open
  2026-03-09T00:00 screen_view first_touch=2025-12-01    # day 7

expect early
  excluded burn-in
expect after
  visit_days 1
expect opened
  visit_days 2
expect openedlate
  excluded burn-in
expect visited
  visit_days 1
expect touched
  visit_days 1
expect old
  excluded first-touch
expect oldopened
  excluded first-touch
expect oldlate
  visit_days 1
