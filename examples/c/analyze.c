/*
 * What is every customer worth? The whole way through the C interface, on a log in a CSV file:
 *
 *     analyze FILE [LAST_DAY]
 *
 * FILE has a header line with the columns customer_id, date (YYYY-MM-DD) and amount, in any order and among others. LAST_DAY ends the
 * observation, the last date in the file by default. For the bundled CDNOW log:
 *
 *     cc -std=c11 -Ibindings-c/include examples/c/analyze.c -Ltarget/release -lcrm_value -o analyze
 *     ./analyze examples/data/cdnow.csv 1997-09-30
 */
#include <crm_value.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The columns of the file; the texts of ids and dates lie in `text`. */
typedef struct {
    size_t n;
    char *text;
    const char **ids;
    const char **dates;
    double *amounts;
} table;

/* Everything the analysis holds, so that one function can free it. */
typedef struct {
    table table;
    int32_t *days;
    crmv_transactions *log;
    crmv_customers *customers;
    crmv_purchase_model *purchases;
    crmv_spend_model *spend;
    crmv_rfm_summary *rfm;
    crmv_rfm_scores *scores;
    crmv_segment_table *segments;
    crmv_concentration *concentration;
    crmv_tiers *tiers;
    crmv_whale_curve *whale;
    crmv_cohorts *cohorts;
    crmv_matrix *matrix;
    crmv_review *review;
    char *text;
    void *memory[24];
    size_t n_memory;
} analysis;

static void free_analysis(analysis *a) {
    crmv_review_free(a->review);
    crmv_matrix_free(a->matrix);
    crmv_cohorts_free(a->cohorts);
    crmv_whale_curve_free(a->whale);
    crmv_tiers_free(a->tiers);
    crmv_concentration_free(a->concentration);
    crmv_segment_table_free(a->segments);
    crmv_rfm_scores_free(a->scores);
    crmv_rfm_summary_free(a->rfm);
    crmv_spend_model_free(a->spend);
    crmv_purchase_model_free(a->purchases);
    crmv_customers_free(a->customers);
    crmv_transactions_free(a->log);
    crmv_string_free(a->text);
    for (size_t i = 0; i < a->n_memory; i++) free(a->memory[i]);
    free(a->days);
    free(a->table.text);
    free(a->table.ids);
    free(a->table.dates);
    free(a->table.amounts);
}

/* Memory that lives as long as the analysis; NULL when there is none left. */
static void *allocate(analysis *a, size_t n, size_t size) {
    if (a->n_memory == sizeof a->memory / sizeof *a->memory) return NULL;
    void *memory = calloc(n > 0 ? n : 1, size);
    if (memory != NULL) a->memory[a->n_memory++] = memory;
    return memory;
}

static int out_of_memory(void) {
    fprintf(stderr, "out of memory\n");
    return 0;
}

/* Says what failed; 1 for success, as in the functions below. */
static int good(crmv_status status) {
    if (status == CRMV_OK) return 1;
    fprintf(stderr, "%s (code %d, %s)\n", crmv_last_error(), (int)status, crmv_status_name(status));
    return 0;
}

/* ---- Reading the file ---- */

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "cannot open %s: %s\n", path, strerror(errno));
        return NULL;
    }
    char *text = NULL;
    size_t length = 0, capacity = 0;
    for (;;) {
        if (capacity - length < 2) {
            capacity = capacity > 0 ? 2 * capacity : 1 << 16;
            char *more = realloc(text, capacity);
            if (more == NULL) {
                out_of_memory();
                break;
            }
            text = more;
        }
        size_t got = fread(text + length, 1, capacity - length - 1, file);
        length += got;
        if (got > 0) continue;
        if (ferror(file)) {
            fprintf(stderr, "cannot read %s: %s\n", path, strerror(errno));
            break;
        }
        fclose(file);
        text[length] = '\0';
        if (strlen(text) == length) return text;
        fprintf(stderr, "%s is not a text file: it holds a NUL byte\n", path);
        free(text);
        return NULL;
    }
    fclose(file);
    free(text);
    return NULL;
}

/* Takes the next line off `rest` and ends it; NULL after the last one. */
static char *next_line(char **rest) {
    char *line = *rest;
    if (*line == '\0') return NULL;
    size_t length = strcspn(line, "\n");
    *rest = line + length + (line[length] == '\n');
    line[length] = '\0';
    if (length > 0 && line[length - 1] == '\r') line[length - 1] = '\0';
    return line;
}

