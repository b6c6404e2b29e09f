"""The reference oracle for what lies ahead of the end of observation, by the same rules as oracle.py, whose quadratures it uses.

    /tmp/oracle/bin/python docs/reference-oracle/ahead.py           write the files below anew
    /tmp/oracle/bin/python docs/reference-oracle/ahead.py pareto_nbd_extended geometric      only these

mbg_nbd_extended, pareto_nbd_extended, ggompertz_nbd_extended, bg_bb_extended, sbg_extended, bdw_extended, geometric; and what the files of
oracle.py lack: static_covariates_extended and gamma_gamma_extended, the quantiles of spend. Each record has two roads that agree to 22 digits,
or it is not written and the run fails.
"""

import sys
import time
from fractions import Fraction

from mpmath import (
    bernoulli,
    bernpoly,
    betainc,
    binomial,
    ceil,
    exp,
    expm1,
    findroot,
    gammainc,
    hyp2f1,
    log,
    log1p,
    loggamma,
    mp,
    mpf,
    nsum,
    sqrt,
    taylor,
    workdps,
    zeta,
)

import oracle
from oracle import (
    AHEAD,
    HISTORIES,
    NAMES,
    NoConvergence,
    beta_mean,
    bg_p_alive,
    bg_p_alive_closed,
    bg_pmf,
    bg_pmf_closed,
    death_window,
    deviation,
    exact,
    gamma_mean,
    gompertz_alive_dead,
    gompertz_life_closed,
    gompertz_ln_survival,
    gompertz_times,
    ln_beta,
    pareto_alive_dead,
    pareto_conditional_pmf,
    pareto_conditional_pmf_closed,
    pareto_dert,
    pareto_dert_closed,
    pareto_life_closed,
    pareto_p_alive_closed,
    pareto_pmf_closed,
    tanh_sinh_pieces,
)

COUNTS = (("n", "t"), ((0, 13.0), (3, 39.0), (1, 0.001), (40, 520.0), (0, 100000.0)))
QUANTITIES = {**AHEAD, "conditional_pmf": COUNTS}
# Later nobody is left, and the second road would need hundreds of digits.
WINDOWS = (("t1", "t2"), ((0.0, 39.0), (13.0, 26.0), (38.999, 39.0), (100.0, 101.0), (0.0, 0.001), (0.001, 0.002)))
EARLY = {**QUANTITIES, "p_active": WINDOWS, "conditional_expected_transactions_interval": WINDOWS}


def mbg_nbd(quantity, params, inputs):
    if quantity != "conditional_pmf":
        first, second, _ = oracle.extended_routes(quantity, params, inputs, coin=1)
        return first[1], second[1]
    r, alpha, a, b = params
    x, t_x, t_cal, n, t = inputs
    alive = bg_p_alive(*params, x, t_x, t_cal, coin=1)
    later = (r + x, alpha + t_cal, a, b + x + 1)
    known = bg_p_alive_closed(*params, x, t_x, t_cal, coin=1)
    with_dead = lambda alive, pmf: (1 - alive if n == 0 else 0) + alive * pmf(*later, n, t)
    return lambda: with_dead(alive, bg_pmf), lambda: with_dead(known, bg_pmf_closed)


