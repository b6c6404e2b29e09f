//! Does the default fit find the maximum? Simulated customer bases per model, each fitted once by default and from many random starts.

use std::time::Instant;

use crm_value::{
    BetaDiscreteWeibull, BgBb, BgCnbdK, BgNbd, ContractSimulation, CustomerSummary, FitOptions, FitReport, FitWarning, GammaGamma,
    Geometric, GgompertzNbd, MbgCnbdK, MbgNbd, Model, Nbd, OpportunitySimulation, ParetoNbd, Patterns, RandomStream, Result,
    ShiftedBetaGeometric, Simulate, SimulateContract, Simulation, Tenures, TimeUnit,
};

const UNIT: TimeUnit = TimeUnit::Week;
/// What a random start may gain over the default fit.
const TOLERANCE: f64 = 1e-6;

/// What is tried, and how much of it is told.
#[derive(Clone)]
pub(crate) struct Settings {
    /// Which of the simulated bases.
    pub(crate) sets: std::ops::Range<u64>,
    pub(crate) starts: u64,
    pub(crate) seed: u64,
    /// One model only.
    pub(crate) model: Option<String>,
    /// Particulars of every doubtful fit.
    pub(crate) detail: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { sets: 0..200, starts: 30, seed: 2_026, model: None, detail: false }
    }
}

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

/// How large a base is, how long it is observed and how often its customers buy.
struct Size {
    seed: u64,
    customers: usize,
    time: f64,
    mean: f64,
}

/// A simulated base, and how its model is fitted to it.
struct Base {
    told: String,
    /// Whether the base tells anything about the model.
    usable: bool,
    fit: Box<Fit>,
}

type Fit = dyn Fn(&FitOptions) -> Result<FitReport>;

/// What is wanted of a model: a base with a random truth, and a random start for a time frame.
struct Family {
    name: &'static str,
    base: fn(&mut Draw, &Size) -> Result<Base>,
    start: fn(&mut Draw, time: f64) -> Vec<f64>,
}

