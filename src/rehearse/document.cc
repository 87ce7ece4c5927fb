#include "rehearse/document.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <map>

#include "base/text.h"
#include "changeset/file.h"
#include "changeset/tuple.h"
#include "rehearse/application.h"

namespace rehearse {

namespace {

using report::Align;
using report::Line;
using report::Span;
using report::Tone;

constexpr std::size_t statements_shown = 50;
constexpr std::size_t catalog_shown = 40;
constexpr std::size_t rows_shown = 10;
constexpr std::size_t value_width = 60;

Span plain(std::string text) {
  return {std::move(text), Tone::plain, false};
}
Span muted(std::string text) {
  return {std::move(text), Tone::muted, false};
}

Span number(std::int64_t count, Tone tone = Tone::plain) {
  return count == 0 ? muted("·") : Span{base::with_commas(count), tone, false};
}

std::string joined(const std::vector<std::string>& ids, std::int64_t total) {
  return fmt::format("{}{}", fmt::join(ids, ", "), total > static_cast<std::int64_t>(ids.size()) ? ", …" : "");
}

std::string where(const std::string& file, int line) {
  return line ? fmt::format("{}:{}", file, line) : file;
}

// "−10 +2 ~3" would be terse; ids of the kind that matters most are what people look for.
Line samples(const Samples& samples, const Counts& counts) {
  if (!samples.deleted.empty()) return {muted(joined(samples.deleted, counts.deleted))};
  if (!samples.updated.empty()) return {muted(joined(samples.updated, counts.updated))};
  if (!samples.inserted.empty()) return {muted(joined(samples.inserted, counts.inserted))};
  return {};
}

Line table_name(const TableEffect& effect) {
  Line line{{effect.table, Tone::strong, false}};
  if (effect.root != effect.table) line.push_back(muted(" of " + effect.root));
  if (effect.truncated) line.push_back({" truncated", Tone::warning, false});
  if (effect.via == Via::cascade) line.push_back(muted(" by cascade"));
  if (effect.via == Via::trigger) line.push_back(muted(" by trigger"));
  return line;
}

report::Table effects_table(const std::vector<TableEffect>& effects) {
  report::Table table{.columns = {{"table", Align::left},
                                  {"inserted", Align::right},
                                  {"updated", Align::right},
                                  {"deleted", Align::right},
                                  {"ids", Align::left}},
                      .rows = {}};
  for (const TableEffect& effect : effects) {
    const Counts& counts = effect.counts;
    table.rows.push_back({{table_name(effect),
                           {number(counts.inserted)},
                           {number(counts.updated)},
                           {number(counts.deleted)},
                           samples(effect.samples, counts)},
                          0});
    for (const PopulationEffect& population : effect.populations) {
      const Tone tone = population.is_protected && population.counts.deleted > 0 ? Tone::bad : Tone::plain;
      table.rows.push_back({{{{population.name, tone, false}, muted(population.is_protected ? "" : " disposable")},
                             {number(population.counts.inserted)},
                             {number(population.counts.updated)},
                             {number(population.counts.deleted, tone)},
                             {}},
                            1});
    }
  }
  return table;
}

report::Banner banner(const Plan& plan) {
  const Counts totals = plan.totals();
  const std::string sum =
      fmt::format("{} deleted, {} updated, {} inserted in {}", base::count_of(totals.deleted, "row"),
                  base::with_commas(totals.updated), base::with_commas(totals.inserted),
                  base::count_of(static_cast<std::int64_t>(plan.effects.size()), "table"));
  if (plan.verdict() == Verdict::breaks) {
    const char* verdict = plan.contract_file.empty() ? "DO NOT RUN IT" : "BREAKS THE CONTRACT";
    return {Tone::bad,
            fmt::format("{} — {}", verdict, base::count_of(static_cast<std::int64_t>(plan.findings.size()), "finding")),
            {sum, "production was not touched"}};
  }
  return {Tone::good,
          plan.contract_file.empty() ? "NOTHING FOUND AGAINST IT — no contract was given" : "KEEPS THE CONTRACT",
          {sum, "production was not touched"}};
}

void add_findings(const Plan& plan, report::Document& document) {
  if (plan.findings.empty()) return;
  document.blocks.emplace_back(report::Heading{2, "Why"});
  std::map<int, std::string> places;
  for (const StatementEffect& statement : plan.statements) {
    places[statement.number] = where(statement.file, statement.line);
  }
  report::Bullets bullets;
  for (const Finding& finding : plan.findings) {
    Line line{{finding.message, Tone::plain, false}, {"  " + finding.rule, Tone::bad, false}};
    const auto place = places.find(finding.statement);
    if (place != places.end() && finding.rule != "script-failed") line.push_back(muted("  " + place->second));
    bullets.items.push_back(std::move(line));
  }
  document.blocks.emplace_back(std::move(bullets));
}

Line upsert_line(const UpsertEffect& upsert) {
  std::vector<std::string> populations;
  bool hurts = false;
  for (const PopulationEffect& population : upsert.populations) {
    populations.push_back(fmt::format("{} {}", base::with_commas(population.counts.updated), population.name));
    hurts |= population.is_protected;
  }
  Line line{{fmt::format("an upsert rewrote {} of {}", base::count_of(upsert.rows, "existing row"), upsert.table),
             hurts ? Tone::bad : Tone::plain, false}};
  if (!populations.empty()) line.push_back(plain(fmt::format(" ({})", fmt::join(populations, ", "))));
  line.push_back(plain(fmt::format(": {}", fmt::join(upsert.columns, ", "))));
  if (!upsert.ids.empty()) line.push_back(muted("  " + joined(upsert.ids, upsert.rows)));
  return line;
}

void add_statements(const Plan& plan, report::Document& document) {
  if (plan.statements.empty()) return;
  document.blocks.emplace_back(report::Heading{2, "Statement by statement"});
  std::size_t shown = 0, silent = 0;
  for (const StatementEffect& statement : plan.statements) {
    if (statement.effects.empty()) {
      ++silent;
      continue;
    }
    if (++shown > statements_shown) continue;
    report::Section section{.summary = {{fmt::format("{}  ", statement.number), Tone::strong, false},
                                        {where(statement.file, statement.line) + "  ", Tone::muted, false},
                                        {statement.words, Tone::plain, true}},
                            .open = shown <= 10,
                            .blocks = {}};
    section.blocks.emplace_back(effects_table(statement.effects));
    if (!statement.upserts.empty()) {
      report::Bullets bullets;
      for (const UpsertEffect& upsert : statement.upserts) bullets.items.push_back(upsert_line(upsert));
      section.blocks.emplace_back(std::move(bullets));
    }
    document.blocks.emplace_back(std::move(section));
  }
  const auto say = [&](const char* text, std::size_t count) {
    if (count == 0) return;
    const std::string statements = base::count_of(static_cast<std::int64_t>(count), "statement");
    document.blocks.emplace_back(report::Paragraph{{muted(fmt::format(fmt::runtime(text), statements))}});
  };
  say("… and {} more, in the JSON", shown > statements_shown ? shown - statements_shown : 0);
  say("{} left no row changed", silent);
}

void add_sequences(const Plan& plan, report::Document& document) {
  if (plan.sequences.empty()) return;
  document.blocks.emplace_back(report::Heading{2, "Sequences moved"});
  report::Table table{.columns = {{"sequence", Align::left},
                                  {"before", Align::right},
                                  {"after", Align::right},
                                  {"next", Align::right},
                                  {"rows", Align::right}},
                      .rows = {}};
  const auto value = [](const std::optional<std::int64_t>& v) {
    return v ? plain(std::to_string(*v)) : muted("not drawn");
  };
  for (const SequenceMove& move : plan.sequences) {
    table.rows.push_back({{{{move.name, Tone::strong, false}},
                           {value(move.before)},
                           {value(move.after)},
                           {plain(std::to_string(move.next))},
                           {number(move.rows)}},
                          0});
  }
  document.blocks.emplace_back(std::move(table));
}

void add_catalog(const Plan& plan, report::Document& document) {
  if (plan.catalog.empty()) return;
  document.blocks.emplace_back(report::Heading{2, "Catalog changes"});
  report::Bullets bullets;
  for (const CatalogChange& change : plan.catalog) {
    if (bullets.items.size() == catalog_shown) {
      bullets.items.push_back({muted(fmt::format("… and {} more", plan.catalog.size() - catalog_shown))});
      break;
    }
    const auto kind = change.kind;
    const Tone tone = kind == CatalogChange::Kind::dropped ? Tone::warning : Tone::plain;
    const char* verb = kind == CatalogChange::Kind::added     ? "added  "
                       : kind == CatalogChange::Kind::dropped ? "dropped  "
                                                              : "changed  ";
    bullets.items.push_back({muted(verb), {change.object, tone, false}});
  }
  document.blocks.emplace_back(std::move(bullets));
}

void add_probes(const Plan& plan, report::Document& document) {
  if (plan.probes.empty()) return;
  document.blocks.emplace_back(report::Heading{2, "Probes: what must still work"});
  report::Bullets bullets;
  for (const ProbeResult& probe : plan.probes) {
    Line line{{probe.name, Tone::strong, false}};
    if (!probe.error.empty()) {
      line.push_back({" fails: " + probe.error, Tone::bad, false});
    } else if (probe.landed.empty()) {
      line.push_back(plain(" works"));
    }
    for (const Landing& landing : probe.landed) {
      line.push_back(plain(fmt::format(" lands at {} = {}", landing.table, landing.id)));
      line.push_back(muted(fmt::format(" ({})", landing.population)));
    }
    bullets.items.push_back(std::move(line));
  }
  document.blocks.emplace_back(std::move(bullets));
}

std::string shown_value(const changeset::Value& value) {
  return value ? base::one_line(*value, value_width) : "NULL";
}

Line row_line(const changeset::Relation& relation, const changeset::Change& change) {
  const bool inserted = change.op == changeset::Op::insert;
  const auto values = changeset::values_of(inserted ? change.after : change.before);
  const auto after = inserted || change.op == changeset::Op::erase ? values : changeset::values_of(change.after);
  const char* sign = inserted ? "+ " : change.op == changeset::Op::erase ? "− " : "~ ";
  Line line{{sign, inserted ? Tone::good : change.op == changeset::Op::erase ? Tone::bad : Tone::warning, true}};
  for (std::size_t i = 0; i < relation.columns.size() && i < values.size(); ++i) {
    line.push_back({relation.columns[i].name + "=", Tone::muted, true});
    line.push_back({shown_value(values[i]), Tone::plain, true});
    if (i < after.size() && after[i] != values[i]) line.push_back({" → " + shown_value(after[i]), Tone::warning, true});
    line.push_back({"  ", Tone::plain, true});
  }
  return line;
}

void add_rows(const std::filesystem::path& file, report::Document& document) {
  const changeset::Reader reader(file);
  std::map<std::string, report::Bullets> by_table;
  std::map<std::string, std::size_t> counts;
  reader.for_each([&](const changeset::Change& change, changeset::Position) {
    const changeset::Relation& relation = reader.relations()[change.relation];
    const std::string name = relation.qualified();
    if (++counts[name] <= rows_shown) by_table[name].items.push_back(row_line(relation, change));
  });
  if (by_table.empty()) return;
  document.blocks.emplace_back(report::Heading{2, "Rows"});
  for (auto& [name, bullets] : by_table) {
    document.blocks.emplace_back(report::Heading{3, name});
    const std::size_t more = counts[name] - bullets.items.size();
    if (more > 0)
      bullets.items.push_back(
          {muted(fmt::format("… and {} more", base::with_commas(static_cast<std::int64_t>(more))))});
    document.blocks.emplace_back(std::move(bullets));
  }
}

void add_origin(const Plan& plan, report::Document& document) {
  std::vector<std::string> scripts;
  for (const ScriptFile& script : plan.scripts) {
    scripts.push_back(
        fmt::format("{} ({}, sha256 {})", script.name, base::human_bytes(script.bytes), script.sha256.substr(0, 12)));
  }
  report::Pairs pairs;
  pairs.items.emplace_back(
      "source", Line{plain(fmt::format("{} (PostgreSQL {}, as {})", plan.source, plan.server_major, plan.role))});
  pairs.items.emplace_back("image",
                           Line{plain(fmt::format("{}, taken {}{}", plan.image, base::to_rfc3339(plan.image_taken),
                                                  plan.image_reused ? ", re-used" : ""))});
  if (!plan.contract_file.empty()) pairs.items.emplace_back("contract", Line{plain(plan.contract_file)});
  for (std::string& script : scripts) pairs.items.emplace_back("script", Line{plain(std::move(script))});
  const Application application = application_of(plan);
  if (application.as_rows) pairs.items.emplace_back("applied", Line{plain(describe(application))});
  pairs.items.emplace_back("statements", Line{plain(base::with_commas(plan.statements_run))});
  if (!plan.file.empty()) pairs.items.emplace_back("plan", Line{plain(plan.file)});
  document.blocks.emplace_back(std::move(pairs));
}

}  // namespace

report::Document to_document(const Plan& plan, const DocumentOptions& options) {
  report::Document document{.title = "Rehearsal of " + (plan.scripts.empty() ? plan.source : plan.scripts.front().name),
                            .blocks = {}};
  document.blocks.emplace_back(report::Heading{1, document.title});
  document.blocks.emplace_back(banner(plan));
  add_findings(plan, document);
  if (!plan.effects.empty()) {
    document.blocks.emplace_back(report::Heading{2, "What is different in the end"});
    document.blocks.emplace_back(effects_table(plan.effects));
  }
  add_statements(plan, document);
  add_sequences(plan, document);
  add_probes(plan, document);
  add_catalog(plan, document);
  if (!options.rows_of.empty()) add_rows(options.rows_of, document);
  if (!plan.notes.empty()) {
    document.blocks.emplace_back(report::Heading{2, "Not seen, or different from the source"});
    report::Bullets bullets;
    for (const std::string& note : plan.notes) bullets.items.push_back({plain(note)});
    document.blocks.emplace_back(std::move(bullets));
  }
  document.blocks.emplace_back(report::Heading{2, "Where this comes from"});
  add_origin(plan, document);
  return document;
}

}  // namespace rehearse
