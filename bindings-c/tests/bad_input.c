/* Bad input: each with its own code, and a message that names column, row and value. */
#include "check.h"

static const double AMOUNTS[4] = {10, 20, 30, 40};
static const int32_t DAYS[4] = {0, 10, 20, 30};
static const uint64_t IDS[4] = {1, 1, 2, 2};

static crmv_transaction_columns columns(void) {
    crmv_transaction_columns it;
    CHECK_OK(crmv_transaction_columns_init(&it, sizeof it));
    it.n = 4;
    it.ids_u64 = IDS;
    it.days = DAYS;
    it.amounts = AMOUNTS;
    return it;
}

static crmv_log_options options(void) {
    crmv_log_options it;
    CHECK_OK(crmv_log_options_init(&it, sizeof it));
    return it;
}

/* Must fail and leave the output alone. */
#define LOG_FAILS(columns, options, code, fragment)                              \
    do {                                                                         \
        crmv_transactions *untouched = NULL;                                     \
        CHECK_FAILS(crmv_transactions_read(columns, options, &untouched), code, fragment); \
        CHECK(untouched == NULL);                                                \
        crmv_transactions_free(untouched);                                       \
    } while (0)

static void transactions(void) {
    crmv_transaction_columns table = columns();
    crmv_log_options how = options();

    table.n = 0;
    LOG_FAILS(&table, NULL, CRMV_EMPTY, "transaction log has no rows");
    crmv_transactions *none = NULL;
    CHECK_FAILS(crmv_transactions_from_columns(NULL, NULL, NULL, 0, &none), CRMV_EMPTY, "no rows");
    CHECK_FAILS(crmv_transactions_from_columns(IDS, NULL, AMOUNTS, 4, &none), CRMV_NULL_POINTER, "`days`");
    CHECK_FAILS(crmv_transactions_from_columns(IDS, DAYS, AMOUNTS, SIZE_MAX, &none), CRMV_INVALID_OPTION, "length");
    CHECK_FAILS(crmv_transactions_read_chunks(NULL, 0, NULL, &none), CRMV_EMPTY, "no rows");

    const double not_finite[4] = {10, NAN, 30, INFINITY}, infinite[4] = {10, 20, 30, -INFINITY};
    table = columns();
    table.amounts = not_finite;
    LOG_FAILS(&table, NULL, CRMV_NON_FINITE, "column `amount`, row 1: NaN");
    how.amount_name = "Umsatz \xe2\x82\xac";
    table.amounts = infinite;
    LOG_FAILS(&table, &how, CRMV_NON_FINITE, "column `Umsatz \xe2\x82\xac`, row 3: -inf");
    how.amount_name = "\xff";
    LOG_FAILS(&table, &how, CRMV_INVALID_UTF8, "amount_name");

    const char *const text_ids[4] = {"anna", "anna", NULL, "ben"}, *const latin_1[4] = {"anna", "Bj\xf6rn", "cleo", "dora"};
    table = columns();
    table.ids_u64 = NULL;
    table.ids_text = text_ids;
    LOG_FAILS(&table, NULL, CRMV_MISSING, "column `customer_id`, row 2");
    table.ids_text = latin_1;
    LOG_FAILS(&table, NULL, CRMV_INVALID_UTF8, "`ids_text`, row 1");
    table.ids_u64 = IDS;
    LOG_FAILS(&table, NULL, CRMV_INVALID_OPTION, "give one of ids_u64, ids_i64 and ids_text");
    table.ids_u64 = NULL;
    table.ids_text = NULL;
    LOG_FAILS(&table, NULL, CRMV_NULL_POINTER, "ids_u64, ids_i64 or ids_text");

    const uint8_t missing[4] = {0, 0, 0, 7};
    table = columns();
    table.missing_dates = missing;
    LOG_FAILS(&table, NULL, CRMV_MISSING, "column `date`, row 3");
    table = columns();
    table.missing_amounts = missing;
    LOG_FAILS(&table, NULL, CRMV_MISSING, "column `amount`, row 3");
    table = columns();
    table.costs = AMOUNTS;
    table.missing_margins = missing;
    LOG_FAILS(&table, NULL, CRMV_MISSING, "column `margin`, row 3");
    table.margins = AMOUNTS;
    LOG_FAILS(&table, NULL, CRMV_INVALID_OPTION, "`margins`");

    const int32_t far_day[4] = {0, 10, INT32_MAX, 30};
    const int64_t far_time[4] = {0, 10, INT64_MAX, 30};
    table = columns();
    table.days = far_day;
    LOG_FAILS(&table, NULL, CRMV_DATE_OUT_OF_RANGE, "column `date`, row 2: 2147483647 days");
    table.timestamps = far_time;
    LOG_FAILS(&table, NULL, CRMV_INVALID_OPTION, "timestamps");
    table.days = NULL;
    table.timestamp_unit = CRMV_TIMESTAMP_SECONDS;
    LOG_FAILS(&table, NULL, CRMV_DATE_OUT_OF_RANGE, "9223372036854775807 seconds");
    table.timestamp_unit = 17;
    LOG_FAILS(&table, NULL, CRMV_INVALID_OPTION, "`timestamp_unit` is 17");

    const double refund[4] = {10, 20, -5, 40}, zero[4] = {10, 0, 30, 40}, refunds[4] = {-1, -2, -3, -4};
    const int32_t same_day[4] = {5, 5, 20, 30};
    const double same_amount[4] = {10, 10, 30, 40};
    how = options();
    how.refunds = CRMV_REFUNDS_REJECT;
    table = columns();
    table.amounts = refund;
    LOG_FAILS(&table, &how, CRMV_REFUND, "row 2: -5 is a refund");
    how = options();
    how.zeros = CRMV_ROWS_REJECT;
    table.amounts = zero;
    LOG_FAILS(&table, &how, CRMV_ZERO_AMOUNT, "column `amount`, row 1");
    how = options();
    how.duplicates = CRMV_ROWS_REJECT;
    table.amounts = same_amount;
    table.days = same_day;
    LOG_FAILS(&table, &how, CRMV_DUPLICATE_ROW, "customer 1 has 2 identical rows on 1970-01-06");
    table = columns();
    table.amounts = refunds;
    LOG_FAILS(&table, NULL, CRMV_NO_PURCHASES, "`amount`");
    how = options();
    how.refunds = 3;
    LOG_FAILS(&table, &how, CRMV_INVALID_OPTION, "`refunds` is 3");
    how = options();
    how.zeros = -1;
    LOG_FAILS(&table, &how, CRMV_INVALID_OPTION, "`zeros` is -1");
    how = options();
    how.invalid_rows = 9;
    LOG_FAILS(&table, &how, CRMV_INVALID_OPTION, "`invalid_rows` is 9");

    /* Dropped where the caller says so, and counted. */
    crmv_transactions *log = NULL;
    crmv_data_quality quality;
    how = options();
    how.invalid_rows = CRMV_INVALID_ROWS_DROP;
    how.refunds = CRMV_REFUNDS_DROP;
    how.zeros = CRMV_ROWS_DROP;
    const double mixed[6] = {10, NAN, -3, 0, 20, 5};
    const int32_t days[6] = {0, 1, 2, 3, 4, 5};
    const char *const ids[6] = {"a", "a", "a", "a", "b", NULL};
    CHECK_OK(crmv_transaction_columns_init(&table, sizeof table));
    table.n = 6;
    table.ids_text = ids;
    table.days = days;
    table.amounts = mixed;
    CHECK_OK(crmv_transactions_read(&table, &how, &log));
    CHECK_OK(crmv_transactions_quality(log, &quality, sizeof quality));
    CHECK(quality.rows_read == 6 && quality.rows_used == 2 && quality.rows_dropped == 4 && quality.customers == 2);
    CHECK(quality.dropped_invalid == 1 && quality.dropped_refunds == 1 && quality.dropped_zeros == 1 && quality.dropped_missing == 1);
    crmv_transactions_free(log);
}

