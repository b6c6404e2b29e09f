/* High-precision reference values through the C interface.
 *
 * Reads the files of the models from CRM_VALUE_REFERENCE_DIR, else core/tests/reference. What is not known is reported, never skipped in
 * silence; among the project's own values it is a failure. */
#include <ctype.h>

#include "check.h"

static const double TOLERANCE = 1e-10;

enum { MAX_NUMBERS = 16, MAX_TEXT = 64 };

typedef struct {
    size_t n;
    char name[MAX_NUMBERS][MAX_TEXT];
    double value[MAX_NUMBERS];
} numbers;

typedef struct {
    char id[MAX_TEXT];
    char quantity[MAX_TEXT];
    char value[128];
    char model[MAX_TEXT]; /* params.model, where the file holds several */
    numbers params;
    numbers inputs;
} record;

/* Enough of JSON for these files: lists, objects, texts without escapes, numbers. */
static const char *cursor;
static const char *reading;

static void give_up(const char *why) {
    printf("%s: %s before: %.40s\n0 passed, 1 failed\n", reading, why, cursor);
    exit(1);
}

static char peek(void) {
    while (isspace((unsigned char)*cursor)) cursor++;
    return *cursor;
}

static int accept(char wanted) {
    if (peek() != wanted) return 0;
    cursor++;
    return 1;
}

static void expect(char wanted) {
    if (!accept(wanted)) give_up("not the JSON expected");
}

static void read_text(char *out, size_t size) {
    expect('"');
    size_t length = strcspn(cursor, "\"\\");
    if (length + 1 > size || cursor[length] != '"') give_up("a text that is too long or has escapes");
    memcpy(out, cursor, length);
    out[length] = '\0';
    cursor += length + 1;
}

static void read_number(numbers *out, const char *name) {
    if (out->n == MAX_NUMBERS) give_up("too many numbers");
    snprintf(out->name[out->n], MAX_TEXT, "%s", name);
    peek();
    char *end;
    out->value[out->n] = strtod(cursor, &end);
    if (end == cursor) give_up("no number");
    cursor = end;
    out->n++;
}

/* Numbers by name; those of a list as name.0, name.1, ...; the one text is the model. */
static void read_numbers(numbers *out, char *model) {
    char name[MAX_TEXT - 12], numbered[MAX_TEXT];
    out->n = 0;
    expect('{');
    if (accept('}')) return;
    do {
        read_text(name, sizeof name);
        expect(':');
        if (strcmp(name, "model") == 0) {
            read_text(model, MAX_TEXT);
        } else if (accept('[')) {
            int i = 0;
            if (accept(']')) continue;
            do {
                snprintf(numbered, sizeof numbered, "%s.%d", name, i++);
                read_number(out, numbered);
            } while (accept(','));
            expect(']');
        } else {
            read_number(out, name);
        }
    } while (accept(','));
    expect('}');
}

static void skip(void) {
    char ignored[512];
    if (accept('[')) {
        if (accept(']')) return;
        do skip();
        while (accept(','));
        expect(']');
    } else if (peek() == '"') {
        read_text(ignored, sizeof ignored);
    } else {
        give_up("a value that cannot be skipped");
    }
}

static record read_record(void) {
    record it;
    memset(&it, 0, sizeof it);
    expect('{');
    do {
        char key[MAX_TEXT];
        read_text(key, sizeof key);
        expect(':');
        if (strcmp(key, "id") == 0) read_text(it.id, sizeof it.id);
        else if (strcmp(key, "quantity") == 0) read_text(it.quantity, sizeof it.quantity);
        else if (strcmp(key, "value") == 0) read_text(it.value, sizeof it.value);
        else if (strcmp(key, "params") == 0) read_numbers(&it.params, it.model);
        else if (strcmp(key, "inputs") == 0) read_numbers(&it.inputs, it.model);
        else skip();
    } while (accept(','));
    expect('}');
    return it;
}

