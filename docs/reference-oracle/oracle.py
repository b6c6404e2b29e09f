"""The reference oracle: where the numbers under core/tests/reference come from.

Every quantity is obtained twice. First from the model of one customer, by integrating over the latent variables (the purchase
rate lambda, the dropout probability p, the spend rate nu) with 50-digit arithmetic; that value is the one recorded. Then by another
road (a closed form, or an integral over another variable) that shares as little as possible with the first. A record whose two
values do not agree is not written, and the run fails.

    python3 -m venv /tmp/oracle && /tmp/oracle/bin/pip install mpmath gmpy2      (gmpy2 only makes it faster)
    /tmp/oracle/bin/python docs/reference-oracle/oracle.py check                 recompute every carried record, report the worst
    /tmp/oracle/bin/python docs/reference-oracle/oracle.py check bg_nbd nbd      the same for some files
    /tmp/oracle/bin/python docs/reference-oracle/oracle.py extended              write bg_nbd_extended.json anew
    /tmp/oracle/bin/python docs/reference-oracle/oracle.py posterior             write the *_posterior.json anew
    /tmp/oracle/bin/python docs/reference-oracle/oracle.py mle examples/data/cdnow.csv   re-evaluate the fits of mle.json on the log

`check` exits with 1 if any carried value is off by more than 1e-18 (relative; for log_* absolute over max(1, |value|)), or is of a
quantity without a definition here.
Notation and definitions: core/tests/reference/README.md.
"""

import csv
import datetime
import json
import sys
import time
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path

from mpmath import betainc, cosh, exp, expint, expm1, hyp2f1, hyperu, log, log1p, loggamma, mp, mpf, pi, sinh, sqrt, workdps

mp.dps = 50
QUADRATURE_TOLERANCE = mpf(10) ** -27
CLOSED_FORM_DIGITS = 120
REFERENCE = Path(__file__).resolve().parents[2] / "core" / "tests" / "reference"


class NoConvergence(Exception):
    """A quadrature did not settle: the point needs other split points, not a looser tolerance."""


# ------------------------------------------------------------------------------------------------------------- quadrature


def trapezoid(g, max_levels=12, limit=60):
    """Integral over the real line of a g that peaks near 0 and decays at least double-exponentially."""
    negligible = mpf(10) ** (-(mp.dps - 6))

    def side(start, step, sign, largest):
        total, small, tau = mpf(0), 0, start
        while tau <= limit:
            value = g(sign * tau)
            total += value
            largest = max(largest, abs(value))
            small = small + 1 if abs(value) < negligible * largest else 0
            if small >= 4 and tau > 1:
                break
            tau += step
        return total, largest

    h = mpf(1) / 2
    centre = g(mpf(0))
    right, largest = side(h, h, 1, abs(centre))
    left, largest = side(h, h, -1, largest)
    total = centre + right + left
    previous = total * h
    for _ in range(max_levels):
        right, largest = side(h / 2, h, 1, largest)
        left, largest = side(h / 2, h, -1, largest)
        total += right + left
        h /= 2
        if abs(total * h - previous) <= QUADRATURE_TOLERANCE * abs(total * h):
            return total * h
        previous = total * h
    raise NoConvergence("trapezoid")


@lru_cache(None)
def tanh_sinh_nodes(level, dps):
    step = mpf(1) / 2**level
    nodes, k = [], 0 if level == 0 else 1
    while True:
        e = exp(-pi * sinh(k * step))
        weight = pi / 2 * cosh(k * step) * 4 * e / (1 + e) ** 2
        nodes.append((k == 0, 2 * e / (1 + e), weight))
        if weight < mpf(10) ** (-(dps + 12)):
            return nodes
        k += 1 if level == 0 else 2


def tanh_sinh(f, low, high, scale=0):
    """Integral of f over [low, high]; singularities are allowed at the ends."""
    if low == high:
        return mpf(0)
    half, total, previous = (high - low) / 2, mpf(0), None
    for level in range(12):
        for is_centre, offset, weight in tanh_sinh_nodes(level, mp.dps):
            total += weight * (f(low + half) if is_centre else f(low + half * offset) + f(high - half * offset))
        current = total * half / 2**level
        if level >= 3 and abs(current - previous) <= QUADRATURE_TOLERANCE * max(abs(current), abs(scale)):
            return current
        previous = current
    raise NoConvergence("tanh_sinh")


def tanh_sinh_pieces(f, points):
    points, total = sorted(set(points)), mpf(0)
    for low, high in pairwise(points):
        total += tanh_sinh(f, low, high, scale=total)
    return total


def beta_mean(h, a, b, power_p=0, power_q=0, search=False):
    """E[h(p, 1 - p)] for p ~ Beta(a, b), in logit p. The peak is taken to be that of p^power_p (1 - p)^power_q in place of h, or,
    for an h that moves it far (exp(-1e6 p)), is searched for."""
    shape_p, shape_q = a + power_p, b + power_q
    centre, width = log(shape_p / shape_q), min(mpf(1), sqrt(1 / shape_p + 1 / shape_q))
    ln_norm = ln_beta(a, b)

    def in_logit(logit):
        ln_p, ln_q = -log1p(exp(-logit)), -log1p(exp(logit))
        e = a * ln_p + b * ln_q - ln_norm
        return mpf(0) if e < -1e6 else exp(e) * h(exp(ln_p), exp(ln_q))

    if search:
        centre, width = peak(in_logit)
    return trapezoid(lambda tau: in_logit(centre + width * sinh(tau)) * width * cosh(tau))


def peak(f, low=-120, high=120):
    """Roughly where f >= 0 is largest, and how far from there it has fallen to a third (at most 1)."""
    with workdps(15):
        step, centre = mpf(3), mpf(0)
        grid = [mpf(i) for i in range(low, high + 1, 3)]
        while step > 0.001:
            centre = max(grid, key=f)
            step /= 4
            grid = [centre + step * i for i in range(-5, 6)]
        top, width = f(centre), mpf(1)
        while width > 0.001 and min(f(centre - width), f(centre + width)) < top / 3:
            width /= 2
        return centre, width


def gamma_mean(ln_h, shape, rate, peak_shape=None, peak_rate=None):
    """E[exp(ln_h(lambda, ln lambda))] for lambda ~ Gamma(shape, rate); the peak guess is that of Gamma(peak_shape, peak_rate)."""
    peak_shape, peak_rate = peak_shape or shape, peak_rate or rate
    centre, width = log(peak_shape / peak_rate), min(mpf(1), 1 / sqrt(peak_shape))
    ln_norm = shape * log(rate) - loggamma(shape)

    def g(tau):
        z = centre + width * (tau - exp(-tau) + 1)
        lam = exp(z)
        return exp(shape * z - rate * lam + ln_h(lam, z) + ln_norm) * width * (1 + exp(-tau))

    return trapezoid(g)


def ln_beta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def ln_rising(r, n):
    return loggamma(r + n) - loggamma(r)


# ------------------------------------------------------------------------------------------------------------- NBD


def nbd_pmf(r, alpha, n, t):
    return gamma_mean(lambda lam, z: n * z - lam * t, r, alpha, r + n, alpha + t) * t**n / mp.factorial(n)


def nbd_pmf_closed(r, alpha, n, t):
    return exp(ln_rising(r, n) - loggamma(mpf(n + 1)) + r * log(alpha / (alpha + t)) + n * log(t / (alpha + t)))


