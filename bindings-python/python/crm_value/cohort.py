"""Cohorts by calendar period and age, how long customers stay, and whether groups differ in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from crm_value import _core
from crm_value._frames import IntArray, Kind, as_date, flags, kind_of, row_frame

if TYPE_CHECKING:
    import datetime as dt

    from crm_value._core import _Measure, _Period


class CalendarPeriod(NamedTuple):
    """A week, month, quarter or year of the civil calendar."""

    first: dt.date
    """First day."""
    last: dt.date
    """Last day."""
    label: str
    """For example ``"2026-W05"``, ``"2026-01"``, ``"2026-Q1"`` or ``"2026"``."""


def calendar_period(date: Any, period: _Period) -> CalendarPeriod:
    """Return the week (ISO), month, quarter or year that holds a date.

    Examples
    --------
    >>> import crm_value as cv
    >>> cv.calendar_period("2027-01-01", "week").label
    '2026-W53'
    """
    return CalendarPeriod(*_core.calendar_period(as_date(date), period))


class CohortTotals(NamedTuple):
    """Sums over a cohort table, so that it can be reconciled with its log."""

    customers: int
    """Customers of all cohorts."""
    orders: int
    """Orders in all cells, masked ones included."""
    revenue: float
    """Revenue in all cells, masked ones included: that of the customer summary with the same end."""
    margin: float | None
    """Margin in all cells, masked ones included; ``None`` if the log has none."""
    masked_orders: int
    """Orders in the masked cells."""
    masked_revenue: float
    """Revenue in the masked cells."""
    masked_margin: float | None
    """Margin in the masked cells."""


class CohortTable:
    """Customers by calendar period of their first purchase and age in whole periods.

    Cells whose period is not fully inside the observation are masked. Made by :meth:`TransactionLog.cohorts`.

    Examples
    --------
    >>> import crm_value as cv
    >>> orders = {
    ...     "customer_id": [1, 1, 2, 3, 3],
    ...     "date": ["2026-01-05", "2026-02-10", "2026-01-20", "2026-02-01", "2026-03-31"],
    ...     "amount": [10.0, 20.0, 30.0, 40.0, 50.0],
    ... }
    >>> table = cv.TransactionLog(orders).cohorts("month")
    >>> table
    CohortTable(3 cohorts by month, 3 customers, 2026-01-01 to 2026-03-31)
    >>> table.labels, table.sizes
    (['2026-01', '2026-02', '2026-03'], array([2, 1, 0]))
    >>> print(table.array("retention")[:2])
    [[1.0 0.5 0.0]
     [1.0 1.0 --]]
    """

    def __init__(self, native: _core.CohortGrid, kind: Kind) -> None:
        self._native = native
        self._kind = kind

    @property
    def period(self) -> _Period:
        """The calendar period of cohorts and ages."""
        return self._native.period

    @property
    def observed_from(self) -> dt.date:
        """The first day observed."""
        return self._native.observed_from

    @property
    def observed_until(self) -> dt.date:
        """The last day observed."""
        return self._native.observed_until

    @property
    def has_margin(self) -> bool:
        """Whether the log holds margins."""
        return self._native.has_margin

    @property
    def labels(self) -> list[str]:
        """The cohorts' labels, for example ``"2026-01"`` or ``"2026-W05"``."""
        return self._native.labels

    @property
    def sizes(self) -> IntArray:
        """Customers of every cohort: the denominator of retention."""
        return self._native.sizes

    @property
    def totals(self) -> CohortTotals:
        """Sums over all cells and over the masked ones."""
        return CohortTotals(**json.loads(self._native.totals()))

    def array(self, measure: _Measure) -> np.ma.MaskedArray[Any, np.dtype[np.float64]]:
        """Return one measure, cohorts by age; masked where there is no value."""
        values, there = self._native.matrix(measure)
        shape = (len(self), len(self))
        return np.ma.masked_array(values.reshape(shape), mask=~there.reshape(shape))

    def to_frame(self, measure: _Measure = "retention") -> Any:
        """Return one measure as a frame: label and size of each cohort, then one column per age."""
        matrix = self.array(measure)
        columns: dict[str, Any] = {"cohort": self.labels, "size": self.sizes}
        columns |= {str(age): matrix[:, age] for age in range(len(self))}
        return self._kind.frame(columns)

    def cell(self, cohort: int, age: int) -> dict[str, Any] | None:
        """Return what a cohort did at an age: customers, orders, revenue, margin, and whether the cell is ``masked``.

        A masked cell holds the observed part of its period. ``None`` if the period has not begun.
        """
        known = self._native.cell(cohort, age)
        return None if known is None else dict(json.loads(known[0]), masked=known[1])

    def periods(self) -> Any:
        """Return ARPU, order value and orders per customer of every calendar period, as a frame.

        ``arpu_active`` is revenue per active customer, ``arpu_base`` per customer acquired so far. Rates are null where
        the period is not complete or the denominator is 0.
        """
        return row_frame(self._kind, json.loads(self._native.periods()), dates=("start", "end"))

    def ages(self) -> Any:
        """Return all cohorts pooled by age, as a frame; ``acquired`` is the denominator."""
        return row_frame(self._kind, json.loads(self._native.ages()))

    def assign(self) -> IntArray:
        """Return the cohort of every customer of the summary with the same end, as a position in :attr:`labels`."""
        return self._native.assign()

    def __len__(self) -> int:
        return len(self._native)

    def __repr__(self) -> str:
        return (
            f"CohortTable({len(self)} cohorts by {self.period}, {self.totals.customers} customers, "
            f"{self.observed_from} to {self.observed_until})"
        )

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{age}</th>" for age in range(len(self)))
        lines = []
        for label, size, rates in zip(self.labels, self.sizes, self.array("retention"), strict=True):
            cells = "".join(f"<td>{'' if rate is np.ma.masked else f'{rate:.0%}'}</td>" for rate in rates)
            lines.append(f"<tr><td>{label}</td><td>{size}</td>{cells}</tr>")
        title = f"<caption>Retention by {self.period}</caption><tr><th>cohort</th><th>size</th>{head}</tr>"
        return f"<table>{title}{''.join(lines)}</table>"


