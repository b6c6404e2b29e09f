//! Benchmarks of crm_value: `cargo xtask bench [--quick] [CASE ...]`; `--help` names the cases and what `convergence` takes besides.
//!
//! Each case runs in a process of its own, so that its peak memory can be told apart. Data are built outside the timed part, from fixed seeds.
//! Times are medians; `--quick` runs small sizes once, to show that nothing has rotted.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod convergence;
mod coverage;
mod data;

use std::hint::black_box;
use std::time::{Duration, Instant};

use crm_value::{
    Assumption, BetaDiscreteWeibull, BgBb, BgCnbdK, BgNbd, CalendarPeriod, ClvModel, ColdStart, Concentration, CustomerSummary, Date,
    Forecast, GammaGamma, Geometric, GgompertzNbd, MbgCnbdK, MbgNbd, Nbd, OpportunitySummary, ParetoNbd, Patterns, PredictiveClv, Rfm,
    RfmrPoints, SegmentTable, ShareRule, ShiftedBetaGeometric, Tenures, TimeUnit, TransactionLog, WhaleCurve, parse_dates,
};
use data::{Log, Shape};

type Failure = Box<dyn std::error::Error>;

/// A case: its name, and what it prints.
type Case = (&'static str, fn(&Settings) -> Result<(), Failure>);

const CASES: &[Case] = &[
    ("cdnow", cdnow),
    ("donations", donations),
    ("contracts", contracts),
    ("summary-cdnow", |settings| summary(settings, Shape::Cdnow)),
    ("summary-dense", |settings| summary(settings, Shape::Dense)),
    ("summary-sparse-ids", summary_sparse),
    ("summary-text-ids", summary_text),
    ("fit-cdnow", |settings| fit(settings, Shape::Cdnow)),
    ("fit-dense", |settings| fit(settings, Shape::Dense)),
    ("clv-cdnow", |settings| clv(settings, Shape::Cdnow)),
    ("clv-dense", |settings| clv(settings, Shape::Dense)),
    ("rfm", rfm),
    ("concentration", concentration),
    ("cohorts", cohorts),
    ("forecast", forecast),
    ("convergence", convergence),
    ("coverage", |settings| Ok(coverage::run(if settings.quick { 5 } else { 1_000 })?)),
];

/// These take many minutes and run only when asked for by name, or quickly.
const ONLY_BY_NAME: [&str; 2] = ["convergence", "coverage"];

struct Settings {
    quick: bool,
    convergence: convergence::Settings,
}

/// Options of the case `convergence` that take a value.
const VALUED: [&str; 5] = ["--model", "--sets", "--set", "--starts", "--seed"];

const HELP: &str = "usage: cargo xtask bench [--quick] [CASE ...]
       cargo xtask bench convergence [--model NAME] [--sets N] [--set N] [--starts N] [--seed N] [--detail]

--quick   small sizes, once: only to see that they run
--model   one model only, by its name in the table
--sets    simulated bases per model (200)
--set     only this one of them, by the number that --detail gives it
--starts  random starts that compete with the default fit (30)
--seed    of the bases and starts (2026)
--detail  particulars of every fit that fell short or took over half a second
";

impl Settings {
    fn rows(&self) -> usize {
        if self.quick { 20_000 } else { 10_000_000 }
    }

    fn customers(&self) -> usize {
        if self.quick { 5_000 } else { 1_000_000 }
    }

    fn repeats(&self, usual: usize) -> usize {
        if self.quick { 1 } else { usual }
    }
}

fn main() -> Result<(), Failure> {
    let mut settings = Settings { quick: false, convergence: convergence::Settings::default() };
    let (mut chosen, mut options, mut child) = (Vec::new(), Vec::new(), false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument.starts_with("--") {
            options.push(argument.clone());
        }
        match argument.as_str() {
            "--quick" => settings.quick = true,
            "--detail" => settings.convergence.detail = true,
            option if VALUED.contains(&option) => {
                let value = arguments.next().ok_or_else(|| format!("{option} needs a value"))?;
                options.push(value.clone());
                let number = || value.parse::<u64>().map_err(|_| format!("{option} takes a whole number, not `{value}`"));
                match option {
                    "--model" => settings.convergence.model = Some(value),
                    "--sets" => settings.convergence.sets = 0..number()?,
                    "--set" => settings.convergence.sets = number()?..number()? + 1,
                    "--starts" => settings.convergence.starts = number()?,
                    _ => settings.convergence.seed = number()?,
                }
            }
            "--child" => child = true,
            "--help" | "-h" => {
                println!("{HELP}\ncases: {}", names());
                return Ok(());
            }
            case if CASES.iter().any(|(name, _)| *name == case) => chosen.push(argument),
            other => return Err(format!("unknown case `{other}`; the cases are {}", names()).into()),
        }
    }
    if child {
        for (name, run) in CASES.iter().filter(|(name, _)| chosen.iter().any(|chosen| chosen == name)) {
            run(&settings).map_err(|error| format!("{name}: {error}"))?;
        }
        return Ok(());
    }
    println!("{} threads, {} {}", std::thread::available_parallelism()?, std::env::consts::ARCH, std::env::consts::OS);
    println!("{:<66} {:>11} {:>11}", "job", "median", "fastest");
    let unasked = |name: &str| chosen.is_empty() && (settings.quick || !ONLY_BY_NAME.contains(&name));
    for (name, _) in CASES.iter().filter(|(name, _)| unasked(name) || chosen.iter().any(|chosen| chosen == name)) {
        let mut command = std::process::Command::new(std::env::current_exe()?);
        command.args(["--child", name]).args(&options);
        if !command.status()?.success() {
            return Err(format!("case {name} failed").into());
        }
    }
    Ok(())
}

fn names() -> String {
    CASES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
}

/// Times a job and prints its median and fastest run; returns the last result.
fn time<T>(label: &str, repeats: usize, mut job: impl FnMut() -> T) -> T {
    let mut result = Some(black_box(job()));
    let mut times: Vec<Duration> = Vec::with_capacity(repeats);
    for _ in 0..repeats {
        // One result at a time, so that peak memory is that of one run.
        drop(result.take());
        let start = Instant::now();
        result = Some(black_box(job()));
        times.push(start.elapsed());
    }
    times.sort();
    println!("{label:<66} {:>11} {:>11}", readable(times[times.len() / 2]), readable(times[0]));
    result.unwrap_or_else(job)
}

fn readable(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds >= 1.0 {
        format!("{seconds:.3} s")
    } else if seconds >= 1e-3 {
        format!("{:.3} ms", seconds * 1e3)
    } else {
        format!("{:.1} us", seconds * 1e6)
    }
}

/// Peak resident memory of this process in bytes, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

/// Forgets the peak so far (Linux), so that building the data does not count.
fn reset_peak_memory() -> bool {
    std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// The CDNOW sample: the real thing, small.
fn cdnow(settings: &Settings) -> Result<(), Failure> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/cdnow.csv");
    let text = std::fs::read_to_string(path)?;
    let (mut ids, mut dates, mut amounts) = (Vec::new(), Vec::new(), Vec::new());
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        ids.push(fields[0].parse::<u64>()?);
        dates.push(fields[1]);
        amounts.push(fields[3].parse::<f64>()?);
    }
    let days = parse_dates("date", &dates)?;
    let end = Date::from_ymd(1997, 9, 30)?;
    let repeats = settings.repeats(201);
    let log = TransactionLog::from_columns(&ids, &days, &amounts)?;
    let summarize = || TransactionLog::from_columns(&ids, &days, &amounts)?.summarize().unit(TimeUnit::Week).observed_until(end).build();
    let customers = time("CDNOW: log and summary, 6,919 rows", repeats, summarize)?;
    let purchases = time("CDNOW: BG/NBD fit, grouping included", repeats, || BgNbd::fit(&customers))?;
    let patterns = Patterns::of(&customers);
    let options = crm_value::FitOptions::new();
    time("CDNOW: NBD fit", repeats, || Nbd::fit_patterns(&patterns, &options))?;
    time("CDNOW: BG/NBD fit", repeats, || BgNbd::fit_patterns(&patterns, &options))?;
    time("CDNOW: MBG/NBD fit", repeats, || MbgNbd::fit_patterns(&patterns, &options))?;
    let with_intervals = log.summarize().unit(TimeUnit::Week).observed_until(end).log_sums(true).build()?;
    let regular = Patterns::of(&with_intervals);
    time("CDNOW: BG/CNBD-2 fit", repeats, || BgCnbdK::fit_patterns(&regular, &options.clone().fix("k", 2.0)))?;
    time("CDNOW: BG/CNBD-k fit, k chosen", repeats, || BgCnbdK::fit_patterns(&regular, &options))?;
    time("CDNOW: MBG/CNBD-k fit, k chosen", repeats, || MbgCnbdK::fit_patterns(&regular, &options))?;
    let pareto = time("CDNOW: Pareto/NBD fit", settings.repeats(51), || ParetoNbd::fit_patterns(&patterns, &options))?;
    let ggompertz = time("CDNOW: GGompertz/NBD fit", settings.repeats(51), || GgompertzNbd::fit_patterns(&patterns, &options))?;
    println!("  {} and {} evaluations of {} patterns", pareto.report().evaluations, ggompertz.report().evaluations, patterns.len());
    let spend = time("CDNOW: Gamma-Gamma fit", repeats, || GammaGamma::fit(&customers))?;
    time("CDNOW: CLV, 36 months", settings.repeats(21), || PredictiveClv::new(&purchases, &spend).value(&customers))?;
    time("CDNOW: CLV, endless", settings.repeats(21), || PredictiveClv::new(&purchases, &spend).endless().value(&customers))?;
    Ok(())
}

