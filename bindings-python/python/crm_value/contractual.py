"""Contracts whose end is observed: how long customers stayed, and models of how often they renew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from crm_value import _core, errors
from crm_value._frames import Table
from crm_value.discrete import _count, _whole
from crm_value.models import _Estimator, _like, _Parameter


class Tenures:
    """How long customers with a contract stayed.

    A customer pays for period 1 on joining and decides at the end of each period whether to renew. ``tenure`` counts
    the periods paid for, the current one included: a customer who churned with tenure t left at the t-th renewal; one
    who has not, is in the t-th period, so that t - 1 renewals are known.

    Examples
    --------
    >>> import crm_value as cv
    >>> cv.Tenures.from_survivors([[100, 63, 47], [50, 30]])
    Tenures(150 customers, 73 churned, up to 3 periods)
    """

    _native: _core.Tenures

    def __init__(self) -> None:
        raise TypeError("make Tenures with its from_survivors(...) or from_frame(...)")

    @classmethod
    def _of(cls, native: _core.Tenures) -> Tenures:
        tenures = object.__new__(cls)
        tenures._native = native
        return tenures

    @classmethod
    def from_survivors(cls, cohorts: Sequence[Sequence[float]]) -> Tenures:
        """Take cohorts of survivor counts, each of its own length.

        ``cohorts[i][t]`` customers of cohort i have renewed at least t times; entry 0 is the number that joined. Whole
        numbers that never rise.
        """
        return cls._of(_core.Tenures.from_survivors([[float(count) for count in cohort] for cohort in cohorts]))

    @classmethod
    def from_frame(
        cls, frame: Any, *, tenure: str = "tenure", churned: str = "churned", weight: str | None = None
    ) -> Tenures:
        """Take one row per customer: tenure in periods, at least 1, and whether the customer left at its end.

        ``weight`` names a column with the number of customers that each row stands for, above 0.

        Examples
        --------
        >>> import crm_value as cv
        >>> cv.Tenures.from_frame({"tenure": [1, 3, 2], "churned": [True, False, True]})
        Tenures(3 customers, 2 churned, up to 3 periods)
        """
        table = Table(frame)
        left = np.asarray(table.column(churned)).ravel()
        if left.dtype.kind not in "biu" or not np.all((left == 0) | (left == 1)):
            raise errors.invalid_option("churned", churned, "its column must hold True and False, or 1 and 0")
        native = _core.Tenures.from_customers(
            table.column(tenure),
            left.astype(bool).tolist(),
            None if weight is None else table.column(weight),
            [tenure, churned, weight or "weight"],
        )
        return cls._of(native)

    @property
    def customers(self) -> float:
        """Number of customers."""
        return self._native.customers

    @property
    def churned(self) -> float:
        """How many of them left."""
        return self._native.churned

    @property
    def longest(self) -> int:
        """The longest tenure, in periods."""
        return self._native.longest

    def __repr__(self) -> str:
        return f"Tenures({self.customers:g} customers, {self.churned:g} churned, up to {self.longest} periods)"


class _RetentionEstimator(_Estimator[_core.RetentionModel]):
    """What contractual models can answer.

    ``t`` counts renewals of a new customer; ``renewals`` is the number of renewals a customer has made so far. Both may
    be arrays.
    """

    _model: ClassVar[str]
    """The core's name of the model."""

    @classmethod
    def _given(cls, *params: float) -> Self:
        model = cls()
        model._fitted = _core.RetentionModel.given(cls._model, params)
        return model

    @classmethod
    def _from_stored(cls, json: str) -> _core.RetentionModel:
        return _core.RetentionModel.from_json(cls._model, json)

    def fit(self, tenures: Tenures) -> Self:
        """Estimate the parameters by maximum likelihood."""
        fitted = _core.RetentionModel.fit(
            self._model, tenures._native, self._fit_options(), on_progress=self.on_progress
        )
        return self._keep(fitted)

    def log_likelihood(self, tenures: Tenures) -> float:
        """Total log-likelihood of the tenures (natural log, not negated)."""
        return self._native.log_likelihood(tenures._native)

    def survival(self, t: Any) -> Any:
        """Probability that a new customer makes at least ``t`` renewals; 1 at 0."""
        times = np.asarray(t)
        return _like(times, self._native.survival(_whole("t", times)))

    def retention_rate(self, t: Any) -> Any:
        """Share of the customers facing renewal ``t`` (1, 2, ...) who make it."""
        times = np.asarray(t)
        return _like(times, self._native.retention_rate(_whole("t", times)))

    def churn_probability(self, t: Any) -> Any:
        """Probability that a new customer leaves at renewal ``t`` (1, 2, ...)."""
        times = np.asarray(t)
        return _like(times, self._native.churn_probability(_whole("t", times)))

    def expected_tenure(self) -> float | None:
        """Periods a new customer is expected to stay, the first included; ``None`` if that is infinite."""
        return self._native.expected_tenure()

    def survival_ahead(self, renewals: Any, ahead: int) -> Any:
        """Probability that customers who made ``renewals`` renewals make at least ``ahead`` more."""
        made = np.asarray(renewals)
        return _like(made, self._native.survival_ahead(_whole("renewals", made), _count("ahead", ahead)))

    def expected_renewals(self, renewals: Any, horizon: int) -> Any:
        """Renewals expected among the next ``horizon`` ones of customers who made ``renewals``."""
        made = np.asarray(renewals)
        return _like(made, self._native.expected_renewals(_whole("renewals", made), _count("horizon", horizon)))

    def discounted_expected_lifetime(self, d: float) -> float:
        """Discounted periods expected of a customer about to join, the first included and not discounted (DEL).

        ``d`` is the discount rate per period, above 0.
        """
        return self._native.discounted_expected_lifetime(d)

    def discounted_expected_residual_lifetime(self, d: float, renewals: Any) -> Any:
        """Discounted renewals expected of customers who made ``renewals``, the next not discounted (DERL).

        The moment is just before that renewal is due; ``d`` is the discount rate per period, above 0.
        """
        made = np.asarray(renewals)
        return _like(made, self._native.residual_lifetimes(d, _whole("renewals", made)))