static double get(const numbers *from, const char *name) {
    for (size_t i = 0; i < from->n; i++) {
        if (strcmp(from->name[i], name) == 0) return from->value[i];
    }
    return NAN; /* every function refuses it */
}

static crmv_customers *customer(const record *it) {
    crmv_customer_columns columns;
    crmv_customers *one = NULL;
    double x = get(&it->inputs, "x"), t_x = get(&it->inputs, "t_x"), T = get(&it->inputs, "T"), z = get(&it->inputs, "zbar");
    double sum = 0;
    /* Of spend alone no time is given, and none enters: any history with x repeat purchases will do. */
    if (isnan(T) && !isnan(z)) {
        t_x = x > 0 ? 1 : 0;
        T = 2;
    }
    if (crmv_customer_columns_init(&columns, sizeof columns) != CRMV_OK) return NULL;
    columns.n = 1;
    columns.frequency = &x;
    columns.recency = &t_x;
    columns.T = &T;
    columns.monetary_value = isnan(z) ? NULL : &z;
    columns.unit = CRMV_UNIT_WEEK;
    if (!isnan(get(&it->inputs, "sum_log_itt"))) {
        sum = get(&it->inputs, "sum_log_itt");
        columns.log_intervals = &sum;
    }
    return crmv_customers_from_columns(&columns, &one) == CRMV_OK ? one : NULL;
}

static const crmv_status UNKNOWN = -1;

static crmv_status purchase_quantity(const record *it, const crmv_purchase_model *model, double *out) {
    const char *quantity = it->quantity;
    const numbers *in = &it->inputs;
    const crmv_unit weeks = CRMV_UNIT_WEEK;
    crmv_discount delta = {get(in, "delta"), 1.0, weeks, CRMV_COMPOUNDING_CONTINUOUS};
    if (strcmp(quantity, "expected_transactions") == 0) {
        return crmv_purchase_model_expected_purchases_new_customer(model, get(in, "t"), weeks, out);
    }
    if (strcmp(quantity, "pmf") == 0) return crmv_purchase_model_purchase_probability(model, (uint32_t)get(in, "n"), get(in, "t"), weeks, out);
    if (strcmp(quantity, "pmf_interval") == 0) {
        const double from = get(in, "t1"), to = get(in, "t2");
        return crmv_purchase_model_purchase_probability_between(model, (uint32_t)get(in, "n"), from, to, weeks, out);
    }
    if (strcmp(quantity, "log_pmf") == 0) {
        return crmv_purchase_model_log_purchase_probability(model, (uint32_t)get(in, "n"), get(in, "t"), weeks, out);
    }
    crmv_customers *one = customer(it);
    if (one == NULL) return CRMV_NULL_POINTER;
    crmv_status status = UNKNOWN;
    if (strcmp(quantity, "log_likelihood") == 0) {
        status = crmv_purchase_model_log_likelihood(model, one, out);
    } else if (strcmp(quantity, "p_alive") == 0) {
        status = crmv_purchase_model_probability_alive(model, one, out, 1);
    } else if (strcmp(quantity, "expected_purchase_rate") == 0) {
        status = crmv_purchase_model_expected_purchase_rate(model, one, out, 1);
    } else if (strcmp(quantity, "expected_dropout") == 0) {
        status = crmv_purchase_model_expected_dropout(model, one, out, 1);
    } else if (strcmp(quantity, "p_alive_at") == 0) {
        status = crmv_purchase_model_probability_alive_ahead(model, one, get(in, "t"), weeks, out, 1);
    } else if (strcmp(quantity, "conditional_expected_transactions") == 0) {
        status = crmv_purchase_model_expected_purchases(model, one, get(in, "t"), weeks, out, 1);
    } else if (strcmp(quantity, "conditional_expected_transactions_interval") == 0) {
        status = crmv_purchase_model_expected_purchases_between(model, one, get(in, "t1"), get(in, "t2"), weeks, out, 1);
    } else if (strcmp(quantity, "dert") == 0) {
        status = crmv_purchase_model_dert(model, one, &delta, out, 1);
    } else if (strcmp(quantity, "dect") == 0) {
        status = crmv_purchase_model_dect(model, one, &delta, get(in, "t"), weeks, out, 1);
    }
    if (strcmp(quantity, "p_active") == 0) {
        status = crmv_purchase_model_probability_active(model, one, get(in, "t1"), get(in, "t2"), weeks, out, 1);
    } else if (strcmp(quantity, "conditional_pmf") == 0) {
        status = crmv_purchase_model_conditional_purchase_probability(model, one, (uint32_t)get(in, "n"), get(in, "t"), weeks, out, 1);
    }
    crmv_customers_free(one);
    return status;
}

