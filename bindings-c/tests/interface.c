/* How the interface behaves whatever is computed: NULL, errors, threads, sizes of structs, ownership, ids. */
#include <pthread.h>

#include "check.h"

static crmv_customers *some_customers(void) {
    static const double x[4] = {2, 0, 1, 5}, t_x[4] = {30, 0, 4, 33}, T[4] = {38, 38, 20, 35}, z[4] = {20, 0, 7, 3};
    crmv_customer_columns columns;
    crmv_customers *customers = NULL;
    CHECK_OK(crmv_customer_columns_init(&columns, sizeof columns));
    columns.n = 4;
    columns.frequency = x;
    columns.recency = t_x;
    columns.T = T;
    columns.monetary_value = z;
    columns.total_spend = z;
    columns.unit = CRMV_UNIT_WEEK;
    CHECK_OK(crmv_customers_from_columns(&columns, &customers));
    return customers;
}

static void versions(void) {
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", CRMV_VERSION_MAJOR, CRMV_VERSION_MINOR, CRMV_VERSION_PATCH);
    CHECK(strcmp(text, CRMV_VERSION) == 0);
    CHECK(strcmp(crmv_version(), CRMV_VERSION) == 0);
    CHECK(crmv_abi_version() == CRMV_ABI_VERSION);
}

static void errors(void) {
    char buffer[256];
    size_t needed = 0;
    int32_t day;
    /* Nothing has failed on this thread yet. */
    CHECK(strcmp(crmv_last_error(), "") == 0 && strcmp(crmv_last_error_column(), "") == 0 && crmv_last_error_row(NULL) == 0);
    CHECK(crmv_last_error_copy(buffer, sizeof buffer, &needed) == CRMV_OK && needed == 1 && buffer[0] == '\0');
    CHECK_FAILS(crmv_parse_date("gestern", &day), CRMV_UNPARSABLE_DATE, "gestern");
    const char *message = crmv_last_error();
    CHECK(strcmp(crmv_last_error_column(), "date") == 0);
    /* A success leaves the message, and copying does not disturb it. */
    CHECK_OK(crmv_parse_date("2026-10-31", &day));
    CHECK(crmv_last_error() == message && strstr(message, "gestern") != NULL);
    CHECK(crmv_last_error_copy(NULL, 0, &needed) == CRMV_BUFFER_TOO_SMALL && needed == strlen(message) + 1);
    CHECK(crmv_last_error_copy(buffer, needed - 1, NULL) == CRMV_BUFFER_TOO_SMALL);
    CHECK(crmv_last_error_copy(NULL, needed, NULL) == CRMV_NULL_POINTER);
    CHECK(crmv_last_error_copy(buffer, needed, NULL) == CRMV_OK && strcmp(buffer, message) == 0);
    const char *const texts[2] = {"2026-10-31", "?"}, *const latin_1[2] = {"2026-10-31", "\xe9"};
    int32_t days[2];
    size_t row = 99;
    CHECK_FAILS(crmv_parse_dates(texts, 2, "bought_on", days, NULL), CRMV_UNPARSABLE_DATE, "`?`");
    CHECK(strcmp(crmv_last_error_column(), "bought_on") == 0 && crmv_last_error_row(&row) == 1 && row == 1);
    CHECK_FAILS(crmv_parse_dates(latin_1, 2, NULL, days, NULL), CRMV_INVALID_UTF8, "row 1");
    CHECK(strcmp(crmv_last_error_column(), "") == 0 && crmv_last_error_row(NULL) == 1);
    row = 99;
    CHECK_FAILS(crmv_parse_date(NULL, &day), CRMV_NULL_POINTER, "date_text");
    CHECK(strcmp(crmv_last_error_column(), "") == 0 && crmv_last_error_row(&row) == 0 && row == 99);
    CHECK(strcmp(crmv_status_name(CRMV_OK), "Ok") == 0);
    CHECK(strcmp(crmv_status_name(CRMV_NON_FINITE), "NonFinite") == 0);
    CHECK(strcmp(crmv_status_name(CRMV_DESERIALIZE), "Deserialize") == 0);
    CHECK(strcmp(crmv_status_name(CRMV_NULL_POINTER), "NullPointer") == 0);
    CHECK(strcmp(crmv_status_name(CRMV_PANIC), "Panic") == 0);
    CHECK(strcmp(crmv_status_name(4711), "Unknown") == 0 && strcmp(crmv_status_name(-1), "Unknown") == 0);
    int all_named = 1;
    for (crmv_status code = CRMV_EMPTY; code <= CRMV_DESERIALIZE; code++) all_named &= strcmp(crmv_status_name(code), "Unknown") != 0;
    CHECK(all_named);
}

