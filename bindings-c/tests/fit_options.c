/* Parameters that are held or have a prior, posterior means, the alive path, models side by side, and quantiles of spend. */
#include "check.h"

#include <crm_value.h>
#include <math.h>

#define N 8
static const double X[N] = {0, 2, 1, 5, 0, 3, 0, 1}, RECENCY[N] = {0, 30, 9, 31, 0, 12, 0, 20}, AGE[N] = {39, 39, 38, 37, 36, 39, 39, 30};
static const double SPEND[N] = {0, 22, 31, 18, 0, 40, 0, 25};

static crmv_customers *customers(void) {
    crmv_customer_columns columns;
    crmv_customers *out = NULL;
    CHECK_OK(crmv_customer_columns_init(&columns, sizeof columns));
    columns.n = N;
    columns.frequency = X;
    columns.recency = RECENCY;
    columns.T = AGE;
    columns.monetary_value = SPEND;
    columns.unit = CRMV_UNIT_WEEK;
    CHECK_OK(crmv_customers_from_columns(&columns, &out));
    return out;
}

static void constraints(const crmv_customers *base) {
    crmv_fit_options options;
    crmv_purchase_model *model = NULL;
    const crmv_fit_report *report = NULL;
    double p[4];
    crmv_constraint given[2] = {{"r", 0.5, 0, CRMV_UNIT_NONE}, {"alpha", 1.0, 0.5, CRMV_UNIT_MONTH}};
    CHECK_OK(crmv_fit_options_init(&options, sizeof options));
    options.constraints = given;
    options.n_constraints = 2;
    options.penalty = 1.0;
    CHECK_OK(crmv_mbg_nbd_fit(base, &options, &model));
    CHECK_OK(crmv_purchase_model_parameters(model, p, 4));
    CHECK(p[0] >= 0.5 && p[0] <= 0.5);
    /* A month is 4.348 weeks; the prior holds alpha within a few standard deviations of it. */
    CHECK(fabs(log(p[1] / (365.25 / 12 / 7))) < 1.5);
    double errors[4];
    uint8_t known[4];
    CHECK_OK(crmv_purchase_model_report(model, &report));
    CHECK_OK(crmv_fit_report_standard_errors(report, errors, known, 4));
    CHECK(!known[0] && known[1]);
    crmv_purchase_model_free(model);

    given[0].parameter = "s";
    CHECK_FAILS(crmv_mbg_nbd_fit(base, &options, &model), CRMV_INVALID_OPTION, "`s`");
    given[0].parameter = NULL;
    CHECK_FAILS(crmv_mbg_nbd_fit(base, &options, &model), CRMV_NULL_POINTER, "parameter");
    given[0].parameter = "r";
    given[1].unit = CRMV_UNIT_NONE;
    CHECK_FAILS(crmv_mbg_nbd_fit(base, &options, &model), CRMV_INVALID_OPTION, "give the median as a span");
    options.n_constraints = 0;
    options.penalty = NAN;
    CHECK_FAILS(crmv_mbg_nbd_fit(base, &options, &model), CRMV_INVALID_OPTION, "at least 0");
}

static void posterior(void) {
    crmv_purchase_model *model = NULL;
    CHECK_OK(crmv_bg_nbd_new(0.243, 4.414, 0.793, 2.426, CRMV_UNIT_WEEK, &model));
    const double purchases[2] = {10, 30.43}, at[3] = {5, 20, 38.86}, falling[2] = {2, 1};
    double path[3];
    CHECK_OK(crmv_purchase_model_alive_path(model, purchases, 2, at, 3, path, 3));
    /* Before the first repeat purchase alive with certainty; Hardie's customer at the end: 0.7266. */
    CHECK(path[0] >= 1 && path[1] < 1 && fabs(path[2] - 0.7266) < 1e-4);
    CHECK_FAILS(crmv_purchase_model_alive_path(model, falling, 2, at, 3, path, 3), CRMV_UNSORTED, "row 1");
    CHECK_FAILS(crmv_purchase_model_alive_path(model, purchases, 2, at, 3, path, 2), CRMV_BUFFER_TOO_SMALL, "3");
    double window = 0, total = 0;
    for (uint32_t n = 0; n < 200; n++) {
        CHECK_OK(crmv_purchase_model_purchase_probability_between(model, n, 13, 26, CRMV_UNIT_WEEK, &window));
        total += window;
    }
    CHECK(fabs(total - 1) < 1e-9);
    CHECK_FAILS(crmv_purchase_model_purchase_probability_between(model, 1, 26, 13, CRMV_UNIT_WEEK, &window), CRMV_INTERVAL, "26");
    crmv_purchase_model_free(model);
}

