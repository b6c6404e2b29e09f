/* Prints every double of the way through the CDNOW log as its 64 bits, for tests/bits.rs to compare with the core's. */
#include <inttypes.h>

#include "../check.h"

static void print(const char *name, const double *values, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        printf("%s %016" PRIx64 "\n", name, bits);
    }
}

/* A failure ends the program: there is nothing to compare. */
static void must(crmv_status status) {
    if (status != CRMV_OK) {
        fprintf(stderr, "%s\n", crmv_last_error());
        exit(1);
    }
}

static void print_fit(const char *name, const crmv_fit_report *report, size_t k) {
    double values[16], more[16];
    uint8_t has[16];
    crmv_fit_info info;
    must(crmv_fit_report_info(report, &info, sizeof info));
    print(name, &info.log_likelihood, 1);
    print(name, &info.aic, 1);
    print(name, &info.bic, 1);
    must(crmv_fit_report_standard_errors(report, values, has, 16));
    print(name, values, k);
    must(crmv_fit_report_covariance(report, values, 16, has));
    print(name, values, k * k);
    must(crmv_fit_report_confidence_intervals(report, 0.9, values, more, has, 16));
    print(name, values, k);
    print(name, more, k);
}

/* 500 customers of each kind, seed 42. */
static void print_simulations(const crmv_purchase_model *bg, const crmv_spend_model *gg) {
    enum { N = 500 };
    crmv_simulation_options options;
    crmv_simulation *simulation;
    size_t rows;
    must(crmv_simulation_options_init(&options, sizeof options));
    options.seed = 42;
    options.holdout = 26.0;
    options.spend = gg;
    must(crmv_simulate_acquired(bg, N, check_day(2025, 1, 1), check_day(2025, 3, 31), check_day(2025, 9, 30), &options, &simulation));
    must(crmv_simulation_purchase_count(simulation, &rows));
    uint64_t *ids = (uint64_t *)check_alloc(rows, sizeof *ids);
    int32_t *days = (int32_t *)check_alloc(rows, sizeof *days);
    double *times = (double *)check_alloc(rows, sizeof *times), *amounts = (double *)check_alloc(rows, sizeof *amounts);
    must(crmv_simulation_purchases(simulation, ids, times, amounts, rows));
    must(crmv_simulation_days(simulation, days, rows));
    print("simulated times", times, rows);
    print("simulated amounts", amounts, rows);
    for (size_t i = 0; i < rows; i++) times[i] = days[i];
    print("simulated days", times, rows);

    crmv_bg_bb *donors;
    crmv_opportunity_simulation *opportunities;
    uint32_t n[N], at[N * 16], lifetimes[N];
    uint8_t has[N];
    double values[N * 16];
    for (size_t i = 0; i < N; i++) n[i] = (uint32_t)(1 + i % 12);
    must(crmv_bg_bb_new(1.204, 0.750, 0.657, 2.783, &donors));
    must(crmv_simulate_opportunities(donors, n, N, 3, 42, &opportunities));
    uint64_t *customers = (uint64_t *)check_alloc(N * 16, sizeof *customers);
    must(crmv_opportunity_simulation_purchase_count(opportunities, &rows));
    must(crmv_opportunity_simulation_purchases(opportunities, customers, at, N * 16));
    for (size_t i = 0; i < rows; i++) values[i] = at[i];
    print("simulated opportunities", values, rows);

    crmv_retention_model *model;
    crmv_contract_simulation *contracts;
    must(crmv_bdw_new(0.26, 1.7, 1.6, &model));
    must(crmv_simulate_contracts(model, n, N, NULL, 42, &contracts));
    must(crmv_contract_simulation_lifetimes(contracts, lifetimes, has, N));
    for (size_t i = 0; i < N; i++) values[i] = lifetimes[i];
    print("simulated lifetimes", values, N);
    crmv_contract_simulation_free(contracts);
    crmv_retention_model_free(model);
    crmv_opportunity_simulation_free(opportunities);
    crmv_bg_bb_free(donors);
    crmv_simulation_free(simulation);
    free(ids), free(days), free(times), free(amounts), free(customers);
}

