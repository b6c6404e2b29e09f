"""Column types, missing values and the kinds of frames."""

import datetime as dt
import decimal
import pickle

import crm_value as cv
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

DAYS = ["2026-01-01", "2026-01-15", "2026-01-03", "2026-01-15"]
BASE = {"customer_id": ["b", "b", "a", "b"], "date": DAYS, "amount": [10.0, 20.0, 5.0, 2.5]}
STAMPS = np.array(DAYS, dtype="datetime64[s]")


def summary(**columns):
    return cv.summarize(pa.table({**BASE, **columns}), unit="day", observed_until="2026-01-31")


def check(customers):
    assert customers.frequency.tolist() == [0, 1]
    assert customers.recency.tolist() == [0.0, 14.0]
    assert customers.T.tolist() == [28.0, 30.0]
    assert customers.total_spend.tolist() == [5.0, 32.5]
    assert customers.monetary_value.tolist() == [None, 22.5]


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
)
def test_text_ids(kind):
    customers = summary(customer_id=pa.array(BASE["customer_id"]).cast(kind))
    check(customers)
    assert customers.ids.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    "kind", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"]
)
def test_whole_number_ids(kind):
    customers = summary(customer_id=pa.array([7, 7, 3, 7]).cast(getattr(pa, kind)()))
    check(customers)
    assert customers.ids.tolist() == [3, 7]
    assert customers.ids.dtype == ("uint64" if kind.startswith("u") else "int64")


@pytest.mark.parametrize(
    "kind",
    [
        pa.date32(),
        pa.date64(),
        *(pa.timestamp(unit) for unit in ("s", "ms", "us", "ns")),
        *(pa.timestamp(unit, "UTC") for unit in ("s", "ns")),
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int8(), pa.string()),
    ],
)
def test_dates(kind):
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        dates = pa.array([dt.date.fromisoformat(day) for day in DAYS]).cast(pa.timestamp("us")).cast(kind, safe=False)
    else:
        dates = pa.array(DAYS).cast(kind)
    check(summary(date=dates))


@pytest.mark.parametrize("unit", ["D", "h", "m", "s", "ms", "us", "ns", "W"])
def test_numpy_dates(unit):
    dates = STAMPS.astype(f"datetime64[{unit}]")
    if unit == "W":
        dates = np.array(["2026-01-01"] * 4, dtype="datetime64[W]")
        assert cv.TransactionLog({**BASE, "date": dates}).first_date == dt.date(2026, 1, 1)
    else:
        check(cv.summarize({**BASE, "date": dates}, unit="day", observed_until="2026-01-31"))


def test_timestamps_are_cut_to_the_day_in_utc():
    late = pd.Series(pd.to_datetime(["2026-01-01 23:30"] * 2)).dt.tz_localize("America/New_York")
    frame = pd.DataFrame({"customer_id": [1, 2], "date": late, "amount": [1.0, 1.0]})
    for orders in (frame, pl.from_pandas(frame), pa.Table.from_pandas(frame)):
        assert cv.TransactionLog(orders).first_date == dt.date(2026, 1, 2)
    objects = {"customer_id": [1, 2], "date": late.tolist(), "amount": [1.0, 1.0]}
    assert cv.TransactionLog(objects).first_date == dt.date(2026, 1, 2)
    local = frame.assign(date=frame["date"].dt.tz_localize(None))
    assert cv.TransactionLog(local).first_date == dt.date(2026, 1, 1)


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.float16(), pa.decimal128(12, 2), pa.decimal256(40, 2)])
def test_fractional_amounts(kind):
    check(summary(amount=pa.array([decimal.Decimal(str(a)) for a in BASE["amount"]]).cast(pa.float64()).cast(kind)))


@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"])
def test_whole_amounts(kind):
    customers = summary(amount=pa.array([10, 20, 5, 2]).cast(getattr(pa, kind)()))
    assert customers.total_spend.tolist() == [5.0, 32.0]


def test_chunks_of_columns_need_not_agree():
    table = pa.table(
        {
            "customer_id": pa.chunked_array([["b"], [], ["b", "a", "b"]]),
            "date": pa.chunked_array([DAYS[:3], DAYS[3:]]),
            "amount": pa.chunked_array([BASE["amount"][:2], BASE["amount"][2:]]),
        }
    )
    check(cv.summarize(table, unit="day", observed_until="2026-01-31"))
    frame = pl.concat([pl.DataFrame(BASE)[:1], pl.DataFrame(BASE)[1:]], rechunk=False)
    check(cv.summarize(frame, unit="day", observed_until="2026-01-31"))


