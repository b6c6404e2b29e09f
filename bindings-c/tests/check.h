/* Checks that count, and the bundled log; shared by the C and C++ test programs. */
#ifndef CHECK_H
#define CHECK_H

#include <crm_value.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int passed;
    int failed;
} check_counts;

static check_counts counts;

static inline int check_count(int ok, const char *text, const char *file, int line) {
    if (ok) {
        counts.passed++;
    } else {
        counts.failed++;
        printf("FAILED %s:%d: %s\n", file, line, text);
    }
    return ok;
}

static inline void check_ok(crmv_status status, const char *call, const char *file, int line) {
    if (!check_count(status == CRMV_OK, call, file, line)) {
        printf("    status %d (%s): %s\n", status, crmv_status_name(status), crmv_last_error());
    }
}

/* The call must fail with this code and a message that contains the fragment. */
static inline void check_fails(crmv_status status, crmv_status expected, const char *fragment, const char *call, const char *file, int line) {
    const char *message = crmv_last_error();
    if (!check_count(status == expected && strstr(message, fragment) != NULL, call, file, line)) {
        printf("    status %d (%s), message: %s\n    instead of %d (%s) with: %s\n", status, crmv_status_name(status), message, expected,
               crmv_status_name(expected), fragment);
    }
}

/* Relative, without an absolute floor; NaN fails. */
static inline void check_close(double actual, double expected, double relative, const char *text, const char *file, int line) {
    if (!check_count(fabs(actual - expected) <= relative * fabs(expected), text, file, line)) {
        printf("    %.17g instead of %.17g\n", actual, expected);
    }
}

#define CHECK(condition) check_count((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#define CHECK_OK(call) check_ok((call), #call, __FILE__, __LINE__)
#define CHECK_FAILS(call, code, fragment) check_fails((call), (code), (fragment), #call, __FILE__, __LINE__)
#define CHECK_CLOSE(actual, expected, relative) check_close((actual), (expected), (relative), #actual, __FILE__, __LINE__)

/* Ends main: the line that is counted, and the exit code. */
static inline int check_finish(void) {
    printf("%d passed, %d failed\n", counts.passed, counts.failed);
    return counts.failed == 0 ? 0 : 1;
}

static inline void *check_alloc(size_t n, size_t size) {
    void *memory = calloc(n > 0 ? n : 1, size);
    if (memory == NULL) {
        printf("out of memory\n0 passed, 1 failed\n");
        exit(1);
    }
    return memory;
}

/* A transaction log as columns. */
typedef struct {
    size_t n;
    uint64_t *ids;
    int32_t *days;
    double *amounts;
} check_log;

static inline void check_log_free(check_log *log) {
    free(log->ids);
    free(log->days);
    free(log->amounts);
    log->n = 0;
}

/* The file named by the first argument, else cdnow.csv in CRM_VALUE_DATA_DIR, else the bundled one. */
static inline void check_data_path(int argc, char **argv, char *path, size_t size) {
    const char *directory = getenv("CRM_VALUE_DATA_DIR");
    if (argc > 1) {
        snprintf(path, size, "%s", argv[1]);
    } else {
        snprintf(path, size, "%s/cdnow.csv", directory != NULL ? directory : "examples/data");
    }
}

/* Reads customer_id,date,quantity,amount. */
static inline check_log check_read_log(int argc, char **argv) {
    char path[4096], line[256];
    check_log log = {0, NULL, NULL, NULL};
    size_t capacity = 0;
    check_data_path(argc, argv, path, sizeof path);
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        printf("cannot read %s\n0 passed, 1 failed\n", path);
        exit(1);
    }
    while (fgets(line, sizeof line, file) != NULL) {
        char date[32];
        unsigned long long id;
        double amount;
        if (sscanf(line, "%llu,%31[^,],%*d,%lf", &id, date, &amount) != 3) {
            printf("cannot read row %zu of %s\n0 passed, 1 failed\n", log.n, path);
            exit(1);
        }
        if (log.n == capacity) {
            capacity = capacity > 0 ? 2 * capacity : 1024;
            log.ids = (uint64_t *)realloc(log.ids, capacity * sizeof *log.ids);
            log.days = (int32_t *)realloc(log.days, capacity * sizeof *log.days);
            log.amounts = (double *)realloc(log.amounts, capacity * sizeof *log.amounts);
            if (log.ids == NULL || log.days == NULL || log.amounts == NULL) {
                printf("out of memory\n0 passed, 1 failed\n");
                exit(1);
            }
        }
        log.ids[log.n] = id;
        log.amounts[log.n] = amount;
        if (crmv_parse_date(date, &log.days[log.n]) != CRMV_OK) {
            printf("%s\n0 passed, 1 failed\n", crmv_last_error());
            exit(1);
        }
        log.n++;
    }
    fclose(file);
    return log;
}

static inline int32_t check_day(int year, int month, int day) {
    int32_t days = 0;
    CHECK_OK(crmv_date_from_ymd(year, month, day, &days));
    return days;
}

#endif
