# Parameters and the nodes that the default set does not use.
zone Asia/Seoul
as-of 2026-06-01T00:00
known pay view
params price
feature mean_price {"total":{"of":{},"param":"price","how":"mean"}}
feature min_evening {"total":{"of":{"hours":[18,22]},"param":"price","how":"min"}}
feature pay_share {"share":{"part":{"events":["pay"]},"whole":{"events":["pay","view"]}}}
feature since_pay {"since":{"of":{"events":["pay"]}}}
feature month_trend {"trend":{"of":{"screen":"month"}}}
feature night_until {"until":{"of":{"hours":[22,6]}}}
feature screens_day1 {"distinct":{"of":{"days":[1,1]},"field":"screen"}}

user mina
  2026-01-05T09:00 first_open engaged_ms=1500
  2026-01-05T18:00 pay param.price=2.5 screen=month
  2026-01-06T21:59 pay param.price=-1 screen=month engaged_ms=500
  2026-01-06T22:00 view screen=month
  2026-01-08T05:59 view param.price=0 screen=week
  2026-01-10T06:00 view screen=month            # a Saturday

user none
  2026-01-05T09:00 first_open

expect mina
  sum_price 1.5
  max_price 2.5
  mean_price 0.5
  min_evening -1
  pay_share 2/5
  since_pay 5
  month_trend -1/2
  night_until 37
  screens_day1 1
  engaged_ms 2000
  share_night 1/3
  share_evening 1/3
  share_morning 1/3
  share_weekend 1/6
  distinct_screens 2
  distinct_events 3
  late_events 1
  late_visit_days 1
  days_since_last_visit 1
  trend -3/5

expect none
  sum_price 0
  max_price missing
  mean_price missing
  min_evening missing
  pay_share missing
  since_pay missing
  month_trend missing
  night_until missing
  screens_day1 0
  trend -1
