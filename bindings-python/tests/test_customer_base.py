"""Cohorts, survival, CRM matrices and the period review: frames in and out, and CDNOW's totals."""

from __future__ import annotations

import crm_value as cv
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

SIX_MP = {6: [1, 1, 1, 0], 7: [1], 9: [0], 10: [1, 0], 11: [0], 13: [1], 16: [1], 17: [0], 19: [0], 20: [0]} | {
    22: [1],
    23: [1],
    25: [0],
    32: [0, 0],
    34: [0],
    35: [0],
}
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_cohorts_add_up(orders: pd.DataFrame) -> None:
    log = cv.TransactionLog(orders)
    table = log.cohorts("month", observed_until="1998-06-30")
    assert table.totals.customers == table.sizes.sum() == 2357
    assert table.totals.revenue == pytest.approx(orders["amount"].sum(), abs=1e-6)
    assert table.array("revenue").sum() == pytest.approx(orders["amount"].sum(), abs=1e-6)
    assert np.bincount(table.assign()).tolist() == table.sizes[:3].tolist()
    periods = table.periods()
    assert isinstance(periods, pd.DataFrame)
    assert periods["revenue"].sum() == pytest.approx(orders["amount"].sum(), abs=1e-6)
    assert str(periods["start"][0].date()) == "1997-01-01"
    assert periods["arpu_active"][1] == periods["revenue"][1] / periods["active"][1]
    retention = table.to_frame()
    assert retention["0"][0] == 1.0
    assert np.isnan(retention["17"][1])
    ages = table.ages()
    assert (ages["active"] / ages["acquired"])[3] == ages["retention"][3]
    assert "1997-01" in table._repr_html_()
    early = log.cohorts("quarter", observed_until="1998-05-20", observed_from="1997-01-01")
    assert early.totals.masked_revenue > 0.0
    assert early.array("orders").mask[0, 5]


@pytest.mark.parametrize("make", [pl.from_pandas, pa.Table.from_pandas])
def test_frames_of_the_kind_that_came_in(orders: pd.DataFrame, make: object) -> None:
    log = cv.TransactionLog(make(orders))  # type: ignore[operator]
    kind = type(make(orders))  # type: ignore[operator]
    review = log.review(("1997-07-01", "1997-12-31"), ("1998-01-01", "1998-06-30"))
    table = log.cohorts("month")
    frames = [table.to_frame(), table.periods(), table.ages(), log.lifetimes(26)]
    frames += [review.customers(), review.summary(), review.migration(), review.periods()]
    assert all(isinstance(frame, kind) for frame in frames)


def test_freireich() -> None:
    durations = [time for time, ends in SIX_MP.items() for _ in ends]
    churned = [bool(end) for ends in SIX_MP.values() for end in ends]
    curve = cv.KaplanMeier(pd.Series(durations), pd.Series(churned))
    steps = curve.to_frame()
    assert (curve.customers, curve.events, curve.median) == (21, 9, 23.0)
    assert steps["survival"][0] == 6 / 7
    assert steps["std_error"][0] == pytest.approx(0.0763603548321212528, rel=1e-14)
    assert steps["lower"][0] == pytest.approx(0.619717955265983777, rel=1e-13)
    assert steps["upper"][0] == pytest.approx(0.951551747646997029, rel=1e-13)
    groups = ["6-MP"] * 21 + ["placebo"] * 21
    test = cv.log_rank(durations + PLACEBO, churned + [True] * 21, groups)
    assert test.chi_square == pytest.approx(16.7929409892165, rel=1e-12)
    assert test.groups[0].group == "6-MP"
    assert test.groups[0].expected == pytest.approx(19.2505009480311, rel=1e-13)
    with pytest.raises(cv.InvalidDataError, match="duration"):
        cv.KaplanMeier([-1.0], [True])