static void dates(void) {
    const char *const texts[4] = {"2026-01-31", "20260201", "2026-02-30", NULL};
    int32_t days[4] = {-1, -1, -1, -1};
    uint8_t missing[4] = {9, 9, 9, 9};
    CHECK_FAILS(crmv_parse_dates(texts, 4, "bought_on", days, NULL), CRMV_MISSING, "column `bought_on`, row 3");
    CHECK_FAILS(crmv_parse_dates(texts, 3, "bought_on", days, NULL), CRMV_UNPARSABLE_DATE, "column `bought_on`, row 2: cannot read `2026-02-30`");
    CHECK(days[0] == -1 && days[1] == -1);
    CHECK_OK(crmv_parse_dates(texts, 4, NULL, days, missing));
    CHECK(days[0] == 20484 && days[1] == 20485 && days[2] == 0 && missing[0] == 0 && missing[1] == 0 && missing[2] == 1 && missing[3] == 1);
    CHECK_OK(crmv_parse_dates(NULL, 0, NULL, NULL, NULL));
    CHECK_FAILS(crmv_parse_dates(NULL, 2, NULL, days, NULL), CRMV_NULL_POINTER, "date_texts");
    CHECK_FAILS(crmv_parse_dates(texts, 2, NULL, NULL, NULL), CRMV_NULL_POINTER, "out_days");
    CHECK_FAILS(crmv_parse_date("03/04/2026", &days[0]), CRMV_UNPARSABLE_DATE, "03/04/2026");
    CHECK_FAILS(crmv_parse_date(NULL, &days[0]), CRMV_NULL_POINTER, "date_text");
    CHECK_FAILS(crmv_date_from_ymd(2025, 2, 29, &days[0]), CRMV_UNPARSABLE_DATE, "2025-02-29");
    CHECK_FAILS(crmv_date_from_ymd(70000, 1, 1, &days[0]), CRMV_UNPARSABLE_DATE, "70000-01-01");
    int32_t year, month, day;
    CHECK_FAILS(crmv_date_to_ymd(INT32_MIN, &year, &month, &day), CRMV_DATE_OUT_OF_RANGE, "-2147483648 days");
    CHECK_OK(crmv_date_to_ymd(10134, &year, &month, &day));
    CHECK(year == 1997 && month == 9 && day == 30);
}

static crmv_customers *summary(const double *x, const double *t_x, const double *T, const double *z, size_t n) {
    crmv_customer_columns it;
    crmv_customers *customers = NULL;
    CHECK_OK(crmv_customer_columns_init(&it, sizeof it));
    it.n = n;
    it.frequency = x;
    it.recency = t_x;
    it.T = T;
    it.monetary_value = z;
    it.unit = CRMV_UNIT_WEEK;
    CHECK_OK(crmv_customers_from_columns(&it, &customers));
    return customers;
}

