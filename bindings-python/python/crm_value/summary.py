"""Transaction logs, and the customer summaries made of them."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from crm_value import _core, errors
from crm_value._frames import FloatArray, IntArray, Kind, Table, as_date, fixed
from crm_value.cohort import CohortTable, lifetimes
from crm_value.matrix import relationship, rules_json
from crm_value.review import PeriodReview, options_json

if TYPE_CHECKING:
    from crm_value._core import _Period, _Unit


class TransactionLog:
    """A validated transaction log: for every customer the purchase days with their net amounts.

    Customers are sorted by id and purchases by day, so nothing downstream depends on the order of the rows.

    Parameters
    ----------
    frame
        One row per order: a pandas, polars or pyarrow frame, or a dict of arrays.
    customer_id, date, amount
        Names of the columns. Ids are whole numbers or texts; dates are dates, timestamps (cut to the day; timestamps
        with a time zone are cut to the day in UTC, so convert them to local time and drop the zone first), or texts
        such as ``2026-10-31``; amounts are money of one currency, refunds negative.
    margin, cost
        Name of a column with the contribution margin, or with the cost, of each row. At most one of them.
    refunds
        Negative amounts: ``"net"`` them within the day and against the customer's total, ``"reject"`` or ``"drop"``.
    zeros
        Amounts of 0: ``"keep"`` (a purchase without spend), ``"reject"`` or ``"drop"``.
    duplicates
        Rows that agree in customer, day, amount and margin: ``"keep"``, ``"reject"`` or ``"drop"``.
    invalid_rows
        Rows with a missing (null, NaN, NaT) or infinite value or a date out of range: ``"reject"`` with the first row
        at fault, or ``"drop"``. What is dropped is counted in :attr:`quality`.
    threads
        Most threads to use; all cores by default. Never changes a result.

    Examples
    --------
    >>> import crm_value as cv
    >>> orders = {
    ...     "customer_id": ["ann", "ann", "bob", "ann"],
    ...     "date": ["2026-01-01", "2026-01-15", "2026-01-03", "2026-01-15"],
    ...     "amount": [10.0, 20.0, 5.0, 2.5],
    ... }
    >>> log = cv.TransactionLog(orders)
    >>> log
    TransactionLog(2 customers, 3 purchases, 2026-01-01 to 2026-01-15)
    >>> log.quality.same_day_merges
    1
    """

    def __init__(
        self,
        frame: Any,
        customer_id: str = "customer_id",
        date: str = "date",
        amount: str = "amount",
        *,
        margin: str | None = None,
        cost: str | None = None,
        refunds: Literal["net", "reject", "drop"] = "net",
        zeros: Literal["keep", "reject", "drop"] = "keep",
        duplicates: Literal["keep", "reject", "drop"] = "keep",
        invalid_rows: Literal["reject", "drop"] = "reject",
        threads: int | None = None,
    ) -> None:
        if margin is not None and cost is not None:
            raise errors.invalid_option("cost", cost, "give a margin column or a cost column, not both")
        margin_or_cost = cost if margin is None else margin
        options = _core.ReadOptions(
            [customer_id, date, amount, margin_or_cost or "margin"],
            refunds=refunds,
            zeros=zeros,
            duplicates=duplicates,
            invalid_rows=invalid_rows,
            threads=threads,
        )
        table = Table(frame)
        self._kind = table.kind(customer_id)
        self._log = _core.Log.read(
            table.column(customer_id),
            table.column(date),
            table.column(amount),
            None if margin_or_cost is None else table.column(margin_or_cost),
            cost is not None,
            options,
        )

    @property
    def quality(self) -> _core.DataQuality:
        """What was found in the rows and what was done about it."""
        return self._log.quality

    @property
    def customers(self) -> int:
        """Number of customers with at least one purchase."""
        return self._log.customers

    @property
    def occasions(self) -> int:
        """Number of purchase occasions (customer days)."""
        return self._log.occasions

    @property
    def first_date(self) -> dt.date:
        """First day with a used row."""
        return self._log.first_date

    @property
    def last_date(self) -> dt.date:
        """Last day with a used row."""
        return self._log.last_date

    @property
    def has_margin(self) -> bool:
        """Whether the log holds contribution margins."""
        return self._log.has_margin

    def summarize(self, unit: _Unit = "week", observed_until: Any = None, *, log_sums: bool = False) -> CustomerSummary:
        """Frequency, recency, T and spend of every customer.

        ``observed_until`` is the last day observed, the last date of the log by default: a text ``YYYY-MM-DD``, a
        date, a datetime, a numpy datetime64 or a pandas Timestamp. Customers first seen later are left out and
        counted in ``quality``. With ``log_sums`` the summary also has ``log_intervals`` and ``log_spend``, which models
        of regular purchases and of single amounts need.
        """
        return CustomerSummary._of(self._log.summarize(unit, _end(observed_until), log_sums), self._kind)

    def split(
        self, calibration_end: Any, holdout_end: Any, unit: _Unit = "week", *, log_sums: bool = False
    ) -> CalibrationHoldout:
        """The summary until ``calibration_end``, and what the same customers did after it until ``holdout_end``."""
        parts = self._log.split(as_date(calibration_end), as_date(holdout_end), unit, log_sums)
        return CalibrationHoldout(self._kind, *parts)

    def rfm(self, observed_until: Any = None, unit: _Unit = "week") -> RfmSummary:
        """Time since the last purchase, number of purchases and total spend of every customer, for RFM scores."""
        return RfmSummary._of(self._log.rfm(unit, _end(observed_until)), self._kind)

    def rfmr(self, observed_until: Any = None) -> RfmrHistory:
        """Months since the last purchase, recent orders, their value and returns of every customer, for RFMR points.

        An order is a purchase day; recent orders lie in the last 18 months, their value is the mean of the last three.
        Returns are cancelled days. Contacts are not in a log: see :meth:`RfmrHistory.with_contacts`.
        """
        return RfmrHistory._of(self._log.rfmr(_end(observed_until)), self._kind)

    def cohorts(self, period: _Period, *, observed_from: Any = None, observed_until: Any = None) -> CohortTable:
        """Group the customers by the calendar period of their first purchase: week (ISO), month, quarter or year.

        ``observed_until`` is the last day observed, the last date of the log by default; a period that ends later is
        masked. ``observed_from`` masks the first period if the log was cut out of a longer one after its start.
        """
        native = _core.CohortGrid(self._log, period, _end(observed_from), _end(observed_until))
        return CohortTable(native, self._kind)

    def lifetimes(self, gap: float, unit: _Unit = "week", observed_until: Any = None) -> Any:
        """Duration from the first purchase to churn of every customer, and whether it has come to that, as a frame.

        A customer churns when ``gap`` units have passed since a purchase without another one, for the first time; the
        duration ends when the gap is full. Who has not churned is observed until the end. For :class:`KaplanMeier`.
        """
        ids = self._log.summarize(unit, _end(observed_until), False).ids
        return lifetimes(self._log, self._kind, ids, gap, unit, _end(observed_until))

    def stages(self, *, rules: dict[str, Any] | None = None, p_alive: Any = None, observed_until: Any = None) -> Any:
        """Stage of the relationship of every customer: new, active, at risk, lapsed, lost or won back, as a Series.

        ``rules`` as in :func:`default_stage_rules`. With ``p_alive``, one value per customer of the summary with the
        same end, by P(alive); else by rhythm.
        """
        end = _end(observed_until)
        found = _core.stages(self._log, rules_json(rules), p_alive, end)
        return self._kind.series("stage", found, self._log.summarize("day", end, False).ids)

    def relationship(self, *, rules: dict[str, Any] | None = None, observed_until: Any = None) -> Any:
        """Return what the rules of the stages look at, as a frame: the columns that :func:`stages` takes.

        Purchases, days since the first and the last one, mean days between purchases (null with fewer than two gaps)
        and days since the customer came back after having lapsed (null for those who never did).
        """
        return relationship(self._log, self._kind, rules, _end(observed_until))

    def usual_gap(self, observed_until: Any = None) -> float | None:
        """Return the median of the customers' own mean days between purchases; ``None`` if nobody has two gaps.

        The stages measure customers without a rhythm of their own by it, unless the rules give a ``usual_gap``.
        """
        return _core.usual_gap(self._log, rules_json(None), _end(observed_until))

    def review(
        self,
        first: tuple[Any, Any],
        second: tuple[Any, Any],
        *,
        value: Literal["revenue", "margin"] = "revenue",
        tolerance: float | None = None,
        tier_bounds: Sequence[float] | None = None,
    ) -> PeriodReview:
        """Compare two periods, each given by its first and last day.

        ``tolerance`` is the share of the first period's value within which a retained customer counts as equal (none by
        default), ``tier_bounds`` are those of :func:`tiers`.
        """
        options = options_json(value=value, tolerance=tolerance, tier_bounds=tier_bounds)
        (from_1, to_1), (from_2, to_2) = first, second
        days = (as_date(from_1), as_date(to_1)), (as_date(from_2), as_date(to_2))
        return PeriodReview._of(_core.Review.of_log(self._log, *days, options), self._kind)

    def __repr__(self) -> str:
        return (
            f"TransactionLog({self.customers} customers, {self.occasions} purchases, "
            f"{self.first_date} to {self.last_date})"
        )

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self))}</p>{self.quality._repr_html_()}"

    def __reduce__(self) -> Any:
        raise TypeError("a TransactionLog cannot be pickled; pickle its summaries, or read the log where it is needed")


def _end(observed_until: Any) -> str | None:
    return None if observed_until is None else as_date(observed_until)


def summarize(
    frame: Any,
    customer_id: str = "customer_id",
    date: str = "date",
    amount: str = "amount",
    *,
    margin: str | None = None,
    cost: str | None = None,
    unit: _Unit = "week",
    observed_until: Any = None,
    refunds: Literal["net", "reject", "drop"] = "net",
    zeros: Literal["keep", "reject", "drop"] = "keep",
    duplicates: Literal["keep", "reject", "drop"] = "keep",
    invalid_rows: Literal["reject", "drop"] = "reject",
    threads: int | None = None,
    log_sums: bool = False,
) -> CustomerSummary:
    """Frequency, recency, T and spend of every customer of a transaction log.

    The parameters are those of :class:`TransactionLog` and :meth:`TransactionLog.summarize`.

    Examples
    --------
    >>> import crm_value as cv
    >>> orders = {
    ...     "customer_id": [1, 1, 2, 1],
    ...     "date": ["2026-01-01", "2026-01-15", "2026-01-03", "2026-01-15"],
    ...     "amount": [10.0, 20.0, 5.0, 2.5],
    ... }
    >>> customers = cv.summarize(orders, observed_until="2026-01-31", unit="day")
    >>> customers.frequency, customers.recency, customers.T
    (array([1, 0]), array([14.,  0.]), array([30., 28.]))
    >>> print(customers.monetary_value)
    [22.5 --]
    """
    log = TransactionLog(
        frame,
        customer_id,
        date,
        amount,
        margin=margin,
        cost=cost,
        refunds=refunds,
        zeros=zeros,
        duplicates=duplicates,
        invalid_rows=invalid_rows,
        threads=threads,
    )
    return log.summarize(unit, observed_until, log_sums=log_sums)


def _id_array(ids: Any) -> npt.NDArray[Any]:
    return fixed(np.array(ids, dtype=object) if isinstance(ids, list) else ids)


class CustomerSummary:
    """One row per customer: what every purchase and spend model needs.

    Made by :func:`summarize`, :meth:`TransactionLog.summarize` or :meth:`from_frame`. Not to be confused with
    :class:`RfmSummary`, whose recency runs backwards from the end of observation and whose frequency counts all
    purchases.
    """

    _native: _core.Customers
    _kind: Kind
    _observed_until: dt.date | None
    _quality: _core.DataQuality | None

    def __init__(self) -> None:
        raise TypeError("make a CustomerSummary with summarize(...) or CustomerSummary.from_frame(...)")

    @classmethod
    def _of(cls, native: _core.Customers, kind: Kind) -> CustomerSummary:
        summary = object.__new__(cls)
        summary._native = native
        summary._kind = kind
        summary._observed_until = native.observed_until
        summary._quality = native.quality
        return summary

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        unit: _Unit,
        customer_id: str | None = "customer_id",
        frequency: str = "frequency",
        recency: str = "recency",
        T: str = "T",
        monetary_value: str | None = "monetary_value",
        covariates: Sequence[str] = (),
    ) -> CustomerSummary:
        """Take a summary that was made elsewhere, one row per customer.

        Parameters
        ----------
        frame
            A pandas, polars or pyarrow frame, or a dict of columns.
        unit
            The unit of ``recency`` and ``T``.
        customer_id
            Column of distinct ids. Without one customers are numbered 0, 1, 2, ...; the column ``customer_id`` is
            used only if it is there.
        frequency
            Column of repeat purchases: whole numbers, the first purchase not counted.
        recency
            Column of the time from the first to the last purchase; 0 exactly where the frequency is 0.
        T
            Column of the time from the first purchase to the end of observation.
        monetary_value
            Column of the mean spend per repeat purchase, in money; ignored where the frequency is 0. The column
            ``monetary_value`` is used only if it is there.
        covariates
            Columns of numbers that models with covariates may use.

        Examples
        --------
        >>> import crm_value as cv
        >>> frame = {"frequency": [2, 0], "recency": [30.43, 0], "T": [38.86, 38.86]}
        >>> cv.CustomerSummary.from_frame(frame, unit="week")
        CustomerSummary(2 customers, 1 with repeat purchases, time in weeks)
        """
        table = Table(frame)
        customer_id = table.optional(customer_id, "customer_id")
        monetary_value = table.optional(monetary_value, "monetary_value")
        native = _core.Customers.from_columns(
            None if customer_id is None else table.column(customer_id),
            table.column(frequency),
            table.column(recency),
            table.column(T),
            None if monetary_value is None else table.column(monetary_value),
            unit,
            [customer_id or "customer_id", frequency, recency, T, monetary_value or "monetary_value"],
        )
        if covariates:
            native = native.with_covariates(table.covariates(covariates))
        return cls._of(native, table.kind(customer_id))

    def with_totals(self, total_spend: Any = None, total_margin: Any = None) -> CustomerSummary:
        """Return the summary with the realised totals per customer, in money, which :class:`HistoricalClv` needs."""
        return CustomerSummary._of(self._native.with_totals(total_spend, total_margin), self._kind)

    def with_log_sums(self, log_intervals: Any = None, log_spend: Any = None) -> CustomerSummary:
        """Return the summary with sums of natural logarithms per customer.

        Parameters
        ----------
        log_intervals
            Over the lengths of the ``frequency`` intervals between purchases, in the summary's unit.
        log_spend
            Over the amounts of the ``frequency`` repeat purchases, in money; missing where one of them is 0.

        Examples
        --------
        >>> import crm_value as cv
        >>> frame = {"frequency": [2, 0], "recency": [4, 0], "T": [8, 8]}
        >>> customers = cv.CustomerSummary.from_frame(frame, unit="week")
        >>> customers.with_log_sums(log_intervals=np.log([1 * 3, 1])).log_intervals
        array([1.09861229, 0.        ])
        """
        return CustomerSummary._of(self._native.with_log_sums(log_intervals, log_spend), self._kind)

    def with_covariates(
        self, frame: Any, columns: Sequence[str] | None = None, *, customer_id: str | None = "customer_id"
    ) -> CustomerSummary:
        """Return the summary with covariates: numbers that are known of every customer and do not change.

        A category enters as 0/1 columns, one for each of its values but one.

        Parameters
        ----------
        frame
            A pandas, polars or pyarrow frame, or a dict of columns.
        columns
            Names of the covariates; all columns but ``customer_id`` by default.
        customer_id
            Column of ids, by which the rows are found in any order; rows of other customers are ignored. Without one
            the rows are those of the summary, in its order; the column ``customer_id`` is used only if it is there.

        Examples
        --------
        >>> import crm_value as cv
        >>> frame = {"customer_id": ["ann", "bob"], "frequency": [2, 0], "recency": [30.43, 0], "T": [38.86, 38.86]}
        >>> customers = cv.CustomerSummary.from_frame(frame, unit="week")
        >>> customers = customers.with_covariates({"customer_id": ["bob", "ann"], "age": [54, 31]})
        >>> customers.covariates
        {'age': array([31., 54.])}
        """
        table = Table(frame)
        customer_id = table.optional(customer_id, "customer_id")
        names = [name for name in table.names if name != customer_id] if columns is None else list(columns)
        ids = None if customer_id is None else (customer_id, table.column(customer_id))
        return CustomerSummary._of(self._native.with_covariates(table.covariates(names), ids), self._kind)

    @cached_property
    def ids(self) -> npt.NDArray[Any]:
        """The customers' ids."""
        return _id_array(self._native.ids)

    @cached_property
    def covariates(self) -> dict[str, FloatArray] | None:
        """The covariates by name; ``None`` without any."""
        covariates = self._native.covariates
        return None if covariates is None else {name: fixed(values) for name, values in covariates.items()}

    @property
    def unit(self) -> _Unit:
        """The unit of ``recency`` and ``T``."""
        return self._native.unit

    @cached_property
    def frequency(self) -> IntArray:
        """Repeat purchases of every customer; the first one is not counted."""
        return fixed(self._native.frequency)

    @cached_property
    def recency(self) -> FloatArray:
        """Time from the first to the last purchase, in units; 0 without repeat purchases."""
        return fixed(self._native.recency)

    @cached_property
    def T(self) -> FloatArray:
        """Time from the first purchase to the end of observation, in units."""
        return fixed(self._native.age)

    @cached_property
    def monetary_value(self) -> np.ma.MaskedArray[Any, np.dtype[np.float64]] | None:
        """Mean spend per repeat purchase, in money, masked where there is none; ``None`` if spend is not known."""
        spend = self._native.mean_spend
        return None if spend is None else np.ma.MaskedArray(fixed(spend), mask=self.frequency == 0)

    @cached_property
    def total_spend(self) -> FloatArray | None:
        """Realised net amount, in money; ``None`` if not known."""
        spend = self._native.total_spend
        return None if spend is None else fixed(spend)

    @cached_property
    def total_margin(self) -> FloatArray | None:
        """Realised contribution margin, in money; ``None`` if not known."""
        margin = self._native.total_margin
        return None if margin is None else fixed(margin)

    @cached_property
    def log_intervals(self) -> FloatArray | None:
        """Sum of ln(length) over the intervals between purchases, in units; ``None`` if not known."""
        sums = self._native.log_intervals
        return None if sums is None else fixed(sums)

    @cached_property
    def log_spend(self) -> np.ma.MaskedArray[Any, np.dtype[np.float64]] | None:
        """Sum of ln(amount) over the repeat purchases, masked without any or where one is 0; ``None`` if not known."""
        sums = self._native.log_spend
        return None if sums is None else np.ma.masked_invalid(fixed(sums))

    @property
    def observed_until(self) -> dt.date | None:
        """The last day observed; ``None`` if the summary was not made from a log."""
        return self._observed_until

    @property
    def quality(self) -> _core.DataQuality | None:
        """The data-quality report of the log; ``None`` if the summary was not made from a log."""
        return self._quality

    @property
    def repeat_customers(self) -> int:
        """Number of customers with at least one repeat purchase."""
        return self._native.repeat_customers

    @property
    def repeat_purchases(self) -> int:
        """Number of repeat purchases of all customers."""
        return self._native.repeat_purchases

    def to_frame(self) -> Any:
        """The columns as a frame of the kind that came in; a dict of arrays if that was one."""
        columns = {
            self._kind.id_name: self._native.ids,
            "frequency": self.frequency,
            "recency": self.recency,
            "T": self.T,
            "monetary_value": self.monetary_value,
            "total_spend": self.total_spend,
            "total_margin": self.total_margin,
            "log_intervals": self.log_intervals,
            "log_spend": self.log_spend,
        }
        for name, values in (self.covariates or {}).items():
            columns.setdefault(name, values)
        return self._kind.frame({name: values for name, values in columns.items() if values is not None})

    def _series(self, name: str, values: Any) -> Any:
        return self._kind.series(name, values, self._native.ids)

    def __len__(self) -> int:
        return len(self._native)

    def __repr__(self) -> str:
        until = "" if self.observed_until is None else f", until {self.observed_until}"
        repeat = f"{self.repeat_customers} with repeat purchases"
        return f"CustomerSummary({len(self)} customers, {repeat}, time in {self.unit}s{until})"

    def _repr_html_(self) -> str:
        return _head_html(repr(self), Kind().frame(dict(_head(self))))

    def __reduce__(self) -> Any:
        columns = {"customer_id": self._native.ids, "frequency": self.frequency, "recency": self.recency, "T": self.T}
        if self._native.mean_spend is not None:
            columns["monetary_value"] = self._native.mean_spend
        totals = (self._native.total_spend, self._native.total_margin)
        sums = (self._native.log_intervals, self._native.log_spend)
        kept = (self._kind, self._observed_until, self._quality, self._native.covariates)
        return _restore, (columns, self.unit, totals, sums, *kept)


