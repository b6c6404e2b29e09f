"""scikit-learn manners, stored forms, warnings, progress, and what the models answer."""

import json
import pickle
import warnings

import crm_value as cv
import numpy as np
import pandas as pd
import pytest
from crm_value import _core

PARAMS = {
    cv.BgNbd: {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426, "unit": "week"},
    cv.BgCnbdK: {"k": 2, "r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426, "unit": "week"},
    cv.MbgCnbdK: {"k": 3, "r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614, "unit": "week"},
    cv.MbgNbd: {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614, "unit": "week"},
    cv.ParetoNbd: {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669, "unit": "week"},
    cv.Nbd: {"r": 0.385, "alpha": 12.07, "unit": "week"},
    cv.GammaGamma: {"p": 6.25, "q": 3.74, "v": 15.44},
}
REGULAR = (cv.BgCnbdK, cv.MbgCnbdK)
PURCHASES = [kind for kind in PARAMS if kind is not cv.GammaGamma]
EVERY = pytest.mark.parametrize("kind", PARAMS)
PURCHASE = pytest.mark.parametrize("kind", PURCHASES)


@pytest.fixture(scope="session")
def customers(log):
    """With the log sums that models of regular purchases need."""
    return log.split("1997-09-30", "1998-06-30", log_sums=True).calibration


def given(kind):
    return kind.from_params(**PARAMS[kind])


@EVERY
def test_defaults_are_those_of_the_core(kind):
    core = json.loads(_core.default_options()[1])
    expected = {name: core[name] for name in ("start", "max_iterations", "tolerance", "threads")}
    covariates = json.loads(_core.default_options()[2])
    if hasattr(kind(), "purchase_covariates"):
        expected |= {
            f"{process}_covariates": tuple(covariates[process]) for process in ("purchase", "dropout", "shared")
        }
        expected |= {name: covariates[name] for name in ("separate_shapes", "standardize", "ridge")}
    expected |= {"fixed": None, "priors": None, "penalty": core["penalty"]}
    assert core["fixed"] == core["priors"] == []
    assert expected == {name: value for name, value in kind().get_params().items() if name not in ("on_progress", "k")}


def test_defaults_of_the_log_are_those_of_the_core():
    core = json.loads(_core.default_options()[0])
    for function in (cv.TransactionLog.__init__, cv.summarize):
        defaults = function.__kwdefaults__
        for name in ("refunds", "zeros", "duplicates", "invalid_rows", "threads"):
            assert defaults[name] == core[name]
        assert list(function.__defaults__ or ())[-3:] == core["column_names"][:3]


def test_unit_default_is_that_of_the_core(log):
    assert cv.TransactionLog.summarize.__defaults__[0] == "week" == log.summarize().unit


@EVERY
def test_scikit_learn_manners(kind, customers):
    model = kind(max_iterations=50)
    assert repr(model) == f"{kind.__name__}(max_iterations=50)"
    options = {"start": None, "max_iterations": 50, "tolerance": 1e-8, "threads": None, "on_progress": None}
    assert model.get_params().items() >= options.items()
    assert model.set_params(max_iterations=100) is model
    copy = kind(**model.get_params())
    assert copy.fit(customers) is copy
    assert copy.converged_
    assert copy.__sklearn_is_fitted__()
    assert not model.__sklearn_is_fitted__()
    for name, value in copy.params_.items():
        assert getattr(copy, f"{name}_") == value
        assert f"{name}={value:.6g}" in repr(copy)
    again = kind(start=copy.params_).fit(customers)
    assert again.params_ == pytest.approx(copy.params_, rel=1e-7)
    assert kind(start=list(copy.params_.values())).fit(customers).params_ == again.params_


@EVERY
def test_not_fitted(kind, customers):
    model = kind()
    asks = [lambda: model.params_, lambda: model.report_, lambda: model.converged_, model.to_json, lambda: model.r_]
    if kind is cv.GammaGamma:
        asks[-1:] = [lambda: model.p_, lambda: model.expected_spend(customers), model.population_mean_spend]
    else:
        asks += [
            lambda: model.probability_alive(customers),
            lambda: model.expected_purchases(customers, 1),
            lambda: model.unit_,
        ]
    for ask in asks:
        with pytest.raises(cv.NotFittedError, match="from_params"):
            ask()
    assert not hasattr(model, "params_")
    with pytest.raises(cv.NotFittedError, match="no fit"):
        print(given(kind).report_)
    with pytest.raises(cv.NotFittedError):
        cv.PredictiveClv(cv.BgNbd(), cv.GammaGamma()).value(customers)
    with pytest.raises(cv.NotFittedError):
        print(cv.Rfm().labels_)


@EVERY
def test_stored_forms(kind, customers):
    for model in (given(kind), kind().fit(customers)):
        again = kind.from_json(model.to_json())
        assert again.params_ == model.params_
        assert again.to_json() == model.to_json()
        assert repr(again) == repr(model)
    assert again.report_ == model.report_
    assert "customer" not in json.dumps(json.loads(model.to_json())["model"])


@EVERY
def test_pickling(kind, customers):
    fresh = pickle.loads(pickle.dumps(kind(tolerance=1e-9)))
    assert fresh.tolerance == 1e-9
    assert not fresh.__sklearn_is_fitted__()
    for model in (given(kind), kind(max_iterations=70).fit(customers)):
        again = pickle.loads(pickle.dumps(model))
        assert again.params_ == model.params_
        assert again.max_iterations == model.max_iterations
    assert again.report_ == model.report_


def test_pickling_of_everything_else(customers, log, bg):
    things = [
        bg.report_,
        log.quality,
        cv.Span(2, "month"),
        cv.DiscountRate.annual(0.1),
        cv.Rfm().fit(log.rfm()).cut_points_,
        cv.Rfm().fit(log.rfm()).cut_points_.axis("recency"),
        cv.SegmentTable(),
        cv.tiers([1.0, 2.0, 3.0]),
    ]
    for thing in things:
        again = pickle.loads(pickle.dumps(thing))
        assert again == thing
        assert repr(again) == repr(thing)
    rfm = log.rfm()
    again = pickle.loads(pickle.dumps(rfm))
    np.testing.assert_array_equal(again.time_since_last, rfm.time_since_last)
    scores = cv.Rfm().fit(rfm)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(scores)).m_, scores.m_)
    again = pickle.loads(pickle.dumps(customers))
    assert repr(again) == repr(customers)
    assert again.quality == customers.quality
    pd.testing.assert_frame_equal(again.to_frame(), customers.to_frame())
    pd.testing.assert_series_equal(bg.probability_alive(again), bg.probability_alive(customers))
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(log)


