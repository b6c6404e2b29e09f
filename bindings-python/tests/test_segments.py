"""Concentration beyond shares, groups of customers, RFMR points, and who will reach a threshold."""

import dataclasses
import pickle

import crm_value as cv
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

VALUE = [10.0, 30.0, 20.0, 40.0]


def test_indices_by_hand():
    c = cv.Concentration([1.0, 2.0, 3.0, 10.0])
    assert c.hoover == 0.375  # mean 4: 3 + 2 + 1 + 6 = 12 of 32
    assert c.hhi == pytest.approx(114 / 256)
    assert c.effective_customers == pytest.approx(256 / 114)
    assert cv.Concentration([0.0, 0.0, 5.0, 0.0]).theil() == pytest.approx(np.log(4))
    tail = cv.Concentration([0.5, 1.0, 2.0, 4.0]).tail_index(2)
    assert tail[:2] == (2, 1.0)
    assert tail.alpha == pytest.approx(2 / np.log(8))
    assert tail.standard_error == pytest.approx(tail.alpha / np.sqrt(2))
    # alpha 2 / ln 8 < 1 has no mean; one value above 2 gives 1 / ln 2 and 0.25^(1 - ln 2) to the top quarter.
    tailed = cv.Concentration([0.5, 1.0, 2.0, 4.0])
    assert tailed.implied_top_share(0.2, 2) is None
    assert tailed.implied_top_share(0.25, 1) == pytest.approx(0.25 ** (1 - np.log(2)))
    assert (tailed.negatives, cv.Concentration([-1.0, 3.0], "allow").negatives) == ("reject", "allow")
    rows = cv.Concentration(VALUE).dependency()
    assert [(row.customers, row.value_share) for row in rows] == [(1, 0.4), (4, 1.0), (4, 1.0), (1, 0.4)]
    assert cv.Concentration(VALUE).dependency([2])[0] == (2, 0.5, 70.0, 0.7)


def test_rules():
    c = cv.Concentration([1.0] * 80 + [16.0] * 20)  # 20 % hold exactly 80 %
    test = c.test_rule(0.2, 0.8)
    assert test.top_share == pytest.approx(0.8)
    # With 20 large ones drawn the share is 0.8; with more or fewer it is less.
    assert test.lower < 0.8
    assert test.upper == pytest.approx(0.8)
    assert (test.verdict, test.confidence, test.resamples, test.seed) == ("undecided", 0.95, 2000, 1)
    assert c.test_rule(0.2, 0.8) == test
    assert c.test_rule(0.2, 0.8, seed=2) != test
    narrow = c.test_rule(0.2, 0.8, confidence=0.5, resamples=500)
    assert narrow.upper - narrow.lower < test.upper - test.lower
    assert c.test_rule(0.2, 0.3).verdict == "holds"
    assert c.test_rule(0.2, 0.99).verdict == "does not hold"


def test_whale_curves():
    for values in ([80.0, -30.0, 70.0, 0.0, -20.0], pl.Series([80.0, -30.0, 70.0, 0.0, -20.0])):
        whale = cv.WhaleCurve(values)
        assert (whale.n, whale.break_even_customers, whale.unprofitable_customers) == (5, 2, 2)
        assert (whale.peak_customer_share, whale.peak_share, whale.destroyed_value) == (0.4, 1.5, 50.0)
        assert whale.at(3) == (3, 0.6, 150.0, 1.5)
        assert whale.at(99).customers == 5
        share, value = whale.curve(6)
        np.testing.assert_allclose(share, np.linspace(0, 1, 6))
        assert value.tolist() == [0.0, 80.0, 150.0, 150.0, 130.0, 100.0]
    loss = cv.WhaleCurve([5.0, -5.0])
    assert (loss.peak_share, loss.destroyed_share, loss.at(1).value_share) == (None, None, None)


