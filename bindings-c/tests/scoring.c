/* Cut points, value levels, RFM yardsticks, segment tables and RFMR points: cases worked by hand. */
#include "check.h"

static int same(const char *a, const char *b) { return a != NULL && strcmp(a, b) == 0; }

static void cut_points(void) {
    const double borders[3] = {30, 90, 365}, days[5] = {0, 30, 31, 365, 366}, orders[5] = {1, 1, 1, 2, 9}, new_orders[2] = {0, 3};
    const double falling[2] = {2, 1}, not_a_number[1] = {NAN};
    const uint8_t expected[5] = {4, 4, 3, 2, 1}, rising_scores[3] = {2, 3, 4}, empty[2] = {2, 3}, fitted[3] = {1, 4, 5};
    uint8_t scores[5];
    double values[5];
    size_t count = 0;
    crmv_direction end = -1;
    char *json = NULL;
    crmv_cut_points *recency = NULL, *frequency = NULL, *read = NULL, *none = NULL;
    CHECK_OK(crmv_cut_points_fixed(borders, 3, CRMV_DIRECTION_LOWER_IS_BETTER, &recency));
    CHECK_OK(crmv_cut_points_apply(recency, days, 5, scores, 5));
    CHECK(memcmp(scores, expected, 5) == 0);
    CHECK_OK(crmv_cut_points_bins(recency, &count));
    CHECK_OK(crmv_cut_points_direction(recency, &end));
    CHECK(count == 4 && end == CRMV_DIRECTION_LOWER_IS_BETTER);
    CHECK_OK(crmv_cut_points_points(recency, scores, values, 4, &count));
    CHECK(count == 3 && memcmp(scores, rising_scores, 3) == 0 && values[0] == 365 && values[2] == 30);
    CHECK_FAILS(crmv_cut_points_apply(recency, not_a_number, 1, scores, 5), CRMV_NON_FINITE, "row 0");
    CHECK_FAILS(crmv_cut_points_apply(recency, days, 5, scores, 4), CRMV_BUFFER_TOO_SMALL, "5");

    /* Five quantiles of 1 1 1 2 9: three equal customers share score 1, nobody has 2 or 3. */
    CHECK_OK(crmv_cut_points_by_quantiles(orders, 5, 5, CRMV_DIRECTION_HIGHER_IS_BETTER, &frequency));
    CHECK_OK(crmv_cut_points_points(frequency, scores, values, 5, &count));
    CHECK(count == 3 && memcmp(scores, fitted, 3) == 0 && values[0] == 1 && values[1] == 2 && values[2] == 9);
    CHECK_OK(crmv_cut_points_empty_scores(frequency, scores, 5, &count));
    CHECK(count == 2 && memcmp(scores, empty, 2) == 0);
    CHECK_OK(crmv_cut_points_to_json(frequency, &json));
    CHECK_OK(crmv_cut_points_from_json(json, &read));
    CHECK_OK(crmv_cut_points_apply(read, new_orders, 2, scores, 5));
    CHECK(scores[0] == 1 && scores[1] == 4);
    crmv_string_free(json);
    CHECK_FAILS(crmv_cut_points_fixed(falling, 2, CRMV_DIRECTION_HIGHER_IS_BETTER, &none), CRMV_CUT_POINTS, "1");
    CHECK_FAILS(crmv_cut_points_fixed(borders, 3, 7, &none), CRMV_INVALID_OPTION, "direction");
    CHECK_FAILS(crmv_cut_points_by_quantiles(orders, 5, 101, CRMV_DIRECTION_HIGHER_IS_BETTER, &none), CRMV_BINS, "101");
    CHECK_FAILS(crmv_cut_points_by_quantiles(orders, 0, 5, CRMV_DIRECTION_HIGHER_IS_BETTER, &none), CRMV_EMPTY, "value");
    CHECK_FAILS(crmv_cut_points_from_json("[]", &none), CRMV_DESERIALIZE, "cut points");
    CHECK(none == NULL);
    crmv_cut_points_free(recency);
    crmv_cut_points_free(frequency);
    crmv_cut_points_free(read);
    crmv_cut_points_free(NULL);
}

