use crm_value::*;
fn main() -> Result<()> {
    let t = std::fs::read_to_string("examples/data/cdnow.csv").unwrap();
    let (mut ids, mut dates, mut am) = (vec![], vec![], vec![]);
    for l in t.lines().skip(1) { let p: Vec<&str> = l.split(',').collect(); ids.push(p[0].parse::<u64>().unwrap()); dates.push(Date::parse(p[1])?.days()); am.push(p[3].parse::<f64>().unwrap()); }
    for _ in 0..3 {
    let t0 = std::time::Instant::now();
    let log = TransactionLog::from_columns(&ids, &dates, &am)?;
    let ch = log.summarize().observed_until(Date::from_ymd(1997, 9, 30)?).with_holdout(Date::from_ymd(1998, 6, 30)?)?;
    let c = &ch.calibration;
    println!("summ {:?}", t0.elapsed());
    println!("{} {} {}", c.len(), c.repeat_purchases(), ch.holdout_frequency.iter().sum::<u32>());
    let t0 = std::time::Instant::now();
    let bg = BgNbd::fit(c)?;
    println!("fit {:?}\n{}", t0.elapsed(), bg.report());
    let t0 = std::time::Instant::now();
    let gg = GammaGamma::fit(c)?;
    println!("gg {:?}\n{}", t0.elapsed(), gg.report());
    println!("{}", Nbd::fit(c)?.report());
    let t0 = std::time::Instant::now();
    let clv = PredictiveClv::new(&bg, &gg).margin(0.3).value(c)?;
    println!("clv {:?} {:?}", t0.elapsed(), &clv[..5]);
    let t0 = std::time::Instant::now();
    let clv = PredictiveClv::new(&bg, &gg).margin(0.3).endless().value(c)?;
    println!("clv {:?} {:?}", t0.elapsed(), &clv[..5]);
    let e = bg.expected_purchases(c, ch.holdout)?;
    println!("{} {:?}", e.iter().sum::<f64>(), c.quality());
    }
    Ok(())
}
