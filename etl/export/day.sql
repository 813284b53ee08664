WITH raw AS (
  SELECT
    user_pseudo_id AS raw_user, {{column "user_id"}} AS raw_account, event_name AS raw_name, event_timestamp AS ts,
    IFNULL({{column "user_first_touch_timestamp"}}, 0) AS first_touch,
    {{column "platform"}} AS raw_platform, {{column "app_info.install_source"}} AS install_source,
    IFNULL({{column "stream_id"}}, '') AS stream, IFNULL({{column "event_bundle_sequence_id"}}, 0) AS bundle,
    {{column "batch_event_index"}} AS batch, IFNULL({{column "batch_page_id"}}, 0) AS page_id,
    IFNULL(event_name, '') AS name,
    IFNULL({{column "platform"}}, '') AS platform,
    IFNULL({{column "device.category"}}, '') AS device,
    IFNULL({{column "device.language"}}, '') AS language,
    IFNULL({{column "geo.country"}}, '') AS country,
    IFNULL({{column "app_info.version"}}, '') AS app_version,
    IFNULL({{column "collected_traffic_source.manual_source"}}, '') AS source,
    IFNULL({{column "collected_traffic_source.manual_medium"}}, '') AS medium,
    IFNULL({{column "collected_traffic_source.manual_campaign_name"}}, '') AS campaign,
    IFNULL({{column "traffic_source.source"}}, '') AS touch_source,
    IFNULL({{column "traffic_source.medium"}}, '') AS touch_medium,
    IFNULL({{column "traffic_source.name"}}, '') AS touch_name,
    IFNULL({{lastText "firebase_screen"}}, '') AS screen,
    IFNULL({{lastText "firebase_screen_class"}}, '') AS screen_class,
    IFNULL(REGEXP_EXTRACT({{lastText "page_location"}}, r'^[^?#]*'), '') AS page,
    IFNULL({{lastWhole "ga_session_id"}}, 0) AS session_id,
    IFNULL({{lastWhole "engagement_time_msec"}}, 0) AS engaged_ms,
    {{debug}} AS debug,
    {{staff}} AS staff,
    {{params}} AS params,
    IF({{column "batch_event_index"}} IS NULL, {{allParams}}, NULL) AS all_params
  FROM {{table}}
  WHERE user_pseudo_id <> '' AND event_name <> '' AND event_timestamp >= {{firstTime}} AND event_timestamp < {{lastTime}}
    AND event_date = {{suffix}}
),
trimmed AS (
  SELECT raw_user, raw_account, raw_name, ts, first_touch, raw_platform, install_source, stream, bundle, batch, page_id,
    session_id, engaged_ms, debug, staff, params, all_params{{range texts}},
    {{trim .}} AS {{.}}{{end}}
  FROM (
    SELECT * REPLACE (IF(STRPOS(page, '://') = 0, page, IFNULL(REGEXP_EXTRACT(page, r'(?s)://[^/]*(/.*)$'), '/')) AS page)
    FROM raw
  ) AS located
),
cleaned AS (
  SELECT raw_user, raw_account, raw_name, ts, first_touch, raw_platform, install_source, stream, bundle, batch, page_id,
    session_id, engaged_ms, debug, staff, params, all_params{{range texts}},
    {{clean .}} AS {{.}}{{end}}
  FROM trimmed
),
found AS (
  SELECT
    {{key "raw_user"}} AS user_key,
    IF(raw_account <> '', {{key "raw_account"}}, '') AS account_key,
    raw_user, ts, raw_name, bundle, batch, IF(batch IS NULL, 0, page_id) AS page_id,
    IF(batch IS NULL, stream, '') AS stream, all_params, name,
    COALESCE(NULLIF(screen, ''), NULLIF(screen_class, ''), page) AS screen, session_id, GREATEST(engaged_ms, 0) AS engaged_ms,
    GREATEST(first_touch, 0) AS first_touch, platform, device, language, country, app_version,
    {{channel}} AS channel,
    source, medium, campaign,
    CASE
      WHEN debug THEN 'debug'
      WHEN staff THEN 'staff'
      WHEN TRIM(install_source) = 'manual_install' AND raw_platform = 'ANDROID' THEN 'test'
      ELSE ''
    END AS flag,
    params, ARRAY_TO_STRING(ARRAY(SELECT p.key FROM UNNEST(params) AS p ORDER BY p.key), '\x01') AS param_names
  FROM cleaned
  WHERE name <> ''
),
counted AS (
  SELECT *, ROW_NUMBER() OVER (
      PARTITION BY raw_user, ts, raw_name, bundle, batch, page_id, stream, all_params
      ORDER BY screen, session_id, engaged_ms, first_touch, platform, device, language, country, app_version, IFNULL(channel, ''),
        source, medium, campaign, IFNULL(account_key, ''), flag, param_names{{range paramNames}},
        (SELECT p.value FROM UNNEST(params) AS p WHERE p.key = {{bind .}}){{end}}
    ) AS copy
  FROM found
)
SELECT
  {{day}} AS day, user_key, ts, name, NULLIF(screen, '') AS screen, NULLIF(session_id, 0) AS session_id,
  NULLIF(engaged_ms, 0) AS engaged_ms, NULLIF(first_touch, 0) AS first_touch, NULLIF(platform, '') AS platform,
  NULLIF(device, '') AS device, NULLIF(language, '') AS language, NULLIF(country, '') AS country,
  NULLIF(app_version, '') AS app_version, NULLIF(channel, '') AS channel, NULLIF(source, '') AS source,
  NULLIF(medium, '') AS medium, NULLIF(campaign, '') AS campaign, NULLIF(account_key, '') AS account_key, NULLIF(flag, '') AS flag,
  params
FROM counted
WHERE copy = 1