static void levels(void) {
    const double values[6] = {5, 900, 40, 5, 60, 7}, fifty[1] = {50};
    const uint8_t expected[6] = {CRMV_VALUE_LOW, CRMV_VALUE_HIGH, CRMV_VALUE_MEDIUM, CRMV_VALUE_LOW, CRMV_VALUE_HIGH, CRMV_VALUE_MEDIUM};
    uint8_t found[6], score = 0;
    crmv_cut_points *yardstick = NULL;
    CHECK_OK(crmv_value_levels(values, 6, found, 6, &yardstick));
    CHECK(memcmp(found, expected, 6) == 0);
    CHECK_OK(crmv_cut_points_apply(yardstick, fifty, 1, &score, 1));
    CHECK(score == 2);
    CHECK_OK(crmv_value_levels(values, 6, found, 6, NULL));
    CHECK_FAILS(crmv_value_levels(values, 0, found, 6, NULL), CRMV_EMPTY, "value");
    crmv_cut_points_free(yardstick);
}

/* n customers, in days. */
static crmv_rfm_summary *rfm_summary(size_t n, const double *days, const double *orders, const double *spend) {
    crmv_rfm_columns columns;
    crmv_rfm_summary *summary = NULL;
    CHECK_OK(crmv_rfm_columns_init(&columns, sizeof columns));
    columns.n = n;
    columns.time_since_last = days;
    columns.frequency = orders;
    columns.total_spend = spend;
    columns.unit = CRMV_UNIT_DAY;
    CHECK_OK(crmv_rfm_summary_from_columns(&columns, &summary));
    return summary;
}

