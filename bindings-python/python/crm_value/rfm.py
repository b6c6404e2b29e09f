"""RFM: customers scored by how recently, how often and for how much they bought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
from crm_value import _core, errors
from crm_value._core import CutPoints, Labels, RfmCutPoints
from crm_value._frames import FloatArray, IntArray, fixed, like
from crm_value.summary import RfmrHistory, RfmSummary

if TYPE_CHECKING:
    from crm_value._core import _Axis, _Direction


class RfmScores:
    """The R, F and M scores of every customer, 1 (worst) to the number of bins (best). Made by :class:`Rfm`."""

    def __init__(self, native: _core.RfmScores, customers: RfmSummary) -> None:
        self._native = native
        self._customers = customers

    @property
    def r(self) -> IntArray:
        """The recency scores."""
        return fixed(self._native.r)

    @property
    def f(self) -> IntArray:
        """The frequency scores."""
        return fixed(self._native.f)

    @property
    def m(self) -> IntArray:
        """The monetary scores."""
        return fixed(self._native.m)

    @property
    def labels(self) -> Any:
        """The scores side by side, "543" (or "10-4-3" with more than 9 bins), in the kind of frame that came in."""
        return self._customers._series("rfm", self._native.labels)

    @property
    def bins(self) -> tuple[int, int, int]:
        """The number of bins of R, F and M."""
        return self._native.bins

    @property
    def cut_points(self) -> RfmCutPoints:
        """The yardsticks behind the scores."""
        return self._native.cut_points

    def empty_scores(self, axis: _Axis) -> list[int]:
        """Return the scores that no customer has on an axis, because ties are never split."""
        return self._native.empty_scores(axis)

    def combined(self) -> FloatArray:
        """R + F + M of every customer."""
        return self._native.combined()

    def weighted(self, weights: Sequence[float]) -> FloatArray:
        """Weighted score of every customer, for weights of R, F and M: finite, 0 or more."""
        return self._native.weighted(list(weights))

    def segments(self, table: SegmentTable | None = None) -> Any:
        """Return the name of every customer's segment by ``table``, the default table if none is given."""
        return (table or SegmentTable()).assign(self)

    def to_frame(self) -> Any:
        """Ids, scores and labels as a frame of the kind that came in."""
        kind = self._customers._kind
        ids, labels = self._customers._native.ids, self._native.labels
        return kind.frame({kind.id_name: ids, "r": self.r, "f": self.f, "m": self.m, "rfm": labels})

    def __len__(self) -> int:
        return len(self._native)

    def __repr__(self) -> str:
        return f"RfmScores({len(self)} customers, {' x '.join(map(str, self.bins))} bins)"

    def __reduce__(self) -> Any:
        return _rescore, (self.cut_points, self._customers)


def _rescore(cut_points: RfmCutPoints, customers: RfmSummary) -> RfmScores:
    return RfmScores(cut_points.apply(customers._native), customers)


def _check(customers: RfmSummary) -> None:
    if not isinstance(customers, RfmSummary):
        advice = "make one with TransactionLog.rfm(...) or RfmSummary.from_frame(...)"
        raise TypeError(f"expected an RfmSummary, not {type(customers).__name__}; {advice}")