static void free_nothing(void) {
    crmv_transactions_free(NULL);
    crmv_customers_free(NULL);
    crmv_holdout_free(NULL);
    crmv_purchase_model_free(NULL);
    crmv_spend_model_free(NULL);
    crmv_rfm_summary_free(NULL);
    crmv_rfm_scores_free(NULL);
    crmv_rfm_cut_points_free(NULL);
    crmv_segment_table_free(NULL);
    crmv_concentration_free(NULL);
    crmv_tiers_free(NULL);
    crmv_string_free(NULL);
}

/* Every function with each of its pointers NULL in turn. */
#define NULL_FAILS(call) check_fails((call), CRMV_NULL_POINTER, "` is NULL", #call, __FILE__, __LINE__)

static void nulls(void) {
    crmv_customers *customers = some_customers();
    crmv_purchase_model *model = NULL;
    crmv_spend_model *spend = NULL;
    double out[8];
    uint8_t flags[8];
    uint16_t segments[8];
    size_t n;
    int32_t i32;
    char *text = NULL;
    const char *lent = NULL;
    const crmv_fit_report *report = NULL;
    crmv_fit_info info;
    crmv_data_quality quality;
    const uint64_t ids[2] = {1, 2};
    const int32_t days[2] = {1, 2};
    const double amounts[2] = {1, 2};
    crmv_transactions *log = NULL;
    const crmv_unit weeks = CRMV_UNIT_WEEK;
    crmv_discount ten = {0.10, 1.0, CRMV_UNIT_YEAR, CRMV_COMPOUNDING_PERIODIC};
    CHECK_OK(crmv_bg_nbd_fit(customers, NULL, &model));
    CHECK_OK(crmv_gamma_gamma_new(6.25, 3.74, 15.44, &spend));
    CHECK_OK(crmv_purchase_model_report(model, &report));
    CHECK_OK(crmv_transactions_from_columns(ids, days, amounts, 2, &log));

    NULL_FAILS(crmv_transactions_from_columns(NULL, days, amounts, 2, &log));
    NULL_FAILS(crmv_transactions_from_columns(ids, NULL, amounts, 2, &log));
    NULL_FAILS(crmv_transactions_from_columns(ids, days, NULL, 2, &log));
    NULL_FAILS(crmv_transactions_from_columns(ids, days, amounts, 2, NULL));
    NULL_FAILS(crmv_transactions_read(NULL, NULL, &log));
    NULL_FAILS(crmv_transactions_read_chunks(NULL, 1, NULL, &log));
    NULL_FAILS(crmv_transaction_columns_init(NULL, sizeof(crmv_transaction_columns)));
    NULL_FAILS(crmv_log_options_init(NULL, sizeof(crmv_log_options)));
    NULL_FAILS(crmv_customer_columns_init(NULL, sizeof(crmv_customer_columns)));
    NULL_FAILS(crmv_fit_options_init(NULL, sizeof(crmv_fit_options)));
    NULL_FAILS(crmv_clv_options_init(NULL, sizeof(crmv_clv_options)));
    NULL_FAILS(crmv_rfm_columns_init(NULL, sizeof(crmv_rfm_columns)));
    NULL_FAILS(crmv_rfm_options_init(NULL, sizeof(crmv_rfm_options)));
    NULL_FAILS(crmv_transactions_customers(NULL, &n));
    NULL_FAILS(crmv_transactions_customers(log, NULL));
    NULL_FAILS(crmv_transactions_occasions(NULL, &n));
    NULL_FAILS(crmv_transactions_occasions(log, NULL));
    NULL_FAILS(crmv_transactions_quality(NULL, &quality, sizeof quality));
    NULL_FAILS(crmv_transactions_quality(log, NULL, sizeof quality));
    NULL_FAILS(crmv_transactions_quality_text(NULL, &text));
    NULL_FAILS(crmv_transactions_quality_text(log, NULL));
    NULL_FAILS(crmv_transactions_summarize(NULL, weeks, NULL, &customers));
    NULL_FAILS(crmv_transactions_summarize(log, weeks, NULL, NULL));
    NULL_FAILS(crmv_transactions_holdout(NULL, weeks, 1, 2, NULL));
    NULL_FAILS(crmv_transactions_rfm(log, weeks, NULL, NULL));
    NULL_FAILS(crmv_date_from_ymd(2026, 1, 1, NULL));
    NULL_FAILS(crmv_date_to_ymd(0, &i32, NULL, &i32));
    NULL_FAILS(crmv_parse_date("2026-01-01", NULL));
    NULL_FAILS(crmv_customers_from_columns(NULL, &customers));
    NULL_FAILS(crmv_customers_count(NULL, &n));
    NULL_FAILS(crmv_customers_count(customers, NULL));
    NULL_FAILS(crmv_customers_unit(NULL, &i32));
    NULL_FAILS(crmv_customers_unit(customers, NULL));
    NULL_FAILS(crmv_customers_observed_until(NULL, &i32));
    NULL_FAILS(crmv_customers_id_type(NULL, &i32));
    NULL_FAILS(crmv_customers_id_type(customers, NULL));
    NULL_FAILS(crmv_customers_ids_u64(NULL, NULL, 0));
    NULL_FAILS(crmv_customers_ids_u64(customers, NULL, 4));
    NULL_FAILS(crmv_customers_ids_i64(NULL, NULL, 0));
    NULL_FAILS(crmv_customers_ids_text(NULL, &lent, 1));
    NULL_FAILS(crmv_customers_ids_text(customers, NULL, 4));
    NULL_FAILS(crmv_customers_id_text(NULL, 0, &lent));
    NULL_FAILS(crmv_customers_id_text(customers, 0, NULL));
    NULL_FAILS(crmv_customers_frequency(NULL, out, 4));
    NULL_FAILS(crmv_customers_frequency(customers, NULL, 4));
    NULL_FAILS(crmv_customers_recency(NULL, out, 4));
    NULL_FAILS(crmv_customers_recency(customers, NULL, 4));
    NULL_FAILS(crmv_customers_T(NULL, out, 4));
    NULL_FAILS(crmv_customers_T(customers, NULL, 4));
    NULL_FAILS(crmv_customers_monetary_value(NULL, out, flags, 4));
    NULL_FAILS(crmv_customers_monetary_value(customers, NULL, flags, 4));
    NULL_FAILS(crmv_customers_monetary_value(customers, out, NULL, 4));
    NULL_FAILS(crmv_customers_total_spend(NULL, out, 4));
    NULL_FAILS(crmv_customers_total_spend(customers, NULL, 4));
    NULL_FAILS(crmv_customers_total_margin(NULL, out, 4));
    NULL_FAILS(crmv_customers_quality(NULL, &quality, sizeof quality));
    NULL_FAILS(crmv_customers_quality_text(NULL, &text));
    NULL_FAILS(crmv_holdout_customers(NULL, NULL));
    NULL_FAILS(crmv_holdout_length(NULL, out));
    NULL_FAILS(crmv_holdout_frequency(NULL, out, 4));
    NULL_FAILS(crmv_holdout_spend(NULL, out, 4));
    NULL_FAILS(crmv_bg_nbd_new(1, 1, 1, 1, weeks, NULL));
    NULL_FAILS(crmv_mbg_nbd_new(1, 1, 1, 1, weeks, NULL));
    NULL_FAILS(crmv_pareto_nbd_new(1, 1, 1, 1, weeks, NULL));
    NULL_FAILS(crmv_ggompertz_nbd_new(1, 1, 1, 1, 1, weeks, NULL));
    NULL_FAILS(crmv_nbd_new(1, 1, weeks, NULL));
    NULL_FAILS(crmv_mbg_nbd_fit(NULL, NULL, &model));
    NULL_FAILS(crmv_mbg_nbd_fit(customers, NULL, NULL));
    NULL_FAILS(crmv_pareto_nbd_fit(NULL, NULL, &model));
    NULL_FAILS(crmv_pareto_nbd_fit(customers, NULL, NULL));
    NULL_FAILS(crmv_ggompertz_nbd_fit(NULL, NULL, &model));
    NULL_FAILS(crmv_ggompertz_nbd_fit(customers, NULL, NULL));
    NULL_FAILS(crmv_bg_nbd_fit(NULL, NULL, &model));
    NULL_FAILS(crmv_bg_nbd_fit(customers, NULL, NULL));
    NULL_FAILS(crmv_nbd_fit(NULL, NULL, &model));
    NULL_FAILS(crmv_nbd_fit(customers, NULL, NULL));
    NULL_FAILS(crmv_purchase_model_name(NULL, &lent));
    NULL_FAILS(crmv_purchase_model_name(model, NULL));
    NULL_FAILS(crmv_purchase_model_unit(NULL, &i32));
    NULL_FAILS(crmv_purchase_model_unit(model, NULL));
    NULL_FAILS(crmv_purchase_model_parameter_count(NULL, &n));
    NULL_FAILS(crmv_purchase_model_parameter_count(model, NULL));
    NULL_FAILS(crmv_purchase_model_parameters(NULL, out, 4));
    NULL_FAILS(crmv_purchase_model_parameters(model, NULL, 4));
    NULL_FAILS(crmv_purchase_model_parameter_name(NULL, 0, &lent));
    NULL_FAILS(crmv_purchase_model_parameter_name(model, 0, NULL));
    NULL_FAILS(crmv_purchase_model_report(NULL, &report));
    NULL_FAILS(crmv_purchase_model_report(model, NULL));
    NULL_FAILS(crmv_purchase_model_to_json(NULL, &text));
    NULL_FAILS(crmv_purchase_model_to_json(model, NULL));
    NULL_FAILS(crmv_purchase_model_from_json(NULL, &model));
    NULL_FAILS(crmv_purchase_model_from_json("{}", NULL));
    NULL_FAILS(crmv_purchase_model_log_likelihoods(NULL, customers, out, 4));
    NULL_FAILS(crmv_purchase_model_log_likelihoods(model, NULL, out, 4));
    NULL_FAILS(crmv_purchase_model_log_likelihoods(model, customers, NULL, 4));
    NULL_FAILS(crmv_purchase_model_log_likelihood(model, customers, NULL));
    NULL_FAILS(crmv_purchase_model_probability_alive(NULL, customers, out, 4));
    NULL_FAILS(crmv_purchase_model_probability_alive(model, NULL, out, 4));
    NULL_FAILS(crmv_purchase_model_probability_alive(model, customers, NULL, 4));
    NULL_FAILS(crmv_purchase_model_probability_alive_ahead(NULL, customers, 1, weeks, out, 4));
    NULL_FAILS(crmv_purchase_model_expected_purchases(model, NULL, 1, weeks, out, 4));
    NULL_FAILS(crmv_purchase_model_expected_purchases(model, customers, 1, weeks, NULL, 4));
    NULL_FAILS(crmv_purchase_model_expected_purchases_between(model, customers, 1, 2, weeks, NULL, 4));
    NULL_FAILS(crmv_purchase_model_probability_active(NULL, customers, 1, 2, weeks, out, 4));
    NULL_FAILS(crmv_purchase_model_probability_active(model, customers, 1, 2, weeks, NULL, 4));
    NULL_FAILS(crmv_purchase_model_conditional_purchase_probability(model, NULL, 1, 2, weeks, out, 4));
    NULL_FAILS(crmv_purchase_model_conditional_purchase_probability(model, customers, 1, 2, weeks, NULL, 4));
    NULL_FAILS(crmv_purchase_model_expected_purchases_new_customer(model, 1, weeks, NULL));
    NULL_FAILS(crmv_purchase_model_purchase_probability(NULL, 1, 1, weeks, out));
    NULL_FAILS(crmv_purchase_model_log_purchase_probability(model, 1, 1, weeks, NULL));
    NULL_FAILS(crmv_purchase_model_dert(model, customers, NULL, out, 4));
    NULL_FAILS(crmv_purchase_model_dert(model, customers, &ten, NULL, 4));
    NULL_FAILS(crmv_purchase_model_dect(model, NULL, &ten, 1, weeks, out, 4));
    NULL_FAILS(crmv_gamma_gamma_new(1, 2, 1, NULL));
    NULL_FAILS(crmv_gamma_gamma_fit(NULL, NULL, &spend));
    NULL_FAILS(crmv_gamma_gamma_fit(customers, NULL, NULL));
    NULL_FAILS(crmv_spend_model_name(NULL, &lent));
    NULL_FAILS(crmv_spend_model_parameter_count(NULL, &n));
    NULL_FAILS(crmv_spend_model_parameters(NULL, out, 4));
    NULL_FAILS(crmv_spend_model_parameter_name(NULL, 0, &lent));
    NULL_FAILS(crmv_spend_model_report(NULL, &report));
    NULL_FAILS(crmv_spend_model_to_json(NULL, &text));
    NULL_FAILS(crmv_spend_model_from_json(NULL, &spend));
    NULL_FAILS(crmv_spend_model_expected_spend(NULL, customers, out, 4));
    NULL_FAILS(crmv_spend_model_expected_spend(spend, NULL, out, 4));
    NULL_FAILS(crmv_spend_model_expected_spend_given(spend, 1, 1, NULL));
    NULL_FAILS(crmv_spend_model_population_mean_spend(NULL, out));
    NULL_FAILS(crmv_spend_model_log_likelihood(spend, 1, 1, NULL));
    NULL_FAILS(crmv_fit_report_info(NULL, &info, sizeof info));
    NULL_FAILS(crmv_fit_report_info(report, NULL, sizeof info));
    NULL_FAILS(crmv_fit_report_standard_errors(NULL, out, flags, 4));
    NULL_FAILS(crmv_fit_report_standard_errors(report, out, NULL, 4));
    NULL_FAILS(crmv_fit_report_confidence_intervals(report, 0.95, out, NULL, flags, 4));
    NULL_FAILS(crmv_fit_report_covariance(NULL, out, 16, flags));
    NULL_FAILS(crmv_fit_report_covariance(report, NULL, 16, flags));
    NULL_FAILS(crmv_fit_report_warning(NULL, 0, &lent));
    NULL_FAILS(crmv_fit_report_text(NULL, &text));
    NULL_FAILS(crmv_clv_predictive(NULL, spend, customers, NULL, out, 4));
    NULL_FAILS(crmv_clv_predictive(model, NULL, customers, NULL, out, 4));
    NULL_FAILS(crmv_clv_predictive(model, spend, NULL, NULL, out, 4));
    NULL_FAILS(crmv_clv_predictive(model, spend, customers, NULL, NULL, 4));
    NULL_FAILS(crmv_clv_discounted_purchases(model, spend, customers, NULL, NULL, 4));
    NULL_FAILS(crmv_clv_historical(NULL, 1, out, 4));
    NULL_FAILS(crmv_clv_historical(customers, 1, NULL, 4));
    NULL_FAILS(crmv_clv_historical_from_margins(NULL, out, 4));
    NULL_FAILS(crmv_rfm_summary_from_columns(NULL, NULL));
    NULL_FAILS(crmv_rfm_summary_count(NULL, &n));
    NULL_FAILS(crmv_rfm_summary_unit(NULL, &i32));
    NULL_FAILS(crmv_rfm_summary_id_type(NULL, &i32));
    NULL_FAILS(crmv_rfm_summary_ids_u64(NULL, NULL, 0));
    NULL_FAILS(crmv_rfm_summary_ids_i64(NULL, NULL, 0));
    NULL_FAILS(crmv_rfm_summary_id_text(NULL, 0, &lent));
    NULL_FAILS(crmv_rfm_summary_time_since_last(NULL, out, 4));
    NULL_FAILS(crmv_rfm_summary_frequency(NULL, out, 4));
    NULL_FAILS(crmv_rfm_summary_total_spend(NULL, out, 4));
    NULL_FAILS(crmv_rfm_fit(NULL, NULL, NULL));
    NULL_FAILS(crmv_rfm_scores_count(NULL, &n));
    NULL_FAILS(crmv_rfm_scores_axis(NULL, 0, flags, 4));
    NULL_FAILS(crmv_rfm_scores_label(NULL, 0, NULL, 0));
    NULL_FAILS(crmv_rfm_scores_weighted(NULL, 1, 1, 1, out, 4));
    NULL_FAILS(crmv_rfm_scores_empty_scores(NULL, 0, flags, 4, &n));
    NULL_FAILS(crmv_rfm_scores_cut_points(NULL, NULL));
    NULL_FAILS(crmv_rfm_cut_points_new(NULL, 2, NULL, 0, NULL, 0, 0, 0, NULL));
    NULL_FAILS(crmv_rfm_cut_points_apply(NULL, NULL, NULL));
    NULL_FAILS(crmv_rfm_cut_points_axis(NULL, 0, flags, out, 4, &n));
    NULL_FAILS(crmv_rfm_cut_points_to_json(NULL, &text));
    NULL_FAILS(crmv_rfm_cut_points_from_json(NULL, NULL));
    NULL_FAILS(crmv_quantile_scores(NULL, 2, 5, 0, flags, 2));
    NULL_FAILS(crmv_quantile_scores(out, 2, 5, 0, NULL, 2));
    NULL_FAILS(crmv_segment_table_default(NULL));
    NULL_FAILS(crmv_segment_table_new(5, 5, 5, NULL, 1, NULL));
    NULL_FAILS(crmv_segment_table_count(NULL, &n));
    NULL_FAILS(crmv_segment_table_name(NULL, 0, &lent));
    NULL_FAILS(crmv_segment_table_assign(NULL, NULL, segments, 4));
    NULL_FAILS(crmv_segment_table_summarize(NULL, NULL, NULL, NULL, 0, 0));
    NULL_FAILS(crmv_segment_table_to_json(NULL, &text));
    NULL_FAILS(crmv_segment_table_from_json(NULL, NULL));
    NULL_FAILS(crmv_concentration_new(NULL, 2, 0, NULL));
    NULL_FAILS(crmv_concentration_count(NULL, &n));
    NULL_FAILS(crmv_concentration_total(NULL, out));
    NULL_FAILS(crmv_concentration_negatives_clamped(NULL, &n));
    NULL_FAILS(crmv_concentration_gini(NULL, out));
    NULL_FAILS(crmv_concentration_gini_corrected(NULL, out));
    NULL_FAILS(crmv_concentration_top_share(NULL, 0.1, out));
    NULL_FAILS(crmv_concentration_top_count_share(NULL, 1, out));
    NULL_FAILS(crmv_concentration_customers_for_share(NULL, 0.8, &n, out, out));
    NULL_FAILS(crmv_concentration_lorenz_at(NULL, 0.5, out));
    NULL_FAILS(crmv_concentration_lorenz(NULL, 2, out, out, 2, &n));
    NULL_FAILS(crmv_concentration_tiers(NULL, NULL, 0, NULL));
    NULL_FAILS(crmv_concentration_abc(NULL, NULL, 0, NULL));
    NULL_FAILS(crmv_tiers_count(NULL, &n));
    NULL_FAILS(crmv_tiers_tier(NULL, 0, NULL, 0));
    NULL_FAILS(crmv_tiers_assign(NULL, out, 1, flags, 1));
    NULL_FAILS(crmv_tiers_to_json(NULL, &text));
    NULL_FAILS(crmv_tiers_from_json(NULL, NULL));

    crmv_transactions_free(log);
    crmv_spend_model_free(spend);
    crmv_purchase_model_free(model);
    crmv_customers_free(customers);
}

