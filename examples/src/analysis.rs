//! From a log of orders to the value of every customer: what a program does with `crm_value`.

use crm_value::{
    BgNbd, CalibrationHoldout, ClvModel, Concentration, CustomerSummary, Date, Fitted, GammaGamma, HistoricalClv, Nbd, NegativePolicy,
    PredictiveClv, PurchaseModel, Result, Rfm, RfmScores, SegmentSummary, SegmentTable, SpendModel, Tiers, TransactionLog, WhaleCurve,
};

use crate::args::Args;
use crate::base::Base;
use crate::profit::{self, Costs};

/// The models fitted to one summary. A model may refuse the data; the others do not mind.
#[derive(Debug)]
pub struct Models {
    /// When customers buy, and whether they have left.
    pub bg_nbd: Result<Fitted<BgNbd>>,
    /// The same if nobody ever left: the baseline.
    pub nbd: Result<Fitted<Nbd>>,
    /// How much they spend.
    pub gamma_gamma: Result<Fitted<GammaGamma>>,
}

impl Models {
    fn fit(customers: &CustomerSummary) -> Self {
        Models { bg_nbd: BgNbd::fit(customers), nbd: Nbd::fit(customers), gamma_gamma: GammaGamma::fit(customers) }
    }
}

/// The test: models that saw the first part of the log only, against what happened in the second.
#[derive(Debug)]
pub struct Holdout {
    /// Last day that the models saw.
    pub calibration_end: Date,
    /// Customers at that day, and what they bought afterwards.
    pub split: CalibrationHoldout,
    /// The models fitted to the first part.
    pub models: Models,
    /// Purchases that BG/NBD expects of every customer in the second part.
    pub bg_nbd: Option<Vec<f64>>,
    /// Purchases that NBD expects.
    pub nbd: Option<Vec<f64>>,
    /// Spend per purchase that Gamma-Gamma expects.
    pub spend: Option<Vec<f64>>,
}

/// The future of every customer after the last day observed.
#[derive(Debug)]
pub struct Future {
    /// P(alive) at the last day.
    pub p_alive: Vec<f64>,
    /// Expected purchases within the horizon.
    pub purchases: Vec<f64>,
    /// Expected spend per purchase, and discounted expected margin within the horizon, in money.
    pub value: Result<(Vec<f64>, Vec<f64>)>,
}

/// How unequally a value is spread over the customers.
#[derive(Debug)]
pub struct Spread {
    /// Lorenz curve and Gini coefficient; negative values count as 0.
    pub concentration: Result<Concentration>,
    /// The best 10 %, the next 20 %, the other 70 % of the customers.
    pub tiers: Result<Tiers>,
}

impl Spread {
    fn of(values: &[f64]) -> Self {
        Spread {
            concentration: Concentration::with_policy(values, NegativePolicy::Clamp),
            tiers: Tiers::by_customer_share(values, &Tiers::CUSTOMER_BOUNDS),
        }
    }
}

