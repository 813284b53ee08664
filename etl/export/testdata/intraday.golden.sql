SELECT 'events_intraday_20260302' AS source, verdict, COUNT(*) AS records, COUNTIF(moved) AS moved
FROM (
  SELECT verdict, CASE WHEN verdict = '' THEN FORMAT_DATE('%Y%m%d', DATE(TIMESTAMP_MICROS(event_timestamp), 'Asia/Seoul')) <> event_date ELSE FALSE END AS moved
  FROM (
    SELECT event_date, event_timestamp,
      CASE
        WHEN IFNULL(user_pseudo_id, '') = '' THEN 'excluded'
        WHEN event_timestamp IS NULL THEN 'no event time'
        WHEN event_timestamp < 946684800000000 OR event_timestamp >= 4102444800000000 THEN 'event time is before 2000 or after 2100'
        WHEN IFNULL(event_name, '') = '' THEN 'no event name'
        WHEN name = '' OR IF((REGEXP_CONTAINS(REPLACE(name, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(name, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(name, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(name) <= 100, name, TRIM(LEFT(name, 100)))) = '' THEN 'event name looks like personal data'
        WHEN IFNULL(event_date, '') = '20260302' THEN ''
        WHEN REGEXP_CONTAINS(IFNULL(event_date, ''), r'^[0-9]{8}$') AND SAFE.PARSE_DATE('%Y%m%d', event_date) IS NOT NULL
          THEN 'event_date is not the day of the file'
        ELSE 'event_date is no date'
      END AS verdict
    FROM (
      SELECT event_date, event_timestamp, user_pseudo_id, event_name, TRIM(REGEXP_REPLACE(event_name, r'\p{Cc}', ' ')) AS name FROM `shop-app.analytics_123456.events_intraday_20260302`
    ) AS named
  ) AS verdicts

) AS judged
GROUP BY verdict;
WITH raw AS (
  SELECT
    user_pseudo_id AS raw_user, user_id AS raw_account, event_name AS raw_name, event_timestamp AS ts,
    IFNULL(user_first_touch_timestamp, 0) AS first_touch,
    platform AS raw_platform, app_info.install_source AS install_source,
    IFNULL(stream_id, '') AS stream, IFNULL(event_bundle_sequence_id, 0) AS bundle,
    batch_event_index AS batch, IFNULL(batch_page_id, 0) AS page_id,
    IFNULL(event_name, '') AS name,
    IFNULL(platform, '') AS platform,
    IFNULL(device.category, '') AS device,
    IFNULL(device.language, '') AS language,
    IFNULL(geo.country, '') AS country,
    IFNULL(app_info.version, '') AS app_version,
    IFNULL(collected_traffic_source.manual_source, '') AS source,
    IFNULL(collected_traffic_source.manual_medium, '') AS medium,
    IFNULL(collected_traffic_source.manual_campaign_name, '') AS campaign,
    IFNULL(traffic_source.source, '') AS touch_source,
    IFNULL(traffic_source.medium, '') AS touch_medium,
    IFNULL(traffic_source.name, '') AS touch_name,
    IFNULL((SELECT p.value.string_value FROM UNNEST(event_params) AS p WITH OFFSET AS place WHERE p.key = 'firebase_screen' ORDER BY place DESC LIMIT 1), '') AS screen,
    IFNULL((SELECT p.value.string_value FROM UNNEST(event_params) AS p WITH OFFSET AS place WHERE p.key = 'firebase_screen_class' ORDER BY place DESC LIMIT 1), '') AS screen_class,
    IFNULL(REGEXP_EXTRACT((SELECT p.value.string_value FROM UNNEST(event_params) AS p WITH OFFSET AS place WHERE p.key = 'page_location' ORDER BY place DESC LIMIT 1), r'^[^?#]*'), '') AS page,
    IFNULL((SELECT CASE WHEN p.value.string_value IS NOT NULL THEN IF(REGEXP_CONTAINS(p.value.string_value, r'^[+-]?[0-9]+$'), SAFE_CAST(REPLACE(p.value.string_value, '+', '') AS INT64), 0) ELSE COALESCE(p.value.int_value, SAFE_CAST(TRUNC(COALESCE(p.value.double_value, p.value.float_value)) AS INT64)) END FROM UNNEST(event_params) AS p WITH OFFSET AS place WHERE p.key = 'ga_session_id' ORDER BY place DESC LIMIT 1), 0) AS session_id,
    IFNULL((SELECT CASE WHEN p.value.string_value IS NOT NULL THEN IF(REGEXP_CONTAINS(p.value.string_value, r'^[+-]?[0-9]+$'), SAFE_CAST(REPLACE(p.value.string_value, '+', '') AS INT64), 0) ELSE COALESCE(p.value.int_value, SAFE_CAST(TRUNC(COALESCE(p.value.double_value, p.value.float_value)) AS INT64)) END FROM UNNEST(event_params) AS p WITH OFFSET AS place WHERE p.key = 'engagement_time_msec' ORDER BY place DESC LIMIT 1), 0) AS engaged_ms,
    EXISTS (SELECT 1 FROM UNNEST(event_params) AS p WHERE p.key IN ('debug_event', 'debug_mode') AND IF(p.value.string_value IS NOT NULL, REGEXP_CONTAINS(p.value.string_value, r'^\+?0*1$'), IFNULL(p.value.int_value = 1, FALSE))) AS debug,
    EXISTS (SELECT 1 FROM UNNEST(user_properties) AS p WHERE p.key = ? AND IF(p.value.string_value IS NOT NULL, LOWER(TRIM(p.value.string_value)) NOT IN ('', '0', 'false'), IFNULL(COALESCE(CAST(p.value.int_value AS FLOAT64), p.value.double_value, p.value.float_value) <> 0, FALSE))) AS staff,
    ARRAY(
      SELECT AS STRUCT key, ARRAY_AGG(value ORDER BY place DESC LIMIT 1)[OFFSET(0)] AS value
      FROM (
        SELECT p.key AS key, place, COALESCE(CAST(p.value.int_value AS FLOAT64), p.value.double_value, p.value.float_value) AS value
        FROM UNNEST(event_params) AS p WITH OFFSET AS place
        WHERE p.value.string_value IS NULL AND p.key IN (?, ?)
      ) AS listed
      WHERE NOT IS_NAN(value) AND NOT IS_INF(value)
      GROUP BY key
      ORDER BY key
    ) AS params,
    IF(batch_event_index IS NULL, SHA256(TO_JSON_STRING(ARRAY(
      SELECT AS STRUCT
        IFNULL(p.key, '') AS name, p.value.string_value AS text,
        CASE WHEN p.value.string_value IS NOT NULL THEN 's' WHEN p.value.int_value IS NOT NULL THEN 'i' WHEN COALESCE(p.value.double_value, p.value.float_value) IS NOT NULL THEN 'f' END AS kind,
        IF(p.value.string_value IS NULL, COALESCE(CAST(p.value.int_value AS FLOAT64), p.value.double_value, p.value.float_value), NULL) AS number
      FROM UNNEST(event_params) AS p WITH OFFSET AS place
      ORDER BY name, place
    ))), NULL) AS all_params
  FROM `shop-app.analytics_123456.events_intraday_20260302`
  WHERE user_pseudo_id <> '' AND event_name <> '' AND event_timestamp >= 946684800000000 AND event_timestamp < 4102444800000000
    AND event_date = '20260302'
),
trimmed AS (
  SELECT raw_user, raw_account, raw_name, ts, first_touch, raw_platform, install_source, stream, bundle, batch, page_id,
    session_id, engaged_ms, debug, staff, params, all_params,
    TRIM(REGEXP_REPLACE(name, r'\p{Cc}', ' ')) AS name,
    TRIM(REGEXP_REPLACE(platform, r'\p{Cc}', ' ')) AS platform,
    TRIM(REGEXP_REPLACE(device, r'\p{Cc}', ' ')) AS device,
    TRIM(REGEXP_REPLACE(language, r'\p{Cc}', ' ')) AS language,
    TRIM(REGEXP_REPLACE(country, r'\p{Cc}', ' ')) AS country,
    TRIM(REGEXP_REPLACE(app_version, r'\p{Cc}', ' ')) AS app_version,
    TRIM(REGEXP_REPLACE(source, r'\p{Cc}', ' ')) AS source,
    TRIM(REGEXP_REPLACE(medium, r'\p{Cc}', ' ')) AS medium,
    TRIM(REGEXP_REPLACE(campaign, r'\p{Cc}', ' ')) AS campaign,
    TRIM(REGEXP_REPLACE(touch_source, r'\p{Cc}', ' ')) AS touch_source,
    TRIM(REGEXP_REPLACE(touch_medium, r'\p{Cc}', ' ')) AS touch_medium,
    TRIM(REGEXP_REPLACE(touch_name, r'\p{Cc}', ' ')) AS touch_name,
    TRIM(REGEXP_REPLACE(screen, r'\p{Cc}', ' ')) AS screen,
    TRIM(REGEXP_REPLACE(screen_class, r'\p{Cc}', ' ')) AS screen_class,
    TRIM(REGEXP_REPLACE(page, r'\p{Cc}', ' ')) AS page
  FROM (
    SELECT * REPLACE (IF(STRPOS(page, '://') = 0, page, IFNULL(REGEXP_EXTRACT(page, r'(?s)://[^/]*(/.*)$'), '/')) AS page)
    FROM raw
  ) AS located
),
cleaned AS (
  SELECT raw_user, raw_account, raw_name, ts, first_touch, raw_platform, install_source, stream, bundle, batch, page_id,
    session_id, engaged_ms, debug, staff, params, all_params,
    IF((REGEXP_CONTAINS(REPLACE(name, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(name, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(name, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(name) <= 100, name, TRIM(LEFT(name, 100)))) AS name,
    IF((REGEXP_CONTAINS(REPLACE(platform, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(platform, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(platform, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(platform) <= 100, platform, TRIM(LEFT(platform, 100)))) AS platform,
    IF((REGEXP_CONTAINS(REPLACE(device, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(device, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(device, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(device) <= 100, device, TRIM(LEFT(device, 100)))) AS device,
    IF((REGEXP_CONTAINS(REPLACE(language, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(language, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(language, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(language) <= 100, language, TRIM(LEFT(language, 100)))) AS language,
    IF((REGEXP_CONTAINS(REPLACE(country, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(country, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(country, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(country) <= 100, country, TRIM(LEFT(country, 100)))) AS country,
    IF((REGEXP_CONTAINS(REPLACE(app_version, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(app_version, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(app_version, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(app_version) <= 100, app_version, TRIM(LEFT(app_version, 100)))) AS app_version,
    IF((REGEXP_CONTAINS(REPLACE(source, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(source, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(source, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(source) <= 100, source, TRIM(LEFT(source, 100)))) AS source,
    IF((REGEXP_CONTAINS(REPLACE(medium, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(medium, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(medium, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(medium) <= 100, medium, TRIM(LEFT(medium, 100)))) AS medium,
    IF((REGEXP_CONTAINS(REPLACE(campaign, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(campaign, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(campaign, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(campaign) <= 100, campaign, TRIM(LEFT(campaign, 100)))) AS campaign,
    IF((REGEXP_CONTAINS(REPLACE(touch_source, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(touch_source, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(touch_source, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(touch_source) <= 100, touch_source, TRIM(LEFT(touch_source, 100)))) AS touch_source,
    IF((REGEXP_CONTAINS(REPLACE(touch_medium, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(touch_medium, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(touch_medium, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(touch_medium) <= 100, touch_medium, TRIM(LEFT(touch_medium, 100)))) AS touch_medium,
    IF((REGEXP_CONTAINS(REPLACE(touch_name, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(touch_name, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(touch_name, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(touch_name) <= 100, touch_name, TRIM(LEFT(touch_name, 100)))) AS touch_name,
    IF((REGEXP_CONTAINS(REPLACE(screen, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(screen, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(screen, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(screen) <= 100, screen, TRIM(LEFT(screen, 100)))) AS screen,
    IF((REGEXP_CONTAINS(REPLACE(screen_class, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(screen_class, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(screen_class, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(screen_class) <= 100, screen_class, TRIM(LEFT(screen_class, 100)))) AS screen_class,
    IF((REGEXP_CONTAINS(REPLACE(page, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(page, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(page, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(page) <= 100, page, TRIM(LEFT(page, 100)))) AS page
  FROM trimmed
),
found AS (
  SELECT
    TO_HEX(SUBSTR(SHA256(CONCAT(?, SHA256(CONCAT(?, CAST(raw_user AS BYTES))))), 1, 16)) AS user_key,
    IF(raw_account <> '', TO_HEX(SUBSTR(SHA256(CONCAT(?, SHA256(CONCAT(?, CAST(raw_account AS BYTES))))), 1, 16)), '') AS account_key,
    raw_user, ts, raw_name, bundle, batch, IF(batch IS NULL, 0, page_id) AS page_id,
    IF(batch IS NULL, stream, '') AS stream, all_params, name,
    COALESCE(NULLIF(screen, ''), NULLIF(screen_class, ''), page) AS screen, session_id, GREATEST(engaged_ms, 0) AS engaged_ms,
    GREATEST(first_touch, 0) AS first_touch, platform, device, language, country, app_version,
    CHANNEL AS channel,
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
        source, medium, campaign, IFNULL(account_key, ''), flag, param_names,
        (SELECT p.value FROM UNNEST(params) AS p WHERE p.key = ?),
        (SELECT p.value FROM UNNEST(params) AS p WHERE p.key = ?)
    ) AS copy
  FROM found
)
SELECT
  DATE '2026-03-02' AS day, user_key, ts, name, NULLIF(screen, '') AS screen, NULLIF(session_id, 0) AS session_id,
  NULLIF(engaged_ms, 0) AS engaged_ms, NULLIF(first_touch, 0) AS first_touch, NULLIF(platform, '') AS platform,
  NULLIF(device, '') AS device, NULLIF(language, '') AS language, NULLIF(country, '') AS country,
  NULLIF(app_version, '') AS app_version, NULLIF(channel, '') AS channel, NULLIF(source, '') AS source,
  NULLIF(medium, '') AS medium, NULLIF(campaign, '') AS campaign, NULLIF(account_key, '') AS account_key, NULLIF(flag, '') AS flag,
  params
FROM counted
WHERE copy = 1;
-- 1: string
-- 2: string
-- 3: string
-- 4: []uint8
-- 5: []uint8
-- 6: []uint8
-- 7: []uint8
-- 8: string
-- 9: string
DELETE FROM quarantine WHERE table_name = ? AND day = CAST(? AS DATE);
-- 1: string
-- 2: string
INSERT INTO quarantine (table_name, day, source, line, reason)
SELECT 'events', DATE '2026-03-02', 'events_intraday_20260302', 0, verdict
FROM (
  SELECT verdict, CASE WHEN verdict = '' THEN FORMAT_DATE('%Y%m%d', DATE(TIMESTAMP_MICROS(event_timestamp), 'Asia/Seoul')) <> event_date ELSE FALSE END AS moved
  FROM (
    SELECT event_date, event_timestamp,
      CASE
        WHEN IFNULL(user_pseudo_id, '') = '' THEN 'excluded'
        WHEN event_timestamp IS NULL THEN 'no event time'
        WHEN event_timestamp < 946684800000000 OR event_timestamp >= 4102444800000000 THEN 'event time is before 2000 or after 2100'
        WHEN IFNULL(event_name, '') = '' THEN 'no event name'
        WHEN name = '' OR IF((REGEXP_CONTAINS(REPLACE(name, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(name, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(name, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(name) <= 100, name, TRIM(LEFT(name, 100)))) = '' THEN 'event name looks like personal data'
        WHEN IFNULL(event_date, '') = '20260302' THEN ''
        WHEN REGEXP_CONTAINS(IFNULL(event_date, ''), r'^[0-9]{8}$') AND SAFE.PARSE_DATE('%Y%m%d', event_date) IS NOT NULL
          THEN 'event_date is not the day of the file'
        ELSE 'event_date is no date'
      END AS verdict
    FROM (
      SELECT event_date, event_timestamp, user_pseudo_id, event_name, TRIM(REGEXP_REPLACE(event_name, r'\p{Cc}', ' ')) AS name FROM `shop-app.analytics_123456.events_intraday_20260302`
    ) AS named
  ) AS verdicts

) AS judged
WHERE verdict NOT IN ('', 'excluded');
UPDATE ledger
SET
  quarantined = (SELECT COUNT(*) FROM quarantine WHERE table_name = 'events' AND day = DATE '2026-03-02'),
  duplicates = (SELECT COUNTIF(verdict = '') FROM (
  SELECT verdict, CASE WHEN verdict = '' THEN FORMAT_DATE('%Y%m%d', DATE(TIMESTAMP_MICROS(event_timestamp), 'Asia/Seoul')) <> event_date ELSE FALSE END AS moved
  FROM (
    SELECT event_date, event_timestamp,
      CASE
        WHEN IFNULL(user_pseudo_id, '') = '' THEN 'excluded'
        WHEN event_timestamp IS NULL THEN 'no event time'
        WHEN event_timestamp < 946684800000000 OR event_timestamp >= 4102444800000000 THEN 'event time is before 2000 or after 2100'
        WHEN IFNULL(event_name, '') = '' THEN 'no event name'
        WHEN name = '' OR IF((REGEXP_CONTAINS(REPLACE(name, '%40', '@'), '[^\\s@]@[^\\s@]+\\.[^\\s@.]') OR LENGTH(REGEXP_REPLACE(name, r'[^0-9]', '')) >= 8 AND REGEXP_CONTAINS(REPLACE(name, '%40', '@'), '(?:^|[^\\d.])(?:\\+\\d[\\d\\-. ()]{6,}\\d|\\(?0\\d{1,2}\\)?[-. ]?\\d{3,4}[-. ]?\\d{4}|\\(?\\d{3}\\)?[-. ]\\d{3}[-. ]\\d{4})(?:$|[^\\d.])')), '', IF(CHAR_LENGTH(name) <= 100, name, TRIM(LEFT(name, 100)))) = '' THEN 'event name looks like personal data'
        WHEN IFNULL(event_date, '') = '20260302' THEN ''
        WHEN REGEXP_CONTAINS(IFNULL(event_date, ''), r'^[0-9]{8}$') AND SAFE.PARSE_DATE('%Y%m%d', event_date) IS NOT NULL
          THEN 'event_date is not the day of the file'
        ELSE 'event_date is no date'
      END AS verdict
    FROM (
      SELECT event_date, event_timestamp, user_pseudo_id, event_name, TRIM(REGEXP_REPLACE(event_name, r'\p{Cc}', ' ')) AS name FROM `shop-app.analytics_123456.events_intraday_20260302`
    ) AS named
  ) AS verdicts

  ) AS judged) - rows_loaded,
  data_end = GREATEST(data_start, IFNULL((SELECT MAX(ts) + 1 FROM events WHERE day = DATE '2026-03-02'), data_start))
WHERE table_name = 'events' AND day = DATE '2026-03-02';
