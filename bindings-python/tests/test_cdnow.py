"""The whole way on CDNOW, and the same numbers from every kind of frame."""

import datetime as dt

import crm_value as cv
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest


def test_summary_and_holdout(log, split, customers):
    assert (log.customers, log.occasions) == (2357, 6696)
    assert (log.first_date, log.last_date) == (dt.date(1997, 1, 1), dt.date(1998, 6, 30))
    assert len(customers) == 2357
    assert customers.frequency.sum() == customers.repeat_purchases == 2457
    assert customers.repeat_customers == 946
    assert customers.unit == split.unit == "week"
    assert customers.observed_until == dt.date(1997, 9, 30)
    assert split.holdout_frequency.sum() == 1882
    assert split.holdout == 39.0
    quality = log.quality
    assert (quality.rows_read, quality.same_day_merges, quality.zero_rows) == (6919, 223, 8)
    assert quality.rows_read == quality.rows_used + quality.rows_dropped
    assert customers.quality.after_end_rows > 0


def test_bg_nbd(bg):
    expected = {"r": 0.24259452243, "alpha": 4.41360201901, "a": 0.792922017226, "b": 2.42590677683}
    assert bg.params_ == pytest.approx(expected, rel=1e-9)
    assert (bg.r_, bg.alpha_, bg.a_, bg.b_) == tuple(bg.params_.values())
    report = bg.report_
    assert report.log_likelihood == pytest.approx(-9582.429206674, abs=1e-6)
    errors = {"r": 0.0125573781, "alpha": 0.37822406, "a": 0.185733821, "b": 0.70541426}
    assert report.standard_errors == pytest.approx(errors, rel=1e-6)
    assert report.aic == pytest.approx(8 + 2 * 9582.429206674)
    assert report.bic == pytest.approx(4 * np.log(2357) + 2 * 9582.429206674)
    assert report.covariance.shape == (4, 4)
    np.testing.assert_allclose(np.sqrt(np.diag(report.covariance)), list(report.standard_errors.values()))
    assert bg.converged_
    assert report.converged
    assert report.termination == "converged"
    assert report.warnings == []
    assert report.gradient_norm < 1e-9
    low, high = report.confidence_intervals(0.95)["r"]
    assert 0 < low < bg.r_ < high


def test_gamma_gamma(gg):
    assert gg.params_ == pytest.approx({"p": 6.24957227132, "q": 3.74422466713, "v": 15.4435209626}, rel=1e-8)
    assert (gg.p_, gg.q_, gg.v_) == tuple(gg.params_.values())
    assert gg.report_.log_likelihood == pytest.approx(-4055.917694802, abs=1e-6)
    assert gg.report_.customers == 946
    assert gg.report_.unit is None
    assert gg.population_mean_spend() == pytest.approx(gg.p_ * gg.v_ / (gg.q_ - 1), rel=1e-14)


def test_forecast(bg, gg, customers, split):
    expected = bg.expected_purchases(customers, 39)
    assert abs(expected.sum() / split.holdout_frequency.sum() - 1) < 0.15
    parts = bg.expected_purchases(customers, 13) + bg.expected_purchases(customers, 39, start=13)
    np.testing.assert_allclose(parts, expected, rtol=1e-11)
    np.testing.assert_array_equal(bg.expected_purchases(customers, cv.Span(39, "week")), expected)
    np.testing.assert_array_equal(bg.expected_purchases(customers, 39, start=0), expected)
    alive = bg.probability_alive(customers)
    assert alive.between(0, 1).all()
    assert (alive[customers.frequency == 0] == 1).all()
    assert (bg.probability_alive(customers, ahead=10) <= alive).all()
    value = cv.PredictiveClv(bg, gg, years=3, annual_discount=0.10, margin=0.30).value(customers)
    assert value.gt(0).all()
    # What is not given is the library's own: these are its defaults.
    given = cv.PredictiveClv(
        bg,
        gg,
        horizon=(3, "year"),
        discount=cv.DiscountRate.annual(0.1),
        margin=1.0,
        timing="end_of_period",
        period=(1, "month"),
    )
    np.testing.assert_array_equal(cv.PredictiveClv(bg, gg).value(customers), given.value(customers))


def test_segments_and_concentration(log, customers):
    scores = cv.Rfm().fit(log.rfm("1997-09-30")).scores_
    assert len(scores) == 2357
    names = cv.SegmentTable().assign(scores)
    table = cv.SegmentTable().summarize(scores)
    assert table["customers"].sum() == 2357
    assert dict(zip(table["segment"], table["customers"], strict=True))["champion"] == (names == "champion").sum()
    value = cv.HistoricalClv().value(customers)
    c = cv.Concentration(value)
    tiers = cv.tiers(value)
    assert tiers.rows[0].customers == (tiers.assign(value) == 0).sum()
    assert c.top_share(0.2) > 0.5
    assert c.top_count_share(c.customers_for_share(0.8).customers) >= 0.8


def whole_way(frame):
    log = cv.TransactionLog(frame)
    customers = log.split("1997-09-30", "1998-06-30").calibration
    bg, gg = cv.BgNbd().fit(customers), cv.GammaGamma().fit(customers)
    clv = cv.PredictiveClv(bg, gg, years=3, annual_discount=0.10, margin=0.30).value(customers)
    rfm = cv.Rfm().fit(log.rfm("1997-09-30"))
    return customers, bg, gg, clv, rfm


@pytest.mark.parametrize(
    ("make", "series", "frame"),
    [
        (lambda orders: orders, pd.Series, pd.DataFrame),
        (pl.from_pandas, pl.Series, pl.DataFrame),
        (pa.Table.from_pandas, pa.ChunkedArray, pa.Table),
        (lambda orders: {name: orders[name].to_numpy() for name in orders}, np.ndarray, dict),
    ],
    ids=["pandas", "polars", "pyarrow", "dict"],
)
def test_every_kind_of_frame_gives_the_same_bits(orders, bg, gg, customers, make, series, frame):
    summary, bg_2, gg_2, clv, rfm = whole_way(make(orders))
    np.testing.assert_array_equal(summary.ids, customers.ids)
    for name in ("frequency", "recency", "T", "total_spend"):
        np.testing.assert_array_equal(getattr(summary, name), getattr(customers, name))
    assert bg_2.params_ == bg.params_
    assert gg_2.params_ == gg.params_
    assert bg_2.report_ == bg.report_
    expected = cv.PredictiveClv(bg, gg, years=3, annual_discount=0.10, margin=0.30).value(customers)
    np.testing.assert_array_equal(np.asarray(clv), expected.to_numpy())
    for result in (clv, bg_2.probability_alive(summary), bg_2.log_likelihoods(summary), gg_2.expected_spend(summary)):
        assert type(result) is series
    for result in (rfm.labels_, rfm.segments()):
        assert type(result) is series
    for result in (summary.to_frame(), rfm.scores_.to_frame(), cv.SegmentTable().summarize(rfm.scores_)):
        assert type(result) is frame


def test_row_order_and_threads_change_no_bit(orders, bg):
    shuffled = cv.TransactionLog(orders.sample(frac=1, random_state=1), threads=1)
    customers = shuffled.split("1997-09-30", "1998-06-30").calibration
    assert cv.BgNbd(threads=1).fit(customers).report_ == bg.report_
