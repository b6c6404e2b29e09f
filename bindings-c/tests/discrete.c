/* Discrete time and contracts: opportunities and BG/BB on the donations, tenures and the contractual models on the cohorts of 2007; values
 * from the papers named, or worked by hand. */
#include "check.h"

enum { MAX_ROWS = 64, MAX_YEARS = 16 };

typedef struct {
    size_t rows;
    double frequency[MAX_ROWS], recency[MAX_ROWS], n[MAX_ROWS], weight[MAX_ROWS];
} table;

static FILE *open_data(const char *name) {
    char path[4096], line[256];
    const char *directory = getenv("CRM_VALUE_DATA_DIR");
    snprintf(path, sizeof path, "%s/%s", directory != NULL ? directory : "examples/data", name);
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        printf("cannot read %s\n0 passed, 1 failed\n", path);
        exit(1);
    }
    return file;
}

static table read_donations(void) {
    table it;
    memset(&it, 0, sizeof it);
    FILE *file = open_data("donations.csv");
    while (it.rows < MAX_ROWS && fscanf(file, "%lf,%lf,%lf,%lf", &it.frequency[it.rows], &it.recency[it.rows], &it.n[it.rows],
                                        &it.weight[it.rows]) == 4) {
        it.rows++;
    }
    fclose(file);
    return it;
}

/* Survivors per 1000 in years 0, 1, ... of regular and high end customers. */
static size_t read_cohorts(double regular[MAX_YEARS], double high_end[MAX_YEARS]) {
    FILE *file = open_data("retention_2007.csv");
    size_t years = 0;
    double first, second;
    while (years < MAX_YEARS && fscanf(file, "%*d,%lf,%lf", &first, &second) == 2) {
        regular[years] = round(10 * first);
        high_end[years++] = round(10 * second);
    }
    fclose(file);
    return years;
}

static crmv_opportunities *opportunities(const table *it) {
    crmv_opportunity_columns columns;
    crmv_opportunities *made = NULL;
    CHECK_OK(crmv_opportunity_columns_init(&columns, sizeof columns));
    columns.rows = it->rows;
    columns.frequency = it->frequency;
    columns.recency = it->recency;
    columns.n = it->n;
    columns.weight = it->weight;
    CHECK_OK(crmv_opportunities_from_columns(&columns, &made));
    return made;
}

