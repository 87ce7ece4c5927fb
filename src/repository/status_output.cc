#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "repository/status.h"

namespace repository {

namespace {

using nlohmann::json;
using report::Tone;

constexpr int json_version = 1;

std::string ago(const std::optional<base::Seconds>& age) {
  return age ? base::humanise(*age) : "none";
}

std::string percent(const std::optional<double>& growth) {
  if (!growth) return "";
  return fmt::format("{:+.0f} % a week", (*growth - 1) * 100);
}

// In whatever currency the contract has its prices.
std::string price(double cost) {
  constexpr double least = 0.01;
  return cost > 0 && cost < least ? "less than 0.01" : fmt::format("{:.2f}", cost);
}

report::Line plain(std::string text) {
  return {{std::move(text)}};
}

constexpr double ms = 1000.0;

std::optional<double> rto_seconds(const TierStatus& tier) {
  if (!tier.drilled || !tier.drilled->rto) return std::nullopt;
  return static_cast<double>(tier.drilled->rto->count()) / ms;
}

std::string rto(const TierStatus& tier) {
  return tier.drilled && tier.drilled->rto ? base::humanise(*tier.drilled->rto) : "";
}

std::string drilled(const TierStatus& tier, base::Instant now) {
  if (!tier.drilled) return "never";
  const auto age = std::max(now - tier.drilled->started, base::Instant::duration{0});
  return fmt::format("{}{} ago", tier.drilled->passed() ? "" : "failed ", base::humanise(age));
}

void add_rows(report::Table& table, const TierStatus& tier, base::Instant now) {
  bool first = true;
  for (const TierInStore& found : tier.stores) {
    const bool late = !found.age || *found.age > tier.promise;
    const std::string age = found.reachable ? ago(found.age) : "no answer";
    report::Table::Row row;
    row.cells = {plain(first ? tier.name : ""),
                 plain(first ? base::humanise(tier.promise) : ""),
                 {{found.store}},
                 {{age, late ? Tone::bad : Tone::good}},
                 plain(fmt::format("{}", found.kept)),
                 plain(found.age ? base::human_bytes(found.bytes) : ""),
                 plain(percent(found.growth)),
                 {{first ? drilled(tier, now) : "", tier.drilled && !tier.drilled->passed() ? Tone::bad : Tone::plain}},
                 plain(first ? rto(tier) : "")};
    table.rows.push_back(std::move(row));
    first = false;
  }
}

report::Banner banner(const Status& status) {
  std::vector<std::string> details = status.loss;
  std::size_t broken = 0;
  for (const TierStatus& tier : status.tiers) broken += tier.problems.empty() ? 0 : 1;
  if (broken == 0) return {Tone::good, "EVERY PROMISE IS KEPT", std::move(details)};
  const std::string who = status.tiers.size() == 1
                              ? "THE ONE TIER BREAKS ITS PROMISE"
                              : fmt::format("{} OF {} TIERS BREAK THEIR PROMISE", broken, status.tiers.size());
  return {Tone::bad, who, std::move(details)};
}

report::Bullets bullets(const Status& status) {
  report::Bullets list;
  for (const TierStatus& tier : status.tiers) {
    for (const std::string& problem : tier.problems)
      list.items.push_back({{tier.name, Tone::strong}, {": " + problem}});
  }
  for (const StoreStatus& store : status.stores) {
    if (store.reachable) continue;
    const std::string hint = store.hint.empty() ? "" : " (" + store.hint + ")";
    list.items.push_back({{store.name, Tone::strong}, {": " + store.failure + hint}});
  }
  for (const std::string& note : status.notes) list.items.push_back({{note, Tone::muted}});
  return list;
}

json seconds_or_null(const std::optional<base::Seconds>& seconds) {
  return seconds ? json(seconds->count()) : json(nullptr);
}

json text_or_null(const std::string& text) {
  return text.empty() ? json(nullptr) : json(text);
}

json to_json_value(const TierStatus& tier) {
  json stores = json::array();
  for (const TierInStore& found : tier.stores) {
    stores.push_back({{"name", found.store},
                      {"reachable", found.reachable},
                      {"actual_s", seconds_or_null(found.age)},
                      {"last", text_or_null(found.newest)},
                      {"bytes", found.bytes},
                      {"kept", found.kept},
                      {"growth", found.growth ? json(*found.growth) : json(nullptr)}});
  }
  json drill = nullptr;
  if (tier.drilled) {
    drill = {{"point", tier.drilled->point},
             {"at", base::to_rfc3339(tier.drilled->started)},
             {"passed", tier.drilled->passed()},
             {"rto_s", rto_seconds(tier) ? json(*rto_seconds(tier)) : json(nullptr)}};
  }
  return {{"name", tier.name},
          {"what", contract::name(tier.what)},
          {"promise_s", tier.promise.count()},
          {"actual_s", seconds_or_null(tier.actual())},
          {"kept", tier.kept()},
          {"last", text_or_null(tier.last())},
          {"drilled", std::move(drill)},
          {"stores", std::move(stores)},
          {"problems", tier.problems}};
}

class Metrics {
 public:
  void family(std::string_view name, std::string_view help) {
    text_ += fmt::format("# HELP pgrehearse_{} {}\n# TYPE pgrehearse_{} gauge\n", name, help, name);
  }
  template <typename Value>
  void sample(std::string_view name, std::string_view labels, Value value) {
    text_ += fmt::format("pgrehearse_{}{{{}}} {}\n", name, labels, value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

report::Document to_document(const Status& status) {
  report::Document document{.title = "pgrehearse status"};
  document.blocks.emplace_back(banner(status));
  report::Table table;
  table.columns = {{"tier"},
                   {"promise", report::Align::right},
                   {"store"},
                   {"newest", report::Align::right},
                   {"kept", report::Align::right},
                   {"size", report::Align::right},
                   {"growth", report::Align::right},
                   {"drilled"},
                   {"rto", report::Align::right}};
  for (const TierStatus& tier : status.tiers) add_rows(table, tier, status.now);
  document.blocks.emplace_back(std::move(table));
  if (auto list = bullets(status); !list.items.empty()) document.blocks.emplace_back(std::move(list));
  report::Pairs stores;
  for (const StoreStatus& store : status.stores) {
    std::string size = store.reachable ? base::human_bytes(store.bytes) : "does not answer";
    if (store.cost) size += fmt::format(", {} a month by its price_per_gb", price(*store.cost));
    stores.items.push_back({store.name, plain(fmt::format("{}: {}", store.url, size))});
  }
  document.blocks.emplace_back(std::move(stores));
  return document;
}

std::string to_json(const Status& status) {
  json tiers = json::array();
  for (const TierStatus& tier : status.tiers) tiers.push_back(to_json_value(tier));
  json stores = json::array();
  for (const StoreStatus& store : status.stores) {
    stores.push_back({{"name", store.name},
                      {"url", store.url},
                      {"reachable", store.reachable},
                      {"failure", text_or_null(store.failure)},
                      {"bytes", store.bytes},
                      {"cost", store.cost ? json(*store.cost) : json(nullptr)}});
  }
  const json whole = {{"version", json_version},     {"kept", status.kept()}, {"tiers", std::move(tiers)},
                      {"stores", std::move(stores)}, {"loss", status.loss},   {"notes", status.notes}};
  return whole.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string to_prometheus(const Status& status) {
  Metrics metrics;
  const auto labels = [](const TierStatus& tier, const TierInStore& found) {
    return fmt::format(R"(tier="{}",store="{}")", tier.name, found.store);  // plain names: see parse_backups.cc
  };
  metrics.family("rpo_promised_seconds", "What the contract allows a tier to lose.");
  for (const TierStatus& tier : status.tiers)
    metrics.sample("rpo_promised_seconds", fmt::format(R"(tier="{}")", tier.name), tier.promise.count());
  metrics.family("rpo_actual_seconds", "Age of the newest good recovery point; absent where there is none.");
  for (const TierStatus& tier : status.tiers) {
    for (const TierInStore& found : tier.stores) {
      if (found.age) metrics.sample("rpo_actual_seconds", labels(tier, found), found.age->count());
    }
  }
  metrics.family("recovery_points", "Good recovery points.");
  for (const TierStatus& tier : status.tiers) {
    for (const TierInStore& found : tier.stores) metrics.sample("recovery_points", labels(tier, found), found.kept);
  }
  metrics.family("growth_ratio", "The newest point's size by that of the one a week before; absent without one.");
  for (const TierStatus& tier : status.tiers) {
    for (const TierInStore& found : tier.stores) {
      if (found.growth) metrics.sample("growth_ratio", labels(tier, found), *found.growth);
    }
  }
  metrics.family("promise_kept", "1 where a tier keeps every promise.");
  for (const TierStatus& tier : status.tiers)
    metrics.sample("promise_kept", fmt::format(R"(tier="{}")", tier.name), tier.problems.empty() ? 1 : 0);
  metrics.family("drill_timestamp_seconds", "When a restore was last drilled; absent where it never was.");
  for (const TierStatus& tier : status.tiers) {
    if (!tier.drilled) continue;
    const auto when = std::chrono::duration_cast<base::Seconds>(tier.drilled->started.time_since_epoch());
    metrics.sample("drill_timestamp_seconds",
                   fmt::format(R"(tier="{}",passed="{}")", tier.name, tier.drilled->passed() ? 1 : 0), when.count());
  }
  metrics.family("drill_rto_seconds", "How long the last drill took until the restored server answered.");
  for (const TierStatus& tier : status.tiers) {
    if (const auto rto = rto_seconds(tier))
      metrics.sample("drill_rto_seconds", fmt::format(R"(tier="{}")", tier.name), *rto);
  }
  metrics.family("store_up", "1 where the store answers.");
  for (const StoreStatus& store : status.stores)
    metrics.sample("store_up", fmt::format(R"(store="{}")", store.name), store.reachable ? 1 : 0);
  metrics.family("store_bytes", "Bytes of all recovery points.");
  for (const StoreStatus& store : status.stores) {
    if (store.reachable) metrics.sample("store_bytes", fmt::format(R"(store="{}")", store.name), store.bytes);
  }
  metrics.family("store_cost_per_month", "What they cost; absent where the contract states no price.");
  for (const StoreStatus& store : status.stores) {
    if (store.cost) metrics.sample("store_cost_per_month", fmt::format(R"(store="{}")", store.name), *store.cost);
  }
  return metrics.take();
}

std::string to_nagios(const Status& status) {
  std::vector<std::string> problems;
  std::vector<std::string> figures;
  for (const TierStatus& tier : status.tiers) {
    for (const std::string& problem : tier.problems) problems.push_back(tier.name + ": " + problem);
    if (const auto actual = tier.actual())
      figures.push_back(fmt::format("{}={}s;;{}", tier.name, actual->count(), tier.promise.count()));
    if (const auto rto = rto_seconds(tier)) figures.push_back(fmt::format("{}_rto={}s", tier.name, *rto));
  }
  // A bar begins the figures, and a line ends the answer.
  std::string said = problems.empty() ? fmt::format("{} tiers keep their promise", status.tiers.size())
                                      : fmt::format("{}", fmt::join(problems, "; "));
  std::replace(said.begin(), said.end(), '|', '/');
  return fmt::format("PGREHEARSE {} - {} | {}\n", problems.empty() ? "OK" : "CRITICAL", base::one_line(said, 900),
                     fmt::join(figures, " "));
}

}  // namespace repository
