#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "contract/contract.h"
#include "contract/parse_backups.h"
#include "contract/toml_reader.h"

namespace contract {

namespace {

class Parser : private TomlReader {
 public:
  explicit Parser(const std::filesystem::path& file) : TomlReader(file) { contract_.file = file; }

  Contract parse(std::string_view text) {
    contract_.hash = base::sha256_hex(text);
    const toml::table root = read(text);
    only(root,
         {"database", "tables", "probes", "budget", "redis", "stores", "tiers", "drill", "encryption", "holds", "lint"},
         "the contract");
    if (const auto* database = table_in(root, "database")) read_database(*database);
    for_each_table(root, "tables", [this](const std::string& name, const toml::table& table, int line) {
      contract_.tables.push_back(read_table(name, table, line));
    });
    for_each_table(root, "probes", [this](const std::string& name, const toml::table& probe, int line) {
      contract_.probes.push_back(read_probe(name, probe, line));
    });
    if (const auto* budget = table_in(root, "budget")) read_budget(*budget);
    if (const auto* lint = table_in(root, "lint")) read_lint(*lint);
    read_backups(*this, root, contract_);
    return std::move(contract_);
  }

 private:
  void read_database(const toml::table& table) {
    only(table, {"url"}, "[database]");
    const auto url = text_in(table, "url");
    if (!url) return;
    const Setting setting = resolve(*this, *url, "url", line_of(*table.get("url")));
    contract_.database_url = setting.value;
    contract_.database_url_variable = setting.variable;
  }

  void read_lint(const toml::table& lint) {
    only(lint, {"exclude"}, "[lint]");
    if (const toml::node* exclude = lint.get("exclude")) contract_.lint_excludes = texts_of(*exclude);
  }

  void read_budget(const toml::table& table) {
    only(table, {"rows"}, "[budget]");
    const toml::node* rows = table.get("rows");
    if (!rows) return;
    if (!rows->is_integer() || **rows->as_integer() < 0)
      fail(line_of(*rows), "“rows” has to be a whole number, 0 or more");
    contract_.budget.rows = **rows->as_integer();
  }

  Probe read_probe(const std::string& name, const toml::table& table, int line) const {
    const std::string where = fmt::format("probe “{}”", name);
    only(table, {"sql", "command"}, where);
    Probe probe{.name = name,
                .sql = text_in(table, "sql").value_or(""),
                .command = text_in(table, "command").value_or(""),
                .line = line};
    if (probe.sql.empty() == probe.command.empty()) fail(line, where + " needs either “sql” or “command”");
    return probe;
  }

  Table read_table(const std::string& name, const toml::table& node, int line) const {
    const std::string where = "table " + name;
    refuse_schema(name, node);
    only(node, {"id", "population", "populations"}, where);
    Table table{.name = name, .line = line};
    table.id = needed_text(node, "id", where, line, table.id_line);
    table.population = needed_text(node, "population", where, line, table.population_line);
    for_each_table(node, "populations", [&](const std::string& population, const toml::table& values, int at) {
      table.populations.push_back(read_population(population, values, at));
    });
    check_overlaps(table);
    return table;
  }

  // [tables.app.users] is a table named app to TOML, with a key users.
  void refuse_schema(const std::string& name, const toml::table& node) const {
    for (const auto& [key, value] : node) {
      if (!value.is_table() || key.str() == "populations" || node.contains("id")) continue;
      fail(static_cast<int>(key.source().begin.line), fmt::format("table {} has no key “{}”", name, key.str()),
           fmt::format("a table in a schema is written [tables.\"{}.{}\"]", name, key.str()));
    }
  }

  Population read_population(const std::string& name, const toml::table& node, int line) const {
    only(node, {"ids", "disposable", "minted_by", "overlaps"}, fmt::format("population {}", name));
    Population population{.name = name, .line = line};
    if (const toml::node* ids = node.get("ids")) population.ids = read_ids(*ids);
    population.disposable = truth_in(node, "disposable").value_or(false);
    if (const toml::node* overlaps = node.get("overlaps")) population.overlaps = texts_of(*overlaps);
    if (const auto minted_by = text_in(node, "minted_by")) {
      population.minted_by = read_mint(*minted_by, population.ids, line_of(*node.get("minted_by")));
    }
    return population;
  }

