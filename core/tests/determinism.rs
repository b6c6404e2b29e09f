//! The same bits whatever the order of the rows, the number of threads, the chunks or the batch.

use crm_value::{
    BgNbd, ClvModel, CustomerSummary, FitOptions, GammaGamma, LogOptions, PredictiveClv, PurchaseModel, TimeUnit, TransactionLog,
    Transactions,
};

use crate::cdnow::{self, Columns};

/// A deterministic permutation of the rows.
fn shuffled(columns: &Columns) -> Columns {
    let n = columns.ids.len();
    // 1,000,003 is prime and no divisor of the number of rows, so its multiples visit every row once.
    let order: Vec<usize> = (0..n).map(|i| (i * 1_000_003) % n).collect();
    Columns {
        ids: order.iter().map(|&i| columns.ids[i]).collect(),
        days: order.iter().map(|&i| columns.days[i]).collect(),
        amounts: order.iter().map(|&i| columns.amounts[i]).collect(),
    }
}

fn repeated(columns: &Columns, times: u64) -> Columns {
    let mut out = Columns { ids: Vec::new(), days: Vec::new(), amounts: Vec::new() };
    for k in 0..times {
        out.ids.extend(columns.ids.iter().map(|id| id + k * 100_000));
        out.days.extend(&columns.days);
        out.amounts.extend(&columns.amounts);
    }
    out
}

fn bits(summary: &CustomerSummary) -> Vec<u64> {
    let spend = (0..summary.len()).map(|i| summary.mean_spend(i).unwrap_or(-1.0).to_bits());
    let totals = summary.total_spend().unwrap().iter().map(|total| total.to_bits());
    let times = summary.recency().iter().chain(summary.age()).map(|time| time.to_bits());
    summary.frequency().iter().map(|&x| u64::from(x)).chain(times).chain(spend).chain(totals).collect()
}

fn read(columns: &Columns, threads: usize) -> TransactionLog {
    LogOptions::new().threads(threads).read(&Transactions::new(&columns.ids, &columns.days, &columns.amounts)).unwrap()
}

#[test]
fn row_order_and_threads_change_no_bit() {
    let columns = repeated(&cdnow::columns(), 8);
    let one = read(&columns, 1);
    let summary = one.summarize().build().unwrap();
    let fitted = BgNbd::fit_with(&summary, &FitOptions::new().threads(1)).unwrap();
    let spend = GammaGamma::fit_with(&summary, &FitOptions::new().threads(1)).unwrap();
    for (columns, threads) in
        [(shuffled(&columns), 1), (repeated(&cdnow::columns(), 8), 2), (shuffled(&columns), 3), (shuffled(&columns), 7)]
    {
        let log = read(&columns, threads);
        assert_eq!(log.ids(), one.ids());
        assert_eq!(log.quality(), one.quality());
        let other = log.summarize().build().unwrap();
        assert_eq!(bits(&other), bits(&summary));
        let refitted = BgNbd::fit_with(&other, &FitOptions::new().threads(threads)).unwrap();
        assert_eq!(refitted, fitted);
        assert_eq!(GammaGamma::fit_with(&other, &FitOptions::new().threads(threads)).unwrap(), spend);
    }
}

#[test]
fn customers_get_the_same_numbers_alone_and_in_any_order() {
    let customers = cdnow::split().calibration;
    let (bg, gg) = (BgNbd::fit(&customers).unwrap(), GammaGamma::fit(&customers).unwrap());
    let x: Vec<f64> = customers.frequency().iter().map(|&x| x.into()).collect();
    let spend: Vec<f64> = (0..customers.len()).map(|i| customers.mean_spend(i).unwrap_or(0.0)).collect();
    let pick = |order: &[usize]| {
        let take = |column: &[f64]| order.iter().map(|&i| column[i]).collect::<Vec<f64>>();
        let columns = (take(&x), take(customers.recency()), take(customers.age()), take(&spend));
        CustomerSummary::from_columns(None, &columns.0, &columns.1, &columns.2, Some(&columns.3), TimeUnit::Week).unwrap()
    };
    let backwards: Vec<usize> = (0..customers.len()).rev().collect();
    let turned = pick(&backwards);
    assert_eq!(BgNbd::fit(&turned).unwrap(), bg);
    assert_eq!(GammaGamma::fit(&turned).unwrap(), gg);

    let all = PredictiveClv::new(&bg, &gg).value(&customers).unwrap();
    let endless = PredictiveClv::new(&bg, &gg).endless().value(&customers).unwrap();
    let alive = bg.probability_alive(&customers).unwrap();
    for i in (0..customers.len()).step_by(97) {
        let alone = pick(&[i]);
        assert_eq!(PredictiveClv::new(&bg, &gg).value(&alone).unwrap()[0].to_bits(), all[i].to_bits());
        assert_eq!(PredictiveClv::new(&bg, &gg).endless().value(&alone).unwrap()[0].to_bits(), endless[i].to_bits());
        assert_eq!(bg.probability_alive(&alone).unwrap()[0].to_bits(), alive[i].to_bits());
    }
}

#[test]
fn chunks_and_id_types_change_nothing() {
    let Columns { ids, days, amounts } = cdnow::columns();
    let whole = TransactionLog::from_columns(&ids, &days, &amounts).unwrap().summarize().build().unwrap();
    let cut = 2_345;
    let chunks =
        [Transactions::new(&ids[..cut], &days[..cut], &amounts[..cut]), Transactions::new(&ids[cut..], &days[cut..], &amounts[cut..])];
    assert_eq!(bits(&LogOptions::new().read_chunks(&chunks).unwrap().summarize().build().unwrap()), bits(&whole));

    // Widely scattered and negative integers, and texts that sort like the numbers.
    let scattered: Vec<i64> = ids.iter().map(|&id| (id as i64 - 1_000) * 1_000_000_007).collect();
    let texts: Vec<String> = ids.iter().map(|id| format!("{id:06}")).collect();
    let from_scattered = TransactionLog::from_columns(&scattered, &days, &amounts).unwrap();
    assert_eq!(bits(&from_scattered.summarize().build().unwrap()), bits(&whole));
    let from_texts = TransactionLog::from_columns(&texts, &days, &amounts).unwrap();
    assert_eq!(bits(&from_texts.summarize().build().unwrap()), bits(&whole));
    assert_eq!(from_texts.ids().get(0).unwrap().to_string(), "000001");
}
