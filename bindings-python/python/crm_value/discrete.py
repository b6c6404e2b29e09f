"""Discrete time: in how many of their opportunities customers bought, and BG/BB."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from crm_value import _core, errors
from crm_value._frames import FloatArray, IntArray, Kind, Table, fixed
from crm_value.models import _counts, _Estimator, _like, _Parameter
from crm_value.simulation import each, kind_like, masked, seeded
from crm_value.summary import TransactionLog, _end, _id_array

if TYPE_CHECKING:
    from typing import Literal


class OpportunitySummary:
    """One row per customer, or per group of customers: purchases among opportunities.

    Made by :meth:`from_log` or :meth:`from_frame`. An opportunity is a period after the first purchase (a season, a
    year) in which a customer can buy once or not at all.

    Examples
    --------
    >>> import crm_value as cv
    >>> table = {"frequency": [0, 1, 1, 2], "recency": [0, 1, 2, 2], "n": [2, 2, 2, 2], "weight": [4, 3, 2, 1]}
    >>> cv.OpportunitySummary.from_frame(table, weight="weight")
    OpportunitySummary(4 rows, 10 customers, up to 2 opportunities)
    """

    _native: _core.Opportunities
    _kind: Kind

    def __init__(self) -> None:
        raise TypeError("make an OpportunitySummary with its from_log(...) or from_frame(...)")

    @classmethod
    def _of(cls, native: _core.Opportunities, kind: Kind) -> OpportunitySummary:
        summary = object.__new__(cls)
        summary._native = native
        summary._kind = kind
        return summary

    @classmethod
    def from_log(
        cls,
        log: TransactionLog,
        period: _core.Span | Literal["week", "month", "quarter", "year"],
        observed_until: Any = None,
    ) -> OpportunitySummary:
        """Cut a log into opportunities.

        Parameters
        ----------
        log
            The transactions.
        period
            A :class:`Span`: opportunity j ends j spans after the day of the customer's first purchase. Or the name of
            a calendar period: the one of the first purchase does not count, opportunity j is the j-th after it.
        observed_until
            The last day observed, the last date of the log by default. A period that it does not cover to the end is
            no opportunity, and purchases in it do not count.

        Examples
        --------
        >>> import crm_value as cv
        >>> orders = {"customer_id": [1, 1, 1], "date": ["2026-01-05", "2026-02-03", "2026-04-20"], "amount": [9, 9, 9]}
        >>> months = cv.OpportunitySummary.from_log(cv.TransactionLog(orders), "month", "2026-04-30")
        >>> months.frequency, months.recency, months.n
        (array([2]), array([3]), array([3]))
        """
        span, calendar = (period, "") if isinstance(period, _core.Span) else (None, str(period))
        native = _core.Opportunities.of_log(log._log, span, calendar, _end(observed_until))
        return cls._of(native, log._kind)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        customer_id: str | None = "customer_id",
        frequency: str = "frequency",
        recency: str = "recency",
        n: str = "n",
        weight: str | None = None,
    ) -> OpportunitySummary:
        """Take a summary, or a recency/frequency table, that was made elsewhere.

        Parameters
        ----------
        frame
            A pandas, polars or pyarrow frame, or a dict of columns.
        customer_id
            Column of distinct ids; used only if it is there.
        frequency
            Column of the number of opportunities at which the customer bought, the first purchase not counted.
        recency
            Column of the last such opportunity, counted from 1; 0 exactly where the frequency is 0.
        n
            Column of the number of opportunities observed.
        weight
            Column of the number of customers that each row stands for, above 0; 1 without it.
        """
        table = Table(frame)
        customer_id = table.optional(customer_id, "customer_id")
        native = _core.Opportunities.from_columns(
            None if customer_id is None else table.column(customer_id),
            table.column(frequency),
            table.column(recency),
            table.column(n),
            None if weight is None else table.column(weight),
            [customer_id or "customer_id", frequency, recency, n, weight or "weight"],
        )
        return cls._of(native, table.kind(customer_id))

    @cached_property
    def ids(self) -> npt.NDArray[Any]:
        """The ids of the rows."""
        return _id_array(self._native.ids)

    @cached_property
    def frequency(self) -> IntArray:
        """Opportunities at which each customer bought."""
        return fixed(self._native.frequency)

    @cached_property
    def recency(self) -> IntArray:
        """The last such opportunity, counted from 1; 0 without purchases."""
        return fixed(self._native.recency)

    @cached_property
    def n(self) -> IntArray:
        """Opportunities observed."""
        return fixed(self._native.n)

    @cached_property
    def weights(self) -> FloatArray | None:
        """Customers that each row stands for; ``None`` if each is one."""
        weights = self._native.weights
        return None if weights is None else fixed(weights)

    def _series(self, name: str, values: Any) -> Any:
        return self._kind.series(name, values, self._native.ids)

    def __len__(self) -> int:
        return len(self._native)

    def __repr__(self) -> str:
        customers = f"{self._native.total_weight:g} customers"
        return f"OpportunitySummary({len(self)} rows, {customers}, up to {self.n.max()} opportunities)"

    def __reduce__(self) -> Any:
        columns = {"customer_id": self._native.ids, "frequency": self.frequency, "recency": self.recency, "n": self.n}
        if self.weights is not None:
            columns["weight"] = self.weights
        return _restore, (columns, self._kind)


@dataclass(frozen=True)
class SimulatedOpportunities:
    """Customers drawn from BG/BB: what was observed of them, what came later, and what nobody can see."""

    summary: OpportunitySummary
    """Frequency, recency and n of every customer, for a fit."""
    customers: Any
    """A frame: customer_id, frequency, recency, n, alive (at opportunity n), left (the opportunity at whose beginning
    the customer left; null if not within the simulated ones), holdout_frequency."""
    purchases: Any
    """A frame of all purchases, the holdout's included: customer_id, opportunity, counted from 1."""

    def __repr__(self) -> str:
        return f"SimulatedOpportunities({self.summary!r})"


