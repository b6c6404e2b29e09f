//! Does the default fit find the maximum? 200 simulated customer bases per model, each fitted once by default and from 30 random starts.

use std::time::Instant;

use crm_value::{
    BgNbd, CustomerSummary, FitOptions, FitReport, FitWarning, GammaGamma, GgompertzNbd, MbgNbd, Nbd, ParetoNbd, Patterns, RandomStream,
    Result, Simulate, Simulation, TimeUnit,
};

const UNIT: TimeUnit = TimeUnit::Week;
/// What a random start may gain over the default fit.
const TOLERANCE: f64 = 1e-6;

/// Numbers spread evenly over orders of magnitude.
struct Draw(RandomStream);

impl Draw {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        (low.ln() + self.0.uniform() * (high / low).ln()).exp()
    }

    fn shape(&mut self) -> f64 {
        self.between(0.05, 20.0)
    }
}

/// What is wanted of a model: a truth for a time frame and a mean number of purchases, a fit, and a random start for a time frame.
struct Family {
    name: &'static str,
    truth: fn(&mut Draw, time: f64, mean: f64) -> Result<Box<dyn Simulate>>,
    fit: fn(&Base, &FitOptions) -> Result<FitReport>,
    start: fn(&mut Draw, time: f64) -> Vec<f64>,
}

/// A simulated base.
struct Base {
    customers: CustomerSummary,
    patterns: Patterns,
}

const FAMILIES: &[Family] = &[
    Family {
        name: "NBD",
        truth: |draw, time, mean| {
            let r = draw.shape();
            Ok(Box::new(Nbd::new(r, r * time / mean, UNIT)?))
        },
        fit: |base, options| Ok(Nbd::fit_patterns(&base.patterns, options)?.report().clone()),
        start: |draw, time| vec![draw.shape(), time * draw.between(0.02, 5.0)],
    },
    Family {
        name: "BG/NBD",
        truth: |draw, time, mean| {
            let r = draw.shape();
            Ok(Box::new(BgNbd::new(r, r * time / mean, draw.shape(), draw.shape(), UNIT)?))
        },
        fit: |base, options| Ok(BgNbd::fit_patterns(&base.patterns, options)?.report().clone()),
        start: |draw, time| vec![draw.shape(), time * draw.between(0.02, 5.0), draw.shape(), draw.shape()],
    },
    Family {
        name: "MBG/NBD",
        truth: |draw, time, mean| {
            let r = draw.shape();
            Ok(Box::new(MbgNbd::new(r, r * time / mean, draw.shape(), draw.shape(), UNIT)?))
        },
        fit: |base, options| Ok(MbgNbd::fit_patterns(&base.patterns, options)?.report().clone()),
        start: |draw, time| vec![draw.shape(), time * draw.between(0.02, 5.0), draw.shape(), draw.shape()],
    },
    Family {
        name: "Pareto/NBD",
        truth: |draw, time, mean| {
            let (r, s) = (draw.shape(), draw.shape());
            Ok(Box::new(ParetoNbd::new(r, r * time / mean, s, s * time * draw.between(0.1, 10.0), UNIT)?))
        },
        fit: |base, options| Ok(ParetoNbd::fit_patterns(&base.patterns, options)?.report().clone()),
        start: |draw, time| vec![draw.shape(), time * draw.between(0.02, 5.0), draw.shape(), time * draw.between(0.02, 5.0)],
    },
    Family {
        name: "GGompertz/NBD",
        truth: |draw, time, mean| {
            let (r, s) = (draw.shape(), draw.shape());
            Ok(Box::new(GgompertzNbd::new(r, r * time / mean, draw.between(0.1, 20.0) / time, s, draw.shape(), UNIT)?))
        },
        fit: |base, options| Ok(GgompertzNbd::fit_patterns(&base.patterns, options)?.report().clone()),
        start: |draw, time| vec![draw.shape(), time * draw.between(0.02, 5.0), draw.between(0.1, 20.0) / time, draw.shape(), draw.shape()],
    },
    Family {
        name: "Gamma-Gamma",
        truth: |draw, time, mean| {
            let r = draw.shape();
            Ok(Box::new(Nbd::new(r, r * time / mean, UNIT)?))
        },
        fit: |base, options| Ok(GammaGamma::fit_with(&base.customers, options)?.report().clone()),
        start: |draw, _| vec![draw.shape(), draw.shape(), 20.0 * draw.between(0.05, 20.0)],
    },
];

