"""Bad input: the class, the kind and the values of every exception."""

import inspect
import pickle

import crm_value as cv
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from crm_value import _core, errors

ORDERS = {"who": [1, 1, 2], "day": ["2026-01-01", "2026-01-15", "2026-01-03"], "paid": [10.0, 20.0, 5.0]}
NAMES = {"customer_id": "who", "date": "day", "amount": "paid"}
CUSTOMERS = {"x": [2, 0], "t": [30.43, 0.0], "age": [38.86, 38.86], "spend": [22.35, None]}
HISTORIES = {"frequency": [2, 0], "recency": [30.43, 0.0], "T": [38.86, 38.86]}
COLUMNS = {"frequency": "x", "recency": "t", "T": "age", "monetary_value": "spend"}
MODEL = cv.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
SPEND = cv.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
SUMMARY = cv.CustomerSummary.from_frame(CUSTOMERS, unit="week", **COLUMNS)
ONE_TIME = cv.CustomerSummary.from_frame(
    {"frequency": [0, 0], "recency": [0, 0], "T": [3, 4], "monetary_value": [None, None]}, unit="week"
)
RFM = cv.RfmSummary.from_frame({"time_since_last": [3, 9], "frequency": [2, 1], "total_spend": [5, 6]}, unit="day")


def orders(**columns):
    return {**ORDERS, **columns}


def read(frame, **options):
    return lambda: cv.TransactionLog(frame, **{**NAMES, **options})


def customers(unit="week", **columns):
    return lambda: cv.CustomerSummary.from_frame({**CUSTOMERS, **columns}, unit=unit, **COLUMNS)


def clv(**options):
    return lambda: cv.PredictiveClv(MODEL, SPEND, **options).value(SUMMARY)


