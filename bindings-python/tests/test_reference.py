"""High-precision reference values through the Python interface.

Read from core/tests/reference or the directory named by CRM_VALUE_REFERENCE_DIR; every record is checked or reported by
name. The project's own values must all be known; in a directory of somebody else's, what is unknown is listed.
"""

import csv
import json
import math
import os
import sys
from collections import Counter, defaultdict
from pathlib import Path

import crm_value as cv
import numpy as np
import pytest

from conftest import ROOT

TOLERANCE = 1e-10
DATA = ROOT / "core" / "tests" / "data"
FOREIGN = "CRM_VALUE_REFERENCE_DIR" in os.environ
DIRECTORY = Path(os.environ.get("CRM_VALUE_REFERENCE_DIR", ROOT / "core" / "tests" / "reference"))


CONDENSED = {"bg_cnbd_k": cv.BgCnbdK, "mbg_cnbd_k": cv.MbgCnbdK}


class UnknownError(Exception):
    """The runner does not know a model or quantity."""


def history(inputs, **more):
    return {"frequency": [inputs["x"]], "recency": [inputs["t_x"]], "T": [inputs["T"]], **more}


def purchase(model, quantity, i, **covariates):
    one = history(i, **covariates) if "x" in i else None
    week = cv.DiscountRate.continuous
    match quantity:
        case "log_likelihood" if "sum_log_itt" in i:
            customers = cv.CustomerSummary.from_frame(one, unit="week")
            return model.log_likelihood(customers.with_log_sums(log_intervals=[i["sum_log_itt"]]))
        case "log_likelihood":
            assert model.log_likelihood(one) == model.log_likelihoods(one)[0]
            return model.log_likelihood(one)
        case "p_alive":
            return model.probability_alive(one)[0]
        case "p_alive_at":
            return model.probability_alive(one, ahead=i["t"])[0]
        case "conditional_expected_transactions":
            return model.expected_purchases(one, i["t"])[0]
        case "conditional_expected_transactions_interval":
            return model.expected_purchases(one, i["t2"], start=i["t1"])[0]
        case "p_active":
            return model.probability_active(one, i["t2"], start=i["t1"])[0]
        case "conditional_pmf":
            return model.conditional_purchase_probability(one, i["n"], i["t"])[0]
        case "dert":
            return model.dert(one, week(i["delta"], "week"))[0]
        case "dect":
            return model.dect(one, i["t"], week(i["delta"], "week"))[0]
        case "expected_purchase_rate":
            return model.expected_purchase_rate(one)[0]
        case "expected_dropout":
            return model.expected_dropout(one)[0]
        case "pmf_interval":
            return model.purchase_probability(i["n"], i["t2"], start=i["t1"])
        case "expected_transactions":
            return model.expected_purchases_new_customer(i["t"])
        case "pmf":
            return model.purchase_probability(i["n"], i["t"])
        case "log_pmf":
            return model.purchase_probability(i["n"], i["t"], log=True)
    raise UnknownError(f"quantity `{quantity}`")


def spend(model, quantity, i):
    def some():
        # Time does not enter: any history with x repeat purchases will do.
        return history({"x": i["x"], "t_x": min(i["x"], 1), "T": 2}, monetary_value=[i["zbar"]])

    match quantity:
        case "log_likelihood":
            return model.log_density(i["x"], i["zbar"])
        case "conditional_expected_spend":
            return model.expected_spend(some())[0]
        case "population_mean_spend":
            return model.population_mean_spend()
        case "spend_quantile":
            return model.spend_quantile(some(), i["probability"])[0]
        case "mean_spend_quantile":
            return model.mean_spend_quantile(some(), i["probability"])[0]
    raise UnknownError(f"quantity `{quantity}`")


def clv(quantity, p, i):
    def model(kind, *names, **more):
        return kind.from_params(**{name: p[name] for name in names}, **more)

    spend_model = model(cv.GammaGamma, "p", "q", "v")
    customers = history(i, monetary_value=[i["zbar"]])
    match quantity:
        case "clv_bg_nbd":
            period = cv.Span(i["period_length"], "week")
            options = {
                "horizon": (i["periods"] * i["period_length"], "week"),
                "period": period,
                "discount": cv.DiscountRate.per_span(i["d"], period),
            }
            purchases = model(cv.BgNbd, "r", "alpha", "a", "b", unit="week")
        case "clv_pareto_nbd_dert":
            options = {"endless": True, "discount": cv.DiscountRate.continuous(i["delta"], "week")}
            purchases = model(cv.ParetoNbd, "r", "alpha", "s", "beta", unit="week")
        case _:
            raise UnknownError(f"quantity `{quantity}`")
    return cv.PredictiveClv(purchases, spend_model, **options).value(customers)[0]