/* Structs of an older and of a newer version of the header. */
static void sizes(void) {
    crmv_customers *customers = some_customers();
    crmv_purchase_model *model = NULL;
    struct {
        crmv_fit_options options;
        uint64_t later;
    } newer;
    memset(&newer, 0xff, sizeof newer);
    CHECK_OK(crmv_fit_options_init(&newer.options, sizeof newer));
    CHECK(newer.options.struct_size == sizeof newer && newer.later == 0);
    CHECK_OK(crmv_bg_nbd_fit(customers, &newer.options, &model));
    crmv_purchase_model_free(model);
    model = NULL;
    newer.later = 1;
    CHECK_FAILS(crmv_bg_nbd_fit(customers, &newer.options, &model), CRMV_INVALID_OPTION, "this library is older than the header");
    newer.options.struct_size = 0;
    CHECK_FAILS(crmv_bg_nbd_fit(customers, &newer.options, &model), CRMV_INVALID_OPTION, "_init function");
    newer.options.struct_size = SIZE_MAX;
    CHECK_FAILS(crmv_bg_nbd_fit(customers, &newer.options, &model), CRMV_INVALID_OPTION, "_init function");
    CHECK_FAILS(crmv_fit_options_init(&newer.options, 0), CRMV_INVALID_OPTION, "sizeof");
    /* All bytes 0 but the size are the defaults. */
    crmv_fit_options zero;
    memset(&zero, 0, sizeof zero);
    zero.struct_size = sizeof zero;
    CHECK_OK(crmv_bg_nbd_fit(customers, &zero, &model));

    const crmv_fit_report *report = NULL;
    struct {
        crmv_fit_info info;
        uint64_t later;
    } later;
    double log_likelihood_and_aic[2] = {0, 0};
    later.later = 9;
    CHECK_OK(crmv_purchase_model_report(model, &report));
    CHECK_OK(crmv_fit_report_info(report, &later.info, sizeof later));
    CHECK(later.later == 0 && later.info.parameters == 4);
    CHECK_OK(crmv_fit_report_info(report, (crmv_fit_info *)(void *)log_likelihood_and_aic, sizeof log_likelihood_and_aic[0]));
    CHECK(log_likelihood_and_aic[0] == later.info.log_likelihood && log_likelihood_and_aic[1] == 0);
    crmv_purchase_model_free(model);
    crmv_customers_free(customers);
}