CATALOGUE = {
    "empty log": (read(orders(who=[], day=[], paid=[])), cv.InvalidDataError, "Empty", {}),
    "empty frame": (read(pd.DataFrame(ORDERS)[:0]), cv.InvalidDataError, "Empty", {}),
    "empty arrays": (read({name: np.array([]) for name in ORDERS}), cv.InvalidDataError, "Empty", {}),
    "empty arrow table": (read(pa.table(ORDERS).slice(0, 0)), cv.InvalidDataError, "Empty", {}),
    "empty summary": (customers(x=[], t=[], age=[], spend=[]), cv.InvalidDataError, "Empty", {}),
    "lengths differ": (
        read(orders(paid=[1.0, 2.0])),
        cv.InvalidDataError,
        "LengthMismatch",
        {"column": "paid", "actual": 2, "reference": "who", "expected": 3},
    ),
    "lengths of a summary differ": (
        customers(t=[1.0]),
        cv.InvalidDataError,
        "LengthMismatch",
        {"column": "t", "actual": 1, "reference": "x", "expected": 2},
    ),
    "infinite amount": (
        read(pl.DataFrame(orders(paid=[1.0, 2.0, float("inf")]))),
        cv.InvalidDataError,
        "NonFinite",
        {"column": "paid", "row": 2, "value": float("inf")},
    ),
    "NaN amount": (
        read(pd.DataFrame(orders(paid=[1.0, np.nan, 2.0]))),
        cv.InvalidDataError,
        "Missing",
        {"column": "paid", "row": 1},
    ),
    "null id": (
        read(pa.table(orders(who=["a", "b", None]))),
        cv.InvalidDataError,
        "Missing",
        {"column": "who", "row": 2},
    ),
    "null id in a later chunk": (
        read(pa.concat_tables([pa.table(ORDERS), pa.table(orders(who=[None, 1, 1]))])),
        cv.InvalidDataError,
        "Missing",
        {"column": "who", "row": 3},
    ),
    "null in a summary": (customers(t=[None, 0.0]), cv.InvalidDataError, "Missing", {"column": "t", "row": 0}),
    "null id of a summary": (
        lambda: cv.CustomerSummary.from_frame(
            {**CUSTOMERS, "id": ["a", None]}, unit="week", customer_id="id", **COLUMNS
        ),
        cv.InvalidDataError,
        "Missing",
        {"column": "id", "row": 1},
    ),
    "unparsable date": (
        read(orders(day=["2026-01-01", "03/04/2026", "2026-01-03"])),
        cv.InvalidDataError,
        "UnparsableDate",
        {"column": "day", "row": 1, "value": "03/04/2026"},
    ),
    "unparsable date in a later chunk": (
        read(pa.concat_tables([pa.table(ORDERS), pa.table(orders(day=["2026-01-01", "soon", "2026-01-03"]))])),
        cv.InvalidDataError,
        "UnparsableDate",
        {"column": "day", "row": 4, "value": "soon"},
    ),
    "date out of range": (
        read(orders(day=np.array([0, 1, 2**60], dtype="datetime64[s]"))),
        cv.InvalidDataError,
        "DateOutOfRange",
        {"column": "day", "row": 2, "value": 2**60, "unit": "seconds"},
    ),
    "end before the first purchase": (
        lambda: read(ORDERS)().summarize(observed_until="2025-12-31"),
        cv.InvalidParameterError,
        "EndBeforeFirstPurchase",
        {"end": "2025-12-31", "first": "2026-01-01"},
    ),
    "holdout before the calibration end": (
        lambda: read(ORDERS)().split("2026-01-10", "2026-01-10"),
        cv.InvalidParameterError,
        "EmptyHoldout",
        {"calibration_end": "2026-01-10", "holdout_end": "2026-01-10"},
    ),
    "refunds only": (
        read(orders(paid=[-1.0, -2.0, -3.0])),
        cv.InvalidDataError,
        "NoPurchases",
        {"rows": 3, "dropped": 0, "column": "paid"},
    ),
    "all customers one-time buyers": (
        lambda: cv.BgNbd().fit(ONE_TIME),
        cv.FitError,
        "NoRepeatPurchases",
        {"model": "BG/NBD", "customers": 2},
    ),
    "no repeat spend": (
        lambda: cv.GammaGamma().fit(ONE_TIME),
        cv.FitError,
        "NoRepeatPurchases",
        {"model": "Gamma-Gamma"},
    ),
    "recency > T": (
        customers(t=[40.0, 0.0]),
        cv.InvalidDataError,
        "RecencyExceedsAge",
        {"column": "t", "row": 0, "recency": 40.0, "age": 38.86},
    ),
    "recency without repeat purchases": (
        customers(t=[30.43, 1.0]),
        cv.InvalidDataError,
        "InconsistentRecency",
        {"column": "t", "row": 1, "recency": 1.0, "frequency": 0},
    ),
    "a sum of logarithms in another unit": (
        lambda: SUMMARY.with_log_sums(log_intervals=[9.0, 0.0]),
        cv.InvalidDataError,
        "LogSum",
        {"column": "log_intervals", "row": 0, "value": 9.0, "frequency": 2},
    ),
    "no sum of logarithms": (
        lambda: SUMMARY.with_log_sums(log_intervals=[None, None]),
        cv.InvalidDataError,
        "NonFinite",
        {"column": "log_intervals", "row": 0},
    ),
    "negative frequency": (
        customers(x=[2, -1]),
        cv.InvalidDataError,
        "Negative",
        {"column": "x", "row": 1, "value": -1.0},
    ),
    "fractional frequency": (
        customers(x=[2.5, 0]),
        cv.InvalidDataError,
        "NotACount",
        {"column": "x", "row": 0, "value": 2.5},
    ),
    "negative spend": (customers(spend=[-2.0, 0]), cv.InvalidDataError, "Negative", {"column": "spend", "row": 0}),
    "spend missing though there are purchases": (
        customers(spend=[None, 0]),
        cv.InvalidDataError,
        "NonFinite",
        {"column": "spend", "row": 0},
    ),
    "weight of 0": (
        lambda: cv.BgNbd().fit(SUMMARY, weights=[1.0, 0.0]),
        cv.InvalidDataError,
        "NotPositive",
        {"column": "weight", "row": 1, "value": 0.0},
    ),
    "weights of another length": (
        lambda: cv.BgNbd().fit(SUMMARY, weights=np.ones(3)),
        cv.InvalidDataError,
        "LengthMismatch",
        {"column": "weight", "actual": 3, "expected": 2},
    ),
    "refund rejected": (
        read(orders(paid=[1.0, -2.0, 3.0]), refunds="reject"),
        cv.InvalidDataError,
        "Refund",
        {"column": "paid", "row": 1, "value": -2.0},
    ),
    "zero rejected": (
        read(orders(paid=[1.0, 2.0, 0.0]), zeros="reject"),
        cv.InvalidDataError,
        "ZeroAmount",
        {"column": "paid", "row": 2},
    ),
    "duplicate rejected": (
        read(orders(who=[1, 1, 1], day=["2026-01-01"] * 3, paid=[1.0, 1.0, 2.0]), duplicates="reject"),
        cv.InvalidDataError,
        "DuplicateRow",
        {"customer": "1", "date": "2026-01-01", "count": 2},
    ),
    "customer twice": (
        lambda: cv.CustomerSummary.from_frame(
            {**CUSTOMERS, "id": ["a", "a"]}, unit="week", customer_id="id", **COLUMNS
        ),
        cv.InvalidDataError,
        "DuplicateCustomer",
        {"customer": "a"},
    ),
    "constant covariate": (
        lambda: cv.BgNbd(purchase_covariates=["age"]).fit({**HISTORIES, "age": [4, 4]}, unit="week"),
        cv.InvalidDataError,
        "ConstantColumn",
        {"column": "age", "value": 4.0},
    ),
    "collinear covariates": (
        lambda: cv.BgNbd(dropout_covariates=["age", "size"]).fit(
            {**HISTORIES, "age": [4, 5], "size": [1, 0]}, unit="week"
        ),
        cv.InvalidDataError,
        "CollinearColumns",
        {"column": "size", "others": "`age`"},
    ),
    "covariate named twice": (
        lambda: cv.BgNbd(purchase_covariates=["age", "age"]).fit({**HISTORIES, "age": [4, 5]}, unit="week"),
        cv.InvalidDataError,
        "DuplicateColumn",
        {"column": "age"},
    ),
    "customers without covariates": (
        lambda: cv.BgNbd(purchase_covariates=["age"]).fit(customers()()),
        cv.MissingColumnError,
        "MissingCovariates",
        {"model": "BG/NBD with covariates", "covariates": "`age`"},
    ),
    "customer without covariates": (
        lambda: customers()().with_covariates({"customer_id": [0, 7], "age": [4, 5]}),
        cv.InvalidDataError,
        "CustomerNotFound",
        {"customer": "1"},
    ),
    "mixed units": (
        lambda: MODEL.probability_alive(customers("day")()),
        cv.UnitMismatchError,
        "UnitMismatch",
        {"left": "BG/NBD", "left_unit": "week", "right_unit": "day"},
    ),
    "mixed units in CLV": (
        lambda: cv.PredictiveClv(MODEL, SPEND).value(customers("month")()),
        cv.UnitMismatchError,
        "UnitMismatch",
        {},
    ),
    "mixed units in RFM": (
        lambda: cv.Rfm().fit(RFM).score(cv.RfmSummary.from_frame(RFM.to_frame(), unit="week")),
        cv.UnitMismatchError,
        "UnitMismatch",
        {"left_unit": "day", "right_unit": "week"},
    ),
    "unknown unit": (
        customers("fortnight"),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "unit", "value": "fortnight"},
    ),
    "unit of a summary given again": (
        lambda: cv.BgNbd().fit(SUMMARY, unit="day"),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "unit", "value": "day"},
    ),
    "frame without unit": (
        lambda: cv.BgNbd().fit({"frequency": [1], "recency": [1], "T": [2]}),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "unit"},
    ),
    "discount rate of -1": (clv(annual_discount=-1.0), cv.InvalidParameterError, "DiscountRate", {"value": -1.0}),
    "NaN rate": (
        lambda: cv.DiscountRate.continuous(float("nan"), "week"),
        cv.InvalidParameterError,
        "DiscountRate",
        {},
    ),
    "endless without rate": (
        clv(endless=True, discount=cv.DiscountRate.none()),
        cv.InvalidParameterError,
        "UnboundedValue",
        {"value": 0.0},
    ),
    "horizon of 0": (clv(years=0), cv.InvalidParameterError, "Horizon", {"value": 0.0}),
    "negative horizon": (
        lambda: MODEL.expected_purchases(SUMMARY, -1),
        cv.InvalidParameterError,
        "Horizon",
        {"value": -1.0},
    ),
    "NaN horizon": (lambda: MODEL.expected_purchases(SUMMARY, np.nan), cv.InvalidParameterError, "Horizon", {}),
    "falling times": (
        lambda: MODEL.alive_path([2.0, 1.0], [3.0]),
        cv.InvalidDataError,
        "Unsorted",
        {"column": "purchases", "row": 1, "value": 1.0, "previous": 2.0},
    ),
    "interval backwards": (
        lambda: MODEL.expected_purchases(SUMMARY, 2, start=3),
        cv.InvalidParameterError,
        "Interval",
        {"from": 3.0, "to": 2.0},
    ),
    "parameter of 0": (
        lambda: cv.BgNbd.from_params(r=1, alpha=0, a=1, b=1, unit="week"),
        cv.InvalidParameterError,
        "InvalidParameter",
        {"model": "BG/NBD", "parameter": "alpha", "value": 0.0},
    ),
    "NaN parameter": (
        lambda: cv.GammaGamma.from_params(p=1, q=float("nan"), v=1),
        cv.InvalidParameterError,
        "InvalidParameter",
        {"parameter": "q"},
    ),
    "start of another length": (
        lambda: cv.BgNbd(start=[1.0]).fit(SUMMARY),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "start", "value": "[1.0]"},
    ),
    "start by wrong names": (
        lambda: cv.BgNbd(start={"r": 1}).fit(SUMMARY),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "start"},
    ),
    "tolerance of 0": (
        lambda: cv.BgNbd(tolerance=0).fit(SUMMARY),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "tolerance"},
    ),
    "no iterations": (
        lambda: cv.BgNbd(max_iterations=0).fit(SUMMARY),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "max_iterations", "value": "0"},
    ),
    "negative iterations": (
        lambda: cv.BgNbd(max_iterations=-1).fit(SUMMARY),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "max_iterations", "value": "-1"},
    ),
    "negative threads": (
        read(ORDERS, threads=-2),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "threads", "value": "-2"},
    ),
    "unknown policy": (
        read(ORDERS, refunds="ignore"),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "refunds", "value": "ignore"},
    ),
    "end that is no date": (
        lambda: read(ORDERS)().summarize(observed_until="tomorrow"),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "observed_until", "value": "tomorrow"},
    ),
    "end that is NaT": (
        lambda: read(ORDERS)().summarize(observed_until=pd.NaT),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "observed_until", "value": "NaT"},
    ),
    "margin and cost": (
        read(ORDERS, margin="paid", cost="paid"),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "cost"},
    ),
    "two horizons": (clv(years=3, months=2), cv.InvalidParameterError, "InvalidOption", {"option": "months"}),
    "two discounts": (
        clv(annual_discount=0.1, discount=cv.DiscountRate.none()),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "discount"},
    ),
    "unknown timing": (
        clv(timing="now"),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "timing", "value": "now"},
    ),
    "period of continuous discounting": (
        clv(timing="continuous", period=(1, "month")),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "timing"},
    ),
    "infinite margin": (clv(margin=float("inf")), cv.InvalidParameterError, "InvalidOption", {"option": "margin"}),
    "margin by another name": (
        lambda: cv.HistoricalClv("colum"),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "margin"},
    ),
    "negative count": (
        lambda: MODEL.purchase_probability(-1, 3),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "n", "value": "-1"},
    ),
    "fractional count": (
        lambda: MODEL.purchase_probability(1.5, 3),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "n"},
    ),
    "unknown option": (
        lambda: cv.BgNbd().set_params(l2=1),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "l2"},
    ),
    "q <= 1": (
        lambda: cv.GammaGamma.from_params(p=1, q=0.9, v=1).population_mean_spend(),
        cv.UndefinedMeanError,
        "UndefinedMean",
        {"q": 0.9},
    ),
    "zero bins": (lambda: cv.Rfm(bins=0).fit(RFM), cv.InvalidParameterError, "Bins", {"bins": 0}),
    "101 bins": (lambda: cv.Rfm(bins=(5, 101, 5)).fit(RFM), cv.InvalidParameterError, "Bins", {"bins": 101}),
    "negative bins": (lambda: cv.Rfm(bins=-1).fit(RFM), cv.InvalidParameterError, "InvalidOption", {"option": "bins"}),
    "two bins": (lambda: cv.Rfm(bins=(5, 5)).fit(RFM), cv.InvalidParameterError, "InvalidOption", {"option": "bins"}),
    "cut points that fall": (
        lambda: cv.CutPoints.fixed([2.0, 1.0], "higher_is_better"),
        cv.InvalidParameterError,
        "CutPoints",
        {"index": 1, "value": 1.0},
    ),
    "share above 1": (
        lambda: cv.Concentration([1.0]).top_share(1.1),
        cv.InvalidParameterError,
        "Share",
        {"value": 1.1},
    ),
    "confidence of 1": (
        lambda: fitted().report_.confidence_intervals(1.0),
        cv.InvalidParameterError,
        "Share",
        {"value": 1.0},
    ),
    "tier bounds that fall": (
        lambda: cv.tiers([1.0, 2.0], [0.5, 0.4, 1.0]),
        cv.InvalidParameterError,
        "TierBounds",
        {"index": 1, "value": 0.4},
    ),
    "Theil index of negative values": (
        lambda: cv.Concentration([-1.0, 3.0], negatives="allow").theil(),
        cv.InvalidDataError,
        "Undefined",
        {"measure": "Theil index"},
    ),
    "tail of too few customers": (
        lambda: cv.Concentration([1.0, 2.0]).tail_index(2),
        cv.InvalidDataError,
        "Undefined",
        {"measure": "tail index"},
    ),
    "nested cut points of one axis": (
        lambda: cv.Rfm(bins=2, nested=True).fit(RFM).cut_points_.axis("frequency"),
        cv.InvalidDataError,
        "Undefined",
        {"measure": "one set of cut points"},
    ),
    "labels with one name twice": (lambda: cv.Labels.from_codes(["a", "a"], [0]), cv.InvalidDataError, "Labels", {}),
    "tier without an action": (lambda: cv.TierActions().label([3]), cv.InvalidDataError, "Labels", {}),
    "labels of another length": (
        lambda: cv.AttributeConcentration([1.0, 2.0], ["a"]),
        cv.InvalidDataError,
        "LengthMismatch",
        {"column": "labels", "actual": 1, "expected": 2},
    ),
    "missing label": (lambda: cv.Labels(["a", None]), cv.InvalidDataError, "Missing", {"column": "labels", "row": 1}),
    "customer twice in a migration": (
        lambda: cv.SegmentMigration([1, 1], ["a", "b"], [1], ["a"]),
        cv.InvalidDataError,
        "DuplicateCustomer",
        {"customer": "1"},
    ),
    "fraction of returns": (
        lambda: cv.RfmrHistory.from_frame(
            {"months_since_last": [1], "recent_orders": [1], "mean_recent_value": [1.0], "back": [0.5]}, returns="back"
        ),
        cv.InvalidDataError,
        "NotACount",
        {"column": "back", "row": 0, "value": 0.5},
    ),
    "thresholds that fall": (
        lambda: cv.Tiers.by_thresholds([1.0], [2.0, 1.0]),
        cv.InvalidParameterError,
        "CutPoints",
        {"index": 1, "value": 1.0},
    ),
    "few resamples": (
        lambda: cv.Concentration([1.0]).test_rule(0.2, 0.8, resamples=99),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "resamples", "value": "99"},
    ),
    "margin of 0 to reach a threshold": (
        lambda: cv.ReachProbability(MODEL, SPEND, 100.0, (1, "year"), margin=0.0).probability(SUMMARY, [0.0, 0.0]),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "margin", "value": "0"},
    ),
    "nothing to share": (lambda: cv.Concentration([0.0, 0.0]), cv.InvalidDataError, "TotalNotPositive", {"total": 0.0}),
    "negative value": (
        lambda: cv.Concentration(pd.Series([1.0, -2.0])),
        cv.InvalidDataError,
        "Negative",
        {"column": "value", "row": 1, "value": -2.0},
    ),
    "missing value": (
        lambda: cv.Concentration(pl.Series([1.0, None])),
        cv.InvalidDataError,
        "Missing",
        {"column": "value", "row": 1},
    ),
    "no values": (lambda: cv.tiers([]), cv.InvalidDataError, "Empty", {}),
    "segment beyond the bins": (
        lambda: cv.SegmentTable([("best", (5, 6))]),
        cv.InvalidParameterError,
        "SegmentTable",
        {},
    ),
    "segment with a misspelt axis": (
        lambda: cv.SegmentTable([{"name": "best", "rr": (5, 5)}]),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "segment"},
    ),
    "segment with three scores": (
        lambda: cv.SegmentTable([("best", (1, 2, 3))]),
        cv.InvalidParameterError,
        "InvalidOption",
        {"option": "segment"},
    ),
    "table for other bins": (
        lambda: cv.Rfm(bins=3).fit(RFM).segments(),
        cv.InvalidParameterError,
        "SegmentTable",
        {},
    ),
    "unknown column": (
        read(ORDERS, amount="price"),
        cv.UnknownColumnError,
        "UnknownColumn",
        {"column": "price", "available": "`who`, `day`, `paid`"},
    ),
    "unknown column of a pandas frame": (
        read(pd.DataFrame(ORDERS), date="when"),
        cv.UnknownColumnError,
        "UnknownColumn",
        {"column": "when"},
    ),
    "unknown margin column": (
        read(pl.DataFrame(ORDERS), margin="m"),
        cv.UnknownColumnError,
        "UnknownColumn",
        {"column": "m"},
    ),
    "unknown id column of a summary": (
        lambda: cv.CustomerSummary.from_frame(CUSTOMERS, unit="week", customer_id="id", **COLUMNS),
        cv.UnknownColumnError,
        "UnknownColumn",
        {"column": "id"},
    ),
    "texts as amounts": (
        read(pa.table(orders(paid=["1", "2", "3"]))),
        cv.WrongTypeError,
        "WrongType",
        {"column": "paid", "actual": "Utf8", "expected": "numbers"},
    ),
    "dates as amounts": (read(pd.DataFrame(ORDERS), amount="day"), cv.WrongTypeError, "WrongType", {"column": "day"}),
    "truth values as amounts": (
        read(orders(paid=np.array([True, False, True]))),
        cv.WrongTypeError,
        "WrongType",
        {"column": "paid", "actual": "bool"},
    ),
    "numbers as dates": (read(pl.DataFrame(ORDERS), date="paid"), cv.WrongTypeError, "WrongType", {"column": "paid"}),
    "fractions as ids": (
        read(pa.table(orders(who=[1.5, 2.0, 3.0]))),
        cv.WrongTypeError,
        "WrongType",
        {"column": "who", "actual": "Float64"},
    ),
    "mixed ids": (
        read(pd.DataFrame(orders(who=[1, "a", 2]))),
        cv.WrongTypeError,
        "WrongType",
        {"column": "who"},
    ),
    "lists as ids": (
        read(pl.DataFrame(orders(who=[[1], [2], [3]]))),
        cv.WrongTypeError,
        "WrongType",
        {"column": "who"},
    ),
    "complex amounts": (
        read(orders(paid=np.array([1j, 1, 1]))),
        cv.WrongTypeError,
        "WrongType",
        {"column": "paid", "actual": "complex128"},
    ),
    "texts as frequency": (customers(x=["a", "b"]), cv.WrongTypeError, "WrongType", {"column": "x"}),
    "no spend": (
        lambda: cv.GammaGamma().fit(
            cv.CustomerSummary.from_frame({"frequency": [1], "recency": [1], "T": [2]}, unit="week")
        ),
        cv.MissingColumnError,
        "MissingColumn",
        {"column": "monetary_value"},
    ),
    "no totals": (
        lambda: cv.HistoricalClv().value(SUMMARY),
        cv.MissingColumnError,
        "MissingColumn",
        {"column": "total_spend"},
    ),
    "no margins": (
        lambda: cv.HistoricalClv("column").value(SUMMARY),
        cv.MissingColumnError,
        "MissingColumn",
        {"column": "total_margin"},
    ),
    "progress callback says no": (
        lambda: cv.BgNbd(on_progress=lambda **_: False).fit(fit_data()),
        cv.CancelledError,
        "Cancelled",
        {},
    ),
    "an unknown referrer": (
        lambda: cv.Referrals(["a", "b"], [None, "x"]),
        cv.InvalidDataError,
        "UnknownCustomer",
        {"column": "referred_by", "row": 1, "customer": "x"},
    ),
    "a customer who referred itself": (
        lambda: cv.Referrals(["a", "b"], [None, "b"]),
        cv.InvalidDataError,
        "SelfReferral",
        {"column": "referred_by", "row": 1, "customer": "b"},
    ),
    "referrals in a circle": (
        lambda: cv.Referrals([1, 2], [2, 1]),
        cv.InvalidDataError,
        "ReferralLoop",
        {"column": "referred_by", "row": 0, "customer": "1", "length": 2},
    ),
    "stored form of another model": (
        lambda: cv.Nbd.from_json(MODEL.to_json()),
        cv.StoredFormError,
        "Deserialize",
        {"what": "NBD"},
    ),
    "stored form that is no JSON": (
        lambda: cv.BgNbd.from_json("{"),
        cv.StoredFormError,
        "Deserialize",
        {"what": "BG/NBD"},
    ),
    "stored parameters out of range": (
        lambda: cv.BgNbd.from_json(MODEL.to_json().replace("4.414", "-4.414")),
        cv.StoredFormError,
        "Deserialize",
        {},
    ),
}