def static_covariates(quantity, p, i):
    def named(process, prefix, values):
        return {f"{process}:{prefix}{n}": value for n, value in enumerate(values)}

    coefficients = named("purchase", "trans", p["gamma_trans"])
    match p["model"]:
        case "pareto_nbd":
            coefficients |= named("dropout", "life", p["gamma_life"])
            kind, params = cv.ParetoNbd, {"r": p["r"], "alpha": p["alpha0"], "s": p["s"], "beta": p["beta0"]}
        case "bg_nbd":
            if p["gamma_a"] == p["gamma_b"]:
                coefficients |= named("dropout", "life", p["gamma_a"])
            else:
                coefficients |= named("a", "life", p["gamma_a"]) | named("b", "life", p["gamma_b"])
            kind, params = cv.BgNbd, {"r": p["r"], "alpha": p["alpha0"], "a": p["a0"], "b": p["b0"]}
        case "mbg_nbd":
            coefficients |= named("a", "life", p["gamma_a"]) | named("b", "life", p["gamma_b"])
            kind, params = cv.MbgNbd, {"r": p["r"], "alpha": p["alpha0"], "a": p["a0"], "b": p["b0"]}
        case "ggompertz_nbd":
            coefficients |= named("dropout", "life", p["gamma_life"])
            params = {"r": p["r"], "alpha": p["alpha0"], "b": p["b"], "s": p["s"], "beta": p["beta0"]}
            kind = cv.GgompertzNbd
        case other:
            raise UnknownError(f"model `{other}` with covariates")
    columns = {f"trans{n}": [value] for n, value in enumerate(i["z_trans"])}
    columns |= {f"life{n}": [value] for n, value in enumerate(i["z_life"])}
    model = kind.from_params(**params, unit="week", coefficients=coefficients)
    return purchase(model, quantity, i, **columns)


def sbg_covariates(quantity, p, i):
    columns = {f"z{n}": [value] for n, value in enumerate(i["z"])}
    coefficients = {
        f"{parameter}:z{n}": gamma for parameter in ("alpha", "beta") for n, gamma in enumerate(p[f"gamma_{parameter}"])
    }
    model = cv.ShiftedBetaGeometric.from_params(alpha=p["alpha0"], beta=p["beta0"], coefficients=coefficients)
    match quantity:
        case "log_likelihood":
            rows = {"tenure": [i["t"]], "churned": [i["churned"] == 1], **columns}
            return model.log_likelihood(cv.Tenures.from_frame(rows, covariates=list(columns)))
        case "survival_given":
            return model.survival_ahead([i["n"]], i["t"], covariates=columns)[0]
        case "derl":
            return model.discounted_expected_residual_lifetime(i["d"], [i["n"] - 1], covariates=columns)[0]
    raise UnknownError(f"quantity `{quantity}`")


def opportunity(model, quantity, i):
    customer = {name: [i[key]] for name, key in (("frequency", "x"), ("recency", "t_x"), ("n", "n")) if key in i}
    match quantity:
        case "log_likelihood":
            assert model.log_likelihood(customer) == model.log_likelihoods(customer)[0]
            return model.log_likelihood(customer)
        case "p_alive_n":
            return model.probability_alive(customer)[0]
        case "p_alive_next":
            return model.probability_alive(customer, ahead=1)[0]
        case "conditional_expected_transactions":
            return model.expected_purchases(customer, i["m"])[0]
        case "p_alive_at":
            return model.probability_alive(customer, ahead=i["m"])[0]
        case "conditional_expected_transactions_interval":
            return model.expected_purchases(customer, i["m2"], start=i["m1"])[0]
        case "p_active":
            return model.probability_active(customer, i["m2"], start=i["m1"])[0]
        case "conditional_pmf":
            return model.conditional_purchase_probability(customer, i["k"], i["m"])[0]
        case "dert":
            return model.dert(customer, i["d"])[0]
        case "dect":
            return model.dect(customer, i["m"], i["d"])[0]
        case "mean_purchase_probability":
            return model.mean_purchase_probability(customer)[0]
        case "mean_dropout_probability":
            return model.mean_dropout_probability(customer)[0]
        case "expected_transactions":
            return model.expected_purchases_new_customer(i["n"])
        case "pmf":
            return model.purchase_probability(i["x"], i["n"])
    raise UnknownError(f"quantity `{quantity}`")