static crmv_status spend_quantity(const record *it, const crmv_spend_model *model, double *out) {
    uint32_t x = (uint32_t)get(&it->inputs, "x");
    double z = get(&it->inputs, "zbar");
    if (strcmp(it->quantity, "log_likelihood") == 0) return crmv_spend_model_log_likelihood(model, x, z, out);
    if (strcmp(it->quantity, "conditional_expected_spend") == 0) return crmv_spend_model_expected_spend_given(model, x, z, out);
    if (strcmp(it->quantity, "population_mean_spend") == 0) return crmv_spend_model_population_mean_spend(model, out);
    const int next = strcmp(it->quantity, "spend_quantile") == 0, mean = strcmp(it->quantity, "mean_spend_quantile") == 0;
    if (next || mean) {
        const double probability = get(&it->inputs, "probability");
        crmv_customers *one = customer(it);
        if (one == NULL) return CRMV_NULL_POINTER;
        crmv_status status = next ? crmv_spend_model_spend_quantile(model, one, probability, out, 1)
                                  : crmv_spend_model_mean_spend_quantile(model, one, probability, out, 1);
        crmv_customers_free(one);
        return status;
    }
    return UNKNOWN;
}

static crmv_status clv_quantity(const record *it, const crmv_purchase_model *purchases, const crmv_spend_model *spend, double *out) {
    crmv_clv_options options;
    crmv_customers *one = customer(it);
    if (one == NULL) return CRMV_NULL_POINTER;
    crmv_status status = crmv_clv_options_init(&options, sizeof options);
    if (strcmp(it->quantity, "clv_bg_nbd") == 0) {
        double length = get(&it->inputs, "period_length");
        options.horizon = get(&it->inputs, "periods") * length;
        options.period = length;
        options.horizon_unit = options.period_unit = CRMV_UNIT_WEEK;
        options.discount.rate = get(&it->inputs, "d");
        options.discount.length = length;
        options.discount.unit = CRMV_UNIT_WEEK;
    } else {
        const crmv_discount delta = {get(&it->inputs, "delta"), 1.0, CRMV_UNIT_WEEK, CRMV_COMPOUNDING_CONTINUOUS};
        options.discount = delta;
        options.endless = 1;
    }
    if (status == CRMV_OK) status = crmv_clv_predictive(purchases, spend, one, &options, out, 1);
    crmv_customers_free(one);
    return status;
}

