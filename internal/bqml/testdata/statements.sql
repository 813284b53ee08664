-- days [day users positives]
SELECT DATE_DIFF(day0, DATE '1970-01-01', DAY) AS day, COUNT(*) AS users, COUNTIF(revisit) AS positives
FROM `t_labels`
WHERE revisit IS NOT NULL AND day0 BETWEEN DATE '2025-08-31' AND DATE '2026-03-02'
GROUP BY 1 ORDER BY 1;

-- filled [visit_days meetings]
SELECT COUNT(f.`visit_days`) AS `visit_days`, COUNT(f.`meetings`) AS `meetings`
FROM `t_labels` AS l JOIN `t_features` AS f ON f.user_key = l.user_key
WHERE l.revisit IS NOT NULL AND l.day0 BETWEEN DATE '2025-08-31' AND DATE '2026-03-02' AND l.day0 <= DATE '2025-11-30';

-- levels [feature level users]
SELECT 'channel' AS feature, f.`channel` AS level, COUNT(*) AS users
FROM `t_labels` AS l JOIN `t_features` AS f ON f.user_key = l.user_key
WHERE l.revisit IS NOT NULL AND l.day0 BETWEEN DATE '2025-08-31' AND DATE '2026-03-02' AND (l.day0 <= DATE '2025-11-30' OR l.day0 BETWEEN DATE '2025-12-06' AND DATE '2025-12-20') AND f.`channel` <> ''
GROUP BY 1, 2 HAVING COUNT(*) >= 10
UNION ALL
SELECT 'language' AS feature, f.`language` AS level, COUNT(*) AS users
FROM `t_labels` AS l JOIN `t_features` AS f ON f.user_key = l.user_key
WHERE l.revisit IS NOT NULL AND l.day0 BETWEEN DATE '2025-08-31' AND DATE '2026-03-02' AND (l.day0 <= DATE '2025-11-30' OR l.day0 BETWEEN DATE '2025-12-06' AND DATE '2025-12-20') AND f.`language` <> ''
GROUP BY 1, 2 HAVING COUNT(*) >= 10;

-- create logit []
CREATE OR REPLACE MODEL `t_revisit_logit`
OPTIONS (
  model_type = 'LOGISTIC_REG',
  category_encoding_method = 'DUMMY_ENCODING',
  l1_reg = 0.0,
  l2_reg = 0.0,
  max_iterations = 50,
  min_rel_progress = 0.0005,
  early_stop = TRUE,
  input_label_cols = ['revisit'],
  data_split_method = 'CUSTOM',
  data_split_col = 'is_validation',
  auto_class_weights = FALSE,
  enable_global_explain = TRUE
) AS
SELECT
  CAST(f.`visit_days` AS FLOAT64) AS `visit_days`,
  CAST(f.`meetings` AS FLOAT64) AS `meetings`,
  IF(f.`channel` IN ('Kim\'s \\ café', 'Organic Search'), f.`channel`, NULL) AS `channel`,
  IF(l.revisit, 1, 0) AS revisit,
  l.day0 >= DATE '2025-12-06' AS is_validation
FROM `t_labels` AS l JOIN `t_features` AS f ON f.user_key = l.user_key
WHERE l.revisit IS NOT NULL AND l.day0 BETWEEN DATE '2025-08-31' AND DATE '2026-03-02' AND (l.day0 <= DATE '2025-11-30' OR l.day0 BETWEEN DATE '2025-12-06' AND DATE '2025-12-20');

-- evaluate logit [precision recall accuracy f1_score log_loss roc_auc]
SELECT precision, recall, accuracy, f1_score, log_loss, roc_auc
FROM ML.EVALUATE(MODEL `t_revisit_logit`, (
SELECT
  CAST(f.`visit_days` AS FLOAT64) AS `visit_days`,
  CAST(f.`meetings` AS FLOAT64) AS `meetings`,
  IF(f.`channel` IN ('Kim\'s \\ café', 'Organic Search'), f.`channel`, NULL) AS `channel`,
  IF(l.revisit, 1, 0) AS revisit
FROM `t_labels` AS l JOIN `t_features` AS f ON f.user_key = l.user_key
WHERE l.revisit IS NOT NULL AND l.day0 BETWEEN DATE '2025-08-31' AND DATE '2026-03-02' AND l.day0 >= DATE '2026-01-26'
));

-- explain logit [feature attribution]
SELECT feature, attribution
FROM ML.GLOBAL_EXPLAIN(MODEL `t_revisit_logit`);

-- predict logit [is_newest revisit probability]
SELECT is_newest, revisit,
  (SELECT p.prob FROM UNNEST(predicted_revisit_probs) AS p WHERE CAST(p.label AS STRING) = '1') AS probability