/* Takes the next field off `rest` and ends it; NULL after the last one. Quotes around a field are taken off, "" inside them is ". */
static char *next_field(char **rest) {
    char *field = *rest, *to = field, *from = field;
    if (field == NULL) return NULL;
    int quoted = *from == '"';
    if (quoted) from++;
    while (*from != '\0' && (quoted || *from != ',')) {
        if (quoted && *from == '"') {
            from++;
            if (*from != '"') {
                quoted = 0;
                continue;
            }
        }
        *to++ = *from++;
    }
    *rest = *from == ',' ? from + 1 : NULL;
    *to = '\0';
    return field;
}

static int parse_amount(const char *text, double *out) {
    char *end;
    *out = strtod(text, &end);
    while (*end == ' ') end++;
    return end != text && *end == '\0';
}

static int read_table(const char *path, table *t) {
    enum { ID, DATE, AMOUNT, COLUMNS };
    static const char *const names[COLUMNS] = {"customer_id", "date", "amount"};
    size_t position[COLUMNS], width = 0, capacity = 0, line_number = 1;
    int found[COLUMNS] = {0, 0, 0};
    t->text = read_file(path);
    if (t->text == NULL) return 0;
    char *rest = t->text, *line = next_line(&rest), *field;
    if (line != NULL && strncmp(line, "\xef\xbb\xbf", 3) == 0) line += 3; /* a byte order mark */
    while ((field = next_field(&line)) != NULL) {
        for (int c = 0; c < COLUMNS; c++) {
            if (strcmp(field, names[c]) == 0) {
                position[c] = width;
                found[c] = 1;
            }
        }
        width++;
    }
    for (int c = 0; c < COLUMNS; c++) {
        if (!found[c]) {
            fprintf(stderr, "%s has no column %s in its first line\n", path, names[c]);
            return 0;
        }
    }
    while ((line = next_line(&rest)) != NULL) {
        line_number++;
        if (*line == '\0') continue;
        if (t->n == capacity) {
            capacity = capacity > 0 ? 2 * capacity : 4096;
            const char **ids = realloc(t->ids, capacity * sizeof *ids);
            if (ids != NULL) t->ids = ids;
            const char **dates = realloc(t->dates, capacity * sizeof *dates);
            if (dates != NULL) t->dates = dates;
            double *amounts = realloc(t->amounts, capacity * sizeof *amounts);
            if (amounts != NULL) t->amounts = amounts;
            if (ids == NULL || dates == NULL || amounts == NULL) return out_of_memory();
        }
        const char *fields[COLUMNS] = {NULL, NULL, NULL};
        for (size_t i = 0; (field = next_field(&line)) != NULL; i++) {
            for (int c = 0; c < COLUMNS; c++) {
                if (position[c] == i) fields[c] = field;
            }
        }
        for (int c = 0; c < COLUMNS; c++) {
            if (fields[c] == NULL) {
                fprintf(stderr, "%s, line %zu: there is no %s\n", path, line_number, names[c]);
                return 0;
            }
        }
        /* An empty id is a missing one. */
        t->ids[t->n] = *fields[ID] != '\0' ? fields[ID] : NULL;
        t->dates[t->n] = fields[DATE];
        if (!parse_amount(fields[AMOUNT], &t->amounts[t->n])) {
            fprintf(stderr, "%s, line %zu: `%s` is not a number\n", path, line_number, fields[AMOUNT]);
            return 0;
        }
        t->n++;
    }
    return 1;
}

/* ---- The analysis ---- */

static void title(const char *text) {
    printf("\n%s\n", text);
    for (size_t i = strlen(text); i > 0; i--) putchar('=');
    putchar('\n');
}