static crmv_status opportunity_quantity(const record *it, double *out) {
    const numbers *p = &it->params, *in = &it->inputs;
    const char *quantity = it->quantity;
    crmv_bg_bb *model = NULL;
    crmv_opportunities *one = NULL;
    crmv_opportunity_columns columns;
    double x = get(in, "x"), t_x = get(in, "t_x"), n = get(in, "n");
    crmv_status status = crmv_bg_bb_new(get(p, "alpha"), get(p, "beta"), get(p, "gamma"), get(p, "delta"), &model);
    if (status == CRMV_OK && strcmp(quantity, "expected_transactions") == 0) {
        status = crmv_bg_bb_expected_purchases_new_customer(model, (uint32_t)n, out);
    } else if (status == CRMV_OK && strcmp(quantity, "pmf") == 0) {
        status = crmv_bg_bb_purchase_probability(model, (uint32_t)x, (uint32_t)n, out);
    } else if (status == CRMV_OK) {
        status = crmv_opportunity_columns_init(&columns, sizeof columns);
        columns.rows = 1;
        columns.frequency = &x;
        columns.recency = &t_x;
        columns.n = &n;
        if (status == CRMV_OK) status = crmv_opportunities_from_columns(&columns, &one);
        if (status == CRMV_OK) {
            status = UNKNOWN;
            if (strcmp(quantity, "log_likelihood") == 0) status = crmv_bg_bb_log_likelihood(model, one, out);
            if (strcmp(quantity, "p_alive_n") == 0) status = crmv_bg_bb_probability_alive(model, one, out, 1);
            if (strcmp(quantity, "p_alive_next") == 0) status = crmv_bg_bb_probability_alive_ahead(model, one, 1, out, 1);
            if (strcmp(quantity, "conditional_expected_transactions") == 0) {
                status = crmv_bg_bb_expected_purchases(model, one, (uint32_t)get(in, "m"), out, 1);
            }
            if (strcmp(quantity, "dert") == 0) status = crmv_bg_bb_dert(model, one, get(in, "d"), out, 1);
            if (strcmp(quantity, "dect") == 0) status = crmv_bg_bb_dect(model, one, get(in, "d"), (uint32_t)get(in, "m"), out, 1);
            if (strcmp(quantity, "p_alive_at") == 0) {
                status = crmv_bg_bb_probability_alive_ahead(model, one, (uint32_t)get(in, "m"), out, 1);
            }
            if (strcmp(quantity, "conditional_expected_transactions_interval") == 0) {
                status = crmv_bg_bb_expected_purchases_between(model, one, (uint32_t)get(in, "m1"), (uint32_t)get(in, "m2"), out, 1);
            }
            if (strcmp(quantity, "p_active") == 0) {
                status = crmv_bg_bb_probability_active(model, one, (uint32_t)get(in, "m1"), (uint32_t)get(in, "m2"), out, 1);
            }
            if (strcmp(quantity, "conditional_pmf") == 0) {
                status = crmv_bg_bb_conditional_purchase_probability(model, one, (uint32_t)get(in, "k"), (uint32_t)get(in, "m"), out, 1);
            }
            if (strcmp(quantity, "mean_purchase_probability") == 0) status = crmv_bg_bb_mean_purchase_probability(model, one, out, 1);
            if (strcmp(quantity, "mean_dropout_probability") == 0) status = crmv_bg_bb_mean_dropout_probability(model, one, out, 1);
        }
    }
    crmv_opportunities_free(one);
    crmv_bg_bb_free(model);
    return status;
}