const FAMILIES: &[Family] = &[
    Family {
        name: "NBD",
        base: |draw, size| {
            let r = draw.shape();
            customers(draw, size, &Nbd::new(r, r * size.time / size.mean, UNIT)?, |patterns, options| {
                Ok(Nbd::fit_patterns(patterns, options)?.into_report())
            })
        },
        start: |draw, time| vec![draw.shape(), time * draw.between(0.02, 5.0)],
    },
    Family {
        name: "BG/NBD",
        base: |draw, size| {
            let r = draw.shape();
            let truth = BgNbd::new(r, r * size.time / size.mean, draw.shape(), draw.shape(), UNIT)?;
            customers(draw, size, &truth, |patterns, options| Ok(BgNbd::fit_patterns(patterns, options)?.into_report()))
        },
        start: |draw, time| vec![draw.shape(), time * draw.between(0.02, 5.0), draw.shape(), draw.shape()],
    },
    Family {
        name: "MBG/NBD",
        base: |draw, size| {
            let r = draw.shape();
            let truth = MbgNbd::new(r, r * size.time / size.mean, draw.shape(), draw.shape(), UNIT)?;
            customers(draw, size, &truth, |patterns, options| Ok(MbgNbd::fit_patterns(patterns, options)?.into_report()))
        },
        start: |draw, time| vec![draw.shape(), time * draw.between(0.02, 5.0), draw.shape(), draw.shape()],
    },
    Family {
        name: "BG/CNBD-3",
        base: |draw, size| {
            let r = draw.shape();
            let truth = BgCnbdK::new(REGULARITY, r, r * size.time / size.mean / K, draw.shape(), draw.shape(), UNIT)?;
            customers(draw, size, &truth, |patterns, options| {
                Ok(BgCnbdK::fit_patterns(patterns, &options.clone().fix("k", K))?.into_report())
            })
        },
        start: |draw, time| vec![K, draw.shape(), time * draw.between(0.02, 5.0), draw.shape(), draw.shape()],
    },
    Family {
        name: "MBG/CNBD-3",
        base: |draw, size| {
            let r = draw.shape();
            let truth = MbgCnbdK::new(REGULARITY, r, r * size.time / size.mean / K, draw.shape(), draw.shape(), UNIT)?;
            customers(draw, size, &truth, |patterns, options| {
                Ok(MbgCnbdK::fit_patterns(patterns, &options.clone().fix("k", K))?.into_report())
            })
        },
        start: |draw, time| vec![K, draw.shape(), time * draw.between(0.02, 5.0), draw.shape(), draw.shape()],
    },
    Family {
        name: "Pareto/NBD",
        base: |draw, size| {
            let (r, s) = (draw.shape(), draw.shape());
            let truth = ParetoNbd::new(r, r * size.time / size.mean, s, s * size.time * draw.between(0.1, 10.0), UNIT)?;
            customers(draw, size, &truth, |patterns, options| Ok(ParetoNbd::fit_patterns(patterns, options)?.into_report()))
        },
        start: |draw, time| vec![draw.shape(), time * draw.between(0.02, 5.0), draw.shape(), time * draw.between(0.02, 5.0)],
    },
    Family {
        name: "GGompertz/NBD",
        base: |draw, size| {
            let (r, s) = (draw.shape(), draw.shape());
            let b = draw.between(0.1, 20.0) / size.time;
            let truth = GgompertzNbd::new(r, r * size.time / size.mean, b, s, draw.shape(), UNIT)?;
            customers(draw, size, &truth, |patterns, options| Ok(GgompertzNbd::fit_patterns(patterns, options)?.into_report()))
        },
        start: |draw, time| vec![draw.shape(), time * draw.between(0.02, 5.0), draw.between(0.1, 20.0) / time, draw.shape(), draw.shape()],
    },
    Family {
        name: "BG/BB",
        base: |draw, size| {
            let truth = BgBb::new(draw.shape(), draw.shape(), draw.shape(), draw.shape())?;
            let longest = draw.between(3.0, 60.0);
            let opportunities: Vec<u32> = (0..size.customers).map(|_| (longest * (0.3 + 0.7 * draw.0.uniform())).ceil() as u32).collect();
            let donors = OpportunitySimulation::with_opportunities(&opportunities).seed(size.seed).run(&truth)?.summary()?;
            Ok(Base {
                told: format!("{} customers, {longest:.0} opportunities, {:?}", size.customers, truth.parameters()),
                usable: donors.histories().iter().any(|history| history.frequency() > 0),
                fit: Box::new(move |options| Ok(BgBb::fit_with(&donors, options)?.into_report())),
            })
        },
        start: |draw, _| vec![draw.shape(), draw.shape(), draw.shape(), draw.shape()],
    },
    Family {
        name: "Geometric",
        base: |draw, size| {
            let truth = Geometric::new(draw.between(0.005, 0.9))?;
            contracts(draw, size, &truth, |tenures, options| Ok(Geometric::fit_with(tenures, options)?.into_report()))
        },
        start: |draw, _| vec![draw.between(0.005, 0.9)],
    },
    Family {
        name: "sBG",
        base: |draw, size| {
            let truth = ShiftedBetaGeometric::new(draw.shape(), draw.shape())?;
            contracts(draw, size, &truth, |tenures, options| Ok(ShiftedBetaGeometric::fit_with(tenures, options)?.into_report()))
        },
        start: |draw, _| vec![draw.shape(), draw.shape()],
    },
    Family {
        name: "BdW",
        base: |draw, size| {
            let truth = BetaDiscreteWeibull::new(draw.shape(), draw.shape(), draw.between(0.3, 3.0))?;
            contracts(draw, size, &truth, |tenures, options| Ok(BetaDiscreteWeibull::fit_with(tenures, options)?.into_report()))
        },
        start: |draw, _| vec![draw.shape(), draw.shape(), draw.between(0.3, 3.0)],
    },
    Family {
        name: "Gamma-Gamma",
        base: |draw, size| {
            let r = draw.shape();
            let customers = simulate(draw, size, &Nbd::new(r, r * size.time / size.mean, UNIT)?)?;
            Ok(Base {
                told: format!("{} customers", customers.len()),
                usable: customers.repeat_customers() > 0,
                fit: Box::new(move |options| Ok(GammaGamma::fit_with(&customers, options)?.into_report())),
            })
        },
        start: |draw, _| vec![draw.shape(), draw.shape(), 20.0 * draw.between(0.05, 20.0)],
    },
];

/// The k of the models with regular purchases.
const REGULARITY: u32 = 3;
const K: f64 = REGULARITY as f64;

