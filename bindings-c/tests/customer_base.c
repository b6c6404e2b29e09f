/* Cohorts, survival, CRM matrices and the period review: small cases with known answers. */
#include "check.h"

static crmv_transactions *small_log(void) {
    /* January: customers 1 and 2; March: customer 3. Customer 1 is refunded something in February. */
    const uint64_t ids[7] = {1, 1, 1, 2, 2, 3, 3};
    const int32_t days[7] = {20484, 20485, 20514, 20455, 20543, 20532, 20533};
    const double amounts[7] = {100, -30, 50, 25, 40, 60, 10};
    crmv_transactions *log = NULL;
    CHECK_OK(crmv_transactions_from_columns(ids, days, amounts, 7, &log));
    return log;
}

static void cohorts(void) {
    crmv_transactions *log = small_log();
    crmv_cohorts *table = NULL;
    const int32_t end = 20543; /* 2026-03-31 */
    size_t n = 0;
    int32_t starts[3];
    uint64_t sizes[3];
    double values[9];
    uint8_t present[9];
    uint32_t assigned[3];
    crmv_cohort_totals totals;
    CHECK_OK(crmv_cohorts_new(log, CRMV_PERIOD_MONTH, NULL, &end, &table));
    CHECK_OK(crmv_cohorts_count(table, &n));
    CHECK(n == 3);
    CHECK_OK(crmv_cohorts_sizes(table, starts, sizes, 3));
    CHECK(starts[0] == 20454 && starts[1] == 20485 && sizes[0] == 2 && sizes[1] == 0 && sizes[2] == 1);
    CHECK_OK(crmv_cohorts_matrix(table, CRMV_COHORT_REVENUE, values, present, 9));
    CHECK(values[0] == 125 && values[1] == -30 && values[2] == 90 && values[6] == 70);
    CHECK(present[0] && present[2] && present[4] && !present[5] && present[6] && !present[7]);
    CHECK_OK(crmv_cohorts_matrix(table, CRMV_COHORT_RETENTION, values, present, 9));
    CHECK(values[0] == 1 && values[1] == 0 && values[2] == 1 && !present[3]);
    CHECK_OK(crmv_cohorts_totals(table, &totals, sizeof totals));
    CHECK(totals.customers == 3 && totals.orders == 6 && totals.revenue == 255 && totals.masked_revenue == 0);
    CHECK_OK(crmv_cohorts_assign(log, CRMV_PERIOD_MONTH, &end, assigned, 3));
    CHECK(assigned[0] == 0 && assigned[1] == 0 && assigned[2] == 2);
    CHECK_FAILS(crmv_cohorts_matrix(table, CRMV_COHORT_REVENUE, values, present, 8), CRMV_BUFFER_TOO_SMALL, "9 are needed");
    CHECK_FAILS(crmv_cohorts_matrix(table, 9, values, present, 9), CRMV_INVALID_OPTION, "CRMV_COHORT_");
    CHECK_FAILS(crmv_cohorts_new(log, 4, NULL, NULL, &table), CRMV_INVALID_OPTION, "CRMV_PERIOD_");
    CHECK_FAILS(crmv_cohorts_new(NULL, CRMV_PERIOD_WEEK, NULL, NULL, &table), CRMV_NULL_POINTER, "log");
    crmv_cohorts_free(table);
    crmv_cohorts_free(NULL);

    double durations[3];
    uint8_t churned[3];
    CHECK_OK(crmv_lifetimes(log, 25, CRMV_UNIT_DAY, &end, durations, churned, 3));
    /* Customer 1 is quiet for 30 days after the first day, customer 2 for 88; customer 3 has only been there for 11. */
    CHECK(durations[0] == 25 && durations[1] == 25 && durations[2] == 11 && churned[0] && churned[1] && !churned[2]);
    crmv_transactions_free(log);
}

