# On 2026-03-08 New York has no hour 2, on 2026-11-01 it has hour 1 twice. Days stay calendar days, hours stay wall clock.
zone America/New_York
as-of 2026-12-31T00:00
data-start 2025-12-01
known save

user spring
  2026-03-08T01:30 first_open
  2026-03-08T03:30 save                 # one hour later
  2026-03-14T23:59:59 save              # the last second of day 6
  2026-03-15T00:00:00 save              # day 7, though less than 7 x 24 hours after the first midnight

user autumn
  2026-11-01T01:30:00-04:00 first_open
  2026-11-01T01:30:00-05:00 save        # the same wall clock, one hour later
  2026-11-07T23:30:00 save              # 7 x 24 hours less one after the first midnight: still day 6

expect spring
  visit_days 2
  n_save 2
  hours_to_save 1
  first_hour 1
  first_weekday 6
  share_night 1
  share_weekend 1

expect autumn
  visit_days 2
  n_save 2
  hours_to_save 1
  sessions 3
  first_hour 1
  days_since_last_visit 0
  label no
