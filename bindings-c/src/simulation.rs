//! Customers and transaction logs drawn from the models.

use std::mem::MaybeUninit;

use crm_value::{
    ContractSimulation, Covariates, Date, OpportunitySimulation, SimulatedContracts, SimulatedCustomers, SimulatedOpportunities, Simulation,
};

use crate::bg_bb::crmv_bg_bb;
use crate::covariates::crmv_covariates;
use crate::customers::crmv_customers;
use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, fill, given, guard, hand_over, read_options, room, slice, write_struct};
use crate::opportunities::crmv_opportunities;
use crate::purchases::crmv_purchase_model;
use crate::retention::{crmv_retention_model, crmv_tenures};
use crate::spend::crmv_spend_model;
use crate::time::{crmv_unit, span, unit};

/// Customers drawn from a purchase model: what they did, exact in time, and what nobody can see, when they left.
///
/// The generator is ChaCha8, its key the seed, its stream number the customer's position: the same seed gives the same bits in Rust, Python and
/// C, whatever the number of threads, of later customers, or the length of the observation. Immutable. Free it with crmv_simulation_free().
#[derive(Debug)]
pub struct crmv_simulation {
    simulated: SimulatedCustomers,
}

/// How customers are simulated. Set it up with crmv_simulation_options_init(); give a seed of your own.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_simulation_options {
    /// Size of the struct, set by crmv_simulation_options_init().
    pub struct_size: usize,
    /// The seed; 0 by default.
    pub seed: u64,
    /// How much longer lives are followed after the end of observation, in `holdout_unit`s; 0 for not at all.
    pub holdout: f64,
    /// The model of the amounts, only read during the call; NULL for amounts of 1.
    pub spend: *const crmv_spend_model,
    /// One row per customer, only read during the call, which a model with covariates needs; they go into the summary. NULL for none.
    pub covariates: *const crmv_covariates,
    /// Unit of `holdout`; CRMV_UNIT_WEEK by default.
    pub holdout_unit: crmv_unit,
    /// Most threads to use; 0 for all cores. Never changes a result.
    pub threads: u32,
}

// SAFETY: numbers and pointers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_simulation_options {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_simulation_options {
            struct_size: size_of::<Self>(),
            seed: 0,
            holdout: 0.0,
            spend: std::ptr::null(),
            covariates: std::ptr::null(),
            holdout_unit: crate::time::unit_code(crm_value::TimeUnit::Week),
            threads: 0,
        }
    }
}

/// Sets the options to their defaults. `struct_size`: sizeof(crmv_simulation_options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_simulation_options_init(options: *mut crmv_simulation_options, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(options, struct_size, crmv_simulation_options { struct_size, ..Growing::defaults() }, "options") })
}

/// # Safety
/// `options` is NULL or a struct whose handles are NULL or live.
unsafe fn run(
    model: Option<&crmv_purchase_model>,
    simulation: Simulation<'_>,
    options: *const crmv_simulation_options,
    out: Option<&mut MaybeUninit<*mut crmv_simulation>>,
) -> Result<(), Failure> {
    let (model, out) = (given(model, "model")?, given(out, "out")?);
    // SAFETY: the caller's contract.
    let (options, spend, covariates) = unsafe {
        let options: crmv_simulation_options = read_options(options)?;
        (options, options.spend.as_ref(), options.covariates.as_ref())
    };
    let mut simulation = simulation.seed(options.seed).threads(options.threads as usize);
    if options.holdout.abs() > 0.0 || options.holdout.is_nan() {
        simulation = simulation.holdout(span(options.holdout, options.holdout_unit)?);
    }
    if let Some(spend) = spend {
        simulation = simulation.spend(spend.simulator());
    }
    if let Some(covariates) = covariates {
        simulation = simulation.covariates(covariates.table());
    }
    hand_over(out, crmv_simulation { simulated: simulation.run(model.simulator())? });
    Ok(())
}

