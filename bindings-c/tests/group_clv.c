/* Value of customers with a contract and of cohorts, and the ways to value customers side by side: cases worked by hand. */
#include "check.h"

/* At a constant churn of 0.2 and d = 0.25: DEL = 1 / (1 - 0.8 / 1.25) = 1 / 0.36; DERL = 0.8 DEL for everyone. */
static void contracts(void) {
    const uint32_t renewals[3] = {0, 3, 40};
    const double margins[3] = {90, 45, -9}, expected[3] = {264, 132, -26.4};
    const uint8_t active[3] = {1, 0, 1};
    crmv_retention_model *model = NULL;
    crmv_contract_options options;
    double value = 0, values[3];
    CHECK_OK(crmv_geometric_new(0.2, &model));
    CHECK_OK(crmv_contract_options_init(&options, sizeof options));
    options.discount.rate = 0.25;
    CHECK_OK(crmv_clv_new_contract(model, 90, &options, &value));
    CHECK_CLOSE(value, 250, 1e-14);
    CHECK_OK(crmv_clv_after_renewals(model, renewals, NULL, 90, NULL, 3, &options, values, 3));
    for (size_t i = 0; i < 3; i++) CHECK_CLOSE(values[i], 200, 1e-14);
    /* Two payments: 90 (1 + 0.64) for a new customer, 90 x 0.8 x 1.64 after a renewal. */
    options.payments = 2;
    CHECK_OK(crmv_clv_new_contract(model, 90, &options, &value));
    CHECK_CLOSE(value, 147.6, 1e-14);
    CHECK_OK(crmv_clv_after_renewals(model, renewals, margins, 0, active, 3, &options, values, 3));
    CHECK_CLOSE(values[0], 118.08, 1e-14);
    CHECK(values[1] == 0);
    CHECK_CLOSE(values[2], -11.808, 1e-14);
    /* By default a year, 10 % and without end: DEL = 1.1 / 0.3, DERL = 0.88 / 0.3. */
    CHECK_OK(crmv_clv_new_contract(model, 90, NULL, &value));
    CHECK_CLOSE(value, 330, 1e-14);
    CHECK_OK(crmv_clv_after_renewals(model, renewals, margins, 0, NULL, 3, NULL, values, 3));
    for (size_t i = 0; i < 3; i++) CHECK_CLOSE(values[i], expected[i], 1e-14);

    /* Customers in their first, third and third year; the next renewal after 0.6, 1 and 0.25 years. */
    const double year = 365.25 / 7, zeros[3] = {0, 0, 0}, due[3] = {0.6, 1, 0.25};
    const double age[3] = {0.4 * year, 2 * year, 2.75 * year};
    crmv_customer_columns columns;
    crmv_customers *customers = NULL;
    CHECK_OK(crmv_customer_columns_init(&columns, sizeof columns));
    columns.n = 3;
    columns.frequency = zeros;
    columns.recency = zeros;
    columns.T = age;
    columns.unit = CRMV_UNIT_WEEK;
    CHECK_OK(crmv_customers_from_columns(&columns, &customers));
    CHECK_OK(crmv_clv_contracts(model, customers, margins, 0, NULL, 3, NULL, values, 3));
    for (size_t i = 0; i < 3; i++) CHECK_CLOSE(values[i], expected[i], 1e-14);
    CHECK_OK(crmv_contract_options_init(&options, sizeof options));
    options.next_renewal = CRMV_RENEWAL_AT_PERIOD_END;
    CHECK_OK(crmv_clv_contracts(model, customers, margins, 0, active, 3, &options, values, 3));
    CHECK_CLOSE(values[0], expected[0] / pow(1.1, due[0]), 1e-12);
    CHECK(values[1] == 0);
    CHECK_CLOSE(values[2], expected[2] / pow(1.1, due[2]), 1e-12);
    /* The loyal stay: under sBG more is to be expected of them. */
    crmv_retention_model *differing = NULL;
    CHECK_OK(crmv_sbg_new(1, 2, &differing));
    CHECK_OK(crmv_clv_contracts(differing, customers, NULL, 10, NULL, 3, NULL, values, 3));
    CHECK(values[0] < values[1] && values[1] == values[2]);
    crmv_retention_model_free(differing);

    CHECK_FAILS(crmv_clv_contracts(model, customers, margins, 0, NULL, 2, NULL, values, 3), CRMV_LENGTH_MISMATCH, "margin_per_period");
    CHECK_FAILS(crmv_clv_after_renewals(model, renewals, NULL, 90, NULL, 3, NULL, values, 2), CRMV_BUFFER_TOO_SMALL, "3 are needed");
    CHECK_FAILS(crmv_clv_after_renewals(model, NULL, NULL, 90, NULL, 0, NULL, values, 3), CRMV_EMPTY, "renewals");
    CHECK_FAILS(crmv_clv_new_contract(model, NAN, NULL, &value), CRMV_INVALID_OPTION, "margin_per_period");
    CHECK_FAILS(crmv_clv_new_contract(NULL, 90, NULL, &value), CRMV_NULL_POINTER, "retention");
    options.next_renewal = 2;
    CHECK_FAILS(crmv_clv_new_contract(model, 90, &options, &value), CRMV_INVALID_OPTION, "CRMV_RENEWAL_");
    options.next_renewal = CRMV_RENEWAL_DUE_NOW;
    options.discount.rate = 0;
    CHECK_FAILS(crmv_clv_new_contract(model, 90, &options, &value), CRMV_UNBOUNDED_VALUE, "");
    crmv_customers_free(customers);
    crmv_retention_model_free(model);
}

