"""Groups of customers: what to do for them, who is in them, and how customers move between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from crm_value import _core
from crm_value._core import Labels
from crm_value._frames import IntArray, fixed, kind_of
from crm_value._stored import StoredTable
from crm_value.concentration import as_labels


class TierAction(NamedTuple):
    """What to do for one tier."""

    tier: str
    """The tier's name."""
    action: str
    """The action, in words."""


class TierActions:
    """The table from tier to action: data, one row per tier, best first.

    Parameters
    ----------
    rows
        Pairs of tier and action, or a dict; a table for top, middle and basic by default.

    Examples
    --------
    >>> import crm_value as cv
    >>> value = [900.0, 100.0, 80.0, 20.0]
    >>> tiers = cv.tiers(value, [0.25, 0.75, 1.0])
    >>> cv.TierActions().label(tiers.assign(value)).names
    ['top', 'middle', 'middle', 'basic']
    """

    def __init__(self, rows: Mapping[str, str] | Sequence[tuple[str, str]] | None = None) -> None:
        pairs = rows.items() if isinstance(rows, Mapping) else rows
        self._native = _core.ActionTable(None if pairs is None else [(tier, action) for tier, action in pairs])

    @property
    def rows(self) -> list[TierAction]:
        """The rows, best tier first."""
        return [TierAction(*row) for row in self._native.rows]

    def label(self, tiers: Any) -> Labels:
        """Return the names of the tiers of customers, as :meth:`Tiers.assign` numbers them, best tier first."""
        return self._native.label(np.asarray(tiers).tolist())

    def to_json(self) -> str:
        """Return the stored form."""
        return self._native.to_json()

    @classmethod
    def from_json(cls, json: str) -> TierActions:
        """Read the stored form; it is checked again."""
        actions = object.__new__(cls)
        actions._native = _core.ActionTable.from_json(json)
        return actions

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TierActions) and self.rows == other.rows

    def __hash__(self) -> int:
        return hash(tuple(self.rows))

    def __reduce__(self) -> Any:
        return TierActions.from_json, (self.to_json(),)

    def __repr__(self) -> str:
        return f"TierActions({', '.join(row.tier for row in self.rows)})"


@dataclass(frozen=True)
class ProfileCell:
    """The customers of one segment that have one level of the attribute."""

    level: str
    """The level of the attribute."""
    segment: str
    """The segment."""
    customers: int
    """Customers of the cell."""
    share_of_segment: float | None
    """Their share of the segment's customers, in [0, 1]; ``None`` for an empty segment."""
    share_of_level: float | None
    """Their share of the level's customers, in [0, 1]; ``None`` for an empty level."""
    index: float | None
    """How much more often the level occurs in the segment than among all customers; ``None`` if either is empty."""
    value: float
    """The sum of their values."""
    value_share: float | None
    """Its share of the value of all customers; ``None`` if that is not above 0."""
    mean_value: float | None
    """The mean value; ``None`` for an empty cell."""


class SegmentProfile(StoredTable):
    """Who is in a segment: customers and value by attribute level and segment.

    Parameters
    ----------
    values
        One value per customer, of any sign.
    segments, attribute
        The segment and the level of every customer: :class:`Labels`, or columns of texts or whole numbers.

    Examples
    --------
    >>> import crm_value as cv
    >>> value = [10.0, 30.0, 40.0, 20.0]
    >>> channel, segment = ["shop", "web", "web", "shop"], ["small", "small", "large", "small"]
    >>> cells = cv.SegmentProfile(value, segment, channel).to_frame()
    >>> print(*cells["level"])
    shop shop web web
    >>> print(*cells["segment"])
    large small large small
    >>> cells["customers"], cells["value"]
    (array([0, 2, 1, 1]), array([ 0., 30., 40., 30.]))
    """

    _native_type: ClassVar[Any] = _core.Profile
    _native: _core.Profile

    def __init__(self, values: Any, segments: Any, attribute: Any) -> None:
        self._native = _core.Profile(values, as_labels(segments), as_labels(attribute))
        self._kind = kind_of(values)

    def _columns(self) -> Mapping[str, Any]:
        return self._native.columns()

    def cell(self, level: str, segment: str) -> ProfileCell | None:
        """Return one cell by name; ``None`` if there is no such level or segment."""
        cell = self._native.cell(level, segment)
        return None if cell is None else ProfileCell(*cell)

    @property
    def total(self) -> float:
        """The value of all customers."""
        return self._native.total

    def to_frame(self) -> Any:
        """The cells level by level, empty ones included, in the kind of frame of the values.

        Shares lie in [0, 1]; ``index`` says how much more often the level occurs in the segment than among all
        customers (2 is twice as often). What an empty segment, level or cell has not is missing.
        """
        return self._frame

    def __len__(self) -> int:
        return len(self._native)

    def __repr__(self) -> str:
        return f"SegmentProfile({len(self)} cells, total {self.total:.6g})"