static int summarise(analysis *a, const char *path, const char *last_day) {
    crmv_transaction_columns columns;
    int32_t end = 0;
    if (!read_table(path, &a->table)) return 0;
    size_t n = a->table.n;
    a->days = malloc((n > 0 ? n : 1) * sizeof *a->days);
    if (a->days == NULL) return out_of_memory();
    if (!good(crmv_parse_dates(a->table.dates, n, "date", a->days, NULL))) return 0;
    if (!good(crmv_transaction_columns_init(&columns, sizeof columns))) return 0;
    columns.n = n;
    columns.ids_text = a->table.ids;
    columns.days = a->days;
    columns.amounts = a->table.amounts;
    if (!good(crmv_transactions_read(&columns, NULL, &a->log))) return 0;
    if (last_day != NULL && crmv_parse_date(last_day, &end) != CRMV_OK) {
        fprintf(stderr, "LAST_DAY: `%s` is not a date; write YYYY-MM-DD\n", last_day);
        return 0;
    }
    const int32_t *until = last_day != NULL ? &end : NULL;
    if (!good(crmv_transactions_summarize(a->log, CRMV_UNIT_WEEK, until, &a->customers))) return 0;
    if (!good(crmv_transactions_rfm(a->log, CRMV_UNIT_DAY, until, &a->rfm))) return 0;

    title("Data quality");
    if (!good(crmv_customers_quality_text(a->customers, &a->text))) return 0;
    fputs(a->text, stdout);
    return 1;
}

static int print_report(const crmv_fit_report *report) {
    char *text = NULL;
    if (!good(crmv_fit_report_text(report, &text))) return 0;
    printf("%s\n", text);
    crmv_string_free(text);
    return 1;
}

static int fit(analysis *a) {
    const crmv_fit_report *report = NULL;
    title("When they buy");
    if (!good(crmv_bg_nbd_fit(a->customers, NULL, &a->purchases))) return 0;
    if (!good(crmv_purchase_model_report(a->purchases, &report)) || !print_report(report)) return 0;
    title("How much they spend");
    if (!good(crmv_gamma_gamma_fit(a->customers, NULL, &a->spend))) return 0;
    return good(crmv_spend_model_report(a->spend, &report)) && print_report(report);
}

/* The best ten of n values, best first; equal values in order of position. Returns how many there are. */
static size_t best_ten(const double *values, size_t n, size_t best[10]) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (count == 10 && !(values[i] > values[best[9]])) continue;
        size_t place = count < 10 ? count++ : 9;
        for (; place > 0 && values[i] > values[best[place - 1]]; place--) best[place] = best[place - 1];
        best[place] = i;
    }
    return count;
}

static int value_customers(analysis *a, double **values, size_t *n) {
    crmv_clv_options options;
    if (!good(crmv_customers_count(a->customers, n))) return 0;
    double *x = allocate(a, *n, sizeof *x), *alive = allocate(a, *n, sizeof *alive), *year = allocate(a, *n, sizeof *year);
    double *value = allocate(a, *n, sizeof *value);
    if (x == NULL || alive == NULL || year == NULL || value == NULL) return out_of_memory();
    if (!good(crmv_clv_options_init(&options, sizeof options))) return 0;
    options.margin = 0.30;
    if (!good(crmv_customers_frequency(a->customers, x, *n))) return 0;
    if (!good(crmv_purchase_model_probability_alive(a->purchases, a->customers, alive, *n))) return 0;
    if (!good(crmv_purchase_model_expected_purchases(a->purchases, a->customers, 1.0, CRMV_UNIT_YEAR, year, *n))) return 0;
    if (!good(crmv_clv_predictive(a->purchases, a->spend, a->customers, &options, value, *n))) return 0;

    title("Most valuable customers (3 years, margin 30 %, discounted at 10 % a year)");
    printf("%-12s %9s %9s %18s %12s\n", "customer", "repeats", "P(alive)", "purchases in 1 y", "value");
    size_t best[10], count = best_ten(value, *n, best);
    for (size_t i = 0; i < count; i++) {
        const char *id = NULL;
        size_t who = best[i];
        if (!good(crmv_customers_id_text(a->customers, who, &id))) return 0;
        printf("%-12s %9.0f %9.3f %18.2f %12.2f\n", id, x[who], alive[who], year[who], value[who]);
    }
    *values = value;
    return 1;
}

