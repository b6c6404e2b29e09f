/* Inequality, rules, dependency, whale curve, thresholds, nested scores, and who reaches a value: cases worked by hand. */
#include "check.h"

static void inequality(void) {
    const double values[4] = {1, 2, 3, 10}, one_holds_all[4] = {0, 0, 5, 0}, tail_values[4] = {0.5, 1, 2, 4}, mixed[2] = {-1, 3};
    crmv_concentration *c = NULL, *all = NULL, *tailed = NULL, *negative = NULL;
    double hoover = 0, theil = 0, hhi = 0, effective = 0;
    CHECK_OK(crmv_concentration_new(values, 4, CRMV_NEGATIVES_REJECT, &c));
    CHECK_OK(crmv_concentration_hoover(c, &hoover));
    CHECK_OK(crmv_concentration_hhi(c, &hhi));
    CHECK_OK(crmv_concentration_effective_customers(c, &effective));
    CHECK(hoover == 0.375); /* mean 4: 3 + 2 + 1 + 6 = 12 of 32 */
    CHECK(fabs(hhi - 114.0 / 256) < 1e-15 && fabs(effective - 256.0 / 114) < 1e-14);

    CHECK_OK(crmv_concentration_new(one_holds_all, 4, CRMV_NEGATIVES_REJECT, &all));
    CHECK_OK(crmv_concentration_theil(all, &theil));
    CHECK(fabs(theil - log(4)) < 1e-15);
    CHECK_OK(crmv_concentration_new(mixed, 2, CRMV_NEGATIVES_ALLOW, &negative));
    CHECK(crmv_concentration_theil(negative, &theil) == CRMV_UNDEFINED);

    const size_t two = 2, none = 0, four = 4;
    crmv_tail_index tail;
    CHECK_OK(crmv_concentration_new(tail_values, 4, CRMV_NEGATIVES_REJECT, &tailed));
    CHECK_OK(crmv_concentration_tail_index(tailed, &two, &tail, sizeof tail));
    CHECK(tail.customers == 2 && tail.threshold == 1 && fabs(tail.alpha - 2 / log(8)) < 1e-15);
    CHECK(fabs(tail.standard_error - tail.alpha / sqrt(2)) < 1e-15);
    CHECK(crmv_concentration_tail_index(tailed, &none, &tail, sizeof tail) == CRMV_INVALID_OPTION);
    CHECK(crmv_concentration_tail_index(tailed, &four, &tail, sizeof tail) == CRMV_UNDEFINED);
    CHECK(crmv_concentration_tail_index(tailed, NULL, &tail, sizeof tail) == CRMV_UNDEFINED); /* takes 10 */

    /* alpha = 2 / ln 8 = 0.96 has no mean; one value above 2 gives 1 / ln 2 = 1.44, and 0.25^(1 - ln 2) of the total to the top quarter. */
    const size_t one = 1;
    double share = -1;
    int32_t has_share = -1;
    CHECK_OK(crmv_concentration_implied_top_share(tailed, &two, 0.2, &share, &has_share));
    CHECK(share == 0 && has_share == 0);
    CHECK_OK(crmv_concentration_implied_top_share(tailed, &one, 0.25, &share, &has_share));
    CHECK(has_share == 1);
    CHECK_CLOSE(share, pow(0.25, 1 - log(2)), 1e-15);
    CHECK_FAILS(crmv_concentration_implied_top_share(tailed, &one, 1.25, &share, &has_share), CRMV_SHARE, "1.25");

    size_t usual[4];
    crmv_negative_policy policy = -1;
    CHECK_OK(crmv_concentration_default_dependency(c, usual));
    CHECK(usual[0] == 1 && usual[1] == 5 && usual[2] == 10 && usual[3] == 1);
    CHECK_OK(crmv_concentration_negatives(negative, &policy));
    CHECK(policy == CRMV_NEGATIVES_ALLOW);

    crmv_dependency lost;
    CHECK_OK(crmv_concentration_dependency(c, 1, &lost, sizeof lost));
    CHECK(lost.customers == 1 && lost.customer_share == 0.25 && lost.value == 10 && lost.value_share == 0.625);
    CHECK_OK(crmv_concentration_dependency(c, 99, &lost, sizeof lost));
    CHECK(lost.customers == 4 && lost.value_share == 1);
    crmv_concentration_free(c);
    crmv_concentration_free(all);
    crmv_concentration_free(tailed);
    crmv_concentration_free(negative);
}

