"""Value of customers with a contract and of cohorts: cases worked by hand, frames in and out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import crm_value as cv
import numpy as np
import pandas as pd
import polars as pl
import pytest

# At a constant churn of 0.2 and d = 0.25: DEL = 1 / (1 - 0.8 / 1.25) = 1 / 0.36; DERL = 0.8 DEL for everyone.
CONSTANT = cv.Geometric.from_params(theta=0.2)


def near(expected: float) -> Any:
    return pytest.approx(expected, rel=1e-13)


def test_constant_churn() -> None:
    clv = cv.ContractualClv(CONSTANT, 90.0, annual_discount=0.25)
    assert clv.new_customer(90.0) == near(250.0)
    assert clv.after_renewals([0, 3, 40]) == near(200.0)
    two = cv.ContractualClv(CONSTANT, [90.0, 45.0, -9.0], annual_discount=0.25, payments=2, active=[True, False, True])
    assert two.new_customer(90.0) == near(147.6)
    assert two.after_renewals([0, 3, 40]).tolist() == [near(118.08), 0.0, near(-11.808)]
    # A year, 10 % and no end by default: DEL = 1.1 / 0.3.
    assert cv.ContractualClv(CONSTANT, 1.0).new_customer(90.0) == near(330.0)
    assert "Geometric" in repr(two)


def test_the_series_summed_directly() -> None:
    retention = cv.ShiftedBetaGeometric.from_params(alpha=1.0, beta=2.0)
    clv = cv.ContractualClv(retention, 100.0, annual_discount=0.10)

    def series(n: int) -> float:
        total, survival = 0.0, 1.0
        for t in range(n + 1, 400):
            survival *= (2.0 + t - 1.0) / (3.0 + t - 1.0)
            total += survival / 1.1 ** (t - n - 1)
        return 100.0 * total

    assert clv.after_renewals([0, 1, 4]).tolist() == [pytest.approx(series(n), rel=1e-12) for n in (0, 1, 4)]
    assert clv.new_customer(100.0) == pytest.approx(100.0 + series(0) / 1.1, rel=1e-12)


def test_customers_of_a_summary() -> None:
    year = 365.25 / 7
    frame = pd.DataFrame({"frequency": [0, 0, 0], "recency": [0.0] * 3, "T": [0.4 * year, 2 * year, 2.75 * year]})
    customers = cv.CustomerSummary.from_frame(frame, unit="week")
    margins = pd.Series([90.0, 45.0, -9.0])
    now = cv.ContractualClv(CONSTANT, margins).value(customers)
    assert isinstance(now, pd.Series)
    assert now.tolist() == [near(264.0), near(132.0), near(-26.4)]
    later = cv.ContractualClv(CONSTANT, margins, next_renewal="at_period_end", active=np.array([1, 1, 0])).value(
        customers
    )
    assert later[:2].tolist() == [pytest.approx(264.0 / 1.1**0.6, rel=1e-12), pytest.approx(132.0 / 1.1, rel=1e-12)]
    assert later[2] == 0.0
    table = cv.compare_clv(customers, {"now": cv.ContractualClv(CONSTANT, margins), "later": later})
    assert table.totals["now"].total == near(264.0 + 132.0 - 26.4)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: cv.ContractualClv(CONSTANT, 1.0, annual_discount=0.0).new_customer(1.0), "UnboundedValue"),
        (lambda: cv.ContractualClv(CONSTANT, 1.0).new_customer(float("nan")), "InvalidOption"),
        (lambda: cv.ContractualClv(CONSTANT, [1.0]).after_renewals([1, 2]), "LengthMismatch"),
        (lambda: cv.ContractualClv(CONSTANT, 1.0, active=[True]).after_renewals([1, 2]), "LengthMismatch"),
        (lambda: cv.ContractualClv(CONSTANT, 1.0, next_renewal="soon"), "InvalidOption"),  # type: ignore[arg-type]
        (lambda: cv.ContractualClv(CONSTANT, 1.0).after_renewals([]), "Empty"),
    ],
)
def test_bad_contracts(make: Callable[[], object], kind: str) -> None:
    with pytest.raises(cv.CrmValueError) as caught:
        make()
    assert caught.value.kind == kind


# January: customers 1, 2 (100 each), 1 buys again in February (40) and March (60), 2 in February (20). February:
# customer 3 (80), and in March (40). March: nobody. April, of which ten days are observed: customer 4 (30), 1 (500).
IDS = [1, 2, 1, 1, 2, 3, 3, 4, 1]
DAYS = ["01-10", "01-11", "02-01", "03-05", "02-20", "02-03", "03-31", "04-02", "04-10"]
AMOUNTS = [100.0, 100.0, 40.0, 60.0, 20.0, 80.0, 40.0, 30.0, 500.0]
HALF = cv.Geometric.from_params(theta=0.5)
QUARTER = cv.DiscountRate.per_period(0.25, "month")


def log() -> cv.TransactionLog:
    dates = [f"2026-{day}" for day in DAYS]
    margins = [amount / 4.0 for amount in AMOUNTS]
    return cv.TransactionLog(
        pd.DataFrame({"customer_id": IDS, "date": dates, "amount": AMOUNTS, "margin": margins}), margin="margin"
    )


def test_cohorts_by_hand() -> None:
    # Half of the active stay each month, d = 0.25 a month: the sum of (0.5 / 1.25)^t is 0.4 / 0.6 = 2/3.
    orders = log()
    clv = cv.CohortClv(orders.cohorts("month"), HALF, recent=2, discount=QUARTER)
    rows = clv.cohorts()
    assert isinstance(rows, pd.DataFrame)
    assert rows["cohort"].tolist() == ["2026-01", "2026-02", "2026-04"]
    assert rows["customers"].tolist() == [2, 1, 1]
    assert rows["observed"].tolist() == [near(160.0), near(120.0), 0.0]
    assert rows["per_active"].tolist() == [near(40.0), near(60.0), near(280.0 / 3)]
    # April has no complete month: 280 by 3 customers at age 0, DEL 1 / 0.6, one period away.
    expected = [160.0 + 40.0 / 3, 160.0, 280.0 / 3 / 0.6 / 1.25]
    assert rows["total"].tolist() == [near(value) for value in expected]
    assert rows["age"][:2].tolist() == [2, 1]
    assert pd.isna(rows["age"][2])
    assert str(rows["start"][2])[:10] == "2026-04-01"

    customers = orders.summarize()
    values = clv.value(customers)
    assert values.tolist() == [near(expected[i]) for i in (0, 0, 1, 2)]
    residual = cv.CohortClv(orders.cohorts("month"), HALF, recent=2, discount=QUARTER, residual_only=True)
    assert residual.value(customers).tolist()[:3] == [near(40.0 / 3), near(40.0 / 3), near(40.0)]
    quarters = [
        cv.CohortClv(orders.cohorts("month"), HALF, recent=2, discount=QUARTER, margin="column"),
        cv.CohortClv(orders.cohorts("month"), HALF, recent=2, discount=QUARTER, margin=0.25),
    ]
    for way in quarters:
        assert way.value(customers).tolist() == [near(value / 4.0) for value in values]
    assert "CohortTable" in repr(clv)


def test_bad_cohort_values() -> None:
    orders = log()
    table = orders.cohorts("month")
    endless = cv.CohortClv(table, HALF, annual_discount=0.0)
    with pytest.raises(cv.CrmValueError, match="unbounded"):
        endless.cohorts()
    with pytest.raises(cv.CrmValueError, match="recent"):
        cv.CohortClv(table, HALF, recent=0).cohorts()
    with pytest.raises(cv.CrmValueError, match="2026-03-31"):
        cv.CohortClv(table, HALF).value(orders.summarize(observed_until="2026-03-31"))
    with pytest.raises(cv.CrmValueError, match="column"):
        cv.CohortClv(table, HALF, margin="rate")  # type: ignore[arg-type]
    plain = cv.TransactionLog({"customer_id": IDS, "date": [f"2026-{day}" for day in DAYS], "amount": AMOUNTS})
    with pytest.raises(cv.MissingColumnError):
        cv.CohortClv(plain.cohorts("month"), HALF, margin="column").cohorts()


def test_frames_as_they_came() -> None:
    frame = pl.DataFrame({"customer_id": IDS, "date": [f"2026-{day}" for day in DAYS], "amount": AMOUNTS})
    orders = cv.TransactionLog(frame)
    clv = cv.CohortClv(orders.cohorts("month"), HALF)
    assert isinstance(clv.cohorts(), pl.DataFrame)
    assert isinstance(clv.value(orders.summarize()), pl.Series)