class Rfm:
    """Scores customers on R, F and M by quantiles of each, independently or nested.

    A customer's score is 1 + floor(bins * worse / n), where ``worse`` counts the customers strictly worse: equal
    customers are treated alike, and with many ties some scores stay empty.

    Parameters
    ----------
    bins
        Number of scores per axis, 1 to 100: one number, or one each for R, F and M.
    monetary
        What M measures: ``"total"`` spend or ``"mean"`` spend per purchase.
    directions
        Which end of an axis earns high scores, for example ``{"frequency": "lower_is_better"}``; low recency and high
        frequency and spend are better by default.
    nested
        Cut the customers by R, those of each R bin by F, and those of each R-F bin by M: cells of about equal size, but
        F = 5 then means another number of purchases for every R. Independent by default.

    Attributes
    ----------
    scores_ : RfmScores
        With ``r_``, ``f_``, ``m_`` and ``labels_`` as shortcuts.
    cut_points_ : RfmCutPoints
        The yardstick, which can be stored and applied to other customers.

    Examples
    --------
    >>> import crm_value as cv
    >>> days, orders, spend = [3, 40, 200, 12, 90], [9, 1, 5, 2, 3], [900, 20, 300, 80, 60]
    >>> frame = {"time_since_last": days, "frequency": orders, "total_spend": spend}
    >>> customers = cv.RfmSummary.from_frame(frame, unit="day")
    >>> rfm = cv.Rfm().fit(customers)
    >>> print(*rfm.labels_)
    555 311 144 423 232
    >>> print(*rfm.segments(), sep=", ")
    champion, about to sleep, at risk, potential loyalist, at risk
    >>> new = cv.RfmSummary.from_frame({"time_since_last": [1], "frequency": [2], "total_spend": [70]}, unit="day")
    >>> print(*rfm.score(new).labels)
    522

    References
    ----------
    A. M. Hughes (1994), Strategic Database Marketing, Probus.
    """

    _scores: RfmScores | None = None
    _cut_points: RfmCutPoints | None = None

    def __init__(
        self,
        bins: int | tuple[int, int, int] = 5,
        monetary: Literal["total", "mean"] = "total",
        directions: Mapping[_Axis, _Direction] | None = None,
        nested: bool = False,
    ) -> None:
        self.bins = bins
        self.monetary = monetary
        self.directions = directions
        self.nested = nested

    @classmethod
    def from_cut_points(cls, cut_points: RfmCutPoints) -> Self:
        """Return an ``Rfm`` that scores by cut points of your own, or by stored ones; it needs no ``fit``.

        Examples
        --------
        >>> import crm_value as cv
        >>> recency = cv.CutPoints.fixed([30, 90], "lower_is_better")
        >>> frequency = cv.CutPoints.fixed([2, 5], "higher_is_better")
        >>> money = cv.CutPoints.fixed([100, 1000], "higher_is_better")
        >>> rfm = cv.Rfm.from_cut_points(cv.RfmCutPoints(recency, frequency, money, "total", "day"))
        >>> frame = {"time_since_last": [3, 100], "frequency": [4, 1], "total_spend": [1000, 25]}
        >>> print(*rfm.score(cv.RfmSummary.from_frame(frame, unit="day")).labels)
        323 111
        """
        axes: tuple[_Axis, ...] = ("recency", "frequency", "monetary")
        cells = {axis: cut_points.within(axis, 1, 1) for axis in axes}
        directions: dict[_Axis, _Direction] = {axis: cell.direction for axis, cell in cells.items() if cell is not None}
        rfm = cls(cut_points.bins, cut_points.monetary_measure, directions, cut_points.is_nested)
        rfm._cut_points = cut_points
        return rfm

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the options given to the constructor."""
        return {
            "bins": self.bins,
            "monetary": self.monetary,
            "directions": self.directions,
            "nested": self.nested,
        }

    def set_params(self, **options: Any) -> Self:
        """Change options; they take effect at the next ``fit``."""
        for name, value in options.items():
            if name not in self.get_params():
                raise errors.invalid_option(name, value, f"Rfm has the options {', '.join(self.get_params())}")
            setattr(self, name, value)
        return self

    def fit(self, customers: RfmSummary) -> Self:
        """Score the customers and keep the cut points."""
        bins = list(self.bins) if isinstance(self.bins, Sequence) else [self.bins] * 3
        if len(bins) != 3:
            raise errors.invalid_option("bins", self.bins, "give one number, or one each for R, F and M")
        _check(customers)
        directions = None if self.directions is None else [(axis, end) for axis, end in self.directions.items()]
        native = _core.RfmScores.fit(
            customers._native, bins=bins, monetary=self.monetary, directions=directions, nested=self.nested
        )
        self._scores = RfmScores(native, customers)
        self._cut_points = self._scores.cut_points
        return self

    @property
    def scores_(self) -> RfmScores:
        """The scores of the customers fitted."""
        if self._scores is None:
            raise errors.NotFittedError("this Rfm has no scores yet; call fit(...) first")
        return self._scores

    @property
    def r_(self) -> IntArray:
        """The recency scores."""
        return self.scores_.r

    @property
    def f_(self) -> IntArray:
        """The frequency scores."""
        return self.scores_.f

    @property
    def m_(self) -> IntArray:
        """The monetary scores."""
        return self.scores_.m

    @property
    def labels_(self) -> Any:
        """The scores side by side, in the kind of frame that came in."""
        return self.scores_.labels

    @property
    def cut_points_(self) -> RfmCutPoints:
        """The yardsticks of the three axes."""
        return self._cut_points or self.scores_.cut_points

    def score(self, customers: RfmSummary) -> RfmScores:
        """Score other customers by the same cut points; their times must be in the same unit."""
        _check(customers)
        return _rescore(self.cut_points_, customers)

    def segments(self, table: SegmentTable | None = None) -> Any:
        """Return the name of every fitted customer's segment, by the default table if none is given."""
        return self.scores_.segments(table)

    def __repr__(self) -> str:
        return f"Rfm(bins={self.bins!r}, monetary={self.monetary!r}{', nested=True' if self.nested else ''})"


class Segment(NamedTuple):
    """One row of a :class:`SegmentTable`: a name and the lowest and highest score it covers; ``None`` covers all."""

    name: str
    r: tuple[int, int] | None = None
    f: tuple[int, int] | None = None
    m: tuple[int, int] | None = None