def pareto_nbd(quantity, params, inputs):
    """Road 1 integrates over the death rate of the living, Gamma(s, beta + T), or over time; road 2 is a closed form."""
    r, alpha, s, beta = params
    (x, t_x, t_cal), rest = inputs[:3], inputs[3:]
    shape, rate, level = r + x, alpha + t_cal, beta + t_cal
    closed = lambda: pareto_p_alive_closed(*params, x, t_x, t_cal)

    def alive():
        living, dead, _ = pareto_alive_dead(*params, x, t_x, t_cal)
        return living / (living + dead)

    over_rates = lambda given, t: gamma_mean(lambda mu, z: given(mu), s, level, s, level + t)
    if quantity == "p_alive_at":
        (t,) = rest
        return lambda: alive() * over_rates(lambda mu: -mu * t, t), lambda: closed() * (level / (level + t)) ** s
    if quantity == "conditional_expected_transactions_interval":
        t1, t2 = rest
        bought = lambda mu: -mu * t1 + log(-expm1(-mu * (t2 - t1)) / mu)
        life = lambda: pareto_life_closed(s, level, t2) - pareto_life_closed(s, level, t1)
        return lambda: alive() * shape / rate * over_rates(bought, t1), lambda: closed() * shape / rate * life()
    if quantity == "p_active":
        t1, t2 = rest
        first = lambda y: exp(y - (shape + 1) * log1p(exp(y) / rate) - s * log1p((t1 + exp(y)) / level))
        low, high = log(t2 - t1) - 130, log(t2 - t1)
        split = [log(u) for u in (rate / (shape + 1), 30 * rate / (shape + 1), rate, level + t1, (level + t1) / (s + 1))]
        direct = lambda: tanh_sinh_pieces(first, [low, high, *(y for y in split if low < y < high)])
        none = lambda: pareto_pmf_closed(shape, rate, s, level + t1, 0, t2 - t1)

        def some():
            with workdps(100):
                return (level / (level + t1)) ** s * (1 - none())

        return lambda: alive() * shape / rate * direct(), lambda: closed() * some()
    if quantity == "dert":
        return lambda: pareto_dert(*params, *inputs), lambda: pareto_dert_closed(*params, *inputs)
    if quantity == "dect":
        delta, t = rest
        left = lambda mu: log(-expm1(-(mu + delta) * t) / (mu + delta))
        z = delta * level
        top = log1p(t / level)
        split = [log1p(u / z) for u in (1, 12, 60)] if z else []
        life = lambda: tanh_sinh_pieces(lambda y: exp((1 - s) * y - z * expm1(y)), [mpf(0), top, *(y for y in split if y < top)])
        return lambda: alive() * shape / rate * over_rates(left, 0), lambda: closed() * shape / rate * level * life()
    return lambda: pareto_conditional_pmf(*params, *inputs), lambda: pareto_conditional_pmf_closed(*params, *inputs)


def ggompertz_nbd(quantity, params, inputs):
    """Road 1 integrates over time; road 2 over the heterogeneity eta of the living, Gamma(s, beta + e^(bT) - 1), or is a closed form, or, where
    there is neither, the integral over other pieces."""
    r, alpha, b, s, beta = params
    (x, t_x, t_cal), rest = inputs[:3], inputs[3:]
    shape, rate = r + x, alpha + t_cal
    level = beta + expm1(b * t_cal)
    living, dead, _ = gompertz_alive_dead(*params, x, t_x, t_cal)
    alive = living / (living + dead)
    at = gompertz_ln_survival(b, s, beta, t_cal)
    survival = lambda u: exp(gompertz_ln_survival(b, s, beta, t_cal + u) - at)
    share = exp(b * t_cal) / level
    turn = log1p(1 / share)
    times = [1 / b, 5 / b, 1 / (share * b), 1 / (share * b * s), 10 / (share * b * s), 40 / (b * s), turn / b, (turn + 4) / b, (turn + 40 / s) / b]
    times += [u - t_cal for u in gompertz_times(b, s, beta)] + [rate / (shape + 1), 30 * rate / (shape + 1), rate]

    def over_time(f, low, high, more=()):
        return tanh_sinh_pieces(f, [low, high, *(u for u in (*times, *more) if low < u < high)])

    if quantity == "p_alive_at":
        (t,) = rest
        hazard = exp(b * t_cal) * expm1(b * t)
        return lambda: alive * gamma_mean(lambda eta, z: -eta * hazard, s, level, s, level + hazard), lambda: alive * survival(t)
    if quantity == "conditional_expected_transactions_interval":
        t1, t2 = rest
        life = lambda: gompertz_life_closed(b, s, beta, t_cal, t2) - (gompertz_life_closed(b, s, beta, t_cal, t1) if t1 else 0)
        return lambda: alive * shape / rate * over_time(survival, t1, t2), lambda: alive * shape / rate * life()
    if quantity in ("dert", "dect"):
        delta, t = (rest[0], None) if quantity == "dert" else rest
        t = 140 / delta if t is None else t
        f = lambda u: exp(-delta * u) * survival(u)
        scales = [1 / delta, 12 / delta] if delta else []
        first = lambda: alive * shape / rate * over_time(f, mpf(0), t, scales)
        return first, lambda: alive * shape / rate * over_time(f, mpf(0), t, [*scales, t / 3, t / 30, t / 7])
    death = lambda u: b * s * exp(b * u - log(beta) + (s + 1) / s * gompertz_ln_survival(b, s, beta, u) - at)
    lost_by = lambda n, t1, t2: death_window(
        lambda u: exp(gompertz_ln_survival(b, s, beta, u) - at), death, [t_cal + t1 + u for u in times], shape, rate, n, t_cal + t1, t_cal + t2
    )
    if quantity == "p_active":
        t1, t2 = rest
        first = lambda v: exp(-(shape + 1) * log1p(v / rate)) * survival(t1 + v)
        # Without the share that is lost by t1, which death_window counts among those who buy nothing.
        none = lambda: lost_by(0, t1, t2) - (1 - survival(t1))
        return lambda: alive * shape / rate * over_time(first, mpf(0), t2 - t1), lambda: alive * (survival(t1) - none())
    n, t = rest
    lost = 1 - alive if n == 0 else 0
    counted = lambda u: oracle.nbd_pmf_closed(shape, rate, n, u)
    direct = lambda: survival(t) * counted(t) + over_time(lambda u: death(t_cal + u) * counted(u), mpf(0), t, [t / 3, t / 11])
    return lambda: lost + alive * lost_by(n, mpf(0), t), lambda: lost + alive * direct()


