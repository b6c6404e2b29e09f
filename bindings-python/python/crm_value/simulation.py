"""Customers drawn from the models: what a simulation returns, and what all of them share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from crm_value import _core, errors
from crm_value._core import Span
from crm_value._frames import Kind, Table, as_date
from crm_value.summary import CustomerSummary

if TYPE_CHECKING:
    from crm_value._core import _Unit


@dataclass(frozen=True)
class SimulatedCustomers:
    """Customers drawn from a purchase model: what was observed of them, what came later, and what nobody can see."""

    summary: CustomerSummary
    """Frequency, recency, T, spend and log intervals at the end of observation, exact in time, for a fit."""
    customers: Any
    """A frame: customer_id, frequency, recency, T, monetary_value and total_spend with a spend model, the covariates,
    alive (at the end of observation), left (when, in units from the first purchase; null if not by the end of the
    simulated time), holdout_frequency, and holdout_spend with a spend model."""
    transactions: Any
    """A frame of all purchases, the first ones and the holdout's included: customer_id, time (in units from the first
    purchase), date if the customers were acquired on dates, amount (1 without a spend model)."""

    def __repr__(self) -> str:
        return f"SimulatedCustomers({self.summary!r})"


def seeded(seed: int) -> int:
    """The seed, if it is one."""
    if not (isinstance(seed, int | np.integer) and 0 <= seed < 2**64):
        raise errors.invalid_option("seed", seed, "give a whole number from 0 to 18446744073709551615")
    return int(seed)


def kind_like(like: Any, covariates: Any) -> Kind:
    """The kind of frame that the results shall have: that of ``like``, else of the covariates."""
    frame = covariates if like is None else like
    return Kind() if frame is None else Kind(Table(frame).kind("customer_id").backend)


def table_of(covariates: Any, names: list[str]) -> _core.Covariates | None:
    """The covariates of simulated customers: the columns that the model uses, or all if it uses none."""
    if covariates is None:
        return None
    table = Table(covariates)
    return table.covariates(names or [name for name in table.names if name != "customer_id"])


def masked(values: list[Any], dtype: npt.DTypeLike = np.float64) -> np.ma.MaskedArray[Any, Any]:
    """Numbers of which some are ``None``."""
    there = np.array([value is not None for value in values], dtype=bool)
    return np.ma.masked_array(np.array([value if value is not None else 0 for value in values], dtype), mask=~there)


def each(customers: int | None, per_customer: Any, option: str) -> npt.NDArray[Any]:
    """One number per customer, from a number for all or from one for each."""
    values = np.asarray(per_customer)
    if (customers is None) == (values.ndim == 0):
        raise TypeError(f"give a number of customers with one {option}, or one {option} per customer")
    return values if customers is None else np.full(_number(customers), values)


def _number(customers: int) -> int:
    if not (isinstance(customers, int | np.integer) and 0 <= customers < 2**32):
        raise errors.invalid_option("customers", customers, "give a whole number from 0 to 4294967295")
    return int(customers)


def simulate_customers(
    model: _core.PurchaseModel,
    customers: int | None,
    T: Any,
    acquired: tuple[Any, Any] | None,
    observed_until: Any,
    holdout: float | Span | None,
    unit: _Unit | None,
    spend: _core.SpendingModel | None,
    covariates: Any,
    covariate_names: list[str],
    seed: int,
    like: Any,
) -> SimulatedCustomers:
    """Draw customers: see the method ``simulate`` of the purchase models."""
    unit = unit or model.unit
    dates = None
    if acquired is not None or observed_until is not None:
        if acquired is None or observed_until is None:
            raise TypeError("acquired and observed_until go together")
        first, last = acquired
        dates = [as_date(first), as_date(last), as_date(observed_until)]
    native, truth, log = _core.simulate_customers(
        model,
        None if customers is None else _number(customers),
        T.in_unit(unit) if isinstance(T, Span) else T,
        dates,
        unit,
        holdout.in_unit(unit) if isinstance(holdout, Span) else holdout,
        spend,
        table_of(covariates, covariate_names),
        seeded(seed),
    )
    kind = kind_like(like, covariates)
    summary = CustomerSummary._of(native, kind)
    columns: dict[str, Any] = {
        "customer_id": native.ids,
        "frequency": summary.frequency,
        "recency": summary.recency,
        "T": summary.T,
        "monetary_value": summary.monetary_value,
        "total_spend": summary.total_spend,
        **(summary.covariates or {}),
        "alive": truth["alive"],
        "left": masked(truth["left"]),
        "holdout_frequency": truth["holdout_frequency"],
        "holdout_spend": truth["holdout_spend"],
    }
    purchases = {"customer_id": log["customer_id"], "time": log["time"]}
    if log["days"] is not None:
        days = log["days"].astype("datetime64[D]")
        purchases["date"] = days if kind.backend is None else days.astype("datetime64[ms]")
    purchases["amount"] = log["amount"]
    return SimulatedCustomers(summary, _frame(kind, columns), kind.frame(purchases))


def _frame(kind: Kind, columns: Mapping[str, Any]) -> Any:
    return kind.frame({name: values for name, values in columns.items() if values is not None})
