//! The likelihood of models with an unseen time of death, over patterns, with analytic gradient and Hessian.
//!
//! ```text
//! L(x, t_x, T) = (r)_x [ k(T) S(T) + ∫ k(u) f(u) du ],   u from t_x to T,   k(u) = α^r (α + u)^−(r+x)
//! ```
//! S and f are survival and density of the lifetime. With the nodes of the integral held fixed the braces are a sum of exponentials, and the
//! derivatives of its logarithm are moments of the derivatives of the exponents under the posterior of u.
//!
//! But for x the integrand is the same for all customers. Where many share their dates, the integrals are therefore taken for all rows with the
//! same x at once, from each date to the next, on nodes whose logarithms and derivatives are worked out once for all x; a row's integral is the
//! difference of two sums from the last date down. What lies beyond a row's T never exceeds its first term, so the difference loses nothing.

use crate::fit::{Derivatives, Objective};
use crate::parallel;
use crate::patterns::Patterns;
use crate::special::{
    GAUSS_LEGENDRE_2, GAUSS_LEGENDRE_4, GAUSS_LEGENDRE_6, GAUSS_LEGENDRE_10, GAUSS_LEGENDRE_20, digamma_pochhammer, exp_all, ln_pochhammer,
    trigamma_pochhammer,
};
use crate::summary::History;

/// A logarithm that depends on the time and the lifetime's parameters, with its derivatives (upper triangle of the second ones).
pub(super) struct Terms<const K: usize> {
    pub(super) ln: f64,
    pub(super) gradient: [f64; K],
    pub(super) hessian: [[f64; K]; K],
}

/// x, t_x, T, weight.
type Row = (f64, f64, f64, f64);

/// A lifetime with K parameters.
pub(super) trait FittedLifetime<const K: usize>: Copy + Sync + Send {
    fn of(parameters: &[f64; K]) -> Self;
    /// ln f(u).
    fn death(&self, u: f64) -> Terms<K>;
    /// ln S(u).
    fn survival(&self, u: f64) -> Terms<K>;
    /// What |d ln f / du| does not exceed in between.
    fn slope(&self, from: f64, to: f64) -> f64;
    /// Distance from u to the nearest singularity of f.
    fn singularity(&self, u: f64) -> f64;
    /// Visits nodes u of the integral from t_x to T with their weights du; `visit` returns their masses, all on one scale.
    fn for_each_node(&self, purchases: (f64, f64, f64), t_x: f64, t_cal: f64, visit: impl FnMut(f64, f64) -> f64);
    /// Whether a step to `next` leads back to a simpler family, over histories as long as `longest`.
    fn returns(&self, _next: &Self, _longest: f64) -> bool {
        false
    }
    /// An exponent near that of the integrand's peak.
    fn peak(&self, ln_integrand: impl Fn(f64) -> f64, t_x: f64, t_cal: f64) -> f64;
}

/// Nodes that a row's own integral takes, give or take; by how much one of them costs more than one that the rows share; and what a row costs
/// that has none of its own.
const NODES_PER_ROW: f64 = 40.0;
const OWN_NODE: f64 = 8.0;
const SHARED_ROW: f64 = 4.0;

/// Rows of a group.
const ROWS_PER_GROUP: usize = 4_096;

