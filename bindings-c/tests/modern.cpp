// The header from C++17: owned by smart pointers, no casts, no leaks.
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "check.h"

template <auto Free> struct Deleter {
    template <class T> void operator()(T *handle) const { Free(handle); }
};
template <class T, auto Free> using Handle = std::unique_ptr<T, Deleter<Free>>;

using Transactions = Handle<crmv_transactions, crmv_transactions_free>;
using Customers = Handle<crmv_customers, crmv_customers_free>;
using PurchaseModel = Handle<crmv_purchase_model, crmv_purchase_model_free>;
using SpendModel = Handle<crmv_spend_model, crmv_spend_model_free>;
using Concentration = Handle<crmv_concentration, crmv_concentration_free>;
using Text = Handle<char, crmv_string_free>;

template <class H, class Make> static H made(Make make) {
    typename H::pointer handle = nullptr;
    CHECK_OK(make(&handle));
    return H(handle);
}

static_assert(std::is_same_v<crmv_status, std::int32_t>);
static_assert(std::is_trivially_copyable_v<crmv_clv_options> && std::is_standard_layout_v<crmv_clv_options>);
static_assert(sizeof(crmv_discount) == 24, "a frozen struct");

int main(int argc, char **argv) {
    check_log rows = check_read_log(argc, argv);
    std::int32_t end = check_day(1997, 9, 30);
    auto log = made<Transactions>([&](auto out) { return crmv_transactions_from_columns(rows.ids, rows.days, rows.amounts, rows.n, out); });
    check_log_free(&rows);
    auto customers = made<Customers>([&](auto out) { return crmv_transactions_summarize(log.get(), CRMV_UNIT_WEEK, &end, out); });
    auto purchases = made<PurchaseModel>([&](auto out) { return crmv_bg_nbd_fit(customers.get(), nullptr, out); });
    auto spend = made<SpendModel>([&](auto out) { return crmv_gamma_gamma_fit(customers.get(), nullptr, out); });
    std::size_t n = 0;
    CHECK_OK(crmv_customers_count(customers.get(), &n));
    CHECK(n == 2357);

    std::vector<double> alive(n), value(n);
    CHECK_OK(crmv_purchase_model_probability_alive(purchases.get(), customers.get(), alive.data(), alive.size()));
    crmv_clv_options options;
    CHECK_OK(crmv_clv_options_init(&options, sizeof options));
    options.margin = 0.30;
    CHECK_OK(crmv_clv_predictive(purchases.get(), spend.get(), customers.get(), &options, value.data(), value.size()));
    bool sane = true;
    for (std::size_t i = 0; i < n; i++) sane = sane && 0 <= alive[i] && alive[i] <= 1 && value[i] > 0;
    CHECK(sane);

    auto concentration = made<Concentration>([&](auto out) { return crmv_concentration_new(value.data(), n, CRMV_NEGATIVES_REJECT, out); });
    double gini = 0;
    CHECK_OK(crmv_concentration_gini(concentration.get(), &gini));
    CHECK(gini > 0 && gini < 1);

    // A monitor that is a captureless lambda with C++ data.
    std::vector<std::size_t> path;
    crmv_fit_options watched;
    CHECK_OK(crmv_fit_options_init(&watched, sizeof watched));
    watched.monitor_data = &path;
    watched.monitor = [](void *data, std::size_t iteration, double) -> std::int32_t {
        static_cast<std::vector<std::size_t> *>(data)->push_back(iteration);
        return 0;
    };
    auto again = made<PurchaseModel>([&](auto out) { return crmv_bg_nbd_fit(customers.get(), &watched, out); });
    bool rising = path.size() > 1;
    for (std::size_t i = 1; i < path.size(); i++) rising = rising && path[i] >= path[i - 1];
    CHECK(rising);

    Text json = made<Text>([&](auto out) { return crmv_purchase_model_to_json(purchases.get(), out); });
    CHECK(std::string(json.get()).find("BG/NBD") != std::string::npos);
    CHECK_FAILS(crmv_purchase_model_from_json("no json", nullptr), CRMV_NULL_POINTER, "`out`");
    return check_finish();
}