/// Draws `customers` customers, each observed for `T` units after the first purchase. `options` may be NULL for the defaults.
///
/// Errors: CRMV_EMPTY without customers; CRMV_HORIZON unless T and holdout are finite and above 0; CRMV_TOO_LARGE if more than 2^32 - 1 purchases
/// are to be expected; CRMV_LENGTH_MISMATCH unless there is one row of covariates per customer; CRMV_MISSING_COVARIATES. Free it with
/// crmv_simulation_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_simulate(
    model: Option<&crmv_purchase_model>,
    customers: usize,
    T: f64,
    unit_of_time: crmv_unit,
    options: *const crmv_simulation_options,
    out: Option<&mut MaybeUninit<*mut crmv_simulation>>,
) -> crmv_status {
    guard(|| {
        let simulation = Simulation::observed_for(customers, span(T, unit_of_time)?);
        // SAFETY: the caller's contract in the header.
        unsafe { run(model, simulation, options, out) }
    })
}

/// Draws one customer per element of `T`, an array of `n` times in `unit_of_time`s, which must be the model's; 0 is fine. Otherwise as
/// crmv_simulate().
///
/// Errors: as there, CRMV_NON_FINITE, CRMV_NEGATIVE (T), CRMV_UNIT_MISMATCH.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_simulate_each(
    model: Option<&crmv_purchase_model>,
    T: *const f64,
    n: usize,
    unit_of_time: crmv_unit,
    options: *const crmv_simulation_options,
    out: Option<&mut MaybeUninit<*mut crmv_simulation>>,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { run(model, Simulation::with_ages(slice(T, n, "T")?, unit(unit_of_time)?), options, out) })
}

/// Draws `customers` customers whose first purchases fall on any day from `first` to `last` alike, observed to the end of day `until`; days
/// since 1970-01-01. Only these have dates, and with them a transaction log (crmv_simulation_days()). Otherwise as crmv_simulate().
///
/// Errors: as there, CRMV_INVALID_OPTION if the first days run backwards, CRMV_END_BEFORE_FIRST_PURCHASE, CRMV_DATE_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_simulate_acquired(
    model: Option<&crmv_purchase_model>,
    customers: usize,
    first: i32,
    last: i32,
    until: i32,
    options: *const crmv_simulation_options,
    out: Option<&mut MaybeUninit<*mut crmv_simulation>>,
) -> crmv_status {
    guard(|| {
        let (first, last, until) = (Date::from_days(first)?, Date::from_days(last)?, Date::from_days(until)?);
        // SAFETY: the caller's contract in the header.
        unsafe { run(model, Simulation::acquired(customers, first, last, until), options, out) }
    })
}

/// Frees a simulation. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_simulation_free(simulation: Option<Box<crmv_simulation>>) {
    guard(|| {
        drop(simulation);
        Ok(())
    });
}

/// Number of customers.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_simulation_count(simulation: Option<&crmv_simulation>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (simulation, out) = (given(simulation, "simulation")?, given(out, "out")?);
        out.write(simulation.simulated.len());
        Ok(())
    })
}

/// x, t_x, T, log intervals, spend (with a spend model) and covariates of the customers at the end of observation, exact in time, as a new
/// summary. Free it with crmv_customers_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_simulation_customers(
    simulation: Option<&crmv_simulation>,
    out: Option<&mut MaybeUninit<*mut crmv_customers>>,
) -> crmv_status {
    guard(|| {
        let (simulation, out) = (given(simulation, "simulation")?, given(out, "out")?);
        hand_over(out, crmv_customers::new(simulation.simulated.summary()?));
        Ok(())
    })
}

/// Whether each customer was still one at the end of observation, 1 or 0, into `out`, which has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_simulation_alive(simulation: Option<&crmv_simulation>, out: *mut u8, capacity: usize) -> crmv_status {
    guard(|| {
        let alive: Vec<u8> = given(simulation, "simulation")?.simulated.alive().into_iter().map(u8::from).collect();
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &alive, "out") }
    })
}

/// When each customer left, in the model's unit from the first purchase. `has_value` becomes 1; or 0 if that was not by the end of the
/// simulated time, and then out is 0. Both have room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_simulation_left(
    simulation: Option<&crmv_simulation>,
    out: *mut f64,
    has_value: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let simulated = &given(simulation, "simulation")?.simulated;
        let left: Vec<Option<f64>> = (0..simulated.len()).map(|i| simulated.left(i)).collect();
        // SAFETY: the caller's contract in the header.
        unsafe { fill_optional(&left, out, has_value, capacity) }
    })
}

