//! What must hold whatever the numbers: property tests over wide ranges of parameters and histories, one list for all models of a family.
//!
//! The cases are the same in every run. `PROPTEST_RNG_SEED` draws others, `PROPTEST_CASES` more of them.

mod contracts;
mod extremes;
mod opportunities;
mod purchases;
mod spend;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// So many cases from a fixed seed, unless the environment asks for others.
fn config(cases: u32) -> ProptestConfig {
    let given = ProptestConfig::default();
    ProptestConfig {
        cases: if std::env::var_os("PROPTEST_CASES").is_some() { given.cases } else { cases },
        rng_seed: if given.rng_seed == RngSeed::Random { RngSeed::Fixed(20_261_127) } else { given.rng_seed },
        failure_persistence: None,
        ..given
    }
}

/// Log-uniform over several decades.
fn positive(low: f64, high: f64) -> impl Strategy<Value = f64> {
    (low.ln()..high.ln()).prop_map(f64::exp)
}

/// Sum and mean of the probabilities of the counts 0, 1, ..., until what is left is negligible; `mean` is about where they lie.
fn total_and_mean(pmf: impl Fn(u32) -> f64, mean: f64) -> (f64, f64) {
    let (mut total, mut first_moment) = (0.0, 0.0);
    for n in 0..100_000 {
        let p = pmf(n);
        assert!((0.0..=1.0 + 1e-12).contains(&p), "P({n}) is {p}");
        total += p;
        first_moment += f64::from(n) * p;
        if f64::from(n) > 2.0 * mean + 20.0 && f64::from(n) * p < 1e-16 * first_moment.max(1e-300) {
            break;
        }
    }
    (total, first_moment)
}
