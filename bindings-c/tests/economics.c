/* Economics, simple and cold-start CLV, forecast and referral value: small cases with known answers. */
#include "check.h"

static void margins(void) {
    const double revenue[2] = {1000, 0}, orders[2] = {3, 0}, returns[2] = {2, 0}, contacts[2] = {10, 5}, service[2] = {55, 1};
    crmv_activity_columns columns;
    crmv_margin_options options;
    double out[2] = {0, 0};
    CHECK_OK(crmv_activity_columns_init(&columns, sizeof columns));
    CHECK_OK(crmv_margin_options_init(&options, sizeof options));
    columns.n = 2;
    columns.revenue = revenue;
    CHECK_OK(crmv_contribution_margin(&columns, NULL, out, 2));
    CHECK(out[0] == 1000 && out[1] == 0);
    columns.orders = orders;
    columns.returns = returns;
    columns.contacts = contacts;
    columns.cost_to_serve = service;
    options.rate = 0.4;
    options.cost_per_order = 7.5;
    options.cost_per_return = 12;
    options.cost_per_contact = 0.8;
    options.cost_per_customer = 20;
    CHECK_OK(crmv_contribution_margin(&columns, &options, out, 2));
    CHECK(out[0] == 270.5 && out[1] == -25);
    CHECK_FAILS(crmv_contribution_margin(&columns, &options, out, 1), CRMV_BUFFER_TOO_SMALL, "out");
    CHECK_FAILS(crmv_contribution_margin(NULL, &options, out, 2), CRMV_NULL_POINTER, "columns");
    columns.orders = NULL;
    CHECK_FAILS(crmv_contribution_margin(&columns, &options, out, 2), CRMV_MISSING_COLUMN, "orders");
}

static void net_value_and_payback(void) {
    const double clv[4] = {120, 20, -5, 64}, cac[4] = {40, 50, 10, 0}, uplift[3] = {0.05, 0.10, 0.02}, residual[3] = {800, 300, -100};
    const crmv_discount quarter_off = {0.25, 1.0, CRMV_UNIT_MONTH, CRMV_COMPOUNDING_PERIODIC};
    const double tens[3] = {10, 10, 10};
    double net[4], ratios[4], running[3], spend[3], most = 0;
    uint8_t has_ratio[4];
    crmv_investment measure;
    crmv_net_totals totals;
    size_t period = 99;
    int32_t paid_back = 99;
    CHECK_OK(crmv_net_value(clv, 4, cac, 0, net, 4, &totals, sizeof totals));
    CHECK(net[0] == 80 && net[1] == -30 && net[2] == -15 && net[3] == 64);
    CHECK(totals.value == 199 && totals.cost == 100 && totals.net == 99 && totals.ratio == 1.99 && totals.has_ratio == 1);
    CHECK(totals.loss_making == 2);
    CHECK_OK(crmv_net_value(clv, 4, NULL, 0, NULL, 0, &totals, sizeof totals));
    CHECK(totals.has_ratio == 0 && totals.ratio == 0);
    CHECK_FAILS(crmv_net_value(clv, 4, NULL, -1, net, 4, NULL, 0), CRMV_INVALID_OPTION, "acquisition_cost");
    CHECK_OK(crmv_cumulative_discounted(tens, 3, quarter_off, 1, CRMV_UNIT_MONTH, running, 3));
    CHECK_CLOSE(running[2], 19.52, 1e-14);
    CHECK_OK(crmv_payback_period(tens, 3, 8.1, quarter_off, 1, CRMV_UNIT_MONTH, &period, &paid_back));
    CHECK(period == 2 && paid_back == 1);
    CHECK_OK(crmv_payback_period(tens, 3, 20, quarter_off, 1, CRMV_UNIT_MONTH, &period, &paid_back));
    CHECK(period == 0 && paid_back == 0);
    CHECK_OK(crmv_net_ratios(clv, 4, cac, 0, ratios, has_ratio, 4));
    CHECK(ratios[0] == 3 && ratios[1] == 0.4 && ratios[2] == -0.5 && has_ratio[2] == 1 && ratios[3] == 0 && has_ratio[3] == 0);
    CHECK_OK(crmv_investment_retention(residual, 3, uplift, 0, NULL, 20, &measure, sizeof measure));
    CHECK(measure.gain == 68 && measure.cost == 60 && measure.net == 8 && measure.has_roi == 1);
    CHECK_CLOSE(measure.roi, 8.0 / 60, 1e-15);
    /* 200 new customers worth 45 for 6,000: ROI 50 %. */
    CHECK_OK(crmv_investment_acquisition(200, 45, 6000, &measure, sizeof measure));
    CHECK(measure.gain == 9000 && measure.net == 3000 && measure.roi == 0.5);
    CHECK_OK(crmv_investment_of(5, 0, &measure, sizeof measure));
    CHECK(measure.net == 5 && measure.has_roi == 0 && measure.roi == 0);
    CHECK_FAILS(crmv_investment_of(1, -1, &measure, sizeof measure), CRMV_INVALID_OPTION, "cost");
    CHECK_FAILS(crmv_investment_acquisition(-1, 1, 1, &measure, sizeof measure), CRMV_INVALID_OPTION, "customers");
    CHECK_OK(crmv_largest_retention_spend(residual, 3, uplift, 0, spend, 3));
    CHECK(spend[0] == 40 && spend[1] == 30 && spend[2] == 0);
    CHECK_OK(crmv_largest_acquisition_spend(90, 3, &most));
    CHECK(most == 30);
    CHECK_FAILS(crmv_largest_acquisition_spend(90, 0, &most), CRMV_INVALID_OPTION, "ratio");
}