def fit_data():
    return cv.CustomerSummary.from_frame(
        {"frequency": [2, 0, 1, 5, 0, 3], "recency": [30, 0, 10, 35, 0, 12], "T": [38] * 6}, unit="week"
    )


def fitted():
    with pytest.warns(cv.FitWarning):
        return cv.BgNbd().fit(fit_data())


@pytest.mark.parametrize(("bad", "kind", "name", "fields"), CATALOGUE.values(), ids=CATALOGUE)
def test_bad_input(bad, kind, name, fields):
    with pytest.raises(cv.CrmValueError) as caught:
        bad()
    error = caught.value
    assert type(error) is kind
    assert error.kind == name
    for field, value in fields.items():
        assert error.fields[field] == value
        assert getattr(error, field) == value
    if "column" in fields:
        assert fields["column"] in str(error)
    if "row" in fields:
        assert f"row {fields['row']}" in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.kind) == (kind, str(error), name)


WEEK = {"unit": "week"}
NAN, INFINITE = float("nan"), float("inf")
OPPORTUNITIES = cv.OpportunitySummary.from_frame({"frequency": [0, 1], "recency": [0, 2], "n": [6, 6]})
TENURES = cv.Tenures.from_frame({"tenure": [1, 2, 3], "churned": [True, True, False]})
# Every model: its name in messages, and parameters that it takes.
MODELS = [
    (cv.Nbd, "NBD", ("r", "alpha"), WEEK),
    (cv.BgNbd, "BG/NBD", ("r", "alpha", "a", "b"), WEEK),
    (cv.MbgNbd, "MBG/NBD", ("r", "alpha", "a", "b"), WEEK),
    (cv.BgCnbdK, "BG/CNBD-k", ("k", "r", "alpha", "a", "b"), WEEK),
    (cv.MbgCnbdK, "MBG/CNBD-k", ("k", "r", "alpha", "a", "b"), WEEK),
    (cv.ParetoNbd, "Pareto/NBD", ("r", "alpha", "s", "beta"), WEEK),
    (cv.GgompertzNbd, "GGompertz/NBD", ("r", "alpha", "b", "s", "beta"), WEEK),
    (cv.BgBb, "BG/BB", ("alpha", "beta", "gamma", "delta"), {}),
    (cv.Geometric, "geometric", ("theta",), {}),
    (cv.ShiftedBetaGeometric, "sBG", ("alpha", "beta"), {}),
    (cv.BetaDiscreteWeibull, "BdW", ("alpha", "beta", "c"), {}),
    (cv.GammaGamma, "Gamma-Gamma", ("p", "q", "v"), {}),
]


