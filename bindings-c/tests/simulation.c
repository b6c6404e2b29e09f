/* Customers, opportunities and contracts drawn from their models: against what the models say of them, the rules of simulation, bad input.
 * That the bits are those of Rust is tested in tests/bits.rs, that they are those of Python in bindings-python/tests/test_same_bits.py. */
#include "check.h"

enum { CUSTOMERS = 4000, OPPORTUNITIES = 9, PERIODS = 12 };

static crmv_purchase_model *bg_nbd(void) {
    crmv_purchase_model *model = NULL;
    CHECK_OK(crmv_bg_nbd_new(0.243, 4.414, 0.793, 2.426, CRMV_UNIT_WEEK, &model));
    return model;
}

/* |sum of the differences| in units of their own standard deviation. */
static double in_deviations(const double *seen, const double *expected, size_t n) {
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += seen[i] - expected[i];
        squares += (seen[i] - expected[i]) * (seen[i] - expected[i]);
    }
    return fabs(sum) / sqrt(squares);
}

static void a_log_is_drawn_and_read(void) {
    crmv_purchase_model *model = bg_nbd();
    crmv_spend_model *spend = NULL;
    crmv_simulation_options options;
    crmv_simulation *simulation = NULL, *again = NULL;
    crmv_customers *exact = NULL;
    crmv_transactions *log = NULL;
    const crmv_customers *calibration = NULL;
    crmv_holdout *split = NULL;
    const int32_t first = check_day(2025, 1, 1), last = check_day(2025, 3, 31), until = check_day(2025, 9, 30);
    size_t n = 0, rows = 0;
    CHECK_OK(crmv_gamma_gamma_new(6.25, 3.74, 15.44, &spend));
    CHECK_OK(crmv_simulation_options_init(&options, sizeof options));
    options.seed = 42;
    options.holdout = 26.0;
    options.spend = spend;
    CHECK_OK(crmv_simulate_acquired(model, CUSTOMERS, first, last, until, &options, &simulation));
    options.threads = 1;
    CHECK_OK(crmv_simulate_acquired(model, CUSTOMERS, first, last, until, &options, &again));
    CHECK_OK(crmv_simulation_count(simulation, &n));
    CHECK(n == CUSTOMERS);
    CHECK_OK(crmv_simulation_purchase_count(simulation, &rows));
    uint64_t *ids = (uint64_t *)check_alloc(rows, sizeof *ids);
    int32_t *days = (int32_t *)check_alloc(rows, sizeof *days);
    double *times = (double *)check_alloc(rows, sizeof *times), *amounts = (double *)check_alloc(rows, sizeof *amounts);
    double *other = (double *)check_alloc(rows, sizeof *other);
    CHECK_OK(crmv_simulation_purchases(again, ids, other, amounts, rows));
    CHECK_OK(crmv_simulation_purchases(simulation, ids, times, amounts, rows));
    CHECK(memcmp(times, other, rows * sizeof *times) == 0);
    CHECK_OK(crmv_simulation_days(simulation, days, rows));
    int ordered = 1;
    for (size_t i = 0; i < rows; i++) {
        int starts = i == 0 || ids[i] != ids[i - 1];
        if (starts ? times[i] > 0.0 : !(times[i] >= times[i - 1] && days[i] >= days[i - 1])) ordered = 0;
        if (!(amounts[i] > 0.0)) ordered = 0;
    }
    CHECK(ordered);

    /* The log, read back with log sums, has the customers' times to the day. */
    CHECK_OK(crmv_transactions_from_columns(ids, days, amounts, rows, &log));
    CHECK_OK(crmv_transactions_holdout_with_log_sums(log, CRMV_UNIT_WEEK, until, until + 182, &split));
    CHECK_OK(crmv_holdout_customers(split, &calibration));
    CHECK_OK(crmv_simulation_customers(simulation, &exact));
    double recency[2][CUSTOMERS], T[2][CUSTOMERS], intervals[CUSTOMERS], bought[CUSTOMERS], expected[CUSTOMERS];
    CHECK_OK(crmv_customers_recency(calibration, recency[0], CUSTOMERS));
    CHECK_OK(crmv_customers_recency(exact, recency[1], CUSTOMERS));
    CHECK_OK(crmv_customers_T(calibration, T[0], CUSTOMERS));
    CHECK_OK(crmv_customers_T(exact, T[1], CUSTOMERS));
    CHECK_OK(crmv_customers_log_intervals(calibration, intervals, CUSTOMERS));
    CHECK_OK(crmv_customers_log_intervals(exact, intervals, CUSTOMERS));
    int near = 1;
    for (size_t i = 0; i < CUSTOMERS; i++) {
        double late = recency[0][i] - recency[1][i];
        if (!(late > -1e-9 && late <= 1.0 / 7.0) || fabs(T[0][i] - T[1][i]) > 1e-12) near = 0;
    }
    CHECK(near);

    /* What the model expects of them is what they did. */
    CHECK_OK(crmv_simulation_holdout_frequency(simulation, bought, CUSTOMERS));
    CHECK_OK(crmv_purchase_model_expected_purchases(model, exact, 26.0, CRMV_UNIT_WEEK, expected, CUSTOMERS));
    CHECK(in_deviations(bought, expected, CUSTOMERS) < 4.0);
    uint8_t alive[CUSTOMERS], has_left[CUSTOMERS];
    CHECK_OK(crmv_simulation_alive(simulation, alive, CUSTOMERS));
    CHECK_OK(crmv_simulation_left(simulation, recency[0], has_left, CUSTOMERS));
    CHECK_OK(crmv_purchase_model_probability_alive(model, exact, expected, CUSTOMERS));
    int consistent = 1;
    for (size_t i = 0; i < CUSTOMERS; i++) {
        bought[i] = alive[i];
        if (alive[i] != (!has_left[i] || recency[0][i] > T[1][i])) consistent = 0;
    }
    CHECK(consistent);
    CHECK(in_deviations(bought, expected, CUSTOMERS) < 4.0);
    CHECK_OK(crmv_simulation_holdout_spend(simulation, expected, CUSTOMERS));
    crmv_simulation_free(again);
    crmv_simulation_free(simulation);
    crmv_customers_free(exact);
    crmv_holdout_free(split);
    crmv_transactions_free(log);
    crmv_spend_model_free(spend);
    crmv_purchase_model_free(model);
    free(ids), free(days), free(times), free(amounts), free(other);
}