static void campaigns(void) {
    const double response[5] = {0.10, 0.04, 0.20, 0.01, 0.05};
    crmv_campaign campaign;
    crmv_campaign_totals contacted, everyone;
    uint8_t selected[5];
    double value[5];
    CHECK_OK(crmv_campaign_init(&campaign, sizeof campaign));
    campaign.n = 5;
    campaign.response = response;
    campaign.margin = 50;
    campaign.contact_cost = 2;
    CHECK_OK(crmv_campaign_select(&campaign, selected, value, 5, &contacted, &everyone, sizeof contacted));
    CHECK(selected[0] == 1 && selected[1] == 0 && selected[2] == 1 && selected[3] == 0 && selected[4] == 1);
    CHECK(contacted.customers == 3 && everyone.customers == 5 && contacted.has_roi == 1);
    CHECK_CLOSE(contacted.profit, 11.5, 1e-13);
    CHECK_CLOSE(everyone.profit, 10.0, 1e-13);
    CHECK(everyone.cost - contacted.cost == 4);
    CHECK_CLOSE(value[2], 8.0, 1e-13);
    double response_needed[5];
    uint8_t has_response[5];
    CHECK_OK(crmv_campaign_break_even(&campaign, response_needed, has_response, 5));
    CHECK(response_needed[0] == 0.04 && has_response[4] == 1);
    campaign.margin = -1;
    CHECK_OK(crmv_campaign_break_even(&campaign, response_needed, has_response, 5));
    CHECK(response_needed[0] == 0 && has_response[0] == 0);
    campaign.margin = 50;
    campaign.has_budget = 1;
    campaign.budget = 2;
    CHECK_OK(crmv_campaign_select(&campaign, selected, NULL, 5, NULL, NULL, 0));
    CHECK(selected[0] == 0 && selected[2] == 1 && selected[4] == 0);
    campaign.has_budget = 2;
    CHECK_FAILS(crmv_campaign_select(&campaign, selected, NULL, 5, NULL, NULL, 0), CRMV_INVALID_OPTION, "has_budget");
    campaign.has_budget = 0;
    campaign.baseline = 1.5;
    CHECK_FAILS(crmv_campaign_select(&campaign, selected, NULL, 5, NULL, NULL, 0), CRMV_SHARE, "baseline");
}

static void referrals(void) {
    const uint64_t ids[6] = {1, 2, 3, 4, 5, 6}, by[6] = {0, 1, 1, 3, 4, 0}, loop[6] = {0, 3, 2, 3, 4, 0};
    const uint8_t none[6] = {1, 0, 0, 0, 0, 1};
    const double values[6] = {1000, 40, 80, -16, 64, 7};
    const char *const names[3] = {"ann", "bob", "cid"}, *const referrers[3] = {NULL, "ann", "dan"};
    crmv_referral_columns columns;
    double credit[6], total = 0;
    uint32_t referred[6];
    size_t chain = 0;
    CHECK_OK(crmv_referral_columns_init(&columns, sizeof columns));
    columns.n = 6;
    columns.ids_u64 = ids;
    columns.referred_by_u64 = by;
    columns.no_referrer = none;
    columns.values = values;
    CHECK_OK(crmv_referral_value(&columns, 0.5, 1, credit, 6, NULL));
    CHECK(credit[0] == 60 && credit[1] == 0 && credit[2] == -8 && credit[3] == 32 && credit[4] == 0 && credit[5] == 0);
    CHECK_OK(crmv_referral_value(&columns, 0.5, CRMV_REFERRALS_ENDLESS, credit, 6, &total));
    CHECK(credit[0] == 64 && credit[2] == 8 && credit[3] == 32 && total == 104);
    CHECK_OK(crmv_referral_counts(&columns, referred, 6, &chain));
    CHECK(referred[0] == 2 && referred[1] == 0 && referred[2] == 1 && referred[5] == 0 && chain == 3);
    columns.referred_by_u64 = loop;
    CHECK_FAILS(crmv_referral_value(&columns, 0.5, 1, credit, 6, NULL), CRMV_REFERRAL_LOOP, "row 1: customer 2");
    CHECK_OK(crmv_referral_columns_init(&columns, sizeof columns));
    columns.n = 3;
    columns.ids_text = names;
    columns.referred_by_text = referrers;
    columns.values = values;
    CHECK_FAILS(crmv_referral_value(&columns, 0.5, 1, credit, 6, NULL), CRMV_UNKNOWN_CUSTOMER, "dan");
    columns.n = 2;
    CHECK_OK(crmv_referral_value(&columns, 0.5, 1, credit, 6, NULL));
    CHECK(credit[0] == 20 && credit[1] == 0);
}

