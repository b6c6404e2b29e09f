"""The reference oracle for BG/CNBD-k and MBG/CNBD-k, by the same rules as oracle.py, whose quadratures it uses.

    /tmp/oracle/bin/python docs/reference-oracle/cnbd_k.py check       recompute every record of the three cnbd_k*.json at 50 digits
    /tmp/oracle/bin/python docs/reference-oracle/cnbd_k.py check cnbd_k_posterior    the same for some files
    /tmp/oracle/bin/python docs/reference-oracle/cnbd_k.py extended    write cnbd_k_extended.json anew, at 32 digits
    /tmp/oracle/bin/python docs/reference-oracle/cnbd_k.py posterior   write cnbd_k_posterior.json anew

The latent variables are the stage rate lambda, the dropout probability p and, for a customer alive at T, the phase j: how many stages have come
since the last purchase. Three kinds of roads, of which every quantity has two:

* Integral over p, with lambda in closed form: the generating function of the stages at the k roots of 1 - p, see Customer.over_dropouts.
* Integral over lambda, given which the stages are Poisson and p enters through s(n) = E[(1 - p)^n].
* Sums over the stages, with lambda in closed form (negative binomial), and s(n); or integrals over time of such sums.

DERT is an integral over lambda of a 2F1, or a double sum over a grid of (lambda, p). Every quadrature halves its step until two values agree to
27 digits, or gives up; the grid's steps are halved until the whole sum agrees to 24. A record is not written unless both roads agree to 22
digits and, at k = 1, both agree with BG/NBD or MBG/NBD by oracle.py and ahead.py.
"""

import json
import sys
import time
from functools import cache, cached_property, lru_cache
from itertools import accumulate

from mpmath import cosh, exp, expjpi, expm1, hyp2f1, log, log1p, loggamma, mp, mpf, rf, sinh, sqrt, workdps

import ahead
import oracle
from oracle import (
    REFERENCE,
    NoConvergence,
    beta_mean,
    deviation,
    exact,
    gamma_mean,
    ln_beta,
    ln_rising,
    tags,
    tanh_sinh_pieces,
)

# In place of 0, which has no logarithm.
NOTHING = mpf(10) ** -1000
# Enough to agree to 22 digits.
DIGITS = 32
# Digits that sums over the roots of unity and 1 - P(nothing) may lose.
GUARD = 40


class Counts:
    """The probabilities of the counts 0, 1, ... from the first one and the ratio of each to the one before, and their tails."""

    def __init__(self, first, ratio):
        negligible = mpf(10) ** (-12 - max(mp.dps, DIGITS))
        masses, n = [first], 0
        while masses[-1] > negligible or ratio(n) > 1:
            masses.append(masses[-1] * ratio(n))
            n += 1
        self.masses, self.negligible = masses, negligible

    @cached_property
    def tails(self):
        return list(accumulate(reversed(self.masses)))[::-1]

    def mass(self, n):
        return self.masses[n] if n < len(self.masses) else mpf(0)

    def at_least(self, n):
        return self.tails[n] if n < len(self.tails) else mpf(0)

    def known(self):
        """The counts that are likely at all, and their probabilities."""
        return ((n, mass) for n, mass in enumerate(self.masses) if mass > self.negligible)


@lru_cache(maxsize=64)
def poisson(mean):
    return Counts(exp(-mean), lambda n: mean / (n + 1))


@lru_cache(maxsize=64)
def mixed(shape, share):
    """Poisson of a Gamma mean: negative binomial."""
    grown = share / (1 + share)
    return Counts(exp(-shape * log1p(share)), lambda n: (shape + n) / (n + 1) * grown)


def few(shape, share, n):
    """The probabilities of 0, ..., n - 1 of that negative binomial."""
    grown = share / (1 + share)
    masses = [exp(-shape * log1p(share))]
    for m in range(n - 1):
        masses.append(masses[-1] * ((shape + m) * grown) / (m + 1))
    return masses[:n]