static void covariates_give_each_customer_a_model(void) {
    crmv_purchase_model *baseline = bg_nbd(), *model = NULL;
    crmv_covariates *covariates = NULL;
    crmv_simulation *simulation = NULL, *plain = NULL;
    crmv_simulation_options options;
    crmv_customers *customers = NULL;
    const crmv_covariate_effect effect = {"purchase:online", 1.2, 0.0, 1.0};
    const char *name = "online";
    double online[CUSTOMERS], frequency[2][CUSTOMERS], T[2] = {0.0, 30.0}, alive[CUSTOMERS];
    for (size_t i = 0; i < CUSTOMERS; i++) online[i] = (double)(i % 2);
    const double *column = online;
    CHECK_OK(crmv_covariates_new(&name, &column, 1, CUSTOMERS, &covariates));
    CHECK_OK(crmv_purchase_model_with_covariates(baseline, &effect, 1, &model));
    CHECK_OK(crmv_simulation_options_init(&options, sizeof options));
    options.seed = 3;
    CHECK_OK(crmv_simulate(baseline, CUSTOMERS, 52.0, CRMV_UNIT_WEEK, &options, &plain));
    CHECK_FAILS(crmv_simulate(model, CUSTOMERS, 52.0, CRMV_UNIT_WEEK, &options, &simulation), CRMV_MISSING_COVARIATES, "online");
    options.covariates = covariates;
    CHECK_OK(crmv_simulate(model, CUSTOMERS, 52.0, CRMV_UNIT_WEEK, &options, &simulation));
    CHECK_OK(crmv_simulation_customers(simulation, &customers));
    CHECK_OK(crmv_customers_frequency(customers, frequency[0], CUSTOMERS));
    /* The summary has the covariates that the model asks for. */
    CHECK_OK(crmv_purchase_model_probability_alive(model, customers, alive, CUSTOMERS));
    crmv_customers_free(customers);
    CHECK_OK(crmv_simulation_customers(plain, &customers));
    CHECK_OK(crmv_customers_frequency(customers, frequency[1], CUSTOMERS));
    double more = 0.0;
    int same = 1;
    for (size_t i = 0; i < CUSTOMERS; i++) {
        if (i % 2 == 0 && frequency[0][i] != frequency[1][i]) same = 0;
        if (i % 2 == 1) more += frequency[0][i] - frequency[1][i];
    }
    CHECK(same);
    CHECK(more > 0.0);
    crmv_customers_free(customers);
    crmv_simulation_free(simulation);
    CHECK_FAILS(crmv_simulate(model, 7, 52.0, CRMV_UNIT_WEEK, &options, &simulation), CRMV_LENGTH_MISMATCH, "online");
    crmv_simulation_free(plain);

    /* One T per customer; nothing happens in no time. */
    CHECK_OK(crmv_simulate_each(baseline, T, 2, CRMV_UNIT_WEEK, NULL, &simulation));
    CHECK_OK(crmv_simulation_customers(simulation, &customers));
    CHECK_OK(crmv_customers_T(customers, frequency[0], 2));
    CHECK(frequency[0][0] == 0.0 && frequency[0][1] == 30.0);
    CHECK_OK(crmv_customers_frequency(customers, frequency[0], 2));
    CHECK(frequency[0][0] == 0.0);
    crmv_customers_free(customers);
    crmv_simulation_free(simulation);
    crmv_covariates_free(covariates);
    crmv_purchase_model_free(model);
    crmv_purchase_model_free(baseline);
}

