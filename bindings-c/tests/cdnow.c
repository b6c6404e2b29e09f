/* The whole way on the CDNOW log, against published and high-precision numbers. */
#include "check.h"

static double sum(const double *values, size_t n) {
    double total = 0;
    for (size_t i = 0; i < n; i++) total += values[i];
    return total;
}

static void check_fit(const crmv_fit_report *report, const double *parameters, const double *expected, const double *errors, size_t k,
                      double log_likelihood, uint64_t customers) {
    crmv_fit_info info;
    double se[4], lower[4], upper[4], covariance[16];
    uint8_t has[4], has_covariance;
    CHECK_OK(crmv_fit_report_info(report, &info, sizeof info));
    CHECK(fabs(info.log_likelihood - log_likelihood) < 1e-4);
    CHECK_CLOSE(info.aic, 2.0 * (double)k - 2.0 * info.log_likelihood, 1e-15);
    CHECK_CLOSE(info.bic, (double)k * log((double)customers) - 2.0 * info.log_likelihood, 1e-15);
    CHECK(info.converged == 1 && info.termination == CRMV_TERMINATION_CONVERGED && info.has_standard_errors == 1);
    CHECK(info.customers == customers && info.parameters == k && info.warnings == 0);
    CHECK(info.iterations > 0 && info.evaluations >= info.iterations && info.patterns > 0 && info.patterns <= info.customers);
    CHECK(info.gradient_norm < 1e-6);
    CHECK_OK(crmv_fit_report_standard_errors(report, se, has, 4));
    CHECK_OK(crmv_fit_report_covariance(report, covariance, 16, &has_covariance));
    CHECK_OK(crmv_fit_report_confidence_intervals(report, 0.95, lower, upper, has, 4));
    CHECK(has_covariance == 1);
    for (size_t i = 0; i < k; i++) {
        CHECK_CLOSE(parameters[i], expected[i], 1e-5);
        CHECK_CLOSE(se[i], errors[i], 1e-4);
        CHECK_CLOSE(covariance[i * k + i], se[i] * se[i], 1e-12);
        CHECK(has[i] == 1 && 0 < lower[i] && lower[i] < parameters[i] && parameters[i] < upper[i]);
        CHECK_CLOSE(lower[i] * upper[i], parameters[i] * parameters[i], 1e-12);
    }
    char *text = NULL;
    CHECK_OK(crmv_fit_report_text(report, &text));
    CHECK(text != NULL && strstr(text, "log-likelihood") != NULL);
    crmv_string_free(text);
}