def _restore(
    columns: dict[str, Any],
    unit: _Unit,
    totals: tuple[Any, Any],
    sums: tuple[Any, Any],
    kind: Kind,
    observed_until: dt.date | None,
    quality: _core.DataQuality | None,
    covariates: dict[str, FloatArray] | None,
) -> CustomerSummary:
    summary = CustomerSummary.from_frame(columns, unit=unit).with_totals(*totals).with_log_sums(*sums)
    if covariates is not None:
        summary = summary.with_covariates(covariates, customer_id=None)
    summary._kind = kind
    summary._observed_until = observed_until
    summary._quality = quality
    return summary


def _head(summary: CustomerSummary, rows: int = 10) -> dict[str, Any]:
    columns = {summary._kind.id_name: summary.ids, "frequency": summary.frequency}
    columns |= {"recency": summary.recency, "T": summary.T}
    if summary.monetary_value is not None:
        columns["monetary_value"] = summary.monetary_value
    return {name: values[:rows] for name, values in columns.items()}


def _head_html(caption: str, columns: dict[str, Any]) -> str:
    def cell(value: object) -> str:
        if value is np.ma.masked:
            return ""
        return html.escape(f"{value:.2f}" if isinstance(value, float) else str(value))

    head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    rows = ("".join(f"<td>{cell(value)}</td>" for value in row) for row in zip(*columns.values(), strict=True))
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><caption>{html.escape(caption)}</caption><tr>{head}</tr>{body}</table>"