class Geometric(_RetentionEstimator):
    """Geometric: every customer leaves with the same probability at every renewal; the baseline.

    Examples
    --------
    >>> import crm_value as cv
    >>> cv.Geometric.from_params(theta=0.2).expected_tenure()
    5.0

    References
    ----------
    Fader & Hardie (2007), How to Project Customer Retention, J. Interactive Marketing 21(1).
    """

    _model = "geometric"
    _names = ("theta",)

    theta_ = _Parameter("Churn probability per period.")

    @classmethod
    def from_params(cls, *, theta: float) -> Self:
        """Build the model from a known churn probability per period, between 0 and 1."""
        return cls._given(theta)


class ShiftedBetaGeometric(_RetentionEstimator):
    """sBG: customers differ in their churn probability, so that the retention rate of a cohort rises.

    Assumptions: at the end of each period a customer leaves with a probability that stays the same over time and varies
    over customers as Beta(alpha, beta).

    Examples
    --------
    >>> import crm_value as cv
    >>> regular = [1000, 631, 468, 382, 326, 289, 262, 241]
    >>> model = cv.ShiftedBetaGeometric().fit(cv.Tenures.from_survivors([regular]))
    >>> round(model.alpha_, 4), round(model.beta_, 3)
    (0.7041, 1.182)
    >>> model.survival([8, 12]).round(3)
    array([0.22, 0.17])

    References
    ----------
    Fader & Hardie (2007), How to Project Customer Retention, J. Interactive Marketing 21(1); Fader & Hardie (2010),
    Customer-Base Valuation in a Contractual Setting, Marketing Science 29(1).
    """

    _model = "sBG"
    _names = ("alpha", "beta")

    alpha_ = _Parameter("First parameter of the churn probabilities.")
    beta_ = _Parameter("Second parameter of the churn probabilities.")

    @classmethod
    def from_params(cls, *, alpha: float, beta: float) -> Self:
        """Build the model from known parameters, both above 0."""
        return cls._given(alpha, beta)


class BetaDiscreteWeibull(_RetentionEstimator):
    """BdW: as :class:`ShiftedBetaGeometric`, but churn may also fall (c < 1) or rise (c > 1) with tenure.

    Examples
    --------
    >>> import crm_value as cv
    >>> high_end = [1000, 869, 743, 653, 593, 551, 517, 491]
    >>> model = cv.BetaDiscreteWeibull().fit(cv.Tenures.from_survivors([high_end]))
    >>> round(model.c_, 2), round(model.report_.log_likelihood, 3)
    (1.72, -1605.314)

    References
    ----------
    Fader, Hardie, Liu, Davin & Steenburgh (2018), "How to Project Customer Retention" Revisited, J. Interactive
    Marketing 43.
    """

    _model = "BdW"
    _names = ("alpha", "beta", "c")

    alpha_ = _Parameter("First parameter of the churn probabilities.")
    beta_ = _Parameter("Second parameter of the churn probabilities.")
    c_ = _Parameter("Duration dependence; 1 is sBG.")

    @classmethod
    def from_params(cls, *, alpha: float, beta: float, c: float) -> Self:
        """Build the model from known parameters, all above 0."""
        return cls._given(alpha, beta, c)