static int segment(analysis *a) {
    size_t names = 0;
    if (!good(crmv_rfm_fit(a->rfm, NULL, &a->scores)) || !good(crmv_segment_table_default(&a->segments))) return 0;
    if (!good(crmv_segment_table_count(a->segments, &names))) return 0;
    crmv_segment_summary *summaries = allocate(a, names, sizeof *summaries);
    if (summaries == NULL) return out_of_memory();
    if (!good(crmv_segment_table_summarize(a->segments, a->scores, a->rfm, summaries, sizeof *summaries, names))) return 0;

    title("RFM segments");
    printf("%-20s %10s %8s %12s %8s %12s\n", "segment", "customers", "share", "spend", "share", "days since");
    for (size_t i = 0; i < names; i++) {
        const crmv_segment_summary *s = &summaries[i];
        const char *name = NULL;
        if (s->customers == 0) continue;
        if (!good(crmv_segment_table_name(a->segments, i, &name))) return 0;
        printf("%-20s %10llu %6.1f %% %12.2f %6.1f %% %12.1f\n", name, (unsigned long long)s->customers, 100 * s->customer_share, s->total_spend,
               100 * s->spend_share, s->mean_time_since_last);
    }
    return 1;
}

static int concentrate(analysis *a, const double *values, size_t n) {
    static const double tops[3] = {0.01, 0.10, 0.20};
    double share = 0, held = 0, gini = 0;
    size_t fewest = 0, tiers = 0;
    if (!good(crmv_concentration_new(values, n, CRMV_NEGATIVES_REJECT, &a->concentration))) return 0;
    title("Concentration of value to come");
    for (size_t i = 0; i < 3; i++) {
        if (!good(crmv_concentration_top_share(a->concentration, tops[i], &held))) return 0;
        printf("top %2.0f %% hold        %6.1f %%\n", 100 * tops[i], 100 * held);
    }
    if (!good(crmv_concentration_gini(a->concentration, &gini))) return 0;
    if (!good(crmv_concentration_customers_for_share(a->concentration, 0.80, &fewest, &share, &held))) return 0;
    printf("Gini coefficient     %6.3f\n80 %% are held by    %zu customers (%.1f %%)\n", gini, fewest, 100 * share);

    title("Tiers by value to come");
    if (!good(crmv_concentration_tiers(a->concentration, NULL, 0, &a->tiers)) || !good(crmv_tiers_count(a->tiers, &tiers))) return 0;
    printf("%-6s %10s %12s %8s %12s\n", "tier", "customers", "value", "share", "from");
    for (size_t i = 0; i < tiers; i++) {
        crmv_tier tier;
        if (!good(crmv_tiers_tier(a->tiers, i, &tier, sizeof tier))) return 0;
        printf("%-6c %10llu %12.2f %6.1f %% %12.2f\n", (char)('A' + (int)i), (unsigned long long)tier.customers, tier.value, 100 * tier.value_share,
               tier.smallest);
    }
    return 1;
}

/* Profit: 30 % of the revenue so far, less 2 per order and 3 per customer. */
static int earn(analysis *a, size_t n) {
    enum { POINTS = 11 };
    crmv_activity_columns activity;
    crmv_margin_options margins;
    crmv_whale_summary whale;
    double shares[POINTS], values[POINTS];
    size_t count = 0;
    double *spend = allocate(a, n, sizeof *spend), *orders = allocate(a, n, sizeof *orders);
    if (spend == NULL || orders == NULL) return out_of_memory();
    if (!good(crmv_customers_total_spend(a->customers, spend, n)) || !good(crmv_customers_frequency(a->customers, orders, n))) return 0;
    for (size_t i = 0; i < n; i++) orders[i] += 1; /* the first purchase is no repeat purchase */
    if (!good(crmv_activity_columns_init(&activity, sizeof activity)) || !good(crmv_margin_options_init(&margins, sizeof margins))) return 0;
    activity.n = n;
    activity.revenue = spend;
    activity.orders = orders;
    margins.rate = 0.30;
    margins.cost_per_order = 2;
    margins.cost_per_customer = 3;
    double *profit = allocate(a, n, sizeof *profit);
    if (profit == NULL) return out_of_memory();
    if (!good(crmv_contribution_margin(&activity, &margins, profit, n)) || !good(crmv_whale_curve_new(profit, n, &a->whale))) return 0;
    if (!good(crmv_whale_curve_summary(a->whale, &whale, sizeof whale))) return 0;
    if (!good(crmv_whale_curve_points(a->whale, POINTS, shares, values, POINTS, &count))) return 0;

    title("Whale curve (30 % margin, 2 per order, 3 per customer)");
    printf("%-14s %12s\n", "best customers", "profit");
    for (size_t i = 1; i < count; i++) printf("%12.1f %% %12.2f\n", 100 * shares[i], values[i]);
    printf("%llu customers earn %.2f, %llu others take %.2f away again\n", (unsigned long long)whale.break_even_customers, whale.peak_value,
           (unsigned long long)whale.unprofitable_customers, whale.destroyed_value);
    return 1;
}

