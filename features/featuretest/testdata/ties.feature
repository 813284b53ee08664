# Events of one instant have no order: of their first or last values the smaller or the larger text is taken, whatever stands first.
zone Asia/Seoul
as-of 2026-06-01T00:00
known a b
feature last_platform {"pick":{"field":"platform","last":true}}
feature last_screen {"pick":{"field":"screen","last":true}}
feature first_screen {"pick":{"field":"screen"}}

user mina
  2026-01-05T09:00 b platform=IOS screen=z country=KR
  2026-01-05T09:00 a platform=ANDROID screen=y
  2026-01-05T09:00 a platform=WEB country=JP
  2026-01-06T09:00 b platform=ANDROID screen=y
  2026-01-06T09:00 b platform=WEB screen=x
  2026-01-06T09:00 a country=US

user nico                                      # the same events, the other way round
  2026-01-06T09:00 a country=US
  2026-01-06T09:00 b platform=WEB screen=x
  2026-01-06T09:00 b platform=ANDROID screen=y
  2026-01-05T09:00 a platform=WEB country=JP
  2026-01-05T09:00 a platform=ANDROID screen=y
  2026-01-05T09:00 b platform=IOS screen=z country=KR

expect mina
  platform ANDROID
  country JP
  first_screen y
  last_platform WEB
  last_screen y
  hours_to_a 0
  hours_to_b 0
  sessions 2
  first_session_events 3

expect nico
  platform ANDROID
  country JP
  first_screen y
  last_platform WEB
  last_screen y
  hours_to_a 0
  hours_to_b 0
  sessions 2
  first_session_events 3
