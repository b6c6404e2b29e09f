"""Contracts whose end is observed: how long customers stayed, and models of how often they renew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from crm_value import _core, errors
from crm_value._core import Span
from crm_value._frames import Table
from crm_value.discrete import _count, _whole
from crm_value.models import _Estimator, _like, _Parameter
from crm_value.simulation import each, kind_like, masked, seeded, table_of


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
        cls,
        frame: Any,
        *,
        tenure: str = "tenure",
        churned: str = "churned",
        weight: str | None = None,
        covariates: Sequence[str] = (),
    ) -> Tenures:
        """Take one row per customer: tenure in periods, at least 1, and whether the customer left at its end.

        ``weight`` names a column with the number of customers that each row stands for, above 0; ``covariates`` those
        with what else is known of the customers, for :class:`ShiftedBetaGeometric`.

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
            table.covariates(covariates) if len(covariates) else None,
        )
        return cls._of(native)

    @property
    def covariates(self) -> list[str]:
        """The names of the covariates; empty without."""
        return self._native.covariates

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


@dataclass(frozen=True)
class SimulatedContracts:
    """Customers drawn from a contractual model."""

    tenures: Tenures
    """The customers as rows, with their covariates if any were given, for a fit."""
    customers: Any
    """A frame: customer_id, tenure (periods paid for, as observed), churned (whether seen to leave), lifetime (periods
    paid for in the end, observed or not; null if they are 2^32 or more)."""
    survivors: list[list[float]]
    """Survivor counts of the cohorts, those of the customers with the same number of periods, shortest first; what
    :meth:`Tenures.from_survivors` takes."""

    def __repr__(self) -> str:
        return f"SimulatedContracts({self.tenures!r})"


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
            self._model,
            tenures._native,
            self._fit_options(),
            covariates=self._covariate_options(),
            on_progress=self.on_progress,
        )
        return self._keep(fitted)

    def _covariate_options(self) -> _core.CovariateOptions | None:
        return None

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

    def _covariates_to_use(self) -> list[str]:
        return list(dict.fromkeys(covariate for _, covariate, *_ in self._native.effects_of_covariates))

    def simulate(
        self, customers: int | None = None, *, periods: Any, seed: int, covariates: Any = None, like: Any = None
    ) -> SimulatedContracts:
        """Draw customers from the model.

        The generator is ChaCha8, its key the seed, its stream number the customer's position; the same seed gives the
        same customers in Rust, Python and C.

        Parameters
        ----------
        customers
            How many, with one ``periods`` for all; left out with one ``periods`` per customer.
        periods
            The last period in which a customer is observed, the first being 1, so that ``periods`` - 1 renewals are
            known of those who stay.
        seed
            A whole number, 0 or more.
        covariates
            A frame with one row per customer, which a model with covariates needs.
        like
            A frame of the kind that the results shall have; that of ``covariates``, or dicts of arrays, by default.

        Examples
        --------
        >>> import crm_value as cv
        >>> model = cv.ShiftedBetaGeometric.from_params(alpha=0.668, beta=3.806)
        >>> drawn = model.simulate(1000, periods=8, seed=42)
        >>> drawn.tenures.customers, drawn.tenures.longest, len(drawn.survivors[0])
        (1000.0, 8, 8)
        """
        observed = _whole("periods", each(customers, periods, "periods")).tolist()
        table = table_of(covariates, self._covariates_to_use())
        native, rows, survivors = _core.simulate_contracts(self._native, observed, table, seeded(seed))
        kind = kind_like(like, covariates)
        columns = {
            "customer_id": np.arange(len(observed), dtype=np.uint64),
            "tenure": rows["tenure"],
            "churned": rows["churned"],
            "lifetime": masked(rows["lifetime"], np.int64),
        }
        return SimulatedContracts(Tenures._of(native), kind.frame(columns), survivors)


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

    Parameters
    ----------
    alpha_covariates, beta_covariates
        Names of covariates (see :meth:`Tenures.from_frame`) of either parameter: alpha = alpha0 exp(gamma z), beta =
        beta0 exp(gamma z). A positive coefficient of alpha makes customers leave earlier, one of beta stay longer.
    shared_covariates
        Covariates of both with one coefficient, which leaves the mean churn probability as it is.
    standardize
        Whether coefficients are per standard deviation, and the parameters those of a customer at the means. Changes
        neither likelihood nor predictions.
    ridge
        Weight of a quadratic penalty on the coefficients: 1 / the variance of a normal prior around 0.

    The other options are those of :class:`BgNbd`. What is asked of a model with covariates without giving any is that
    of its baseline, a customer with covariates 0 (or at the means).

    Examples
    --------
    >>> import crm_value as cv
    >>> regular = [1000, 631, 468, 382, 326, 289, 262, 241]
    >>> model = cv.ShiftedBetaGeometric().fit(cv.Tenures.from_survivors([regular]))
    >>> round(model.alpha_, 4), round(model.beta_, 3)
    (0.7041, 1.182)
    >>> model.survival([8, 12]).round(3)
    array([0.22, 0.17])

    Customers who joined online leave earlier; the chance that each of two new ones renews at least three times:

    >>> online = cv.ShiftedBetaGeometric.from_params(alpha=0.7, beta=2.5, coefficients={"alpha:online": 0.8})
    >>> online.survival_ahead([0, 0], 3, covariates={"online": [0, 1]}).round(3)
    array([0.563, 0.317])

    References
    ----------
    Fader & Hardie (2007), How to Project Customer Retention, J. Interactive Marketing 21(1); Fader & Hardie (2010),
    Customer-Base Valuation in a Contractual Setting, Marketing Science 29(1).
    """

    _model = "sBG"
    _names = ("alpha", "beta")

    alpha_ = _Parameter("First parameter of the churn probabilities.")
    beta_ = _Parameter("Second parameter of the churn probabilities.")

    def __init__(
        self,
        *,
        alpha_covariates: Sequence[str] = (),
        beta_covariates: Sequence[str] = (),
        shared_covariates: Sequence[str] = (),
        standardize: bool = False,
        ridge: float = 0.0,
        start: Sequence[float] | Mapping[str, float] | None = None,
        max_iterations: int = 200,
        tolerance: float = 1e-8,
        fixed: Mapping[str, float] | None = None,
        priors: Mapping[str, tuple[float | Span, float]] | None = None,
        penalty: float = 0.0,
        threads: int | None = None,
        on_progress: Callable[..., object] | None = None,
    ) -> None:
        super().__init__(
            start=start,
            max_iterations=max_iterations,
            tolerance=tolerance,
            fixed=fixed,
            priors=priors,
            penalty=penalty,
            threads=threads,
            on_progress=on_progress,
        )
        self.alpha_covariates = alpha_covariates
        self.beta_covariates = beta_covariates
        self.shared_covariates = shared_covariates
        self.standardize = standardize
        self.ridge = ridge

    @classmethod
    def from_params(
        cls,
        *,
        alpha: float,
        beta: float,
        coefficients: Mapping[str, float] | None = None,
        standardized: Mapping[str, tuple[float, float]] | None = None,
    ) -> Self:
        """Build the model from known parameters, both above 0.

        ``coefficients`` are those of covariates by name, such as ``{"alpha:age": 0.3}``; ``standardized`` has mean and
        standard deviation of covariates that are standardised, ``{"age": (45.0, 12.0)}``.
        """
        if coefficients is None:
            return cls._given(alpha, beta)
        scales = standardized or {}
        effects = [(name, value, scales.get(name.partition(":")[2])) for name, value in coefficients.items()]
        model = cls()
        model._fitted = _core.RetentionModel.given(cls._model, (alpha, beta), effects)
        return model

    def _covariate_options(self) -> _core.CovariateOptions | None:
        named = (self.alpha_covariates, self.beta_covariates, self.shared_covariates)
        if not any(len(names) for names in named):
            return None
        alpha, beta, shared = (list(names) for names in named)
        return _core.CovariateOptions(
            alpha=alpha, beta=beta, shared=shared, standardize=self.standardize, ridge=self.ridge
        )

    def _start_names(self) -> tuple[str, ...]:
        options = self._covariate_options()
        return self._names if options is None else (*self._names, *options.coefficient_names)

    @property
    def coefficients_(self) -> dict[str, float]:
        """The coefficients of the covariates by name, such as ``"alpha:age"``; empty without covariates."""
        return {f"{process}:{name}": value for process, name, value, *_ in self._native.effects_of_covariates}

    @property
    def effects_(self) -> list[dict[str, Any]]:
        """The coefficients with their process, covariate, and the centre and scale by which it is standardised."""
        names = ("process", "covariate", "coefficient", "centre", "scale")
        return [dict(zip(names, effect, strict=True)) for effect in self._native.effects_of_covariates]

    def survival_ahead(self, renewals: Any, ahead: int, covariates: Any = None) -> Any:
        """Probability that customers who made ``renewals`` renewals make at least ``ahead`` more.

        ``covariates`` is a frame with the columns that the model uses, one row per entry of ``renewals``.
        """
        if covariates is None:
            return super().survival_ahead(renewals, ahead)
        table, made = self._customers(covariates, renewals)
        values = self._native.survival_of(table.covariates(self._covariates_to_use()), made, _count("ahead", ahead))
        return table.kind(None).series("survival", values, None)

    def expected_renewals(self, renewals: Any, horizon: int, covariates: Any = None) -> Any:
        """Renewals expected among the next ``horizon`` ones of customers who made ``renewals``.

        ``covariates`` as in :meth:`survival_ahead`.
        """
        if covariates is None:
            return super().expected_renewals(renewals, horizon)
        table, made = self._customers(covariates, renewals)
        customers = table.covariates(self._covariates_to_use())
        values = self._native.expected_renewals_of(customers, made, _count("horizon", horizon))
        return table.kind(None).series("expected_renewals", values, None)

    def discounted_expected_residual_lifetime(self, d: float, renewals: Any, covariates: Any = None) -> Any:
        """Discounted renewals expected of customers who made ``renewals``, the next not discounted (DERL).

        The moment is just before that renewal is due; ``d`` is the discount rate per period, above 0. ``covariates`` as
        in :meth:`survival_ahead`.
        """
        if covariates is None:
            return super().discounted_expected_residual_lifetime(d, renewals)
        table, made = self._customers(covariates, renewals)
        values = self._native.residual_lifetimes_of(table.covariates(self._covariates_to_use()), d, made)
        return table.kind(None).series("derl", values, None)

    def discounted_expected_lifetimes(self, d: float, covariates: Any) -> Any:
        """Discounted periods expected of customers about to join with these covariates, the first not discounted (DEL).

        ``d`` is the discount rate per period, above 0.
        """
        table = Table(covariates)
        values = self._native.discounted_lifetimes_of(table.covariates(self._covariates_to_use()), d)
        return table.kind(None).series("del", values, None)

    def expected_tenures(self, covariates: Any) -> Any:
        """Periods that new customers with these covariates are expected to stay, the first included.

        Masked (null in a frame's Series) where that is infinite.
        """
        table = Table(covariates)
        values = self._native.expected_tenures_of(table.covariates(self._covariates_to_use()))
        kind = table.kind(None)
        if kind.backend is None:
            return np.ma.masked_invalid(values)
        return kind.series("expected_tenure", [None if value != value else value for value in values.tolist()], None)

    def _customers(self, covariates: Any, renewals: Any) -> tuple[Table, Any]:
        return Table(covariates), _whole("renewals", np.asarray(renewals))


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