/// # Safety
/// Both outputs are NULL or have room for `capacity` values.
pub(crate) unsafe fn fill_optional<T: Copy + Default>(
    values: &[Option<T>],
    out: *mut T,
    has_value: *mut u8,
    capacity: usize,
) -> Result<(), Failure> {
    room(has_value, capacity, values.len(), "has_value")?;
    let given: Vec<T> = values.iter().map(|value| value.unwrap_or_default()).collect();
    let has: Vec<u8> = values.iter().map(|value| u8::from(value.is_some())).collect();
    // SAFETY: the caller's contract.
    unsafe {
        fill(out, capacity, &given, "out")?;
        fill(has_value, capacity, &has, "has_value")
    }
}

/// Purchases of every customer in the holdout, into `out`, which has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_simulation_holdout_frequency(
    simulation: Option<&crmv_simulation>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let bought: Vec<f64> = given(simulation, "simulation")?.simulated.holdout_frequency().into_iter().map(f64::from).collect();
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &bought, "out") }
    })
}

/// What every customer spent in the holdout, in money, into `out`, which has room for `capacity` values.
///
/// Errors: CRMV_INVALID_OPTION without a spend model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_simulation_holdout_spend(
    simulation: Option<&crmv_simulation>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let spent = given(simulation, "simulation")?.simulated.holdout_spend();
        let spent = spent.ok_or_else(|| Failure::option("spend", "NULL", "simulate with a spend model"))?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &spent, "out") }
    })
}

/// Number of purchases of all customers, the first ones and those of the holdout included.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_simulation_purchase_count(
    simulation: Option<&crmv_simulation>,
    out: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (simulated, out) = (&given(simulation, "simulation")?.simulated, given(out, "out")?);
        out.write((0..simulated.len()).map(|i| simulated.purchases(i).len() + 1).sum());
        Ok(())
    })
}

/// All purchases, customer by customer, each in order of time: the position of the customer, the time in the model's unit from the
/// customer's first purchase (which is there too, at 0), and the amount in money, 1 each without a spend model.
///
/// Each of the three arrays has room for `capacity` values; see crmv_simulation_purchase_count().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_simulation_purchases(
    simulation: Option<&crmv_simulation>,
    ids: *mut u64,
    times: *mut f64,
    amounts: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let purchases = given(simulation, "simulation")?.simulated.all_purchases();
        room(times, capacity, purchases.times.len(), "times")?;
        room(amounts, capacity, purchases.amounts.len(), "amounts")?;
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(ids, capacity, &purchases.ids, "ids")?;
            fill(times, capacity, &purchases.times, "times")?;
            fill(amounts, capacity, &purchases.amounts, "amounts")
        }
    })
}

/// The days since 1970-01-01 of the same purchases, into `out`, which has room for `capacity` values: with ids and amounts a transaction log.
///
/// A purchase t after the first one falls on the t-th day after it, begun days counted in full. Errors: CRMV_INVALID_OPTION unless the
/// customers were acquired on dates (crmv_simulate_acquired()); CRMV_DATE_OUT_OF_RANGE past the year 9999.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_simulation_days(simulation: Option<&crmv_simulation>, out: *mut i32, capacity: usize) -> crmv_status {
    guard(|| {
        let log = given(simulation, "simulation")?.simulated.transactions()?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &log.days, "out") }
    })
}

/// Customers drawn from BG/BB: at which opportunities they bought, and when they left. Immutable. Free it with
/// crmv_opportunity_simulation_free().
#[derive(Debug)]
pub struct crmv_opportunity_simulation {
    simulated: SimulatedOpportunities,
}

/// Draws one customer per element of `n`, an array of `customers` numbers of opportunities observed; `holdout`: how many more lives are
/// followed for; `seed` as in crmv_simulation.
///
/// Errors: CRMV_EMPTY without customers; CRMV_TOO_MANY_PERIODS above a million opportunities; CRMV_TOO_LARGE. Free it with
/// crmv_opportunity_simulation_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_simulate_opportunities(
    model: Option<&crmv_bg_bb>,
    n: *const u32,
    customers: usize,
    holdout: u32,
    seed: u64,
    out: Option<&mut MaybeUninit<*mut crmv_opportunity_simulation>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let n = unsafe { slice(n, customers, "n") }?;
        let simulated = OpportunitySimulation::with_opportunities(n).holdout(holdout).seed(seed).run(model.get())?;
        hand_over(out, crmv_opportunity_simulation { simulated });
        Ok(())
    })
}