def retention(model, quantity, i):
    match quantity:
        case "survival":
            return model.survival(i["t"])
        case "pmf":
            return model.churn_probability(i["t"])
        case "retention_rate":
            return model.retention_rate(i["t"])
        case "survival_given":
            return model.survival_ahead([i["n"]], i["t"])[0]
        case "expected_tenure":
            return model.expected_tenure()
        case "expected_renewals":
            return model.expected_renewals([i["n"]], i["h"])[0]
        case "del":
            return model.discounted_expected_lifetime(i["d"])
        case "derl":
            # n is the period the customer is in, of whose renewals n - 1 are made.
            return model.discounted_expected_residual_lifetime(i["d"], i["n"] - 1)
    raise UnknownError(f"quantity `{quantity}`")


def compute(file, record):
    quantity, p, i = record["quantity"], record["params"], record["inputs"]
    match file.removesuffix("_extended").removesuffix("_posterior"):
        case "bg_nbd":
            return purchase(cv.BgNbd.from_params(**p, unit="week"), quantity, i)
        case "cnbd_k" | "cnbd_k_extended" if p["model"] in CONDENSED:
            params = {name: value for name, value in p.items() if name != "model"}
            return purchase(CONDENSED[p["model"]].from_params(**params, unit="week"), quantity, i)
        case "mbg_nbd":
            return purchase(cv.MbgNbd.from_params(**p, unit="week"), quantity, i)
        case "pareto_nbd":
            return purchase(cv.ParetoNbd.from_params(**p, unit="week"), quantity, i)
        case "ggompertz_nbd":
            return purchase(cv.GgompertzNbd.from_params(**p, unit="week"), quantity, i)
        case "nbd":
            return purchase(cv.Nbd.from_params(**p, unit="week"), quantity, i)
        case "gamma_gamma":
            return spend(cv.GammaGamma.from_params(**p), quantity, i)
        case "clv":
            return clv(quantity, p, i)
        case "static_covariates":
            return static_covariates(quantity, p, i)
        case "sbg_covariates":
            return sbg_covariates(quantity, p, i)
        case "bg_bb":
            return opportunity(cv.BgBb.from_params(**p), quantity, i)
        case "geometric":
            return retention(cv.Geometric.from_params(**p), quantity, i)
        case "sbg":
            return retention(cv.ShiftedBetaGeometric.from_params(**p), quantity, i)
        case "bdw":
            return retention(cv.BetaDiscreteWeibull.from_params(**p), quantity, i)
    raise UnknownError(f"model `{file}`")


def error_of(quantity, actual, expected):
    """The error as the tolerance measures it; infinite for NaN."""
    if quantity.startswith("log_"):
        error = abs(actual - expected) / max(abs(expected), 1.0)
    elif abs(expected) < sys.float_info.min:
        # Below the normal range of f64: 0 or a denormal is right.
        error = 0.0 if abs(actual) < sys.float_info.min else math.inf
    else:
        error = abs(actual - expected) / abs(expected)
    return math.inf if math.isnan(error) else error


def moved(quantity, expected):
    """A value that the tolerance must refuse."""
    if quantity.startswith("log_"):
        return expected + 3 * TOLERANCE * max(abs(expected), 1.0)
    return expected * (1 + 3 * TOLERANCE) if abs(expected) >= sys.float_info.min else 1e-300


def records():
    for path in sorted(DIRECTORY.glob("*.json")):
        if path.stem != "mle":
            for record in json.loads(path.read_text()):
                yield path.stem, record