def nbd_mean(r, alpha, t):
    return t * gamma_mean(lambda lam, z: z, r, alpha, r + 1, alpha)


# --------------------------------------------------------------------------------------------------- BG/NBD and MBG/NBD
#
# `coin` is 1 for MBG/NBD, where the customer may be lost right after the first purchase too, and 0 for BG/NBD.


def bg_alive_dead(r, alpha, a, b, x, t_x, t_cal, coin=0):
    """The two parts of the likelihood, each an integral over lambda times an integral over p."""
    rate_mean = lambda c: gamma_mean(lambda lam, z: x * z - lam * c, r, alpha, r + x, alpha + c)
    coins = x + coin
    alive = (beta_mean(lambda p, q: q**coins, a, b, 0, coins) if coins else mpf(1)) * rate_mean(t_cal)
    dead = beta_mean(lambda p, q: p * q ** (coins - 1), a, b, 1, coins - 1) * rate_mean(t_x) if coins else mpf(0)
    return alive, dead


def bg_alive_dead_closed(r, alpha, a, b, x, t_x, t_cal, coin=0):
    common, coins = r * log(alpha) + ln_rising(r, x) - ln_beta(a, b), x + coin
    alive = exp(common + ln_beta(a, b + coins) - (r + x) * log(alpha + t_cal))
    dead = exp(common + ln_beta(a + 1, b + coins - 1) - (r + x) * log(alpha + t_x)) if coins else mpf(0)
    return alive, dead


def bg_log_likelihood(*args, coin=0):
    return log(sum(bg_alive_dead(*args, coin)))


def bg_log_likelihood_closed(*args, coin=0):
    return log(sum(bg_alive_dead_closed(*args, coin)))


def bg_p_alive(*args, coin=0):
    alive, dead = bg_alive_dead(*args, coin)
    return alive / (alive + dead)


def bg_p_alive_closed(*args, coin=0):
    alive, dead = bg_alive_dead_closed(*args, coin)
    return alive / (alive + dead)


@lru_cache(None)
def bg_p_alive_cached(*args):
    return bg_p_alive(*args)


def bg_residual(shape, rate, a, b, t):
    """E[(1 - exp(-lambda p t)) / p]: purchases within t of a customer who is alive now."""
    return beta_mean(lambda p, q: -expm1(-shape * log1p(p * t / rate)) / p, a, b)


def bg_residual_closed(shape, rate, a, b, t):
    """The published form; 0/0 at a = 1, where there is None."""
    if a == 1:
        return None
    with workdps(CLOSED_FORM_DIGITS):
        tail = (rate / (rate + t)) ** shape * hyp2f1(shape, b, a + b - 1, t / (rate + t))
        return (a + b - 1) / (a - 1) * (1 - tail)


def bg_expected(r, alpha, a, b, x, t_x, t_cal, t, coin=0):
    return bg_p_alive(r, alpha, a, b, x, t_x, t_cal, coin=coin) * bg_residual(r + x, alpha + t_cal, a, b + x + coin, t)


def bg_expected_closed(r, alpha, a, b, x, t_x, t_cal, t, coin=0):
    residual = bg_residual_closed(r + x, alpha + t_cal, a, b + x + coin, t)
    return None if residual is None else bg_p_alive_closed(r, alpha, a, b, x, t_x, t_cal, coin=coin) * residual


def mbg_expected_new(r, alpha, a, b, t):
    """Purchases of a new customer, who has to survive the coin at time 0 first."""
    return beta_mean(lambda p, q: -expm1(-r * log1p(p * t / alpha)) / p * q, a, b, 0, 1)


def mbg_expected_new_closed(r, alpha, a, b, t):
    if a == 1:
        return None
    with workdps(CLOSED_FORM_DIGITS):
        return b / (a - 1) * (1 - (alpha / (alpha + t)) ** r * hyp2f1(r, b + 1, a + b, t / (alpha + t)))


def bg_pmf(r, alpha, a, b, n, t, coin=0):
    coins = n + coin
    alive = (beta_mean(lambda p, q: q**coins, a, b, 0, coins) if coins else mpf(1)) * nbd_pmf(r, alpha, n, t)
    if coins == 0:
        return alive
    # P(at least n events by t): the density of the n-th event time, mixed over lambda, integrated over that time
    at_least = mpf(1)
    if n > 0:
        # In y = ln(1 + time / alpha), which keeps the digits of times far below alpha.
        ln_k = ln_rising(r, n) - loggamma(mpf(n))
        at_least = tanh_sinh(lambda y: exp(ln_k + (n - 1) * log(expm1(y)) - (r + n - 1) * y), mpf(0), log1p(t / alpha))
    return alive + beta_mean(lambda p, q: p * q ** (coins - 1), a, b, 1, coins - 1) * at_least


def bg_pmf_closed(r, alpha, a, b, n, t, coin=0):
    coins = n + coin
    alive = exp(ln_beta(a, b + coins) - ln_beta(a, b)) * nbd_pmf_closed(r, alpha, n, t)
    if coins == 0:
        return alive
    at_least = betainc(n, r, 0, t / (alpha + t), regularized=True) if n else mpf(1)
    return alive + exp(ln_beta(a + 1, b + coins - 1) - ln_beta(a, b)) * at_least


# ----------------------------------------------------------------------- BG/NBD ahead of the end of observation (extended)
#
# Given the history and being alive at T: lambda ~ Gamma(R = r + x, A = alpha + T), p ~ Beta(a, B = b + x), independent. From then
# on an alive customer buys at rate lambda and is lost at rate lambda p, so is alive at T + u with probability exp(-lambda p u).
# Route 1 integrates over p (lambda done exactly), route 2 avoids that integral, route 3 integrates over lambda and p numerically.


def posterior(r, alpha, a, b, x, t_cal):
    return r + x, alpha + t_cal, a, b + x


def survival_mean(shape, rate, a, b, t):
    """E[exp(-lambda p t)] by the Euler integral of 2F1."""
    return hyp2f1(shape, a, a + b, -t / rate)


def purchase_rate(shape, rate, a, b, u):
    """E[lambda exp(-lambda p u)], the purchase rate at T + u of a customer alive at T."""
    return shape / rate * hyp2f1(shape + 1, a, a + b, -u / rate)


def over_time(shape, rate, a, b, t1, t2, delta):
    """Integral of exp(-delta u) times the purchase rate over (t1, t2], in log(rate + u); t2 None = for ever."""
    if delta:
        cut = t1 + 150 / delta
        t2 = cut if t2 is None else min(t2, cut)
    f = lambda y: exp(y - delta * (exp(y) - rate)) * purchase_rate(shape, rate, a, b, exp(y) - rate)
    scales = [rate / (shape + 1), 10 * rate / (shape + 1), rate, 1000 * rate] + ([1 / delta, 12 / delta] if delta else [])
    points = [t1, t2] + [u for u in scales if t1 < u < t2]
    return tanh_sinh_pieces(f, [log(rate + u) for u in points])


