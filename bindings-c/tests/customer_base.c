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
    const char *label = NULL;
    int32_t from = 0, until = 0;
    crmv_cohort_cell cell;
    crmv_period_metrics month;
    crmv_age_metrics age;
    CHECK_OK(crmv_cohorts_label(table, 1, &label));
    CHECK(strcmp(label, "2026-02") == 0);
    CHECK_OK(crmv_cohorts_observed(table, &from, &until));
    CHECK(from == 20454 && until == end);
    CHECK_OK(crmv_cohorts_cell(table, 0, 2, &cell, sizeof cell));
    CHECK(cell.customers == 2 && cell.orders == 2 && cell.revenue == 90 && cell.state == CRMV_CELL_COMPLETE && cell.has_margin == 0);
    CHECK_OK(crmv_cohorts_cell(table, 1, 2, &cell, sizeof cell));
    CHECK(cell.customers == 0 && cell.state == CRMV_CELL_NONE);
    CHECK_FAILS(crmv_cohorts_cell(table, 0, 3, &cell, sizeof cell), CRMV_OUT_OF_RANGE, "age");
    /* February: nobody buys, 30 are refunded, two customers have been acquired. March: three active, four orders. */
    CHECK_OK(crmv_cohorts_period(table, 1, &month, sizeof month));
    CHECK(month.base == 2 && month.active == 0 && month.revenue == -30 && month.arpu_base == -15 && month.arpu_active == 0);
    CHECK_OK(crmv_cohorts_period(table, 2, &month, sizeof month));
    CHECK(month.base == 3 && month.new_customers == 1 && month.active == 3 && month.orders == 4 && month.revenue == 160);
    CHECK(month.average_order_value == 40 && month.complete == 1 && month.start == 20513 && month.end == end);
    CHECK_CLOSE(month.orders_per_active, 4.0 / 3, 1e-15);
    CHECK_CLOSE(month.arpu_base, 160.0 / 3, 1e-15);
    CHECK_OK(crmv_cohorts_age(table, 0, &age, sizeof age));
    CHECK(age.cohorts == 2 && age.acquired == 3 && age.active == 3 && age.orders == 4 && age.revenue == 195 && age.retention == 1);
    CHECK_OK(crmv_cohorts_age(table, 2, &age, sizeof age));
    CHECK(age.cohorts == 1 && age.acquired == 2 && age.revenue == 90 && age.revenue_per_acquired == 45 && age.revenue_per_active == 45);
    CHECK_FAILS(crmv_cohorts_age(table, 3, &age, sizeof age), CRMV_OUT_OF_RANGE, "age");
    crmv_cohorts_free(table);
    crmv_cohorts_free(NULL);

    /* A day less, and March is not over: its cells are masked, and hold what is known of them. */
    const int32_t early = 20542;
    CHECK_OK(crmv_cohorts_new(log, CRMV_PERIOD_MONTH, NULL, &early, &table));
    CHECK_OK(crmv_cohorts_cell(table, 0, 2, &cell, sizeof cell));
    CHECK(cell.customers == 1 && cell.revenue == 50 && cell.state == CRMV_CELL_MASKED);
    CHECK_OK(crmv_cohorts_totals(table, &totals, sizeof totals));
    CHECK(totals.revenue == 215 && totals.masked_revenue == 120 && totals.masked_orders == 3);
    CHECK_OK(crmv_cohorts_period(table, 2, &month, sizeof month));
    CHECK(month.complete == 0 && month.revenue == 120 && month.arpu_base == 0);
    crmv_cohorts_free(table);

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
    size_t patients = 0, relapses = 0;
    CHECK_OK(crmv_survival_customers(curve, &patients, &relapses));
    CHECK(patients == 21 && relapses == 9);
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
    CHECK_CLOSE(step.churn_rate, 3.0 / 21, 1e-15);
    /* 18/21 x 16/17 x 14/15; nobody is observed beyond week 35. */
    CHECK_OK(crmv_survival_at(curve, 12, &time, &found));
    CHECK(found == 1);
    CHECK_CLOSE(time, 18.0 / 21 * 16 / 17 * 14 / 15, 1e-15);
    CHECK_OK(crmv_survival_at(curve, 35.5, &time, &found));
    CHECK(time == 0 && found == 0);
    CHECK_OK(crmv_survival_restricted_mean(curve, 7, &time, &found));
    CHECK(found == 1);
    CHECK_CLOSE(time, 6 + 6.0 / 7, 1e-15);
    CHECK_OK(crmv_survival_restricted_mean(curve, 40, &time, &found));
    CHECK(time == 0 && found == 0);
    CHECK_FAILS(crmv_survival_restricted_mean(curve, 0, &time, &found), CRMV_HORIZON, "horizon");
    crmv_survival_free(curve);
    crmv_log_rank_group rows[2];
    CHECK_OK(crmv_log_rank_test(weeks, relapsed, groups, 42, &test, sizeof test, rows, sizeof rows[0], 2));
    /* Published: 9 relapses observed under 6-MP where 19.25 were expected, 21 under placebo where 10.75 were. */
    CHECK(rows[0].group == 0 && rows[0].customers == 21 && rows[0].observed == 21 && rows[1].group == 6 && rows[1].observed == 9);
    CHECK_CLOSE(rows[0].expected, 10.75, 5e-4);
    CHECK_CLOSE(rows[0].expected + rows[1].expected, 30, 1e-14);
    CHECK_FAILS(crmv_log_rank_test(weeks, relapsed, groups, 42, &test, sizeof test, rows, sizeof rows[0], 1), CRMV_BUFFER_TOO_SMALL, "2 are needed");
    CHECK_OK(crmv_log_rank_test(weeks, relapsed, groups, 42, &test, sizeof test, NULL, 0, 0));
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
    uint8_t shown[9], at[9];
    const char *const sites[2] = {"north", "south"}, *const answers[2] = {"no", "yes"}, *const twice[2] = {"no", "no"};
    crmv_matrix_axis *site = NULL, *answer = NULL, *bad = NULL;
    CHECK_OK(crmv_matrix_axis_positions("site", sites, 2, row_of, 10, &site));
    CHECK_OK(crmv_matrix_axis_positions("answer", answers, 2, column_of, 10, &answer));
    CHECK_FAILS(crmv_matrix_axis_positions("answer", sites, 1, column_of, 10, &bad), CRMV_INVALID_OPTION, "row 1");
    CHECK_FAILS(crmv_matrix_axis_positions("answer", twice, 2, column_of, 10, &bad), CRMV_INVALID_OPTION, "name of its own");
    CHECK_OK(crmv_matrix_new(site, answer, ones, NULL, 10, &table));
    const char *rows_by = NULL, *columns_by = NULL, *level = NULL;
    CHECK_OK(crmv_matrix_criteria(table, &rows_by, &columns_by));
    CHECK(strcmp(rows_by, "site") == 0 && strcmp(columns_by, "answer") == 0);
    CHECK_OK(crmv_matrix_row_level(table, 1, &level));
    CHECK(strcmp(level, "south") == 0);
    CHECK_OK(crmv_matrix_column_level(table, 0, &level));
    CHECK(strcmp(level, "no") == 0);
    CHECK_FAILS(crmv_matrix_row_level(table, 2, &level), CRMV_OUT_OF_RANGE, "row 2");
    CHECK_FAILS(crmv_matrix_column_level(table, 2, &level), CRMV_OUT_OF_RANGE, "column 2");
    CHECK_OK(crmv_matrix_suppress(table, 2, shown, 9, &rows));
    CHECK(rows == 1);
    CHECK_OK(crmv_matrix_suppress(table, 0, at, 9, NULL));
    CHECK(at[0] == 1 && at[4] == 1);
    CHECK(memcmp(shown, expected, 9) == 0);
    CHECK_OK(crmv_matrix_get(table, 0, 0, &cell, sizeof cell));
    CHECK(cell.has_p_alive == 0 && cell.value_at_risk == 0);
    /* Cells with their totals: four of the five customers in the north said yes. */
    CHECK_OK(crmv_matrix_get(table, 0, 2, &cell, sizeof cell));
    CHECK(cell.customers == 5 && cell.value == 5 && cell.mean_value == 1 && cell.value_share == 0.5);
    const crmv_action own[2] = {{"visit", "north", "no"}, {"write", NULL, NULL}}, unknown[1] = {{"visit", "west", NULL}};
    crmv_matrix *with = NULL;
    CHECK_OK(crmv_matrix_with_actions(table, own, 2, &with));
    CHECK_OK(crmv_matrix_action(with, 0, 0, &action));
    CHECK(strcmp(action, "visit") == 0);
    CHECK_OK(crmv_matrix_action(with, 1, 0, &action));
    CHECK(strcmp(action, "write") == 0);
    CHECK_OK(crmv_matrix_action(table, 1, 0, &action));
    CHECK(strcmp(action, "") == 0);
    crmv_matrix_free(with);
    CHECK_FAILS(crmv_matrix_with_actions(table, unknown, 1, &with), CRMV_INVALID_OPTION, "west");
    crmv_matrix_free(table);
    CHECK_FAILS(crmv_matrix_new(site, answer, ones, NULL, 9, &table), CRMV_LENGTH_MISMATCH, "site");
    CHECK_FAILS(crmv_matrix_new(NULL, answer, ones, NULL, 10, &table), CRMV_NULL_POINTER, "rows");
    crmv_matrix_axis_free(site);
    crmv_matrix_axis_free(answer);
    crmv_matrix_axis_free(NULL);
    CHECK_OK(crmv_matrix_churn(value, p_alive, 6, &table));
    crmv_matrix_free(table);
    CHECK_OK(crmv_matrix_loyalty(value, p_alive, value, NULL, 6, &table));
    crmv_matrix_free(table);

    crmv_action actions[16];
    size_t count = 0;
    CHECK_OK(crmv_default_actions(CRMV_ACTIONS_VALUE_BY_CHURN_RISK, actions, 16, &count));
    CHECK(count == 10 && strcmp(actions[1].action, "call now") == 0 && strcmp(actions[1].row, "high") == 0 && actions[6].column == NULL);
    CHECK_OK(crmv_default_actions(CRMV_ACTIONS_VALUE_BY_STAGE, actions, 16, &count));
    CHECK(count == 16 && actions[0].row == NULL && strcmp(actions[0].column, "prospect") == 0);
    CHECK_FAILS(crmv_default_actions(CRMV_ACTIONS_VALUE_BY_STAGE, actions, 1, &count), CRMV_BUFFER_TOO_SMALL, "16 are needed");
    CHECK_FAILS(crmv_default_actions(2, actions, 16, &count), CRMV_INVALID_OPTION, "CRMV_ACTIONS_");

    /* Would you recommend us, 0 to 10: detractors to 6, passives to 8, promoters; by region. */
    const double nps[6] = {10, 3, 8, 9, 6, 7}, borders[2] = {7, 9};
    const char *const regions[6] = {"south", "north", "south", "south", "north", "north"};
    const char *const names[3] = {"detractor", "passive", "promoter"};
    const uint8_t r[6] = {2, 1, 2, 2, 1, 1}, f[6] = {1, 1, 2, 2, 1, 2}, none[6] = {0, 1, 1, 1, 1, 1};
    crmv_matrix_axis *scores = NULL, *promoters = NULL, *region = NULL, *stage_axis = NULL;
    CHECK_OK(crmv_matrix_axis_binned("NPS", nps, 6, borders, 2, CRMV_DIRECTION_HIGHER_IS_BETTER, &scores));
    CHECK_OK(crmv_matrix_axis_with_levels(scores, names, 3, &promoters));
    CHECK_FAILS(crmv_matrix_axis_with_levels(scores, names, 2, &bad), CRMV_LENGTH_MISMATCH, "NPS");
    CHECK_OK(crmv_matrix_axis_level_of(promoters, at, 6));
    CHECK(at[0] == 2 && at[1] == 0 && at[2] == 1 && at[3] == 2 && at[4] == 0 && at[5] == 1);
    CHECK_OK(crmv_matrix_axis_labels("region", regions, 6, &region));
    CHECK_OK(crmv_matrix_new(region, promoters, value, p_alive, 6, &table));
    CHECK_OK(crmv_matrix_column_level(table, 2, &level));
    CHECK(strcmp(level, "promoter") == 0);
    CHECK_OK(crmv_matrix_get(table, 1, 2, &cell, sizeof cell));
    CHECK(cell.customers == 2 && cell.value == 950);
    crmv_matrix_free(table);
    crmv_matrix_axis_free(scores);
    CHECK_OK(crmv_matrix_axis_quantiles("value", value, 6, 2, CRMV_DIRECTION_HIGHER_IS_BETTER, &scores));
    CHECK_OK(crmv_matrix_axis_stages(stages, 6, &stage_axis));
    CHECK_OK(crmv_matrix_new(scores, stage_axis, value, NULL, 6, &table));
    CHECK_OK(crmv_matrix_get(table, 1, CRMV_STAGE_ACTIVE, &cell, sizeof cell));
    CHECK(cell.customers == 2 && cell.value == 960);
    crmv_matrix_free(table);
    crmv_matrix_axis_free(scores);
    crmv_matrix_axis_free(stage_axis);
    CHECK_OK(crmv_matrix_axis_terciles("value", value, 6, &scores));
    CHECK_OK(crmv_matrix_axis_level_of(scores, at, 6));
    CHECK(at[0] == 2 && at[5] == 0);
    crmv_matrix_axis_free(scores);
    CHECK_OK(crmv_matrix_axis_scores("R", r, 6, 2, &scores));
    CHECK_FAILS(crmv_matrix_axis_scores("R", none, 6, 2, &bad), CRMV_INVALID_OPTION, "row 0");
    crmv_matrix_axis_free(scores);
    crmv_matrix_axis_free(promoters);
    crmv_matrix_axis_free(region);
    CHECK_OK(crmv_matrix_rfm(r, f, 2, value, NULL, 6, &table));
    CHECK_OK(crmv_matrix_criteria(table, &rows_by, &columns_by));
    CHECK(strcmp(rows_by, "R") == 0 && strcmp(columns_by, "F") == 0);
    CHECK_OK(crmv_matrix_get(table, 1, 0, &cell, sizeof cell));
    CHECK(cell.customers == 1 && cell.value == 900);
    crmv_matrix_free(table);

    crmv_transactions *log = small_log();
    crmv_stage_rules rules;
    crmv_stage found[5];
    CHECK_OK(crmv_stage_rules_init(&rules, sizeof rules));
    CHECK(rules.new_within == 90 && rules.rhythm[2] == 6 && rules.p_alive[0] == 0.8 && rules.usual_gap == 0);
    rules.usual_gap = 10;
    CHECK_OK(crmv_stages(log, &rules, NULL, NULL, found, 3));
    /* 30 days were no more than three times 10, and 29 have passed since; 88 days were more; customer 3 last bought 10 days ago. */
    CHECK(found[0] == CRMV_STAGE_AT_RISK && found[1] == CRMV_STAGE_WON_BACK && found[2] == CRMV_STAGE_ACTIVE);
    crmv_relationship known[3];
    CHECK_OK(crmv_relationships(log, &rules, NULL, known, 3));
    CHECK(known[0].purchases == 2 && known[0].since_first == 59 && known[0].since_last == 29 && known[0].has_own_gap == 0);
    CHECK(known[1].has_since_return == 1 && known[1].since_return == 0 && known[0].has_since_return == 0);
    CHECK_OK(crmv_stages_of(known, 3, &rules, NULL, found, 3));
    CHECK(found[0] == CRMV_STAGE_AT_RISK && found[1] == CRMV_STAGE_WON_BACK && found[2] == CRMV_STAGE_ACTIVE);
    /* Nobody has two gaps; customer 9 buys every 15 days on average, and is the median. */
    double gap = 0;
    int32_t is_known = 1;
    CHECK_OK(crmv_usual_gap(log, NULL, NULL, &gap, &is_known));
    CHECK(gap == 0 && is_known == 0);
    const uint64_t nines[3] = {9, 9, 9};
    const int32_t every[3] = {0, 10, 30};
    const double amounts[3] = {1, 1, 1};
    crmv_transactions *regular = NULL;
    CHECK_OK(crmv_transactions_from_columns(nines, every, amounts, 3, &regular));
    CHECK_OK(crmv_usual_gap(regular, NULL, NULL, &gap, &is_known));
    CHECK(gap == 15 && is_known == 1);
    crmv_transactions_free(regular);
    const crmv_relationship told[5] = {
        {0, 0, 0, 0, 0, 0, 0}, {1, 40, 40, 0, 0, 0, 0}, {6, 400, 50, 60, 0, 1, 0}, {6, 400, 130, 60, 0, 1, 0}, {9, 800, 30, 90, 30, 1, 1}};
    const double alive[5] = {1, 1, 0.3, 0.8, 0.1};
    CHECK_OK(crmv_stages_of(told, 5, NULL, NULL, found, 5));
    CHECK(found[0] == CRMV_STAGE_PROSPECT && found[1] == CRMV_STAGE_NEW && found[2] == CRMV_STAGE_ACTIVE);
    CHECK(found[3] == CRMV_STAGE_AT_RISK && found[4] == CRMV_STAGE_WON_BACK);
    CHECK_OK(crmv_stages_of(told, 5, NULL, alive, found, 5));
    CHECK(found[2] == CRMV_STAGE_LAPSED && found[3] == CRMV_STAGE_ACTIVE);
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
    CHECK(top.has_growth == 1 && top.retention == 1 && top.stay_share == 1);
    CHECK_CLOSE(top.growth, 10.0 / 180, 1e-14);
    double share = 0;
    int32_t has_share = 0;
    uint8_t tier_of[4], there[4];
    crmv_review_period period;
    crmv_movement_summary grown;
    crmv_tiers *tiers = NULL;
    CHECK_OK(crmv_review_value_at_risk(result, 0, p_alive, 4, &at_risk, &share, &has_share));
    CHECK(at_risk == 65 && has_share == 1);
    CHECK_CLOSE(share, 65.0 / 230, 1e-15);
    CHECK_FAILS(crmv_review_value_at_risk(result, 2, p_alive, 4, &at_risk, NULL, NULL), CRMV_INVALID_OPTION, "period");
    CHECK_OK(crmv_review_period_get(result, 0, &period, sizeof period));
    CHECK(period.customers == 3 && period.value == 230 && period.negative == 0 && period.has_gini == 1);
    /* Of 50, 80, 100: 2 (50 + 2 x 80 + 3 x 100) / (3 x 230) - 4/3. */
    CHECK_CLOSE(period.gini, 1020.0 / 690 - 4.0 / 3, 1e-14);
    CHECK_FAILS(crmv_review_period_get(result, 2, &period, sizeof period), CRMV_OUT_OF_RANGE, "period");
    CHECK_OK(crmv_review_movement(result, CRMV_MOVEMENT_GROWN, &grown, sizeof grown));
    CHECK(grown.customers == 1 && grown.value_1 == 100 && grown.value_2 == 130);
    CHECK_FAILS(crmv_review_movement(result, 7, &grown, sizeof grown), CRMV_INVALID_OPTION, "CRMV_MOVEMENT_");
    CHECK_OK(crmv_review_tier_of(result, 0, tier_of, there, 4));
    CHECK(tier_of[0] == 0 && tier_of[1] == 1 && tier_of[2] == 0 && there[2] == 1 && there[3] == 0);
    CHECK_OK(crmv_review_tiers(result, 1, &tiers));
    CHECK_OK(crmv_tiers_count(tiers, &n));
    CHECK(n == 2);
    crmv_tiers_free(tiers);
    CHECK_FAILS(crmv_review_tiers(result, 2, &tiers), CRMV_OUT_OF_RANGE, "period");
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