/* Cohorts by month: the share that bought again, and the spend so far per customer acquired. */
static int follow_cohorts(analysis *a, const int32_t *until) {
    enum { AGES = 6 };
    crmv_cohort_totals totals;
    size_t n = 0;
    if (!good(crmv_cohorts_new(a->log, CRMV_PERIOD_MONTH, NULL, until, &a->cohorts)) || !good(crmv_cohorts_count(a->cohorts, &n))) return 0;
    double *rate = allocate(a, n * n, sizeof *rate), *spend = allocate(a, n * n, sizeof *spend);
    uint8_t *known = allocate(a, n * n, 1);
    uint64_t *sizes = allocate(a, n, sizeof *sizes);
    int32_t *starts = allocate(a, n, sizeof *starts);
    if (rate == NULL || spend == NULL || known == NULL || sizes == NULL || starts == NULL) return out_of_memory();
    if (!good(crmv_cohorts_sizes(a->cohorts, starts, sizes, n)) || !good(crmv_cohorts_totals(a->cohorts, &totals, sizeof totals))) return 0;
    if (!good(crmv_cohorts_matrix(a->cohorts, CRMV_COHORT_CUMULATIVE_REVENUE_PER_CUSTOMER, spend, known, n * n))) return 0;
    if (!good(crmv_cohorts_matrix(a->cohorts, CRMV_COHORT_RETENTION, rate, known, n * n))) return 0;

    title("Cohorts by month of the first purchase");
    printf("%-8s %10s  active in month 0, 1, ... and spend until then per customer acquired\n", "cohort", "customers");
    for (size_t i = 0; i < n; i++) {
        const char *label = NULL;
        if (sizes[i] == 0) continue;
        if (!good(crmv_cohorts_label(a->cohorts, i, &label))) return 0;
        printf("%-8s %10llu", label, (unsigned long long)sizes[i]);
        for (size_t age = 0; age < AGES && age < n && known[i * n + age]; age++) printf(" %6.1f %%", 100 * rate[i * n + age]);
        printf("\n%-19s", "");
        for (size_t age = 0; age < AGES && age < n && known[i * n + age]; age++) printf(" %8.2f", spend[i * n + age]);
        printf("\n");
    }
    printf("All cells add up to %.2f, of which %.2f in the month that is not over.\n", totals.revenue, totals.masked_revenue);
    return 1;
}

/* Value so far in terciles by stage of the relationship. */
static int see_stages(analysis *a, const int32_t *until, size_t n) {
    crmv_matrix_cell cell;
    size_t rows = 0, columns = 0;
    double *spend = allocate(a, n, sizeof *spend), *alive = allocate(a, n, sizeof *alive);
    crmv_stage *stages = allocate(a, n, sizeof *stages);
    if (spend == NULL || alive == NULL || stages == NULL) return out_of_memory();
    if (!good(crmv_customers_total_spend(a->customers, spend, n))) return 0;
    if (!good(crmv_purchase_model_probability_alive(a->purchases, a->customers, alive, n))) return 0;
    if (!good(crmv_stages(a->log, NULL, until, NULL, stages, n))) return 0;
    if (!good(crmv_matrix_value_by_stage(spend, stages, alive, n, &a->matrix)) || !good(crmv_matrix_shape(a->matrix, &rows, &columns))) return 0;

    title("Value by stage");
    printf("%-10s %-8s %10s %12s %8s %12s  %s\n", "stage", "value", "customers", "in all", "alive", "at risk", "action");
    for (size_t column = 0; column < columns; column++) {
        for (size_t row = rows; row-- > 0;) {
            const char *stage = NULL, *value = NULL, *action = NULL;
            if (!good(crmv_matrix_get(a->matrix, row, column, &cell, sizeof cell))) return 0;
            if (cell.customers == 0) continue;
            if (!good(crmv_matrix_column_level(a->matrix, column, &stage)) || !good(crmv_matrix_row_level(a->matrix, row, &value))) return 0;
            if (!good(crmv_matrix_action(a->matrix, row, column, &action))) return 0;
            printf("%-10s %-8s %10llu %12.2f %8.3f %12.2f  %s\n", stage, value, (unsigned long long)cell.customers, cell.value, cell.mean_p_alive,
                   cell.value_at_risk, action);
        }
    }
    if (!good(crmv_matrix_get(a->matrix, rows, columns, &cell, sizeof cell))) return 0;
    printf("%-19s %10llu %12.2f %8.3f %12.2f\n", "all", (unsigned long long)cell.customers, cell.value, cell.mean_p_alive, cell.value_at_risk);
    return 1;
}

