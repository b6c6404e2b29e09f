//! The C interface of `crm_value`: opaque handles, status codes, caller-allocated arrays.
//!
//! Converts and delegates; what the functions compute is documented in the core crate, how they are called in the header made from these
//! files. Every body runs inside [`ffi::guard`], so no panic crosses into C.
#![allow(non_camel_case_types, non_snake_case)]
// Doc comments are the header's text: the caller's contract is in their words, without a Rust heading.
#![allow(clippy::missing_safety_doc)]

// The order of the header; blank lines keep rustfmt from sorting them.
pub mod error;

pub mod time;

pub mod transactions;

pub mod customers;

pub mod fit;

pub mod purchases;

pub mod covariates;

pub mod spend;

pub mod opportunities;

pub mod bg_bb;

pub mod retention;

pub mod retention_covariates;

pub mod simulation;

pub mod comparison;

pub mod clv;

pub mod formulas;

pub mod forecast;

pub mod reach;

pub mod economics;

pub mod campaign;

pub mod referral;

pub mod labels;

pub mod cut_points;

pub mod rfm;

pub mod segments;

pub mod rfmr;

pub mod profile;

pub mod concentration;

pub mod inequality;

pub mod dependency;

pub mod whale;

pub mod cohort;

pub mod survival;

pub mod group_clv;

pub mod stages;

pub mod axis;

pub mod matrix;

pub mod review;

pub mod ffi;
