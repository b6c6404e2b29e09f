"""The models, in scikit-learn manners.

Options go into the constructor, ``fit`` returns the estimator, what was learnt ends in ``_``. A model with known
parameters needs no data: see ``from_params``.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, overload

import numpy as np
import numpy.typing as npt
from crm_value import _core, errors
from crm_value._core import DiscountRate, FitReport, Span
from crm_value._frames import FloatArray, Table
from crm_value.simulation import SimulatedCustomers, simulate_customers
from crm_value.summary import CustomerSummary, as_summary

if TYPE_CHECKING:
    from crm_value._core import _Unit

Native = TypeVar("Native", _core.PurchaseModel, _core.SpendingModel, _core.OpportunityModel, _core.RetentionModel)


class _Parameter:
    """A parameter of the model, as an attribute named after it with ``_`` at the end."""

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name.removesuffix("_")

    @overload
    def __get__(self, estimator: None, owner: type) -> Self: ...
    @overload
    def __get__(self, estimator: _Estimator[Any], owner: type) -> float: ...
    def __get__(self, estimator: _Estimator[Any] | None, owner: type) -> Self | float:
        return self if estimator is None else estimator.params_[self._name]


class _Estimator(Generic[Native]):
    """What all estimators share: options, report, stored form."""

    _names: ClassVar[tuple[str, ...]]
    """The parameters in the model's order."""
    _fitted: Native | None = None

    def __init__(
        self,
        *,
        start: Sequence[float] | Mapping[str, float] | None = None,
        max_iterations: int = 200,
        tolerance: float = 1e-8,
        fixed: Mapping[str, float] | None = None,
        priors: Mapping[str, tuple[float | Span, float]] | None = None,
        penalty: float = 0.0,
        threads: int | None = None,
        on_progress: Callable[..., object] | None = None,
    ) -> None:
        self.start = start
        self.max_iterations = max_iterations
        self.tolerance = tolerance
        self.fixed = fixed
        self.priors = priors
        self.penalty = penalty
        self.threads = threads
        self.on_progress = on_progress

    @classmethod
    def _from_stored(cls, json: str) -> Native:
        raise NotImplementedError

    @classmethod
    def _option_names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the options given to the constructor."""
        return {name: getattr(self, name) for name in self._option_names()}

    def set_params(self, **options: Any) -> Self:
        """Change options; they take effect at the next ``fit``."""
        known = self._option_names()
        for name, value in options.items():
            if name not in known:
                raise errors.invalid_option(name, value, f"{type(self).__name__} has the options {', '.join(known)}")
            setattr(self, name, value)
        return self

    def _start_names(self) -> tuple[str, ...]:
        return self._names

    def _fixed(self) -> list[tuple[str, float]]:
        return list((self.fixed or {}).items())

    def _fit_options(self) -> _core.FitOptions:
        start = self.start
        if isinstance(start, Mapping):
            names = self._start_names()
            if set(start) != set(names):
                raise errors.invalid_option("start", dict(start), f"give {', '.join(names)}")
            start = [start[name] for name in names]
        return _core.FitOptions(
            start=None if start is None else list(start),
            max_iterations=self.max_iterations,
            tolerance=self.tolerance,
            threads=self.threads,
            fixed=self._fixed(),
            priors=[(name, median, log_sd) for name, (median, log_sd) in (self.priors or {}).items()],
            penalty=self.penalty,
        )

    def _keep(self, fitted: Native) -> Self:
        self._fitted = fitted
        for about_convergence, text in fitted.warnings:
            category = errors.ConvergenceWarning if about_convergence else errors.FitWarning
            warnings.warn(f"{fitted.name}: {text}", category, stacklevel=3)
        return self

    @property
    def _native(self) -> Native:
        if self._fitted is None:
            name = type(self).__name__
            raise errors.NotFittedError(
                f"this {name} has no parameters yet; call fit(...) or use {name}.from_params(...)"
            )
        return self._fitted

    def __sklearn_is_fitted__(self) -> bool:
        return self._fitted is not None

    @property
    def params_(self) -> dict[str, float]:
        """The parameters by name, in the paper's order."""
        return self._native.params

    @property
    def report_(self) -> FitReport:
        """The outcome of the fit; only after ``fit``."""
        report = self._native.report
        if report is None:
            raise errors.NotFittedError(
                f"this {type(self).__name__} was built from parameters, so there is no fit to report"
            )
        return report

    @property
    def converged_(self) -> bool:
        """Whether the fit converged; only after ``fit``."""
        return self.report_.converged

    def to_json(self) -> str:
        """Return the stored form: small, versioned, without customer data; the same in Rust, Python and C."""
        return self._native.to_json()

    @classmethod
    def from_json(cls, json: str) -> Self:
        """Read the stored form; parameters are checked again."""
        estimator = cls()
        estimator._fitted = cls._from_stored(json)
        return estimator

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        fitted = state.pop("_fitted", None)
        if fitted is not None:
            state["stored"] = fitted.to_json()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        stored = state.pop("stored", None)
        self.__dict__.update(state)
        if stored is not None:
            self._fitted = self._from_stored(stored)

    def _unit_text(self) -> str:
        return ""

    def __repr__(self) -> str:
        name = type(self).__name__
        if self._fitted is not None:
            values = ", ".join(f"{parameter}={value:.6g}" for parameter, value in self.params_.items())
            return f"{name}({values}{self._unit_text()})"
        defaults = {name: p.default for name, p in inspect.signature(type(self).__init__).parameters.items()}
        options = (f"{k}={v!r}" for k, v in self.get_params().items() if v is not defaults[k] and v != defaults[k])
        return f"{name}({', '.join(options)})"

    def _repr_html_(self) -> str:
        report = None if self._fitted is None else self._fitted.report
        if report is not None:
            return report._repr_html_()
        return "<pre>" + repr(self).replace("&", "&amp;").replace("<", "&lt;") + "</pre>"