static void opportunities_follow_the_model(void) {
    crmv_bg_bb *donors = NULL;
    crmv_opportunity_simulation *simulation = NULL;
    crmv_opportunities *seen = NULL;
    uint32_t n[CUSTOMERS], left[CUSTOMERS];
    uint8_t has_left[CUSTOMERS];
    double bought[CUSTOMERS], expected[CUSTOMERS], frequency[CUSTOMERS];
    size_t rows = 0;
    for (size_t i = 0; i < CUSTOMERS; i++) n[i] = OPPORTUNITIES;
    CHECK_OK(crmv_bg_bb_new(1.204, 0.750, 0.657, 2.783, &donors));
    CHECK_OK(crmv_simulate_opportunities(donors, n, CUSTOMERS, 5, 42, &simulation));
    CHECK_OK(crmv_opportunity_simulation_opportunities(simulation, &seen));
    CHECK_OK(crmv_opportunities_frequency(seen, frequency, CUSTOMERS));
    CHECK_OK(crmv_opportunity_simulation_holdout_frequency(simulation, bought, CUSTOMERS));
    CHECK_OK(crmv_bg_bb_expected_purchases(donors, seen, 5, expected, CUSTOMERS));
    CHECK(in_deviations(bought, expected, CUSTOMERS) < 4.0);
    CHECK_OK(crmv_opportunity_simulation_left(simulation, left, has_left, CUSTOMERS));
    CHECK_OK(crmv_bg_bb_probability_alive(donors, seen, expected, CUSTOMERS));
    for (size_t i = 0; i < CUSTOMERS; i++) bought[i] = !has_left[i] || left[i] > OPPORTUNITIES ? 1.0 : 0.0;
    CHECK(in_deviations(bought, expected, CUSTOMERS) < 4.0);
    CHECK_OK(crmv_opportunity_simulation_purchase_count(simulation, &rows));
    uint64_t *ids = (uint64_t *)check_alloc(rows, sizeof *ids);
    uint32_t *at = (uint32_t *)check_alloc(rows, sizeof *at);
    CHECK_OK(crmv_opportunity_simulation_purchases(simulation, ids, at, rows));
    for (size_t i = 0; i < CUSTOMERS; i++) bought[i] = 0.0;
    int alive = 1;
    for (size_t i = 0; i < rows; i++) {
        if (at[i] <= OPPORTUNITIES) bought[ids[i]] += 1.0;
        if (has_left[ids[i]] && at[i] >= left[ids[i]]) alive = 0;
    }
    CHECK(alive);
    CHECK(memcmp(bought, frequency, sizeof bought) == 0);
    CHECK_FAILS(crmv_opportunity_simulation_purchases(simulation, ids, at, rows - 1), CRMV_BUFFER_TOO_SMALL, "opportunities");
    free(ids), free(at);
    crmv_opportunities_free(seen);
    crmv_opportunity_simulation_free(simulation);
    crmv_opportunity_simulation_free(NULL);
    CHECK_FAILS(crmv_simulate_opportunities(donors, n, 0, 5, 42, &simulation), CRMV_EMPTY, "simulation");
    n[3] = 1000001;
    CHECK_FAILS(crmv_simulate_opportunities(donors, n, 4, 0, 42, &simulation), CRMV_TOO_MANY_PERIODS, "row 3");
    crmv_bg_bb_free(donors);
}