static void summaries(void) {
    crmv_transactions *log = NULL;
    crmv_customers *customers = NULL;
    crmv_holdout *holdout = NULL;
    crmv_rfm_summary *rfm = NULL;
    int32_t early = -1, late = 40;
    CHECK_OK(crmv_transactions_from_columns(IDS, DAYS, AMOUNTS, 4, &log));
    CHECK_FAILS(crmv_transactions_summarize(log, CRMV_UNIT_WEEK, &early, &customers), CRMV_END_BEFORE_FIRST_PURCHASE,
                "ends on 1969-12-31, before the first purchase on 1970-01-01");
    CHECK_FAILS(crmv_transactions_rfm(log, CRMV_UNIT_WEEK, &early, &rfm), CRMV_END_BEFORE_FIRST_PURCHASE, "1969-12-31");
    CHECK_FAILS(crmv_transactions_summarize(log, 5, NULL, &customers), CRMV_INVALID_OPTION, "`unit` is 5");
    CHECK_FAILS(crmv_transactions_summarize(log, CRMV_UNIT_NONE, NULL, &customers), CRMV_INVALID_OPTION, "`unit` is -1");
    CHECK_FAILS(crmv_transactions_holdout(log, CRMV_UNIT_WEEK, late, late, &holdout), CRMV_EMPTY_HOLDOUT, "1970-02-10");
    CHECK(customers == NULL && holdout == NULL && rfm == NULL);
    crmv_transactions_free(log);

    const double x[2] = {2, 0}, t_x[2] = {30, 0}, T[2] = {38, 38}, z[2] = {20, NAN};
    struct {
        double x, t_x, T, z;
        crmv_status code;
        const char *fragment;
    } wrong[] = {
        {-1, 5, 9, 1, CRMV_NEGATIVE, "column `frequency`, row 1: -1 is negative"},
        {1.5, 5, 9, 1, CRMV_NOT_A_COUNT, "column `frequency`, row 1: 1.5"},
        {NAN, 5, 9, 1, CRMV_NON_FINITE, "column `frequency`, row 1: NaN"},
        {1, 10, 9, 1, CRMV_RECENCY_EXCEEDS_AGE, "column `recency`, row 1: recency 10 exceeds T 9"},
        {1, 0, 9, 1, CRMV_INCONSISTENT_RECENCY, "recency 0 contradicts frequency 1"},
        {0, 3, 9, 1, CRMV_INCONSISTENT_RECENCY, "recency 3 contradicts frequency 0"},
        {1, -3, 9, 1, CRMV_NEGATIVE, "column `recency`, row 1: -3"},
        {1, INFINITY, 9, 1, CRMV_NON_FINITE, "column `recency`, row 1: inf"},
        {1, 5, NAN, 1, CRMV_NON_FINITE, "column `T`, row 1"},
        {1, 5, 9, NAN, CRMV_NON_FINITE, "column `monetary_value`, row 1"},
        {1, 5, 9, -2, CRMV_NEGATIVE, "column `monetary_value`, row 1: -2"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const double xs[2] = {2, wrong[i].x}, t_xs[2] = {30, wrong[i].t_x}, Ts[2] = {38, wrong[i].T}, zs[2] = {20, wrong[i].z};
        crmv_customer_columns it;
        CHECK_OK(crmv_customer_columns_init(&it, sizeof it));
        it.n = 2;
        it.frequency = xs;
        it.recency = t_xs;
        it.T = Ts;
        it.monetary_value = zs;
        it.unit = CRMV_UNIT_WEEK;
        CHECK_FAILS(crmv_customers_from_columns(&it, &customers), wrong[i].code, wrong[i].fragment);
    }
    crmv_customer_columns it;
    const int64_t twice[2] = {-4, -4};
    const char *const absent[2] = {"a", NULL};
    CHECK_OK(crmv_customer_columns_init(&it, sizeof it));
    CHECK_FAILS(crmv_customers_from_columns(&it, &customers), CRMV_EMPTY, "customer summary has no rows");
    it.n = 2;
    it.frequency = x;
    it.recency = t_x;
    CHECK_FAILS(crmv_customers_from_columns(&it, &customers), CRMV_NULL_POINTER, "`T`");
    it.T = T;
    it.unit = 99;
    CHECK_FAILS(crmv_customers_from_columns(&it, &customers), CRMV_INVALID_OPTION, "`unit` is 99");
    it.unit = CRMV_UNIT_WEEK;
    it.ids_i64 = twice;
    CHECK_FAILS(crmv_customers_from_columns(&it, &customers), CRMV_DUPLICATE_CUSTOMER, "customer -4 occurs more than once");
    it.ids_i64 = NULL;
    it.ids_text = absent;
    CHECK_FAILS(crmv_customers_from_columns(&it, &customers), CRMV_MISSING, "column `customer_id`, row 1");
    it.ids_text = NULL;
    it.total_spend = z;
    CHECK_FAILS(crmv_customers_from_columns(&it, &customers), CRMV_NON_FINITE, "column `total_spend`, row 1");
    CHECK(customers == NULL);

    /* What a summary does not hold. */
    double out[2];
    uint8_t has[2];
    int64_t ids[2];
    int32_t days;
    const char *text = NULL;
    crmv_data_quality quality;
    customers = summary(x, t_x, T, NULL, 2);
    CHECK_FAILS(crmv_customers_monetary_value(customers, out, has, 2), CRMV_MISSING_COLUMN, "monetary_value");
    CHECK_FAILS(crmv_customers_total_spend(customers, out, 2), CRMV_MISSING_COLUMN, "total_spend");
    CHECK_FAILS(crmv_customers_total_margin(customers, out, 2), CRMV_MISSING_COLUMN, "total_margin");
    CHECK_FAILS(crmv_customers_quality(customers, &quality, sizeof quality), CRMV_MISSING_COLUMN, "data-quality");
    CHECK_FAILS(crmv_customers_observed_until(customers, &days), CRMV_MISSING_COLUMN, "end of observation");
    CHECK_FAILS(crmv_customers_ids_i64(customers, ids, 2), CRMV_WRONG_TYPE, "column `customer_id` has type unsigned integer");
    CHECK_FAILS(crmv_customers_id_text(customers, 2, &text), CRMV_OUT_OF_RANGE, "no customer 2; there are 2");
    CHECK_FAILS(crmv_customers_frequency(customers, out, 1), CRMV_BUFFER_TOO_SMALL, "room for 1 elements, but 2 are needed");
    CHECK_FAILS(crmv_clv_historical(customers, 1.0, out, 2), CRMV_MISSING_COLUMN, "total_spend");
    CHECK_FAILS(crmv_clv_historical_from_margins(customers, out, 2), CRMV_MISSING_COLUMN, "total_margin");
    crmv_customers_free(customers);
}

static int32_t stop(void *data, size_t iteration, double log_likelihood) {
    (void)log_likelihood;
    *(size_t *)data = iteration;
    return iteration >= 2;
}

static void models(void) {
    const double x[3] = {2, 0, 1}, t_x[3] = {30, 0, 4}, T[3] = {38, 38, 20}, z[3] = {20, 0, 7}, none[3] = {0, 0, 0};
    crmv_customers *customers = summary(x, t_x, T, z, 3), *spendless = summary(x, t_x, T, NULL, 3), *once = summary(none, none, T, z, 3);
    crmv_purchase_model *model = NULL, *days_model = NULL;
    crmv_spend_model *spend = NULL, *heavy = NULL;
    double out[3] = {-1, -1, -1};

    CHECK_FAILS(crmv_bg_nbd_new(0, 1, 1, 1, CRMV_UNIT_WEEK, &model), CRMV_INVALID_PARAMETER, "parameter `r` of BG/NBD is 0");
    CHECK_FAILS(crmv_bg_nbd_new(1, NAN, 1, 1, CRMV_UNIT_WEEK, &model), CRMV_INVALID_PARAMETER, "parameter `alpha` of BG/NBD is NaN");
    CHECK_FAILS(crmv_bg_nbd_new(1, 1, 1, 1, 42, &model), CRMV_INVALID_OPTION, "`unit` is 42");
    CHECK_FAILS(crmv_mbg_nbd_new(1, 1, 1, -1, CRMV_UNIT_WEEK, &model), CRMV_INVALID_PARAMETER, "parameter `b` of MBG/NBD is -1");
    CHECK_FAILS(crmv_pareto_nbd_new(1, 1, 1, 0, CRMV_UNIT_WEEK, &model), CRMV_INVALID_PARAMETER, "parameter `beta` of Pareto/NBD is 0");
    CHECK_FAILS(crmv_ggompertz_nbd_new(1, 1, NAN, 1, 1, CRMV_UNIT_WEEK, &model), CRMV_INVALID_PARAMETER, "parameter `b` of GGompertz/NBD is NaN");
    CHECK_FAILS(crmv_nbd_new(1, -2, CRMV_UNIT_WEEK, &model), CRMV_INVALID_PARAMETER, "parameter `alpha` of NBD is -2");
    CHECK_FAILS(crmv_gamma_gamma_new(1, 1, INFINITY, &spend), CRMV_INVALID_PARAMETER, "parameter `v` of Gamma-Gamma is inf");
    CHECK_FAILS(crmv_bg_nbd_fit(once, NULL, &model), CRMV_NO_REPEAT_PURCHASES, "so BG/NBD cannot be fitted");
    CHECK_FAILS(crmv_mbg_nbd_fit(once, NULL, &model), CRMV_NO_REPEAT_PURCHASES, "so MBG/NBD cannot be fitted");
    CHECK_FAILS(crmv_pareto_nbd_fit(once, NULL, &model), CRMV_NO_REPEAT_PURCHASES, "so Pareto/NBD cannot be fitted");
    CHECK_FAILS(crmv_ggompertz_nbd_fit(once, NULL, &model), CRMV_NO_REPEAT_PURCHASES, "so GGompertz/NBD cannot be fitted");
    CHECK_FAILS(crmv_nbd_fit(once, NULL, &model), CRMV_NO_REPEAT_PURCHASES, "so NBD cannot be fitted");
    CHECK_FAILS(crmv_gamma_gamma_fit(once, NULL, &spend), CRMV_NO_REPEAT_PURCHASES, "Gamma-Gamma");
    CHECK_FAILS(crmv_gamma_gamma_fit(spendless, NULL, &spend), CRMV_MISSING_COLUMN, "monetary_value");

    crmv_fit_options options;
    size_t iterations = 0;
    const double start[4] = {1, 1, 0, 1}, weights[3] = {1, 0, 1};
    CHECK_OK(crmv_fit_options_init(&options, sizeof options));
    options.start = start;
    options.n_start = 3;
    CHECK_FAILS(crmv_bg_nbd_fit(customers, &options, &model), CRMV_INVALID_OPTION, "option `start`");
    options.n_start = 4;
    CHECK_FAILS(crmv_bg_nbd_fit(customers, &options, &model), CRMV_INVALID_PARAMETER, "parameter `a` of BG/NBD is 0");
    CHECK_OK(crmv_fit_options_init(&options, sizeof options));
    options.tolerance = NAN;
    CHECK_FAILS(crmv_bg_nbd_fit(customers, &options, &model), CRMV_INVALID_OPTION, "option `tolerance` is NaN");
    options.tolerance = -1;
    CHECK_FAILS(crmv_nbd_fit(customers, &options, &model), CRMV_INVALID_OPTION, "option `tolerance` is -1");
    CHECK_OK(crmv_fit_options_init(&options, sizeof options));
    options.weights = weights;
    options.n_weights = 2;
    CHECK_FAILS(crmv_bg_nbd_fit(customers, &options, &model), CRMV_LENGTH_MISMATCH, "column `weight` has 2 rows");
    options.n_weights = 3;
    CHECK_FAILS(crmv_bg_nbd_fit(customers, &options, &model), CRMV_NOT_POSITIVE, "column `weight`, row 1: 0");
    CHECK_FAILS(crmv_gamma_gamma_fit(customers, &options, &spend), CRMV_NOT_POSITIVE, "row 1");
    CHECK_OK(crmv_fit_options_init(&options, sizeof options));
    options.monitor = stop;
    options.monitor_data = &iterations;
    CHECK_FAILS(crmv_bg_nbd_fit(customers, &options, &model), CRMV_CANCELLED, "cancelled");
    CHECK(iterations == 2);
    options.struct_size = 3;
    CHECK_FAILS(crmv_bg_nbd_fit(customers, &options, &model), CRMV_INVALID_OPTION, "option `struct_size` is 3");
    CHECK(model == NULL && spend == NULL);

    CHECK_OK(crmv_bg_nbd_new(0.243, 4.414, 0.793, 2.426, CRMV_UNIT_WEEK, &model));
    CHECK_OK(crmv_bg_nbd_new(0.243, 31, 0.793, 2.426, CRMV_UNIT_DAY, &days_model));
    CHECK_OK(crmv_gamma_gamma_new(6.25, 3.74, 15.44, &spend));
    CHECK_OK(crmv_gamma_gamma_new(6.25, 0.9, 15.44, &heavy));
    const char *mixed = "BG/NBD is in days, but the customer summary is in weeks";
    const crmv_unit weeks = CRMV_UNIT_WEEK;
    crmv_discount ten = {0.10, 1.0, CRMV_UNIT_YEAR, CRMV_COMPOUNDING_PERIODIC}, zero = ten, bad = ten;
    zero.rate = 0;
    CHECK_FAILS(crmv_purchase_model_probability_alive(days_model, customers, out, 3), CRMV_UNIT_MISMATCH, mixed);
    CHECK_FAILS(crmv_purchase_model_expected_purchases(days_model, customers, 1, weeks, out, 3), CRMV_UNIT_MISMATCH, mixed);
    CHECK_FAILS(crmv_purchase_model_dert(days_model, customers, &ten, out, 3), CRMV_UNIT_MISMATCH, mixed);
    CHECK_FAILS(crmv_clv_predictive(days_model, spend, customers, NULL, out, 3), CRMV_UNIT_MISMATCH, mixed);
    CHECK_FAILS(crmv_purchase_model_expected_purchases(model, customers, 0, weeks, out, 3), CRMV_HORIZON, "0 is not a finite number above 0");
    CHECK_FAILS(crmv_purchase_model_expected_purchases(model, customers, -3, weeks, out, 3), CRMV_HORIZON, "-3");
    CHECK_FAILS(crmv_purchase_model_expected_purchases(model, customers, NAN, weeks, out, 3), CRMV_HORIZON, "NaN");
    CHECK_FAILS(crmv_purchase_model_expected_purchases(model, customers, 9, 77, out, 3), CRMV_INVALID_OPTION, "`unit` is 77");
    CHECK_FAILS(crmv_purchase_model_expected_purchases_between(model, customers, 5, 5, weeks, out, 3), CRMV_INTERVAL, "from 5 to 5");
    CHECK_FAILS(crmv_purchase_model_expected_purchases_between(model, customers, NAN, 5, weeks, out, 3), CRMV_HORIZON, "NaN");
    CHECK_FAILS(crmv_purchase_model_expected_purchases_between(model, customers, -1, 5, weeks, out, 3), CRMV_HORIZON, "-1");
    CHECK_FAILS(crmv_purchase_model_probability_active(model, customers, 6, 5, weeks, out, 3), CRMV_INTERVAL, "from 6 to 5");
    CHECK_FAILS(crmv_purchase_model_conditional_purchase_probability(model, customers, 1, 0, weeks, out, 3), CRMV_HORIZON, "0 is not");
    CHECK_FAILS(crmv_purchase_model_purchase_probability(model, 1, INFINITY, weeks, out), CRMV_HORIZON, "inf");
    CHECK_FAILS(crmv_purchase_model_dert(model, customers, &zero, out, 3), CRMV_UNBOUNDED_VALUE, "unbounded at discount rate 0");
    bad.rate = -1;
    CHECK_FAILS(crmv_purchase_model_dert(model, customers, &bad, out, 3), CRMV_DISCOUNT_RATE, "discount rate -1");
    bad.rate = NAN;
    bad.compounding = CRMV_COMPOUNDING_CONTINUOUS;
    CHECK_FAILS(crmv_purchase_model_dect(model, customers, &bad, 9, weeks, out, 3), CRMV_DISCOUNT_RATE, "NaN");
    bad = ten;
    bad.compounding = 2;
    CHECK_FAILS(crmv_purchase_model_dert(model, customers, &bad, out, 3), CRMV_INVALID_OPTION, "`compounding` is 2");
    bad = ten;
    bad.length = 0;
    CHECK_FAILS(crmv_purchase_model_dert(model, customers, &bad, out, 3), CRMV_HORIZON, "0 is not");
    CHECK_FAILS(crmv_spend_model_expected_spend(heavy, customers, out, 3), CRMV_UNDEFINED_MEAN, "q = 0.9 <= 1");
    CHECK_FAILS(crmv_spend_model_population_mean_spend(heavy, out), CRMV_UNDEFINED_MEAN, "q = 0.9 <= 1");
    CHECK_FAILS(crmv_spend_model_expected_spend(spend, spendless, out, 3), CRMV_MISSING_COLUMN, "monetary_value");
    CHECK_FAILS(crmv_spend_model_expected_spend_given(spend, 2, NAN, out), CRMV_NON_FINITE, "monetary_value");
    CHECK_FAILS(crmv_spend_model_log_likelihood(spend, 0, 3, out), CRMV_NOT_POSITIVE, "frequency");

    crmv_clv_options clv;
    CHECK_OK(crmv_clv_options_init(&clv, sizeof clv));
    clv.margin = NAN;
    CHECK_FAILS(crmv_clv_predictive(model, spend, customers, &clv, out, 3), CRMV_INVALID_OPTION, "`margin` is NaN");
    CHECK_OK(crmv_clv_options_init(&clv, sizeof clv));
    clv.horizon = 0;
    CHECK_FAILS(crmv_clv_predictive(model, spend, customers, &clv, out, 3), CRMV_HORIZON, "0 is not");
    CHECK_OK(crmv_clv_options_init(&clv, sizeof clv));
    clv.period = 1e-9;
    CHECK_FAILS(crmv_clv_predictive(model, spend, customers, &clv, out, 3), CRMV_INVALID_OPTION, "`period`");
    CHECK_OK(crmv_clv_options_init(&clv, sizeof clv));
    clv.discount.rate = -1;
    CHECK_FAILS(crmv_clv_predictive(model, spend, customers, &clv, out, 3), CRMV_DISCOUNT_RATE, "-1");
    clv.discount.rate = 0;
    clv.endless = 1;
    CHECK_FAILS(crmv_clv_predictive(model, spend, customers, &clv, out, 3), CRMV_UNBOUNDED_VALUE, "unbounded");
    clv.endless = 2;
    CHECK_FAILS(crmv_clv_predictive(model, spend, customers, &clv, out, 3), CRMV_INVALID_OPTION, "`endless` is 2");
    CHECK_OK(crmv_clv_options_init(&clv, sizeof clv));
    clv.timing = 5;
    CHECK_FAILS(crmv_clv_predictive(model, spend, customers, &clv, out, 3), CRMV_INVALID_OPTION, "`timing` is 5");
    CHECK_FAILS(crmv_clv_predictive(model, spend, customers, NULL, out, 2), CRMV_BUFFER_TOO_SMALL, "room for 2");
    CHECK(out[0] == -1 && out[1] == -1 && out[2] == -1);

    crmv_purchase_model *stored = NULL;
    crmv_spend_model *stored_spend = NULL;
    CHECK_FAILS(crmv_purchase_model_from_json("{", &stored), CRMV_DESERIALIZE, "cannot read the stored purchase model");
    CHECK_FAILS(crmv_purchase_model_from_json("[]", &stored), CRMV_DESERIALIZE, "does not name a model");
    CHECK_FAILS(crmv_purchase_model_from_json("{\"model\":\"Gamma-Gamma\"}", &stored), CRMV_DESERIALIZE, "Gamma-Gamma");
    CHECK_FAILS(crmv_purchase_model_from_json("{\"model\":\"NBD\",\"version\":99,\"unit\":\"week\",\"r\":1,\"alpha\":1}", &stored), CRMV_DESERIALIZE,
                "version 99");
    CHECK_FAILS(crmv_purchase_model_from_json("{\"model\":\"NBD\",\"version\":1,\"unit\":\"week\",\"r\":-1,\"alpha\":1}", &stored), CRMV_DESERIALIZE,
                "`r` of NBD is -1");
    CHECK_FAILS(crmv_purchase_model_from_json("{\"model\":\"\xc3\"}", &stored), CRMV_INVALID_UTF8, "json");
    CHECK_FAILS(crmv_spend_model_from_json("{\"model\":\"BG/NBD\"}", &stored_spend), CRMV_DESERIALIZE, "BG/NBD");
    CHECK(stored == NULL && stored_spend == NULL);

    crmv_purchase_model_free(model);
    crmv_purchase_model_free(days_model);
    crmv_spend_model_free(spend);
    crmv_spend_model_free(heavy);
    crmv_customers_free(customers);
    crmv_customers_free(spendless);
    crmv_customers_free(once);
}

/* Constructors of one shape each, so that a table can hold them. */
typedef union {
    crmv_purchase_model *purchase;
    crmv_spend_model *spend;
    crmv_bg_bb *bg_bb;
    crmv_retention_model *retention;
} any_model;

typedef crmv_status (*build)(const double *p, any_model *out);

#define WEEK CRMV_UNIT_WEEK
static crmv_status nbd(const double *p, any_model *out) { return crmv_nbd_new(p[0], p[1], WEEK, &out->purchase); }
static crmv_status bg_nbd(const double *p, any_model *out) { return crmv_bg_nbd_new(p[0], p[1], p[2], p[3], WEEK, &out->purchase); }
static crmv_status mbg_nbd(const double *p, any_model *out) { return crmv_mbg_nbd_new(p[0], p[1], p[2], p[3], WEEK, &out->purchase); }
static crmv_status bg_cnbd_k(const double *p, any_model *out) { return crmv_bg_cnbd_k_new(2, p[0], p[1], p[2], p[3], WEEK, &out->purchase); }
static crmv_status mbg_cnbd_k(const double *p, any_model *out) { return crmv_mbg_cnbd_k_new(2, p[0], p[1], p[2], p[3], WEEK, &out->purchase); }
static crmv_status pareto_nbd(const double *p, any_model *out) { return crmv_pareto_nbd_new(p[0], p[1], p[2], p[3], WEEK, &out->purchase); }
static crmv_status ggompertz_nbd(const double *p, any_model *out) {
    return crmv_ggompertz_nbd_new(p[0], p[1], p[2], p[3], p[4], WEEK, &out->purchase);
}
static crmv_status bg_bb(const double *p, any_model *out) { return crmv_bg_bb_new(p[0], p[1], p[2], p[3], &out->bg_bb); }
static crmv_status geometric(const double *p, any_model *out) { return crmv_geometric_new(0.5 * p[0], &out->retention); }
static crmv_status sbg(const double *p, any_model *out) { return crmv_sbg_new(p[0], p[1], &out->retention); }
static crmv_status bdw(const double *p, any_model *out) { return crmv_bdw_new(p[0], p[1], p[2], &out->retention); }
static crmv_status gamma_gamma(const double *p, any_model *out) { return crmv_gamma_gamma_new(p[0], p[1], p[2], &out->spend); }

static void every_parameter_of_every_model(void) {
    static const struct {
        build build;
        const char *model;
        const char *parameters[6];
    } models_[] = {
        {nbd, "NBD", {"r", "alpha"}},
        {bg_nbd, "BG/NBD", {"r", "alpha", "a", "b"}},
        {mbg_nbd, "MBG/NBD", {"r", "alpha", "a", "b"}},
        {bg_cnbd_k, "BG/CNBD-k", {"r", "alpha", "a", "b"}},
        {mbg_cnbd_k, "MBG/CNBD-k", {"r", "alpha", "a", "b"}},
        {pareto_nbd, "Pareto/NBD", {"r", "alpha", "s", "beta"}},
        {ggompertz_nbd, "GGompertz/NBD", {"r", "alpha", "b", "s", "beta"}},
        {bg_bb, "BG/BB", {"alpha", "beta", "gamma", "delta"}},
        {geometric, "geometric", {"theta"}},
        {sbg, "sBG", {"alpha", "beta"}},
        {bdw, "BdW", {"alpha", "beta", "c"}},
        {gamma_gamma, "Gamma-Gamma", {"p", "q", "v"}},
    };
    const double bad[] = {0.0, -1.0, NAN, INFINITY, -INFINITY};
    any_model none = {NULL};
    for (size_t m = 0; m < sizeof models_ / sizeof *models_; m++) {
        for (size_t i = 0; models_[m].parameters[i] != NULL; i++) {
            for (size_t j = 0; j < sizeof bad / sizeof *bad; j++) {
                double p[5] = {1, 1, 1, 1, 1};
                char fragment[128];
                p[i] = bad[j];
                snprintf(fragment, sizeof fragment, "parameter `%s` of %s is ", models_[m].parameters[i], models_[m].model);
                CHECK_FAILS(models_[m].build(p, &none), CRMV_INVALID_PARAMETER, fragment);
                CHECK(strstr(crmv_last_error(), "; it must") != NULL && none.purchase == NULL);
            }
        }
    }
    CHECK_FAILS(crmv_bg_cnbd_k_new(0, 1, 1, 1, 1, WEEK, &none.purchase), CRMV_INVALID_PARAMETER, "`k` of BG/CNBD-k is 0; it must");
    CHECK_FAILS(crmv_mbg_cnbd_k_new(21, 1, 1, 1, 1, WEEK, &none.purchase), CRMV_INVALID_PARAMETER, "whole number from 1 to 20");
    CHECK(none.purchase == NULL);
}

typedef crmv_status (*fit)(const crmv_customers *customers, const crmv_fit_options *options, crmv_purchase_model **out);

static void fit_options_and_paths(void) {
    static const struct {
        fit fit;
        const char *names;
        size_t n;
    } fits[] = {
        {crmv_nbd_fit, "NBD has no such parameter, only `r`, `alpha`", 2},
        {crmv_bg_nbd_fit, "BG/NBD has no such parameter, only `r`, `alpha`, `a`, `b`", 4},
        {crmv_mbg_nbd_fit, "MBG/NBD has no such parameter, only `r`, `alpha`, `a`, `b`", 4},
        {crmv_pareto_nbd_fit, "Pareto/NBD has no such parameter, only `r`, `alpha`, `s`, `beta`", 4},
        {crmv_ggompertz_nbd_fit, "GGompertz/NBD has no such parameter, only `r`, `alpha`, `b`, `s`, `beta`", 5},
    };
    const double x[3] = {2, 0, 1}, t_x[3] = {30, 0, 4}, T[3] = {38, 38, 20}, ones[6] = {1, 1, 1, 1, 1, 1};
    crmv_customers *customers = summary(x, t_x, T, NULL, 3);
    crmv_purchase_model *model = NULL;
    crmv_fit_options how;
    CHECK_OK(crmv_fit_options_init(&how, sizeof how));
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++) {
        for (int prior = 0; prior < 2; prior++) {
            const crmv_constraint unknown = {"nobody", 1.0, prior ? 0.5 : 0.0, CRMV_UNIT_NONE};
            how.constraints = &unknown;
            how.n_constraints = 1;
            CHECK_FAILS(fits[i].fit(customers, &how, &model), CRMV_INVALID_OPTION, fits[i].names);
            CHECK(strstr(crmv_last_error(), prior ? "`prior` is `nobody`" : "`fix` is `nobody`") != NULL);
        }
        CHECK_OK(crmv_fit_options_init(&how, sizeof how));
        how.start = ones;
        how.n_start = fits[i].n + 1;
        CHECK_FAILS(fits[i].fit(customers, &how, &model), CRMV_INVALID_OPTION, "option `start`");
        CHECK_OK(crmv_fit_options_init(&how, sizeof how));
    }
    const crmv_constraint unknown = {"nobody", 1.0, 0.0, CRMV_UNIT_NONE};
    how.constraints = &unknown;
    how.n_constraints = 1;
    const double spent[3] = {20, 0, 7}, opportunities[3] = {6, 6, 6}, bought[3] = {2, 0, 1}, last[3] = {4, 0, 2};
    const uint8_t churned[3] = {1, 1, 0};
    crmv_customers *spenders = summary(x, t_x, T, spent, 3);
    crmv_spend_model *spend = NULL;
    CHECK_FAILS(crmv_gamma_gamma_fit(spenders, &how, &spend), CRMV_INVALID_OPTION, "Gamma-Gamma has no such parameter, only `p`, `q`, `v`");
    crmv_customers_free(spenders);
    crmv_tenures *tenures = NULL;
    crmv_retention_model *retention = NULL;
    CHECK_OK(crmv_tenures_from_customers(opportunities, churned, NULL, 3, &tenures));
    CHECK_FAILS(crmv_geometric_fit(tenures, &how, &retention), CRMV_INVALID_OPTION, "geometric has no such parameter, only `theta`");
    CHECK_FAILS(crmv_sbg_fit(tenures, &how, &retention), CRMV_INVALID_OPTION, "sBG has no such parameter, only `alpha`, `beta`");
    CHECK_FAILS(crmv_bdw_fit(tenures, &how, &retention), CRMV_INVALID_OPTION, "BdW has no such parameter, only `alpha`, `beta`, `c`");
    crmv_tenures_free(tenures);
    crmv_opportunity_columns columns;
    crmv_opportunities *donors = NULL;
    crmv_bg_bb *discrete = NULL;
    CHECK_OK(crmv_opportunity_columns_init(&columns, sizeof columns));
    columns.rows = 3;
    columns.frequency = bought;
    columns.recency = last;
    columns.n = opportunities;
    CHECK_OK(crmv_opportunities_from_columns(&columns, &donors));
    CHECK_FAILS(crmv_bg_bb_fit(donors, &how, &discrete), CRMV_INVALID_OPTION, "BG/BB has no such parameter, only `alpha`, `beta`, `gamma`, `delta`");
    crmv_opportunities_free(donors);
    CHECK_OK(crmv_fit_options_init(&how, sizeof how));
    CHECK(spend == NULL && retention == NULL && discrete == NULL);
    CHECK_FAILS(crmv_bg_cnbd_k_fit(customers, 2, NULL, &model), CRMV_MISSING_COLUMN, "log_intervals");
    CHECK_FAILS(crmv_mbg_cnbd_k_fit(customers, 2, NULL, &model), CRMV_MISSING_COLUMN, "log_intervals");
    const double bad_weights[] = {0.0, -1.0, NAN, INFINITY};
    for (size_t i = 0; i < 4; i++) {
        const double weights[3] = {1, bad_weights[i], 1};
        how.weights = weights;
        how.n_weights = 3;
        CHECK_FAILS(crmv_nbd_fit(customers, &how, &model), i < 2 ? CRMV_NOT_POSITIVE : CRMV_NON_FINITE, "column `weight`, row 1");
    }
    CHECK(model == NULL);

    const double falling[2] = {2, 1}, nan[1] = {NAN}, at[2] = {3, -1};
    double out[3] = {-1, -1, -1};
    const crmv_discount below = {-0.1, 1.0, CRMV_UNIT_WEEK, CRMV_COMPOUNDING_CONTINUOUS};
    CHECK_OK(crmv_bg_nbd_new(0.243, 4.414, 0.793, 2.426, CRMV_UNIT_WEEK, &model));
    CHECK_FAILS(crmv_purchase_model_alive_path(model, falling, 2, at, 1, out, 3), CRMV_UNSORTED, "`purchases`, row 1: 1 comes after 2");
    CHECK_FAILS(crmv_purchase_model_alive_path(model, nan, 1, at, 1, out, 3), CRMV_NON_FINITE, "`purchases`, row 0");
    CHECK_FAILS(crmv_purchase_model_alive_path(model, falling, 1, at, 2, out, 3), CRMV_NEGATIVE, "`at`, row 1: -1");
    CHECK_FAILS(crmv_purchase_model_dert(model, customers, &below, out, 3), CRMV_UNBOUNDED_VALUE, "give a rate above 0");
    CHECK(out[0] == -1 && out[1] == -1 && out[2] == -1);
    crmv_purchase_model_free(model);
    crmv_customers_free(customers);
}