class Few:
    """Of `few`, as far as they go, what Counts has of all; at_least loses digits where it is small."""

    def __init__(self, shape, share, n):
        self.masses = few(shape, share, n)
        self.sums = [mpf(0), *accumulate(self.masses)]

    def mass(self, n):
        return self.masses[n]

    def at_least(self, n):
        return 1 - self.sums[n]


class Customer:
    """A customer alive at T: stages at rate lambda ~ Gamma(shape, rate), `wait` since the last purchase, p ~ Beta(a, b)."""

    def __init__(self, k, shape, rate, wait, a, b):
        self.k, self.shape, self.rate, self.wait, self.a, self.b = k, shape, rate, wait, a, b
        self.known_survivors = [mpf(1)]

    def survivors(self, n):
        """s(n) = (b)_n / (a + b)_n."""
        known = self.known_survivors
        while len(known) <= n:
            m = len(known) - 1
            known.append(known[-1] * (self.b + m) / (self.a + self.b + m))
        return known[n]

    def weights(self):
        """Of the phases, in proportion; there is only phase 0 right after a purchase."""
        share = self.wait / self.rate
        return [rf(self.shape, j) / mp.factorial(j) * share**j for j in range(self.k if self.wait else 1)]

    def over_rates(self, given):
        """E over lambda and the phase of given(lambda, j), divided by the probability of being in any phase."""
        phases = lambda lam: mp.fsum((lam * self.wait) ** j / mp.factorial(j) * given(lam, j) for j in range(len(self.weights())))
        # Where the density is below e^-110 nothing is left, and the stages would be many.
        ln_density = lambda lam: self.shape * log(self.rate * lam / self.shape) - self.rate * lam + self.shape
        ln_h = lambda lam, z: log(max(phases(lam), NOTHING)) if ln_density(lam) > -110 else log(NOTHING)
        return gamma_mean(ln_h, self.shape, self.rate) / mp.fsum(self.weights())

    def over_phases(self, given):
        """The same where the mean over lambda is known: given(shape, j), lambda ~ Gamma(shape, rate) in phase j."""
        weights = self.weights()
        return mp.fsum(w * given(self.shape + j, j) for j, w in enumerate(weights)) / mp.fsum(weights)

    def over_dropouts(self, given):
        """E over p and the phase of the sum over the stages N of h(N) (1 - p)^(purchases completed).

        With z^k = 1 - p, a stage counted as a factor z makes k of them the factor 1 - p of a purchase, and the k roots z tell the phase: the
        mean of z^(j - i) E[h(N) z^N] over them is that of h(N) (1 - p)^purchases where the phase is i after N stages. given(shape, z, 1 - z, p)
        is the sum over i of z^-i E[h(N) z^N] for lambda ~ Gamma(shape, rate).
        """
        weights = self.weights()
        whole = mp.fsum(weights)

        def given_p(p, q):
            lost = int(-mp.log10(q) * (self.k - 1) / self.k) if self.k > 1 else 0
            with workdps(mp.dps + GUARD + max(0, lost)):
                ln_z = (log1p(-p) if p < 0.5 else log(q)) / self.k
                total = mpf(0)
                for m in range(self.k // 2 + 1):  # the others are conjugate to these
                    root = expjpi(2 * mpf(m) / self.k)
                    z, short = (exp(ln_z), -expm1(ln_z)) if m == 0 else (exp(ln_z) * root, 1 - exp(ln_z) * root)
                    value = mp.fsum(w * z**j * given(self.shape + j, z, short, p) for j, w in enumerate(weights))
                    total += mp.re(value) * (1 if m == 0 or 2 * m == self.k else 2)
                total /= self.k * whole
            return +total

        return beta_mean(given_p, self.a, self.b, search=True)

    def purchases_until(self, j, counts, probability):
        """Sum over n of s(n - 1) times the probability of the stages of the n-th purchase, of as many stages as there can be."""
        purchases = (len(counts.masses) + j) // self.k + 1
        return mp.fsum(self.survivors(n - 1) * probability(n * self.k - j) for n in range(1, purchases + 1))

    def over_stages(self, j, counts, value):
        """Sum over the number of stages of its probability times value(purchases completed, phase, stages)."""
        return mp.fsum(mass * value(*divmod(j + stages, self.k), stages) for stages, mass in counts.known())


def by_phase(k, z, value):
    """The sum over the phases i of z^-i value(i)."""
    return mp.fsum(value(i) * z**-i for i in range(k))


def alive_at(c, t):
    by_dropout = lambda shape, z, short, p: by_phase(c.k, z, lambda i: 1) * exp(-shape * log1p(t * short / c.rate))
    alive = lambda n, i, stages: c.survivors(n)
    return (
        ("integral over p", lambda: c.over_dropouts(by_dropout)),
        ("the sum over stages", lambda: c.over_phases(lambda shape, j: c.over_stages(j, mixed(shape, t / c.rate), alive))),
    )


def purchases(c, t1, t2):
    def by_dropout(shape, z, short, p):
        # The purchase rate is lambda in the last phase.
        later = -expm1(-shape * log1p((t2 - t1) * short / (c.rate + t1 * short))) / short
        return exp(-shape * log1p(t1 * short / c.rate)) * later * z ** (1 - c.k)

    def in_closed_form(shape, j):
        with workdps(mp.dps + 15):  # of the difference of two windows
            before, until = mixed(shape, t1 / c.rate), mixed(shape, t2 / c.rate)
            return c.purchases_until(j, until, lambda m: until.at_least(m) - before.at_least(m))

    return ("integral over p", lambda: c.over_dropouts(by_dropout)), ("the sum over stages", lambda: c.over_phases(in_closed_form))


def active(c, t1, t2):
    length = t2 - t1

    def by_dropout(shape, z, short, p):
        alive = exp(-shape * log1p(t1 * short / c.rate))
        counted = few(shape, length / (c.rate + t1 * short), c.k)
        return by_phase(c.k, z, lambda i: alive * (1 - mp.fsum(counted[: c.k - i])))

    def in_closed_form(shape, j):
        share = length / (c.rate + t1)
        with workdps(mp.dps + GUARD):
            some = lambda n, i, stages: c.survivors(n) * (1 - mp.fsum(few(shape + stages, share, c.k - i)))
            return c.over_stages(j, mixed(shape, t1 / c.rate), some)

    return ("integral over p", lambda: c.over_dropouts(by_dropout)), ("the sum over stages", lambda: c.over_phases(in_closed_form))


def counts_exactly(c, j, n, counts, before=0):
    """P(exactly n purchases, lost at the last of them or not) of a customer in phase j who has survived `before` purchases."""
    first, last = max(n * c.k - j, 0), (n + 1) * c.k - j
    alive = c.survivors(before + n) * mp.fsum(counts.mass(s) for s in range(first, last))
    return alive + ((c.survivors(before + n - 1) - c.survivors(before + n)) * counts.at_least(first) if n else 0)


def counted(c, n, t):
    by_rate = lambda: c.over_rates(lambda lam, j: counts_exactly(c, j, n, poisson(lam * t)))
    by_stages = lambda: c.over_phases(lambda shape, j: counts_exactly(c, j, n, mixed(shape, t / c.rate)))
    return ("integral over the stage rate", by_rate), ("the sum over stages", by_stages)


def counted_between(c, n, t1, t2):
    """P(alive at t1 and n purchases in (t1, t2]) of a new customer."""
    length = t2 - t1

    def by_dropout(shape, z, short, p):
        alive, q = exp(-shape * log1p(t1 * short / c.rate)), z**c.k
        counts = Few(shape, length / (c.rate + t1 * short), (n + 1) * c.k)

        def exactly(i):
            first, last = max(n * c.k - i, 0), (n + 1) * c.k - i
            return q**n * mp.fsum(counts.masses[first:last]) + (p * q ** (n - 1) * counts.at_least(first) if n else 0)

        return alive * by_phase(c.k, z, exactly)

    def in_closed_form(shape, j):
        share = length / (c.rate + t1)
        with workdps(mp.dps + GUARD):
            exactly = lambda before, i, stages: counts_exactly(c, i, n, Few(shape + stages, share, (n + 1) * c.k), before)
            return c.over_stages(j, mixed(shape, t1 / c.rate), exactly)

    return ("integral over p", lambda: c.over_dropouts(by_dropout)), ("the sum over stages", lambda: c.over_phases(in_closed_form))


def rate_grid(c, step):
    """Nodes lambda and weights of E over lambda ~ Gamma(shape, rate), in the variable of oracle.gamma_mean, 1 / step to the unit."""
    centre, width = log(c.shape / c.rate), min(mpf(1), 1 / sqrt(c.shape))
    ln_norm = c.shape * log(c.rate) - loggamma(c.shape)

    def node(tau):
        z = centre + width * (tau - exp(-tau) + 1)
        return exp(z), exp(c.shape * z - c.rate * exp(z) + ln_norm) * width * (1 + exp(-tau))

    return grid(node, step)


def dropout_grid(c, step):
    """Nodes (p, 1 - p) and weights of E over p ~ Beta(a, b), in the variable of oracle.beta_mean."""
    centre, width = log(c.a / c.b), min(mpf(1), sqrt(1 / c.a + 1 / c.b))
    ln_norm = ln_beta(c.a, c.b)

    def node(tau):
        logit = centre + width * sinh(tau)
        ln_p, ln_q = -log1p(exp(-logit)), -log1p(exp(logit))
        return (exp(ln_p), exp(ln_q)), exp(c.a * ln_p + c.b * ln_q - ln_norm) * width * cosh(tau)

    return grid(node, step)


def grid(node, step):
    """(index, node, weight) at the multiples of the step where the weight is not negligible."""
    found = []
    for sign in (1, -1):
        i = 0 if sign == 1 else -1
        while True:
            at, weight = node(i * step)
            # DERT at a node may be as much above its mean as 1 / p: with room for that.
            if weight < mpf(10) ** (-mp.dps - 15) and abs(i * step) > 1:
                break
            found.append((i, at, weight))
            i += sign
    return found


def dert(c, delta):
    @cache
    def factors(lam):
        """The ln of the discount factor of k stages, and of the phases' to the next purchase."""
        ln_factor = -log1p(delta / lam)
        phases = range(len(c.weights()))
        return c.k * ln_factor, mp.fsum((lam * c.wait) ** j / mp.factorial(j) * exp((c.k - j) * ln_factor) for j in phases)

    def endless(lam):
        """The sum over n >= 0 of s(n) times the discount of n k stages."""
        with workdps(mp.dps + 10):
            return hyp2f1(1, c.b, c.a + c.b, exp(factors(lam)[0]))

    def by_rate():
        return gamma_mean(lambda lam, z: log(factors(lam)[1] * endless(lam)), c.shape, c.rate) / mp.fsum(c.weights())

    def on_grid():
        whole = mp.fsum(c.weights())
        for level in range(3, 8):
            step = mpf(1) / 2**level
            rates = [(i, weight * factors(lam)[1], -expm1(factors(lam)[0])) for i, lam, weight in rate_grid(c, step)]
            coarse = fine = mpf(0)
            for i, (p, q), weight in dropout_grid(c, step):
                terms = [(m, v / (p + q * g)) for m, v, g in rates]
                fine += weight * mp.fsum(term for _, term in terms)
                if i % 2 == 0:
                    coarse += weight * mp.fsum(term for m, term in terms if m % 2 == 0)
            if abs(fine - 4 * coarse) <= mpf(10) ** -24 * fine:
                return fine * step**2 / whole
        raise NoConvergence("grid")

    return ("integral over the stage rate", by_rate), ("the double sum over rates and p", on_grid)


def dect(c, delta, t):
    def given(lam, j):
        factor, counts = lam / (lam + delta), poisson((lam + delta) * t)
        return c.purchases_until(j, counts, lambda m: factor**m * counts.at_least(m))

    def rate(u):
        def completes(shape, j):
            """The stage that comes is the k-th since a purchase."""
            masses = mixed(shape + 1, u / c.rate).masses[c.k - 1 - j :: c.k]
            return shape / c.rate * mp.fsum(mass * c.survivors(n) for n, mass in enumerate(masses))

        return exp(-delta * u) * c.over_phases(completes)

    split = [u for u in (10 * c.k * c.rate / c.shape, 20 / delta if delta else t) if u < t / 2]
    over_time = lambda: tanh_sinh_pieces(rate, [mpf(0), t, *split])
    return ("integral over the stage rate", lambda: c.over_rates(given)), ("the integral over time", over_time)


QUANTITIES = {
    "p_alive_at": alive_at,
    "conditional_expected_transactions_interval": purchases,
    "conditional_expected_transactions": lambda c, t: purchases(c, mpf(0), t),
    "p_active": active,
    "dert": dert,
    "dect": dect,
    "conditional_pmf": counted,
}


def alive_dead(k, r, alpha, a, b, coin, x, t_x, t_cal, closed):
    """The two parts of the likelihood without the term of the intervals: lambda and p by integrals, or in closed form."""
    coins, stages, wait = x + coin, k * x, t_cal - t_x
    if closed:
        common = r * log(alpha) - ln_beta(a, b) + ln_rising(r, stages)
        phases = mp.fsum(Customer(k, r + stages, alpha + t_cal, wait, a, b).weights())
        alive = exp(common + ln_beta(a, b + coins) - (r + stages) * log(alpha + t_cal)) * phases
        return alive, exp(common + ln_beta(a + 1, b + coins - 1) - (r + stages) * log(alpha + t_x)) if coins else mpf(0)
    rates = lambda m, until: gamma_mean(lambda lam, z: m * z - lam * until, r, alpha, r + m, alpha + until)
    alive = mp.fsum(wait**j / mp.factorial(j) * rates(stages + j, t_cal) for j in range(k if wait else 1))
    alive *= beta_mean(lambda p, q: q**coins, a, b, 0, coins) if coins else 1
    dead = beta_mean(lambda p, q: p * q ** (coins - 1), a, b, 1, coins - 1) * rates(stages, t_x) if coins else mpf(0)
    return alive, dead


def plain(record):
    """Both values of the same quantity by BG/NBD or MBG/NBD, to which the models come down at k = 1."""
    quantity, coin = record["quantity"], int(record["params"]["model"] == "mbg_cnbd_k")
    params = [mpf(record["params"][name]) for name in ("r", "alpha", "a", "b")]
    inputs = [exact(value) if key in ("x", "n") else mpf(value) for key, value in record["inputs"].items()]
    if quantity in ("pmf_interval", "expected_purchase_rate", "expected_dropout"):
        first, second = oracle.posterior_routes("mbg_nbd" if coin else "bg_nbd", quantity, params, inputs)
        return first[1](), second[1]()
    if coin:
        first, second = ahead.mbg_nbd(quantity, params, inputs)
        return first(), second()
    first, second, _ = oracle.extended_routes(quantity, params, inputs)
    return first[1](), second[1]()


def both_routes(record):
    """Both values, and the names of the two roads."""
    params, inputs, quantity = dict(record["params"]), dict(record["inputs"]), record["quantity"]
    model, k = params.pop("model"), params.pop("k")
    r, alpha, a, b = (mpf(params[name]) for name in ("r", "alpha", "a", "b"))
    coin = int(model == "mbg_cnbd_k")
    likelihoods = "ratio of likelihoods", "ratio of closed forms"
    if quantity in ("expected_transactions", "pmf", "pmf_interval"):
        new, survived = Customer(k, r, alpha, mpf(0), a, b + coin), b / (a + b) if coin else mpf(1)
        if quantity == "expected_transactions":
            roads = purchases(new, mpf(0), mpf(inputs["t"]))
        elif quantity == "pmf":
            roads = counted(new, inputs["n"], mpf(inputs["t"]))
        else:
            roads = counted_between(new, inputs["n"], mpf(inputs["t1"]), mpf(inputs["t2"]))
        values = [survived * road() for _, road in roads]
        if quantity == "pmf_interval" and inputs["n"] == 0:
            values = [value + 1 - survived * road() for value, (_, road) in zip(values, alive_at(new, mpf(inputs["t1"])))]
        elif quantity == "pmf" and inputs["n"] == 0:
            values = [value + 1 - survived for value in values]
        return values, [name for name, _ in roads]
    history = inputs.pop("x"), mpf(inputs.pop("t_x")), mpf(inputs.pop("T"))
    parts = [alive_dead(k, r, alpha, a, b, coin, *history, closed) for closed in (False, True)]
    if quantity == "log_likelihood":
        intervals = (k - 1) * mpf(inputs["sum_log_itt"]) - history[0] * log(mp.factorial(k - 1))
        return [log(alive + dead) + intervals for alive, dead in parts], likelihoods
    # As in oracle.py: lambda times the density of Gamma(r, alpha) is r / alpha times that of Gamma(r + 1, alpha), and so for p.
    if quantity == "expected_purchase_rate":
        raised = [alive_dead(k, r + 1, alpha, a, b, coin, *history, closed) for closed in (False, True)]
        return [r / alpha / k * sum(more) / sum(part) for more, part in zip(raised, parts)], likelihoods
    if quantity == "expected_dropout":
        raised = [alive_dead(k, r, alpha, a + 1, b, coin, *history, closed) for closed in (False, True)]
        return [a / (a + b) * sum(more) / sum(part) for more, part in zip(raised, parts)], likelihoods
    p_alive = [alive / (alive + dead) for alive, dead in parts]
    if quantity == "p_alive":
        return p_alive, likelihoods
    x, t_x, t_cal = history
    customer = Customer(k, r + k * x, alpha + t_cal, t_cal - t_x, a, b + x + coin)
    roads = QUANTITIES[quantity](customer, *(exact(value) if key == "n" else mpf(value) for key, value in inputs.items()))
    values = [p * road() for p, (_, road) in zip(p_alive, roads)]
    if quantity == "conditional_pmf" and inputs["n"] == 0:
        values = [value + 1 - p for p, value in zip(p_alive, values)]
    return values, [name for name, _ in roads]


def check(names):
    worst = mpf(0)
    for name in names or ("cnbd_k", "cnbd_k_extended", "cnbd_k_posterior"):
        started = time.time()
        for record in json.loads((REFERENCE / f"{name}.json").read_text()):
            values = list(both_routes(record)[0])
            if record["params"]["k"] == 1 and name != "cnbd_k":
                values += plain(record)
            off = max(deviation(record["quantity"], value, mpf(record["value"])) for value in values)
            if off > mpf(10) ** -18:
                print(f"{record['id']} {record['quantity']}: off by {mp.nstr(off, 3)}")
            worst = max(worst, off)
        print(f"{name}: worst so far {mp.nstr(worst, 3)}, {time.time() - started:.0f} s")
    return 0 if worst < mpf(10) ** -18 else 1


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
# x, t_x, T. The counts have the first four.
HISTORIES = (
    (2, 30.43, 38.86),
    (0, 0.0, 38.86),
    (5, 38.86, 38.86),
    (29, 37.71, 38.86),
    (1, 1.71, 38.86),
    (1000, 200.0, 208.0),
    (10, 1e-06, 52.0),
    (100, 365.0, 365.0),
    (0, 0.0, 0.001),
    (3, 170.0, 10000.0),
)
# ln(1.1) / (365.25 / 7): ten per cent a year, per week
WEEKLY = 0.0018266153555928119
# Soon and far ahead, narrow windows and wide ones.
SETTINGS = {
    "p_alive_at": (("t",), ((13.0,), (0.01,), (39.0,), (520.0,))),
    "conditional_expected_transactions_interval": (("t1", "t2"), ((13.0, 26.0), (38.999, 39.0), (26.0, 156.0), (0.0, 0.01))),
    "p_active": (("t1", "t2"), ((0.0, 13.0), (13.0, 26.0), (39.0, 39.01), (0.0, 0.5), (104.0, 156.0))),
    "dert": (("delta",), ((WEEKLY,), (0.05,), (2.0,), (1e-05,))),
    "dect": (("delta", "t"), ((WEEKLY, 52.0), (0.05, 0.5), (0.2, 104.0), (0.0, 39.0), (0.0, 0.01))),
    "conditional_pmf": (("n", "t"), ((0, 13.0), (3, 26.0))),
}
BETWEEN = ((0, 39.0, 78.0), (3, 39.0, 78.0), (1, 0.001, 0.002), (20, 10.0, 200.0), (0, 156.0, 157.0), (40, 5.0, 52.0))


def points(quantity):
    """(parameters, inputs): for the counts all pairs of four and four, for the rest some of the histories at each of eight."""
    if quantity == "pmf_interval":
        return [(params, dict(zip(("n", "t1", "t2"), BETWEEN[(i + n) % 6]))) for i, params in enumerate(AHEAD) for n in (0, 1, 3)]
    inputs = lambda h: dict(zip(("x", "t_x", "T"), HISTORIES[h]))
    if quantity in ("expected_purchase_rate", "expected_dropout"):
        return [(params, inputs((3 * i + n) % 10)) for i, params in enumerate(AHEAD) for n in range(4)]
    keys, settings = SETTINGS[quantity]
    if quantity == "conditional_pmf":
        return [(params, inputs(h) | dict(zip(keys, settings[(i + h) % 2]))) for i, params in enumerate(COUNTING) for h in range(4)]
    shift = list(SETTINGS).index(quantity)
    turns = [(i, 3 * i + n + shift, i + 2 * n + i * n) for i in range(len(AHEAD)) for n in range(3)]
    return [(AHEAD[i], inputs(h % 10) | dict(zip(keys, settings[j % len(settings)]))) for i, h, j in [(1, 0, 0), *turns]]


def write(file, quantities):
    records, failed = [], 0
    for quantity in quantities:
        started = time.time()
        for (model, k, *params), inputs in points(quantity):
            record = {"id": f"{file}/{len(records):04}", "quantity": quantity}
            record |= {"params": {"model": model, "k": k, **dict(zip(("r", "alpha", "a", "b"), params))}, "inputs": inputs}
            value, off, begun = mpf(0), mpf("inf"), time.time()
            try:
                with workdps(DIGITS):
                    (value, other), (name, second) = both_routes(record)
                off, how = deviation(quantity, other, value), f"{name}, checked against {second}"
                if k == 1:
                    off = max(off, *(deviation(quantity, known, value) for known in plain(record)))
                    how += f" and {model.split('_')[0].upper()}/NBD"
            except NoConvergence as which:
                print(f"no convergence: {which}", file=sys.stderr)
            if not off <= mpf(10) ** -22:
                failed += 1
                print(f"NOT WRITTEN {quantity} {record['params']} {inputs}: roads differ by {mp.nstr(off, 3)}", file=sys.stderr)
                continue
            if time.time() - begun > 20:
                print(f"{quantity} {record['params']} {inputs}: {time.time() - begun:.0f} s", file=sys.stderr)
            known_tags = tags(params, {"x": -1, "t_x": 0.0, "T": 1.0} | inputs, value)
            record |= {"value": mp.nstr(value, 20, strip_zeros=False), "how": how, "tags": known_tags}
            records.append(record)
        print(f"{quantity}: {len(points(quantity))} points, {time.time() - started:.0f} s", file=sys.stderr)
    oracle.save(file, records)
    return 1 if failed else 0


def main(given):
    match given:
        case ["check", *names]:
            return check(names)
        case ["extended"]:
            return write("cnbd_k_extended", SETTINGS)
        case ["posterior"]:
            return write("cnbd_k_posterior", ("expected_purchase_rate", "expected_dropout", "pmf_interval"))
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
