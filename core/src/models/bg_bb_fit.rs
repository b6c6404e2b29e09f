//! The likelihood of BG/BB over cells, with analytic gradient and Hessian.
//!
//! ```text
//! L     = Σ_k w_k + w_n,   k = t_x .. n−1: died at the beginning of opportunity k + 1; n: alive
//! ln w_k = ln (α)_x + ln (β)_{k−x} − ln (α+β)_k + ln γ + ln (δ)_k − ln (γ+δ)_{k+1}
//! ln w_n = ln (α)_x + ln (β)_{n−x} − ln (α+β)_n        + ln (δ)_n − ln (γ+δ)_n
//! ```
//! With π_k = w_k / L the gradient is Σ π_k ∇ ln w_k and the Hessian Σ π_k (∇² ln w_k + ∇ ln w_k ∇ ln w_k') less the square of the gradient.
//! Cells that share n and x differ in where their sums begin only, so that one walk down from k = n serves them all.

use crate::fit::{Derivatives, Objective};
use crate::opportunities::OpportunityHistory;

/// ln (a)_j with its first and second derivative in a, for j = 0, 1, ...
struct Rising(Vec<[f64; 3]>);

impl Rising {
    fn new(a: f64, last: usize) -> Self {
        let mut sums = Vec::with_capacity(last + 1);
        let mut sum = [0.0; 3];
        sums.push(sum);
        for j in 0..last {
            let factor = a + j as f64;
            sum = [sum[0] + factor.ln(), sum[1] + 1.0 / factor, sum[2] - 1.0 / (factor * factor)];
            sums.push(sum);
        }
        Rising(sums)
    }
}

/// Parameters α, β, γ, δ; sums: value, gradient, upper triangle of the Hessian.
const N: usize = 4;
const SUMS: usize = 1 + N + N * (N + 1) / 2;
const fn place(i: usize, j: usize) -> usize {
    let (i, j) = if i < j { (i, j) } else { (j, i) };
    1 + N + i * N - i * (i + 1) / 2 + j
}

/// The cells by n, x, and t_x from the largest down.
pub(super) struct BgBbObjective {
    cells: Vec<(OpportunityHistory, f64)>,
    weight: f64,
    longest: usize,
}

impl BgBbObjective {
    pub(super) fn new(mut cells: Vec<(OpportunityHistory, f64)>) -> Self {
        let group = |history: &OpportunityHistory| (history.opportunities(), history.frequency());
        cells.sort_by(|(a, _), (b, _)| group(a).cmp(&group(b)).then(b.recency().cmp(&a.recency())));
        let weight = cells.iter().map(|&(_, weight)| weight).sum();
        let longest = cells.iter().map(|(history, _)| history.opportunities() as usize).max().unwrap_or(0);
        BgBbObjective { cells, weight, longest }
    }
}

/// Mean probabilities from the data and a few spreads around them; `None` if nobody bought again.
pub(super) fn starts(cells: &[(OpportunityHistory, f64)]) -> Option<Vec<Vec<f64>>> {
    let sum = |f: &dyn Fn(&OpportunityHistory) -> u32| cells.iter().map(|(history, weight)| weight * f64::from(f(history))).sum::<f64>();
    let (purchases, until_last) = (sum(&OpportunityHistory::frequency), sum(&OpportunityHistory::recency));
    if !(purchases > 0.0) {
        return None;
    }
    // Between the first and the last purchase a customer was alive for sure.
    let p = (purchases / until_last).clamp(0.05, 0.95);
    // Spread and mean of the purchase probabilities, mean and spread of those of leaving. Those who never buy do not enter p: where they are
    // many, the mean lies below it.
    let spreads = [
        (2.0, p, 0.2, 3.0),
        (1.0, p, 0.5, 1.0),
        (10.0, p, 0.1, 10.0),
        (0.3, p, 0.3, 0.3),
        (2.0, p, 0.02, 50.0),
        (50.0, p, 0.3, 50.0),
        (0.1, p, 0.5, 20.0),
        (20.0, p, 0.5, 0.2),
        (0.2, p, 0.8, 1_000.0),
        (1_000.0, p, 0.8, 0.2),
        (0.5, 0.1 * p, 0.7, 1_000.0),
        (0.5, 0.1 * p, 0.2, 5.0),
    ];
    Some(spreads.map(|(buy, p, theta, leave)| vec![buy * p, buy * (1.0 - p), leave * theta, leave * (1.0 - theta)]).to_vec())
}

