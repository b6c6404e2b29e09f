/*
 * crm_value: what is this customer worth? Customer lifetime value, RFM, concentration and tiers from a transaction log.
 *
 * The way data flows:
 *
 *     crmv_transactions --> crmv_customers --> crmv_purchase_model, crmv_spend_model --> crmv_clv_predictive() --> crmv_concentration
 *                       \-> crmv_rfm_summary --> crmv_rfm_scores --> crmv_segment_table                        \-> crmv_tiers
 *
 *     crmv_transactions *log;  crmv_customers *customers;  crmv_purchase_model *model;
 *     if (crmv_transactions_from_columns(ids, days, amounts, n, &log) != CRMV_OK) fail(crmv_last_error());
 *     if (crmv_transactions_summarize(log, CRMV_UNIT_WEEK, &last_day, &customers) != CRMV_OK) fail(crmv_last_error());
 *     if (crmv_bg_nbd_fit(customers, NULL, &model) != CRMV_OK) fail(crmv_last_error());
 *     if (crmv_purchase_model_probability_alive(model, customers, p_alive, n_customers) != CRMV_OK) fail(crmv_last_error());
 *
 * Conventions, which every function keeps:
 *
 * Errors.     A function that can fail returns crmv_status: CRMV_OK (0) or a code. crmv_last_error() says in words what went wrong on this
 *             thread, naming column, row and value. Output arguments are written only on success. No call ends the process: a bug inside
 *             the library comes back as CRMV_PANIC (and a line on standard error).
 * NULL.       Every pointer is checked: CRMV_NULL_POINTER, unless NULL is said to be allowed. An array of length 0 may be NULL.
 * Ownership.  What a function gives through a pointer to a handle pointer is the caller's, to be freed with the _free function of its
 *             type; _free(NULL) does nothing. A char * is freed with crmv_string_free(), never with free(). A pointer to const is
 *             borrowed: it belongs to the handle it came from and dies with it. Handles do not depend on each other: a summary outlives
 *             its log, a value its model. Input arrays and texts are only read during the call.
 * Arrays.     Results go into arrays that the caller allocates: `out` has room for `capacity` elements; too few is
 *             CRMV_BUFFER_TOO_SMALL, more are left as they are. Values of customers come in the order of the summary.
 * Absent      numbers are never NaN or -1: a flag beside the number (has_...) says whether it is there, and the number is 0 if not.
 * Structs     of options and columns begin with struct_size and are set up by their _init function with sizeof; structs of results are
 *             given together with sizeof. Both may grow at the end in later versions without breaking programs compiled before. To set
 *             them up by hand, set all bytes to 0 and struct_size to sizeof - except crmv_clv_options and crmv_rfm_options, whose
 *             defaults are not 0.
 * Enumerations are int32_t with constants; an unknown value is CRMV_INVALID_OPTION.
 * Units.      Dates are days since 1970-01-01 (int32_t). Times, horizons and rates come with a CRMV_UNIT_. Money is one currency.
 *             Shares are in [0, 1], never per cent; rates likewise (10 % is 0.10).
 * Texts       are NUL-terminated UTF-8.
 * Threads.    Handles are immutable: any number of threads may use the same handle at once, as long as none frees it. The last error is
 *             kept per thread. Results do not depend on the number of threads or the order of the rows, to the last bit.
 *
 * Made from the Rust sources of bindings-c; do not edit.
 */

#ifndef CRM_VALUE_H
#define CRM_VALUE_H

#include <stddef.h>
#include <stdint.h>

/* The version of this header; crmv_version() is that of the library. */
#define CRMV_VERSION_MAJOR 0
#define CRMV_VERSION_MINOR 1
#define CRMV_VERSION_PATCH 0
#define CRMV_VERSION "0.1.0"

/** Success. */
#define CRMV_OK 0
/** An input has no rows. */
#define CRMV_EMPTY 1
/** Columns of one table differ in length. */
#define CRMV_LENGTH_MISMATCH 2
/** A number is NaN or infinite. */
#define CRMV_NON_FINITE 3
/** A value is missing. */
#define CRMV_MISSING 4
/** A text is not a date. */
#define CRMV_UNPARSABLE_DATE 5
/** A date lies outside the years -9999 to 9999. */
#define CRMV_DATE_OUT_OF_RANGE 6
/** The observation ends before the first purchase. */
#define CRMV_END_BEFORE_FIRST_PURCHASE 7
/** The holdout does not end after the calibration. */
#define CRMV_EMPTY_HOLDOUT 8
/** No row is a purchase. */
#define CRMV_NO_PURCHASES 9
/** No customer bought again, so no model can be fitted. */
#define CRMV_NO_REPEAT_PURCHASES 10
/** Recency is above T. */
#define CRMV_RECENCY_EXCEEDS_AGE 11
/** Frequency and recency contradict each other. */
#define CRMV_INCONSISTENT_RECENCY 12
/** A value is negative. */
#define CRMV_NEGATIVE 13
/** A value is not a whole number. */
#define CRMV_NOT_A_COUNT 14
/** A value is not above 0. */
#define CRMV_NOT_POSITIVE 15
/** A refund under CRMV_REFUNDS_REJECT. */
#define CRMV_REFUND 16
/** An amount of 0 under CRMV_ROWS_REJECT. */
#define CRMV_ZERO_AMOUNT 17
/** Identical rows under CRMV_ROWS_REJECT. */
#define CRMV_DUPLICATE_ROW 18
/** A customer occurs twice in a customer table. */
#define CRMV_DUPLICATE_CUSTOMER 19
/** Two things are measured in different time units. */
#define CRMV_UNIT_MISMATCH 20
/** A discount rate is not above -1. */
#define CRMV_DISCOUNT_RATE 21
/** An endless horizon needs a discount rate above 0. */
#define CRMV_UNBOUNDED_VALUE 22
/** A horizon or period is not above 0. */
#define CRMV_HORIZON 23
/** An interval does not run forward. */
#define CRMV_INTERVAL 24
/** A model parameter is outside its range. */
#define CRMV_INVALID_PARAMETER 25
/** An option is outside its range, an enumeration value unknown, or a struct_size wrong. */
#define CRMV_INVALID_OPTION 26
/** The mean spend of the population does not exist (q <= 1). */
#define CRMV_UNDEFINED_MEAN 27
/** A number of bins is outside 1 to 100. */
#define CRMV_BINS 28
/** Cut points do not rise. */
#define CRMV_CUT_POINTS 29
/** A share is outside [0, 1]. */
#define CRMV_SHARE 30
/** Tier bounds do not rise to 1. */
#define CRMV_TIER_BOUNDS 31
/** The values do not sum to more than 0. */
#define CRMV_TOTAL_NOT_POSITIVE 32
/** A segment table cannot be used. */
#define CRMV_SEGMENT_TABLE 33
/** A name is unknown. */
#define CRMV_UNKNOWN_COLUMN 34
/** A column has another type. */
#define CRMV_WRONG_TYPE 35
/** A column that is needed is not there. */
#define CRMV_MISSING_COLUMN 36
/** Too many rows. */
#define CRMV_TOO_LARGE 37
/** A fit found no finite log-likelihood. */
#define CRMV_NOT_FINITE 38
/** The monitor callback stopped the fit. */
#define CRMV_CANCELLED 39
/** A stored object (JSON) cannot be read. */
#define CRMV_DESERIALIZE 40
/** The survivor counts of a cohort rise. */
#define CRMV_RISING_SURVIVORS 41
/** More purchases, or a later one, than there were opportunities. */
#define CRMV_EXCEEDS_OPPORTUNITIES 42
/** More purchases than opportunities up to the last purchase. */
#define CRMV_FREQUENCY_EXCEEDS_RECENCY 43
/** More periods than a model in discrete time can be asked for. */
#define CRMV_TOO_MANY_PERIODS 44
/** Nobody left, or everybody at the first renewal. */
#define CRMV_DEGENERATE_TENURES 45
/** A row names a customer that is not there. */
#define CRMV_UNKNOWN_CUSTOMER 46
/** A customer is its own referrer. */
#define CRMV_SELF_REFERRAL 47
/** Referrals run in a circle. */
#define CRMV_REFERRAL_LOOP 48
/** A measure does not exist for these values. */
#define CRMV_UNDEFINED 51
/** Labels of customers contradict themselves. */
#define CRMV_LABELS 52
/** A sum of logarithms exceeds that of equal parts. */
#define CRMV_LOG_SUM 61
/** A covariate does not vary. */
#define CRMV_CONSTANT_COLUMN 64
/** Covariates depend on each other linearly. */
#define CRMV_COLLINEAR_COLUMNS 65
/** A column name occurs twice. */
#define CRMV_DUPLICATE_COLUMN 66
/** The customers lack covariates of the model. */
#define CRMV_MISSING_COVARIATES 67
/** A customer has no row in a table that is joined to the summary. */
#define CRMV_CUSTOMER_NOT_FOUND 68
/** Times are not in rising order. */
#define CRMV_UNSORTED 72
/** An argument that must not be NULL is NULL. */
#define CRMV_NULL_POINTER 1000
/** A text is not valid UTF-8. */
#define CRMV_INVALID_UTF8 1001
/** An output array is too small; the message says how many elements are needed. */
#define CRMV_BUFFER_TOO_SMALL 1002
/** A position is beyond the end. */
#define CRMV_OUT_OF_RANGE 1003
/** A bug in the library; no handle was damaged. Please report it with the message. */
#define CRMV_PANIC 1999

/** The number of the binary interface this header describes. */
#define CRMV_ABI_VERSION 0

/** No time unit: the model does not know time. */
#define CRMV_UNIT_NONE (-1)

/** One day. */
#define CRMV_UNIT_DAY 0
/** Seven days; days are divided by 7 and not rounded. */
#define CRMV_UNIT_WEEK 1
/** 365.25 / 12 days. */
#define CRMV_UNIT_MONTH 2
/** 365.25 / 4 days. */
#define CRMV_UNIT_QUARTER 3
/** 365.25 days. */
#define CRMV_UNIT_YEAR 4

/** Days. */
#define CRMV_TIMESTAMP_DAYS 0
/** Seconds. */
#define CRMV_TIMESTAMP_SECONDS 1
/** Milliseconds. */
#define CRMV_TIMESTAMP_MILLISECONDS 2
/** Microseconds. */
#define CRMV_TIMESTAMP_MICROSECONDS 3
/** Nanoseconds. */
#define CRMV_TIMESTAMP_NANOSECONDS 4

/** Monday to Sunday (ISO 8601). */
#define CRMV_PERIOD_WEEK 0
/** A calendar month. */
#define CRMV_PERIOD_MONTH 1
/** A calendar quarter. */
#define CRMV_PERIOD_QUARTER 2
/** A calendar year. */
#define CRMV_PERIOD_YEAR 3

/** Once per period: v(t) = (1 + rate)^(-t / length). */
#define CRMV_COMPOUNDING_PERIODIC 0
/** Continuously: v(t) = exp(-rate t / length). */
#define CRMV_COMPOUNDING_CONTINUOUS 1

/** Net them within the day and against the customer's total; a day whose net is not above 0 is no purchase. The default. */
#define CRMV_REFUNDS_NET 0
/** Refuse the log (CRMV_REFUND). */
#define CRMV_REFUNDS_REJECT 1
/** Leave the rows out, counted. */
#define CRMV_REFUNDS_DROP 2

/** Use them, counted. The default. */
#define CRMV_ROWS_KEEP 0
/** Refuse the log (CRMV_ZERO_AMOUNT, CRMV_DUPLICATE_ROW). */
#define CRMV_ROWS_REJECT 1
/** Leave the rows out, counted. */
#define CRMV_ROWS_DROP 2

/** Refuse the log with an error that names the first such row. The default. */
#define CRMV_INVALID_ROWS_REJECT 0
/** Leave the rows out, counted. */
#define CRMV_INVALID_ROWS_DROP 1

/** Unsigned integers. */
#define CRMV_IDS_U64 0
/** Signed integers. */
#define CRMV_IDS_I64 1
/** Texts. */
#define CRMV_IDS_TEXT 2

/** Every parameter changed by less than the tolerance. */
#define CRMV_TERMINATION_CONVERGED 0
/** No step raises the likelihood any more, though the tolerance was not reached. */
#define CRMV_TERMINATION_STALLED 1
/** The limit of iterations was reached. */
#define CRMV_TERMINATION_MAX_ITERATIONS 2

/** At the end of each period; a last shorter period at the horizon. */
#define CRMV_TIMING_END_OF_PERIOD 0
/** At the moment of the purchase: the exact integral. */
#define CRMV_TIMING_CONTINUOUS 1

/** After one period, if the customer stays. */
#define CRMV_FIRST_MARGIN_AFTER_ONE_PERIOD 0
/** Now, for certain. */
#define CRMV_FIRST_MARGIN_NOW 1

/** Known without doubt: `a`. */
#define CRMV_ASSUMPTION_KNOWN 0
/** Mean `a` and standard deviation `b`. */
#define CRMV_ASSUMPTION_MEAN_SD 1
/** 10 % point `a` and 90 % point `b`. */
#define CRMV_ASSUMPTION_RANGE 2

/** Credit reaches down the whole chain of referrals. */
#define CRMV_REFERRALS_ENDLESS UINT32_MAX

/** Large values earn high scores. */
#define CRMV_DIRECTION_HIGHER_IS_BETTER 0
/** Small values earn high scores. */
#define CRMV_DIRECTION_LOWER_IS_BETTER 1

/** The lower third of the customers by value. */
#define CRMV_VALUE_LOW 0
/** The middle third. */
#define CRMV_VALUE_MEDIUM 1
/** The upper third. */
#define CRMV_VALUE_HIGH 2

/** R: time since the last purchase. */
#define CRMV_AXIS_RECENCY 0
/** F: number of purchase days. */
#define CRMV_AXIS_FREQUENCY 1
/** M: money spent. */
#define CRMV_AXIS_MONETARY 2

/** Net amount to date. */
#define CRMV_MONETARY_TOTAL 0
/** Net amount per purchase day. */
#define CRMV_MONETARY_MEAN 1
/** Room that every label of crmv_rfm_scores_label() fits in, in bytes. */
#define CRMV_RFM_LABEL_SIZE 12

/** Months since the last purchase. */
#define CRMV_RFMR_MONTHS_SINCE_LAST 0
/** Recent orders. */
#define CRMV_RFMR_RECENT_ORDERS 1
/** Mean value of the last orders, in money. */
#define CRMV_RFMR_MEAN_RECENT_VALUE 2
/** Returns. */
#define CRMV_RFMR_RETURNS 3
/** Main catalogues sent since the last purchase. */
#define CRMV_RFMR_MAIN_CATALOGUES 4
/** Special catalogues sent since the last purchase. */
#define CRMV_RFMR_SPECIAL_CATALOGUES 5
/** Mailings sent since the last purchase. */
#define CRMV_RFMR_MAILINGS 6

/** Below the elimination threshold: take out of the mailing. */
#define CRMV_MAILING_REMOVE 0
/** From the one to the other threshold, both included. */
#define CRMV_MAILING_KEEP 1
/** Above the A threshold: concentrate on them. */
#define CRMV_MAILING_CONCENTRATE 2

/** Refuse them with CRMV_NEGATIVE and the row. */
#define CRMV_NEGATIVES_REJECT 0
/** Count them as 0; crmv_concentration_negatives_clamped() says how many. */
#define CRMV_NEGATIVES_CLAMP 1
/** Take them as they are; shares and Gini may then exceed 1. */
#define CRMV_NEGATIVES_ALLOW 2

/** Cumulative share of the customers. */
#define CRMV_TIERS_BY_CUSTOMER_SHARE 0
/** Cumulative share of the value: ABC analysis. */
#define CRMV_TIERS_BY_VALUE_SHARE 1
/** Values of your own. */
#define CRMV_TIERS_BY_THRESHOLDS 2

/** The whole interval lies at or above the share claimed. */
#define CRMV_RULE_HOLDS 0
/** The whole interval lies below it. */
#define CRMV_RULE_DOES_NOT_HOLD 1
/** The interval contains it: more customers are needed to tell. */
#define CRMV_RULE_UNDECIDED 2

/** Customers with a purchase at that age. */
#define CRMV_COHORT_CUSTOMERS 0
/** Purchase occasions. */
#define CRMV_COHORT_ORDERS 1
/** Net amount, in money. */
#define CRMV_COHORT_REVENUE 2
/** Margin, in money; without values if the log has none. */
#define CRMV_COHORT_MARGIN 3
/** Active customers over the size of the cohort. */
#define CRMV_COHORT_RETENTION 4
/** Net amount of ages 0 to this one, in money. */
#define CRMV_COHORT_CUMULATIVE_REVENUE 5
/** Margin of ages 0 to this one, in money. */
#define CRMV_COHORT_CUMULATIVE_MARGIN 6
/** Net amount of ages 0 to this one, in money per acquired customer. */
#define CRMV_COHORT_CUMULATIVE_REVENUE_PER_CUSTOMER 7
/** Margin of ages 0 to this one, in money per acquired customer. */
#define CRMV_COHORT_CUMULATIVE_MARGIN_PER_CUSTOMER 8

/** Its period has not begun by the end of observation: everything in it is 0. */
#define CRMV_CELL_NONE 0
/** Its period lies fully inside the observation. */
#define CRMV_CELL_COMPLETE 1
/** Its period was observed in part: what it holds is that part. */
#define CRMV_CELL_MASKED 2

/** Now: the next payment is not discounted, as in the literature. The default. */
#define CRMV_RENEWAL_DUE_NOW 0
/** At the end of the period that the customer is in, as T says; only crmv_clv_contracts() knows T. */
#define CRMV_RENEWAL_AT_PERIOD_END 1

/** Has not bought yet. */
#define CRMV_STAGE_PROSPECT 0
/** Bought for the first time not long ago, and once. */
#define CRMV_STAGE_NEW 1
/** Buys in the usual rhythm. */
#define CRMV_STAGE_ACTIVE 2
/** Overdue. */
#define CRMV_STAGE_AT_RISK 3
/** Long overdue. */
#define CRMV_STAGE_LAPSED 4
/** Hardly to be expected back. */
#define CRMV_STAGE_LOST 5
/** Came back not long ago, after having lapsed. */
#define CRMV_STAGE_WON_BACK 6

/** For value (low, medium, high) by stage. */
#define CRMV_ACTIONS_VALUE_BY_STAGE 0
/** For value (low, medium, high) by churn risk (very high, high, medium, low). */
#define CRMV_ACTIONS_VALUE_BY_CHURN_RISK 1

/** Net amounts. The default. */
#define CRMV_REVIEW_REVENUE 0
/** The margin column. */
#define CRMV_REVIEW_MARGIN 1

/** There in the second period for the first time. */
#define CRMV_MOVEMENT_NEW 0
/** There in the second period and before, but not in the first. */
#define CRMV_MOVEMENT_RETURNED 1
/** There in both, of greater value in the second. */
#define CRMV_MOVEMENT_GROWN 2
/** There in both, of the same value, up to the tolerance. */
#define CRMV_MOVEMENT_EQUAL 3
/** There in both, of smaller value in the second. */
#define CRMV_MOVEMENT_SHRUNK 4
/** There in the first period only. */
#define CRMV_MOVEMENT_LOST 5
/** There in neither, but known. */
#define CRMV_MOVEMENT_ABSENT 6

/**
 * How much of the value hangs on single levels of an attribute: industry, region, channel.
 *
 * Immutable. Free it with crmv_attribute_concentration_free().
 */
typedef struct crmv_attribute_concentration crmv_attribute_concentration;

/**
 * BG/BB, with known or fitted parameters alpha, beta, gamma, delta (all above 0, without unit): customers who can buy once per opportunity,
 * until they drop out unseen.
 *
 * alpha / (alpha + beta) is the mean purchase probability per opportunity, gamma / (gamma + delta) the mean dropout probability. Whatever is
 * asked of a model gives one value per row, in the order of the summary. Immutable, so any number of threads may use it at once. Free it
 * with crmv_bg_bb_free().
 */
typedef struct crmv_bg_bb crmv_bg_bb;

/** Customers by calendar period of their first purchase and age in whole periods. Immutable. Free it with crmv_cohorts_free(). */
typedef struct crmv_cohorts crmv_cohorts;

/** Fits of several models to the same customers, side by side, the smallest AIC first. Free it with crmv_comparison_free(). */
typedef struct crmv_comparison crmv_comparison;

/**
 * Concentration of a value (revenue, contribution margin, predicted CLV) over customers.
 *
 * Immutable, so any number of threads may use it at once. Free it with crmv_concentration_free().
 */
typedef struct crmv_concentration crmv_concentration;

/**
 * Customers drawn from a contractual model: how long they stayed as far as observed, and when they leave. Immutable. Free it with
 * crmv_contract_simulation_free().
 */
typedef struct crmv_contract_simulation crmv_contract_simulation;

/**
 * Named columns of finite numbers, one row per customer: what is known of customers beside their purchases, and does not change.
 *
 * A category enters as 0/1 columns, one for each of its values but one. Immutable. Free it with crmv_covariates_free().
 */
typedef struct crmv_covariates crmv_covariates;

/**
 * One row per customer: what every purchase and spend model needs.
 *
 * | column         | symbol | meaning                                                                           |
 * |----------------|--------|-----------------------------------------------------------------------------------|
 * | frequency      | x      | repeat purchase occasions; the first one is not counted                           |
 * | recency        | t_x    | first to last occasion; 0 exactly when x = 0                                      |
 * | T              | T      | first occasion to the end of observation; t_x <= T                                |
 * | monetary_value | z      | mean amount per repeat occasion, in money; absent when x = 0                      |
 * | total_spend    |        | realised net amount, first occasion and refunds included, in money                |
 * | total_margin   |        | the same of the margin column                                                     |
 * | log_intervals  |        | sum of ln(length) of the x intervals between occasions, on demand                 |
 * | log_spend      |        | sum of ln(amount) of the x repeat occasions, in money, on demand                  |
 *
 * Times are in the summary's unit, whole or not. Not to be confused with crmv_rfm_summary, whose recency runs backwards from the end of
 * observation. Immutable, so any number of threads may use it at once. Free it with crmv_customers_free().
 */
typedef struct crmv_customers crmv_customers;

/**
 * The yardstick of one column: the value at which each score begins. Small, without customer data, and applicable to new customers.
 *
 * Immutable, so any number of threads may use it at once. Free it with crmv_cut_points_free().
 */
typedef struct crmv_cut_points crmv_cut_points;

/**
 * The dilemma list: customers among the largest by revenue whose margin is negative, the largest loss first.
 *
 * Immutable. Free it with crmv_dilemmas_free().
 */
typedef struct crmv_dilemmas crmv_dilemmas;

/** The outcome of a fit: how good, how certain, how it ended. Belongs to its model, and is never freed by itself. */
typedef struct crmv_fit_report crmv_fit_report;

/** Expected purchases, revenue and margin per future period, and their discounted sum. Immutable. Free it with crmv_forecast_free(). */
typedef struct crmv_forecast crmv_forecast;

/** Calibration summary and holdout counts of the same customers. Free it with crmv_holdout_free(). */
typedef struct crmv_holdout crmv_holdout;

/**
 * A name for every customer: region, industry, tier, segment. Holds the distinct names, the levels, once.
 *
 * Immutable, so any number of threads may use it at once. Free it with crmv_labels_free().
 */
typedef struct crmv_labels crmv_labels;

/** Customers by two criteria. Immutable. Free it with crmv_matrix_free(). */
typedef struct crmv_matrix crmv_matrix;

/** A criterion of a matrix: its levels, and the level of every customer. Immutable. Free it with crmv_matrix_axis_free(). */
typedef struct crmv_matrix_axis crmv_matrix_axis;

/**
 * One row per customer, or per group of customers with the same record: what crmv_bg_bb needs.
 *
 * | column    | symbol | meaning                                                                              |
 * |-----------|--------|--------------------------------------------------------------------------------------|
 * | frequency | x      | opportunities at which the customer bought, after the first purchase                 |
 * | recency   | t_x    | the last such opportunity, counted from 1; 0 exactly when x = 0; x <= t_x <= n       |
 * | n         | n      | opportunities observed                                                               |
 * | weight    |        | customers that the row stands for; 1 unless given                                    |
 *
 * An opportunity holds one purchase or none. Immutable, so any number of threads may use it at once. Free it with crmv_opportunities_free().
 */
typedef struct crmv_opportunities crmv_opportunities;

/**
 * Customers drawn from BG/BB: at which opportunities they bought, and when they left. Immutable. Free it with
 * crmv_opportunity_simulation_free().
 */
typedef struct crmv_opportunity_simulation crmv_opportunity_simulation;

/**
 * A model of when customers buy, with known or fitted parameters.
 *
 * | model         | parameters, in this order | purchases are Poisson, and customers                             |
 * |---------------|---------------------------|------------------------------------------------------------------|
 * | BG/NBD        | r, alpha, a, b            | may leave after any repeat purchase                              |
 * | MBG/NBD       | r, alpha, a, b            | may leave after any purchase, the first one included             |
 * | BG/CNBD-k     | k, r, alpha, a, b         | may leave after any repeat purchase; they buy at a rhythm        |
 * | MBG/CNBD-k    | k, r, alpha, a, b         | may leave after any purchase; they buy at a rhythm               |
 * | Pareto/NBD    | r, alpha, s, beta         | leave at random, whether they buy or not                         |
 * | GGompertz/NBD | r, alpha, b, s, beta      | leave at random, at a risk that grows with age                   |
 * | NBD           | r, alpha                  | never leave: the baseline                                        |
 *
 * All parameters are above 0. Times in the model's unit are alpha and the beta of Pareto/NBD, and b of GGompertz/NBD is a rate per unit;
 * the others have no unit. Whatever is asked of a model gives one value per customer, in the order of the summary, whose unit must be that
 * of the model (CRMV_UNIT_MISMATCH). Immutable, so any number of threads may use it at once. Free it with crmv_purchase_model_free().
 */
typedef struct crmv_purchase_model crmv_purchase_model;

/**
 * A model of how often customers renew a contract, with known or fitted parameters.
 *
 * | model     | parameters, in this order       | the churn probability                                               |
 * |-----------|---------------------------------|---------------------------------------------------------------------|
 * | geometric | theta, between 0 and 1          | is the same for all customers and renewals: the baseline            |
 * | sBG       | alpha, beta, above 0            | differs between customers                                           |
 * | BdW       | alpha, beta, c, above 0         | differs between customers and changes with tenure (rises for c > 1) |
 *
 * Times are periods, renewals are counted from 1, rates are per period. Immutable, so any number of threads may use it at once. Free it with
 * crmv_retention_model_free().
 */
typedef struct crmv_retention_model crmv_retention_model;

/** Two periods side by side. Immutable. Free it with crmv_review_free(). */
typedef struct crmv_review crmv_review;

/**
 * The yardstick behind scores: where each score of each axis begins. Small, without customer data, and applicable to new customers.
 * Immutable. Free it with crmv_rfm_cut_points_free().
 */
typedef struct crmv_rfm_cut_points crmv_rfm_cut_points;

/** The R, F and M scores of customers, 1 (worst) to the number of bins (best). Immutable. Free them with crmv_rfm_scores_free(). */
typedef struct crmv_rfm_scores crmv_rfm_scores;

/**
 * One row per customer for RFM scoring: how long ago, how often, how much.
 *
 * Time since the last purchase runs backwards from the end of observation, and frequency counts every purchase day: these are not the
 * recency and frequency of crmv_customers. Immutable, so any number of threads may use it at once. Free it with crmv_rfm_summary_free().
 */
typedef struct crmv_rfm_summary crmv_rfm_summary;

/**
 * One row per customer for RFMR points. Immutable. Free it with crmv_rfmr_history_free().
 *
 * | column              | meaning                                                                 |
 * |---------------------|-------------------------------------------------------------------------|
 * | months_since_last   | months (of 30.4375 days) from the last purchase to the end              |
 * | recent_orders       | purchase days of the last 18 months                                     |
 * | mean_recent_value   | mean net amount of the last 3 purchase days, in money                   |
 * | returns             | number of returns                                                       |
 * | main_catalogues, special_catalogues, mailings | contacts since the last purchase; 0 unless given |
 */
typedef struct crmv_rfmr_history crmv_rfmr_history;

/**
 * The table of RFMR points: recency, frequency, monetary value, and reaction (returns and contacts). Data, without customers.
 *
 * Immutable. Free it with crmv_rfmr_points_free().
 */
typedef struct crmv_rfmr_points crmv_rfmr_points;

/**
 * How customers moved between two labelings: last year's segments or tiers against this year's.
 *
 * Customers are matched by id; those only in the second labeling are new, those only in the first are lost. Immutable. Free it with
 * crmv_segment_migration_free().
 */
typedef struct crmv_segment_migration crmv_segment_migration;

/** Who is in a segment: customers and value by attribute level and segment. Immutable. Free it with crmv_segment_profile_free(). */
typedef struct crmv_segment_profile crmv_segment_profile;

/**
 * Names for regions of the R, F, M cube. The first row that covers a customer's scores names its segment; "other" if none does.
 *
 * Immutable. Free it with crmv_segment_table_free().
 */
typedef struct crmv_segment_table crmv_segment_table;

/**
 * Customers drawn from a purchase model: what they did, exact in time, and what nobody can see, when they left.
 *
 * The generator is ChaCha8, its key the seed, its stream number the customer's position: the same seed gives the same bits in Rust, Python and
 * C, whatever the number of threads, of later customers, or the length of the observation. Immutable. Free it with crmv_simulation_free().
 */
typedef struct crmv_simulation crmv_simulation;

/**
 * A model of how much customers spend per purchase: Gamma-Gamma, with known or fitted parameters p, q, v (all above 0; v in money).
 *
 * With q <= 1 the mean spend of the population does not exist, and nothing can be said of customers without repeat purchases
 * (CRMV_UNDEFINED_MEAN). Immutable, so any number of threads may use it at once. Free it with crmv_spend_model_free().
 */
typedef struct crmv_spend_model crmv_spend_model;

/** Survival curve (Kaplan-Meier) of customers some of whom have not churned yet. Immutable. Free it with crmv_survival_free(). */
typedef struct crmv_survival crmv_survival;

/**
 * Tenures of customers whose loss is observed: subscriptions, memberships, policies.
 *
 * A customer pays for period 1 on joining and decides at its end whether to renew. The tenure counts the periods paid for, the current one
 * included. Immutable, so any number of threads may use it at once. Free it with crmv_tenures_free().
 */
typedef struct crmv_tenures crmv_tenures;

/** The table from tier to action, best tier first. Immutable. Free it with crmv_tier_actions_free(). */
typedef struct crmv_tier_actions crmv_tier_actions;

/**
 * Tiers of customers, best first, numbered 0, 1, 2, ...; without customer data, and applicable to new customers.
 *
 * A customer starts where all customers of strictly greater value end, and belongs to the first tier whose bound lies above that start.
 * Ties are never split. Immutable. Free them with crmv_tiers_free().
 */
typedef struct crmv_tiers crmv_tiers;

/**
 * A validated transaction log: for every customer the purchase occasions (days) with their net amounts.
 *
 * Holds copies; the columns it was made from may be freed. Immutable, so any number of threads may use it at once. Free it with
 * crmv_transactions_free().
 */
typedef struct crmv_transactions crmv_transactions;

/**
 * The whale curve of a value that may be negative: the running sum from the most to the least profitable customer.
 *
 * Immutable. Free it with crmv_whale_curve_free().
 */
typedef struct crmv_whale_curve crmv_whale_curve;

/**
 * What every function that can fail returns: CRMV_OK or the code of what went wrong. Codes are never renumbered.
 *
 * crmv_last_error() then says it in words, with column, row (0-based) and value. On failure no output argument is written.
 */
typedef int32_t crmv_status;

/** A period of the civil calendar: one of the CRMV_PERIOD_ constants. */
typedef int32_t crmv_calendar_period;

/** What to do with negative amounts: one of the CRMV_REFUNDS_ constants. */
typedef int32_t crmv_refund_policy;

/** What to do with unusual but usable rows: one of the CRMV_ROWS_ constants. */
typedef int32_t crmv_row_policy;

/** What to do with rows that cannot be used (a missing value, NaN or infinity, a date out of range): a CRMV_INVALID_ROWS_ constant. */
typedef int32_t crmv_invalid_rows;

/** How a log is read. Set it up with crmv_log_options_init(); fields may be added at its end in later versions. */
typedef struct {
    /** Size of the struct, set by crmv_log_options_init(). */
    size_t struct_size;
    /** Limit on threads; 0 for all cores. Never changes a result. */
    size_t threads;
    /** Negative amounts. */
    crmv_refund_policy refunds;
    /** Amounts of 0. */
    crmv_row_policy zeros;
    /** Rows that agree in customer, day, amount and margin. */
    crmv_row_policy duplicates;
    /** Rows that cannot be used. */
    crmv_invalid_rows invalid_rows;
    /** The name errors call the column of ids by; NULL for "customer_id". */
    const char *id_name;
    /** The same of the dates; NULL for "date". */
    const char *date_name;
    /** The same of the amounts; NULL for "amount". */
    const char *amount_name;
    /** The same of margins or costs; NULL for "margin". */
    const char *margin_name;
} crmv_log_options;