static crmv_status retention_quantity(const char *file, const record *it, double *out) {
    const numbers *p = &it->params, *in = &it->inputs;
    const char *quantity = it->quantity;
    crmv_retention_model *model = NULL;
    crmv_status status = strcmp(file, "geometric") == 0  ? crmv_geometric_new(get(p, "theta"), &model)
                         : strncmp(file, "sbg", 3) == 0 ? crmv_sbg_new(get(p, "alpha"), get(p, "beta"), &model)
                                                        : crmv_bdw_new(get(p, "alpha"), get(p, "beta"), get(p, "c"), &model);
    const double t_given = get(in, "t"), n_given = get(in, "n");
    /* n is the period the customer is in, of whose renewals n - 1 are made. */
    const uint32_t t = isnan(t_given) ? 0 : (uint32_t)t_given, made = isnan(n_given) ? 0 : (uint32_t)n_given - 1;
    if (status == CRMV_OK) {
        status = UNKNOWN;
        if (strcmp(quantity, "survival") == 0) status = crmv_retention_model_survival(model, &t, 1, out, 1);
        if (strcmp(quantity, "pmf") == 0) status = crmv_retention_model_churn_probability(model, &t, 1, out, 1);
        if (strcmp(quantity, "retention_rate") == 0) status = crmv_retention_model_retention_rate(model, &t, 1, out, 1);
        if (strcmp(quantity, "del") == 0) status = crmv_retention_model_discounted_expected_lifetime(model, get(in, "d"), out);
        const uint32_t renewals = made + 1;
        if (strcmp(quantity, "survival_given") == 0) status = crmv_retention_model_survival_ahead(model, &renewals, 1, t, out, 1);
        if (strcmp(quantity, "expected_renewals") == 0) {
            status = crmv_retention_model_expected_renewals(model, &renewals, 1, (uint32_t)get(in, "h"), out, 1);
        }
        if (strcmp(quantity, "expected_tenure") == 0) {
            uint8_t finite = 0;
            status = crmv_retention_model_expected_tenure(model, out, &finite);
            if (status == CRMV_OK && !finite) *out = INFINITY;
        }
        if (strcmp(quantity, "derl") == 0) {
            status = crmv_retention_model_discounted_expected_residual_lifetime(model, &made, 1, get(in, "d"), out, 1);
        }
    }
    crmv_retention_model_free(model);
    return status;
}

/* Appends the coefficients `gamma` of a process, for covariates prefix.0, prefix.1, ... */
static size_t add_effects(const record *it, const char *gamma, const char *process, const char *prefix, crmv_covariate_effect *effects,
                          char (*texts)[MAX_TEXT], size_t n) {
    char key[MAX_TEXT];
    for (int i = 0; n < MAX_NUMBERS; i++, n++) {
        snprintf(key, sizeof key, "%s.%d", gamma, i);
        double value = get(&it->params, key);
        if (isnan(value)) break;
        snprintf(texts[n], MAX_TEXT, "%s:%s.%d", process, prefix, i);
        const crmv_covariate_effect effect = {texts[n], value, 0.0, 1.0};
        effects[n] = effect;
    }
    return n;
}

static crmv_status covariate_quantity(const record *it, double *out) {
    const numbers *p = &it->params;
    const int bg = strcmp(it->model, "bg_nbd") == 0, pareto = strcmp(it->model, "pareto_nbd") == 0;
    const int mbg = strcmp(it->model, "mbg_nbd") == 0, gompertz = strcmp(it->model, "ggompertz_nbd") == 0;
    const char *quantity = it->quantity;
    const int likelihood = strcmp(quantity, "log_likelihood") == 0, alive = strcmp(quantity, "p_alive") == 0;
    if ((!bg && !pareto && !mbg && !gompertz) || (!likelihood && !alive && strcmp(quantity, "conditional_expected_transactions") != 0)) {
        return UNKNOWN;
    }
    crmv_covariate_effect effects[MAX_NUMBERS];
    char texts[MAX_NUMBERS][MAX_TEXT];
    size_t n = add_effects(it, "gamma_trans", "purchase", "z_trans", effects, texts, 0);
    n = add_effects(it, "gamma_life", "dropout", "z_life", effects, texts, n);
    n = add_effects(it, "gamma_a", "a", "z_life", effects, texts, n);
    n = add_effects(it, "gamma_b", "b", "z_life", effects, texts, n);

    const char *names[MAX_NUMBERS];
    const double *columns[MAX_NUMBERS];
    size_t n_columns = 0;
    for (size_t i = 0; i < it->inputs.n; i++) {
        if (strncmp(it->inputs.name[i], "z_", 2) == 0) {
            names[n_columns] = it->inputs.name[i];
            columns[n_columns++] = &it->inputs.value[i];
        }
    }
    crmv_purchase_model *baseline = NULL, *model = NULL;
    crmv_customers *bare = customer(it), *one = NULL;
    crmv_covariates *covariates = NULL;
    double r = get(p, "r"), alpha = get(p, "alpha0");
    const crmv_unit weeks = CRMV_UNIT_WEEK;
    crmv_status status = bg       ? crmv_bg_nbd_new(r, alpha, get(p, "a0"), get(p, "b0"), weeks, &baseline)
                         : mbg    ? crmv_mbg_nbd_new(r, alpha, get(p, "a0"), get(p, "b0"), weeks, &baseline)
                         : pareto ? crmv_pareto_nbd_new(r, alpha, get(p, "s"), get(p, "beta0"), weeks, &baseline)
                                  : crmv_ggompertz_nbd_new(r, alpha, get(p, "b"), get(p, "s"), get(p, "beta0"), weeks, &baseline);
    if (status == CRMV_OK) status = crmv_purchase_model_with_covariates(baseline, effects, n, &model);
    if (status == CRMV_OK) status = crmv_covariates_new(names, columns, n_columns, 1, &covariates);
    if (status == CRMV_OK) status = crmv_customers_with_covariates(bare, covariates, NULL, NULL, NULL, &one);
    if (status == CRMV_OK) {
        status = likelihood ? crmv_purchase_model_log_likelihood(model, one, out)
                 : alive    ? crmv_purchase_model_probability_alive(model, one, out, 1)
                            : crmv_purchase_model_expected_purchases(model, one, get(&it->inputs, "t"), weeks, out, 1);
    }
    crmv_covariates_free(covariates);
    crmv_customers_free(bare);
    crmv_customers_free(one);
    crmv_purchase_model_free(baseline);
    crmv_purchase_model_free(model);
    return status;
}