def test_arrow_batches_and_readers():
    for frame in (pa.record_batch(BASE), pa.table(BASE).to_reader()):
        customers = cv.summarize(frame, unit="day", observed_until="2026-01-31")
        check(customers)
        assert isinstance(customers.to_frame(), pa.Table)


def test_polars_categories_and_slices():
    frame = pl.DataFrame(BASE).with_columns(pl.col("customer_id").cast(pl.Categorical), pl.col("date").str.to_date())
    check(cv.summarize(pl.concat([frame, frame])[4:], unit="day", observed_until="2026-01-31"))


def test_pandas_types():
    frame = pd.DataFrame(BASE)
    variants = [
        frame,
        frame.astype({"customer_id": object}),
        frame.astype({"customer_id": "category"}),
        frame.astype({"customer_id": "string[pyarrow]", "amount": "Float64"}),
        frame.assign(date=pd.to_datetime(frame["date"])),
        frame.assign(date=[dt.date.fromisoformat(day) for day in DAYS]),
        frame.assign(amount=[decimal.Decimal(str(amount)) for amount in BASE["amount"]]),
        frame.convert_dtypes(dtype_backend="pyarrow"),
    ]
    for variant in variants:
        customers = cv.summarize(variant, unit="day", observed_until="2026-01-31")
        check(customers)
        assert customers.ids.tolist() == ["a", "b"]


def test_dict_types():
    check(cv.summarize(BASE, unit="day", observed_until="2026-01-31"))
    dates = [dt.date.fromisoformat(day) for day in DAYS]
    amounts = np.array(BASE["amount"], "f4")
    arrays = {"customer_id": np.array(BASE["customer_id"]), "date": np.array(dates), "amount": amounts}
    check(cv.summarize(arrays, unit="day", observed_until="2026-01-31"))
    backwards = {name: np.array(BASE[name][::-1])[::-1] for name in BASE}
    check(cv.summarize(backwards, unit="day", observed_until="2026-01-31"))
    swapped = {**arrays, "amount": np.array(BASE["amount"], dtype=">f8"), "date": STAMPS}
    check(cv.summarize(swapped, unit="day", observed_until="2026-01-31"))
    series = {name: pl.Series(values) for name, values in BASE.items()}
    check(cv.summarize(series, unit="day", observed_until="2026-01-31"))


def test_unaligned_memory():
    raw = np.frombuffer(b"\0" + np.array(BASE["amount"]).tobytes(), dtype=np.uint8)[1:].view(np.float64)
    assert not raw.flags.aligned
    check(cv.summarize({**BASE, "amount": raw}, unit="day", observed_until="2026-01-31"))


def test_fallback_for_pandas_without_pyarrow(run_python):
    script = """
import sys
sys.modules["pyarrow"] = None
import pandas as pd
import crm_value as cv
orders = pd.read_csv("examples/data/cdnow.csv")
ids = orders["customer_id"]
for ids in (ids, "c" + ids.astype(str).str.zfill(5), ids.astype("Int64"), ids.astype("category")):
    for dates in (orders["date"], pd.to_datetime(orders["date"])):
        frame = orders.assign(customer_id=ids, date=dates)
        customers = cv.summarize(frame, observed_until="1997-09-30")
        model = cv.BgNbd().fit(customers)
        assert isinstance(model.probability_alive(customers), pd.Series)
        assert isinstance(customers.to_frame(), pd.DataFrame)
        assert len(cv.Rfm().fit(cv.TransactionLog(frame).rfm()).segments()) == 2357
        print(model.report_.log_likelihood.hex(), model.r_.hex())
missing = orders.assign(customer_id=orders["customer_id"].astype("Int64").where(orders.index != 3))
try:
    cv.TransactionLog(missing)
except cv.InvalidDataError as error:
    assert (error.kind, error.column, error.row) == ("Missing", "customer_id", 3)
else:
    raise AssertionError
assert sys.modules["pyarrow"] is None
"""
    lines = run_python(script).splitlines()
    assert len(lines) == 8
    assert len(set(lines)) == 1