def scaled_expint(n, y):
    """exp(y) E_n(y) = integral of exp(-y s) (1 + s)^-n over s > 0."""
    if y < 2:
        return exp(y) * expint(n, y)
    # The continued fraction of E_n (Abramowitz and Stegun 5.1.22, contracted), by the modified Lentz method
    tiny = mpf(10) ** (-4 * mp.dps)
    term = y + n
    c, d = 1 / tiny, 1 / term
    value = d
    for k in range(1, 20000):
        numerator = -k * (n - 1 + k)
        term += 2
        d = 1 / (numerator * d + term)
        c = term + numerator / c
        value *= c * d
        if abs(c * d - 1) < mpf(10) ** (-mp.dps + 2):
            return value
    raise NoConvergence("scaled_expint")


def purchases_given_p(shape, rate, p, delta, t):
    """E over lambda of lambda / (delta + lambda p) (1 - exp(-(delta + lambda p) t)); t None = for ever."""
    z = None if t is None else p * t / rate
    if delta == 0:
        return -expm1(-shape * log1p(z)) / p
    with workdps(mp.dps + 25):
        y = delta * rate / p
        value = scaled_expint(shape + 1, y)
        if t is not None and delta * t < 300:
            value -= exp(-delta * t - shape * log1p(z)) * scaled_expint(shape + 1, y * (1 + z))
        return shape / p * value


def extended_routes(quantity, params, inputs, coin=0):
    """(name, function) of each route of a quantity of bg_nbd_extended, the recorded one first; then the integrand in (lambda, p)."""
    r, alpha, a, b = params
    x, t_x, t_cal, rest = inputs[0], inputs[1], inputs[2], inputs[3:]
    shape, rate, a, b = posterior(r, alpha, a, b + coin, x, t_cal)
    p_alive = lambda: bg_p_alive(*params, x, t_x, t_cal, coin=1) if coin else bg_p_alive_cached(*params, x, t_x, t_cal)
    over_p = lambda h, search=False: p_alive() * beta_mean(lambda p, q: h(p), a, b, search=search)
    alive = lambda: bg_p_alive_closed(*params, x, t_x, t_cal, coin=coin)
    if quantity == "p_alive_at":
        (t,) = rest
        return (
            ("integral over p", lambda: over_p(lambda p: exp(-shape * log1p(p * t / rate)), search=True)),
            ("2F1", lambda: alive() * survival_mean(shape, rate, a, b, t)),
            lambda lam, p: exp(-lam * p * t),
        )
    if quantity == "p_active":
        t1, t2 = rest
        ahead = lambda p: exp(-shape * log1p(p * t1 / rate)) * -expm1(-shape * log1p((t2 - t1) / (rate + p * t1)))
        width = t2 - t1

        def closed():
            with workdps(CLOSED_FORM_DIGITS):
                no_purchase = (rate / (rate + width)) ** shape * survival_mean(shape, rate + width, a, b, t1)
                return alive() * (survival_mean(shape, rate, a, b, t1) - no_purchase)

        return ("integral over p", lambda: over_p(ahead)), ("2F1", closed), lambda lam, p: exp(-lam * p * t1) * -expm1(-lam * width)
    if quantity == "conditional_expected_transactions_interval":
        t1, t2 = rest
        given_p = lambda p: exp(-shape * log1p(p * t1 / rate)) * -expm1(-shape * log1p(p * (t2 - t1) / (rate + p * t1))) / p
        return (
            ("integral over p", lambda: over_p(given_p)),
            ("integral of the purchase rate over time", lambda: alive() * over_time(shape, rate, a, b, t1, t2, mpf(0))),
            lambda lam, p: exp(-lam * p * t1) * -expm1(-lam * p * (t2 - t1)) / p,
        )
    if quantity == "dert":
        (delta,) = rest
        mean_over_p = lambda lam, z: z + log(hyp2f1(1, a, a + b, -lam / delta) / delta)
        return (
            ("integral over p", lambda: over_p(lambda p: purchases_given_p(shape, rate, p, delta, None))),
            ("integral over lambda", lambda: alive() * gamma_mean(mean_over_p, shape, rate)),
            lambda lam, p: lam / (delta + lam * p),
        )
    if quantity == "dect":
        delta, t = rest
        return (
            ("integral over p", lambda: over_p(lambda p: purchases_given_p(shape, rate, p, delta, t))),
            ("integral of the purchase rate over time", lambda: alive() * over_time(shape, rate, a, b, mpf(0), t, delta)),
            lambda lam, p: lam / (delta + lam * p) * -expm1(-(delta + lam * p) * t),
        )
    raise KeyError(quantity)


def double_integral(params, inputs, h):
    """Route 3, with no exact step at all: E[h(lambda, p)] over both latent variables."""
    x, t_x, t_cal = inputs[:3]
    shape, rate, a, b = posterior(*params, x, t_cal)
    inner = lambda lam, z: log(beta_mean(lambda p, q: h(lam, p), a, b, search=True))
    return bg_p_alive_cached(*params, x, t_x, t_cal) * gamma_mean(inner, shape, rate)


# ----------------------------------------------------------------------------------------------------------- Pareto/NBD


def pareto_alive_dead(r, alpha, s, beta, x, t_x, t_cal):
    """The likelihood's two parts and the log of a factor taken out of both; the second is the integral over the time of death."""
    n, base = r + x, log(alpha + t_x)
    common = ln_rising(r, x) + r * log(alpha) + s * log(beta) - n * base
    alive = exp(-n * (log(alpha + t_cal) - base) - s * log(beta + t_cal))
    shift = min(alpha, beta)
    density = lambda y: s * exp(-n * (log(alpha + exp(y) - shift) - base) - (s + 1) * log(beta + exp(y) - shift) + y)
    low, high = log(shift + t_x), log(shift + t_cal)
    split = [log(shift + t_x + (alpha + t_x) / n * 8), log(alpha + shift), log(beta + shift)]
    dead = tanh_sinh_pieces(density, [low, high] + [y for y in split if low < y < high]) if t_cal > t_x else mpf(0)
    return alive, dead, common


def pareto_a0(r, alpha, s, beta, x, t_x, t_cal):
    """A0 of Fader, Hardie and Lee: a difference of two 2F1, for 120 digits and more only."""
    if t_cal == t_x:
        return mpf(0)
    n, gap = r + s + x, abs(alpha - beta)
    larger, second = (alpha, s + 1) if alpha >= beta else (beta, r + x)
    term = lambda t: hyp2f1(n, second, n + 1, gap / (larger + t)) / (larger + t) ** n
    return term(t_x) - term(t_cal)


def pareto_log_likelihood(*args):
    alive, dead, common = pareto_alive_dead(*args)
    return common + log(alive + dead)


def pareto_log_likelihood_closed(r, alpha, s, beta, x, t_x, t_cal):
    with workdps(CLOSED_FORM_DIGITS):
        dead = s / (r + s + x) * pareto_a0(r, alpha, s, beta, x, t_x, t_cal)
        alive = (alpha + t_cal) ** -(r + x) * (beta + t_cal) ** -s
        return ln_rising(r, x) + r * log(alpha) + s * log(beta) + log(alive + dead)


def pareto_p_alive(*args):
    alive, dead, _ = pareto_alive_dead(*args)
    return alive / (alive + dead)


def pareto_p_alive_closed(r, alpha, s, beta, x, t_x, t_cal):
    with workdps(CLOSED_FORM_DIGITS):
        dead = s / (r + s + x) * pareto_a0(r, alpha, s, beta, x, t_x, t_cal)
        return 1 / (1 + dead * (alpha + t_cal) ** (r + x) * (beta + t_cal) ** s)


