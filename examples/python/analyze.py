"""What is every customer worth? The CDNOW log of orders, from the file to values, segments and concentration.

After ``pip install ./bindings-python pandas``, run ``python examples/python/analyze.py``.
"""

from pathlib import Path

import crm_value as cv
import pandas as pd

orders = pd.read_csv(Path(__file__).parents[1] / "data" / "cdnow.csv")
log = cv.TransactionLog(orders)
print(log.quality)

# Learn from the first nine months, check against the nine that follow.
split = log.split(calibration_end="1997-09-30", holdout_end="1998-06-30", unit="week")
purchases = cv.BgNbd().fit(split.calibration)
print(purchases.report_)
test = split.to_frame()
test["expected"] = purchases.expected_purchases(split.calibration, split.holdout).to_numpy()
print(test.groupby(test["frequency"].clip(upper=7))[["holdout_frequency", "expected"]].mean().round(3))
print(f"expected {test['expected'].sum():.1f}, happened {test['holdout_frequency'].sum()}")

# Learn from everything, and look three years ahead.
customers = log.summarize(unit="week")
purchases, spend = cv.BgNbd().fit(customers), cv.GammaGamma().fit(customers)
clv = cv.PredictiveClv(purchases, spend, years=3, annual_discount=0.10, margin=0.30).value(customers)
print(clv.nlargest(10).round(2))

concentration = cv.Concentration(clv)
print(f"the top 10 % hold {concentration.top_share(0.10):.1%}, Gini {concentration.gini:.3f}")
print(f"{concentration.customers_for_share(0.80).customers} customers hold 80 %")

segments = cv.SegmentTable().summarize(cv.Rfm().fit(log.rfm()).scores_)
print(segments[["segment", "customers", "total_spend", "spend_share"]].round(3).to_string(index=False))

# Who earns the profit: 30 % margin, 2 per order, 3 per customer.
to_date = cv.HistoricalClv().value(customers)
profit = cv.contribution_margin(
    to_date, orders=customers.frequency + 1, rate=0.30, cost_per_order=2.0, cost_per_customer=3.0
)
whale = cv.WhaleCurve(profit)
print(f"{whale.break_even_customers} customers earn {whale.peak_value:.2f}, ", end="")
print(f"{whale.unprofitable_customers} others take {whale.destroyed_value:.2f} away again")

# Cohorts by month, value by stage, and the second half of 1997 against the first of 1998.
cohorts = log.cohorts("month", observed_until="1998-06-30")
print(cohorts.to_frame("retention").head(3).round(3).to_string(index=False))
print(f"all cells of the cohorts add up to {cohorts.totals.revenue:.2f}")
matrix = cv.CrmMatrix.value_by_stage(to_date, log.stages(), purchases.probability_alive(customers)).to_frame()
shown = matrix[matrix["customers"] > 0][["row", "column", "customers", "value", "value_at_risk", "action"]]
print(shown.round(2).to_string(index=False))
review = log.review(("1997-07-01", "1997-12-31"), ("1998-01-01", "1998-06-30"))
print(review.summary().to_string(index=False))
print(review)
