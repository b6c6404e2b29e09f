//! Simulated customer bases: BG/NBD purchases and dropout, gamma-gamma spend, whole days, rows in order of date.

use crm_value::Date;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, Gamma, Pareto, Poisson};

/// Two kinds of business.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// Like CDNOW: a quarter of entries, 39 weeks, most customers buy once (r 0.243, α 4.414, a 0.793, b 2.426).
    Cdnow,
    /// Like a grocer's loyalty card: two years of entries, three years, some 18 occasions each (r 1.5, α 5, a 0.5, b 8).
    Dense,
}

impl Shape {
    /// (r, α in weeks, a, b, weeks of entry, weeks of observation, first day, mean rows per customer)
    fn parameters(self) -> (f64, f64, f64, f64, f64, f64, i32, f64) {
        match self {
            Shape::Cdnow => (0.243, 4.414, 0.793, 2.426, 12.0, 39.0, 9_862, 2.04),
            Shape::Dense => (1.5, 5.0, 0.5, 8.0, 104.0, 156.0, 18_628, 18.2),
        }
    }
}

/// A transaction log in columns.
pub(crate) struct Log {
    pub(crate) ids: Vec<u64>,
    pub(crate) days: Vec<i32>,
    pub(crate) amounts: Vec<f64>,
    pub(crate) customers: usize,
    pub(crate) end: Date,
}

impl Log {
    /// A log of about that many rows.
    pub(crate) fn with_rows(shape: Shape, rows: usize, seed: u64) -> Self {
        let mut log = Self::with_customers(shape, (rows as f64 / shape.parameters().7) as usize, seed);
        log.ids.truncate(rows);
        log.days.truncate(rows);
        log.amounts.truncate(rows);
        log
    }

    /// A log of that many customers.
    pub(crate) fn with_customers(shape: Shape, customers: usize, seed: u64) -> Self {
        let (r, alpha, a, b, entry_weeks, end_weeks, origin, _) = shape.parameters();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut rows: Vec<(i32, u32, f64)> = Vec::new();
        for customer in 0..customers as u32 {
            simulate(&mut rng, (r, alpha, a, b), (7.0 * entry_weeks, 7.0 * end_weeks), |day, amount| {
                rows.push((origin + day, customer, amount))
            });
        }
        // Within a day the customers come in no order.
        rows.sort_unstable_by_key(|&(day, customer, _)| (day, customer.wrapping_mul(2_654_435_761)));
        Log {
            ids: rows.iter().map(|row| row.1.into()).collect(),
            days: rows.iter().map(|row| row.0).collect(),
            amounts: rows.iter().map(|row| row.2).collect(),
            customers,
            end: Date::from_days(origin + (7.0 * end_weeks) as i32).expect("a date of this century"),
        }
    }
}

/// One customer's purchases: the first one at entry, then Poisson until dropout or the end.
fn simulate(rng: &mut impl Rng, (r, alpha, a, b): (f64, f64, f64, f64), (entry_days, end_days): (f64, f64), mut buy: impl FnMut(i32, f64)) {
    let gamma = |shape: f64, scale: f64| Gamma::new(shape, scale).expect("positive parameters");
    let per_day = gamma(r, 1.0 / alpha).sample(rng) / 7.0;
    let dropout: f64 = Beta::new(a, b).expect("positive parameters").sample(rng);
    let entry = rng.random::<f64>() * entry_days;
    let nu = gamma(3.74, 1.0 / 15.44).sample(rng);
    let spend = gamma(6.25, 1.0);
    let amount = |rng: &mut _| ((spend.sample(rng) / nu * 100.0).round() / 100.0).max(0.01);
    buy(entry as i32, amount(rng));
    let left = end_days - entry;
    let mean = per_day * left;
    let potential = if mean > 1e-12 { Poisson::new(mean).expect("a positive mean").sample(rng) as usize } else { 0 };
    let mut times: Vec<f64> = (0..potential).map(|_| rng.random::<f64>() * left).collect();
    times.sort_unstable_by(f64::total_cmp);
    for time in times {
        buy((entry + time) as i32, amount(rng));
        if rng.random::<f64>() < dropout {
            break;
        }
    }
}

/// Heavy-tailed values: Pareto with index 1.16, of which 20 % hold 80 %.
pub(crate) fn pareto_values(n: usize, seed: u64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let pareto = Pareto::new(1.0, 1.16).expect("positive parameters");
    (0..n).map(|_| pareto.sample(&mut rng)).collect()
}
