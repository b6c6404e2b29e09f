/* RFM scores and segments, concentration and tiers: small cases with known answers, and the CDNOW log. */
#include "check.h"

/* The example of the documentation: five customers, quintiles. */
static void rfm(void) {
    const double days[5] = {3, 40, 200, 12, 90}, orders[5] = {9, 1, 5, 2, 3}, spend[5] = {900, 20, 300, 80, 60};
    const char *const expected[5] = {"555", "311", "144", "423", "232"};
    const char *const named[5] = {"champion", "about to sleep", "at risk", "potential loyalist", "at risk"};
    crmv_rfm_columns columns;
    crmv_rfm_summary *customers = NULL;
    crmv_rfm_scores *scores = NULL, *again = NULL;
    crmv_segment_table *table = NULL, *copy = NULL;
    CHECK_OK(crmv_rfm_columns_init(&columns, sizeof columns));
    columns.n = 5;
    columns.time_since_last = days;
    columns.frequency = orders;
    columns.total_spend = spend;
    columns.unit = CRMV_UNIT_DAY;
    CHECK_OK(crmv_rfm_summary_from_columns(&columns, &customers));
    CHECK_OK(crmv_rfm_fit(customers, NULL, &scores));
    CHECK_OK(crmv_segment_table_default(&table));
    uint16_t segments[5];
    uint8_t r[5], f[5], m[5];
    double combined[5];
    size_t n = 0;
    CHECK_OK(crmv_rfm_scores_count(scores, &n));
    CHECK(n == 5);
    CHECK_OK(crmv_rfm_scores_axis(scores, CRMV_AXIS_RECENCY, r, 5));
    CHECK_OK(crmv_rfm_scores_axis(scores, CRMV_AXIS_FREQUENCY, f, 5));
    CHECK_OK(crmv_rfm_scores_axis(scores, CRMV_AXIS_MONETARY, m, 5));
    CHECK_OK(crmv_rfm_scores_weighted(scores, 1, 1, 1, combined, 5));
    CHECK_OK(crmv_segment_table_assign(table, scores, segments, 5));
    for (size_t i = 0; i < 5; i++) {
        char label[CRMV_RFM_LABEL_SIZE], digits[16];
        const char *name = NULL;
        CHECK_OK(crmv_rfm_scores_label(scores, i, label, sizeof label));
        snprintf(digits, sizeof digits, "%d%d%d", r[i], f[i], m[i]);
        CHECK(strcmp(label, expected[i]) == 0 && strcmp(label, digits) == 0);
        CHECK(combined[i] == r[i] + f[i] + m[i]);
        CHECK_OK(crmv_segment_table_name(table, segments[i], &name));
        CHECK(strcmp(name, named[i]) == 0);
    }

    /* The yardstick is kept as JSON and scores next month's customer. */
    crmv_rfm_cut_points *cuts = NULL, *stored = NULL;
    char *json = NULL;
    const double one_day = 1, two_orders = 2, seventy = 70;
    crmv_rfm_summary *next = NULL;
    crmv_rfm_scores *next_scores = NULL;
    CHECK_OK(crmv_rfm_scores_cut_points(scores, &cuts));
    CHECK_OK(crmv_rfm_cut_points_to_json(cuts, &json));
    CHECK_OK(crmv_rfm_cut_points_from_json(json, &stored));
    crmv_string_free(json);
    columns.n = 1;
    columns.time_since_last = &one_day;
    columns.frequency = &two_orders;
    columns.total_spend = &seventy;
    CHECK_OK(crmv_rfm_summary_from_columns(&columns, &next));
    CHECK_OK(crmv_rfm_cut_points_apply(stored, next, &next_scores));
    char label[CRMV_RFM_LABEL_SIZE];
    CHECK_OK(crmv_rfm_scores_label(next_scores, 0, label, sizeof label));
    CHECK(strcmp(label, "522") == 0);
    CHECK_OK(crmv_rfm_cut_points_apply(stored, customers, &again));
    CHECK_OK(crmv_rfm_scores_label(again, 2, label, sizeof label));
    CHECK(strcmp(label, "144") == 0);
    uint8_t cut_scores[5];
    double cut_values[5];
    CHECK_OK(crmv_rfm_cut_points_axis(cuts, CRMV_AXIS_RECENCY, cut_scores, cut_values, 5, &n));
    CHECK(n == 5 && cut_scores[0] == 1 && cut_values[0] == 200 && cut_scores[4] == 5 && cut_values[4] == 3);

    /* Tables are data. */
    CHECK_OK(crmv_segment_table_to_json(table, &json));
    CHECK_OK(crmv_segment_table_from_json(json, &copy));
    crmv_string_free(json);
    size_t names = 0, copied = 0;
    CHECK_OK(crmv_segment_table_count(table, &names));
    CHECK_OK(crmv_segment_table_count(copy, &copied));
    CHECK(names == 11 && copied == 11);
    const crmv_segment rows[2] = {{"key account", 2, 5, 0, 0, 4, 5}, {"win back", 1, 1, 0, 0, 2, 5}};
    crmv_segment_table *own = NULL;
    crmv_segment_summary summaries[3];
    CHECK_OK(crmv_segment_table_new(5, 5, 5, rows, 2, &own));
    CHECK_OK(crmv_segment_table_summarize(own, scores, customers, summaries, sizeof *summaries, 3));
    CHECK(summaries[0].customers == 1 && summaries[1].customers == 1 && summaries[2].customers == 3);
    CHECK(summaries[0].total_spend == 900 && summaries[1].mean_time_since_last == 200 && summaries[2].mean_frequency == 2);
    CHECK_CLOSE(summaries[0].spend_share, 900.0 / 1360.0, 1e-15);
    CHECK(summaries[0].has_spend_share == 1 && summaries[1].customer_share == 0.2);

    /* Ties are never split, and the scores they leave empty are named. */
    const double tied[5] = {1, 1, 1, 2, 9};
    uint8_t tied_scores[5], empty[5];
    const uint8_t tied_expected[5] = {1, 1, 1, 4, 5};
    CHECK_OK(crmv_quantile_scores(tied, 5, 5, CRMV_DIRECTION_HIGHER_IS_BETTER, tied_scores, 5));
    CHECK(memcmp(tied_scores, tied_expected, 5) == 0);
    CHECK_OK(crmv_rfm_scores_empty_scores(next_scores, CRMV_AXIS_RECENCY, empty, 5, &n));
    CHECK(n == 4 && empty[0] == 1 && empty[3] == 4);

    /* Fixed cut points. */
    const double recency[2] = {30, 90}, frequency[2] = {2, 5}, money[2] = {100, 1000};
    crmv_rfm_cut_points *fixed = NULL;
    crmv_rfm_scores *fixed_scores = NULL;
    CHECK_OK(crmv_rfm_cut_points_new(recency, 2, frequency, 2, money, 2, CRMV_MONETARY_TOTAL, CRMV_UNIT_DAY, &fixed));
    CHECK_OK(crmv_rfm_cut_points_apply(fixed, customers, &fixed_scores));
    CHECK_OK(crmv_rfm_scores_label(fixed_scores, 0, label, sizeof label));
    CHECK(strcmp(label, "332") == 0);
    CHECK_OK(crmv_rfm_scores_label(fixed_scores, 2, label, sizeof label));
    CHECK(strcmp(label, "132") == 0);

    crmv_rfm_scores_free(fixed_scores);
    crmv_rfm_cut_points_free(fixed);
    crmv_segment_table_free(own);
    crmv_segment_table_free(copy);
    crmv_segment_table_free(table);
    crmv_rfm_cut_points_free(cuts);
    crmv_rfm_cut_points_free(stored);
    crmv_rfm_scores_free(next_scores);
    crmv_rfm_scores_free(again);
    crmv_rfm_scores_free(scores);
    crmv_rfm_summary_free(next);
    crmv_rfm_summary_free(customers);
}

