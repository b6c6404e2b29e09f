"""Simulation: frames of every kind, the same customers each time, refits, errors."""

from __future__ import annotations

import crm_value as cv
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

DAYS = {"acquired": ("2025-01-01", "2025-03-31"), "observed_until": "2025-09-30"}


@pytest.fixture
def model() -> cv.BgNbd:
    return cv.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")


def column(frame, name):
    return np.asarray(frame[name])


@pytest.mark.parametrize("like", [None, pd.DataFrame(), pl.DataFrame(), pa.table({"a": [1]})])
def test_a_simulated_log_goes_straight_in(model: cv.BgNbd, like) -> None:
    spend = cv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    drawn = model.simulate(500, seed=1, holdout=26, spend=spend, like=like, **DAYS)
    log = cv.TransactionLog(drawn.transactions)
    split = log.split("2025-09-30", "2026-03-31")
    daily = split.calibration
    assert log.customers == 500
    # Acquired last, some left again at once: a log is sorted by customer, as the simulation is.
    np.testing.assert_allclose(daily.T, drawn.summary.T)
    gap = daily.recency - drawn.summary.recency
    assert (gap > -1e-9).all()
    assert (gap <= 1 / 7).all()
    np.testing.assert_allclose(daily.total_spend, drawn.summary.total_spend)
    expected = dict if like is None else type(like)
    assert type(drawn.customers) is expected
    assert type(drawn.transactions) is expected
    if like is not None:
        assert type(drawn.summary.to_frame()) is expected
    # Two purchases on one day are one occasion of the log.
    assert (split.holdout_frequency <= column(drawn.customers, "holdout_frequency")).all()
    assert column(drawn.customers, "holdout_frequency").sum() > 0
    times, ids = column(drawn.transactions, "time"), column(drawn.transactions, "customer_id")
    assert (times[np.r_[True, np.diff(ids) > 0]] == 0).all()
    assert len(times) == len(ids) == len(drawn.transactions["amount"])


@pytest.mark.parametrize(
    "other",
    [
        cv.Nbd.from_params(r=0.4, alpha=12, unit="week"),
        cv.MbgNbd.from_params(r=0.525, alpha=6.183, a=0.891, b=1.614, unit="week"),
        cv.BgCnbdK.from_params(k=3, r=0.5, alpha=2.0, a=0.8, b=2.4, unit="week"),
        cv.MbgCnbdK.from_params(k=2, r=1.5, alpha=4.0, a=0.9, b=1.6, unit="week"),
        cv.ParetoNbd.from_params(r=0.553, alpha=10.578, s=0.606, beta=11.669, unit="week"),
        cv.GgompertzNbd.from_params(r=0.553, alpha=10.578, b=0.05, s=0.603, beta=1.2, unit="week"),
    ],
    ids=lambda model: type(model).__name__,
)
def test_every_model_is_drawn_from_and_answers_for_its_customers(other) -> None:
    drawn = other.simulate(4000, seed=3, T=cv.Span(1, "year"))
    bought = drawn.summary.frequency
    expected = other.expected_purchases_new_customer(365.25 / 7)
    assert abs(bought.mean() - expected) < 4 * bought.std() / np.sqrt(4000)
    alive = other.probability_alive(drawn.summary)
    spread = np.sqrt((alive * (1 - alive)).sum())
    assert abs(drawn.customers["alive"].sum() - alive.sum()) <= 4 * spread + 1e-9
    assert drawn.customers["left"].mask.sum() == drawn.customers["alive"].sum()


def test_the_same_seed_gives_the_same_customers(model: cv.BgNbd) -> None:
    one = model.simulate(2000, T=52.0, seed=1)
    again = model.simulate(1000, T=52.0, seed=1)
    np.testing.assert_array_equal(one.summary.recency[:1000], again.summary.recency)
    assert (again.summary.recency != model.simulate(1000, T=52.0, seed=2).summary.recency).any()
    each = model.simulate(T=[10.0, 20.0], seed=1)
    np.testing.assert_array_equal(each.summary.T, [10.0, 20.0])
    assert "date" not in one.transactions
    assert (one.transactions["amount"] == 1).all()
    days = model.simulate(2000, T=364, unit="day", seed=1)
    np.testing.assert_allclose(days.summary.recency, one.summary.recency)


def test_parameters_come_back(model: cv.BgNbd) -> None:
    fitted = cv.BgNbd().fit(model.simulate(20_000, T=52, seed=5).summary)
    for name, value in model.params_.items():
        assert abs(fitted.params_[name] - value) < 3 * fitted.report_.standard_errors[name]


def test_covariates_move_the_customers_and_come_back() -> None:
    n = 20_000
    truth = {"purchase:online": 0.6, "dropout:online": -0.4}
    model = cv.ParetoNbd.from_params(r=0.8, alpha=6.0, s=0.9, beta=20.0, unit="week", coefficients=truth)
    frame = pl.DataFrame({"online": np.arange(n) % 3 == 0}).cast(pl.Float64)
    drawn = model.simulate(n, T=52, seed=6, covariates=frame)
    assert isinstance(drawn.customers, pl.DataFrame)
    assert drawn.customers["online"].sum() == (n + 2) // 3
    fitted = cv.ParetoNbd(purchase_covariates=["online"], dropout_covariates=["online"]).fit(drawn.summary)
    for row in fitted.report_.coefficients(0.95):
        assert abs(row["estimate"] - truth[row["name"]]) < 3 * row["standard_error"]
    with pytest.raises(cv.MissingColumnError, match="online"):
        model.simulate(10, T=52, seed=6)