class _PurchaseEstimator(_Estimator[_core.PurchaseModel]):
    """What models of when customers buy can answer.

    Wherever ``customers`` is asked for, a plain frame with the columns frequency, recency and T does as well; its
    times are taken to be in the model's unit.
    """

    _model: ClassVar[str]
    """The core's name of the model."""

    @classmethod
    def _given(cls, unit: str, *params: float) -> Self:
        model = cls()
        model._fitted = _core.PurchaseModel.given(cls._model, params, unit)
        return model

    @classmethod
    def _from_stored(cls, json: str) -> _core.PurchaseModel:
        return _core.PurchaseModel.from_json(cls._model, json)

    def fit(self, customers: Any, weights: Any = None, *, unit: _Unit | None = None) -> Self:
        """Estimate the parameters by maximum likelihood.

        Parameters
        ----------
        customers
            A :class:`CustomerSummary`, or a frame with the columns frequency, recency and T; a frame needs ``unit``.
        weights
            How many customers each row stands for: finite, above 0. 1 by default.
        unit
            The unit of the times of a frame.
        """
        if unit is not None and isinstance(customers, CustomerSummary) and unit != customers.unit:
            raise errors.invalid_option("unit", unit, f"the summary is in {customers.unit}s, so leave it out")
        summary = as_summary(customers, unit, self._covariates_to_fit())
        return self._keep(
            _core.PurchaseModel.fit(
                self._model,
                summary._native,
                self._fit_options(),
                covariates=self._covariate_options(),
                weights=weights,
                on_progress=self.on_progress,
            )
        )

    @property
    def unit_(self) -> _Unit:
        """The time unit of the parameters."""
        return self._native.unit

    def _unit_text(self) -> str:
        return f", unit={self.unit_!r}"

    def _summary(self, customers: Any) -> CustomerSummary:
        return as_summary(customers, self.unit_, self._covariates_to_use())

    def _covariate_options(self) -> _core.CovariateOptions | None:
        return None

    def _covariates_to_fit(self) -> Sequence[str]:
        return ()

    def _covariates_to_use(self) -> Sequence[str]:
        return ()

    def log_likelihood(self, customers: Any) -> float:
        """Total log-likelihood of the customers (natural log, not negated)."""
        return self._native.log_likelihood(self._summary(customers)._native)

    def log_likelihoods(self, customers: Any) -> Any:
        """Log-likelihood of every customer."""
        summary = self._summary(customers)
        return summary._series("log_likelihood", self._native.log_likelihoods(summary._native))

    def probability_alive(self, customers: Any, ahead: float | Span | None = None, unit: _Unit | None = None) -> Any:
        """Probability that each customer is still alive at the end of observation, or ``ahead`` of it; in [0, 1].

        ``ahead`` is a number of ``unit`` (the model's unit by default) or a :class:`Span`.
        """
        native = self._native
        summary = self._summary(customers)
        length, unit = _length(ahead, unit)
        return summary._series("probability_alive", native.probability_alive(summary._native, length, unit))

    def expected_purchases(
        self, customers: Any, horizon: float | Span, unit: _Unit | None = None, start: float | Span | None = None
    ) -> Any:
        """Purchases expected of each customer within ``horizon`` after the end of observation, or from ``start`` to it.

        ``horizon`` and ``start`` are numbers of ``unit`` (the model's unit by default) or :class:`Span`.
        """
        native = self._native
        summary = self._summary(customers)
        unit = unit or self.unit_
        until = horizon.in_unit(unit) if isinstance(horizon, Span) else horizon
        since = start.in_unit(unit) if isinstance(start, Span) else start
        values = native.expected_purchases(summary._native, until, unit, since)
        return summary._series("expected_purchases", values)

    def probability_active(
        self, customers: Any, horizon: float | Span, unit: _Unit | None = None, start: float | Span | None = None
    ) -> Any:
        """Probability that each customer buys at least once within ``horizon``, or from ``start`` to it; in [0, 1].

        ``horizon`` and ``start`` as in :meth:`expected_purchases`.
        """
        native = self._native
        summary = self._summary(customers)
        unit = unit or self.unit_
        until = horizon.in_unit(unit) if isinstance(horizon, Span) else horizon
        since = start.in_unit(unit) if isinstance(start, Span) else start
        return summary._series("probability_active", native.probability_active(summary._native, until, unit, since))

    def conditional_purchase_probability(
        self, customers: Any, n: int, horizon: float | Span, unit: _Unit | None = None
    ) -> Any:
        """Probability that each customer makes exactly ``n`` purchases within ``horizon``; in [0, 1]."""
        native = self._native
        summary = self._summary(customers)
        unit = unit or self.unit_
        until = horizon.in_unit(unit) if isinstance(horizon, Span) else horizon
        (count,) = _counts("n", np.asarray([n]))
        values = native.conditional_purchase_probability(summary._native, count, until, unit)
        return summary._series("purchase_probability", values)

    def expected_purchase_rate(self, customers: Any) -> Any:
        """Posterior mean of the rate at which each customer buys, or bought, while alive; per ``unit_``."""
        summary = self._summary(customers)
        return summary._series("expected_purchase_rate", self._native.expected_purchase_rate(summary._native))

    def expected_dropout(self, customers: Any) -> Any:
        """Posterior mean of what makes each customer leave.

        The dropout probability p per purchase (BG/NBD and its relatives), the death rate per ``unit_`` (Pareto/NBD;
        GGompertz/NBD: at age 0), 0 (NBD).
        """
        summary = self._summary(customers)
        return summary._series("expected_dropout", self._native.expected_dropout(summary._native))

    def alive_path(self, purchases: Any, at: Any) -> FloatArray:
        """P(alive) over one customer's history, as it would have been told at each of the times ``at``.

        ``purchases`` are the times of the repeat purchases after the first purchase, in rising order, ``at`` those of
        asking; both in ``unit_``.
        """
        times = [np.asarray(column, dtype=np.float64).ravel() for column in (purchases, at)]
        return self._native.alive_path(*times)

    def expected_purchases_new_customer(self, t: Any, unit: _Unit | None = None) -> Any:
        """Repeat purchases expected of a new customer within ``t`` after the first one; ``t`` may be an array."""
        times = np.asarray(t, dtype=np.float64)
        values = self._native.expected_purchases_new_customer(times.ravel(), unit or self.unit_)
        return _like(times, values)

    def purchase_probability(
        self, n: Any, t: Any, unit: _Unit | None = None, *, start: float | None = None, log: bool = False
    ) -> Any:
        """Probability that a new customer makes exactly ``n`` repeat purchases within ``t``; both may be arrays.

        With ``start`` between ``start`` and ``t``. With ``log`` its natural logarithm, which does not underflow.
        """
        if start is not None:
            counts, times = np.broadcast_arrays(np.asarray(n), np.asarray(t, dtype=np.float64))
            since = np.full(times.size, start, dtype=np.float64)
            native, unit = self._native, unit or self.unit_
            values = native.purchase_probability_between(_counts("n", counts), since, times.ravel(), unit)
            return _like(times, np.log(values) if log else values)
        counts, times = np.broadcast_arrays(np.asarray(n), np.asarray(t, dtype=np.float64))
        values = self._native.purchase_probability(_counts("n", counts), times.ravel(), unit or self.unit_, log)
        return _like(times, values)

    def discounted_expected_residual_transactions(self, customers: Any, discount: DiscountRate) -> Any:
        """Discounted purchases expected of each customer over an endless horizon (DERT); the rate must be above 0."""
        summary = self._summary(customers)
        values = self._native.discounted_expected_residual_transactions(summary._native, discount)
        return summary._series("dert", values)

    def discounted_expected_conditional_transactions(
        self, customers: Any, horizon: float | Span, discount: DiscountRate, unit: _Unit | None = None
    ) -> Any:
        """Discounted purchases expected of each customer within ``horizon`` (DECT); undiscounted at rate 0."""
        summary = self._summary(customers)
        span = horizon if isinstance(horizon, Span) else Span(horizon, unit or self.unit_)
        values = self._native.discounted_expected_conditional_transactions(summary._native, discount, span)
        return summary._series("dect", values)

    dert = discounted_expected_residual_transactions
    dect = discounted_expected_conditional_transactions

    def simulate(
        self,
        customers: int | None = None,
        *,
        seed: int,
        T: Any = None,
        acquired: tuple[Any, Any] | None = None,
        observed_until: Any = None,
        holdout: float | Span | None = None,
        unit: _Unit | None = None,
        spend: GammaGamma | None = None,
        covariates: Any = None,
        like: Any = None,
    ) -> SimulatedCustomers:
        """Draw customers and their transactions from the model.

        Give ``customers`` with ``T`` (all observed for that time) or with ``acquired`` and ``observed_until`` (first
        purchases on any of those days), or one ``T`` per customer alone. The generator is ChaCha8, its key the seed,
        its stream number the customer's position: nobody's purchases depend on threads, on other customers or on how
        long they are observed, and the same seed gives the same bits in Rust, Python and C.

        Parameters
        ----------
        customers
            How many.
        seed
            A whole number, 0 or more.
        T
            Time from the first purchase to the end of observation, in ``unit``: a number or a :class:`Span`, or one
            number per customer.
        acquired
            First and last day on which customers come.
        observed_until
            Last day of the observation.
        holdout
            How much longer lives are followed, in ``unit`` or a :class:`Span`.
        unit
            Unit of ``T`` and ``holdout``, the model's by default.
        spend
            A :class:`GammaGamma` from which amounts are drawn.
        covariates
            A frame with one row per customer, which a model with covariates needs.
        like
            A frame of the kind that the results shall have; that of ``covariates``, or dicts of arrays, by default.

        Examples
        --------
        >>> import crm_value as cv
        >>> model = cv.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
        >>> days = {"acquired": ("2025-01-01", "2025-03-31"), "observed_until": "2025-09-30"}
        >>> drawn = model.simulate(1000, seed=42, **days)
        >>> cv.TransactionLog(drawn.transactions).customers
        1000
        >>> sorted(drawn.customers)
        ['T', 'alive', 'customer_id', 'frequency', 'holdout_frequency', 'left', 'recency']
        """
        return simulate_customers(
            self._native,
            customers,
            T,
            acquired,
            observed_until,
            holdout,
            unit,
            None if spend is None else spend._native,
            covariates,
            list(self._covariates_to_use()),
            seed,
            like,
        )