static void comparison(const crmv_customers *base) {
    crmv_fit_options options;
    crmv_purchase_model *models[2] = {NULL, NULL};
    const crmv_fit_report *reports[2] = {NULL, NULL};
    crmv_comparison *table = NULL;
    CHECK_OK(crmv_fit_options_init(&options, sizeof options));
    CHECK_OK(crmv_nbd_fit(base, &options, &models[0]));
    CHECK_OK(crmv_mbg_nbd_fit(base, &options, &models[1]));
    for (int i = 0; i < 2; i++) CHECK_OK(crmv_purchase_model_report(models[i], &reports[i]));
    CHECK_OK(crmv_comparison_new(reports, 2, &table));
    size_t count = 0, tests = 0;
    CHECK_OK(crmv_comparison_count(table, &count));
    CHECK_OK(crmv_comparison_test_count(table, &tests));
    CHECK(count == 2 && tests == 1);
    double weights = 0;
    for (size_t i = 0; i < count; i++) {
        const char *name = NULL;
        crmv_compared_model row;
        CHECK_OK(crmv_comparison_model(table, i, &name, &row, sizeof row));
        weights += row.akaike_weight;
        CHECK(fabs(row.aic - (2.0 * (double)row.parameters - 2.0 * row.log_likelihood)) < 1e-9);
    }
    CHECK(fabs(weights - 1) < 1e-12);
    const char *model = NULL, *against = NULL;
    crmv_nested_test test;
    CHECK_OK(crmv_comparison_test(table, 0, &model, &against, &test, sizeof test));
    CHECK(strcmp(model, "MBG/NBD") == 0 && strcmp(against, "NBD") == 0 && test.boundary == 1);
    /* Two degrees of freedom: P = exp(-statistic / 2). */
    CHECK(test.degrees_of_freedom == 2 && fabs(test.p_value - exp(-0.5 * test.statistic)) < 1e-9);
    CHECK_FAILS(crmv_comparison_test(table, 1, &model, &against, &test, sizeof test), CRMV_OUT_OF_RANGE, "1");
    char *text = NULL;
    CHECK_OK(crmv_comparison_text(table, &text));
    CHECK(strstr(text, "MBG/NBD against NBD") != NULL);
    crmv_string_free(text);
    crmv_comparison_free(table);
    crmv_comparison_free(NULL);
    CHECK_FAILS(crmv_comparison_new(reports, 0, &table), CRMV_EMPTY, "comparison");
    reports[1] = NULL;
    CHECK_FAILS(crmv_comparison_new(reports, 2, &table), CRMV_NULL_POINTER, "reports");
    for (int i = 0; i < 2; i++) crmv_purchase_model_free(models[i]);
}

static void spend(const crmv_customers *base) {
    crmv_spend_model *model = NULL;
    double median[N], mean[N];
    CHECK_OK(crmv_gamma_gamma_new(6.25, 3.74, 15.44, &model));
    CHECK_OK(crmv_spend_model_spend_quantile(model, base, 0.5, median, N));
    /* The median of beta-prime(6.25, 16.24) is e^-0.98842968510151 (mpmath), times v + x z. */
    CHECK(fabs(median[1] / ((15.44 + 44) * exp(-0.98842968510151140)) - 1) < 1e-12);
    CHECK_OK(crmv_spend_model_mean_spend_quantile(model, base, 0.99, mean, N));
    CHECK(mean[1] > median[1] && mean[0] > mean[1]);
    CHECK_FAILS(crmv_spend_model_spend_quantile(model, base, 1.0, median, N), CRMV_SHARE, "1");
    crmv_spend_model_free(model);
    crmv_fit_options options;
    CHECK_OK(crmv_fit_options_init(&options, sizeof options));
    options.single_purchases = 1;
    CHECK_FAILS(crmv_gamma_gamma_fit(base, &options, &model), CRMV_MISSING_COLUMN, "log sums");
}

int main(void) {
    crmv_customers *base = customers();
    constraints(base);
    posterior();
    comparison(base);
    spend(base);
    crmv_customers_free(base);
    return check_finish();
}
