"""Models with covariates: fit, table of coefficients, predictions, joins and bad input."""

import pickle

import crm_value as cv
import numpy as np
import pandas as pd
import polars as pl
import pytest


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Customers of whom those with a high age buy more often: a seeded Pareto/NBD simulation."""
    random = np.random.default_rng(7)
    n = 3_000
    age = random.normal(45, 12, n)
    online = (random.random(n) < 0.4).astype(float)
    rate = random.gamma(0.8, np.exp(0.25 * (age - 45) / 12 + 0.6 * online) / 6)
    life = random.exponential(1 / random.gamma(0.9, np.exp(0.3 * (age - 45) / 12 - 0.4 * online) / 20))
    x, t_x, end = np.zeros(n), np.zeros(n), random.uniform(26, 52, n)
    for i in range(n):
        t = random.exponential(1 / rate[i])
        while t < min(end[i], life[i]):
            x[i], t_x[i] = x[i] + 1, t
            t += random.exponential(1 / rate[i])
    ids = [f"c{i:04d}" for i in range(n)]
    columns = {"customer_id": ids, "frequency": x, "recency": t_x, "T": end, "age": age, "online": online}
    return pd.DataFrame(columns)


@pytest.fixture(scope="module")
def customers(frame: pd.DataFrame) -> cv.CustomerSummary:
    return cv.CustomerSummary.from_frame(frame, unit="week", covariates=["age", "online"])


@pytest.fixture(scope="module")
def model(customers: cv.CustomerSummary) -> cv.ParetoNbd:
    both = ["age", "online"]
    return cv.ParetoNbd(purchase_covariates=both, dropout_covariates=both, standardize=True).fit(customers)


def test_the_truth_is_recovered_and_the_tests_see_it(model: cv.ParetoNbd, frame: pd.DataFrame) -> None:
    names = ["purchase:age", "purchase:online", "dropout:age", "dropout:online"]
    assert list(model.coefficients_) == names
    rows = pd.DataFrame(model.report_.coefficients(0.95)).set_index("name")
    sd = {"age": frame.age.std(ddof=0) / 12, "online": frame.online.std(ddof=0)}
    for name, truth in zip(names, [0.25, 0.6, 0.3, -0.4], strict=True):
        row = rows.loc[name]
        assert abs(row.estimate - truth * sd[name.split(":")[1]]) < 3 * row.standard_error
        assert row.lower < row.estimate < row.upper
        assert row.z == pytest.approx(row.estimate / row.standard_error, rel=1e-14)
    assert rows.loc["purchase:online"].p_value < 1e-6
    test = model.report_.likelihood_ratio
    assert test is not None
    assert (test["against"], test["degrees_of_freedom"]) == ("Pareto/NBD", 4)
    assert test["p_value"] < 1e-10
    plain = cv.ParetoNbd().fit(frame, unit="week")
    gain = 2 * (model.report_.log_likelihood - plain.report_.log_likelihood)
    assert test["statistic"] == pytest.approx(gain, rel=1e-9)
    assert plain.report_.likelihood_ratio is None
    assert plain.report_.coefficients(0.95) == []
    assert plain.coefficients_ == {}


def test_frames_and_summaries_give_the_same(
    model: cv.ParetoNbd, frame: pd.DataFrame, customers: cv.CustomerSummary
) -> None:
    alive = model.probability_alive(customers)
    assert list(alive.index[:2]) == ["c0000", "c0001"]
    pd.testing.assert_series_equal(model.probability_alive(frame), alive)
    polars = pl.from_pandas(frame)
    assert model.probability_alive(polars).to_list() == alive.to_list()
    again = cv.ParetoNbd(**model.get_params()).fit(polars, unit="week")
    assert again.coefficients_ == model.coefficients_
    # Ten customers alone are predicted as among all.
    assert model.probability_alive(frame[:10]).to_list() == alive[:10].to_list()
    gg = cv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    priced = frame.assign(monetary_value=30.0)
    clv = cv.PredictiveClv(model, gg, horizon=(1, "year")).value(priced)
    assert np.isfinite(clv).all()
    assert clv[:10].to_list() == cv.PredictiveClv(model, gg, horizon=(1, "year")).value(priced[:10]).to_list()


def test_covariates_are_joined_by_customer(frame: pd.DataFrame, customers: cv.CustomerSummary) -> None:
    bare = cv.CustomerSummary.from_frame(frame.drop(columns=["age", "online"]), unit="week")
    assert bare.covariates is None
    shuffled = frame.sample(frac=1, random_state=1)[["customer_id", "age", "online"]]
    for table in (shuffled, pl.from_pandas(shuffled), shuffled.to_dict("list")):
        joined = bare.with_covariates(table)
        assert joined.covariates is not None
        assert customers.covariates is not None
        assert list(joined.covariates) == ["age", "online"]
        for name in ("age", "online"):
            np.testing.assert_array_equal(joined.covariates[name], customers.covariates[name])
    by_row = bare.with_covariates(frame, ["age"], customer_id=None)
    assert by_row.covariates is not None
    np.testing.assert_array_equal(by_row.covariates["age"], frame.age)
    kept = pickle.loads(pickle.dumps(customers))
    np.testing.assert_array_equal(kept.covariates["age"], frame.age)
    assert list(customers.to_frame().columns)[-2:] == ["age", "online"]
    with pytest.raises(cv.InvalidDataError, match="customer c0007 has no row") as caught:
        bare.with_covariates(shuffled[shuffled.customer_id != "c0007"])
    assert caught.value.kind == "CustomerNotFound"


def test_known_coefficients_and_new_customers() -> None:
    params = {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}
    coefficients = {"purchase:age": 0.3, "shared:online": -0.4}
    model = cv.ParetoNbd.from_params(**params, unit="week", coefficients=coefficients, standardized={"age": (45, 12)})
    assert model.coefficients_ == coefficients
    assert model.effects_[0] == {
        "process": "purchase",
        "covariate": "age",
        "coefficient": 0.3,
        "centre": 45.0,
        "scale": 12.0,
    }
    new = pd.DataFrame({"online": [0, 1], "age": [45.0, 57.0]}, index=["x", "y"])
    expected = model.expected_purchases_new_customers(new, 52)
    moved = params | {"alpha": 10.578 * np.exp(-0.3 + 0.4), "beta": 11.669 * np.exp(0.4)}
    own = cv.ParetoNbd.from_params(**moved, unit="week")
    assert list(expected.index) == ["x", "y"]
    assert expected["x"] == model.expected_purchases_new_customer(52)
    assert expected["y"] == pytest.approx(own.expected_purchases_new_customer(52), rel=1e-12)
    probabilities = model.purchase_probabilities(new, 2, 52)
    assert probabilities["y"] == pytest.approx(own.purchase_probability(2, 52), rel=1e-12)
    again = cv.ParetoNbd.from_json(model.to_json())
    assert again.effects_ == model.effects_
    assert pickle.loads(pickle.dumps(model)).effects_ == model.effects_
    history = {"frequency": [2], "recency": [30.43], "T": [38.86]}
    alive = model.probability_alive(history | {"age": [57], "online": [1]})
    assert alive == pytest.approx(own.probability_alive(history), rel=1e-12)
    with pytest.raises(cv.UnknownColumnError, match="`age`"):
        model.probability_alive(history)


def test_options(customers: cv.CustomerSummary, model: cv.ParetoNbd) -> None:
    both = ["age", "online"]
    raw = cv.ParetoNbd(purchase_covariates=both, dropout_covariates=both).fit(customers)
    assert raw.report_.log_likelihood == pytest.approx(model.report_.log_likelihood, rel=1e-12)
    np.testing.assert_allclose(raw.probability_alive(customers), model.probability_alive(customers), rtol=1e-6)
    shrunk = cv.ParetoNbd(purchase_covariates=both, standardize=True, ridge=1e6).fit(customers)
    assert all(abs(value) < 1e-2 for value in shrunk.coefficients_.values())
    assert shrunk.report_.likelihood_ratio is None
    separate = cv.BgNbd(dropout_covariates=["age"], separate_shapes=True, standardize=True).fit(customers)
    assert list(separate.coefficients_) == ["a:age", "b:age"]
    start = {**model.params_, **model.coefficients_}
    again = cv.ParetoNbd(**{**model.get_params(), "start": start}).fit(customers)
    assert again.report_.log_likelihood == pytest.approx(model.report_.log_likelihood, rel=1e-12)
    weighted = cv.ParetoNbd(**model.get_params()).fit(customers, weights=np.full(len(customers), 2.0))
    assert weighted.report_.log_likelihood == pytest.approx(2 * model.report_.log_likelihood, rel=1e-9)


def test_bad_input(customers: cv.CustomerSummary, frame: pd.DataFrame) -> None:
    def fails(kind: str, part: str, table: pd.DataFrame, **options: object) -> None:
        with pytest.raises(cv.CrmValueError) as caught:
            cv.BgNbd(**options).fit(table, unit="week")  # type: ignore[arg-type]
        assert caught.value.kind == kind
        assert part in str(caught.value)

    purchase = {"purchase_covariates": ["age", "new"]}
    fails("ConstantColumn", "`new` is 3", frame.assign(new=3.0), **purchase)
    fails("CollinearColumns", "`new` is a linear combination of `age`", frame.assign(new=1 - 2 * frame.age), **purchase)
    fails("Missing", "`new`, row 4", frame.assign(new=frame.age.mask(frame.index == 4)), **purchase)
    fails("NonFinite", "`new`, row 3", frame.assign(new=frame.age.where(frame.index != 3, np.inf)), **purchase)
    fails("WrongType", "`new`", frame.assign(new="red"), **purchase)
    fails("UnknownColumn", "`new`", frame, **purchase)
    fails("DuplicateColumn", "`age`", frame, purchase_covariates=["age"], shared_covariates=["age"])
    fails("InvalidOption", "`ridge` is -1", frame, purchase_covariates=["age"], ridge=-1.0)
    with pytest.raises(cv.MissingColumnError, match="`height`"):
        cv.BgNbd(purchase_covariates=["height"]).fit(customers)
    with pytest.raises(cv.InvalidParameterError, match="separate_shapes"):
        cv.ParetoNbd(dropout_covariates=["age"], separate_shapes=True).fit(customers)
    with pytest.raises(cv.InvalidDataError, match="3000"):
        customers.with_covariates({"age": [1.0, 2.0]})
    with pytest.raises(cv.InvalidParameterError, match="price:age"):
        cv.BgNbd.from_params(r=1, alpha=1, a=1, b=1, unit="week", coefficients={"price:age": 1.0})