/** The unit of integer timestamps since 1970-01-01T00:00:00: one of the CRMV_TIMESTAMP_ constants. */
typedef int32_t crmv_timestamp_unit;

/**
 * The columns of a transaction table, or of one chunk of it. Set it up with crmv_transaction_columns_init(), then fill in what you have.
 *
 * Every array has `n` elements and is only read during the call. Give exactly one of the three id arrays, exactly one of `days` and
 * `timestamps`, and `amounts`; everything else may stay NULL. The flag arrays hold 0 for a value that is there and anything else for a
 * missing one.
 */
typedef struct {
    /** Size of the struct, set by crmv_transaction_columns_init(). */
    size_t struct_size;
    /** Number of rows. */
    size_t n;
    /** Customer of each row as unsigned integer. */
    const uint64_t *ids_u64;
    /** Customer of each row as signed integer. */
    const int64_t *ids_i64;
    /** Customer of each row as NUL-terminated UTF-8 text; a NULL entry is a missing id. */
    const char *const *ids_text;
    /** Date of each row as days since 1970-01-01; see crmv_parse_dates(). */
    const int32_t *days;
    /** Time of each row in `timestamp_unit`s since 1970-01-01T00:00:00; cut down to the day. */
    const int64_t *timestamps;
    /** Amount of each row, in money of one currency; refunds are negative. */
    const double *amounts;
    /** Contribution margin of each row, in money. At most one of `margins` and `costs`. */
    const double *margins;
    /** Cost of each row, in money; the margin is then amount - cost. */
    const double *costs;
    /** Flags of missing ids. */
    const uint8_t *missing_ids;
    /** Flags of missing dates. */
    const uint8_t *missing_dates;
    /** Flags of missing amounts. */
    const uint8_t *missing_amounts;
    /** Flags of missing margins or costs. */
    const uint8_t *missing_margins;
    /** The unit of `timestamps`. */
    crmv_timestamp_unit timestamp_unit;
    /** 0. */
    int32_t reserved;
} crmv_transaction_columns;

/**
 * What was found in the data and what was done about it. Fields may be added at the end in later versions.
 *
 * rows_read = rows_used + rows_dropped; nothing is lost in silence. Amounts are in money.
 */
typedef struct {
    /** Rows in the input. */
    uint64_t rows_read;
    /** Rows that entered the log. */
    uint64_t rows_used;
    /** Rows that did not: the sum of the five counts that follow. */
    uint64_t rows_dropped;
    /** Rows dropped because a value was missing. */
    uint64_t dropped_missing;
    /** Rows dropped because a number was NaN or infinite, or a date out of range. */
    uint64_t dropped_invalid;
    /** Refund rows dropped by policy. */
    uint64_t dropped_refunds;
    /** Rows with amount 0 dropped by policy. */
    uint64_t dropped_zeros;
    /** Duplicate rows dropped by policy. */
    uint64_t dropped_duplicates;
    /** Rows with a negative amount. */
    uint64_t refund_rows;
    /** Rows with amount 0. */
    uint64_t zero_rows;
    /** Rows that repeat another row of the same customer, day, amount and margin. */
    uint64_t duplicate_rows;
    /** Rows merged into another row of the same customer and day. */
    uint64_t same_day_merges;
    /** Customer days whose net is not above 0 because of refunds; no purchase occasions. */
    uint64_t cancelled_days;
    /** Purchase occasions: customer days with a purchase. */
    uint64_t occasions;
    /** Customers with at least one purchase occasion. */
    uint64_t customers;
    /** Customers left out because no purchase of theirs remains. */
    uint64_t customers_without_purchase;
    /** Rows after the end of observation; 0 until a summary is made. */
    uint64_t after_end_rows;
    /** Customers left out because they first bought after the end of observation; 0 until a summary is made. */
    uint64_t customers_after_end;
    /** Sum of the amounts that entered the log. */
    double amount_used;
    /** Sum of the finite amounts of dropped rows. */
    double amount_dropped;
    /** Sum of the negative amounts, a negative number. */
    double refund_amount;
    /** Net amount of the customers left out, usually negative. */
    double amount_without_purchase;
    /** First day with a used row, as days since 1970-01-01. */
    int32_t first_date;
    /** Last day with a used row. */
    int32_t last_date;
} crmv_data_quality;

/**
 * A time unit: one of the CRMV_UNIT_ constants.
 *
 * Recency, T, model parameters and horizons carry their unit; things measured in different units do not mix (CRMV_UNIT_MISMATCH).
 */
typedef int32_t crmv_unit;

/**
 * The columns of a customer table made elsewhere. Set it up with crmv_customer_columns_init(), then fill in what you have.
 *
 * Every array has `n` elements and is only read during the call. `frequency`, `recency` and `T` are needed; everything else may stay NULL.
 */
typedef struct {
    /** Size of the struct, set by crmv_customer_columns_init(). */
    size_t struct_size;
    /** Number of customers. */
    size_t n;
    /** Distinct ids as unsigned integers. At most one of the three; without ids customers are numbered 0, 1, 2, ... */
    const uint64_t *ids_u64;
    /** Distinct ids as signed integers. */
    const int64_t *ids_i64;
    /** Distinct ids as NUL-terminated UTF-8 texts, none of them NULL. */
    const char *const *ids_text;
    /** x: whole numbers, 0 or more. */
    const double *frequency;
    /** t_x, in `unit`s. */
    const double *recency;
    /** T, in `unit`s. */
    const double *T;
    /** Mean amount per repeat occasion, in money, 0 or more; not looked at where frequency is 0. */
    const double *monetary_value;
    /** Realised total, in money; crmv_clv_historical() needs it. */
    const double *total_spend;
    /** Realised contribution margin, in money. */
    const double *total_margin;
    /** The unit of `recency` and `T`. */
    crmv_unit unit;
    /** 0. */
    int32_t reserved;
    /** Sum of the natural logarithms of the x intervals between occasions, in `unit`s; not looked at where frequency is 0. */
    const double *log_intervals;
    /** Sum of the natural logarithms of the x repeat occasions' amounts, in money, -INFINITY where one is 0; not looked at where frequency is 0. */
    const double *log_spend;
} crmv_customer_columns;

/** The kind of customer ids: one of the CRMV_IDS_ constants. */
typedef int32_t crmv_id_type;

/**
 * Called once per iteration of a fit, on the thread that called the fit, with the data pointer of the options, the number of iterations
 * done over all starts, and the log-likelihood at the current point (that of a sample of the customers while starts are tried). Returns 0 to go on, anything else to stop the fit (CRMV_CANCELLED).
 *
 * Must not throw a C++ exception and not leave by longjmp.
 */
typedef int32_t (*crmv_monitor)(void *data, size_t iteration, double log_likelihood);

/**
 * What is known of a parameter before a fit: its value, or a log-normal prior on it.
 *
 * A prior acts on the logarithm of the parameter. The median of a parameter that is a time (alpha, the beta of Pareto/NBD) is given with a
 * unit, so that it does not depend on the model's; that of b in GGompertz/NBD, a rate per time, as the span of its reciprocal.
 */
typedef struct {
    /** The parameter's name, a NUL-terminated text. */
    const char *parameter;
    /** The value at which the parameter is held, in the model's unit, or the median of the prior; above 0. */
    double value;
    /** 0 to hold the parameter at `value`; above 0 the standard deviation of its logarithm. */
    double log_sd;
    /** The unit of the median of a time; CRMV_UNIT_NONE for every other parameter and for one that is held. */
    crmv_unit unit;
} crmv_constraint;

/** How a model is estimated. Set it up with crmv_fit_options_init(); fields may be added at its end in later versions. */
typedef struct {
    /** Size of the struct, set by crmv_fit_options_init(). */
    size_t struct_size;
    /** First point: `n_start` parameters in the model's order, each above 0; NULL for points found from the data. */
    const double *start;
    /** Number of values in `start`. */
    size_t n_start;
    /** Weight of every customer, finite and above 0; NULL for 1 each. */
    const double *weights;
    /** Number of values in `weights`: that of the customers. */
    size_t n_weights;
    /** Limit on Newton steps per start; 0 for the default, 200. */
    size_t max_iterations;
    /** Relative change of every parameter at which the fit has converged; 0 for the default, 1e-8. */
    double tolerance;
    /** Limit on threads; 0 for all cores. Never changes a result. */
    size_t threads;
    /** Watches the fit and may stop it; NULL for none. */
    crmv_monitor monitor;
    /** Given to `monitor`. */
    void *monitor_data;
    /** Parameters that are held or have a prior; NULL for none. A parameter held is not estimated: no standard error, not counted in AIC. */
    const crmv_constraint *constraints;
    /** Number of `constraints`. */
    size_t n_constraints;
    /** Weight of a quadratic penalty on the logarithm of every other parameter, around the first start; 0 for none. */
    double penalty;
    /** Not 0 to fit Gamma-Gamma to the single purchases rather than their means, which needs the summary's log sums. For spend models. */
    int32_t single_purchases;
} crmv_fit_options;

/** Why a fit stopped: one of the CRMV_TERMINATION_ constants. */
typedef int32_t crmv_termination;

/** The numbers of a fit. Fields may be added at the end in later versions. */
typedef struct {
    /** Total log-likelihood (natural log, not negated). */
    double log_likelihood;
    /** Akaike's information criterion. */
    double aic;
    /** Bayesian information criterion. */
    double bic;
    /** Largest absolute gradient in the logarithms of the parameters, per customer. */
    double gradient_norm;
    /** Customers that entered the likelihood. */
    uint64_t customers;
    /** Distinct histories that they reduce to. */
    uint64_t patterns;
    /** Newton iterations. */
    uint64_t iterations;
    /** Evaluations of the likelihood. */
    uint64_t evaluations;
    /** Number of parameters. */
    uint64_t parameters;
    /** Number of warnings; see crmv_fit_report_warning(). */
    uint64_t warnings;
    /** Why the fit stopped. */
    crmv_termination termination;
    /** 1 if the fit converged, 0 if not. */
    int32_t converged;
    /** 1 if there are standard errors and a covariance matrix, 0 if not. */
    int32_t has_standard_errors;
    /** Unit of the parameters that are times; CRMV_UNIT_NONE if there are none. */
    crmv_unit unit;
} crmv_fit_info;

/** How a discount rate compounds: one of the CRMV_COMPOUNDING_ constants. */
typedef int32_t crmv_compounding;

/**
 * A discount rate that knows the time it refers to. This struct is frozen: it will never change.
 *
 * 10 % a year: {0.10, 1.0, CRMV_UNIT_YEAR, CRMV_COMPOUNDING_PERIODIC}.
 */
typedef struct {
    /** The rate, above -1 when periodic, any finite number when continuous; 0 for none. */
    double rate;
    /** The number of units the rate refers to, above 0; usually 1. */
    double length;
    /** The unit of `length`. */
    crmv_unit unit;
    /** How it compounds. */
    crmv_compounding compounding;
} crmv_discount;

/**
 * Which covariates enter a model, and how. Set it up with crmv_covariate_options_init().
 *
 * For all models alpha = alpha0 exp(-gamma z) with the coefficients of the purchase process; dropout: a = a0 exp(gamma z), b = b0 exp(gamma z)
 * for BG/NBD and MBG/NBD, beta = beta0 exp(-gamma z) for Pareto/NBD and GGompertz/NBD. sBG has `alpha`, `beta` and `shared` instead: see
 * crmv_sbg_fit_with_covariates().
 */
typedef struct {
    /** Size of the struct, set by crmv_covariate_options_init(). */
    size_t struct_size;
    /** Names of the covariates of the purchase rates; NULL for none. */
    const char *const *purchase;
    /** Number of names in `purchase`. */
    size_t n_purchase;
    /** Names of the covariates of dropout; NULL for none. */
    const char *const *dropout;
    /** Number of names in `dropout`. */
    size_t n_dropout;
    /** Names of the covariates of both (sBG: of alpha and beta), with one coefficient; NULL for none. */
    const char *const *shared;
    /** Number of names in `shared`. */
    size_t n_shared;
    /** Weight of a quadratic penalty on the coefficients, at least 0: one over the variance of a normal prior around 0. */
    double ridge;
    /** 1: BG/NBD and MBG/NBD have one coefficient for a and one for b for each name in `dropout`; else 0. */
    int32_t separate_shapes;
    /** 1: coefficients per standard deviation, and parameters of a customer at the means; else 0. */
    int32_t standardize;
    /** sBG: names of the covariates of alpha; NULL for none. */
    const char *const *alpha;
    /** Number of names in `alpha`. */
    size_t n_alpha;
    /** sBG: names of the covariates of beta; NULL for none. */
    const char *const *beta;
    /** Number of names in `beta`. */
    size_t n_beta;
} crmv_covariate_options;

/** One coefficient of a model. The layout will not change. */
typedef struct {
    /** Process and covariate: "purchase:", "dropout:", "shared:", "a:" or "b:" (sBG: "alpha:", "beta:", "shared:"), then the covariate's name. */
    const char *name;
    /** The coefficient gamma. */
    double coefficient;
    /** The covariate enters as z = (value - centre) / scale: 0 unless it is standardised. */
    double centre;
    /** Above 0: 1 unless the covariate is standardised. */
    double scale;
} crmv_covariate_effect;

/** A row of the table of coefficients of a fit. Fields may be added at the end in later versions. */
typedef struct {
    /** Process and covariate, for example "purchase:age"; valid until the model is freed. */
    const char *name;
    /** The estimate. */
    double estimate;
    /** Its standard error; 0 where there is none. */
    double standard_error;
    /** Wald statistic, estimate over standard error; 0 where there is none. */
    double z;
    /** Two-sided p-value of the hypothesis that the coefficient is 0; 0 where there is none. */
    double p_value;
    /** Wald interval; 0 where there is none. */
    double lower;
    /** Wald interval; 0 where there is none. */
    double upper;
    /** 1 if there is a standard error, and so a test and an interval; 0 if the likelihood is flat, or the coefficient was held. */
    int32_t has_standard_error;
    /** 0. */
    int32_t reserved;
} crmv_coefficient;

/** The test of a fit with covariates against the same model without them. Fields may be added at the end in later versions. */
typedef struct {
    /** Twice the gain in log-likelihood, at least 0. */
    double statistic;
    /** Probability of so large a statistic if no covariate had an effect. */
    double p_value;
    /** Number of coefficients that were estimated. */
    uint64_t degrees_of_freedom;
    /** 1 if there is a test; 0 for a model without covariates and a fit with a penalty, and then all else is 0. */
    int32_t has_value;
    /** 0. */
    int32_t reserved;
} crmv_likelihood_ratio;

/**
 * The columns of a table in discrete time. Set it up with crmv_opportunity_columns_init(), then fill in what you have.
 *
 * Every array has `rows` elements and is only read during the call. `frequency`, `recency` and `n` are needed; everything else may stay
 * NULL. One row per customer, or, with `weight`, a recency/frequency table: one row per record and how many customers have it.
 */
typedef struct {
    /** Size of the struct, set by crmv_opportunity_columns_init(). */
    size_t struct_size;
    /** Number of rows. */
    size_t rows;
    /** Distinct ids as unsigned integers. At most one of the three; without ids rows are numbered 0, 1, 2, ... */
    const uint64_t *ids_u64;
    /** Distinct ids as signed integers. */
    const int64_t *ids_i64;
    /** Distinct ids as NUL-terminated UTF-8 texts, none of them NULL. */
    const char *const *ids_text;
    /** x: whole numbers, 0 or more. */
    const double *frequency;
    /** t_x: whole numbers, 0 or more. */
    const double *recency;
    /** n: whole numbers, 0 or more. */
    const double *n;
    /** Customers that each row stands for, finite and above 0; NULL for 1 each. */
    const double *weight;
} crmv_opportunity_columns;

/** How customers are simulated. Set it up with crmv_simulation_options_init(); give a seed of your own. */
typedef struct {
    /** Size of the struct, set by crmv_simulation_options_init(). */
    size_t struct_size;
    /** The seed; 0 by default. */
    uint64_t seed;
    /** How much longer lives are followed after the end of observation, in `holdout_unit`s; 0 for not at all. */
    double holdout;
    /** The model of the amounts, only read during the call; NULL for amounts of 1. */
    const crmv_spend_model *spend;
    /** One row per customer, only read during the call, which a model with covariates needs; they go into the summary. NULL for none. */
    const crmv_covariates *covariates;
    /** Unit of `holdout`; CRMV_UNIT_WEEK by default. */
    crmv_unit holdout_unit;
    /** Most threads to use; 0 for all cores. Never changes a result. */
    uint32_t threads;
} crmv_simulation_options;

/** One model of a comparison. */
typedef struct {
    /** Total log-likelihood (natural log, not negated). */
    double log_likelihood;
    /** Akaike's information criterion. */
    double aic;
    /** Bayesian information criterion. */
    double bic;
    /** How far the AIC lies above the smallest one. */
    double delta_aic;
    /** Share of support among the models compared, exp(-delta / 2) over the sum of them. */
    double akaike_weight;
    /** Number of estimated parameters. */
    uint64_t parameters;
    /** 1 if the fit converged inside the searched region, else 0. */
    int32_t converged;
} crmv_compared_model;

/** A likelihood-ratio test of a model against one nested in it. */
typedef struct {
    /** 2 (ln L - ln L of the nested model), at least 0. */
    double statistic;
    /** P(chi square >= statistic), in [0, 1]. */
    double p_value;
    /** How many parameters the nested model has fewer. */
    uint64_t degrees_of_freedom;
    /** 1 if the nested model lies at the edge of the larger one, so that the p-value is an upper bound; else 0. */
    int32_t boundary;
} crmv_nested_test;

/** When payments within a finite horizon are discounted: one of the CRMV_TIMING_ constants. */
typedef int32_t crmv_timing;

/** How value to come is counted. Set it up with crmv_clv_options_init(); fields may be added at its end in later versions. */
typedef struct {
    /** Size of the struct, set by crmv_clv_options_init(). */
    size_t struct_size;
    /** Contribution margin per unit of revenue (30 % is 0.30); default 1, which is revenue. */
    double margin;
    /** Horizon in `horizon_unit`s, above 0; default 3 years. Not looked at if `endless`. */
    double horizon;
    /** Length of a period in `period_unit`s, above 0; default 1 month. For CRMV_TIMING_END_OF_PERIOD. */
    double period;
    /** Discount rate; default 10 % a year. */
    crmv_discount discount;
    /** Unit of `horizon`. */
    crmv_unit horizon_unit;
    /** Unit of `period`. */
    crmv_unit period_unit;
    /** When payments are discounted; default CRMV_TIMING_END_OF_PERIOD. */
    crmv_timing timing;
    /** 0 for the finite horizon (default), 1 for an endless one, which is discounted continuously at a rate above 0. */
    int32_t endless;
} crmv_clv_options;

/** What one way to value customers comes to. Fields may be added at the end in later versions. */
typedef struct {
    /** Sum of the values, in money; the same bits for any order of the customers. */
    double total;
    /** Their mean, in money. */
    double mean;
    /** Customers with a value below 0. */
    uint64_t negative;
} crmv_clv_totals;

/** When the first margin of a retention formula is paid: one of the CRMV_FIRST_MARGIN_ constants. */
typedef int32_t crmv_first_margin;

/** How an assumption is given: one of the CRMV_ASSUMPTION_ constants. */
typedef int32_t crmv_assumption_kind;

/** What is assumed about one figure. This struct is frozen: it will never change. */
typedef struct {
    /** The first number. */
    double a;
    /** The second number, where there is one. */
    double b;
    /** What they are. */
    crmv_assumption_kind kind;
    /** 0. */
    int32_t reserved;
} crmv_assumption;

/** Assumptions about customers of whom nothing is known. Set it up with crmv_cold_start_init(), then fill in the first three. */
typedef struct {
    /** Size of the struct, set by crmv_cold_start_init(). */
    size_t struct_size;
    /** Retention per period, in [0, 1]; beta-distributed. */
    crmv_assumption retention;
    /** Order value, in money; log-normal. */
    crmv_assumption order_value;
    /** Orders per period; log-normal. */
    crmv_assumption frequency;
    /** Contribution margin per unit of revenue; default known, 1; beta-distributed if uncertain. */
    crmv_assumption margin;
    /** Discount rate; default 10 % a year. */
    crmv_discount discount;
    /** Length of a period in `period_unit`s; default 1 year. */
    double period;
    /** Number of draws; default 10,000. */
    uint64_t draws;
    /** Seed of the random numbers; default 1. */
    uint64_t seed;
    /** Unit of `period`. */
    crmv_unit period_unit;
    /** When the first margin is paid; default CRMV_FIRST_MARGIN_NOW. */
    crmv_first_margin first_margin;
    /** Number of periods that count; 0 for no end (default). */
    uint32_t periods;
    /** 0. */
    int32_t reserved;
} crmv_cold_start;

/** A value from assumptions, as a range, in money. Fields may be added at the end in later versions. */
typedef struct {
    /** Half of the draws lie below. */
    double median;
    /** 10 % of the draws lie below. */
    double low;
    /** 90 % of the draws lie below. */
    double high;
    /** Mean of the draws: the expected value. */
    double mean;
} crmv_cold_start_value;

/** How a forecast is made. Set it up with crmv_forecast_options_init(); fields may be added at its end in later versions. */
typedef struct {
    /** Size of the struct, set by crmv_forecast_options_init(). */
    size_t struct_size;
    /** Contribution margin per unit of revenue; default 1. */
    double margin;
    /** Discount rate; default 10 % a year. */
    crmv_discount discount;
    /** Length of a period in `period_unit`s; default 1 month. */
    double period;
    /** Number of periods; default 12. */
    size_t periods;
    /** New customers in periods 1, 2, ...: `plan_length` numbers, 0 or more; NULL for none (default). */
    const double *plan;
    /** Length of `plan`, at most `periods`. */
    size_t plan_length;
    /** Cost of winning one customer, in money; default 0. */
    double acquisition_cost;
    /** Unit of `period`. */
    crmv_unit period_unit;
    /** 0. */
    int32_t reserved;
} crmv_forecast_options;

/** One period of a forecast, or the sums over all of them. Fields may be added at the end in later versions. */
typedef struct {
    /** Number of the period, from 1; of the sums, the number of periods. */
    uint64_t period;
    /** What 1 paid at the end of the period is worth at the end of observation; of the sums 1, as they are not discounted. */
    double discount_factor;
    /** Expected purchases of the existing customers. */
    double purchases;
    /** Their expected revenue, in money. */
    double revenue;
    /** Their expected margin, in money. */
    double margin;
    /** Customers won in the period, as planned. */
    double new_customers;
    /** Expected purchases of customers won since the end of observation. */
    double new_purchases;
    /** Their expected revenue, in money. */
    double new_revenue;
    /** Their expected margin, in money, before the cost of winning them. */
    double new_margin;
    /** Cost of winning the customers of the period, in money. */
    double acquisition_cost;
} crmv_forecast_period;

/** How revenue becomes contribution margin. Set it up with crmv_margin_options_init(); fields may be added at its end in later versions. */
typedef struct {
    /** Size of the struct, set by crmv_margin_options_init(). */
    size_t struct_size;
    /** Gross margin per unit of revenue (30 % is 0.30); default 1. Leave it at 1 where a margin or cost column is given. */
    double rate;
    /** Cost of handling one order, in money, 0 or more; default 0. As those below. */
    double cost_per_order;
    /** Cost of one return. */
    double cost_per_return;
    /** Cost of one marketing contact. */
    double cost_per_contact;
    /** Cost that every customer causes. */
    double cost_per_customer;
} crmv_margin_options;

/**
 * What customers did in a period. Set it up with crmv_activity_columns_init(), then fill in what you have.
 *
 * Every array has `n` elements, one per customer, and is only read during the call. `revenue` is needed; everything else may stay NULL.
 */
typedef struct {
    /** Size of the struct, set by crmv_activity_columns_init(). */
    size_t struct_size;
    /** Number of customers. */
    size_t n;
    /** Net revenue, in money. */
    const double *revenue;
    /** Gross margin before the costs of the options; takes the place of revenue times the rate. */
    const double *margin;
    /** Cost of what was sold; revenue minus cost takes the place of revenue times the rate. Not together with `margin`. */
    const double *cost;
    /** Number of orders, 0 or more. */
    const double *orders;
    /** Number of returns, 0 or more. */
    const double *returns;
    /** Number of marketing contacts, 0 or more. */
    const double *contacts;
    /** Cost to serve of each customer, in money, 0 or more. */
    const double *cost_to_serve;
} crmv_activity_columns;

/** Net values in total. Fields may be added at the end in later versions. */
typedef struct {
    /** Sum of the values. */
    double value;
    /** Sum of the acquisition costs. */
    double cost;
    /** Sum of the net values. */
    double net;
    /** CLV : CAC of all customers together; see has_ratio. */
    double ratio;
    /** Customers with a net value below 0. */
    uint64_t loss_making;
    /** 1 if there is a ratio, 0 (and ratio 0) where nothing was spent. */
    int32_t has_ratio;
    /** 0. */
    int32_t reserved;
} crmv_net_totals;

/** What a measure brings in and what it costs. Fields may be added at the end in later versions. */
typedef struct {
    /** Value gained, in money. */
    double gain;
    /** Money spent. */
    double cost;
    /** Gain less cost. */
    double net;
    /** Net gain per unit of cost; see has_roi. */
    double roi;
    /** 1 if there is an ROI, 0 (and roi 0) where nothing is spent. */
    int32_t has_roi;
    /** 0. */
    int32_t reserved;
} crmv_investment;

/**
 * A campaign that contacts customers one by one. Set it up with crmv_campaign_init(), then fill in what you have.
 *
 * Every array has `n` elements, one per customer, and is only read during the call. `response` is needed; where another array is NULL the
 * number after it holds for everyone.
 */
typedef struct {
    /** Size of the struct, set by crmv_campaign_init(). */
    size_t struct_size;
    /** Number of customers. */
    size_t n;
    /** Probability that each customer buys in the window if contacted, in [0, 1]. */
    const double *response;
    /** What a response brings in, in money, before the cost of the contact. */
    const double *margins;
    /** The same for everyone. */
    double margin;
    /** Cost of each contact, in money, 0 or more. */
    const double *contact_costs;
    /** The same for everyone. */
    double contact_cost;
    /** Response without contact, in [0, 1], so that only the uplift counts. */
    const double *baselines;
    /** The same for everyone; default 0. */
    double baseline;
    /** The most that the contacts may cost together, in money; looked at if has_budget is 1. */
    double budget;
    /** 0 for no limit (default), 1 for `budget`. */
    int32_t has_budget;
    /** 0. */
    int32_t reserved;
} crmv_campaign;

/** What contacting a group of customers is expected to bring and cost. Fields may be added at the end in later versions. */
typedef struct {
    /** Customers contacted. */
    uint64_t customers;
    /** Expected responses, over the baseline. */
    double responses;
    /** Expected margin of those responses, in money, before the cost of the contacts. */
    double margin;
    /** Cost of the contacts, in money. */
    double cost;
    /** Margin less cost. */
    double profit;
    /** Profit per unit of cost; see has_roi. */
    double roi;
    /** 1 if there is an ROI, 0 (and roi 0) where nothing is spent. */
    int32_t has_roi;
    /** 0. */
    int32_t reserved;
} crmv_campaign_totals;

/**
 * A referral table. Set it up with crmv_referral_columns_init(), then fill in what you have.
 *
 * Every array has `n` elements, one per customer, and is only read during the call. Ids and referrers are given in one of the three types.
 */
typedef struct {
    /** Size of the struct, set by crmv_referral_columns_init(). */
    size_t struct_size;
    /** Number of customers. */
    size_t n;
    /** Distinct ids as unsigned integers. */
    const uint64_t *ids_u64;
    /** Distinct ids as signed integers. */
    const int64_t *ids_i64;
    /** Distinct ids as NUL-terminated UTF-8 texts, none of them NULL. */
    const char *const *ids_text;
    /** The referrer of each customer, beside ids_u64. */
    const uint64_t *referred_by_u64;
    /** The referrer of each customer, beside ids_i64. */
    const int64_t *referred_by_i64;
    /** The referrer of each customer, beside ids_text; NULL where there is none. */
    const char *const *referred_by_text;
    /** 1 where a customer has no referrer, else 0; NULL: every number is a referrer. */
    const uint8_t *no_referrer;
    /** The value of each customer, in money. */
    const double *values;
} crmv_referral_columns;

/** What to do for one tier: two NUL-terminated UTF-8 texts. This struct is frozen: it will never change. */
typedef struct {
    /** The tier's name. */
    const char *tier;
    /** The action, in words. */
    const char *action;
} crmv_tier_action;

/** The good end of a column: one of the CRMV_DIRECTION_ constants. */
typedef int32_t crmv_direction;

/**
 * The columns of an RFM table made elsewhere. Set it up with crmv_rfm_columns_init(), then fill in what you have.
 *
 * Every array has `n` elements and is only read during the call; the ids may stay NULL.
 */
typedef struct {
    /** Size of the struct, set by crmv_rfm_columns_init(). */
    size_t struct_size;
    /** Number of customers. */
    size_t n;
    /** Distinct ids as unsigned integers. At most one of the three; without ids customers are numbered 0, 1, 2, ... */
    const uint64_t *ids_u64;
    /** Distinct ids as signed integers. */
    const int64_t *ids_i64;
    /** Distinct ids as NUL-terminated UTF-8 texts, none of them NULL. */
    const char *const *ids_text;
    /** Time since the last purchase, in `unit`s, 0 or more. */
    const double *time_since_last;
    /** Number of purchase days: whole numbers, 1 or more. */
    const double *frequency;
    /** Net amount to date, in money. */
    const double *total_spend;
    /** The unit of `time_since_last`. */
    crmv_unit unit;
    /** 0. */
    int32_t reserved;
} crmv_rfm_columns;

/** What M measures: one of the CRMV_MONETARY_ constants. */
typedef int32_t crmv_monetary;

/**
 * How customers are scored. Set it up with crmv_rfm_options_init(); fields may be added at its end in later versions.
 *
 * The score of a customer on an axis of k bins is 1 + floor(k w / n), w being the number of the n customers that are strictly worse. Ties
 * are never split: equal customers have equal scores, so some scores may stay empty.
 */
typedef struct {
    /** Size of the struct, set by crmv_rfm_options_init(). */
    size_t struct_size;
    /** Number of bins of R, F and M, each 1 to 100; default 5. */
    size_t bins[3];
    /** The good end of R, F and M; default lower, higher, higher. */
    crmv_direction directions[3];
    /** What M measures; default CRMV_MONETARY_TOTAL. */
    crmv_monetary monetary;
    /** 1 to cut F within each R bin and M within each R-F bin; 0 for independent quantiles (default). */
    int32_t nested;
    /** 0. */
    int32_t reserved;
} crmv_rfm_options;

/** An axis: one of the CRMV_AXIS_ constants. */
typedef int32_t crmv_axis;

/** What cut points measure. Fields may be added at the end in later versions. */
typedef struct {
    /** Number of bins of R, F and M. */
    size_t bins[3];
    /** What M measures. */
    crmv_monetary monetary;
    /** The unit of the recency cut points. */
    crmv_unit unit;
    /** 1 if F is cut within each R score and M within each R-F cell, else 0. */
    int32_t nested;
    /** 0. */
    int32_t reserved;
} crmv_rfm_yardstick;

/**
 * One row of a segment table: a name and the scores it covers, both ends included. This struct is frozen: it will never change.
 *
 * An axis with minimum and maximum 0 is not restricted.
 */
typedef struct {
    /** NUL-terminated UTF-8 text. */
    const char *name;
    /** Lowest and highest score of recency. */
    uint8_t r_min;
    /** See r_min. */
    uint8_t r_max;
    /** Lowest and highest score of frequency. */
    uint8_t f_min;
    /** See f_min. */
    uint8_t f_max;
    /** Lowest and highest score of money. */
    uint8_t m_min;
    /** See m_min. */
    uint8_t m_max;
} crmv_segment;

/** One segment in numbers. Fields may be added at the end in later versions. */
typedef struct {
    /** Its customers; 0 for an empty segment, whose means are 0 as well. */
    uint64_t customers;
    /** Their share of all customers, in [0, 1]. */
    double customer_share;
    /** The sum of their total spend, in money. */
    double total_spend;
    /** Their share of the spend of all customers; see has_spend_share. */
    double spend_share;
    /** Their mean total spend, in money. */
    double mean_spend;
    /** Their mean number of purchase days. */
    double mean_frequency;
    /** Their mean time since the last purchase, in units of the summary. */
    double mean_time_since_last;
    /** 1 if there is a spend share, 0 (and spend_share 0) if the spend of all customers is not above 0. */
    int32_t has_spend_share;
    /** 0. */
    int32_t reserved;
} crmv_segment_summary;