def test_report(bg):
    report = bg.report_
    as_dict = report.to_dict()
    assert as_dict["params"] == bg.params_
    assert as_dict["standard_errors"] == report.standard_errors
    assert np.array(as_dict["covariance"]).shape == (4, 4)
    assert as_dict["log_likelihood"] == report.log_likelihood
    assert as_dict["converged"] is True
    json.dumps(as_dict)
    assert "std. error" in repr(report)
    assert "alpha" in report._repr_html_()


def test_data_quality(log):
    as_dict = log.quality.to_dict()
    assert as_dict["rows_read"] == 6919
    core = json.loads(log.quality.to_json())
    assert set(core) - set(as_dict) == set()
    for name, value in as_dict.items():
        assert getattr(log.quality, name) == value
        if name not in ("first_date", "last_date", "rows_dropped"):
            assert core[name] == value
    assert "rows read" in repr(log.quality)


def test_fit_on_a_plain_frame(customers, bg):
    frame = customers.to_frame()
    model = cv.BgNbd().fit(frame, unit="week")
    assert model.params_ == bg.params_
    pd.testing.assert_series_equal(model.probability_alive(frame), bg.probability_alive(customers))
    assert cv.GammaGamma().fit(frame).params_ == cv.GammaGamma().fit(customers).params_


@pytest.mark.parametrize("kind", [kind for kind in PURCHASES if kind not in REGULAR])
def test_weights_stand_for_repetition(kind, customers):
    rows = np.column_stack([customers.frequency, customers.recency, customers.T])
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    counts[:20] = 3
    frame = dict(zip(("frequency", "recency", "T"), distinct.T, strict=True))
    repeated = {name: np.repeat(values, counts) for name, values in frame.items()}
    weighted = kind().fit(frame, weights=counts, unit="week")
    plain = kind().fit(repeated, unit="week")
    assert weighted.params_ == pytest.approx(plain.params_, rel=1e-6)
    assert weighted.report_.log_likelihood == pytest.approx(plain.report_.log_likelihood)