/* Fader, Hardie & Shang (2010): estimates, table 6, and the five years after the calibration. */
static void donations(void) {
    const table it = read_donations();
    crmv_opportunities *donors = opportunities(&it);
    crmv_bg_bb *model = NULL, *copy = NULL;
    double values[MAX_ROWS], more[MAX_ROWS], parameters[4], again[4], number = 0, sum = 0;
    size_t count = 0;
    CHECK_OK(crmv_opportunities_count(donors, &count));
    CHECK_OK(crmv_opportunities_total_weight(donors, &number));
    CHECK(count == 22 && number == 11104);
    CHECK_OK(crmv_opportunities_weight(donors, values, MAX_ROWS));
    CHECK_OK(crmv_opportunities_n(donors, more, MAX_ROWS));
    CHECK(values[0] == it.weight[0] && more[21] == 6);

    CHECK_OK(crmv_bg_bb_fit(donors, NULL, &model));
    CHECK_OK(crmv_bg_bb_parameters(model, parameters, 4));
    const double published[4] = {1.2035, 0.7497, 0.6567, 2.7834};
    const char *const names[4] = {"alpha", "beta", "gamma", "delta"};
    for (size_t i = 0; i < 4; i++) {
        const char *name = NULL;
        CHECK(fabs(parameters[i] - published[i]) < 1e-4);
        CHECK_OK(crmv_bg_bb_parameter_name(model, i, &name));
        CHECK(strcmp(name, names[i]) == 0);
    }
    const crmv_fit_report *report = NULL;
    crmv_fit_info info;
    CHECK_OK(crmv_bg_bb_report(model, &report));
    CHECK_OK(crmv_fit_report_info(report, &info, sizeof info));
    CHECK(fabs(info.log_likelihood + 33225.581) < 1e-3 && info.converged == 1 && info.customers == 11104 && info.patterns == 22);
    CHECK(info.unit == CRMV_UNIT_NONE && info.warnings == 0);
    CHECK_OK(crmv_bg_bb_log_likelihood(model, donors, &number));
    CHECK_CLOSE(number, info.log_likelihood, 1e-12);
    CHECK_OK(crmv_bg_bb_log_likelihoods(model, donors, values, MAX_ROWS));
    for (size_t i = 0; i < it.rows; i++) sum += it.weight[i] * values[i];
    CHECK_CLOSE(sum, number, 1e-12);

    char *json = NULL;
    CHECK_OK(crmv_bg_bb_to_json(model, &json));
    CHECK_OK(crmv_bg_bb_from_json(json, &copy));
    CHECK_OK(crmv_bg_bb_parameters(copy, again, 4));
    CHECK(memcmp(parameters, again, sizeof again) == 0);
    CHECK_OK(crmv_bg_bb_report(copy, &report));
    CHECK(report != NULL);
    crmv_string_free(json);
    crmv_bg_bb_free(copy);
    crmv_bg_bb_free(model);

    /* With the published parameters: P(alive in 2002) of 1995-0, 1999-2, 2001-6. */
    CHECK_OK(crmv_bg_bb_new(1.204, 0.750, 0.657, 2.783, &model));
    CHECK_OK(crmv_bg_bb_report(model, &report));
    CHECK(report == NULL);
    CHECK_OK(crmv_bg_bb_probability_alive_ahead(model, donors, 1, values, MAX_ROWS));
    CHECK_OK(crmv_bg_bb_probability_alive(model, donors, more, MAX_ROWS));
    int met = 0;
    for (size_t i = 0; i < it.rows; i++) {
        const double x = it.frequency[i], t_x = it.recency[i];
        CHECK(values[i] < more[i] && more[i] <= 1);
        if (x == 0) met += fabs(values[i] - 0.11) < 5e-3;
        if (x == 2 && t_x == 4) met += fabs(values[i] - 0.59) < 5e-3;
        if (x == 6) met += fabs(values[i] - 0.93) < 5e-3;
    }
    CHECK(met == 3);
    CHECK_OK(crmv_bg_bb_expected_purchases(model, donors, 5, values, MAX_ROWS));
    sum = 0;
    for (size_t i = 0; i < it.rows; i++) sum += it.weight[i] * values[i];
    CHECK(fabs(sum - 12884.2) < 3);
    CHECK_OK(crmv_bg_bb_expected_purchases_new_customer(model, 10, &number));
    CHECK(fabs(number - 3.1798) < 2e-3);
    CHECK_OK(crmv_bg_bb_purchase_probability(model, 0, 6, &number));
    CHECK(fabs(11104 * number - 3454.9) < 2);

    /* One quantity in terms of another. */
    double parts[4][MAX_ROWS];
    CHECK_OK(crmv_bg_bb_expected_purchases(model, donors, 2, parts[0], MAX_ROWS));
    CHECK_OK(crmv_bg_bb_expected_purchases_between(model, donors, 2, 5, parts[1], MAX_ROWS));
    CHECK_OK(crmv_bg_bb_dect(model, donors, 0.0, 5, parts[2], MAX_ROWS));
    CHECK_OK(crmv_bg_bb_dert(model, donors, 0.1, parts[3], MAX_ROWS));
    for (size_t i = 0; i < it.rows; i++) {
        CHECK_CLOSE(parts[0][i] + parts[1][i], values[i], 1e-12);
        CHECK_CLOSE(parts[2][i], values[i], 1e-12);
    }
    CHECK_OK(crmv_bg_bb_dect(model, donors, 0.1, 400, parts[2], MAX_ROWS));
    CHECK_OK(crmv_bg_bb_conditional_purchase_probability(model, donors, 0, 3, parts[0], MAX_ROWS));
    CHECK_OK(crmv_bg_bb_probability_active(model, donors, 0, 3, parts[1], MAX_ROWS));
    for (size_t i = 0; i < it.rows; i++) {
        CHECK_CLOSE(parts[2][i], parts[3][i], 1e-12);
        CHECK_CLOSE(parts[0][i] + parts[1][i], 1.0, 1e-12);
    }
    /* A donor who never missed a year is known to be alive, so that the posteriors are Beta(alpha + 6, beta) and Beta(gamma, delta + 6). */
    CHECK_OK(crmv_bg_bb_mean_purchase_probability(model, donors, parts[0], MAX_ROWS));
    CHECK_OK(crmv_bg_bb_mean_dropout_probability(model, donors, parts[1], MAX_ROWS));
    for (size_t i = 0; i < it.rows; i++) {
        if (it.frequency[i] == 6) {
            CHECK_CLOSE(parts[0][i], (1.204 + 6) / (1.204 + 0.750 + 6), 1e-12);
            CHECK_CLOSE(parts[1][i], 0.657 / (0.657 + 2.783 + 6), 1e-12);
        }
        CHECK(parts[1][i] > 0 && parts[1][i] < 1);
    }

    CHECK_FAILS(crmv_bg_bb_expected_purchases_between(model, donors, 3, 3, values, MAX_ROWS), CRMV_INTERVAL, "3");
    CHECK_FAILS(crmv_bg_bb_dert(model, donors, 0.0, values, MAX_ROWS), CRMV_UNBOUNDED_VALUE, "0");
    CHECK_FAILS(crmv_bg_bb_dect(model, donors, NAN, 3, values, MAX_ROWS), CRMV_DISCOUNT_RATE, "NaN");
    CHECK_FAILS(crmv_bg_bb_probability_alive(model, donors, values, 21), CRMV_BUFFER_TOO_SMALL, "22");
    CHECK_FAILS(crmv_bg_bb_probability_alive(NULL, donors, values, MAX_ROWS), CRMV_NULL_POINTER, "model");
    crmv_fit_options options;
    CHECK_OK(crmv_fit_options_init(&options, sizeof options));
    options.weights = it.weight;
    options.n_weights = it.rows;
    crmv_bg_bb *none = NULL;
    CHECK_FAILS(crmv_bg_bb_fit(donors, &options, &none), CRMV_INVALID_OPTION, "weights");
    CHECK_FAILS(crmv_bg_bb_new(1, 1, 1, NAN, &none), CRMV_INVALID_PARAMETER, "delta");
    CHECK_FAILS(crmv_bg_bb_from_json("{\"model\":\"sBG\"}", &none), CRMV_DESERIALIZE, "sBG");
    CHECK(none == NULL);
    crmv_bg_bb_free(model);
    crmv_bg_bb_free(NULL);
    crmv_opportunities_free(donors);
    crmv_opportunities_free(NULL);
}