/// The donations of Fader, Hardie & Shang (2010): 11,104 donors in 22 groups, and the same donors one by one.
fn donations(settings: &Settings) -> Result<(), Failure> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/donations.csv");
    let text = std::fs::read_to_string(path)?;
    let (mut columns, mut each) = ([const { Vec::new() }; 4], [const { Vec::new() }; 3]);
    for line in text.lines().skip(1) {
        let fields = line.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        for (column, &value) in columns.iter_mut().zip(&fields) {
            column.push(value);
        }
        for (column, &value) in each.iter_mut().zip(&fields) {
            column.extend(std::iter::repeat_n(value, fields[3] as usize));
        }
    }
    let [frequency, recency, n, weight] = &columns;
    let table = OpportunitySummary::from_table(frequency, recency, n, weight)?;
    let donors = OpportunitySummary::from_columns(None, &each[0], &each[1], &each[2])?;
    let repeats = settings.repeats(201);
    let fitted = time("donations: BG/BB fit, table of 22 records", repeats, || BgBb::fit(&table))?;
    time(&format!("donations: BG/BB fit, {} donors", donors.len()), repeats, || BgBb::fit(&donors))?;
    time("donations: expected purchases of every donor, 5 years", repeats, || fitted.expected_purchases(&donors, 5));
    println!("  {} evaluations", fitted.report().evaluations);
    Ok(())
}