static void concentration(void) {
    const double value[5] = {10, 5, 60, 20, 5}, margin[3] = {-20, 30, 90};
    crmv_concentration *c = NULL;
    double x = 0, y = 0;
    size_t n = 0;
    CHECK_OK(crmv_concentration_new(value, 5, CRMV_NEGATIVES_REJECT, &c));
    CHECK_OK(crmv_concentration_count(c, &n));
    CHECK_OK(crmv_concentration_total(c, &x));
    CHECK(n == 5 && x == 100);
    CHECK_OK(crmv_concentration_gini(c, &x));
    CHECK(x == 0.5);
    CHECK_OK(crmv_concentration_gini_corrected(c, &x));
    CHECK(x == 0.625);
    CHECK_OK(crmv_concentration_top_share(c, 0.2, &x));
    CHECK(x == 0.6);
    CHECK_OK(crmv_concentration_top_count_share(c, 2, &x));
    CHECK(x == 0.8);
    CHECK_OK(crmv_concentration_customers_for_share(c, 0.8, &n, &x, &y));
    CHECK(n == 2 && x == 0.4 && y == 0.8);
    CHECK_OK(crmv_concentration_lorenz_at(c, 0.4, &x));
    CHECK(x == 0.1);
    double shares[6], held[6];
    CHECK_OK(crmv_concentration_lorenz(c, 100, shares, held, 6, &n));
    CHECK(n == 6 && shares[0] == 0 && held[0] == 0 && shares[5] == 1 && held[5] == 1 && held[2] == 0.1);

    crmv_tiers *tiers = NULL, *stored = NULL;
    const double bounds[3] = {0.2, 0.6, 1.0}, new_values[2] = {15, 1000};
    const uint8_t expected[5] = {1, 2, 0, 1, 2};
    uint8_t assigned[5];
    crmv_tier tier;
    char *json = NULL;
    CHECK_OK(crmv_concentration_tiers(c, bounds, 3, &tiers));
    CHECK_OK(crmv_tiers_count(tiers, &n));
    CHECK_OK(crmv_tiers_assign(tiers, value, 5, assigned, 5));
    CHECK(n == 3 && memcmp(assigned, expected, 5) == 0);
    CHECK_OK(crmv_tiers_tier(tiers, 0, &tier, sizeof tier));
    CHECK(tier.bound == 0.2 && tier.customers == 1 && tier.value == 60 && tier.value_share == 0.6 && tier.smallest == 60);
    CHECK(tier.has_value_share == 1 && tier.has_smallest == 1 && tier.customer_share == 0.2);
    CHECK_FAILS(crmv_tiers_tier(tiers, 3, &tier, sizeof tier), CRMV_OUT_OF_RANGE, "no tier 3; there are 3");
    CHECK_OK(crmv_tiers_to_json(tiers, &json));
    CHECK_OK(crmv_tiers_from_json(json, &stored));
    crmv_string_free(json);
    CHECK_OK(crmv_tiers_assign(stored, new_values, 2, assigned, 2));
    CHECK(assigned[0] == 1 && assigned[1] == 0);
    CHECK_OK(crmv_tiers_assign(stored, NULL, 0, NULL, 0));
    crmv_tiers_free(tiers);
    crmv_tiers_free(stored);
    CHECK_OK(crmv_concentration_abc(c, NULL, 0, &tiers));
    const uint8_t abc[5] = {1, 1, 0, 0, 1};
    CHECK_OK(crmv_tiers_assign(tiers, value, 5, assigned, 5));
    CHECK(memcmp(assigned, abc, 5) == 0);
    CHECK_OK(crmv_tiers_tier(tiers, 2, &tier, sizeof tier));
    CHECK(tier.bound == 1.0);
    crmv_tiers_free(tiers);
    crmv_concentration_free(c);

    CHECK_OK(crmv_concentration_new(margin, 3, CRMV_NEGATIVES_CLAMP, &c));
    CHECK_OK(crmv_concentration_total(c, &x));
    CHECK_OK(crmv_concentration_negatives_clamped(c, &n));
    CHECK(x == 120 && n == 1);
    crmv_concentration_free(c);
    CHECK_OK(crmv_concentration_new(margin, 3, CRMV_NEGATIVES_ALLOW, &c));
    CHECK_OK(crmv_concentration_top_count_share(c, 2, &x));
    CHECK(x == 1.2);
    crmv_concentration_free(c);
}