class SegmentCheck(NamedTuple):
    """What :meth:`SegmentTable.check` found; neither need be a mistake."""

    unreachable_rows: list[int]
    """Positions of rows that match no customer, because earlier rows cover all their cells."""
    uncovered_cells: list[tuple[int, int, int]]
    """Cells (R, F, M) that no row covers: segment "other"."""


class SegmentTable:
    """Names for regions of the R, F, M cube: data, not code.

    The first row that covers a customer's scores names its segment; whom no row covers is in the segment "other".

    Parameters
    ----------
    rows
        :class:`Segment` rows, tuples, or dicts with ``name`` and ranges ``r``, ``f``, ``m``. The default table splits
        R and F in 5 x 5 into ten named segments.
    bins
        The number of bins of R, F and M for which the table is made; (5, 5, 5) by default.

    Examples
    --------
    >>> import crm_value as cv
    >>> rows = [{"name": "key account", "r": (2, 3), "m": (3, 3)}, ("win back", (1, 1))]
    >>> table = cv.SegmentTable(rows, bins=(3, 3, 3))
    >>> table.names
    ['key account', 'win back', 'other']
    >>> len(table.check().uncovered_cells)
    12
    """

    _fields: ClassVar[frozenset[str]] = frozenset(Segment._fields)

    def __init__(
        self,
        rows: Sequence[Segment | Mapping[str, Any] | tuple[Any, ...]] | None = None,
        bins: tuple[int, int, int] | None = None,
    ) -> None:
        listed = None if rows is None else [tuple(self._row(row)) for row in rows]
        self._native = _core.Segments(listed, None if bins is None else list(bins))

    @classmethod
    def _row(cls, row: Segment | Mapping[str, Any] | tuple[Any, ...]) -> Segment:
        if isinstance(row, Mapping):
            unknown = set(row) - cls._fields
            if unknown or "name" not in row:
                raise errors.invalid_option("segment", dict(row), "give name and any of r, f, m")
            row = Segment(**row)
        name, *ranges = row
        return Segment(str(name), *(_scores(scores) for scores in ranges))

    @property
    def bins(self) -> tuple[int, int, int]:
        """The number of bins of R, F and M for which the table is made."""
        return self._native.bins

    @property
    def rows(self) -> list[Segment]:
        """The rows, first match first."""
        return [Segment(*row) for row in self._native.rows]

    @property
    def names(self) -> list[str]:
        """The names of the segments in order of first appearance, then "other"."""
        return self._native.names

    def assign(self, scores: RfmScores) -> Any:
        """Return the name of every customer's segment, in the kind of frame that came in."""
        names = np.array(self.names, dtype=object)[self._native.assign(scores._native)]
        return scores._customers._series("segment", names.tolist())

    def label(self, scores: RfmScores) -> Labels:
        """Return the segments of the customers as labels, whose levels are :attr:`names`, for profiles and migration.

        Examples
        --------
        >>> import crm_value as cv
        >>> frame = {"time_since_last": [3, 40], "frequency": [9, 1], "total_spend": [900, 20]}
        >>> scores = cv.Rfm().fit(cv.RfmSummary.from_frame(frame, unit="day")).scores_
        >>> cv.SegmentTable().label(scores).names
        ['need attention', 'hibernating']
        """
        return self._native.label(scores._native)

    def summarize(self, scores: RfmScores, customers: RfmSummary | None = None) -> Any:
        """Every segment in numbers: customers, spend and means; a frame of the kind that came in.

        ``customers`` are those who were scored, and need not be given.
        """
        customers = customers or scores._customers
        columns = self._native.summarize(scores._native, customers._native)
        return customers._kind.frame(columns)

    def check(self) -> SegmentCheck:
        """Find rows that can match no customer and cells that no row covers."""
        return SegmentCheck(*self._native.check())

    def to_json(self) -> str:
        """Return the stored form."""
        return self._native.to_json()

    @classmethod
    def from_json(cls, json: str) -> SegmentTable:
        """Read the stored form; the table is checked again."""
        table = object.__new__(cls)
        table._native = _core.Segments.from_json(json)
        return table

    def __reduce__(self) -> Any:
        return SegmentTable.from_json, (self.to_json(),)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SegmentTable) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __repr__(self) -> str:
        return f"SegmentTable({', '.join(self.names)}; {' x '.join(map(str, self.bins))} bins)"


def _scores(scores: Any) -> tuple[int, int] | None:
    if scores is None:
        return None
    pair = (scores, scores) if isinstance(scores, int) else tuple(scores)
    if len(pair) != 2:
        raise errors.invalid_option("segment", scores, "give the lowest and the highest score")
    low, high = pair
    for score in (low, high):
        if not 0 <= score <= 255:
            raise errors.invalid_option("segment", score, "scores run from 1 to the number of bins")
    return int(low), int(high)


