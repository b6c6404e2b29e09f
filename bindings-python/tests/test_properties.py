"""Properties that hold for any data."""

import crm_value as cv
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

rows = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "dd", ""]),
        st.integers(0, 400),
        st.one_of(st.none(), st.integers(-3000, 30_000).map(lambda cents: cents / 100)),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_kinds_and_row_order_do_not_matter(data, random):
    ids, days, amounts = (list(column) for column in zip(*data, strict=True))
    dates = (np.datetime64("2026-01-01") + np.array(days)).astype("datetime64[ms]")
    columns = {"customer_id": ids, "date": dates, "amount": [np.nan if a is None else a for a in amounts]}
    order = list(range(len(data)))
    random.shuffle(order)
    shuffled = {name: np.array(values)[order] for name, values in columns.items()}
    nulls = pa.table({"customer_id": ids, "date": dates, "amount": pa.array(amounts, pa.float64())})
    frames = [columns, shuffled, pd.DataFrame(columns), pl.DataFrame(columns), nulls]
    outcomes = []
    for frame in frames:
        try:
            log = cv.TransactionLog(frame, invalid_rows="drop")
        except cv.InvalidDataError as error:
            outcomes.append(error.kind)
            continue
        quality, summary = log.quality, log.summarize("day")
        assert quality.rows_read == len(data) == quality.rows_used + quality.rows_dropped
        assert quality.dropped_missing == amounts.count(None)
        outcomes.append(
            (summary.ids.tolist(), summary.frequency.tolist(), summary.T.tolist(), summary.total_spend.tolist())
        )
    assert all(outcome == outcomes[0] for outcome in outcomes)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=50).filter(lambda values: sum(values) > 1e-6))
def test_concentration_stays_in_range(values):
    c = cv.Concentration(values)
    assert 0 <= c.gini < 1
    shares = [c.top_share(p / 10) for p in range(11)]
    assert (np.diff(shares) > -1e-15).all()
    assert shares[-1] == 1
    tiers = c.tiers()
    assert sum(tier.customers for tier in tiers.rows) == len(values)
    np.testing.assert_array_equal(
        np.bincount(tiers.assign(values), minlength=3), [tier.customers for tier in tiers.rows]
    )


@settings(max_examples=40, deadline=None)
@given(st.floats(0.05, 20), st.floats(0.1, 50), st.floats(0.05, 10), st.floats(0.05, 10), st.floats(0.1, 500))
def test_forecasts_are_consistent(r, alpha, a, b, t):
    customers = {"frequency": [0, 1, 12], "recency": [0, 3.5, 30], "T": [20, 20, 31]}
    model = cv.BgNbd.from_params(r=r, alpha=alpha, a=a, b=b, unit="week")
    near, far = model.expected_purchases(customers, t), model.expected_purchases(customers, 2 * t)
    assert (near >= 0).all()
    # Up to rounding where both have reached what is to be expected for ever.
    assert (far >= near * (1 - 1e-14)).all()
    alive = model.probability_alive(customers)
    assert ((alive >= 0) & (alive <= 1)).all()
    assert (model.probability_alive(customers, ahead=t) <= alive).all()
