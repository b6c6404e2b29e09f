"""The reference oracle for BG/CNBD-k and MBG/CNBD-k, by the same rules as oracle.py, whose quadratures it uses.

    /tmp/oracle/bin/python docs/reference-oracle/cnbd_k.py check       recompute every record of cnbd_k.json and cnbd_k_extended.json
    /tmp/oracle/bin/python docs/reference-oracle/cnbd_k.py extended    write cnbd_k_extended.json anew

The latent variables are the stage rate lambda, the dropout probability p and, for a customer alive at T, the phase j: how many stages have come
since the last purchase. One road integrates over lambda numerically and sums over the stages given lambda; p enters through
s(n) = E[(1 - p)^n]. The other road has lambda in closed form (negative binomial probabilities), or integrates over p as well.
"""

import json
import sys
import time

from mpmath import (
    betainc,
    exp,
    expm1,
    gammainc,
    hyp2f1,
    log,
    log1p,
    loggamma,
    mp,
    mpf,
    rf,
)

from oracle import (
    REFERENCE,
    beta_mean,
    deviation,
    exact,
    gamma_mean,
    ln_beta,
    ln_rising,
    nbd_pmf_closed,
    tanh_sinh_pieces,
)

NEGLIGIBLE = mpf(10) ** -32


class Customer:
    """A customer alive at T: stages at rate lambda ~ Gamma(shape, rate), `wait` since the last purchase, p ~ Beta(a, b)."""

    def __init__(self, k, shape, rate, wait, a, b):
        self.k, self.shape, self.rate, self.wait, self.a, self.b = (
            k,
            shape,
            rate,
            wait,
            a,
            b,
        )

    def survivors(self, n):
        return exp(ln_rising(self.b, n) - ln_rising(self.a + self.b, n))

    def weights(self):
        share = self.wait / self.rate
        return [rf(self.shape, j) / mp.factorial(j) * share**j for j in range(self.k)]

    def over_rates(self, given, extra=0):
        """E over lambda and the phase of given(lambda, j), divided by the probability of being in any phase."""
        phases = lambda lam: mp.fsum(
            (lam * self.wait) ** j / mp.factorial(j) * given(lam, j)
            for j in range(self.k)
        )
        mean = gamma_mean(
            lambda lam, z: log(phases(lam)),
            self.shape,
            self.rate,
            self.shape + extra,
            self.rate,
        )
        return mean / mp.fsum(self.weights())

    def over_phases(self, given):
        """The same where the mean over lambda is known: given(shape, j), lambda ~ Gamma(shape, rate) in phase j."""
        weights = self.weights()
        return mp.fsum(
            w * given(self.shape + j, j) for j, w in enumerate(weights)
        ) / mp.fsum(weights)

    def purchases_until(self, j, probability):
        """Sum over n of s(n - 1) P(the stages of the n-th purchase come), a falling sequence."""
        total, n = mpf(0), 1
        while True:
            term = self.survivors(n - 1) * probability(n * self.k - j)
            total += term
            if term <= NEGLIGIBLE * total:
                return total
            n += 1

    def over_stages(self, j, mass, value):
        """Sum over the number of stages of its probability times value(purchases completed, phase, stages)."""
        total, stages, small = mpf(0), 0, 0
        while True:
            completed, phase = divmod(j + stages, self.k)
            term = mass(stages) * value(completed, phase, stages)
            total += term
            small = small + 1 if term <= NEGLIGIBLE * total else 0
            if small > 2 * self.k and total > 0:
                return total
            stages += 1


def poisson(mean):
    return lambda n: (
        exp(n * log(mean) - mean - loggamma(mpf(n + 1))) if n else exp(-mean)
    )


def at_least(n, mean):
    """P(Poisson(mean) >= n)."""
    return gammainc(n, 0, mean, regularized=True) if n else mpf(1)


def mixed_at_least(n, shape, share):
    return betainc(n, shape, 0, share / (1 + share), regularized=True) if n else mpf(1)


def alive_at(c, t):
    rates = c.over_rates(
        lambda lam, j: c.over_stages(
            j, poisson(lam * t), lambda n, i, stages: c.survivors(n)
        )
    )
    return rates, c.over_phases(
        lambda shape, j: c.over_stages(
            j,
            lambda s: nbd_pmf_closed(shape, c.rate, s, t),
            lambda n, i, stages: c.survivors(n),
        )
    )


def purchases(c, t1, t2):
    def between(lam, j):
        return c.purchases_until(
            j, lambda m: at_least(m, lam * t2) - (at_least(m, lam * t1) if t1 else 0)
        )

    def mixed(shape, j):
        until = lambda t: (
            c.purchases_until(j, lambda m: mixed_at_least(m, shape, t / c.rate))
            if t
            else mpf(0)
        )
        return until(t2) - until(t1)

    return c.over_rates(between), c.over_phases(mixed)