impl Objective for BgBbObjective {
    fn total_weight(&self) -> f64 {
        self.weight
    }

    fn thorough(&self) -> bool {
        true
    }

    fn sample(&self) -> Option<&dyn Objective> {
        Some(self)
    }

    fn evaluate(&self, parameters: &[f64]) -> Derivatives {
        let &[alpha, beta, gamma, delta] = parameters else {
            return Derivatives { value: f64::NAN, gradient: Vec::new(), hessian: Vec::new() };
        };
        let tables = Tables {
            gamma,
            alpha: Rising::new(alpha, self.longest),
            beta: Rising::new(beta, self.longest),
            buy: Rising::new(alpha + beta, self.longest),
            delta: Rising::new(delta, self.longest),
            leave: Rising::new(gamma + delta, self.longest + 1),
        };
        let mut sums = [0.0; SUMS];
        let mut cells = self.cells.iter().peekable();
        while let Some(&&(first, _)) = cells.peek() {
            let (n, x) = (first.opportunities() as usize, first.frequency() as usize);
            let mut mixture = Mixture::new();
            mixture.add(tables.alive(n, x));
            let mut k = n;
            while let Some(&&(history, weight)) = cells.peek() {
                if (history.opportunities() as usize, history.frequency() as usize) != (n, x) {
                    break;
                }
                while k > history.recency() as usize {
                    k -= 1;
                    mixture.add(tables.died(k, x));
                }
                mixture.add_to(&mut sums, weight);
                cells.next();
            }
            // What all cells of the group share: ln (α)_x.
            let shared: f64 = self.cells_of(n, x).map(|&(_, weight)| weight).sum();
            for (place, value) in [0, 1, place(0, 0)].into_iter().zip(tables.alpha.0[x]) {
                sums[place] += shared * value;
            }
        }
        Derivatives::from_natural(parameters, sums[0], &sums[1..=N], |i, j| sums[place(i, j)])
    }
}

impl BgBbObjective {
    fn cells_of(&self, n: usize, x: usize) -> impl Iterator<Item = &(OpportunityHistory, f64)> {
        let key = |history: &OpportunityHistory| (history.opportunities() as usize, history.frequency() as usize);
        let start = self.cells.partition_point(|(history, _)| key(history) < (n, x));
        self.cells[start..].iter().take_while(move |(history, _)| key(history) == (n, x))
    }
}

/// One term of the mixture: ln w, its gradient, and the six entries of its Hessian that are not 0.
struct Term {
    ln_weight: f64,
    gradient: [f64; N],
    /// αα = αβ, ββ, γγ, γδ, δδ.
    hessian: [f64; 5],
}

struct Tables {
    gamma: f64,
    alpha: Rising,
    beta: Rising,
    buy: Rising,
    delta: Rising,
    leave: Rising,
}

impl Tables {
    fn alive(&self, n: usize, x: usize) -> Term {
        let (beta, buy, delta, leave) = (self.beta.0[n - x], self.buy.0[n], self.delta.0[n], self.leave.0[n]);
        Term {
            ln_weight: beta[0] - buy[0] + delta[0] - leave[0],
            gradient: [-buy[1], beta[1] - buy[1], -leave[1], delta[1] - leave[1]],
            hessian: [-buy[2], beta[2] - buy[2], -leave[2], -leave[2], delta[2] - leave[2]],
        }
    }

