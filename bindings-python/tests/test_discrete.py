"""BG/BB, tenures and the contractual models through the Python interface; values from the papers named."""

import pickle

import crm_value as cv
import numpy as np
import pandas as pd
import polars as pl
import pytest

REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
TABLE = {"frequency": [0, 1, 1, 2], "recency": [0, 1, 2, 2], "n": [2, 2, 2, 2]}


@pytest.fixture
def donors():
    return cv.BgBb.from_params(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)


def test_published_values(donors):
    # Fader, Hardie & Shang (2010), table 6: P(alive in 2002) of 1995-0, 1999-2, 2001-6.
    history = {"frequency": [0, 2, 6], "recency": [0, 4, 6], "n": [6, 6, 6]}
    np.testing.assert_allclose(donors.probability_alive(history, ahead=1), [0.11, 0.59, 0.93], atol=5e-3)
    np.testing.assert_allclose(donors.expected_purchases_new_customer([1, 10]), [0.4985, 3.1798], atol=2e-3)
    # Fader & Hardie (2010), table 3, case 1.
    sbg = cv.ShiftedBetaGeometric.from_params(alpha=3.80, beta=15.20)
    derl = sbg.discounted_expected_residual_lifetime(0.1, np.arange(5))
    np.testing.assert_allclose(derl, [3.31, 3.45, 3.59, 3.72, 3.84], atol=5.1e-3)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, lambda columns: columns])
def test_frames_come_out_as_they_went_in(donors, frame):
    values = donors.expected_purchases(frame(TABLE), 5)
    expected = donors.expected_purchases(TABLE, 5)
    assert type(values) is {pd.DataFrame: pd.Series, pl.DataFrame: pl.Series}.get(frame, np.ndarray)
    np.testing.assert_array_equal(np.asarray(values), expected)
    parts = [np.asarray(donors.expected_purchases(frame(TABLE), 3)), donors.expected_purchases(TABLE, 5, start=3)]
    np.testing.assert_allclose(sum(parts), expected, rtol=1e-13)
    assert np.all(donors.probability_active(TABLE, 2) <= 1)
    np.testing.assert_allclose(donors.dect(TABLE, 5, 0.0), expected, rtol=1e-13)
    assert np.all(donors.dert(TABLE, 0.1) > donors.dect(TABLE, 5, 0.1))
    np.testing.assert_allclose(
        sum(donors.conditional_purchase_probability(TABLE, x, 3) for x in range(4)), 1, rtol=1e-12
    )
    assert np.all((donors.mean_purchase_probability(TABLE) > 0) & (donors.mean_dropout_probability(TABLE) < 1))


def test_summaries_and_models_are_stored(donors):
    summary = cv.OpportunitySummary.from_frame({**TABLE, "weight": [4, 3, 2, 1]}, weight="weight")
    again = pickle.loads(pickle.dumps(summary))
    np.testing.assert_array_equal(again.weights, [4, 3, 2, 1])
    np.testing.assert_array_equal(again.n, summary.n)
    for model in [donors, cv.ShiftedBetaGeometric().fit(cv.Tenures.from_survivors([REGULAR]))]:
        assert pickle.loads(pickle.dumps(model)).params_ == model.params_
        assert type(model).from_json(model.to_json()).params_ == model.params_


def test_logs_are_cut_by_span_and_by_calendar():
    orders = {
        "customer_id": [1, 1, 1, 1],
        "date": ["2026-01-01", "2026-01-08", "2026-01-09", "2026-02-02"],
        "amount": [1.0, 1.0, 1.0, 1.0],
    }
    log = cv.TransactionLog(orders)
    weeks = cv.OpportunitySummary.from_log(log, cv.Span(1, "week"), "2026-01-29")
    assert (weeks.frequency.tolist(), weeks.recency.tolist(), weeks.n.tolist()) == ([2], [2], [4])
    months = cv.OpportunitySummary.from_log(log, "month", "2026-02-28")
    assert (months.frequency.tolist(), months.recency.tolist(), months.n.tolist()) == ([1], [1], [1])
    with pytest.raises(cv.InvalidParameterError, match="fortnight"):
        cv.OpportunitySummary.from_log(log, "fortnight")


def test_contractual_models_agree():
    rows = {"tenure": [1, 2, 3, 4, 5, 6, 7, 8], "churned": [True] * 7 + [False]}
    rows["weight"] = [*(-np.diff(REGULAR)).tolist(), REGULAR[-1]]
    for tenures in [cv.Tenures.from_survivors([REGULAR]), cv.Tenures.from_frame(pd.DataFrame(rows), weight="weight")]:
        sbg, bdw = cv.ShiftedBetaGeometric().fit(tenures), cv.BetaDiscreteWeibull().fit(tenures)
        assert sbg.report_.log_likelihood == pytest.approx(-1680.265, abs=6e-4)
        assert bdw.report_.log_likelihood == pytest.approx(-1679.603, abs=6e-4)
        assert sbg.log_likelihood(tenures) == pytest.approx(sbg.report_.log_likelihood)
    assert cv.Geometric().fit(tenures).theta_ == pytest.approx(759 / (1000 + sum(REGULAR[1:-1])))
    assert sbg.expected_tenure() is None
    np.testing.assert_allclose(sbg.survival_ahead([0, 2], 3), [sbg.survival(3), sbg.survival(5) / sbg.survival(2)])
    np.testing.assert_allclose(np.cumprod(sbg.retention_rate([1, 2, 3])), sbg.survival([1, 2, 3]))
    assert sbg.expected_renewals(0, 3) == pytest.approx(sum(sbg.survival([1, 2, 3])))
    derl = sbg.discounted_expected_residual_lifetime(0.1, 0)
    assert sbg.discounted_expected_lifetime(0.1) == pytest.approx(1 + derl / 1.1)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: cv.Tenures.from_survivors([[10, 8, 9]]), "RisingSurvivors"),
        (lambda: cv.Tenures.from_frame({"tenure": [0], "churned": [True]}), "NotPositive"),
        (lambda: cv.ShiftedBetaGeometric().fit(cv.Tenures.from_survivors([[9, 9]])), "DegenerateTenures"),
        (lambda: cv.Geometric.from_params(theta=1.0), "InvalidParameter"),
        (lambda: cv.OpportunitySummary.from_frame({**TABLE, "n": [1, 1, 1, 1]}), "ExceedsOpportunities"),
        (lambda: cv.OpportunitySummary.from_frame({**TABLE, "frequency": [0, 2, 1, 2]}), "FrequencyExceedsRecency"),
        (lambda: cv.OpportunitySummary.from_frame({**TABLE, "n": [2, 2, 2, 2e6]}), "TooManyPeriods"),
    ],
)
def test_bad_input(make, kind):
    with pytest.raises(cv.CrmValueError) as error:
        make()
    assert error.value.kind == kind


def test_bad_arguments(donors):
    with pytest.raises(cv.InvalidParameterError, match="whole numbers"):
        donors.expected_purchases(TABLE, 1.5)
    with pytest.raises(cv.InvalidParameterError):
        donors.expected_purchases(TABLE, 3, start=3)
    with pytest.raises(cv.InvalidParameterError):
        donors.dert(TABLE, 0.0)
    with pytest.raises(cv.InvalidParameterError, match="whole numbers"):
        cv.Geometric.from_params(theta=0.5).survival([-1])
    with pytest.raises(cv.NotFittedError):
        cv.BgBb().probability_alive(TABLE)