/* Bought on 1, 8 and 9 January and 2 February: by weeks of the customer's own, the second purchase is on the last day of the first one. */
static void logs(void) {
    const uint64_t ids[] = {7, 7, 7, 7};
    const int32_t days[] = {check_day(2026, 1, 1), check_day(2026, 1, 8), check_day(2026, 1, 9), check_day(2026, 2, 2)};
    const double amounts[] = {1, 1, 1, 1};
    const int32_t weeks_end = check_day(2026, 1, 29), months_end = check_day(2026, 2, 28);
    crmv_transactions *log = NULL;
    crmv_opportunities *weeks = NULL, *months = NULL, *none = NULL;
    CHECK_OK(crmv_transactions_from_columns(ids, days, amounts, 4, &log));
    CHECK_OK(crmv_transactions_opportunities(log, 1, CRMV_UNIT_WEEK, &weeks_end, &weeks));
    CHECK_OK(crmv_transactions_opportunities_by_calendar(log, CRMV_PERIOD_MONTH, &months_end, &months));
    double x = 0, t_x = 0, n = 0;
    CHECK_OK(crmv_opportunities_frequency(weeks, &x, 1));
    CHECK_OK(crmv_opportunities_recency(weeks, &t_x, 1));
    CHECK_OK(crmv_opportunities_n(weeks, &n, 1));
    CHECK(x == 2 && t_x == 2 && n == 4);
    CHECK_OK(crmv_opportunities_frequency(months, &x, 1));
    CHECK_OK(crmv_opportunities_recency(months, &t_x, 1));
    CHECK_OK(crmv_opportunities_n(months, &n, 1));
    CHECK(x == 1 && t_x == 1 && n == 1);

    uint64_t id = 0;
    int64_t signed_id = 0;
    crmv_id_type type = -1;
    const char *text = NULL;
    int32_t end = 0;
    crmv_data_quality quality;
    CHECK_OK(crmv_opportunities_ids_u64(weeks, &id, 1));
    CHECK_OK(crmv_opportunities_id_type(weeks, &type));
    CHECK_OK(crmv_opportunities_id_text(weeks, 0, &text));
    CHECK(id == 7 && type == CRMV_IDS_U64 && strcmp(text, "7") == 0);
    CHECK_OK(crmv_opportunities_observed_until(weeks, &end));
    CHECK_OK(crmv_opportunities_quality(weeks, &quality, sizeof quality));
    CHECK(end == weeks_end && quality.rows_read == 4 && quality.after_end_rows == 1);
    CHECK_OK(crmv_opportunities_weight(weeks, &x, 1));
    CHECK(x == 1);

    CHECK_FAILS(crmv_opportunities_ids_i64(weeks, &signed_id, 1), CRMV_WRONG_TYPE, "customer_id");
    CHECK_FAILS(crmv_opportunities_id_text(weeks, 1, &text), CRMV_OUT_OF_RANGE, "1");
    CHECK_FAILS(crmv_transactions_opportunities(log, NAN, CRMV_UNIT_WEEK, NULL, &none), CRMV_HORIZON, "NaN");
    CHECK_FAILS(crmv_transactions_opportunities(log, 1e-9, CRMV_UNIT_DAY, NULL, &none), CRMV_TOO_MANY_PERIODS, "1000000");
    CHECK_FAILS(crmv_transactions_opportunities_by_calendar(log, 4, NULL, &none), CRMV_INVALID_OPTION, "CRMV_PERIOD_");
    CHECK(none == NULL);
    crmv_opportunities_free(weeks);
    crmv_opportunities_free(months);
    crmv_transactions_free(log);
}