def test_fallback_gives_the_bits_of_arrow(run_python, bg):
    script = """
import sys
sys.modules["pyarrow"] = None
import pandas as pd
import crm_value as cv
model = cv.BgNbd().fit(cv.summarize(pd.read_csv("examples/data/cdnow.csv"), observed_until="1997-09-30"))
print(model.report_.log_likelihood.hex())
"""
    assert run_python(script).strip() == bg.report_.log_likelihood.hex()


@pytest.mark.parametrize(
    "end",
    [
        "2026-01-31",
        "20260131",
        dt.date(2026, 1, 31),
        dt.datetime(2026, 1, 31, 23, 59),
        np.datetime64("2026-01-31"),
        np.datetime64("2026-01-31T12:00:00", "ns"),
        pd.Timestamp("2026-01-31 08:00"),
        pd.Timestamp("2026-01-31 08:00", tz="Asia/Tokyo"),
    ],
)
def test_observed_until(end):
    assert cv.summarize(BASE, observed_until=end).observed_until == dt.date(2026, 1, 31)


def test_missing_is_one_thing():
    """Null, NaN and NaT of every library are the same: missing."""
    nan = float("nan")
    frames = [
        ("amount", pd.DataFrame({**BASE, "amount": [10.0, nan, 5.0, 2.5]})),
        ("amount", pl.DataFrame({**BASE, "amount": [10.0, nan, 5.0, 2.5]})),
        ("amount", pl.DataFrame({**BASE, "amount": [10.0, None, 5.0, 2.5]})),
        ("amount", pa.table({**BASE, "amount": [10.0, nan, 5.0, 2.5]})),
        ("amount", {**BASE, "amount": np.array([10.0, nan, 5.0, 2.5])}),
        ("amount", {**BASE, "amount": [10.0, None, 5.0, 2.5]}),
        ("date", pd.DataFrame({**BASE, "date": pd.to_datetime([DAYS[0], None, *DAYS[2:]])})),
        ("date", pl.DataFrame({**BASE, "date": [DAYS[0], None, *DAYS[2:]]})),
        ("date", {**BASE, "date": np.array([DAYS[0], "NaT", *DAYS[2:]], dtype="datetime64[D]")}),
        ("date", {**BASE, "date": [DAYS[0], None, *DAYS[2:]]}),
        ("customer_id", pd.DataFrame({**BASE, "customer_id": ["b", None, "a", "b"]})),
        ("customer_id", pd.DataFrame({**BASE, "customer_id": [2.0, nan, 1.0, 2.0]})),
        ("customer_id", pl.DataFrame({**BASE, "customer_id": ["b", None, "a", "b"]})),
        ("customer_id", pa.table({**BASE, "customer_id": pa.nulls(4)}).slice(0)),
        ("customer_id", {**BASE, "customer_id": np.array(["b", None, "a", "b"], dtype=object)}),
    ]
    for column, frame in frames:
        with pytest.raises(cv.InvalidDataError) as caught:
            cv.TransactionLog(frame)
        assert (caught.value.kind, caught.value.column) == ("Missing", column)
        first = 0 if isinstance(frame, pa.Table) and frame.column("customer_id").null_count == 4 else 1
        assert caught.value.row == first
        if first == 1:
            log = cv.TransactionLog(frame, invalid_rows="drop")
            assert (log.quality.dropped_missing, log.quality.rows_used) == (1, 3)


def test_margin_and_cost():
    frame = pd.DataFrame({**BASE, "margin": [4.0, 8.0, 2.0, 1.0], "cost": [6.0, 12.0, 3.0, 1.5]})
    for names in ({"margin": "margin"}, {"cost": "cost"}):
        customers = cv.summarize(frame, unit="day", **names)
        assert customers.total_margin.tolist() == [2.0, 13.0]
        assert cv.HistoricalClv(margin="column").value(customers).tolist() == [2.0, 13.0]
    assert cv.HistoricalClv(margin=0.5).value(customers).tolist() == [2.5, 16.25]
    assert cv.TransactionLog(frame, margin="margin").has_margin
    assert cv.summarize(frame).total_margin is None


def test_results_are_indexed_by_the_users_id_column():
    frame = pd.DataFrame(BASE).rename(columns={"customer_id": "who"})
    customers = cv.summarize(frame, "who", unit="week")
    alive = cv.BgNbd.from_params(r=1, alpha=1, a=1, b=1, unit="week").probability_alive(customers)
    assert alive.index.name == "who"
    assert alive.index.tolist() == ["a", "b"]
    assert alive.name == "probability_alive"
    assert customers.to_frame().columns[0] == "who"


