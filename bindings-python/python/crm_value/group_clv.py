"""Value of customers with a contract, and of cohorts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from crm_value import _core, errors
from crm_value._core import DiscountRate, Span
from crm_value._frames import flags, like, row_frame
from crm_value.clv import _summary
from crm_value.contractual import _RetentionEstimator
from crm_value.discrete import _whole
from crm_value.economics import as_rate, as_span

if TYPE_CHECKING:
    from crm_value._core import _Unit
    from crm_value.cohort import CohortTable
    from crm_value.summary import CustomerSummary


class ContractualClv:
    """Value of customers whose loss is observed: subscriptions, memberships, policies.

    A retention model times a margin per period. What is not given stays as the library has it: a period of one year,
    10 % a year, without end, the next renewal due now.

    Parameters
    ----------
    retention
        A fitted or given contractual model, such as :class:`ShiftedBetaGeometric`.
    margin_per_period
        Margin per period, in money: one number for all, or one per customer.
    period
        The time between renewals, that of the retention model: a :class:`Span` or a pair such as ``(1, "month")``.
    annual_discount, discount
        The discount rate per year (0.10 is 10 %), or a :class:`DiscountRate`; above 0 for a value without end. At most
        one of them.
    payments
        How many payments to come count; 0 for no end.
    next_renewal
        ``"due_now"``, or ``"at_period_end"`` to discount from the end of the period the customer is in, as T says.
    active
        Whether each customer still has the contract; the others are worth 0. Everyone by default.

    Examples
    --------
    >>> import crm_value as cv
    >>> retention = cv.ShiftedBetaGeometric.from_params(alpha=1.0, beta=2.0)
    >>> clv = cv.ContractualClv(retention, 100.0, annual_discount=0.10)
    >>> round(clv.new_customer(100.0), 2)
    360.29
    >>> clv.after_renewals([0, 1, 4]).round(2)
    array([286.32, 362.43, 509.93])

    References
    ----------
    Fader & Hardie (2010), Customer-base valuation in a contractual setting, Marketing Science 29(1), eqs. 2, 6.
    """

    def __init__(
        self,
        retention: _RetentionEstimator,
        margin_per_period: Any,
        *,
        period: Span | tuple[float, _Unit] | None = None,
        annual_discount: float | None = None,
        discount: DiscountRate | None = None,
        payments: int | None = None,
        next_renewal: Literal["due_now", "at_period_end"] | None = None,
        active: Any = None,
    ) -> None:
        self.retention = retention
        self._native = _core.ContractualClv(
            retention._native,
            margin_per_period,
            period=None if period is None else as_span(period),
            discount=as_rate(annual_discount, discount),
            payments=payments,
            next_renewal=next_renewal,
            active=None if active is None else flags(active).astype(bool).tolist(),
        )

    def new_customer(self, margin_per_period: float) -> float:
        """Return the value of a customer about to join, the first payment included, in money."""
        return self._native.new_customer(margin_per_period)

    def after_renewals(self, renewals: Any) -> Any:
        """Return the value of customers who made these numbers of renewals, the next one being due now, in money.

        A customer in the first period has made 0.
        """
        return like(renewals, "value", self._native.after_renewals(_whole("renewals", np.asarray(renewals))))

    def value(self, customers: CustomerSummary) -> Any:
        """Return the value of the customers of a summary, who have made as many renewals as T holds whole periods."""
        summary = _summary(customers)
        return summary._series("value", self._native.value(summary._native))

    def __repr__(self) -> str:
        return f"ContractualClv({self.retention!r})"


class CohortClv:
    """Value by cohort: what it has brought per customer so far, plus what those still active are to bring.

    The residual value is the recent value per active customer times the retention to come; every customer takes the
    value of its cohort. What is not given stays as the library has it: revenue, the last three complete ages, 10 % a
    year, without end.

    Parameters
    ----------
    cohorts
        A :class:`CohortTable`; see :meth:`TransactionLog.cohorts`.
    retention
        A fitted or given contractual model whose periods are those of the table.
    margin
        A margin rate (30 % is 0.30) that multiplies revenue, or ``"column"`` for the margins that the log's rows carry.
    recent
        Over how many of the last complete ages the recent value is taken.
    annual_discount, discount
        The discount rate per year (0.10 is 10 %), or a :class:`DiscountRate`; above 0 for a value without end. At most
        one of them.
    periods
        How many periods to come count; 0 for no end.
    residual_only
        Leave out what was observed so far.

    Examples
    --------
    >>> import crm_value as cv
    >>> orders = {
    ...     "customer_id": [1, 1, 2, 3, 3],
    ...     "date": ["2026-01-05", "2026-02-10", "2026-01-20", "2026-02-01", "2026-03-31"],
    ...     "amount": [10.0, 20.0, 30.0, 40.0, 50.0],
    ... }
    >>> log = cv.TransactionLog(orders)
    >>> retention = cv.ShiftedBetaGeometric.from_params(alpha=1.0, beta=2.0)
    >>> clv = cv.CohortClv(log.cohorts("month"), retention, periods=12)
    >>> clv.cohorts()["observed"]
    array([30., 90.])
    >>> clv.value(log.summarize()).round(2)
    array([ 30. ,  30. , 282.6])
    """

    def __init__(
        self,
        cohorts: CohortTable,
        retention: _RetentionEstimator,
        *,
        margin: float | Literal["column"] | None = None,
        recent: int | None = None,
        annual_discount: float | None = None,
        discount: DiscountRate | None = None,
        periods: int | None = None,
        residual_only: bool = False,
    ) -> None:
        if isinstance(margin, str) and margin != "column":
            raise errors.invalid_option("margin", margin, 'give a rate (30 % is 0.30) or "column"')
        self.table = cohorts
        self.retention = retention
        self._native = _core.CohortClv(
            cohorts._native,
            retention._native,
            margin=None if isinstance(margin, str) else margin,
            from_margin_column=isinstance(margin, str),
            recent=recent,
            discount=as_rate(annual_discount, discount),
            periods=periods,
            residual_only=residual_only,
        )

    def cohorts(self) -> Any:
        """Return the value of every cohort that has customers, oldest first, as a frame.

        Columns ``cohort`` (its label), ``start``, ``customers``, ``age`` (the last complete one, null if there is
        none), ``active`` (customers at that age), and in money per customer acquired ``observed``, ``residual`` and
        their sum ``total``; ``per_active`` is the recent value per active customer and period.
        """
        labels = self.table.labels
        rows, totals = self._native.cohorts()
        named = [
            dict(row, cohort=labels[row["cohort"]], total=total)
            for row, total in zip(json.loads(rows), totals, strict=True)
        ]
        return row_frame(self.table._kind, named, dates=("start",))

    def value(self, customers: CustomerSummary) -> Any:
        """Return the value of every customer, in money: that of its cohort.

        The summary is of the same log and ends on the same day as the table.
        """
        summary = _summary(customers)
        return summary._series("value", self._native.value(summary._native))

    def __repr__(self) -> str:
        return f"CohortClv({self.table!r}, {self.retention!r})"


__all__ = ["CohortClv", "ContractualClv"]
