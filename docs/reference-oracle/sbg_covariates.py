"""The reference oracle for sBG with covariates, by the same rules as oracle.py, whose quadratures it uses.

    /tmp/oracle/bin/python docs/reference-oracle/sbg_covariates.py check    recompute every record of sbg_covariates.json
    /tmp/oracle/bin/python docs/reference-oracle/sbg_covariates.py write    write sbg_covariates.json anew

A customer with covariates z has churn probability theta ~ Beta(alpha0 exp(gamma_alpha . z), beta0 exp(gamma_beta . z)). One road integrates over
theta, the other has Beta functions and, for lifetimes, the hypergeometric function in closed form.
"""

import json
import sys
import time

from mpmath import exp, hyp2f1, log, mp, mpf

from oracle import REFERENCE, beta_mean, deviation, ln_rising, save

PARAMETERS = (  # alpha0, beta0, gamma_alpha, gamma_beta
    (0.668, 3.806, (0.8, -0.3), (0.0, 0.0)),
    (0.668, 3.806, (0.8, -0.3), (0.2, 0.1)),
    (1.25, 0.4, (0.3, 0.5), (0.3, 0.5)),
    (12.0, 40.0, (-1.5, 2.0), (0.7, -0.4)),
    (0.05, 0.05, (0.25, 0.75), (-0.6, 0.9)),
)
COVARIATES = ((0.0, 0.0), (1.0, 0.0), (-0.7, 1.3), (2.5, -1.0))
INPUTS = {
    "log_likelihood": (("t", "churned"), ((2, 0), (1, 1), (4, 1), (8, 0), (60, 1), (500, 0))),
    "survival_given": (("n", "t"), ((0, 1), (0, 12), (3, 5), (40, 200))),
    "derl": (("n", "d"), ((1, 0.1), (5, 0.1), (12, 0.01), (1, 0.001))),
}


def shapes(record):
    p, z = record["params"], [mpf(value) for value in record["inputs"]["z"]]
    moved = lambda name: exp(sum(mpf(gamma) * value for gamma, value in zip(p[name], z, strict=True)))
    return mpf(p["alpha0"]) * moved("gamma_alpha"), mpf(p["beta0"]) * moved("gamma_beta")


def both_routes(record):
    a, b = shapes(record)
    i = record["inputs"]
    survival = lambda n: exp(ln_rising(b, n) - ln_rising(a + b, n))
    match record["quantity"]:
        case "log_likelihood":
            made = i["t"] - 1
            if i["churned"]:
                integral = beta_mean(lambda theta, stays: stays**made * theta, a, b, 1, made)
                return log(integral), log(survival(made) * a / (a + b + made))
            return log(beta_mean(lambda theta, stays: stays**made, a, b, 0, made)), log(survival(made))
        case "survival_given":
            n, t = i["n"], i["t"]
            integral = beta_mean(lambda theta, stays: stays ** (n + t), a, b, 0, n + t)
            return integral / beta_mean(lambda theta, stays: stays**n, a, b, 0, n), survival(n + t) / survival(n)
        case "derl":
            # n is the period the customer is in; the renewals to come, the next not discounted, given theta: (1 - theta)(1 + d)/(d + theta).
            made, d = i["n"] - 1, mpf(i["d"])
            given = lambda theta, stays: stays * (1 + d) / (d + theta)
            closed = (b + made) / (a + b + made) * hyp2f1(1, b + made + 1, a + b + made + 1, 1 / (1 + d))
            return beta_mean(given, a, b + made), closed
    raise ValueError(record["quantity"])


def records():
    for quantity, (keys, settings) in INPUTS.items():
        for i, (alpha, beta, gamma_alpha, gamma_beta) in enumerate(PARAMETERS):
            for j, z in enumerate(COVARIATES):
                for setting in settings if quantity == "log_likelihood" else settings[(i + j) % 2 :: 2]:
                    yield {
                        "quantity": quantity,
                        "params": {"alpha0": alpha, "beta0": beta, "gamma_alpha": gamma_alpha, "gamma_beta": gamma_beta},
                        "inputs": {**dict(zip(keys, setting)), "z": z},
                    }


def write():
    written, failed = [], 0
    for record in records():
        integral, closed = both_routes(record)
        off = deviation(record["quantity"], closed, integral)
        if not off <= mpf(10) ** -22:
            failed += 1
            print(f"NOT WRITTEN {record}: routes differ by {mp.nstr(off, 3)}", file=sys.stderr)
            continue
        gammas = (record["params"]["gamma_alpha"], record["params"]["gamma_beta"])
        tags = ["same gamma for alpha and beta"] * (gammas[0] == gammas[1]) + ["alpha alone"] * (not any(gammas[1]))
        value = mp.nstr(integral, 20, strip_zeros=False)
        head = {"id": f"sbg_covariates/{len(written):04}"}
        written.append({**head, **record, "value": value, "how": "closed form checked against integral", "tags": tags})
    save("sbg_covariates", written)
    print(f"{len(written)} records", file=sys.stderr)
    return 1 if failed else 0


def check():
    worst, started = mpf(0), time.time()
    for record in json.loads((REFERENCE / "sbg_covariates.json").read_text()):
        for value in both_routes(record):
            worst = max(worst, deviation(record["quantity"], value, mpf(record["value"])))
    print(f"sbg_covariates: worst {mp.nstr(worst, 2)}, {time.time() - started:.0f} s")
    return 0 if worst < mpf(10) ** -18 else 1


if __name__ == "__main__":
    sys.exit({"check": check, "write": write}[sys.argv[1]]())