def bg_bb(quantity, params, inputs):
    """Road 1: sums of moments of the beta distributions in rational arithmetic; road 2: the same moments as beta functions or integrals."""

    def moments(a, b):
        def rational(i, j):
            value = Fraction(1)
            for u in range(i):
                value *= (a + u) / (a + b + u)
            for u in range(j):
                value *= (b + u) / (a + b + i + u)
            return value

        p, q = (mpf(v.numerator) / v.denominator for v in (a, b))
        return rational, lambda i, j: exp(ln_beta(p + i, q + j) - ln_beta(p, q))

    alpha, beta, gamma, delta = (Fraction(float(value)) for value in params)
    x, t_x, n = (int(value) for value in inputs[:3])
    rest = inputs[3:]

    def road(buys, stays):
        living = buys(x, n - x) * stays(0, n)
        gone = lambda more, i: sum(buys(x + more, k - x) * stays(1 + i, k) for k in range(t_x, n))
        whole = living + gone(0, 0)
        if quantity == "p_alive_at":
            return buys(x, n - x) * stays(0, n + int(rest[0])) / whole
        if quantity == "conditional_expected_transactions_interval":
            return buys(x + 1, n - x) * sum(stays(0, n + j) for j in range(int(rest[0]) + 1, int(rest[1]) + 1)) / whole
        if quantity == "dect":
            d = Fraction(float(rest[0])) if isinstance(whole, Fraction) else rest[0]
            return buys(x + 1, n - x) * sum(stays(0, n + j) / (1 + d) ** j for j in range(1, int(rest[1]) + 1)) / whole
        if quantity == "p_active":
            low, high = (int(value) for value in rest)
            return sum(buys(x + 1, n - x + j - low - 1) * stays(0, n + j) for j in range(low + 1, high + 1)) / whole
        if quantity == "conditional_pmf":
            k, m = (int(value) for value in rest)
            ways = lambda m: int(binomial(m, k))
            future = ways(m) * buys(x + k, n - x + m - k) * stays(0, n + m)
            future += sum(ways(j) * buys(x + k, n - x + j - k) * stays(1, n + j) for j in range(k, m))
            return (future + (gone(0, 0) if k == 0 else 0)) / whole
        if quantity == "mean_purchase_probability":
            return (buys(x + 1, n - x) * stays(0, n) + gone(1, 0)) / whole
        return (buys(x, n - x) * stays(1, n) + gone(0, 1)) / whole

    (buys, buys_closed), (stays, stays_closed) = moments(alpha, beta), moments(gamma, delta)

    def rational():
        value = road(buys, stays)
        return mpf(value.numerator) / value.denominator

    return rational, lambda: road(buys_closed, stays_closed)


