# Events that fire without the user make no visit: no day, no session, no day 0. Named by a feature, they still count.
zone Asia/Seoul
as-of 2026-06-01T00:00
known notification_receive app_remove

user asleep
  2026-01-05T09:00 notification_receive
  2026-01-09T09:00 app_remove

user late
  2026-01-03T09:00 notification_receive        # before day 0: outside the first week
  2026-01-05T08:00 notification_receive        # on day 0, before the first visit
  2026-01-05T09:00 first_open
  2026-01-07T09:00 notification_receive
  2026-01-11T20:00 app_remove
  2026-01-12T09:00 notification_receive        # day 7
  2026-01-20T09:00 notification_receive
  2026-01-21T09:00 notification_receive
  2026-01-22T09:00 notification_receive

expect asleep
  excluded no-visit

expect late
  visit_days 1
  sessions 1
  events 1
  distinct_events 1
  first_hour 9
  n_notification_receive 2
  days_notification_receive 2
  n_app_remove 1
  days_since_last_visit 6
  trend -1
  label no                                     # three days with notifications are no visit days
