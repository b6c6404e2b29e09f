"""Customer lifetime value: what customers were worth, and what they will be worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from crm_value import _core, errors
from crm_value._core import DiscountRate, Span
from crm_value.models import GammaGamma, _PurchaseEstimator
from crm_value.summary import CustomerSummary

if TYPE_CHECKING:
    from crm_value._core import _Unit


def _span(length: Span | tuple[float, _Unit]) -> Span:
    return length if isinstance(length, Span) else Span(*length)


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
        if annual_discount is not None and discount is not None:
            raise errors.invalid_option("discount", discount, "it cannot be combined with annual_discount")
        if years is not None:
            horizon = (years, "year")
        elif months is not None:
            horizon = (months, "month")
        if annual_discount is not None:
            discount = DiscountRate.annual(annual_discount)
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
        if not isinstance(customers, CustomerSummary):
            advice = "make one with summarize(...), or CustomerSummary.from_frame(...).with_totals(...)"
            raise TypeError(f"expected a CustomerSummary, not {type(customers).__name__}; {advice}")
        from_column = isinstance(self.margin, str)
        rate = None if isinstance(self.margin, str) else self.margin
        return customers._series("value", _core.historical_clv(customers._native, rate, from_column))

    def __repr__(self) -> str:
        return f"HistoricalClv({'' if self.margin is None else f'margin={self.margin!r}'})"
