# The list of background events is a setting, and a name may hold any text.
zone Asia/Seoul
as-of 2026-06-01T00:00
background "sync name NOT 'x'" beacon
known beacon

user mina
  2026-01-05T08:00 beacon
  2026-01-05T08:10 "sync name NOT 'x'"
  2026-01-05T09:00 notification_receive        # no background event here

expect mina
  events 1
  first_hour 9
  n_beacon 1
  sessions 1
