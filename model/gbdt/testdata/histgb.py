"""Writes histgb.csv: 2,000 rows to fit (fold 0), 1,000 to predict (fold 1), and the log-odds that scikit-learn's
HistGradientBoostingClassifier gives each row. Made with scikit-learn 1.2.1. Every column has at most 200 values, so that both
sides cut the same bins. Usage: python3 histgb.py > histgb.csv"""

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

rng = np.random.default_rng(7)
n, fit = 3000, 2000
x = np.column_stack([
    rng.poisson(2.0, n), np.round(rng.normal(0, 1, n), 1), np.round(rng.uniform(0, 10, n), 1),
    rng.integers(0, 7, n), np.round(rng.exponential(3, n), 1),
]).astype(np.float32)
logit = -1 + 0.5 * np.minimum(x[:, 0], 4) + np.where(x[:, 1] * (x[:, 2] - 5) > 0, 1.0, -1.0) - 0.2 * x[:, 4]
y = (rng.uniform(0, 1, n) < 1 / (1 + np.exp(-logit))).astype(int)
x[rng.uniform(0, 1, n) < 0.2, 4] = np.nan
x[(rng.uniform(0, 1, n) < 0.3) & (y == 1), 1] = np.nan
model = HistGradientBoostingClassifier(
    max_iter=100, learning_rate=0.1, max_leaf_nodes=15, min_samples_leaf=20, l2_regularization=1.0, early_stopping=False)
model.fit(x[:fit], y[:fit])
score = model.decision_function(x)
print("fold,y,x0,x1,x2,x3,x4,score")
for i in range(n):
    cells = ["" if np.isnan(v) else f"{v:g}" for v in x[i]]
    print(",".join([str(int(i >= fit)), str(y[i]), *cells, f"{score[i]:.9g}"]))