def euler_maclaurin(f, start, integral, terms=14):
    """The sum of f(t) over t = start, start + 1, ..., given the integral over (start, inf)."""
    with workdps(110):
        rates = taylor(f, start, 2 * terms - 1)
        corrections = [bernoulli(2 * k) / (2 * k) * rates[2 * k - 1] for k in range(1, terms + 1)]
    return integral + f(start) / 2 - mp.fsum(corrections)


def discounted_for_ever(term, d, start=400):
    """The sum of term(t) / (1 + d)^t over t = 1, 2, ...: term by term until what is left, at most the last of them over d, is below 1e-40;
    and by Euler and Maclaurin from `start` on."""
    f = lambda t: term(t) * (1 + d) ** -t

    def one_by_one():
        values = [f(1)]
        while values[-1] > mpf(10) ** -40 * d * values[0]:
            values.append(f(len(values) + 1))
        return mp.fsum(values)

    def accelerated():
        last = start + 110 / log1p(d)
        points = [u for u in (2 * start, 5 * start, start + 3 / d, start + 12 / d, start + 40 / d) if u < last]
        after = tanh_sinh_pieces(f, [mpf(start), last, *map(mpf, points)])
        return mp.fsum(f(t) for t in range(1, start)) + euler_maclaurin(f, mpf(start), after)

    return one_by_one(), accelerated


def bdw_survival(alpha, beta, y):
    """S as a function of y = t^c, with the digits that the difference of the large logarithms of gamma functions loses."""
    with workdps(mp.dps + 10 + max(0, int(mp.mag(y) * 0.31))):
        return exp(ln_beta(alpha, beta + y) - ln_beta(alpha, beta))


def bdw_tenure(alpha, beta, c, start=400):
    """The sum of S by Euler and Maclaurin; finite for c alpha > 1, when S falls as t^(-c alpha)."""
    f = lambda t: bdw_survival(alpha, beta, t**c)
    low, high = log(mpf(start)), log(mpf(start)) + 85 / (c * alpha - 1)
    after = tanh_sinh_pieces(lambda u: exp(u) * f(exp(u)), [low, high, *(low + (high - low) * share for share in (mpf(1) / 20, mpf(1) / 5))])
    return 1 + mp.fsum(f(mpf(t)) for t in range(1, start)) + euler_maclaurin(f, mpf(start), after)


def bdw_tenure_by_zeta(alpha, beta, c, terms=32):
    """The sum of S term by term until t^c > 3000, and from there by the expansion of S in 1 / t^c, whose sums are Hurwitz zeta functions."""
    start = int(ceil(mpf(3000) ** (1 / c)))
    ratio = [mpf(0)]  # of ln(Gamma(y + beta) / Gamma(y + alpha + beta)) + alpha ln y in powers of 1 / y
    for k in range(1, terms):
        ratio.append((-1) ** (k + 1) * (bernpoly(k + 1, beta) - bernpoly(k + 1, alpha + beta)) / (k * (k + 1)))
    series = [mpf(1)]
    for k in range(1, terms):
        series.append(sum(j * ratio[j] * series[k - j] for j in range(1, k + 1)) / k)
    scale = exp(loggamma(alpha) - ln_beta(alpha, beta))
    after = scale * mp.fsum(value * zeta(c * (alpha + k), start) for k, value in enumerate(series))
    return 1 + mp.fsum(bdw_survival(alpha, beta, mpf(t) ** c) for t in range(1, start)) + after


