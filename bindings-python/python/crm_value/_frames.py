"""Frames in, frames of the same kind out.

The only module that knows about frame libraries. Columns go to the native module as they are stored: Arrow data
through the Arrow interface, numpy arrays through the buffer protocol, both without a copy where types allow it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
from crm_value import _core, errors

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Kind:
    """The kind of frame that came in, and so of the results that go out."""

    backend: Any = None
    """The narwhals implementation; ``None`` for numpy."""
    id_name: str = "customer_id"
    """The user's name of the id column."""
    index: Any = None
    """The index of a pandas frame without id column."""

    def series(self, name: str, values: Any, ids: Any) -> Any:
        """One value per customer: a Series (in pandas indexed by id), a ChunkedArray in pyarrow, else an array."""
        if self.backend is None:
            return np.asarray(values)
        native = nw.new_series(name, values, backend=self.backend).to_native()
        if self.backend.is_pandas_like():
            index = self.index
            if index is None:
                index = self.backend.to_native_namespace().Index(ids, name=self.id_name)
            native.index = index
        return native

    def frame(self, columns: Mapping[str, Any]) -> Any:
        """A frame of these columns; masked values are null (NaN in pandas). A dict of arrays for numpy."""
        if self.backend is None:
            return {
                name: np.asarray(values) if isinstance(values, list) else values for name, values in columns.items()
            }
        data: dict[str, Any] = {}
        shown = []
        for name, values in columns.items():
            column = nw.col(name)
            if isinstance(values, np.ma.MaskedArray):
                data[name] = values.data
                data[f"{name} is there"] = ~np.ma.getmaskarray(values)
                column = nw.when(nw.col(f"{name} is there")).then(column).alias(name)
            else:
                data[name] = values
            shown.append(column)
        return nw.from_dict(data, backend=self.backend).select(*shown).to_native()


def _arrow_table(frame: Any) -> Any:
    """Batches and readers, which only pyarrow can open, as a table; everything else as it is."""
    if type(frame).__name__ in ("RecordBatch", "RecordBatchReader"):
        return import_module("pyarrow").table(frame) if hasattr(frame, "columns") else frame.read_all()
    return frame


class Table:
    """A frame, or a dict of columns, from which columns are taken by name."""

    def __init__(self, frame: Any) -> None:
        self._columns: Mapping[str, Any] | None = None
        self._frame: Any = None
        if isinstance(frame, Mapping):
            self._columns = frame
            self.names = [str(name) for name in frame]
            return
        try:
            opened = nw.from_native(_arrow_table(frame))
        except TypeError:
            kinds = "a pandas, polars or pyarrow frame, or a dict of columns"
            raise TypeError(f"expected {kinds}, not {type(frame).__module__}.{type(frame).__qualname__}") from None
        if isinstance(opened, nw.LazyFrame):
            raise TypeError("expected a frame that is in memory; collect the lazy frame first")
        self._frame = opened
        self.names = list(opened.columns)

    def kind(self, id_name: str | None) -> Kind:
        """The kind of frame, with the name of its id column if it has one."""
        if self._frame is None:
            return Kind(id_name=id_name or "customer_id")
        backend = self._frame.implementation
        index = self._frame.to_native().index if id_name is None and backend.is_pandas_like() else None
        return Kind(backend, id_name or "customer_id", index)

    def optional(self, name: str | None, default: str) -> str | None:
        """The name of a column that need not be there unless it was named by the user."""
        return None if name == default and name not in self.names else name

    def raw(self, name: str) -> Any:
        """The column as it came."""
        if name not in self.names:
            raise errors.unknown_column(name, self.names)
        return self._columns[name] if self._columns is not None else self._frame.get_column(name).to_native()

    def column(self, name: str) -> Any:
        """The column as the native module reads it."""
        if name not in self.names:
            raise errors.unknown_column(name, self.names)
        if self._columns is not None:
            return column(self._columns[name])
        return column(self._frame.get_column(name).to_native())

    def covariates(self, names: Sequence[str]) -> _core.Covariates:
        """The columns as a table of covariates."""
        return _core.Covariates(list(names), [self.column(name) for name in names])


def column(values: Any) -> Any:
    """Any one-dimensional data as the native module reads it."""
    if isinstance(values, np.ndarray | Sequence):
        return _from_numpy(values)
    try:
        series = nw.from_native(values, series_only=True)
    except TypeError:
        return _from_numpy(values)
    if series.implementation.is_pandas_like():
        return _from_pandas(values)
    native = series.to_native()
    if not hasattr(native, "__arrow_c_stream__"):
        return series.to_arrow()
    if series.implementation.is_pyarrow() and str(native.type) == "string_view":
        # pyarrow up to 24 exports the views that its own cast makes without their buffer, which no reader survives.
        return native.cast("large_string")
    return native