def test_dilemmas():
    revenue, margin = [900.0, 1000.0, 50.0, 40.0, 30.0], [-90.0, 300.0, -60.0, 5.0, 4.0]
    found = cv.Dilemmas(pd.Series(revenue), pd.Series(margin), top=0.4, avoidable=0.95)
    frame = found.to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert frame.to_dict("list") == {
        "row": [0],
        "revenue": [900.0],
        "margin": [-90.0],
        "price_rise": [0.1],
        "gain_if_repriced": [90.0],
        "costs_saved": [940.5],
        "gain_if_ended": [40.5],
    }
    assert (len(found), found.smallest_revenue, found.total_margin) == (1, 900.0, 159.0)
    assert (found.total_margin_if_repriced, found.total_margin_if_ended) == (249.0, 199.5)
    assert len(cv.Dilemmas(revenue, margin)) == 0  # one large customer, and it earns
    assert isinstance(cv.Dilemmas(pl.Series(revenue), margin).to_frame(), pl.DataFrame)
    assert "costs_saved" in found._repr_html_()
    assert cv.Dilemmas.from_json(found.to_json()) == found == pickle.loads(pickle.dumps(found))
    assert found != cv.Dilemmas(revenue, margin)
    assert isinstance(pickle.loads(pickle.dumps(found)).to_frame(), pd.DataFrame)
    assert cv.Dilemmas.from_json(found.to_json()).to_frame()["gain_if_ended"].tolist() == [40.5]
    with pytest.raises(cv.StoredFormError, match="row 0 contradicts itself"):
        cv.Dilemmas.from_json(found.to_json().replace("-90.0", "-80.0"))


def test_concentration_by_attribute():
    value, region = [40.0, 20.0, 30.0, 10.0], ["north", "south", "north", "east"]
    for labels in (region, pd.Series(region), pl.Series(region), pa.chunked_array([region]), cv.Labels(region)):
        by_region = cv.AttributeConcentration(value, labels)
        assert [level.level for level in by_region.levels] == ["east", "north", "south"]
        assert by_region.levels[1] == ("north", 2, 0.5, 70.0, 0.7, True)
        assert by_region.largest == by_region.levels[1]
    assert by_region.hhi == pytest.approx(0.54)
    assert (by_region.hhi_alert, by_region.limits, by_region.total) == (True, (0.25, 0.25), 100.0)
    calm = cv.AttributeConcentration(value, region, share_limit=0.7, hhi_limit=0.6)
    assert not calm.hhi_alert
    assert not any(level.alert for level in calm.levels)
    frame = cv.AttributeConcentration(pl.Series(value), region).to_frame()
    assert isinstance(frame, pl.DataFrame)
    assert frame["value_share"].to_list() == [0.1, 0.7, 0.2]
    assert cv.AttributeConcentration.from_json(calm.to_json()) == calm == pickle.loads(pickle.dumps(calm)) != by_region
    assert cv.AttributeConcentration.from_json(calm.to_json()).limits == (0.7, 0.6)
    with pytest.raises(cv.StoredFormError, match="not those of the levels"):
        cv.AttributeConcentration.from_json(calm.to_json().replace('"customers":2', '"customers":3'))


def test_tiers_by_thresholds():
    value = pd.Series([1000.0, 40.0, 999.0, 100.0], index=list("abcd"))
    tiers = cv.Tiers.by_thresholds(value, [100.0, 1000.0])
    assert tiers.basis == "threshold"
    assert tiers.assign(value).to_dict() == {"a": 0, "b": 2, "c": 1, "d": 1}
    assert [(row.customers, row.value, row.threshold) for row in tiers.rows] == [
        (1, 1000.0, 1000.0),
        (2, 1099.0, 100.0),
        (1, 40.0, None),
    ]
    assert cv.Tiers.from_json(tiers.to_json()) == tiers
    assert cv.tiers(value).rows[0].threshold is None


def test_labels():
    assert cv.Labels(["b", "", "a", "b"]).codes.tolist() == [2, 0, 1, 2]
    numbers = cv.Labels(np.array([10, 9, -1, 10]))
    assert (numbers.levels, numbers.names) == (["-1", "9", "10"], ["10", "9", "-1", "10"])
    assert cv.Labels(np.array([10, 9], dtype=np.uint8)).levels == ["9", "10"]
    assert cv.Labels(pd.Series(["x", "y"], dtype="category")) == cv.Labels(["x", "y"])
    assert len(cv.Labels.from_codes(["a", "nobody"], [0])) == 1
    assert repr(numbers) == "Labels(4 customers, 3 levels)"
    ordered = cv.Labels.from_codes(["top", "nobody", "basic"], [2, 0, 2])
    assert ordered.to_json() == '{"version":1,"levels":["top","nobody","basic"],"codes":[2,0,2]}'
    assert cv.Labels.from_json(ordered.to_json()) == ordered == pickle.loads(pickle.dumps(ordered))
    with pytest.raises(cv.StoredFormError, match="code 3"):
        cv.Labels.from_json(ordered.to_json().replace("[2,0,2]", "[2,3,2]"))