/* Ids come back in the kind in which they came; everything about margins and chunks. */
static void kinds_of_columns(void) {
    const char *const names[5] = {"Zo\xc3\xab", "anna", "Zo\xc3\xab", "", "anna"};
    const int64_t signed_ids[5] = {-5, 7, -5, INT64_MIN, 7};
    const int64_t seconds[5] = {0, 86399, 86400, -1, 864000};
    const double amounts[5] = {10, 20, 30, 40, 50}, costs[5] = {4, 5, 6, 7, 8};
    crmv_transaction_columns table;
    crmv_transactions *log = NULL, *pieces = NULL;
    crmv_customers *customers = NULL;
    crmv_id_type kind = -1;
    double out[3], margins[3];
    CHECK_OK(crmv_transaction_columns_init(&table, sizeof table));
    table.n = 5;
    table.ids_text = names;
    table.timestamps = seconds;
    table.timestamp_unit = CRMV_TIMESTAMP_SECONDS;
    table.amounts = amounts;
    table.costs = costs;
    CHECK_OK(crmv_transactions_read(&table, NULL, &log));
    CHECK_OK(crmv_transactions_summarize(log, CRMV_UNIT_DAY, NULL, &customers));
    CHECK_OK(crmv_customers_id_type(customers, &kind));
    CHECK(kind == CRMV_IDS_TEXT);
    const char *texts[3] = {NULL, NULL, NULL};
    CHECK_OK(crmv_customers_ids_text(customers, texts, 3));
    CHECK(strcmp(texts[0], "") == 0 && strcmp(texts[1], "Zo\xc3\xab") == 0 && strcmp(texts[2], "anna") == 0);
    uint64_t unsigned_out[3];
    CHECK_FAILS(crmv_customers_ids_u64(customers, unsigned_out, 3), CRMV_WRONG_TYPE, "has type text");
    CHECK_OK(crmv_customers_recency(customers, out, 3));
    CHECK(out[0] == 0 && out[1] == 1 && out[2] == 10);
    CHECK_OK(crmv_customers_T(customers, out, 3));
    CHECK(out[0] == 11 && out[1] == 10 && out[2] == 10);
    CHECK_OK(crmv_customers_total_margin(customers, margins, 3));
    CHECK(margins[0] == 33 && margins[1] == 30 && margins[2] == 57);
    CHECK_OK(crmv_clv_historical_from_margins(customers, out, 3));
    CHECK(memcmp(out, margins, sizeof out) == 0);
    crmv_customers_free(customers);
    crmv_transactions_free(log);

    crmv_transaction_columns first = table, second = table;
    first.n = 2;
    second.n = 3;
    first.ids_text = second.ids_text = NULL;
    first.ids_i64 = signed_ids;
    second.ids_i64 = signed_ids + 2;
    second.timestamps += 2;
    second.amounts += 2;
    second.costs += 2;
    const crmv_transaction_columns *const chunks[2] = {&first, &second};
    CHECK_OK(crmv_transactions_read_chunks(chunks, 2, NULL, &pieces));
    CHECK_OK(crmv_transactions_summarize(pieces, CRMV_UNIT_DAY, NULL, &customers));
    CHECK_OK(crmv_customers_id_type(customers, &kind));
    int64_t signed_out[3];
    CHECK_OK(crmv_customers_ids_i64(customers, signed_out, 3));
    CHECK(kind == CRMV_IDS_I64 && signed_out[0] == INT64_MIN && signed_out[1] == -5 && signed_out[2] == 7);
    const char *text = NULL;
    CHECK_OK(crmv_customers_id_text(customers, 1, &text));
    CHECK(strcmp(text, "-5") == 0);
    CHECK_OK(crmv_customers_total_margin(customers, out, 3));
    CHECK(memcmp(out, margins, sizeof out) == 0);
    crmv_customers_free(customers);
    crmv_transactions_free(pieces);
}