/// The regular and the high-end customers of Fader & Hardie (2007), 1,000 each, seven years.
fn contracts(settings: &Settings) -> Result<(), Failure> {
    let regular = [1000.0, 631.0, 468.0, 382.0, 326.0, 289.0, 262.0, 241.0];
    let high_end = [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0];
    let tenures = Tenures::from_survivors(&[&regular, &high_end])?;
    let repeats = settings.repeats(201);
    time("contracts: geometric fit", repeats, || Geometric::fit(&tenures))?;
    time("contracts: sBG fit", repeats, || ShiftedBetaGeometric::fit(&tenures))?;
    time("contracts: BdW fit", repeats, || BetaDiscreteWeibull::fit(&tenures))?;
    Ok(())
}

fn summary(settings: &Settings, shape: Shape) -> Result<(), Failure> {
    let log = Log::with_rows(shape, settings.rows(), 2_000);
    let name = format!("{shape:?}: log and summary, {} rows, {} customers", log.amounts.len(), log.customers);
    run_summary(settings, &log, &name, || TransactionLog::from_columns(&log.ids, &log.days, &log.amounts))
}

fn summary_sparse(settings: &Settings) -> Result<(), Failure> {
    let mut log = Log::with_rows(Shape::Dense, settings.rows(), 2_000);
    // A bijection of u64 (SplitMix64's finaliser): ids without any structure.
    for id in &mut log.ids {
        *id = (*id ^ (*id >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        *id ^= *id >> 27;
    }
    let name = format!("Dense, scattered u64 ids: log and summary, {} rows", log.amounts.len());
    run_summary(settings, &log, &name, || TransactionLog::from_columns(&log.ids, &log.days, &log.amounts))
}

fn summary_text(settings: &Settings) -> Result<(), Failure> {
    let log = Log::with_rows(Shape::Dense, settings.rows() / 10, 2_000);
    let texts: Vec<String> = log.ids.iter().map(|id| format!("C-{id:08}")).collect();
    let name = format!("Dense, text ids: log and summary, {} rows", log.amounts.len());
    run_summary(settings, &log, &name, || TransactionLog::from_columns(&texts, &log.days, &log.amounts))
}

fn run_summary(settings: &Settings, log: &Log, name: &str, read: impl Fn() -> crm_value::Result<TransactionLog>) -> Result<(), Failure> {
    let input = log.amounts.len() * 20;
    let measured = reset_peak_memory();
    let customers = time(name, settings.repeats(3), || read()?.summarize().observed_until(log.end).build())?;
    black_box(customers.repeat_purchases());
    if let Some(peak) = peak_memory().filter(|_| measured) {
        println!(
            "{:<66} {:>8.2} GB {:>10.2}x",
            "  peak memory of the process; as a multiple of the input columns",
            peak as f64 / 1e9,
            peak as f64 / input as f64
        );
    }
    Ok(())
}

fn columns(settings: &Settings, shape: Shape) -> Result<CustomerSummary, Failure> {
    let log = Log::with_customers(shape, settings.customers(), 1_003);
    Ok(TransactionLog::from_columns(&log.ids, &log.days, &log.amounts)?.summarize().observed_until(log.end).build()?)
}

fn fit(settings: &Settings, shape: Shape) -> Result<(), Failure> {
    let customers = columns(settings, shape)?;
    let frequency: Vec<f64> = customers.frequency().iter().map(|&x| f64::from(x)).collect();
    let mean_spend: Vec<f64> = (0..customers.len()).map(|i| customers.mean_spend(i).unwrap_or(0.0)).collect();
    let n = customers.len();
    let read = || CustomerSummary::from_columns(None, &frequency, customers.recency(), customers.age(), Some(&mean_spend), TimeUnit::Week);
    let repeats = settings.repeats(5);
    let name = format!("{shape:?}: BG/NBD fit of {n} customers from columns");
    let fitted = time(&name, repeats, || BgNbd::fit(&read()?))?;
    time("  of which: columns checked and copied", repeats, &read)?;
    let patterns = time("  of which: grouped to patterns", repeats, || Patterns::of(&customers));
    time("  of which: maximised", repeats, || BgNbd::fit_patterns(&patterns, &crm_value::FitOptions::new()))?;
    println!("  {} patterns, {} iterations", fitted.report().patterns, fitted.report().iterations);
    time(&format!("{shape:?}: Gamma-Gamma fit of {n} customers"), repeats, || GammaGamma::fit(&customers))?;
    Ok(())
}

fn clv(settings: &Settings, shape: Shape) -> Result<(), Failure> {
    let customers = columns(settings, shape)?;
    let (purchases, spend) = (BgNbd::fit(&customers)?, GammaGamma::fit(&customers)?);
    let n = customers.len();
    let clv = PredictiveClv::new(&purchases, &spend);
    time(&format!("{shape:?}: CLV of {n} customers, 36 months"), settings.repeats(3), || clv.value(&customers))?;
    time(&format!("{shape:?}: CLV of {n} customers, endless"), settings.repeats(1), || clv.endless().value(&customers))?;
    Ok(())
}

fn forecast(settings: &Settings) -> Result<(), Failure> {
    let customers = columns(settings, Shape::Cdnow)?;
    let (purchases, spend) = (BgNbd::fit(&customers)?, GammaGamma::fit(&customers)?);
    let forecast = Forecast::new(&purchases, &spend).periods(36);
    time(&format!("Forecast of {} customers, 36 months", customers.len()), settings.repeats(3), || forecast.of(&customers))?;
    let draws = if settings.quick { 10_000 } else { 1_000_000 };
    let range = |mean: f64| Assumption::MeanSd { mean, sd: 0.1 * mean };
    let persona = ColdStart::new(range(0.7), range(45.0), range(3.0)).draws(draws);
    time(&format!("Cold-start CLV, {draws} draws"), settings.repeats(3), || persona.simulate())?;
    Ok(())
}

/// The default fit against random starts.
fn convergence(settings: &Settings) -> Result<(), Failure> {
    if settings.quick {
        return Ok(convergence::run(&convergence::Settings { sets: 0..2, starts: 2, ..settings.convergence.clone() })?);
    }
    Ok(convergence::run(&settings.convergence)?)
}

fn rfm(settings: &Settings) -> Result<(), Failure> {
    let log = Log::with_customers(Shape::Cdnow, settings.customers(), 1_003);
    let log = TransactionLog::from_columns(&log.ids, &log.days, &log.amounts)?;
    let summary = log.summarize().unit(TimeUnit::Day).rfm()?;
    time(&format!("RFM scores of {} customers", summary.len()), settings.repeats(5), || Rfm::new().fit(&summary))?;
    time("  nested", settings.repeats(5), || Rfm::new().nested(true).fit(&summary))?;
    let scores = Rfm::new().fit(&summary)?;
    time("  segments, named and summed up", settings.repeats(5), || SegmentTable::default().summarize(&scores, &summary))?;
    let history = time("RFMR history of the log", settings.repeats(5), || log.summarize().rfmr())?;
    let table = RfmrPoints::default();
    time(&format!("RFMR points of {} customers", history.len()), settings.repeats(5), || table.points(&history))?;
    Ok(())
}

fn concentration(settings: &Settings) -> Result<(), Failure> {
    let values = data::pareto_values(settings.rows(), 3_000);
    let name = format!("Lorenz, Gini, top shares and tiers of {} values", values.len());
    time(&name, settings.repeats(3), || -> crm_value::Result<f64> {
        let concentration = Concentration::of(&values)?;
        let tiers = concentration.tiers(&crm_value::Tiers::CUSTOMER_BOUNDS)?;
        Ok(concentration.gini()
            + concentration.top_share(0.1)?
            + concentration.lorenz(101).len() as f64
            + tiers.assign(&values)?.len() as f64)
    })?;
    let concentration = Concentration::of(&values)?;
    time("  Hoover index, once sorted", settings.repeats(3), || concentration.hoover());
    time("  Theil index, once sorted", settings.repeats(3), || concentration.theil())?;
    time("  HHI, once sorted", settings.repeats(3), || concentration.hhi());
    time("  tail index, once sorted", settings.repeats(3), || concentration.tail_index(None))?;
    time("  bootstrap test of \"20 % hold 80 %\"", settings.repeats(3), || concentration.test_rule(&ShareRule::PARETO))?;
    let margins: Vec<f64> = values.iter().map(|value| value - 2.0).collect();
    time(&format!("Whale curve of {} values", margins.len()), settings.repeats(3), || -> crm_value::Result<f64> {
        let whale = WhaleCurve::of(&margins)?;
        Ok(whale.peak_value() + whale.destroyed_value() + whale.curve(101).len() as f64)
    })?;
    Ok(())
}

fn cohorts(settings: &Settings) -> Result<(), Failure> {
    let log = Log::with_rows(Shape::Dense, settings.rows(), 2_000);
    let name = format!("Dense: log and cohort table by month, {} rows", log.amounts.len());
    let read = || TransactionLog::from_columns(&log.ids, &log.days, &log.amounts);
    time(&name, settings.repeats(3), || read()?.cohorts(CalendarPeriod::Month).observed_until(log.end).build())?;
    let log = read()?;
    time("  of which: cohort table", settings.repeats(3), || log.cohorts(CalendarPeriod::Month).build())?;
    time("  cohort table by week", settings.repeats(3), || log.cohorts(CalendarPeriod::Week).build())?;
    let gap = crm_value::Span::new(26.0, TimeUnit::Week)?;
    time(&format!("Dense: lifetimes and Kaplan-Meier curve of {} customers", log.customers()), settings.repeats(3), || {
        let stays = crm_value::Lifetimes::of(&log, gap, None)?;
        crm_value::KaplanMeier::of(stays.durations(), stays.churned())
    })?;
    Ok(())
}