def test_opportunities_are_drawn_and_refitted() -> None:
    truth = {"alpha": 1.204, "beta": 0.750, "gamma": 0.657, "delta": 2.783}
    donors = cv.BgBb.from_params(**truth)
    drawn = donors.simulate(20_000, n=12, seed=7, holdout=5)
    fitted = cv.BgBb().fit(drawn.summary)
    for name, value in truth.items():
        assert abs(fitted.params_[name] - value) < 3 * fitted.report_.standard_errors[name]
    expected = donors.expected_purchases(drawn.summary, 5)
    later = drawn.customers["holdout_frequency"]
    assert abs((later - expected).sum()) < 4 * np.sqrt(((later - expected) ** 2).sum())
    purchases = drawn.purchases
    assert purchases["opportunity"].min() == 1
    assert purchases["opportunity"].max() == 17
    seen = purchases["opportunity"] <= 12
    counts = np.bincount(purchases["customer_id"][seen].astype(int), minlength=20_000)
    np.testing.assert_array_equal(counts, drawn.summary.frequency)
    each = donors.simulate(n=[2, 3, 4], seed=7, like=pd.DataFrame())
    assert isinstance(each.customers, pd.DataFrame)
    assert list(each.customers["n"]) == [2, 3, 4]
    np.testing.assert_array_equal(each.summary.frequency <= [2, 3, 4], True)


def test_contracts_are_drawn_and_refitted() -> None:
    for model, kind in [
        (cv.Geometric.from_params(theta=0.15), cv.Geometric),
        (cv.ShiftedBetaGeometric.from_params(alpha=0.668, beta=3.806), cv.ShiftedBetaGeometric),
        (cv.BetaDiscreteWeibull.from_params(alpha=0.26, beta=1.7, c=1.6), cv.BetaDiscreteWeibull),
    ]:
        periods = np.tile([4, 8, 12, 16], 5000)
        drawn = model.simulate(periods=periods, seed=8)
        again = kind().fit(cv.Tenures.from_survivors(drawn.survivors))
        rows = kind().fit(cv.Tenures.from_frame(drawn.customers))
        assert again.params_ == rows.params_ == kind().fit(drawn.tenures).params_
        for name, value in model.params_.items():
            assert abs(again.params_[name] - value) < 3 * again.report_.standard_errors[name]
        assert [len(cohort) for cohort in drawn.survivors] == [4, 8, 12, 16]
        lifetime, tenure = drawn.customers["lifetime"], drawn.customers["tenure"]
        np.testing.assert_array_equal(tenure, np.minimum(lifetime.filled(2**32), periods))
        np.testing.assert_array_equal(drawn.customers["churned"], lifetime.filled(2**32) < periods)


def test_bad_input(model: cv.BgNbd) -> None:
    sbg = cv.ShiftedBetaGeometric.from_params(alpha=0.7, beta=2.5)
    donors = cv.BgBb.from_params(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
    for call in [
        lambda: model.simulate(10, seed=1),
        lambda: model.simulate(10, T=5),
        lambda: model.simulate(10, seed=1, acquired=("2025-01-01", "2025-01-02")),
        lambda: model.simulate(10, seed=1, T=1, **DAYS),
        lambda: sbg.simulate(seed=1, periods=4),
        lambda: sbg.simulate(3, seed=1, periods=[4, 5, 6]),
        lambda: donors.simulate(seed=1, n=4),
    ]:
        with pytest.raises(TypeError):
            call()
    for seed in [-1, 2**64, 1.5, "x"]:
        with pytest.raises(cv.InvalidParameterError, match="seed"):
            model.simulate(10, T=5, seed=seed)
    for call in [
        lambda: model.simulate(0, T=1.0, seed=1),
        lambda: model.simulate(-1, T=1.0, seed=1),
        lambda: model.simulate(T=[1.0, float("nan")], seed=1),
        lambda: model.simulate(10, T=-1.0, seed=1),
        lambda: model.simulate(10, T=1.0, holdout=0.0, seed=1),
        lambda: model.simulate(10, seed=1, acquired=("2025-01-02", "2025-01-01"), observed_until="2025-02-01"),
        lambda: model.simulate(10, seed=1, acquired=("2025-01-01", "2025-01-02"), observed_until="2024-02-01"),
        lambda: model.simulate(3, T=1.0, seed=1, covariates={"age": [1.0]}),
        lambda: sbg.simulate(3, seed=1, periods=0),
        lambda: sbg.simulate(3, seed=1, periods=2.5),
        lambda: donors.simulate(0, seed=1, n=3),
        lambda: donors.simulate(3, seed=1, n=-3),
    ]:
        with pytest.raises(cv.CrmValueError):
            call()