static void scores_and_shares(void) {
    const double time[3] = {1, 2, 3}, orders[3] = {3, 2, 1}, money[3] = {30, 20, 10}, wrong[3] = {1, 0, NAN};
    crmv_rfm_columns columns;
    crmv_rfm_summary *rfm = NULL;
    CHECK_OK(crmv_rfm_columns_init(&columns, sizeof columns));
    CHECK_FAILS(crmv_rfm_summary_from_columns(&columns, &rfm), CRMV_EMPTY, "RFM summary has no rows");
    columns.n = 3;
    columns.time_since_last = time;
    columns.frequency = wrong;
    columns.total_spend = money;
    CHECK_FAILS(crmv_rfm_summary_from_columns(&columns, &rfm), CRMV_NOT_POSITIVE, "column `frequency`, row 1: 0");
    columns.frequency = orders;
    columns.total_spend = wrong;
    CHECK_FAILS(crmv_rfm_summary_from_columns(&columns, &rfm), CRMV_NON_FINITE, "column `total_spend`, row 2");
    columns.total_spend = money;
    CHECK_OK(crmv_rfm_summary_from_columns(&columns, &rfm));

    crmv_rfm_options options;
    crmv_rfm_scores *scores = NULL, *coarse = NULL;
    CHECK_OK(crmv_rfm_options_init(&options, sizeof options));
    options.bins[1] = 0;
    CHECK_FAILS(crmv_rfm_fit(rfm, &options, &scores), CRMV_BINS, "0 bins");
    options.bins[1] = 101;
    CHECK_FAILS(crmv_rfm_fit(rfm, &options, &scores), CRMV_BINS, "101 bins");
    options.bins[1] = 3;
    options.directions[2] = 2;
    CHECK_FAILS(crmv_rfm_fit(rfm, &options, &scores), CRMV_INVALID_OPTION, "`direction` is 2");
    options.directions[2] = CRMV_DIRECTION_HIGHER_IS_BETTER;
    options.monetary = 8;
    CHECK_FAILS(crmv_rfm_fit(rfm, &options, &scores), CRMV_INVALID_OPTION, "`monetary` is 8");
    options.monetary = CRMV_MONETARY_MEAN;
    CHECK_OK(crmv_rfm_fit(rfm, &options, &coarse));
    CHECK_OK(crmv_rfm_fit(rfm, NULL, &scores));

    uint8_t bytes[5];
    uint16_t assigned[3];
    char label[3];
    double out[3];
    size_t count = 0;
    CHECK_FAILS(crmv_rfm_scores_axis(scores, 3, bytes, 3), CRMV_INVALID_OPTION, "`axis` is 3");
    CHECK_FAILS(crmv_rfm_scores_label(scores, 0, label, sizeof label), CRMV_BUFFER_TOO_SMALL, "4 are needed");
    CHECK_FAILS(crmv_rfm_scores_label(scores, 3, label, sizeof label), CRMV_OUT_OF_RANGE, "no customer 3");
    CHECK_FAILS(crmv_rfm_scores_weighted(scores, 1, -1, 1, out, 3), CRMV_INVALID_OPTION, "RFM weight");

    crmv_segment_table *table = NULL, *made = NULL;
    crmv_segment rows[1] = {{"whale", 0, 0, 4, 3, 0, 0}};
    CHECK_OK(crmv_segment_table_default(&table));
    CHECK_FAILS(crmv_segment_table_assign(table, coarse, assigned, 3), CRMV_SEGMENT_TABLE, "5 bins of frequency, but the scores have 3");
    CHECK_FAILS(crmv_segment_table_new(5, 5, 5, NULL, 0, &made), CRMV_SEGMENT_TABLE, "no rows");
    CHECK_FAILS(crmv_segment_table_new(5, 5, 5, rows, 1, &made), CRMV_SEGMENT_TABLE, "whale");
    CHECK_FAILS(crmv_segment_table_new(5, 0, 5, rows, 1, &made), CRMV_BINS, "0 bins");
    rows[0].name = NULL;
    CHECK_FAILS(crmv_segment_table_new(5, 5, 5, rows, 1, &made), CRMV_NULL_POINTER, "name");
    CHECK_FAILS(crmv_segment_table_from_json("{}", &made), CRMV_DESERIALIZE, "segment table");

    crmv_rfm_cut_points *cuts = NULL;
    const double falling[2] = {5, 4};
    CHECK_FAILS(crmv_rfm_cut_points_new(falling, 2, NULL, 0, NULL, 0, CRMV_MONETARY_TOTAL, CRMV_UNIT_DAY, &cuts), CRMV_CUT_POINTS, "cut point 1 is 4");
    CHECK_FAILS(crmv_rfm_cut_points_from_json("{\"version\":1}", &cuts), CRMV_DESERIALIZE, "RFM cut points");
    CHECK_OK(crmv_rfm_cut_points_new(NULL, 0, NULL, 0, NULL, 0, CRMV_MONETARY_TOTAL, CRMV_UNIT_WEEK, &cuts));
    crmv_rfm_scores *untouched = NULL;
    CHECK_FAILS(crmv_rfm_cut_points_apply(cuts, rfm, &untouched), CRMV_UNIT_MISMATCH, "weeks");
    CHECK_FAILS(crmv_quantile_scores(money, 3, 0, CRMV_DIRECTION_HIGHER_IS_BETTER, bytes, 3), CRMV_BINS, "0 bins");
    CHECK_FAILS(crmv_quantile_scores(wrong, 3, 2, CRMV_DIRECTION_HIGHER_IS_BETTER, bytes, 3), CRMV_NON_FINITE, "row 2");
    CHECK(made == NULL && untouched == NULL);

    crmv_concentration *concentration = NULL;
    crmv_tiers *tiers = NULL;
    const double negative[3] = {5, -1, 3}, zeros[2] = {0, 0}, bounds[2] = {0.5, 0.9};
    CHECK_FAILS(crmv_concentration_new(NULL, 0, CRMV_NEGATIVES_REJECT, &concentration), CRMV_EMPTY, "no rows");
    CHECK_FAILS(crmv_concentration_new(negative, 3, CRMV_NEGATIVES_REJECT, &concentration), CRMV_NEGATIVE, "column `value`, row 1: -1");
    CHECK_FAILS(crmv_concentration_new(negative, 3, 3, &concentration), CRMV_INVALID_OPTION, "`negatives` is 3");
    CHECK_FAILS(crmv_concentration_new(wrong, 3, CRMV_NEGATIVES_ALLOW, &concentration), CRMV_NON_FINITE, "row 2");
    CHECK_FAILS(crmv_concentration_new(zeros, 2, CRMV_NEGATIVES_REJECT, &concentration), CRMV_TOTAL_NOT_POSITIVE, "sum to 0");
    CHECK(concentration == NULL);
    CHECK_OK(crmv_concentration_new(money, 3, CRMV_NEGATIVES_REJECT, &concentration));
    CHECK_FAILS(crmv_concentration_top_share(concentration, 1.5, out), CRMV_SHARE, "1.5");
    CHECK_FAILS(crmv_concentration_lorenz_at(concentration, NAN, out), CRMV_SHARE, "NaN");
    CHECK_FAILS(crmv_concentration_customers_for_share(concentration, -0.1, &count, out, out + 1), CRMV_SHARE, "-0.1");
    CHECK_FAILS(crmv_concentration_lorenz(concentration, 4, out, out, 3, &count), CRMV_BUFFER_TOO_SMALL, "4 are needed");
    CHECK_FAILS(crmv_concentration_tiers(concentration, bounds, 2, &tiers), CRMV_TIER_BOUNDS, "tier bound 1 is 0.9");
    CHECK_FAILS(crmv_concentration_abc(concentration, bounds, 0, &tiers), CRMV_EMPTY, "tier bounds");
    CHECK_FAILS(crmv_tiers_from_json("7", &tiers), CRMV_DESERIALIZE, "tiers");
    CHECK(tiers == NULL);

    crmv_concentration_free(concentration);
    crmv_rfm_cut_points_free(cuts);
    crmv_segment_table_free(table);
    crmv_rfm_scores_free(scores);
    crmv_rfm_scores_free(coarse);
    crmv_rfm_summary_free(rfm);
}

int main(void) {
    transactions();
    dates();
    summaries();
    models();
    every_parameter_of_every_model();
    fit_options_and_paths();
    scores_and_shares();
    return check_finish();
}