static void contracts_follow_the_model(void) {
    crmv_retention_model *models[3];
    CHECK_OK(crmv_geometric_new(0.15, &models[0]));
    CHECK_OK(crmv_sbg_new(0.668, 3.806, &models[1]));
    CHECK_OK(crmv_bdw_new(0.26, 1.7, 1.6, &models[2]));
    uint32_t periods[CUSTOMERS], lifetime[CUSTOMERS];
    uint8_t churned[CUSTOMERS], has_left[CUSTOMERS];
    double tenure[CUSTOMERS];
    for (size_t i = 0; i < CUSTOMERS; i++) periods[i] = i % 2 == 0 ? PERIODS : 5;
    for (size_t k = 0; k < 3; k++) {
        crmv_contract_simulation *simulation = NULL;
        crmv_tenures *rows = NULL, *cohorts = NULL;
        size_t n_cohorts = 0, n_counts = 0, lengths[2];
        double survivors[PERIODS + 5], survival[PERIODS], a = 0.0, b = 0.0;
        uint32_t t[PERIODS];
        CHECK_OK(crmv_simulate_contracts(models[k], periods, CUSTOMERS, NULL, 42, &simulation));
        CHECK_OK(crmv_contract_simulation_cohorts(simulation, &n_cohorts, &n_counts));
        CHECK(n_cohorts == 2 && n_counts == PERIODS + 5);
        CHECK_OK(crmv_contract_simulation_survivors(simulation, survivors, n_counts, lengths, n_cohorts));
        CHECK(lengths[0] == 5 && lengths[1] == PERIODS && survivors[0] == CUSTOMERS / 2 && survivors[5] == CUSTOMERS / 2);
        for (uint32_t i = 0; i < PERIODS; i++) t[i] = i;
        CHECK_OK(crmv_retention_model_survival(models[k], t, PERIODS, survival, PERIODS));
        for (size_t i = 1; i < PERIODS; i++) {
            double share = survivors[5 + i] / (CUSTOMERS / 2);
            CHECK(fabs(share - survival[i]) < 4.0 * sqrt(survival[i] * (1.0 - survival[i]) / (CUSTOMERS / 2)));
        }
        CHECK_OK(crmv_contract_simulation_rows(simulation, tenure, churned, CUSTOMERS));
        CHECK_OK(crmv_contract_simulation_lifetimes(simulation, lifetime, has_left, CUSTOMERS));
        int consistent = 1;
        for (size_t i = 0; i < CUSTOMERS; i++) {
            int seen = has_left[i] && lifetime[i] < periods[i];
            if (churned[i] != seen || tenure[i] != (seen ? lifetime[i] : periods[i])) consistent = 0;
        }
        CHECK(consistent);
        /* Rows and survivor counts are the same data. */
        CHECK_OK(crmv_contract_simulation_tenures(simulation, &rows));
        CHECK_OK(crmv_tenures_from_survivors(survivors, lengths, 2, &cohorts));
        CHECK_OK(crmv_retention_model_log_likelihood(models[k], rows, &a));
        CHECK_OK(crmv_retention_model_log_likelihood(models[k], cohorts, &b));
        CHECK_CLOSE(a, b, 1e-12);
        crmv_tenures_free(rows);
        crmv_tenures_free(cohorts);
        crmv_contract_simulation_free(simulation);
    }
    crmv_contract_simulation *none = NULL;
    periods[2] = 0;
    CHECK_FAILS(crmv_simulate_contracts(models[0], periods, CUSTOMERS, NULL, 1, &none), CRMV_NOT_POSITIVE, "row 2");
    CHECK_FAILS(crmv_simulate_contracts(models[0], periods, 0, NULL, 1, &none), CRMV_EMPTY, "simulation");
    CHECK_FAILS(crmv_simulate_contracts(NULL, periods, 2, NULL, 1, &none), CRMV_NULL_POINTER, "model");
    for (size_t k = 0; k < 3; k++) crmv_retention_model_free(models[k]);
}