class CalibrationHoldout:
    """A calibration summary and what the same customers did in the holdout period after it.

    Made by :meth:`TransactionLog.split`.
    """

    def __init__(
        self, kind: Kind, calibration: _core.Customers, frequency: IntArray, spend: FloatArray, holdout: float
    ) -> None:
        self._calibration = CustomerSummary._of(calibration, kind)
        self._frequency = fixed(frequency)
        self._spend = fixed(spend)
        self._holdout = holdout

    @property
    def calibration(self) -> CustomerSummary:
        """The customers first seen until the calibration end."""
        return self._calibration

    @property
    def holdout_frequency(self) -> IntArray:
        """Purchases of each customer after the calibration end, until the holdout end."""
        return self._frequency

    @property
    def holdout_spend(self) -> FloatArray:
        """Net amount of each customer in that time, refunds deducted, in money."""
        return self._spend

    @property
    def holdout(self) -> float:
        """Length of the holdout period, in the summary's unit."""
        return self._holdout

    @property
    def unit(self) -> _Unit:
        """The unit of time."""
        return self._calibration.unit

    def to_frame(self) -> Any:
        """Calibration columns with ``holdout_frequency`` and ``holdout_spend``, in the kind of frame that came in."""
        calibration = self._calibration
        columns = {
            calibration._kind.id_name: calibration._native.ids,
            "frequency": calibration.frequency,
            "recency": calibration.recency,
            "T": calibration.T,
            "monetary_value": calibration.monetary_value,
            "holdout_frequency": self._frequency,
            "holdout_spend": self._spend,
        }
        return calibration._kind.frame({name: values for name, values in columns.items() if values is not None})

    def __repr__(self) -> str:
        return (
            f"CalibrationHoldout({len(self._calibration)} customers until {self._calibration.observed_until}, "
            f"then {self._holdout:g} {self.unit}s with {self._frequency.sum()} purchases)"
        )


