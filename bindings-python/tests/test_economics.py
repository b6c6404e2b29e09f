"""Economics, simple and cold-start CLV, forecast, referral value."""

import crm_value as cv
import numpy as np
import pandas as pd
import polars as pl
import pytest

MODEL = cv.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
SPEND = cv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)


def test_contribution_margin_deducts_every_cost():
    margin = cv.contribution_margin(
        pd.Series([1000.0, 0.0], index=["a", "b"]),
        orders=[3, 0],
        returns=[2, 0],
        contacts=[10, 5],
        cost_to_serve=[55, 1],
        rate=0.4,
        cost_per_order=7.5,
        cost_per_return=12,
        cost_per_contact=0.8,
        cost_per_customer=20,
    )
    assert margin.to_dict() == {"a": 270.5, "b": -25.0}
    with pytest.raises(cv.MissingColumnError, match="orders"):
        cv.contribution_margin([1.0], cost_per_order=1)
    with pytest.raises(cv.InvalidDataError) as caught:
        cv.contribution_margin([1.0, 2.0], contacts=[1.0, -1.0])
    assert (caught.value.kind, caught.value.column, caught.value.row) == ("Negative", "contacts", 1)


def test_net_value_shows_losses():
    net = cv.NetValue(pl.Series([120.0, 20.0, -5.0, 64.0]), [40.0, 50.0, 10.0, 0.0])
    assert net.net.to_list() == [80.0, -30.0, -15.0, 64.0]
    assert net.ratios.tolist() == [3.0, 0.4, -0.5, None]
    assert (net.loss_making, net.total_value, net.total_cost, net.total_net) == (2, 199.0, 100.0, 99.0)
    assert net.ratio == 1.99
    assert cv.NetValue([7.0], 0.0).ratio is None


def test_payback_and_investments():
    month, rate = (1, "month"), cv.DiscountRate.per_period(0.25, "month")
    np.testing.assert_allclose(cv.cumulative_discounted([10, 10, 10], month, discount=rate), [8.0, 14.4, 19.52])
    assert [cv.payback_period([10, 10, 10], cost, month, discount=rate) for cost in (0, 8.1, 20)] == [0, 2, None]
    assert cv.payback_period([30, -10, 20], 40, month) == 3
    kept = cv.Investment.retention([800.0, 300.0, -100.0], [0.05, 0.10, 0.02], 20.0)
    assert (kept.gain, kept.cost, kept.net) == (68.0, 60.0, 8.0)
    assert kept.roi == pytest.approx(8 / 60)
    assert cv.Investment.of(5.0, 0.0).roi is None
    assert cv.largest_acquisition_spend(90.0, 3.0) == 30.0
    assert cv.largest_retention_spend([800.0, -100.0], 0.05).tolist() == [40.0, 0.0]


def test_campaign():
    response = [0.10, 0.04, 0.20, 0.01, 0.05]
    targeting = cv.Campaign(2.0).select(response, 50.0)
    assert targeting.selected.tolist() == [True, False, True, False, True]
    assert targeting.break_even.tolist() == [0.04] * 5
    assert targeting.contacted.customers == 3
    assert targeting.contacted.profit == pytest.approx(11.5)
    assert targeting.everyone.profit == pytest.approx(10.0)
    assert targeting.saved == pytest.approx(4.0)
    assert cv.Campaign(2.0, budget=2.0).select(response, 50.0).selected.tolist() == [False, False, True, False, False]
    uplift = cv.Campaign(1.0, baseline=[0.45, 0.10]).select([0.50, 0.30], 10.0)
    assert uplift.selected.tolist() == [False, True]
    with pytest.raises(cv.InvalidParameterError, match="response"):
        cv.Campaign(1.0).select([1.5], 1.0)


@pytest.mark.parametrize("none", [None, np.nan])
def test_referrals(none):
    by = pd.Series([none, 1, 1, 3, 4, none])
    referrals = cv.Referrals([1, 2, 3, 4, 5, 6], by)
    assert len(referrals) == 6
    assert referrals.longest_chain == 3
    values = pl.Series([1000.0, 40.0, 80.0, -16.0, 64.0, 7.0])
    assert referrals.credit(values, 0.5).credit.to_list() == [60.0, 0.0, -8.0, 32.0, 0.0, 0.0]
    assert referrals.credit(values, 0.5, depth=2).credit.to_list() == [56.0, 0.0, 8.0, 32.0, 0.0, 0.0]
    endless = referrals.credit(values, 0.5, depth="endless")
    assert endless.credit.to_list() == [64.0, 0.0, 8.0, 32.0, 0.0, 0.0]
    assert endless.referred.to_list() == [2, 0, 1, 1, 0, 0]
    assert endless.total == 104.0