FROM ML.PREDICT(MODEL `t_revisit_logit`, (
SELECT
  CAST(f.`visit_days` AS FLOAT64) AS `visit_days`,
  CAST(f.`meetings` AS FLOAT64) AS `meetings`,
  IF(f.`channel` IN ('Kim\'s \\ café', 'Organic Search'), f.`channel`, NULL) AS `channel`,
  IF(l.revisit, 1, 0) AS revisit,
  IF(l.day0 >= DATE '2026-01-26', 1, 0) AS is_newest
FROM `t_labels` AS l JOIN `t_features` AS f ON f.user_key = l.user_key
WHERE l.revisit IS NOT NULL AND l.day0 BETWEEN DATE '2025-08-31' AND DATE '2026-03-02' AND (l.day0 BETWEEN DATE '2025-12-06' AND DATE '2025-12-20' OR l.day0 >= DATE '2026-01-26')
));

-- create gbdt []
CREATE OR REPLACE MODEL `t_revisit_gbdt`
OPTIONS (
  model_type = 'BOOSTED_TREE_CLASSIFIER',
  booster_type = 'GBTREE',
  tree_method = 'HIST',
  category_encoding_method = 'ONE_HOT_ENCODING',
  num_parallel_tree = 1,
  max_tree_depth = 5,
  min_tree_child_weight = 5,
  subsample = 1.0,
  colsample_bytree = 1.0,
  learn_rate = 0.1,
  l1_reg = 0.0,
  l2_reg = 3.0,
  max_iterations = 200,
  min_rel_progress = 0.0005,
  early_stop = TRUE,
  input_label_cols = ['revisit'],
  data_split_method = 'CUSTOM',
  data_split_col = 'is_validation',
  auto_class_weights = FALSE,
  enable_global_explain = TRUE
) AS
SELECT
  CAST(f.`visit_days` AS FLOAT64) AS `visit_days`,
  CAST(f.`meetings` AS FLOAT64) AS `meetings`,
  IF(f.`channel` IN ('Kim\'s \\ café', 'Organic Search'), f.`channel`, NULL) AS `channel`,
  IF(l.revisit, 1, 0) AS revisit,
  l.day0 >= DATE '2025-12-06' AS is_validation
FROM `t_labels` AS l JOIN `t_features` AS f ON f.user_key = l.user_key
WHERE l.revisit IS NOT NULL AND l.day0 BETWEEN DATE '2025-08-31' AND DATE '2026-03-02' AND (l.day0 <= DATE '2025-11-30' OR l.day0 BETWEEN DATE '2025-12-06' AND DATE '2025-12-20');

-- evaluate gbdt [precision recall accuracy f1_score log_loss roc_auc]
SELECT precision, recall, accuracy, f1_score, log_loss, roc_auc
FROM ML.EVALUATE(MODEL `t_revisit_gbdt`, (
SELECT
  CAST(f.`visit_days` AS FLOAT64) AS `visit_days`,
  CAST(f.`meetings` AS FLOAT64) AS `meetings`,
  IF(f.`channel` IN ('Kim\'s \\ café', 'Organic Search'), f.`channel`, NULL) AS `channel`,
  IF(l.revisit, 1, 0) AS revisit
FROM `t_labels` AS l JOIN `t_features` AS f ON f.user_key = l.user_key
WHERE l.revisit IS NOT NULL AND l.day0 BETWEEN DATE '2025-08-31' AND DATE '2026-03-02' AND l.day0 >= DATE '2026-01-26'
));

-- explain gbdt [feature attribution]
SELECT feature, attribution
FROM ML.GLOBAL_EXPLAIN(MODEL `t_revisit_gbdt`);

-- predict gbdt [is_newest revisit probability]
SELECT is_newest, revisit,
  (SELECT p.prob FROM UNNEST(predicted_revisit_probs) AS p WHERE CAST(p.label AS STRING) = '1') AS probability
FROM ML.PREDICT(MODEL `t_revisit_gbdt`, (
SELECT
  CAST(f.`visit_days` AS FLOAT64) AS `visit_days`,
  CAST(f.`meetings` AS FLOAT64) AS `meetings`,
  IF(f.`channel` IN ('Kim\'s \\ café', 'Organic Search'), f.`channel`, NULL) AS `channel`,
  IF(l.revisit, 1, 0) AS revisit,
  IF(l.day0 >= DATE '2026-01-26', 1, 0) AS is_newest
FROM `t_labels` AS l JOIN `t_features` AS f ON f.user_key = l.user_key
WHERE l.revisit IS NOT NULL AND l.day0 BETWEEN DATE '2025-08-31' AND DATE '2026-03-02' AND (l.day0 BETWEEN DATE '2025-12-06' AND DATE '2025-12-20' OR l.day0 >= DATE '2026-01-26')
));

