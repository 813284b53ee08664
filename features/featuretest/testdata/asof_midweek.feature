# The as-of instant ends everything: what happens at it or after it is not visible, and the week's last day is the last one begun.
zone Asia/Seoul
as-of 2026-01-08T12:00
data-start 2025-01-01
known share

user mina
  2026-01-05T09:00 first_open
  2026-01-07T09:00 share
  2026-01-08T11:59:59.999999 share
  2026-01-08T12:00:00 share platform=IOS       # at the as-of instant
  2026-01-09T09:00 share

user quiet
  2026-01-05T09:00 first_open

user tomorrow
  2026-01-08T12:00:00 first_open

expect mina
  n_share 2
  visit_days 3
  hours_to_share 48
  days_since_last_visit 0
  platform missing
  label unlabelled

expect quiet
  days_since_last_visit 3                      # day 3 is the last one seen
  label unlabelled

expect tomorrow
  excluded no-visit
