/* Models with covariates: fit, table of coefficients, predictions, joins and bad input. */
#include "check.h"

enum { N = 600 };

static double x[N], t_x[N], T[N], age[N], online[N], constant[N], doubled[N];
static uint64_t ids[N];

static double uniform(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

/* Customers who buy at a rate that rises with age until they leave at random; seeded. */
static void simulate(void) {
    uint64_t state = 42;
    for (int i = 0; i < N; i++) {
        ids[i] = (uint64_t)(1000 + i);
        age[i] = 20 + 50 * uniform(&state);
        online[i] = uniform(&state) < 0.4 ? 1 : 0;
        constant[i] = 3.5;
        doubled[i] = 1 - 2 * age[i];
        T[i] = 26 + 26 * uniform(&state);
        double rate = 0.15 * exp(0.03 * (age[i] - 45)) * (0.2 - log(uniform(&state)));
        double death = -log(uniform(&state)) * 40;
        double t = -log(uniform(&state)) / rate;
        while (t < T[i] && t < death) {
            x[i] += 1;
            t_x[i] = t;
            t -= log(uniform(&state)) / rate;
        }
    }
}

static crmv_customers *bare_customers(void) {
    crmv_customer_columns columns;
    crmv_customers *customers = NULL;
    CHECK_OK(crmv_customer_columns_init(&columns, sizeof columns));
    columns.n = N;
    columns.ids_u64 = ids;
    columns.frequency = x;
    columns.recency = t_x;
    columns.T = T;
    columns.unit = CRMV_UNIT_WEEK;
    CHECK_OK(crmv_customers_from_columns(&columns, &customers));
    return customers;
}

static crmv_customers *with(const crmv_customers *bare, const char *name, const double *column) {
    const char *const names[2] = {"age", name};
    const double *const columns[2] = {age, column};
    crmv_covariates *covariates = NULL;
    crmv_customers *customers = NULL;
    CHECK_OK(crmv_covariates_new(names, columns, 2, N, &covariates));
    CHECK_OK(crmv_customers_with_covariates(bare, covariates, NULL, NULL, NULL, &customers));
    crmv_covariates_free(covariates);
    return customers;
}

static void fits(const crmv_customers *bare) {
    static const char *const both[2] = {"age", "online"};
    crmv_customers *customers = with(bare, "online", online);
    crmv_covariate_options covariates;
    CHECK_OK(crmv_covariate_options_init(&covariates, sizeof covariates));
    covariates.purchase = both;
    covariates.n_purchase = 2;
    covariates.dropout = both;
    covariates.n_dropout = 1;
    covariates.standardize = 1;
    crmv_purchase_model *model = NULL, *plain = NULL, *again = NULL;
    CHECK_OK(crmv_pareto_nbd_fit_with_covariates(customers, &covariates, NULL, &model));
    CHECK_OK(crmv_pareto_nbd_fit(customers, NULL, &plain));

    const char *name = NULL;
    size_t n = 0;
    CHECK_OK(crmv_purchase_model_name(model, &name));
    CHECK(strcmp(name, "Pareto/NBD with covariates") == 0);
    CHECK_OK(crmv_purchase_model_parameter_count(model, &n));
    CHECK(n == 4);
    CHECK_OK(crmv_purchase_model_coefficient_count(plain, &n));
    CHECK(n == 0);
    CHECK_OK(crmv_purchase_model_coefficient_count(model, &n));
    CHECK(n == 3);
    static const char *const expected[3] = {"purchase:age", "purchase:online", "dropout:age"};
    const crmv_fit_report *report = NULL, *without = NULL;
    CHECK_OK(crmv_purchase_model_report(model, &report));
    CHECK_OK(crmv_purchase_model_report(plain, &without));
    crmv_coefficient row;
    crmv_covariate_effect effect;
    for (size_t i = 0; i < 3; i++) {
        CHECK_OK(crmv_fit_report_coefficient(report, i, 0.95, &row, sizeof row));
        CHECK_OK(crmv_purchase_model_coefficient(model, i, &effect));
        CHECK(strcmp(row.name, expected[i]) == 0 && strcmp(effect.name, expected[i]) == 0);
        CHECK_CLOSE(row.estimate, effect.coefficient, 1e-15);
        CHECK(row.has_standard_error == 1 && row.lower < row.estimate && row.estimate < row.upper);
        CHECK_CLOSE(row.z, row.estimate / row.standard_error, 1e-14);
        CHECK(row.p_value >= 0 && row.p_value <= 1 && effect.scale > 0);
        if (i == 0) CHECK(row.z > 3 && row.p_value < 0.003); /* age raises the rate by construction */
    }
    CHECK_FAILS(crmv_fit_report_coefficient(report, 3, 0.95, &row, sizeof row), CRMV_OUT_OF_RANGE, "coefficient 3");
    CHECK_FAILS(crmv_fit_report_coefficient(report, 0, 1.0, &row, sizeof row), CRMV_SHARE, "1");
    CHECK_FAILS(crmv_purchase_model_coefficient(plain, 0, &effect), CRMV_OUT_OF_RANGE, "there are 0");
    crmv_likelihood_ratio test;
    crmv_fit_info info, plain_info;
    CHECK_OK(crmv_fit_report_likelihood_ratio(report, &test, sizeof test));
    CHECK_OK(crmv_fit_report_info(report, &info, sizeof info));
    CHECK_OK(crmv_fit_report_info(without, &plain_info, sizeof plain_info));
    CHECK(test.has_value == 1 && test.degrees_of_freedom == 3 && test.p_value < 1e-3);
    CHECK_CLOSE(test.statistic, 2 * (info.log_likelihood - plain_info.log_likelihood), 1e-6);
    CHECK_OK(crmv_fit_report_likelihood_ratio(without, &test, sizeof test));
    CHECK(test.has_value == 0 && test.statistic == 0);

    double alive[N], other[N];
    CHECK_OK(crmv_purchase_model_probability_alive(model, customers, alive, N));
    char *json = NULL;
    CHECK_OK(crmv_purchase_model_to_json(model, &json));
    CHECK_OK(crmv_purchase_model_from_json(json, &again));
    crmv_string_free(json);
    CHECK_OK(crmv_purchase_model_probability_alive(again, customers, other, N));
    CHECK(memcmp(alive, other, sizeof alive) == 0);
    CHECK_FAILS(crmv_purchase_model_probability_alive(model, bare, alive, N), CRMV_MISSING_COVARIATES, "`age`");
    crmv_purchase_model_free(again);

    /* Not standardised: other numbers, the same predictions. */
    covariates.standardize = 0;
    CHECK_OK(crmv_pareto_nbd_fit_with_covariates(customers, &covariates, NULL, &again));
    CHECK_OK(crmv_purchase_model_probability_alive(again, customers, other, N));
    for (int i = 0; i < N; i += 97) CHECK_CLOSE(other[i], alive[i], 1e-6);
    crmv_purchase_model_free(again);

    covariates.separate_shapes = 1;
    CHECK_FAILS(crmv_pareto_nbd_fit_with_covariates(customers, &covariates, NULL, &again), CRMV_INVALID_OPTION, "separate_shapes");
    CHECK_OK(crmv_mbg_nbd_fit_with_covariates(customers, &covariates, NULL, &again));
    CHECK_OK(crmv_purchase_model_coefficient(again, 3, &effect));
    CHECK(strcmp(effect.name, "b:age") == 0);
    crmv_purchase_model_free(again);
    covariates.ridge = -1;
    CHECK_FAILS(crmv_bg_nbd_fit_with_covariates(customers, &covariates, NULL, &again), CRMV_INVALID_OPTION, "ridge");
    crmv_purchase_model_free(model);
    crmv_purchase_model_free(plain);
    crmv_customers_free(customers);
}

static void known_coefficients(void) {
    crmv_purchase_model *baseline = NULL, *model = NULL, *moved = NULL;
    CHECK_OK(crmv_ggompertz_nbd_new(0.553, 10.578, 0.05, 0.6, 2.0, CRMV_UNIT_WEEK, &baseline));
    crmv_covariate_effect effects[2] = {{"purchase:age", 0.3, 45.0, 12.0}, {"dropout:online", -0.4, 0.0, 1.0}};
    CHECK_OK(crmv_purchase_model_with_covariates(baseline, effects, 2, &model));
    static const char *const names[2] = {"online", "age"};
    static const double one[2] = {0, 1}, years[2] = {45, 57}, *const columns[2] = {one, years};
    crmv_covariates *covariates = NULL;
    CHECK_OK(crmv_covariates_new(names, columns, 2, 2, &covariates));
    double expected[2], own = 0, base = 0;
    CHECK_OK(crmv_purchase_model_expected_purchases_new_customers(model, covariates, 1, CRMV_UNIT_YEAR, expected, 2));
    CHECK_OK(crmv_purchase_model_expected_purchases_new_customer(baseline, 1, CRMV_UNIT_YEAR, &base));
    CHECK_OK(crmv_ggompertz_nbd_new(0.553, 10.578 * exp(-0.3), 0.05, 0.6, 2.0 * exp(0.4), CRMV_UNIT_WEEK, &moved));
    CHECK_OK(crmv_purchase_model_expected_purchases_new_customer(moved, 1, CRMV_UNIT_YEAR, &own));
    CHECK_CLOSE(expected[0], base, 1e-15);
    CHECK_CLOSE(expected[1], own, 1e-12);
    CHECK_FAILS(crmv_purchase_model_expected_purchases_new_customers(model, covariates, 1, CRMV_UNIT_YEAR, expected, 1), CRMV_BUFFER_TOO_SMALL,
                "2 are needed");
    CHECK_FAILS(crmv_purchase_model_expected_purchases_new_customers(baseline, covariates, 1, CRMV_UNIT_YEAR, expected, 2),
                CRMV_INVALID_OPTION, "a model with covariates");
    crmv_purchase_model *none = NULL, *nbd = NULL;
    CHECK_FAILS(crmv_purchase_model_with_covariates(baseline, NULL, 0, &none), CRMV_EMPTY, "effects");
    CHECK_FAILS(crmv_purchase_model_with_covariates(baseline, NULL, 2, &none), CRMV_NULL_POINTER, "effects");
    CHECK_FAILS(crmv_purchase_model_with_covariates(model, effects, 2, &none), CRMV_INVALID_OPTION, "with covariates");
    CHECK_OK(crmv_nbd_new(0.5, 10, CRMV_UNIT_WEEK, &nbd));
    CHECK_FAILS(crmv_purchase_model_with_covariates(nbd, effects, 2, &none), CRMV_INVALID_OPTION, "NBD");
    effects[1].name = "a:online";
    CHECK_FAILS(crmv_purchase_model_with_covariates(baseline, effects, 2, &none), CRMV_INVALID_PARAMETER, "a:online");
    effects[1].name = "price:online";
    CHECK_FAILS(crmv_purchase_model_with_covariates(baseline, effects, 2, &none), CRMV_INVALID_PARAMETER, "price:online");
    effects[1].name = "purchase:age";
    CHECK_FAILS(crmv_purchase_model_with_covariates(baseline, effects, 2, &none), CRMV_DUPLICATE_COLUMN, "purchase:age");
    effects[0].scale = 0;
    CHECK_FAILS(crmv_purchase_model_with_covariates(baseline, effects, 1, &none), CRMV_INVALID_PARAMETER, "scale");
    crmv_covariates_free(covariates);
    crmv_purchase_model_free(baseline);
    crmv_purchase_model_free(model);
    crmv_purchase_model_free(moved);
    crmv_purchase_model_free(nbd);
}

static void bad_input(const crmv_customers *bare) {
    static const char *const names[2] = {"age", "online"}, *const twice[2] = {"age", "age"}, *const unnamed[2] = {"age", NULL};
    const double *const columns[2] = {age, online}, *const missing[2] = {age, NULL};
    const double broken[2] = {1, NAN}, *const with_nan[1] = {broken};
    crmv_covariates *covariates = NULL;
    CHECK_FAILS(crmv_covariates_new(names, columns, 0, N, &covariates), CRMV_EMPTY, "covariates");
    CHECK_FAILS(crmv_covariates_new(names, columns, 2, 0, &covariates), CRMV_EMPTY, "covariates");
    CHECK_FAILS(crmv_covariates_new(twice, columns, 2, N, &covariates), CRMV_DUPLICATE_COLUMN, "`age`");
    CHECK_FAILS(crmv_covariates_new(unnamed, columns, 2, N, &covariates), CRMV_NULL_POINTER, "names");
    CHECK_FAILS(crmv_covariates_new(names, missing, 2, N, &covariates), CRMV_NULL_POINTER, "columns");
    CHECK_FAILS(crmv_covariates_new(names, with_nan, 1, 2, &covariates), CRMV_NON_FINITE, "`age`, row 1");
    CHECK_FAILS(crmv_covariates_new(names, columns, 2, N, NULL), CRMV_NULL_POINTER, "out");

    crmv_customers *joined = NULL;
    CHECK_OK(crmv_covariates_new(names, columns, 2, N - 1, &covariates));
    CHECK_FAILS(crmv_customers_with_covariates(bare, covariates, NULL, NULL, NULL, &joined), CRMV_LENGTH_MISMATCH, "599");
    CHECK_FAILS(crmv_customers_with_covariates(bare, covariates, ids, NULL, NULL, &joined), CRMV_CUSTOMER_NOT_FOUND, "1599");
    CHECK_FAILS(crmv_customers_with_covariates(bare, NULL, ids, NULL, NULL, &joined), CRMV_NULL_POINTER, "covariates");
    crmv_covariates_free(covariates);
    CHECK_OK(crmv_covariates_new(names, columns, 2, N, &covariates));
    CHECK_OK(crmv_customers_with_covariates(bare, covariates, ids, NULL, NULL, &joined));
    crmv_customers_free(joined);
    crmv_covariates_free(covariates);
    crmv_covariates_free(NULL);

    crmv_covariate_options options;
    crmv_purchase_model *model = NULL;
    static const char *const pair[2] = {"age", "other"};
    CHECK_OK(crmv_covariate_options_init(&options, sizeof options));
    CHECK_FAILS(crmv_bg_nbd_fit_with_covariates(bare, &options, NULL, &model), CRMV_EMPTY, "covariates");
    CHECK_FAILS(crmv_bg_nbd_fit_with_covariates(bare, NULL, NULL, &model), CRMV_NULL_POINTER, "covariates");
    options.purchase = pair;
    options.n_purchase = 2;
    CHECK_FAILS(crmv_bg_nbd_fit_with_covariates(bare, &options, NULL, &model), CRMV_MISSING_COVARIATES, "`age`, `other`");
    joined = with(bare, "other", constant);
    CHECK_FAILS(crmv_bg_nbd_fit_with_covariates(joined, &options, NULL, &model), CRMV_CONSTANT_COLUMN, "`other` is 3.5");
    crmv_customers_free(joined);
    joined = with(bare, "other", doubled);
    CHECK_FAILS(crmv_ggompertz_nbd_fit_with_covariates(joined, &options, NULL, &model), CRMV_COLLINEAR_COLUMNS, "`other`");
    crmv_customers_free(joined);
}

int main(void) {
    simulate();
    crmv_customers *bare = bare_customers();
    fits(bare);
    known_coefficients();
    bad_input(bare);
    crmv_customers_free(bare);
    return check_finish();
}
