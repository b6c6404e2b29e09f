/* Labels, tier actions, value by attribute, dilemmas, profiles and migration: cases worked by hand. */
#include "check.h"

static crmv_labels *labels_of(const char *const *names, size_t n) {
    crmv_labels *labels = NULL;
    CHECK_OK(crmv_labels_new(names, n, &labels));
    return labels;
}

static int same(const char *a, const char *b) { return a != NULL && strcmp(a, b) == 0; }

static void labels(void) {
    const char *const names[4] = {"b", "", "a", "b"}, *const missing[2] = {"a", NULL}, *const levels[3] = {"top", "nobody", "basic"};
    const char *const twice[2] = {"x", "x"};
    const uint32_t expected[4] = {2, 0, 1, 2}, codes[3] = {2, 0, 2}, beyond[1] = {3};
    uint32_t found[4];
    size_t count = 0;
    const char *text = NULL;
    char *json = NULL;
    crmv_labels *made = labels_of(names, 4), *given = NULL, *read = NULL, *none = NULL;
    CHECK_OK(crmv_labels_count(made, &count));
    CHECK(count == 4);
    CHECK_OK(crmv_labels_level_count(made, &count));
    CHECK(count == 3);
    CHECK_OK(crmv_labels_codes(made, found, 4));
    CHECK(memcmp(found, expected, sizeof found) == 0);
    CHECK_OK(crmv_labels_level(made, 1, &text));
    CHECK(same(text, "a"));
    CHECK_OK(crmv_labels_name(made, 3, &text));
    CHECK(same(text, "b"));
    CHECK_FAILS(crmv_labels_name(made, 4, &text), CRMV_OUT_OF_RANGE, "there is no customer 4");
    CHECK_FAILS(crmv_labels_level(made, 3, &text), CRMV_OUT_OF_RANGE, "there is no level 3");
    CHECK_FAILS(crmv_labels_codes(made, found, 3), CRMV_BUFFER_TOO_SMALL, "4");

    CHECK_OK(crmv_labels_from_codes(levels, 3, codes, 3, &given));
    CHECK_OK(crmv_labels_name(given, 1, &text));
    CHECK(same(text, "top"));
    CHECK_OK(crmv_labels_to_json(given, &json));
    CHECK(same(json, "{\"version\":1,\"levels\":[\"top\",\"nobody\",\"basic\"],\"codes\":[2,0,2]}"));
    CHECK_OK(crmv_labels_from_json(json, &read));
    CHECK_OK(crmv_labels_name(read, 2, &text));
    CHECK(same(text, "basic"));
    crmv_string_free(json);
    CHECK_FAILS(crmv_labels_from_json("{\"version\":2,\"levels\":[],\"codes\":[]}", &none), CRMV_DESERIALIZE, "version 2");

    CHECK_FAILS(crmv_labels_new(missing, 2, &none), CRMV_MISSING, "row 1");
    CHECK_FAILS(crmv_labels_from_codes(twice, 2, codes, 0, &none), CRMV_LABELS, "`x` occurs twice");
    CHECK_FAILS(crmv_labels_from_codes(levels, 3, beyond, 1, &none), CRMV_LABELS, "row 0 has code 3");
    CHECK(crmv_labels_new(NULL, 1, &none) == CRMV_NULL_POINTER && none == NULL);
    crmv_labels_free(made);
    crmv_labels_free(given);
    crmv_labels_free(read);
    crmv_labels_free(NULL);
}