def test_tier_actions():
    actions = cv.TierActions()
    assert [row.tier for row in actions.rows] == ["top", "middle", "basic"]
    labels = actions.label(pd.Series([0, 2, 1]))
    assert (labels.levels, labels.names) == (["top", "middle", "basic"], ["top", "basic", "middle"])
    own = cv.TierActions({"A": "visit", "B": "call"})
    assert own == cv.TierActions([("A", "visit"), ("B", "call")]) != actions
    assert cv.TierActions.from_json(own.to_json()) == own == pickle.loads(pickle.dumps(own))
    assert repr(own) == "TierActions(A, B)"


def test_segment_profiles():
    value, channel = pl.Series([10.0, 30.0, 40.0, 20.0]), ["shop", "web", "web", "shop"]
    profile = cv.SegmentProfile(value, ["small", "small", "large", "small"], channel)
    frame = profile.to_frame()
    assert isinstance(frame, pl.DataFrame)
    assert (len(profile), profile.total, frame["customers"].sum(), frame["value"].sum()) == (4, 100.0, 4, 100.0)
    large_web = frame.row(2, named=True)
    assert large_web == {
        "level": "web",
        "segment": "large",
        "customers": 1,
        "share_of_segment": 1.0,
        "share_of_level": 0.5,
        "index": 2.0,
        "value": 40.0,
        "value_share": 0.4,
        "mean_value": 40.0,
    }
    assert frame["mean_value"].to_list() == [None, 15.0, 40.0, 30.0]
    assert dataclasses.asdict(profile.cell("web", "large")) == large_web
    assert profile.cell("web", "large").index == 2.0
    assert profile.cell("web", "huge") is None
    assert cv.SegmentProfile.from_json(profile.to_json()) == profile == pickle.loads(pickle.dumps(profile))
    with pytest.raises(cv.StoredFormError, match="add up"):
        cv.SegmentProfile.from_json(profile.to_json().replace('"value":40.0', '"value":41.0'))


def test_migration():
    ids, after = pd.Series(["a", "b", "c", "d"]), pl.Series(["b", "a", "d", "e"])
    migration = cv.SegmentMigration(ids, ["A", "B", "B", "A"], after, ["A", "A", "B", "C"])
    assert migration.matrix.tolist() == [[1, 1, 0, 0], [1, 0, 0, 1], [0, 0, 0, 0], [0, 0, 1, 0]]
    assert (migration.stayed, migration.new_customers, migration.lost_customers) == (1, 1, 1)
    assert migration.share("A", "A") == 0.5
    assert migration.share("C", "A") is None
    frame = migration.to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert frame["customers"].sum() == 5
    lost = frame[(frame["before"] == "B") & frame["after"].isna()]
    assert (lost["customers"].item(), lost["share"].item()) == (1, 0.5)
    assert repr(migration) == "SegmentMigration(3 levels, 1 stayed, 1 new, 1 lost)"
    assert (migration.before(), migration.after(), migration.before("A"), migration.after("C")) == (4, 4, 2, 1)
    assert cv.SegmentMigration.from_json(migration.to_json()) == migration == pickle.loads(pickle.dumps(migration))
    with pytest.raises(cv.StoredFormError, match="rows and columns"):
        cv.SegmentMigration.from_json('{"version":1,"levels":["A"],"matrix":[[0]]}')


def test_segments_as_labels():
    frame = {"time_since_last": [3, 40, 200], "frequency": [9, 1, 5], "total_spend": [900, 20, 300]}
    scores = cv.Rfm().fit(cv.RfmSummary.from_frame(frame, unit="day")).scores_
    segments = cv.SegmentTable().label(scores)
    assert segments.names == ["loyal", "hibernating", "hibernating"]
    assert segments.levels == cv.SegmentTable().names
    profile = cv.SegmentProfile(frame["total_spend"], segments, ["web", "web", "shop"])
    assert profile.cell("web", "loyal").value == 900.0


