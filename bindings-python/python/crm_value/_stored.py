"""What result tables with a stored form share."""

from __future__ import annotations

import html
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Self, TypeVar

from crm_value._frames import Kind


class StoredTable:
    """A result that shows itself as a frame of the kind that came in, and can be stored and pickled."""

    _native_type: ClassVar[Any]
    _native: Any
    _kind: Kind

    def _columns(self) -> Mapping[str, Any]:
        raise NotImplementedError

    @cached_property
    def _frame(self) -> Any:
        return self._kind.frame(self._columns())

    def to_json(self) -> str:
        """Return the stored form."""
        json: str = self._native.to_json()
        return json

    @classmethod
    def from_json(cls, json: str) -> Self:
        """Read the stored form; it is checked again. ``to_frame`` then gives a dict of arrays."""
        return _restore(cls, json, Kind())

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __reduce__(self) -> Any:
        return _restore, (type(self), self.to_json(), self._kind)

    def _repr_html_(self) -> str:
        frame = self._frame
        shown = frame._repr_html_() if hasattr(frame, "_repr_html_") else ""
        return f"<p>{html.escape(repr(self))}</p>{shown}"


_Table = TypeVar("_Table", bound=StoredTable)


def _restore(cls: type[_Table], json: str, kind: Kind) -> _Table:
    table = object.__new__(cls)
    table._native, table._kind = cls._native_type.from_json(json), kind
    return table