/**
 * The columns of an RFMR history made elsewhere. Set it up with crmv_rfmr_columns_init(), then fill in what you have.
 *
 * Every array has `n` elements and is only read during the call; the ids may stay NULL.
 */
typedef struct {
    /** Size of the struct, set by crmv_rfmr_columns_init(). */
    size_t struct_size;
    /** Number of customers. */
    size_t n;
    /** Distinct ids as unsigned integers. At most one of the three; without ids customers are numbered 0, 1, 2, ... */
    const uint64_t *ids_u64;
    /** Distinct ids as signed integers. */
    const int64_t *ids_i64;
    /** Distinct ids as NUL-terminated UTF-8 texts, none of them NULL. */
    const char *const *ids_text;
    /** Months since the last purchase, 0 or more. */
    const double *months_since_last;
    /** Number of recent orders: whole numbers, 0 or more. */
    const double *recent_orders;
    /** Mean value of the last orders, in money. */
    const double *mean_recent_value;
    /** Number of returns: whole numbers, 0 or more. */
    const double *returns;
} crmv_rfmr_columns;

/** A column of an RFMR history: one of the CRMV_RFMR_ constants. */
typedef int32_t crmv_rfmr_column;

/** Points from the band before up to a limit, itself included. This struct is frozen: it will never change. */
typedef struct {
    /** The upper limit. */
    double limit;
    /** The points. */
    double points;
} crmv_point_band;

/**
 * Points by the size of a number: `n` bands with strictly rising limits, and the points above the last limit. This struct is frozen.
 *
 * In crmv_rfmr_options, bands NULL stands for the default bands and their points above; without bands (n 0), `above` holds for every number.
 */
typedef struct {
    /** The bands. */
    const crmv_point_band *bands;
    /** Their number. */
    size_t n;
    /** Points above the last limit. */
    double above;
} crmv_point_bands;

/**
 * A table of points. Set it up with crmv_rfmr_options_init(), which fills in the table that direct-marketing textbooks print for mail order;
 * fields may be added at its end in later versions.
 *
 * points = start + recency(months) + per_order x orders + value(mean value) + returns(returns)
 *        + per_main_catalogue x main + per_special_catalogue x special + per_mailing x mailings.
 */
typedef struct {
    /** Size of the struct, set by crmv_rfmr_options_init(). */
    size_t struct_size;
    /** Points everyone starts with; default 25. */
    double start;
    /** Points per recent order; default 6. */
    double per_order;
    /** Points per main catalogue sent since the last purchase; default -12. */
    double per_main_catalogue;
    /** Points per special catalogue; default -6. */
    double per_special_catalogue;
    /** Points per mailing; default -2. */
    double per_mailing;
    /** By months since the last purchase; default up to 6: 40, 9: 25, 12: 15, 18: 5, 24: -5, above: -15. */
    crmv_point_bands recency;
    /** By the mean value of the last orders, in money; default up to 50: 5, 100: 15, 200: 25, 300: 35, 400: 40, above: 45. */
    crmv_point_bands value;
    /** By the number of returns; default up to 1: 0, 3: -5, 6: -10, 10: -20, 15: -30, above: -40. */
    crmv_point_bands returns;
} crmv_rfmr_options;

/** The customers of one segment that have one level of the attribute. Fields may be added at the end in later versions. */
typedef struct {
    /** The level of the attribute, valid until the profile is freed. */
    const char *level;
    /** The segment, valid until the profile is freed. */
    const char *segment;
    /** Customers of the cell; mean_value is 0 where there are none. */
    uint64_t customers;
    /** Their share of the segment's customers, in [0, 1]; absent for an empty segment. */
    double share_of_segment;
    /** Their share of the level's customers, in [0, 1]; absent for an empty level. */
    double share_of_level;
    /** How much more often the level occurs in the segment than among all customers (2 is twice as often); absent if either is empty. */
    double index;
    /** The sum of their values. */
    double value;
    /** Its share of the value of all customers; absent if that is not above 0. */
    double value_share;
    /** The mean value. */
    double mean_value;
    /** 1 if there is a share of the segment, 0 (and the number 0) if not; so with those below. */
    int32_t has_share_of_segment;
    /** See has_share_of_segment. */
    int32_t has_share_of_level;
    /** See has_share_of_segment. */
    int32_t has_index;
    /** See has_share_of_segment. */
    int32_t has_value_share;
} crmv_profile_cell;

/**
 * Customers and their labels. Set it up with crmv_labelled_customers_init(), then fill in what you have.
 *
 * Exactly one of the three arrays of ids has `n` elements; they and the labels are only read during the call.
 */
typedef struct {
    /** Size of the struct, set by crmv_labelled_customers_init(). */
    size_t struct_size;
    /** Number of customers. */
    size_t n;
    /** Distinct ids as unsigned integers. */
    const uint64_t *ids_u64;
    /** Distinct ids as signed integers. */
    const int64_t *ids_i64;
    /** Distinct ids as NUL-terminated UTF-8 texts, none of them NULL. */
    const char *const *ids_text;
    /** The labels, `n` of them. */
    const crmv_labels *labels;
} crmv_labelled_customers;

/** What to do with negative values: one of the CRMV_NEGATIVES_ constants. */
typedef int32_t crmv_negative_policy;

/** What the bounds of tiers are shares of: one of the CRMV_TIERS_ constants. */
typedef int32_t crmv_tier_basis;

/** One tier: what was asked for and what it came to. Fields may be added at the end in later versions. */
typedef struct {
    /** The cumulative share at which the tier was to end, in (0, 1]. */
    double bound;
    /** Its customers. */
    uint64_t customers;
    /** Their share of all customers, in [0, 1]. */
    double customer_share;
    /** The sum of their values. */
    double value;
    /** Their share of the total value; see has_value_share. */
    double value_share;
    /** The smallest value in the tier, its entry ticket; see has_smallest. */
    double smallest;
    /** 1 if there is a value share, 0 (and value_share 0) if the total is not above 0. */
    int32_t has_value_share;
    /** 1 if there is a smallest value, 0 (and smallest 0) if the tier is empty. */
    int32_t has_smallest;
    /** The value from which on a customer belongs to the tier or a better one, if cut by thresholds; see has_threshold. */
    double threshold;
    /** 1 if there is a threshold, 0 (and threshold 0) for the last tier and for tiers cut by shares. */
    int32_t has_threshold;
    /** 0. */
    int32_t reserved;
} crmv_tier;

/** How fast the large values thin out, as the exponent of a Pareto law. Fields may be added at the end in later versions. */
typedef struct {
    /** The number of largest values it was estimated from. */
    uint64_t customers;
    /** The value above which they lie. */
    double threshold;
    /** The exponent, above 0: the smaller, the more a few customers dominate. */
    double alpha;
    /** Its standard error. */
    double standard_error;
} crmv_tail_index;

/** What is at risk with the largest customers. Fields may be added at the end in later versions. */
typedef struct {
    /** The number of customers that leave; all if more were asked for. */
    uint64_t customers;
    /** Their share of all customers, in [0, 1]. */
    double customer_share;
    /** The value lost with them. */
    double value;
    /** Its share of the total. */
    double value_share;
} crmv_dependency;

/** How a rule is tested. Set it up with crmv_rule_options_init(); fields may be added at its end in later versions. */
typedef struct {
    /** Size of the struct, set by crmv_rule_options_init(). */
    size_t struct_size;
    /** Confidence of the interval, inside (0, 1); default 0.95. */
    double confidence;
    /** Number of bootstrap resamples, 100 to 1,000,000; default 2,000. */
    size_t resamples;
    /** Seed of the random numbers; default 1. The same seed gives the same result to the last bit. */
    uint64_t seed;
} crmv_rule_options;

/** What the data say about a rule: one of the CRMV_RULE_ constants. */
typedef int32_t crmv_rule_verdict;

/** What came of the test of a rule. Fields may be added at the end in later versions. */
typedef struct {
    /** The share of the value that the customers really hold in these data. */
    double top_share;
    /** Lower end of the interval of that share. */
    double lower;
    /** Upper end. */
    double upper;
    /** Resamples the interval rests on. */
    uint64_t resamples;
    /** What follows for the rule. */
    crmv_rule_verdict verdict;
    /** 0. */
    int32_t reserved;
} crmv_rule_test;

/** When a concentration is reported as too high. Set it up with crmv_dependency_alert_init(); fields may be added at its end. */
typedef struct {
    /** Size of the struct, set by crmv_dependency_alert_init(). */
    size_t struct_size;
    /** The share that one level may reach but not pass, in [0, 1]; default 0.25. */
    double share;
    /** The HHI over the levels that may be reached but not passed, in [0, 1]; default 0.25. */
    double hhi;
} crmv_dependency_alert;

/** A concentration by attribute in numbers. Fields may be added at the end in later versions. */
typedef struct {
    /** Number of levels. */
    uint64_t levels;
    /** The sum of the values, as the policy for negatives left them. */
    double total;
    /** The Herfindahl-Hirschman index over the levels: 1 if one level holds everything. */
    double hhi;
    /** The limit of the share of one level. */
    double share_limit;
    /** The limit of the HHI. */
    double hhi_limit;
    /** 1 if the HHI passes its limit, else 0. */
    int32_t hhi_alert;
    /** 0. */
    int32_t reserved;
} crmv_attribute_summary;

/** One level of an attribute. Fields may be added at the end in later versions. */
typedef struct {
    /** Its name, valid until the concentration is freed. */
    const char *level;
    /** Its customers. */
    uint64_t customers;
    /** Their share of all customers, in [0, 1]. */
    double customer_share;
    /** The sum of their values. */
    double value;
    /** Its share of the total. */
    double value_share;
    /** 1 if the share passes the limit, else 0. */
    int32_t alert;
    /** 0. */
    int32_t reserved;
} crmv_level_share;

/** How dilemma customers are found. Set it up with crmv_dilemma_options_init(); fields may be added at its end in later versions. */
typedef struct {
    /** Size of the struct, set by crmv_dilemma_options_init(). */
    size_t struct_size;
    /** The fraction of customers, by revenue, that counts as large, in (0, 1]; default 0.20. */
    double top;
    /** The share of a customer's costs that ends with the customer, in [0, 1]; default 1. */
    double avoidable;
} crmv_dilemma_options;

/** The dilemma list in numbers. Fields may be added at the end in later versions. */
typedef struct {
    /** Number of customers on the list. */
    uint64_t customers;
    /** The smallest revenue that counts as large, in money; see has_smallest_revenue. */
    double smallest_revenue;
    /** The margin of all customers as it is, in money. */
    double total_margin;
    /** The same if every listed customer is repriced to a margin of 0. */
    double total_margin_if_repriced;
    /** The same if every listed customer is given up. */
    double total_margin_if_ended;
    /** 1 if there is a smallest revenue, else 0. */
    int32_t has_smallest_revenue;
    /** 0. */
    int32_t reserved;
} crmv_dilemma_summary;

/** A customer with large revenue and negative margin. Fields may be added at the end in later versions. */
typedef struct {
    /** The customer's row in the columns given, 0-based. */
    uint64_t row;
    /** Revenue, in money. */
    double revenue;
    /** Margin, below 0, in money. */
    double margin;
    /** By how much prices would have to rise for a margin of 0 at the same volume (0.10 is 10 %). */
    double price_rise;
    /** What the total margin gains if the customer is repriced to a margin of 0. */
    double gain_if_repriced;
    /** Costs saved if the customer is given up. */
    double costs_saved;
    /** What the total margin gains if the customer is given up: costs saved less revenue; may be negative. */
    double gain_if_ended;
} crmv_dilemma;

/** A whale curve in numbers. Fields may be added at the end in later versions. */
typedef struct {
    /** Number of customers. */
    uint64_t customers;
    /** Customers with a value above 0: the fewest that reach the peak. */
    uint64_t break_even_customers;
    /** Customers with a value below 0. */
    uint64_t unprofitable_customers;
    /** The sum of the values, in money: where the curve ends. */
    double total;
    /** The peak: the sum of all values above 0, in money. */
    double peak_value;
    /** The share of the customers that reaches the peak, in [0, 1]. */
    double peak_customer_share;
    /** What the unprofitable customers take away from the peak, in money; 0 or more. */
    double destroyed_value;
    /** The peak in shares of the total; see has_shares. */
    double peak_share;
    /** The destroyed value in shares of the total; see has_shares. */
    double destroyed_share;
    /** 1 if there are shares, 0 (and both shares 0) if the total is not above 0. */
    int32_t has_shares;
    /** 0. */
    int32_t reserved;
} crmv_whale_summary;

/** One point of a whale curve. Fields may be added at the end in later versions. */
typedef struct {
    /** The number of customers counted from the most profitable one; all if more were asked for. */
    uint64_t customers;
    /** Their share of all customers, in [0, 1]. */
    double customer_share;
    /** The sum of their values, in money. */
    double value;
    /** Its share of the total, above 1 near the peak; see has_value_share. */
    double value_share;
    /** 1 if there is a value share, 0 (and value_share 0) if the total is not above 0. */
    int32_t has_value_share;
    /** 0. */
    int32_t reserved;
} crmv_whale_point;

/** What is known of a cell: one of the CRMV_CELL_ constants. */
typedef int32_t crmv_cell_state;

/** What a cohort did at one age. Fields may be added at the end in later versions. */
typedef struct {
    /** Customers with at least one purchase in the period. */
    uint64_t customers;
    /** Purchase occasions: days on which a customer bought. */
    uint64_t orders;
    /** Net amount, refunds deducted, in money. */
    double revenue;
    /** The same of the margin column; 0 if the log has none. */
    double margin;
    /** What is known of it. */
    crmv_cell_state state;
    /** 1 if the log has margins, else 0. */
    int32_t has_margin;
} crmv_cohort_cell;

/**
 * One calendar period over all cohorts. Fields may be added at the end in later versions.
 *
 * The rates are 0 where the period is not complete or their denominator is 0.
 */
typedef struct {
    /** Customers acquired up to the end of the period: the base. */
    uint64_t base;
    /** Customers whose first purchase lies in the period. */
    uint64_t new_customers;
    /** Customers with at least one purchase in the period. */
    uint64_t active;
    /** Purchase occasions. */
    uint64_t orders;
    /** Net amount, in money. */
    double revenue;
    /** Margin, in money; 0 if the log has none. */
    double margin;
    /** ARPU of the active: revenue / active. */
    double arpu_active;
    /** ARPU of the base: revenue / base. */
    double arpu_base;
    /** AOV: revenue / orders. */
    double average_order_value;
    /** Orders per active customer. */
    double orders_per_active;
    /** Orders per customer of the base. */
    double orders_per_base;
    /** First day of the period, as days since 1970-01-01. */
    int32_t start;
    /** Last day of the period. */
    int32_t end;
    /** 1 if the period lies fully inside the observation, else 0. */
    int32_t complete;
    /** 0. */
    int32_t reserved;
} crmv_period_metrics;

/** One age over all cohorts that have reached it. Fields may be added at the end in later versions. */
typedef struct {
    /** Cohorts with at least one customer whose cell at this age is not masked. */
    uint64_t cohorts;
    /** The customers of these cohorts: the denominator. */
    uint64_t acquired;
    /** Those of them with a purchase at this age. */
    uint64_t active;
    /** Purchase occasions at this age. */
    uint64_t orders;
    /** Net amount at this age, in money. */
    double revenue;
    /** Margin at this age, in money; 0 if the log has none. */
    double margin;
    /** active / acquired; 0 if acquired is 0, as the next. */
    double retention;
    /** revenue / acquired. */
    double revenue_per_acquired;
    /** revenue / active; 0 if nobody is active. */
    double revenue_per_active;
} crmv_age_metrics;

/** What a matrix of cohorts shows: one of the CRMV_COHORT_ constants. */
typedef int32_t crmv_cohort_measure;

/** Sums over a table of cohorts, so that it can be reconciled with its log. Fields may be added at the end in later versions. */
typedef struct {
    /** Customers of all cohorts. */
    uint64_t customers;
    /** Orders in all cells, masked ones included. */
    uint64_t orders;
    /** Revenue in all cells, masked ones included: that of the customer summary with the same end. */
    double revenue;
    /** Margin in all cells, masked ones included; 0 without a margin column. */
    double margin;
    /** Orders in the masked cells. */
    uint64_t masked_orders;
    /** Revenue in the masked cells. */
    double masked_revenue;
    /** Margin in the masked cells; 0 without a margin column. */
    double masked_margin;
} crmv_cohort_totals;

/** The curve at one time at which a customer churned or was last observed. Fields may be added at the end in later versions. */
typedef struct {
    /** Time since the start, in the unit of the durations. */
    double time;
    /** Customers still there and observed just before this time. */
    uint64_t at_risk;
    /** Those who churned at this time. */
    uint64_t churned;
    /** Those whose observation ended at this time without churn. */
    uint64_t censored;
    /** Share of those at risk who churned at this time. */
    double churn_rate;
    /** Estimated share of customers who stay longer, in [0, 1]. */
    double survival;
    /** Standard error of it by Greenwood's formula; 0 where it is 0. */
    double std_error;
    /** Lower end of the confidence interval; see has_interval. */
    double lower;
    /** Upper end of the confidence interval; see has_interval. */
    double upper;
    /** 1 if there is an interval, 0 (and lower and upper 0) where survival is 0 or 1. */
    int32_t has_interval;
} crmv_survival_step;

/** The result of a log-rank test. Fields may be added at the end in later versions. */
typedef struct {
    /** The statistic; 0 if degrees_of_freedom is 0. */
    double chi_square;
    /** Probability of a statistic at least as large if all groups stayed equally long; 0 if degrees_of_freedom is 0. */
    double p_value;
    /** Degrees of freedom; 0 if the data cannot tell. */
    uint64_t degrees_of_freedom;
    /** Number of groups. */
    uint64_t groups;
} crmv_log_rank;

/** One group of a log-rank test. Fields may be added at the end in later versions. */
typedef struct {
    /** The group's number as given. */
    uint64_t group;
    /** Its customers. */
    uint64_t customers;
    /** Those who churned. */
    uint64_t observed;
    /** Those who would have if all groups stayed equally long. */
    double expected;
} crmv_log_rank_group;

/** When the next renewal of a customer is taken to be due: one of the CRMV_RENEWAL_ constants. */
typedef int32_t crmv_next_renewal;

/** How contracts are valued. Set it up with crmv_contract_options_init(); fields may be added at its end in later versions. */
typedef struct {
    /** Size of the struct, set by crmv_contract_options_init(). */
    size_t struct_size;
    /** Period between renewals in `period_unit`s, that of the retention model; default 1 year. */
    double period;
    /** Discount rate; default 10 % a year. Above 0 if the value is endless. */
    crmv_discount discount;
    /** Unit of `period`. */
    crmv_unit period_unit;
    /** Number of payments to come that count; 0 for no end (default). */
    uint32_t payments;
    /** When the next renewal is due; default CRMV_RENEWAL_DUE_NOW. */
    crmv_next_renewal next_renewal;
    /** 0. */
    int32_t reserved;
} crmv_contract_options;

/** How cohorts are valued. Set it up with crmv_cohort_clv_options_init(); fields may be added at its end in later versions. */
typedef struct {
    /** Size of the struct, set by crmv_cohort_clv_options_init(). */
    size_t struct_size;
    /** Contribution margin per unit of revenue (30 % is 0.30); default 1, which is revenue. Not looked at with `from_margins`. */
    double margin;
    /** Discount rate; default 10 % a year. Above 0 if the value is endless. */
    crmv_discount discount;
    /** Over how many of the last complete ages the recent spend is taken, at least 1; default 3. */
    size_t recent;
    /** Number of periods to come that count; 0 for no end (default). */
    uint32_t periods;
    /** 1 for the margins or costs that the rows of the log carried, 0 (default) for revenue times `margin`. */
    int32_t from_margins;
    /** 1 to leave out what was observed so far, 0 (default) for observed and residual value together. */
    int32_t residual_only;
    /** 0. */
    int32_t reserved;
} crmv_cohort_clv_options;

/** One cohort's value, per customer acquired. Fields may be added at the end in later versions. */
typedef struct {
    /** Number of the cohort, as in crmv_cohorts_sizes(). */
    uint64_t cohort;
    /** Customers acquired, at least 1. */
    uint64_t customers;
    /** The last age whose period is complete; see has_age. */
    uint64_t age;
    /** Customers active at that age; all of them where there is none yet. */
    uint64_t active;
    /** Value of ages 0 to `age` per customer, in money. */
    double observed;
    /** Recent value per active customer and period, in money; where the cohort has no complete age, that of all cohorts at age 0. */
    double per_active;
    /** Value to come per customer, discounted, in money. */
    double residual;
    /** Observed and residual value per customer together, in money. */
    double total;
    /** First day of the cohort's period, as days since 1970-01-01. */
    int32_t start;
    /** 1 if there is a complete age, 0 (and age 0) if not even the period of acquisition is complete. */
    int32_t has_age;
} crmv_cohort_value;

/** The rules of the stages. Set them up with crmv_stage_rules_init(); fields may be added at the end in later versions. */
typedef struct {
    /** Size of the struct, set by crmv_stage_rules_init(). */
    size_t struct_size;
    /** Days for which a first purchase makes a customer new; default 90. */
    double new_within;
    /** Days for which a return makes a customer won back; default 90. */
    double won_back_within;
    /** Upper limits of active, at risk and lapsed in multiples of the usual gap; default 2, 3, 6. */
    double rhythm[3];
    /** Lower limits of active, at risk and lapsed in P(alive); default 0.8, 0.5, 0.2. */
    double p_alive[3];
    /** Days between purchases of customers with fewer than two gaps; 0 (the default) for the median of the base. */
    double usual_gap;
} crmv_stage_rules;

/** Where a customer stands: one of the CRMV_STAGE_ constants. */
typedef int32_t crmv_stage;

/** What the rules look at, for one customer, in days before the end of observation. This struct is frozen: it will never change. */
typedef struct {
    /** Purchase occasions, a whole number; a prospect has 0, and its other fields are not read. */
    double purchases;
    /** Days since the first purchase. */
    double since_first;
    /** Days since the last purchase. */
    double since_last;
    /** Mean days between purchases, above 0; see has_own_gap. */
    double own_gap;
    /** Days since the latest purchase after a gap that counted as lapsed; see has_since_return. */
    double since_return;
    /** 1 if there is an own_gap, which takes two gaps, else 0. */
    int32_t has_own_gap;
    /** 1 if the customer came back after having lapsed, else 0. */
    int32_t has_since_return;
} crmv_relationship;

/** A table of actions that comes with the library: one of the CRMV_ACTIONS_ constants. */
typedef int32_t crmv_action_table;

/** What to do with the customers of cells. This struct is frozen: it will never change. */
typedef struct {
    /** What to do, a NUL-terminated text. */
    const char *action;
    /** The level of the row axis it is for; NULL for all. */
    const char *row;
    /** The level of the column axis it is for; NULL for all. */
    const char *column;
} crmv_action;

/** The customers of a cell, of a row, of a column, or of the whole matrix. Fields may be added at the end in later versions. */
typedef struct {
    /** Number of customers. */
    uint64_t customers;
    /** Their share of all customers, in [0, 1]. */
    double customer_share;
    /** The sum of their values, in money. */
    double value;
    /** Their share of the value of all customers; see has_value_share. */
    double value_share;
    /** Their mean value, in money; 0 for an empty cell. */
    double mean_value;
    /** Their mean P(alive); see has_p_alive. */
    double mean_p_alive;
    /** The sum of (1 - P(alive)) times value, in money; 0 if P(alive) was not given. */
    double value_at_risk;
    /** 1 if there is a value share, 0 (and value_share 0) if the total is not above 0. */
    int32_t has_value_share;
    /** 1 if there is a mean P(alive), 0 (and mean_p_alive 0) for an empty cell or if P(alive) was not given. */
    int32_t has_p_alive;
} crmv_matrix_cell;

/** What a review of a log counts: one of the CRMV_REVIEW_ constants. */
typedef int32_t crmv_review_value;

/** How two periods are compared. Set it up with crmv_review_options_init(); fields may be added at the end in later versions. */
typedef struct {
    /** Size of the struct, set by crmv_review_options_init(). */
    size_t struct_size;
    /** A retained customer is equal if the value changed by at most this share; default 0. */
    double tolerance;
    /** Tiers by cumulative share of the customers, the first the top tier; NULL for 0.1, 0.3, 1. */
    const double *tier_bounds;
    /** Number of tier bounds. */
    size_t tiers;
    /** What is counted. */
    crmv_review_value value;
} crmv_review_options;

/**
 * From the value of the first period to that of the second, in money: value_1 + new_customers + returned + growth - shrinkage - lost + absent =
 * value_2. Fields may be added at the end in later versions.
 */
typedef struct {
    /** Value of the first period. */
    double value_1;
    /** Value of the new customers. */
    double new_customers;
    /** Value of the returned customers. */
    double returned;
    /** Rises of the retained customers. */
    double growth;
    /** Falls of the retained customers. */
    double shrinkage;
    /** Value of the lost customers. */
    double lost;
    /** Change of the customers without a purchase in either period: 0 unless they were refunded something. */
    double absent;
    /** Value of the second period. */
    double value_2;
} crmv_bridge;

/** What became of a customer from the first period to the second: one of the CRMV_MOVEMENT_ constants. */
typedef int32_t crmv_movement;

/** The customers of one movement in numbers. Fields may be added at the end in later versions. */
typedef struct {
    /** Number of customers. */
    uint64_t customers;
    /** Their value in the first period, in money. */
    double value_1;
    /** Their value in the second period, in money. */
    double value_2;
} crmv_movement_summary;

/** One of the two periods in numbers. Fields may be added at the end in later versions. */
typedef struct {
    /** Customers with a purchase in the period. */
    uint64_t customers;
    /** Customers of the period whose value is negative. */
    uint64_t negative;
    /** The value of the period, in money, refunds to customers without a purchase in it included. */
    double value;
    /** value / customers, in money; 0 without customers. */
    double mean_value;
    /** The Gini coefficient of the customers of the period, negative values counted as 0; see has_gini. */
    double gini;
    /** The share of the value that the customers of the top tier's fraction hold, counted as for gini; see has_gini. */
    double top_share;
    /** 1 if there are gini and top_share, 0 (and both 0) if no value is above 0. */
    int32_t has_gini;
    /** 0. */
    int32_t reserved;
} crmv_review_period;

/** The top tier of the first period, then and now. Fields may be added at the end in later versions. */
typedef struct {
    /** Customers in the top tier of the first period. */
    uint64_t customers;
    /** Their value in the first period. */
    double value_1;
    /** The value of the same customers in the second period. */
    double value_2;
    /** value_2 / value_1 - 1; see has_growth. */
    double growth;
    /** retained / customers, in [0, 1]; 0 without customers. */
    double retention;
    /** stayed / customers, in [0, 1]; 0 without customers. */
    double stay_share;
    /** Those of them who were there in the second period. */
    uint64_t retained;
    /** Those of them who were in the top tier again. */
    uint64_t stayed;
    /** Those who fell to a lower tier. */
    uint64_t fallen;
    /** Those who were lost. */
    uint64_t lost;
    /** Customers in the top tier of the second period. */
    uint64_t customers_now;
    /** Their value in the second period. */
    double value_now;
    /** Those of them who rose from a lower tier. */
    uint64_t risen;
    /** Those of them who are new or returned. */
    uint64_t arrived;
    /** 1 if there is a growth, 0 (and growth 0) unless value_1 is above 0. */
    int32_t has_growth;
    /** 0. */
    int32_t reserved;
} crmv_top_tier;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The message of the last call that failed on this thread, as NUL-terminated UTF-8; "" before the first failure, never NULL.
 *
 * Valid until the next failing call on this thread. A successful call leaves it as it is.
 */
const char *crmv_last_error(void);

/**
 * The column that the last failure on this thread was about, by the name errors call it; "" if it was not about a column, never NULL.
 *
 * Valid until the next failing call on this thread.
 */
const char *crmv_last_error_column(void);

/** The row (0-based) that the last failure on this thread was about. Returns 1 and writes it to `out_row`, or returns 0 if there is none. */
int32_t crmv_last_error_row(size_t *out_row);

/**
 * Copies the message of crmv_last_error() with its NUL into `buffer` and writes its size in bytes, NUL included, to `needed` (may be NULL).
 *
 * If `capacity` is smaller, nothing is copied, `needed` is still written, and the message stays the same: ask with capacity 0 first, or
 * use crmv_last_error(). Returns CRMV_OK, CRMV_BUFFER_TOO_SMALL, or CRMV_NULL_POINTER if `buffer` is NULL and `capacity` is not 0.
 *
 * `buffer`: `capacity` bytes.
 */
crmv_status crmv_last_error_copy(char *buffer,
                                 size_t capacity,
                                 size_t *needed);

/** The name of a status code, for example "NonFinite" for CRMV_NON_FINITE; "Unknown" for a number that is none. A static text. */
const char *crmv_status_name(crmv_status status);

/** The version of the library at run time, for example "0.1.0"; CRMV_VERSION is that of the header. A static text. */
const char *crmv_version(void);

/** The number of the binary interface; a library with the same number as CRMV_ABI_VERSION works with this header. */
int32_t crmv_abi_version(void);

/**
 * Frees a text that this library gave with ownership. NULL is ignored.
 *
 * `text`: NULL, or a text from a function that says "free it with crmv_string_free", not yet freed.
 */
void crmv_string_free(char *text);

/**
 * The date of a year, month (1 to 12) and day of the month, as days since 1970-01-01 (negative before).
 *
 * Errors: CRMV_UNPARSABLE_DATE if there is no such day.
 */
crmv_status crmv_date_from_ymd(int32_t year, int32_t month, int32_t day, int32_t *out_days);

/**
 * Year, month (1 to 12) and day of the month of a date given as days since 1970-01-01.
 *
 * Errors: CRMV_DATE_OUT_OF_RANGE outside the years -9999 to 9999.
 */
crmv_status crmv_date_to_ymd(int32_t days, int32_t *out_year, int32_t *out_month, int32_t *out_day);

/**
 * Reads an ISO 8601 date, YYYY-MM-DD or YYYYMMDD, as days since 1970-01-01; a time of day after it is cut off.
 *
 * Errors: CRMV_UNPARSABLE_DATE; ambiguous forms such as 03/04/2026 are refused rather than guessed.
 *
 * `date_text`: a NUL-terminated text.
 */
crmv_status crmv_parse_date(const char *date_text, int32_t *out_days);

/**
 * Reads a column of date texts, as crmv_parse_date() does each of them.
 *
 * `texts`: `n` NUL-terminated texts. `column`: the name errors call the column by; NULL for "date". `out_days`: room for `n` values.
 * `out_missing`: NULL, or room for `n` flags.
 *
 * With `out_missing` NULL, the first entry that is no date is an error: CRMV_UNPARSABLE_DATE with row and text, CRMV_MISSING with the row
 * of a NULL entry. Otherwise such entries get day 0 and flag 1, all others flag 0, ready to be the missing_dates of
 * crmv_transaction_columns, whose policy for invalid rows then decides.
 */
crmv_status crmv_parse_dates(const char *const *date_texts,
                             size_t n,
                             const char *column,
                             int32_t *out_days,
                             uint8_t *out_missing);

/**
 * First and last day of the calendar period that holds a day, all as days since 1970-01-01.
 *
 * Errors: CRMV_DATE_OUT_OF_RANGE, CRMV_INVALID_OPTION (period).
 */
crmv_status crmv_calendar_period_days(int32_t days, crmv_calendar_period period, int32_t *out_first, int32_t *out_last);

/**
 * The label of the calendar period that holds a day (days since 1970-01-01): "2026-W05", "2026-01", "2026-Q1" or "2026". Free it with
 * crmv_string_free(). Errors as crmv_calendar_period_days().
 */
crmv_status crmv_calendar_period_label(int32_t days,
                                       crmv_calendar_period period,
                                       char **out);

/** Sets the options to their defaults. `struct_size`: sizeof(crmv_log_options). */
crmv_status crmv_log_options_init(crmv_log_options *options, size_t struct_size);

/** Sets all columns to NULL and n to 0. `struct_size`: sizeof(crmv_transaction_columns). */
crmv_status crmv_transaction_columns_init(crmv_transaction_columns *columns, size_t struct_size);

/**
 * Reads complete columns with default options: customer ids, dates as days since 1970-01-01, amounts in money; `n` elements each.
 *
 * The short form of crmv_transactions_read(), with its errors. The log is written to `out`; free it with crmv_transactions_free().
 */
crmv_status crmv_transactions_from_columns(const uint64_t *ids,
                                           const int32_t *days,
                                           const double *amounts,
                                           size_t n,
                                           crmv_transactions **out);