def retention(model, quantity, params, inputs):
    """Road 1: an integral over theta (for BdW the sum of integrals); road 2: closed forms. Endless sums of BdW: see their functions."""
    c = params[2] if model == "bdw" else mpf(1)
    alpha, beta = params[:2] if model != "geometric" else (params[0], None)
    power = lambda t: mpf(t) ** c if t else mpf(0)
    if model == "geometric":
        direct = closed = lambda n, t: (1 - alpha) ** t
        mean = lambda h, n: h(alpha, 1 - alpha)
    else:
        direct = lambda n, t: beta_mean(lambda p, q: q ** (power(n + t) - power(n)), alpha, beta + power(n), 0, power(n + t) - power(n))
        closed = lambda n, t: exp(ln_beta(alpha, beta + power(n + t)) - ln_beta(alpha, beta + power(n)))
        mean = lambda h, n: beta_mean(h, alpha, beta + n, search=True)

    def total(n, d, until):
        """The discounted renewals after n, the next one once."""
        if model != "bdw":
            if until is None:
                return mean(lambda p, q: q / (d + p), n), (lambda: (1 - alpha) / (d + alpha)) if model == "geometric" else (
                    lambda: beta_over(n) / (1 + d) * hyp2f1(1, beta + n + 1, alpha + beta + n + 1, 1 / (1 + d))
                )
            series = lambda p, q: mp.fsum((q / (1 + d)) ** t for t in range(1, until + 1))
            return mean(series, n), lambda: mp.fsum(closed(n, t) / (1 + d) ** t for t in range(1, until + 1))
        if until is not None:
            rows = range(1, until + 1)
            steps = [(power(n + t) - power(n), (1 + d) ** -t) for t in rows]
            series = lambda p, q: mp.fsum(exp(step * log(q)) * factor for step, factor in steps)
            over_theta = beta_mean(series, alpha, beta + power(n), search=True)
            return over_theta, lambda: mp.fsum(closed(n, t) / (1 + d) ** t for t in rows)
        return discounted_for_ever(lambda t: closed(n, t), d)

    beta_over = lambda n: (beta + n) / (alpha + beta + n)
    plus = lambda pair, scale=1, add=0: (lambda: add + scale * pair[0], lambda: add + scale * pair[1]())
    if quantity in ("survival", "survival_given"):
        n, t = inputs if quantity == "survival_given" else (0, *inputs)
        return lambda: direct(int(n), int(t)), lambda: closed(int(n), int(t))
    if quantity == "pmf":
        t = int(inputs[0])
        return lambda: direct(0, t - 1) - direct(0, t), lambda: closed(0, t - 1) - closed(0, t)
    if quantity == "retention_rate":
        t = int(inputs[0])
        return lambda: direct(0, t) / direct(0, t - 1), lambda: closed(t - 1, 1)
    if quantity == "expected_tenure":
        if model == "bdw":
            return lambda: bdw_tenure(alpha, beta, c), lambda: bdw_tenure_by_zeta(alpha, beta, c)
        if model == "geometric":
            return lambda: 1 / alpha, lambda: nsum(lambda t: (1 - alpha) ** t, [0, mp.inf])
        return lambda: 1 + mean(lambda p, q: q / p, 0), lambda: (alpha + beta - 1) / (alpha - 1)
    if quantity == "del":
        return plus(total(0, inputs[0], None), 1, 1)
    if quantity == "derl":
        d, n = inputs
        return plus(total(int(n) - 1, d, None), 1 + d)
    if quantity == "expected_renewals":
        n, h = inputs
        return plus(total(int(n), mpf(0), int(h)))
    raise KeyError(quantity)


def gamma_gamma(quantity, params, inputs):
    """Road 1: the root of the regularised incomplete beta or gamma function; road 2: one step of Newton from there, which the probability as an
    integral over the spend rate nu of the customer, Gamma(p x + q, v + x zbar), must leave where it is."""
    p, q, v = params
    x, zbar, probability = inputs
    shape, rate = p * x + q, v + x * zbar

    def root(f, guess):
        with workdps(70):
            step = mpf(1)
            while f(guess - step) > 0:
                step *= 2
            low, step = guess - step, mpf(1)
            while f(guess + step) < 0:
                step *= 2
            high = guess + step
            for _ in range(30):
                middle = (low + high) / 2
                low, high = (middle, high) if f(middle) < 0 else (low, middle)
            return exp(findroot(f, (low, high), solver="secant", tol=mpf(10) ** -125))

    if quantity == "spend_quantile":
        at_most = lambda y: betainc(p, shape, 0, exp(y) / (1 + exp(y)), regularized=True) - probability
        first = lambda: rate * root(at_most, log(p / shape))

        def second():
            z = first()
            mixed = gamma_mean(lambda nu, _: log(gammainc(p, 0, nu * z, regularized=True)), shape, rate)
            density = exp((p - 1) * log(z) + shape * log(rate) - (p + shape) * log(z + rate) - ln_beta(p, shape))
            return z - (mixed - probability) / density

        return first, second
    # The mean p / nu is at most m where nu is at least p / m.
    below = lambda y: gammainc(shape, 0, exp(y), regularized=True) - (1 - probability)
    first = lambda: p * rate / root(below, log(shape))

    def second():
        m = first()
        density = lambda y: exp(shape * (y + log(rate)) - rate * exp(y) - loggamma(shape))
        low, centre = log(p / m), log(shape / rate)
        high = max(low, centre) + log1p(10 + 250 / shape)
        width = 1 / sqrt(shape)
        split = [centre + width * step for step in (-12, -3, 0, 3, 12)]
        above = tanh_sinh_pieces(density, [low, high, *(y for y in split if low < y < high)])
        return m - (above - probability) / (density(low) / m)

    return first, second