static void tier_actions(void) {
    const double values[4] = {900, 100, 80, 20}, bounds[3] = {0.25, 0.75, 1}, losses[4] = {-1, -4, 2, -9};
    const crmv_tier_action own[2] = {{"A", "visit"}, {"B", "call"}}, twice[2] = {{"A", "visit"}, {"A", "call"}};
    const uint8_t third[1] = {2};
    uint8_t tier_of[4];
    size_t count = 0;
    const char *text = NULL;
    char *json = NULL;
    crmv_tier_actions *usual = NULL, *table = NULL, *read = NULL;
    crmv_tier_action row;
    crmv_tiers *tiers = NULL;
    crmv_tier_basis basis = -1;
    crmv_labels *named = NULL, *none = NULL;
    CHECK_OK(crmv_tier_actions_default(&usual));
    CHECK_OK(crmv_tier_actions_count(usual, &count));
    CHECK(count == 3);
    CHECK_OK(crmv_tier_actions_row(usual, 2, &row));
    CHECK(same(row.tier, "basic") && same(row.action, "serve at low cost; automated contact"));
    CHECK_FAILS(crmv_tier_actions_row(usual, 3, &row), CRMV_OUT_OF_RANGE, "tier 3");

    CHECK_OK(crmv_tiers_by_customer_share(values, 4, bounds, 3, &tiers));
    CHECK_OK(crmv_tiers_basis(tiers, &basis));
    CHECK(basis == CRMV_TIERS_BY_CUSTOMER_SHARE);
    CHECK_OK(crmv_tiers_assign(tiers, values, 4, tier_of, 4));
    CHECK_OK(crmv_tier_actions_label(usual, tier_of, 4, &named));
    const char *const expected[4] = {"top", "middle", "middle", "basic"};
    for (size_t i = 0; i < 4; i++) {
        CHECK_OK(crmv_labels_name(named, i, &text));
        CHECK(same(text, expected[i]));
    }
    crmv_tiers_free(tiers);
    /* Only the order counts: the total may be negative. */
    CHECK_OK(crmv_tiers_by_customer_share(losses, 4, NULL, 0, &tiers));
    CHECK_OK(crmv_tiers_assign(tiers, losses, 4, tier_of, 4));
    CHECK(tier_of[2] == 0 && tier_of[0] == 1 && tier_of[1] == 2 && tier_of[3] == 2);
    crmv_tiers_free(tiers);

    CHECK_OK(crmv_tier_actions_new(own, 2, &table));
    CHECK_OK(crmv_tier_actions_to_json(table, &json));
    CHECK_OK(crmv_tier_actions_from_json(json, &read));
    CHECK_OK(crmv_tier_actions_row(read, 1, &row));
    CHECK(same(row.tier, "B") && same(row.action, "call"));
    CHECK_FAILS(crmv_tier_actions_label(table, third, 1, &none), CRMV_LABELS, "row 0 has code 2");
    crmv_tier_actions_free(read);
    CHECK_FAILS(crmv_tier_actions_new(twice, 2, &read), CRMV_LABELS, "`A` occurs twice");
    CHECK_FAILS(crmv_tier_actions_new(NULL, 0, &read), CRMV_EMPTY, "tier actions");
    CHECK_FAILS(crmv_tier_actions_from_json("[]", &read), CRMV_DESERIALIZE, "tier actions");
    crmv_string_free(json);
    crmv_labels_free(named);
    crmv_tier_actions_free(usual);
    crmv_tier_actions_free(table);
    crmv_tier_actions_free(NULL);
}

