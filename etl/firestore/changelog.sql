-- What the tables of the Firebase extension say of some days, as rows of the documents table with the reason why a row cannot be used,
-- and how many copies of its changes were dropped.
WITH changes AS (
{{- range $i, $t := tables}}{{if $i}}
  UNION ALL{{end}}
  SELECT {{$t.Kind}} AS name, {{$t.Time}} AS changed, {{$t.Event}} AS event, operation, {{$t.Data}} AS data,
    COALESCE(REGEXP_EXTRACT(document_name, r'/documents/(.+)$'), document_name) AS path
  FROM {{$t.Table}}
  WHERE {{$t.Where}}
{{- end}}
), numbered AS (
  SELECT name, changed, event, operation, data, path, DATE(changed, {{zone}}) AS day,
    ROW_NUMBER() OVER (
      PARTITION BY name, path, operation, IF(event = '', CAST(UNIX_MICROS(changed) AS STRING), event) ORDER BY changed, data) AS copy
  FROM changes
), ranked AS (
  SELECT name, changed, operation, data, path, day,
    ROW_NUMBER() OVER (
      PARTITION BY name, path, day, IF(name = {{meeting}}, IF(event = '', CAST(UNIX_MICROS(changed) AS STRING), event), '')
      ORDER BY IF(copy = 1, 0, 1), changed DESC, event DESC) AS place,
    SUM(IF(copy > 1, 1, 0)) OVER (
      PARTITION BY name, path, day, IF(name = {{meeting}}, IF(event = '', CAST(UNIX_MICROS(changed) AS STRING), event), '')) AS copies
  FROM numbered
), documents AS (
  SELECT name, UNIX_MICROS(changed) AS ts, data, REGEXP_EXTRACT(path, r'([^/]+)$') AS id, day, copies,
    COALESCE(STARTS_WITH(LTRIM(data), '{') AND JSON_QUERY(data, '$') IS NOT NULL, FALSE) AS object
  FROM ranked WHERE place = 1 AND operation <> 'DELETE'
), profiles AS (
  SELECT name, ts, id, day, copies, object, {{account}} AS account, {{range $p := profileParams}}{{$p.SQL}} AS {{$p.Name}}, {{end}}
    {{firstBad "profile"}} AS bad
  FROM documents WHERE name = {{profile}}
), times AS (
  SELECT name, ts, id, day, copies, object, data, {{micros "from"}} AS begins, {{micros "to"}} AS ends
  FROM documents WHERE name = {{meeting}}
), meetings AS (
  SELECT name, ts, id, day, copies, object, {{owner}} AS account, {{range $p := meetingParams}}{{$p.SQL}} AS {{$p.Name}}, {{end}}
    {{firstBad "meeting"}} AS bad
  FROM times
), judged AS (
  SELECT name, ts, id, day, copies, account,
    CASE WHEN NOT object THEN {{syntax}} WHEN COALESCE(account, '') = '' THEN {{noAccount}} ELSE bad END AS reason,
    {{params "profile"}} AS params
  FROM profiles
  UNION ALL
  SELECT name, ts, id, day, copies, account,
    CASE WHEN NOT object THEN {{syntax}} WHEN COALESCE(account, '') = '' THEN {{noOwner}} ELSE bad END AS reason,
    {{params "meeting"}} AS params
  FROM meetings
), kept AS (
  -- Of several documents of one account the last to change on the day.
  SELECT name, ts, day, copies, reason, params, {{key "account"}} AS user_key,
    ROW_NUMBER() OVER (
      PARTITION BY name, day,
        IF(name = {{profile}} AND reason IS NULL, account, CONCAT(COALESCE(id, ''), ' ', CAST(ts AS STRING)))
      ORDER BY ts DESC, id DESC) AS place
  FROM judged
)
SELECT day, IF(reason IS NULL, user_key, NULL) AS user_key, ts, name,{{range empty}} CAST(NULL AS {{.Type}}) AS {{.Name}},{{end}}
  params, reason, copies
FROM kept WHERE place = 1