static crmv_status sbg_covariate_quantity(const record *it, double *out) {
    const numbers *p = &it->params, *in = &it->inputs;
    crmv_covariate_effect effects[MAX_NUMBERS];
    char texts[MAX_NUMBERS][MAX_TEXT];
    size_t n = add_effects(it, "gamma_alpha", "alpha", "z", effects, texts, 0);
    n = add_effects(it, "gamma_beta", "beta", "z", effects, texts, n);
    const char *names[MAX_NUMBERS];
    const double *columns[MAX_NUMBERS];
    size_t n_columns = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (strncmp(in->name[i], "z.", 2) == 0) {
            names[n_columns] = in->name[i];
            columns[n_columns++] = &in->value[i];
        }
    }
    crmv_retention_model *baseline = NULL, *model = NULL;
    crmv_covariates *covariates = NULL;
    crmv_tenures *tenures = NULL;
    crmv_status status = crmv_sbg_new(get(p, "alpha0"), get(p, "beta0"), &baseline);
    if (status == CRMV_OK) status = crmv_retention_model_with_covariates(baseline, effects, n, &model);
    if (status == CRMV_OK) status = crmv_covariates_new(names, columns, n_columns, 1, &covariates);
    const double t = get(in, "t"), n_given = get(in, "n");
    if (status == CRMV_OK) {
        status = UNKNOWN;
        if (strcmp(it->quantity, "log_likelihood") == 0) {
            const uint8_t churned = get(in, "churned") > 0.0;
            status = crmv_tenures_from_customers_with_covariates(&t, &churned, NULL, 1, covariates, &tenures);
            if (status == CRMV_OK) status = crmv_retention_model_log_likelihood(model, tenures, out);
        }
        if (strcmp(it->quantity, "survival_given") == 0) {
            const uint32_t made = (uint32_t)n_given;
            status = crmv_retention_model_survival_of(model, covariates, &made, (uint32_t)t, out, 1);
        }
        if (strcmp(it->quantity, "derl") == 0) {
            const uint32_t made = (uint32_t)n_given - 1;
            status = crmv_retention_model_residual_lifetime_of(model, covariates, &made, get(in, "d"), out, 1);
        }
    }
    crmv_tenures_free(tenures);
    crmv_covariates_free(covariates);
    crmv_retention_model_free(baseline);
    crmv_retention_model_free(model);
    return status;
}

