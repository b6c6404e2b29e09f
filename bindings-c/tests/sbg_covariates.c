/* sBG with covariates: recovery of known coefficients, predictions by each customer's own parameters, the stored form, bad input. */
#include "check.h"

enum { CUSTOMERS = 20000 };

static double online[CUSTOMERS], age[CUSTOMERS];
static const char *const names[2] = {"online", "age"};
static const double *const columns[2] = {online, age};

static crmv_covariates *table(size_t n_columns, size_t rows) {
    crmv_covariates *made = NULL;
    CHECK_OK(crmv_covariates_new(names, columns, n_columns, rows, &made));
    return made;
}

static crmv_retention_model *truth(void) {
    static const crmv_covariate_effect effects[3] = {
        {"alpha:age", 0.3, 45.0, 12.0}, {"beta:age", -0.2, 45.0, 12.0}, {"shared:online", 0.4, 0.0, 1.0}};
    crmv_retention_model *baseline = NULL, *model = NULL;
    CHECK_OK(crmv_sbg_new(0.7, 2.5, &baseline));
    CHECK_OK(crmv_retention_model_with_covariates(baseline, effects, 3, &model));
    crmv_retention_model_free(baseline);
    return model;
}

static crmv_tenures *simulate(const crmv_retention_model *model, const crmv_covariates *covariates) {
    static uint32_t periods[CUSTOMERS];
    for (size_t i = 0; i < CUSTOMERS; i++) periods[i] = (uint32_t)(4 + 4 * (i % 4));
    crmv_contract_simulation *simulation = NULL;
    crmv_tenures *tenures = NULL;
    CHECK_OK(crmv_simulate_contracts(model, periods, CUSTOMERS, covariates, 11, &simulation));
    CHECK_OK(crmv_contract_simulation_tenures(simulation, &tenures));
    crmv_contract_simulation_free(simulation);
    return tenures;
}

static crmv_covariate_options choice(void) {
    crmv_covariate_options options;
    CHECK_OK(crmv_covariate_options_init(&options, sizeof options));
    options.alpha = options.beta = &names[1];
    options.n_alpha = options.n_beta = 1;
    options.shared = &names[0];
    options.n_shared = 1;
    return options;
}

static void coefficients_are_recovered(const crmv_tenures *tenures) {
    static const char *const expected[3] = {"alpha:age", "beta:age", "shared:online"};
    static const double values[3] = {0.3 / 12.0, -0.2 / 12.0, 0.4};
    crmv_retention_model *fitted = NULL, *again = NULL;
    const crmv_fit_report *report = NULL;
    crmv_likelihood_ratio ratio;
    crmv_covariate_options options = choice();
    size_t count = 0;
    char *json = NULL;
    double parameters[2][2], log_likelihood = 0.0;
    crmv_fit_info info;
    const char *name = NULL;
    CHECK_OK(crmv_sbg_fit_with_covariates(tenures, &options, NULL, &fitted));
    CHECK_OK(crmv_retention_model_name(fitted, &name));
    CHECK(strcmp(name, "sBG with covariates") == 0);
    CHECK_OK(crmv_retention_model_report(fitted, &report));
    CHECK_OK(crmv_retention_model_coefficient_count(fitted, &count));
    CHECK(count == 3);
    for (size_t i = 0; i < 3; i++) {
        crmv_coefficient row;
        crmv_covariate_effect effect;
        CHECK_OK(crmv_fit_report_coefficient(report, i, 0.95, &row, sizeof row));
        CHECK_OK(crmv_retention_model_coefficient(fitted, i, &effect));
        CHECK(strcmp(row.name, expected[i]) == 0 && strcmp(effect.name, expected[i]) == 0 && effect.coefficient == row.estimate);
        CHECK(row.has_standard_error && fabs(row.estimate - values[i]) < 3.0 * row.standard_error && row.p_value < 1e-3);
    }
    CHECK_OK(crmv_fit_report_likelihood_ratio(report, &ratio, sizeof ratio));
    CHECK(ratio.has_value && ratio.degrees_of_freedom == 3 && ratio.p_value < 1e-20);
    CHECK_OK(crmv_fit_report_info(report, &info, sizeof info));
    CHECK_OK(crmv_retention_model_log_likelihood(fitted, tenures, &log_likelihood));
    CHECK_CLOSE(log_likelihood, info.log_likelihood, 1e-12);

    /* Stored and read again; standardised, the likelihood is the same. */
    CHECK_OK(crmv_retention_model_to_json(fitted, &json));
    CHECK_OK(crmv_retention_model_from_json(json, &again));
    CHECK_OK(crmv_retention_model_parameters(fitted, parameters[0], 2));
    CHECK_OK(crmv_retention_model_parameters(again, parameters[1], 2));
    CHECK(memcmp(parameters[0], parameters[1], sizeof parameters[0]) == 0);
    crmv_string_free(json);
    crmv_retention_model_free(again);
    options.standardize = 1;
    CHECK_OK(crmv_sbg_fit_with_covariates(tenures, &options, NULL, &again));
    CHECK_OK(crmv_retention_model_log_likelihood(again, tenures, &log_likelihood));
    CHECK_CLOSE(log_likelihood, info.log_likelihood, 1e-12);
    crmv_retention_model_free(again);
    crmv_retention_model_free(fitted);
}

