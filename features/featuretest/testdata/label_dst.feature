# The window's end is a local midnight: in New York the 23-hour day of 2026-03-08 lies inside this one.
zone America/New_York
as-of 2026-03-30T03:59:59Z
label visits=1 gap=7 horizon=14

user known
  2026-03-08T12:00 first_open                  # day 20 is 28 March
  2026-03-15T00:00 screen_view
user open
  2026-03-09T00:00 first_open                  # day 20 is 29 March, which ends one second after the as-of instant
  2026-03-16T00:00 screen_view

expect known
  label revisit
expect open
  label unlabelled
