  SELECT verdict, CASE WHEN verdict = '' THEN {{localDate}} <> event_date ELSE FALSE END AS moved
  FROM (
    SELECT event_date, event_timestamp,
      CASE
        WHEN IFNULL(user_pseudo_id, '') = '' THEN 'excluded'
        WHEN event_timestamp IS NULL THEN {{reason "time"}}
        WHEN event_timestamp < {{firstTime}} OR event_timestamp >= {{lastTime}} THEN {{reason "range"}}
        WHEN IFNULL(event_name, '') = '' THEN {{reason "noName"}}
        WHEN name = '' OR {{clean "name"}} = '' THEN {{reason "name"}}
        WHEN IFNULL(event_date, '') = {{suffix}} THEN ''
        WHEN REGEXP_CONTAINS(IFNULL(event_date, ''), r'^[0-9]{8}$') AND SAFE.PARSE_DATE('%Y%m%d', event_date) IS NOT NULL
          THEN {{reason "otherDay"}}
        ELSE {{reason "day"}}
      END AS verdict
    FROM (
      SELECT event_date, event_timestamp, user_pseudo_id, event_name, {{trim "event_name"}} AS name FROM {{table}}
    ) AS named
  ) AS verdicts