def by_parts(r, alpha, b, s, beta, x, t_x, t_cal):
    """gompertz_alive_dead with the integral over the time of death integrated by parts: over S, not over its density."""
    n, base = r + x, log(alpha + t_x)
    common = oracle.ln_rising(r, x) + r * log(alpha) - n * base
    survival = lambda v: exp(-n * (v - base) + gompertz_ln_survival(b, s, beta, exp(v) - alpha))
    top = log(alpha + t_cal)
    near = [t_x + (alpha + t_x) / n * 8, alpha, t_x + 4 / (b * s), *gompertz_times(b, s, beta)]
    over = tanh_sinh_pieces(survival, [base, top, *(log(alpha + u) for u in near if t_x < u < t_cal)]) if t_cal > t_x else mpf(0)
    return survival(top), survival(base) - survival(top) - n * over, common


def static_covariates(quantity, params, inputs):
    """The roads of the model without covariates at the parameters of this customer."""
    numbers = lambda values: [mpf(value) for value in values]
    moved = lambda name, gamma, z, sign=1: mpf(params[name]) * exp(
        sign * sum(g * value for g, value in zip(numbers(params[gamma]), numbers(inputs[z]), strict=True))
    )
    model, r, alpha = params["model"], mpf(params["r"]), moved("alpha0", "gamma_trans", "z_trans", -1)
    history = [inputs["x"], mpf(inputs["t_x"]), mpf(inputs["T"])]
    ahead = [mpf(inputs["t"])] if "t" in inputs else []
    if model in ("bg_nbd", "mbg_nbd"):
        exact_params = [r, alpha, moved("a0", "gamma_a", "z_life"), moved("b0", "gamma_b", "z_life")]
    elif model == "pareto_nbd":
        exact_params = [r, alpha, mpf(params["s"]), moved("beta0", "gamma_life", "z_life", -1)]
    else:
        exact_params = [r, alpha, mpf(params["b"]), mpf(params["s"]), moved("beta0", "gamma_life", "z_life", -1)]
    first, second = oracle.CARRIED[model, quantity]
    if model == "ggompertz_nbd":

        def second(*given):
            alive, dead, common = by_parts(*given[:8])
            if quantity == "log_likelihood":
                return common + log(alive + dead)
            ahead = 1
            if quantity != "p_alive":
                r, alpha, b, s, beta, x, _, t_cal, t = given
                ahead = (r + x) / (alpha + t_cal) * gompertz_life_closed(b, s, beta, t_cal, t)
            return alive / (alive + dead) * ahead

    return lambda: first(*exact_params, *history, *ahead), lambda: second(*exact_params, *history, *ahead)