/// Frees a simulation. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_opportunity_simulation_free(simulation: Option<Box<crmv_opportunity_simulation>>) {
    guard(|| {
        drop(simulation);
        Ok(())
    });
}

/// x, t_x and n of every customer as a new summary. Free it with crmv_opportunities_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_opportunity_simulation_opportunities(
    simulation: Option<&crmv_opportunity_simulation>,
    out: Option<&mut MaybeUninit<*mut crmv_opportunities>>,
) -> crmv_status {
    guard(|| {
        let (simulation, out) = (given(simulation, "simulation")?, given(out, "out")?);
        hand_over(out, crmv_opportunities::new(simulation.simulated.summary()?));
        Ok(())
    })
}

/// The opportunity at whose beginning each customer left. `has_value` becomes 1; or 0 if that was not within the simulated ones, and then out
/// is 0. Both have room for `capacity` values. A customer was still one at opportunity n unless left by then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_opportunity_simulation_left(
    simulation: Option<&crmv_opportunity_simulation>,
    out: *mut u32,
    has_value: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let simulated = &given(simulation, "simulation")?.simulated;
        let left: Vec<Option<u32>> = (0..simulated.len()).map(|i| simulated.left(i)).collect();
        // SAFETY: the caller's contract in the header.
        unsafe { fill_optional(&left, out, has_value, capacity) }
    })
}

/// Purchases of every customer in the holdout, into `out`, which has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_opportunity_simulation_holdout_frequency(
    simulation: Option<&crmv_opportunity_simulation>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let bought: Vec<f64> = given(simulation, "simulation")?.simulated.holdout_frequency().into_iter().map(f64::from).collect();
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &bought, "out") }
    })
}

/// Number of purchases of all customers, those of the holdout included.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_opportunity_simulation_purchase_count(
    simulation: Option<&crmv_opportunity_simulation>,
    out: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (simulated, out) = (&given(simulation, "simulation")?.simulated, given(out, "out")?);
        out.write((0..simulated.len()).map(|i| simulated.purchases(i).len()).sum());
        Ok(())
    })
}

/// All purchases, customer by customer: the position of the customer, and the opportunity, counted from 1. Both arrays have room for `capacity`
/// values; see crmv_opportunity_simulation_purchase_count().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_opportunity_simulation_purchases(
    simulation: Option<&crmv_opportunity_simulation>,
    ids: *mut u64,
    opportunities: *mut u32,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let simulated = &given(simulation, "simulation")?.simulated;
        let rows = (0..simulated.len()).flat_map(|i| simulated.purchases(i).iter().map(move |&opportunity| (i as u64, opportunity)));
        let (customers, bought): (Vec<u64>, Vec<u32>) = rows.unzip();
        room(opportunities, capacity, bought.len(), "opportunities")?;
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(ids, capacity, &customers, "ids")?;
            fill(opportunities, capacity, &bought, "opportunities")
        }
    })
}

/// Customers drawn from a contractual model: how long they stayed as far as observed, and when they leave. Immutable. Free it with
/// crmv_contract_simulation_free().
#[derive(Debug)]
pub struct crmv_contract_simulation {
    simulated: SimulatedContracts,
    survivors: Vec<Vec<f64>>,
}