    fn died(&self, k: usize, x: usize) -> Term {
        let (beta, buy, delta, leave) = (self.beta.0[k - x], self.buy.0[k], self.delta.0[k], self.leave.0[k + 1]);
        let inverse = 1.0 / self.gamma;
        Term {
            ln_weight: beta[0] - buy[0] + self.gamma.ln() + delta[0] - leave[0],
            gradient: [-buy[1], beta[1] - buy[1], inverse - leave[1], delta[1] - leave[1]],
            hessian: [-buy[2], beta[2] - buy[2], -inverse * inverse - leave[2], -leave[2], delta[2] - leave[2]],
        }
    }
}

/// Σ w (1, ∇ ln w, ∇² ln w + ∇ ln w ∇ ln w'), relative to the largest w so far.
struct Mixture {
    reference: f64,
    moments: [f64; SUMS],
}

impl Mixture {
    fn new() -> Self {
        Mixture { reference: f64::NEG_INFINITY, moments: [0.0; SUMS] }
    }

    fn add(&mut self, term: Term) {
        if term.ln_weight > self.reference {
            let scale = (self.reference - term.ln_weight).exp();
            self.moments.iter_mut().for_each(|moment| *moment *= scale);
            self.reference = term.ln_weight;
        }
        let weight = (term.ln_weight - self.reference).exp();
        let Term { gradient, hessian: [aa, bb, cc, cd, dd], .. } = term;
        let moments = &mut self.moments;
        moments[0] += weight;
        for i in 0..N {
            moments[1 + i] += weight * gradient[i];
            for j in i..N {
                moments[place(i, j)] += weight * gradient[i] * gradient[j];
            }
        }
        for (i, j, value) in [(0, 0, aa), (0, 1, aa), (1, 1, bb), (2, 2, cc), (2, 3, cd), (3, 3, dd)] {
            moments[place(i, j)] += weight * value;
        }
    }

    /// Adds `weight` · ln Σ w and its derivatives.
    fn add_to(&self, sums: &mut [f64; SUMS], weight: f64) {
        let total = self.moments[0];
        let mean = |i: usize| self.moments[i] / total;
        sums[0] += weight * (self.reference + total.ln());
        for i in 0..N {
            sums[1 + i] += weight * mean(1 + i);
            for j in i..N {
                sums[place(i, j)] += weight * (mean(place(i, j)) - mean(1 + i) * mean(1 + j));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::check_derivatives;
    use crate::models::BgBb;
    use crate::opportunities::OpportunitySummary;

    #[test]
    fn derivatives_equal_differences_and_the_value_is_the_sum_of_the_likelihoods() {
        let rows: Vec<(u32, u32, u32)> =
            (1..=9).flat_map(|n| (0..=n).flat_map(move |t_x| (t_x.min(1)..=t_x).map(move |x| (x, t_x, n)))).collect();
        let column = |f: &dyn Fn(&(u32, u32, u32)) -> u32| rows.iter().map(|row| f64::from(f(row))).collect::<Vec<f64>>();
        let weights: Vec<f64> = (0..rows.len()).map(|i| 1.0 + (i * i % 11) as f64).collect();
        let table = OpportunitySummary::from_table(&column(&|row| row.0), &column(&|row| row.1), &column(&|row| row.2), &weights).unwrap();
        let objective = BgBbObjective::new(table.cells());
        for parameters in [[1.204, 0.75, 0.657, 2.783], [0.1, 3.0, 1.0, 1.0], [20.0, 0.05, 0.05, 15.0], [1e3, 2e3, 10.0, 0.2]] {
            check_derivatives(&objective, &parameters);
            let [alpha, beta, gamma, delta] = parameters;
            let expected = BgBb::new(alpha, beta, gamma, delta).unwrap().log_likelihood(&table);
            assert!((objective.evaluate(&parameters).value - expected).abs() < 1e-11 * expected.abs());
        }
    }
}