/* 20 of 100 customers hold exactly 80 %. */
static void rules(void) {
    double values[100];
    for (size_t i = 0; i < 100; i++) values[i] = i < 20 ? 16 : 1;
    crmv_concentration *c = NULL;
    crmv_rule_options options;
    crmv_rule_test test, again;
    CHECK_OK(crmv_concentration_new(values, 100, CRMV_NEGATIVES_REJECT, &c));
    CHECK_OK(crmv_rule_options_init(&options, sizeof options));
    CHECK(options.confidence == 0.95 && options.resamples == 2000 && options.seed == 1);
    CHECK_OK(crmv_concentration_test_rule(c, 0.2, 0.8, NULL, &test, sizeof test));
    CHECK_OK(crmv_concentration_test_rule(c, 0.2, 0.8, &options, &again, sizeof again));
    /* With 20 large ones drawn the share is 0.8; with more or fewer it is less. */
    CHECK(fabs(test.top_share - 0.8) < 1e-15 && test.lower < 0.8 && fabs(test.upper - 0.8) < 1e-15 && test.resamples == 2000);
    CHECK(test.verdict == CRMV_RULE_UNDECIDED && test.lower == again.lower && test.upper == again.upper);
    CHECK_OK(crmv_concentration_test_rule(c, 0.2, 0.3, NULL, &test, sizeof test));
    CHECK(test.verdict == CRMV_RULE_HOLDS);
    CHECK_OK(crmv_concentration_test_rule(c, 0.2, 0.99, NULL, &test, sizeof test));
    CHECK(test.verdict == CRMV_RULE_DOES_NOT_HOLD);
    options.resamples = 99;
    CHECK(crmv_concentration_test_rule(c, 0.2, 0.8, &options, &test, sizeof test) == CRMV_INVALID_OPTION);
    CHECK(crmv_concentration_test_rule(c, 1.2, 0.8, NULL, &test, sizeof test) == CRMV_SHARE);
    crmv_concentration_free(c);
}

static void whale(void) {
    const double margins[5] = {80, -30, 70, 0, -20}, loss[2] = {5, -5}, expected[6] = {0, 80, 150, 150, 130, 100};
    crmv_whale_curve *curve = NULL;
    crmv_whale_summary summary;
    double shares[6], values[6];
    size_t count = 0;
    CHECK_OK(crmv_whale_curve_new(margins, 5, &curve));
    CHECK_OK(crmv_whale_curve_summary(curve, &summary, sizeof summary));
    CHECK(summary.customers == 5 && summary.break_even_customers == 2 && summary.unprofitable_customers == 2);
    CHECK(summary.total == 100 && summary.peak_value == 150 && summary.destroyed_value == 50 && summary.peak_customer_share == 0.4);
    CHECK(summary.has_shares == 1 && summary.peak_share == 1.5 && summary.destroyed_share == 0.5);
    CHECK_OK(crmv_whale_curve_points(curve, 6, shares, values, 6, &count));
    CHECK(count == 6);
    for (size_t i = 0; i < 6; i++) CHECK(values[i] == expected[i] && fabs(shares[i] - (double)i / 5) < 1e-15);
    CHECK(crmv_whale_curve_points(curve, 6, shares, values, 5, &count) == CRMV_BUFFER_TOO_SMALL);
    crmv_whale_point point;
    CHECK_OK(crmv_whale_curve_at(curve, 3, &point, sizeof point));
    CHECK(point.customers == 3 && point.customer_share == 0.6 && point.value == 150 && point.value_share == 1.5 && point.has_value_share == 1);
    CHECK_OK(crmv_whale_curve_at(curve, 99, &point, sizeof point));
    CHECK(point.customers == 5 && point.value == 100);
    crmv_whale_curve_free(curve);
    CHECK_OK(crmv_whale_curve_new(loss, 2, &curve));
    CHECK_OK(crmv_whale_curve_summary(curve, &summary, sizeof summary));
    CHECK(summary.has_shares == 0 && summary.peak_share == 0 && summary.total == 0);
    crmv_whale_curve_free(curve);
    crmv_whale_curve_free(NULL);
    CHECK(crmv_whale_curve_new(loss, 0, &curve) == CRMV_EMPTY);
}

static void thresholds(void) {
    const double values[4] = {1000, 40, 999, 100}, borders[2] = {100, 1000}, falling[2] = {2, 1};
    uint8_t tier_of[4];
    crmv_tiers *tiers = NULL;
    crmv_tier tier;
    CHECK_OK(crmv_tiers_by_thresholds(values, 4, borders, 2, &tiers));
    CHECK_OK(crmv_tiers_assign(tiers, values, 4, tier_of, 4));
    CHECK(tier_of[0] == 0 && tier_of[1] == 2 && tier_of[2] == 1 && tier_of[3] == 1);
    CHECK_OK(crmv_tiers_tier(tiers, 1, &tier, sizeof tier));
    CHECK(tier.value == 1099 && tier.has_threshold == 1 && tier.threshold == 100);
    CHECK_OK(crmv_tiers_tier(tiers, 2, &tier, sizeof tier));
    CHECK(tier.has_threshold == 0 && tier.threshold == 0);
    crmv_tiers_free(tiers);
    CHECK(crmv_tiers_by_thresholds(values, 4, falling, 2, &tiers) == CRMV_CUT_POINTS);
}

