"""Lifetime value, RFM, concentration, tiers; spans and rates."""

import crm_value as cv
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

MODEL = cv.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
SPEND = cv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)


def test_clv_options(customers):
    def value(**options):
        return cv.PredictiveClv(MODEL, SPEND, **options).value(customers)

    np.testing.assert_array_equal(value(years=2), value(horizon=(2, "year")))
    np.testing.assert_array_equal(value(months=24), value(horizon=cv.Span(24, "month")))
    np.testing.assert_array_equal(value(annual_discount=0.2), value(discount=cv.DiscountRate.annual(0.2)))
    np.testing.assert_allclose(value(margin=0.3), 0.3 * value(), rtol=1e-15)
    assert (value(timing="continuous") > value()).all()
    assert (value(endless=True) > value(timing="continuous")).all()
    np.testing.assert_allclose(value(period=(1, "day")), value(timing="continuous"), rtol=1e-3)
    clv = cv.PredictiveClv(MODEL, SPEND, years=2, margin=0.5)
    np.testing.assert_allclose(
        clv.value(customers), clv.discounted_purchases(customers) * 0.5 * SPEND.expected_spend(customers), rtol=1e-14
    )
    free = cv.PredictiveClv(MODEL, SPEND, horizon=(39, "week"), discount=cv.DiscountRate.none())
    np.testing.assert_allclose(
        free.discounted_purchases(customers), MODEL.expected_purchases(customers, 39), rtol=1e-11
    )
    assert "years" not in repr(clv)
    assert "margin=0.5" in repr(clv)


def test_clv_of_a_plain_frame(customers):
    clv = cv.PredictiveClv(MODEL, SPEND)
    pd.testing.assert_series_equal(clv.value(customers.to_frame()), clv.value(customers))


def test_historical_value(customers):
    value = cv.HistoricalClv().value(customers)
    np.testing.assert_array_equal(value, customers.total_spend)
    np.testing.assert_array_equal(cv.HistoricalClv(0.25).value(customers), 0.25 * customers.total_spend)
    summary = cv.CustomerSummary.from_frame({"frequency": [1], "recency": [1], "T": [2]}, unit="week")
    totals = summary.with_totals([10.0], pd.Series([4.0]))
    assert cv.HistoricalClv().value(totals).tolist() == [10.0]
    assert cv.HistoricalClv("column").value(totals).tolist() == [4.0]
    assert repr(cv.HistoricalClv("column")) == "HistoricalClv(margin='column')"


def test_spans_and_rates():
    assert cv.Span(12, "months") == cv.Span(12, "month") != cv.Span(1, "year")
    assert len({cv.Span(1, "day"), cv.Span(1, "day")}) == 1
    assert repr(cv.Span(1.5, "week")) == "Span(1.5, 'week')"
    assert (cv.Span(2, "week").length, cv.Span(2, "week").unit) == (2.0, "week")
    rate = cv.DiscountRate.annual(0.1)
    assert rate.factor(1, "year") == pytest.approx(1 / 1.1)
    assert rate.delta("year") == pytest.approx(np.log(1.1))
    assert cv.DiscountRate.per_period(0.1, "year") == rate
    assert cv.DiscountRate.per_span(0.1, cv.Span(1, "year")) == rate
    assert cv.DiscountRate.continuous(np.log(1.1), "year").factor(2, "year") == pytest.approx(1.1**-2)
    assert cv.DiscountRate.none().factor(100, "year") == 1.0
    assert cv.DiscountRate.from_json(rate.to_json()) == rate
    assert repr(rate) == "DiscountRate(0.100000 a year)"


def test_rfm(log):
    summary = log.rfm("1998-06-30", "day")
    assert (summary.time_since_last >= 0).all()
    assert (summary.frequency >= 1).all()
    np.testing.assert_allclose(summary.mean_spend * summary.frequency, summary.total_spend)
    rfm = cv.Rfm(bins=(5, 4, 3), monetary="mean").fit(summary)
    assert rfm.cut_points_.bins == rfm.scores_.bins == (5, 4, 3)
    assert rfm.cut_points_.monetary_measure == "mean"
    assert rfm.cut_points_.unit == "day"
    for scores, bins in ((rfm.r_, 5), (rfm.f_, 4), (rfm.m_, 3)):
        assert set(scores) <= set(range(1, bins + 1))
    again = rfm.score(summary)
    np.testing.assert_array_equal(again.labels, rfm.labels_)
    np.testing.assert_array_equal(again.combined(), rfm.r_ + rfm.f_ + rfm.m_)
    np.testing.assert_array_equal(again.weighted((1, 1, 1)), again.combined())
    assert again.empty_scores("frequency") == sorted(set(range(1, 5)) - set(rfm.f_))
    stored = cv.RfmCutPoints.from_json(rfm.cut_points_.to_json())
    assert stored == rfm.cut_points_
    np.testing.assert_array_equal(stored.axis("monetary").apply(summary.mean_spend), rfm.m_)
    worst_first = cv.Rfm(directions={"recency": "higher_is_better"}).fit(summary)
    assert np.corrcoef(worst_first.r_, summary.time_since_last)[0, 1] > 0
    assert rfm.get_params() == {"bins": (5, 4, 3), "monetary": "mean", "directions": None, "nested": False}
    assert rfm.set_params(bins=3).fit(summary).scores_.bins == (3, 3, 3)