/// 500 to 5,000 customers, observed for 5 to 500 weeks or a part of that, with 0.3 to 30 purchases each if they stayed.
fn simulate(family: &Family, draw: &mut Draw, seed: u64) -> Result<(f64, String, Base)> {
    let customers = draw.between(500.0, 5_000.0) as usize;
    let time = draw.between(5.0, 500.0);
    let mean = draw.between(0.3, 30.0);
    let truth = (family.truth)(draw, time, mean)?;
    let spend = GammaGamma::new(draw.shape(), draw.shape(), 20.0 * draw.between(0.05, 20.0))?;
    // T in whole days.
    let ages: Vec<f64> = (0..customers).map(|_| (7.0 * time * (0.3 + 0.7 * draw.0.uniform())).ceil() / 7.0).collect();
    let customers = Simulation::with_ages(&ages, UNIT).seed(seed).spend(&spend).run(&*truth)?.summary()?;
    let told = format!("{} customers, {time:.1} weeks, {:?}", customers.len(), truth.parameters());
    let patterns = Patterns::of(&customers);
    Ok((time, told, Base { customers, patterns }))
}

/// Prints, per model, how many fits reached the best of the random starts, how many that did not name the ridge or boundary they ran to, and
/// how many did neither; with `detail` also which.
pub(crate) fn run(sets: u64, starts: usize, model: Option<&str>, detail: bool) -> Result<()> {
    println!(
        "{:<14} {:>5} {:>8} {:>6} {:>7} {:>7} {:>10} {:>10} {:>10} {:>10}",
        "convergence", "sets", "reached", "named", "failed", "warned", "worst gap", "iterations", "mean ms", "max ms"
    );
    for family in FAMILIES.iter().filter(|family| model.is_none_or(|model| model == family.name)) {
        let [mut used, mut reached, mut named, mut failed, mut warned, mut iterations] = [0_usize; 6];
        let (mut total, mut longest, mut worst) = (0.0, 0.0_f64, 0.0_f64);
        for set in 0..sets {
            let mut draw = Draw(RandomStream::new(2_026, set));
            let (time, told, base) = simulate(family, &mut draw, set)?;
            if base.customers.repeat_customers() == 0 {
                continue;
            }
            used += 1;
            let start = Instant::now();
            let report = (family.fit)(&base, &FitOptions::new())?;
            let elapsed = 1e3 * start.elapsed().as_secs_f64();
            total += elapsed;
            longest = longest.max(elapsed);
            iterations += report.iterations;
            let names = report.warnings.iter().any(|warning| matches!(warning, FitWarning::Ridge { .. } | FitWarning::Boundary { .. }));
            warned += usize::from(names);
            let mut best = f64::NEG_INFINITY;
            let mut at = Vec::new();
            for _ in 0..starts {
                let start = (family.start)(&mut draw, time);
                if let Ok(other) = (family.fit)(&base, &FitOptions::new().start(&start))
                    && other.log_likelihood > best
                {
                    best = other.log_likelihood;
                    at = other.estimates.iter().map(|estimate| estimate.value).collect();
                }
            }
            let gap = best - report.log_likelihood;
            if gap <= TOLERANCE {
                reached += 1;
            } else {
                worst = worst.max(gap);
                *(if names { &mut named } else { &mut failed }) += 1;
            }
            if detail && (gap > TOLERANCE || elapsed > 50.0) {
                let estimates: Vec<f64> = report.estimates.iter().map(|estimate| estimate.value).collect();
                println!("  set {set}: gap {gap:.2e}, {elapsed:.1} ms, {} iterations, {told}", report.iterations);
                println!("    found {estimates:.4?}, best {at:.4?}, {:?}", report.warnings);
            }
        }
        println!(
            "{:<14} {used:>5} {reached:>8} {named:>6} {failed:>7} {warned:>7} {worst:>10.1e} {:>10.1} {:>10.2} {longest:>10.2}",
            family.name,
            iterations as f64 / used as f64,
            total / used as f64
        );
    }
    Ok(())
}