class RfmSummary:
    """One row per customer for RFM scores: how long ago, how often, how much.

    Made by :meth:`TransactionLog.rfm` or :meth:`from_frame`. Recency is time *since* the last purchase and frequency
    counts all purchases: see :class:`CustomerSummary` for the other meaning of these words.
    """

    _native: _core.RfmCustomers
    _kind: Kind

    def __init__(self) -> None:
        raise TypeError("make an RfmSummary with TransactionLog.rfm(...) or RfmSummary.from_frame(...)")

    @classmethod
    def _of(cls, native: _core.RfmCustomers, kind: Kind) -> RfmSummary:
        summary = object.__new__(cls)
        summary._native = native
        summary._kind = kind
        return summary

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        unit: _Unit,
        customer_id: str | None = "customer_id",
        time_since_last: str = "time_since_last",
        frequency: str = "frequency",
        total_spend: str = "total_spend",
    ) -> RfmSummary:
        """Take a summary that was made elsewhere, one row per customer.

        ``time_since_last`` counts from the last purchase to the end of observation in ``unit``, ``frequency`` counts
        all purchases (1 or more), ``total_spend`` is the net amount to date. The column ``customer_id`` is used only
        if it is there.

        Examples
        --------
        >>> import crm_value as cv
        >>> frame = {"time_since_last": [3, 40], "frequency": [9, 1], "total_spend": [900.0, 20.0]}
        >>> cv.RfmSummary.from_frame(frame, unit="day")
        RfmSummary(2 customers, time in days)
        """
        table = Table(frame)
        customer_id = table.optional(customer_id, "customer_id")
        native = _core.RfmCustomers.from_columns(
            None if customer_id is None else table.column(customer_id),
            table.column(time_since_last),
            table.column(frequency),
            table.column(total_spend),
            unit,
            [customer_id or "customer_id", time_since_last, frequency, total_spend],
        )
        return cls._of(native, table.kind(customer_id))

    @cached_property
    def ids(self) -> npt.NDArray[Any]:
        """The customers' ids."""
        return _id_array(self._native.ids)

    @property
    def unit(self) -> _Unit:
        """The unit of ``time_since_last``."""
        return self._native.unit

    @cached_property
    def time_since_last(self) -> FloatArray:
        """Time from the last purchase to the end of observation, in units; small is good."""
        return fixed(self._native.time_since_last)

    @cached_property
    def frequency(self) -> IntArray:
        """Number of purchases, the first one included."""
        return fixed(self._native.frequency)

    @cached_property
    def total_spend(self) -> FloatArray:
        """Net amount to date, in money."""
        return fixed(self._native.total_spend)

    @cached_property
    def mean_spend(self) -> FloatArray:
        """Net amount per purchase, in money."""
        return fixed(self._native.mean_spend)

    def to_frame(self) -> Any:
        """The columns as a frame of the kind that came in; a dict of arrays if that was one."""
        return self._kind.frame(
            {
                self._kind.id_name: self._native.ids,
                "time_since_last": self.time_since_last,
                "frequency": self.frequency,
                "total_spend": self.total_spend,
            }
        )

    def _series(self, name: str, values: Any) -> Any:
        return self._kind.series(name, values, self._native.ids)

    def __len__(self) -> int:
        return len(self._native)

    def __repr__(self) -> str:
        return f"RfmSummary({len(self)} customers, time in {self.unit}s)"

    def _repr_html_(self) -> str:
        columns = {self._kind.id_name: self.ids, "time_since_last": self.time_since_last}
        columns |= {"frequency": self.frequency, "total_spend": self.total_spend}
        return _head_html(repr(self), {name: values[:10] for name, values in columns.items()})

    def __reduce__(self) -> Any:
        columns = {"customer_id": self._native.ids, "time_since_last": self.time_since_last}
        columns |= {"frequency": self.frequency, "total_spend": self.total_spend}
        return _restore_rfm, (columns, self.unit, self._kind)


