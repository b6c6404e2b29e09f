"""Fixed parameters, priors, penalties; posterior means, windows, alive path; comparison; single purchases."""

import crm_value as cv
import numpy as np
import pytest
from crm_value import errors


def test_a_fixed_parameter_stays(customers):
    free = cv.BgNbd().fit(customers)
    model = cv.BgNbd(fixed={"a": free.a_}).fit(customers)
    assert model.a_ == free.a_
    assert model.report_.fixed == ["a"]
    assert model.report_.standard_errors["a"] is None
    assert model.report_.aic == pytest.approx(free.report_.aic - 2, abs=1e-6)
    assert model.b_ == pytest.approx(free.b_, rel=1e-5)


def test_a_prior_does_not_depend_on_the_unit(log):
    priors = {"alpha": (cv.Span(1, "quarter"), 0.1), "a": (1.0, 0.5)}
    weekly, daily = (cv.BgNbd(priors=priors).fit(log.summarize(unit)) for unit in ("week", "day"))
    assert daily.alpha_ == pytest.approx(7 * weekly.alpha_, rel=1e-6)
    assert daily.a_ == pytest.approx(weekly.a_, rel=1e-6)
    assert weekly.report_.penalty == pytest.approx(daily.report_.penalty, abs=1e-5)
    assert weekly.report_.penalty > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fixed": {"s": 1.0}}, "no such parameter"),
        ({"priors": {"alpha": (1.0, 1.0)}}, "give the median as a span"),
        ({"priors": {"a": (1.0, 0.0)}}, "standard deviation"),
        ({"penalty": -1.0}, "at least 0"),
    ],
)
def test_impossible_constraints_are_refused(customers, options, message):
    with pytest.raises(errors.InvalidParameterError, match=message):
        cv.BgNbd(**options).fit(customers)


def test_posterior_means_and_alive_path():
    model = cv.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    customer = {"frequency": [2], "recency": [30.43], "T": [38.86]}
    alive = model.probability_alive(customer)[0]
    # lambda is Gamma(r + x, alpha + T) of the living and Gamma(r + x, alpha + t_x) of the dead.
    by_hand = 2.243 * (alive / (4.414 + 38.86) + (1 - alive) / (4.414 + 30.43))
    assert model.expected_purchase_rate(customer)[0] == pytest.approx(by_hand, rel=1e-14)
    assert model.expected_dropout(customer)[0] == pytest.approx((0.793 + 1 - alive) / (0.793 + 2.426 + 2), rel=1e-14)
    path = model.alive_path([10.0, 30.43], [5.0, 38.86])
    assert path[0] == 1
    assert path[1] == pytest.approx(alive, rel=1e-14)
    with pytest.raises(errors.InvalidDataError, match="rising order"):
        model.alive_path([2.0, 1.0], [3.0])


def test_windows_add_up():
    model = cv.ParetoNbd.from_params(r=0.553, alpha=10.578, s=0.606, beta=11.669, unit="week")
    window = model.purchase_probability(np.arange(200), 78.0, start=39.0)
    assert window.sum() == pytest.approx(1, abs=1e-9)
    mean = (np.arange(200) * window).sum()
    expected = model.expected_purchases_new_customer(78.0) - model.expected_purchases_new_customer(39.0)
    assert mean == pytest.approx(expected, rel=1e-6)
    assert model.purchase_probability(2, 78.0, start=39.0, log=True) == pytest.approx(np.log(window[2]))


def test_models_are_compared(customers):
    table = cv.compare([cv.Nbd(), cv.BgNbd()], customers)
    assert [row["model"] for row in table.models] == ["BG/NBD", "NBD"]
    # Fader, Hardie & Lee (2005): -9582.429; NBD: -9763.658.
    assert table.to_dict()["log_likelihood"] == pytest.approx([-9582.429, -9763.658], abs=1e-3)
    (test,) = table.tests
    assert (test["model"], test["against"], test["degrees_of_freedom"], test["boundary"]) == ("BG/NBD", "NBD", 2, True)
    assert test["p_value"] == pytest.approx(np.exp(-0.5 * test["statistic"]), rel=1e-8)
    assert "BG/NBD against NBD" in repr(table)
    with pytest.raises(errors.NotFittedError):
        cv.compare([cv.Nbd()])
    with pytest.raises(TypeError, match=r"expected models such as BgNbd\(\), not <class"):
        cv.compare([cv.Nbd], customers)


def test_spend_quantiles_and_single_purchases(log):
    model = cv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    customer = {"frequency": [2], "recency": [30.43], "T": [38.86], "monetary_value": [22.35]}
    # The median of beta-prime(6.25, 16.24) is e^-0.98842968510151 (mpmath), times v + x z.
    assert model.spend_quantile(customer, 0.5)[0] == pytest.approx(60.14 * np.exp(-0.98842968510151140), rel=1e-12)
    assert model.mean_spend_quantile(customer, 0.1)[0] < model.expected_spend(customer)[0]
    with pytest.raises(errors.InvalidParameterError):
        model.spend_quantile(customer, 1.0)
    with_sums = log.summarize("week", log_sums=True)
    single, means = cv.GammaGamma().fit(with_sums, purchases=True), cv.GammaGamma().fit(with_sums)
    assert single.converged_
    assert single.p_ < means.p_
    weighted = cv.GammaGamma().fit(with_sums, np.full(len(with_sums), 2.0))
    assert weighted.p_ == pytest.approx(means.p_, rel=1e-6)
    with pytest.raises(errors.MissingColumnError, match="log sums"):
        cv.GammaGamma().fit(log.summarize("week"), purchases=True)