def pareto_life(s, beta, t):
    """Integral over (0, t] of the survival function."""
    return tanh_sinh(lambda y: exp(s * log(beta) + (1 - s) * y), log(beta), log(beta + t))


def pareto_life_closed(s, beta, t):
    with workdps(CLOSED_FORM_DIGITS):
        return beta * log1p(t / beta) if s == 1 else beta / (s - 1) * -expm1(-(s - 1) * log1p(t / beta))


def pareto_expected(r, alpha, s, beta, x, t_x, t_cal, t):
    return pareto_p_alive(r, alpha, s, beta, x, t_x, t_cal) * (r + x) / (alpha + t_cal) * pareto_life(s, beta + t_cal, t)


def pareto_expected_closed(r, alpha, s, beta, x, t_x, t_cal, t):
    return pareto_p_alive_closed(r, alpha, s, beta, x, t_x, t_cal) * (r + x) / (alpha + t_cal) * pareto_life_closed(s, beta + t_cal, t)


def pareto_pmf(r, alpha, s, beta, n, t):
    """The NBD over the customer's life, integrated over its length."""
    ln_k = ln_rising(r, n) - loggamma(mpf(n + 1)) + r * log(alpha)
    nbd = lambda u: exp(ln_k - (r + n) * log(alpha + u)) * (u**n if n else 1)
    shift = min(alpha, beta)
    density = lambda y: s * exp(s * log(beta) - (s + 1) * log(beta + exp(y) - shift) + y) * nbd(exp(y) - shift)
    low, high = log(shift), log(shift + t)
    split = [y for y in (log(alpha + shift), log(beta + shift)) if low < y < high]
    return (beta / (beta + t)) ** s * nbd(t) + tanh_sinh_pieces(density, [low, high, *split])


def pareto_pmf_closed(r, alpha, s, beta, n, t):
    with workdps(400):  # the sum cancels up to some 300 digits
        total, gap = r + s, abs(alpha - beta)
        larger, second = (alpha, s + 1) if alpha >= beta else (beta, r + n)
        at = lambda i, u: hyp2f1(total + i, second, total + n + 1, gap / (larger + u)) / (larger + u) ** (total + i)
        tail = at(0, 0) - sum(exp(ln_rising(total, i) - loggamma(mpf(i + 1))) * t**i * at(i, t) for i in range(n + 1))
        dead = exp(r * log(alpha) + s * log(beta) + ln_beta(r + n, s + 1) - ln_beta(r, s)) * tail
        return nbd_pmf_closed(r, alpha, n, t) * (beta / (beta + t)) ** s + dead


def pareto_conditional_pmf(r, alpha, s, beta, x, t_x, t_cal, n, t, p_alive=pareto_p_alive, pmf=pareto_pmf):
    alive = p_alive(r, alpha, s, beta, x, t_x, t_cal)
    return (1 - alive if n == 0 else 0) + alive * pmf(r + x, alpha + t_cal, s, beta + t_cal, n, t)


def pareto_conditional_pmf_closed(*args):
    return pareto_conditional_pmf(*args, p_alive=pareto_p_alive_closed, pmf=pareto_pmf_closed)


def pareto_dert(r, alpha, s, beta, x, t_x, t_cal, delta):
    """The integral of exp(-delta u) times the survival function over u > 0, with 1 + u / (beta + T) = e^y."""
    z = delta * (beta + t_cal)
    top = log1p(140 / z)
    middle = [top / 2] if top > 1 else []
    life = tanh_sinh_pieces(lambda y: exp((1 - s) * y - z * expm1(y)), [mpf(0), *middle, top])
    return pareto_p_alive(r, alpha, s, beta, x, t_x, t_cal) * (r + x) / (alpha + t_cal) * (beta + t_cal) * life


def pareto_dert_closed(r, alpha, s, beta, x, t_x, t_cal, delta):
    with workdps(CLOSED_FORM_DIGITS):
        life = (beta + t_cal) * hyperu(1, 2 - s, delta * (beta + t_cal))
    return pareto_p_alive_closed(r, alpha, s, beta, x, t_x, t_cal) * (r + x) / (alpha + t_cal) * life


# -------------------------------------------------------------------------------------------------------- GGompertz/NBD


def gompertz_ln_survival(b, s, beta, u):
    return -s * log1p(expm1(b * u) / beta)


def gompertz_times(b, s, beta):
    """Where the survival function turns: split points for integrals over the time of death."""
    turn = log1p(beta)
    return [1 / b, turn / b, (turn + 4) / b, max(turn - 4, mpf(0)) / b, beta / (b * s), 1 / (b * s), beta / b, (turn + 40 / s) / b]


def gompertz_alive_dead(r, alpha, b, s, beta, x, t_x, t_cal):
    n, base = r + x, log(alpha + t_x)
    common = ln_rising(r, x) + r * log(alpha) - n * base
    alive = exp(-n * (log(alpha + t_cal) - base) + gompertz_ln_survival(b, s, beta, t_cal))

    def density(v):  # the time of death is e^v - alpha
        u = exp(v) - alpha
        return b * s * exp(-n * (v - base) + b * u - log(beta) + (s + 1) / s * gompertz_ln_survival(b, s, beta, u) + v)

    near = [t_x + (alpha + t_x) / n * 8, alpha, t_x + 4 / (b * s), t_x + 40 / (b * s)]
    split = [log(alpha + u) for u in near + gompertz_times(b, s, beta) if t_x < u < t_cal]
    dead = tanh_sinh_pieces(density, [base, log(alpha + t_cal), *split]) if t_cal > t_x else mpf(0)
    return alive, dead, common


def gompertz_log_likelihood(*args):
    alive, dead, common = gompertz_alive_dead(*args)
    return common + log(alive + dead)


def gompertz_p_alive(*args):
    alive, dead, _ = gompertz_alive_dead(*args)
    return alive / (alive + dead)


def gompertz_life(b, s, beta, t_cal, t):
    """Integral over (0, t] of S(T + u)/S(T)."""
    level = beta + expm1(b * t_cal)
    weight = exp(b * t_cal) / level
    turn = log1p(1 / weight)
    near = [1 / b, 5 / b, 1 / (b * s), 10 / (b * s), 1 / (weight * b), 1 / (weight * b * s), 10 / (weight * b * s)]
    near += [turn / b, (turn + 4) / b, (turn + 40 / s) / b]
    split = [u for u in near if 0 < u < t]
    return tanh_sinh_pieces(lambda u: exp(-s * log1p(weight * expm1(b * u))), [mpf(0), t, *split])


def gompertz_life_closed(b, s, beta, t_cal, t):
    with workdps(CLOSED_FORM_DIGITS):
        now, then = beta + expm1(b * t_cal), beta + expm1(b * (t_cal + t))
        term = lambda level: hyp2f1(1, s, s + 1, (beta - 1) / level)
        return (term(now) - (now / then) ** s * term(then)) / (b * s)


def gompertz_expected(r, alpha, b, s, beta, x, t_x, t_cal, t, life=gompertz_life):
    return gompertz_p_alive(r, alpha, b, s, beta, x, t_x, t_cal) * (r + x) / (alpha + t_cal) * life(b, s, beta, t_cal, t)