/* Whether a file is that of a model, or of further quantities of it. */
static int is_model(const char *file, const char *model) {
    size_t n = strlen(model);
    if (strncmp(file, model, n) != 0) return 0;
    return file[n] == '\0' || strcmp(file + n, "_extended") == 0 || strcmp(file + n, "_posterior") == 0;
}

static crmv_status compute(const char *model, const record *it, double *out) {
    const numbers *p = &it->params;
    crmv_purchase_model *purchases = NULL;
    crmv_spend_model *spend = NULL;
    crmv_status status = CRMV_OK;
    const crmv_unit weeks = CRMV_UNIT_WEEK;
    int clv = strcmp(model, "clv") == 0;
    const char *file = model;
    if (is_model(model, "static_covariates")) return covariate_quantity(it, out);
    if (strcmp(model, "sbg_covariates") == 0) return sbg_covariate_quantity(it, out);
    if (is_model(model, "bg_bb")) return opportunity_quantity(it, out);
    if (is_model(model, "sbg") || is_model(model, "bdw") || is_model(model, "geometric")) return retention_quantity(model, it, out);
    if (clv) {
        model = strcmp(it->quantity, "clv_bg_nbd") == 0 ? "bg_nbd" : strcmp(it->quantity, "clv_pareto_nbd_dert") == 0 ? "pareto_nbd" : "";
        if (*model == '\0') return UNKNOWN;
    }
    if (is_model(model, "bg_nbd")) {
        status = crmv_bg_nbd_new(get(p, "r"), get(p, "alpha"), get(p, "a"), get(p, "b"), weeks, &purchases);
    } else if (is_model(model, "mbg_nbd")) {
        status = crmv_mbg_nbd_new(get(p, "r"), get(p, "alpha"), get(p, "a"), get(p, "b"), weeks, &purchases);
    } else if (strcmp(it->model, "bg_cnbd_k") == 0) {
        status = crmv_bg_cnbd_k_new((uint32_t)get(p, "k"), get(p, "r"), get(p, "alpha"), get(p, "a"), get(p, "b"), weeks, &purchases);
    } else if (strcmp(it->model, "mbg_cnbd_k") == 0) {
        status = crmv_mbg_cnbd_k_new((uint32_t)get(p, "k"), get(p, "r"), get(p, "alpha"), get(p, "a"), get(p, "b"), weeks, &purchases);
    } else if (is_model(model, "pareto_nbd")) {
        status = crmv_pareto_nbd_new(get(p, "r"), get(p, "alpha"), get(p, "s"), get(p, "beta"), weeks, &purchases);
    } else if (is_model(model, "ggompertz_nbd")) {
        status = crmv_ggompertz_nbd_new(get(p, "r"), get(p, "alpha"), get(p, "b"), get(p, "s"), get(p, "beta"), weeks, &purchases);
    } else if (strcmp(model, "nbd") == 0) {
        status = crmv_nbd_new(get(p, "r"), get(p, "alpha"), weeks, &purchases);
    }
    if (status == CRMV_OK && (clv || is_model(file, "gamma_gamma"))) {
        status = crmv_gamma_gamma_new(get(p, "p"), get(p, "q"), get(p, "v"), &spend);
    }
    if (status == CRMV_OK) {
        if (clv) status = clv_quantity(it, purchases, spend, out);
        else if (purchases != NULL) status = purchase_quantity(it, purchases, out);
        else status = spend_quantity(it, spend, out);
    }
    crmv_purchase_model_free(purchases);
    crmv_spend_model_free(spend);
    return status;
}