static void by_attribute(void) {
    const char *const region[4] = {"north", "south", "north", "east"};
    const double values[4] = {40, 20, 30, 10}, with_loss[4] = {5, -2, 7, 0};
    crmv_labels *attribute = labels_of(region, 4);
    crmv_attribute_concentration *by = NULL, *read = NULL, *none = NULL;
    crmv_attribute_summary summary;
    crmv_level_share level;
    crmv_dependency_alert alert;
    char *json = NULL;
    CHECK_OK(crmv_attribute_concentration_new(values, 4, attribute, CRMV_NEGATIVES_REJECT, NULL, &by));
    CHECK_OK(crmv_attribute_concentration_summary(by, &summary, sizeof summary));
    CHECK(summary.levels == 3 && summary.total == 100 && summary.hhi_alert == 1);
    CHECK(summary.share_limit == 0.25 && summary.hhi_limit == 0.25);
    CHECK_CLOSE(summary.hhi, 0.54, 1e-15); /* 0.7^2 + 0.2^2 + 0.1^2 */
    CHECK_OK(crmv_attribute_concentration_largest(by, &level, sizeof level));
    CHECK(same(level.level, "north") && level.customers == 2 && level.customer_share == 0.5 && level.value == 70);
    CHECK(level.value_share == 0.7 && level.alert == 1);
    CHECK_OK(crmv_attribute_concentration_level(by, 2, &level, sizeof level));
    CHECK(same(level.level, "south") && level.value_share == 0.2 && level.alert == 0);
    CHECK_FAILS(crmv_attribute_concentration_level(by, 3, &level, sizeof level), CRMV_OUT_OF_RANGE, "level 3");
    CHECK_OK(crmv_attribute_concentration_to_json(by, &json));
    CHECK_OK(crmv_attribute_concentration_from_json(json, &read));
    CHECK_OK(crmv_attribute_concentration_largest(read, &level, sizeof level));
    CHECK(same(level.level, "north") && level.value_share == 0.7);
    crmv_string_free(json);
    crmv_attribute_concentration_free(read);
    crmv_attribute_concentration_free(by);

    /* Limits are passed, not reached. */
    CHECK_OK(crmv_dependency_alert_init(&alert, sizeof alert));
    alert.share = 0.7;
    alert.hhi = 0.6;
    CHECK_OK(crmv_attribute_concentration_new(values, 4, attribute, CRMV_NEGATIVES_REJECT, &alert, &by));
    CHECK_OK(crmv_attribute_concentration_summary(by, &summary, sizeof summary));
    CHECK_OK(crmv_attribute_concentration_largest(by, &level, sizeof level));
    CHECK(summary.hhi_alert == 0 && level.alert == 0);
    crmv_attribute_concentration_free(by);
    /* 12 in the north, -2 in the south, of 10: 1.44 + 0.04. */
    CHECK_OK(crmv_attribute_concentration_new(with_loss, 4, attribute, CRMV_NEGATIVES_ALLOW, NULL, &by));
    CHECK_OK(crmv_attribute_concentration_summary(by, &summary, sizeof summary));
    CHECK_CLOSE(summary.hhi, 1.48, 1e-15);
    crmv_attribute_concentration_free(by);
    alert.share = 1.5;
    CHECK_FAILS(crmv_attribute_concentration_new(values, 4, attribute, CRMV_NEGATIVES_REJECT, &alert, &none), CRMV_SHARE, "1.5");
    CHECK_FAILS(crmv_attribute_concentration_new(with_loss, 4, attribute, CRMV_NEGATIVES_REJECT, NULL, &none), CRMV_NEGATIVE, "row 1");
    CHECK_FAILS(crmv_attribute_concentration_new(values, 3, attribute, CRMV_NEGATIVES_REJECT, NULL, &none), CRMV_LENGTH_MISMATCH, "labels");
    CHECK(crmv_attribute_concentration_new(values, 4, attribute, 9, NULL, &none) == CRMV_INVALID_OPTION && none == NULL);
    crmv_attribute_concentration_free(NULL);
    crmv_labels_free(attribute);
}

static void dilemmas(void) {
    const double revenue[5] = {900, 1000, 50, 40, 30}, margin[5] = {-90, 300, -60, 5, 4}, infinite[5] = {1, 1, INFINITY, 1, 1};
    crmv_dilemma_options options;
    crmv_dilemmas *list = NULL, *read = NULL, *none = NULL;
    crmv_dilemma_summary summary;
    crmv_dilemma row;
    char *json = NULL;
    CHECK_OK(crmv_dilemma_options_init(&options, sizeof options));
    CHECK(options.top == 0.20 && options.avoidable == 1);
    options.top = 0.4;
    options.avoidable = 0.95;
    CHECK_OK(crmv_dilemmas_new(revenue, margin, 5, &options, &list));
    CHECK_OK(crmv_dilemmas_summary(list, &summary, sizeof summary));
    CHECK(summary.customers == 1 && summary.has_smallest_revenue == 1 && summary.smallest_revenue == 900 && summary.total_margin == 159);
    CHECK(summary.total_margin_if_repriced == 249 && summary.total_margin_if_ended == 199.5);
    CHECK_OK(crmv_dilemmas_row(list, 0, &row, sizeof row));
    CHECK(row.row == 0 && row.revenue == 900 && row.margin == -90 && row.price_rise == 0.1);
    CHECK(row.gain_if_repriced == 90 && row.costs_saved == 940.5 && row.gain_if_ended == 40.5);
    CHECK_FAILS(crmv_dilemmas_row(list, 1, &row, sizeof row), CRMV_OUT_OF_RANGE, "dilemma 1");
    CHECK_OK(crmv_dilemmas_to_json(list, &json));
    CHECK_OK(crmv_dilemmas_from_json(json, &read));
    CHECK_OK(crmv_dilemmas_summary(read, &summary, sizeof summary));
    CHECK(summary.total_margin_if_ended == 199.5);
    crmv_string_free(json);
    crmv_dilemmas_free(read);
    crmv_dilemmas_free(list);
    /* By default one of five is large, and it earns. */
    CHECK_OK(crmv_dilemmas_new(revenue, margin, 5, NULL, &list));
    CHECK_OK(crmv_dilemmas_summary(list, &summary, sizeof summary));
    CHECK(summary.customers == 0 && summary.total_margin_if_ended == 159);
    crmv_dilemmas_free(list);
    options.top = 0;
    CHECK_FAILS(crmv_dilemmas_new(revenue, margin, 5, &options, &none), CRMV_SHARE, "0");
    CHECK_FAILS(crmv_dilemmas_new(revenue, infinite, 5, NULL, &none), CRMV_NON_FINITE, "`margin`, row 2");
    CHECK_FAILS(crmv_dilemmas_new(revenue, margin, 0, NULL, &none), CRMV_EMPTY, "revenue");
    CHECK_FAILS(crmv_dilemmas_from_json("{}", &none), CRMV_DESERIALIZE, "dilemma list");
    crmv_dilemmas_free(NULL);
}

