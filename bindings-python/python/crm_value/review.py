"""The period review: what changed in the customer base between two periods."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from crm_value import _core
from crm_value._frames import FloatArray, Kind, flags, kind_of, numbers_or_none, row_frame
from crm_value.concentration import Tiers


class Bridge(NamedTuple):
    """From the value of the first period to that of the second, in money.

    value_1 + new + returned + growth - shrinkage - lost + absent = value_2.
    """

    value_1: float
    """Value of the first period."""
    new: float
    """Value of the new customers."""
    returned: float
    """Value of the returned customers."""
    growth: float
    """Rises of the retained customers."""
    shrinkage: float
    """Falls of the retained customers."""
    lost: float
    """Value of the lost customers."""
    absent: float
    """Change of the customers without a purchase in either period: 0 unless they were refunded something."""
    value_2: float
    """Value of the second period."""


class ValueAtRisk(NamedTuple):
    """The value of a period that is expected to be lost."""

    value: float
    """Sum of (1 - P(alive)) times value, in money."""
    share: float | None
    """The same over the value of the period; ``None`` unless that is above 0."""


class PeriodReview:
    """Two periods side by side. Made by :meth:`TransactionLog.review` or :meth:`from_columns`.

    Examples
    --------
    >>> import crm_value as cv
    >>> review = cv.PeriodReview.from_columns([100.0, 50.0, 80.0, None], [130.0, None, 60.0, 40.0])
    >>> review.bridge.growth, review.bridge.lost, review.bridge.value_2
    (30.0, 50.0, 230.0)
    >>> review.movements.tolist()
    ['grown', 'lost', 'shrunk', 'new']
    """

    _native: _core.Review
    _kind: Kind

    def __init__(self) -> None:
        raise TypeError("make a PeriodReview with TransactionLog.review(...) or PeriodReview.from_columns(...)")

    @classmethod
    def _of(cls, native: _core.Review, kind: Kind) -> PeriodReview:
        review = object.__new__(cls)
        review._native = native
        review._kind = kind
        return review

    @classmethod
    def from_columns(
        cls,
        value_1: Any,
        value_2: Any,
        known_before: Any = None,
        *,
        tolerance: float | None = None,
        tier_bounds: Sequence[float] | None = None,
    ) -> PeriodReview:
        """Review two columns of values, one row per customer; null where the customer was not there.

        ``known_before`` says whether a customer of the second period only had been one before the first.
        """
        known = None if known_before is None else [bool(known) for known in flags(known_before)]
        options = options_json(tolerance=tolerance, tier_bounds=tier_bounds)
        native = _core.Review.of_columns(numbers_or_none(value_1), numbers_or_none(value_2), known, options)
        return cls._of(native, kind_of(value_1))

    @property
    def bridge(self) -> Bridge:
        """From the value of the first period to that of the second."""
        return Bridge(**json.loads(self._native.bridge()))

    @property
    def movements(self) -> Any:
        """What became of every customer: new, returned, grown, equal, shrunk, lost or absent; an array."""
        return np.array(self._native.movements)

    def values(self, period: int) -> FloatArray:
        """Return the value of every customer in the first (0) or second (1) period; 0 who was not there."""
        return self._native.values(period)

    def customers(self) -> Any:
        """Return one row per customer: values, movement and tiers (0 is the top, null who was not there)."""
        tiers = [np.ma.masked_array([t or 0 for t in of], mask=[t is None for t in of]) for of in self._tiers()]
        ids = self._native.ids
        columns: dict[str, Any] = {} if ids is None else {self._kind.id_name: ids}
        columns |= {"value_1": self.values(0), "value_2": self.values(1), "movement": self._native.movements}
        return self._kind.frame(columns | {"tier_1": tiers[0], "tier_2": tiers[1]})

    def _tiers(self) -> list[list[int | None]]:
        return [self._native.tier_of(0), self._native.tier_of(1)]

    def tiers(self, period: int) -> Tiers | None:
        """Return the tiers of the first (0) or second (1) period; ``None`` for other periods."""
        native = self._native.tiers(period)
        return None if native is None else Tiers(native)

    def summary(self) -> Any:
        """Return customers and values of every movement, as a frame."""
        return row_frame(self._kind, json.loads(self._native.summaries()))

    def periods(self) -> Any:
        """Return the two periods in numbers (customers, value, Gini coefficient, share of the top), as a frame."""
        return row_frame(self._kind, json.loads(self._native.periods()))

    @property
    def top_tier(self) -> dict[str, Any]:
        """The top tier of the first period, then and now, and how it was made up anew."""
        return dict(json.loads(self._native.top_tier()))

    def migration(self) -> Any:
        """Return customers and values by tier of the first period and of the second, one row per cell, as a frame.

        Tiers are numbered from 0, the top; beside them there are ``new`` and ``returned``, and ``lost``.
        """
        tiers, cells = self._native.migration()
        numbers = [str(tier) for tier in range(tiers)]
        places = [(then, now) for then in [*numbers, "new", "returned"] for now in [*numbers, "lost"]]
        heads = ("tier_1", "tier_2", "customers", "value_1", "value_2")
        rows = [dict(zip(heads, (*place, *cell), strict=True)) for place, cell in zip(places, cells, strict=True)]
        return row_frame(self._kind, rows)

    def value_at_risk(self, period: int, p_alive: Any) -> ValueAtRisk:
        """Return the value of the first (0) or second (1) period that is expected to be lost.

        ``p_alive``: one value per customer known at the end of that period; for a log those of its summary until then.
        """
        return ValueAtRisk(*self._native.value_at_risk(period, p_alive))

    def __repr__(self) -> str:
        bridge = self.bridge
        return (
            f"PeriodReview({bridge.value_1:.2f} + {bridge.new:.2f} new + {bridge.returned:.2f} returned "
            f"+ {bridge.growth:.2f} growth - {bridge.shrinkage:.2f} shrinkage - {bridge.lost:.2f} lost "
            f"= {bridge.value_2:.2f})"
        )


def options_json(**given: Any) -> str:
    """Return options in their stored form; those not given are the core's defaults."""
    return json.dumps({name: list(v) if isinstance(v, tuple) else v for name, v in given.items() if v is not None})


__all__ = ["Bridge", "PeriodReview", "ValueAtRisk"]
