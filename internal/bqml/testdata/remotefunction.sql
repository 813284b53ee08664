CREATE OR REPLACE FUNCTION `my-project.calback.revisit`(instance STRING) RETURNS FLOAT64
REMOTE WITH CONNECTION `my-project.asia-northeast3.calback`
OPTIONS (
  endpoint = 'https://calback-abc-du.a.run.app/bigquery',
  max_batching_rows = 1000,
  user_defined_context = [('output', 'probability'), ('bad_rows', 'null')]
);

CREATE OR REPLACE FUNCTION `my-project.calback.revisit`(instance STRING) RETURNS STRING
REMOTE WITH CONNECTION `my-project.asia-northeast3.calback`
OPTIONS (
  endpoint = 'https://calback-abc-du.a.run.app/bigquery',
  max_batching_rows = 200,
  user_defined_context = [('output', 'json'), ('bad_rows', 'error')]
);

SELECT f.user_key, `my-project.calback.revisit`(TO_JSON_STRING(STRUCT(STRUCT(
  f.`visit_days` AS `visit_days`,
  f.`meetings` AS `meetings`,
  f.`channel` AS `channel`,
  f.`language` AS `language`
) AS features))) AS revisit
FROM `features` AS f;