typedef struct {
    const crmv_purchase_model *model;
    const crmv_customers *customers;
    double p_alive[4];
    char error[256];
    int number;
    int ok;
} job;

static void *work(void *argument) {
    job *mine = (job *)argument;
    char text[32];
    int32_t day;
    mine->ok = strcmp(crmv_last_error(), "") == 0;
    for (int i = 0; i < 50; i++) {
        snprintf(text, sizeof text, "thread %d", mine->number);
        mine->ok &= crmv_parse_date(text, &day) == CRMV_UNPARSABLE_DATE;
        mine->ok &= crmv_purchase_model_probability_alive(mine->model, mine->customers, mine->p_alive, 4) == CRMV_OK;
        mine->ok &= strstr(crmv_last_error(), text) != NULL;
        const char *id = NULL;
        mine->ok &= crmv_customers_id_text(mine->customers, 3, &id) == CRMV_OK && strcmp(id, "3") == 0;
    }
    mine->ok &= crmv_last_error_copy(mine->error, sizeof mine->error, NULL) == CRMV_OK;
    return NULL;
}

static void threads(void) {
    enum { N = 4 };
    pthread_t threads[N];
    job jobs[N];
    crmv_customers *customers = some_customers();
    crmv_purchase_model *model = NULL;
    int32_t day;
    CHECK_OK(crmv_bg_nbd_new(0.243, 4.414, 0.793, 2.426, CRMV_UNIT_WEEK, &model));
    CHECK_FAILS(crmv_parse_date("main", &day), CRMV_UNPARSABLE_DATE, "main");
    for (int i = 0; i < N; i++) {
        memset(&jobs[i], 0, sizeof jobs[i]);
        jobs[i].model = model;
        jobs[i].customers = customers;
        jobs[i].number = i;
        CHECK(pthread_create(&threads[i], NULL, work, &jobs[i]) == 0);
    }
    for (int i = 0; i < N; i++) {
        char text[32];
        snprintf(text, sizeof text, "thread %d", i);
        CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK(jobs[i].ok && strstr(jobs[i].error, text) != NULL);
        CHECK(memcmp(jobs[i].p_alive, jobs[0].p_alive, sizeof jobs[i].p_alive) == 0);
    }
    CHECK(strstr(crmv_last_error(), "main") != NULL);
    crmv_purchase_model_free(model);
    crmv_customers_free(customers);
}

