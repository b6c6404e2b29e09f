"""Python and C give the same bits; that C and Rust do is tested in bindings-c/tests/bits.rs."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import crm_value as cv
import numpy as np
import pandas as pd
import pytest

from conftest import ROOT

UNIT_WEEK = 1


@pytest.fixture(scope="module")
def library() -> ctypes.CDLL:
    subprocess.run(["cargo", "build", "--quiet", "--release", "--package", "crm_value_c"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    name = "libcrm_value.dylib" if sys.platform == "darwin" else "libcrm_value.so"
    return ctypes.CDLL(str(ROOT / target / "release" / name))


class C:
    """Calls C functions and reads the arrays they fill."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.library = library

    def call(self, function, *arguments):
        status = getattr(self.library, function)(*arguments)
        assert status == 0, f"{function} returned {status}"

    def handle(self, function, *arguments):
        out = ctypes.c_void_p()
        self.call(function, *arguments, ctypes.byref(out))
        return out

    def array(self, n, function, *arguments):
        out = np.empty(n)
        self.call(function, *arguments, pointer(out), ctypes.c_size_t(n))
        return out


def pointer(values):
    return values.ctypes.data_as(ctypes.c_void_p)


def test_python_and_c_agree_to_the_last_bit(
    library: ctypes.CDLL, orders: pd.DataFrame, customers: cv.CustomerSummary, bg: cv.BgNbd
) -> None:
    c = C(library)
    ids = orders["customer_id"].to_numpy(dtype=np.uint64)
    days = orders["date"].to_numpy(dtype="datetime64[D]").astype(np.int32)
    amounts = orders["amount"].to_numpy(dtype=np.float64)
    n, weeks = len(customers), ctypes.c_double(39.0)
    end = ctypes.c_int32(int(np.datetime64("1997-09-30").astype(np.int64)))

    log = c.handle(
        "crmv_transactions_from_columns", pointer(ids), pointer(days), pointer(amounts), ctypes.c_size_t(ids.size)
    )
    table = c.handle("crmv_transactions_summarize", log, UNIT_WEEK, ctypes.byref(end))
    purchases = c.handle("crmv_bg_nbd_fit", table, None)
    pareto = c.handle("crmv_pareto_nbd_fit", table, None)
    spend = c.handle("crmv_gamma_gamma_fit", table, None)
    gg = cv.GammaGamma().fit(customers)
    in_python = {
        "recency": customers.recency,
        "T": customers.T,
        "BG/NBD": list(bg.params_.values()),
        "Pareto/NBD": list(cv.ParetoNbd().fit(customers).params_.values()),
        "Gamma-Gamma": list(gg.params_.values()),
        "P(alive)": bg.probability_alive(customers),
        "expected purchases": bg.expected_purchases(customers, 39),
        "expected spend": gg.expected_spend(customers),
        "CLV": cv.PredictiveClv(bg, gg).value(customers),
    }
    in_c = {
        "recency": c.array(n, "crmv_customers_recency", table),
        "T": c.array(n, "crmv_customers_T", table),
        "BG/NBD": c.array(4, "crmv_purchase_model_parameters", purchases),
        "Pareto/NBD": c.array(4, "crmv_purchase_model_parameters", pareto),
        "Gamma-Gamma": c.array(3, "crmv_spend_model_parameters", spend),
        "P(alive)": c.array(n, "crmv_purchase_model_probability_alive", purchases, table),
        "expected purchases": c.array(n, "crmv_purchase_model_expected_purchases", purchases, table, weeks, UNIT_WEEK),
        "expected spend": c.array(n, "crmv_spend_model_expected_spend", spend, table),
        "CLV": c.array(n, "crmv_clv_predictive", purchases, spend, table, None),
    }
    for name, values in in_python.items():
        same = np.asarray(values, dtype=np.float64).view(np.uint64) == in_c[name].view(np.uint64)
        assert same.all(), f"{name}: {np.count_nonzero(~same)} values differ"

    for free, handle in [
        ("crmv_purchase_model_free", purchases),
        ("crmv_purchase_model_free", pareto),
        ("crmv_spend_model_free", spend),
        ("crmv_customers_free", table),
        ("crmv_transactions_free", log),
    ]:
        getattr(library, free)(handle)
