#include "forecast/document.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "forecast/stretches.h"

namespace forecast {

namespace {

using report::Align;
using report::Line;
using report::Span;
using report::Tone;

constexpr std::size_t stretches_shown = 24;

Span plain(std::string text) {
  return {std::move(text), Tone::plain, false};
}
Span muted(std::string text) {
  return {std::move(text), Tone::muted, false};
}

// What is to be done where a rule is broken; the rules of one kind have one answer.
struct Advice {
  std::array<const char*, 4> rules;
  const char* sentence;
};
constexpr std::array<Advice, 6> advices = {{
    {{"protected-deleted", "protected-cascaded"}, "Delete by what a row is, not by its id"},
    {{"protected-upserted", "population-rewritten", "identity-rewritten"},
     "Use a plain INSERT, which fails loudly where the id is taken, and never change a row's id or population"},
    {{"sequence-jump", "sequence-back"}, "Never set a sequence from rows: on a unique violation draw again, or fail"},
    {{"sequence-into-population", "outside-id-space"},
     "Put the sequence back into its population's id space, and give others an id space that it cannot reach"},
    {{"script-failed", "transaction-left-open", "over-budget"}, "Mend the script, and forecast again"},
    {{"probe-failed"}, "Find what stands in its way: people who sign up that night would meet the same error"},
}};

// " WHERE auth_source = 'test'", of the table that a finding names, else of the contract's first.
Span population_clause(const Forecast& forecast, const std::vector<Finding>& findings) {
  auto table = forecast.covered.begin();
  for (const Finding& finding : findings) {
    const auto named = forecast.covered.find(finding.what.table);
    if (named != forecast.covered.end()) table = named;
  }
  if (table == forecast.covered.end() || table->second.disposable.empty()) return plain("");
  return {fmt::format(": WHERE {} = '{}'", table->second.population, table->second.disposable), Tone::plain, true};
}

// Who asks for disposable rows already is not helped by being told to.
bool asks_already(const Forecast& forecast, const Finding& finding) {
  return std::any_of(forecast.covered.begin(), forecast.covered.end(), [&](const auto& covered) {
    const auto& table = covered.second;
    return !table.disposable.empty() &&
           base::contains_ignoring_case(finding.words, base::lower_case(table.population)) &&
           finding.words.find("'" + table.disposable + "'") != std::string::npos;
  });
}

Line advice_on_deleting(const Forecast& forecast, const std::vector<Finding>& findings) {
  const bool asked = std::any_of(findings.begin(), findings.end(),
                                 [&](const Finding& finding) { return asks_already(forecast, finding); });
  if (!asked) return {plain(advices.front().sentence), population_clause(forecast, findings)};
  return {
      plain("The script asks for disposable rows already, and a protected one was among them or hung on one: find out "
            "what made it one of them (an upsert does it without a word), or what ties it to one")};
}

void add_advice(const Forecast& forecast, report::Document& document) {
  const std::vector<Finding>& findings = forecast.nights.back().findings;
  report::Bullets bullets;
  for (const Advice& advice : advices) {
    const bool applies = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
      return std::any_of(advice.rules.begin(), advice.rules.end(),
                         [&](const char* rule) { return rule && finding.what.rule == rule; });
    });
    if (!applies) continue;
    bullets.items.push_back(&advice == &advices.front() ? advice_on_deleting(forecast, findings)
                                                        : Line{plain(advice.sentence)});
  }
  if (bullets.items.empty()) return;
  document.blocks.emplace_back(report::Heading{2, "What to do"});
  document.blocks.emplace_back(std::move(bullets));
}

// "first oauth row of public.users deleted: id = -91111102"
std::string first_row(const Forecast& forecast, const Finding& finding, const char* what) {
  const auto table = forecast.covered.find(finding.what.table);
  const bool unpopulated = finding.what.population == rehearse::no_population;
  return fmt::format("first {} {}, {}{} = {}{}", unpopulated ? "row without a population" : "real row", what,
                     finding.what.table, table == forecast.covered.end() ? "" : "." + table->second.id,
                     finding.what.ids.front(), unpopulated ? "" : fmt::format(" ({})", finding.what.population));
}