def gompertz_pmf(r, alpha, b, s, beta, n, t):
    ln_k = ln_rising(r, n) - loggamma(mpf(n + 1)) + r * log(alpha)
    nbd = lambda u: exp(ln_k - (r + n) * log(alpha + u)) * (u**n if n else 1)
    ln_survival = lambda u: gompertz_ln_survival(b, s, beta, u)
    density = lambda u: b * s * exp(b * u - log(beta) + (s + 1) / s * ln_survival(u)) * nbd(u)
    split = [u for u in [alpha, alpha * (n + 1), *gompertz_times(b, s, beta)] if 0 < u < t]
    return exp(ln_survival(t)) * nbd(t) + tanh_sinh_pieces(density, [mpf(0), t, *split])


# ------------------------------------------------------------------------------------------------------------- Gamma-Gamma


def gg_log_likelihood(p, q, v, x, zbar):
    ln_k = p * x * log(mpf(x)) - loggamma(p * x) + (p * x - 1) * log(zbar)
    return ln_k + log(gamma_mean(lambda nu, z: p * x * z - nu * x * zbar, q, v, p * x + q, v + x * zbar))


def gg_log_likelihood_closed(p, q, v, x, zbar):
    total = v + x * zbar
    return -log(zbar) - ln_beta(p * x, q) + q * log(v / total) + p * x * log(x * zbar / total)


def gg_spend(p, q, v, x, zbar):
    """p times the posterior mean of 1 / nu, as a ratio of two integrals; finite for p x + q > 1 only."""
    shape, rate = p * x + q - 1, v + x * zbar
    return p / gamma_mean(lambda nu, z: z, shape, rate, shape + 1, rate)


def gg_spend_closed(p, q, v, x, zbar):
    return p * (v + x * zbar) / (p * x + q - 1)


# ------------------------------------------------------------------------------------------------------------- CLV


def clv_bg_nbd(r, alpha, a, b, p, q, v, x, t_x, t_cal, zbar, periods, period_length, d):
    shape, rate, a_post, b_post = posterior(r, alpha, a, b, x, t_cal)

    def given_p(drop, _):
        bought = [-expm1(-shape * log1p(drop * i * period_length / rate)) / drop for i in range(periods + 1)]
        return sum((bought[i] - bought[i - 1]) / (1 + d) ** i for i in range(1, periods + 1))

    return bg_p_alive(r, alpha, a, b, x, t_x, t_cal) * beta_mean(given_p, a_post, b_post) * gg_spend(p, q, v, x, zbar)


def clv_bg_nbd_closed(r, alpha, a, b, p, q, v, x, t_x, t_cal, zbar, periods, period_length, d):
    if a == 1:
        return None
    bought = [mpf(0)] + [bg_expected_closed(r, alpha, a, b, x, t_x, t_cal, i * period_length) for i in range(1, periods + 1)]
    total = sum((bought[i] - bought[i - 1]) / (1 + d) ** i for i in range(1, periods + 1))
    return total * gg_spend_closed(p, q, v, x, zbar)


def clv_pareto_nbd_dert(*args, spend=gg_spend, dert=pareto_dert):
    (*pareto, p, q, v), (x, t_x, t_cal, zbar, delta) = args[:7], args[7:]
    return dert(*pareto, x, t_x, t_cal, delta) * spend(p, q, v, x, zbar)


# ------------------------------------------------------------------------------------------------------------- records


# ------------------------------------------------------ posterior means and windows of a new customer's future (posterior)
#
# lambda times the density of Gamma(r, alpha) is r / alpha times that of Gamma(r + 1, alpha), so E[lambda | data] is a ratio of two
# likelihoods; the same holds for p, mu and eta. Route 1 takes the likelihoods as integrals, route 2 in closed form, or, where there
# is none (GGompertz/NBD), integrates over the time of death, given which lambda and eta are gamma again.


def ratio(scale, log_likelihood, raised, params, history):
    return scale * exp(log_likelihood(*raised, *history) - log_likelihood(*params, *history))


def mean_at_death(params, history, given):
    """E over the time of death u (dead = 1) and over being alive at T (dead = 0) of given(u, dead), for GGompertz/NBD."""
    r, alpha, b, s, beta = params
    x, t_x, t_cal = history
    base = -(r + x) * log(alpha + t_x)
    alive = exp(-(r + x) * log(alpha + t_cal) - base + gompertz_ln_survival(b, s, beta, t_cal))
    ln_density = lambda u: b * u - log(beta) + (s + 1) / s * gompertz_ln_survival(b, s, beta, u) - (r + x) * log(alpha + u) - base
    split = [t_x + (alpha + t_x) / (r + x) * 8, alpha, t_x + 4 / (b * s), *gompertz_times(b, s, beta)]
    points_ = [t_x, t_cal, *(u for u in split if t_x < u < t_cal)]
    over = lambda h: tanh_sinh_pieces(lambda u: b * s * exp(ln_density(u)) * h(u), points_) if t_cal > t_x else mpf(0)
    return (alive * given(t_cal, 0) + over(lambda u: given(u, 1))) / (alive + over(lambda u: mpf(1)))


def bg_window(r, alpha, a, b, n, t1, t2, coin=0):
    """P(X(t2) - X(t1) = n), lambda done exactly given p: alive at t1 with e^(-lambda p t1)."""
    tau = t2 - t1

    def given_p(p, q):
        rate = alpha + p * t1
        stay = q**coin * (alpha / rate) ** r
        z = tau / (rate + tau)
        counted = exp(ln_rising(r, n) - loggamma(mpf(n + 1))) * (rate / (rate + tau)) ** r * z**n
        left = p * q ** (n - 1) * betainc(n, r, 0, z, regularized=True) if n else 0
        return stay * (q**n * counted + left)

    alive = lambda p, q: q**coin * (alpha / (alpha + p * t1)) ** r
    return beta_mean(given_p, a, b, search=True) + (1 - beta_mean(alive, a, b, search=True) if n == 0 else 0)


def bg_window_sum(r, alpha, a, b, n, t1, t2, coin=0):
    """The same as a sum over the purchases made by t1."""
    total, alive, j = mpf(0), mpf(0), 0
    while True:
        weight = exp(ln_beta(a, b + j + coin) - ln_beta(a, b)) * nbd_pmf_closed(r, alpha, j, t1)
        total += weight * bg_pmf_closed(r + j, alpha + t1, a, b + j + coin, n, t2 - t1)
        alive += weight
        if j > r * t1 / alpha and weight < mpf(10) ** -40:
            return total + (1 - alive if n == 0 else 0)
        j += 1


def death_window(survival, death, split, r, alpha, n, t1, t2):
    """The same where death comes at a time of its own, integrated over that time."""
    counted = lambda u: exp(ln_rising(r, n) - loggamma(mpf(n + 1)) + r * log(alpha / (alpha + u)) + (n * log(u / (alpha + u)) if n else 0))
    within = tanh_sinh_pieces(lambda u: death(u) * counted(u - t1), [t1, t2, *(u for u in split if t1 < u < t2)])
    return within + survival(t2) * counted(t2 - t1) + (1 - survival(t1) if n == 0 else 0)