static void formulas_and_assumptions(void) {
    const crmv_discount twelve = {0.12, 1.0, CRMV_UNIT_YEAR, CRMV_COMPOUNDING_PERIODIC};
    double out = 0, weight = 0, value = 0, low = 0, high = 0;
    crmv_cold_start persona;
    crmv_cold_start_value range, again;
    CHECK_OK(crmv_clv_simple_orders(50, 4, 2.5, 1, &out));
    CHECK(out == 500);
    CHECK_OK(crmv_clv_simple_arpu(20, 0.04, 0.3, &out));
    CHECK_CLOSE(out, 150, 1e-14);
    CHECK_OK(crmv_margin_multiple(0.8, twelve, 1, CRMV_UNIT_YEAR, CRMV_FIRST_MARGIN_AFTER_ONE_PERIOD, &out));
    CHECK_CLOSE(out, 2.5, 1e-14);
    CHECK_OK(crmv_margin_multiple(0.8, twelve, 1, CRMV_UNIT_YEAR, CRMV_FIRST_MARGIN_NOW, &out));
    CHECK_CLOSE(out, 3.5, 1e-14);
    CHECK_FAILS(crmv_margin_multiple(0.8, twelve, 1, CRMV_UNIT_YEAR, 7, &out), CRMV_INVALID_OPTION, "first_margin");
    CHECK_OK(crmv_clv_simple_retention(40, 0.8, twelve, 1, CRMV_UNIT_YEAR, CRMV_FIRST_MARGIN_NOW, &out));
    CHECK_CLOSE(out, 140, 1e-14);
    CHECK_FAILS(crmv_clv_simple_arpu(20, 0, 1, &out), CRMV_INVALID_OPTION, "churn");
    CHECK_OK(crmv_cold_start_init(&persona, sizeof persona));
    persona.retention.a = 0.66;
    persona.order_value.a = 20;
    persona.frequency.a = 3;
    persona.margin.a = 0.5;
    CHECK_OK(crmv_cold_start_simulate(&persona, &range, sizeof range));
    CHECK_CLOSE(range.median, 75, 1e-13);
    persona.order_value.kind = CRMV_ASSUMPTION_MEAN_SD;
    persona.order_value.b = 5;
    CHECK_OK(crmv_cold_start_simulate(&persona, &range, sizeof range));
    CHECK_OK(crmv_cold_start_simulate(&persona, &again, sizeof again));
    CHECK(range.low < range.median && range.median < range.high && memcmp(&range, &again, sizeof range) == 0);
    double *draws = (double *)check_alloc(10000, sizeof *draws), below = 0;
    CHECK_OK(crmv_cold_start_draws(&persona, draws, 10000));
    for (size_t i = 0; i < 10000; i++) below += draws[i] < range.median ? 1 : 0;
    CHECK(below == 5000 && draws[0] <= draws[1] && draws[9998] <= draws[9999]);
    CHECK_FAILS(crmv_cold_start_draws(&persona, draws, 9999), CRMV_BUFFER_TOO_SMALL, "10000 are needed");
    free(draws);
    CHECK_OK(crmv_cold_start_blend(&persona, 210, 60, 20, &weight, &value, &low, &high));
    CHECK(weight == 0.75 && low < value && value < high);
    CHECK_CLOSE(value, 0.75 * 210 + 0.25 * range.mean, 1e-14);
    persona.retention.kind = 9;
    CHECK_FAILS(crmv_cold_start_simulate(&persona, &range, sizeof range), CRMV_INVALID_OPTION, "kind");
}