/* Segments partition the customers of the CDNOW log, and tiers add up. */
static void cdnow(int argc, char **argv) {
    check_log rows = check_read_log(argc, argv);
    int32_t end = check_day(1997, 9, 30);
    crmv_transactions *log = NULL;
    crmv_rfm_summary *rfm_summary = NULL;
    crmv_rfm_scores *scores = NULL;
    crmv_segment_table *table = NULL;
    size_t n = 0, names = 0;
    CHECK_OK(crmv_transactions_from_columns(rows.ids, rows.days, rows.amounts, rows.n, &log));
    CHECK_OK(crmv_transactions_rfm(log, CRMV_UNIT_DAY, &end, &rfm_summary));
    CHECK_OK(crmv_rfm_summary_count(rfm_summary, &n));
    CHECK(n == 2357);
    double *spend = (double *)check_alloc(n, sizeof *spend), *since = (double *)check_alloc(n, sizeof *since);
    double *frequency = (double *)check_alloc(n, sizeof *frequency);
    uint8_t *tier_of = (uint8_t *)check_alloc(n, 1);
    CHECK_OK(crmv_rfm_summary_total_spend(rfm_summary, spend, n));
    CHECK_OK(crmv_rfm_summary_time_since_last(rfm_summary, since, n));
    CHECK_OK(crmv_rfm_summary_frequency(rfm_summary, frequency, n));
    double total = 0, purchases = 0, longest = 0;
    for (size_t i = 0; i < n; i++) {
        total += spend[i];
        purchases += frequency[i];
        longest = fmax(longest, since[i]);
    }
    CHECK(purchases == 2457 + 2357);
    CHECK(longest == end - check_day(1997, 1, 1));
    CHECK_OK(crmv_rfm_fit(rfm_summary, NULL, &scores));
    CHECK_OK(crmv_segment_table_default(&table));
    CHECK_OK(crmv_segment_table_count(table, &names));
    crmv_segment_summary *segments = (crmv_segment_summary *)check_alloc(names, sizeof *segments);
    CHECK_OK(crmv_segment_table_summarize(table, scores, rfm_summary, segments, sizeof *segments, names));
    uint64_t customers = 0;
    double in_segments = 0;
    for (size_t i = 0; i < names; i++) {
        customers += segments[i].customers;
        in_segments += segments[i].total_spend;
    }
    CHECK(customers == n && segments[names - 1].customers == 0);
    CHECK_CLOSE(in_segments, total, 1e-12);

    crmv_concentration *c = NULL;
    crmv_tiers *tiers = NULL;
    crmv_tier tier;
    double gini = 0, top_10 = 0, top_20 = 0, share = 0, held = 0;
    size_t fewest = 0;
    CHECK_OK(crmv_concentration_new(spend, n, CRMV_NEGATIVES_REJECT, &c));
    CHECK_OK(crmv_concentration_gini(c, &gini));
    CHECK_OK(crmv_concentration_top_share(c, 0.1, &top_10));
    CHECK_OK(crmv_concentration_top_share(c, 0.2, &top_20));
    CHECK(0 < gini && gini < 1 && 0.1 < top_10 && top_10 < top_20 && top_20 < 1);
    CHECK_OK(crmv_concentration_customers_for_share(c, 0.8, &fewest, &share, &held));
    CHECK(held >= 0.8 && share == (double)fewest / (double)n);
    CHECK_OK(crmv_concentration_tiers(c, NULL, 0, &tiers));
    CHECK_OK(crmv_tiers_assign(tiers, spend, n, tier_of, n));
    size_t counted[3] = {0, 0, 0};
    for (size_t i = 0; i < n; i++) counted[tier_of[i]]++;
    customers = 0;
    for (size_t i = 0; i < 3; i++) {
        CHECK_OK(crmv_tiers_tier(tiers, i, &tier, sizeof tier));
        CHECK(tier.customers == counted[i]);
        customers += tier.customers;
    }
    CHECK(customers == n);

    crmv_tiers_free(tiers);
    crmv_concentration_free(c);
    crmv_segment_table_free(table);
    crmv_rfm_scores_free(scores);
    crmv_rfm_summary_free(rfm_summary);
    crmv_transactions_free(log);
    free(spend), free(since), free(frequency), free(tier_of), free(segments);
    check_log_free(&rows);
}

int main(int argc, char **argv) {
    rfm();
    concentration();
    cdnow(argc, argv);
    return check_finish();
}
