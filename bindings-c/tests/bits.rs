//! The C interface gives what the core gives, to the last bit.

mod support;

use std::process::Command;

use crm_value::{
    BetaDiscreteWeibull, BgBb, BgNbd, ClvModel, Concentration, ContractSimulation, Date, DiscountRate, DiscountTiming, DiscountedPurchases,
    FitReport, GammaGamma, GgompertzNbd, MbgNbd, Model, Nbd, OpportunitySimulation, ParetoNbd, PredictiveClv, PurchaseModel, Result, Rfm,
    Simulation, Span, SpendModel, TimeUnit, TransactionLog,
};
use support::{at, program, run};

/// The named values in the order of `tests/bits/print.c`.
#[derive(Default)]
struct Values(Vec<(&'static str, f64)>);

impl Values {
    fn add(&mut self, name: &'static str, values: impl IntoIterator<Item = f64>) {
        self.0.extend(values.into_iter().map(|value| (name, value)));
    }

    fn report(&mut self, name: &'static str, report: &FitReport) -> Result<()> {
        self.add(name, [report.log_likelihood, report.aic(), report.bic()]);
        self.add(name, report.estimates.iter().filter_map(|estimate| estimate.standard_error));
        self.add(name, report.covariance.iter().flatten().copied());
        let intervals: Vec<(f64, f64)> = report.confidence_intervals(0.9)?.into_iter().flatten().collect();
        self.add(name, intervals.iter().map(|interval| interval.0));
        self.add(name, intervals.iter().map(|interval| interval.1));
        Ok(())
    }

    fn model(&mut self, name: &'static str, model: &dyn Model) {
        self.add(name, model.parameters().into_iter().map(|(_, value)| value));
    }
}

fn from_core(csv: &str) -> Result<Vec<(&'static str, f64)>> {
    let (mut ids, mut days, mut amounts) = (Vec::new(), Vec::new(), Vec::new());
    for line in csv.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        ids.push(fields[0].parse::<u64>().expect("an id"));
        days.push(Date::parse(fields[1])?.days());
        amounts.push(fields[3].parse::<f64>().expect("an amount"));
    }
    let (end, holdout_end) = (Date::from_ymd(1997, 9, 30)?, Date::from_ymd(1998, 6, 30)?);
    let log = TransactionLog::from_columns(&ids, &days, &amounts)?;
    let split = log.summarize().unit(TimeUnit::Week).observed_until(end).with_holdout(holdout_end)?;
    let customers = &split.calibration;
    let weeks = |length| Span::new(length, TimeUnit::Week);

    let mut values = Values::default();
    values.add("frequency", customers.frequency().iter().copied().map(f64::from));
    values.add("recency", customers.recency().iter().copied());
    values.add("T", customers.age().iter().copied());
    values.add("monetary_value", (0..customers.len()).map(|i| customers.mean_spend(i).unwrap_or(0.0)));
    values.add("total_spend", customers.total_spend().into_iter().flatten().copied());
    values.add("holdout_frequency", split.holdout_frequency.iter().copied().map(f64::from));
    values.add("holdout_spend", split.holdout_spend.iter().copied());

    let (bg, gg) = (BgNbd::fit(customers)?, GammaGamma::fit(customers)?);
    values.model("bg_nbd", &bg);
    values.report("bg_nbd_report", bg.report())?;
    values.model("nbd", &Nbd::fit(customers)?);
    let siblings: [&dyn PurchaseModel; 3] = [&MbgNbd::fit(customers)?, &ParetoNbd::fit(customers)?, &GgompertzNbd::fit(customers)?];
    for model in siblings {
        values.add("sibling", model.parameters().into_iter().map(|(_, value)| value));
        values.add("sibling", model.expected_purchases(customers, weeks(39.0)?)?);
    }
    values.model("gamma_gamma", &gg);
    values.report("gamma_gamma_report", gg.report())?;

    let (ten, weekly) = (DiscountRate::annual(0.10)?, DiscountRate::continuous(0.002, TimeUnit::Week)?);
    values.add("log_likelihoods", bg.log_likelihoods(customers)?);
    values.add("log_likelihood", [bg.log_likelihood(customers)?]);
    values.add("probability_alive", bg.probability_alive(customers)?);
    values.add("probability_alive_ahead", bg.probability_alive_ahead(customers, Span::new(3.0, TimeUnit::Month)?)?);
    values.add("expected_purchases", bg.expected_purchases(customers, weeks(39.0)?)?);
    let quarters = (Span::new(1.0, TimeUnit::Quarter)?, Span::new(2.0, TimeUnit::Quarter)?);
    values.add("expected_purchases_between", bg.expected_purchases_between(customers, quarters.0, quarters.1)?);
    values.add("probability_active", bg.probability_active(customers, quarters.0)?);
    values.add("probability_active", bg.probability_active_between(customers, quarters.0, quarters.1)?);
    values.add("conditional_purchase_probability", bg.conditional_purchase_probability(customers, 2, weeks(39.0)?)?);
    values.add("expected_purchases_new_customer", [bg.expected_purchases_new_customer(weeks(39.0)?)]);
    values.add("purchase_probability", [bg.purchase_probability(4, weeks(39.0)?)]);
    values.add("dert", bg.discounted_expected_residual_transactions(customers, ten)?);
    values.add("dect", bg.discounted_expected_conditional_transactions(customers, weekly, weeks(52.0)?)?);
    values.add("expected_spend", gg.expected_spend(customers)?);

    let clv = PredictiveClv::new(&bg, &gg);
    values.add("clv_default", clv.value(customers)?);
    values.add("clv_default", clv.value(customers)?);
    let clv = clv.margin(0.3).horizon(Span::new(18.0, TimeUnit::Month)?).timing(DiscountTiming::Continuous);
    values.add("clv_continuous", clv.value(customers)?);
    let endless = clv.endless().value(customers)?;
    values.add("clv_endless", endless.iter().copied());
    let concentration = Concentration::of(&endless)?;
    values.add("gini", [concentration.gini()]);
    values.add("top_share", [concentration.top_share(0.1)?]);

    let rfm = log.summarize().unit(TimeUnit::Day).observed_until(end).rfm()?;
    let scores = Rfm::new().fit(&rfm)?.weighted([100.0, 10.0, 1.0])?;
    values.add("rfm_default", scores.iter().copied());
    values.add("rfm_default", scores);

    let day = |month, day| Date::from_ymd(2025, month, day);
    let simulation = Simulation::acquired(500, day(1, 1)?, day(3, 31)?, day(9, 30)?).seed(42).holdout(weeks(26.0)?).spend(&gg);
    let simulated = simulation.run(&bg)?;
    let purchases = simulated.all_purchases();
    values.add("simulated times", purchases.times);
    values.add("simulated amounts", purchases.amounts);
    values.add("simulated days", simulated.transactions()?.days.into_iter().map(f64::from));
    let n: Vec<u32> = (0..500).map(|i| 1 + i % 12).collect();
    let donors = OpportunitySimulation::with_opportunities(&n).holdout(3).seed(42).run(&BgBb::new(1.204, 0.750, 0.657, 2.783)?)?;
    values.add("simulated opportunities", (0..500).flat_map(|i| donors.purchases(i).iter().copied().map(f64::from)));
    let contracts = ContractSimulation::with_periods(&n).seed(42).run(&BetaDiscreteWeibull::new(0.26, 1.7, 1.6)?)?;
    values.add("simulated lifetimes", contracts.lifetimes().iter().map(|leaves| f64::from(leaves.unwrap_or_default())));
    Ok(values.0)
}

#[test]
fn c_gives_the_bits_of_the_core() {
    let csv = at("../examples/data/cdnow.csv");
    let printed = run(Command::new(program(&at("tests/bits/print.c"))).arg(&csv));
    let expected = from_core(&std::fs::read_to_string(csv).expect("the bundled log can be read")).expect("the core can do it all");
    let expected: Vec<String> = expected.into_iter().map(|(name, value)| format!("{name} {:016x}", value.to_bits())).collect();
    let different = printed.lines().zip(&expected).find(|(c, core)| c != core);
    assert!(different.is_none(), "C and core differ: {different:?}");
    assert_eq!(printed.lines().count(), expected.len());
}
