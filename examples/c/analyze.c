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
    char *text;
    void *memory[8];
    size_t n_memory;
} analysis;

static void free_analysis(analysis *a) {
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

int main(int argc, char **argv) {
    if (argc < 2 || argc > 3 || argv[1][0] == '-') {
        fprintf(stderr, "usage: %s FILE [LAST_DAY]\n\nFILE: CSV with columns customer_id, date, amount. LAST_DAY: YYYY-MM-DD.\n", argc > 0 ? argv[0] : "analyze");
        return 2;
    }
    analysis a;
    memset(&a, 0, sizeof a);
    double *values = NULL;
    size_t n = 0;
    int done = summarise(&a, argv[1], argc == 3 ? argv[2] : NULL) && fit(&a) && value_customers(&a, &values, &n) && segment(&a)
               && concentrate(&a, values, n);
    free_analysis(&a);
    return done ? 0 : 1;
}
