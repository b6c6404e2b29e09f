/* Log sums and the models of regular purchases, on the CDNOW log and on intervals worked by hand. */
#include "check.h"

typedef crmv_status (*fit_function)(const crmv_customers *, uint32_t, const crmv_fit_options *, crmv_purchase_model **);

/* Three purchases, 2 and 6 weeks apart, of 5 and 20. */
static void check_sums(void) {
    const uint64_t ids[] = {1, 1, 1, 2};
    const int32_t days[] = {0, 14, 56, 7};
    const double amounts[] = {9, 5, 20, 1};
    crmv_transactions *table = NULL;
    crmv_customers *with = NULL, *without = NULL, *made = NULL;
    double sums[2];
    uint8_t has[2];
    CHECK_OK(crmv_transactions_from_columns(ids, days, amounts, 4, &table));
    CHECK_OK(crmv_transactions_summarize_with_log_sums(table, CRMV_UNIT_WEEK, NULL, &with));
    CHECK_OK(crmv_customers_log_intervals(with, sums, 2));
    CHECK_CLOSE(sums[0], log(12.0), 1e-14);
    CHECK(sums[1] == 0);
    CHECK_FAILS(crmv_customers_log_intervals(with, sums, 1), CRMV_BUFFER_TOO_SMALL, "out");
    CHECK_OK(crmv_customers_log_spend(with, sums, has, 2));
    CHECK_CLOSE(sums[0], log(100.0), 1e-14);
    CHECK(has[0] == 1 && has[1] == 0 && sums[1] == 0);

    CHECK_OK(crmv_transactions_summarize(table, CRMV_UNIT_WEEK, NULL, &without));
    CHECK_FAILS(crmv_customers_log_intervals(without, sums, 2), CRMV_MISSING_COLUMN, "log_intervals");
    CHECK_FAILS(crmv_customers_log_spend(without, sums, has, 2), CRMV_MISSING_COLUMN, "log_spend");
    crmv_purchase_model *model = NULL;
    CHECK_FAILS(crmv_bg_cnbd_k_fit(without, 2, NULL, &model), CRMV_MISSING_COLUMN, "log_intervals");

    /* Two intervals in 8 weeks have a product of 16 at most. */
    const double x = 2, t_x = 8, T = 8, possible = log(16.0), impossible = log(20.0);
    crmv_customer_columns columns;
    CHECK_OK(crmv_customer_columns_init(&columns, sizeof columns));
    columns.n = 1;
    columns.frequency = &x;
    columns.recency = &t_x;
    columns.T = &T;
    columns.unit = CRMV_UNIT_WEEK;
    columns.log_intervals = &impossible;
    CHECK_FAILS(crmv_customers_from_columns(&columns, &made), CRMV_LOG_SUM, "log_intervals");
    columns.log_intervals = &possible;
    CHECK_OK(crmv_customers_from_columns(&columns, &made));
    CHECK_OK(crmv_customers_log_intervals(made, sums, 1));
    CHECK(sums[0] == possible);
    crmv_customers_free(made);
    crmv_customers_free(without);
    crmv_customers_free(with);
    crmv_transactions_free(table);
}

/* Published runs (Platzer) find no regularity in CDNOW: k = 1, which is the model without. */
static void check_choice(const crmv_customers *customers, fit_function fit, const char *name, double log_likelihood) {
    crmv_purchase_model *chosen = NULL, *given = NULL, *again = NULL;
    const crmv_fit_report *report = NULL;
    const char *text = NULL;
    char *json = NULL;
    crmv_fit_info info;
    double parameters[5], repeated[5], likelihoods[12];
    uint32_t k[12];
    size_t n = 0;
    CHECK_OK(fit(customers, 0, NULL, &chosen));
    CHECK_OK(crmv_purchase_model_name(chosen, &text));
    CHECK(strcmp(text, name) == 0);
    CHECK_OK(crmv_purchase_model_parameters(chosen, parameters, 5));
    CHECK(parameters[0] == 1);
    CHECK_OK(crmv_purchase_model_report(chosen, &report));
    CHECK_OK(crmv_fit_report_info(report, &info, sizeof info));
    CHECK(fabs(info.log_likelihood - log_likelihood) < 1e-4);
    CHECK_CLOSE(info.aic, 10.0 - 2.0 * info.log_likelihood, 1e-15);
    CHECK_OK(crmv_fit_report_regularities(report, k, likelihoods, 12, &n));
    CHECK(n == 2 && k[0] == 1 && k[1] == 2 && likelihoods[0] == info.log_likelihood && likelihoods[1] < likelihoods[0]);
    CHECK_FAILS(crmv_fit_report_regularities(report, k, likelihoods, 1, &n), CRMV_BUFFER_TOO_SMALL, "k");

    CHECK_OK(fit(customers, 2, NULL, &given));
    CHECK_OK(crmv_purchase_model_parameters(given, parameters, 5));
    CHECK_OK(crmv_purchase_model_report(given, &report));
    CHECK_OK(crmv_fit_report_info(report, &info, sizeof info));
    CHECK(parameters[0] == 2 && info.log_likelihood == likelihoods[1]);
    CHECK_CLOSE(info.aic, 8.0 - 2.0 * info.log_likelihood, 1e-15);
    CHECK_OK(crmv_purchase_model_to_json(given, &json));
    CHECK_OK(crmv_purchase_model_from_json(json, &again));
    CHECK_OK(crmv_purchase_model_parameters(again, repeated, 5));
    CHECK(memcmp(parameters, repeated, sizeof parameters) == 0);
    CHECK_FAILS(fit(customers, 21, NULL, &again), CRMV_INVALID_PARAMETER, "21");
    crmv_string_free(json);
    crmv_purchase_model_free(again);
    crmv_purchase_model_free(given);
    crmv_purchase_model_free(chosen);
}

int main(int argc, char **argv) {
    check_sums();
    check_log rows = check_read_log(argc, argv);
    const int32_t end = check_day(1997, 9, 30);
    crmv_transactions *table = NULL;
    crmv_customers *customers = NULL;
    crmv_purchase_model *model = NULL;
    CHECK_OK(crmv_transactions_from_columns(rows.ids, rows.days, rows.amounts, rows.n, &table));
    CHECK_OK(crmv_transactions_summarize_with_log_sums(table, CRMV_UNIT_WEEK, &end, &customers));
    check_choice(customers, crmv_bg_cnbd_k_fit, "BG/CNBD-k", -9582.4292);
    check_choice(customers, crmv_mbg_cnbd_k_fit, "MBG/CNBD-k", -9582.1357);
    CHECK_FAILS(crmv_bg_cnbd_k_new(0, 1, 1, 1, 1, CRMV_UNIT_WEEK, &model), CRMV_INVALID_PARAMETER, "k");
    CHECK_FAILS(crmv_mbg_cnbd_k_new(21, 1, 1, 1, 1, CRMV_UNIT_WEEK, &model), CRMV_INVALID_PARAMETER, "21");
    crmv_customers_free(customers);
    crmv_transactions_free(table);
    check_log_free(&rows);
    return check_finish();
}