@pytest.mark.parametrize(("kind", "name", "parameters", "more"), MODELS, ids=[model[1] for model in MODELS])
def test_every_parameter_of_every_model(kind, name, parameters, more):
    good = dict.fromkeys(parameters, 0.5 if kind is cv.Geometric else 1)
    kind.from_params(**good, **more)
    for parameter in parameters:
        for bad in (0.0, -1.0, NAN, INFINITE, -INFINITE, *([0.5, 21] if parameter == "k" else [])):
            with pytest.raises(cv.InvalidParameterError, match="; it must") as caught:
                kind.from_params(**{**good, parameter: bad}, **more)
            error = caught.value
            assert (error.kind, error.model, error.parameter) == ("InvalidParameter", name, parameter)
            np.testing.assert_equal(error.value, bad)
            assert f"`{parameter}` of {name} is" in str(error)


@pytest.mark.parametrize(("kind", "name", "parameters", "more"), MODELS, ids=[model[1] for model in MODELS])
def test_fit_options_of_every_model(kind, name, parameters, more):
    if "k" in parameters:
        data = SUMMARY.with_log_sums(log_intervals=[5.0, 0.0])
    elif kind is cv.BgBb:
        data = OPPORTUNITIES
    else:
        data = SUMMARY if more or kind is cv.GammaGamma else TENURES
    for options in ({"fixed": {"nobody": 1.0}}, {"priors": {"nobody": (1.0, 1.0)}}):
        with pytest.raises(cv.InvalidParameterError) as caught:
            kind(**options).fit(data)
        assert (caught.value.kind, caught.value.value) == ("InvalidOption", "nobody")
        assert f"{name} has no such parameter, only `" in str(caught.value)
    with pytest.raises(cv.InvalidParameterError) as caught:
        kind(start=[1.0] * (len(parameters) + 1)).fit(data)
    assert (caught.value.kind, caught.value.option) == ("InvalidOption", "start")