/* The last two half-years that are whole, by calendar quarters; 0 in `whole` if the log does not hold them. */
static int half_years(const analysis *a, int32_t end, int32_t periods[4], int *whole) {
    crmv_data_quality quality;
    int32_t first = 0, last = 0, day = end;
    *whole = 0;
    if (!good(crmv_transactions_quality(a->log, &quality, sizeof quality))) return 0;
    if (!good(crmv_calendar_period_days(day, CRMV_PERIOD_QUARTER, &first, &last))) return 0;
    periods[3] = last == end ? end : first - 1;
    day = periods[3];
    for (int quarter = 3; quarter >= 0; quarter--) {
        if (!good(crmv_calendar_period_days(day, CRMV_PERIOD_QUARTER, &first, &last))) return 0;
        if (quarter == 2) periods[2] = first;
        if (quarter == 1) periods[1] = last;
        if (quarter == 0) periods[0] = first;
        day = first - 1;
    }
    *whole = periods[0] >= quality.first_date;
    return 1;
}

static int review(analysis *a, int32_t end) {
    int32_t periods[4] = {0, 0, 0, 0}, year[4], month[4], day[4];
    int whole = 0;
    crmv_bridge b;
    crmv_top_tier top;
    if (!half_years(a, end, periods, &whole)) return 0;
    title("Half-year review");
    if (!whole) {
        printf("The log does not hold two whole half-years.\n");
        return 1;
    }
    if (!good(crmv_review_new(a->log, periods, periods + 2, NULL, &a->review))) return 0;
    if (!good(crmv_review_bridge(a->review, &b, sizeof b)) || !good(crmv_review_top_tier(a->review, &top, sizeof top))) return 0;
    for (size_t i = 0; i < 4; i++) {
        if (!good(crmv_date_to_ymd(periods[i], &year[i], &month[i], &day[i]))) return 0;
    }
    for (size_t i = 0; i < 4; i += 2) {
        if (i == 2) {
            printf("%-26s %12.2f\n%-26s %12.2f\n%-26s %12.2f\n", "+ new customers", b.new_customers, "+ returned", b.returned, "+ more", b.growth);
            printf("%-26s %12.2f\n%-26s %12.2f\n", "- less", b.shrinkage, "- lost", b.lost);
            if (b.absent < 0 || b.absent > 0) printf("%-26s %12.2f\n", "+ refunds of earlier ones", b.absent);
        }
        printf("%04d-%02d-%02d to %04d-%02d-%02d   %12.2f\n", (int)year[i], (int)month[i], (int)day[i], (int)year[i + 1], (int)month[i + 1],
               (int)day[i + 1], i == 0 ? b.value_1 : b.value_2);
    }
    printf("Of the best 10 %% then, %llu customers, %llu bought again and %llu are among the best now.\n", (unsigned long long)top.customers,
           (unsigned long long)top.retained, (unsigned long long)top.stayed);
    return 1;
}

int main(int argc, char **argv) {
    if (argc < 2 || argc > 3 || argv[1][0] == '-') {
        fprintf(stderr, "usage: %s FILE [LAST_DAY]\n\nFILE: CSV with columns customer_id, date, amount. LAST_DAY: YYYY-MM-DD.\n", argc > 0 ? argv[0] : "analyze");
        return 2;
    }
    analysis a;
    memset(&a, 0, sizeof a);
    double *values = NULL;
    size_t n = 0;
    int32_t end = 0;
    int done = summarise(&a, argv[1], argc == 3 ? argv[2] : NULL) && fit(&a) && value_customers(&a, &values, &n) && segment(&a)
               && concentrate(&a, values, n) && earn(&a, n) && good(crmv_customers_observed_until(a.customers, &end)) && follow_cohorts(&a, &end)
               && see_stages(&a, &end, n) && review(&a, end);
    free_analysis(&a);
    return done ? 0 : 1;
}