/* January: customers 1, 2 (100 each), 1 buys again in February (40) and March (60), 2 in February (20). February: customer 3 (80), and in
 * March (40). March: nobody. April, of which ten days are observed: customer 4 (30), and 1 again (500). */
static crmv_transactions *four_customers(void) {
    static const uint64_t ids[9] = {1, 2, 1, 1, 2, 3, 3, 4, 1};
    static const double amounts[9] = {100, 100, 40, 60, 20, 80, 40, 30, 500};
    static double quarters[9];
    const int32_t days[9] = {check_day(2026, 1, 10), check_day(2026, 1, 11), check_day(2026, 2, 1),
                             check_day(2026, 3, 5),  check_day(2026, 2, 20), check_day(2026, 2, 3),
                             check_day(2026, 3, 31), check_day(2026, 4, 2),  check_day(2026, 4, 10)};
    crmv_transaction_columns columns;
    crmv_transactions *log = NULL;
    for (size_t i = 0; i < 9; i++) quarters[i] = amounts[i] / 4;
    CHECK_OK(crmv_transaction_columns_init(&columns, sizeof columns));
    columns.n = 9;
    columns.ids_u64 = ids;
    columns.days = days;
    columns.amounts = amounts;
    columns.margins = quarters;
    CHECK_OK(crmv_transactions_read(&columns, NULL, &log));
    return log;
}