def _restore(columns: dict[str, Any], kind: Kind) -> OpportunitySummary:
    summary = OpportunitySummary.from_frame(columns, weight="weight" if "weight" in columns else None)
    summary._kind = kind
    return summary


def _summary(customers: Any) -> OpportunitySummary:
    return customers if isinstance(customers, OpportunitySummary) else OpportunitySummary.from_frame(customers)


def _count(option: str, value: int) -> int:
    (count,) = _counts(option, np.asarray([value]))
    return count


class BgBb(_Estimator[_core.OpportunityModel]):
    """BG/BB: customers who can buy once per opportunity, until they drop out unseen.

    Assumptions: while alive a customer buys at each opportunity with a probability that varies over customers as
    Beta(alpha, beta); at the beginning of each opportunity the customer drops out with a probability that varies as
    Beta(gamma, delta); the two are independent.

    Wherever ``customers`` is asked for, a frame with the columns frequency, recency and n does as well.

    Parameters
    ----------
    start
        First point of the search: alpha, beta, gamma, delta in this order or by name, each above 0. Chosen from the
        data by default.
    max_iterations
        Most Newton steps per start, at least 1.
    tolerance
        Relative change of every parameter at which the fit has converged, above 0.
    threads
        Most threads to use; all cores by default. Never changes a result.
    on_progress
        Called with the keywords ``iteration`` and ``log_likelihood`` once per iteration; stops the fit by returning
        ``False``.

    Attributes
    ----------
    params_, alpha_, beta_, gamma_, delta_
        The parameters; they have no unit and are above 0.
    report_
        The :class:`FitReport`, after ``fit``.

    Examples
    --------
    >>> import crm_value as cv
    >>> donors = cv.BgBb.from_params(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    >>> lapsed = {"frequency": [4], "recency": [5], "n": [6]}
    >>> donors.expected_purchases(lapsed, 10).round(2)
    array([3.63])

    References
    ----------
    Fader, Hardie & Shang (2010), Customer-Base Analysis in a Discrete-Time Noncontractual Setting, Marketing Science
    29(6).
    """

    _names = ("alpha", "beta", "gamma", "delta")

    alpha_ = _Parameter("First parameter of the purchase probabilities.")
    beta_ = _Parameter("Second parameter of the purchase probabilities.")
    gamma_ = _Parameter("First parameter of the dropout probabilities.")
    delta_ = _Parameter("Second parameter of the dropout probabilities.")

    @classmethod
    def from_params(cls, *, alpha: float, beta: float, gamma: float, delta: float) -> Self:
        """Build the model from known parameters, all above 0."""
        model = cls()
        model._fitted = _core.OpportunityModel.given(alpha, beta, gamma, delta)
        return model

    @classmethod
    def _from_stored(cls, json: str) -> _core.OpportunityModel:
        return _core.OpportunityModel.from_json(json)

    def fit(self, customers: Any) -> Self:
        """Estimate the parameters by maximum likelihood from an :class:`OpportunitySummary` or a frame."""
        native = _summary(customers)._native
        return self._keep(_core.OpportunityModel.fit(native, self._fit_options(), on_progress=self.on_progress))

    def log_likelihood(self, customers: Any) -> float:
        """Total log-likelihood of the customers (natural log, not negated), every row with its weight."""
        return self._native.log_likelihood(_summary(customers)._native)

    def log_likelihoods(self, customers: Any) -> Any:
        """Log-likelihood of every row, weights apart."""
        summary = _summary(customers)
        return summary._series("log_likelihood", self._native.log_likelihoods(summary._native))

    def probability_alive(self, customers: Any, ahead: int = 0) -> Any:
        """Probability that each customer is alive at opportunity n + ``ahead``; in [0, 1].

        ``ahead`` 0 is the last observed opportunity. 1 is the P(alive) of the paper, which also asks for the next coin.
        """
        summary = _summary(customers)
        values = self._native.probability_alive(summary._native, _count("ahead", ahead))
        return summary._series("probability_alive", values)

    def expected_purchases(self, customers: Any, horizon: int, start: int = 0) -> Any:
        """Purchases expected of each customer at opportunities n + ``start`` + 1 to n + ``horizon``."""
        summary = _summary(customers)
        interval = _count("start", start), _count("horizon", horizon)
        return summary._series("expected_purchases", self._native.expected_purchases(summary._native, *interval))

    def probability_active(self, customers: Any, horizon: int, start: int = 0) -> Any:
        """Probability of at least one purchase at opportunities n + ``start`` + 1 to n + ``horizon``; in [0, 1]."""
        summary = _summary(customers)
        interval = _count("start", start), _count("horizon", horizon)
        return summary._series("probability_active", self._native.probability_active(summary._native, *interval))

    def conditional_purchase_probability(self, customers: Any, x: int, horizon: int) -> Any:
        """Probability of exactly ``x`` purchases at the next ``horizon`` opportunities; in [0, 1]."""
        summary = _summary(customers)
        counts = _count("x", x), _count("horizon", horizon)
        values = self._native.conditional_purchase_probability(summary._native, *counts)
        return summary._series("purchase_probability", values)

    def discounted_expected_residual_transactions(self, customers: Any, d: float) -> Any:
        """Discounted purchases expected at all opportunities to come (DERT); ``d`` per opportunity, above 0.

        Opportunity n + 1 is divided by 1 + d, the next by its square.
        """
        summary = _summary(customers)
        return summary._series("dert", self._native.discounted(summary._native, d, None))

    def discounted_expected_conditional_transactions(self, customers: Any, horizon: int, d: float) -> Any:
        """Discounted purchases expected at the next ``horizon`` opportunities (DECT); undiscounted at ``d`` 0."""
        summary = _summary(customers)
        values = self._native.discounted(summary._native, d, _count("horizon", horizon))
        return summary._series("dect", values)

    dert = discounted_expected_residual_transactions
    dect = discounted_expected_conditional_transactions

    def mean_purchase_probability(self, customers: Any) -> Any:
        """Posterior mean of each customer's probability to buy at an opportunity while alive."""
        summary = _summary(customers)
        return summary._series("mean_purchase_probability", self._native.purchase_probabilities(summary._native))

    def mean_dropout_probability(self, customers: Any) -> Any:
        """Posterior mean of each customer's probability to drop out at an opportunity."""
        summary = _summary(customers)
        return summary._series("mean_dropout_probability", self._native.dropout_probabilities(summary._native))

    def expected_purchases_new_customer(self, n: Any) -> Any:
        """Purchases expected of a new customer at the first ``n`` opportunities; ``n`` may be an array."""
        counts = np.asarray(n)
        values = self._native.expected_purchases_new_customer(_whole("n", counts))
        return _like(counts, values)

    def purchase_probability(self, x: Any, n: Any) -> Any:
        """Probability that a new customer buys at exactly ``x`` of ``n`` opportunities; both may be arrays."""
        counts, opportunities = np.broadcast_arrays(np.asarray(x), np.asarray(n))
        values = self._native.purchase_probability(_whole("x", counts), _whole("n", opportunities))
        return _like(counts, values)

    def simulate(
        self, customers: int | None = None, *, n: Any, seed: int, holdout: int = 0, like: Any = None
    ) -> SimulatedOpportunities:
        """Draw customers from the model.

        The generator is ChaCha8, its key the seed, its stream number the customer's position; the same seed gives the
        same customers in Rust, Python and C.

        Parameters
        ----------
        customers
            How many, with one ``n`` for all; left out with one ``n`` per customer.
        n
            Opportunities observed.
        seed
            A whole number, 0 or more.
        holdout
            How many more opportunities lives are followed for.
        like
            A frame of the kind that the results shall have; dicts of arrays by default.

        Examples
        --------
        >>> import crm_value as cv
        >>> donors = cv.BgBb.from_params(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
        >>> drawn = donors.simulate(1000, n=6, seed=42, holdout=5)
        >>> drawn.summary
        OpportunitySummary(1000 rows, 1000 customers, up to 6 opportunities)
        >>> refitted = cv.BgBb().fit(drawn.summary)
        """
        opportunities = _whole("n", each(customers, n, "n")).tolist()
        native, truth, purchases = _core.simulate_opportunities(
            self._native, opportunities, _count("holdout", holdout), seeded(seed)
        )
        kind = kind_like(like, None)
        columns = {
            "customer_id": native.ids,
            "frequency": native.frequency,
            "recency": native.recency,
            "n": native.n,
            "alive": truth["alive"],
            "left": masked(truth["left"], np.int64),
            "holdout_frequency": truth["holdout_frequency"],
        }
        summary = OpportunitySummary._of(native, kind)
        return SimulatedOpportunities(summary, kind.frame(columns), kind.frame(purchases))


def _whole(option: str, counts: npt.NDArray[Any]) -> npt.NDArray[np.uint32]:
    """Whole numbers as the native module takes them."""
    numbers = counts.ravel()
    if numbers.size and not (np.all(numbers >= 0) and np.all(numbers < 2**32) and np.all(numbers == np.floor(numbers))):
        wrong = numbers[~((numbers >= 0) & (numbers < 2**32) & (numbers == np.floor(numbers)))][0]
        raise errors.invalid_option(option, wrong, "give whole numbers from 0 to 4294967295")
    return numbers.astype(np.uint32)