/// Draws one customer per element of `periods`, an array of `customers` numbers: the last period in which each is observed, the first being 1,
/// so that periods - 1 renewals are known of those who stay.
///
/// `covariates`: one row per customer, which a model with covariates needs; NULL for none. `seed` as in crmv_simulation.
///
/// Errors: CRMV_EMPTY without customers; CRMV_NOT_POSITIVE for a period 0, CRMV_TOO_MANY_PERIODS above a million; CRMV_LENGTH_MISMATCH,
/// CRMV_MISSING_COVARIATES. Free it with crmv_contract_simulation_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_simulate_contracts(
    model: Option<&crmv_retention_model>,
    periods: *const u32,
    customers: usize,
    covariates: Option<&crmv_covariates>,
    seed: u64,
    out: Option<&mut MaybeUninit<*mut crmv_contract_simulation>>,
) -> crmv_status {
    guard(|| {
        let (model, out) = (given(model, "model")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let periods = unsafe { slice(periods, customers, "periods") }?;
        let table: Option<&Covariates> = covariates.map(crmv_covariates::table);
        let simulation = ContractSimulation::with_periods(periods).seed(seed);
        let simulation = table.map_or(simulation.clone(), |table| simulation.covariates(table));
        let simulated = simulation.run(model.get())?;
        hand_over(out, crmv_contract_simulation { survivors: simulated.survivors(), simulated });
        Ok(())
    })
}

/// Frees a simulation. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_contract_simulation_free(simulation: Option<Box<crmv_contract_simulation>>) {
    guard(|| {
        drop(simulation);
        Ok(())
    });
}

/// The customers as tenures for a fit, with their covariates if any were given. Free them with crmv_tenures_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_contract_simulation_tenures(
    simulation: Option<&crmv_contract_simulation>,
    out: Option<&mut MaybeUninit<*mut crmv_tenures>>,
) -> crmv_status {
    guard(|| {
        let (simulation, out) = (given(simulation, "simulation")?, given(out, "out")?);
        hand_over(out, crmv_tenures::new(simulation.simulated.tenures()?));
        Ok(())
    })
}

/// The rows of crmv_tenures_from_customers(): periods paid for as observed, and whether the customer was seen to leave, 1 or 0. Both arrays
/// have room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_contract_simulation_rows(
    simulation: Option<&crmv_contract_simulation>,
    tenure: *mut f64,
    churned: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let simulated = &given(simulation, "simulation")?.simulated;
        room(churned, capacity, simulated.len(), "churned")?;
        let periods: Vec<f64> = simulated.tenure().into_iter().map(f64::from).collect();
        let left: Vec<u8> = simulated.churned().into_iter().map(u8::from).collect();
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(tenure, capacity, &periods, "tenure")?;
            fill(churned, capacity, &left, "churned")
        }
    })
}

/// The renewal at which each customer leaves, observed or not, which is the number of periods paid for in the end. `has_value` becomes 1; or 0
/// if that is beyond 2^32 - 1, and then out is 0. Both have room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_contract_simulation_lifetimes(
    simulation: Option<&crmv_contract_simulation>,
    out: *mut u32,
    has_value: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let simulated = &given(simulation, "simulation")?.simulated;
        // SAFETY: the caller's contract in the header.
        unsafe { fill_optional(simulated.lifetimes(), out, has_value, capacity) }
    })
}

/// Number of cohorts, those of the customers with the same number of periods, and of all survivor counts.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_contract_simulation_cohorts(
    simulation: Option<&crmv_contract_simulation>,
    cohorts: Option<&mut MaybeUninit<usize>>,
    counts: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let survivors = &given(simulation, "simulation")?.survivors;
        let (cohorts, counts) = (given(cohorts, "cohorts")?, given(counts, "counts")?);
        cohorts.write(survivors.len());
        counts.write(survivors.iter().map(Vec::len).sum());
        Ok(())
    })
}

/// The survivor counts of the cohorts, shortest first, one after the other, and how many each has: what crmv_tenures_from_survivors() takes.
///
/// `survivors` has room for `capacity` counts, `lengths` for `n_lengths` cohorts; see crmv_contract_simulation_cohorts().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_contract_simulation_survivors(
    simulation: Option<&crmv_contract_simulation>,
    survivors: *mut f64,
    capacity: usize,
    lengths: *mut usize,
    n_lengths: usize,
) -> crmv_status {
    guard(|| {
        let cohorts = &given(simulation, "simulation")?.survivors;
        room(lengths, n_lengths, cohorts.len(), "lengths")?;
        let of_each: Vec<usize> = cohorts.iter().map(Vec::len).collect();
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(survivors, capacity, &cohorts.concat(), "survivors")?;
            fill(lengths, n_lengths, &of_each, "lengths")
        }
    })
}