static void nested(void) {
    const double days[4] = {1, 2, 30, 40}, orders[4] = {9, 8, 2, 1}, spend[4] = {10, 10, 10, 10};
    const uint8_t expected[4] = {2, 1, 2, 1};
    crmv_rfm_columns columns;
    crmv_rfm_options options;
    crmv_rfm_summary *customers = NULL;
    crmv_rfm_scores *scores = NULL;
    crmv_rfm_cut_points *cuts = NULL;
    uint8_t f[4];
    double values[4];
    size_t count = 0;
    CHECK_OK(crmv_rfm_columns_init(&columns, sizeof columns));
    columns.n = 4;
    columns.time_since_last = days;
    columns.frequency = orders;
    columns.total_spend = spend;
    columns.unit = CRMV_UNIT_DAY;
    CHECK_OK(crmv_rfm_summary_from_columns(&columns, &customers));
    CHECK_OK(crmv_rfm_options_init(&options, sizeof options));
    for (size_t i = 0; i < 3; i++) options.bins[i] = 2;
    options.nested = 1;
    CHECK_OK(crmv_rfm_fit(customers, &options, &scores));
    CHECK_OK(crmv_rfm_scores_axis(scores, CRMV_AXIS_FREQUENCY, f, 4));
    CHECK(memcmp(f, expected, sizeof f) == 0);
    CHECK_OK(crmv_rfm_scores_cut_points(scores, &cuts));
    CHECK(crmv_rfm_cut_points_axis(cuts, CRMV_AXIS_FREQUENCY, f, values, 4, &count) == CRMV_UNDEFINED);
    crmv_rfm_cut_points_free(cuts);
    crmv_rfm_scores_free(scores);
    options.nested = 2;
    CHECK(crmv_rfm_fit(customers, &options, &scores) == CRMV_INVALID_OPTION);
    crmv_rfm_summary_free(customers);
}

static void reach(void) {
    const double x[2] = {2, 0}, t_x[2] = {30.43, 0}, T[2] = {38.86, 38.86}, spend[2] = {22.35, 0}, so_far[2] = {67, 130}, nothing[2] = {0, 0};
    crmv_customer_columns columns;
    crmv_customers *customers = NULL;
    crmv_purchase_model *bg = NULL;
    crmv_spend_model *gg = NULL;
    double p[2], active[2];
    CHECK_OK(crmv_customer_columns_init(&columns, sizeof columns));
    columns.n = 2;
    columns.frequency = x;
    columns.recency = t_x;
    columns.T = T;
    columns.monetary_value = spend;
    columns.unit = CRMV_UNIT_WEEK;
    CHECK_OK(crmv_customers_from_columns(&columns, &customers));
    CHECK_OK(crmv_bg_nbd_new(0.243, 4.414, 0.793, 2.426, CRMV_UNIT_WEEK, &bg));
    CHECK_OK(crmv_gamma_gamma_new(6.25, 3.74, 15.44, &gg));
    CHECK_OK(crmv_clv_reach_probability(bg, gg, customers, 52, CRMV_UNIT_WEEK, 100, 1, so_far, 2, p, 2));
    CHECK(p[0] > 0 && p[0] < 1 && p[1] == 1);
    /* A tiny threshold is reached by whoever buys at all. */
    CHECK_OK(crmv_clv_reach_probability(bg, gg, customers, 52, CRMV_UNIT_WEEK, 1e-9, 1, nothing, 2, p, 2));
    CHECK_OK(crmv_purchase_model_probability_active(bg, customers, 0, 52, CRMV_UNIT_WEEK, active, 2));
    for (size_t i = 0; i < 2; i++) CHECK(fabs(p[i] - active[i]) < 1e-9);
    CHECK(crmv_clv_reach_probability(bg, gg, customers, 52, CRMV_UNIT_WEEK, 100, 0, so_far, 2, p, 2) == CRMV_INVALID_OPTION);
    CHECK(crmv_clv_reach_probability(bg, gg, customers, 52, CRMV_UNIT_WEEK, 100, 1, NULL, 0, p, 2) == CRMV_MISSING_COLUMN);
    crmv_customers_free(customers);
    crmv_purchase_model_free(bg);
    crmv_spend_model_free(gg);
}

int main(void) {
    inequality();
    rules();
    whale();
    thresholds();
    nested();
    reach();
    return check_finish();
}