def test_warnings_are_python_warnings_too(customers):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = cv.BgNbd(max_iterations=1, start=[1, 1, 1, 1]).fit(customers)
    assert [str(warning.message) for warning in caught] == [f"BG/NBD: {text}" for text in model.report_.warnings]
    assert caught[0].category is cv.ConvergenceWarning
    assert caught[0].filename == __file__
    assert not model.converged_
    assert any("did not converge" in text for text in model.report_.warnings)
    # Simulated with q = 0.7, where the mean of the population does not exist.
    random = np.random.default_rng(1)
    x = random.integers(1, 6, 500)
    spend = random.gamma(6.0 * x) / (x * random.gamma(0.7, 1 / 15.0, 500))
    heavy = {"frequency": x, "recency": np.ones(500), "T": np.full(500, 2.0), "monetary_value": spend}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = cv.GammaGamma().fit(heavy)
    assert model.q_ < 1
    assert any("q = " in str(warning.message) and warning.category is cv.FitWarning for warning in caught)


def test_progress(customers):
    seen = []
    model = cv.BgNbd(on_progress=lambda iteration, log_likelihood: seen.append((iteration, log_likelihood))).fit(
        customers
    )
    assert len(seen) >= model.report_.iterations > 1
    assert [iteration for iteration, _ in seen] == sorted(iteration for iteration, _ in seen)
    assert seen[-1][1] == pytest.approx(model.report_.log_likelihood)

    def fail(**_):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        cv.GammaGamma(on_progress=fail).fit(customers)


@PURCHASE
def test_what_purchase_models_answer(kind, customers):
    model = given(kind)
    alive = model.probability_alive(customers)
    assert alive.between(0, 1).all()
    assert (model.probability_alive(customers, ahead=4).to_numpy() <= alive.to_numpy()).all()
    ahead = model.probability_alive(customers, ahead=cv.Span(28, "day"))
    np.testing.assert_allclose(ahead, model.probability_alive(customers, ahead=4, unit="week"), rtol=1e-13)
    year = model.expected_purchases(customers, 1, "year")
    np.testing.assert_allclose(year, model.expected_purchases(customers, 365.25 / 7), rtol=1e-12)
    active = model.probability_active(customers, 39)
    assert active.between(0, 1).all()
    assert (active <= model.expected_purchases(customers, 39) + 1e-12).all()
    none = model.conditional_purchase_probability(customers, 0, 39)
    np.testing.assert_allclose(none + active, 1, atol=1e-9)
    assert (model.probability_active(customers, 39, start=13) <= active + 1e-12).all()
    counts = np.arange(60)
    pmf = model.purchase_probability(counts, 10)
    assert pmf.sum() == pytest.approx(1, abs=1e-6)
    assert (pmf * counts).sum() == pytest.approx(model.expected_purchases_new_customer(10), abs=1e-4)
    np.testing.assert_allclose(model.purchase_probability(counts, 10, log=True), np.log(pmf), rtol=1e-6)
    assert isinstance(model.purchase_probability(1, 10), float)
    assert model.purchase_probability([[1], [2]], [3, 4, 5]).shape == (2, 3)
    assert model.expected_purchases_new_customer([1, 2, 3]).shape == (3,)
    assert model.expected_purchases_new_customer(7, "day") == model.expected_purchases_new_customer(1)
    rate = cv.DiscountRate.annual(0.1)
    dert = model.dert(customers, rate)
    assert (model.dect(customers, 5, rate, "year") <= dert * (1 + 1e-12)).all()
    np.testing.assert_allclose(
        model.dect(customers, 39, cv.DiscountRate.none()), model.expected_purchases(customers, 39), rtol=1e-9
    )
    assert model.discounted_expected_residual_transactions(customers, rate).equals(dert)
    assert model.log_likelihoods(customers).sum() == pytest.approx(model.log_likelihood(customers))


def test_spend_model(customers):
    model = given(cv.GammaGamma)
    spend = model.expected_spend(customers)
    assert (spend[customers.frequency == 0] == model.population_mean_spend()).all()
    density = model.log_density(customers.frequency[:1], customers.monetary_value[:1])
    assert density.shape == (1,)
    assert isinstance(model.log_density(2, 22.35), float)


def test_units_convert_exactly(log):
    days = cv.BgNbd().fit(log.summarize("day", "1997-09-30"))
    weeks = cv.BgNbd().fit(log.summarize("week", "1997-09-30"))
    assert days.alpha_ == pytest.approx(7 * weeks.alpha_, rel=1e-9)
    assert days.unit_ == "day"
    assert days.params_["r"] == pytest.approx(weeks.r_, rel=1e-9)
