# An empty text is an unknown one.
zone Asia/Seoul
as-of 2026-06-01T00:00
screens month

user mina
  2026-01-05T09:00 first_open platform="" country="" screen="" version=""
  2026-01-05T09:05 screen_view platform=IOS screen=month
  2026-01-05T09:06 screen_view platform=ANDROID screen=""
  2026-01-05T09:07 screen_view screen=" "

user blank
  2026-01-05T09:00 first_open platform="" device="" language="" country="" version="" channel="" screen=""

expect mina
  platform IOS
  country missing
  app_version missing
  distinct_screens 2                           # a blank is a text
  screen_month 1

expect blank
  platform missing
  device missing
  language missing
  country missing
  app_version missing
  channel missing
  distinct_screens 0
  screen_month 0
  engaged_ms 0
