UPDATE ledger
SET
  quarantined = (SELECT COUNT(*) FROM quarantine WHERE table_name = 'events' AND day = {{day}}),
  duplicates = (SELECT COUNTIF(verdict = '') FROM (
{{template "judged.sql"}}
  ) AS judged) - rows_loaded{{if intraday}},
  data_end = GREATEST(data_start, IFNULL((SELECT MAX(ts) + 1 FROM events WHERE day = {{day}}), data_start)){{end}}
WHERE table_name = 'events' AND day = {{day}}