def test_summary_from_frames_made_elsewhere():
    columns = {"x": [2, 0], "t": [30.43, 0.0], "age": [38.86, 38.86], "spend": [22.35, None]}
    names = {"frequency": "x", "recency": "t", "T": "age", "monetary_value": "spend"}
    for frame in (pd.DataFrame(columns), pl.DataFrame(columns), pa.table(columns), columns):
        customers = cv.CustomerSummary.from_frame(frame, unit="week", **names)
        assert customers.monetary_value.tolist() == [22.35, None]
        assert customers.ids.tolist() == [0, 1]
        back = customers.to_frame()
        assert type(back) is type(frame)
        again = cv.CustomerSummary.from_frame(back, unit="week")
        np.testing.assert_array_equal(again.T, customers.T)
        assert customers.total_spend is None
        assert customers.observed_until is None
        assert customers.quality is None
    plain = cv.CustomerSummary.from_frame(pd.DataFrame(columns), unit="week", **{**names, "monetary_value": None})
    assert plain.monetary_value is None
    indexed = pd.DataFrame(columns, index=pd.Index(["u", "v"], name="user"))
    model = cv.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    alive = model.probability_alive(cv.CustomerSummary.from_frame(indexed, unit="week", **names))
    assert alive.index.equals(indexed.index)


def test_nulls_of_spend_in_frames_that_go_out(customers, orders):
    assert customers.to_frame()["monetary_value"].isna().sum() == 1411
    polars = cv.summarize(pl.from_pandas(orders), observed_until="1997-09-30").to_frame()
    assert polars["monetary_value"].null_count() == 1411
    assert polars["monetary_value"].is_nan().sum() == 0
    arrow = cv.summarize(pa.Table.from_pandas(orders), observed_until="1997-09-30").to_frame()
    assert arrow.column("monetary_value").null_count == 1411


def test_attributes_cannot_be_changed(customers):
    for name in ("frequency", "recency", "T", "total_spend"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(customers, name)[0] = 1


def test_lazy_and_foreign_objects_are_refused():
    with pytest.raises(TypeError, match="collect"):
        cv.TransactionLog(pl.LazyFrame(BASE))
    with pytest.raises(TypeError, match="pandas, polars or pyarrow"):
        cv.TransactionLog([1, 2])
    with pytest.raises(TypeError, match="shape"):
        cv.TransactionLog({**BASE, "amount": np.zeros((4, 1))})
    for kind in (cv.CustomerSummary, cv.RfmSummary):
        with pytest.raises(TypeError, match="make a"):
            kind()


def test_html(log, customers, bg):
    for thing in (log, customers, log.rfm(), log.quality, bg, bg.report_, cv.BgNbd()):
        html = thing._repr_html_()
        assert html.startswith("<")
    frame = {**BASE, "customer_id": ["<b>", "<b>", "a", "<b>"]}
    assert "<b>" not in cv.summarize(frame)._repr_html_()


def test_log_sums_go_out_and_in():
    orders = {
        "customer_id": [1, 1, 1, 2, 2, 3],
        "date": [f"2026-01-0{day}" for day in (1, 4, 9, 2, 3, 5)],
        "amount": [9.0, 20.0, 5.0, 9.0, 0.0, 9.0],
    }
    customers = cv.summarize(pd.DataFrame(orders), unit="day", log_sums=True)
    np.testing.assert_allclose(customers.log_intervals, np.log([3 * 5, 1, 1]), rtol=1e-14)
    assert customers.log_spend.mask.tolist() == [False, True, True]
    np.testing.assert_allclose(customers.log_spend[0], np.log(100), rtol=1e-14)
    assert cv.summarize(orders).log_intervals is None
    frame = customers.to_frame()
    made = cv.CustomerSummary.from_frame(frame, unit="day")
    for again in (
        made.with_log_sums(frame["log_intervals"], frame["log_spend"]),
        pickle.loads(pickle.dumps(customers)),
    ):
        assert again.log_intervals.tolist() == customers.log_intervals.tolist()
        assert again.log_spend.tolist() == customers.log_spend.tolist()
    split = cv.TransactionLog(orders).split("2026-01-05", "2026-01-09", "day", log_sums=True)
    np.testing.assert_allclose(split.calibration.log_intervals, np.log([3, 1, 1]), rtol=1e-14)