def active(c, t1, t2):
    length = t2 - t1

    def given(lam, j):
        if not t1:
            return at_least(c.k - j, lam * t2)
        return c.over_stages(
            j,
            poisson(lam * t1),
            lambda n, i, stages: c.survivors(n) * at_least(c.k - i, lam * length),
        )

    def mixed(shape, j):
        if not t1:
            return mixed_at_least(c.k - j, shape, t2 / c.rate)
        later = lambda n, i, stages: (
            c.survivors(n)
            * mixed_at_least(c.k - i, shape + stages, length / (c.rate + t1))
        )
        return c.over_stages(j, lambda s: nbd_pmf_closed(shape, c.rate, s, t1), later)

    return c.over_rates(given), c.over_phases(mixed)


def dert(c, delta):
    def given(lam, j):
        factor = lam / (lam + delta)
        return factor ** (c.k - j) * hyp2f1(1, c.b, c.a + c.b, factor**c.k)

    def given_both(p, q):
        def discounted(lam, j):
            ln_factor = -log1p(delta / lam)
            return exp((c.k - j) * ln_factor) / (p - q * expm1(c.k * ln_factor))

        return c.over_rates(discounted)

    return c.over_rates(given), beta_mean(given_both, c.a, c.b)


def dect(c, delta, t):
    def given(lam, j):
        factor = lam / (lam + delta)
        return c.purchases_until(
            j, lambda m: factor**m * at_least(m, (lam + delta) * t)
        )

    def rate(u):
        def mixed(shape, j):
            completes = lambda n, i, stages: c.survivors(n) if i == c.k - 1 else mpf(0)
            return (
                shape
                / c.rate
                * c.over_stages(
                    j, lambda s: nbd_pmf_closed(shape + 1, c.rate, s, u), completes
                )
            )

        return exp(-delta * u) * c.over_phases(mixed)

    return c.over_rates(given), tanh_sinh_pieces(rate, [mpf(0), t / 8, t / 3, t])


def counted(c, n, t):
    def given(lam, j, mass, reached):
        first, last = max(n * c.k - j, 0), (n + 1) * c.k - j
        alive = c.survivors(n) * mp.fsum(mass(s) for s in range(first, last))
        return alive + (
            (c.survivors(n - 1) - c.survivors(n)) * reached(first) if n else 0
        )

    rates = c.over_rates(
        lambda lam, j: given(lam, j, poisson(lam * t), lambda m: at_least(m, lam * t))
    )
    return rates, c.over_phases(
        lambda shape, j: given(
            None,
            j,
            lambda s: nbd_pmf_closed(shape, c.rate, s, t),
            lambda m: mixed_at_least(m, shape, t / c.rate),
        )
    )


QUANTITIES = {
    "p_alive_at": alive_at,
    "conditional_expected_transactions_interval": purchases,
    "conditional_expected_transactions": lambda c, t: purchases(c, mpf(0), t),
    "p_active": active,
    "dert": dert,
    "dect": dect,
    "conditional_pmf": counted,
}


def alive_dead(model, k, r, alpha, a, b, x, t_x, t_cal, closed):
    """The two parts of the likelihood without the term of the intervals: lambda and p by integrals, or in closed form."""
    coins, stages, wait = x + (model == "mbg_cnbd_k"), k * x, t_cal - t_x
    if closed:
        common = r * log(alpha) - ln_beta(a, b) + ln_rising(r, stages)
        phases = Customer(k, r + stages, alpha + t_cal, wait, a, b).weights()
        alive = exp(
            common + ln_beta(a, b + coins) - (r + stages) * log(alpha + t_cal)
        ) * mp.fsum(phases)
        return alive, exp(
            common + ln_beta(a + 1, b + coins - 1) - (r + stages) * log(alpha + t_x)
        ) if coins else mpf(0)
    rates = lambda m, until: gamma_mean(
        lambda lam, z: m * z - lam * until, r, alpha, r + m, alpha + until
    )
    alive = mp.fsum(
        wait**j / mp.factorial(j) * rates(stages + j, t_cal)
        for j in range(k if wait else 1)
    )
    alive *= beta_mean(lambda p, q: q**coins, a, b, 0, coins) if coins else 1
    dead = (
        beta_mean(lambda p, q: p * q ** (coins - 1), a, b, 1, coins - 1)
        * rates(stages, t_x)
        if coins
        else mpf(0)
    )
    return alive, dead


