//! Value on the CDNOW sample: the ways to it agree where they must, and tables add up.

use crm_value::{
    BgNbd, Campaign, ClvComparison, ClvModel, ContributionMargin, CustomerActivity, CustomerSummary, Date, DiscountRate, Forecast,
    GammaGamma, HistoricalClv, NetValue, ParetoNbd, PredictiveClv, PurchaseModel, Span, TimeUnit,
};

use crate::cdnow;
use crate::close::{assert_close, assert_near};

fn months(length: f64) -> Span {
    Span::new(length, TimeUnit::Month).unwrap()
}

#[test]
fn a_forecast_is_the_sum_of_its_customers() {
    let customers = cdnow::split().calibration;
    let (bg, gg) = (BgNbd::fit(&customers).unwrap(), GammaGamma::fit(&customers).unwrap());
    let forecast = Forecast::new(&bg, &gg).margin(0.3).periods(36).of(&customers).unwrap();
    // The equity of the existing customers is the sum of their predictive values over three years.
    let clv: f64 = PredictiveClv::new(&bg, &gg).margin(0.3).value(&customers).unwrap().iter().sum();
    assert_close(forecast.existing_equity(), clv, 1e-11);
    assert_close(forecast.customer_equity(), clv, 1e-11);
    for (i, row) in forecast.periods().iter().enumerate() {
        let purchases = match i {
            0 => bg.expected_purchases(&customers, months(1.0)),
            _ => bg.expected_purchases_between(&customers, months(i as f64), months(i as f64 + 1.0)),
        };
        assert_close(row.purchases, purchases.unwrap().iter().sum(), 1e-11);
    }
    let total: f64 = bg.expected_purchases(&customers, months(36.0)).unwrap().iter().sum();
    assert_close(forecast.totals().purchases, total, 1e-11);
    // A plan of new customers leaves the existing ones alone; those won at the middle of month 1 have 35.5 months for repeat purchases.
    let planned = Forecast::new(&bg, &gg).margin(0.3).periods(36).plan(&[1_000.0]).of(&customers).unwrap();
    assert_eq!(planned.existing_equity().to_bits(), forecast.existing_equity().to_bits());
    assert_close(planned.totals().new_purchases, 1_000.0 * (1.0 + bg.expected_purchases_new_customer(months(35.5))), 1e-12);
}

#[test]
fn a_forecast_does_not_depend_on_the_order_of_the_customers() {
    let customers = cdnow::split().calibration;
    let n = customers.len();
    let pick = |order: &[usize]| {
        let x: Vec<f64> = order.iter().map(|&i| customers.frequency()[i].into()).collect();
        let t_x: Vec<f64> = order.iter().map(|&i| customers.recency()[i]).collect();
        let age: Vec<f64> = order.iter().map(|&i| customers.age()[i]).collect();
        let spend: Vec<f64> = order.iter().map(|&i| customers.mean_spend(i).unwrap_or(0.0)).collect();
        CustomerSummary::from_columns(None, &x, &t_x, &age, Some(&spend), TimeUnit::Week).unwrap()
    };
    let (pareto, gg) = (ParetoNbd::new(0.553, 10.578, 0.606, 11.669, TimeUnit::Week).unwrap(), GammaGamma::new(6.25, 3.74, 15.44).unwrap());
    let forecast = Forecast::new(&pareto, &gg);
    let in_order = forecast.of(&customers).unwrap();
    let backwards: Vec<usize> = (0..n).rev().collect();
    let scattered: Vec<usize> = (0..n).map(|i| (i * 1_009) % n).collect();
    for order in [backwards, scattered] {
        assert_eq!(forecast.of(&pick(&order)).unwrap(), in_order);
    }
}

#[test]
fn compounding_moves_every_payment_to_the_end() {
    let log = cdnow::log();
    let end = Date::from_ymd(1998, 6, 30).unwrap();
    let customers = log.summarize().observed_until(end).build().unwrap();
    let plain = HistoricalClv::new().value(&customers).unwrap();
    let at_zero = HistoricalClv::new().compounded(&log, DiscountRate::none()).value(&customers).unwrap();
    let compounded = HistoricalClv::new().compounded(&log, DiscountRate::annual(0.10).unwrap()).value(&customers).unwrap();
    for i in 0..customers.len() {
        assert_near(at_zero[i], plain[i], 1e-9);
        let by_hand: f64 = log.purchases(i).map(|(date, amount)| amount * 1.1_f64.powf(f64::from(end.days() - date.days()) / 365.25)).sum();
        assert_near(compounded[i], by_hand, 1e-9 * by_hand);
    }
}

#[test]
fn the_ways_side_by_side_add_up() {
    let customers = cdnow::split().calibration;
    let (bg, gg) = (BgNbd::fit(&customers).unwrap(), GammaGamma::fit(&customers).unwrap());
    let (past, future) = (HistoricalClv::margin(0.3), PredictiveClv::new(&bg, &gg).margin(0.3));
    let table = ClvComparison::of(&customers, &[("historical", &past), ("predictive", &future)]).unwrap();
    assert_eq!(table.customers(), 2_357);
    for column in table.columns() {
        assert_close(column.total, column.values.iter().sum(), 1e-12);
        assert_close(column.mean * 2_357.0, column.total, 1e-14);
        assert_eq!(column.negative, 0);
    }
    // Net of 5 per customer won: the total falls by 5 each, and nobody's value is hidden.
    let net = NetValue::of(&table.columns()[1].values, 5.0).unwrap();
    assert_close(net.total_net(), table.columns()[1].total - 5.0 * 2_357.0, 1e-12);
    assert_eq!(net.loss_making(), table.columns()[1].values.iter().filter(|&&value| value < 5.0).count());
}

#[test]
fn a_campaign_on_the_sample_wastes_less_than_mailing_everyone() {
    let customers = cdnow::split().calibration;
    let bg = BgNbd::fit(&customers).unwrap();
    let orders: Vec<f64> = customers.frequency().iter().map(|&x| f64::from(x) + 1.0).collect();
    let activity = CustomerActivity { orders: Some(&orders), ..CustomerActivity::revenue(customers.total_spend().unwrap()) };
    let margin = ContributionMargin::new().rate(0.3).cost_per_order(2.0).of(&activity).unwrap();
    let total: f64 = margin.iter().sum();
    let (revenue, occasions): (f64, f64) = (customers.total_spend().unwrap().iter().sum(), orders.iter().sum());
    assert_close(total, 0.3 * revenue - 2.0 * occasions, 1e-10);

    let response = bg.probability_active(&customers, Span::new(8.0, TimeUnit::Week).unwrap()).unwrap();
    let targeting = Campaign::new(0.5).select(&response, 9.0).unwrap();
    // Break-even response 0.5 / 9, found customer by customer.
    let above = response.iter().filter(|&&response| response * 9.0 > 0.5).count();
    assert_eq!(targeting.contacted().customers, above);
    assert!(above > 0 && above < customers.len());
    assert_near(targeting.saved(), 0.5 * (customers.len() - above) as f64, 1e-9);
    assert!(targeting.contacted().profit() > targeting.everyone().profit());
}