/* Under the NBD everything is a straight line. */
static void forecasts(void) {
    const double frequency[2] = {2, 0}, recency[2] = {5, 0}, age[2] = {8, 6}, spend[2] = {8, 0}, plan[2] = {10, 4}, total[2] = {30, 5};
    crmv_customer_columns columns;
    crmv_customers *customers = NULL;
    crmv_purchase_model *purchases = NULL;
    crmv_spend_model *spending = NULL;
    crmv_forecast_options options;
    crmv_forecast *forecast = NULL;
    crmv_forecast_period row, totals;
    double existing = 0, new_customers = 0, out = 0;
    size_t periods = 0;
    CHECK_OK(crmv_customer_columns_init(&columns, sizeof columns));
    columns.n = 2;
    columns.frequency = frequency;
    columns.recency = recency;
    columns.T = age;
    columns.monetary_value = spend;
    columns.total_spend = total;
    columns.unit = CRMV_UNIT_WEEK;
    CHECK_OK(crmv_customers_from_columns(&columns, &customers));
    CHECK_OK(crmv_nbd_new(1, 2, CRMV_UNIT_WEEK, &purchases));
    CHECK_OK(crmv_gamma_gamma_new(2, 3, 10, &spending));
    CHECK_OK(crmv_forecast_options_init(&options, sizeof options));
    options.margin = 0.5;
    options.period = 2;
    options.period_unit = CRMV_UNIT_WEEK;
    options.periods = 3;
    options.discount.rate = 0.25;
    options.discount.length = 2;
    options.discount.unit = CRMV_UNIT_WEEK;
    options.plan = plan;
    options.plan_length = 2;
    options.acquisition_cost = 3;
    CHECK_OK(crmv_forecast_new(purchases, spending, customers, &options, &forecast));
    CHECK_OK(crmv_forecast_count(forecast, &periods));
    CHECK(periods == 3);
    CHECK_OK(crmv_forecast_get(forecast, 1, &row, sizeof row));
    CHECK(row.period == 2 && row.new_customers == 4);
    CHECK_CLOSE(row.purchases, 0.85, 1e-13);
    CHECK_CLOSE(row.new_purchases, 16, 1e-13);
    CHECK_CLOSE(row.discount_factor, 0.64, 1e-13);
    CHECK_OK(crmv_forecast_totals(forecast, &totals, sizeof totals));
    CHECK_CLOSE(totals.new_purchases, 45, 1e-13);
    CHECK_OK(crmv_forecast_equity(forecast, &existing, &new_customers));
    CHECK_CLOSE(new_customers, 0.8 * 45 + 0.64 * 68 + 0.512 * 70, 1e-13);
    CHECK_FAILS(crmv_forecast_get(forecast, 3, &row, sizeof row), CRMV_OUT_OF_RANGE, "period");
    options.periods = 1;
    crmv_forecast_free(forecast);
    CHECK_FAILS(crmv_forecast_new(purchases, spending, customers, &options, &forecast), CRMV_INVALID_OPTION, "plan");
    CHECK_OK(crmv_forecast_new(purchases, spending, customers, NULL, &forecast));
    CHECK_OK(crmv_forecast_count(forecast, &periods));
    CHECK(periods == 12);
    CHECK_OK(crmv_clv_simple_orders_of(customers, 0.25, 4, CRMV_UNIT_WEEK, 1, &out));
    CHECK_CLOSE(out, 35.0 / 4 * (2.0 / 14 * 4) * 4, 1e-14);
    crmv_forecast_free(forecast);
    crmv_forecast_free(NULL);
    crmv_spend_model_free(spending);
    crmv_purchase_model_free(purchases);
    crmv_customers_free(customers);
}

static void compounding(void) {
    const uint64_t ids[3] = {1, 1, 2};
    const int32_t days[3] = {0, 7, 21};
    const double amounts[3] = {100, 20, 10};
    const crmv_discount weekly = {0.5, 1.0, CRMV_UNIT_WEEK, CRMV_COMPOUNDING_PERIODIC};
    crmv_transactions *log = NULL;
    crmv_customers *customers = NULL;
    double out[2];
    CHECK_OK(crmv_transactions_from_columns(ids, days, amounts, 3, &log));
    CHECK_OK(crmv_transactions_summarize(log, CRMV_UNIT_WEEK, NULL, &customers));
    CHECK_OK(crmv_clv_historical_compounded(log, customers, 1, 0, weekly, out, 2));
    CHECK_CLOSE(out[0], 337.5 + 45, 1e-13);
    CHECK_CLOSE(out[1], 10, 1e-13);
    CHECK_FAILS(crmv_clv_historical_compounded(log, customers, 1, 1, weekly, out, 2), CRMV_MISSING_COLUMN, "margin");
    crmv_customers_free(customers);
    crmv_transactions_free(log);
}

int main(void) {
    margins();
    net_value_and_payback();
    campaigns();
    referrals();
    formulas_and_assumptions();
    forecasts();
    compounding();
    return check_finish();
}