int main(int argc, char **argv) {
    check_log rows = check_read_log(argc, argv);
    int32_t end = check_day(1997, 9, 30), holdout_end = check_day(1998, 6, 30);
    crmv_transactions *log;
    crmv_holdout *holdout;
    const crmv_customers *customers;
    const crmv_fit_report *report;
    crmv_purchase_model *bg, *nbd;
    crmv_spend_model *gg;
    size_t n;
    double parameters[4], scalar;
    must(crmv_transactions_from_columns(rows.ids, rows.days, rows.amounts, rows.n, &log));
    must(crmv_transactions_holdout(log, CRMV_UNIT_WEEK, end, holdout_end, &holdout));
    must(crmv_holdout_customers(holdout, &customers));
    must(crmv_customers_count(customers, &n));
    double *out = (double *)check_alloc(n, sizeof *out);
    uint8_t *bytes = (uint8_t *)check_alloc(n, 1);
    must(crmv_customers_frequency(customers, out, n));
    print("frequency", out, n);
    must(crmv_customers_recency(customers, out, n));
    print("recency", out, n);
    must(crmv_customers_T(customers, out, n));
    print("T", out, n);
    must(crmv_customers_monetary_value(customers, out, bytes, n));
    print("monetary_value", out, n);
    must(crmv_customers_total_spend(customers, out, n));
    print("total_spend", out, n);
    must(crmv_holdout_frequency(holdout, out, n));
    print("holdout_frequency", out, n);
    must(crmv_holdout_spend(holdout, out, n));
    print("holdout_spend", out, n);

    must(crmv_bg_nbd_fit(customers, NULL, &bg));
    must(crmv_purchase_model_parameters(bg, parameters, 4));
    print("bg_nbd", parameters, 4);
    must(crmv_purchase_model_report(bg, &report));
    print_fit("bg_nbd_report", report, 4);
    must(crmv_nbd_fit(customers, NULL, &nbd));
    must(crmv_purchase_model_parameters(nbd, parameters, 4));
    print("nbd", parameters, 2);
    typedef crmv_status (*fit_function)(const crmv_customers *, const crmv_fit_options *, crmv_purchase_model **);
    static const fit_function siblings[3] = {crmv_mbg_nbd_fit, crmv_pareto_nbd_fit, crmv_ggompertz_nbd_fit};
    for (size_t i = 0; i < 3; i++) {
        crmv_purchase_model *model;
        size_t k;
        double values[8];
        must(siblings[i](customers, NULL, &model));
        must(crmv_purchase_model_parameter_count(model, &k));
        must(crmv_purchase_model_parameters(model, values, 8));
        print("sibling", values, k);
        must(crmv_purchase_model_expected_purchases(model, customers, 39.0, CRMV_UNIT_WEEK, out, n));
        print("sibling", out, n);
        crmv_purchase_model_free(model);
    }
    must(crmv_gamma_gamma_fit(customers, NULL, &gg));
    must(crmv_spend_model_parameters(gg, parameters, 4));
    print("gamma_gamma", parameters, 3);
    must(crmv_spend_model_report(gg, &report));
    print_fit("gamma_gamma_report", report, 3);

    const crmv_discount ten = {0.10, 1.0, CRMV_UNIT_YEAR, CRMV_COMPOUNDING_PERIODIC}, weekly = {0.002, 1.0, CRMV_UNIT_WEEK, CRMV_COMPOUNDING_CONTINUOUS};
    must(crmv_purchase_model_log_likelihoods(bg, customers, out, n));
    print("log_likelihoods", out, n);
    must(crmv_purchase_model_log_likelihood(bg, customers, &scalar));
    print("log_likelihood", &scalar, 1);
    must(crmv_purchase_model_probability_alive(bg, customers, out, n));
    print("probability_alive", out, n);
    must(crmv_purchase_model_probability_alive_ahead(bg, customers, 3.0, CRMV_UNIT_MONTH, out, n));
    print("probability_alive_ahead", out, n);
    must(crmv_purchase_model_expected_purchases(bg, customers, 39.0, CRMV_UNIT_WEEK, out, n));
    print("expected_purchases", out, n);
    must(crmv_purchase_model_expected_purchases_between(bg, customers, 1.0, 2.0, CRMV_UNIT_QUARTER, out, n));
    print("expected_purchases_between", out, n);
    must(crmv_purchase_model_probability_active(bg, customers, 0.0, 1.0, CRMV_UNIT_QUARTER, out, n));
    print("probability_active", out, n);
    must(crmv_purchase_model_probability_active(bg, customers, 1.0, 2.0, CRMV_UNIT_QUARTER, out, n));
    print("probability_active", out, n);
    must(crmv_purchase_model_conditional_purchase_probability(bg, customers, 2, 39.0, CRMV_UNIT_WEEK, out, n));
    print("conditional_purchase_probability", out, n);
    must(crmv_purchase_model_expected_purchases_new_customer(bg, 39.0, CRMV_UNIT_WEEK, &scalar));
    print("expected_purchases_new_customer", &scalar, 1);
    must(crmv_purchase_model_purchase_probability(bg, 4, 39.0, CRMV_UNIT_WEEK, &scalar));
    print("purchase_probability", &scalar, 1);
    must(crmv_purchase_model_dert(bg, customers, &ten, out, n));
    print("dert", out, n);
    must(crmv_purchase_model_dect(bg, customers, &weekly, 52.0, CRMV_UNIT_WEEK, out, n));
    print("dect", out, n);
    must(crmv_spend_model_expected_spend(gg, customers, out, n));
    print("expected_spend", out, n);

    /* NULL and the _init function both mean the defaults of the core. */
    crmv_clv_options options;
    must(crmv_clv_predictive(bg, gg, customers, NULL, out, n));
    print("clv_default", out, n);
    must(crmv_clv_options_init(&options, sizeof options));
    must(crmv_clv_predictive(bg, gg, customers, &options, out, n));
    print("clv_default", out, n);
    options.margin = 0.3;
    options.horizon = 18.0;
    options.horizon_unit = CRMV_UNIT_MONTH;
    options.timing = CRMV_TIMING_CONTINUOUS;
    must(crmv_clv_predictive(bg, gg, customers, &options, out, n));
    print("clv_continuous", out, n);
    options.endless = 1;
    must(crmv_clv_predictive(bg, gg, customers, &options, out, n));
    print("clv_endless", out, n);

    crmv_concentration *concentration;
    must(crmv_concentration_new(out, n, CRMV_NEGATIVES_REJECT, &concentration));
    must(crmv_concentration_gini(concentration, &scalar));
    print("gini", &scalar, 1);
    must(crmv_concentration_top_share(concentration, 0.1, &scalar));
    print("top_share", &scalar, 1);

    crmv_rfm_summary *rfm;
    crmv_rfm_scores *scores;
    crmv_rfm_options rfm_options;
    must(crmv_transactions_rfm(log, CRMV_UNIT_DAY, &end, &rfm));
    must(crmv_rfm_fit(rfm, NULL, &scores));
    must(crmv_rfm_scores_weighted(scores, 100.0, 10.0, 1.0, out, n));
    print("rfm_default", out, n);
    crmv_rfm_scores_free(scores);
    must(crmv_rfm_options_init(&rfm_options, sizeof rfm_options));
    must(crmv_rfm_fit(rfm, &rfm_options, &scores));
    must(crmv_rfm_scores_weighted(scores, 100.0, 10.0, 1.0, out, n));
    print("rfm_default", out, n);

    print_simulations(bg, gg);
    crmv_rfm_scores_free(scores);
    crmv_rfm_summary_free(rfm);
    crmv_concentration_free(concentration);
    crmv_spend_model_free(gg);
    crmv_purchase_model_free(nbd);
    crmv_purchase_model_free(bg);
    crmv_holdout_free(holdout);
    crmv_transactions_free(log);
    free(out), free(bytes);
    check_log_free(&rows);
    return counts.failed == 0 ? 0 : 1;
}