PARAMETERS = {
    "mbg_nbd": ((0.525, 6.183, 0.891, 1.614), (2.5, 20.0, 1.0, 0.7), (0.5, 3.0, 0.05, 20.0), (20.0, 50.0, 1.0000000000000002, 4.0)),
    "pareto_nbd": ((0.553, 10.578, 0.606, 11.669), (3.0, 0.5, 0.1, 0.2), (0.05, 80.0, 15.0, 1.0), (20.0, 20.0, 1.0, 20.0)),
    "ggompertz_nbd": ((0.553, 10.578, 0.01, 0.603, 0.1), (3.0, 0.5, 0.3, 0.2, 50.0), (0.05, 80.0, 0.05, 5.0, 1.0)),
    "bg_bb": ((1.204, 0.75, 0.657, 2.783), (0.5, 1.0, 1.0, 3.0), (0.05, 20.0, 3.0, 0.2), (30.0, 2.0, 0.001, 5.0)),
    "sbg": ((0.668, 3.806), (1.5, 2.0), (0.05, 0.02), (40.0, 300.0)),
    "bdw": ((0.259, 1.722, 1.584), (0.668, 3.806, 1.0), (1.5, 2.0, 0.6), (20.0, 1.0, 2.5)),
    "geometric": ((0.2,), (0.0001,), (0.9,)),
    "gamma_gamma": ((6.25, 3.74, 15.44), (0.8, 0.6, 3.0), (30.0, 12.0, 4.0)),
}
# With c alpha > 1, where the mean is finite.
LASTING = ((0.8, 2.0, 1.6), (1.5, 2.0, 1.0), (2.5, 1.0, 0.9), (20.0, 1.0, 2.5), (0.668, 3.806, 1.8), (3.0, 40.0, 0.8))
SPENDERS = ((0, 0.0), (2, 22.35), (100, 9.5), (1, 0.01))
PROBABILITIES = (0.5, 0.9, 0.01, 0.999)
GAMMAS = {"gamma_trans": [-1.2, 0.05], "gamma_life": [-0.4, 0.1]}
SHAPES = {"gamma_trans": [-1.2, 0.05], "gamma_a": [-0.4, 0.1]}
COVARIATES = (
    {"model": "mbg_nbd", "r": 0.525, "alpha0": 6.183, "a0": 0.891, "b0": 1.614, **SHAPES, "gamma_b": [0.3, 0.2]},
    {"model": "ggompertz_nbd", "r": 0.553, "alpha0": 10.578, "b": 0.02, "s": 0.603, "beta0": 1.7, **GAMMAS},
    {"model": "bg_nbd", "r": 0.243, "alpha0": 4.414, "a0": 0.793, "b0": 2.426, **SHAPES, "gamma_b": [-0.4, 0.1]},
    {"model": "pareto_nbd", "r": 0.553, "alpha0": 10.578, "s": 0.606, "beta0": 11.669, **GAMMAS},
)
WITH_COVARIATES = (((0, 0.0, 38.86), 39.0), ((2, 30.43, 38.86), 520.0), ((29, 37.71, 38.86), 1.0), ((1, 1.71, 38.86), 39.0))
Z = (([1.0, 0.0], [1.0, 0.0]), ([0.5, -1.25], [3.0, 2.0]), ([0.0, 0.0], [-2.0, 0.5]))
NAMES = {
    **NAMES,
    "bg_bb": ("alpha", "beta", "gamma", "delta"),
    "sbg": ("alpha", "beta"),
    "bdw": ("alpha", "beta", "c"),
    "geometric": ("theta",),
    "gamma_gamma": ("p", "q", "v"),
}
OPPORTUNITIES = ((0, 0, 6), (4, 5, 6), (6, 6, 6), (1, 1, 30), (20, 100, 120))
SETTINGS = {
    "p_alive_at": (("m",), ((1,), (10,), (200,))),
    "conditional_expected_transactions_interval": (("m1", "m2"), ((0, 5), (5, 10), (100, 300))),
    "p_active": (("m1", "m2"), ((0, 5), (5, 10), (50, 51))),
    "conditional_pmf": (("k", "m"), ((0, 5), (3, 10), (0, 100))),
    "dect": (("d", "m"), ((0.1, 10), (1e-08, 100), (0.0, 5))),
    "mean_purchase_probability": ((), ((),)),
    "mean_dropout_probability": ((), ((),)),
}
RENEWALS = {
    "survival_given": (("n", "t"), ((0, 5), (3, 10), (40, 200))),
    "expected_tenure": ((), ((),)),
    "expected_renewals": (("n", "h"), ((0, 5), (3, 12), (10, 60))),
    "del": (("d",), ((0.1,), (1.0,), (0.02,))),
    "derl": (("d", "n"), ((0.1, 1), (0.02, 5), (0.5, 30))),
    "retention_rate": (("t",), ((1,), (7,), (300,))),
}


