# The first week is days 0 to 6 and ends when day 7 begins. Nothing later is looked at.
zone Asia/Seoul
as-of 2026-06-01T00:00
known share

user edge
  2026-01-05T22:00 first_open
  2026-01-11T23:59:59.999999 share             # the last instant of day 6
  2026-01-12T00:00:00 share                    # day 7

user later
  2026-01-05T22:00 first_open
  2026-01-12T00:00 share country=US platform=IOS engaged_ms=1000 screen=month
  2026-01-13T00:00 share first_touch=2020-01-01
  2026-01-14T00:00 first_open

expect edge
  n_share 1
  visit_days 2
  late_events 1
  late_visit_days 1
  days_since_last_visit 0
  trend 0                                      # one early event, one late

expect later
  n_share 0
  days_share 0
  hours_to_share missing
  events 1
  engaged_ms 0
  distinct_screens 0
  platform missing
  country missing
  trend -1
  label revisit                                # days 7, 8 and 9; the first touch told on day 8 does not keep the user out