/// A quadrature rule by its positive nodes and weights; what the exponent may change over a panel, and the least distance of a singularity from
/// the panel's middle over half its length.
type Rule = (&'static [(f64, f64)], f64, f64);

/// Rules by rising number of nodes, exact to rounding.
const RULES: [Rule; 4] =
    [(&GAUSS_LEGENDRE_4, 0.15, 35.0), (&GAUSS_LEGENDRE_6, 0.8, 9.0), (&GAUSS_LEGENDRE_10, 4.5, 2.9), (&GAUSS_LEGENDRE_20, 12.0, 1.5)];
/// The same to some 1e-7, to try starts.
const ROUGH_RULES: [Rule; 4] =
    [(&GAUSS_LEGENDRE_2, 0.15, 25.0), (&GAUSS_LEGENDRE_4, 1.5, 4.0), (&GAUSS_LEGENDRE_10, 7.0, 1.8), (&GAUSS_LEGENDRE_20, 14.0, 1.4)];

/// A part of the integral, and the rule for it.
struct Panel {
    rule: usize,
    from: f64,
    width: f64,
}

/// The panels from every time to the next.
struct Plan {
    panels: Vec<Panel>,
    /// Where those of each interval start, and where the last ends.
    starts: Vec<usize>,
}

impl Plan {
    fn intervals(&self) -> impl Iterator<Item = &[Panel]> {
        self.starts.windows(2).map(|ends| &self.panels[ends[0]..ends[1]])
    }
}

/// Panels between two dates that are worth sharing, and the nodes that any more are taken for.
const MOST_PANELS: usize = 100;
const FAR_TOO_MANY: f64 = 1e12;

/// How far an exponent may rise above the scale of a sum.
const HEADROOM: f64 = 300.0;

/// Position of an entry of the Hessian in packed sums: value, gradient, upper triangle by rows.
const fn place(n: usize, i: usize, j: usize) -> usize {
    let (i, j) = if i < j { (i, j) } else { (j, i) };
    1 + n + i * n - i * (i + 1) / 2 + j
}

/// The data of the likelihood of a lifetime with K parameters; SUMS = 1 + N + N (N + 1) / 2 with N = K + 2, W = SUMS + K + 4.
pub(super) struct MixtureObjective<L, const K: usize, const SUMS: usize, const W: usize> {
    /// Distinct t_x and T.
    times: Vec<f64>,
    /// Distinct T.
    ends: Vec<f64>,
    /// The largest x of a row that needs the time from the i-th to the next.
    deepest: Vec<f64>,
    groups: Vec<Group>,
    weight: f64,
    rules: &'static [Rule; 4],
    threads: Option<usize>,
    sample: Option<Box<Self>>,
    lifetime: std::marker::PhantomData<L>,
}

/// Rows with the same x; some thousand at most, so that there is work for all threads.
struct Group {
    x: f64,
    weight: f64,
    /// Positions of its times among all, rising.
    dates: Vec<u32>,
    rows: Vec<GroupRow>,
}

/// A row by the positions of its times among those of its group, and of T among the ends.
struct GroupRow {
    t_x: u32,
    t_cal: u32,
    end: u32,
    weight: f64,
}

impl Group {
    fn of(x: f64, rows: Vec<GroupRow>) -> Self {
        let mut dates: Vec<u32> = rows.iter().flat_map(|row| [row.t_x, row.t_cal]).collect();
        dates.sort_unstable();
        dates.dedup();
        let local = |position: u32| dates.partition_point(|&other| other < position) as u32;
        let rows: Vec<GroupRow> = rows.into_iter().map(|row| GroupRow { t_x: local(row.t_x), t_cal: local(row.t_cal), ..row }).collect();
        Group { x, weight: rows.iter().map(|row| row.weight).sum(), dates, rows }
    }

    /// Positions of the smallest t_x and the largest T.
    fn span(&self) -> (usize, usize) {
        (self.dates.first().map_or(0, |&first| first as usize), self.dates.last().map_or(0, |&last| last as usize))
    }
}

impl<L: FittedLifetime<K>, const K: usize, const SUMS: usize, const W: usize> MixtureObjective<L, K, SUMS, W> {
    /// Starts are tried on `sample` histories, or on an eighth of more of them.
    pub(super) fn with_sample(patterns: &Patterns, sample: usize, threads: Option<usize>) -> Self {
        let mut objective = Self::of(patterns, &RULES, threads);
        objective.sample = patterns.sample(sample.max(patterns.len() / 8)).map(|sample| Box::new(Self::of(&sample, &ROUGH_RULES, threads)));
        objective
    }

    /// Starts are tried on all histories up to `most`, less exactly: a sample could not rank maxima that differ by little.
    pub(super) fn with_rough(patterns: &Patterns, most: usize, threads: Option<usize>) -> Self {
        let rough = |patterns: &Patterns| Box::new(Self::of(patterns, &ROUGH_RULES, threads));
        let sample = patterns.sample(most).as_ref().map_or_else(|| rough(patterns), rough);
        MixtureObjective { sample: Some(sample), ..Self::of(patterns, &RULES, threads) }
    }

    fn of(patterns: &Patterns, rules: &'static [Rule; 4], threads: Option<usize>) -> Self {
        let mut times: Vec<f64> = patterns.histories().iter().flat_map(|history| [history.parts().1, history.parts().2]).collect();
        let mut ends: Vec<f64> = patterns.histories().iter().map(History::age).collect();
        for times in [&mut times, &mut ends] {
            times.sort_unstable_by(f64::total_cmp);
            times.dedup();
        }
        let position = |time: f64| times.partition_point(|&other| other < time);
        let mut deepest = vec![0.0_f64; times.len()];
        let mut groups: Vec<(f64, Vec<GroupRow>)> = Vec::new();
        // Patterns come sorted by x.
        for (history, &weight) in patterns.histories().iter().zip(patterns.weights()) {
            let (x, t_x, t_cal) = history.parts();
            let (first, last) = (position(t_x), position(t_cal));
            let end = ends.partition_point(|&other| other < t_cal) as u32;
            let row = GroupRow { t_x: first as u32, t_cal: last as u32, end, weight };
            deepest[first] = deepest[first].max(x);
            match groups.last_mut() {
                Some((same, rows)) if *same >= x && rows.len() < ROWS_PER_GROUP => rows.push(row),
                _ => groups.push((x, vec![row])),
            }
        }
        let groups = groups.into_iter().map(|(x, rows)| Group::of(x, rows)).collect();
        for i in 1..deepest.len() {
            deepest[i] = deepest[i].max(deepest[i - 1]);
        }
        let weight = patterns.total_weight();
        MixtureObjective { times, ends, deepest, groups, weight, rules, threads, sample: None, lifetime: std::marker::PhantomData }
    }

    /// Panels from every time to the next; more than [`MOST_PANELS`] where a row should rather find its own.
    fn plan(&self, lifetime: &L, r: f64, alpha: f64) -> Plan {
        let intervals = self.times.len().saturating_sub(1);
        let mut plan = Plan { panels: Vec::with_capacity(intervals), starts: Vec::with_capacity(intervals + 1) };
        for i in 0..intervals {
            plan.starts.push(plan.panels.len());
            let (mut from, to) = (self.times[i], self.times[i + 1]);
            while from < to && plan.panels.len() - plan.starts[i] <= MOST_PANELS {
                let distance = (alpha + from).min(lifetime.singularity(from));
                // The longest panel that a rule resolves: of the distance from its middle over half of its length at least so much.
                let slope = (r + self.deepest[i]) / (alpha + from) + lifetime.slope(from, to);
                let longest = |&(_, change, least): &Rule| (change / slope).min(2.0 * distance / (least - 1.0));
                let rest = to - from;
                let rule = self.rules.iter().position(|rule| rest <= longest(rule));
                let width = if rule.is_some() { rest } else { longest(&self.rules[3]) };
                plan.panels.push(Panel { rule: rule.unwrap_or(3), from, width });
                from = if rule.is_some() { to } else { from + width };
            }
        }
        plan.starts.push(plan.panels.len());
        plan
    }

    /// The nodes of all times that a group with shared nodes needs, and which groups those are.
    fn grid(&self, lifetime: &L, r: f64, alpha: f64) -> Grid<W> {
        let ln_alpha = alpha.ln();
        let plan = self.plan(lifetime, r, alpha);
        let mut before = Vec::with_capacity(self.times.len());
        let mut total = 0.0;
        for panels in plan.intervals() {
            before.push(total);
            let nodes = panels.iter().map(|panel| 2.0 * self.rules[panel.rule].0.len() as f64).sum::<f64>();
            total += if panels.len() > MOST_PANELS { FAR_TOO_MANY } else { nodes };
        }
        before.push(total);
        let own = |group: &Group| OWN_NODE * NODES_PER_ROW * group.rows.len() as f64;
        let with_others = |group: &Group| {
            let (first, last) = group.span();
            before[last] - before[first] + SHARED_ROW * group.rows.len() as f64
        };
        let mut shared: Vec<bool> = self.groups.iter().map(|group| with_others(group) < own(group)).collect();
        let mut used = vec![false; plan.starts.len() - 1];
        let mut saved = 0.0;
        for (group, _) in self.groups.iter().zip(&shared).filter(|(_, shared)| **shared) {
            let (first, last) = group.span();
            used[first..last].fill(true);
            saved += own(group) - with_others(group);
        }
        let nodes: f64 = (0..used.len()).filter(|&i| used[i]).map(|i| before[i + 1] - before[i]).sum();
        // Where few customers share their dates, there is little to share.
        if OWN_NODE * nodes > saved {
            shared.fill(false);
            used.fill(false);
            saved = 0.0;
        }
        let costs = self.groups.iter().zip(&shared).map(|(group, shared)| if *shared { with_others(group) } else { own(group) }).collect();
        let mut grid = Grid {
            shared,
            costs,
            starts: Vec::with_capacity(self.times.len()),
            nodes: Vec::with_capacity(if saved > 0.0 { nodes as usize } else { 0 }),
            alive: Vec::with_capacity(self.ends.len()),
        };
        for (panels, used) in plan.intervals().zip(used) {
            grid.starts.push(grid.nodes.len());
            if !used {
                continue;
            }
            for &Panel { rule, from, width } in panels {
                let half = 0.5 * width;
                let middle = from + half;
                for &(node, weight) in self.rules[rule].0 {
                    for u in [middle - half * node, middle + half * node] {
                        grid.nodes.push(Node { du: half * weight, ..Node::of(r, (alpha, ln_alpha), u, &lifetime.death(u)) });
                    }
                }
            }
        }
        grid.starts.push(grid.nodes.len());
        if grid.shared.contains(&true) {
            grid.alive.extend(self.ends.iter().map(|&t| Node::of(r, (alpha, ln_alpha), t, &lifetime.survival(t))));
        }
        grid
    }
}

/// A time with what is the same for all x. The basis, and the moments of a sum, lie in whole cache lines: across them the adding takes half as
/// long again.
#[repr(C, align(64))]
struct Node<const W: usize> {
    /// What the moments are sums of: the parts without x, with x, and with x (x + 1).
    basis: [f64; W],
    /// The weight that the rule gives it.
    du: f64,
    /// ln of all other factors but (α + u)^−x.
    ln: f64,
    /// ln(α + u).
    ln_rate: f64,
}

impl<const W: usize> Node<W> {
    /// With B = 1 / (α + u), A = r u / α B and C = A (1 / α + B) the exponent's derivatives are −ln(1 + u / α) in r, A − x B in α, and u / α B,
    /// x B² − C the second ones that are not the lifetime's.
    fn of<const K: usize>(r: f64, (alpha, ln_alpha): (f64, f64), u: f64, terms: &Terms<K>) -> Self {
        let n = K + 2;
        let sums = 1 + n + n * (n + 1) / 2;
        let (share, b) = (u / alpha, 1.0 / (alpha + u));
        let ln_a = share.ln_1p();
        let a = r * share * b;
        let c = a * (1.0 / alpha + b);
        let mut basis = [0.0; W];
        basis[0] = 1.0;
        basis[1] = -ln_a;
        basis[2] = a;
        basis[3..3 + K].copy_from_slice(&terms.gradient);
        for i in 0..n {
            for j in i..n {
                basis[place(n, i, j)] = basis[1 + i] * basis[1 + j];
            }
        }
        basis[place(n, 0, 1)] += share * b;
        basis[place(n, 1, 1)] -= c;
        for i in 0..K {
            for j in i..K {
                basis[place(n, i + 2, j + 2)] += terms.hessian[i][j];
            }
        }
        // With x: the gradient in α, and its products.
        basis[sums] = -b;
        basis[sums + 1] = ln_a * b;
        basis[sums + 2] = -2.0 * a * b;
        for (k, gradient) in terms.gradient.iter().enumerate() {
            basis[sums + 3 + k] = -b * gradient;
        }
        basis[sums + 3 + K] = b * b;
        Node { du: 1.0, ln: -r * ln_a + terms.ln, ln_rate: ln_alpha + ln_a, basis }
    }

    fn exponent(&self, x: f64) -> f64 {
        self.ln - x * self.ln_rate
    }
}

/// The parameters' nodes.
struct Grid<const W: usize> {
    /// Which groups share nodes.
    shared: Vec<bool>,
    /// The work of each group, in shared nodes.
    costs: Vec<f64>,
    /// Where the nodes of each interval start.
    starts: Vec<usize>,
    nodes: Vec<Node<W>>,
    /// The first term at every end.
    alive: Vec<Node<W>>,
}

/// Σ du basis e^(exponent − scale).
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Sum<const W: usize> {
    moments: [f64; W],
    scale: f64,
}

impl<const W: usize> Sum<W> {
    const ZERO: Self = Sum { scale: f64::NEG_INFINITY, moments: [0.0; W] };

    /// Returns the mass, du e^(exponent − scale).
    #[inline]
    fn add(&mut self, exponent: f64, du: f64, basis: &[f64; W]) -> f64 {
        if exponent > self.scale + HEADROOM || self.scale == f64::NEG_INFINITY {
            self.rescale(exponent);
        }
        let mass = du * (exponent - self.scale).exp();
        for (moment, value) in self.moments.iter_mut().zip(basis) {
            *moment += mass * value;
        }
        mass
    }

    /// Adds nodes in their order. All exponentials first: together they are cheap, and a call between the sums would take
    /// every register from them.
    fn add_all(&mut self, nodes: &[Node<W>], x: f64, masses: &mut Vec<f64>) {
        if nodes.is_empty() {
            return;
        }
        masses.clear();
        masses.extend(nodes.iter().map(|node| node.exponent(x)));
        let highest = masses.iter().fold(f64::NEG_INFINITY, |highest, &exponent| highest.max(exponent));
        if highest > self.scale + HEADROOM || self.scale == f64::NEG_INFINITY {
            self.rescale(highest);
        }
        masses.iter_mut().for_each(|mass| *mass -= self.scale);
        exp_all(masses);
        let mut sum = *self;
        for (mass, node) in masses.iter().zip(nodes) {
            let mass = node.du * mass;
            for (moment, value) in sum.moments.iter_mut().zip(&node.basis) {
                *moment += mass * value;
            }
        }
        *self = sum;
    }

    fn rescale(&mut self, scale: f64) {
        let shrink = (self.scale - scale).exp();
        self.moments.iter_mut().for_each(|moment| *moment *= shrink);
        self.scale = scale;
    }

    /// Adds weight · ln(Σ) and its derivatives, given that the sum's first moment is its value.
    fn add_logarithm<const SUMS: usize>(&self, sums: &mut [f64; SUMS], n: usize, x: f64, weight: f64) {
        let mut mean = self.moments;
        let total = mean[0];
        let inverse = 1.0 / total;
        mean.iter_mut().for_each(|moment| *moment *= inverse);
        mean[2] += x * mean[SUMS];
        mean[place(n, 0, 1)] += x * mean[SUMS + 1];
        mean[place(n, 1, 1)] += x * mean[SUMS + 2] + x * (x + 1.0) * mean[SUMS + n + 1];
        for k in 0..n - 2 {
            mean[place(n, 1, k + 2)] += x * mean[SUMS + 3 + k];
        }
        sums[0] += weight * (self.scale + total.ln());
        let mut at = 1 + n;
        for i in 1..=n {
            sums[i] += weight * mean[i];
            for j in i..=n {
                sums[at] += weight * (mean[at] - mean[i] * mean[j]);
                at += 1;
            }
        }
    }
}

/// Adds weight · ln (r)_x and its derivatives.
fn add_count<const SUMS: usize>(sums: &mut [f64; SUMS], n: usize, r: f64, x: f64, weight: f64) {
    sums[0] += weight * ln_pochhammer(r, x);
    sums[1] += weight * digamma_pochhammer(r, x);
    sums[place(n, 0, 0)] += weight * trigamma_pochhammer(r, x);
}

/// Adds weight · ln of the braces of one row, on nodes of its own, and its derivatives.
fn add_row<L: FittedLifetime<K>, const K: usize, const SUMS: usize, const W: usize>(
    sums: &mut [f64; SUMS],
    (r, alpha, lifetime): (f64, f64, &L),
    (x, t_x, t_cal, weight): Row,
) {
    let ln_alpha = alpha.ln();
    let alive = Node::of(r, (alpha, ln_alpha), t_cal, &lifetime.survival(t_cal));
    let ln_dead = |u: f64| -r * (u / alpha).ln_1p() - x * (alpha + u).ln() + lifetime.death(u).ln;
    // No exponent rises above the scale by more than the headroom.
    let mut sum = Sum::<W> { scale: alive.exponent(x).max(lifetime.peak(ln_dead, t_x, t_cal)), moments: [0.0; W] };
    sum.add(alive.exponent(x), 1.0, &alive.basis);
    lifetime.for_each_node((r, alpha, x), t_x, t_cal, |u, du| {
        let node = Node::of(r, (alpha, ln_alpha), u, &lifetime.death(u));
        sum.add(node.exponent(x), du, &node.basis)
    });
    sum.add_logarithm(sums, K + 2, x, weight);
}

/// Adds the terms and derivatives of one history whose parameters are its own.
pub(super) fn add_history<L: FittedLifetime<K>, const K: usize, const SUMS: usize, const W: usize>(
    sums: &mut [f64],
    parameters: &[f64],
    history: &History,
    weight: f64,
) {
    let (&[r, alpha, ref of_lifetime @ ..], Some(sums)) = (parameters, sums.first_chunk_mut::<SUMS>()) else {
        return sums.fill(f64::NAN);
    };
    let Ok(of_lifetime) = of_lifetime.try_into() else { return sums.fill(f64::NAN) };
    let (x, t_x, t_cal) = history.parts();
    add_count(sums, K + 2, r, x, weight);
    add_row::<L, K, SUMS, W>(sums, (r, alpha, &L::of(of_lifetime)), (x, t_x, t_cal, weight));
}

impl<L: FittedLifetime<K>, const K: usize, const SUMS: usize, const W: usize> MixtureObjective<L, K, SUMS, W> {
    fn of_group(&self, group: &Group, grid: &Grid<W>, i: usize, (r, alpha, lifetime): (f64, f64, &L)) -> [f64; SUMS] {
        let mut sums = [0.0; SUMS];
        let x = group.x;
        add_count(&mut sums, K + 2, r, x, group.weight);
        let time = |date: u32| group.dates[date as usize] as usize;
        if !grid.shared[i] {
            for row in &group.rows {
                let row = (x, self.times[time(row.t_x)], self.times[time(row.t_cal)], row.weight);
                add_row::<L, K, SUMS, W>(&mut sums, (r, alpha, lifetime), row);
            }
            return sums;
        }
        // From each of the group's times to the last one.
        let mut from = vec![Sum::<W>::ZERO; group.dates.len()];
        let (mut sum, mut masses) = (Sum::<W>::ZERO, Vec::new());
        for i in (1..group.dates.len()).rev() {
            let nodes = grid.starts[time(i as u32 - 1)]..grid.starts[time(i as u32)];
            sum.add_all(&grid.nodes[nodes], x, &mut masses);
            from[i - 1] = sum;
        }
        for row in &group.rows {
            let (dead, beyond) = (&from[row.t_x as usize], &from[row.t_cal as usize]);
            let alive = &grid.alive[row.end as usize];
            let exponent = alive.exponent(x);
            let scale = exponent.max(dead.scale);
            let factors = [(exponent - scale).exp(), (dead.scale - scale).exp(), (beyond.scale - scale).exp()];
            let moment = |k: usize| factors[0] * alive.basis[k] + (factors[1] * dead.moments[k] - factors[2] * beyond.moments[k]);
            let sum = Sum::<W> { scale, moments: std::array::from_fn(moment) };
            sum.add_logarithm(&mut sums, K + 2, x, row.weight);
        }
        sums
    }
}

impl<L: FittedLifetime<K>, const K: usize, const SUMS: usize, const W: usize> Objective for MixtureObjective<L, K, SUMS, W> {
    fn total_weight(&self) -> f64 {
        self.weight
    }

    fn sample(&self) -> Option<&dyn Objective> {
        Some(self.sample.as_deref().map_or(self as &dyn Objective, |sample| sample))
    }

    fn returns_to_known(&self, from: &[f64], to: &[f64]) -> bool {
        let lifetime = |parameters: &[f64]| parameters.get(2..).and_then(|of_lifetime| of_lifetime.try_into().ok()).map(L::of);
        let longest = self.times.last().copied().unwrap_or(0.0);
        lifetime(from).zip(lifetime(to)).is_some_and(|(from, to)| from.returns(&to, longest))
    }

    fn evaluate(&self, parameters: &[f64]) -> Derivatives {
        let nothing = || Derivatives { value: f64::NAN, gradient: Vec::new(), hessian: Vec::new() };
        let &[r, alpha, ref of_lifetime @ ..] = parameters else { return nothing() };
        let Ok(of_lifetime) = of_lifetime.try_into() else { return nothing() };
        let lifetime = L::of(of_lifetime);
        let grid = self.grid(&lifetime, r, alpha);
        let groups = parallel::map_by_cost(self.threads, &grid.costs, |i| self.of_group(&self.groups[i], &grid, i, (r, alpha, &lifetime)));
        let mut sums = [0.0; SUMS];
        for group in &groups {
            for (sum, value) in sums.iter_mut().zip(group) {
                *sum += value;
            }
        }
        let n = K + 2;
        Derivatives::from_natural(parameters, sums[0], &sums[1..=n], |i, j| sums[place(n, i, j)])
    }
}