/**
 * Reads a table of transactions. `options` may be NULL for the defaults.
 *
 * Several rows of a customer on one day are one purchase occasion with their sum. The order of the rows does not matter.
 *
 * Errors: CRMV_EMPTY, CRMV_TOO_LARGE; by policy, with the first row at fault, CRMV_MISSING, CRMV_NON_FINITE, CRMV_DATE_OUT_OF_RANGE,
 * CRMV_REFUND, CRMV_ZERO_AMOUNT, CRMV_DUPLICATE_ROW; CRMV_NO_PURCHASES if no purchase remains; CRMV_INVALID_OPTION; CRMV_INVALID_UTF8.
 */
crmv_status crmv_transactions_read(const crmv_transaction_columns *columns,
                                   const crmv_log_options *options,
                                   crmv_transactions **out);

/**
 * Reads a table that comes in chunks; rows are counted through all of them, and all have the same kind of ids and of margins.
 *
 * `chunks`: `n_chunks` pointers, none of them NULL. Otherwise as crmv_transactions_read().
 */
crmv_status crmv_transactions_read_chunks(const crmv_transaction_columns *const *chunks,
                                          size_t n_chunks,
                                          const crmv_log_options *options,
                                          crmv_transactions **out);

/** Frees a log. NULL is ignored. Summaries made from it stay valid. */
void crmv_transactions_free(crmv_transactions *transactions);

/** Number of customers with at least one purchase. */
crmv_status crmv_transactions_customers(const crmv_transactions *transactions, size_t *out);

/** Number of purchase occasions (customer days with a purchase). */
crmv_status crmv_transactions_occasions(const crmv_transactions *transactions, size_t *out);

/** The data-quality report. `struct_size`: sizeof(crmv_data_quality). */
crmv_status crmv_transactions_quality(const crmv_transactions *transactions,
                                      crmv_data_quality *out,
                                      size_t struct_size);

/** The data-quality report as text, one line per count. Free it with crmv_string_free(). */
crmv_status crmv_transactions_quality_text(const crmv_transactions *transactions, char **out);

/**
 * The customer summary of a log: frequency, recency, T and spend of every customer, times in `unit_of_time`s.
 *
 * `observed_until`: the last day of the observation, as days since 1970-01-01; NULL for the last date in the log. Later rows do not count,
 * and customers first seen later are left out; both are counted in the summary's data-quality report.
 *
 * Errors: CRMV_END_BEFORE_FIRST_PURCHASE, CRMV_INVALID_OPTION (unit). Free the summary with crmv_customers_free().
 */
crmv_status crmv_transactions_summarize(const crmv_transactions *transactions,
                                        crmv_unit unit_of_time,
                                        const int32_t *observed_until,
                                        crmv_customers **out);

/** The same with the columns log_intervals and log_spend, which models of regular purchases and of single amounts need. */
crmv_status crmv_transactions_summarize_with_log_sums(const crmv_transactions *transactions,
                                                      crmv_unit unit_of_time,
                                                      const int32_t *observed_until,
                                                      crmv_customers **out);

/**
 * The summary until `calibration_end`, and what the same customers did after it until `holdout_end`, by the same rules.
 *
 * Both ends are days since 1970-01-01. Errors: CRMV_EMPTY_HOLDOUT unless the holdout ends later, CRMV_END_BEFORE_FIRST_PURCHASE,
 * CRMV_INVALID_OPTION (unit). Free the result with crmv_holdout_free().
 */
crmv_status crmv_transactions_holdout(const crmv_transactions *transactions,
                                      crmv_unit unit_of_time,
                                      int32_t calibration_end,
                                      int32_t holdout_end,
                                      crmv_holdout **out);

/** The same with the columns log_intervals and log_spend of the calibration, which models of regular purchases and of single amounts need. */
crmv_status crmv_transactions_holdout_with_log_sums(const crmv_transactions *transactions,
                                                    crmv_unit unit_of_time,
                                                    int32_t calibration_end,
                                                    int32_t holdout_end,
                                                    crmv_holdout **out);

/**
 * The summary for RFM scoring: time since the last purchase in `unit_of_time`s, number of purchases, net amount to date.
 *
 * `observed_until` and errors as in crmv_transactions_summarize(). Free the summary with crmv_rfm_summary_free().
 */
crmv_status crmv_transactions_rfm(const crmv_transactions *transactions,
                                  crmv_unit unit_of_time,
                                  const int32_t *observed_until,
                                  crmv_rfm_summary **out);

/** Sets all columns to NULL and n to 0. `struct_size`: sizeof(crmv_customer_columns). */
crmv_status crmv_customer_columns_init(crmv_customer_columns *columns, size_t struct_size);

/**
 * A summary from columns that were made elsewhere.
 *
 * Errors: CRMV_EMPTY, CRMV_TOO_LARGE, CRMV_DUPLICATE_CUSTOMER; for the first row at fault CRMV_MISSING, CRMV_NON_FINITE, CRMV_NEGATIVE,
 * CRMV_NOT_A_COUNT, CRMV_RECENCY_EXCEEDS_AGE, CRMV_INCONSISTENT_RECENCY, CRMV_LOG_SUM; CRMV_INVALID_OPTION, CRMV_INVALID_UTF8.
 * Free the summary with crmv_customers_free().
 */
crmv_status crmv_customers_from_columns(const crmv_customer_columns *columns,
                                        crmv_customers **out);

/** Frees a summary. NULL is ignored. Not for a summary borrowed from a crmv_holdout. */
void crmv_customers_free(crmv_customers *customers);

/** Number of customers: the length of every column. */
crmv_status crmv_customers_count(const crmv_customers *customers, size_t *out);

/** The unit of recency and T. */
crmv_status crmv_customers_unit(const crmv_customers *customers, crmv_unit *out);

/** The last day observed, as days since 1970-01-01. Errors: CRMV_MISSING_COLUMN if the summary was made from columns. */
crmv_status crmv_customers_observed_until(const crmv_customers *customers, int32_t *out_days);

/** The kind of the ids: the kind in which they came. */
crmv_status crmv_customers_id_type(const crmv_customers *customers, crmv_id_type *out);

/**
 * Copies the ids into `out`, which has room for `capacity` values. Errors: CRMV_WRONG_TYPE if they are not unsigned integers,
 * CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_customers_ids_u64(const crmv_customers *customers,
                                   uint64_t *out,
                                   size_t capacity);

/** The same for signed integers. */
crmv_status crmv_customers_ids_i64(const crmv_customers *customers, int64_t *out, size_t capacity);

/**
 * Writes a pointer to the text of every id into `out`; integers as decimal numbers. The texts are valid until the summary is freed.
 *
 * `out`: room for `capacity` pointers. Errors: CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_customers_ids_text(const crmv_customers *customers,
                                    const char **out,
                                    size_t capacity);

/** The text of the id of customer `index` (0-based). Valid until the summary is freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_customers_id_text(const crmv_customers *customers, size_t index, const char **out);

/** Copies x, the number of repeat purchases, into `out`, which has room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL. */
crmv_status crmv_customers_frequency(const crmv_customers *customers,
                                     double *out,
                                     size_t capacity);

/** Copies t_x, the time from the first to the last purchase in the summary's unit, into `out`, which has room for `capacity` values. */
crmv_status crmv_customers_recency(const crmv_customers *customers,
                                   double *out,
                                   size_t capacity);

/**
 * Copies T, the time from the first purchase to the end of observation in the summary's unit, into `out`, which has room for `capacity`
 * values.
 */
crmv_status crmv_customers_T(const crmv_customers *customers,
                             double *out,
                             size_t capacity);

/**
 * Copies the mean amount per repeat occasion, in money, into `out`, and into `has_value` 1 where there is one, 0 where there is none.
 *
 * Both have room for `capacity` elements. A customer without repeat purchases has no mean: out is 0 there and has_value 0. Errors:
 * CRMV_MISSING_COLUMN if the summary does not know what customers spent.
 */
crmv_status crmv_customers_monetary_value(const crmv_customers *customers,
                                          double *out,
                                          uint8_t *has_value,
                                          size_t capacity);

/**
 * Copies the realised net amount of every customer, in money, into `out`, which has room for `capacity` values.
 *
 * Errors: CRMV_MISSING_COLUMN if the summary does not hold it.
 */
crmv_status crmv_customers_total_spend(const crmv_customers *customers, double *out, size_t capacity);

/**
 * Copies the sum of ln(length) of every customer's intervals between occasions into `out`, which has room for `capacity` values; 0 without
 * repeat purchases.
 *
 * Errors: CRMV_MISSING_COLUMN if the summary does not hold it.
 */
crmv_status crmv_customers_log_intervals(const crmv_customers *customers,
                                         double *out,
                                         size_t capacity);

/**
 * Copies the sum of ln(amount) of every customer's repeat occasions into `out`, and 1 into `has_value` where there is one, else 0.
 *
 * Both have room for `capacity` elements. Without repeat purchases, and where one of them has amount 0, there is none: out is 0 there. Errors:
 * CRMV_MISSING_COLUMN if the summary does not hold it.
 */
crmv_status crmv_customers_log_spend(const crmv_customers *customers,
                                     double *out,
                                     uint8_t *has_value,
                                     size_t capacity);

/**
 * Copies the realised contribution margin of every customer, in money, into `out`, which has room for `capacity` values.
 *
 * Errors: CRMV_MISSING_COLUMN if the summary does not hold it.
 */
crmv_status crmv_customers_total_margin(const crmv_customers *customers,
                                        double *out,
                                        size_t capacity);

/**
 * The data-quality report of the log, with the rows and customers after the end. `struct_size`: sizeof(crmv_data_quality).
 *
 * Errors: CRMV_MISSING_COLUMN if the summary was made from columns.
 */
crmv_status crmv_customers_quality(const crmv_customers *customers,
                                   crmv_data_quality *out,
                                   size_t struct_size);

/** The same as text, one line per count. Free it with crmv_string_free(). */
crmv_status crmv_customers_quality_text(const crmv_customers *customers, char **out);

/** The calibration summary. Borrowed: valid until the holdout is freed, and not to be freed itself. */
crmv_status crmv_holdout_customers(const crmv_holdout *holdout, const crmv_customers **out);

/** The length of the holdout period, in the unit of the summary. */
crmv_status crmv_holdout_length(const crmv_holdout *holdout, double *out);

/** Copies the number of purchase occasions of every customer in the holdout into `out`, which has room for `capacity` values. */
crmv_status crmv_holdout_frequency(const crmv_holdout *holdout,
                                   double *out,
                                   size_t capacity);

/** Copies the net amount of every customer in the holdout, refunds deducted, in money, into `out`, which has room for `capacity` values. */
crmv_status crmv_holdout_spend(const crmv_holdout *holdout,
                               double *out,
                               size_t capacity);

/** Frees a holdout with its calibration summary. NULL is ignored. */
void crmv_holdout_free(crmv_holdout *holdout);

/** Sets the options to their defaults. `struct_size`: sizeof(crmv_fit_options). */
crmv_status crmv_fit_options_init(crmv_fit_options *options, size_t struct_size);

/** The numbers of the fit. `struct_size`: sizeof(crmv_fit_info). */
crmv_status crmv_fit_report_info(const crmv_fit_report *report, crmv_fit_info *out, size_t struct_size);

/**
 * Every k that the fit of a BG/CNBD-k or MBG/CNBD-k tried, with its log-likelihood; `out_count` 0 for the other models.
 *
 * `k` and `log_likelihoods` have room for `capacity` elements; 12 are always enough. Errors: CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_fit_report_regularities(const crmv_fit_report *report,
                                         uint32_t *k,
                                         double *log_likelihoods,
                                         size_t capacity,
                                         size_t *out_count);

/**
 * Copies the standard errors of the parameters, in the model's order, into `out`, and into `has_value` 1 where there is one, else 0.
 *
 * Both have room for `capacity` elements. Where the likelihood is flat or ridged there are none: out is 0 there. Errors:
 * CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_fit_report_standard_errors(const crmv_fit_report *report,
                                            double *out,
                                            uint8_t *has_value,
                                            size_t capacity);

/**
 * Confidence interval of every parameter at `level` (0.95 for 95 %), symmetric in its logarithm: `lower`, `upper`, and `has_value` 0
 * where there is none (the bounds are 0 there).
 *
 * All three have room for `capacity` elements. Errors: CRMV_SHARE unless 0 < level < 1, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_fit_report_confidence_intervals(const crmv_fit_report *report,
                                                 double level,
                                                 double *lower,
                                                 double *upper,
                                                 uint8_t *has_value,
                                                 size_t capacity);

/**
 * Copies the covariance matrix of the k parameters, row by row, into `out`, which has room for `capacity` >= k * k values.
 *
 * `has_value` becomes 1; or 0 if there is no covariance, and then out is all 0. Errors: CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_fit_report_covariance(const crmv_fit_report *report,
                                       double *out,
                                       size_t capacity,
                                       uint8_t *has_value);

/** The text of warning `index` (0-based). Valid until the model is freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_fit_report_warning(const crmv_fit_report *report, size_t index, const char **out);

/** The report as text: parameters with standard errors, log-likelihood, how it ended, warnings. Free it with crmv_string_free(). */
crmv_status crmv_fit_report_text(const crmv_fit_report *report,
                                 char **out);

/**
 * BG/NBD with known parameters, each finite and above 0; `unit_of_time` is the unit of alpha and of every time given to the model.
 *
 * Errors: CRMV_INVALID_PARAMETER, CRMV_INVALID_OPTION (unit). Free the model with crmv_purchase_model_free().
 */
crmv_status crmv_bg_nbd_new(double r,
                            double alpha,
                            double a,
                            double b,
                            crmv_unit unit_of_time,
                            crmv_purchase_model **out);

/** MBG/NBD with known parameters, each finite and above 0. Otherwise as crmv_bg_nbd_new(). */
crmv_status crmv_mbg_nbd_new(double r,
                             double alpha,
                             double a,
                             double b,
                             crmv_unit unit_of_time,
                             crmv_purchase_model **out);

/** BG/CNBD-k with known parameters: k from 1 to 20, the others finite and above 0. Otherwise as crmv_bg_nbd_new(). */
crmv_status crmv_bg_cnbd_k_new(uint32_t k,
                               double r,
                               double alpha,
                               double a,
                               double b,
                               crmv_unit unit_of_time,
                               crmv_purchase_model **out);

/** MBG/CNBD-k with known parameters: k from 1 to 20, the others finite and above 0. Otherwise as crmv_bg_nbd_new(). */
crmv_status crmv_mbg_cnbd_k_new(uint32_t k,
                                double r,
                                double alpha,
                                double a,
                                double b,
                                crmv_unit unit_of_time,
                                crmv_purchase_model **out);

/** Pareto/NBD with known parameters, each finite and above 0; alpha and beta are times. Otherwise as crmv_bg_nbd_new(). */
crmv_status crmv_pareto_nbd_new(double r,
                                double alpha,
                                double s,
                                double beta,
                                crmv_unit unit_of_time,
                                crmv_purchase_model **out);

/** GGompertz/NBD with known parameters, each finite and above 0; alpha is a time, b one over a time. Otherwise as crmv_bg_nbd_new(). */
crmv_status crmv_ggompertz_nbd_new(double r,
                                   double alpha,
                                   double b,
                                   double s,
                                   double beta,
                                   crmv_unit unit_of_time,
                                   crmv_purchase_model **out);

/** NBD with known parameters, each finite and above 0. Otherwise as crmv_bg_nbd_new(). */
crmv_status crmv_nbd_new(double r, double alpha, crmv_unit unit_of_time, crmv_purchase_model **out);

/**
 * Fits BG/NBD by maximum likelihood. `options` may be NULL for the defaults.
 *
 * A fit that ends at a boundary or without convergence still gives its best point; look at the warnings of the report. Errors:
 * CRMV_NO_REPEAT_PURCHASES if nobody bought again; CRMV_NOT_FINITE; CRMV_CANCELLED; CRMV_INVALID_OPTION, CRMV_INVALID_PARAMETER (start);
 * CRMV_LENGTH_MISMATCH, CRMV_NON_FINITE, CRMV_NOT_POSITIVE (weights). Free the model with crmv_purchase_model_free().
 */
crmv_status crmv_bg_nbd_fit(const crmv_customers *customers,
                            const crmv_fit_options *options,
                            crmv_purchase_model **out);

/** Fits MBG/NBD by maximum likelihood. Otherwise as crmv_bg_nbd_fit(). */
crmv_status crmv_mbg_nbd_fit(const crmv_customers *customers,
                             const crmv_fit_options *options,
                             crmv_purchase_model **out);

/**
 * Fits BG/CNBD-k by maximum likelihood for a given k, or with k = 0 for k = 1, 2, ... until the likelihood falls, up to 12; k then counts
 * as a parameter in AIC and BIC, and crmv_fit_report_regularities() tells what was tried.
 *
 * The customers need log_intervals (CRMV_MISSING_COLUMN). A start has the parameters k, r, alpha, a, b. Otherwise as crmv_bg_nbd_fit().
 */
crmv_status crmv_bg_cnbd_k_fit(const crmv_customers *customers,
                               uint32_t k,
                               const crmv_fit_options *options,
                               crmv_purchase_model **out);

/** Fits MBG/CNBD-k by maximum likelihood. Otherwise as crmv_bg_cnbd_k_fit(). */
crmv_status crmv_mbg_cnbd_k_fit(const crmv_customers *customers,
                                uint32_t k,
                                const crmv_fit_options *options,
                                crmv_purchase_model **out);

/** Fits Pareto/NBD by maximum likelihood. Otherwise as crmv_bg_nbd_fit(). */
crmv_status crmv_pareto_nbd_fit(const crmv_customers *customers,
                                const crmv_fit_options *options,
                                crmv_purchase_model **out);

/** Fits GGompertz/NBD by maximum likelihood. Otherwise as crmv_bg_nbd_fit(). */
crmv_status crmv_ggompertz_nbd_fit(const crmv_customers *customers,
                                   const crmv_fit_options *options,
                                   crmv_purchase_model **out);

/** Fits NBD by maximum likelihood. Otherwise as crmv_bg_nbd_fit(). */
crmv_status crmv_nbd_fit(const crmv_customers *customers, const crmv_fit_options *options, crmv_purchase_model **out);

/** Frees a model with its report. NULL is ignored. */
void crmv_purchase_model_free(crmv_purchase_model *model);

/** The model's name, for example "BG/NBD". Valid until the model is freed. */
crmv_status crmv_purchase_model_name(const crmv_purchase_model *model, const char **out);

/** The unit of the parameters that are times. */
crmv_status crmv_purchase_model_unit(const crmv_purchase_model *model, crmv_unit *out);

/** Number of parameters. */
crmv_status crmv_purchase_model_parameter_count(const crmv_purchase_model *model, size_t *out);

/** Copies the parameters, in the model's order, into `out`, which has room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL. */
crmv_status crmv_purchase_model_parameters(const crmv_purchase_model *model,
                                           double *out,
                                           size_t capacity);

/** The name of parameter `index` (0-based). Valid until the model is freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_purchase_model_parameter_name(const crmv_purchase_model *model, size_t index, const char **out);

/** The report of the fit; NULL (and CRMV_OK) if the model was made from known parameters. Valid until the model is freed. */
crmv_status crmv_purchase_model_report(const crmv_purchase_model *model,
                                       const crmv_fit_report **out);

/** The model as JSON, with its report if it was fitted; no customer data. Free it with crmv_string_free(). */
crmv_status crmv_purchase_model_to_json(const crmv_purchase_model *model, char **out);

/**
 * The model that crmv_purchase_model_to_json() wrote, equal to the last bit, checked again. Free it with crmv_purchase_model_free().
 *
 * `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
 */
crmv_status crmv_purchase_model_from_json(const char *json,
                                          crmv_purchase_model **out);

/** ln L of every customer (natural log) into `out`, which has room for `capacity` values. */
crmv_status crmv_purchase_model_log_likelihoods(const crmv_purchase_model *model,
                                                const crmv_customers *customers,
                                                double *out,
                                                size_t capacity);

/** Total log-likelihood of the customers (natural log, not negated). */
crmv_status crmv_purchase_model_log_likelihood(const crmv_purchase_model *model,
                                               const crmv_customers *customers,
                                               double *out);

/** P(alive) of every customer at the end of observation, in [0, 1], into `out`, which has room for `capacity` values. */
crmv_status crmv_purchase_model_probability_alive(const crmv_purchase_model *model,
                                                  const crmv_customers *customers,
                                                  double *out,
                                                  size_t capacity);

/** P(alive) of every customer `ahead` units after the end of observation, in [0, 1]. Errors: CRMV_HORIZON unless `ahead` is above 0. */
crmv_status crmv_purchase_model_probability_alive_ahead(const crmv_purchase_model *model,
                                                        const crmv_customers *customers,
                                                        double ahead,
                                                        crmv_unit unit_of_time,
                                                        double *out,
                                                        size_t capacity);

/**
 * Expected purchases of every customer within `horizon` units after the end of observation, into `out`, which has room for `capacity`
 * values. Errors: CRMV_HORIZON unless the horizon is finite and above 0.
 */
crmv_status crmv_purchase_model_expected_purchases(const crmv_purchase_model *model,
                                                   const crmv_customers *customers,
                                                   double horizon,
                                                   crmv_unit unit_of_time,
                                                   double *out,
                                                   size_t capacity);

/**
 * Expected purchases of every customer between `from` and `to` units after the end of observation; 0 <= from < to.
 *
 * `out`: room for `capacity` values. Errors: CRMV_INTERVAL, CRMV_HORIZON (NaN, infinite or negative bounds).
 */
crmv_status crmv_purchase_model_expected_purchases_between(const crmv_purchase_model *model,
                                                           const crmv_customers *customers,
                                                           double from,
                                                           double to,
                                                           crmv_unit unit_of_time,
                                                           double *out,
                                                           size_t capacity);

/**
 * Probability that each customer buys at least once between `from` and `to` units after the end of observation, in [0, 1];
 * 0 <= from < to.
 *
 * `out`: room for `capacity` values. Errors: CRMV_INTERVAL, CRMV_HORIZON (NaN, infinite or negative bounds).
 */
crmv_status crmv_purchase_model_probability_active(const crmv_purchase_model *model,
                                                   const crmv_customers *customers,
                                                   double from,
                                                   double to,
                                                   crmv_unit unit_of_time,
                                                   double *out,
                                                   size_t capacity);

/**
 * Probability that each customer makes exactly `n` purchases within `horizon` units after the end of observation, in [0, 1], into `out`,
 * which has room for `capacity` values. Errors: CRMV_HORIZON.
 */
crmv_status crmv_purchase_model_conditional_purchase_probability(const crmv_purchase_model *model,
                                                                 const crmv_customers *customers,
                                                                 uint32_t n,
                                                                 double horizon,
                                                                 crmv_unit unit_of_time,
                                                                 double *out,
                                                                 size_t capacity);

/** Expected repeat purchases of a new customer within `horizon` units after the first purchase. Errors: CRMV_HORIZON. */
crmv_status crmv_purchase_model_expected_purchases_new_customer(const crmv_purchase_model *model,
                                                                double horizon,
                                                                crmv_unit unit_of_time,
                                                                double *out);

/** Probability that a new customer makes exactly `n` repeat purchases within `horizon` units after the first one. Errors: CRMV_HORIZON. */
crmv_status crmv_purchase_model_purchase_probability(const crmv_purchase_model *model,
                                                     uint32_t n,
                                                     double horizon,
                                                     crmv_unit unit_of_time,
                                                     double *out);

/** The natural logarithm of crmv_purchase_model_purchase_probability(), also where that is below the range of double. */
crmv_status crmv_purchase_model_log_purchase_probability(const crmv_purchase_model *model,
                                                         uint32_t n,
                                                         double horizon,
                                                         crmv_unit unit_of_time,
                                                         double *out);

/**
 * Probability that a new customer makes exactly `n` repeat purchases between `from` and `to` units after the first one, in [0, 1];
 * 0 <= from < to. Errors: CRMV_INTERVAL, CRMV_HORIZON.
 */
crmv_status crmv_purchase_model_purchase_probability_between(const crmv_purchase_model *model,
                                                             uint32_t n,
                                                             double from,
                                                             double to,
                                                             crmv_unit unit_of_time,
                                                             double *out);

/**
 * Posterior mean of the rate at which each customer buys, or bought, while alive, per time unit of the model, into `out`, which has room for
 * `capacity` values.
 */
crmv_status crmv_purchase_model_expected_purchase_rate(const crmv_purchase_model *model,
                                                       const crmv_customers *customers,
                                                       double *out,
                                                       size_t capacity);

/**
 * Posterior mean of what makes each customer leave, into `out`, which has room for `capacity` values: the dropout probability per purchase
 * (BG/NBD and its relatives), the death rate per time unit (Pareto/NBD; GGompertz/NBD: at age 0), 0 (NBD).
 */
crmv_status crmv_purchase_model_expected_dropout(const crmv_purchase_model *model,
                                                 const crmv_customers *customers,
                                                 double *out,
                                                 size_t capacity);

/**
 * P(alive) over one customer's history, as it would have been told at each of the times `at`, into `out`, which has room for `capacity` values.
 *
 * `purchases`: `n_purchases` times of the repeat purchases after the first purchase, in rising order; `at`: `n_at` times of asking. All in
 * the model's unit. Errors: CRMV_UNSORTED, CRMV_NON_FINITE, CRMV_NEGATIVE.
 */
crmv_status crmv_purchase_model_alive_path(const crmv_purchase_model *model,
                                           const double *purchases,
                                           size_t n_purchases,
                                           const double *at,
                                           size_t n_at,
                                           double *out,
                                           size_t capacity);

/**
 * DERT: discounted expected residual transactions of every customer over an endless horizon, into `out`, which has room for `capacity`
 * values. Errors: CRMV_UNBOUNDED_VALUE unless the rate is above 0, CRMV_DISCOUNT_RATE, CRMV_HORIZON (length of the rate).
 */
crmv_status crmv_purchase_model_dert(const crmv_purchase_model *model,
                                     const crmv_customers *customers,
                                     const crmv_discount *discount,
                                     double *out,
                                     size_t capacity);

/** DECT: the same up to a finite horizon of `horizon` units, continuously discounted; at rate 0 the expected purchases. */
crmv_status crmv_purchase_model_dect(const crmv_purchase_model *model,
                                     const crmv_customers *customers,
                                     const crmv_discount *discount,
                                     double horizon,
                                     crmv_unit unit_of_time,
                                     double *out,
                                     size_t capacity);

/**
 * A table of covariates from `n_columns` columns of `n_rows` numbers each, copied; `names` are NUL-terminated UTF-8 texts.
 *
 * Errors: CRMV_EMPTY without columns or rows, CRMV_DUPLICATE_COLUMN, CRMV_NON_FINITE (column, row, value), CRMV_NULL_POINTER,
 * CRMV_INVALID_UTF8. Free the table with crmv_covariates_free().
 */
crmv_status crmv_covariates_new(const char *const *names,
                                const double *const *columns,
                                size_t n_columns,
                                size_t n_rows,
                                crmv_covariates **out);

/** Frees a table of covariates. NULL is ignored. */
void crmv_covariates_free(crmv_covariates *covariates);

/**
 * The same customers with these covariates, as a new summary.
 *
 * With one of the arrays of ids (as many as the table has rows) the rows are those of these customers, in any order, and rows of other
 * customers are ignored; with all three NULL row i is that of customer i. Errors: CRMV_LENGTH_MISMATCH, CRMV_CUSTOMER_NOT_FOUND,
 * CRMV_DUPLICATE_CUSTOMER, CRMV_MISSING, CRMV_INVALID_OPTION for more than one array. Free the summary with crmv_customers_free().
 */
crmv_status crmv_customers_with_covariates(const crmv_customers *customers,
                                           const crmv_covariates *covariates,
                                           const uint64_t *ids_u64,
                                           const int64_t *ids_i64,
                                           const char *const *ids_text,
                                           crmv_customers **out);

/** Sets the options to their defaults, no covariates. `struct_size`: sizeof(crmv_covariate_options). */
crmv_status crmv_covariate_options_init(crmv_covariate_options *options, size_t struct_size);

/**
 * Fits BG/NBD with covariates by maximum likelihood. The customers must have them: see crmv_customers_with_covariates().
 *
 * `options` may be NULL for the defaults; starts are the parameters, then the coefficients in the order of the report, which is `purchase`,
 * `dropout` (or all of a, then all of b), `shared`. The model answers as every purchase model does, each customer by its own covariates. Its
 * parameters, and what is asked of it for a new customer, are those of the baseline: covariates 0, or at the means if they are standardised.
 *
 * Errors: CRMV_MISSING_COVARIATES; CRMV_CONSTANT_COLUMN, CRMV_COLLINEAR_COLUMNS (the message names the columns); CRMV_DUPLICATE_COLUMN;
 * CRMV_EMPTY without any covariate; CRMV_INVALID_OPTION; and those of crmv_bg_nbd_fit(). Free the model with crmv_purchase_model_free().
 */
crmv_status crmv_bg_nbd_fit_with_covariates(const crmv_customers *customers,
                                            const crmv_covariate_options *covariates,
                                            const crmv_fit_options *options,
                                            crmv_purchase_model **out);

/** Fits MBG/NBD with covariates. Otherwise as crmv_bg_nbd_fit_with_covariates(). */
crmv_status crmv_mbg_nbd_fit_with_covariates(const crmv_customers *customers,
                                             const crmv_covariate_options *covariates,
                                             const crmv_fit_options *options,
                                             crmv_purchase_model **out);

/** Fits Pareto/NBD with covariates. Otherwise as crmv_bg_nbd_fit_with_covariates(). */
crmv_status crmv_pareto_nbd_fit_with_covariates(const crmv_customers *customers,
                                                const crmv_covariate_options *covariates,
                                                const crmv_fit_options *options,
                                                crmv_purchase_model **out);

/** Fits GGompertz/NBD with covariates. Otherwise as crmv_bg_nbd_fit_with_covariates(). */
crmv_status crmv_ggompertz_nbd_fit_with_covariates(const crmv_customers *customers,
                                                   const crmv_covariate_options *covariates,
                                                   const crmv_fit_options *options,
                                                   crmv_purchase_model **out);

/**
 * A purchase model with known coefficients: `model` (BG/NBD, MBG/NBD, Pareto/NBD or GGompertz/NBD) is the baseline, and is copied.
 *
 * Errors: CRMV_EMPTY without effects; CRMV_DUPLICATE_COLUMN for two of one name; CRMV_INVALID_PARAMETER for a coefficient, centre or scale
 * out of range or a name that the model has no process for; CRMV_INVALID_OPTION for another model. Free it with crmv_purchase_model_free().
 */
crmv_status crmv_purchase_model_with_covariates(const crmv_purchase_model *model,
                                                const crmv_covariate_effect *effects,
                                                size_t n_effects,
                                                crmv_purchase_model **out);

/** Number of coefficients; 0 for a model without covariates. */
crmv_status crmv_purchase_model_coefficient_count(const crmv_purchase_model *model, size_t *out);

/** Coefficient `index` (0-based). Its name is valid until the model is freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_purchase_model_coefficient(const crmv_purchase_model *model, size_t index, crmv_covariate_effect *out);

/**
 * Expected repeat purchases within `horizon` units of new customers with these covariates, one per row of the table.
 *
 * `out` has room for `capacity` values. Errors: CRMV_MISSING_COVARIATES; CRMV_INVALID_OPTION for a model without covariates; CRMV_HORIZON,
 * CRMV_INVALID_PARAMETER if covariates move a parameter out of range; CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_purchase_model_expected_purchases_new_customers(const crmv_purchase_model *model,
                                                                 const crmv_covariates *covariates,
                                                                 double horizon,
                                                                 crmv_unit unit_of_time,
                                                                 double *out,
                                                                 size_t capacity);

/**
 * Row `index` (0-based) of the table of coefficients, with intervals at `level` (0.95 for 95 %). `struct_size`: sizeof(crmv_coefficient).
 *
 * Errors: CRMV_OUT_OF_RANGE beyond the last one, CRMV_SHARE unless 0 < level < 1.
 */
crmv_status crmv_fit_report_coefficient(const crmv_fit_report *report,
                                        size_t index,
                                        double level,
                                        crmv_coefficient *out,
                                        size_t struct_size);

/** The likelihood-ratio test of the fit. `struct_size`: sizeof(crmv_likelihood_ratio). */
crmv_status crmv_fit_report_likelihood_ratio(const crmv_fit_report *report,
                                             crmv_likelihood_ratio *out,
                                             size_t struct_size);

/**
 * Gamma-Gamma with known parameters, each finite and above 0; v (gamma in the papers) is in money.
 *
 * Errors: CRMV_INVALID_PARAMETER. Free the model with crmv_spend_model_free().
 */
crmv_status crmv_gamma_gamma_new(double p, double q, double v, crmv_spend_model **out);

