# A feature about an event that the user's app version does not have is missing, not 0.
zone Asia/Seoul
as-of 2026-06-01T00:00
known friend_add share
absent friend_add 1.0 1.1

user old
  2026-01-05T09:00 first_open version=1.0
  2026-01-05T09:10 share version=1.1

user updated
  2026-01-05T09:00 first_open version=1.0
  2026-01-07T09:10 share version=2.0

user unknown
  2026-01-05T09:00 first_open

user half
  2026-01-05T09:00 first_open version=1.0
  2026-01-05T09:01 share

expect old
  n_friend_add missing
  days_friend_add missing
  hours_to_friend_add missing
  n_share 1
  app_version 1.0

expect updated                                 # had the event for a part of the week
  n_friend_add 0
  hours_to_friend_add missing

expect unknown                                 # an unknown version says nothing
  n_friend_add 0
  app_version missing

expect half
  n_friend_add missing