/* The other models on the same data, against published estimates (CLVTools, lifetimes; three or four digits). */
static void check_siblings(const crmv_customers *customers, double bg_nbd_log_likelihood) {
    typedef crmv_status (*fit_function)(const crmv_customers *, const crmv_fit_options *, crmv_purchase_model **);
    static const struct {
        fit_function fit;
        const char *name;
        size_t k;
        double published[5]; /* 0 where nothing is published */
    } models[4] = {
        {crmv_mbg_nbd_fit, "MBG/NBD", 4, {0.525, 6.183, 0.891, 1.614, 0}},
        {crmv_pareto_nbd_fit, "Pareto/NBD", 4, {0.553, 10.578, 0.606, 11.669, 0}},
        {crmv_ggompertz_nbd_fit, "GGompertz/NBD", 5, {0, 0, 0, 0, 0}},
        {crmv_nbd_fit, "NBD", 2, {0, 0, 0, 0, 0}},
    };
    for (size_t i = 0; i < 4; i++) {
        crmv_purchase_model *model = NULL, *again = NULL;
        const char *name = NULL;
        char *json = NULL;
        double parameters[5], repeated[5], log_likelihood = 0;
        size_t k = models[i].k;
        CHECK_OK(models[i].fit(customers, NULL, &model));
        CHECK_OK(crmv_purchase_model_name(model, &name));
        CHECK(strcmp(name, models[i].name) == 0);
        CHECK_OK(crmv_purchase_model_parameters(model, parameters, 5));
        for (size_t j = 0; j < k; j++) CHECK(models[i].published[j] == 0 || fabs(parameters[j] / models[i].published[j] - 1) < 2e-3);
        CHECK_OK(crmv_purchase_model_log_likelihood(model, customers, &log_likelihood));
        /* Here GGompertz/NBD runs to the ridge on which it is Pareto/NBD. */
        if (i == 1 || i == 2) CHECK(fabs(log_likelihood + 9594.976) < 1e-3);
        /* Whoever never leaves fits worse than whoever may. */
        if (i == 3) CHECK(log_likelihood < bg_nbd_log_likelihood - 100);
        CHECK_OK(crmv_purchase_model_to_json(model, &json));
        CHECK_OK(crmv_purchase_model_from_json(json, &again));
        CHECK_OK(crmv_purchase_model_parameters(again, repeated, 5));
        CHECK(memcmp(parameters, repeated, k * sizeof *parameters) == 0);
        crmv_string_free(json);
        crmv_purchase_model_free(again);
        crmv_purchase_model_free(model);
    }

    /* Two steps are too few, and the report says so. */
    crmv_fit_options options;
    crmv_purchase_model *model = NULL;
    const crmv_fit_report *report = NULL;
    crmv_fit_info info;
    CHECK_OK(crmv_fit_options_init(&options, sizeof options));
    options.max_iterations = 2;
    CHECK_OK(crmv_pareto_nbd_fit(customers, &options, &model));
    CHECK_OK(crmv_purchase_model_report(model, &report));
    CHECK_OK(crmv_fit_report_info(report, &info, sizeof info));
    CHECK(info.termination == CRMV_TERMINATION_MAX_ITERATIONS && info.converged == 0 && info.warnings > 0);
    crmv_purchase_model_free(model);
}