def test_stages_and_matrix(orders: pd.DataFrame) -> None:
    log = cv.TransactionLog(orders)
    customers = log.summarize(observed_until="1998-06-30")
    stages = log.stages(observed_until="1998-06-30")
    assert isinstance(stages, pd.Series)
    assert stages.index.tolist() == customers.ids.tolist()
    p_alive = cv.BgNbd().fit(customers).probability_alive(customers)
    value = pd.Series(customers.total_spend)
    matrix = cv.CrmMatrix.value_by_stage(value, stages, p_alive)
    frame = matrix.to_frame()
    assert frame["customers"].sum() == matrix.total["customers"] == 2357
    assert frame["value"].sum() == pytest.approx(orders["amount"].sum(), abs=1e-6)
    assert matrix.totals_frame()["value"].sum() == pytest.approx(orders["amount"].sum(), abs=1e-6)
    assert frame["value_at_risk"].sum() == pytest.approx(((1 - np.asarray(p_alive)) * value).sum())
    export = matrix.to_frame(minimum=20)
    small = (frame["customers"] > 0) & (frame["customers"] < 20)
    assert small.any()
    assert export["withheld"][small].all()
    assert export["value"][export["withheld"]].isna().all()
    by_p = log.stages(p_alive=p_alive, observed_until="1998-06-30", rules={"p_alive": [0.9, 0.5, 0.1]})
    assert set(by_p) <= {"new", "active", "at risk", "lapsed", "lost", "won back"}
    region = cv.MatrixAxis.labels("region", ["a", "b"] * 3, levels=["b", "a"])
    score = cv.MatrixAxis.quantiles("score", [1, 2, 3, 4, 5, 6], 2)
    plain = cv.CrmMatrix(region, score, [1.0] * 6, actions=[cv.Action("call", column="2")])
    assert plain.cell("b", "2")["action"] == "call"
    assert plain.to_frame()["row"].tolist() == ["b", "b", "a", "a"]
    with pytest.raises(cv.InvalidParameterError, match="level"):
        cv.MatrixAxis.labels("region", ["c"], levels=["a"])
    with pytest.raises(cv.StoredFormError, match="rhythmus"):
        log.stages(rules={"rhythmus": [1, 2, 3]})


def test_review(orders: pd.DataFrame) -> None:
    log = cv.TransactionLog(orders)
    halves = ("1997-07-01", "1997-12-31"), ("1998-01-01", "1998-06-30")
    review = log.review(*halves)
    bridge = review.bridge
    in_half = [orders["amount"][orders["date"].astype(str).between(*half)].sum() for half in halves]
    assert bridge.value_1 == pytest.approx(in_half[0], abs=1e-6)
    assert bridge.value_2 == pytest.approx(in_half[1], abs=1e-6)
    total = bridge.value_1 + bridge.new + bridge.returned + bridge.growth - bridge.shrinkage - bridge.lost
    assert total + bridge.absent == pytest.approx(bridge.value_2, abs=1e-6)
    customers = review.customers()
    assert customers["value_2"].sum() == pytest.approx(in_half[1], abs=1e-6)
    counts = customers["movement"].value_counts()
    summary = review.summary().set_index("movement")["customers"]
    assert all(summary[name] == counts.get(name, 0) for name in summary.index)
    migration = review.migration()
    assert migration["value_1"].sum() == pytest.approx(in_half[0], abs=1e-6)
    assert review.top_tier["customers"] == (customers["tier_1"] == 0).sum()
    assert review.periods()["value"].tolist() == [bridge.value_1, bridge.value_2]
    at_risk = review.value_at_risk(1, np.full(2357, 0.75))
    assert at_risk.share == pytest.approx(0.25)
    with pytest.raises(cv.InvalidParameterError, match="first period must end"):
        log.review(halves[1], halves[0])


def test_defaults_are_the_cores() -> None:
    assert cv.default_stage_rules() == {
        "new_within": 90.0,
        "won_back_within": 90.0,
        "rhythm": [2.0, 3.0, 6.0],
        "p_alive": [0.8, 0.5, 0.2],
        "usual_gap": None,
    }


def test_tables_of_cdnow(orders: pd.DataFrame) -> None:
    """The figures were counted from the rows of the file by a program of its own; so in the Rust and C tests."""
    log = cv.TransactionLog(orders)
    customers = log.summarize()
    table = log.cohorts("month")
    assert table.sizes[:3].tolist() == [781, 857, 719]
    assert [table.cell(cohort, 1)["customers"] for cohort in range(3)] == [124, 134, 87]  # type: ignore[index]
    spent = [table.cell(cohort, 0)["revenue"] for cohort in range(3)]  # type: ignore[index]
    assert spent == pytest.approx([28592.70, 33430.08, 32812.09], abs=0.005)
    assert (table.totals.customers, table.totals.orders) == (2357, 6696)
    assert table.totals.revenue == pytest.approx(244091.94, abs=0.005)

    spend = cv.HistoricalClv().value(customers)
    matrix = cv.CrmMatrix.value_by_stage(spend, log.stages())
    cells = matrix.to_frame()
    assert cells["customers"].sum() == matrix.total["customers"] == 2357
    assert cells["value"].sum() == pytest.approx(244091.94, abs=0.005)
    assert matrix.total["value"] == pytest.approx(244091.94, abs=0.005)

    orders_of = customers.to_frame()["frequency"] + 1
    profit = cv.contribution_margin(spend, orders=orders_of, rate=0.30, cost_per_order=2.0, cost_per_customer=3.0)
    whale = cv.WhaleCurve(profit)
    assert (whale.break_even_customers, whale.unprofitable_customers) == (1818, 539)
    assert whale.total == pytest.approx(52764.582, abs=0.005)
    assert whale.peak_value == pytest.approx(53419.158, abs=0.005)

    bridge = log.review(("1997-07-01", "1997-12-31"), ("1998-01-01", "1998-06-30")).bridge
    expected = (55096.58, 0.0, 10516.85, 8909.23, 14546.87, 17108.67, 0.0, 42867.12)
    assert tuple(bridge) == pytest.approx(expected, abs=0.005)