def _from_pandas(series: Any) -> Any:
    dtype = series.dtype
    if getattr(dtype, "tz", None) is not None:
        # Instants: cut to the day in UTC, as Arrow does.
        return _from_numpy(series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy())
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        return _from_numpy(series.to_numpy())
    try:
        pa: Any = import_module("pyarrow")
    except ImportError:
        if getattr(dtype, "kind", "O") == "f":
            return _from_numpy(series.to_numpy(dtype=np.float64, na_value=np.nan))
        return _from_objects(series.astype(object).tolist())
    try:
        return pa.chunked_array([pa.array(series, from_pandas=True)])
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError):
        # Mixed types: the native module says what it found.
        return series.tolist()


def _from_numpy(values: Any) -> Any:
    if isinstance(values, Sequence) and not values:
        return []
    array = values
    if isinstance(array, np.ma.MaskedArray):
        array = np.ma.filled(array.astype(np.float64), np.nan)
    array = np.asarray(array)
    if array.ndim != 1:
        raise TypeError(f"expected one-dimensional data, not an array of shape {array.shape}")
    if array.dtype.kind == "M":
        unit, step = np.datetime_data(array.dtype)
        if unit not in ("s", "ms", "us", "ns") or step != 1:
            array, unit = array.astype("datetime64[s]"), "s"
        return _plain(array).view(np.int64), unit
    if array.dtype.kind == "f" and array.dtype.itemsize not in (4, 8):
        return _plain(array.astype(np.float64))
    if array.dtype.kind in "OU":
        return _from_objects(array.tolist())
    return _plain(array)


def _plain(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array in native byte order, aligned and without gaps: itself, if it is so already."""
    native = array.dtype.newbyteorder("=")
    return np.require(array, dtype=native, requirements=["C", "ALIGNED"])


def _from_objects(values: list[Any]) -> Any:
    first = next((value for value in values if value is not None), None)
    if isinstance(first, dt.date) and all(value is None or isinstance(value, dt.date) for value in values):
        days = [None if value is None else as_date(_in_utc(value)) for value in values]
        return _from_numpy(np.array([None if day == "NaT" else day for day in days], dtype="datetime64[s]"))
    return values


def _in_utc(date: dt.date) -> dt.date:
    """Instants are cut to the day in UTC, as Arrow does; NaT has no zone."""
    return date.astimezone(dt.UTC) if isinstance(date, dt.datetime) and date.tzinfo is not None else date


def as_date(value: Any) -> str:
    """A date, datetime or datetime64 as YYYY-MM-DD, its time of day and zone cut off; other things as their text."""
    if isinstance(value, np.datetime64):
        return str(value.astype("datetime64[D]"))
    if isinstance(value, dt.datetime):
        return value.isoformat()[:10]
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def fixed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array, no longer writable: it is shared by everyone who asks for the attribute."""
    array.flags.writeable = False
    return array


def like(values: Any, name: str, results: Any) -> Any:
    """One result per value, in the kind of Series that came in; an array for arrays and lists."""
    try:
        series = nw.from_native(values, series_only=True)
    except TypeError:
        return results
    listed = results.tolist() if results.dtype == object else results
    native = nw.new_series(name, listed, backend=series.implementation).to_native()
    if series.implementation.is_pandas_like():
        native.index = values.index
    return native


def frame_like(values: Any, columns: Mapping[str, Any]) -> Any:
    """A frame of these columns, of the library of the Series that came in; a dict for arrays and lists."""
    try:
        series = nw.from_native(values, series_only=True)
    except TypeError:
        return Kind().frame(columns)
    return Kind(series.implementation).frame(columns)


def kind_of(values: Any) -> Kind:
    """The kind of frame that goes with a Series; numpy for arrays and lists."""
    try:
        return Kind(nw.from_native(values, series_only=True).implementation)
    except TypeError:
        return Kind()


def plain_list(values: Any) -> list[Any]:
    """One-dimensional data as a list of Python objects."""
    for name in ("to_pylist", "to_list", "tolist"):
        if hasattr(values, name):
            return list(getattr(values, name)())
    return list(values)


def numbers_or_none(values: Any) -> list[float | None]:
    """Numbers with ``None`` where null or NaN."""
    return [None if value is None or value != value else float(value) for value in plain_list(values)]


def flags(values: Any) -> npt.NDArray[np.uint8]:
    """Truth values as the native module reads them."""
    return np.array([bool(value) for value in plain_list(values)], dtype=np.uint8)


def row_frame(kind: Kind, rows: list[dict[str, Any]], dates: tuple[str, ...] = ()) -> Any:
    """Rows of one table as a frame; ``None`` is null. ``dates`` hold days since 1970-01-01."""
    columns: dict[str, Any] = {}
    for name in rows[0] if rows else ():
        values = [row[name] for row in rows]
        if name in dates:
            columns[name] = np.array(values, dtype="datetime64[D]").astype("datetime64[ms]")
        elif any(value is None for value in values):
            there = [value is not None for value in values]
            columns[name] = np.ma.masked_array([value or 0.0 for value in values], mask=~np.array(there), dtype=float)
        else:
            columns[name] = values if isinstance(values[0], str) else np.array(values)
    return kind.frame(columns)