@pytest.mark.parametrize(
    ("by", "kind", "row"),
    [
        ([None, "a", "x"], "UnknownCustomer", 2),
        ([None, "b", "a"], "SelfReferral", 1),
        (["b", "a", None], "ReferralLoop", 0),
    ],
)
def test_bad_referrals_name_the_row(by, kind, row):
    with pytest.raises(cv.InvalidDataError) as caught:
        cv.Referrals(["a", "b", "c"], by)
    assert (caught.value.kind, caught.value.row, caught.value.column) == (kind, row, "referred_by")


def test_nobody_referred():
    assert cv.Referrals(["a", "b"], [None, None]).credit([1.0, 2.0], 0.1).credit.tolist() == [0.0, 0.0]
    with pytest.raises(cv.InvalidParameterError, match="depth"):
        cv.Referrals(["a"], [None]).credit([1.0], 0.1, depth="far")


def test_simple_formulas():
    assert cv.SimpleClv.orders(50.0, 4.0, 2.5).figure == 500.0
    assert cv.SimpleClv.arpu(20.0, 0.04, margin=0.3).figure == pytest.approx(150.0)
    now = cv.SimpleClv.retention(100.0, 0.8, (1, "year"), annual_discount=0.12, first_margin="now")
    assert now.figure == pytest.approx(350.0)
    summary = cv.CustomerSummary.from_frame(
        {"frequency": [2, 0], "recency": [5.0, 0.0], "T": [8.0, 12.0]}, unit="week"
    ).with_totals([70.0, 10.0])
    of = cv.SimpleClv.orders_of(summary, 0.25, (4, "week"))
    assert of.figure == pytest.approx(32.0)
    np.testing.assert_array_equal(of.value(summary), [of.figure] * 2)
    with pytest.raises(cv.InvalidParameterError, match="churn"):
        _ = cv.SimpleClv.arpu(1.0, 0.0).figure


def test_cold_start_is_the_formula_where_all_is_known():
    value = cv.ColdStart(0.66, 20.0, 3.0, margin=0.5, draws=3).simulate()
    np.testing.assert_allclose(value[:4], 75.0, rtol=1e-13)
    persona = cv.ColdStart((0.7, 0.05), (45.0, 10.0), cv.Range(2.0, 5.0), margin=(0.35, 0.03))
    assert persona.simulate() == persona.simulate()
    assert persona.simulate().draws == len(persona.draws()) == 10_000
    other = cv.ColdStart((0.7, 0.05), (45.0, 10.0), cv.Range(2.0, 5.0), margin=(0.35, 0.03), seed=2)
    assert other.simulate() != persona.simulate()
    blended = persona.blend(data=100.0, customers=0, prior_customers=10)
    assert (blended.weight, blended.value) == (0.0, persona.simulate().mean)
    with pytest.raises(cv.InvalidParameterError, match="retention"):
        cv.ColdStart((0.5, 0.5), 1.0, 1.0).simulate()


def test_forecast_adds_up(customers):
    forecast = cv.Forecast(MODEL, SPEND, margin=0.3, periods=36, plan=[100, 50], acquisition_cost=5.0).of(customers)
    clv = cv.PredictiveClv(MODEL, SPEND, margin=0.3).value(customers)
    assert forecast.existing_equity == pytest.approx(clv.sum(), rel=1e-11)
    assert forecast.customer_equity == forecast.existing_equity + forecast.new_equity
    assert isinstance(forecast.periods, pd.DataFrame)
    assert forecast.periods["period"].tolist() == list(range(1, 37))
    for name, total in forecast.totals.items():
        assert forecast.periods[name].sum() == pytest.approx(total, rel=1e-12)
    assert forecast.totals["acquisition_cost"] == 750.0
    assert "customer equity" in repr(forecast)


def test_compounded_value(log, customers):
    plain = cv.HistoricalClv().value(customers)
    free = cv.HistoricalClv().compounded(log).value(customers)
    np.testing.assert_allclose(free, plain, rtol=0, atol=1e-9)
    grown = cv.HistoricalClv().compounded(log, annual_discount=0.1).value(customers)
    assert (grown >= plain).all()
    with pytest.raises(cv.MissingColumnError, match="observed_until"):
        cv.HistoricalClv().compounded(log).value(cv.CustomerSummary.from_frame(customers.to_frame(), unit="week"))


def test_ways_side_by_side(customers):
    table = cv.compare_clv(
        customers,
        {"past": cv.HistoricalClv(), "future": cv.PredictiveClv(MODEL, SPEND), "given": np.ones(len(customers))},
    )
    assert list(table.frame.columns) == ["customer_id", "past", "future", "given"]
    assert table.totals["given"] == (2357.0, 1.0, 0)
    assert table.totals["past"].total == pytest.approx(table.frame["past"].sum())
    assert "future" in table._repr_html_()
