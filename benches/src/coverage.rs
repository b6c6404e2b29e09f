//! Do 95 % intervals cover? Simulated bases of a known model, each fitted; how often the interval holds the truth.

use crm_value::{BgNbd, FitOptions, FitReport, ParetoNbd, Patterns, Result, Simulate, Simulation, Span, TimeUnit};

const UNIT: TimeUnit = TimeUnit::Week;
const CUSTOMERS: usize = 3_000;
const LEVEL: f64 = 0.95;

/// Prints the share of `sets` bases whose interval holds the truth, per parameter.
pub(crate) fn run(sets: u64) -> Result<()> {
    println!("{:<14} {:>6} {:>10} {:>10} {:>12} {:>12}", "coverage", "sets", "parameter", "truth", "covered", "no interval");
    let bg = BgNbd::new(0.243, 4.414, 0.793, 2.426, UNIT)?;
    cover(&bg, sets, |patterns| Ok(BgNbd::fit_patterns(patterns, &FitOptions::new())?.report().clone()))?;
    let pareto = ParetoNbd::new(0.553, 10.578, 0.606, 11.669, UNIT)?;
    cover(&pareto, sets, |patterns| Ok(ParetoNbd::fit_patterns(patterns, &FitOptions::new())?.report().clone()))
}

fn cover(truth: &dyn Simulate, sets: u64, fit: impl Fn(&Patterns) -> Result<FitReport>) -> Result<()> {
    let parameters = truth.parameters();
    let mut covered = vec![0_u32; parameters.len()];
    let mut without = 0_u32;
    for seed in 0..sets {
        let simulated = Simulation::observed_for(CUSTOMERS, Span::new(78.0, UNIT)?).seed(seed).run(truth)?;
        let report = fit(&Patterns::of(&simulated.summary()?))?;
        let intervals = report.confidence_intervals(LEVEL)?;
        without += u32::from(intervals.iter().any(Option::is_none));
        for ((covered, (_, value)), interval) in covered.iter_mut().zip(&parameters).zip(intervals) {
            *covered += u32::from(interval.is_some_and(|(low, high)| (low..=high).contains(value)));
        }
    }
    for ((name, value), covered) in parameters.iter().zip(covered) {
        println!(
            "{:<14} {sets:>6} {name:>10} {value:>10} {:>10.1} % {without:>12}",
            truth.name(),
            100.0 * f64::from(covered) / sets as f64
        );
    }
    Ok(())
}