/* Relative; of logarithms absolute over max(1, |value|); below the range of double 0 or a denormal is right. NaN is infinitely wrong. */
static double error_of(const char *quantity, double actual, double expected) {
    double error;
    if (strncmp(quantity, "log_", 4) == 0) error = fabs(actual - expected) / fmax(1.0, fabs(expected));
    else if (fabs(expected) < 2.2250738585072014e-308) error = fabs(actual) < 2.2250738585072014e-308 ? 0.0 : INFINITY;
    else error = fabs(actual - expected) / fabs(expected);
    return isnan(error) ? INFINITY : error;
}

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    long size = -1;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) size = ftell(file);
    char *text = size >= 0 ? (char *)check_alloc((size_t)size + 1, 1) : NULL;
    if (text == NULL || fseek(file, 0, SEEK_SET) != 0 || fread(text, 1, (size_t)size, file) != (size_t)size) {
        printf("cannot read %s\n0 passed, 1 failed\n", path);
        exit(1);
    }
    fclose(file);
    return text;
}

static void check_file(const char *directory, int own, const char *model) {
    char path[4096];
    int checked = 0, unknown = 0;
    double worst = 0;
    snprintf(path, sizeof path, "%s/%s.json", directory, model);
    FILE *file = fopen(path, "rb");
    if (file == NULL && !own) {
        printf("reference %-26s not there\n", model);
        return;
    }
    if (file != NULL) fclose(file);
    char *text = read_file(path);
    reading = path;
    cursor = text;
    expect('[');
    do {
        record it = read_record();
        double expected = strtod(it.value, NULL), actual = NAN;
        crmv_status status = compute(model, &it, &actual);
        checked++;
        if (status == UNKNOWN && !own) {
            unknown++;
            printf("unknown quantity %s (%s)\n", it.quantity, it.id);
            continue;
        }
        double error = error_of(it.quantity, actual, expected);
        if (error > worst) worst = error;
        if (!check_count(status == CRMV_OK && error <= TOLERANCE, it.id, path, 0)) {
            const char *why = status == UNKNOWN ? "unknown quantity" : status == CRMV_OK ? "wrong value" : crmv_last_error();
            printf("    %s: %s: %.17g instead of %s\n", it.quantity, why, actual, it.value);
        }
    } while (accept(','));
    expect(']');
    printf("reference %-26s %4d values, %d unknown, worst error %.1e\n", model, checked, unknown, worst);
    free(text);
}

int main(void) {
    static const char *const files[] = {"bg_nbd", "bg_nbd_extended", "mbg_nbd", "cnbd_k", "cnbd_k_extended",
                                        "pareto_nbd", "ggompertz_nbd", "nbd", "gamma_gamma", "clv",
                                        "static_covariates", "bg_bb", "sbg", "bdw", "bg_nbd_posterior",
                                        "mbg_nbd_posterior", "cnbd_k_posterior", "pareto_nbd_posterior",
                                        "ggompertz_nbd_posterior", "sbg_covariates", "pareto_nbd_extended",
                                        "ggompertz_nbd_extended", "bg_bb_extended", "sbg_extended", "geometric",
                                        "mbg_nbd_extended", "bdw_extended", "static_covariates_extended",
                                        "gamma_gamma_extended"};
    static const char own_directory[] = "core/tests/reference";
    const char *directory = getenv("CRM_VALUE_REFERENCE_DIR");
    if (directory == NULL) directory = own_directory;
    size_t length = strlen(directory), own_length = sizeof own_directory - 1;
    int own = length >= own_length && strcmp(directory + length - own_length, own_directory) == 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) check_file(directory, own, files[i]);
    /* A tolerance that cannot fail tests nothing. */
    CHECK(error_of("p_alive", 1.0, 1.0 + 3 * TOLERANCE) > TOLERANCE && error_of("log_pmf", -20.0, -20.0 * (1 + 3 * TOLERANCE)) > TOLERANCE);
    CHECK(error_of("pmf", NAN, 1.0) > TOLERANCE && error_of("pmf", 1e-300, 0.0) > TOLERANCE);
    return check_finish();
}