static void calendar(void) {
    int32_t first = 0, last = 0;
    char *label = NULL;
    /* 2027-01-01, a Friday. */
    CHECK_OK(crmv_calendar_period_days(check_day(2027, 1, 1), CRMV_PERIOD_WEEK, &first, &last));
    CHECK(first == check_day(2026, 12, 28) && last == check_day(2027, 1, 3));
    CHECK_OK(crmv_calendar_period_label(check_day(2027, 1, 1), CRMV_PERIOD_WEEK, &label));
    CHECK(strcmp(label, "2026-W53") == 0);
    crmv_string_free(label);
    CHECK_FAILS(crmv_calendar_period_days(0, 4, &first, &last), CRMV_INVALID_OPTION, "CRMV_PERIOD_");
}

/* The whole tables of the bundled log; the figures were counted from the rows of the file by a program of its own. */
static void cdnow(int argc, char **argv) {
    check_log rows = check_read_log(argc, argv);
    const int32_t end = check_day(1998, 6, 30);
    const int32_t then[2] = {check_day(1997, 7, 1), check_day(1997, 12, 31)}, now[2] = {check_day(1998, 1, 1), end};
    const uint64_t sizes[3] = {781, 857, 719};
    const double active_after[3] = {124, 134, 87}, spent_at_once[3] = {28592.70, 33430.08, 32812.09};
    crmv_transactions *log = NULL;
    crmv_cohorts *cohorts = NULL;
    crmv_cohort_totals totals;
    crmv_customers *customers = NULL;
    crmv_matrix *matrix = NULL;
    crmv_matrix_cell cell, all;
    crmv_activity_columns activity;
    crmv_margin_options margins;
    crmv_whale_curve *curve = NULL;
    crmv_whale_summary whale;
    crmv_review *changes = NULL;
    crmv_bridge bridge;
    size_t n = 0, months = 0, height = 0, width = 0;
    CHECK_OK(crmv_transactions_from_columns(rows.ids, rows.days, rows.amounts, rows.n, &log));
    CHECK_OK(crmv_cohorts_new(log, CRMV_PERIOD_MONTH, NULL, NULL, &cohorts));
    CHECK_OK(crmv_cohorts_count(cohorts, &months));
    CHECK(months == 18);
    for (size_t i = 0; i < 3; i++) {
        crmv_cohort_cell first, second;
        CHECK_OK(crmv_cohorts_cell(cohorts, i, 0, &first, sizeof first));
        CHECK_OK(crmv_cohorts_cell(cohorts, i, 1, &second, sizeof second));
        CHECK(first.customers == sizes[i] && (double)second.customers == active_after[i]);
        CHECK(fabs(first.revenue - spent_at_once[i]) < 0.005);
    }
    CHECK_OK(crmv_cohorts_totals(cohorts, &totals, sizeof totals));
    CHECK(totals.customers == 2357 && totals.orders == 6696 && fabs(totals.revenue - 244091.94) < 0.005 && totals.masked_revenue == 0);
    crmv_cohorts_free(cohorts);

    CHECK_OK(crmv_transactions_summarize(log, CRMV_UNIT_WEEK, NULL, &customers));
    CHECK_OK(crmv_customers_count(customers, &n));
    double *spend = (double *)check_alloc(n, sizeof *spend), *orders = (double *)check_alloc(n, sizeof *orders);
    crmv_stage *stages = (crmv_stage *)check_alloc(n, sizeof *stages);
    CHECK_OK(crmv_customers_total_spend(customers, spend, n));
    CHECK_OK(crmv_customers_frequency(customers, orders, n));
    CHECK_OK(crmv_stages(log, NULL, NULL, NULL, stages, n));
    CHECK_OK(crmv_matrix_value_by_stage(spend, stages, NULL, n, &matrix));
    CHECK_OK(crmv_matrix_shape(matrix, &height, &width));
    double value = 0, shares = 0;
    uint64_t counted = 0;
    for (size_t row = 0; row < height; row++) {
        for (size_t column = 0; column < width; column++) {
            CHECK_OK(crmv_matrix_get(matrix, row, column, &cell, sizeof cell));
            value += cell.value;
            shares += cell.value_share;
            counted += cell.customers;
        }
    }
    CHECK_OK(crmv_matrix_get(matrix, height, width, &all, sizeof all));
    CHECK(counted == 2357 && all.customers == 2357 && fabs(value - 244091.94) < 0.005 && fabs(all.value - 244091.94) < 0.005);
    CHECK_CLOSE(shares, 1, 1e-12);
    crmv_matrix_free(matrix);

    /* 30 % margin, 2 per order, 3 per customer. */
    for (size_t i = 0; i < n; i++) orders[i] += 1;
    CHECK_OK(crmv_activity_columns_init(&activity, sizeof activity));
    CHECK_OK(crmv_margin_options_init(&margins, sizeof margins));
    activity.n = n;
    activity.revenue = spend;
    activity.orders = orders;
    margins.rate = 0.30;
    margins.cost_per_order = 2;
    margins.cost_per_customer = 3;
    CHECK_OK(crmv_contribution_margin(&activity, &margins, spend, n));
    CHECK_OK(crmv_whale_curve_new(spend, n, &curve));
    CHECK_OK(crmv_whale_curve_summary(curve, &whale, sizeof whale));
    CHECK(whale.break_even_customers == 1818 && whale.unprofitable_customers == 539 && fabs(whale.total - 52764.582) < 0.005);
    CHECK(fabs(whale.peak_value - 53419.158) < 0.005 && fabs(whale.destroyed_value - 654.576) < 0.005);
    crmv_whale_curve_free(curve);

    CHECK_OK(crmv_review_new(log, then, now, NULL, &changes));
    CHECK_OK(crmv_review_bridge(changes, &bridge, sizeof bridge));
    CHECK(fabs(bridge.value_1 - 55096.58) < 0.005 && fabs(bridge.value_2 - 42867.12) < 0.005 && fabs(bridge.returned - 10516.85) < 0.005);
    CHECK(fabs(bridge.growth - 8909.23) < 0.005 && fabs(bridge.shrinkage - 14546.87) < 0.005 && fabs(bridge.lost - 17108.67) < 0.005);
    CHECK(bridge.new_customers == 0 && bridge.absent == 0);
    uint64_t moved[20], met = 0;
    double value_1[20], value_2[20], migrated = 0;
    CHECK_OK(crmv_review_migration(changes, moved, value_1, value_2, 20));
    for (size_t i = 0; i < 20; i++) {
        met += moved[i];
        migrated += value_2[i] - value_1[i];
    }
    CHECK(met == 619 + 193 && fabs(migrated - (42867.12 - 55096.58)) < 0.01);
    crmv_review_free(changes);
    free(spend);
    free(orders);
    free(stages);
    crmv_customers_free(customers);
    crmv_transactions_free(log);
    check_log_free(&rows);
}

int main(int argc, char **argv) {
    cohorts();
    survival();
    matrix();
    review();
    calendar();
    cdnow(argc, argv);
    return check_finish();
}
