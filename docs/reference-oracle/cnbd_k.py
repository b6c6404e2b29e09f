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
from functools import lru_cache
from itertools import accumulate

from mpmath import (
    exp,
    expm1,
    hyp2f1,
    log,
    log1p,
    mp,
    mpf,
    rf,
    workdps,
)

from oracle import (
    REFERENCE,
    beta_mean,
    deviation,
    exact,
    gamma_mean,
    ln_beta,
    ln_rising,
    tanh_sinh_pieces,
)

NEGLIGIBLE = mpf(10) ** -32
# In place of 0, which has no logarithm.
NOTHING = mpf(10) ** -1000
# Enough to agree to 22 digits.
DIGITS = 32


class Counts:
    """The probabilities of the counts 0, 1, ... from the first one and the ratio of each to the one before, and their tails."""

    def __init__(self, first, ratio):
        masses, n = [first], 0
        while masses[-1] > NEGLIGIBLE * mpf(10) ** -12 or ratio(n) > 1:
            masses.append(masses[-1] * ratio(n))
            n += 1
        self.masses = masses
        self.tails = list(accumulate(reversed(masses)))[::-1]

    def mass(self, n):
        return self.masses[n] if n < len(self.masses) else mpf(0)

    def at_least(self, n):
        return self.tails[n] if n < len(self.tails) else mpf(0)


@lru_cache(maxsize=64)
def poisson(mean):
    return Counts(exp(-mean), lambda n: mean / (n + 1))