class SegmentMigration(StoredTable):
    """How customers moved between two labelings: last year's segments or tiers against this year's.

    Customers are matched by id. Those only in the second labeling are new, those only in the first are lost.

    Parameters
    ----------
    ids_before, before, ids_after, after
        Ids and labels of the customers at either time: :class:`Labels`, or columns of texts or whole numbers.

    Examples
    --------
    >>> import crm_value as cv
    >>> migration = cv.SegmentMigration([1, 2, 3, 4], ["A", "B", "B", "A"], [2, 1, 4, 5], ["A", "A", "B", "C"])
    >>> migration.levels
    ['A', 'B', 'C']
    >>> migration.matrix
    array([[1, 1, 0, 0],
           [1, 0, 0, 1],
           [0, 0, 0, 0],
           [0, 0, 1, 0]])
    >>> migration.customers("A", "B"), migration.customers("B", None), migration.customers(None, "C")
    (1, 1, 1)
    """

    _native_type: ClassVar[Any] = _core.Migration
    _native: _core.Migration

    def __init__(self, ids_before: Any, before: Any, ids_after: Any, after: Any) -> None:
        self._native = _core.Migration(ids_before, as_labels(before), ids_after, as_labels(after))
        self._kind = kind_of(ids_before)

    def _columns(self) -> Mapping[str, Any]:
        outside = [*self.levels, None]
        cells = [(start, end) for start in outside for end in outside if start is not None or end is not None]
        return {
            "before": [start for start, _ in cells],
            "after": [end for _, end in cells],
            "customers": [self.customers(*cell) for cell in cells],
            "share": [self.share(*cell) for cell in cells],
        }

    @property
    def levels(self) -> list[str]:
        """The levels before in their order, then those that occur only after."""
        return self._native.levels

    @property
    def matrix(self) -> IntArray:
        """Customers; rows are the levels before, then new customers, columns the levels after, then lost customers."""
        return fixed(np.array(self._native.matrix, dtype=np.int64))

    def customers(self, before: str | None, after: str | None) -> int:
        """Customers that were in ``before`` (``None``: not there) and are in ``after`` (``None``: no longer there)."""
        return self._native.customers(before, after)

    def share(self, before: str | None, after: str | None) -> float | None:
        """The same as a share of all that were in ``before``, or of all new ones; ``None`` if there were none."""
        return self._native.share(before, after)

    def before(self, level: str | None = None) -> int:
        """Customers in a level before; those of all levels for ``None``."""
        return self._native.before(level)

    def after(self, level: str | None = None) -> int:
        """Customers in a level after; those of all levels for ``None``."""
        return self._native.after(level)

    @property
    def stayed(self) -> int:
        """Customers that kept their level."""
        return self._native.stayed

    @property
    def new_customers(self) -> int:
        """Customers that are in the second labeling only."""
        return self._native.new_customers

    @property
    def lost_customers(self) -> int:
        """Customers that are in the first labeling only."""
        return self._native.lost_customers

    def to_frame(self) -> Any:
        """The cells as rows, in the kind of frame of ``ids_before``; before is missing for new, after for lost ones."""
        return self._frame

    def __repr__(self) -> str:
        moves = f"{self.stayed} stayed, {self.new_customers} new, {self.lost_customers} lost"
        return f"SegmentMigration({len(self.levels)} levels, {moves})"