/* Values outlive what they were made from, and outputs beyond the needed length stay as they are. */
static void ownership(void) {
    uint64_t *ids = (uint64_t *)check_alloc(3, sizeof *ids);
    int32_t *days = (int32_t *)check_alloc(3, sizeof *days);
    double *amounts = (double *)check_alloc(3, sizeof *amounts);
    double out[4] = {-1, -1, -1, -1};
    crmv_transactions *log = NULL;
    crmv_customers *customers = NULL;
    for (int i = 0; i < 3; i++) {
        ids[i] = 9;
        days[i] = 7 * i;
        amounts[i] = i + 1;
    }
    CHECK_OK(crmv_transactions_from_columns(ids, days, amounts, 3, &log));
    free(ids);
    free(days);
    free(amounts);
    CHECK_OK(crmv_transactions_summarize(log, CRMV_UNIT_WEEK, NULL, &customers));
    crmv_transactions_free(log);
    CHECK_OK(crmv_customers_recency(customers, out, 4));
    CHECK(out[0] == 2 && out[1] == -1);
    uint8_t has[4] = {7, 7, 7, 7};
    CHECK_OK(crmv_customers_monetary_value(customers, out, has, 4));
    CHECK(out[0] == 2.5 && has[0] == 1 && has[1] == 7);
    crmv_customers_free(customers);
}