/**
 * Fits Gamma-Gamma by maximum likelihood to the customers with repeat purchases. `options` may be NULL for the defaults.
 *
 * Errors: CRMV_MISSING_COLUMN without spend, or without log sums for a fit to single purchases; CRMV_NO_REPEAT_PURCHASES; CRMV_NOT_POSITIVE if
 * no repeat customer spent anything, or a weight is not above 0; CRMV_LENGTH_MISMATCH (weights); CRMV_NOT_FINITE; CRMV_CANCELLED;
 * CRMV_INVALID_OPTION; CRMV_INVALID_PARAMETER (start). Free the model with crmv_spend_model_free().
 */
crmv_status crmv_gamma_gamma_fit(const crmv_customers *customers,
                                 const crmv_fit_options *options,
                                 crmv_spend_model **out);

/** Frees a model with its report. NULL is ignored. */
void crmv_spend_model_free(crmv_spend_model *model);

/** The model's name, for example "Gamma-Gamma". Valid until the model is freed. */
crmv_status crmv_spend_model_name(const crmv_spend_model *model, const char **out);

/** Number of parameters. */
crmv_status crmv_spend_model_parameter_count(const crmv_spend_model *model, size_t *out);

/** Copies the parameters, in the model's order, into `out`, which has room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL. */
crmv_status crmv_spend_model_parameters(const crmv_spend_model *model,
                                        double *out,
                                        size_t capacity);

/** The name of parameter `index` (0-based). Valid until the model is freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_spend_model_parameter_name(const crmv_spend_model *model, size_t index, const char **out);

/** The report of the fit; NULL (and CRMV_OK) if the model was made from known parameters. Valid until the model is freed. */
crmv_status crmv_spend_model_report(const crmv_spend_model *model,
                                    const crmv_fit_report **out);

/** The model as JSON, with its report if it was fitted; no customer data. Free it with crmv_string_free(). */
crmv_status crmv_spend_model_to_json(const crmv_spend_model *model, char **out);

/**
 * The model that crmv_spend_model_to_json() wrote, equal to the last bit, checked again. Free it with crmv_spend_model_free().
 *
 * `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
 */
crmv_status crmv_spend_model_from_json(const char *json,
                                       crmv_spend_model **out);

/**
 * Expected spend per purchase of every customer, in money, into `out`, which has room for `capacity` values; that of the population for
 * customers without repeat purchases. Errors: CRMV_MISSING_COLUMN without spend, CRMV_UNDEFINED_MEAN.
 */
crmv_status crmv_spend_model_expected_spend(const crmv_spend_model *model,
                                            const crmv_customers *customers,
                                            double *out,
                                            size_t capacity);

/**
 * Quantile of the amount of every customer's next purchase, in money, into `out`, which has room for `capacity` values: with 0.9, nine
 * purchases in ten are smaller. It exists also where the mean does not. Errors: CRMV_SHARE unless 0 < probability < 1; CRMV_MISSING_COLUMN.
 */
crmv_status crmv_spend_model_spend_quantile(const crmv_spend_model *model,
                                            const crmv_customers *customers,
                                            double probability,
                                            double *out,
                                            size_t capacity);

/** Quantile of every customer's own mean spend per purchase, in money: how well it is known, not how purchases vary around it. As above. */
crmv_status crmv_spend_model_mean_spend_quantile(const crmv_spend_model *model,
                                                 const crmv_customers *customers,
                                                 double probability,
                                                 double *out,
                                                 size_t capacity);

/**
 * Expected spend per purchase, in money, of a customer with `frequency` repeat purchases of mean amount `monetary_value`.
 *
 * With frequency 0 the mean of the population. Errors: CRMV_UNDEFINED_MEAN, CRMV_NON_FINITE, CRMV_NEGATIVE.
 */
crmv_status crmv_spend_model_expected_spend_given(const crmv_spend_model *model,
                                                  uint32_t frequency,
                                                  double monetary_value,
                                                  double *out);

/** Mean spend per purchase of the population, in money. Errors: CRMV_UNDEFINED_MEAN if q <= 1. */
crmv_status crmv_spend_model_population_mean_spend(const crmv_spend_model *model, double *out);

/**
 * Natural log of the density of the mean amount `monetary_value` (above 0, in money) of `frequency` >= 1 purchases.
 *
 * Errors: CRMV_NOT_POSITIVE.
 */
crmv_status crmv_spend_model_log_likelihood(const crmv_spend_model *model,
                                            uint32_t frequency,
                                            double monetary_value,
                                            double *out);

/** Sets all columns to NULL and rows to 0. `struct_size`: sizeof(crmv_opportunity_columns). */
crmv_status crmv_opportunity_columns_init(crmv_opportunity_columns *columns, size_t struct_size);

/**
 * A summary from columns that were made elsewhere.
 *
 * Errors: CRMV_EMPTY, CRMV_TOO_LARGE, CRMV_DUPLICATE_CUSTOMER; for the first row at fault CRMV_MISSING, CRMV_NON_FINITE, CRMV_NEGATIVE,
 * CRMV_NOT_A_COUNT, CRMV_TOO_MANY_PERIODS (n above a million), CRMV_EXCEEDS_OPPORTUNITIES, CRMV_INCONSISTENT_RECENCY,
 * CRMV_FREQUENCY_EXCEEDS_RECENCY, CRMV_NOT_POSITIVE (weight); CRMV_INVALID_OPTION, CRMV_INVALID_UTF8.
 * Free the summary with crmv_opportunities_free().
 */
crmv_status crmv_opportunities_from_columns(const crmv_opportunity_columns *columns,
                                            crmv_opportunities **out);

/**
 * A log cut into opportunities of `length` `unit_of_time`s, counted from the day of the customer's first purchase: by a span of L days,
 * opportunity j holds the days after (j - 1) L up to j L days after it.
 *
 * `observed_until`: the last day of the observation, as days since 1970-01-01; NULL for the last date in the log. Customers first seen
 * later are left out. A last period that the observation does not cover to its end does not count, and neither do purchases in it.
 *
 * Errors: CRMV_HORIZON (length), CRMV_END_BEFORE_FIRST_PURCHASE, CRMV_TOO_MANY_PERIODS, CRMV_INVALID_OPTION (unit).
 * Free the summary with crmv_opportunities_free().
 */
crmv_status crmv_transactions_opportunities(const crmv_transactions *transactions,
                                            double length,
                                            crmv_unit unit_of_time,
                                            const int32_t *observed_until,
                                            crmv_opportunities **out);

/**
 * A log cut by calendar periods: opportunity j is the j-th period after the one of the customer's first purchase, the rest of which does
 * not count. Otherwise as crmv_transactions_opportunities().
 */
crmv_status crmv_transactions_opportunities_by_calendar(const crmv_transactions *transactions,
                                                        crmv_calendar_period period,
                                                        const int32_t *observed_until,
                                                        crmv_opportunities **out);

/** Frees a summary. NULL is ignored. */
void crmv_opportunities_free(crmv_opportunities *opportunities);

/** Number of rows: the length of every column. */
crmv_status crmv_opportunities_count(const crmv_opportunities *opportunities, size_t *out);

/** Number of customers: the sum of the weights. */
crmv_status crmv_opportunities_total_weight(const crmv_opportunities *opportunities, double *out);

/** Copies x into `out`, which has room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL. */
crmv_status crmv_opportunities_frequency(const crmv_opportunities *opportunities, double *out, size_t capacity);

/** Copies t_x into `out`, which has room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL. */
crmv_status crmv_opportunities_recency(const crmv_opportunities *opportunities, double *out, size_t capacity);

/** Copies n into `out`, which has room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL. */
crmv_status crmv_opportunities_n(const crmv_opportunities *opportunities, double *out, size_t capacity);

/** Copies the customers that each row stands for, 1 each unless given, into `out`, which has room for `capacity` values. */
crmv_status crmv_opportunities_weight(const crmv_opportunities *opportunities, double *out, size_t capacity);

/** The kind of the ids: the kind in which they came. */
crmv_status crmv_opportunities_id_type(const crmv_opportunities *opportunities, crmv_id_type *out);

/**
 * Copies the ids into `out`, which has room for `capacity` values. Errors: CRMV_WRONG_TYPE if they are not unsigned integers,
 * CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_opportunities_ids_u64(const crmv_opportunities *opportunities,
                                       uint64_t *out,
                                       size_t capacity);

/** The same for signed integers. */
crmv_status crmv_opportunities_ids_i64(const crmv_opportunities *opportunities, int64_t *out, size_t capacity);

/** The id of row `index` (0-based) as text, whatever its kind. Valid until the summary is freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_opportunities_id_text(const crmv_opportunities *opportunities,
                                       size_t index,
                                       const char **out);

/** The last day observed, as days since 1970-01-01. Errors: CRMV_MISSING_COLUMN if the summary was made from columns. */
crmv_status crmv_opportunities_observed_until(const crmv_opportunities *opportunities, int32_t *out_days);

/**
 * The data-quality report of the log, with the rows and customers after the end. `struct_size`: sizeof(crmv_data_quality).
 *
 * Errors: CRMV_MISSING_COLUMN if the summary was made from columns.
 */
crmv_status crmv_opportunities_quality(const crmv_opportunities *opportunities,
                                       crmv_data_quality *out,
                                       size_t struct_size);

/** BG/BB with known parameters, each finite and above 0. Errors: CRMV_INVALID_PARAMETER. Free the model with crmv_bg_bb_free(). */
crmv_status crmv_bg_bb_new(double alpha,
                           double beta,
                           double gamma,
                           double delta,
                           crmv_bg_bb **out);

/**
 * Fits BG/BB by maximum likelihood. `options` may be NULL for the defaults; weights belong to the summary.
 *
 * A fit that ends at a boundary or without convergence still gives its best point; look at the warnings of the report. Errors:
 * CRMV_NO_REPEAT_PURCHASES if nobody bought again; CRMV_NOT_FINITE; CRMV_CANCELLED; CRMV_INVALID_OPTION (also for weights),
 * CRMV_INVALID_PARAMETER (start). Free the model with crmv_bg_bb_free().
 */
crmv_status crmv_bg_bb_fit(const crmv_opportunities *opportunities,
                           const crmv_fit_options *options,
                           crmv_bg_bb **out);

/** Frees a model with its report. NULL is ignored. */
void crmv_bg_bb_free(crmv_bg_bb *model);

/** Copies alpha, beta, gamma, delta into `out`, which has room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL. */
crmv_status crmv_bg_bb_parameters(const crmv_bg_bb *model, double *out, size_t capacity);

/** The name of parameter `index` (0-based). Valid until the model is freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_bg_bb_parameter_name(const crmv_bg_bb *model, size_t index, const char **out);

/** The report of the fit; NULL (and CRMV_OK) if the model was made from known parameters. Valid until the model is freed. */
crmv_status crmv_bg_bb_report(const crmv_bg_bb *model,
                              const crmv_fit_report **out);

/** The model as JSON, with its report if it was fitted; no customer data. Free it with crmv_string_free(). */
crmv_status crmv_bg_bb_to_json(const crmv_bg_bb *model, char **out);

/**
 * The model that crmv_bg_bb_to_json() wrote, equal to the last bit, checked again. Free it with crmv_bg_bb_free().
 *
 * `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
 */
crmv_status crmv_bg_bb_from_json(const char *json, crmv_bg_bb **out);

/** Total log-likelihood (natural log, not negated), every row with its weight. */
crmv_status crmv_bg_bb_log_likelihood(const crmv_bg_bb *model, const crmv_opportunities *opportunities, double *out);

/** ln L of every row (natural log, of one sequence of purchases, weights apart) into `out`, which has room for `capacity` values. */
crmv_status crmv_bg_bb_log_likelihoods(const crmv_bg_bb *model,
                                       const crmv_opportunities *opportunities,
                                       double *out,
                                       size_t capacity);

/** P(alive at opportunity n), the last observed one, of every row, in [0, 1], into `out`, which has room for `capacity` values. */
crmv_status crmv_bg_bb_probability_alive(const crmv_bg_bb *model,
                                         const crmv_opportunities *opportunities,
                                         double *out,
                                         size_t capacity);

/** P(alive at opportunity n + `ahead`) of every row, in [0, 1]; 1 ahead is the P(alive) of the paper and of most programs. */
crmv_status crmv_bg_bb_probability_alive_ahead(const crmv_bg_bb *model,
                                               const crmv_opportunities *opportunities,
                                               uint32_t ahead,
                                               double *out,
                                               size_t capacity);

/**
 * Expected purchases of every row (of one customer of it) at the next `ahead` opportunities.
 *
 * `out`: room for `capacity` values.
 */
crmv_status crmv_bg_bb_expected_purchases(const crmv_bg_bb *model,
                                          const crmv_opportunities *opportunities,
                                          uint32_t ahead,
                                          double *out,
                                          size_t capacity);

/** Expected purchases of every row at opportunities n + `from` + 1 to n + `to`; 0 <= from < to. Errors: CRMV_INTERVAL. */
crmv_status crmv_bg_bb_expected_purchases_between(const crmv_bg_bb *model,
                                                  const crmv_opportunities *opportunities,
                                                  uint32_t from,
                                                  uint32_t to,
                                                  double *out,
                                                  size_t capacity);

/**
 * Probability of at least one purchase at opportunities n + `from` + 1 to n + `to`, of every row, in [0, 1]; 0 <= from < to.
 *
 * `out`: room for `capacity` values. Errors: CRMV_INTERVAL.
 */
crmv_status crmv_bg_bb_probability_active(const crmv_bg_bb *model,
                                          const crmv_opportunities *opportunities,
                                          uint32_t from,
                                          uint32_t to,
                                          double *out,
                                          size_t capacity);

/**
 * Probability of exactly `count` purchases at the next `ahead` opportunities, of every row, in [0, 1].
 *
 * `out`: room for `capacity` values.
 */
crmv_status crmv_bg_bb_conditional_purchase_probability(const crmv_bg_bb *model,
                                                        const crmv_opportunities *opportunities,
                                                        uint32_t count,
                                                        uint32_t ahead,
                                                        double *out,
                                                        size_t capacity);

/**
 * DERT: discounted expected purchases at all opportunities to come, of every row; opportunity n + j is divided by (1 + rate)^j, `rate` per
 * opportunity.
 *
 * `out`: room for `capacity` values. Errors: CRMV_UNBOUNDED_VALUE unless the rate is finite and above 0.
 */
crmv_status crmv_bg_bb_dert(const crmv_bg_bb *model,
                            const crmv_opportunities *opportunities,
                            double rate,
                            double *out,
                            size_t capacity);

/** DECT: the same up to opportunity n + `horizon`; at rate 0 the expected purchases. Errors: CRMV_DISCOUNT_RATE. */
crmv_status crmv_bg_bb_dect(const crmv_bg_bb *model,
                            const crmv_opportunities *opportunities,
                            double rate,
                            uint32_t horizon,
                            double *out,
                            size_t capacity);

/** Posterior mean of the purchase probability per opportunity while alive, of every row, in [0, 1]. */
crmv_status crmv_bg_bb_mean_purchase_probability(const crmv_bg_bb *model,
                                                 const crmv_opportunities *opportunities,
                                                 double *out,
                                                 size_t capacity);

/** Posterior mean of the dropout probability per opportunity, of every row, in [0, 1]. */
crmv_status crmv_bg_bb_mean_dropout_probability(const crmv_bg_bb *model,
                                                const crmv_opportunities *opportunities,
                                                double *out,
                                                size_t capacity);

/** Expected purchases of a new customer at opportunities 1 to `n`. */
crmv_status crmv_bg_bb_expected_purchases_new_customer(const crmv_bg_bb *model, uint32_t n, double *out);

/** Probability that a new customer buys at exactly `count` of `n` opportunities, in [0, 1]. */
crmv_status crmv_bg_bb_purchase_probability(const crmv_bg_bb *model, uint32_t count, uint32_t n, double *out);

/**
 * Tenures from survivor counts of one or several cohorts, one after the other in `survivors`.
 *
 * `lengths`: the number of counts of each of the `n_cohorts` cohorts; `survivors` has as many elements as they add up to. Count t of a cohort
 * is the number of its customers who renewed at least t times, so that count 0 is the number who joined: whole numbers that never rise.
 * The last count of each cohort is censored.
 *
 * Errors: CRMV_EMPTY without cohorts or counts; CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_NOT_A_COUNT, CRMV_RISING_SURVIVORS, CRMV_NOT_POSITIVE for
 * a cohort that nobody joined, CRMV_TOO_MANY_PERIODS; the row is the period, the column names the cohort. Free them with crmv_tenures_free().
 */
crmv_status crmv_tenures_from_survivors(const double *survivors,
                                        const size_t *lengths,
                                        size_t n_cohorts,
                                        crmv_tenures **out);

/**
 * Tenures from one row per customer, or per `weights` customers.
 *
 * `tenure`: `n` whole numbers, at least 1. `churned`: `n` flags, 0 if the customer is still in that period, anything else if the customer left
 * at its end. `weights`: NULL for 1 each, or `n` numbers above 0.
 *
 * Errors: CRMV_EMPTY; for the first row at fault CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_NOT_A_COUNT, CRMV_NOT_POSITIVE (tenure 0, weight),
 * CRMV_TOO_MANY_PERIODS. Free them with crmv_tenures_free().
 */
crmv_status crmv_tenures_from_customers(const double *tenure,
                                        const uint8_t *churned,
                                        const double *weights,
                                        size_t n,
                                        crmv_tenures **out);

/** Frees tenures. NULL is ignored. */
void crmv_tenures_free(crmv_tenures *tenures);

/** Number of customers: the sum of the weights. */
crmv_status crmv_tenures_customers(const crmv_tenures *tenures, double *out);

/** How many of them left. */
crmv_status crmv_tenures_churned(const crmv_tenures *tenures, double *out);

/** The longest tenure, in periods. */
crmv_status crmv_tenures_longest(const crmv_tenures *tenures, uint32_t *out);

/**
 * The geometric model with a known churn probability per period, between 0 and 1.
 *
 * Errors: CRMV_INVALID_PARAMETER. Free the model with crmv_retention_model_free().
 */
crmv_status crmv_geometric_new(double theta, crmv_retention_model **out);

/** sBG, the shifted beta-geometric model, with known parameters, each finite and above 0. Otherwise as crmv_geometric_new(). */
crmv_status crmv_sbg_new(double alpha,
                         double beta,
                         crmv_retention_model **out);

/** BdW, the beta-discrete-Weibull model, with known parameters, each finite and above 0. Otherwise as crmv_geometric_new(). */
crmv_status crmv_bdw_new(double alpha,
                         double beta,
                         double c,
                         crmv_retention_model **out);

/**
 * Fits the geometric model by maximum likelihood. `options` may be NULL for the defaults; weights belong to the tenures.
 *
 * A fit that ends at a boundary or without convergence still gives its best point; look at the warnings of the report. Errors:
 * CRMV_DEGENERATE_TENURES if nobody left, or nobody renewed; CRMV_NOT_FINITE; CRMV_CANCELLED; CRMV_INVALID_OPTION (also for weights),
 * CRMV_INVALID_PARAMETER (start). Free the model with crmv_retention_model_free().
 */
crmv_status crmv_geometric_fit(const crmv_tenures *tenures,
                               const crmv_fit_options *options,
                               crmv_retention_model **out);

/** Fits sBG by maximum likelihood. Otherwise as crmv_geometric_fit(). */
crmv_status crmv_sbg_fit(const crmv_tenures *tenures, const crmv_fit_options *options, crmv_retention_model **out);

/** Fits BdW by maximum likelihood. Otherwise as crmv_geometric_fit(). */
crmv_status crmv_bdw_fit(const crmv_tenures *tenures, const crmv_fit_options *options, crmv_retention_model **out);

/** Frees a model with its report. NULL is ignored. */
void crmv_retention_model_free(crmv_retention_model *model);

/** The model's name: "geometric", "sBG", "sBG with covariates" or "BdW". Valid until the model is freed. */
crmv_status crmv_retention_model_name(const crmv_retention_model *model, const char **out);

/** Number of parameters. */
crmv_status crmv_retention_model_parameter_count(const crmv_retention_model *model, size_t *out);

/** Copies the parameters, in the model's order, into `out`, which has room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL. */
crmv_status crmv_retention_model_parameters(const crmv_retention_model *model,
                                            double *out,
                                            size_t capacity);

/** The name of parameter `index` (0-based). Valid until the model is freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_retention_model_parameter_name(const crmv_retention_model *model, size_t index, const char **out);

/** The report of the fit; NULL (and CRMV_OK) if the model was made from known parameters. Valid until the model is freed. */
crmv_status crmv_retention_model_report(const crmv_retention_model *model,
                                        const crmv_fit_report **out);

/** The model as JSON, with its report if it was fitted; no customer data. Free it with crmv_string_free(). */
crmv_status crmv_retention_model_to_json(const crmv_retention_model *model, char **out);

/**
 * The model that crmv_retention_model_to_json() wrote, equal to the last bit, checked again. Free it with crmv_retention_model_free().
 *
 * `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
 */
crmv_status crmv_retention_model_from_json(const char *json,
                                           crmv_retention_model **out);

/** Total log-likelihood of the tenures (natural log, not negated). */
crmv_status crmv_retention_model_log_likelihood(const crmv_retention_model *model,
                                                const crmv_tenures *tenures,
                                                double *out);

/**
 * S(t): probability that a new customer makes at least t renewals, in [0, 1], for each of the `n` numbers `t`; 1 at t = 0.
 *
 * `out`: room for `capacity` >= n values. Errors: CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_retention_model_survival(const crmv_retention_model *model,
                                          const uint32_t *t,
                                          size_t n,
                                          double *out,
                                          size_t capacity);

/** S(t) / S(t - 1): share of the customers facing renewal t who make it, in [0, 1]; 1 at t = 0. Otherwise as crmv_retention_model_survival(). */
crmv_status crmv_retention_model_retention_rate(const crmv_retention_model *model,
                                                const uint32_t *t,
                                                size_t n,
                                                double *out,
                                                size_t capacity);

/** S(t - 1) - S(t): probability that a new customer leaves at renewal t; 0 at t = 0. Otherwise as crmv_retention_model_survival(). */
crmv_status crmv_retention_model_churn_probability(const crmv_retention_model *model,
                                                   const uint32_t *t,
                                                   size_t n,
                                                   double *out,
                                                   size_t capacity);

/** Expected tenure of a new customer in periods, the first included. `has_value` becomes 1; or 0 if it is infinite, and then out is 0. */
crmv_status crmv_retention_model_expected_tenure(const crmv_retention_model *model,
                                                 double *out,
                                                 uint8_t *has_value);

/**
 * Probability that customers who made these numbers of renewals make at least `ahead` more, in [0, 1].
 *
 * `renewals`: `n` numbers of renewals made; a customer in period k has made k - 1. `out`: room for `capacity` >= n values.
 */
crmv_status crmv_retention_model_survival_ahead(const crmv_retention_model *model,
                                                const uint32_t *renewals,
                                                size_t n,
                                                uint32_t ahead,
                                                double *out,
                                                size_t capacity);

/** Expected renewals among the next `horizon` ones. Otherwise as crmv_retention_model_survival_ahead(). */
crmv_status crmv_retention_model_expected_renewals(const crmv_retention_model *model,
                                                   const uint32_t *renewals,
                                                   size_t n,
                                                   uint32_t horizon,
                                                   double *out,
                                                   size_t capacity);

/**
 * DEL: discounted expected lifetime, in payments, of a customer about to join; the first payment is included and not discounted.
 *
 * `rate`: per period. Errors: CRMV_UNBOUNDED_VALUE unless it is finite and above 0.
 */
crmv_status crmv_retention_model_discounted_expected_lifetime(const crmv_retention_model *model,
                                                              double rate,
                                                              double *out);

/**
 * DERL: discounted expected residual lifetime, in payments, of customers who made these numbers of renewals, just before the next is due; its
 * payment is not discounted.
 *
 * `rate`: per period. Errors: CRMV_UNBOUNDED_VALUE unless it is finite and above 0. Otherwise as crmv_retention_model_survival_ahead().
 */
crmv_status crmv_retention_model_discounted_expected_residual_lifetime(const crmv_retention_model *model,
                                                                       const uint32_t *renewals,
                                                                       size_t n,
                                                                       double rate,
                                                                       double *out,
                                                                       size_t capacity);

/**
 * Tenures as from crmv_tenures_from_customers(), with covariates: row i of the table is customer i.
 *
 * Errors: as there; CRMV_LENGTH_MISMATCH unless there is one row of covariates per customer. Free them with crmv_tenures_free().
 */
crmv_status crmv_tenures_from_customers_with_covariates(const double *tenure,
                                                        const uint8_t *churned,
                                                        const double *weights,
                                                        size_t n,
                                                        const crmv_covariates *covariates,
                                                        crmv_tenures **out);

/**
 * Fits sBG with covariates by maximum likelihood: alpha = alpha0 exp(gamma z) with the coefficients of `alpha`, beta = beta0 exp(gamma z) with
 * those of `beta`; those of `shared` are in both and leave the mean churn probability as it is.
 *
 * The tenures must be those of customers with covariates. `options` may be NULL for the defaults; starts are alpha, beta, then the coefficients
 * in the order of the report, which is `alpha`, `beta`, `shared`. Report, table of coefficients and test against sBG are as those of purchase
 * models with covariates (crmv_fit_report_coefficient()). The parameters of the model, and what is asked of it without covariates, are those
 * of the baseline: covariates 0, or at the means if they are standardised.
 *
 * Errors: CRMV_MISSING_COVARIATES; CRMV_CONSTANT_COLUMN, CRMV_COLLINEAR_COLUMNS; CRMV_DUPLICATE_COLUMN; CRMV_EMPTY without any covariate;
 * CRMV_INVALID_OPTION (also for purchase or dropout covariates); and those of crmv_sbg_fit(). Free the model with crmv_retention_model_free().
 */
crmv_status crmv_sbg_fit_with_covariates(const crmv_tenures *tenures,
                                         const crmv_covariate_options *covariates,
                                         const crmv_fit_options *options,
                                         crmv_retention_model **out);

/**
 * sBG with known coefficients: `model`, which must be sBG, is the baseline, and is copied. Names begin with "alpha:", "beta:" or "shared:".
 *
 * Errors: CRMV_EMPTY without effects; CRMV_DUPLICATE_COLUMN for two of one name; CRMV_INVALID_PARAMETER for a coefficient, centre or scale
 * out of range or a name of another process; CRMV_INVALID_OPTION for another model. Free it with crmv_retention_model_free().
 */
crmv_status crmv_retention_model_with_covariates(const crmv_retention_model *model,
                                                 const crmv_covariate_effect *effects,
                                                 size_t n_effects,
                                                 crmv_retention_model **out);

/** Number of coefficients; 0 for a model without covariates. */
crmv_status crmv_retention_model_coefficient_count(const crmv_retention_model *model, size_t *out);

/** Coefficient `index` (0-based). Its name is valid until the model is freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_retention_model_coefficient(const crmv_retention_model *model,
                                             size_t index,
                                             crmv_covariate_effect *out);

/**
 * Probability that customers with these covariates who made these numbers of renewals make at least `ahead` more, in [0, 1].
 *
 * `renewals`: one number per row of the table, 0 for new customers. `out`: room for `capacity` values, one per row. Errors:
 * CRMV_MISSING_COVARIATES; CRMV_INVALID_OPTION for a model without covariates; CRMV_INVALID_PARAMETER if covariates move a parameter out of
 * range; CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_retention_model_survival_of(const crmv_retention_model *model,
                                             const crmv_covariates *covariates,
                                             const uint32_t *renewals,
                                             uint32_t ahead,
                                             double *out,
                                             size_t capacity);

/** Expected renewals among the next `horizon` ones. Otherwise as crmv_retention_model_survival_of(). */
crmv_status crmv_retention_model_expected_renewals_of(const crmv_retention_model *model,
                                                      const crmv_covariates *covariates,
                                                      const uint32_t *renewals,
                                                      uint32_t horizon,
                                                      double *out,
                                                      size_t capacity);

/**
 * DERL at a discount rate of `rate` per period: see crmv_retention_model_discounted_expected_residual_lifetime(). Otherwise as
 * crmv_retention_model_survival_of(). Errors: also CRMV_UNBOUNDED_VALUE unless the rate is finite and above 0.
 */
crmv_status crmv_retention_model_residual_lifetime_of(const crmv_retention_model *model,
                                                      const crmv_covariates *covariates,
                                                      const uint32_t *renewals,
                                                      double rate,
                                                      double *out,
                                                      size_t capacity);

/**
 * DEL of customers about to join with these covariates, at a discount rate of `rate` per period: see
 * crmv_retention_model_discounted_expected_lifetime(). `out`: room for `capacity` values, one per row. Errors: CRMV_UNBOUNDED_VALUE unless the
 * rate is finite and above 0; otherwise as crmv_retention_model_survival_of().
 */
crmv_status crmv_retention_model_discounted_lifetime_of(const crmv_retention_model *model,
                                                        const crmv_covariates *covariates,
                                                        double rate,
                                                        double *out,
                                                        size_t capacity);

/**
 * Expected tenure of new customers with these covariates in periods, the first included. `has_value` becomes 1; or 0 where it is infinite, and
 * then out is 0. Both have room for `capacity` values, one per row of the table. Errors as in crmv_retention_model_survival_of().
 */
crmv_status crmv_retention_model_expected_tenure_of(const crmv_retention_model *model,
                                                    const crmv_covariates *covariates,
                                                    double *out,
                                                    uint8_t *has_value,
                                                    size_t capacity);

/** Sets the options to their defaults. `struct_size`: sizeof(crmv_simulation_options). */
crmv_status crmv_simulation_options_init(crmv_simulation_options *options, size_t struct_size);

/**
 * Draws `customers` customers, each observed for `T` units after the first purchase. `options` may be NULL for the defaults.
 *
 * Errors: CRMV_EMPTY without customers; CRMV_HORIZON unless T and holdout are finite and above 0; CRMV_TOO_LARGE if more than 2^32 - 1 purchases
 * are to be expected; CRMV_LENGTH_MISMATCH unless there is one row of covariates per customer; CRMV_MISSING_COVARIATES. Free it with
 * crmv_simulation_free().
 */
crmv_status crmv_simulate(const crmv_purchase_model *model,
                          size_t customers,
                          double T,
                          crmv_unit unit_of_time,
                          const crmv_simulation_options *options,
                          crmv_simulation **out);

/**
 * Draws one customer per element of `T`, an array of `n` times in `unit_of_time`s, which must be the model's; 0 is fine. Otherwise as
 * crmv_simulate().
 *
 * Errors: as there, CRMV_NON_FINITE, CRMV_NEGATIVE (T), CRMV_UNIT_MISMATCH.
 */
crmv_status crmv_simulate_each(const crmv_purchase_model *model,
                               const double *T,
                               size_t n,
                               crmv_unit unit_of_time,
                               const crmv_simulation_options *options,
                               crmv_simulation **out);

/**
 * Draws `customers` customers whose first purchases fall on any day from `first` to `last` alike, observed to the end of day `until`; days
 * since 1970-01-01. Only these have dates, and with them a transaction log (crmv_simulation_days()). Otherwise as crmv_simulate().
 *
 * Errors: as there, CRMV_INVALID_OPTION if the first days run backwards, CRMV_END_BEFORE_FIRST_PURCHASE, CRMV_DATE_OUT_OF_RANGE.
 */
crmv_status crmv_simulate_acquired(const crmv_purchase_model *model,
                                   size_t customers,
                                   int32_t first,
                                   int32_t last,
                                   int32_t until,
                                   const crmv_simulation_options *options,
                                   crmv_simulation **out);

/** Frees a simulation. NULL is ignored. */
void crmv_simulation_free(crmv_simulation *simulation);

/** Number of customers. */
crmv_status crmv_simulation_count(const crmv_simulation *simulation, size_t *out);

/**
 * x, t_x, T, log intervals, spend (with a spend model) and covariates of the customers at the end of observation, exact in time, as a new
 * summary. Free it with crmv_customers_free().
 */
crmv_status crmv_simulation_customers(const crmv_simulation *simulation,
                                      crmv_customers **out);

/** Whether each customer was still one at the end of observation, 1 or 0, into `out`, which has room for `capacity` values. */
crmv_status crmv_simulation_alive(const crmv_simulation *simulation,
                                  uint8_t *out,
                                  size_t capacity);

/**
 * When each customer left, in the model's unit from the first purchase. `has_value` becomes 1; or 0 if that was not by the end of the
 * simulated time, and then out is 0. Both have room for `capacity` values.
 */
crmv_status crmv_simulation_left(const crmv_simulation *simulation,
                                 double *out,
                                 uint8_t *has_value,
                                 size_t capacity);

/** Purchases of every customer in the holdout, into `out`, which has room for `capacity` values. */
crmv_status crmv_simulation_holdout_frequency(const crmv_simulation *simulation, double *out, size_t capacity);

/**
 * What every customer spent in the holdout, in money, into `out`, which has room for `capacity` values.
 *
 * Errors: CRMV_INVALID_OPTION without a spend model.
 */
crmv_status crmv_simulation_holdout_spend(const crmv_simulation *simulation, double *out, size_t capacity);