class KaplanMeier:
    """Survival curve of customers some of whom have not churned yet.

    Parameters
    ----------
    durations
        How long each customer stayed, or has been observed to stay; 0 or more, in any unit.
    churned
        Whether the customer churned then, or was only observed until then.
    level
        Confidence level of the intervals; 95 % by default.

    Examples
    --------
    >>> import crm_value as cv
    >>> curve = cv.KaplanMeier([2, 3, 5, 5, 8], [True, False, True, False, True])
    >>> curve
    KaplanMeier(5 customers, 3 churned, median 8)
    >>> curve.survival_at(2.5)
    0.8
    """

    def __init__(self, durations: Any, churned: Any, level: float | None = None) -> None:
        self._native = _core.SurvivalCurve(durations, flags(churned), level)
        self._kind = kind_of(durations)

    @property
    def customers(self) -> int:
        """Number of customers."""
        return self._native.customers

    @property
    def events(self) -> int:
        """Number of customers who churned."""
        return self._native.events

    @property
    def level(self) -> float:
        """Confidence level of the intervals."""
        return self._native.level

    @property
    def median(self) -> float | None:
        """Earliest time at which at most half of the customers stay; ``None`` if more than half stay to the end."""
        return self._native.median

    def survival_at(self, time: float) -> float | None:
        """Share of customers who stay longer than ``time``; ``None`` beyond the last duration, unless it is 0 there."""
        return self._native.survival_at(time)

    def time_to_share(self, share: float) -> float | None:
        """Earliest time at which at most ``share`` of the customers stay; ``None`` if the curve ends above it."""
        return self._native.time_to_share(share)

    def restricted_mean(self, until: float) -> float | None:
        """Mean time a customer stays within the first ``until``; ``None`` if the curve is not known that far."""
        return self._native.restricted_mean(until)

    def to_frame(self) -> Any:
        """Return the curve at every distinct duration, as a frame of the kind of the durations (a dict for arrays).

        Columns ``time``, ``at_risk``, ``churned``, ``censored``, ``churn_rate``, ``survival``, ``std_error`` (by
        Greenwood's formula), and the ends of the confidence interval ``lower`` and ``upper``.
        """
        rows = json.loads(self._native.steps())
        for row in rows:
            row["lower"], row["upper"] = row.pop("interval") or (None, None)
        return row_frame(self._kind, rows)

    def __repr__(self) -> str:
        median = "not reached" if self.median is None else f"{self.median:g}"
        return f"KaplanMeier({self.customers} customers, {self.events} churned, median {median})"


class LogRankGroup(NamedTuple):
    """One group of a log-rank test."""

    group: Any
    """The group as given."""
    customers: int
    """Its customers."""
    observed: int
    """Those who churned."""
    expected: float
    """Those who would have if all groups stayed equally long."""


class LogRank(NamedTuple):
    """The answer to whether several groups of customers stay equally long."""

    chi_square: float | None
    """The statistic; ``None`` if the data cannot tell."""
    degrees_of_freedom: int
    """Its degrees of freedom; 0 if there is no statistic."""
    p_value: float | None
    """Probability of a statistic at least as large if all groups stayed equally long."""
    groups: list[LogRankGroup]
    """The groups in rising order."""


def log_rank(durations: Any, churned: Any, groups: Any) -> LogRank:
    """Test that 2 to 200 groups of customers, for example cohorts, stay equally long.

    Examples
    --------
    >>> import crm_value as cv
    >>> test = cv.log_rank([1, 2, 3, 4], [True] * 4, ["a", "b", "a", "b"])
    >>> round(test.chi_square, 4), [round(group.expected, 4) for group in test.groups]
    (0.6154, [1.3333, 2.6667])
    """
    names, numbers = np.unique(np.asarray(groups), return_inverse=True)
    chi_square, degrees, p_value, rows = _core.log_rank(durations, flags(churned), numbers.tolist())
    found = [LogRankGroup(names[row.pop("group")].item(), **row) for row in json.loads(rows)]
    return LogRank(chi_square, degrees, p_value, found)


def lifetimes(log: _core.Log, kind: Kind, ids: Any, gap: float, unit: str, observed_until: str | None) -> Any:
    """Make the frame of :meth:`TransactionLog.lifetimes`."""
    durations, churned = _core.lifetimes(log, gap, unit, observed_until)
    return kind.frame({kind.id_name: ids, "duration": durations, "churned": churned})


__all__ = [
    "CalendarPeriod",
    "CohortTable",
    "CohortTotals",
    "KaplanMeier",
    "LogRank",
    "LogRankGroup",
    "calendar_period",
    "log_rank",
]