/* A fit with warnings gives its best point and says so. */
static void warnings(void) {
    const double x[3] = {3, 2, 4}, t_x[3] = {10, 10, 10}, T[3] = {10, 10, 10};
    crmv_customer_columns columns;
    crmv_customers *customers = NULL;
    crmv_purchase_model *model = NULL;
    const crmv_fit_report *report = NULL;
    crmv_fit_info info;
    CHECK_OK(crmv_customer_columns_init(&columns, sizeof columns));
    columns.n = 3;
    columns.frequency = x;
    columns.recency = t_x;
    columns.T = T;
    columns.unit = CRMV_UNIT_WEEK;
    CHECK_OK(crmv_customers_from_columns(&columns, &customers));
    CHECK_OK(crmv_bg_nbd_fit(customers, NULL, &model));
    CHECK_OK(crmv_purchase_model_report(model, &report));
    CHECK_OK(crmv_fit_report_info(report, &info, sizeof info));
    CHECK(info.warnings > 0);
    const char *text = NULL;
    for (size_t i = 0; i < info.warnings; i++) {
        CHECK_OK(crmv_fit_report_warning(report, i, &text));
        CHECK(strlen(text) > 10);
    }
    CHECK_FAILS(crmv_fit_report_warning(report, info.warnings, &text), CRMV_OUT_OF_RANGE, "warning");
    crmv_purchase_model_free(model);
    crmv_customers_free(customers);
}

int main(void) {
    errors(); /* first, before anything fails */
    versions();
    free_nothing();
    nulls();
    sizes();
    kinds_of_columns();
    threads();
    ownership();
    warnings();
    return check_finish();
}