/** Number of purchases of all customers, the first ones and those of the holdout included. */
crmv_status crmv_simulation_purchase_count(const crmv_simulation *simulation, size_t *out);

/**
 * All purchases, customer by customer, each in order of time: the position of the customer, the time in the model's unit from the
 * customer's first purchase (which is there too, at 0), and the amount in money, 1 each without a spend model.
 *
 * Each of the three arrays has room for `capacity` values; see crmv_simulation_purchase_count().
 */
crmv_status crmv_simulation_purchases(const crmv_simulation *simulation,
                                      uint64_t *ids,
                                      double *times,
                                      double *amounts,
                                      size_t capacity);

/**
 * The days since 1970-01-01 of the same purchases, into `out`, which has room for `capacity` values: with ids and amounts a transaction log.
 *
 * A purchase t after the first one falls on the t-th day after it, begun days counted in full. Errors: CRMV_INVALID_OPTION unless the
 * customers were acquired on dates (crmv_simulate_acquired()); CRMV_DATE_OUT_OF_RANGE past the year 9999.
 */
crmv_status crmv_simulation_days(const crmv_simulation *simulation,
                                 int32_t *out,
                                 size_t capacity);

/**
 * Draws one customer per element of `n`, an array of `customers` numbers of opportunities observed; `holdout`: how many more lives are
 * followed for; `seed` as in crmv_simulation.
 *
 * Errors: CRMV_EMPTY without customers; CRMV_TOO_MANY_PERIODS above a million opportunities; CRMV_TOO_LARGE. Free it with
 * crmv_opportunity_simulation_free().
 */
crmv_status crmv_simulate_opportunities(const crmv_bg_bb *model,
                                        const uint32_t *n,
                                        size_t customers,
                                        uint32_t holdout,
                                        uint64_t seed,
                                        crmv_opportunity_simulation **out);

/** Frees a simulation. NULL is ignored. */
void crmv_opportunity_simulation_free(crmv_opportunity_simulation *simulation);

/** x, t_x and n of every customer as a new summary. Free it with crmv_opportunities_free(). */
crmv_status crmv_opportunity_simulation_opportunities(const crmv_opportunity_simulation *simulation,
                                                      crmv_opportunities **out);

/**
 * The opportunity at whose beginning each customer left. `has_value` becomes 1; or 0 if that was not within the simulated ones, and then out
 * is 0. Both have room for `capacity` values. A customer was still one at opportunity n unless left by then.
 */
crmv_status crmv_opportunity_simulation_left(const crmv_opportunity_simulation *simulation,
                                             uint32_t *out,
                                             uint8_t *has_value,
                                             size_t capacity);

/** Purchases of every customer in the holdout, into `out`, which has room for `capacity` values. */
crmv_status crmv_opportunity_simulation_holdout_frequency(const crmv_opportunity_simulation *simulation,
                                                          double *out,
                                                          size_t capacity);

/** Number of purchases of all customers, those of the holdout included. */
crmv_status crmv_opportunity_simulation_purchase_count(const crmv_opportunity_simulation *simulation, size_t *out);

/**
 * All purchases, customer by customer: the position of the customer, and the opportunity, counted from 1. Both arrays have room for `capacity`
 * values; see crmv_opportunity_simulation_purchase_count().
 */
crmv_status crmv_opportunity_simulation_purchases(const crmv_opportunity_simulation *simulation,
                                                  uint64_t *ids,
                                                  uint32_t *opportunities,
                                                  size_t capacity);

/**
 * Draws one customer per element of `periods`, an array of `customers` numbers: the last period in which each is observed, the first being 1,
 * so that periods - 1 renewals are known of those who stay.
 *
 * `covariates`: one row per customer, which a model with covariates needs; NULL for none. `seed` as in crmv_simulation.
 *
 * Errors: CRMV_EMPTY without customers; CRMV_NOT_POSITIVE for a period 0, CRMV_TOO_MANY_PERIODS above a million; CRMV_LENGTH_MISMATCH,
 * CRMV_MISSING_COVARIATES. Free it with crmv_contract_simulation_free().
 */
crmv_status crmv_simulate_contracts(const crmv_retention_model *model,
                                    const uint32_t *periods,
                                    size_t customers,
                                    const crmv_covariates *covariates,
                                    uint64_t seed,
                                    crmv_contract_simulation **out);

/** Frees a simulation. NULL is ignored. */
void crmv_contract_simulation_free(crmv_contract_simulation *simulation);

/** The customers as tenures for a fit, with their covariates if any were given. Free them with crmv_tenures_free(). */
crmv_status crmv_contract_simulation_tenures(const crmv_contract_simulation *simulation, crmv_tenures **out);

/**
 * The rows of crmv_tenures_from_customers(): periods paid for as observed, and whether the customer was seen to leave, 1 or 0. Both arrays
 * have room for `capacity` values.
 */
crmv_status crmv_contract_simulation_rows(const crmv_contract_simulation *simulation,
                                          double *tenure,
                                          uint8_t *churned,
                                          size_t capacity);

/**
 * The renewal at which each customer leaves, observed or not, which is the number of periods paid for in the end. `has_value` becomes 1; or 0
 * if that is beyond 2^32 - 1, and then out is 0. Both have room for `capacity` values.
 */
crmv_status crmv_contract_simulation_lifetimes(const crmv_contract_simulation *simulation,
                                               uint32_t *out,
                                               uint8_t *has_value,
                                               size_t capacity);

/** Number of cohorts, those of the customers with the same number of periods, and of all survivor counts. */
crmv_status crmv_contract_simulation_cohorts(const crmv_contract_simulation *simulation,
                                             size_t *cohorts,
                                             size_t *counts);

/**
 * The survivor counts of the cohorts, shortest first, one after the other, and how many each has: what crmv_tenures_from_survivors() takes.
 *
 * `survivors` has room for `capacity` counts, `lengths` for `n_lengths` cohorts; see crmv_contract_simulation_cohorts().
 */
crmv_status crmv_contract_simulation_survivors(const crmv_contract_simulation *simulation,
                                               double *survivors,
                                               size_t capacity,
                                               size_t *lengths,
                                               size_t n_lengths);

/**
 * Sets `n` reports of fits to the same customers side by side.
 *
 * Errors: CRMV_EMPTY; CRMV_INVALID_OPTION if the reports count different customers or are in different time units.
 */
crmv_status crmv_comparison_new(const crmv_fit_report *const *reports, size_t n, crmv_comparison **out);

/** Frees a comparison. NULL is ignored. */
void crmv_comparison_free(crmv_comparison *comparison);

/** Number of models. */
crmv_status crmv_comparison_count(const crmv_comparison *comparison, size_t *out);

/**
 * Model `index` (0-based, the smallest AIC first): its name, valid until the comparison is freed, and its numbers; `struct_size`:
 * sizeof(crmv_compared_model). Errors: CRMV_OUT_OF_RANGE.
 */
crmv_status crmv_comparison_model(const crmv_comparison *comparison,
                                  size_t index,
                                  const char **name,
                                  crmv_compared_model *out,
                                  size_t struct_size);

/** Number of likelihood-ratio tests: of each model against those compared that are nested in it. */
crmv_status crmv_comparison_test_count(const crmv_comparison *comparison, size_t *out);

/**
 * Test `index` (0-based): the names of the model and of the nested one, valid until the comparison is freed, and the numbers; `struct_size`:
 * sizeof(crmv_nested_test). Errors: CRMV_OUT_OF_RANGE.
 */
crmv_status crmv_comparison_test(const crmv_comparison *comparison,
                                 size_t index,
                                 const char **model,
                                 const char **against,
                                 crmv_nested_test *out,
                                 size_t struct_size);

/** The comparison as a text table. Free it with crmv_string_free(). */
crmv_status crmv_comparison_text(const crmv_comparison *comparison, char **out);

/** Sets the options to their defaults. `struct_size`: sizeof(crmv_clv_options). */
crmv_status crmv_clv_options_init(crmv_clv_options *options, size_t struct_size);

/**
 * What every customer will be worth: expected margin of the purchases after the end of observation, discounted to it, in money.
 *
 * `options` may be NULL for the defaults. `out`: room for `capacity` values. Errors: CRMV_UNIT_MISMATCH, CRMV_MISSING_COLUMN without
 * spend, CRMV_UNDEFINED_MEAN, CRMV_UNBOUNDED_VALUE, CRMV_HORIZON, CRMV_DISCOUNT_RATE, CRMV_INVALID_OPTION, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_clv_predictive(const crmv_purchase_model *purchases,
                                const crmv_spend_model *spend,
                                const crmv_customers *customers,
                                const crmv_clv_options *options,
                                double *out,
                                size_t capacity);

/** The discounted number of purchases behind crmv_clv_predictive(): its value without spend and margin. Arguments and errors as there. */
crmv_status crmv_clv_discounted_purchases(const crmv_purchase_model *purchases,
                                          const crmv_spend_model *spend,
                                          const crmv_customers *customers,
                                          const crmv_clv_options *options,
                                          double *out,
                                          size_t capacity);

/**
 * What every customer has been worth so far: realised net amounts times `margin` (1 for revenue), in money; may be negative.
 *
 * `out`: room for `capacity` values. Errors: CRMV_MISSING_COLUMN if the summary holds no totals, CRMV_INVALID_OPTION (margin).
 */
crmv_status crmv_clv_historical(const crmv_customers *customers,
                                double margin,
                                double *out,
                                size_t capacity);

/** The same from the margins or costs that the rows of the log carried. Errors: CRMV_MISSING_COLUMN if it had none. */
crmv_status crmv_clv_historical_from_margins(const crmv_customers *customers, double *out, size_t capacity);

/**
 * What every customer has been worth so far, each payment compounded from its day to the end of observation, in money.
 *
 * `log`: the log of which `customers` was summarised. `margin`: a margin rate (1 for revenue). `from_margins`: 1 for the margins or costs
 * that the rows of the log carried, which `margin` is then not applied to, else 0. `out`: room for `capacity` values. Errors:
 * CRMV_MISSING_COLUMN if the summary was not made from a log or the log has no margins, CRMV_UNKNOWN_CUSTOMER, CRMV_DISCOUNT_RATE,
 * CRMV_INVALID_OPTION, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_clv_historical_compounded(const crmv_transactions *log,
                                           const crmv_customers *customers,
                                           double margin,
                                           int32_t from_margins,
                                           crmv_discount discount,
                                           double *out,
                                           size_t capacity);

/**
 * Totals of several ways to value the same customers, for a table with one column per way.
 *
 * `columns`: `ways` arrays of `n` values each, from any of the crmv_clv_ functions. `names`: NULL, or the names errors call the columns by,
 * `ways` NUL-terminated texts. `out`: room for `capacity` structs of `struct_size` = sizeof(crmv_clv_totals) bytes; one per way is needed.
 * Errors: CRMV_EMPTY, CRMV_NON_FINITE with the column and the row, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_clv_compare(const char *const *names,
                             const double *const *columns,
                             size_t ways,
                             size_t n,
                             crmv_clv_totals *out,
                             size_t struct_size,
                             size_t capacity);

/**
 * Average order value (money) x purchases per period x lifespan (periods) x margin rate: the value of an average customer, in money.
 *
 * Errors: CRMV_INVALID_OPTION.
 */
crmv_status crmv_clv_simple_orders(double average_order_value,
                                   double purchases_per_period,
                                   double lifespan,
                                   double margin,
                                   double *out);

/**
 * The same from a customer base: order value and repeat purchases as observed, lifespan 1 / churn with the churn per period in (0, 1].
 *
 * Errors: CRMV_MISSING_COLUMN without totals, CRMV_NOT_POSITIVE if nobody was observed for any time, CRMV_HORIZON, CRMV_INVALID_OPTION.
 */
crmv_status crmv_clv_simple_orders_of(const crmv_customers *customers,
                                      double churn,
                                      double period,
                                      crmv_unit period_unit,
                                      double margin,
                                      double *out);

/** Average revenue per user and period (money) x margin rate / churn, the churn per period in (0, 1]. Errors: CRMV_INVALID_OPTION. */
crmv_status crmv_clv_simple_arpu(double arpu,
                                 double churn,
                                 double margin,
                                 double *out);

/**
 * Margin per period (money) x r / (1 + d - r), or x (1 + d) / (1 + d - r) with a margin now, too: a customer who stays each period with
 * probability `retention`. Arguments and errors as crmv_margin_multiple().
 */
crmv_status crmv_clv_simple_retention(double margin_per_period,
                                      double retention,
                                      crmv_discount discount,
                                      double period,
                                      crmv_unit period_unit,
                                      crmv_first_margin first_margin_paid,
                                      double *out);

/**
 * What a margin of 1 per period is worth while the customer stays each period with probability `retention`: r / (1 + d - r), or
 * (1 + d) / (1 + d - r) with a margin now, too. Multiply margins per period by it.
 *
 * Errors: CRMV_UNBOUNDED_VALUE unless retention < 1 + d, CRMV_INVALID_OPTION, CRMV_DISCOUNT_RATE, CRMV_HORIZON.
 */
crmv_status crmv_margin_multiple(double retention,
                                 crmv_discount discount,
                                 double period,
                                 crmv_unit period_unit,
                                 crmv_first_margin first_margin_paid,
                                 double *out);

/** Sets everything to its default. `struct_size`: sizeof(crmv_cold_start). */
crmv_status crmv_cold_start_init(crmv_cold_start *assumptions, size_t struct_size);

/**
 * CLV of a customer of whom nothing is known, by simulation from assumptions; the same seed gives the same bits.
 *
 * `out`: a struct of `struct_size` bytes. Errors: CRMV_INVALID_OPTION, CRMV_UNBOUNDED_VALUE, CRMV_NON_FINITE, CRMV_DISCOUNT_RATE,
 * CRMV_HORIZON.
 */
crmv_status crmv_cold_start_simulate(const crmv_cold_start *assumptions,
                                     crmv_cold_start_value *out,
                                     size_t struct_size);

/**
 * The simulated values behind crmv_cold_start_simulate(), in rising order, in money. `out`: room for `capacity` values, at least the number of
 * draws. Errors as there, and CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_cold_start_draws(const crmv_cold_start *assumptions,
                                  double *out,
                                  size_t capacity);

/**
 * The value from assumptions and data together: weight of the data n / (n + n0), value, 10 % and 90 % point.
 *
 * `data`: mean CLV of `customers` customers of this kind, in money. `prior_customers`: how many customers' data the assumptions are worth,
 * above 0. Errors as crmv_cold_start_simulate().
 */
crmv_status crmv_cold_start_blend(const crmv_cold_start *assumptions,
                                  double data,
                                  double customers,
                                  double prior_customers,
                                  double *out_weight,
                                  double *out_value,
                                  double *out_low,
                                  double *out_high);

/** Sets the options to their defaults. `struct_size`: sizeof(crmv_forecast_options). */
crmv_status crmv_forecast_options_init(crmv_forecast_options *options, size_t struct_size);

/**
 * Forecasts what the customers, who must have a mean spend, and those won by plan will buy. `options` may be NULL for the defaults.
 *
 * Errors: CRMV_UNIT_MISMATCH, CRMV_MISSING_COLUMN, CRMV_UNDEFINED_MEAN, CRMV_INVALID_OPTION, CRMV_NEGATIVE, CRMV_NON_FINITE, CRMV_HORIZON,
 * CRMV_DISCOUNT_RATE. Free it with crmv_forecast_free().
 */
crmv_status crmv_forecast_new(const crmv_purchase_model *purchases,
                              const crmv_spend_model *spend,
                              const crmv_customers *customers,
                              const crmv_forecast_options *options,
                              crmv_forecast **out);

/** Frees a forecast. NULL is ignored. */
void crmv_forecast_free(crmv_forecast *forecast);

/** Number of periods. */
crmv_status crmv_forecast_count(const crmv_forecast *forecast, size_t *out);

/** Period `index`, 0 for the first one after the end of observation. `out`: a struct of `struct_size` bytes. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_forecast_get(const crmv_forecast *forecast,
                              size_t index,
                              crmv_forecast_period *out,
                              size_t struct_size);

/** The sums over all periods, not discounted. `out`: a struct of `struct_size` bytes. */
crmv_status crmv_forecast_totals(const crmv_forecast *forecast, crmv_forecast_period *out, size_t struct_size);

/** Customer equity, in money: discounted margin of the existing customers, and of those to be won less the cost of winning them. */
crmv_status crmv_forecast_equity(const crmv_forecast *forecast,
                                 double *out_existing,
                                 double *out_new);

/**
 * The probability of every customer that its value to date plus the purchases within a horizon reaches `threshold`, in money.
 *
 * `horizon` in `horizon_unit`s after the end of observation; purchases are not discounted; whoever has reached the threshold has 1.
 * `margin`: value per unit of revenue, above 0 (1 for revenue). `value_to_date`: `n_value_to_date` values so far, one per customer, or NULL
 * for the total spend times margin. `out`: room for `capacity` values. Errors: CRMV_UNIT_MISMATCH, CRMV_MISSING_COLUMN, CRMV_HORIZON,
 * CRMV_LENGTH_MISMATCH, CRMV_NON_FINITE, CRMV_INVALID_OPTION, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_clv_reach_probability(const crmv_purchase_model *purchases,
                                       const crmv_spend_model *spend,
                                       const crmv_customers *customers,
                                       double horizon,
                                       crmv_unit horizon_unit,
                                       double threshold,
                                       double margin,
                                       const double *value_to_date,
                                       size_t n_value_to_date,
                                       double *out,
                                       size_t capacity);

/** Sets the options to their defaults. `struct_size`: sizeof(crmv_margin_options). */
crmv_status crmv_margin_options_init(crmv_margin_options *options, size_t struct_size);

/** Sets all columns to NULL. `struct_size`: sizeof(crmv_activity_columns). */
crmv_status crmv_activity_columns_init(crmv_activity_columns *columns, size_t struct_size);

/**
 * Contribution margin of every customer, in money; may be negative.
 *
 * gross - orders x cost per order - returns x cost per return - contacts x cost per contact - cost to serve - cost per customer.
 *
 * `options` may be NULL for the defaults. `out`: room for `capacity` values. Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_NEGATIVE,
 * CRMV_MISSING_COLUMN if a cost is set for a count that is not there, CRMV_INVALID_OPTION, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_contribution_margin(const crmv_activity_columns *columns,
                                     const crmv_margin_options *options,
                                     double *out,
                                     size_t capacity);

/**
 * Values less acquisition costs: negative where a customer is worth less than it cost.
 *
 * `values`: `n` values. `acquisition_costs`: `n` costs, 0 or more, or NULL for `acquisition_cost` each. `out_net`: NULL, or room for
 * `capacity` values. `out_totals`: NULL, or a struct of `struct_size` bytes. Value per unit of cost of every customer: crmv_net_ratios().
 * Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_INVALID_OPTION, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_net_value(const double *values,
                           size_t n,
                           const double *acquisition_costs,
                           double acquisition_cost,
                           double *out_net,
                           size_t capacity,
                           crmv_net_totals *out_totals,
                           size_t struct_size);

/**
 * Value per unit of acquisition cost of every customer, and 1 where there is one, 0 (and the ratio 0) where the cost is 0.
 *
 * `out_ratios`, `out_present`: room for `capacity` elements each. Otherwise as crmv_net_value().
 */
crmv_status crmv_net_ratios(const double *values,
                            size_t n,
                            const double *acquisition_costs,
                            double acquisition_cost,
                            double *out_ratios,
                            uint8_t *out_present,
                            size_t capacity);

/**
 * Running totals of `n` margins at the ends of periods 1, 2, ..., discounted to the beginning of period 1.
 *
 * `period`: its length in `period_unit`s. `out`: room for `capacity` values. Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_HORIZON,
 * CRMV_DISCOUNT_RATE, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_cumulative_discounted(const double *margins,
                                       size_t n,
                                       crmv_discount discount,
                                       double period,
                                       crmv_unit period_unit,
                                       double *out,
                                       size_t capacity);

/**
 * Payback time: the first period in which the cumulative discounted margin covers the acquisition cost; 0 if that is 0.
 *
 * `out_paid_back`: 1, or 0 if the margins never cover the cost; `out_period` is then 0. Errors as crmv_cumulative_discounted(), and
 * CRMV_INVALID_OPTION (cost).
 */
crmv_status crmv_payback_period(const double *margins,
                                size_t n,
                                double acquisition_cost,
                                crmv_discount discount,
                                double period,
                                crmv_unit period_unit,
                                size_t *out_period,
                                int32_t *out_paid_back);

/** Any gain and cost. `out`: a struct of `struct_size` bytes. Errors: CRMV_INVALID_OPTION unless both are finite and the cost is 0 or more. */
crmv_status crmv_investment_of(double gain,
                               double cost,
                               crmv_investment *out,
                               size_t struct_size);

/** Winning `customers` new customers, each worth `value`, for `cost` in all. Otherwise as crmv_investment_of(). */
crmv_status crmv_investment_acquisition(double customers,
                                        double value,
                                        double cost,
                                        crmv_investment *out,
                                        size_t struct_size);

/**
 * A measure that makes customers stay: gain = sum of uplift x residual value, cost = sum of the costs per customer.
 *
 * `residual_values`: `n` values. `uplifts`, `costs`: `n` each, or NULL for `uplift`, `cost` each; an uplift in P(stay) lies in [-1, 1]. `out`:
 * a struct of `struct_size` bytes. Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_INVALID_OPTION.
 */
crmv_status crmv_investment_retention(const double *residual_values,
                                      size_t n,
                                      const double *uplifts,
                                      double uplift,
                                      const double *costs,
                                      double cost,
                                      crmv_investment *out,
                                      size_t struct_size);

/**
 * The most that may be spent on winning a customer worth `clv`: clv / ratio, not below 0. `ratio`: the CLV : CAC aimed at, 1 breaks even.
 *
 * Errors: CRMV_INVALID_OPTION.
 */
crmv_status crmv_largest_acquisition_spend(double clv,
                                           double ratio,
                                           double *out);

/**
 * The most that may be spent on keeping each customer: uplift in P(stay) x residual value, not below 0. Arguments as in
 * crmv_investment_retention(); `out`: room for `capacity` values.
 */
crmv_status crmv_largest_retention_spend(const double *residual_values,
                                         size_t n,
                                         const double *uplifts,
                                         double uplift,
                                         double *out,
                                         size_t capacity);

/** Sets all arrays to NULL and all numbers to 0. `struct_size`: sizeof(crmv_campaign). */
crmv_status crmv_campaign_init(crmv_campaign *campaign, size_t struct_size);

/**
 * Chooses the customers to contact: those whose contact is worth more than it costs, under a budget the best value per cost first.
 *
 * `out_selected`: 1 for a customer to contact, else 0; `out_value`: NULL, or expected margin less cost of each contact, in money; both with
 * room for `capacity` entries. `out_contacted`, `out_everyone`: NULL, or the totals of those to contact and of contacting everyone, each of
 * `struct_size` bytes; the difference of their costs is the wastage saved. Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_NEGATIVE,
 * CRMV_SHARE for a probability outside [0, 1], CRMV_INVALID_OPTION, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_campaign_select(const crmv_campaign *campaign,
                                 uint8_t *out_selected,
                                 double *out_value,
                                 size_t capacity,
                                 crmv_campaign_totals *out_contacted,
                                 crmv_campaign_totals *out_everyone,
                                 size_t struct_size);

/**
 * The response, over the baseline, from which on contacting each customer pays (above 1 none suffices), and 1 where there is one, 0 (and the
 * response 0) where a response brings no margin.
 *
 * `out`, `out_present`: room for `capacity` elements each. Errors as crmv_campaign_select().
 */
crmv_status crmv_campaign_break_even(const crmv_campaign *campaign,
                                     double *out,
                                     uint8_t *out_present,
                                     size_t capacity);

/** Sets all columns to NULL. `struct_size`: sizeof(crmv_referral_columns). */
crmv_status crmv_referral_columns_init(crmv_referral_columns *columns, size_t struct_size);

/**
 * Credits every customer with a share of the values of those whom it brought, in money.
 *
 * `share`: in [0, 1]; down a chain its powers. `levels`: how many referrals down the credit reaches, 1 for direct referrals only,
 * CRMV_REFERRALS_ENDLESS for the whole chain. `out_credit`: room for `capacity` values. `out_total`: NULL, or the sum of the credit. Errors:
 * CRMV_EMPTY, CRMV_DUPLICATE_CUSTOMER, CRMV_UNKNOWN_CUSTOMER, CRMV_SELF_REFERRAL, CRMV_REFERRAL_LOOP, CRMV_SHARE, CRMV_NON_FINITE,
 * CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_referral_value(const crmv_referral_columns *columns,
                                double share,
                                uint32_t levels,
                                double *out_credit,
                                size_t capacity,
                                double *out_total);

/**
 * Number of customers whom every customer referred directly, and of referrals in the longest chain. `values` are not read.
 *
 * `out_referred`: room for `capacity` numbers. Errors as crmv_referral_value().
 */
crmv_status crmv_referral_counts(const crmv_referral_columns *columns,
                                 uint32_t *out_referred,
                                 size_t capacity,
                                 size_t *out_longest_chain);

/**
 * Labels from `n` names, one per customer. The levels are the distinct names in the order of their UTF-8 bytes.
 *
 * `names_of_customers`: `n` NUL-terminated texts, none of them NULL. Errors: CRMV_MISSING, CRMV_INVALID_UTF8. Free the labels with
 * crmv_labels_free().
 */
crmv_status crmv_labels_new(const char *const *names_of_customers,
                            size_t n,
                            crmv_labels **out);

/**
 * Labels from levels in an order of your own, some of which nobody may have, and the position (0-based) of every customer's level.
 *
 * `levels`: `n_levels` distinct NUL-terminated texts; `codes`: `n` positions. Errors: CRMV_LABELS for a level that occurs twice and a code
 * without a level; CRMV_MISSING, CRMV_INVALID_UTF8. Free the labels with crmv_labels_free().
 */
crmv_status crmv_labels_from_codes(const char *const *levels,
                                   size_t n_levels,
                                   const uint32_t *codes,
                                   size_t n,
                                   crmv_labels **out);

/** Frees labels. NULL is ignored. */
void crmv_labels_free(crmv_labels *labels);

/** Number of customers. */
crmv_status crmv_labels_count(const crmv_labels *labels, size_t *out);

/** Number of levels. */
crmv_status crmv_labels_level_count(const crmv_labels *labels, size_t *out);

/** The name of level `index` (0-based). Valid until the labels are freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_labels_level(const crmv_labels *labels, size_t index, const char **out);

/** Copies the position of every customer's level into `out`, which has room for `capacity` values. */
crmv_status crmv_labels_codes(const crmv_labels *labels, uint32_t *out, size_t capacity);

/** The name of customer `index` (0-based). Valid until the labels are freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_labels_name(const crmv_labels *labels, size_t index, const char **out);

/** The labels as JSON. Free it with crmv_string_free(). */
crmv_status crmv_labels_to_json(const crmv_labels *labels, char **out);

/**
 * The labels that crmv_labels_to_json() wrote, checked again. Free them with crmv_labels_free().
 *
 * `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
 */
crmv_status crmv_labels_from_json(const char *json, crmv_labels **out);

/** The default table, for three tiers: top, middle, basic. Free it with crmv_tier_actions_free(). */
crmv_status crmv_tier_actions_default(crmv_tier_actions **out);

/**
 * A table of `n` rows, best tier first. Errors: CRMV_EMPTY, CRMV_LABELS for a tier that occurs twice, CRMV_INVALID_UTF8. Free it with
 * crmv_tier_actions_free().
 */
crmv_status crmv_tier_actions_new(const crmv_tier_action *rows,
                                  size_t n,
                                  crmv_tier_actions **out);

/** Frees a table. NULL is ignored. */
void crmv_tier_actions_free(crmv_tier_actions *actions);

/** Number of tiers. */
crmv_status crmv_tier_actions_count(const crmv_tier_actions *actions, size_t *out);

/** The row of tier `index` (0 for the best). Its texts are valid until the table is freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_tier_actions_row(const crmv_tier_actions *actions, size_t index, crmv_tier_action *out);

/**
 * The names of the tiers of `n` customers, as crmv_tiers_assign() numbers them. Errors: CRMV_LABELS for a tier that the table does not have.
 * Free the labels with crmv_labels_free().
 */
crmv_status crmv_tier_actions_label(const crmv_tier_actions *actions,
                                    const uint8_t *tiers,
                                    size_t n,
                                    crmv_labels **out);

/** The table as JSON. Free it with crmv_string_free(). */
crmv_status crmv_tier_actions_to_json(const crmv_tier_actions *actions, char **out);

/**
 * A table from JSON, as crmv_tier_actions_to_json() writes it or written by hand. Free it with crmv_tier_actions_free().
 *
 * `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
 */
crmv_status crmv_tier_actions_from_json(const char *json,
                                        crmv_tier_actions **out);

/**
 * Cut points of your own: the `n` inner borders of the bins in rising order, whatever the direction; one bin more than borders.
 *
 * A value on a border earns the better of the two scores. Errors: CRMV_CUT_POINTS, CRMV_BINS, CRMV_INVALID_OPTION. Free them with
 * crmv_cut_points_free().
 */
crmv_status crmv_cut_points_fixed(const double *borders,
                                  size_t n,
                                  crmv_direction good_end,
                                  crmv_cut_points **out);

/**
 * Cut points that split `n` values into `bins` (1 to 100) quantiles, by the rule of crmv_rfm_options; equal values are never split.
 *
 * Errors: CRMV_BINS, CRMV_EMPTY, CRMV_NON_FINITE, CRMV_INVALID_OPTION. Free them with crmv_cut_points_free().
 */
crmv_status crmv_cut_points_by_quantiles(const double *values,
                                         size_t n,
                                         size_t bins,
                                         crmv_direction good_end,
                                         crmv_cut_points **out);

/** Frees cut points. NULL is ignored. */
void crmv_cut_points_free(crmv_cut_points *cut_points);

/** The number of bins, 1 to 100: scores run from 1 to it. */
crmv_status crmv_cut_points_bins(const crmv_cut_points *cut_points, size_t *out);

/** Which end of the column earns the high scores. */
crmv_status crmv_cut_points_direction(const crmv_cut_points *cut_points, crmv_direction *out);

/**
 * The cut points by rising score: scores to `scores`, the worst value that earns each to `values`, their number to `count`.
 *
 * Scores that ties left empty have none, and neither has score 1 of fixed cut points. `scores`, `values`: room for `capacity` elements; the
 * number of bins is always enough. Errors: CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_cut_points_points(const crmv_cut_points *cut_points,
                                   uint8_t *scores,
                                   double *values,
                                   size_t capacity,
                                   size_t *count);

/**
 * The scores above 1 that no value can earn, because ties left them empty, rising: to `out`, their number to `count`.
 *
 * `out`: room for `capacity` values; the number of bins is always enough. Errors: CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_cut_points_empty_scores(const crmv_cut_points *cut_points,
                                         uint8_t *out,
                                         size_t capacity,
                                         size_t *count);

/**
 * The score of each of `n` values, 1 to the number of bins, to `out`, which has room for `capacity` values.
 *
 * Errors: CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_cut_points_apply(const crmv_cut_points *cut_points,
                                  const double *values,
                                  size_t n,
                                  uint8_t *out,
                                  size_t capacity);

/** The cut points as JSON. Free it with crmv_string_free(). */
crmv_status crmv_cut_points_to_json(const crmv_cut_points *cut_points, char **out);

/**
 * The cut points that crmv_cut_points_to_json() wrote, checked again. Free them with crmv_cut_points_free().
 *
 * `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
 */
crmv_status crmv_cut_points_from_json(const char *json, crmv_cut_points **out);

/**
 * Scores any one column (a margin, a predicted value) by quantiles into `bins` bins, 1 to 100, by the rule of crmv_rfm_options.
 *
 * `values`: `n` values; `out`: room for `capacity` scores. Errors: CRMV_BINS, CRMV_EMPTY, CRMV_NON_FINITE, CRMV_INVALID_OPTION.
 */
crmv_status crmv_quantile_scores(const double *values,
                                 size_t n,
                                 size_t bins,
                                 crmv_direction good_end,
                                 uint8_t *out,
                                 size_t capacity);

/**
 * The level of each of `n` values, one of the CRMV_VALUE_ constants, by terciles; equal values are never split, so a level may stay empty.
 *
 * `out`: room for `capacity` values. `cut_points`: receives the yardstick for new customers, whose scores are 1 (low), 2 and 3 (high), or
 * NULL; free it with crmv_cut_points_free(). Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_value_levels(const double *values,
                              size_t n,
                              uint8_t *out,
                              size_t capacity,
                              crmv_cut_points **cut_points);

/** Sets all columns to NULL and n to 0. `struct_size`: sizeof(crmv_rfm_columns). */
crmv_status crmv_rfm_columns_init(crmv_rfm_columns *columns, size_t struct_size);