def posterior_routes(model, quantity, params, inputs):
    """(name, function) of both routes, the recorded one first."""
    coin = 1 if model == "mbg_nbd" else 0
    if quantity == "pmf_interval":
        n, t1, t2 = inputs
        if model in ("bg_nbd", "mbg_nbd"):
            by_sum = lambda: bg_window_sum(*params, n, t1, t2, coin=coin)
            return ("integral over p", lambda: bg_window(*params, n, t1, t2, coin=coin)), ("sum over the purchases before", by_sum)
        if model == "pareto_nbd":
            r, alpha, s, beta = params
            survival, death = lambda u: (beta / (beta + u)) ** s, lambda u: s / (beta + u) * (beta / (beta + u)) ** s
            direct = lambda: death_window(survival, death, [beta + t1, alpha + t1], r, alpha, n, t1, t2)
            dead = lambda: -expm1(-s * log1p(t1 / beta)) if n == 0 else mpf(0)
            shifted = lambda: dead() + survival(t1) * pareto_pmf_closed(r, alpha, s, beta + t1, n, t2 - t1)
            return ("integral over the time of death", direct), ("closed form", shifted)
        r, alpha, b, s, beta = params
        survival = lambda u: exp(gompertz_ln_survival(b, s, beta, u))
        death = lambda u: b * s * exp(b * u - log(beta) + (s + 1) / s * gompertz_ln_survival(b, s, beta, u))
        direct = lambda: death_window(survival, death, gompertz_times(b, s, beta), r, alpha, n, t1, t2)
        # Two more pieces move every node.
        again = lambda: death_window(survival, death, [*gompertz_times(b, s, beta), (t1 + t2) / 2, (t1 + 2 * t2) / 3], r, alpha, n, t1, t2)
        return ("integral over the time of death", direct), ("the same with other pieces", again)
    history = inputs
    place = {"expected_purchase_rate": 0, "expected_dropout": -2}[quantity]
    raised = list(params)
    raised[place] += 1
    r, alpha = params[:2]
    if model in ("bg_nbd", "mbg_nbd"):
        scale = r / alpha if place == 0 else params[2] / (params[2] + params[3])
        likelihoods = partial(bg_log_likelihood, coin=coin), partial(bg_log_likelihood_closed, coin=coin)
    elif model == "pareto_nbd":
        scale = r / alpha if place == 0 else params[2] / params[3]
        likelihoods = pareto_log_likelihood, pareto_log_likelihood_closed
    else:
        b, s, beta = params[2:]
        scale = r / alpha if place == 0 else b * s / beta
        x = history[0]
        rate = lambda u, dead: (r + x) / (alpha + u)
        hazard = lambda u, dead: b * (s + dead) / (beta + expm1(b * u))
        direct = lambda: mean_at_death(params, history, rate if place == 0 else hazard)
        return ("ratio of likelihoods", lambda: ratio(scale, gompertz_log_likelihood, raised, params, history)), ("integral over the time of death", direct)
    first, second = (lambda likelihood=likelihood: ratio(scale, likelihood, raised, params, history) for likelihood in likelihoods)
    return ("ratio of likelihoods", first), ("ratio of closed forms", second)


def no_other_road(*_):
    """The second road of a quantity that has none."""
    return


CARRIED = {
    ("bg_nbd", "log_likelihood"): (bg_log_likelihood, bg_log_likelihood_closed),
    ("bg_nbd", "p_alive"): (bg_p_alive, bg_p_alive_closed),
    ("bg_nbd", "conditional_expected_transactions"): (bg_expected, bg_expected_closed),
    ("bg_nbd", "expected_transactions"): (bg_residual, bg_residual_closed),
    ("bg_nbd", "pmf"): (bg_pmf, bg_pmf_closed),
    ("mbg_nbd", "log_likelihood"): (partial(bg_log_likelihood, coin=1), partial(bg_log_likelihood_closed, coin=1)),
    ("mbg_nbd", "p_alive"): (partial(bg_p_alive, coin=1), partial(bg_p_alive_closed, coin=1)),
    ("mbg_nbd", "conditional_expected_transactions"): (partial(bg_expected, coin=1), partial(bg_expected_closed, coin=1)),
    ("mbg_nbd", "expected_transactions"): (mbg_expected_new, mbg_expected_new_closed),
    ("mbg_nbd", "pmf"): (partial(bg_pmf, coin=1), partial(bg_pmf_closed, coin=1)),
    ("pareto_nbd", "log_likelihood"): (pareto_log_likelihood, pareto_log_likelihood_closed),
    ("pareto_nbd", "p_alive"): (pareto_p_alive, pareto_p_alive_closed),
    ("pareto_nbd", "conditional_expected_transactions"): (pareto_expected, pareto_expected_closed),
    ("pareto_nbd", "expected_transactions"): (
        lambda r, alpha, s, beta, t: r / alpha * pareto_life(s, beta, t),
        lambda r, alpha, s, beta, t: r / alpha * pareto_life_closed(s, beta, t),
    ),
    ("pareto_nbd", "pmf"): (pareto_pmf, pareto_pmf_closed),
    ("pareto_nbd", "conditional_pmf"): (pareto_conditional_pmf, pareto_conditional_pmf_closed),
    ("pareto_nbd", "dert"): (pareto_dert, pareto_dert_closed),
    ("ggompertz_nbd", "log_likelihood"): (gompertz_log_likelihood, no_other_road),
    ("ggompertz_nbd", "p_alive"): (gompertz_p_alive, no_other_road),
    ("ggompertz_nbd", "conditional_expected_transactions"): (gompertz_expected, partial(gompertz_expected, life=gompertz_life_closed)),
    ("ggompertz_nbd", "expected_transactions"): (
        lambda r, alpha, b, s, beta, t: r / alpha * gompertz_life(b, s, beta, mpf(0), t),
        lambda r, alpha, b, s, beta, t: r / alpha * gompertz_life_closed(b, s, beta, mpf(0), t),
    ),
    ("ggompertz_nbd", "pmf"): (gompertz_pmf, no_other_road),
    ("nbd", "pmf"): (nbd_pmf, nbd_pmf_closed),
    ("nbd", "log_pmf"): (lambda *args: log(nbd_pmf(*args)), lambda *args: log(nbd_pmf_closed(*args))),
    ("nbd", "expected_transactions"): (nbd_mean, lambda r, alpha, t: r * t / alpha),
    ("gamma_gamma", "log_likelihood"): (gg_log_likelihood, gg_log_likelihood_closed),
    ("gamma_gamma", "conditional_expected_spend"): (gg_spend, gg_spend_closed),
    ("gamma_gamma", "population_mean_spend"): (lambda p, q, v: gg_spend(p, q, v, 0, mpf(0)), lambda p, q, v: p * v / (q - 1)),
    ("clv", "clv_bg_nbd"): (clv_bg_nbd, clv_bg_nbd_closed),
    ("clv", "clv_pareto_nbd_dert"): (clv_pareto_nbd_dert, partial(clv_pareto_nbd_dert, spend=gg_spend_closed, dert=pareto_dert_closed)),
}


def exact(number):
    """Integers stay integers (counts); anything else is the double itself, without rounding."""
    return number if isinstance(number, int) else mpf(number)


def arguments(record):
    """The numbers of a record in the order of its keys; times may be written as integers, counts are never written as floats."""
    counts = ("x", "n", "periods")
    inputs = [exact(value) if key in counts else mpf(value) for key, value in record["inputs"].items()]
    return [mpf(value) for value in record["params"].values()], inputs


def deviation(quantity, value, expected):
    if value == expected:
        return mpf(0)
    return abs(value - expected) / (max(mpf(1), abs(expected)) if quantity.startswith("log_") else abs(expected))


def save(file, records):
    lines = ",\n".join(json.dumps(record) for record in records)
    (REFERENCE / f"{file}.json").write_text(f"[\n{lines}\n]\n")


