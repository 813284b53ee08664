INSERT INTO quarantine (table_name, day, source, line, reason)
SELECT 'events', {{day}}, {{name}}, 0, verdict
FROM (
{{template "judged.sql"}}
) AS judged
WHERE verdict NOT IN ('', 'excluded')