/** Sets the options to their defaults. `struct_size`: sizeof(crmv_rfm_options). */
crmv_status crmv_rfm_options_init(crmv_rfm_options *options, size_t struct_size);

/**
 * A summary from columns that were made elsewhere; crmv_transactions_rfm() makes one from a log.
 *
 * Errors: CRMV_EMPTY, CRMV_TOO_LARGE, CRMV_DUPLICATE_CUSTOMER; for the first row at fault CRMV_MISSING, CRMV_NON_FINITE, CRMV_NEGATIVE,
 * CRMV_NOT_A_COUNT, CRMV_NOT_POSITIVE; CRMV_INVALID_OPTION, CRMV_INVALID_UTF8. Free the summary with crmv_rfm_summary_free().
 */
crmv_status crmv_rfm_summary_from_columns(const crmv_rfm_columns *columns,
                                          crmv_rfm_summary **out);

/** Frees a summary. NULL is ignored. */
void crmv_rfm_summary_free(crmv_rfm_summary *summary);

/** Number of customers. */
crmv_status crmv_rfm_summary_count(const crmv_rfm_summary *summary, size_t *out);

/** The unit of the time since the last purchase. */
crmv_status crmv_rfm_summary_unit(const crmv_rfm_summary *summary, crmv_unit *out);

/** The kind of the ids: the kind in which they came. */
crmv_status crmv_rfm_summary_id_type(const crmv_rfm_summary *summary, crmv_id_type *out);

/**
 * Copies the ids into `out`, which has room for `capacity` values. Errors: CRMV_WRONG_TYPE if they are not unsigned integers,
 * CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_rfm_summary_ids_u64(const crmv_rfm_summary *summary,
                                     uint64_t *out,
                                     size_t capacity);

/** The same for signed integers. */
crmv_status crmv_rfm_summary_ids_i64(const crmv_rfm_summary *summary, int64_t *out, size_t capacity);

/** The text of the id of customer `index` (0-based). Valid until the summary is freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_rfm_summary_id_text(const crmv_rfm_summary *summary, size_t index, const char **out);

/** Copies the time since the last purchase, in the summary's unit, into `out`, which has room for `capacity` values. */
crmv_status crmv_rfm_summary_time_since_last(const crmv_rfm_summary *summary, double *out, size_t capacity);

/** Copies the number of purchase days into `out`, which has room for `capacity` values. */
crmv_status crmv_rfm_summary_frequency(const crmv_rfm_summary *summary, double *out, size_t capacity);

/** Copies the net amount to date, in money, into `out`, which has room for `capacity` values. */
crmv_status crmv_rfm_summary_total_spend(const crmv_rfm_summary *summary, double *out, size_t capacity);

/**
 * Scores the customers by quantiles on each axis. `options` may be NULL for the defaults.
 *
 * Errors: CRMV_BINS, CRMV_INVALID_OPTION. Free the scores with crmv_rfm_scores_free().
 */
crmv_status crmv_rfm_fit(const crmv_rfm_summary *summary, const crmv_rfm_options *options, crmv_rfm_scores **out);

/** Frees scores. NULL is ignored. */
void crmv_rfm_scores_free(crmv_rfm_scores *scores);

/** Number of customers. */
crmv_status crmv_rfm_scores_count(const crmv_rfm_scores *scores, size_t *out);

/** The number of bins of R, F and M to `out`, which has room for 3 values. */
crmv_status crmv_rfm_scores_bins(const crmv_rfm_scores *scores, size_t *out);

/** Copies the scores on one axis, in the order of the summary, into `out`, which has room for `capacity` values. */
crmv_status crmv_rfm_scores_axis(const crmv_rfm_scores *scores,
                                 crmv_axis axis_of_scores,
                                 uint8_t *out,
                                 size_t capacity);

/**
 * Writes the scores of customer `index` (0-based) side by side, "543", with their NUL into `out`; "10-4-3" if any axis has more than 9
 * bins. `out`: `capacity` bytes; CRMV_RFM_LABEL_SIZE are always enough. Errors: CRMV_OUT_OF_RANGE, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_rfm_scores_label(const crmv_rfm_scores *scores,
                                  size_t index,
                                  char *out,
                                  size_t capacity);

/**
 * Copies the weighted score w_r R + w_f F + w_m M of every customer into `out`, which has room for `capacity` values.
 *
 * Weights 1, 1, 1 give R + F + M. Errors: CRMV_INVALID_OPTION unless the weights are finite and 0 or more.
 */
crmv_status crmv_rfm_scores_weighted(const crmv_rfm_scores *scores,
                                     double w_r,
                                     double w_f,
                                     double w_m,
                                     double *out,
                                     size_t capacity);

/**
 * The scores that no customer has on an axis, rising: left empty by ties. Writes them to `out` and their number to `count`.
 *
 * `out`: room for `capacity` values; the number of bins is always enough. Errors: CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_rfm_scores_empty_scores(const crmv_rfm_scores *scores,
                                         crmv_axis axis_of_scores,
                                         uint8_t *out,
                                         size_t capacity,
                                         size_t *count);

/** The yardstick behind scores, as a handle of its own. Free it with crmv_rfm_cut_points_free(). */
crmv_status crmv_rfm_scores_cut_points(const crmv_rfm_scores *scores, crmv_rfm_cut_points **out);

/**
 * A yardstick of fixed cut points: for each axis the inner borders of its bins in rising order, one bin more than borders.
 *
 * A value on a border earns the better of the two scores. Low values of recency (time since the last purchase, in `unit_of_time`s) are good, high
 * values of the other two. Errors: CRMV_CUT_POINTS, CRMV_BINS, CRMV_INVALID_OPTION. Free it with crmv_rfm_cut_points_free().
 */
crmv_status crmv_rfm_cut_points_new(const double *recency,
                                    size_t n_recency,
                                    const double *frequency,
                                    size_t n_frequency,
                                    const double *money,
                                    size_t n_money,
                                    crmv_monetary monetary_measure,
                                    crmv_unit unit_of_time,
                                    crmv_rfm_cut_points **out);

/**
 * A yardstick of one set of cut points per axis, with the bins and directions they have; they are copied.
 *
 * `recency` in `unit_of_time`s. Errors: CRMV_INVALID_OPTION. Free it with crmv_rfm_cut_points_free().
 */
crmv_status crmv_rfm_cut_points_from_axes(const crmv_cut_points *recency,
                                          const crmv_cut_points *frequency,
                                          const crmv_cut_points *money,
                                          crmv_monetary monetary_measure,
                                          crmv_unit unit_of_time,
                                          crmv_rfm_cut_points **out);

/** Frees cut points. NULL is ignored. */
void crmv_rfm_cut_points_free(crmv_rfm_cut_points *cut_points);

/**
 * Scores customers, also new ones, by the cut points; for the customers they were fitted on, exactly the fitted scores.
 *
 * Errors: CRMV_UNIT_MISMATCH. Free the scores with crmv_rfm_scores_free().
 */
crmv_status crmv_rfm_cut_points_apply(const crmv_rfm_cut_points *cut_points,
                                      const crmv_rfm_summary *summary,
                                      crmv_rfm_scores **out);

/**
 * The cut points of one axis by rising score: scores to `scores`, the worst value that earns each to `values`, their number to `count`.
 *
 * Scores that ties left empty have none. `scores`, `values`: room for `capacity` elements; the number of bins is always enough. Errors:
 * CRMV_BUFFER_TOO_SMALL; CRMV_UNDEFINED for F and M of nested cut points, which differ by cell.
 */
crmv_status crmv_rfm_cut_points_axis(const crmv_rfm_cut_points *cut_points,
                                     crmv_axis axis_of_scores,
                                     uint8_t *scores,
                                     double *values,
                                     size_t capacity,
                                     size_t *count);

/**
 * The cut points of an axis for customers of recency score `r` and, for M, frequency score `f`, as a handle of its own; `found` 0 and `out`
 * NULL if there is no such score. The same for every cell unless nested. Free it with crmv_cut_points_free().
 */
crmv_status crmv_rfm_cut_points_within(const crmv_rfm_cut_points *cut_points,
                                       crmv_axis axis_of_scores,
                                       uint8_t r,
                                       uint8_t f,
                                       int32_t *found,
                                       crmv_cut_points **out);

/** What the cut points measure. `struct_size`: sizeof(crmv_rfm_yardstick). */
crmv_status crmv_rfm_cut_points_info(const crmv_rfm_cut_points *cut_points,
                                     crmv_rfm_yardstick *out,
                                     size_t struct_size);

/** The cut points as JSON. Free it with crmv_string_free(). */
crmv_status crmv_rfm_cut_points_to_json(const crmv_rfm_cut_points *cut_points, char **out);

/**
 * The cut points that crmv_rfm_cut_points_to_json() wrote, checked again. Free them with crmv_rfm_cut_points_free().
 *
 * `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
 */
crmv_status crmv_rfm_cut_points_from_json(const char *json, crmv_rfm_cut_points **out);

/**
 * The default table of ten segments over 5 bins of R and F. Free it with crmv_segment_table_free().
 *
 * | R \ F | 1              | 2                  | 3                  | 4        | 5          |
 * |-------|----------------|--------------------|--------------------|----------|------------|
 * | 5     | new            | potential loyalist | potential loyalist | champion | champion   |
 * | 4     | promising      | potential loyalist | potential loyalist | loyal    | loyal      |
 * | 3     | about to sleep | about to sleep     | need attention     | loyal    | loyal      |
 * | 1, 2  | hibernating    | hibernating        | at risk            | at risk  | can't lose |
 */
crmv_status crmv_segment_table_default(crmv_segment_table **out);

/**
 * A table of `n` rows, first match first, for scores with these numbers of bins of R, F and M.
 *
 * Errors: CRMV_BINS; CRMV_SEGMENT_TABLE without rows, for a row without a name, and for a range that is empty or leaves 1 to the number
 * of bins. Free it with crmv_segment_table_free().
 */
crmv_status crmv_segment_table_new(size_t r_bins,
                                   size_t f_bins,
                                   size_t m_bins,
                                   const crmv_segment *rows,
                                   size_t n,
                                   crmv_segment_table **out);

/** Frees a table. NULL is ignored. */
void crmv_segment_table_free(crmv_segment_table *table);

/** Number of segments: the distinct names, "other" among them. */
crmv_status crmv_segment_table_count(const crmv_segment_table *table, size_t *out);

/** The name of segment `index` (0-based). Valid until the table is freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_segment_table_name(const crmv_segment_table *table, size_t index, const char **out);

/**
 * Writes the segment of every customer, as a position among the names, to `out`, which has room for `capacity` values.
 *
 * Errors: CRMV_SEGMENT_TABLE if the scores have another number of bins than the table, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_segment_table_assign(const crmv_segment_table *table,
                                      const crmv_rfm_scores *scores,
                                      uint16_t *out,
                                      size_t capacity);

/**
 * The segment of every customer by name, as labels whose levels are the names of the table. Errors: CRMV_SEGMENT_TABLE. Free the labels
 * with crmv_labels_free().
 */
crmv_status crmv_segment_table_label(const crmv_segment_table *table,
                                     const crmv_rfm_scores *scores,
                                     crmv_labels **out);

/** The number of bins of R, F and M the table is made for, to `out`, which has room for 3 values. */
crmv_status crmv_segment_table_bins(const crmv_segment_table *table, size_t *out);

/** Number of rows, first match first; several may share a name. */
crmv_status crmv_segment_table_row_count(const crmv_segment_table *table, size_t *out);

/** Row `index` (0-based). Its name is valid until the table is freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_segment_table_row(const crmv_segment_table *table, size_t index, crmv_segment *out);

/**
 * Finds rows that can match no customer, because earlier rows cover all their cells, and cells that no row covers (segment "other").
 *
 * Their numbers go to `row_count` and `cell_count`. `rows`: NULL, or room for `row_capacity` positions (0-based) of rows. `cells`: NULL, or
 * room for `cell_capacity` cells of 3 scores, R, F, M. Errors: CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_segment_table_check(const crmv_segment_table *table,
                                     size_t *rows,
                                     size_t row_capacity,
                                     size_t *row_count,
                                     uint8_t *cells,
                                     size_t cell_capacity,
                                     size_t *cell_count);

/**
 * Every segment in numbers, in the order of the names, empty ones included.
 *
 * `out`: room for `capacity` structs of `struct_size` = sizeof(crmv_segment_summary) bytes; one per segment is needed. `summary`: the
 * customers that were scored. Errors: CRMV_SEGMENT_TABLE, CRMV_LENGTH_MISMATCH, CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_segment_table_summarize(const crmv_segment_table *table,
                                         const crmv_rfm_scores *scores,
                                         const crmv_rfm_summary *summary,
                                         crmv_segment_summary *out,
                                         size_t struct_size,
                                         size_t capacity);

/** The table as JSON. Free it with crmv_string_free(). */
crmv_status crmv_segment_table_to_json(const crmv_segment_table *table, char **out);

/**
 * A table from JSON, as crmv_segment_table_to_json() writes it or written by hand. Free it with crmv_segment_table_free().
 *
 * `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
 */
crmv_status crmv_segment_table_from_json(const char *json,
                                         crmv_segment_table **out);

/** Sets all columns to NULL and n to 0. `struct_size`: sizeof(crmv_rfmr_columns). */
crmv_status crmv_rfmr_columns_init(crmv_rfmr_columns *columns, size_t struct_size);

/**
 * A history from columns that were made elsewhere, without contacts.
 *
 * Errors: CRMV_EMPTY, CRMV_TOO_LARGE, CRMV_DUPLICATE_CUSTOMER; for the first row at fault CRMV_MISSING, CRMV_NON_FINITE, CRMV_NEGATIVE,
 * CRMV_NOT_A_COUNT; CRMV_INVALID_OPTION, CRMV_INVALID_UTF8. Free the history with crmv_rfmr_history_free().
 */
crmv_status crmv_rfmr_history_from_columns(const crmv_rfmr_columns *columns,
                                           crmv_rfmr_history **out);

/**
 * The history of a log until the end of observation, without contacts. A purchase day is an order, and a cancelled day a return.
 *
 * `observed_until` and errors as in crmv_transactions_summarize(). Free the history with crmv_rfmr_history_free().
 */
crmv_status crmv_transactions_rfmr(const crmv_transactions *transactions,
                                   const int32_t *observed_until,
                                   crmv_rfmr_history **out);

/**
 * The same history with the contacts of its `n` customers since the last purchase, as a handle of its own: whole numbers, 0 or more.
 *
 * Errors: CRMV_LENGTH_MISMATCH unless the history has `n` customers, CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_NOT_A_COUNT. Free it with
 * crmv_rfmr_history_free().
 */
crmv_status crmv_rfmr_history_with_contacts(const crmv_rfmr_history *history,
                                            const double *main_catalogues,
                                            const double *special_catalogues,
                                            const double *mailings,
                                            size_t n,
                                            crmv_rfmr_history **out);

/** Frees a history. NULL is ignored. */
void crmv_rfmr_history_free(crmv_rfmr_history *history);

/** Number of customers. */
crmv_status crmv_rfmr_history_count(const crmv_rfmr_history *history, size_t *out);

/** The kind of the ids: the kind in which they came. */
crmv_status crmv_rfmr_history_id_type(const crmv_rfmr_history *history, crmv_id_type *out);

/**
 * Copies the ids into `out`, which has room for `capacity` values. Errors: CRMV_WRONG_TYPE if they are not unsigned integers,
 * CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_rfmr_history_ids_u64(const crmv_rfmr_history *history,
                                      uint64_t *out,
                                      size_t capacity);

/** The same for signed integers. */
crmv_status crmv_rfmr_history_ids_i64(const crmv_rfmr_history *history, int64_t *out, size_t capacity);

/** The text of the id of customer `index` (0-based). Valid until the history is freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_rfmr_history_id_text(const crmv_rfmr_history *history, size_t index, const char **out);

/**
 * Copies a column, one of the CRMV_RFMR_ constants, into `out`, which has room for `capacity` values. Errors: CRMV_INVALID_OPTION,
 * CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_rfmr_history_column(const crmv_rfmr_history *history,
                                     crmv_rfmr_column column,
                                     double *out,
                                     size_t capacity);

/** Sets the options to the default table. `struct_size`: sizeof(crmv_rfmr_options). */
crmv_status crmv_rfmr_options_init(crmv_rfmr_options *options, size_t struct_size);

/**
 * A table of points. `options` may be NULL for the default table. Limits and points are checked by crmv_rfmr_points_of().
 *
 * Free the table with crmv_rfmr_points_free().
 */
crmv_status crmv_rfmr_points_new(const crmv_rfmr_options *options,
                                 crmv_rfmr_points **out);

/** Frees a table. NULL is ignored. */
void crmv_rfmr_points_free(crmv_rfmr_points *table);

/**
 * The points of every customer to `out`, which has room for `capacity` values.
 *
 * Errors: CRMV_CUT_POINTS unless the limits of the bands are finite and rise strictly, CRMV_INVALID_OPTION for points that are not finite,
 * CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_rfmr_points_of(const crmv_rfmr_points *table,
                                const crmv_rfmr_history *history,
                                double *out,
                                size_t capacity);

/** The table as JSON. Free it with crmv_string_free(). */
crmv_status crmv_rfmr_points_to_json(const crmv_rfmr_points *table, char **out);

/**
 * A table from JSON, as crmv_rfmr_points_to_json() writes it or written by hand; what it leaves out is as in the default table.
 *
 * `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8. Free the table with crmv_rfmr_points_free().
 */
crmv_status crmv_rfmr_points_from_json(const char *json,
                                       crmv_rfmr_points **out);

/**
 * The decision for each of `n` customers by its points, one of the CRMV_MAILING_ constants, to `out`, which has room for `capacity` values.
 *
 * Errors: CRMV_INVALID_OPTION unless elimination <= a_threshold, both finite; CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_mailing_decisions(const double *points,
                                   size_t n,
                                   double elimination,
                                   double a_threshold,
                                   uint8_t *out,
                                   size_t capacity);

/**
 * Profiles `segments` by `attribute` for `n` values of any sign, one per customer.
 *
 * Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_LENGTH_MISMATCH unless there are `n` labels each. Free it with crmv_segment_profile_free().
 */
crmv_status crmv_segment_profile_new(const double *values,
                                     size_t n,
                                     const crmv_labels *segments,
                                     const crmv_labels *attribute,
                                     crmv_segment_profile **out);

/** Frees a profile. NULL is ignored. */
void crmv_segment_profile_free(crmv_segment_profile *profile);

/** Number of cells: levels times segments. */
crmv_status crmv_segment_profile_count(const crmv_segment_profile *profile, size_t *out);

/** The value of all customers. */
crmv_status crmv_segment_profile_total(const crmv_segment_profile *profile, double *out);

/** Cell `index` (0-based), level by level, empty ones included. `struct_size`: sizeof(crmv_profile_cell). Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_segment_profile_cell(const crmv_segment_profile *profile,
                                      size_t index,
                                      crmv_profile_cell *out,
                                      size_t struct_size);

/**
 * The cell of a level and a segment by name. Returns CRMV_OK with `found` 1, or with `found` 0 and `out` unchanged if there is none.
 *
 * `level`, `segment`: NUL-terminated texts. `struct_size`: sizeof(crmv_profile_cell). Errors: CRMV_INVALID_UTF8.
 */
crmv_status crmv_segment_profile_find(const crmv_segment_profile *profile,
                                      const char *level,
                                      const char *segment,
                                      int32_t *found,
                                      crmv_profile_cell *out,
                                      size_t struct_size);

/** The profile as JSON. Free it with crmv_string_free(). */
crmv_status crmv_segment_profile_to_json(const crmv_segment_profile *profile, char **out);

/**
 * The profile that crmv_segment_profile_to_json() wrote, checked again. Free it with crmv_segment_profile_free().
 *
 * `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
 */
crmv_status crmv_segment_profile_from_json(const char *json, crmv_segment_profile **out);

/** Sets all columns to NULL and n to 0. `struct_size`: sizeof(crmv_labelled_customers). */
crmv_status crmv_labelled_customers_init(crmv_labelled_customers *customers, size_t struct_size);

/**
 * Matches two labelings. The levels are those of `before` in their order, then those that only `after` has.
 *
 * Errors: CRMV_LENGTH_MISMATCH if ids and labels differ in number, CRMV_DUPLICATE_CUSTOMER, CRMV_WRONG_TYPE if the two have ids of different
 * kinds, CRMV_MISSING, CRMV_INVALID_OPTION, CRMV_INVALID_UTF8. Free it with crmv_segment_migration_free().
 */
crmv_status crmv_segment_migration_new(const crmv_labelled_customers *before,
                                       const crmv_labelled_customers *after,
                                       crmv_segment_migration **out);

/** Frees a migration. NULL is ignored. */
void crmv_segment_migration_free(crmv_segment_migration *migration);

/** Number of levels of both labelings. */
crmv_status crmv_segment_migration_level_count(const crmv_segment_migration *migration, size_t *out);

/** The name of level `index` (0-based). Valid until the migration is freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_segment_migration_level(const crmv_segment_migration *migration, size_t index, const char **out);

/**
 * The whole matrix, row by row. With l levels it has l + 1 rows, the levels before and then new customers, and l + 1 columns, the levels
 * after and then lost customers. `out`: room for `capacity` values, (l + 1)^2 are needed. Errors: CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_segment_migration_matrix(const crmv_segment_migration *migration,
                                          uint64_t *out,
                                          size_t capacity);

/**
 * Customers that were in level `before` and are in level `after`, and their share of all that were in `before`.
 *
 * NULL for `before`: customers that were not there, which are new, and their share of all new ones. NULL for `after`: customers that are no
 * longer there. `has_share` 0 and `share` 0 if nobody was in `before`; levels that do not occur have no customers. `share`, `has_share` may
 * be NULL. Errors: CRMV_INVALID_UTF8.
 */
crmv_status crmv_segment_migration_customers(const crmv_segment_migration *migration,
                                             const char *before,
                                             const char *after,
                                             uint64_t *customers,
                                             double *share,
                                             int32_t *has_share);

/**
 * How many customers a level had before and after; those of all levels for NULL. `level_name`: NULL or a NUL-terminated text.
 *
 * Errors: CRMV_INVALID_UTF8.
 */
crmv_status crmv_segment_migration_totals(const crmv_segment_migration *migration,
                                          const char *level_name,
                                          uint64_t *before,
                                          uint64_t *after);

/** Customers that kept their level, those in the second labeling only, and those in the first only. */
crmv_status crmv_segment_migration_summary(const crmv_segment_migration *migration,
                                           uint64_t *stayed,
                                           uint64_t *new_customers,
                                           uint64_t *lost_customers);

/** The migration as JSON. Free it with crmv_string_free(). */
crmv_status crmv_segment_migration_to_json(const crmv_segment_migration *migration, char **out);

/**
 * The migration that crmv_segment_migration_to_json() wrote, checked again. Free it with crmv_segment_migration_free().
 *
 * `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
 */
crmv_status crmv_segment_migration_from_json(const char *json, crmv_segment_migration **out);

/**
 * Concentration of `n` values, one per customer.
 *
 * Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_NEGATIVE (by policy), CRMV_TOTAL_NOT_POSITIVE, CRMV_INVALID_OPTION. Free it with
 * crmv_concentration_free().
 */
crmv_status crmv_concentration_new(const double *values,
                                   size_t n,
                                   crmv_negative_policy negatives,
                                   crmv_concentration **out);

/** Frees a concentration. NULL is ignored. */
void crmv_concentration_free(crmv_concentration *concentration);

/** Number of customers, those of value 0 included. */
crmv_status crmv_concentration_count(const crmv_concentration *concentration, size_t *out);

/** The sum of the values, above 0. */
crmv_status crmv_concentration_total(const crmv_concentration *concentration, double *out);

/** How many negative values CRMV_NEGATIVES_CLAMP counted as 0. */
crmv_status crmv_concentration_negatives_clamped(const crmv_concentration *concentration, size_t *out);

/** The policy for negative values that the concentration was made with. */
crmv_status crmv_concentration_negatives(const crmv_concentration *concentration, crmv_negative_policy *out);

/** The Gini coefficient: 0 if all customers are worth the same, (n - 1) / n if one of n holds everything. */
crmv_status crmv_concentration_gini(const crmv_concentration *concentration, double *out);

/** The Gini coefficient without its small-sample bias, times n / (n - 1): 1 if one customer holds everything. */
crmv_status crmv_concentration_gini_corrected(const crmv_concentration *concentration, double *out);

/** The share of the total held by the top fraction `p` of the customers; p in [0, 1]. Errors: CRMV_SHARE. */
crmv_status crmv_concentration_top_share(const crmv_concentration *concentration, double p, double *out);

/** The share of the total held by the `k` most valuable customers; 1 if k is n or more. */
crmv_status crmv_concentration_top_count_share(const crmv_concentration *concentration, size_t k, double *out);

/**
 * How few customers hold a share `s` of the total, s in [0, 1]: their number, their share of all customers, and the share they hold.
 *
 * Errors: CRMV_SHARE.
 */
crmv_status crmv_concentration_customers_for_share(const crmv_concentration *concentration,
                                                   double s,
                                                   size_t *out_customers,
                                                   double *out_customer_share,
                                                   double *out_value_share);

/** The Lorenz curve at `p`: the share of the total held by the poorest fraction p of the customers; p in [0, 1]. Errors: CRMV_SHARE. */
crmv_status crmv_concentration_lorenz_at(const crmv_concentration *concentration,
                                         double p,
                                         double *out);

/**
 * The Lorenz curve for drawing: at most `points` pairs of customer share and value share from (0, 0) to (1, 1), their number to `count`.
 *
 * At least 2 points, and never more than n + 1, as the curve is straight between customers. `customer_shares`, `value_shares`: room for
 * `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_concentration_lorenz(const crmv_concentration *concentration,
                                      size_t points,
                                      double *customer_shares,
                                      double *value_shares,
                                      size_t capacity,
                                      size_t *count);

/**
 * Tiers by cumulative share of the customers, "the best 10 %". NULL and 0 for the usual bounds 0.10, 0.30, 1.00.
 *
 * `bounds`: `n_bounds` values that rise strictly from above 0 to 1. Errors: CRMV_TIER_BOUNDS, CRMV_EMPTY, CRMV_INVALID_OPTION (more than
 * 256). Free the tiers with crmv_tiers_free().
 */
crmv_status crmv_concentration_tiers(const crmv_concentration *concentration,
                                     const double *bounds,
                                     size_t n_bounds,
                                     crmv_tiers **out);

/**
 * Tiers by cumulative share of the value, "those who hold 80 %": ABC analysis. NULL and 0 for the usual bounds 0.80, 0.95, 1.00.
 *
 * Otherwise as crmv_concentration_tiers().
 */
crmv_status crmv_concentration_abc(const crmv_concentration *concentration,
                                   const double *bounds,
                                   size_t n_bounds,
                                   crmv_tiers **out);

/**
 * Tiers of `n` values by cumulative share of the customers, whatever the sign of the values and of their total. NULL and 0 for the usual
 * bounds 0.10, 0.30, 1.00.
 *
 * Errors: CRMV_EMPTY, CRMV_NON_FINITE; for the bounds as crmv_concentration_tiers(). Free the tiers with crmv_tiers_free().
 */
crmv_status crmv_tiers_by_customer_share(const double *values,
                                         size_t n,
                                         const double *bounds,
                                         size_t n_bounds,
                                         crmv_tiers **out);

/**
 * Tiers of `n` values by `n_thresholds` values of your own in rising order: one tier more than thresholds, best first.
 *
 * A value on a threshold belongs to the better tier; values may be negative. Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_CUT_POINTS,
 * CRMV_INVALID_OPTION (more than 255). Free the tiers with crmv_tiers_free().
 */
crmv_status crmv_tiers_by_thresholds(const double *values,
                                     size_t n,
                                     const double *thresholds,
                                     size_t n_thresholds,
                                     crmv_tiers **out);

/** Frees tiers. NULL is ignored. */
void crmv_tiers_free(crmv_tiers *tiers);

/** What the bounds are shares of. */
crmv_status crmv_tiers_basis(const crmv_tiers *tiers, crmv_tier_basis *out);

/** Number of tiers, at least 1. */
crmv_status crmv_tiers_count(const crmv_tiers *tiers, size_t *out);

/** Tier `index` (0-based, best first). `struct_size`: sizeof(crmv_tier). Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_tiers_tier(const crmv_tiers *tiers, size_t index, crmv_tier *out, size_t struct_size);

/**
 * The tier number of each of `n` values, also of customers that were not there when the tiers were cut.
 *
 * `out`: room for `capacity` values. Errors: CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_tiers_assign(const crmv_tiers *tiers, const double *values, size_t n, uint8_t *out, size_t capacity);

/** The tiers as JSON. Free it with crmv_string_free(). */
crmv_status crmv_tiers_to_json(const crmv_tiers *tiers, char **out);

/**
 * The tiers that crmv_tiers_to_json() wrote, checked again. Free them with crmv_tiers_free().
 *
 * `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
 */
crmv_status crmv_tiers_from_json(const char *json, crmv_tiers **out);

/** The Hoover index: the share of the total that would have to move for all customers to be worth the same; 0 if they are. */
crmv_status crmv_concentration_hoover(const crmv_concentration *concentration,
                                      double *out);

/**
 * The Theil index T, in nats: 0 if all customers are worth the same, ln n if one holds everything.
 *
 * Errors: CRMV_UNDEFINED if a value is negative, which CRMV_NEGATIVES_ALLOW lets in.
 */
crmv_status crmv_concentration_theil(const crmv_concentration *concentration, double *out);

/** The Herfindahl-Hirschman index, the sum of the squared shares: 1 / n if all customers are worth the same, 1 if one holds everything. */
crmv_status crmv_concentration_hhi(const crmv_concentration *concentration,
                                   double *out);

/** 1 / HHI: how many customers of equal value would be as concentrated. */
crmv_status crmv_concentration_effective_customers(const crmv_concentration *concentration, double *out);

/**
 * The Pareto tail index of the `k` largest values by Hill's estimator; `k` may be NULL for 10 % of the customers, at least 10.
 *
 * `struct_size`: sizeof(crmv_tail_index). Errors: CRMV_INVALID_OPTION for 0, CRMV_UNDEFINED unless there are k + 1 values above 0, not all
 * of them equal.
 */
crmv_status crmv_concentration_tail_index(const crmv_concentration *concentration,
                                          const size_t *k,
                                          crmv_tail_index *out,
                                          size_t struct_size);

/**
 * The share of the total that the top fraction `p` would hold if all values followed the Pareto law of crmv_concentration_tail_index() for
 * `k`, p^(1 - 1/alpha); p in [0, 1].
 *
 * `has_share` 0 and `share` 0 for alpha <= 1, where the law has no mean. Errors: CRMV_SHARE, and those of the tail index.
 */
crmv_status crmv_concentration_implied_top_share(const crmv_concentration *concentration,
                                                 const size_t *k,
                                                 double p,
                                                 double *share,
                                                 int32_t *has_share);

/**
 * The numbers of customers for which crmv_concentration_dependency() is usually asked: 1, 5, 10, and 1 % of all, rounded up.
 *
 * `out`: room for 4 values.
 */
crmv_status crmv_concentration_default_dependency(const crmv_concentration *concentration,
                                                  size_t *out);

/** The value lost if the `k` largest customers leave. `struct_size`: sizeof(crmv_dependency). */
crmv_status crmv_concentration_dependency(const crmv_concentration *concentration,
                                          size_t k,
                                          crmv_dependency *out,
                                          size_t struct_size);

/** Sets the options to their defaults. `struct_size`: sizeof(crmv_rule_options). */
crmv_status crmv_rule_options_init(crmv_rule_options *options, size_t struct_size);

/**
 * Tests the rule "the top fraction `customers` hold at least a share `value`" (0.20 and 0.80), by a bootstrap interval of the top share.
 *
 * `options` may be NULL for the defaults; `struct_size`: sizeof(crmv_rule_test). Errors: CRMV_SHARE, CRMV_INVALID_OPTION, CRMV_UNDEFINED
 * if more than half of the resamples have no total above 0.
 */
crmv_status crmv_concentration_test_rule(const crmv_concentration *concentration,
                                         double customers,
                                         double value,
                                         const crmv_rule_options *options,
                                         crmv_rule_test *out,
                                         size_t struct_size);

/** Sets the limits to their defaults. `struct_size`: sizeof(crmv_dependency_alert). */
crmv_status crmv_dependency_alert_init(crmv_dependency_alert *alert, size_t struct_size);

/**
 * Shares of `n` values, one per customer, by the level of `attribute` that the customer belongs to.
 *
 * `alert` may be NULL for the default limits. Errors: CRMV_LENGTH_MISMATCH unless there are `n` labels; CRMV_SHARE for limits outside
 * [0, 1]; as crmv_concentration_new(). Free it with crmv_attribute_concentration_free().
 */