static void yardsticks(void) {
    const double days[4] = {1, 2, 30, 40}, orders[4] = {9, 8, 2, 1}, spend[4] = {5, 4, 3, 2};
    const double new_days[2] = {0, 99}, new_orders[2] = {8, 8}, new_spend[2] = {1, 9};
    const double r_borders[2] = {30, 90}, f_borders[2] = {2, 5}, m_borders[2] = {100, 1000};
    const double fixed_days[2] = {3, 100}, fixed_orders[2] = {4, 1}, fixed_spend[2] = {1000, 25};
    crmv_rfm_summary *customers = rfm_summary(4, days, orders, spend), *new_customers = rfm_summary(2, new_days, new_orders, new_spend);
    crmv_rfm_summary *others = rfm_summary(2, fixed_days, fixed_orders, fixed_spend);
    crmv_rfm_options options;
    crmv_rfm_scores *scores = NULL, *again = NULL;
    crmv_rfm_cut_points *nested = NULL, *fixed = NULL, *read = NULL;
    crmv_cut_points *cell = NULL, *axes[3] = {NULL, NULL, NULL};
    crmv_rfm_yardstick info;
    char label[CRMV_RFM_LABEL_SIZE], *json = NULL;
    uint8_t begins[2];
    double values[2], weighted[2];
    size_t count = 0, bins[3] = {0, 0, 0};
    int32_t found = -1;

    /* Nested: among the recent F begins at 8 and 9, among the others at 1 and 2. */
    CHECK_OK(crmv_rfm_options_init(&options, sizeof options));
    for (size_t i = 0; i < 3; i++) options.bins[i] = 2;
    options.nested = 1;
    CHECK_OK(crmv_rfm_fit(customers, &options, &scores));
    CHECK_OK(crmv_rfm_scores_bins(scores, bins));
    CHECK(bins[0] == 2 && bins[1] == 2 && bins[2] == 2);
    CHECK_OK(crmv_rfm_scores_cut_points(scores, &nested));
    CHECK_OK(crmv_rfm_cut_points_info(nested, &info, sizeof info));
    CHECK(info.nested == 1 && info.bins[1] == 2 && info.monetary == CRMV_MONETARY_TOTAL && info.unit == CRMV_UNIT_DAY);
    CHECK_OK(crmv_rfm_cut_points_within(nested, CRMV_AXIS_FREQUENCY, 2, 1, &found, &cell));
    CHECK_OK(crmv_cut_points_points(cell, begins, values, 2, &count));
    CHECK(found == 1 && count == 2 && values[0] == 8 && values[1] == 9);
    crmv_cut_points_free(cell);
    CHECK_OK(crmv_rfm_cut_points_within(nested, CRMV_AXIS_FREQUENCY, 1, 1, &found, &cell));
    CHECK_OK(crmv_cut_points_points(cell, begins, values, 2, &count));
    CHECK(count == 2 && values[0] == 1 && values[1] == 2);
    crmv_cut_points_free(cell);
    CHECK_OK(crmv_rfm_cut_points_within(nested, CRMV_AXIS_FREQUENCY, 3, 1, &found, &cell));
    CHECK(found == 0 && cell == NULL);
    CHECK(crmv_rfm_cut_points_within(nested, 5, 1, 1, &found, &cell) == CRMV_INVALID_OPTION);
    /* A new customer, recent and of 8 purchases, is low among the recent; stored and read again, too. */
    CHECK_OK(crmv_rfm_cut_points_to_json(nested, &json));
    CHECK_OK(crmv_rfm_cut_points_from_json(json, &read));
    CHECK_OK(crmv_rfm_cut_points_apply(read, new_customers, &again));
    CHECK_OK(crmv_rfm_scores_label(again, 0, label, sizeof label));
    CHECK(same(label, "211"));
    CHECK_OK(crmv_rfm_scores_label(again, 1, label, sizeof label));
    CHECK(same(label, "121"));
    crmv_string_free(json);
    crmv_rfm_scores_free(again);
    crmv_rfm_scores_free(scores);
    crmv_rfm_cut_points_free(read);

    /* Fixed cut points, one set per axis. */
    CHECK_OK(crmv_cut_points_fixed(r_borders, 2, CRMV_DIRECTION_LOWER_IS_BETTER, &axes[0]));
    CHECK_OK(crmv_cut_points_fixed(f_borders, 2, CRMV_DIRECTION_HIGHER_IS_BETTER, &axes[1]));
    CHECK_OK(crmv_cut_points_fixed(m_borders, 2, CRMV_DIRECTION_HIGHER_IS_BETTER, &axes[2]));
    CHECK_OK(crmv_rfm_cut_points_from_axes(axes[0], axes[1], axes[2], CRMV_MONETARY_TOTAL, CRMV_UNIT_DAY, &fixed));
    CHECK_OK(crmv_rfm_cut_points_apply(fixed, others, &scores));
    CHECK_OK(crmv_rfm_scores_label(scores, 0, label, sizeof label));
    CHECK(same(label, "323"));
    CHECK_OK(crmv_rfm_scores_weighted(scores, 0.5, 0.25, 0.25, weighted, 2));
    CHECK(weighted[0] == 2.75 && weighted[1] == 1);
    CHECK(crmv_rfm_cut_points_from_axes(axes[0], NULL, axes[2], CRMV_MONETARY_TOTAL, CRMV_UNIT_DAY, &read) == CRMV_NULL_POINTER);
    CHECK(crmv_rfm_cut_points_from_axes(axes[0], axes[1], axes[2], 8, CRMV_UNIT_DAY, &read) == CRMV_INVALID_OPTION);
    for (size_t i = 0; i < 3; i++) crmv_cut_points_free(axes[i]);
    crmv_rfm_scores_free(scores);
    crmv_rfm_cut_points_free(fixed);
    crmv_rfm_cut_points_free(nested);

    /* 2 to 10 bins: of k customers with distinct values, the i-th from below has score i. */
    for (size_t k = 2; k <= 10; k++) {
        double rising[10];
        uint8_t column[10];
        for (size_t i = 0; i < k; i++) rising[i] = (double)(i + 1);
        crmv_rfm_summary *line = rfm_summary(k, rising, rising, rising);
        for (size_t i = 0; i < 3; i++) options.bins[i] = k;
        options.nested = 0;
        CHECK_OK(crmv_rfm_fit(line, &options, &scores));
        CHECK_OK(crmv_rfm_scores_axis(scores, CRMV_AXIS_MONETARY, column, 10));
        for (size_t i = 0; i < k; i++) CHECK(column[i] == i + 1);
        CHECK_OK(crmv_rfm_scores_axis(scores, CRMV_AXIS_RECENCY, column, 10));
        CHECK(column[0] == k && column[k - 1] == 1);
        crmv_rfm_scores_free(scores);
        crmv_rfm_summary_free(line);
    }
    crmv_rfm_summary_free(customers);
    crmv_rfm_summary_free(new_customers);
    crmv_rfm_summary_free(others);
}

