"""Everything that can go wrong, as exceptions.

All derive from :class:`CrmValueError`. Each carries ``kind``, the name of the core's error kind, and the values
behind the message as attributes: ``column``, ``row`` (0-based) and ``value`` for data errors, for example.
"""

from __future__ import annotations

from typing import Any

from crm_value import _core

__all__ = [
    "CancelledError",
    "ConvergenceWarning",
    "CrmValueError",
    "FitError",
    "FitWarning",
    "InvalidDataError",
    "InvalidParameterError",
    "MissingColumnError",
    "NotFittedError",
    "StoredFormError",
    "UndefinedMeanError",
    "UnitMismatchError",
    "UnknownColumnError",
    "WrongTypeError",
]


class CrmValueError(Exception):
    """The base of all exceptions of this package."""

    kind: str | None = None
    """Name of the core's error kind, for example ``"NonFinite"``; ``None`` where Python alone is concerned."""
    fields: dict[str, Any]
    """The values behind the message, by name; each is an attribute too."""

    def __init__(self, message: str = "", kind: str | None = None, fields: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.fields = dict(fields or {})

    def __getattr__(self, name: str) -> Any:
        # Only asked for names that are not found otherwise; `fields` itself is missing while pickle rebuilds.
        fields = self.__dict__.get("fields", {})
        if name in fields:
            return fields[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.kind, self.fields)


class InvalidDataError(CrmValueError, ValueError):
    """The data cannot be used; says which column, row and value, and what to do."""


class UnknownColumnError(InvalidDataError, KeyError):
    """A table has no column of that name."""


class WrongTypeError(InvalidDataError, TypeError):
    """A column has a type that cannot be read."""


class MissingColumnError(InvalidDataError):
    """A calculation needs a column that is not there."""


class FitError(InvalidDataError):
    """The data do not allow the model to be fitted."""


class UndefinedMeanError(CrmValueError, ValueError):
    """The mean spend of the population does not exist, because q <= 1."""


class InvalidParameterError(CrmValueError, ValueError):
    """A parameter, option, rate, horizon or bound is outside its range."""


class UnitMismatchError(InvalidParameterError):
    """Two things are measured in different time units."""


class StoredFormError(CrmValueError, ValueError):
    """A stored object cannot be read."""


class CancelledError(CrmValueError):
    """The progress callback stopped the work."""


class NotFittedError(CrmValueError, ValueError, AttributeError):
    """The estimator has no parameters yet; call ``fit`` or ``from_params`` first."""


class FitWarning(UserWarning):
    """Something about a fit that its user should know; also in ``report_.warnings``."""


class ConvergenceWarning(FitWarning):
    """The fit stopped before it converged; the best point found is kept."""


#: The exception of every error kind of the core.
BY_KIND: dict[str, type[CrmValueError]] = {
    "Empty": InvalidDataError,
    "LengthMismatch": InvalidDataError,
    "NonFinite": InvalidDataError,
    "Missing": InvalidDataError,
    "UnparsableDate": InvalidDataError,
    "DateOutOfRange": InvalidDataError,
    "EndBeforeFirstPurchase": InvalidParameterError,
    "EmptyHoldout": InvalidParameterError,
    "NoPurchases": InvalidDataError,
    "NoRepeatPurchases": FitError,
    "RecencyExceedsAge": InvalidDataError,
    "InconsistentRecency": InvalidDataError,
    "Negative": InvalidDataError,
    "NotACount": InvalidDataError,
    "NotPositive": InvalidDataError,
    "Refund": InvalidDataError,
    "ZeroAmount": InvalidDataError,
    "DuplicateRow": InvalidDataError,
    "DuplicateCustomer": InvalidDataError,
    "UnitMismatch": UnitMismatchError,
    "DiscountRate": InvalidParameterError,
    "UnboundedValue": InvalidParameterError,
    "Horizon": InvalidParameterError,
    "Interval": InvalidParameterError,
    "InvalidParameter": InvalidParameterError,
    "InvalidOption": InvalidParameterError,
    "UndefinedMean": UndefinedMeanError,
    "Bins": InvalidParameterError,
    "CutPoints": InvalidParameterError,
    "Share": InvalidParameterError,
    "TierBounds": InvalidParameterError,
    "TotalNotPositive": InvalidDataError,
    "SegmentTable": InvalidParameterError,
    "UnknownColumn": UnknownColumnError,
    "WrongType": WrongTypeError,
    "MissingColumn": MissingColumnError,
    "TooLarge": InvalidDataError,
    "NotFinite": FitError,
    "Cancelled": CancelledError,
    "Deserialize": StoredFormError,
    "RisingSurvivors": InvalidDataError,
    "ExceedsOpportunities": InvalidDataError,
    "FrequencyExceedsRecency": InvalidDataError,
    "TooManyPeriods": InvalidDataError,
    "DegenerateTenures": FitError,
    "UnknownCustomer": InvalidDataError,
    "SelfReferral": InvalidDataError,
    "ReferralLoop": InvalidDataError,
    "Undefined": InvalidDataError,
    "Labels": InvalidDataError,
    "LogSum": InvalidDataError,
    "ConstantColumn": InvalidDataError,
    "CollinearColumns": InvalidDataError,
    "DuplicateColumn": InvalidDataError,
    "MissingCovariates": MissingColumnError,
    "CustomerNotFound": InvalidDataError,
    "Unsorted": InvalidDataError,
}


def from_kind(kind: str, message: str, fields: dict[str, Any]) -> CrmValueError:
    """Make the exception of an error of the core; called by the native module."""
    return BY_KIND.get(kind, CrmValueError)(message, kind, fields)


def invalid_option(option: str, value: object, requirement: str) -> InvalidParameterError:
    """Make the core's error for an option that only Python knows."""
    fields = {"option": option, "value": str(value), "requirement": requirement}
    return InvalidParameterError(f"option `{option}` is {value}; {requirement}", "InvalidOption", fields)


def unknown_column(column: str, available: list[str]) -> CrmValueError:
    """Make the core's error for a column that a table does not have."""
    error = _core.unknown_column(column, ", ".join(f"`{name}`" for name in available) or "no columns")
    assert isinstance(error, CrmValueError)
    return error
