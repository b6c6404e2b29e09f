//! What is written can be read back, and what is read is checked again.

use crm_value::{
    BetaDiscreteWeibull, BgBb, BgNbd, ClvModel, DataQuality, DiscountRate, FitOptions, FitReport, Fitted, GammaGamma, Geometric,
    HistoricalClv, LogOptions, Nbd, RefundPolicy, Rfm, RfmCutPoints, SegmentTable, ShiftedBetaGeometric, Span, Tiers, TimeUnit,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cdnow;

fn round_trip<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) -> String {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value);
    text
}

#[test]
fn models_and_reports_round_trip_to_the_last_bit() {
    let customers = cdnow::split().calibration;
    let (bg, gg, nbd) = (BgNbd::fit(&customers).unwrap(), GammaGamma::fit(&customers).unwrap(), Nbd::fit(&customers).unwrap());
    let text = round_trip::<BgNbd>(bg.model());
    assert!(text.len() < 200 && text.contains("\"version\":1"), "{text}");
    round_trip::<GammaGamma>(gg.model());
    round_trip::<Nbd>(nbd.model());
    round_trip::<Fitted<BgNbd>>(&bg);
    round_trip::<FitReport>(gg.report());
    round_trip::<Fitted<BgBb>>(&BgBb::fit(&crate::discrete::donations()).unwrap());
    let tenures = crm_value::Tenures::from_survivors(&[&[1000.0, 631.0, 468.0, 382.0, 326.0]]).unwrap();
    round_trip::<Fitted<Geometric>>(&Geometric::fit(&tenures).unwrap());
    round_trip::<Fitted<ShiftedBetaGeometric>>(&ShiftedBetaGeometric::fit(&tenures).unwrap());
    round_trip::<Fitted<BetaDiscreteWeibull>>(&BetaDiscreteWeibull::fit(&tenures).unwrap());
    round_trip::<DataQuality>(customers.quality().unwrap());
    round_trip::<HistoricalClv>(&HistoricalClv::margin(0.3));
    let read: HistoricalClv = serde_json::from_str(&serde_json::to_string(&HistoricalClv::margin(0.3)).unwrap()).unwrap();
    assert_eq!(read.value(&customers).unwrap(), HistoricalClv::margin(0.3).value(&customers).unwrap());
}

#[test]
fn options_cut_points_and_tables_round_trip() {
    round_trip(&LogOptions::new().refunds(RefundPolicy::Reject).threads(2));
    round_trip(&Span::new(2.5, TimeUnit::Quarter).unwrap());
    round_trip(&DiscountRate::per_period(0.01, TimeUnit::Month).unwrap());
    round_trip(&SegmentTable::default());
    let rfm = cdnow::log().summarize().rfm().unwrap();
    let scores = Rfm::new().fit(&rfm).unwrap();
    round_trip::<RfmCutPoints>(scores.cut_points());
    round_trip(&Tiers::by_customer_share(rfm.total_spend(), &Tiers::CUSTOMER_BOUNDS).unwrap());
    let options: FitOptions = serde_json::from_str(r#"{"max_iterations": 7}"#).unwrap();
    assert!(serde_json::to_string(&options).unwrap().contains("\"max_iterations\":7"));
}

#[test]
fn bad_stored_forms_are_refused() {
    let refused = |text: &str, says: &str| {
        let error = serde_json::from_str::<BgNbd>(text).unwrap_err().to_string();
        assert!(error.contains(says), "`{error}` does not say `{says}`");
    };
    let stored = |model: &str, version: u32, r: f64| {
        format!(r#"{{"model":"{model}","version":{version},"unit":"week","r":{r},"alpha":4.4,"a":0.8,"b":2.4}}"#)
    };
    assert!(serde_json::from_str::<BgNbd>(&stored("BG/NBD", 1, 0.2)).is_ok());
    refused(&stored("BG/NBD", 1, -0.2), "parameter `r` of BG/NBD is -0.2");
    refused(&stored("BG/NBD", 2, 0.2), "version 2");
    refused(&stored("NBD", 1, 0.2), "it holds a NBD model");
    refused(r#"{"model":"BG/NBD"}"#, "missing field");
    assert!(serde_json::from_str::<Span>(r#"{"length":-1.0,"unit":"week"}"#).unwrap_err().to_string().contains("-1"));
    assert!(serde_json::from_str::<GammaGamma>(r#"{"model":"Gamma-Gamma","version":1,"p":1.0,"q":0.0,"v":1.0}"#).is_err());
}

/// Everything public can be moved between and shared by threads.
#[test]
fn types_are_send_and_sync() {
    fn check<T: Send + Sync + std::fmt::Debug>() {}
    check::<crm_value::TransactionLog>();
    check::<crm_value::CustomerSummary>();
    check::<crm_value::RfmSummary>();
    check::<crm_value::Patterns>();
    check::<crm_value::OpportunitySummary>();
    check::<crm_value::Tenures>();
    check::<Box<dyn crm_value::RetentionModel>>();
    check::<crm_value::Error>();
    check::<Fitted<BgNbd>>();
    check::<Fitted<GammaGamma>>();
    check::<Fitted<Nbd>>();
    check::<FitOptions>();
    check::<crm_value::PredictiveClv<'static>>();
    check::<crm_value::Concentration>();
    check::<crm_value::RfmScores>();
    check::<SegmentTable>();
    check::<Tiers>();
}