def test_reference_values(capsys):
    tallies = defaultdict(lambda: [0, 0.0, ""])
    failures, unknown, total = [], Counter(), 0
    for file, record in records():
        total += 1
        tally = tallies[file, record["quantity"]]
        tally[0] += 1
        expected = float(record["value"])
        try:
            actual = compute(file, record)
        except UnknownError as what:
            unknown[f"{file}: unknown {what}"] += 1
            continue
        error = error_of(record["quantity"], actual, expected)
        if error >= tally[1]:
            tally[1:] = error, record["id"]
        if error > TOLERANCE:
            failures.append(f"{record['id']} {record['quantity']} {record['inputs']}: {actual!r}, not {expected!r}")
    with capsys.disabled():
        print()
        for (file, quantity), (count, worst, worst_id) in tallies.items():
            print(f"reference {file:<26} {quantity:<44} {count:>4} values, worst error {worst:.1e} ({worst_id})")
        print(f"reference: {total} values, {len(failures)} failed, {unknown.total()} unknown")
        for what, count in unknown.items():
            print(f"reference: {what}, {count} values")
    assert not failures, "\n".join(failures)
    assert total > unknown.total(), f"no reference value was checked in {DIRECTORY}"
    assert FOREIGN or not unknown, "; ".join(unknown)


def test_reference_tolerances_can_fail():
    checked = 0
    for file, record in records():
        try:
            actual = compute(file, record)
        except UnknownError:
            continue
        quantity, expected = record["quantity"], float(record["value"])
        if abs(expected) >= sys.float_info.min or quantity.startswith("log_"):
            assert error_of(quantity, actual, moved(quantity, expected)) > TOLERANCE, record["id"]
        else:
            assert error_of(quantity, 1e-300, expected) > TOLERANCE, record["id"]
        assert error_of(quantity, math.nan, expected) > TOLERANCE
        checked += 1
    assert checked


MLE = json.loads((DIRECTORY / "mle.json").read_text()) if (DIRECTORY / "mle.json").exists() else {}


def donations():
    with (ROOT / "examples" / "data" / "donations.csv").open() as table:
        rows = [[float(field) for field in row] for row in list(csv.reader(table))[1:]]
    columns = dict(zip(["frequency", "recency", "n", "weight"], np.array(rows).T, strict=True))
    return cv.OpportunitySummary.from_frame(columns, weight="weight")


def mle_customers(data, customers):
    match data:
        case "cdnow_days_over_7":
            return customers
        case "cdnow_csv":
            # The published summary: times and spend rounded to 0.01.
            with (DATA / "cdnow_summary.csv").open() as table:
                rows = [[float(field) for field in row] for row in list(csv.reader(table))[1:]]
            names = ["frequency", "recency", "T", "monetary_value"]
            columns = {name: np.array([row[1 + i] for row in rows]) for i, name in enumerate(names)}
            return cv.CustomerSummary.from_frame(columns, unit="week")
        case "donations":
            return donations()
    return None


@pytest.mark.parametrize(("data", "name"), [(data, name) for data, models in MLE.items() for name in models])
def test_reference_maximum_likelihood(data, name, customers, capsys):
    estimators = {
        "BG/NBD": cv.BgNbd,
        "gamma-gamma": cv.GammaGamma,
        "NBD": cv.Nbd,
        "MBG/NBD": cv.MbgNbd,
        "Pareto/NBD": cv.ParetoNbd,
        "BG/BB": cv.BgBb,
    }
    summary = mle_customers(data, customers)
    if summary is None or name not in estimators:
        with capsys.disabled():
            print(f"\nreference: mle/{data}/{name}: unknown")
        assert FOREIGN, f"unknown model or data {data}/{name}"
        return
    expected = MLE[data][name]
    tolerance, tolerance_se, tolerance_ll = 1e-8, 1e-6, 1e-8
    report = estimators[name]().fit(summary).report_
    worst = max(abs(report.params[p] / value - 1) for p, value in expected["parameters"].items())
    with capsys.disabled():
        print(f"\nreference mle/{data}/{name}: worst parameter error {worst:.1e}")
    assert worst < tolerance
    assert report.log_likelihood == pytest.approx(expected["log_likelihood"], rel=tolerance_ll)
    assert report.standard_errors == pytest.approx(expected["standard_errors"], rel=tolerance_se)
    scale = list(report.standard_errors.values())
    correlation = report.covariance / np.outer(scale, scale)
    np.testing.assert_allclose(correlation, expected["correlation"], atol=1e-6)
    # The tolerance can fail.
    assert all(
        abs(report.params[p] / (value * (1 + 3 * tolerance)) - 1) > tolerance
        for p, value in expected["parameters"].items()
    )