@lru_cache(maxsize=64)
def mixed(shape, share):
    """Poisson of a Gamma mean: negative binomial."""
    grown = share / (1 + share)
    return Counts(
        exp(-shape * log1p(share)), lambda n: (shape + n) / (n + 1) * grown
    )


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
        self.known_survivors = [mpf(1)]

    def survivors(self, n):
        """s(n) = (b)_n / (a + b)_n."""
        known = self.known_survivors
        while len(known) <= n:
            m = len(known) - 1
            known.append(known[-1] * (self.b + m) / (self.a + self.b + m))
        return known[n]

    def weights(self):
        share = self.wait / self.rate
        return [rf(self.shape, j) / mp.factorial(j) * share**j for j in range(self.k)]

    def over_rates(self, given, extra=0):
        """E over lambda and the phase of given(lambda, j), divided by the probability of being in any phase."""
        phases = lambda lam: mp.fsum(
            (lam * self.wait) ** j / mp.factorial(j) * given(lam, j)
            for j in range(self.k)
        )
        # Where the density is below e^-110 nothing is left, and the stages would be many.
        ln_density = lambda lam: self.shape * log(self.rate * lam / self.shape) - self.rate * lam + self.shape
        mean = gamma_mean(
            lambda lam, z: log(max(phases(lam), NOTHING)) if ln_density(lam) > -110 else log(NOTHING),
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

    def purchases_until(self, j, counts, probability):
        """Sum over n of s(n - 1) times the probability of the stages of the n-th purchase, of as many stages as there can be."""
        purchases = (len(counts.masses) + j) // self.k + 1
        return mp.fsum(self.survivors(n - 1) * probability(n * self.k - j) for n in range(1, purchases + 1))

    def over_stages(self, j, counts, value):
        """Sum over the number of stages of its probability times value(purchases completed, phase, stages)."""
        return mp.fsum(
            mass * value(*divmod(j + stages, self.k), stages)
            for stages, mass in enumerate(counts.masses)
        )


def alive_at(c, t):
    alive = lambda n, i, stages: c.survivors(n)
    return (
        c.over_rates(lambda lam, j: c.over_stages(j, poisson(lam * t), alive)),
        c.over_phases(lambda shape, j: c.over_stages(j, mixed(shape, t / c.rate), alive)),
    )


def purchases(c, t1, t2):
    def between(lam, j):
        before, until = poisson(lam * t1), poisson(lam * t2)
        return c.purchases_until(j, until, lambda m: until.at_least(m) - before.at_least(m))

    def in_closed_form(shape, j):
        before, until = mixed(shape, t1 / c.rate), mixed(shape, t2 / c.rate)
        return c.purchases_until(j, until, until.at_least) - c.purchases_until(j, before, before.at_least)

    return c.over_rates(between), c.over_phases(in_closed_form)


def active(c, t1, t2):
    length = t2 - t1

    def given(lam, j):
        later = poisson(lam * length)
        return c.over_stages(j, poisson(lam * t1), lambda n, i, stages: c.survivors(n) * later.at_least(c.k - i))

    def in_closed_form(shape, j):
        share = length / (c.rate + t1)
        later = lambda n, i, stages: c.survivors(n) * mixed(shape + stages, share).at_least(c.k - i)
        return c.over_stages(j, mixed(shape, t1 / c.rate), later)

    return c.over_rates(given), c.over_phases(in_closed_form)


def dert(c, delta):
    @lru_cache(maxsize=None)
    def factors(lam):
        """ln of the discount factor of k stages, and of the phases' to the next purchase."""
        ln_factor = -log1p(delta / lam)
        first = mp.fsum((lam * c.wait) ** j / mp.factorial(j) * exp((c.k - j) * ln_factor) for j in range(c.k))
        return c.k * ln_factor, first

    def over_rates(purchases):
        mean = gamma_mean(lambda lam, z: log(factors(lam)[1] * purchases(factors(lam)[0])), c.shape, c.rate)
        return mean / mp.fsum(c.weights())

    by_rate = over_rates(lambda ln_factor: hyp2f1(1, c.b, c.a + c.b, exp(ln_factor)))
    return by_rate, beta_mean(lambda p, q: over_rates(lambda ln_factor: 1 / (p - q * expm1(ln_factor))), c.a, c.b)


def dect(c, delta, t):
    def given(lam, j):
        factor, counts = lam / (lam + delta), poisson((lam + delta) * t)
        return c.purchases_until(j, counts, lambda m: factor**m * counts.at_least(m))

    completes = lambda n, i, stages: c.survivors(n) if i == c.k - 1 else mpf(0)

    def rate(u):
        at = lambda shape, j: shape / c.rate * c.over_stages(j, mixed(shape + 1, u / c.rate), completes)
        return exp(-delta * u) * c.over_phases(at)

    return c.over_rates(given), tanh_sinh_pieces(rate, [mpf(0), t / 8, t / 3, t])


def counted(c, n, t):
    def given(j, counts):
        first, last = max(n * c.k - j, 0), (n + 1) * c.k - j
        alive = c.survivors(n) * mp.fsum(counts.mass(s) for s in range(first, last))
        return alive + ((c.survivors(n - 1) - c.survivors(n)) * counts.at_least(first) if n else 0)

    return (
        c.over_rates(lambda lam, j: given(j, poisson(lam * t))),
        c.over_phases(lambda shape, j: given(j, mixed(shape, t / c.rate))),
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


# x, t_x, T
HISTORIES = (
    (2, 30.43, 38.86),
    (0, 0.0, 38.86),
    (5, 38.86, 38.86),
    (29, 37.71, 38.86),
)
COUNTING = (
    ("bg_cnbd_k", 2, 0.243, 4.414, 0.793, 2.426),
    ("mbg_cnbd_k", 3, 0.6, 1.5, 0.4, 3.0),
    ("bg_cnbd_k", 3, 3.0, 2.0, 20.0, 100.0),
    ("mbg_cnbd_k", 5, 1.0, 5.0, 1.0, 2.5),  # a = 1 exactly
)
# Of both models, every k up to 4; shapes from hundredths to tens, a = 1 exactly, few and many coins survived.
AHEAD = (
    ("bg_cnbd_k", 1, 0.243, 4.414, 0.793, 2.426),
    ("bg_cnbd_k", 2, 0.243, 4.414, 0.793, 2.426),
    ("bg_cnbd_k", 3, 3.0, 2.0, 20.0, 100.0),
    ("bg_cnbd_k", 4, 0.05, 0.3, 0.04, 0.6),
    ("mbg_cnbd_k", 1, 15.0, 40.0, 0.3, 0.2),
    ("mbg_cnbd_k", 2, 1.0, 5.0, 1.0, 2.5),
    ("mbg_cnbd_k", 3, 0.6, 1.5, 0.4, 3.0),
    ("mbg_cnbd_k", 4, 8.0, 90.0, 60.0, 4.0),
)
WEEKLY = 0.0018266153555928119  # ln(1.1) / (365.25 / 7): ten per cent a year, per week
# Soon and far ahead, narrow windows and wide ones.
SETTINGS = {
    "p_alive_at": (("t",), ((13.0,), (0.01,), (39.0,))),
    "conditional_expected_transactions_interval": (("t1", "t2"), ((13.0, 26.0), (38.999, 39.0), (26.0, 52.0))),
    "p_active": (("t1", "t2"), ((0.0, 13.0), (13.0, 26.0), (39.0, 39.5))),
    "dert": (("delta",), ((WEEKLY,), (0.05,), (2.0,))),
    "dect": (("delta", "t"), ((WEEKLY, 52.0), (0.05, 0.5), (0.2, 39.0))),
    "conditional_pmf": (("n", "t"), ((0, 13.0), (3, 26.0))),
}


def points(quantity):
    """Parameters and histories: all pairs of four and four for the counts, three histories at each of eight for what lies further ahead."""
    if quantity == "conditional_pmf":
        return [(i, parameters, h) for i, parameters in enumerate(COUNTING) for h in range(4)]
    return [(n, parameters, (i + n) % 4) for i, parameters in enumerate(AHEAD) for n in range(3)]


def extended():
    records, failed = [], 0
    for quantity, (keys, settings) in SETTINGS.items():
        started = time.time()
        for i, (model, k, *params), h in points(quantity):
            history = HISTORIES[h]
            ahead = settings[(i + h) % 2 if quantity == "conditional_pmf" else i]
            inputs = dict(zip(("x", "t_x", "T"), history)) | dict(zip(keys, ahead))
            record = {"id": f"cnbd_k_extended/{len(records):04}", "quantity": quantity}
            record |= {
                "params": {
                    "model": model,
                    "k": k,
                    **dict(zip(("r", "alpha", "a", "b"), params)),
                },
                "inputs": inputs,
            }
            with workdps(DIGITS):
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