/* Against sBG with the customer's own parameters. */
static void predictions_are_those_of_each_customer(const crmv_retention_model *model) {
    crmv_covariates *two = table(2, 2);
    const uint32_t renewals[2] = {0, 3};
    double out[2], own = 0.0;
    uint8_t has[2], has_own = 0;
    for (size_t i = 0; i < 2; i++) {
        double z = (age[i] - 45.0) / 12.0, shared = 0.4 * online[i];
        crmv_retention_model *alone = NULL;
        CHECK_OK(crmv_sbg_new(0.7 * exp(0.3 * z + shared), 2.5 * exp(-0.2 * z + shared), &alone));
        CHECK_OK(crmv_retention_model_survival_of(model, two, renewals, 4, out, 2));
        CHECK_OK(crmv_retention_model_survival_ahead(alone, &renewals[i], 1, 4, &own, 1));
        CHECK_CLOSE(out[i], own, 1e-13);
        CHECK_OK(crmv_retention_model_expected_renewals_of(model, two, renewals, 7, out, 2));
        CHECK_OK(crmv_retention_model_expected_renewals(alone, &renewals[i], 1, 7, &own, 1));
        CHECK_CLOSE(out[i], own, 1e-13);
        CHECK_OK(crmv_retention_model_residual_lifetime_of(model, two, renewals, 0.1, out, 2));
        CHECK_OK(crmv_retention_model_discounted_expected_residual_lifetime(alone, &renewals[i], 1, 0.1, &own, 1));
        CHECK_CLOSE(out[i], own, 1e-13);
        CHECK_OK(crmv_retention_model_discounted_lifetime_of(model, two, 0.1, out, 2));
        CHECK_OK(crmv_retention_model_discounted_expected_lifetime(alone, 0.1, &own));
        CHECK_CLOSE(out[i], own, 1e-13);
        CHECK_OK(crmv_retention_model_expected_tenure_of(model, two, out, has, 2));
        CHECK_OK(crmv_retention_model_expected_tenure(alone, &own, &has_own));
        CHECK(has[i] == has_own && fabs(out[i] - own) <= 1e-12 * own);
        crmv_retention_model_free(alone);
    }
    crmv_covariates_free(two);
}

static void bad_input(const crmv_retention_model *model) {
    const double tenure[4] = {1, 3, 2, 5};
    const uint8_t churned[4] = {1, 0, 1, 0};
    const uint32_t renewals[4] = {0, 0, 0, 0};
    crmv_covariates *one = table(1, 4);
    crmv_tenures *bare = NULL, *with = NULL, *none = NULL;
    crmv_retention_model *fitted = NULL, *geometric = NULL;
    crmv_covariate_options options = choice();
    double out[4];
    CHECK_OK(crmv_tenures_from_customers(tenure, churned, NULL, 4, &bare));
    CHECK_OK(crmv_tenures_from_customers_with_covariates(tenure, churned, NULL, 4, one, &with));
    CHECK_FAILS(crmv_tenures_from_customers_with_covariates(tenure, churned, NULL, 3, one, &none), CRMV_LENGTH_MISMATCH, "online");
    CHECK_FAILS(crmv_sbg_fit_with_covariates(bare, &options, NULL, &fitted), CRMV_MISSING_COVARIATES, "age");
    CHECK_FAILS(crmv_sbg_fit_with_covariates(with, &options, NULL, &fitted), CRMV_MISSING_COVARIATES, "age");
    CHECK_FAILS(crmv_sbg_fit_with_covariates(with, NULL, NULL, &fitted), CRMV_NULL_POINTER, "covariates");
    CHECK_OK(crmv_covariate_options_init(&options, sizeof options));
    CHECK_FAILS(crmv_sbg_fit_with_covariates(with, &options, NULL, &fitted), CRMV_EMPTY, "covariates");
    options.purchase = names;
    options.n_purchase = 1;
    CHECK_FAILS(crmv_sbg_fit_with_covariates(with, &options, NULL, &fitted), CRMV_INVALID_OPTION, "purchase");
    CHECK_FAILS(crmv_retention_model_survival_of(model, one, renewals, 3, out, 4), CRMV_MISSING_COVARIATES, "age");
    CHECK_FAILS(crmv_retention_model_log_likelihood(model, bare, out), CRMV_MISSING_COVARIATES, "age");
    CHECK_OK(crmv_geometric_new(0.2, &geometric));
    CHECK_FAILS(crmv_retention_model_survival_of(geometric, one, renewals, 3, out, 4), CRMV_INVALID_OPTION, "geometric");
    const crmv_covariate_effect effect = {"alpha:online", 0.3, 0.0, 1.0};
    CHECK_FAILS(crmv_retention_model_with_covariates(geometric, &effect, 1, &fitted), CRMV_INVALID_OPTION, "give sBG");
    CHECK_FAILS(crmv_retention_model_survival_of(model, one, renewals, 3, out, 3), CRMV_BUFFER_TOO_SMALL, "out");
    crmv_retention_model_free(geometric);
    crmv_tenures_free(bare);
    crmv_tenures_free(with);
    crmv_covariates_free(one);
}

int main(void) {
    for (size_t i = 0; i < CUSTOMERS; i++) {
        online[i] = (double)(i / 3 % 2);
        age[i] = 20.0 + (double)(i * 7 % 50);
    }
    crmv_retention_model *model = truth();
    crmv_covariates *covariates = table(2, CUSTOMERS);
    crmv_tenures *tenures = simulate(model, covariates);
    coefficients_are_recovered(tenures);
    predictions_are_those_of_each_customer(model);
    bad_input(model);
    crmv_tenures_free(tenures);
    crmv_covariates_free(covariates);
    crmv_retention_model_free(model);
    return check_finish();
}