static void profiles(void) {
    const double values[4] = {10, 30, 40, 20};
    const char *const channel[4] = {"shop", "web", "web", "shop"}, *const size[4] = {"small", "small", "large", "small"};
    crmv_labels *attribute = labels_of(channel, 4), *segments = labels_of(size, 4);
    crmv_segment_profile *profile = NULL, *read = NULL, *none = NULL;
    crmv_profile_cell cell;
    size_t count = 0;
    double total = 0;
    int32_t found = -1;
    char *json = NULL;
    CHECK_OK(crmv_segment_profile_new(values, 4, segments, attribute, &profile));
    CHECK_OK(crmv_segment_profile_count(profile, &count));
    CHECK_OK(crmv_segment_profile_total(profile, &total));
    CHECK(count == 4 && total == 100);
    CHECK_OK(crmv_segment_profile_find(profile, "web", "large", &found, &cell, sizeof cell));
    CHECK(found == 1 && same(cell.level, "web") && same(cell.segment, "large") && cell.customers == 1 && cell.share_of_segment == 1);
    CHECK(cell.share_of_level == 0.5 && cell.index == 2 && cell.value == 40 && cell.value_share == 0.4 && cell.mean_value == 40);
    CHECK(cell.has_share_of_segment == 1 && cell.has_share_of_level == 1 && cell.has_index == 1 && cell.has_value_share == 1);
    CHECK_OK(crmv_segment_profile_cell(profile, 0, &cell, sizeof cell));
    CHECK(same(cell.level, "shop") && same(cell.segment, "large") && cell.customers == 0 && cell.value == 0 && cell.index == 0);
    CHECK_OK(crmv_segment_profile_find(profile, "web", "huge", &found, &cell, sizeof cell));
    CHECK(found == 0);
    CHECK_FAILS(crmv_segment_profile_cell(profile, 4, &cell, sizeof cell), CRMV_OUT_OF_RANGE, "cell 4");
    CHECK_OK(crmv_segment_profile_to_json(profile, &json));
    CHECK_OK(crmv_segment_profile_from_json(json, &read));
    CHECK_OK(crmv_segment_profile_find(read, "shop", "small", &found, &cell, sizeof cell));
    CHECK(found == 1 && cell.customers == 2 && cell.mean_value == 15);
    CHECK_FAILS(crmv_segment_profile_new(values, 3, segments, attribute, &none), CRMV_LENGTH_MISMATCH, "labels");
    CHECK_FAILS(crmv_segment_profile_from_json("{\"version\":1,\"total\":0,\"cells\":[]}", &none), CRMV_DESERIALIZE, "segment profile");
    crmv_string_free(json);
    crmv_segment_profile_free(read);
    crmv_segment_profile_free(profile);
    crmv_segment_profile_free(NULL);
    crmv_labels_free(attribute);
    crmv_labels_free(segments);
}