static void by_cohort(void) {
    crmv_transactions *log = four_customers();
    const int32_t march = check_day(2026, 3, 31);
    crmv_cohorts *cohorts = NULL;
    crmv_customers *customers = NULL, *earlier = NULL;
    crmv_retention_model *model = NULL;
    crmv_cohort_clv_options options;
    crmv_cohort_value rows[4];
    double values[4], past[4], halves[4];
    size_t count = 0;
    CHECK_OK(crmv_cohorts_new(log, CRMV_PERIOD_MONTH, NULL, NULL, &cohorts));
    CHECK_OK(crmv_transactions_summarize(log, CRMV_UNIT_WEEK, NULL, &customers));
    CHECK_OK(crmv_geometric_new(0.5, &model));
    CHECK_OK(crmv_cohort_clv_options_init(&options, sizeof options));
    CHECK(options.recent == 3 && options.margin == 1 && options.discount.rate == 0.10 && options.periods == 0);
    /* Half of the active stay each month, d = 0.25 a month: the sum of (0.5 / 1.25)^t is 0.4 / 0.6 = 2/3. */
    options.recent = 2;
    options.discount.rate = 0.25;
    options.discount.unit = CRMV_UNIT_MONTH;
    CHECK_OK(crmv_clv_cohort_values(cohorts, model, &options, rows, sizeof rows[0], 4, &count));
    CHECK(count == 3);
    CHECK(rows[0].cohort == 0 && rows[0].customers == 2 && rows[0].has_age == 1 && rows[0].age == 2 && rows[0].active == 1);
    CHECK(rows[0].start == check_day(2026, 1, 1) && rows[1].cohort == 1 && rows[2].cohort == 3 && rows[2].has_age == 0);
    /* January: 320 until March over 2; recent (60 + 60) / (2 + 1) = 40; half are active. February: 120; recent 60. */
    CHECK_CLOSE(rows[0].observed, 160, 1e-14);
    CHECK_CLOSE(rows[0].per_active, 40, 1e-14);
    CHECK_CLOSE(rows[0].residual, 0.5 * 40 * 2 / 3, 1e-14);
    CHECK_CLOSE(rows[0].total, 160 + 40.0 / 3, 1e-14);
    CHECK_CLOSE(rows[1].total, 120 + 40, 1e-14);
    /* April has no complete month: 280 by 3 customers at age 0, DEL 1 / 0.6, one period away. */
    CHECK(rows[2].observed == 0);
    CHECK_CLOSE(rows[2].residual, 280.0 / 3 / 0.6 / 1.25, 1e-14);
    CHECK_OK(crmv_clv_cohort(cohorts, model, customers, &options, values, 4));
    CHECK(values[0] == rows[0].total && values[1] == rows[0].total && values[2] == rows[1].total && values[3] == rows[2].total);
    options.residual_only = 1;
    CHECK_OK(crmv_clv_cohort(cohorts, model, customers, &options, values, 4));
    CHECK(values[0] == rows[0].residual && values[2] == rows[1].residual);
    options.residual_only = 0;
    options.from_margins = 1;
    CHECK_OK(crmv_clv_cohort(cohorts, model, customers, &options, values, 4));
    CHECK_CLOSE(values[2], 40, 1e-14);
    options.from_margins = 0;
    options.margin = 0.25;
    CHECK_OK(crmv_clv_cohort(cohorts, model, customers, &options, values, 4));
    CHECK_CLOSE(values[2], 40, 1e-14);
    /* Two periods to come: 0.4 + 0.16. */
    options.margin = 1;
    options.periods = 2;
    CHECK_OK(crmv_clv_cohort_values(cohorts, model, &options, rows, sizeof rows[0], 4, &count));
    CHECK_CLOSE(rows[1].residual, 60 * 0.56, 1e-14);

    CHECK_FAILS(crmv_clv_cohort_values(cohorts, model, &options, rows, sizeof rows[0], 2, &count), CRMV_BUFFER_TOO_SMALL, "3 are needed");
    CHECK_FAILS(crmv_clv_cohort_values(NULL, model, &options, rows, sizeof rows[0], 4, &count), CRMV_NULL_POINTER, "cohorts");
    CHECK_OK(crmv_transactions_summarize(log, CRMV_UNIT_WEEK, &march, &earlier));
    CHECK_FAILS(crmv_clv_cohort(cohorts, model, earlier, &options, values, 4), CRMV_INVALID_OPTION, "2026-03-31");
    options.recent = 0;
    CHECK_FAILS(crmv_clv_cohort(cohorts, model, customers, &options, values, 4), CRMV_INVALID_OPTION, "recent");
    options.recent = 2;
    options.residual_only = 2;
    CHECK_FAILS(crmv_clv_cohort(cohorts, model, customers, &options, values, 4), CRMV_INVALID_OPTION, "residual_only");
    options.residual_only = 0;
    options.periods = 0;
    options.discount.rate = 0;
    CHECK_FAILS(crmv_clv_cohort(cohorts, model, customers, &options, values, 4), CRMV_UNBOUNDED_VALUE, "");

    /* The ways side by side. */
    const char *const names[3] = {"past", "cohort", "halved"};
    const double *columns[3] = {past, values, halves};
    crmv_clv_totals totals[3];
    options.discount.rate = 0.25;
    CHECK_OK(crmv_clv_historical(customers, 1, past, 4));
    CHECK_OK(crmv_clv_cohort(cohorts, model, customers, &options, values, 4));
    for (size_t i = 0; i < 4; i++) halves[i] = past[i] / 2 - 50;
    CHECK_OK(crmv_clv_compare(names, columns, 3, 4, totals, sizeof totals[0], 3));
    CHECK(totals[0].total == 970 && totals[0].mean == 242.5 && totals[0].negative == 0);
    CHECK_CLOSE(totals[1].total, 2 * (160 + 40.0 / 3) + 160 + 280.0 / 3 / 0.6 / 1.25, 1e-14);
    CHECK(totals[2].total == 285 && totals[2].negative == 1);
    halves[2] = NAN;
    CHECK_FAILS(crmv_clv_compare(names, columns, 3, 4, totals, sizeof totals[0], 3), CRMV_NON_FINITE, "halved");
    CHECK_FAILS(crmv_clv_compare(NULL, columns, 3, 4, totals, sizeof totals[0], 2), CRMV_BUFFER_TOO_SMALL, "3 are needed");
    CHECK_FAILS(crmv_clv_compare(NULL, columns, 0, 4, totals, sizeof totals[0], 3), CRMV_EMPTY, "comparison");
    crmv_customers_free(earlier);
    crmv_customers_free(customers);
    crmv_retention_model_free(model);
    crmv_cohorts_free(cohorts);
    crmv_transactions_free(log);
}

int main(void) {
    contracts();
    by_cohort();
    return check_finish();
}