@pytest.mark.parametrize(
    ("weight", "name"), [(0.0, "NotPositive"), (-1.0, "NotPositive"), (NAN, "Missing"), (INFINITE, "NonFinite")]
)
def test_weights(weight, name):
    for kind in (cv.BgNbd, cv.GammaGamma):
        with pytest.raises(cv.InvalidDataError, match="`weight`, row 1") as caught:
            kind().fit(SUMMARY, weights=[1.0, weight])
        assert caught.value.kind == name


@pytest.mark.parametrize("rate", [cv.DiscountRate.none(), cv.DiscountRate.continuous(-0.1, "week")])
def test_dert_needs_a_rate_above_0(rate):
    with pytest.raises(cv.InvalidParameterError, match="give a rate above 0") as caught:
        MODEL.dert(SUMMARY, rate)
    assert caught.value.kind == "UnboundedValue"


@pytest.mark.parametrize(
    ("purchases", "at", "kind"),
    [([2.0, 1.0], [3.0], "Unsorted"), ([NAN], [3.0], "NonFinite"), ([1.0], [3.0, -1.0], "Negative")],
)
def test_alive_path(purchases, at, kind):
    with pytest.raises(cv.InvalidDataError) as caught:
        MODEL.alive_path(purchases, at)
    assert caught.value.kind == kind