static void migrations(void) {
    const uint64_t ids[4] = {1, 2, 3, 4}, later_ids[4] = {2, 1, 4, 5}, twice[4] = {1, 1, 2, 3};
    const char *const labels_before[4] = {"A", "B", "B", "A"}, *const labels_after[4] = {"A", "A", "B", "C"};
    const char *const text_ids[4] = {"2", "1", NULL, "5"};
    crmv_labels *was = labels_of(labels_before, 4), *is = labels_of(labels_after, 4);
    crmv_labelled_customers before, after;
    crmv_segment_migration *migration = NULL, *read = NULL, *none = NULL;
    const uint64_t expected[16] = {1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0};
    uint64_t matrix[16], customers = 9, stayed = 9, entered = 9, left = 9, total_before = 9, total_after = 9;
    double share = 9;
    int32_t has_share = -1;
    size_t count = 0;
    const char *text = NULL;
    char *json = NULL;
    CHECK_OK(crmv_labelled_customers_init(&before, sizeof before));
    CHECK_OK(crmv_labelled_customers_init(&after, sizeof after));
    before.n = after.n = 4;
    before.ids_u64 = ids;
    before.labels = was;
    after.ids_u64 = later_ids;
    after.labels = is;
    CHECK_OK(crmv_segment_migration_new(&before, &after, &migration));
    CHECK_OK(crmv_segment_migration_level_count(migration, &count));
    CHECK_OK(crmv_segment_migration_level(migration, 2, &text));
    CHECK(count == 3 && same(text, "C"));
    CHECK_OK(crmv_segment_migration_matrix(migration, matrix, 16));
    CHECK(memcmp(matrix, expected, sizeof matrix) == 0);
    CHECK_FAILS(crmv_segment_migration_matrix(migration, matrix, 15), CRMV_BUFFER_TOO_SMALL, "16");
    CHECK_OK(crmv_segment_migration_customers(migration, "A", "B", &customers, &share, &has_share));
    CHECK(customers == 1 && share == 0.5 && has_share == 1);
    CHECK_OK(crmv_segment_migration_customers(migration, "B", NULL, &customers, NULL, NULL));
    CHECK(customers == 1);
    CHECK_OK(crmv_segment_migration_customers(migration, NULL, "C", &customers, &share, &has_share));
    CHECK(customers == 1 && share == 1);
    CHECK_OK(crmv_segment_migration_customers(migration, "C", "A", &customers, &share, &has_share));
    CHECK(customers == 0 && share == 0 && has_share == 0);
    CHECK_OK(crmv_segment_migration_totals(migration, "A", &total_before, &total_after));
    CHECK(total_before == 2 && total_after == 2);
    CHECK_OK(crmv_segment_migration_totals(migration, NULL, &total_before, &total_after));
    CHECK(total_before == 4 && total_after == 4);
    CHECK_OK(crmv_segment_migration_summary(migration, &stayed, &entered, &left));
    CHECK(stayed == 1 && entered == 1 && left == 1);
    CHECK_OK(crmv_segment_migration_to_json(migration, &json));
    CHECK_OK(crmv_segment_migration_from_json(json, &read));
    CHECK_OK(crmv_segment_migration_matrix(read, matrix, 16));
    CHECK(memcmp(matrix, expected, sizeof matrix) == 0);
    crmv_string_free(json);

    before.ids_u64 = twice;
    CHECK_FAILS(crmv_segment_migration_new(&before, &after, &none), CRMV_DUPLICATE_CUSTOMER, "customer 1");
    before.ids_u64 = ids;
    after.n = 3;
    CHECK_FAILS(crmv_segment_migration_new(&before, &after, &none), CRMV_LENGTH_MISMATCH, "labels");
    after.n = 4;
    after.ids_text = text_ids;
    CHECK_FAILS(crmv_segment_migration_new(&before, &after, &none), CRMV_INVALID_OPTION, "one of ids_u64");
    after.ids_u64 = NULL;
    CHECK_FAILS(crmv_segment_migration_new(&before, &after, &none), CRMV_MISSING, "row 2");
    after.n = 2;
    CHECK_FAILS(crmv_segment_migration_new(&before, &after, &none), CRMV_LENGTH_MISMATCH, "labels");
    after.ids_text = NULL;
    CHECK(crmv_segment_migration_new(&before, &after, &none) == CRMV_NULL_POINTER && none == NULL);
    const int64_t signed_ids[4] = {1, 2, 3, 4};
    after.n = 4;
    after.ids_i64 = signed_ids;
    CHECK_FAILS(crmv_segment_migration_new(&before, &after, &none), CRMV_WRONG_TYPE, "customer ids after");
    after.labels = NULL;
    CHECK(crmv_segment_migration_new(&before, &after, &none) == CRMV_NULL_POINTER && none == NULL);
    crmv_segment_migration_free(migration);
    crmv_segment_migration_free(read);
    crmv_segment_migration_free(NULL);
    crmv_labels_free(was);
    crmv_labels_free(is);
}

int main(void) {
    labels();
    tier_actions();
    by_attribute();
    dilemmas();
    profiles();
    migrations();
    return check_finish();
}