def both_routes(record):
    params, inputs, quantity = (
        dict(record["params"]),
        dict(record["inputs"]),
        record["quantity"],
    )
    model, k = params.pop("model"), params.pop("k")
    r, alpha, a, b = (mpf(params[name]) for name in ("r", "alpha", "a", "b"))
    coin = int(model == "mbg_cnbd_k")
    if quantity in ("expected_transactions", "pmf"):
        new = Customer(k, r, alpha, mpf(0), a, b + coin)
        if quantity == "expected_transactions":
            return [
                b / (a + b) * value if coin else value
                for value in purchases(new, mpf(0), mpf(inputs["t"]))
            ]
        survived = b / (a + b) if coin else 1
        lost = [a / (a + b) if coin and inputs["n"] == 0 else 0] * 2
        return [
            survived * value + no
            for value, no in zip(counted(new, inputs["n"], mpf(inputs["t"])), lost)
        ]
    x, t_x, t_cal = inputs.pop("x"), mpf(inputs.pop("t_x")), mpf(inputs.pop("T"))
    parts = [
        alive_dead(model, k, r, alpha, a, b, x, t_x, t_cal, closed)
        for closed in (False, True)
    ]
    if quantity == "log_likelihood":
        intervals = (k - 1) * mpf(inputs["sum_log_itt"]) - x * log(mp.factorial(k - 1))
        return [log(alive + dead) + intervals for alive, dead in parts]
    if quantity == "p_alive":
        return [alive / (alive + dead) for alive, dead in parts]
    customer = Customer(k, r + k * x, alpha + t_cal, t_cal - t_x, a, b + x + coin)
    ahead = [
        exact(value) if key == "n" else mpf(value) for key, value in inputs.items()
    ]
    p_alive = [alive / (alive + dead) for alive, dead in parts]
    values = [
        p * value for p, value in zip(p_alive, QUANTITIES[quantity](customer, *ahead))
    ]
    none = quantity == "conditional_pmf" and inputs["n"] == 0
    return [value + 1 - p if none else value for p, value in zip(p_alive, values)]


def check():
    worst = mpf(0)
    for name in ("cnbd_k", "cnbd_k_extended"):
        for record in json.loads((REFERENCE / f"{name}.json").read_text()):
            off = max(
                deviation(record["quantity"], value, mpf(record["value"]))
                for value in both_routes(record)
            )
            if off > mpf(10) ** -18:
                print(f"{record['id']} {record['quantity']}: off by {mp.nstr(off, 3)}")
            worst = max(worst, off)
        print(f"{name}: worst so far {mp.nstr(worst, 3)}")
    return 0 if worst < mpf(10) ** -18 else 1


PARAMETERS = (
    ("bg_cnbd_k", 2, 0.243, 4.414, 0.793, 2.426),
    ("mbg_cnbd_k", 3, 0.6, 1.5, 0.4, 3.0),
    ("bg_cnbd_k", 3, 3.0, 2.0, 20.0, 100.0),
    ("mbg_cnbd_k", 5, 1.0, 5.0, 1.0, 2.5),  # a = 1 exactly
)
HISTORIES = (
    (2, 30.43, 38.86),
    (0, 0.0, 38.86),
    (5, 38.86, 38.86),
    (29, 37.71, 38.86),
)  # x, t_x, T
AHEAD = {
    "p_alive_at": (("t",), ((13.0,), (52.0,))),
    "conditional_expected_transactions_interval": (
        ("t1", "t2"),
        ((13.0, 26.0), (38.999, 39.0)),
    ),
    "p_active": (("t1", "t2"), ((0.0, 13.0), (13.0, 26.0))),
    "dert": (
        ("delta",),
        ((0.0018266153555928119,), (0.05,)),
    ),  # ln(1.1) / (365.25 / 7): ten per cent a year, per week
    "dect": (("delta", "t"), ((0.0018266153555928119, 52.0), (0.05, 0.5))),
    "conditional_pmf": (("n", "t"), ((0, 13.0), (3, 26.0))),
}


def points(quantity):
    """Every history at every parameter set where that takes seconds; the first of both for the integrals that take minutes."""
    every = [(i, h) for i in range(len(PARAMETERS)) for h in range(len(HISTORIES))]
    return every if quantity == "conditional_pmf" else every[:1]


def extended():
    records, failed = [], 0
    for quantity, (keys, settings) in AHEAD.items():
        started = time.time()
        for i, h in points(quantity):
            (model, k, *params), history = PARAMETERS[i], HISTORIES[h]
            inputs = dict(zip(("x", "t_x", "T"), history)) | dict(
                zip(keys, settings[(i + h) % 2])
            )
            record = {"id": f"cnbd_k_extended/{len(records):04}", "quantity": quantity}
            record |= {
                "params": {
                    "model": model,
                    "k": k,
                    **dict(zip(("r", "alpha", "a", "b"), params)),
                },
                "inputs": inputs,
            }
            value, other = both_routes(record)
            off = deviation(quantity, other, value)
            if not off <= mpf(10) ** -22:
                failed += 1
                print(
                    f"NOT WRITTEN {quantity} {record['params']} {inputs}: routes differ by {mp.nstr(off, 3)}",
                    file=sys.stderr,
                )
                continue
            tags = (
                ["x=0"] * (history[0] == 0)
                + ["t_x=T"] * (0 < history[1] == history[2])
                + ["a~1"] * (params[2] == 1)
            )
            how = "integral over the stage rate, checked against "
            how += {
                "dert": "the double integral over rate and p",
                "dect": "the integral over time",
            }.get(quantity, "the sum over stages")
            record |= {
                "value": mp.nstr(value, 20, strip_zeros=False),
                "how": how,
                "tags": tags,
            }
            records.append(record)
        print(f"{quantity}: {time.time() - started:.0f} s", file=sys.stderr)
    lines = ",\n".join(json.dumps(record) for record in records)
    (REFERENCE / "cnbd_k_extended.json").write_text(f"[\n{lines}\n]\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit({"check": check, "extended": extended}[sys.argv[1]]())