def test_cut_points():
    fixed = cv.CutPoints.fixed([2, 5], "higher_is_better")
    assert (fixed.bins, fixed.direction, fixed.points) == (3, "higher_is_better", [(2, 2.0), (3, 5.0)])
    assert fixed.apply(pl.Series([1.0, 2.0, 5.0])).tolist() == [1, 2, 3]
    quantiles = cv.CutPoints.quantiles([1.0, 1.0, 1.0, 2.0, 9.0], 5, "higher_is_better")
    assert quantiles.empty_scores == [2, 3]
    assert quantiles.apply([0.0, 3.0]).tolist() == [1, 4]
    assert cv.CutPoints.from_json(quantiles.to_json()) == quantiles
    own = cv.RfmCutPoints(cv.CutPoints.fixed([30, 90], "lower_is_better"), fixed, fixed, "total", "day")
    new = cv.RfmSummary.from_frame({"time_since_last": [3.0], "frequency": [4], "total_spend": [1.0]}, unit="day")
    assert own.apply(new._native).labels == ["321"]


def test_segment_tables(log):
    scores = cv.Rfm().fit(log.rfm()).scores_
    default = cv.SegmentTable()
    assert default.check() == ([], [])
    assert default.names[-1] == "other"
    assert cv.SegmentTable(default.rows, default.bins) == default
    assert cv.SegmentTable.from_json(default.to_json()) == default
    table = cv.SegmentTable([cv.Segment("best", r=(4, 5), f=(4, 5)), {"name": "lost", "r": 1}])
    names = scores.segments(table)
    assert set(names) == {"best", "lost", "other"}
    np.testing.assert_array_equal(names == "lost", scores.r == 1)
    numbers = table.summarize(scores)
    assert numbers["customer_share"].sum() == pytest.approx(1)
    empty = cv.SegmentTable([("nobody", (1, 1), (1, 1)), ("all",)]).summarize(
        cv.Rfm(bins=(5, 5, 5))
        .fit(cv.RfmSummary.from_frame({"time_since_last": [1], "frequency": [1], "total_spend": [1]}, unit="day"))
        .scores_
    )
    assert set(empty) >= {"segment", "mean_spend"}


def test_concentration(customers):
    value = cv.HistoricalClv().value(customers)
    results = []
    for values in (
        value,
        value.to_numpy(),
        pl.Series(value.to_numpy()),
        pa.chunked_array([value.to_numpy()]),
        value.tolist(),
    ):
        c = cv.Concentration(values)
        results.append((c.n, c.total, c.gini, c.gini_corrected, c.top_share(0.1), c.top_count_share(10)))
    assert len(set(results)) == 1
    p, share = c.lorenz(11)
    np.testing.assert_allclose(p, np.linspace(0, 1, 11))
    assert share[0] == 0
    assert share[-1] == 1
    assert c.lorenz_at(0.3) == pytest.approx(share[3])
    answer = c.customers_for_share(0.8)
    assert answer.value_share >= 0.8 > c.top_count_share(answer.customers - 1)
    assert cv.Concentration([-1.0, 3.0], negatives="clamp").negatives_clamped == 1
    assert cv.Concentration([-1.0, 3.0], negatives="allow").total == 2


def test_tiers(customers):
    value = cv.HistoricalClv().value(customers)
    tiers = cv.tiers(value)
    assert [tier.bound for tier in tiers.rows] == [0.1, 0.3, 1.0]
    assert tiers.basis == "customer_share"
    assert len(tiers) == 3
    assigned = tiers.assign(value)
    assert assigned.index.equals(value.index)
    assert [tier.customers for tier in tiers.rows] == assigned.value_counts().sort_index().tolist()
    assert isinstance(tiers.assign(pl.Series(value.to_numpy())), pl.Series)
    assert isinstance(tiers.assign(value.to_numpy()), np.ndarray)
    assert cv.Tiers.from_json(tiers.to_json()) == tiers == cv.Concentration(value).tiers()
    abc = cv.abc(value, bounds=[0.5, 1.0])
    assert abc == cv.Concentration(value).abc([0.5, 1.0])
    assert abc.basis == "value_share"
    assert abc.rows[0].value_share >= 0.5
    assert "hold" in repr(abc)