  IdRange read_range(const toml::node& node) const {
    if (!node.is_string()) fail(line_of(node), "a range of ids has to be a string", "write it as in ids = \"1..99\"");
    try {
      return parse_id_range(**node.as_string());
    } catch (const base::Error& error) {
      fail(line_of(node), error.message(), error.hint());
    }
  }

  IdSpace read_ids(const toml::node& node) const {
    if (!node.is_array()) return {{read_range(node)}};
    IdSpace space;
    for (const toml::node& range : *node.as_array()) space.ranges.push_back(read_range(range));
    if (space.ranges.empty()) fail(line_of(node), "“ids” holds no range", "leave it out where every id is allowed");
    return space;
  }

  Mint read_mint(const std::string& text, const IdSpace& ids, int line) const {
    Mint mint{.sequence = text, .negated = text.starts_with('-')};
    if (mint.negated) mint.sequence.erase(0, 1);
    if (mint.sequence.find_first_not_of(" \t") != 0 || mint.sequence.front() == '-') {
      fail(line, "“minted_by” names no sequence", "write \"web_user_id_seq\", or \"-web_user_id_seq\" for negated ids");
    }
    const IdSpace sign{{mint.negated ? IdRange{.high = -1} : IdRange{.low = 1}}};
    if (!ids.ranges.empty() && !ids.overlap(sign)) {
      fail(line,
           fmt::format("“minted_by = \"{}\"” mints {} ids, and the id space holds none", text,
                       mint.negated ? "negative" : "positive"),
           "a leading minus means that the id is the negated value of the sequence");
    }
    return mint;
  }

  void check_overlaps(const Table& table) const {
    const auto declared = [](const Population& a, const Population& b) {
      return std::find(a.overlaps.begin(), a.overlaps.end(), b.name) != a.overlaps.end();
    };
    for (auto population = table.populations.begin(); population != table.populations.end(); ++population) {
      for (const std::string& name : population->overlaps) {
        if (table.find(name) && name != population->name) continue;
        fail(population->line, fmt::format("population {} overlaps “{}”, which is no other population of table {}",
                                           population->name, name, table.name));
      }
      for (auto other = table.populations.begin(); other != population; ++other) {
        if (declared(*population, *other) || declared(*other, *population)) continue;
        const auto common = population->ids.overlap(other->ids);
        if (!common) continue;
        fail(population->line,
             fmt::format("the id spaces of {} and {} overlap in {}", other->name, population->name, common->text()),
             fmt::format("make them disjoint, or declare it: overlaps = [\"{}\"]", other->name));
      }
    }
  }

  Contract contract_;
};

}  // namespace

Contract parse(std::string_view text, const std::filesystem::path& file) {
  return Parser(file).parse(text);
}

Contract load(const std::filesystem::path& file) {
  constexpr std::size_t longest = std::size_t{1} << 20;
  const auto refuse = [&](std::string_view why) {
    throw base::Error(base::Code::contract, fmt::format("the contract {} {}", file.string(), why),
                      "name another one with --contract, or write one: docs/formats/contract.md");
  };
  std::error_code none;
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file, none)) refuse("cannot be read");
  std::string text(longest + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) refuse("cannot be read");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > longest) refuse("is longer than 1 MiB");
  return parse(text, file);
}

std::optional<std::filesystem::path> find_contract(const std::filesystem::path& directory) {
  std::error_code none;  // what may not be looked at is not there
  for (std::filesystem::path at = std::filesystem::absolute(directory);; at = at.parent_path()) {
    if (std::filesystem::exists(at / "pgrehearse.toml", none)) return at / "pgrehearse.toml";
    if (std::filesystem::exists(at / ".git", none) || at == at.parent_path()) return std::nullopt;
  }
}

}  // namespace contract