static void segment_tables(void) {
    const crmv_segment rows[3] = {{"key account", 2, 3, 0, 0, 3, 3}, {"win back", 1, 1, 0, 0, 2, 3}, {"key account", 3, 3, 1, 2, 3, 3}};
    const double days[3] = {3, 40, 200}, orders[3] = {9, 1, 5}, spend[3] = {900, 20, 300};
    crmv_rfm_summary *customers = rfm_summary(3, days, orders, spend);
    crmv_segment_table *table = NULL, *usual = NULL;
    crmv_rfm_scores *scores = NULL;
    crmv_labels *names = NULL;
    crmv_segment row;
    const char *text = NULL;
    size_t bins[3], count = 0, row_count = 9, cell_count = 9, unreachable[3];
    uint8_t cells[45];
    CHECK_OK(crmv_segment_table_new(3, 3, 3, rows, 3, &table));
    CHECK_OK(crmv_segment_table_bins(table, bins));
    CHECK_OK(crmv_segment_table_row_count(table, &count));
    CHECK(bins[2] == 3 && count == 3);
    CHECK_OK(crmv_segment_table_row(table, 2, &row));
    CHECK(same(row.name, "key account") && row.r_min == 3 && row.r_max == 3 && row.f_min == 1 && row.f_max == 2 && row.m_min == 3);
    CHECK_OK(crmv_segment_table_row(table, 1, &row));
    CHECK(same(row.name, "win back") && row.f_min == 0 && row.f_max == 0);
    CHECK_FAILS(crmv_segment_table_row(table, 3, &row), CRMV_OUT_OF_RANGE, "row 3");
    /* The third row lies within the first. The others leave 27 - 6 - 6 = 15 cells, among them R 1, M 1 with every F. */
    CHECK_OK(crmv_segment_table_check(table, NULL, 0, &row_count, NULL, 0, &cell_count));
    CHECK(row_count == 1 && cell_count == 15);
    CHECK_OK(crmv_segment_table_check(table, unreachable, 3, &row_count, cells, 15, &cell_count));
    CHECK(unreachable[0] == 2 && cells[0] == 1 && cells[1] == 1 && cells[2] == 1 && cells[3] == 1 && cells[4] == 2 && cells[5] == 1);
    CHECK_FAILS(crmv_segment_table_check(table, unreachable, 3, &row_count, cells, 14, &cell_count), CRMV_BUFFER_TOO_SMALL, "15");

    CHECK_OK(crmv_segment_table_default(&usual));
    CHECK_OK(crmv_segment_table_check(usual, NULL, 0, &row_count, NULL, 0, &cell_count));
    CHECK(row_count == 0 && cell_count == 0);
    CHECK_OK(crmv_rfm_fit(customers, NULL, &scores));
    CHECK_OK(crmv_segment_table_label(usual, scores, &names));
    const char *const expected[3] = {"loyal", "hibernating", "hibernating"};
    for (size_t i = 0; i < 3; i++) {
        CHECK_OK(crmv_labels_name(names, i, &text));
        CHECK(same(text, expected[i]));
    }
    CHECK_OK(crmv_labels_level_count(names, &count));
    CHECK(count == 11); /* ten segments and "other" */
    crmv_labels_free(names);
    CHECK_FAILS(crmv_segment_table_label(table, scores, &names), CRMV_SEGMENT_TABLE, "3 bins");
    crmv_rfm_scores_free(scores);
    crmv_segment_table_free(table);
    crmv_segment_table_free(usual);
    crmv_rfm_summary_free(customers);
}

/* The mail-order table: a customer of 8 months, 3 orders of 80 each, 2 returns, 2 main catalogues and 1 mailing has
   25 + 25 + 18 + 15 - 5 - 24 - 2 = 52; good 25 + 40 + 30 + 35 = 130; gone 25 - 15 + 5 - 40 - 48 - 18 - 20 = -111. */
