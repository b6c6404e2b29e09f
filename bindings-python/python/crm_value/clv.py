"""Customer lifetime value: what customers were worth, and what they will be worth."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from crm_value import _core, errors
from crm_value._core import DiscountRate, Span
from crm_value._frames import FloatArray
from crm_value.economics import as_rate
from crm_value.economics import as_span as _span
from crm_value.models import GammaGamma, _PurchaseEstimator
from crm_value.summary import CustomerSummary, TransactionLog

if TYPE_CHECKING:
    from crm_value._core import _Unit


class PredictiveClv:
    """What every customer will be worth: expected margin of purchases to come, discounted to the end of observation.

    Counts purchases after the end of observation only, and revenue times the margin rate. What is not given stays as
    the library has it: margin 1 (revenue), three years, 10 % a year, discounted at the end of each month.

    Parameters
    ----------
    purchases, spend
        A fitted or given purchase model (such as :class:`BgNbd`) and spend model (:class:`GammaGamma`).
    years, months, horizon
        The horizon: a number of years, of months, or a :class:`Span` or pair such as ``(26, "week")``. At most one of
        them.
    endless
        Value over an endless horizon, discounted continuously; needs a discount rate above 0.
    annual_discount, discount
        The discount rate per year (0.10 is 10 %), or a :class:`DiscountRate`. At most one of them.
    margin
        Contribution margin per unit of revenue (30 % is 0.30).
    timing
        Discount ``"end_of_period"`` or ``"continuous"``.
    period
        The period of ``"end_of_period"``: a :class:`Span` or a pair such as ``(1, "month")``.

    Examples
    --------
    >>> import crm_value as cv
    >>> purchases = cv.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> spend = cv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    >>> customers = {"frequency": [2], "recency": [30.43], "T": [38.86], "monetary_value": [22.35]}
    >>> clv = cv.PredictiveClv(purchases, spend, years=1, annual_discount=0.10, margin=0.30)
    >>> clv.value(customers).round(2)
    array([11.02])

    References
    ----------
    Fader, Hardie & Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base Analysis, J. Marketing Research
    42(4).
    """

    def __init__(
        self,
        purchases: _PurchaseEstimator,
        spend: GammaGamma,
        *,
        years: float | None = None,
        months: float | None = None,
        horizon: Span | tuple[float, _Unit] | None = None,
        endless: bool = False,
        annual_discount: float | None = None,
        discount: DiscountRate | None = None,
        margin: float | None = None,
        timing: Literal["end_of_period", "continuous"] | None = None,
        period: Span | tuple[float, _Unit] | None = None,
    ) -> None:
        given = {"years": years, "months": months, "horizon": horizon, "endless": endless or None}
        named = [name for name, value in given.items() if value is not None]
        if len(named) > 1:
            raise errors.invalid_option(named[1], given[named[1]], f"it cannot be combined with {named[0]}")
        if years is not None:
            horizon = (years, "year")
        elif months is not None:
            horizon = (months, "month")
        discount = as_rate(annual_discount, discount)
        self.purchases = purchases
        self.spend = spend
        self._given = {
            "margin": margin,
            "horizon": None if horizon is None else _span(horizon),
            "endless": endless,
            "discount": discount,
            "timing": timing,
            "period": None if period is None else _span(period),
        }
        self._options()

    def _options(self) -> _core.ClvOptions:
        return _core.ClvOptions(**self._given)  # type: ignore[arg-type]

    def _clv(self, customers: Any, purchases_only: bool) -> tuple[CustomerSummary, Any]:
        purchases, spend = self.purchases._native, self.spend._native
        summary = self.purchases._summary(customers)
        return summary, _core.predictive_clv(purchases, spend, summary._native, self._options(), purchases_only)

    def value(self, customers: Any) -> Any:
        """Return the value to come of every customer, in money."""
        summary, values = self._clv(customers, False)
        return summary._series("clv", values)

    def discounted_purchases(self, customers: Any) -> Any:
        """Return the discounted purchases expected of every customer: the value without spend and margin."""
        summary, values = self._clv(customers, True)
        return summary._series("discounted_purchases", values)

    def __repr__(self) -> str:
        given = (f"{name}={value!r}" for name, value in self._given.items() if value is not None and value is not False)
        return f"PredictiveClv({', '.join([repr(self.purchases), repr(self.spend), *given])})"


class HistoricalClv:
    """What every customer has been worth so far: revenue or contribution margin to date, refunds deducted.

    Parameters
    ----------
    margin
        A margin rate (30 % is 0.30) that multiplies revenue, or ``"column"`` for the margins that the log's rows
        carry. Revenue by default.

    Examples
    --------
    >>> import crm_value as cv
    >>> dates = ["2026-01-01", "2026-01-15", "2026-01-03"]
    >>> orders = {"customer_id": [1, 1, 2], "date": dates, "amount": [10.0, 20.0, 5.0]}
    >>> cv.HistoricalClv(margin=0.5).value(cv.summarize(orders))
    array([15. ,  2.5])
    """

    def __init__(self, margin: float | Literal["column"] | None = None) -> None:
        if isinstance(margin, str) and margin != "column":
            raise errors.invalid_option("margin", margin, 'give a rate (30 % is 0.30) or "column"')
        self.margin = margin

    def value(self, customers: CustomerSummary) -> Any:
        """Return the realised value of every customer, in money."""
        native = _summary(customers)._native
        return customers._series("value", _core.historical_clv(native, *self._source()))

    def compounded(
        self, log: TransactionLog, *, annual_discount: float | None = None, discount: DiscountRate | None = None
    ) -> CompoundedClv:
        """Return the same with every payment compounded from its day to the end of observation.

        ``log`` is the log of which the customers were summarised. 10 % a year is ``annual_discount=0.10``.
        """
        return CompoundedClv(self, log, as_rate(annual_discount, discount) or DiscountRate.none())

    def _source(self) -> tuple[float | None, bool]:
        return (None, True) if isinstance(self.margin, str) else (self.margin, False)

    def __repr__(self) -> str:
        return f"HistoricalClv({'' if self.margin is None else f'margin={self.margin!r}'})"


def _summary(customers: Any) -> CustomerSummary:
    if not isinstance(customers, CustomerSummary):
        advice = "make one with summarize(...), or CustomerSummary.from_frame(...).with_totals(...)"
        raise TypeError(f"expected a CustomerSummary, not {type(customers).__name__}; {advice}")
    return customers


class CompoundedClv:
    """Value to date, each payment compounded to the end of observation; made by :meth:`HistoricalClv.compounded`.

    Examples
    --------
    >>> import crm_value as cv
    >>> orders = {"customer_id": [7, 7], "date": ["2025-01-01", "2026-01-01"], "amount": [100.0, 50.0]}
    >>> log = cv.TransactionLog(orders)
    >>> cv.HistoricalClv().compounded(log, annual_discount=0.10).value(log.summarize()).round(2)
    array([159.99])
    """

    def __init__(self, historical: HistoricalClv, log: TransactionLog, discount: DiscountRate) -> None:
        self.historical = historical
        self.log = log
        self.discount = discount

    def value(self, customers: CustomerSummary) -> Any:
        """Return the compounded value of every customer, in money."""
        native = _summary(customers)._native
        values = _core.compounded_clv(self.log._log, native, self.discount, *self.historical._source())
        return customers._series("value", values)

    def __repr__(self) -> str:
        return f"CompoundedClv({self.historical!r}, {self.discount!r})"


class SimpleClv:
    """Lifetime value by a formula on averages: one figure for an average customer, the same for everyone.

    Made by :meth:`orders`, :meth:`orders_of`, :meth:`arpu` or :meth:`retention`.

    Examples
    --------
    >>> import crm_value as cv
    >>> cv.SimpleClv.orders(40.0, purchases_per_period=3.0, lifespan=5.0, margin=0.5).figure
    300.0
    >>> round(cv.SimpleClv.retention(100.0, 0.80, (1, "year"), annual_discount=0.12).figure, 6)
    250.0

    References
    ----------
    Gupta & Lehmann (2003), Customers as assets, J. Interactive Marketing 17(1).
    """

    def __init__(self, native: _core.SimpleClv) -> None:
        self._native = native

    @classmethod
    def orders(
        cls, average_order_value: float, purchases_per_period: float, lifespan: float, *, margin: float | None = None
    ) -> SimpleClv:
        """Average order value (money) times purchases per period times lifespan (periods), times a margin rate."""
        return cls(_core.SimpleClv.orders(average_order_value, purchases_per_period, lifespan, margin))

    @classmethod
    def orders_of(
        cls,
        customers: CustomerSummary,
        churn: float,
        period: Span | tuple[float, _Unit],
        *,
        margin: float | None = None,
    ) -> SimpleClv:
        """Return the same from a customer base: order value and repeat purchases as observed, lifespan 1 / churn.

        ``churn`` per ``period``, in (0, 1].
        """
        native = _summary(customers)._native
        return cls(_core.SimpleClv.orders_of(native, churn, _span(period), margin))

    @classmethod
    def arpu(cls, arpu: float, churn: float, *, margin: float | None = None) -> SimpleClv:
        """Average revenue per user and period times lifespan 1 / churn, times a margin rate."""
        return cls(_core.SimpleClv.arpu(arpu, churn, margin))

    @classmethod
    def retention(
        cls,
        margin_per_period: float,
        retention: float,
        period: Span | tuple[float, _Unit],
        *,
        annual_discount: float | None = None,
        discount: DiscountRate | None = None,
        first_margin: Literal["after_one_period", "now"] | None = None,
    ) -> SimpleClv:
        """Margin per period times r / (1 + d - r); with the first margin ``"now"``, (1 + d) / (1 + d - r).

        Not discounted unless a rate is given.
        """
        rate = as_rate(annual_discount, discount)
        return cls(_core.SimpleClv.retention(margin_per_period, retention, _span(period), rate, first_margin))

    @property
    def figure(self) -> float:
        """The value of an average customer, in money."""
        return self._native.figure

    def value(self, customers: CustomerSummary) -> Any:
        """Return the figure for every customer."""
        return _summary(customers)._series("value", self._native.value(customers._native))

    def __repr__(self) -> str:
        return f"SimpleClv({self.figure:.6g})"


def margin_multiple(
    retention: float,
    period: Span | tuple[float, _Unit],
    *,
    annual_discount: float | None = None,
    discount: DiscountRate | None = None,
    first_margin: Literal["after_one_period", "now"] | None = None,
) -> float:
    """Return what a margin of 1 per period is worth while the customer stays: r / (1 + d - r).

    Examples
    --------
    >>> import crm_value as cv
    >>> round(cv.margin_multiple(0.9, (1, "year"), annual_discount=0.12), 2)
    4.09
    """
    rate = as_rate(annual_discount, discount) or DiscountRate.none()
    return _core.margin_multiple(retention, rate, _span(period), first_margin)


class Range(NamedTuple):
    """A range that holds a figure with 80 % probability, from its 10 % to its 90 % point."""

    low: float
    high: float


class BlendedValue(NamedTuple):
    """A value from assumptions and data together."""

    weight: float
    """Weight of the data, in [0, 1]."""
    value: float
    """Expected value, in money."""
    low: float
    """10 % point."""
    high: float
    """90 % point."""


class ColdStartValue(NamedTuple):
    """A value from assumptions, as a range."""

    median: float
    """Half of the draws lie below, in money."""
    low: float
    """10 % of the draws lie below."""
    high: float
    """90 % of the draws lie below."""
    mean: float
    """Mean of the draws: the expected value."""
    draws: int
    """Number of draws."""
    seed: int
    """Seed of the random numbers."""


_Assumption = float | tuple[float, float] | Range


def _assumption(given: _Assumption) -> tuple[str, float, float]:
    if isinstance(given, Range):
        return "range", given.low, given.high
    if isinstance(given, tuple):
        mean, sd = given
        return "mean_sd", mean, sd
    return "known", given, 0.0


class ColdStart:
    """CLV of a customer of whom nothing is known, from assumptions about customers of that kind.

    An assumption is a number known without doubt, a pair of mean and standard deviation, or a :class:`Range`. What is
    not given stays as the library has it: margin 1, a period of one year, 10 % a year, endless, first margin now,
    10,000 draws, seed 1. The same seed gives the same bits.

    Parameters
    ----------
    retention
        Retention per period, in [0, 1]; beta-distributed.
    order_value, frequency
        Order value in money, and orders per period; log-normal.
    margin
        Contribution margin per unit of revenue; beta-distributed.
    period
        The period to which retention and frequency refer: a :class:`Span` or a pair such as ``(1, "month")``.
    annual_discount, discount
        The discount rate per year, or a :class:`DiscountRate`.
    periods
        Number of periods that count; endless by default.
    first_margin
        ``"now"`` or ``"after_one_period"``.
    draws, seed
        Number of draws, and the seed of the random numbers.

    Examples
    --------
    >>> import crm_value as cv
    >>> persona = cv.ColdStart((0.70, 0.05), order_value=(45.0, 10.0), frequency=cv.Range(2.0, 5.0), margin=0.35)
    >>> value = persona.simulate()
    >>> value.low < value.median < value.high
    True
    >>> persona.blend(data=210.0, customers=60, prior_customers=20).weight
    0.75
    """

    def __init__(
        self,
        retention: _Assumption,
        order_value: _Assumption,
        frequency: _Assumption,
        *,
        margin: _Assumption | None = None,
        period: Span | tuple[float, _Unit] | None = None,
        annual_discount: float | None = None,
        discount: DiscountRate | None = None,
        periods: int | None = None,
        first_margin: Literal["after_one_period", "now"] | None = None,
        draws: int | None = None,
        seed: int | None = None,
    ) -> None:
        self._native = _core.ColdStart(
            _assumption(retention),
            _assumption(order_value),
            _assumption(frequency),
            margin=None if margin is None else _assumption(margin),
            period=None if period is None else _span(period),
            discount=as_rate(annual_discount, discount),
            periods=periods,
            first_margin=first_margin,
            draws=draws,
            seed=seed,
        )

    def simulate(self) -> ColdStartValue:
        """Return the value as median and range."""
        return ColdStartValue(*self._native.simulate())

    def draws(self) -> FloatArray:
        """Return the draws in ascending order."""
        return self._native.draws()

    def blend(self, data: float, customers: float, prior_customers: float) -> BlendedValue:
        """Move from the assumptions to the data: weight n / (n + n0).

        ``data`` is the mean CLV of ``customers`` customers of this kind, ``prior_customers`` how many customers' data
        the assumptions are worth.
        """
        return BlendedValue(*self._native.blend(data, customers, prior_customers))

    def __repr__(self) -> str:
        value = self.simulate()
        return f"ColdStart(median {value.median:.6g}, 80 % from {value.low:.6g} to {value.high:.6g})"


class ForecastTable:
    """A forecast: periods, totals, customer equity. Made by :meth:`Forecast.of`."""

    def __init__(self, frame: Any, totals: dict[str, float], equity: tuple[float, float, float]) -> None:
        self.periods = frame
        """One row per period, as a frame of the kind in which the customers came."""
        self.totals = totals
        """The sums over all periods by name, not discounted."""
        self.existing_equity, self.new_equity, self.customer_equity = equity

    def __repr__(self) -> str:
        purchases, revenue = self.totals["purchases"], self.totals["revenue"]
        return (
            f"ForecastTable({purchases:.6g} purchases, revenue {revenue:.6g} of existing customers, "
            f"customer equity {self.customer_equity:.6g})"
        )

    def _repr_html_(self) -> str:
        frame = self.periods
        shown = frame._repr_html_() if hasattr(frame, "_repr_html_") else ""
        return f"<p>{html.escape(repr(self))}</p>{shown}"


class Forecast:
    """Expected purchases, revenue and margin per future period, and their discounted sum, customer equity.

    What is not given stays as the library has it: margin 1, 10 % a year, twelve periods of one month, no new
    customers.

    Parameters
    ----------
    purchases, spend
        A purchase model and a spend model.
    margin
        Contribution margin per unit of revenue.
    annual_discount, discount
        The discount rate per year, or a :class:`DiscountRate`.
    period, periods
        Length and number of the periods.
    plan
        New customers in periods 1, 2, ...
    acquisition_cost
        Cost of winning one customer, in money.

    Examples
    --------
    >>> import crm_value as cv
    >>> purchases = cv.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> spend = cv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    >>> customers = {"frequency": [2], "recency": [30.43], "T": [38.86], "monetary_value": [22.35]}
    >>> forecast = cv.Forecast(purchases, spend, margin=0.30, plan=[100, 100]).of(customers)
    >>> forecast.totals["new_customers"]
    200.0
    """

    def __init__(
        self,
        purchases: _PurchaseEstimator,
        spend: GammaGamma,
        *,
        margin: float | None = None,
        annual_discount: float | None = None,
        discount: DiscountRate | None = None,
        period: Span | tuple[float, _Unit] | None = None,
        periods: int | None = None,
        plan: Any = None,
        acquisition_cost: float | None = None,
    ) -> None:
        self.purchases = purchases
        self.spend = spend
        self.plan = plan
        self._margin = margin
        self._discount = as_rate(annual_discount, discount)
        self._period = None if period is None else _span(period)
        self._periods = periods
        self._acquisition_cost = acquisition_cost

    def of(self, customers: Any) -> ForecastTable:
        """Return the forecast for the customers, who must have a mean spend."""
        purchases, spend = self.purchases._native, self.spend._native
        summary = self.purchases._summary(customers)
        columns, totals, equity = _core.forecast(
            purchases,
            spend,
            summary._native,
            margin=self._margin,
            discount=self._discount,
            period=self._period,
            periods=self._periods,
            plan=self.plan,
            acquisition_cost=self._acquisition_cost,
        )
        return ForecastTable(summary._kind.frame(columns), totals, equity)

    def __repr__(self) -> str:
        return f"Forecast({self.purchases!r}, {self.spend!r})"


class ClvTotals(NamedTuple):
    """What one way to value the customers comes to."""

    total: float
    """Sum of the values."""
    mean: float
    """Mean of the values."""
    negative: int
    """Customers with a value below 0."""


class ClvComparison:
    """Several ways to value the same customers side by side; made by :func:`compare_clv`."""

    def __init__(self, frame: Any, totals: dict[str, ClvTotals]) -> None:
        self.frame = frame
        """One row per customer, one column per way."""
        self.totals = totals
        """Total, mean and number of negative values per way."""

    def __repr__(self) -> str:
        lines = (f"  {name}: total {row.total:.6g}, mean {row.mean:.6g}" for name, row in self.totals.items())
        return "\n".join(["ClvComparison", *lines])

    def _repr_html_(self) -> str:
        cells = (
            f"<tr><th>{html.escape(n)}</th><td>{t.total:.6g}</td><td>{t.mean:.6g}</td></tr>"
            for n, t in self.totals.items()
        )
        return f"<table><tr><th></th><th>total</th><th>mean</th></tr>{''.join(cells)}</table>"


def compare_clv(customers: CustomerSummary, ways: Mapping[str, Any]) -> ClvComparison:
    """Value the customers in several ways, in one table.

    ``ways`` maps a name to a model with a method ``value`` (:class:`HistoricalClv`, :class:`PredictiveClv`, ...) or to
    a column of values.

    Examples
    --------
    >>> import crm_value as cv
    >>> dates = ["2026-01-01", "2026-01-15", "2026-01-03"]
    >>> customers = cv.summarize({"customer_id": [1, 1, 2], "date": dates, "amount": [10.0, 20.0, 5.0]})
    >>> cv.compare_clv(customers, {"past": cv.HistoricalClv(), "formula": cv.SimpleClv.orders(12.0, 2.0, 1.5)})
    ClvComparison
      past: total 35, mean 17.5
      formula: total 72, mean 36
    """
    summary = _summary(customers)
    values = {
        name: way.value(summary) if hasattr(way, "value") and callable(way.value) else way for name, way in ways.items()
    }
    totals = _core.compare_values(list(values.items()))
    columns = {"customer_id": summary._native.ids} | {name: _plain(column) for name, column in values.items()}
    frame = summary._kind.frame({summary._kind.id_name: columns.pop("customer_id"), **columns})
    return ClvComparison(frame, {name: ClvTotals(*row) for name, row in zip(values, totals, strict=True)})


def _plain(column: Any) -> Any:
    return column.to_numpy() if hasattr(column, "to_numpy") else column


class ReachProbability:
    """The probability that a customer's value reaches a threshold, such as the entry ticket of the top tier.

    Value to date plus purchases within the horizon, not discounted: finds tomorrow's valuable customers among today's
    small and new ones. Who has reached the threshold already has 1.

    Parameters
    ----------
    purchases, spend
        A fitted or given purchase model and spend model.
    threshold
        The value to reach, in money; see :attr:`Tier.smallest`.
    horizon
        Time after the end of observation: a :class:`Span` or a pair such as ``(52, "week")``.
    margin
        Value per unit of revenue, above 0, if the threshold is a margin (30 % is 0.30); 1 by default.

    Examples
    --------
    >>> import crm_value as cv
    >>> purchases = cv.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> spend = cv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    >>> customers = {"frequency": [2], "recency": [30.43], "T": [38.86], "monetary_value": [22.35]}
    >>> reach = cv.ReachProbability(purchases, spend, threshold=100.0, horizon=(52, "week"))
    >>> reach.probability(customers, value_to_date=[150.0])
    array([1.])
    """

    def __init__(
        self,
        purchases: _PurchaseEstimator,
        spend: GammaGamma,
        threshold: float,
        horizon: Span | tuple[float, _Unit],
        margin: float | None = None,
    ) -> None:
        self.purchases = purchases
        self.spend = spend
        self.threshold = threshold
        self.horizon = _span(horizon)
        self.margin = margin

    def probability(self, customers: Any, value_to_date: Any = None) -> Any:
        """Return the probability of every customer; values to date are total spend times margin by default."""
        summary = self.purchases._summary(customers)
        values = _core.reach_probability(
            self.purchases._native,
            self.spend._native,
            summary._native,
            self.horizon,
            self.threshold,
            self.margin,
            value_to_date,
        )
        return summary._series("probability", values)

    def __repr__(self) -> str:
        goal = f"threshold={self.threshold:g}, horizon={self.horizon!r}"
        return f"ReachProbability({self.purchases!r}, {self.spend!r}, {goal})"