def with_covariates(record):
    """A record without covariates that has the parameters of this customer, as exact numbers."""
    numbers = lambda values: [mpf(value) for value in values]
    params, inputs = record["params"], record["inputs"]
    moved = lambda gamma, z: exp(sum(g * value for g, value in zip(numbers(params[gamma]), numbers(inputs[z]), strict=True)))
    alpha = mpf(params["alpha0"]) / moved("gamma_trans", "z_trans")
    history = [inputs["x"], mpf(inputs["t_x"]), mpf(inputs["T"])]
    if params["model"] == "bg_nbd":
        a, b = mpf(params["a0"]) * moved("gamma_a", "z_life"), mpf(params["b0"]) * moved("gamma_b", "z_life")
        return [mpf(params["r"]), alpha, a, b], history
    return [mpf(params["r"]), alpha, mpf(params["s"]), mpf(params["beta0"]) / moved("gamma_life", "z_life")], history


def both_routes(model, record):
    if model == "static_covariates":
        params, inputs = with_covariates(record)
        first, second = CARRIED[record["params"]["model"], record["quantity"]]
        return first(*params, *inputs), second(*params, *inputs)
    params, inputs = arguments(record)
    if model.endswith("_posterior"):
        first, second = posterior_routes(model.removesuffix("_posterior"), record["quantity"], params, inputs)
        return first[1](), second[1]()
    if model == "bg_nbd_extended":
        first, second, _ = extended_routes(record["quantity"], params, inputs)
        return first[1](), second[1]()
    first, second = CARRIED[model, record["quantity"]]
    return first(*params, *inputs), second(*params, *inputs)


def check(models):
    worst_of_all, unknown = mpf(0), set()
    for model in models:
        worst, started = {}, time.time()
        for record in json.loads((REFERENCE / f"{model}.json").read_text()):
            carried = record["params"]["model"] if model == "static_covariates" else model
            own = model == "bg_nbd_extended" or model.endswith("_posterior") or (carried, record["quantity"]) in CARRIED
            if not own:
                unknown.add((model, record["quantity"]))
                continue
            for value in both_routes(model, record):
                if value is None:
                    continue
                off = deviation(record["quantity"], value, mpf(record["value"]))
                worst[record["quantity"]] = max(worst.get(record["quantity"], (mpf(0), "")), (off, record["id"]))
        for quantity, (off, which) in worst.items():
            print(f"{model:16} {quantity:44} worst {mp.nstr(off, 2):>8} {which}")
            worst_of_all = max(worst_of_all, off)
        print(f"{model:16} {time.time() - started:.0f} s")
    for model, quantity in sorted(unknown):
        print(f"{model:16} {quantity:44} NOT CHECKED: no definition here, see the scripts beside this one")
    return 0 if worst_of_all < mpf(10) ** -18 and not unknown else 1


# --------------------------------------------------------------------------------------- the points of bg_nbd_extended.json

CDNOW = (0.243, 4.414, 0.793, 2.426)
OTHERS = (
    (1.0, 10.0, 1.0, 2.5),  # a = 1 exactly: the published expectation is 0/0
    (1.2, 7.0, 1.0000000000000002, 1.8),  # one ulp above 1
    (2.5, 20.0, 0.999999999, 0.7),
    (0.5, 3.0, 0.05, 20.0),  # hardly anyone is ever lost
    (0.5, 3.0, 20.0, 0.05),  # nearly everyone is lost at the first repeat purchase
    (0.05, 2.0, 0.6, 1.5),
    (20.0, 50.0, 1.3, 4.0),
    (0.8, 0.01, 2.0, 1.0),
)
HISTORIES = (  # x, t_x, T
    (0, 0.0, 38.86),
    (2, 30.43, 38.86),
    (1, 1.71, 38.86),
    (10, 38.86, 38.86),
    (100, 300.0, 365.0),
    (1000, 200.0, 208.0),
    (10, 1e-06, 52.0),
    (3, 20000.0, 1000000.0),
    (1, 0.0005, 0.001),
    (1000, 208.0, 208.0),
    (0, 0.0, 1000000.0),
    (0, 0.0, 0.001),
)
AHEAD = {  # the further inputs of each quantity, in the order of the record's keys
    "p_alive_at": (("t",), ((39.0,), (1.0,), (520.0,), (0.001,), (1000000.0,))),
    "conditional_expected_transactions_interval": (
        ("t1", "t2"),
        ((13.0, 26.0), (0.0, 39.0), (520.0, 521.0), (1000.0, 1000000.0), (38.999, 39.0), (0.001, 0.002)),
    ),
    "p_active": (("t1", "t2"), ((0.0, 39.0), (13.0, 26.0), (520.0, 521.0), (38.999, 39.0), (1000.0, 1000000.0), (0.0, 0.001))),
    # 0.0018266153555928119 = ln(1.1) / (365.25 / 7): ten per cent a year, per week
    "dert": (("delta",), ((0.0018266153555928119,), (0.0018,), (0.05,), (1e-06,), (1.0,))),
    "dect": (
        ("delta", "t"),
        (
            (0.0018266153555928119, 156.0),
            (0.0018, 39.0),
            (0.0, 39.0),
            (1e-06, 1000000.0),
            (1.0, 0.001),
            (0.05, 520.0),
            (0.0, 0.001),
            (1.0, 1000000.0),
        ),
    ),
}