static void bad_opportunities(void) {
    double x[2] = {0, 1}, t_x[2] = {0, 1}, n[2] = {2, 2}, weight[2] = {1, 0};
    const char *const texts[2] = {"ada", "ada"};
    crmv_opportunity_columns columns;
    crmv_opportunities *none = NULL;
    CHECK_OK(crmv_opportunity_columns_init(&columns, sizeof columns));
    CHECK_FAILS(crmv_opportunities_from_columns(&columns, &none), CRMV_EMPTY, "opportunity summary");
    CHECK_FAILS(crmv_opportunities_from_columns(NULL, &none), CRMV_NULL_POINTER, "columns");
    columns.rows = 2;
    columns.frequency = x;
    columns.recency = t_x;
    CHECK_FAILS(crmv_opportunities_from_columns(&columns, &none), CRMV_NULL_POINTER, "n");
    columns.n = n;
    columns.weight = weight;
    CHECK_FAILS(crmv_opportunities_from_columns(&columns, &none), CRMV_NOT_POSITIVE, "weight");
    columns.weight = NULL;
    columns.ids_text = texts;
    CHECK_FAILS(crmv_opportunities_from_columns(&columns, &none), CRMV_DUPLICATE_CUSTOMER, "ada");
    columns.ids_text = NULL;
    x[1] = 2;
    CHECK_FAILS(crmv_opportunities_from_columns(&columns, &none), CRMV_FREQUENCY_EXCEEDS_RECENCY, "row 1");
    x[1] = 1.5;
    CHECK_FAILS(crmv_opportunities_from_columns(&columns, &none), CRMV_NOT_A_COUNT, "1.5");
    x[1] = 1;
    t_x[1] = 3;
    CHECK_FAILS(crmv_opportunities_from_columns(&columns, &none), CRMV_EXCEEDS_OPPORTUNITIES, "row 1");
    t_x[1] = 0;
    CHECK_FAILS(crmv_opportunities_from_columns(&columns, &none), CRMV_INCONSISTENT_RECENCY, "row 1");
    n[0] = 2e6;
    CHECK_FAILS(crmv_opportunities_from_columns(&columns, &none), CRMV_TOO_MANY_PERIODS, "row 0");
    CHECK(none == NULL);
    /* Nobody came back. */
    const double zeros[2] = {0, 0}, twos[2] = {2, 2};
    crmv_opportunities *idle = NULL;
    crmv_bg_bb *model = NULL;
    columns.frequency = zeros;
    columns.recency = zeros;
    columns.n = twos;
    CHECK_OK(crmv_opportunities_from_columns(&columns, &idle));
    CHECK_FAILS(crmv_bg_bb_fit(idle, NULL, &model), CRMV_NO_REPEAT_PURCHASES, "BG/BB");
    int32_t end = 0;
    CHECK_FAILS(crmv_opportunities_observed_until(idle, &end), CRMV_MISSING_COLUMN, "log");
    crmv_opportunities_free(idle);
}