int main(int argc, char **argv) {
    check_log rows = check_read_log(argc, argv);
    CHECK(rows.n == 6919);
    int32_t end = check_day(1997, 9, 30), holdout_end = check_day(1998, 6, 30);

    crmv_transactions *table = NULL;
    CHECK_OK(crmv_transactions_from_columns(rows.ids, rows.days, rows.amounts, rows.n, &table));
    crmv_data_quality quality;
    CHECK_OK(crmv_transactions_quality(table, &quality, sizeof quality));
    CHECK(quality.rows_read == 6919 && quality.rows_used == 6919 && quality.rows_dropped == 0);
    CHECK(quality.customers == 2357 && quality.refund_rows == 0 && quality.after_end_rows == 0);
    CHECK(quality.first_date == check_day(1997, 1, 1) && quality.last_date == holdout_end);
    CHECK_CLOSE(quality.amount_used, sum(rows.amounts, rows.n), 1e-12);
    size_t customers_in_log = 0, occasions = 0;
    CHECK_OK(crmv_transactions_customers(table, &customers_in_log));
    CHECK_OK(crmv_transactions_occasions(table, &occasions));
    CHECK(customers_in_log == 2357 && occasions == quality.occasions);
    CHECK(quality.rows_used - quality.same_day_merges == quality.occasions);
    char *text = NULL;
    CHECK_OK(crmv_transactions_quality_text(table, &text));
    CHECK(text != NULL && strstr(text, "6919") != NULL);
    crmv_string_free(text);

    /* Calibration and holdout. */
    crmv_holdout *holdout = NULL;
    const crmv_customers *calibration = NULL;
    CHECK_OK(crmv_transactions_holdout(table, CRMV_UNIT_WEEK, end, holdout_end, &holdout));
    CHECK_OK(crmv_holdout_customers(holdout, &calibration));
    double holdout_weeks = 0;
    CHECK_OK(crmv_holdout_length(holdout, &holdout_weeks));
    CHECK_CLOSE(holdout_weeks, 39.0, 1e-15);
    size_t n = 0;
    CHECK_OK(crmv_customers_count(calibration, &n));
    CHECK(n == 2357);
    crmv_unit unit = -7;
    CHECK_OK(crmv_customers_unit(calibration, &unit));
    CHECK(unit == CRMV_UNIT_WEEK);
    int32_t observed = 0;
    CHECK_OK(crmv_customers_observed_until(calibration, &observed));
    CHECK(observed == end);
    CHECK_OK(crmv_customers_quality(calibration, &quality, sizeof quality));
    CHECK(quality.after_end_rows > 0 && quality.customers_after_end == 0);

    double *x = (double *)check_alloc(n, sizeof *x), *t_x = (double *)check_alloc(n, sizeof *t_x), *T = (double *)check_alloc(n, sizeof *T);
    double *z = (double *)check_alloc(n, sizeof *z), *total = (double *)check_alloc(n, sizeof *total);
    double *a = (double *)check_alloc(n, sizeof *a), *b = (double *)check_alloc(n, sizeof *b), *c = (double *)check_alloc(n, sizeof *c);
    uint8_t *has = (uint8_t *)check_alloc(n, sizeof *has);
    uint64_t *ids = (uint64_t *)check_alloc(n, sizeof *ids);
    CHECK_OK(crmv_holdout_frequency(holdout, a, n));
    CHECK(sum(a, n) == 1882.0);
    CHECK_OK(crmv_holdout_spend(holdout, b, n));
    CHECK(sum(b, n) > 0);
    crmv_customers *customers = NULL;
    CHECK_OK(crmv_transactions_summarize(table, CRMV_UNIT_WEEK, &end, &customers));
    crmv_transactions_free(table);
    CHECK_OK(crmv_customers_frequency(customers, x, n));
    CHECK_OK(crmv_customers_recency(customers, t_x, n));
    CHECK_OK(crmv_customers_T(customers, T, n));
    CHECK_OK(crmv_customers_monetary_value(customers, z, has, n));
    CHECK_OK(crmv_customers_total_spend(customers, total, n));
    CHECK_OK(crmv_customers_ids_u64(customers, ids, n));
    CHECK(sum(x, n) == 2457.0);
    int consistent = 1;
    size_t repeat = 0;
    for (size_t i = 0; i < n; i++) {
        consistent &= (x[i] > 0) == (t_x[i] > 0) && t_x[i] <= T[i] && (x[i] > 0) == (has[i] == 1) && (has[i] == 1 || z[i] == 0);
        consistent &= i == 0 || ids[i - 1] < ids[i];
        repeat += x[i] > 0;
    }
    CHECK(consistent);
    CHECK(repeat == 946);
    const char *id = NULL;
    char number[32];
    CHECK_OK(crmv_customers_id_text(customers, 7, &id));
    snprintf(number, sizeof number, "%llu", (unsigned long long)ids[7]);
    CHECK(id != NULL && strcmp(id, number) == 0);

    /* Fits; expected values from core/tests/reference/mle.json, "cdnow_days_over_7". */
    const double bg_expected[4] = {0.24259452243, 4.41360201901, 0.792922017226, 2.42590677683};
    const double bg_errors[4] = {0.0125573781, 0.37822406, 0.185733821, 0.70541426};
    const double gg_expected[3] = {6.24957227132, 3.74422466713, 15.4435209626};
    const double gg_errors[3] = {1.19005534, 0.290133065, 4.15942275};
    crmv_purchase_model *bg = NULL, *known = NULL;
    crmv_spend_model *gg = NULL;
    const crmv_fit_report *report = NULL;
    double parameters[4];
    size_t k = 0;
    CHECK_OK(crmv_bg_nbd_fit(customers, NULL, &bg));
    CHECK_OK(crmv_purchase_model_parameter_count(bg, &k));
    CHECK(k == 4);
    CHECK_OK(crmv_purchase_model_parameters(bg, parameters, 4));
    CHECK_OK(crmv_purchase_model_report(bg, &report));
    check_fit(report, parameters, bg_expected, bg_errors, 4, -9582.4292, 2357);
    const char *name = NULL;
    CHECK_OK(crmv_purchase_model_name(bg, &name));
    CHECK(strcmp(name, "BG/NBD") == 0);
    CHECK_OK(crmv_purchase_model_parameter_name(bg, 1, &name));
    CHECK(strcmp(name, "alpha") == 0);
    double total_ll = 0;
    CHECK_OK(crmv_purchase_model_log_likelihood(bg, customers, &total_ll));
    CHECK_CLOSE(total_ll, -9582.429206674, 1e-10);
    CHECK_OK(crmv_purchase_model_log_likelihoods(bg, customers, a, n));
    CHECK_CLOSE(sum(a, n), total_ll, 1e-12);

    CHECK_OK(crmv_gamma_gamma_fit(customers, NULL, &gg));
    CHECK_OK(crmv_spend_model_parameters(gg, parameters, 4));
    CHECK_OK(crmv_spend_model_report(gg, &report));
    check_fit(report, parameters, gg_expected, gg_errors, 3, -4055.9177, 946);

    check_siblings(customers, total_ll);

    /* The fit does not depend on threads or the start, and weights of 1 are no weights. */
    crmv_fit_options options;
    crmv_purchase_model *again = NULL;
    CHECK_OK(crmv_fit_options_init(&options, sizeof options));
    for (size_t i = 0; i < n; i++) c[i] = 1.0;
    options.threads = 1;
    options.weights = c;
    options.n_weights = n;
    double repeated[4];
    CHECK_OK(crmv_bg_nbd_fit(customers, &options, &again));
    CHECK_OK(crmv_purchase_model_parameters(again, repeated, 4));
    CHECK_OK(crmv_purchase_model_parameters(bg, parameters, 4));
    CHECK(memcmp(parameters, repeated, sizeof repeated) == 0);
    crmv_purchase_model_free(again);
    const double start[4] = {1.0, 5.0, 1.0, 2.0};
    options.start = start;
    options.n_start = 4;
    CHECK_OK(crmv_bg_nbd_fit(customers, &options, &again));
    CHECK_OK(crmv_purchase_model_parameters(again, repeated, 4));
    for (size_t i = 0; i < 4; i++) CHECK_CLOSE(repeated[i], parameters[i], 1e-6);
    crmv_purchase_model_free(again);

    /* What the models say. Published: Fader, Hardie & Lee (2005), customer with x = 2, t_x = 30.43, T = 38.86. */
    crmv_customer_columns columns;
    crmv_customers *one = NULL;
    const double x_1 = 2, t_x_1 = 30.43, T_1 = 38.86, z_1 = 22.35;
    CHECK_OK(crmv_customer_columns_init(&columns, sizeof columns));
    columns.n = 1;
    columns.frequency = &x_1;
    columns.recency = &t_x_1;
    columns.T = &T_1;
    columns.monetary_value = &z_1;
    columns.unit = CRMV_UNIT_WEEK;
    CHECK_OK(crmv_customers_from_columns(&columns, &one));
    CHECK_OK(crmv_bg_nbd_new(0.243, 4.414, 0.793, 2.426, CRMV_UNIT_WEEK, &known));
    CHECK_OK(crmv_purchase_model_report(known, &report));
    CHECK(report == NULL);
    double value = 0;
    CHECK_OK(crmv_purchase_model_expected_purchases(known, one, 39.0, CRMV_UNIT_WEEK, &value, 1));
    CHECK(fabs(value - 1.226) < 5e-4);
    const double weeks[5] = {1.0 / 7.0, 1.0, 3.0, 31.8571, 32.0};
    const double published[5] = {0.0078, 0.0532, 0.1506, 1.0405, 1.0437};
    for (size_t i = 0; i < 5; i++) {
        CHECK_OK(crmv_purchase_model_expected_purchases_new_customer(bg, weeks[i], CRMV_UNIT_WEEK, &value));
        CHECK(fabs(value - published[i]) < 2e-4);
    }

    /* Relations between the quantities. */
    const crmv_discount ten = {0.10, 1.0, CRMV_UNIT_YEAR, CRMV_COMPOUNDING_PERIODIC}, none = {0.0, 1.0, CRMV_UNIT_YEAR, CRMV_COMPOUNDING_PERIODIC};
    const crmv_discount same = {log(1.10), 1.0, CRMV_UNIT_YEAR, CRMV_COMPOUNDING_CONTINUOUS};
    CHECK_OK(crmv_purchase_model_expected_purchases(bg, customers, 39.0, CRMV_UNIT_WEEK, a, n));
    double forecast = sum(a, n);
    CHECK(fabs(forecast - 1653.4) < 0.05); /* BTYD walkthrough, p. 24 */
    CHECK_OK(crmv_purchase_model_expected_purchases_between(bg, customers, 0.0, 39.0, CRMV_UNIT_WEEK, b, n));
    CHECK(memcmp(a, b, n * sizeof *a) == 0);
    CHECK_OK(crmv_purchase_model_expected_purchases(bg, customers, 273.0, CRMV_UNIT_DAY, b, n));
    CHECK_CLOSE(sum(b, n), forecast, 1e-12);
    CHECK_OK(crmv_purchase_model_expected_purchases(bg, customers, 13.0, CRMV_UNIT_WEEK, b, n));
    CHECK_OK(crmv_purchase_model_expected_purchases_between(bg, customers, 13.0, 39.0, CRMV_UNIT_WEEK, c, n));
    CHECK_CLOSE(sum(b, n) + sum(c, n), forecast, 1e-12);
    CHECK_OK(crmv_purchase_model_dect(bg, customers, &none, 39.0, CRMV_UNIT_WEEK, b, n));
    CHECK_CLOSE(sum(b, n), forecast, 1e-10);
    CHECK_OK(crmv_purchase_model_dert(bg, customers, &ten, b, n));
    CHECK_OK(crmv_purchase_model_dert(bg, customers, &same, c, n));
    CHECK_CLOSE(sum(b, n), sum(c, n), 1e-12);
    CHECK_OK(crmv_purchase_model_dect(bg, customers, &ten, 100.0, CRMV_UNIT_YEAR, c, n));
    CHECK_CLOSE(sum(b, n), sum(c, n), 1e-3);
    CHECK_OK(crmv_purchase_model_probability_alive(bg, customers, a, n));
    CHECK_OK(crmv_purchase_model_probability_alive_ahead(bg, customers, 1.0, CRMV_UNIT_YEAR, b, n));
    int ordered = 1;
    for (size_t i = 0; i < n; i++) ordered &= 0 <= b[i] && b[i] <= a[i] && a[i] <= 1 && (x[i] > 0 || a[i] == 1);
    CHECK(ordered);
    CHECK_OK(crmv_purchase_model_probability_active(bg, customers, 0.0, 39.0, CRMV_UNIT_WEEK, b, n));
    CHECK_OK(crmv_purchase_model_conditional_purchase_probability(bg, customers, 0, 39.0, CRMV_UNIT_WEEK, c, n));
    for (size_t i = 0; i < n; i++) ordered &= 0 < b[i] && b[i] < a[i] && fabs(b[i] + c[i] - 1) < 1e-12;
    CHECK(ordered);
    double mass = 0, mean = 0, probability = 0, log_probability = 0;
    for (uint32_t i = 0; i < 400; i++) {
        CHECK_OK(crmv_purchase_model_purchase_probability(bg, i, 39.0, CRMV_UNIT_WEEK, &probability));
        mass += probability;
        mean += i * probability;
    }
    CHECK_CLOSE(mass, 1.0, 1e-9);
    CHECK_OK(crmv_purchase_model_expected_purchases_new_customer(bg, 39.0, CRMV_UNIT_WEEK, &value));
    CHECK_CLOSE(mean, value, 1e-6);
    CHECK_OK(crmv_purchase_model_log_purchase_probability(bg, 3, 39.0, CRMV_UNIT_WEEK, &log_probability));
    CHECK_OK(crmv_purchase_model_purchase_probability(bg, 3, 39.0, CRMV_UNIT_WEEK, &probability));
    CHECK_CLOSE(exp(log_probability), probability, 1e-12);

    /* Spend and value. */
    double population = 0;
    CHECK_OK(crmv_spend_model_population_mean_spend(gg, &population));
    CHECK_CLOSE(population, 6.24957227132 * 15.4435209626 / 2.74422466713, 1e-5);
    CHECK_OK(crmv_spend_model_expected_spend(gg, customers, a, n));
    int means = 1;
    for (size_t i = 0; i < n; i++) means &= x[i] > 0 ? a[i] > 0 : a[i] == population;
    CHECK(means);
    CHECK_OK(crmv_spend_model_expected_spend_given(gg, 2, 22.35, &value));
    CHECK(fabs(value - 24.66) < 0.05);
    crmv_clv_options clv;
    CHECK_OK(crmv_clv_options_init(&clv, sizeof clv));
    CHECK(clv.margin == 1.0 && clv.horizon == 3.0 && clv.horizon_unit == CRMV_UNIT_YEAR && clv.discount.rate == 0.10);
    CHECK_OK(crmv_clv_predictive(bg, gg, customers, NULL, b, n));
    clv.margin = 0.30;
    CHECK_OK(crmv_clv_predictive(bg, gg, customers, &clv, c, n));
    CHECK_CLOSE(sum(c, n), 0.30 * sum(b, n), 1e-12);
    double by_month = sum(c, n);
    CHECK_OK(crmv_clv_discounted_purchases(bg, gg, customers, &clv, b, n));
    int product = 1;
    for (size_t i = 0; i < n; i++) product &= fabs(b[i] * 0.30 * a[i] - c[i]) <= 1e-12 * c[i];
    CHECK(product);
    clv.timing = CRMV_TIMING_CONTINUOUS;
    CHECK_OK(crmv_clv_predictive(bg, gg, customers, &clv, c, n));
    CHECK(sum(c, n) > by_month && sum(c, n) < 1.01 * by_month);
    clv.endless = 1;
    CHECK_OK(crmv_clv_predictive(bg, gg, customers, &clv, b, n));
    CHECK(sum(b, n) > sum(c, n));
    CHECK_OK(crmv_clv_historical(customers, 1.0, a, n));
    CHECK(memcmp(a, total, n * sizeof *a) == 0);

    /* Models come back from JSON to the last bit. */
    char *json = NULL;
    CHECK_OK(crmv_purchase_model_to_json(bg, &json));
    CHECK_OK(crmv_purchase_model_from_json(json, &again));
    CHECK_OK(crmv_purchase_model_parameters(again, repeated, 4));
    CHECK_OK(crmv_purchase_model_parameters(bg, parameters, 4));
    CHECK(memcmp(parameters, repeated, sizeof repeated) == 0);
    CHECK_OK(crmv_purchase_model_report(again, &report));
    check_fit(report, repeated, bg_expected, bg_errors, 4, -9582.4292, 2357);
    crmv_purchase_model_free(again);
    crmv_string_free(json);
    crmv_spend_model *gg_again = NULL;
    CHECK_OK(crmv_spend_model_to_json(gg, &json));
    CHECK_OK(crmv_spend_model_from_json(json, &gg_again));
    CHECK_OK(crmv_spend_model_parameters(gg_again, repeated, 4));
    CHECK_OK(crmv_spend_model_parameters(gg, parameters, 4));
    CHECK(memcmp(parameters, repeated, 3 * sizeof *repeated) == 0);
    crmv_string_free(json);
    CHECK_OK(crmv_purchase_model_to_json(known, &json));
    CHECK_OK(crmv_purchase_model_from_json(json, &again));
    CHECK_OK(crmv_purchase_model_parameters(again, repeated, 4));
    CHECK(repeated[0] == 0.243 && repeated[1] == 4.414 && repeated[2] == 0.793 && repeated[3] == 2.426);
    crmv_string_free(json);

    crmv_purchase_model_free(again);
    crmv_purchase_model_free(known);
    crmv_purchase_model_free(bg);
    crmv_spend_model_free(gg_again);
    crmv_spend_model_free(gg);
    crmv_customers_free(one);
    crmv_customers_free(customers);
    crmv_holdout_free(holdout);
    free(x), free(t_x), free(T), free(z), free(total), free(a), free(b), free(c), free(has), free(ids);
    check_log_free(&rows);
    return check_finish();
}