def points(quantity):
    """Every history at CDNOW with two settings each, and four histories at each other parameter set, settings taken in turn."""
    keys, settings = AHEAD[quantity]
    for i, history in enumerate(HISTORIES):
        for j in range(2):
            yield CDNOW, history, keys, settings[(i + j * (1 + len(settings) // 2)) % len(settings)]
    for i, params in enumerate(OTHERS):
        for j in range(4):
            yield params, HISTORIES[(3 * i + j * 5) % len(HISTORIES)], keys, settings[(i + 2 * j + j // 2) % len(settings)]


def tags(params, inputs, value):
    x, t_x, t_cal = inputs["x"], inputs["t_x"], inputs["T"]
    horizons = [inputs[key] for key in ("t", "t2") if key in inputs]
    delta = inputs.get("delta")
    known = {
        "x=0": x == 0,
        "large_x": x >= 500,
        "t_x=T": x > 0 and t_x == t_cal,
        "t_x~0": x > 0 and t_x < 1e-3 * t_cal,
        "tiny_T": t_cal <= 1e-3,
        "huge_T": t_cal >= 1e6,
        "a~1": abs(params[2] - 1) < 1e-6,
        "tiny_t": any(t <= 1e-2 for t in horizons),
        "huge_t": any(t >= 1e6 for t in horizons),
        "delta=0": delta == 0,
        "delta_tiny": delta is not None and 0 < delta <= 1e-6,
        "underflows_f64": value < mpf(2) ** -1022,
    }
    return [tag for tag, holds in known.items() if holds]


def extended():
    records, failed = [], 0
    for quantity in AHEAD:
        started = time.time()
        for count, (params, (x, t_x, t_cal), keys, setting) in enumerate(points(quantity)):
            inputs = {"x": x, "t_x": t_x, "T": t_cal, **dict(zip(keys, setting))}
            record = {"id": f"bg_nbd_extended/{len(records):04}", "quantity": quantity}
            record |= {"params": dict(zip(("r", "alpha", "a", "b"), params)), "inputs": inputs}
            exact_params, exact_inputs = arguments(record)
            (name, first), (other, second), integrand = extended_routes(quantity, exact_params, exact_inputs)
            value, off, how = mpf(0), mpf("inf"), f"{name}, checked against {other}"
            try:
                value = first()
                off = deviation(quantity, second(), value)
                if count % 6 == 1:
                    off = max(off, deviation(quantity, double_integral(exact_params, exact_inputs, integrand), value))
                    how += " and against the double integral over lambda and p"
            except NoConvergence as route:
                print(f"no convergence: {route}", file=sys.stderr)
            if not off <= mpf(10) ** -22:
                failed += 1
                print(f"NOT WRITTEN {quantity} {params} {inputs}: routes differ by {mp.nstr(off, 3)}", file=sys.stderr)
                continue
            record |= {"value": mp.nstr(value, 20, strip_zeros=False), "how": how, "tags": tags(params, inputs, value)}
            records.append(record)
        print(f"{quantity}: {count + 1} points, {time.time() - started:.0f} s", file=sys.stderr)
    save("bg_nbd_extended", records)
    return 1 if failed else 0


# ------------------------------------------------------------------------------------------- the points of the *_posterior.json

NAMES = {
    "bg_nbd": ("r", "alpha", "a", "b"),
    "mbg_nbd": ("r", "alpha", "a", "b"),
    "pareto_nbd": ("r", "alpha", "s", "beta"),
    "ggompertz_nbd": ("r", "alpha", "b", "s", "beta"),
}
POINTS = {
    "bg_nbd": (CDNOW, (2.5, 20.0, 1.0, 0.7), (0.5, 3.0, 20.0, 0.05), (0.05, 2.0, 0.6, 1.5), (20.0, 50.0, 1.3, 4.0)),
    "mbg_nbd": ((0.525, 6.183, 0.891, 1.614), (2.5, 20.0, 1.0, 0.7), (0.5, 3.0, 0.05, 20.0), (20.0, 50.0, 1.3, 4.0)),
    "pareto_nbd": ((0.553, 10.578, 0.606, 11.669), (3.0, 0.5, 0.1, 0.2), (0.05, 80.0, 15.0, 1.0), (20.0, 20.0, 1.0, 20.0)),
    "ggompertz_nbd": ((0.553, 10.578, 0.01, 0.603, 0.1), (3.0, 0.5, 0.3, 0.2, 50.0), (0.05, 80.0, 2.0, 5.0, 1.0)),
}
SOME = ((0, 0.0, 38.86), (2, 30.43, 38.86), (10, 38.86, 38.86), (100, 300.0, 365.0), (10, 1e-06, 52.0), (1, 0.0005, 0.001))
WINDOWS = ((0, 39.0, 78.0), (3, 39.0, 78.0), (1, 0.001, 0.002), (20, 10.0, 200.0), (0, 520.0, 521.0), (150, 30.0, 300.0))


def write_posterior():
    failed = 0
    for model, sets in POINTS.items():
        records = []
        for quantity in ("expected_purchase_rate", "expected_dropout", "pmf_interval"):
            keys, settings = (("n", "t1", "t2"), WINDOWS) if quantity == "pmf_interval" else (("x", "t_x", "T"), SOME)
            for params, setting in ((params, setting) for params in sets for setting in settings):
                record = {"id": f"{model}_posterior/{len(records):04}", "quantity": quantity}
                record |= {"params": dict(zip(NAMES[model], params)), "inputs": dict(zip(keys, setting))}
                (name, first), (other, second) = posterior_routes(model, quantity, *arguments(record))
                value, off = mpf(0), mpf("inf")
                try:
                    value = first()
                    off = deviation(quantity, second(), value)
                except NoConvergence as route:
                    print(f"no convergence: {route}", file=sys.stderr)
                if not off <= mpf(10) ** -20:
                    failed += 1
                    print(f"NOT WRITTEN {model} {quantity} {params} {setting}: routes differ by {mp.nstr(off, 3)}", file=sys.stderr)
                    continue
                how = f"{name}, checked against {other}"
                tag = ["underflows_f64"] if value < mpf(2) ** -1022 else []
                records.append(record | {"value": mp.nstr(value, 20, strip_zeros=False), "how": how, "tags": tag})
        print(f"{model}: {len(records)} records", file=sys.stderr)
        save(f"{model}_posterior", records)
    return 1 if failed else 0


# ------------------------------------------------------------------------------------------------------------- mle.json


def cdnow_customers(path, end=datetime.date(1997, 9, 30)):
    """(x, t_x, T in exact weeks, mean spend per repeat day) per customer; first purchase days are those of the log."""
    days = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            day = datetime.date.fromisoformat(row["date"])
            if day <= end:
                spent = days.setdefault(row["customer_id"], {})
                spent[day] = spent.get(day, mpf(0)) + mpf(row["amount"])
    for spent in days.values():
        first, last = min(spent), max(spent)
        repeat = [amount for day, amount in spent.items() if day > first]
        weeks = [mpf((later - first).days) / 7 for later in (last, end)]
        yield len(repeat), *weeks, sum(repeat) / len(repeat) if repeat else None


def mle(path):
    """Log-likelihood, and gradient in log-parameters, of the exact-week CDNOW fits at the printed parameters."""
    fits = json.loads((REFERENCE / "mle.json").read_text())["cdnow_days_over_7"]
    patterns = {}
    for x, t_x, t_cal, zbar in cdnow_customers(path):
        patterns[x, t_x, t_cal] = patterns.get((x, t_x, t_cal), 0) + 1
    spend = [(x, zbar) for x, _, _, zbar in cdnow_customers(path) if x and zbar > 0]
    over_patterns = lambda closed: lambda values: sum(w * closed(*values, *pattern) for pattern, w in patterns.items())
    models = {
        "BG/NBD": over_patterns(CARRIED["bg_nbd", "log_likelihood"][1]),
        "MBG/NBD": over_patterns(CARRIED["mbg_nbd", "log_likelihood"][1]),
        "Pareto/NBD": over_patterns(CARRIED["pareto_nbd", "log_likelihood"][1]),
        "gamma-gamma": lambda values: sum(gg_log_likelihood_closed(*values, *row) for row in spend),
    }
    worst = mpf(0)
    for name, total in models.items():
        values = [mpf(value) for value in fits[name]["parameters"].values()]
        at = total(values)
        h = mpf(10) ** -12
        moved = lambda k, step: total([v * exp(step) if i == k else v for i, v in enumerate(values)])  # noqa: B023
        gradient = [(moved(k, h) - moved(k, -h)) / (2 * h) for k in range(len(values))]
        print(f"{name}: log-likelihood {mp.nstr(at, 16)}, carried {fits[name]['log_likelihood']}")
        print(f"{name}: largest gradient in log-parameters {mp.nstr(max(map(abs, gradient)), 2)}")
        worst = max(worst, abs(at - mpf(str(fits[name]["log_likelihood"]))), *map(abs, gradient))
    return 0 if worst < mpf(10) ** -6 else 1


def main(arguments_given):
    match arguments_given:
        case ["check", *models]:
            return check(models or sorted(path.stem for path in REFERENCE.glob("*.json") if path.stem != "mle"))
        case ["extended"]:
            return extended()
        case ["posterior"]:
            return write_posterior()
        case ["mle", path]:
            return mle(path)
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