static void rfmr(void) {
    const double months[3] = {8, 2, 30}, orders[3] = {3, 5, 0}, value[3] = {80, 250, 40}, returns[3] = {2, 1, 20};
    const double main_catalogues[3] = {2, 0, 4}, special[3] = {0, 0, 3}, mailings[3] = {1, 0, 10}, half[3] = {0.5, 0, 0};
    const char *const ids[3] = {"x", "y", "z"};
    const double expected[3] = {52, 130, -111}, without_contacts[3] = {78, 130, -25};
    crmv_rfmr_columns columns;
    crmv_rfmr_history *history = NULL, *contacted = NULL, *none = NULL;
    crmv_rfmr_points *table = NULL, *read = NULL;
    double points[3], column[3];
    size_t count = 0;
    const char *text = NULL;
    char *json = NULL;
    crmv_id_type kind = -1;
    CHECK_OK(crmv_rfmr_columns_init(&columns, sizeof columns));
    columns.n = 3;
    columns.ids_text = ids;
    columns.months_since_last = months;
    columns.recent_orders = orders;
    columns.mean_recent_value = value;
    columns.returns = returns;
    CHECK_OK(crmv_rfmr_history_from_columns(&columns, &history));
    CHECK_OK(crmv_rfmr_history_count(history, &count));
    CHECK_OK(crmv_rfmr_history_id_type(history, &kind));
    CHECK_OK(crmv_rfmr_history_id_text(history, 2, &text));
    CHECK(count == 3 && kind == CRMV_IDS_TEXT && same(text, "z"));
    CHECK_OK(crmv_rfmr_points_new(NULL, &table));
    CHECK_OK(crmv_rfmr_points_of(table, history, points, 3));
    CHECK(memcmp(points, without_contacts, sizeof points) == 0);
    CHECK_OK(crmv_rfmr_history_with_contacts(history, main_catalogues, special, mailings, 3, &contacted));
    CHECK_OK(crmv_rfmr_history_column(contacted, CRMV_RFMR_MAIN_CATALOGUES, column, 3));
    CHECK(memcmp(column, main_catalogues, sizeof column) == 0);
    CHECK_OK(crmv_rfmr_history_column(history, CRMV_RFMR_MAILINGS, column, 3));
    CHECK(column[0] == 0 && column[2] == 0);
    CHECK_OK(crmv_rfmr_points_of(table, contacted, points, 3));
    CHECK(memcmp(points, expected, sizeof points) == 0);
    CHECK_FAILS(crmv_rfmr_history_with_contacts(history, half, special, mailings, 3, &none), CRMV_NOT_A_COUNT, "`main_catalogues`, row 0");
    CHECK_FAILS(crmv_rfmr_history_with_contacts(history, special, special, mailings, 2, &none), CRMV_LENGTH_MISMATCH, "main_catalogues");
    CHECK_FAILS(crmv_rfmr_history_column(history, 7, column, 3), CRMV_INVALID_OPTION, "column");
    CHECK_FAILS(crmv_rfmr_points_of(table, history, points, 2), CRMV_BUFFER_TOO_SMALL, "3");
    CHECK_FAILS(crmv_rfmr_history_ids_u64(history, NULL, 0), CRMV_WRONG_TYPE, "crmv_rfmr_history_ids_u64");

    /* Decisions, thresholds included in keep. */
    uint8_t decisions[3];
    const uint8_t decided[3] = {CRMV_MAILING_KEEP, CRMV_MAILING_CONCENTRATE, CRMV_MAILING_REMOVE};
    CHECK_OK(crmv_mailing_decisions(points, 3, 52, 100, decisions, 3));
    CHECK(memcmp(decisions, decided, 3) == 0);
    CHECK_FAILS(crmv_mailing_decisions(points, 3, 101, 100, decisions, 3), CRMV_INVALID_OPTION, "elimination");

    /* A table of one's own: 10 to begin with, 2 per order, 1 for up to a year and -1 beyond, 5 for any value; returns as usual. */
    const crmv_point_band year[1] = {{12, 1}}, falling[2] = {{12, 1}, {6, 2}};
    crmv_rfmr_options options;
    crmv_rfmr_points_free(table);
    CHECK_OK(crmv_rfmr_options_init(&options, sizeof options));
    CHECK(options.start == 25 && options.per_order == 6 && options.per_mailing == -2 && options.recency.bands == NULL);
    options.start = 10;
    options.per_order = 2;
    options.recency.bands = year;
    options.recency.n = 1;
    options.recency.above = -1;
    options.value.bands = year;
    options.value.n = 0;
    options.value.above = 5;
    CHECK_OK(crmv_rfmr_points_new(&options, &table));
    CHECK_OK(crmv_rfmr_points_of(table, history, points, 3));
    CHECK(points[0] == 10 + 1 + 6 + 5 - 5 && points[1] == 10 + 1 + 10 + 5 && points[2] == 10 - 1 + 0 + 5 - 40);
    CHECK_OK(crmv_rfmr_points_to_json(table, &json));
    CHECK_OK(crmv_rfmr_points_from_json(json, &read));
    CHECK_OK(crmv_rfmr_points_of(read, history, column, 3));
    CHECK(memcmp(points, column, sizeof points) == 0);
    crmv_string_free(json);
    crmv_rfmr_points_free(read);
    crmv_rfmr_points_free(table);
    CHECK_OK(crmv_rfmr_points_from_json("{\"start\": 26}", &table));
    CHECK_OK(crmv_rfmr_points_of(table, contacted, points, 3));
    CHECK(points[0] == 53);
    crmv_rfmr_points_free(table);
    options.recency.bands = falling;
    options.recency.n = 2;
    CHECK_OK(crmv_rfmr_points_new(&options, &table));
    CHECK_FAILS(crmv_rfmr_points_of(table, history, points, 3), CRMV_CUT_POINTS, "6");
    crmv_rfmr_points_free(table);
    CHECK_FAILS(crmv_rfmr_points_from_json("{\"starts\": 26}", &table), CRMV_DESERIALIZE, "RFMR points");
    crmv_rfmr_points_free(NULL);

    columns.returns = half;
    CHECK_FAILS(crmv_rfmr_history_from_columns(&columns, &none), CRMV_NOT_A_COUNT, "`returns`, row 0");
    columns.n = 0;
    CHECK_FAILS(crmv_rfmr_history_from_columns(&columns, &none), CRMV_EMPTY, "RFMR history");
    crmv_rfmr_history_free(contacted);
    crmv_rfmr_history_free(history);
    crmv_rfmr_history_free(NULL);

    /* From a log: customer 1 on days 0, 100, 700, 900 for 10, 20, 30, 100, a return on day 950; customer 2 on day 453. 18 months: 547.875. */
    const uint64_t log_ids[6] = {1, 1, 1, 1, 1, 2};
    const int32_t days[6] = {0, 100, 700, 900, 950, 453}, end = 1000;
    const double amounts[6] = {10, 20, 30, 100, -15, 7};
    uint64_t numbers[2];
    crmv_transactions *log = NULL;
    CHECK_OK(crmv_transactions_from_columns(log_ids, days, amounts, 6, &log));
    CHECK_OK(crmv_transactions_rfmr(log, &end, &history));
    CHECK_OK(crmv_rfmr_history_ids_u64(history, numbers, 2));
    CHECK(numbers[0] == 1 && numbers[1] == 2);
    CHECK_OK(crmv_rfmr_history_column(history, CRMV_RFMR_RECENT_ORDERS, column, 2));
    CHECK(column[0] == 2 && column[1] == 1);
    CHECK_OK(crmv_rfmr_history_column(history, CRMV_RFMR_MEAN_RECENT_VALUE, column, 2));
    CHECK(column[0] == 50 && column[1] == 7);
    CHECK_OK(crmv_rfmr_history_column(history, CRMV_RFMR_RETURNS, column, 2));
    CHECK(column[0] == 1 && column[1] == 0);
    CHECK_OK(crmv_rfmr_history_column(history, CRMV_RFMR_MONTHS_SINCE_LAST, column, 2));
    CHECK(column[0] == 100 / 30.4375 && column[1] == 547 / 30.4375);
    crmv_rfmr_history_free(history);
    const int32_t before_all = -1;
    CHECK(crmv_transactions_rfmr(log, &before_all, &none) == CRMV_END_BEFORE_FIRST_PURCHASE);
    crmv_transactions_free(log);
}

int main(void) {
    cut_points();
    levels();
    yardsticks();
    segment_tables();
    rfmr();
    return check_finish();
}