/* Fader & Hardie (2007, 2018): estimates and log-likelihoods on years 0 to 7, and the projection of year 12. */
static void contracts(void) {
    double regular[MAX_YEARS], high_end[MAX_YEARS], values[MAX_YEARS], more[MAX_YEARS], parameters[3], number = 0;
    CHECK(read_cohorts(regular, high_end) == 13);
    const size_t length = 8;
    crmv_tenures *tenures = NULL, *rows = NULL, *both = NULL;
    CHECK_OK(crmv_tenures_from_survivors(regular, &length, 1, &tenures));
    uint32_t longest = 0;
    CHECK_OK(crmv_tenures_customers(tenures, &number));
    CHECK(number == 1000);
    CHECK_OK(crmv_tenures_churned(tenures, &number));
    CHECK(number == 759);
    CHECK_OK(crmv_tenures_longest(tenures, &longest));
    CHECK(longest == 8);

    crmv_retention_model *geometric = NULL, *sbg = NULL, *bdw = NULL, *copy = NULL;
    const crmv_fit_report *report = NULL;
    crmv_fit_info info;
    const char *name = NULL;
    size_t count = 0;
    CHECK_OK(crmv_geometric_fit(tenures, NULL, &geometric));
    CHECK_OK(crmv_retention_model_parameters(geometric, parameters, 3));
    double faced = 0;
    for (size_t i = 0; i < 7; i++) faced += regular[i];
    CHECK_CLOSE(parameters[0], 759 / faced, 1e-9);
    CHECK_OK(crmv_sbg_fit(tenures, NULL, &sbg));
    CHECK_OK(crmv_retention_model_parameters(sbg, parameters, 3));
    CHECK(fabs(parameters[0] - 0.7041) < 1e-4 && fabs(parameters[1] - 1.1820) < 2e-4);
    CHECK_OK(crmv_retention_model_report(sbg, &report));
    CHECK_OK(crmv_fit_report_info(report, &info, sizeof info));
    CHECK(fabs(info.log_likelihood + 1680.265) < 6e-4 && info.converged == 1 && info.parameters == 2);
    CHECK_OK(crmv_retention_model_log_likelihood(sbg, tenures, &number));
    CHECK_CLOSE(number, info.log_likelihood, 1e-12);
    CHECK_OK(crmv_bdw_fit(tenures, NULL, &bdw));
    CHECK_OK(crmv_retention_model_report(bdw, &report));
    CHECK_OK(crmv_fit_report_info(report, &info, sizeof info));
    CHECK(fabs(info.log_likelihood + 1679.603) < 6e-4);
    CHECK_OK(crmv_retention_model_name(bdw, &name));
    CHECK_OK(crmv_retention_model_parameter_count(bdw, &count));
    CHECK(strcmp(name, "BdW") == 0 && count == 3);
    CHECK_OK(crmv_retention_model_parameter_name(bdw, 2, &name));
    CHECK(strcmp(name, "c") == 0);

    /* The same tenures from rows. */
    double tenure[8], weights[8];
    uint8_t churned[8];
    for (size_t i = 0; i < 8; i++) {
        tenure[i] = (double)(i + 1);
        churned[i] = i < 7;
        weights[i] = i < 7 ? regular[i] - regular[i + 1] : regular[7];
    }
    CHECK_OK(crmv_tenures_from_customers(tenure, churned, weights, 8, &rows));
    double of_rows = 0, of_survivors = 0;
    CHECK_OK(crmv_retention_model_log_likelihood(bdw, rows, &of_rows));
    CHECK_OK(crmv_retention_model_log_likelihood(bdw, tenures, &of_survivors));
    CHECK(of_rows == of_survivors);

    /* Two cohorts of different length, one after the other. */
    const double two[5] = {100, 63, 47, 50, 30};
    const size_t lengths[2] = {3, 2};
    CHECK_OK(crmv_tenures_from_survivors(two, lengths, 2, &both));
    CHECK_OK(crmv_tenures_customers(both, &number));
    CHECK(number == 150);
    CHECK_OK(crmv_tenures_churned(both, &number));
    CHECK(number == 73);

    const uint32_t t[4] = {0, 1, 8, 12};
    CHECK_OK(crmv_retention_model_survival(sbg, t, 4, values, MAX_YEARS));
    CHECK(values[0] == 1 && fabs(100 * values[2] - 22.01) < 6e-3 && fabs(100 * values[3] - 17.00) < 6e-3);
    CHECK_OK(crmv_retention_model_retention_rate(sbg, t, 4, more, MAX_YEARS));
    CHECK_CLOSE(more[1], values[1], 1e-14);
    CHECK_OK(crmv_retention_model_churn_probability(sbg, t, 4, more, MAX_YEARS));
    CHECK(more[0] == 0);
    CHECK_CLOSE(more[1], 1 - values[1], 1e-14);
    const uint32_t made[5] = {0, 1, 2, 3, 4};
    CHECK_OK(crmv_retention_model_survival_ahead(sbg, made, 1, 8, more, MAX_YEARS));
    CHECK_CLOSE(more[0], values[2], 1e-14);
    CHECK_OK(crmv_retention_model_expected_renewals(sbg, made, 5, 1, values, MAX_YEARS));
    CHECK_OK(crmv_retention_model_survival_ahead(sbg, made, 5, 1, more, MAX_YEARS));
    for (size_t i = 0; i < 5; i++) CHECK_CLOSE(values[i], more[i], 1e-13);

    /* With alpha < 1 the mean tenure is infinite; that of the geometric model is 1 / theta. */
    uint8_t has = 2;
    CHECK_OK(crmv_retention_model_expected_tenure(sbg, &number, &has));
    CHECK(has == 0 && number == 0);
    CHECK_OK(crmv_retention_model_expected_tenure(geometric, &number, &has));
    CHECK(has == 1);
    CHECK_CLOSE(number, faced / 759, 1e-9);

    char *json = NULL;
    double again[3];
    CHECK_OK(crmv_retention_model_parameters(bdw, parameters, 3));
    CHECK_OK(crmv_retention_model_to_json(bdw, &json));
    CHECK_OK(crmv_retention_model_from_json(json, &copy));
    CHECK_OK(crmv_retention_model_parameters(copy, again, 3));
    CHECK(memcmp(parameters, again, sizeof again) == 0);
    CHECK_OK(crmv_retention_model_report(copy, &report));
    CHECK(report != NULL);
    crmv_string_free(json);
    crmv_retention_model_free(copy);
    crmv_retention_model_free(sbg);

    /* Fader & Hardie (2010), table 3, case 1; DEL is the first payment and the discounted DERL. */
    const double published[5] = {3.31, 3.45, 3.59, 3.72, 3.84};
    CHECK_OK(crmv_sbg_new(3.80, 15.20, &sbg));
    CHECK_OK(crmv_retention_model_discounted_expected_residual_lifetime(sbg, made, 5, 0.1, values, MAX_YEARS));
    for (size_t i = 0; i < 5; i++) CHECK(fabs(values[i] - published[i]) < 5.1e-3);
    CHECK_OK(crmv_retention_model_discounted_expected_lifetime(sbg, 0.1, &number));
    CHECK_CLOSE(number, 1 + values[0] / 1.1, 1e-13);

    crmv_retention_model *none = NULL;
    crmv_tenures *no_tenures = NULL;
    CHECK_FAILS(crmv_retention_model_discounted_expected_lifetime(sbg, NAN, &number), CRMV_UNBOUNDED_VALUE, "NaN");
    CHECK_FAILS(crmv_retention_model_survival(sbg, t, 4, values, 3), CRMV_BUFFER_TOO_SMALL, "4");
    CHECK_FAILS(crmv_retention_model_survival(sbg, NULL, 4, values, 4), CRMV_NULL_POINTER, "t");
    CHECK_FAILS(crmv_geometric_new(1.0, &none), CRMV_INVALID_PARAMETER, "theta");
    CHECK_FAILS(crmv_bdw_new(1.0, 1.0, NAN, &none), CRMV_INVALID_PARAMETER, "c");
    CHECK_FAILS(crmv_retention_model_from_json("{\"model\":\"BG/BB\"}", &none), CRMV_DESERIALIZE, "BG/BB");
    const double rising[3] = {10, 8, 9}, constant[2] = {9, 9};
    const size_t three = 3, pair = 2, no_length = 0;
    CHECK_FAILS(crmv_tenures_from_survivors(rising, &three, 1, &no_tenures), CRMV_RISING_SURVIVORS, "cohort 0");
    CHECK_FAILS(crmv_tenures_from_survivors(NULL, NULL, 0, &no_tenures), CRMV_EMPTY, "cohorts");
    CHECK_FAILS(crmv_tenures_from_survivors(NULL, &no_length, 1, &no_tenures), CRMV_EMPTY, "cohort 0");
    const size_t endless[2] = {SIZE_MAX, 2};
    CHECK_FAILS(crmv_tenures_from_survivors(rising, endless, 2, &no_tenures), CRMV_INVALID_OPTION, "lengths");
    const double zero = 0;
    CHECK_FAILS(crmv_tenures_from_customers(&zero, churned, NULL, 1, &no_tenures), CRMV_NOT_POSITIVE, "tenure");
    CHECK(no_tenures == NULL);
    crmv_tenures_free(both);
    CHECK_OK(crmv_tenures_from_survivors(constant, &pair, 1, &both));
    CHECK_FAILS(crmv_sbg_fit(both, NULL, &none), CRMV_DEGENERATE_TENURES, "sBG");
    CHECK(none == NULL);
    crmv_tenures_free(both);
    crmv_tenures_free(rows);
    crmv_tenures_free(tenures);
    crmv_tenures_free(NULL);
    crmv_retention_model_free(geometric);
    crmv_retention_model_free(sbg);
    crmv_retention_model_free(bdw);
    crmv_retention_model_free(NULL);
}

int main(void) {
    donations();
    logs();
    bad_opportunities();
    contracts();
    return check_finish();
}