crmv_status crmv_attribute_concentration_new(const double *values,
                                             size_t n,
                                             const crmv_labels *attribute,
                                             crmv_negative_policy negatives,
                                             const crmv_dependency_alert *alert,
                                             crmv_attribute_concentration **out);

/** Frees a concentration by attribute. NULL is ignored. */
void crmv_attribute_concentration_free(crmv_attribute_concentration *concentration);

/** The concentration in numbers. `struct_size`: sizeof(crmv_attribute_summary). */
crmv_status crmv_attribute_concentration_summary(const crmv_attribute_concentration *concentration,
                                                 crmv_attribute_summary *out,
                                                 size_t struct_size);

/**
 * Level `index` (0-based), in the order of the attribute, empty ones included. `struct_size`: sizeof(crmv_level_share). Errors:
 * CRMV_OUT_OF_RANGE.
 */
crmv_status crmv_attribute_concentration_level(const crmv_attribute_concentration *concentration,
                                               size_t index,
                                               crmv_level_share *out,
                                               size_t struct_size);

/** The level of the largest value; the first of them if several have it. `struct_size`: sizeof(crmv_level_share). */
crmv_status crmv_attribute_concentration_largest(const crmv_attribute_concentration *concentration,
                                                 crmv_level_share *out,
                                                 size_t struct_size);

/** The concentration as JSON. Free it with crmv_string_free(). */
crmv_status crmv_attribute_concentration_to_json(const crmv_attribute_concentration *concentration, char **out);

/**
 * What crmv_attribute_concentration_to_json() wrote, checked again. Free it with crmv_attribute_concentration_free().
 *
 * `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
 */
crmv_status crmv_attribute_concentration_from_json(const char *json, crmv_attribute_concentration **out);

/** Sets the options to their defaults. `struct_size`: sizeof(crmv_dilemma_options). */
crmv_status crmv_dilemma_options_init(crmv_dilemma_options *options, size_t struct_size);

/**
 * Finds the dilemma customers in two columns of `n` rows, one per customer, in money. `options` may be NULL for the defaults.
 *
 * Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_SHARE for options out of range. Free the list with crmv_dilemmas_free().
 */
crmv_status crmv_dilemmas_new(const double *revenue,
                              const double *margin,
                              size_t n,
                              const crmv_dilemma_options *options,
                              crmv_dilemmas **out);

/** Frees a list. NULL is ignored. */
void crmv_dilemmas_free(crmv_dilemmas *dilemmas);

/** The list in numbers. `struct_size`: sizeof(crmv_dilemma_summary). */
crmv_status crmv_dilemmas_summary(const crmv_dilemmas *dilemmas, crmv_dilemma_summary *out, size_t struct_size);

/** Customer `index` (0-based) of the list, the largest loss first. `struct_size`: sizeof(crmv_dilemma). Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_dilemmas_row(const crmv_dilemmas *dilemmas,
                              size_t index,
                              crmv_dilemma *out,
                              size_t struct_size);

/** The list as JSON. Free it with crmv_string_free(). */
crmv_status crmv_dilemmas_to_json(const crmv_dilemmas *dilemmas, char **out);

/**
 * The list that crmv_dilemmas_to_json() wrote, checked again. Free it with crmv_dilemmas_free().
 *
 * `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
 */
crmv_status crmv_dilemmas_from_json(const char *json, crmv_dilemmas **out);

/** The whale curve of `n` values, one per customer, in money. Errors: CRMV_EMPTY, CRMV_NON_FINITE. Free it with crmv_whale_curve_free(). */
crmv_status crmv_whale_curve_new(const double *values,
                                 size_t n,
                                 crmv_whale_curve **out);

/** Frees a whale curve. NULL is ignored. */
void crmv_whale_curve_free(crmv_whale_curve *curve);

/** The curve in numbers. `struct_size`: sizeof(crmv_whale_summary). */
crmv_status crmv_whale_curve_summary(const crmv_whale_curve *curve, crmv_whale_summary *out, size_t struct_size);

/** The curve after the `k` most profitable customers. `struct_size`: sizeof(crmv_whale_point). */
crmv_status crmv_whale_curve_at(const crmv_whale_curve *curve, size_t k, crmv_whale_point *out, size_t struct_size);

/**
 * The curve for drawing: at most `points` pairs of customer share and sum of values, from no customer to all, their number to `count`.
 *
 * At least 2 points, and never more than n + 1. `customer_shares`, `values`: room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_whale_curve_points(const crmv_whale_curve *curve,
                                    size_t points,
                                    double *customer_shares,
                                    double *values,
                                    size_t capacity,
                                    size_t *count);

/**
 * Groups the customers of a log by the calendar period of their first purchase.
 *
 * `observed_from`, `observed_until`: days since 1970-01-01, or NULL for the start of the first period and the last date of the log. A cell
 * whose period is not fully inside the observation is masked. Errors: CRMV_END_BEFORE_FIRST_PURCHASE, CRMV_INVALID_OPTION,
 * CRMV_DATE_OUT_OF_RANGE, CRMV_NON_FINITE. Free it with crmv_cohorts_free().
 */
crmv_status crmv_cohorts_new(const crmv_transactions *log,
                             crmv_calendar_period period,
                             const int32_t *observed_from,
                             const int32_t *observed_until,
                             crmv_cohorts **out);

/** Frees cohorts. NULL is ignored. */
void crmv_cohorts_free(crmv_cohorts *cohorts);

/** Number of cohorts, and of ages: the periods from the first purchase to the end of observation. */
crmv_status crmv_cohorts_count(const crmv_cohorts *cohorts, size_t *out);

/**
 * The first day of every cohort's period (days since 1970-01-01) and its number of customers.
 *
 * `out_starts`, `out_customers`: room for `capacity` elements each, at least the number of cohorts.
 */
crmv_status crmv_cohorts_sizes(const crmv_cohorts *cohorts,
                               int32_t *out_starts,
                               uint64_t *out_customers,
                               size_t capacity);

/** The label of a cohort, for example "2026-01" or "2026-W05". Valid until the cohorts are freed. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_cohorts_label(const crmv_cohorts *cohorts,
                               size_t index,
                               const char **out);

/** First and last day observed, as days since 1970-01-01. */
crmv_status crmv_cohorts_observed(const crmv_cohorts *cohorts, int32_t *out_from, int32_t *out_until);

/** What `cohort` did at `age`, masked cells included. `struct_size`: sizeof(crmv_cohort_cell). Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_cohorts_cell(const crmv_cohorts *cohorts,
                              size_t cohort,
                              size_t age,
                              crmv_cohort_cell *out,
                              size_t struct_size);

/**
 * ARPU, order value and orders per customer of calendar period `index`, counted from that of the first cohort; there are as many as cohorts.
 *
 * `struct_size`: sizeof(crmv_period_metrics). Errors: CRMV_OUT_OF_RANGE.
 */
crmv_status crmv_cohorts_period(const crmv_cohorts *cohorts,
                                size_t index,
                                crmv_period_metrics *out,
                                size_t struct_size);

/** All cohorts pooled at `age`; there are as many ages as cohorts. `struct_size`: sizeof(crmv_age_metrics). Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_cohorts_age(const crmv_cohorts *cohorts,
                             size_t age,
                             crmv_age_metrics *out,
                             size_t struct_size);

/**
 * One measure, cohort by cohort, each with a value per age: count x count values, and 1 where there is one, 0 (and the value 0) where the cell
 * is masked or beyond the end of observation, or the rate has no denominator.
 *
 * `out_values`, `out_present`: room for `capacity` elements each, at least count x count.
 */
crmv_status crmv_cohorts_matrix(const crmv_cohorts *cohorts,
                                crmv_cohort_measure measure,
                                double *out_values,
                                uint8_t *out_present,
                                size_t capacity);

/**
 * Sums over all cells and over the masked ones.
 *
 * `struct_size`: sizeof(crmv_cohort_totals).
 */
crmv_status crmv_cohorts_totals(const crmv_cohorts *cohorts, crmv_cohort_totals *out, size_t struct_size);

/**
 * The cohort of every customer first seen until the end of observation, in the order of the customers of crmv_transactions_summarize() with
 * the same end.
 *
 * `out`: room for `capacity` elements, at least one per customer. Errors: as crmv_cohorts_new().
 */
crmv_status crmv_cohorts_assign(const crmv_transactions *log,
                                crmv_calendar_period period,
                                const int32_t *observed_until,
                                uint32_t *out,
                                size_t capacity);

/**
 * How long every customer stayed, where churn is defined as `gap` units without a purchase: the duration from the first purchase until the gap
 * was full for the first time (1 in `out_churned`), or until the end of observation (0). In units, in the order of the customers of
 * crmv_transactions_summarize() with the same end.
 *
 * `observed_until`: days since 1970-01-01, or NULL for the last date of the log. `out_durations`, `out_churned`: room for `capacity` elements
 * each, at least one per customer. Errors: CRMV_HORIZON, CRMV_END_BEFORE_FIRST_PURCHASE.
 */
crmv_status crmv_lifetimes(const crmv_transactions *log,
                           double gap,
                           crmv_unit gap_unit,
                           const int32_t *observed_until,
                           double *out_durations,
                           uint8_t *out_churned,
                           size_t capacity);

/**
 * A curve from `n` durations (0 or more) and flags: not 0 if the customer churned then, 0 if it was only observed until then.
 *
 * `level`: confidence level of the intervals, for example 0.95. Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_INVALID_OPTION. Free it
 * with crmv_survival_free().
 */
crmv_status crmv_survival_new(const double *durations,
                              const uint8_t *churned,
                              size_t n,
                              double level,
                              crmv_survival **out);

/** Frees a survival curve. NULL is ignored. */
void crmv_survival_free(crmv_survival *survival);

/** Number of steps: of distinct durations. */
crmv_status crmv_survival_count(const crmv_survival *survival, size_t *out);

/** Number of customers, and of those who churned. */
crmv_status crmv_survival_customers(const crmv_survival *survival, size_t *out_customers, size_t *out_churned);

/**
 * Step `index` of the curve, in rising time.
 *
 * `struct_size`: sizeof(crmv_survival_step). Errors: CRMV_OUT_OF_RANGE.
 */
crmv_status crmv_survival_get(const crmv_survival *survival, size_t index, crmv_survival_step *out, size_t struct_size);

/**
 * The earliest time at which at most `share` of the customers stay (0.5 for the median). Writes 1 to `out_found`, or 0 (and the time 0) if the
 * curve ends above it. Errors: CRMV_SHARE.
 */
crmv_status crmv_survival_time_to_share(const crmv_survival *survival,
                                        double share,
                                        double *out_time,
                                        int32_t *out_found);

/**
 * Share of customers who stay longer than `time`. Writes 1 to `out_known`, or 0 (and the share 0) for a time at which nobody was observed any
 * more though customers were still there.
 */
crmv_status crmv_survival_at(const crmv_survival *survival,
                             double time,
                             double *out,
                             int32_t *out_known);

/**
 * Mean time a customer stays within the first `until`, above 0: the area under the curve. Writes 1 to `out_known`, or 0 (and the time 0) if the
 * curve is not known that far. Errors: CRMV_HORIZON.
 */
crmv_status crmv_survival_restricted_mean(const crmv_survival *survival,
                                          double until,
                                          double *out,
                                          int32_t *out_known);

/**
 * Tests that 2 to 200 groups of customers stay equally long: durations and flags as in crmv_survival_new(), and a group number per customer.
 *
 * `struct_size`: sizeof(crmv_log_rank). `out_groups`: NULL, or room for `capacity` structs of `group_size` = sizeof(crmv_log_rank_group) bytes,
 * one per group in rising order of their numbers. Errors: as crmv_survival_new(), and CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_log_rank_test(const double *durations,
                               const uint8_t *churned,
                               const uint32_t *groups,
                               size_t n,
                               crmv_log_rank *out,
                               size_t struct_size,
                               crmv_log_rank_group *out_groups,
                               size_t group_size,
                               size_t capacity);

/** Sets the options to their defaults. `struct_size`: sizeof(crmv_contract_options). */
crmv_status crmv_contract_options_init(crmv_contract_options *options, size_t struct_size);

/**
 * Value of a customer about to join, the first payment included: DEL times `margin_per_period`, in money.
 *
 * `options` may be NULL for the defaults. Errors: CRMV_UNBOUNDED_VALUE for an endless value without a discount rate above 0,
 * CRMV_INVALID_OPTION, CRMV_HORIZON, CRMV_DISCOUNT_RATE.
 */
crmv_status crmv_clv_new_contract(const crmv_retention_model *retention,
                                  double margin_per_period,
                                  const crmv_contract_options *options,
                                  double *out);

/**
 * Value of customers who made these numbers of renewals, the next one being due now: DERL times margin per period, in money.
 *
 * `renewals`: `n` numbers; a customer in the first period has made 0. `margins`: `n` margins per period in money, or NULL for `margin` each.
 * `active`: `n` flags, 0 for a customer who has left and is worth 0; NULL: all are active. `options` may be NULL for the defaults. `out`:
 * room for `capacity` values. Errors as crmv_clv_new_contract(), CRMV_EMPTY, CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_clv_after_renewals(const crmv_retention_model *retention,
                                    const uint32_t *renewals,
                                    const double *margins,
                                    double margin,
                                    const uint8_t *active,
                                    size_t n,
                                    const crmv_contract_options *options,
                                    double *out,
                                    size_t capacity);

/**
 * The same for the customers of a summary, whose T says how many renewals they have made: the whole periods since the first purchase.
 *
 * `margins`, `active`: NULL or `n` elements, which must be the number of customers. Otherwise as crmv_clv_after_renewals(); errors also
 * CRMV_LENGTH_MISMATCH.
 */
crmv_status crmv_clv_contracts(const crmv_retention_model *retention,
                               const crmv_customers *customers,
                               const double *margins,
                               double margin,
                               const uint8_t *active,
                               size_t n,
                               const crmv_contract_options *options,
                               double *out,
                               size_t capacity);

/** Sets the options to their defaults. `struct_size`: sizeof(crmv_cohort_clv_options). */
crmv_status crmv_cohort_clv_options_init(crmv_cohort_clv_options *options, size_t struct_size);

/**
 * The value of every cohort that has customers, oldest first: observed so far, plus by the retention model what is to come.
 *
 * The periods of the retention model are those of the cohorts. `options` may be NULL for the defaults. `out`: room for `capacity` structs of
 * `struct_size` = sizeof(crmv_cohort_value) bytes; crmv_cohorts_count() are enough. `out_count`: how many were written. Errors:
 * CRMV_MISSING_COLUMN if the log has no margins and they are asked for, CRMV_EMPTY if no cell is complete, CRMV_UNBOUNDED_VALUE,
 * CRMV_INVALID_OPTION, CRMV_DISCOUNT_RATE, CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_clv_cohort_values(const crmv_cohorts *cohorts,
                                   const crmv_retention_model *retention,
                                   const crmv_cohort_clv_options *options,
                                   crmv_cohort_value *out,
                                   size_t struct_size,
                                   size_t capacity,
                                   size_t *out_count);

/**
 * The value of every customer of a summary: that of its cohort. The summary is of the same log and ends on the same day as the cohorts.
 *
 * `out`: room for `capacity` values. Errors as crmv_clv_cohort_values(), and CRMV_MISSING_COLUMN if the summary was not made from a log,
 * CRMV_INVALID_OPTION if it ends on another day, CRMV_UNKNOWN_CUSTOMER for a customer of no cohort.
 */
crmv_status crmv_clv_cohort(const crmv_cohorts *cohorts,
                            const crmv_retention_model *retention,
                            const crmv_customers *customers,
                            const crmv_cohort_clv_options *options,
                            double *out,
                            size_t capacity);

/**
 * Sets rules to their defaults.
 *
 * `struct_size`: sizeof(crmv_stage_rules).
 */
crmv_status crmv_stage_rules_init(crmv_stage_rules *rules, size_t struct_size);

/**
 * The stage of every customer of a log first seen until the end of observation, in the order of the customers of crmv_transactions_summarize()
 * with the same end.
 *
 * `rules`: NULL for the defaults. `observed_until`: days since 1970-01-01, or NULL for the last date of the log. `p_alive`: `n` values, to go by
 * P(alive); NULL to go by rhythm. `out`: room for `n` elements, at least one per customer. Errors: CRMV_INVALID_OPTION, CRMV_LENGTH_MISMATCH,
 * CRMV_END_BEFORE_FIRST_PURCHASE, and for P(alive) outside [0, 1] CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_SHARE.
 */
crmv_status crmv_stages(const crmv_transactions *log,
                        const crmv_stage_rules *rules,
                        const int32_t *observed_until,
                        const double *p_alive,
                        crmv_stage *out,
                        size_t n);

/**
 * What the rules look at, for every customer of a log first seen until the end of observation; arguments and order as crmv_stages().
 *
 * `out`: room for `capacity` structs. Errors: CRMV_END_BEFORE_FIRST_PURCHASE, CRMV_INVALID_OPTION, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_relationships(const crmv_transactions *log,
                               const crmv_stage_rules *rules,
                               const int32_t *observed_until,
                               crmv_relationship *out,
                               size_t capacity);

/**
 * The median of the customers' own days between purchases, by which the others are measured unless the rules give a usual gap. Writes 1 to
 * `out_known`, or 0 (and the days 0) if nobody has two gaps. Arguments and errors as crmv_stages().
 */
crmv_status crmv_usual_gap(const crmv_transactions *log,
                           const crmv_stage_rules *rules,
                           const int32_t *observed_until,
                           double *out,
                           int32_t *out_known);

/**
 * The stages of customers, prospects among them, of whom these things are known.
 *
 * `customers`: `n` structs. `rules`: NULL for the defaults. `p_alive`: `n` values, to go by P(alive); NULL to go by rhythm. `out`: room for
 * `capacity` elements. Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_NOT_A_COUNT, CRMV_NOT_POSITIVE (a gap of 0),
 * CRMV_RECENCY_EXCEEDS_AGE, CRMV_INVALID_OPTION, CRMV_SHARE, CRMV_BUFFER_TOO_SMALL.
 */
crmv_status crmv_stages_of(const crmv_relationship *customers,
                           size_t n,
                           const crmv_stage_rules *rules,
                           const double *p_alive,
                           crmv_stage *out,
                           size_t capacity);

/**
 * A column of labels; the levels are the distinct labels in the order of their characters, at most 100.
 *
 * `name`: the criterion's, a NUL-terminated text. `labels`: `n` such texts. Errors: CRMV_EMPTY, CRMV_INVALID_OPTION, CRMV_INVALID_UTF8. Free it
 * with crmv_matrix_axis_free().
 */
crmv_status crmv_matrix_axis_labels(const char *name,
                                    const char *const *labels,
                                    size_t n,
                                    crmv_matrix_axis **out);

/**
 * Levels in an order of one's own, `n_levels` texts, and the position, counted from 0, of every customer's level among them.
 *
 * Errors: CRMV_EMPTY; CRMV_INVALID_OPTION for more than 100 levels, a level that occurs twice and a position that is none. Otherwise as
 * crmv_matrix_axis_labels().
 */
crmv_status crmv_matrix_axis_positions(const char *name,
                                       const char *const *levels,
                                       size_t n_levels,
                                       const uint32_t *positions,
                                       size_t n,
                                       crmv_matrix_axis **out);

/**
 * A column of numbers, such as satisfaction, cut at `n_borders` borders in rising order, one level more than borders: "1", "2", ... from worst
 * to best. A value on a border belongs to the better level.
 *
 * `values`: `n` values; `good_end`: which of them are good. Errors: CRMV_CUT_POINTS, CRMV_BINS, CRMV_EMPTY, CRMV_NON_FINITE,
 * CRMV_INVALID_OPTION. Otherwise as crmv_matrix_axis_labels().
 */
crmv_status crmv_matrix_axis_binned(const char *name,
                                    const double *values,
                                    size_t n,
                                    const double *borders,
                                    size_t n_borders,
                                    crmv_direction good_end,
                                    crmv_matrix_axis **out);

/**
 * A column of numbers cut into `bins` quantiles by the rule of crmv_quantile_scores(): "1", "2", ... from worst to best. Ties are never split,
 * so a level may be empty.
 *
 * Errors: CRMV_BINS, CRMV_EMPTY, CRMV_NON_FINITE, CRMV_INVALID_OPTION. Otherwise as crmv_matrix_axis_binned().
 */
crmv_status crmv_matrix_axis_quantiles(const char *name,
                                       const double *values,
                                       size_t n,
                                       size_t bins,
                                       crmv_direction good_end,
                                       crmv_matrix_axis **out);

/** A column of numbers cut into "low", "medium" and "high". Otherwise as crmv_matrix_axis_quantiles(). */
crmv_status crmv_matrix_axis_terciles(const char *name, const double *values, size_t n, crmv_matrix_axis **out);

/**
 * A column of scores from 1 to `bins`, such as those of RFM. Errors: CRMV_EMPTY, CRMV_BINS, CRMV_INVALID_OPTION for a score outside them.
 * Otherwise as crmv_matrix_axis_labels().
 */
crmv_status crmv_matrix_axis_scores(const char *name,
                                    const uint8_t *scores,
                                    size_t n,
                                    size_t bins,
                                    crmv_matrix_axis **out);

/** The stages of `n` customers; the levels are the seven CRMV_STAGE_ constants in their order. Errors: CRMV_EMPTY, CRMV_INVALID_OPTION. */
crmv_status crmv_matrix_axis_stages(const crmv_stage *stages,
                                    size_t n,
                                    crmv_matrix_axis **out);

/**
 * A copy of an axis with other names for its levels, `n_levels` texts. Errors: CRMV_LENGTH_MISMATCH, CRMV_INVALID_OPTION for a name that occurs
 * twice. Free it with crmv_matrix_axis_free().
 */
crmv_status crmv_matrix_axis_with_levels(const crmv_matrix_axis *axis,
                                         const char *const *levels,
                                         size_t n_levels,
                                         crmv_matrix_axis **out);

/** Frees an axis. NULL is ignored. */
void crmv_matrix_axis_free(crmv_matrix_axis *axis);

/** The position, counted from 0, of every customer's level. `out`: room for `capacity` elements, at least one per customer. */
crmv_status crmv_matrix_axis_level_of(const crmv_matrix_axis *axis,
                                      uint8_t *out,
                                      size_t capacity);

/**
 * The rows of a table of actions that comes with the library, first match first, to be changed and given to crmv_matrix_with_actions().
 *
 * `out`: room for `capacity` structs, whose texts are static. `out_count`: how many rows there are, also if there is no room for them.
 */
crmv_status crmv_default_actions(crmv_action_table table,
                                 crmv_action *out,
                                 size_t capacity,
                                 size_t *out_count);

/**
 * A copy of a matrix with other actions: `n` rows, of which the first that covers a cell names its action.
 *
 * Errors: CRMV_INVALID_OPTION for an action without text, or a level that the matrix does not have; CRMV_INVALID_UTF8. Free it with
 * crmv_matrix_free().
 */
crmv_status crmv_matrix_with_actions(const crmv_matrix *matrix,
                                     const crmv_action *actions,
                                     size_t n,
                                     crmv_matrix **out);

/**
 * A matrix of any two criteria.
 *
 * `values`: `n` values in money, one per customer, as many as the axes have. `p_alive`: `n` probabilities, or NULL. The axes may be freed
 * afterwards. Errors: CRMV_EMPTY, CRMV_LENGTH_MISMATCH, CRMV_NON_FINITE, and for P(alive) CRMV_NEGATIVE, CRMV_SHARE. Free it with
 * crmv_matrix_free().
 */
crmv_status crmv_matrix_new(const crmv_matrix_axis *rows,
                            const crmv_matrix_axis *columns,
                            const double *values,
                            const double *p_alive,
                            size_t n,
                            crmv_matrix **out);

/**
 * The RFM matrix: recency scores (rows) by frequency scores (columns), each from 1 to `bins`.
 *
 * `recency`, `frequency`, `values`: `n` elements each. `p_alive`: `n` probabilities, or NULL. Errors: as crmv_matrix_new(), and CRMV_BINS,
 * CRMV_INVALID_OPTION for a score outside 1 to `bins`.
 */
crmv_status crmv_matrix_rfm(const uint8_t *recency,
                            const uint8_t *frequency,
                            size_t bins,
                            const double *values,
                            const double *p_alive,
                            size_t n,
                            crmv_matrix **out);

/**
 * Value in terciles (rows: low, medium, high) by stage (columns: the CRMV_STAGE_ constants), with default actions.
 *
 * `values`, `stages`: `n` elements each. `p_alive`: `n` probabilities, or NULL. Errors: as crmv_matrix_new().
 */
crmv_status crmv_matrix_value_by_stage(const double *values,
                                       const crmv_stage *stages,
                                       const double *p_alive,
                                       size_t n,
                                       crmv_matrix **out);

/**
 * The loyalty matrix: frequency (rows) by tenure (columns), each in terciles (low, medium, high).
 *
 * `frequency`, `tenure`, `values`: `n` elements each. `p_alive`: `n` probabilities, or NULL. Errors: as crmv_matrix_new().
 */
crmv_status crmv_matrix_loyalty(const double *frequency,
                                const double *tenure,
                                const double *values,
                                const double *p_alive,
                                size_t n,
                                crmv_matrix **out);

/**
 * The churn matrix: value in terciles (rows: low, medium, high) by churn risk 1 - P(alive) (columns: very high, high, medium, low), with default
 * actions.
 *
 * `values`, `p_alive`: `n` elements each. Errors: as crmv_matrix_new().
 */
crmv_status crmv_matrix_churn(const double *values,
                              const double *p_alive,
                              size_t n,
                              crmv_matrix **out);

/** Frees a matrix. NULL is ignored. */
void crmv_matrix_free(crmv_matrix *matrix);

/** Number of rows and of columns. */
crmv_status crmv_matrix_shape(const crmv_matrix *matrix, size_t *out_rows, size_t *out_columns);

/** The names of the criterion of the rows and of that of the columns. Valid as long as the matrix. */
crmv_status crmv_matrix_criteria(const crmv_matrix *matrix, const char **out_rows, const char **out_columns);

/** The level of row `index`, counted from 0. Valid as long as the matrix. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_matrix_row_level(const crmv_matrix *matrix, size_t index, const char **out);

/** The level of column `index`, counted from 0. Valid as long as the matrix. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_matrix_column_level(const crmv_matrix *matrix, size_t index, const char **out);

/**
 * The cell at `row` and `column`, counted from 0. One row beyond the last holds the totals of the columns, one column beyond the last those of the
 * rows, and both together all customers.
 *
 * `struct_size`: sizeof(crmv_matrix_cell). Errors: CRMV_OUT_OF_RANGE.
 */
crmv_status crmv_matrix_get(const crmv_matrix *matrix,
                            size_t row,
                            size_t column,
                            crmv_matrix_cell *out,
                            size_t struct_size);

/** What to do with the customers of a cell; "" if no action is named. Valid as long as the matrix. Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_matrix_action(const crmv_matrix *matrix,
                               size_t row,
                               size_t column,
                               const char **out);

/**
 * What may be shown if cells and totals of 1 to `minimum` - 1 customers are withheld, and further ones so that no total gives them away: 1 for
 * shown, 0 for withheld, row by row with the totals as in crmv_matrix_get().
 *
 * `out_shown`: room for `capacity` elements, at least (rows + 1) x (columns + 1). `out_small`: NULL, or how many are withheld because they are
 * small; all others that are withheld protect them.
 */
crmv_status crmv_matrix_suppress(const crmv_matrix *matrix,
                                 size_t minimum,
                                 uint8_t *out_shown,
                                 size_t capacity,
                                 size_t *out_small);

/**
 * Sets options to their defaults.
 *
 * `struct_size`: sizeof(crmv_review_options).
 */
crmv_status crmv_review_options_init(crmv_review_options *options, size_t struct_size);

/**
 * Compares two periods of a log, each given by its first and last day (days since 1970-01-01, included).
 *
 * `first`, `second`: two days each; the first period must end before the second begins. `review_options`: NULL for the defaults. Errors:
 * CRMV_INVALID_OPTION, CRMV_DATE_OUT_OF_RANGE, CRMV_END_BEFORE_FIRST_PURCHASE, CRMV_TIER_BOUNDS, CRMV_NON_FINITE. Free it with
 * crmv_review_free().
 */
crmv_status crmv_review_new(const crmv_transactions *log,
                            const int32_t *first,
                            const int32_t *second,
                            const crmv_review_options *review_options,
                            crmv_review **out);

/**
 * Compares two columns of values, one row per customer.
 *
 * `value_1`, `value_2`: `n` values. `present_1`, `present_2`: `n` flags, 0 where the customer was not there (the value is not read). `known_before`:
 * `n` flags, not 0 for customers from before the first period; or NULL if there are none. Errors: CRMV_EMPTY, CRMV_NON_FINITE, and for the
 * options as crmv_review_new(). Free it with crmv_review_free().
 */
crmv_status crmv_review_from_columns(const double *value_1,
                                     const uint8_t *present_1,
                                     const double *value_2,
                                     const uint8_t *present_2,
                                     const uint8_t *known_before,
                                     size_t n,
                                     const crmv_review_options *review_options,
                                     crmv_review **out);

/** Frees a review. NULL is ignored. */
void crmv_review_free(crmv_review *review);

/** Number of customers: those first seen until the end of the second period, in the order of crmv_transactions_summarize() with that end. */
crmv_status crmv_review_count(const crmv_review *review,
                              size_t *out);

/**
 * From the value of the first period to that of the second.
 *
 * `struct_size`: sizeof(crmv_bridge).
 */
crmv_status crmv_review_bridge(const crmv_review *review, crmv_bridge *out, size_t struct_size);

/**
 * What became of every customer.
 *
 * `out`: room for `capacity` elements, at least the number of customers.
 */
crmv_status crmv_review_movements(const crmv_review *review, crmv_movement *out, size_t capacity);

/**
 * The value of every customer in the first and in the second period; 0 for a customer who was not there.
 *
 * `out_1`, `out_2`: room for `capacity` elements each, at least the number of customers.
 */
crmv_status crmv_review_values(const crmv_review *review, double *out_1, double *out_2, size_t capacity);

/** The customers of one movement in numbers. `struct_size`: sizeof(crmv_movement_summary). Errors: CRMV_INVALID_OPTION (movement). */
crmv_status crmv_review_movement(const crmv_review *review,
                                 crmv_movement movement,
                                 crmv_movement_summary *out,
                                 size_t struct_size);

/** Period 1 (`period` 0) or 2 (`period` 1) in numbers. `struct_size`: sizeof(crmv_review_period). Errors: CRMV_OUT_OF_RANGE. */
crmv_status crmv_review_period_get(const crmv_review *review,
                                   size_t period,
                                   crmv_review_period *out,
                                   size_t struct_size);

/**
 * The tier, 0 the top, of every customer in period 1 (`period` 0) or 2 (`period` 1), and 1 where there is one, 0 (and the tier 0) where the
 * customer was not there.
 *
 * `out`, `out_present`: room for `capacity` elements each, at least the number of customers. Errors: CRMV_OUT_OF_RANGE.
 */
crmv_status crmv_review_tier_of(const crmv_review *review,
                                size_t period,
                                uint8_t *out,
                                uint8_t *out_present,
                                size_t capacity);

/** The tiers of period 1 (`period` 0) or 2 (`period` 1). Errors: CRMV_OUT_OF_RANGE. Free them with crmv_tiers_free(). */
crmv_status crmv_review_tiers(const crmv_review *review, size_t period, crmv_tiers **out);

/**
 * The top tier of the first period, then and now.
 *
 * `struct_size`: sizeof(crmv_top_tier).
 */
crmv_status crmv_review_top_tier(const crmv_review *review, crmv_top_tier *out, size_t struct_size);

/**
 * Customers, and their values in both periods, by tier of the first period and of the second, row by row: the rows are the tiers (the top
 * first), the new and the returned customers, the columns the tiers and the lost ones.
 *
 * `out_customers`, `out_value_1`, `out_value_2`: room for `capacity` elements each, at least (tiers + 2) x (tiers + 1).
 */
crmv_status crmv_review_migration(const crmv_review *review,
                                  uint64_t *out_customers,
                                  double *out_value_1,
                                  double *out_value_2,
                                  size_t capacity);

/**
 * The value of period 1 (`period` 0) or 2 (`period` 1) that is expected to be lost: the sum of (1 - P(alive)) times value, in money.
 *
 * `p_alive`: `n` probabilities at the end of that period, one per customer known then: those of crmv_transactions_summarize() with that end.
 * `out_share`: NULL, or the same over the value of the period; `out_has_share`: NULL, or 1 if there is one, 0 (and the share 0) unless that value
 * is above 0.
 * Errors: CRMV_INVALID_OPTION, CRMV_LENGTH_MISMATCH, CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_SHARE.
 */
crmv_status crmv_review_value_at_risk(const crmv_review *review,
                                      size_t period,
                                      const double *p_alive,
                                      size_t n,
                                      double *out,
                                      double *out_share,
                                      int32_t *out_has_share);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* CRM_VALUE_H */