def points(model):
    if model == "static_covariates":
        for params in COVARIATES:
            for quantity in ("log_likelihood", "p_alive", "conditional_expected_transactions"):
                # oracle.py carries those.
                if quantity == "log_likelihood" and params["model"] in ("bg_nbd", "pareto_nbd"):
                    continue
                for (history, t), (z_trans, z_life) in ((customer, z) for customer in WITH_COVARIATES for z in Z):
                    ahead = {"t": t} if quantity == "conditional_expected_transactions" else {}
                    yield quantity, params, dict(zip(("x", "t_x", "T"), history)) | ahead | {"z_trans": z_trans, "z_life": z_life}
        return
    sets = PARAMETERS[model]
    if model == "gamma_gamma":
        for quantity in ("spend_quantile", "mean_spend_quantile"):
            for i, params in enumerate(sets):
                for h, (x, zbar) in enumerate(SPENDERS):
                    yield quantity, params, {"x": x, "zbar": zbar, "probability": PROBABILITIES[(i + h) % 4]}
    elif model == "bg_bb":
        for quantity, (keys, settings) in SETTINGS.items():
            for i, params in enumerate(sets):
                for h, history in enumerate(OPPORTUNITIES):
                    yield quantity, params, dict(zip(("x", "t_x", "n"), history)) | dict(zip(keys, settings[(i + h) % len(settings)]))
    elif model in ("sbg", "bdw", "geometric"):
        more = {"survival": (("t",), ((0,), (5,), (100,))), "pmf": (("t",), ((1,), (6,), (80,)))} if model == "geometric" else {}
        for quantity, (keys, settings) in (RENEWALS | more).items():
            for params in LASTING if (model, quantity) == ("bdw", "expected_tenure") else sets:
                if (model, quantity) == ("sbg", "expected_tenure") and params[0] <= 1:
                    continue  # the mean is infinite
                yield from ((quantity, params, dict(zip(keys, setting))) for setting in settings)
    else:
        # What takes long is asked of fewer histories.
        histories = 5 if model == "mbg_nbd" else 6
        for quantity, (keys, settings) in (EARLY if model == "ggompertz_nbd" else QUANTITIES).items():
            for i, params in enumerate(sets):
                for h in range(histories):
                    history = HISTORIES[(2 * h + 3 * i) % len(HISTORIES)]
                    yield quantity, params, dict(zip(("x", "t_x", "T"), history)) | dict(zip(keys, settings[(i + h) % len(settings)]))


ROADS = {
    "mbg_nbd": mbg_nbd,
    "pareto_nbd": pareto_nbd,
    "ggompertz_nbd": ggompertz_nbd,
    "bg_bb": bg_bb,
    "gamma_gamma": gamma_gamma,
}


def write(file):
    model, started, records, failed = file.removesuffix("_extended"), time.time(), [], 0
    for quantity, params, inputs in points(model):
        value, off = mpf(0), mpf("inf")
        try:
            if model == "static_covariates":
                first, second = static_covariates(quantity, params, inputs)
            else:
                numbers = [exact(value) if key in ("x", "n") else mpf(value) for key, value in inputs.items()]
                road = ROADS.get(model) or (lambda *given: retention(model, *given))
                first, second = road(quantity, [mpf(value) for value in params], numbers)
                params = dict(zip(NAMES[model], params))
            value = first()
            off = deviation(quantity, second(), value)
        except NoConvergence as which:
            print(f"no convergence: {which}", file=sys.stderr)
        if not off <= mpf(10) ** -22:
            failed += 1
            print(f"NOT WRITTEN {file} {quantity} {params} {inputs}: roads differ by {mp.nstr(off, 3)}", file=sys.stderr)
            continue
        tag = ["underflows_f64"] if value < mpf(2) ** -1022 else []
        record = {"id": f"{file}/{len(records):04}", "quantity": quantity, "params": params, "inputs": inputs}
        record |= {"value": mp.nstr(value, 20, strip_zeros=False), "how": "two roads, see ahead.py", "tags": tag}
        records.append(record)
    oracle.save(file, records)
    print(f"{file}: {len(records)} records, {failed} not written, {time.time() - started:.0f} s", file=sys.stderr)
    return failed


FILES = tuple(f"{model}_extended" for model in (*ROADS, "sbg", "bdw", "static_covariates")) + ("geometric",)

if __name__ == "__main__":
    sys.exit(1 if sum(write(file) for file in sys.argv[1:] or FILES) else 0)
