SELECT {{name}} AS source, verdict, COUNT(*) AS records, COUNTIF(moved) AS moved
FROM (
{{template "judged.sql"}}
) AS judged
GROUP BY verdict