/// 500 to 5,000 customers, observed for 5 to 500 weeks or a part of that, with 0.3 to 30 purchases each if they stayed.
fn size(draw: &mut Draw, seed: u64) -> Size {
    Size { seed, customers: draw.between(500.0, 5_000.0) as usize, time: draw.between(5.0, 500.0), mean: draw.between(0.3, 30.0) }
}

fn simulate(draw: &mut Draw, size: &Size, truth: &dyn Simulate) -> Result<CustomerSummary> {
    let spend = GammaGamma::new(draw.shape(), draw.shape(), 20.0 * draw.between(0.05, 20.0))?;
    // T in whole days.
    let ages: Vec<f64> = (0..size.customers).map(|_| (7.0 * size.time * (0.3 + 0.7 * draw.0.uniform())).ceil() / 7.0).collect();
    Simulation::with_ages(&ages, UNIT).seed(size.seed).spend(&spend).run(truth)?.summary()
}

fn customers(
    draw: &mut Draw,
    size: &Size,
    truth: &dyn Simulate,
    fit: impl Fn(&Patterns, &FitOptions) -> Result<FitReport> + 'static,
) -> Result<Base> {
    let customers = simulate(draw, size, truth)?;
    let patterns = Patterns::of(&customers);
    Ok(Base {
        told: format!("{} customers, {:.1} weeks, {:?}", customers.len(), size.time, truth.parameters()),
        usable: customers.repeat_customers() > 0,
        fit: Box::new(move |options| fit(&patterns, options)),
    })
}

fn contracts(
    draw: &mut Draw,
    size: &Size,
    truth: &dyn SimulateContract,
    fit: impl Fn(&Tenures, &FitOptions) -> Result<FitReport> + 'static,
) -> Result<Base> {
    let longest = draw.between(4.0, 40.0);
    let periods: Vec<u32> = (0..size.customers).map(|_| (longest * (0.3 + 0.7 * draw.0.uniform())).ceil() as u32).collect();
    let simulated = ContractSimulation::with_periods(&periods).seed(size.seed).run(truth)?;
    let churned = simulated.churned().into_iter().filter(|&churned| churned).count();
    let renewed = simulated.tenure().into_iter().any(|tenure| tenure > 1);
    let tenures = simulated.tenures()?;
    Ok(Base {
        told: format!("{} customers, {churned} left, {longest:.0} periods, {:?}", size.customers, truth.parameters()),
        usable: churned > 0 && renewed,
        fit: Box::new(move |options| fit(&tenures, options)),
    })
}

/// Prints, per model, how many fits reached the best of the random starts, how many that did not name the ridge or boundary they ran to, and
/// how many did neither; with `detail` also which.
pub(crate) fn run(settings: &Settings) -> Result<()> {
    let &Settings { ref sets, starts, seed, ref model, detail } = settings;
    println!(
        "{:<14} {:>5} {:>8} {:>6} {:>7} {:>7} {:>10} {:>10} {:>10} {:>10}",
        "convergence", "sets", "reached", "named", "failed", "warned", "worst gap", "iterations", "mean ms", "max ms"
    );
    for family in FAMILIES.iter().filter(|family| model.as_ref().is_none_or(|model| model == family.name)) {
        let [mut used, mut reached, mut named, mut failed, mut warned, mut iterations] = [0_usize; 6];
        let (mut total, mut longest, mut worst) = (0.0, 0.0_f64, 0.0_f64);
        for set in sets.clone() {
            let mut draw = Draw(RandomStream::new(seed, set));
            let size = size(&mut draw, set);
            let Base { told, usable, fit } = (family.base)(&mut draw, &size)?;
            if !usable {
                continue;
            }
            used += 1;
            let start = Instant::now();
            let report = fit(&FitOptions::new())?;
            let elapsed = 1e3 * start.elapsed().as_secs_f64();
            total += elapsed;
            longest = longest.max(elapsed);
            iterations += report.iterations;
            let names = report.warnings.iter().any(|warning| {
                matches!(warning, FitWarning::Ridge { .. } | FitWarning::Boundary { .. } | FitWarning::TooFewOutcomes { .. })
            });
            warned += usize::from(names);
            let mut best = f64::NEG_INFINITY;
            let mut at = Vec::new();
            for _ in 0..starts {
                let start = (family.start)(&mut draw, size.time);
                if let Ok(other) = fit(&FitOptions::new().start(&start))
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
            if detail && (gap > TOLERANCE || elapsed > 500.0) {
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