def test_cells_that_are_not_complete() -> None:
    log = cv.TransactionLog({"customer_id": [1, 1], "date": ["2026-01-31", "2026-03-02"], "amount": [70.0, 50.0]})
    table = log.cohorts("month")
    assert table.cell(0, 1) == {"customers": 0, "orders": 0, "revenue": 0.0, "margin": None, "masked": False}
    assert table.cell(0, 2) == {"customers": 1, "orders": 1, "revenue": 50.0, "margin": None, "masked": True}
    assert table.cell(1, 2) is None


def test_axes_and_actions() -> None:
    values = pd.Series([900.0, 700.0, 60.0, 50.0, 20.0, 10.0])
    matrix = cv.CrmMatrix.rfm([2, 1, 2, 2, 1, 1], [1, 1, 2, 2, 1, 2], 2, values)
    assert (matrix.rows.name, matrix.columns.name) == ("R", "F")
    assert matrix.cell("2", "1")["value"] == 900.0
    axis = cv.MatrixAxis.scores("R", [1, 2, 2], 2)
    assert axis.level_of == ["1", "2", "2"]
    for scores in ([0, 1], [1.5, 2.0], [1, 3]):
        with pytest.raises(cv.CrmValueError, match="score"):
            cv.MatrixAxis.scores("R", scores, 2)
    rows, columns = list("aaaaabbbbb"), list("xyyyyxxxyy")  # one customer in the first cell: all four cells go
    export = cv.CrmMatrix(cv.MatrixAxis.labels("row", rows), cv.MatrixAxis.labels("column", columns), [1.0] * 10)
    assert export.withheld(2) == cv.Withheld(small=1, total=4)
    assert export.withheld(0) == (0, 0)
    actions = cv.default_actions("value_by_stage")
    assert len(actions) == 16
    changed = [cv.Action("phone", "high", "lost"), *actions]
    stages = ["active", "at risk", "active", "lapsed", "lost", "lost"]
    table = cv.CrmMatrix.value_by_stage(values, stages).with_actions(changed)
    assert table.cell("high", "lost")["action"] == "phone"
    assert table.cell("low", "lost")["action"] == "let go"
    with pytest.raises(cv.CrmValueError, match="value_by_stage"):
        cv.default_actions("nothing")  # type: ignore[arg-type]


def test_relationship_says_what_the_stages_look_at(orders: pd.DataFrame) -> None:
    log = cv.TransactionLog(orders)
    frame = log.relationship(observed_until="1998-03-31")
    assert isinstance(frame, pd.DataFrame)
    assert cv.stages(frame).tolist() == log.stages(observed_until="1998-03-31").tolist()
    assert frame["own_gap"].isna().sum() == (frame["purchases"] < 3).sum()
    small = {
        "customer_id": [1, 1, 1, 2],
        "date": ["2026-01-01", "2026-01-11", "2026-01-31", "2026-01-05"],
        "amount": [1.0] * 4,
    }
    days = cv.TransactionLog(small).relationship(observed_until="2026-02-10")
    assert days["purchases"].tolist() == [3, 1]
    assert days["since_first"].tolist() == [40.0, 36.0]
    assert days["since_last"].tolist() == [10.0, 36.0]
    assert days["own_gap"].tolist() == [15.0, None]
    assert cv.TransactionLog(small).usual_gap("2026-02-10") == 15.0
    assert cv.TransactionLog(small).usual_gap("2026-01-20") is None


def test_review_tiers_and_calendar() -> None:
    review = cv.PeriodReview.from_columns([100.0, 50.0, 80.0, None], [130.0, None, 60.0, 40.0], tier_bounds=[0.5, 1.0])
    tiers = review.tiers(0)
    assert tiers is not None
    assert [tier.customers for tier in tiers.rows] == [2, 1]
    assert review.tiers(2) is None
    week = cv.calendar_period("2027-01-01", "week")
    assert (str(week.first), str(week.last), week.label) == ("2026-12-28", "2027-01-03", "2026-W53")
    with pytest.raises(cv.CrmValueError, match="day"):
        cv.calendar_period("2027-01-01", "day")  # type: ignore[arg-type]
