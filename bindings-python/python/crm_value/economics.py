"""What customers bring in after what they cost: margins, net value, payback, campaigns, referrals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from crm_value import _core, errors
from crm_value._core import DiscountRate, Span
from crm_value._frames import FloatArray, like

if TYPE_CHECKING:
    from crm_value._core import _Unit

_Masked = np.ma.MaskedArray[Any, np.dtype[np.float64]]


def _masked(columns: tuple[FloatArray, npt.NDArray[np.bool_]]) -> _Masked:
    values, missing = columns
    return np.ma.MaskedArray(values, mask=missing)


def as_span(length: Span | tuple[float, _Unit]) -> Span:
    """A span, or a pair such as ``(1, "month")``."""
    return length if isinstance(length, Span) else Span(*length)


def as_rate(annual_discount: float | None, discount: DiscountRate | None) -> DiscountRate | None:
    """The discount rate given in one of two ways, if any."""
    if annual_discount is not None and discount is not None:
        raise errors.invalid_option("discount", discount, "it cannot be combined with annual_discount")
    return discount if annual_discount is None else DiscountRate.annual(annual_discount)


def _needed_rate(annual_discount: float | None, discount: DiscountRate | None) -> DiscountRate:
    return as_rate(annual_discount, discount) or DiscountRate.none()


def contribution_margin(
    revenue: Any,
    *,
    margin: Any = None,
    cost: Any = None,
    orders: Any = None,
    returns: Any = None,
    contacts: Any = None,
    cost_to_serve: Any = None,
    rate: float | None = None,
    cost_per_order: float | None = None,
    cost_per_return: float | None = None,
    cost_per_contact: float | None = None,
    cost_per_customer: float | None = None,
) -> Any:
    """Contribution margin of every customer, in money, in the kind of Series that came in. May be negative.

    Parameters
    ----------
    revenue
        Net revenue per customer, in money.
    margin, cost
        A column of gross margins, or of costs of what was sold, in money; it takes the place of revenue times ``rate``.
    orders, returns, contacts
        Numbers of orders, returns and marketing contacts per customer; needed where their cost is above 0.
    cost_to_serve
        Cost to serve of each customer, in money.
    rate
        Gross margin per unit of revenue (30 % is 0.30); 1 by default.
    cost_per_order, cost_per_return, cost_per_contact, cost_per_customer
        Costs in money, 0 by default.

    Examples
    --------
    >>> import crm_value as cv
    >>> revenue, orders, returns = [400.0, 20.0], [4, 1], [0, 1]
    >>> cv.contribution_margin(revenue, orders=orders, returns=returns, rate=0.25, cost_per_order=5, cost_per_return=8)
    array([80., -8.])
    """
    values = _core.contribution_margin(
        revenue,
        margin=margin,
        cost=cost,
        orders=orders,
        returns=returns,
        contacts=contacts,
        cost_to_serve=cost_to_serve,
        rate=rate,
        cost_per_order=cost_per_order,
        cost_per_return=cost_per_return,
        cost_per_contact=cost_per_contact,
        cost_per_customer=cost_per_customer,
    )
    return like(revenue, "margin", values)


class NetValue:
    """Values less acquisition costs, per customer and in total. Negative where a customer is worth less than it cost.

    Parameters
    ----------
    values
        One value per customer (CLV, margin to date), in money.
    acquisition_cost
        What winning a customer cost, in money, 0 or more: one number for all, or one per customer.

    Examples
    --------
    >>> import crm_value as cv
    >>> net = cv.NetValue([300.0, 40.0], 60.0)
    >>> net.net
    array([240., -20.])
    >>> net.loss_making, net.total_net
    (1, 220.0)
    >>> net
    NetValue(2 customers, 1 with a loss, net 220, CLV : CAC 2.83)
    """

    def __init__(self, values: Any, acquisition_cost: Any) -> None:
        self._native = _core.NetValue(values, acquisition_cost)
        self._values = values

    @property
    def net(self) -> Any:
        """Value less acquisition cost of every customer, in the kind of Series that came in."""
        return like(self._values, "net_value", self._native.net)

    @property
    def ratios(self) -> _Masked:
        """Value per unit of acquisition cost of every customer, masked where the cost is 0."""
        return _masked(self._native.ratios)

    @property
    def ratio(self) -> float | None:
        """CLV : CAC of all customers together; ``None`` where nothing was spent."""
        return self._native.ratio

    @property
    def total_value(self) -> float:
        """Sum of the values."""
        return self._native.totals[0]

    @property
    def total_cost(self) -> float:
        """Sum of the acquisition costs."""
        return self._native.totals[1]

    @property
    def total_net(self) -> float:
        """Sum of the net values."""
        return self._native.totals[2]

    @property
    def loss_making(self) -> int:
        """Number of customers with a net value below 0."""
        return self._native.loss_making

    def __repr__(self) -> str:
        ratio = "" if self.ratio is None else f", CLV : CAC {self.ratio:.2f}"
        count = len(self._native.net)
        return f"NetValue({count} customers, {self.loss_making} with a loss, net {self.total_net:.6g}{ratio})"


def cumulative_discounted(
    margins: Any,
    period: Span | tuple[float, _Unit],
    *,
    annual_discount: float | None = None,
    discount: DiscountRate | None = None,
) -> FloatArray:
    """Running totals of margins at the ends of periods 1, 2, ..., discounted to the beginning of period 1.

    Not discounted unless a rate is given.
    """
    return _core.cumulative_discounted(margins, _needed_rate(annual_discount, discount), as_span(period))


def payback_period(
    margins: Any,
    acquisition_cost: float,
    period: Span | tuple[float, _Unit],
    *,
    annual_discount: float | None = None,
    discount: DiscountRate | None = None,
) -> int | None:
    """Find the first period in which cumulative discounted margins cover the acquisition cost; ``None``: never.

    ``margins`` of one customer (or cohort) in periods 1, 2, ..., paid at the end of each. 0 if the cost is 0.

    Examples
    --------
    >>> import crm_value as cv
    >>> cv.payback_period([40.0, 40.0, 40.0], 70.0, (1, "year"), annual_discount=0.10)
    3
    """
    rate = _needed_rate(annual_discount, discount)
    return _core.payback_period(margins, acquisition_cost, rate, as_span(period))


class Investment(NamedTuple):
    """What a measure brings in and what it costs."""

    gain: float
    """Value gained, in money."""
    cost: float
    """Money spent."""
    net: float
    """Gain less cost."""
    roi: float | None
    """Net gain per unit of cost; ``None`` where nothing was spent."""

    @classmethod
    def of(cls, gain: float, cost: float) -> Investment:
        """Return on any measure."""
        return cls(*_core.investment(gain, cost))

    @classmethod
    def acquisition(cls, customers: float, value: float, cost: float) -> Investment:
        """Return on winning ``customers`` new customers, each worth ``value``, for ``cost`` in all.

        Examples
        --------
        >>> import crm_value as cv
        >>> cv.Investment.acquisition(customers=200, value=45.0, cost=6000.0)
        Investment(gain=9000.0, cost=6000.0, net=3000.0, roi=0.5)
        """
        return cls(*_core.acquisition_investment(customers, value, cost))

    @classmethod
    def retention(cls, residual_values: Any, uplift: Any, cost: Any) -> Investment:
        """Return on raising each customer's probability of staying by ``uplift``, at ``cost`` per customer.

        ``uplift`` (in [-1, 1]) and ``cost`` are numbers for all, or columns.
        """
        return cls(*_core.retention_investment(residual_values, uplift, cost))


def largest_acquisition_spend(clv: float, ratio: float = 1.0) -> float:
    """Return the most that may be spent on winning a customer worth ``clv``: ``clv / ratio``, not below 0.

    ``ratio`` is the CLV : CAC aimed at; 1 breaks even.
    """
    return _core.largest_acquisition_spend(clv, ratio)


def largest_retention_spend(residual_values: Any, uplift: Any) -> Any:
    """Return the most that may be spent on keeping each customer: uplift in P(stay) times residual value, not below 0.

    Examples
    --------
    >>> import crm_value as cv
    >>> cv.largest_retention_spend([800.0, -50.0], 0.05)
    array([40.,  0.])
    """
    return like(residual_values, "largest_spend", _core.largest_retention_spend(residual_values, uplift))


class CampaignTotals(NamedTuple):
    """What contacting a group of customers is expected to bring and cost."""

    customers: int
    """Customers contacted."""
    responses: float
    """Expected responses, over the baseline if there is one."""
    margin: float
    """Expected margin of those responses, in money, before the cost of the contacts."""
    cost: float
    """Cost of the contacts, in money."""
    profit: float
    """Margin less cost."""
    roi: float | None
    """Profit per unit of cost; ``None`` where nothing is spent."""


class Targeting:
    """The customers a :class:`Campaign` should contact, and what that is worth beside contacting everyone."""

    def __init__(self, native: _core.Targeting, response: Any) -> None:
        self._native = native
        self._response = response

    @property
    def value(self) -> Any:
        """Expected margin of contacting each customer less the cost of the contact, in money."""
        return like(self._response, "value_of_contact", self._native.value)

    @property
    def break_even(self) -> _Masked:
        """The response (over the baseline) from which a contact pays; masked where a response brings no margin."""
        return _masked(self._native.break_even)

    @property
    def selected(self) -> Any:
        """Whether to contact each customer."""
        return like(self._response, "selected", self._native.selected)

    @property
    def contacted(self) -> CampaignTotals:
        """The customers to contact, together."""
        return CampaignTotals(*self._native.contacted)

    @property
    def everyone(self) -> CampaignTotals:
        """All customers, had they all been contacted."""
        return CampaignTotals(*self._native.everyone)

    @property
    def saved(self) -> float:
        """Wastage saved against contacting everyone: the cost of the contacts not made."""
        return self._native.saved

    def __repr__(self) -> str:
        contacted, everyone = self.contacted, self.everyone
        return (
            f"Targeting({contacted.customers} of {everyone.customers} customers, profit {contacted.profit:.6g} "
            f"against {everyone.profit:.6g}, {self.saved:.6g} saved)"
        )


class Campaign:
    """A campaign that contacts customers one by one, each at a cost.

    Parameters
    ----------
    contact_cost
        Cost per contact, in money, 0 or more: one number for all, or one per customer.
    baseline
        Response without contact, a probability, so that only the uplift counts: one for all, or one per customer.
    budget
        The most that the contacts may cost together. Customers are then taken in descending order of value per cost.

    Examples
    --------
    >>> import crm_value as cv
    >>> targeting = cv.Campaign(contact_cost=1.0).select([0.20, 0.05, 0.02], margin=30.0)
    >>> targeting.selected
    array([ True,  True, False])
    >>> targeting
    Targeting(2 of 3 customers, profit 5.5 against 5.1, 1 saved)
    """

    def __init__(self, contact_cost: Any, *, baseline: Any = None, budget: float | None = None) -> None:
        self.contact_cost = contact_cost
        self.baseline = baseline
        self.budget = budget

    def select(self, response: Any, margin: Any) -> Targeting:
        """Choose the customers to contact.

        ``response`` is the probability that each customer buys in the window if contacted, for example
        :meth:`BgNbd.probability_active`; ``margin`` what a response brings in, in money, before the cost of the
        contact: one number for all, or one per customer.
        """
        native = _core.Targeting(response, margin, self.contact_cost, self.baseline, self.budget)
        return Targeting(native, response)

    def __repr__(self) -> str:
        named = {"contact_cost": self.contact_cost, "baseline": self.baseline, "budget": self.budget}
        shown = (f"{name}={value!r}" for name, value in named.items() if value is not None)
        return f"Campaign({', '.join(shown)})"


class ReferralValue(NamedTuple):
    """What referrals are worth."""

    credit: Any
    """Value credited to every customer, in money, in the kind of Series in which the values came."""
    referred: Any
    """Number of customers whom every customer referred directly."""
    total: float
    """Sum of the credit."""


class Referrals:
    """Who referred whom.

    Parameters
    ----------
    customer_id
        The ids of the customers, distinct.
    referred_by
        The id of each one's referrer, null (None, NaN) where there is none. Self-referrals, loops and unknown ids are
        refused with the row.

    Examples
    --------
    >>> import crm_value as cv
    >>> referrals = cv.Referrals(["ann", "bob", "cid", "dan"], [None, "ann", "ann", "cid"])
    >>> referrals.credit([100.0, 50.0, 30.0, 80.0], share=0.10).credit
    array([8., 0., 8., 0.])
    >>> referrals.credit([100.0, 50.0, 30.0, 80.0], share=0.10, depth="endless").credit.round(2)
    array([8.8, 0. , 8. , 0. ])
    """

    def __init__(self, customer_id: Any, referred_by: Any) -> None:
        self._native = _core.Referrals(customer_id, referred_by)

    def __len__(self) -> int:
        return len(self._native)

    @property
    def longest_chain(self) -> int:
        """Referrals in the longest chain."""
        return self._native.longest_chain

    def credit(self, values: Any, share: float, depth: int | Literal["direct", "endless"] = "direct") -> ReferralValue:
        """Credit every customer with a ``share`` in [0, 1] of the values of those whom it brought.

        Down a chain, ``share`` to the power of the number of referrals in between; ``depth`` says how many count:
        ``"direct"`` is 1.
        """
        names: Mapping[Any, int | None] = {"direct": 1, "endless": None}
        if isinstance(depth, str) and depth not in names:
            raise errors.invalid_option("depth", depth, 'give a number of levels, "direct" or "endless"')
        levels = names[depth] if isinstance(depth, str) else depth
        credit, referred, total = self._native.credit(values, share, levels)
        return ReferralValue(like(values, "referral_value", credit), like(values, "referred", referred), total)

    def __repr__(self) -> str:
        return f"Referrals({len(self)} customers, longest chain {self.longest_chain})"
