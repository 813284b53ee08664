"""Prints the reference numbers of sklearn.json for the table that the Go test writes.

    go test ./model/logit -run TestEqualsScikitLearn -export /tmp/logit.csv
    python3 model/logit/testdata/reference.py /tmp/logit.csv > model/logit/testdata/sklearn.json

The rules of the design are written out again here, apart from the Go code: numbers standardised over the values that are present (their
logarithm log(1+x) where counts are skewed), missing numbers at the mean plus a 0/1 column that says so, and one 0/1 column a level. The default solver lbfgs ends short of the optimum: all levels of a category together are the
intercept, and along that direction only the penalty, tiny against 100,000 rows, tells where the least loss is.
"""

import csv
import json
import sys

import numpy
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

with open(sys.argv[1], newline="") as file:
    rows = list(csv.DictReader(file))
y = numpy.array([int(row["label"]) for row in rows])
names = [name for name in rows[0] if name != "label"]
categories = {"channel": ["organic", "paid", "friend"]}


def design(logs):
    columns, terms = [], []
    for name in names:
        text = [row[name] for row in rows]
        missing = numpy.array([t == "" for t in text])
        if name in categories:
            for level in categories[name]:
                columns.append(numpy.array([t == level for t in text], dtype=float))
                terms.append(f"{name}={level}")
        else:
            x = numpy.array([float(t) if t else numpy.nan for t in text])
            kind = "number"
            centred = x - numpy.nanmean(x)
            skewness = numpy.nanmean(centred**3) / numpy.nanstd(x) ** 3
            if logs and numpy.nanmin(x) >= 0 and numpy.nanmax(x) > 1 and skewness > 1:
                x, kind = numpy.log1p(x), "log"
            x = (x - numpy.nanmean(x)) / numpy.nanstd(x)
            columns.append(numpy.where(missing, 0.0, x))
            terms.append(f"{name} {kind}")
        if missing.any():
            columns.append(missing.astype(float))
            terms.append(f"{name} missing")
    return numpy.column_stack(columns), terms


out = {"origin": f"scikit-learn {sklearn.__version__}, LogisticRegression(penalty=l2, solver=newton-cholesky, tol=1e-10)", "rows": len(y), "fits": []}
for logs, strength in [(False, 1.0), (True, 1.0), (True, 0.001)]:
    x, terms = design(logs)
    fit = LogisticRegression(C=strength, solver="newton-cholesky", tol=1e-10, max_iter=1000).fit(x, y)
    p = fit.predict_proba(x)[:, 1]
    # The standard errors are those of the penalised likelihood: the inverse of X'WX + I/C, the intercept without penalty.
    full = numpy.column_stack([x, numpy.ones(len(y))])
    penalty = numpy.diag([1 / strength] * len(terms) + [0.0])
    covariance = numpy.linalg.inv((full * (p * (1 - p))[:, None]).T @ full + penalty)
    out["fits"].append(
        {
            "log_counts": logs,
            "c": strength,
            "mean_score": float(numpy.mean(x @ fit.coef_[0] + fit.intercept_[0])),
            "terms": terms,
            "weights": fit.coef_[0].tolist(),
            "std_errs": numpy.sqrt(numpy.diag(covariance))[:-1].tolist(),
            "auc": roc_auc_score(y, p),
            "log_loss": log_loss(y, p),
        }
    )
json.dump(out, sys.stdout, indent=1)
print()