static void bad_input(void) {
    crmv_purchase_model *model = bg_nbd();
    crmv_simulation *simulation = NULL;
    crmv_simulation_options options;
    double T[2] = {1.0, -1.0}, out[2];
    int32_t days[2];
    CHECK_FAILS(crmv_simulate(model, 0, 1.0, CRMV_UNIT_WEEK, NULL, &simulation), CRMV_EMPTY, "simulation");
    CHECK_FAILS(crmv_simulate(model, 2, 0.0, CRMV_UNIT_WEEK, NULL, &simulation), CRMV_HORIZON, "0");
    CHECK_FAILS(crmv_simulate(model, 2, NAN, CRMV_UNIT_WEEK, NULL, &simulation), CRMV_HORIZON, "NaN");
    CHECK_FAILS(crmv_simulate_each(model, T, 2, CRMV_UNIT_WEEK, NULL, &simulation), CRMV_NEGATIVE, "row 1");
    CHECK_FAILS(crmv_simulate_each(model, T, 1, CRMV_UNIT_DAY, NULL, &simulation), CRMV_UNIT_MISMATCH, "ages");
    CHECK_FAILS(crmv_simulate_acquired(model, 2, 5, 4, 9, NULL, &simulation), CRMV_INVALID_OPTION, "acquired");
    CHECK_FAILS(crmv_simulate_acquired(model, 2, 4, 5, 4, NULL, &simulation), CRMV_END_BEFORE_FIRST_PURCHASE, "1970-01-05");
    CHECK_OK(crmv_simulation_options_init(&options, sizeof options));
    options.holdout = -1.0;
    CHECK_FAILS(crmv_simulate(model, 2, 1.0, CRMV_UNIT_WEEK, &options, &simulation), CRMV_HORIZON, "-1");
    CHECK_FAILS(crmv_simulate(NULL, 2, 1.0, CRMV_UNIT_WEEK, NULL, &simulation), CRMV_NULL_POINTER, "model");
    CHECK_FAILS(crmv_simulate(model, 2, 1.0, CRMV_UNIT_WEEK, NULL, NULL), CRMV_NULL_POINTER, "out");
    CHECK_OK(crmv_simulate(model, 2, 0.001, CRMV_UNIT_WEEK, NULL, &simulation));
    CHECK_FAILS(crmv_simulation_days(simulation, days, 2), CRMV_INVALID_OPTION, "without dates");
    CHECK_FAILS(crmv_simulation_holdout_spend(simulation, out, 2), CRMV_INVALID_OPTION, "spend model");
    CHECK_FAILS(crmv_simulation_holdout_frequency(simulation, out, 1), CRMV_BUFFER_TOO_SMALL, "out");
    crmv_simulation_free(simulation);
    crmv_simulation_free(NULL);
    crmv_purchase_model_free(model);
}

int main(void) {
    a_log_is_drawn_and_read();
    covariates_give_each_customer_a_model();
    opportunities_follow_the_model();
    contracts_follow_the_model();
    bad_input();
    return check_finish();
}