def value_levels(values: Any) -> tuple[Any, CutPoints]:
    """Split customers into thirds by value: the level of each, and the cut points for new customers.

    Levels are ``"low"``, ``"medium"`` and ``"high"``, in the kind of Series that came in. Equal values are never split.

    Examples
    --------
    >>> import crm_value as cv
    >>> levels, cut_points = cv.value_levels([5.0, 900.0, 40.0, 5.0, 60.0, 7.0])
    >>> print(*levels)
    low high medium low high medium
    >>> cut_points.apply([50.0])
    array([2])
    """
    levels, cut_points = _core.value_levels(values)
    return like(values, "level", np.array(levels, dtype=object)), cut_points


class PointBands(NamedTuple):
    """Points by the size of a number."""

    bands: list[tuple[float, float]]
    """Upper limit of each band, itself included, and its points; limits rise strictly."""
    above: float
    """Points above the last limit."""


class RfmrPoints:
    """The table of RFMR points: recency, frequency, monetary value and reaction (returns and contacts).

    What is not given stays as the library has it: the table that direct-marketing textbooks print for mail order.

    Parameters
    ----------
    start
        Points everyone starts with.
    recency, value, returns
        Points by months since the last purchase, by the mean value of the last orders in money, and by the number of
        returns: :class:`PointBands`, or a pair of bands and points above.
    per_order
        Points per recent order.
    per_main_catalogue, per_special_catalogue, per_mailing
        Points per contact since the last purchase.

    Examples
    --------
    >>> import crm_value as cv
    >>> frame = {"months_since_last": [8], "recent_orders": [3], "mean_recent_value": [80.0], "returns": [2]}
    >>> history = cv.RfmrHistory.from_frame(frame).with_contacts([2], [0], [1])
    >>> cv.RfmrPoints().points(history)
    array([52.])

    References
    ----------
    A. M. Hughes (1994), Strategic Database Marketing, Probus.
    """

    def __init__(
        self,
        *,
        start: float | None = None,
        recency: PointBands | tuple[Sequence[tuple[float, float]], float] | None = None,
        per_order: float | None = None,
        value: PointBands | tuple[Sequence[tuple[float, float]], float] | None = None,
        returns: PointBands | tuple[Sequence[tuple[float, float]], float] | None = None,
        per_main_catalogue: float | None = None,
        per_special_catalogue: float | None = None,
        per_mailing: float | None = None,
    ) -> None:
        numbers = [start, per_order, per_main_catalogue, per_special_catalogue, per_mailing]
        bands = [None if band is None else (list(band[0]), band[1]) for band in (recency, value, returns)]
        self._native = _core.PointTable(numbers, bands)

    @property
    def params(self) -> dict[str, Any]:
        """The whole table, by the names of the parameters."""
        start, per_order, main, special, mailing = self._native.numbers
        recency, value, returns = (PointBands(*bands) for bands in self._native.bands)
        return {
            "start": start,
            "recency": recency,
            "per_order": per_order,
            "value": value,
            "returns": returns,
            "per_main_catalogue": main,
            "per_special_catalogue": special,
            "per_mailing": mailing,
        }

    def points(self, history: RfmrHistory) -> Any:
        """Return the points of every customer, in the kind of frame that came in."""
        return history._series("points", self._native.points(history._native))

    def to_json(self) -> str:
        """Return the stored form."""
        return self._native.to_json()

    @classmethod
    def from_json(cls, json: str) -> RfmrPoints:
        """Read the stored form; what it leaves out is as in the default table."""
        table = object.__new__(cls)
        table._native = _core.PointTable.from_json(json)
        return table

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RfmrPoints) and self.params == other.params

    def __hash__(self) -> int:
        return hash(tuple(self._native.numbers))

    def __reduce__(self) -> Any:
        return RfmrPoints.from_json, (self.to_json(),)

    def __repr__(self) -> str:
        start, per_order, *_ = self._native.numbers
        return f"RfmrPoints(start={start:g}, per_order={per_order:g})"


def mailing_decisions(points: Any, elimination: float, a_threshold: float) -> Any:
    """Decide by points: ``"remove"`` below ``elimination``, ``"concentrate"`` above ``a_threshold``, else ``"keep"``.

    Examples
    --------
    >>> import crm_value as cv
    >>> print(*cv.mailing_decisions([19.9, 20.0, 100.0, 100.5], 20.0, 100.0))
    remove keep keep concentrate
    """
    decisions = _core.mailing_decisions(points, elimination, a_threshold)
    return like(points, "decision", np.array(decisions, dtype=object))
