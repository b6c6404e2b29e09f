"""sBG with covariates: fits, predictions for new customers, frames, the stored form, bad input."""

from __future__ import annotations

import pickle

import crm_value as cv
import numpy as np
import pandas as pd
import polars as pl
import pytest

N = 6000
TRUTH = {"alpha:age": 0.025, "beta:age": -0.02, "shared:online": 0.4}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    i = np.arange(N)
    return pd.DataFrame({"age": 20.0 + i * 7 % 50, "online": (i // 3 % 2).astype(float)})


@pytest.fixture(scope="module")
def truth() -> cv.ShiftedBetaGeometric:
    return cv.ShiftedBetaGeometric.from_params(alpha=0.25, beta=6.0, coefficients=TRUTH)


@pytest.fixture(scope="module")
def tenures(truth: cv.ShiftedBetaGeometric, frame: pd.DataFrame) -> cv.Tenures:
    return truth.simulate(N, periods=12, seed=4, covariates=frame).tenures


def estimator(**options) -> cv.ShiftedBetaGeometric:
    return cv.ShiftedBetaGeometric(
        alpha_covariates=["age"], beta_covariates=["age"], shared_covariates=["online"], **options
    )


@pytest.fixture(scope="module")
def fitted(tenures: cv.Tenures) -> cv.ShiftedBetaGeometric:
    return estimator().fit(tenures)


def test_coefficients_are_recovered_and_tested(fitted: cv.ShiftedBetaGeometric, tenures: cv.Tenures) -> None:
    assert tenures.covariates == ["age", "online"]
    table = fitted.report_.coefficients(0.95)
    assert [row["name"] for row in table] == list(TRUTH) == list(fitted.coefficients_)
    for row in table:
        assert abs(row["estimate"] - TRUTH[row["name"]]) < 3 * row["standard_error"]
        assert row["p_value"] < 0.01
    assert fitted.report_.likelihood_ratio["against"] == "sBG"
    assert fitted.log_likelihood(tenures) == pytest.approx(fitted.report_.log_likelihood, rel=1e-12)
    plain = cv.ShiftedBetaGeometric().fit(tenures)
    assert cv.Comparison(plain.report_, fitted.report_).models[0]["model"] == "sBG with covariates"


def test_standardised_fits_predict_the_same(fitted: cv.ShiftedBetaGeometric, tenures: cv.Tenures, frame) -> None:
    other = estimator(standardize=True).fit(tenures)
    assert other.report_.log_likelihood == pytest.approx(fitted.report_.log_likelihood, rel=1e-12)
    assert other.effects_[0]["scale"] == pytest.approx(frame["age"].std(ddof=0))
    new = frame.head(20)
    renewals = np.arange(20)
    np.testing.assert_allclose(
        other.survival_ahead(renewals, 3, covariates=new), fitted.survival_ahead(renewals, 3, covariates=new), rtol=1e-6
    )


def test_predictions_are_those_of_each_customers_own_model(fitted: cv.ShiftedBetaGeometric) -> None:
    columns = {"age": [30.0, 60.0], "online": [1.0, 0.0]}
    gamma = fitted.coefficients_
    for i in range(2):
        shared = gamma["shared:online"] * columns["online"][i]
        own = cv.ShiftedBetaGeometric.from_params(
            alpha=fitted.alpha_ * np.exp(gamma["alpha:age"] * columns["age"][i] + shared),
            beta=fitted.beta_ * np.exp(gamma["beta:age"] * columns["age"][i] + shared),
        )
        np.testing.assert_allclose(fitted.survival_ahead([2, 2], 4, covariates=columns)[i], own.survival_ahead(2, 4))
        np.testing.assert_allclose(
            fitted.expected_renewals([2, 2], 9, covariates=columns)[i], own.expected_renewals(2, 9)
        )
        np.testing.assert_allclose(
            fitted.discounted_expected_residual_lifetime(0.1, [2, 2], covariates=columns)[i],
            own.discounted_expected_residual_lifetime(0.1, 2),
        )
        np.testing.assert_allclose(
            fitted.discounted_expected_lifetimes(0.1, columns)[i], own.discounted_expected_lifetime(0.1)
        )
        tenure = fitted.expected_tenures(columns)[i]
        assert (tenure is np.ma.masked) == (own.expected_tenure() is None)
        if tenure is not np.ma.masked:
            np.testing.assert_allclose(tenure, own.expected_tenure())
    # Without covariates the baseline answers.
    assert fitted.survival_ahead(2, 4) == pytest.approx(
        cv.ShiftedBetaGeometric.from_params(alpha=fitted.alpha_, beta=fitted.beta_).survival_ahead(2, 4)
    )


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_frames_come_out_as_they_went_in(truth: cv.ShiftedBetaGeometric, kind) -> None:
    new = kind({"age": [30.0, 60.0], "online": [1.0, 0.0]})
    series = {pd.DataFrame: pd.Series, pl.DataFrame: pl.Series}[kind]
    assert isinstance(truth.survival_ahead([0, 1], 3, covariates=new), series)
    assert isinstance(truth.expected_tenures(new), series)
    rows = kind({"tenure": [1, 3, 2, 5], "churned": [True, False, True, False], "age": [30.0, 60.0, 31.0, 29.0]})
    assert cv.Tenures.from_frame(rows, covariates=["age"]).covariates == ["age"]


def test_models_are_stored(fitted: cv.ShiftedBetaGeometric, truth: cv.ShiftedBetaGeometric) -> None:
    for model in (fitted, truth):
        for again in (pickle.loads(pickle.dumps(model)), cv.ShiftedBetaGeometric.from_json(model.to_json())):
            assert again.coefficients_ == model.coefficients_
            assert again.params_ == model.params_
    assert "alpha_covariates=['age']" in repr(estimator())
    with pytest.raises(cv.StoredFormError):
        cv.Geometric.from_json(fitted.to_json())


def test_options(tenures: cv.Tenures, fitted: cv.ShiftedBetaGeometric) -> None:
    ridge = estimator(ridge=1e5).fit(tenures)
    assert abs(ridge.coefficients_["alpha:age"]) < abs(fitted.coefficients_["alpha:age"])
    held = estimator(fixed={"beta:age": 0.0}).fit(tenures)
    assert held.coefficients_["beta:age"] == 0
    assert held.report_.log_likelihood < fitted.report_.log_likelihood
    start = {"alpha": 0.3, "beta": 5.0} | TRUTH
    again = estimator(start=start).fit(tenures)
    assert again.report_.log_likelihood == pytest.approx(fitted.report_.log_likelihood, rel=1e-10)


def test_bad_input(tenures: cv.Tenures, truth: cv.ShiftedBetaGeometric) -> None:
    rows = {"tenure": [1, 3, 2, 5], "churned": [True, False, True, False]}
    bare = cv.Tenures.from_frame(rows)
    with pytest.raises(cv.MissingColumnError, match="age"):
        estimator().fit(bare)
    with pytest.raises(cv.MissingColumnError, match="height"):
        cv.ShiftedBetaGeometric(alpha_covariates=["height"]).fit(tenures)
    for column, error in [([1.0, 1, 1, 1], cv.InvalidDataError), ([1.0, 2, 3, float("nan")], cv.InvalidDataError)]:
        with pytest.raises(error, match="x"):
            cv.ShiftedBetaGeometric(alpha_covariates=["x"]).fit(
                cv.Tenures.from_frame(rows | {"x": column}, covariates=["x"])
            )
    both = cv.Tenures.from_frame(rows | {"x": [1.0, 2, 4, 3], "y": [3.0, 5, 9, 7]}, covariates=["x", "y"])
    with pytest.raises(cv.InvalidDataError, match="y"):
        cv.ShiftedBetaGeometric(alpha_covariates=["x", "y"]).fit(both)
    with pytest.raises(cv.CrmValueError, match="renewals"):
        truth.survival_ahead([0], 3, covariates={"age": [1.0, 2.0], "online": [0.0, 1.0]})
    with pytest.raises(cv.InvalidParameterError, match="purchase:age"):
        cv.ShiftedBetaGeometric.from_params(alpha=1.0, beta=1.0, coefficients={"purchase:age": 0.3})
    with pytest.raises(cv.UnknownColumnError):
        truth.survival_ahead([0], 3, covariates={"age": [1.0]})


def test_contractual_value_uses_each_customers_covariates(truth: cv.ShiftedBetaGeometric) -> None:
    clv = cv.ContractualClv(truth, 10.0, period=(1, "month"), discount=cv.DiscountRate.per_period(0.01, "month"))
    bare = {"frequency": [0, 0], "recency": [0, 0], "T": [12.0, 0.5]}
    known = {"age": [30.0, 60.0], "online": [1.0, 0.0]}
    with pytest.raises(cv.MissingColumnError, match="age"):
        clv.value(cv.CustomerSummary.from_frame(bare, unit="month"))
    customers = cv.CustomerSummary.from_frame(bare, unit="month").with_covariates(known)
    expected = 10 * truth.discounted_expected_residual_lifetime(0.01, [12, 0], covariates=known)
    np.testing.assert_allclose(clv.value(customers), expected)