def test_nested_scores():
    frame = {"time_since_last": [1, 2, 30, 40], "frequency": [9, 8, 2, 1], "total_spend": [10.0] * 4}
    customers = cv.RfmSummary.from_frame(frame, unit="day")
    rfm = cv.Rfm(bins=2, nested=True).fit(customers)
    assert rfm.labels_.tolist() == ["221", "211", "121", "111"]
    assert rfm.cut_points_.is_nested
    assert rfm.cut_points_.within("frequency", 2, 1).points == [(1, 8.0), (2, 9.0)]
    assert rfm.cut_points_.within("frequency", 3, 1) is None
    assert rfm.get_params()["nested"]
    stored = cv.RfmCutPoints.from_json(rfm.cut_points_.to_json())
    again = cv.Rfm.from_cut_points(stored)
    assert again.score(customers).labels.tolist() == rfm.labels_.tolist()
    assert (again.bins, again.nested, again.cut_points_) == ((2, 2, 2), True, stored)
    with pytest.raises(cv.NotFittedError):
        _ = again.scores_
    # The options are those of the cut points, so fitting the same customers gives them again.
    assert again.fit(customers).cut_points_ == stored
    # A new customer, recent and of 8 purchases, is low among the recent.
    new = {"time_since_last": [0, 99], "frequency": [8, 8], "total_spend": [1.0, 99.0]}
    assert rfm.score(cv.RfmSummary.from_frame(new, unit="day")).labels.tolist() == ["211", "121"]
    assert not cv.Rfm(bins=2).fit(customers).cut_points_.is_nested
    assert "nested" in repr(rfm)


def test_value_levels():
    values = [5.0, 900.0, 40.0, 5.0, 60.0, 7.0]
    levels, cut_points = cv.value_levels(pl.Series(values))
    assert levels.to_list() == ["low", "high", "medium", "low", "high", "medium"]
    assert cut_points.apply([1.0, 1000.0]).tolist() == [1, 3]
    assert isinstance(cv.value_levels(pd.Series(values, index=list("abcdef")))[0].loc["b"], str)


def test_rfmr_points():
    days = ["2024-01-10", "2025-11-01", "2025-12-01", "2025-12-10", "2025-12-31"]
    orders = pd.DataFrame({"customer_id": [1, 1, 1, 1, 2], "date": days, "amount": [40.0, 120.0, 80.0, -20.0, 10.0]})
    history = cv.TransactionLog(orders).rfmr()
    columns = history.to_frame()
    assert isinstance(columns, pd.DataFrame)
    assert columns["recent_orders"].tolist() == [2, 1]
    assert columns["mean_recent_value"].tolist() == [80.0, 10.0]
    assert columns["returns"].tolist() == [1, 0]
    table = cv.RfmrPoints()
    points = table.points(history)
    assert points.to_dict() == {1: 25 + 40 + 12 + 15, 2: 25 + 40 + 6 + 5}
    contacted = history.with_contacts([2, 0], [1, 0], [0, 3])
    assert table.points(contacted).tolist() == [92 - 24 - 6, 76 - 6]
    assert contacted.to_frame()["mailings"].tolist() == [0, 3]
    own = cv.RfmrPoints(start=0, recency=([(6, 1)], 0), per_order=0, value=([], 2), returns=cv.PointBands([], 0))
    assert own.points(history).tolist() == [3.0, 3.0]
    assert (own.params["per_mailing"], own.params["recency"]) == (-2.0, ([(6.0, 1.0)], 0.0))
    assert cv.RfmrPoints.from_json('{"start": 0}') == cv.RfmrPoints(start=0)
    assert cv.RfmrPoints.from_json(own.to_json()) == own
    assert cv.RfmrPoints(**table.params) == table == pickle.loads(pickle.dumps(table)) != own
    assert cv.TransactionLog(orders).rfmr("2025-12-05").to_frame()["returns"].tolist() == [0]
    decisions = cv.mailing_decisions(points, 80, 91)
    assert decisions.to_dict() == {1: "concentrate", 2: "remove"}


def test_reach_probability():
    purchases = cv.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    spend = cv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    customers = pl.DataFrame(
        {"frequency": [2, 0], "recency": [30.43, 0.0], "T": [38.86, 38.86], "monetary_value": [22.35, 0.0]}
    )
    reach = cv.ReachProbability(purchases, spend, threshold=100.0, horizon=(52, "week"))
    p = reach.probability(customers, value_to_date=[67.0, 30.0])
    assert isinstance(p, pl.Series)
    assert p[0] > 10 * p[1] > 0
    # A tiny threshold is reached by whoever buys at all.
    tiny = cv.ReachProbability(purchases, spend, threshold=1e-9, horizon=cv.Span(52, "week"))
    active = purchases.probability_active(customers, 52)
    np.testing.assert_allclose(tiny.probability(customers, value_to_date=[0.0, 0.0]), active, rtol=1e-9)
    half = cv.ReachProbability(purchases, spend, threshold=50.0, horizon=(52, "week"), margin=0.5)
    np.testing.assert_allclose(half.probability(customers, value_to_date=[33.5, 15.0]), p, rtol=1e-12)
    assert "threshold=100" in repr(reach)