/* Remission in weeks with 6-MP and with placebo (Freireich et al. 1963); published: 0.857 with error 0.076, median 23, chi-square 16.79. */
static void survival(void) {
    const double weeks[42] = {6,  6,  6,  6,  7,  9,  10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35,
                              1,  1,  2,  2,  3,  4,  4,  5,  5,  8,  8,  8,  8,  11, 11, 12, 12, 15, 17, 22, 23};
    const uint8_t relapsed[42] = {1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0,
                                  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    uint32_t groups[42];
    crmv_survival *curve = NULL;
    crmv_survival_step step;
    crmv_log_rank test;
    size_t n = 0;
    double time = 0;
    int32_t found = 0;
    for (size_t i = 0; i < 42; i++) {
        groups[i] = i < 21 ? 6 : 0;
    }
    CHECK_OK(crmv_survival_new(weeks, relapsed, 21, 0.95, &curve));
    CHECK_OK(crmv_survival_count(curve, &n));
    CHECK(n == 16);
    CHECK_OK(crmv_survival_get(curve, 0, &step, sizeof step));
    CHECK(step.time == 6 && step.at_risk == 21 && step.churned == 3 && step.censored == 1 && step.has_interval == 1);
    CHECK_CLOSE(step.survival, 6.0 / 7.0, 1e-15);
    CHECK_CLOSE(step.std_error, 0.0763603548321212528, 1e-14);
    CHECK_CLOSE(step.lower, 0.619717955265983777, 1e-13);
    CHECK_CLOSE(step.upper, 0.951551747646997029, 1e-13);
    CHECK_OK(crmv_survival_time_to_share(curve, 0.5, &time, &found));
    CHECK(time == 23 && found == 1);
    CHECK_OK(crmv_survival_time_to_share(curve, 0.1, &time, &found));
    CHECK(time == 0 && found == 0);
    CHECK_FAILS(crmv_survival_get(curve, n, &step, sizeof step), CRMV_OUT_OF_RANGE, "16");
    crmv_survival_free(curve);
    CHECK_OK(crmv_log_rank_test(weeks, relapsed, groups, 42, &test, sizeof test));
    CHECK(test.degrees_of_freedom == 1 && test.groups == 2);
    CHECK_CLOSE(test.chi_square, 16.7929409892165335, 1e-13);
    CHECK_CLOSE(test.p_value, 0.0000416880910933454191, 1e-10);
    CHECK_FAILS(crmv_survival_new(weeks, relapsed, 21, 1.5, &curve), CRMV_INVALID_OPTION, "level");
}

static void matrix(void) {
    const double value[6] = {900, 700, 60, 50, 20, 10}, p_alive[6] = {0.9, 0.6, 0.9, 0.3, 0.1, 0.8};
    const crmv_stage stages[6] = {CRMV_STAGE_ACTIVE, CRMV_STAGE_AT_RISK, CRMV_STAGE_ACTIVE,
                                  CRMV_STAGE_LAPSED, CRMV_STAGE_LOST,    CRMV_STAGE_NEW};
    crmv_matrix *table = NULL;
    crmv_matrix_cell cell;
    const char *action = NULL;
    size_t rows = 0, columns = 0;
    CHECK_OK(crmv_matrix_value_by_stage(value, stages, p_alive, 6, &table));
    CHECK_OK(crmv_matrix_shape(table, &rows, &columns));
    CHECK(rows == 3 && columns == 7);
    CHECK_OK(crmv_matrix_get(table, 2, CRMV_STAGE_AT_RISK, &cell, sizeof cell));
    CHECK(cell.customers == 1 && cell.value == 700 && cell.value_at_risk == 280 && cell.has_p_alive == 1);
    CHECK_OK(crmv_matrix_get(table, rows, columns, &cell, sizeof cell));
    CHECK(cell.customers == 6 && cell.value == 1740 && cell.value_share == 1);
    CHECK_OK(crmv_matrix_get(table, rows, CRMV_STAGE_ACTIVE, &cell, sizeof cell));
    CHECK(cell.customers == 2 && cell.value == 960);
    CHECK_OK(crmv_matrix_action(table, 2, CRMV_STAGE_AT_RISK, &action));
    CHECK(strcmp(action, "call now") == 0);
    CHECK_FAILS(crmv_matrix_get(table, 4, 0, &cell, sizeof cell), CRMV_OUT_OF_RANGE, "row 4");
    CHECK_FAILS(crmv_matrix_action(table, 3, 0, &action), CRMV_OUT_OF_RANGE, "cell");
    crmv_matrix_free(table);

    /* One customer in the first cell: all four cells go, the totals stay. */
    const uint32_t row_of[10] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1}, column_of[10] = {0, 1, 1, 1, 1, 0, 0, 0, 1, 1};
    const double ones[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const uint8_t expected[9] = {0, 0, 1, 0, 0, 1, 1, 1, 1};
    uint8_t shown[9];
    CHECK_OK(crmv_matrix_new(row_of, 2, column_of, 2, ones, NULL, 10, &table));
    CHECK_OK(crmv_matrix_suppress(table, 2, shown, 9));
    CHECK(memcmp(shown, expected, 9) == 0);
    CHECK_OK(crmv_matrix_get(table, 0, 0, &cell, sizeof cell));
    CHECK(cell.has_p_alive == 0 && cell.value_at_risk == 0);
    crmv_matrix_free(table);
    CHECK_FAILS(crmv_matrix_new(row_of, 1, column_of, 2, ones, NULL, 10, &table), CRMV_INVALID_OPTION, "row 5");
    CHECK_OK(crmv_matrix_churn(value, p_alive, 6, &table));
    crmv_matrix_free(table);
    CHECK_OK(crmv_matrix_loyalty(value, p_alive, value, NULL, 6, &table));
    crmv_matrix_free(table);

    crmv_transactions *log = small_log();
    crmv_stage_rules rules;
    crmv_stage found[3];
    CHECK_OK(crmv_stage_rules_init(&rules, sizeof rules));
    CHECK(rules.new_within == 90 && rules.rhythm[2] == 6 && rules.p_alive[0] == 0.8 && rules.usual_gap == 0);
    rules.usual_gap = 10;
    CHECK_OK(crmv_stages(log, &rules, NULL, NULL, found, 3));
    /* 30 days were no more than three times 10, and 29 have passed since; 88 days were more; customer 3 last bought 10 days ago. */
    CHECK(found[0] == CRMV_STAGE_AT_RISK && found[1] == CRMV_STAGE_WON_BACK && found[2] == CRMV_STAGE_ACTIVE);
    rules.rhythm[0] = 9;
    CHECK_FAILS(crmv_stages(log, &rules, NULL, NULL, found, 3), CRMV_INVALID_OPTION, "rhythm");
    crmv_transactions_free(log);
}

static void review(void) {
    const double then[4] = {100, 50, 80, 0}, now[4] = {130, 0, 60, 40};
    const uint8_t was[4] = {1, 1, 1, 0}, is[4] = {1, 0, 1, 1};
    const crmv_movement expected[4] = {CRMV_MOVEMENT_GROWN, CRMV_MOVEMENT_LOST, CRMV_MOVEMENT_SHRUNK, CRMV_MOVEMENT_NEW};
    const double bounds[2] = {0.5, 1}, p_alive[4] = {1, 0.5, 0.5, 1};
    crmv_review_options options;
    crmv_review *result = NULL;
    crmv_bridge bridge;
    crmv_top_tier top;
    crmv_movement movements[4];
    double values_1[12], values_2[12], at_risk = 0;
    uint64_t customers[12];
    size_t n = 0;
    CHECK_OK(crmv_review_options_init(&options, sizeof options));
    options.tier_bounds = bounds;
    options.tiers = 2;
    CHECK_OK(crmv_review_from_columns(then, was, now, is, NULL, 4, &options, &result));
    CHECK_OK(crmv_review_count(result, &n));
    CHECK(n == 4);
    CHECK_OK(crmv_review_bridge(result, &bridge, sizeof bridge));
    CHECK(bridge.value_1 == 230 && bridge.new_customers == 40 && bridge.growth == 30 && bridge.shrinkage == 20 && bridge.lost == 50);
    CHECK(bridge.returned == 0 && bridge.absent == 0 && bridge.value_2 == 230);
    CHECK_OK(crmv_review_movements(result, movements, 4));
    CHECK(memcmp(movements, expected, sizeof expected) == 0);
    CHECK_OK(crmv_review_values(result, values_1, values_2, 4));
    CHECK(values_1[2] == 80 && values_2[3] == 40);
    /* Of three customers the best two (0, 1/3 < 0.5) are the first and the third, then and now. */
    CHECK_OK(crmv_review_top_tier(result, &top, sizeof top));
    CHECK(top.customers == 2 && top.value_1 == 180 && top.value_2 == 190 && top.stayed == 2 && top.lost == 0 && top.customers_now == 2);
    CHECK_OK(crmv_review_migration(result, customers, values_1, values_2, 12));
    CHECK(customers[0] == 2 && customers[5] == 1 && customers[7] == 1 && values_1[5] == 50 && values_2[7] == 40);
    CHECK_OK(crmv_review_value_at_risk(result, 0, p_alive, 4, &at_risk));
    CHECK(at_risk == 65);
    CHECK_FAILS(crmv_review_value_at_risk(result, 2, p_alive, 4, &at_risk), CRMV_INVALID_OPTION, "period");
    crmv_review_free(result);

    crmv_transactions *log = small_log();
    const int32_t first[2] = {20454, 20484}, second[2] = {20485, 20543};
    CHECK_OK(crmv_review_new(log, first, second, NULL, &result));
    CHECK_OK(crmv_review_bridge(result, &bridge, sizeof bridge));
    CHECK(bridge.value_1 == 125 && bridge.value_2 == 130 && bridge.new_customers == 70 && bridge.shrinkage == 80 && bridge.growth == 15);
    crmv_review_free(result);
    CHECK_FAILS(crmv_review_new(log, second, first, NULL, &result), CRMV_INVALID_OPTION, "before the second begins");
    crmv_transactions_free(log);
}

int main(void) {
    cohorts();
    survival();
    matrix();
    review();
    return check_finish();
}