class _CovariateEstimator(_PurchaseEstimator):
    """A purchase model that may have covariates: see :class:`BgNbd` for the options."""

    def __init__(
        self,
        *,
        purchase_covariates: Sequence[str] = (),
        dropout_covariates: Sequence[str] = (),
        shared_covariates: Sequence[str] = (),
        separate_shapes: bool = False,
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
        self.purchase_covariates = purchase_covariates
        self.dropout_covariates = dropout_covariates
        self.shared_covariates = shared_covariates
        self.separate_shapes = separate_shapes
        self.standardize = standardize
        self.ridge = ridge

    @classmethod
    def _given_with(
        cls,
        coefficients: Mapping[str, float] | None,
        standardized: Mapping[str, tuple[float, float]] | None,
        unit: str,
        *params: float,
    ) -> Self:
        model = cls()
        effects = None
        if coefficients is not None:
            scales = standardized or {}
            effects = [(name, value, scales.get(name.partition(":")[2])) for name, value in coefficients.items()]
        model._fitted = _core.PurchaseModel.given(cls._model, params, unit, effects)
        return model

    def _covariate_options(self) -> _core.CovariateOptions | None:
        named = (self.purchase_covariates, self.dropout_covariates, self.shared_covariates)
        if not any(len(names) for names in named):
            return None
        purchase, dropout, shared = (list(names) for names in named)
        return _core.CovariateOptions(
            purchase=purchase,
            dropout=dropout,
            shared=shared,
            separate_shapes=self.separate_shapes,
            standardize=self.standardize,
            ridge=self.ridge,
        )

    def _start_names(self) -> tuple[str, ...]:
        options = self._covariate_options()
        return self._names if options is None else (*self._names, *options.coefficient_names)

    def _covariates_to_fit(self) -> Sequence[str]:
        return list(dict.fromkeys([*self.purchase_covariates, *self.dropout_covariates, *self.shared_covariates]))

    def _covariates_to_use(self) -> Sequence[str]:
        return list(dict.fromkeys(covariate for _, covariate, *_ in self._native.effects_of_covariates))

    @property
    def coefficients_(self) -> dict[str, float]:
        """The coefficients of the covariates by name, such as ``"purchase:age"``; empty without covariates."""
        return {f"{process}:{name}": value for process, name, value, *_ in self._native.effects_of_covariates}

    @property
    def effects_(self) -> list[dict[str, Any]]:
        """The coefficients with their process, covariate, and the centre and scale by which it is standardised."""
        names = ("process", "covariate", "coefficient", "centre", "scale")
        return [dict(zip(names, effect, strict=True)) for effect in self._native.effects_of_covariates]

    def expected_purchases_new_customers(self, covariates: Any, t: float | Span, unit: _Unit | None = None) -> Any:
        """Repeat purchases expected of new customers with these covariates within ``t`` after the first purchase.

        ``covariates`` is a frame with the columns that the model uses, one row per customer.
        """
        table = Table(covariates)
        length, unit = (t.length, t.unit) if isinstance(t, Span) else (t, unit or self.unit_)
        values = self._native.expected_purchases_new_customers(self._new_customers(table), length, unit)
        return table.kind(None).series("expected_purchases", values, None)

    def purchase_probabilities(self, covariates: Any, n: int, t: float | Span, unit: _Unit | None = None) -> Any:
        """Probability that new customers with these covariates make exactly ``n`` repeat purchases within ``t``."""
        table = Table(covariates)
        length, unit = (t.length, t.unit) if isinstance(t, Span) else (t, unit or self.unit_)
        (count,) = _counts("n", np.asarray([n]))
        values = self._native.purchase_probabilities(self._new_customers(table), count, length, unit)
        return table.kind(None).series("purchase_probability", values, None)

    def _new_customers(self, table: Table) -> _core.Covariates:
        return table.covariates(self._covariates_to_use())


def _length(span: float | Span | None, unit: _Unit | None) -> tuple[float | None, _Unit | None]:
    return (span.length, span.unit) if isinstance(span, Span) else (span, unit)


def _like(shape: npt.NDArray[Any], values: FloatArray) -> Any:
    return float(values[0]) if shape.ndim == 0 else values.reshape(shape.shape)


def _counts(option: str, counts: npt.NDArray[Any]) -> list[int]:
    """Whole numbers from 0 to 2^32 - 1, which is what the native module can take."""
    numbers = counts.ravel().tolist()
    for number in numbers:
        if not (0 <= number < 2**32 and number == int(number)):
            raise errors.invalid_option(option, number, "give whole numbers from 0 to 4294967295")
    return [int(number) for number in numbers]


class BgNbd(_CovariateEstimator):
    """BG/NBD: customers buy at random and may leave for good after any repeat purchase.

    Assumptions: purchases of a living customer are Poisson with a rate that varies over customers as Gamma(r, rate
    alpha); after every repeat purchase a customer drops out with a probability that varies as Beta(a, b); the two are
    independent. A customer without repeat purchases is alive with certainty.

    Parameters
    ----------
    purchase_covariates, dropout_covariates
        Names of covariates (see :meth:`CustomerSummary.with_covariates`) of the purchase rates and of dropout:
        alpha = alpha0 exp(-gamma z), a and b times exp(gamma z).
    shared_covariates
        Covariates that act on both with one coefficient.
    separate_shapes
        Whether each dropout covariate has one coefficient for a and one for b, so that it can move the mean dropout
        probability; BG/NBD and MBG/NBD only.
    standardize
        Whether coefficients are per standard deviation, and the parameters those of a customer at the means. Changes
        neither likelihood nor predictions.
    ridge
        Weight of a quadratic penalty on the coefficients: 1 / the variance of a normal prior around 0.
    start
        First point of the search: r, alpha, a, b, then the coefficients, in this order or by name; parameters above 0.
        Chosen from the data by default.
    max_iterations
        Most Newton steps per start, at least 1.
    tolerance
        Relative change of every parameter at which the fit has converged, above 0.
    fixed
        Parameters to hold at a value, by name: ``{"a": 1.0}``. They have no standard error and do not count in AIC.
    priors
        Log-normal priors by parameter: median and standard deviation of the logarithm, ``{"a": (1.0, 0.5)}``; the
        median of a time is a :class:`Span`, ``{"alpha": (Span(1, "month"), 1.0)}``, so that it depends on no unit.
    penalty
        Weight of a quadratic penalty on the logarithm of every other parameter, around the first start.
    threads
        Most threads to use; all cores by default. Never changes a result.
    on_progress
        Called with the keywords ``iteration`` and ``log_likelihood`` once per iteration; stops the fit by returning
        ``False``.

    Attributes
    ----------
    params_, r_, alpha_, a_, b_
        The parameters (of a customer with covariates 0, or at the means). alpha is a rate in ``unit_``, the others have
        no unit; all are above 0.
    coefficients_
        The coefficients of the covariates; ``report_.coefficients(0.95)`` is their table.
    report_
        The :class:`FitReport`, after ``fit``.
    unit_
        The time unit of alpha and of every time given to the model.

    Examples
    --------
    >>> import crm_value as cv
    >>> model = cv.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> customer = {"frequency": [2], "recency": [30.43], "T": [38.86]}
    >>> model.expected_purchases(customer, 39).round(3)
    array([1.226])

    References
    ----------
    Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2).
    """

    _model = "BG/NBD"
    _names = ("r", "alpha", "a", "b")

    r_ = _Parameter("Shape of the purchase rates.")
    alpha_ = _Parameter("Rate parameter of the purchase rates, in time units.")
    a_ = _Parameter("First shape of the dropout probabilities.")
    b_ = _Parameter("Second shape of the dropout probabilities.")

    @classmethod
    def from_params(
        cls,
        *,
        r: float,
        alpha: float,
        a: float,
        b: float,
        unit: _Unit,
        coefficients: Mapping[str, float] | None = None,
        standardized: Mapping[str, tuple[float, float]] | None = None,
    ) -> Self:
        """Build the model from known parameters, all above 0; ``unit`` is the time unit of alpha.

        ``coefficients`` are those of covariates by name, such as ``{"purchase:age": 0.3}``; ``standardized`` has mean
        and standard deviation of covariates that are standardised, ``{"age": (45.0, 12.0)}``.
        """
        return cls._given_with(coefficients, standardized, unit, r, alpha, a, b)


class MbgNbd(_CovariateEstimator):
    """MBG/NBD: as :class:`BgNbd`, but customers may leave right after their first purchase, too.

    Prefer it where one-time buyers are many: BG/NBD holds every one of them for alive, for ever. The options are those
    of :class:`BgNbd`.

    Examples
    --------
    >>> import crm_value as cv
    >>> model = cv.MbgNbd.from_params(r=0.525, alpha=6.183, a=0.891, b=1.614, unit="week")
    >>> model.probability_alive({"frequency": [0], "recency": [0], "T": [38.86]}).round(4)
    array([0.3897])

    References
    ----------
    Batislam, Denizel & Filiztekin (2007), Empirical validation and comparison of models for customer base analysis,
    Int. J. Research in Marketing 24(3).
    """

    _model = "MBG/NBD"
    _names = ("r", "alpha", "a", "b")

    r_ = _Parameter("Shape of the purchase rates.")
    alpha_ = _Parameter("Rate parameter of the purchase rates, in time units.")
    a_ = _Parameter("First shape of the dropout probabilities.")
    b_ = _Parameter("Second shape of the dropout probabilities.")

    @classmethod
    def from_params(
        cls,
        *,
        r: float,
        alpha: float,
        a: float,
        b: float,
        unit: _Unit,
        coefficients: Mapping[str, float] | None = None,
        standardized: Mapping[str, tuple[float, float]] | None = None,
    ) -> Self:
        """Build the model from known parameters, all above 0; ``unit`` is the time unit of alpha.

        ``coefficients`` are those of covariates by name, such as ``{"purchase:age": 0.3}``; ``standardized`` has mean
        and standard deviation of covariates that are standardised, ``{"age": (45.0, 12.0)}``.
        """
        return cls._given_with(coefficients, standardized, unit, r, alpha, a, b)


class _CondensedEstimator(_PurchaseEstimator):
    """What BG/CNBD-k and MBG/CNBD-k share."""

    _names = ("k", "r", "alpha", "a", "b")

    r_ = _Parameter("Shape of the stage rates.")
    alpha_ = _Parameter("Rate parameter of the stage rates, in time units.")
    a_ = _Parameter("First shape of the dropout probabilities.")
    b_ = _Parameter("Second shape of the dropout probabilities.")

    def __init__(
        self,
        k: int | None = None,
        *,
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
        self.k = k

    def _fixed(self) -> list[tuple[str, float]]:
        return super()._fixed() + ([] if self.k is None else [("k", self.k)])

    @property
    def k_(self) -> int:
        """Regularity of the purchases: the intervals between them are Erlang-k; 1 is none."""
        return int(self.params_["k"])

    @classmethod
    def from_params(cls, *, k: int, r: float, alpha: float, a: float, b: float, unit: _Unit) -> Self:
        """Build the model from known parameters: k from 1 to 20, the others above 0, alpha in ``unit``."""
        return cls._given(unit, k, r, alpha, a, b)


class BgCnbdK(_CondensedEstimator):
    """BG/CNBD-k: as :class:`BgNbd`, but customers buy at a rhythm of their own.

    The times between purchases are Erlang-k: the sum of k stages, each as random as the times of :class:`BgNbd`, which
    is k = 1. P(alive) falls faster when a regular customer is overdue. The conditional expectation is exact, where the
    literature approximates.

    Parameters
    ----------
    k
        Regularity, from 1 to 20. Without it k = 1, 2, ... are tried until the likelihood falls, up to 12, and k counts
        as a parameter in AIC and BIC; ``report_.regularities`` tells the log-likelihoods.
    start
        First point of the search: k, r, alpha, a, b in this order or by name. Chosen from the data by default.

    The other options are those of :class:`BgNbd`. ``fit`` needs ``log_intervals``: summarise with ``log_sums=True``, or
    use :meth:`CustomerSummary.with_log_sums`. Predictions do not.

    Examples
    --------
    >>> import crm_value as cv
    >>> model = cv.BgCnbdK.from_params(k=3, r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> model.probability_alive({"frequency": [2, 2], "recency": [30.43, 10.0], "T": [38.86, 38.86]}).round(3)
    array([0.774, 0.064])

    References
    ----------
    Platzer & Reutterer (2016), Ticking Away the Moments: Timing Regularity Helps to Better Predict Customer Activity,
    Marketing Science 35(5).
    """

    _model = "BG/CNBD-k"


class MbgCnbdK(_CondensedEstimator):
    """MBG/CNBD-k: as :class:`BgCnbdK`, but customers may leave right after their first purchase, too.

    Prefer it where one-time buyers are many. The options are those of :class:`BgCnbdK`.

    Examples
    --------
    >>> import crm_value as cv
    >>> model = cv.MbgCnbdK.from_params(k=3, r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> model.probability_alive({"frequency": [2, 2], "recency": [30.43, 10.0], "T": [38.86, 38.86]}).round(3)
    array([0.816, 0.082])

    References
    ----------
    Platzer & Reutterer (2016), Marketing Science 35(5); Reutterer, Platzer & Schröder (2021), Leveraging purchase
    regularity for predicting customer behavior the easy way, Int. J. Research in Marketing 38(1).
    """

    _model = "MBG/CNBD-k"


class ParetoNbd(_CovariateEstimator):
    """Pareto/NBD: customers buy at random and leave at random, whether they buy or not.

    Purchases of a living customer are Poisson with a rate that varies over customers as Gamma(r, rate alpha); lifetimes
    are exponential with a death rate that varies as Gamma(s, rate beta). Prefer it where customers drift away on their
    own clock rather than after a purchase. The options are those of :class:`BgNbd`.

    Examples
    --------
    >>> import crm_value as cv
    >>> model = cv.ParetoNbd.from_params(r=0.553, alpha=10.578, s=0.606, beta=11.669, unit="week")
    >>> model.probability_alive({"frequency": [26], "recency": [30.857], "T": [31]}).round(4)
    array([0.9979])

    References
    ----------
    Schmittlein, Morrison & Colombo (1987), Counting Your Customers, Management Science 33(1).
    """

    _model = "Pareto/NBD"
    _names = ("r", "alpha", "s", "beta")

    r_ = _Parameter("Shape of the purchase rates.")
    alpha_ = _Parameter("Rate parameter of the purchase rates, in time units.")
    s_ = _Parameter("Shape of the death rates.")
    beta_ = _Parameter("Rate parameter of the death rates, in time units.")

    @classmethod
    def from_params(
        cls,
        *,
        r: float,
        alpha: float,
        s: float,
        beta: float,
        unit: _Unit,
        coefficients: Mapping[str, float] | None = None,
        standardized: Mapping[str, tuple[float, float]] | None = None,
    ) -> Self:
        """Build the model from known parameters, all above 0; ``unit`` is the time unit of alpha and beta.

        ``coefficients`` are those of covariates by name, such as ``{"purchase:age": 0.3}``; ``standardized`` has mean
        and standard deviation of covariates that are standardised, ``{"age": (45.0, 12.0)}``.
        """
        return cls._given_with(coefficients, standardized, unit, r, alpha, s, beta)


class GgompertzNbd(_CovariateEstimator):
    """GGompertz/NBD: as :class:`ParetoNbd`, but each risk of leaving grows with age.

    Lifetimes are Gompertz: P(alive at y) = exp(-eta (exp(b y) - 1)), eta varying over customers as Gamma(s, rate beta).
    As b falls to 0 with beta / b fixed it becomes Pareto/NBD; a fit that ends there says so in a warning. The options
    are those of :class:`BgNbd`.

    Examples
    --------
    >>> import crm_value as cv
    >>> model = cv.GgompertzNbd.from_params(r=0.553, alpha=10.6, b=0.0002, s=0.603, beta=0.0026, unit="week")
    >>> model.probability_alive({"frequency": [26], "recency": [30.857], "T": [31]}).round(3)
    array([0.998])

    References
    ----------
    Bemmaor & Glady (2012), Modeling Purchasing Behavior with Sudden "Death", Management Science 58(5).
    """

    _model = "GGompertz/NBD"
    _names = ("r", "alpha", "b", "s", "beta")

    r_ = _Parameter("Shape of the purchase rates.")
    alpha_ = _Parameter("Rate parameter of the purchase rates, in time units.")
    b_ = _Parameter("Growth of the risk of leaving, per time unit.")
    s_ = _Parameter("Shape of the death parameters.")
    beta_ = _Parameter("Rate parameter of the death parameters.")

    @classmethod
    def from_params(
        cls,
        *,
        r: float,
        alpha: float,
        b: float,
        s: float,
        beta: float,
        unit: _Unit,
        coefficients: Mapping[str, float] | None = None,
        standardized: Mapping[str, tuple[float, float]] | None = None,
    ) -> Self:
        """Build the model from known parameters, all above 0; ``unit`` is the time unit of alpha and 1 / b.

        ``coefficients`` are those of covariates by name, such as ``{"purchase:age": 0.3}``; ``standardized`` has mean
        and standard deviation of covariates that are standardised, ``{"age": (45.0, 12.0)}``.
        """
        return cls._given_with(coefficients, standardized, unit, r, alpha, b, s, beta)


class Nbd(_PurchaseEstimator):
    """NBD: customers buy at random, each at an own rate, and stay for ever.

    The baseline against which dropout has to prove itself. Purchases are Poisson with a rate that varies over
    customers as Gamma(r, rate alpha). The options are those of :class:`BgNbd`.

    Examples
    --------
    >>> import crm_value as cv
    >>> model = cv.Nbd.from_params(r=0.5, alpha=10, unit="week")
    >>> model.expected_purchases_new_customer(52)
    2.6

    References
    ----------
    Ehrenberg (1959), The Pattern of Consumer Purchases, Applied Statistics 8(1).
    """

    _model = "NBD"
    _names = ("r", "alpha")

    r_ = _Parameter("Shape of the purchase rates.")
    alpha_ = _Parameter("Rate parameter of the purchase rates, in time units.")

    @classmethod
    def from_params(cls, *, r: float, alpha: float, unit: _Unit) -> Self:
        """Build the model from known parameters, both above 0; ``unit`` is the time unit of alpha."""
        return cls._given(unit, r, alpha)


class GammaGamma(_Estimator[_core.SpendingModel]):
    """Gamma-Gamma: how much customers spend per purchase.

    A customer's spend per purchase is Gamma(p, rate nu); nu varies over customers as Gamma(q, rate v); spend does not
    depend on how often customers buy. Fitted to the customers with repeat purchases. With q <= 1 the mean spend of
    the population does not exist; the fit says so in a warning. The options are those of :class:`BgNbd`.

    Attributes
    ----------
    params_, p_, q_, v_
        The parameters, all above 0; v is in money.

    Examples
    --------
    >>> import crm_value as cv
    >>> model = cv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    >>> customers = {"frequency": [2, 0], "recency": [30.43, 0], "T": [38.86, 38.86], "monetary_value": [22.35, None]}
    >>> model.expected_spend(customers).round(2)
    array([24.66, 35.22])

    References
    ----------
    Colombo & Jiang (1999), A Stochastic RFM Model, J. Interactive Marketing 13(3); Fader & Hardie (2013), The
    Gamma-Gamma Model of Monetary Value.
    """

    _names = ("p", "q", "v")

    p_ = _Parameter("Shape of a customer's spend.")
    q_ = _Parameter("Shape of the spread over customers.")
    v_ = _Parameter("Rate parameter of the spread over customers, in money.")

    @classmethod
    def _from_stored(cls, json: str) -> _core.SpendingModel:
        return _core.SpendingModel.gamma_gamma_from_json(json)

    @classmethod
    def from_params(cls, *, p: float, q: float, v: float) -> Self:
        """Build the model from known parameters, all above 0; v is in money."""
        model = cls()
        model._fitted = _core.SpendingModel.gamma_gamma(p, q, v)
        return model

    def fit(self, customers: Any, weights: Any = None, *, purchases: bool = False) -> Self:
        """Estimate the parameters by maximum likelihood, from the customers with repeat purchases.

        Parameters
        ----------
        customers
            A :class:`CustomerSummary` with spend, or a frame with the columns frequency, recency, T and monetary_value;
            time does not enter the model.
        weights
            How many customers each row stands for: finite, above 0. 1 by default.
        purchases
            Fit to the single purchases rather than to their means; the summary must hold its log sums
            (``summarize(..., log_sums=True)``).
        """
        summary = as_summary(customers, "day")
        return self._keep(
            _core.SpendingModel.fit_gamma_gamma(
                summary._native,
                self._fit_options(),
                weights=weights,
                purchases=purchases,
                on_progress=self.on_progress,
            )
        )

    def expected_spend(self, customers: Any) -> Any:
        """Spend per purchase expected of each customer, in money; the population mean without repeat purchases."""
        native = self._native
        summary = as_summary(customers, "day")
        return summary._series("expected_spend", native.expected_spend(summary._native))

    def spend_quantile(self, customers: Any, probability: float) -> Any:
        """Quantile of each customer's next purchase, in money: with 0.9, nine purchases in ten are smaller."""
        summary = as_summary(customers, "day")
        return summary._series("spend_quantile", self._native.spend_quantile(summary._native, probability))

    def mean_spend_quantile(self, customers: Any, probability: float) -> Any:
        """Quantile of each customer's own mean spend, in money: how well it is known, not how purchases vary."""
        summary = as_summary(customers, "day")
        return summary._series("mean_spend_quantile", self._native.mean_spend_quantile(summary._native, probability))

    def population_mean_spend(self) -> float:
        """Mean spend per purchase of the population, in money."""
        return self._native.population_mean_spend()

    def log_density(self, frequency: Any, monetary_value: Any) -> Any:
        """Log density of the mean spend over ``frequency`` repeat purchases, each 1 or more; both may be arrays."""
        counts, means = np.broadcast_arrays(np.asarray(frequency), np.asarray(monetary_value, dtype=np.float64))
        return _like(means, self._native.log_density(_counts("frequency", counts), means.ravel()))


class Comparison:
    """Fits of several models to the same customers, side by side: see :func:`compare`."""

    def __init__(self, *reports: FitReport) -> None:
        self._native = _core.Comparison.of(reports)

    @property
    def models(self) -> list[dict[str, Any]]:
        """One dict a model, the smallest AIC first: log-likelihood, parameters, AIC, BIC, Akaike weight, warnings."""
        return self._native.rows()

    @property
    def tests(self) -> list[dict[str, Any]]:
        """Likelihood-ratio tests of each model against those nested in it.

        Where ``boundary`` is true the nested model lies at the edge of the larger one: the p-value is an upper bound.
        """
        return self._native.tests()

    def to_dict(self) -> dict[str, list[Any]]:
        """Return the table of the models as columns, for ``pandas.DataFrame(...)`` or any other frame."""
        rows = self.models
        return {name: [row[name] for row in rows] for name in rows[0] if name != "warnings"}

    def __repr__(self) -> str:
        return repr(self._native)


def compare(
    models: Sequence[_Estimator[Any]], customers: Any = None, weights: Any = None, *, unit: _Unit | None = None
) -> Comparison:
    """Set models side by side: log-likelihood, AIC, BIC, Akaike weights, tests where one is nested in another.

    With ``customers`` every model is fitted to them first (``weights`` and ``unit`` as in ``fit``); without, the models
    must have been fitted, to the same customers.

    Raises
    ------
    TypeError
        If one of ``models`` is none, but for instance a class.

    Examples
    --------
    >>> import crm_value as cv
    >>> customers = {"frequency": [2, 0, 1, 5, 0, 3], "recency": [30, 0, 9, 31, 0, 12], "T": [39] * 6}
    >>> table = cv.compare([cv.Nbd(), cv.MbgNbd(penalty=1.0)], customers, unit="week")
    >>> [row["model"] for row in table.models]
    ['NBD', 'MBG/NBD']

    References
    ----------
    Akaike (1974), A new look at the statistical model identification; Self & Liang (1987), Asymptotic properties of
    maximum likelihood estimators and likelihood ratio tests under nonstandard conditions, JASA 82.
    """
    for model in models:
        if not isinstance(model, _Estimator):
            raise TypeError(f"expected models such as BgNbd(), not {model!r}")
    if customers is not None:
        for model in models:
            more = {"unit": unit} if isinstance(model, _PurchaseEstimator) else {}
            model.fit(customers, weights, **more)  # type: ignore[attr-defined]
    return Comparison(*(model.report_ for model in models))
