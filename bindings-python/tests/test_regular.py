"""BG/CNBD-k and MBG/CNBD-k: k given or chosen, and what a fit needs."""

import pickle

import crm_value as cv
import pytest

KINDS = pytest.mark.parametrize("kind", [cv.BgCnbdK, cv.MbgCnbdK])


@pytest.fixture(scope="module")
def with_sums(log):
    return log.summarize(observed_until="1997-09-30", log_sums=True)


@KINDS
def test_cdnow_customers_have_no_rhythm(kind, with_sums):
    model = kind().fit(with_sums)
    assert model.k_ == 1
    assert list(model.report_.regularities) == [1, 2]
    assert model.report_.regularities[1] == model.report_.log_likelihood > model.report_.regularities[2]
    plain = {cv.BgCnbdK: cv.BgNbd, cv.MbgCnbdK: cv.MbgNbd}[kind]().fit(with_sums)
    assert {**plain.params_, "k": 1.0} == model.params_
    # k was chosen, so it counts.
    assert model.report_.aic == pytest.approx(plain.report_.aic + 2, rel=1e-15)
    assert model.report_.standard_errors["k"] is None
    assert model.report_.covariance.shape == (5, 5)


@KINDS
def test_k_may_be_given(kind, with_sums):
    model = kind(k=2, threads=1).fit(with_sums)
    assert (model.k_, model.get_params()["k"]) == (2, 2)
    assert list(model.report_.regularities) == [2]
    assert model.log_likelihood(with_sums) == pytest.approx(model.report_.log_likelihood, rel=1e-12)
    again = pickle.loads(pickle.dumps(model))
    assert (again.params_, again.report_, again.k) == (model.params_, model.report_, 2)
    start = model.params_
    assert kind(k=2, start=start).fit(with_sums).report_.iterations <= 3


@KINDS
def test_what_is_refused(kind, with_sums, customers):
    for k in (0, 21, 1.5):
        with pytest.raises(cv.InvalidParameterError):
            kind(k=k).fit(with_sums)
    for k in (0, 21, 1.5, -3, float("nan")):
        with pytest.raises(cv.InvalidParameterError):
            kind.from_params(k=k, r=1, alpha=1, a=1, b=1, unit="week")
    with pytest.raises(cv.InvalidParameterError, match=r"1\.5"):
        kind.from_params(k=1.5, r=1, alpha=1, a=1, b=1, unit="week")
    with pytest.raises(cv.MissingColumnError, match="log_intervals"):
        kind().fit(customers)