def _restore_rfm(columns: dict[str, Any], unit: _Unit, kind: Kind) -> RfmSummary:
    summary = RfmSummary.from_frame(columns, unit=unit)
    summary._kind = kind
    return summary


class RfmrHistory:
    """One row per customer for RFMR points: how long ago, how often, how much, what came back, what was sent.

    Made by :meth:`TransactionLog.rfmr` or :meth:`from_frame`.
    """

    _native: _core.MailingHistory
    _kind: Kind

    def __init__(self) -> None:
        raise TypeError("make an RfmrHistory with TransactionLog.rfmr(...) or RfmrHistory.from_frame(...)")

    @classmethod
    def _of(cls, native: _core.MailingHistory, kind: Kind) -> RfmrHistory:
        history = object.__new__(cls)
        history._native = native
        history._kind = kind
        return history

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        customer_id: str | None = "customer_id",
        months_since_last: str = "months_since_last",
        recent_orders: str = "recent_orders",
        mean_recent_value: str = "mean_recent_value",
        returns: str = "returns",
    ) -> RfmrHistory:
        """Take a history that was made elsewhere, one row per customer.

        ``months_since_last`` counts to the end of observation, ``mean_recent_value`` is in money, ``recent_orders`` and
        ``returns`` are whole numbers. The column ``customer_id`` is used only if it is there.

        Examples
        --------
        >>> import crm_value as cv
        >>> frame = {"months_since_last": [8], "recent_orders": [3], "mean_recent_value": [80.0], "returns": [2]}
        >>> cv.RfmrHistory.from_frame(frame)
        RfmrHistory(1 customers)
        """
        table = Table(frame)
        customer_id = table.optional(customer_id, "customer_id")
        native = _core.MailingHistory.from_columns(
            None if customer_id is None else table.column(customer_id),
            table.column(months_since_last),
            table.column(recent_orders),
            table.column(mean_recent_value),
            table.column(returns),
            [customer_id or "customer_id", months_since_last, recent_orders, mean_recent_value, returns],
        )
        return cls._of(native, table.kind(customer_id))

    def with_contacts(self, main_catalogues: Any, special_catalogues: Any, mailings: Any) -> RfmrHistory:
        """Return the history with the contacts since the last purchase: whole numbers, one per customer."""
        return RfmrHistory._of(self._native.with_contacts(main_catalogues, special_catalogues, mailings), self._kind)

    @cached_property
    def ids(self) -> npt.NDArray[Any]:
        """The customers' ids."""
        return _id_array(self._native.ids)

    def to_frame(self) -> Any:
        """The columns, contacts included, as a frame of the kind that came in."""
        native = self._native
        return self._kind.frame(
            {
                self._kind.id_name: native.ids,
                "months_since_last": native.months_since_last,
                "recent_orders": native.recent_orders,
                "mean_recent_value": native.mean_recent_value,
                "returns": native.returns,
                "main_catalogues": native.main_catalogues,
                "special_catalogues": native.special_catalogues,
                "mailings": native.mailings,
            }
        )

    def _series(self, name: str, values: Any) -> Any:
        return self._kind.series(name, values, self._native.ids)

    def __len__(self) -> int:
        return len(self._native)

    def __repr__(self) -> str:
        return f"RfmrHistory({len(self)} customers)"


def as_summary(customers: Any, unit: str | None, covariates: Sequence[str] = ()) -> CustomerSummary:
    """A summary as it is; a frame with the columns of one and these covariates, its time in ``unit``."""
    if isinstance(customers, CustomerSummary):
        return customers
    if unit is None:
        raise errors.invalid_option("unit", None, "say in which unit the times of the frame are")
    return CustomerSummary.from_frame(customers, unit=unit, covariates=covariates)  # type: ignore[arg-type]
