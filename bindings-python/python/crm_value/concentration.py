"""How unequally value is spread over customers: shares, indices, tiers, dependency, and who destroys value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from crm_value import _core
from crm_value._core import Labels
from crm_value._frames import FloatArray, kind_of, like
from crm_value._stored import StoredTable

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
    threshold: float | None
    """The value from which on a customer belongs to the tier or a better one, if cut by thresholds and not the last."""


class TailIndex(NamedTuple):
    """How fast the large values thin out, as the exponent of a Pareto law."""

    customers: int
    """The number of largest values it was estimated from."""
    threshold: float
    """The value above which they lie."""
    alpha: float
    """The exponent, above 0: the smaller, the more a few customers dominate."""
    standard_error: float
    """Its standard error."""


class RuleTest(NamedTuple):
    """What the data say about a rule such as "20 % of the customers hold 80 % of the value"."""

    verdict: Literal["holds", "does not hold", "undecided"]
    """Whether the interval lies at or above the share claimed, below it, or on both sides."""
    top_share: float
    """The share that the customers really hold in these data."""
    lower: float
    """Lower end of the interval of that share."""
    upper: float
    """Upper end."""
    confidence: float
    """Confidence of the interval."""
    resamples: int
    """Resamples the interval rests on."""
    seed: int
    """Seed of the random numbers."""


class Dependency(NamedTuple):
    """What is at risk with the largest customers."""

    customers: int
    """The number of customers that leave."""
    customer_share: float
    """Their share of all customers, in [0, 1]."""
    value: float
    """The value lost with them."""
    value_share: float
    """Its share of the total."""


class LevelShare(NamedTuple):
    """One level of an attribute, for example one region."""

    level: str
    """Its name."""
    customers: int
    """Its customers."""
    customer_share: float
    """Their share of all customers, in [0, 1]."""
    value: float
    """The sum of their values."""
    value_share: float
    """Its share of the total."""
    alert: bool
    """Whether the share passes the limit."""


class WhalePoint(NamedTuple):
    """One point of a whale curve."""

    customers: int
    """Customers counted from the most profitable one."""
    customer_share: float
    """Their share of all customers, in [0, 1]."""
    value: float
    """The sum of their values, in money."""
    value_share: float | None
    """Its share of the total; ``None`` if the total is not above 0."""


class Tiers:
    """Tiers of customers in descending value, numbered 0, 1, 2, ... from the best, with the value at which each begins.

    Made by :func:`tiers`, :func:`abc`, :meth:`Concentration.tiers`, :meth:`Concentration.abc` or
    :meth:`by_thresholds`.
    """

    def __init__(self, native: _core.TierTable) -> None:
        self._native = native

    @classmethod
    def by_thresholds(cls, values: Any, thresholds: Sequence[float]) -> Tiers:
        """Cut tiers at values of one's own, in rising order; a value on a threshold belongs to the better tier.

        Examples
        --------
        >>> import crm_value as cv
        >>> value = [1000.0, 40.0, 999.0, 100.0]
        >>> cv.Tiers.by_thresholds(value, [100.0, 1000.0]).assign(value)
        array([0, 2, 1, 1])
        """
        return cls(_core.TierTable.by_thresholds(values, list(thresholds)))

    @property
    def basis(self) -> Literal["customer_share", "value_share", "threshold"]:
        """What the bounds are shares of, or ``"threshold"`` for tiers cut at values."""
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
    def negatives(self) -> _Negatives:
        """What was done with negative values."""
        return self._native.negatives

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

    @property
    def hoover(self) -> float:
        """Hoover index: the share of the total that would have to move for all to be worth the same."""
        return self._native.hoover

    def theil(self) -> float:
        """Theil index T, in nats: 0 if all are worth the same, ln n if one holds everything; no negative values."""
        return self._native.theil()

    @property
    def hhi(self) -> float:
        """Herfindahl-Hirschman index, the sum of the squared shares: 1 / n if all are worth the same, at most 1."""
        return self._native.hhi

    @property
    def effective_customers(self) -> float:
        """1 / HHI: how many customers of equal value would be as concentrated."""
        return self._native.effective_customers

    def tail_index(self, k: int | None = None) -> TailIndex:
        """Estimate the Pareto tail index from the ``k`` largest values (Hill 1975); 10 %, at least 10, by default."""
        return TailIndex(*self._native.tail_index(k))

    def implied_top_share(self, p: float, k: int | None = None) -> float | None:
        """Share of the total that the top fraction ``p`` would hold if all values followed the law of the tail index.

        ``k`` as in :meth:`tail_index`; ``p`` in [0, 1]. ``None`` if alpha is 1 or less, where the law has no mean.
        """
        return self._native.implied_top_share(p, k)

    def test_rule(
        self,
        customers: float,
        value: float,
        *,
        confidence: float | None = None,
        resamples: int | None = None,
        seed: int | None = None,
    ) -> RuleTest:
        """Test whether the top fraction ``customers`` hold at least a share ``value``, by a bootstrap interval.

        Parameters
        ----------
        customers, value
            The rule: 0.20 and 0.80 for "20 % hold 80 %"; both in [0, 1].
        confidence
            Confidence of the interval, inside (0, 1); 0.95 by default.
        resamples
            Number of resamples, 100 to 1,000,000; 2,000 by default.
        seed
            The same seed gives the same result to the last bit; 1 by default.

        Examples
        --------
        >>> import crm_value as cv
        >>> cv.Concentration(range(1, 501)).test_rule(0.20, 0.80).verdict
        'does not hold'

        References
        ----------
        Efron (1979), Bootstrap Methods: Another Look at the Jackknife, Annals of Statistics 7.
        """
        options = {"confidence": confidence, "resamples": resamples, "seed": seed}
        return RuleTest(*self._native.test_rule(customers, value, **options))  # type: ignore[arg-type]

    def dependency(self, k: Sequence[int] | None = None) -> list[Dependency]:
        """Value lost if the ``k`` largest customers leave, for every k; 1, 5, 10 and 1 % of all by default."""
        return [Dependency(*row) for row in self._native.dependency(None if k is None else list(k))]

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


class WhaleCurve:
    """The whale curve of a value that may be negative: the running sum from the most to the least profitable customer.

    It rises to a peak and falls to the total; what it loses on the way down is destroyed by unprofitable customers.

    Parameters
    ----------
    values
        One value per customer, in money, such as contribution margins; an array, Series or list.

    Examples
    --------
    >>> import crm_value as cv
    >>> whale = cv.WhaleCurve([80.0, -30.0, 70.0, 0.0, -20.0])
    >>> whale.peak_value, whale.total, whale.destroyed_share
    (150.0, 100.0, 0.5)
    >>> whale.curve(6)[1]
    array([  0.,  80., 150., 150., 130., 100.])

    References
    ----------
    Kaplan & Narayanan (2001), Measuring and Managing Customer Profitability, J. Cost Management 15(5).
    """

    def __init__(self, values: Any) -> None:
        self._native = _core.Whale(values)

    @property
    def n(self) -> int:
        """Number of customers."""
        return self._native.n

    @property
    def total(self) -> float:
        """Sum of the values, in money: where the curve ends."""
        return self._native.total

    @property
    def break_even_customers(self) -> int:
        """Number of customers with a value above 0: the fewest that reach the peak."""
        return self._native.break_even_customers

    @property
    def unprofitable_customers(self) -> int:
        """Number of customers with a value below 0."""
        return self._native.unprofitable_customers

    @property
    def peak_value(self) -> float:
        """The peak: the sum of all values above 0, in money."""
        return self._native.peak_value

    @property
    def peak_customer_share(self) -> float:
        """The share of the customers that reaches the peak, in [0, 1]."""
        return self._native.peak_customer_share

    @property
    def peak_share(self) -> float | None:
        """The peak in shares of the total, 1 or more; ``None`` if the total is not above 0."""
        return self._native.peak_share

    @property
    def destroyed_value(self) -> float:
        """What the unprofitable customers take away from the peak, in money; 0 or more."""
        return self._native.destroyed_value

    @property
    def destroyed_share(self) -> float | None:
        """The same in shares of the total; ``None`` if the total is not above 0."""
        return self._native.destroyed_share

    def at(self, k: int) -> WhalePoint:
        """Return the curve after the ``k`` most profitable customers; after all if there are fewer."""
        return WhalePoint(*self._native.at(k))

    def curve(self, points: int = 101) -> tuple[FloatArray, FloatArray]:
        """Return shares of the customers and the sums of their values, in money: the curve for drawing.

        At least the two ends, and at most one point more than there are customers.
        """
        return self._native.curve(points)

    def __repr__(self) -> str:
        return f"WhaleCurve({self.n} customers, total {self.total:.6g}, peak {self.peak_value:.6g})"


class Dilemmas(StoredTable):
    """The dilemma list: customers among the largest by revenue whose margin is negative, largest loss first.

    To drop them costs revenue, to keep them money: the list says what either would do to the total margin.

    Parameters
    ----------
    revenue, margin
        One number per customer, in money.
    top
        The fraction of customers, by revenue, that counts as large, in (0, 1]; 0.20 by default.
    avoidable
        The share of a customer's costs that ends with the customer, in [0, 1]; 1 by default.

    Examples
    --------
    >>> import crm_value as cv
    >>> revenue, margin = [900.0, 1000.0, 50.0, 40.0, 30.0], [-90.0, 300.0, -60.0, 5.0, 4.0]
    >>> dilemmas = cv.Dilemmas(revenue, margin, top=0.4, avoidable=0.95)
    >>> columns = dilemmas.to_frame()
    >>> columns["row"], columns["price_rise"], columns["gain_if_ended"]
    (array([0]), array([0.1]), array([40.5]))
    """

    _native_type: ClassVar[Any] = _core.DilemmaList
    _native: _core.DilemmaList

    def __init__(self, revenue: Any, margin: Any, *, top: float | None = None, avoidable: float | None = None) -> None:
        self._native = _core.DilemmaList(revenue, margin, top=top, avoidable=avoidable)
        self._kind = kind_of(revenue)

    def _columns(self) -> Mapping[str, Any]:
        return self._native.columns()

    @property
    def smallest_revenue(self) -> float | None:
        """The smallest revenue that counts as large, in money."""
        return self._native.smallest_revenue

    @property
    def total_margin(self) -> float:
        """The margin of all customers as it is, in money."""
        return self._native.total_margin

    @property
    def total_margin_if_repriced(self) -> float:
        """The margin of all customers if every listed one is repriced to 0."""
        return self._native.total_margin_if_repriced

    @property
    def total_margin_if_ended(self) -> float:
        """The margin of all customers if every listed one is given up."""
        return self._native.total_margin_if_ended

    def to_frame(self) -> Any:
        """The list with the customers' rows (0-based), in the kind of frame of the revenue.

        ``price_rise`` is the rise of prices (0.10 is 10 %) that brings the margin to 0, ``gain_if_repriced`` and
        ``gain_if_ended`` what the total margin gains, ``costs_saved`` the costs that end with the customer, in money.
        """
        return self._frame

    def __len__(self) -> int:
        return len(self._native)

    def __repr__(self) -> str:
        return f"Dilemmas({len(self)} customers, total margin {self.total_margin:.6g})"


class AttributeConcentration(StoredTable):
    """How much of the value hangs on single levels of an attribute: industry, region, channel.

    Parameters
    ----------
    values
        One value per customer.
    attribute
        The level of every customer: :class:`Labels`, or a column of texts or whole numbers.
    negatives
        As in :class:`Concentration`.
    share_limit, hhi_limit
        Limits in [0, 1] that a level's share and the HHI may reach but not pass; 0.25 by default.

    Examples
    --------
    >>> import crm_value as cv
    >>> regions = cv.AttributeConcentration([40.0, 20.0, 30.0, 10.0], ["north", "south", "north", "east"])
    >>> regions.largest.level, regions.largest.value_share, regions.largest.alert
    ('north', 0.7, True)
    >>> round(regions.hhi, 2), regions.hhi_alert
    (0.54, True)
    """

    _native_type: ClassVar[Any] = _core.AttributeShares
    _native: _core.AttributeShares

    def __init__(
        self,
        values: Any,
        attribute: Any,
        negatives: _Negatives = "reject",
        *,
        share_limit: float | None = None,
        hhi_limit: float | None = None,
    ) -> None:
        self._native = _core.AttributeShares(
            values, as_labels(attribute), negatives, share_limit=share_limit, hhi_limit=hhi_limit
        )
        self._kind = kind_of(values)

    def _columns(self) -> Mapping[str, Any]:
        return {name: [row[i] for row in self._native.levels] for i, name in enumerate(LevelShare._fields)}

    @property
    def levels(self) -> list[LevelShare]:
        """The levels in the order of the attribute, empty ones included."""
        return [LevelShare(*row) for row in self._native.levels]

    @property
    def largest(self) -> LevelShare | None:
        """The level of the largest value."""
        row = self._native.largest
        return None if row is None else LevelShare(*row)

    @property
    def hhi(self) -> float:
        """The Herfindahl-Hirschman index over the levels: 1 if one level holds everything."""
        return self._native.hhi

    @property
    def hhi_alert(self) -> bool:
        """Whether the HHI passes its limit."""
        return self._native.hhi_alert

    @property
    def total(self) -> float:
        """The sum of the values."""
        return self._native.total

    @property
    def limits(self) -> tuple[float, float]:
        """The limits of a level's share and of the HHI."""
        return self._native.limits

    def to_frame(self) -> Any:
        """The levels as a frame, in the kind of the values."""
        return self._frame

    def __repr__(self) -> str:
        return f"AttributeConcentration({len(self._native.levels)} levels, HHI {self.hhi:.3f})"


def as_labels(labels: Any) -> Labels:
    """Labels as they are; a column of texts or whole numbers as labels."""
    return labels if isinstance(labels, Labels) else Labels(labels)