// The worst, and of those of its rule one about a row that says whose it is.
const Finding& gravest(const std::vector<Finding>& findings) {
  const auto named = std::find_if(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.what.rule == findings.front().what.rule && finding.what.population != rehearse::no_population;
  });
  return named == findings.end() ? findings.front() : *named;
}

std::string headline_of(const Forecast& forecast, const Finding& finding) {
  const std::string& rule = finding.what.rule;
  if (!finding.what.ids.empty()) {
    if (rule == "protected-deleted") return first_row(forecast, finding, "deleted");
    if (rule == "protected-cascaded") return first_row(forecast, finding, "deleted by cascade");
    if (rule == "protected-upserted") return first_row(forecast, finding, "rewritten by an upsert");
  }
  if (rule == "script-failed") return "the script fails";
  if (rule == "probe-failed") return fmt::format("the probe “{}” fails", finding.what.table);
  if (rule == "over-budget") return "more rows change than the budget allows";
  return finding.what.message;
}

std::string scripts_of(const Forecast& forecast) {
  std::vector<std::string> names;
  for (const rehearse::ScriptFile& script : forecast.scripts) names.push_back(script.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string night_of(const Forecast& forecast) {
  std::vector<std::string> parts;
  for (const ProbeNight& probe : forecast.nights.front().probes) {
    parts.push_back(fmt::format("{} × “{}”", base::with_commas(probe.runs), probe.name));
  }
  return fmt::format("a night is {}, then {}", fmt::join(parts, ", "), scripts_of(forecast));
}

report::Banner banner(const Forecast& forecast) {
  const int last = forecast.nights.back().number;
  if (!forecast.breaks()) {
    return {Tone::good,
            fmt::format("HOLDS for {}", base::count_of(last, "night")),
            {night_of(forecast), "production was not touched"}};
  }
  report::Banner banner{Tone::bad,
                        fmt::format("BREAKS in night {} — {}", base::with_commas(last),
                                    headline_of(forecast, gravest(forecast.nights.back().findings))),
                        {night_of(forecast)}};
  if (last > 1) {
    banner.details.push_back(fmt::format("{} before it kept the contract", base::count_of(last - 1, "night")));
  }
  banner.details.emplace_back("production was not touched");
  return banner;
}

void add_findings(const std::vector<Finding>& findings, report::Document& document) {
  if (findings.empty()) return;
  document.blocks.emplace_back(report::Heading{2, "Why"});
  report::Bullets bullets;
  for (const Finding& finding : findings) {
    Line line{plain(finding.what.message), {"  " + finding.what.rule, Tone::bad, false}};
    if (finding.by == By::script && finding.line > 0 && finding.what.rule != "script-failed") {
      line.push_back(muted(fmt::format("  {}:{}  ", finding.file, finding.line)));
      line.push_back({finding.words, Tone::muted, true});
    } else if (finding.by == By::probe && finding.what.rule != "probe-failed") {
      line.push_back(muted("  " + (finding.file.empty() ? "by the probes" : "by the " + finding.file)));
    }
    bullets.items.push_back(std::move(line));
  }
  document.blocks.emplace_back(std::move(bullets));
}

std::string nights_text(const Stretch& stretch) {
  if (stretch.from == stretch.to) return base::with_commas(stretch.from);
  return fmt::format("{}–{}", base::with_commas(stretch.from), base::with_commas(stretch.to));
}

Span range_span(const Range& range) {
  if (range.most == 0) return muted("·");
  if (range.least == range.most) return plain(base::with_commas(range.most));
  return plain(fmt::format("{}–{}", base::with_commas(range.least), base::with_commas(range.most)));
}

Line landing_line(const Stretch& stretch) {
  std::vector<std::string> parts;
  for (std::size_t index = 0; index < stretch.first->probes.size(); ++index) {
    const ProbeNight& from = stretch.first->probes[index];
    const ProbeNight& to = stretch.last->probes[index];
    if (!from.first || !to.last) continue;
    parts.push_back(from.first->id == to.last->id ? from.first->id
                                                  : fmt::format("{} … {}", from.first->id, to.last->id));
  }
  if (parts.empty()) return {muted("·")};
  return {plain(fmt::format("{}", fmt::join(parts, "; ")))};
}

Line change_line(const Stretch& stretch, bool broken) {
  if (stretch.begun.empty() && stretch.ended.empty()) {
    return {muted(stretch.from == 1 ? "nothing changes" : "the same")};
  }
  Line line;
  if (!stretch.begun.empty()) {
    line.push_back({fmt::format("{}", fmt::join(stretch.begun, ", ")), broken ? Tone::bad : Tone::plain, false});
  }
  if (!stretch.ended.empty()) {
    line.push_back(muted(fmt::format("{}no longer {}", line.empty() ? "" : "; ", fmt::join(stretch.ended, ", "))));
  }
  return line;
}

void add_nights(const Forecast& forecast, report::Document& document) {
  document.blocks.emplace_back(report::Heading{2, "Night by night"});
  report::Table table{.columns = {{"night", Align::right},
                                  {"probes land at", Align::left, true},
                                  {"inserted", Align::right},
                                  {"updated", Align::right},
                                  {"deleted", Align::right},
                                  {"what the scripts do", Align::left, true}},
                      .rows = {}};
  const std::vector<Stretch> stretches = stretches_of(forecast.nights);
  const std::size_t shown = std::min(stretches.size(), stretches_shown);
  for (std::size_t index = 0; index < stretches.size(); ++index) {
    // The last one is where it ends: it is always shown.
    if (index + 1 >= shown && index + 1 < stretches.size()) continue;
    const Stretch& stretch = stretches[index];
    const bool broken = forecast.breaks() && index + 1 == stretches.size();
    table.rows.push_back({{{{nights_text(stretch), broken ? Tone::bad : Tone::strong, false}},
                           landing_line(stretch),
                           {range_span(stretch.inserted)},
                           {range_span(stretch.updated)},
                           {range_span(stretch.deleted)},
                           change_line(stretch, broken)},
                          0});
  }
  document.blocks.emplace_back(std::move(table));
  if (stretches.size() > shown) {
    document.blocks.emplace_back(report::Paragraph{
        {muted(fmt::format("{} left out before the last, all in the JSON",
                           base::count_of(static_cast<std::int64_t>(stretches.size() - shown), "change")))}});
  }
}

std::string per_night(double rate) {
  return rate == static_cast<double>(static_cast<std::int64_t>(rate))
             ? base::with_commas(static_cast<std::int64_t>(rate))
             : fmt::format("{:.2f}", rate);
}

// "public.web_user_id_seq moves 12 a night and would reach the space of test in night 4,211, at -91111501"
Line reach_line(const SequenceTrend& trend) {
  Line line{plain(fmt::format("{} moves {} a night", trend.sequence, per_night(trend.per_night)))};
  if (!trend.reach) {
    line.push_back(plain(", and leaves its id space in none of the next hundred years"));
    return line;
  }
  const std::string& other = trend.reach->population;
  line.push_back({fmt::format(" and would reach {} in night {}, at {}",
                              other.empty() ? "the end of its id space" : "the id space of " + other,
                              base::with_commas(trend.reach->night), trend.reach->id),
                  Tone::warning, false});
  line.push_back(muted("  extrapolated, not run"));
  return line;
}

void add_sequences(const Forecast& forecast, report::Document& document) {
  if (forecast.trends.sequences.empty()) return;
  document.blocks.emplace_back(report::Heading{2, "Sequences"});
  report::Table table{.columns = {{"sequence", Align::left},
                                  {"next, at first", Align::right},
                                  {"in the end", Align::right},
                                  {"a night", Align::right},
                                  {"mints for", Align::left}},
                      .rows = {}};
  for (const SequenceTrend& trend : forecast.trends.sequences) {
    table.rows.push_back({{{{trend.sequence, Tone::strong, false}},
                           {plain(std::to_string(trend.first))},
                           {plain(std::to_string(trend.next))},
                           {plain(per_night(trend.per_night))},
                           {trend.population.empty() ? muted("·") : plain(trend.population)}},
                          0});
  }
  document.blocks.emplace_back(std::move(table));
}

void add_trends(const Forecast& forecast, report::Document& document) {
  if (forecast.breaks()) return;
  document.blocks.emplace_back(report::Heading{2, "How far things moved"});
  report::Bullets bullets;
  const rehearse::Counts& touched = forecast.trends.protected_rows;
  bullets.items.push_back(
      {plain(touched.deleted + touched.updated == 0
                 ? "no protected row was touched by the scripts"
                 : fmt::format("protected rows touched by the scripts: {} updated, {} deleted",
                               base::with_commas(touched.updated), base::with_commas(touched.deleted)))});
  for (const SequenceTrend& trend : forecast.trends.sequences) {
    if (!trend.population.empty()) bullets.items.push_back(reach_line(trend));
  }
  for (const DeletionTrend& trend : forecast.trends.deletions) {
    const bool grows = trend.last > trend.first && forecast.nights.size() > 1;
    bullets.items.push_back(
        {plain(fmt::format("{} of {} deleted in all: {} in the first night, {} in the last, {} at most{}",
                           base::count_of(trend.total, "row"), trend.table, base::with_commas(trend.first),
                           base::with_commas(trend.last), base::with_commas(trend.most), grows ? " — it grows" : ""))});
  }
  document.blocks.emplace_back(std::move(bullets));
}

void add_notes(const Forecast& forecast, report::Document& document) {
  if (forecast.notes.empty()) return;
  document.blocks.emplace_back(report::Heading{2, "Not seen, or different from the source"});
  report::Bullets bullets;
  for (const std::string& note : forecast.notes) bullets.items.push_back({plain(note)});
  document.blocks.emplace_back(std::move(bullets));
}

void add_origin(const Forecast& forecast, report::Document& document) {
  document.blocks.emplace_back(report::Heading{2, "Where this comes from"});
  report::Pairs pairs;
  pairs.items.emplace_back(
      "source",
      Line{plain(fmt::format("{} (PostgreSQL {}, as {})", forecast.source, forecast.server_major, forecast.role))});
  pairs.items.emplace_back(
      "image", Line{plain(fmt::format("{}, taken {}", forecast.image, base::to_rfc3339(forecast.image_taken)))});
  pairs.items.emplace_back("contract", Line{plain(forecast.contract_file)});
  pairs.items.emplace_back(
      "nights", Line{plain(fmt::format("{} of {}, in {}", base::with_commas(forecast.nights.back().number),
                                       base::with_commas(forecast.nights_asked), base::humanise(forecast.took)))});
  document.blocks.emplace_back(std::move(pairs));
}

}  // namespace

report::Document to_document(const Forecast& forecast) {
  report::Document document{.title = "Forecast of " + scripts_of(forecast), .blocks = {}};
  document.blocks.emplace_back(report::Heading{1, document.title});
  document.blocks.emplace_back(banner(forecast));
  add_findings(forecast.nights.back().findings, document);
  add_advice(forecast, document);
  add_nights(forecast, document);
  add_sequences(forecast, document);
  add_trends(forecast, document);
  add_notes(forecast, document);
  add_origin(forecast, document);
  return document;
}

}  // namespace forecast
