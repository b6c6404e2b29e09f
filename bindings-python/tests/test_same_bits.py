"""Python and C give the same bits; that C and Rust do is tested in bindings-c/tests/bits.rs."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

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


class SimulationOptions(ctypes.Structure):
    """As in the header."""

    _fields_: ClassVar = [
        ("struct_size", ctypes.c_size_t),
        ("seed", ctypes.c_uint64),
        ("holdout", ctypes.c_double),
        ("spend", ctypes.c_void_p),
        ("covariates", ctypes.c_void_p),
        ("holdout_unit", ctypes.c_int32),
        ("threads", ctypes.c_uint32),
    ]


def simulated(c, purchases, spend):
    """500 customers of 52 weeks with 26 weeks of holdout, seed 42."""
    options = SimulationOptions()
    c.call("crmv_simulation_options_init", ctypes.byref(options), ctypes.c_size_t(ctypes.sizeof(options)))
    options.seed, options.holdout, options.spend = 42, 26.0, spend.value
    n, weeks = ctypes.c_size_t(500), ctypes.c_double(52.0)
    return c.handle("crmv_simulate", purchases, n, weeks, UNIT_WEEK, ctypes.byref(options))


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

    # Simulation: the fitted models, 500 customers, the same seed.
    drawn = bg.simulate(500, seed=42, T=52.0, holdout=26.0, spend=gg)
    simulation = simulated(c, purchases, spend)
    frequency, rows = np.empty(500), len(drawn.transactions["time"])
    times, amounts, owners = np.empty(rows), np.empty(rows), np.empty(rows, dtype=np.uint64)
    c.call("crmv_simulation_holdout_frequency", simulation, pointer(frequency), ctypes.c_size_t(500))
    arrays = (pointer(owners), pointer(times), pointer(amounts))
    c.call("crmv_simulation_purchases", simulation, *arrays, ctypes.c_size_t(rows))
    np.testing.assert_array_equal(drawn.customers["holdout_frequency"], frequency)
    np.testing.assert_array_equal(drawn.transactions["customer_id"], owners)
    for name, values in (("time", times), ("amount", amounts)):
        assert (drawn.transactions[name].view(np.uint64) == values.view(np.uint64)).all(), name
    library.crmv_simulation_free(simulation)
    contracts = cv.BetaDiscreteWeibull.from_params(alpha=0.26, beta=1.7, c=1.6)
    model = c.handle("crmv_bdw_new", ctypes.c_double(0.26), ctypes.c_double(1.7), ctypes.c_double(1.6))
    periods = np.full(500, 8, dtype=np.uint32)
    size, seed = ctypes.c_size_t(500), ctypes.c_uint64(42)
    simulation = c.handle("crmv_simulate_contracts", model, pointer(periods), size, None, seed)
    tenure, churned = np.empty(500), np.empty(500, dtype=np.uint8)
    c.call("crmv_contract_simulation_rows", simulation, pointer(tenure), pointer(churned), size)
    rows_in_python = contracts.simulate(500, periods=8, seed=42).customers
    np.testing.assert_array_equal(rows_in_python["tenure"], tenure)
    np.testing.assert_array_equal(rows_in_python["churned"], churned)
    library.crmv_contract_simulation_free(simulation)
    library.crmv_retention_model_free(model)

    for free, handle in [
        ("crmv_purchase_model_free", purchases),
        ("crmv_purchase_model_free", pareto),
        ("crmv_spend_model_free", spend),
        ("crmv_customers_free", table),
        ("crmv_transactions_free", log),
    ]:
        getattr(library, free)(handle)