/// Everything that the report shows.
#[derive(Debug)]
pub struct Analysis {
    /// All customers at the last day observed.
    pub customers: CustomerSummary,
    /// The last day observed.
    pub observed_until: Date,
    /// The test of the models, or why there is none.
    pub holdout: std::result::Result<Holdout, String>,
    /// The models fitted to all that was observed.
    pub models: Models,
    /// Contribution margin per unit of revenue, and where the number comes from.
    pub margin_rate: (f64, &'static str),
    /// What every customer has been worth so far: realised margin.
    pub realised: Vec<f64>,
    /// What they will do, if BG/NBD could be fitted.
    pub future: Option<Future>,
    /// The most valuable customers, best first: position in the summary, and day of the last purchase.
    pub best: Vec<(usize, Option<Date>)>,
    /// RFM scores.
    pub scores: RfmScores,
    /// The RFM segments in numbers.
    pub segments: Vec<SegmentSummary>,
    /// Concentration of the realised value.
    pub realised_spread: Spread,
    /// Concentration of the value to come.
    pub future_spread: Option<Spread>,
    /// The realised value less the costs of orders and customers.
    pub whale: Result<WhaleCurve>,
    /// Those costs.
    pub costs: Costs,
    /// Cohorts, value by stage, and what changed from one half-year to the next.
    pub base: Base,
}

impl Analysis {
    /// Analyses a log as the arguments say.
    ///
    /// # Errors
    /// A message for the user, if dates do not fit the log.
    pub fn of(log: &TransactionLog, args: &Args) -> std::result::Result<Self, String> {
        let end = args.observed_until.unwrap_or_else(|| log.last_date());
        let summarize = log.summarize().unit(args.unit).observed_until(end);
        let customers = summarize.build().map_err(|problem| problem.to_string())?;
        let models = Models::fit(&customers);
        let margin_rate = margin_rate(&customers, args);
        let realised = realised(&customers, margin_rate.0).map_err(|problem| problem.to_string())?;
        let future = models.bg_nbd.as_ref().ok().map(|bg_nbd| future(&customers, bg_nbd, &models, margin_rate.0, args));
        let future = future.transpose().map_err(|problem| problem.to_string())?;

        let (scores, segments) = rfm(&summarize.rfm().map_err(|problem| problem.to_string())?).map_err(|problem| problem.to_string())?;
        let realised_spread = Spread::of(&realised);
        let future_spread = future.as_ref().and_then(|future| future.value.as_ref().ok()).map(|(_, clv)| Spread::of(clv));
        // By the value to come, or by the realised one where the models cannot look ahead.
        let value = future.as_ref().and_then(|future| future.value.as_ref().ok()).map_or(&realised, |(_, clv)| clv);
        let best = largest(value, args.top).into_iter().map(|i| (i, last_purchase(log, &customers, i, end))).collect();
        let base = Base::of(log, end, &realised, future.as_ref().map(|future| future.p_alive.as_slice()));
        let costs = Costs::of(args);
        Ok(Analysis {
            whale: profit::whale(&customers, &realised, costs),
            costs,
            base,
            holdout: holdout(log, end, args)?,
            customers,
            observed_until: end,
            models,
            margin_rate,
            realised,
            future,
            best,
            scores,
            segments,
            realised_spread,
            future_spread,
        })
    }
}

/// The outer error is the user's mistake, the inner one the log's shortness.
fn holdout(log: &TransactionLog, end: Date, args: &Args) -> std::result::Result<std::result::Result<Holdout, String>, String> {
    if args.no_holdout {
        return Ok(Err("not asked for (--no-holdout)".to_owned()));
    }
    let first = log.first_date();
    let middle = Date::from_days(first.days() + (end.days() - first.days()) / 2).map_err(|problem| problem.to_string())?;
    let calibration_end = args.calibration_end.unwrap_or(middle);
    let split = match log.summarize().unit(args.unit).observed_until(calibration_end).with_holdout(end) {
        Ok(split) => split,
        Err(problem) if args.calibration_end.is_some() => return Err(problem.to_string()),
        Err(problem) => return Ok(Err(problem.to_string())),
    };
    let models = Models::fit(&split.calibration);
    let expected = |model: &dyn PurchaseModel| model.expected_purchases(&split.calibration, split.holdout).ok();
    Ok(Ok(Holdout {
        calibration_end,
        bg_nbd: models.bg_nbd.as_ref().ok().and_then(|model| expected(model)),
        nbd: models.nbd.as_ref().ok().and_then(|model| expected(model)),
        spend: models.gamma_gamma.as_ref().ok().and_then(|model| model.expected_spend(&split.calibration).ok()),
        split,
        models,
    }))
}

fn margin_rate(customers: &CustomerSummary, args: &Args) -> (f64, &'static str) {
    let sum = |column: Option<&[f64]>| column.map(|values| values.iter().sum::<f64>());
    match (args.margin_rate, sum(customers.total_margin()), sum(customers.total_spend())) {
        (Some(rate), _, _) => (rate, "as given"),
        (None, Some(margin), Some(spend)) if spend > 0.0 => (margin / spend, "realised so far"),
        _ => (1.0, "that is, revenue"),
    }
}

fn realised(customers: &CustomerSummary, margin_rate: f64) -> Result<Vec<f64>> {
    let historical =
        if customers.total_margin().is_some() { HistoricalClv::from_margin_column() } else { HistoricalClv::margin(margin_rate) };
    historical.value(customers)
}

fn future(customers: &CustomerSummary, bg_nbd: &Fitted<BgNbd>, models: &Models, margin_rate: f64, args: &Args) -> Result<Future> {
    let value = models.gamma_gamma.as_ref().map_err(Clone::clone).and_then(|gamma_gamma| {
        let clv = PredictiveClv::new(bg_nbd, gamma_gamma)
            .margin(margin_rate)
            .horizon(args.horizon_years)
            .discount(args.annual_discount.rate)
            .value(customers)?;
        Ok((gamma_gamma.expected_spend(customers)?, clv))
    });
    Ok(Future {
        p_alive: bg_nbd.probability_alive(customers)?,
        purchases: bg_nbd.expected_purchases(customers, args.horizon_years)?,
        value,
    })
}

/// Positions of the `n` largest values, largest first; equal ones in the order of the customers.
fn largest(values: &[f64], n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[j].total_cmp(&values[i]));
    order.truncate(n);
    order
}

fn last_purchase(log: &TransactionLog, customers: &CustomerSummary, customer: usize, end: Date) -> Option<Date> {
    let index = log.ids().position(customers.ids().get(customer)?)?;
    log.purchases(index).map(|(date, _)| date).take_while(|&date| date <= end).last()
}

fn rfm(customers: &crm_value::RfmSummary) -> Result<(RfmScores, Vec<SegmentSummary>)> {
    let scores = Rfm::new().fit(customers)?;
    let segments = SegmentTable::default().summarize(&scores, customers)?;
    Ok((scores, segments))
}
