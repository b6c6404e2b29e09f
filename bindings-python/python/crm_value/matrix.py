"""CRM matrices: customers by two criteria at once, with what they are worth, what is at risk, and what to do."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from crm_value import _core
from crm_value._frames import Kind, Table, kind_of, like, numbers_or_none, plain_list, row_frame


class MatrixAxis:
    """A criterion: its levels and the level of every customer.

    Examples
    --------
    >>> import crm_value as cv
    >>> cv.MatrixAxis.labels("region", ["south", "north", "south"])
    MatrixAxis('region', ['north', 'south'])
    >>> cv.MatrixAxis.terciles("value", [1.0, 5.0, 9.0]).level_of
    ['low', 'medium', 'high']
    """

    def __init__(self, native: _core.Axis) -> None:
        self._native = native

    @classmethod
    def labels(cls, name: str, labels: Any, levels: Sequence[str] | None = None) -> MatrixAxis:
        """Take a column of labels; ``levels`` gives their order, else they are sorted."""
        texts = [str(label) for label in plain_list(labels)]
        return cls(_core.Axis.labels(name, texts, None if levels is None else list(levels)))

    @classmethod
    def binned(cls, name: str, values: Any, cut_points: _core.CutPoints) -> MatrixAxis:
        """Cut a column of numbers at cut points; the levels are the scores "1", "2", ... from worst to best."""
        return cls(_core.Axis.binned(name, values, cut_points))

    @classmethod
    def quantiles(cls, name: str, values: Any, bins: int, *, lower_is_better: bool = False) -> MatrixAxis:
        """Cut a column of numbers into quantiles; ties are never split. The levels are the scores "1", "2", ..."""
        return cls(_core.Axis.quantiles(name, values, bins, lower_is_better))

    @classmethod
    def scores(cls, name: str, scores: Any, bins: int) -> MatrixAxis:
        """Take a column of scores from 1 to ``bins``, such as those of RFM."""
        return cls(_core.Axis.scores(name, scores, bins))

    @classmethod
    def terciles(cls, name: str, values: Any) -> MatrixAxis:
        """Cut a column of numbers into "low", "medium" and "high"."""
        return cls(_core.Axis.terciles(name, values))

    def with_levels(self, levels: Sequence[str]) -> MatrixAxis:
        """Return the axis with other names for its levels."""
        return MatrixAxis(self._native.with_levels(list(levels)))

    @property
    def name(self) -> str:
        """The name of the criterion."""
        return self._native.name

    @property
    def levels(self) -> list[str]:
        """The levels, in order; a level may be empty."""
        return self._native.levels

    @property
    def level_of(self) -> list[str]:
        """The level of every customer."""
        return self._native.level_of

    def __repr__(self) -> str:
        return f"MatrixAxis({self.name!r}, {self.levels})"


class Action(NamedTuple):
    """What to do with the customers of a cell; an axis that is not restricted covers all its levels."""

    action: str
    """What to do."""
    row: str | None = None
    """The level of the row axis it is for."""
    column: str | None = None
    """The level of the column axis it is for."""


class Withheld(NamedTuple):
    """Cells and totals that an export of a matrix withholds."""

    small: int
    """Those that are small themselves."""
    total: int
    """All, those that protect the small ones included."""


class CrmMatrix:
    """Customers by two criteria.

    Parameters
    ----------
    rows, columns
        The criteria.
    values
        One value per customer, in money, of any sign.
    p_alive
        P(alive) of every customer, in [0, 1], from any model.
    actions
        What to do, first match first.

    Examples
    --------
    >>> import crm_value as cv
    >>> value, p_alive = [900.0, 700.0, 60.0, 50.0, 20.0, 10.0], [0.9, 0.6, 0.9, 0.3, 0.1, 0.8]
    >>> stages = ["active", "at risk", "active", "lapsed", "lost", "new"]
    >>> matrix = cv.CrmMatrix.value_by_stage(value, stages, p_alive)
    >>> matrix
    CrmMatrix(value by stage, 3 x 7, 6 customers, value 1740)
    >>> cell = matrix.cell("high", "at risk")
    >>> cell["customers"], cell["value"], cell["value_at_risk"], cell["action"]
    (1, 700.0, 280.0, 'call now')
    """

    _native: _core.Matrix
    _kind: Kind

    def __init__(
        self,
        rows: MatrixAxis,
        columns: MatrixAxis,
        values: Any,
        p_alive: Any = None,
        actions: Sequence[Action] | None = None,
    ) -> None:
        self._native = _core.Matrix(rows._native, columns._native, values, p_alive)
        self._kind = kind_of(values)
        if actions is not None:
            self._native = self._native.with_actions(_stored(actions))

    @classmethod
    def _of(cls, native: _core.Matrix, values: Any) -> CrmMatrix:
        matrix = object.__new__(cls)
        matrix._native = native
        matrix._kind = kind_of(values)
        return matrix

    @classmethod
    def value_by_stage(cls, values: Any, stages: Any, p_alive: Any = None) -> CrmMatrix:
        """Value in terciles by stage of the relationship (see :meth:`TransactionLog.stages`), with default actions."""
        return cls._of(_core.Matrix.value_by_stage(values, plain_list(stages), p_alive), values)

    @classmethod
    def loyalty(cls, frequency: Any, tenure: Any, values: Any, p_alive: Any = None) -> CrmMatrix:
        """Frequency by tenure (time since the first purchase), each in terciles."""
        return cls._of(_core.Matrix.loyalty(frequency, tenure, values, p_alive), values)

    @classmethod
    def churn(cls, values: Any, p_alive: Any) -> CrmMatrix:
        """Value in terciles by churn risk 1 - P(alive), with default actions."""
        return cls._of(_core.Matrix.churn(values, p_alive), values)

    @classmethod
    def rfm(cls, recency: Any, frequency: Any, bins: int, values: Any, p_alive: Any = None) -> CrmMatrix:
        """Recency scores by frequency scores, each from 1 to ``bins``."""
        return cls._of(_core.Matrix.rfm(recency, frequency, bins, values, p_alive), values)

    def with_actions(self, actions: Sequence[Action]) -> CrmMatrix:
        """Return the matrix with other actions; the first that covers a cell names what to do."""
        matrix = CrmMatrix._of(self._native.with_actions(_stored(actions)), None)
        matrix._kind = self._kind
        return matrix

    @property
    def rows(self) -> MatrixAxis:
        """The row axis."""
        return MatrixAxis(self._native.rows)

    @property
    def columns(self) -> MatrixAxis:
        """The column axis."""
        return MatrixAxis(self._native.columns)

    @property
    def total(self) -> dict[str, Any]:
        """All customers."""
        return dict(json.loads(self._native.totals()[2]))

    def cell(self, row: str, column: str) -> dict[str, Any]:
        """Return the customers of a cell: number, shares, value, mean P(alive), value at risk, and what to do."""
        rows, columns = self.rows.levels, self.columns.levels
        cell = rows.index(row) * len(columns) + columns.index(column)
        return dict(json.loads(self._native.cells())[cell], action=self._native.actions()[cell])

    def to_frame(self, minimum: int | None = None) -> Any:
        """Return one row per cell, in the kind of the values (a dict for arrays).

        With ``minimum`` for export: what says something about cells, row or column totals of 1 to ``minimum`` - 1
        customers is withheld (null), and further cells so that no total gives them away.
        """
        cells = json.loads(self._native.cells(minimum))
        places = [(row, column) for row in self.rows.levels for column in self.columns.levels]
        actions = self._native.actions()
        return row_frame(self._kind, self._named(("row", "column"), places, cells, minimum, actions))

    def totals_frame(self, axis: str = "row", minimum: int | None = None) -> Any:
        """Return the totals of the rows, or with ``axis="column"`` those of the columns; ``minimum`` as above."""
        rows, columns, _ = self._native.totals(minimum)
        levels, totals = (self.columns.levels, columns) if axis == "column" else (self.rows.levels, rows)
        return row_frame(self._kind, self._named((axis,), [(level,) for level in levels], json.loads(totals), minimum))

    def withheld(self, minimum: int) -> Withheld:
        """Return how many cells and totals an export with this ``minimum`` withholds."""
        return Withheld(*self._native.withheld(minimum))

    def _named(
        self,
        heads: tuple[str, ...],
        places: Sequence[tuple[str, ...]],
        cells: list[dict[str, Any] | None],
        minimum: int | None,
        actions: Sequence[str | None] | None = None,
    ) -> list[dict[str, Any]]:
        names = list(self.total)
        rows = []
        for number, (place, cell) in enumerate(zip(places, cells, strict=True)):
            shown: dict[str, Any] = dict(zip(heads, place, strict=True))
            shown |= dict.fromkeys(names) if cell is None else cell
            if minimum is not None:
                shown["withheld"] = cell is None
            if actions is not None:
                shown["action"] = actions[number] or ""
            rows.append(shown)
        return rows

    def __repr__(self) -> str:
        rows, columns, total = self.rows, self.columns, self.total
        size = f"{len(rows.levels)} x {len(columns.levels)}"
        customers, value = total["customers"], total["value"]
        return f"CrmMatrix({rows.name} by {columns.name}, {size}, {customers} customers, value {value:.6g})"

    def _repr_html_(self) -> str:
        cells, width = json.loads(self._native.cells()), len(self.columns.levels)
        head = "".join(f"<th>{html.escape(level)}</th>" for level in self.columns.levels)
        lines = []
        for number, level in enumerate(self.rows.levels):
            line = cells[number * width : (number + 1) * width]
            shown = "".join(f"<td>{cell['customers']}: {cell['value']:.2f}</td>" for cell in line)
            lines.append(f"<tr><th>{html.escape(level)}</th>{shown}</tr>")
        title = f"<caption>{html.escape(repr(self))}</caption>"
        return f"<table>{title}<tr><th></th>{head}</tr>{''.join(lines)}</table>"


def _stored(actions: Sequence[Action]) -> str:
    return json.dumps([Action(*action)._asdict() for action in actions])


def default_actions(table: Literal["value_by_stage", "value_by_churn_risk"]) -> list[Action]:
    """Return the actions that :meth:`CrmMatrix.value_by_stage` or :meth:`CrmMatrix.churn` come with, to be changed.

    Examples
    --------
    >>> import crm_value as cv
    >>> cv.default_actions("value_by_churn_risk")[1]
    Action(action='call now', row='high', column='high')
    """
    return [Action(**row) for row in json.loads(_core.default_actions(table))]


def relationship(log: _core.Log, kind: Kind, rules: dict[str, Any] | None, observed_until: str | None) -> Any:
    """Make the frame of :meth:`TransactionLog.relationship`."""
    names = ("purchases", "since_first", "since_last", "own_gap", "since_return")
    columns = _core.relationship(log, rules_json(rules), observed_until)
    shown = [np.ma.masked_array(*column) if isinstance(column, tuple) else column for column in columns]
    ids = log.summarize("day", observed_until, False).ids
    return kind.frame({kind.id_name: ids} | dict(zip(names, shown, strict=True)))


def default_stage_rules() -> dict[str, Any]:
    """Return the default rules of the stages, to be changed and given to :func:`stages`.

    Examples
    --------
    >>> import crm_value as cv
    >>> cv.default_stage_rules()["rhythm"]
    [2.0, 3.0, 6.0]
    """
    return dict(json.loads(_core.default_stage_rules()))


def rules_json(rules: dict[str, Any] | None) -> str:
    """Return rules in their stored form; those not given are the defaults."""
    return json.dumps(rules or {})


def stages(frame: Any, *, rules: dict[str, Any] | None = None, p_alive: Any = None) -> Any:
    """Return the stage of every customer of a frame, from prospect to won back.

    Columns, all in days before the end of observation: ``purchases``, ``since_first``, ``since_last``, ``own_gap``
    (mean days between purchases) and ``since_return`` (days since the customer came back after having lapsed); the
    last two are null where there is none. ``rules`` as in :func:`default_stage_rules`; with ``p_alive`` by P(alive),
    else by rhythm.

    Examples
    --------
    >>> import crm_value as cv
    >>> frame = {
    ...     "purchases": [0, 1, 6],
    ...     "since_first": [0, 40, 400],
    ...     "since_last": [0, 40, 130],
    ...     "own_gap": [None, None, 50.0],
    ...     "since_return": [None, None, 60.0],
    ... }
    >>> cv.stages(frame)
    array(['prospect', 'new', 'won back'], dtype='<U8')
    """
    table = Table(frame)
    found = _core.stages_of_columns(
        table.column("purchases"),
        table.column("since_first"),
        table.column("since_last"),
        numbers_or_none(table.raw("own_gap")),
        numbers_or_none(table.raw("since_return")),
        rules_json(rules),
        p_alive,
    )
    return like(table.raw("purchases"), "stage", np.array(found))


__all__ = ["Action", "CrmMatrix", "MatrixAxis", "Withheld", "default_actions", "default_stage_rules", "stages"]
