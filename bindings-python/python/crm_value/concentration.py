"""How unequally value is spread over customers: Lorenz curve, Gini coefficient, top shares, tiers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from crm_value import _core
from crm_value._frames import FloatArray, like

if TYPE_CHECKING:
    from crm_value._core import _Negatives


class CustomersForShare(NamedTuple):
    """The answer to "how few customers hold a share of the value?"."""

    customers: int
    """The smallest number of customers that hold the share."""
    customer_share: float
    """Their share of all customers, in [0, 1]."""
    value_share: float
    """The share of the value they really hold, at or above the one asked for."""


class Tier(NamedTuple):
    """One tier: what was asked for and what it came to. Equal values are never split."""

    bound: float
    """The cumulative share at which the tier was to end, in (0, 1]."""
    customers: int
    """Customers in the tier."""
    customer_share: float
    """Their share of all customers, in [0, 1]."""
    value: float
    """The sum of their values."""
    value_share: float | None
    """Their share of the total value; ``None`` if the total is not above 0."""
    smallest: float | None
    """The smallest value in the tier, its entry ticket; ``None`` if the tier is empty."""


class Tiers:
    """Tiers of customers in descending value, numbered 0, 1, 2, ... from the best, with the value at which each begins.

    Made by :func:`tiers`, :func:`abc`, :meth:`Concentration.tiers` or :meth:`Concentration.abc`.
    """

    def __init__(self, native: _core.TierTable) -> None:
        self._native = native

    @property
    def basis(self) -> Literal["customer_share", "value_share"]:
        """What the bounds are shares of."""
        return self._native.basis

    @property
    def rows(self) -> list[Tier]:
        """The tiers, best first."""
        return [Tier(*row) for row in self._native.rows]

    def assign(self, values: Any) -> Any:
        """Return the tier of every value, also of new customers, in the kind of Series that came in."""
        return like(values, "tier", self._native.assign(values))

    def to_json(self) -> str:
        """Return the stored form."""
        return self._native.to_json()

    @classmethod
    def from_json(cls, json: str) -> Tiers:
        """Read the stored form; it is checked again."""
        return cls(_core.TierTable.from_json(json))

    def __len__(self) -> int:
        return len(self._native.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tiers) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __reduce__(self) -> Any:
        return Tiers.from_json, (self.to_json(),)

    def __repr__(self) -> str:
        lines = [f"Tiers by {self.basis.replace('_', ' ')}"]
        for number, tier in enumerate(self.rows):
            share = "no share" if tier.value_share is None else f"{tier.value_share:.1%} of the value"
            lines.append(f"  {number}: {tier.customers} customers ({tier.customer_share:.1%}) hold {share}")
        return "\n".join(lines)


class Concentration:
    """Concentration of a value over customers.

    Parameters
    ----------
    values
        One value per customer: revenue, margin, predicted value; an array, Series or list.
    negatives
        What to do with negative values: ``"reject"`` them, ``"clamp"`` them to 0, or ``"allow"`` them (the Lorenz
        curve then dips below 0 and shares may exceed 1).

    Examples
    --------
    >>> import crm_value as cv
    >>> c = cv.Concentration([10.0, 5.0, 60.0, 20.0, 5.0])
    >>> c.gini, c.top_share(0.20)
    (0.5, 0.6)
    >>> c.customers_for_share(0.80).customers
    2
    >>> c
    Concentration(5 customers, total 100, Gini 0.500)
    """

    def __init__(self, values: Any, negatives: _Negatives = "reject") -> None:
        self._native = _core.Spread(values, negatives)

    @property
    def n(self) -> int:
        """Number of customers, those of value 0 included."""
        return self._native.n

    @property
    def total(self) -> float:
        """Sum of the values; without the negatives if they were clamped."""
        return self._native.total

    @property
    def negatives_clamped(self) -> int:
        """How many negative values were counted as 0."""
        return self._native.negatives_clamped

    @property
    def gini(self) -> float:
        """Gini coefficient: 0 if all are worth the same, (n - 1) / n if one customer holds everything."""
        return self._native.gini

    @property
    def gini_corrected(self) -> float:
        """Gini coefficient without its small-sample bias: 1 if one of several customers holds everything."""
        return self._native.gini_corrected

    def lorenz_at(self, p: float) -> float:
        """Share of the total held by the poorest fraction ``p`` of the customers; ``p`` in [0, 1]."""
        return self._native.lorenz_at(p)

    def lorenz(self, points: int = 101) -> tuple[FloatArray, FloatArray]:
        """Return fractions of customers and the shares they hold, poorest first: the Lorenz curve for drawing.

        At least the two ends, and at most one point more than there are customers.
        """
        return self._native.lorenz(points)

    def top_share(self, p: float) -> float:
        """Share of the total held by the top fraction ``p`` of the customers; ``p`` in [0, 1]."""
        return self._native.top_share(p)

    def top_count_share(self, k: int) -> float:
        """Share of the total held by the ``k`` largest customers."""
        return self._native.top_count_share(k)

    def customers_for_share(self, s: float) -> CustomersForShare:
        """Find the smallest number of customers that hold a share ``s`` of the total; ``s`` in [0, 1]."""
        return CustomersForShare(*self._native.customers_for_share(s))

    def tiers(self, bounds: Sequence[float] | None = None) -> Tiers:
        """Cut tiers by cumulative share of the customers; the best 10 %, the next 20 % and the rest by default."""
        return Tiers(self._native.tiers(None if bounds is None else list(bounds)))

    def abc(self, bounds: Sequence[float] | None = None) -> Tiers:
        """Cut tiers by cumulative share of the value; A 80 %, B the next 15 %, C the rest by default."""
        return Tiers(self._native.abc(None if bounds is None else list(bounds)))

    def __repr__(self) -> str:
        return f"Concentration({self.n} customers, total {self.total:.6g}, Gini {self.gini:.3f})"


def tiers(values: Any, bounds: Sequence[float] | None = None) -> Tiers:
    """Cut tiers by cumulative share of the customers: the best 10 %, the next 20 % and the rest by default.

    ``bounds`` are cumulative shares that rise strictly from above 0 and end at 1. Values may be negative.

    Examples
    --------
    >>> import crm_value as cv
    >>> value = [10.0, 5.0, 60.0, 20.0, 5.0]
    >>> tiers = cv.tiers(value, bounds=[0.2, 0.6, 1.0])
    >>> tiers.assign(value)
    array([1, 2, 0, 1, 2])
    >>> tiers.rows[0].value_share
    0.6
    """
    return Tiers(_core.TierTable.by_customer_share(values, None if bounds is None else list(bounds)))


def abc(values: Any, bounds: Sequence[float] | None = None, negatives: _Negatives = "reject") -> Tiers:
    """Cut tiers by cumulative share of the value: A 80 %, B the next 15 %, C the rest by default.

    A customer belongs to the tier in which it starts when customers are added up from the largest.

    Examples
    --------
    >>> import crm_value as cv
    >>> cv.abc([10.0, 5.0, 60.0, 20.0, 5.0]).assign([10.0, 5.0, 60.0, 20.0, 5.0])
    array([1, 1, 0, 0, 1])
    """
    return Concentration(values, negatives).abc(bounds)