def test_every_kind_of_the_core_has_an_exception():
    assert list(errors.BY_KIND) == _core.error_kinds()
    for kind in _core.error_kinds():
        exception = errors.from_kind(kind, "message", {})
        assert type(exception) is errors.BY_KIND[kind]
        assert isinstance(exception, cv.CrmValueError)
        assert exception.kind == kind


# Those of purchases in discrete time and of contracts, in test_discrete.py.
DISCRETE = {
    "DegenerateTenures",
    "ExceedsOpportunities",
    "FrequencyExceedsRecency",
    "RisingSurvivors",
    "TooManyPeriods",
}


def test_the_catalogue_covers_the_kinds():
    # TooLarge needs 2^32 rows; NotFinite is a safeguard that no data in this catalogue reaches.
    elsewhere = {"TooLarge", "NotFinite"} | DISCRETE
    assert {name for _, _, name, _ in CATALOGUE.values()} == set(_core.error_kinds()) - elsewhere


def test_bases():
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, Exception)]
    exceptions = [c for c in classes if not issubclass(c, Warning)]
    assert all(issubclass(c, cv.CrmValueError) for c in exceptions)
    for kind in (
        cv.InvalidDataError,
        cv.InvalidParameterError,
        cv.NotFittedError,
        cv.StoredFormError,
        cv.UndefinedMeanError,
    ):
        assert issubclass(kind, ValueError)
    assert issubclass(cv.UnknownColumnError, KeyError)
    assert issubclass(cv.WrongTypeError, TypeError)
    assert issubclass(cv.NotFittedError, AttributeError)
    assert issubclass(cv.ConvergenceWarning, cv.FitWarning)
    assert issubclass(cv.FitWarning, UserWarning)
    assert all(c.__name__ in cv.__all__ for c in classes)


def test_dropping_invalid_rows_counts_them():
    days = ["2026-01-01", "soon", None, "2026-01-03"]
    frame = {"who": ["a", "a", "a", "b"], "day": days, "paid": [1.0, 2.0, 3.0, float("inf")]}
    quality = read(frame, invalid_rows="drop")().quality
    assert (quality.rows_read, quality.rows_used, quality.dropped_missing, quality.dropped_invalid) == (4, 1, 1, 2)


def test_wrong_python_types_raise_type_error():
    for call in (
        lambda: cv.BgNbd.from_params(r="x", alpha=1, a=1, b=1, unit="week"),
        lambda: cv.BgNbd(max_iterations=1.5).fit(SUMMARY),
        lambda: cv.PredictiveClv(MODEL, SPEND, discount=0.1),
        lambda: MODEL.dert(SUMMARY, 0.1),
        lambda: cv.Concentration(None),
        lambda: cv.Rfm().fit(SUMMARY),
        lambda: cv.HistoricalClv().value(pd.DataFrame(CUSTOMERS)),
    ):
        with pytest.raises(TypeError):
            call()
