#include "guard/propose.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/text.h"
#include "contract/test_ids.h"
#include "contract/toml_text.h"
#include "guard/migration_names.h"

namespace guard {

namespace {

using contract::toml_key;
using contract::toml_string;

constexpr std::size_t names_shown = 12;
constexpr std::size_t width = 110;

// A comment of as many lines as it takes.
void comment(std::string& out, const std::string& text) {
  std::string line = "#";
  std::size_t begin = 0;
  const std::string words = base::one_line(text, 2'000);
  while (begin <= words.size()) {
    const std::size_t end = std::min(words.find(' ', begin), words.size());
    const std::string word = words.substr(begin, end - begin);
    if (line.size() > 1 && line.size() + 1 + word.size() > width) {
      out += line + "\n";
      line = "#  ";
    }
    line += " " + word;
    begin = end + 1;
  }
  out += line + "\n";
}

struct Value {
  std::string name;
  Cell cell;
  bool disposable = false;
  const SeenSequence* mint = nullptr;
  bool negated = false;
  bool carried_off = false;  // the mint stands far beyond the ids
  std::string ids;           // as the file has them; empty: every id
  std::string ids_why;
  std::vector<std::string> overlaps;
};

class TableProposal {
 public:
  explicit TableProposal(const Candidate& candidate)
      : candidate_(candidate), apart_(candidate.bound.test_ids()), small_(apart_.low != contract::test_ids.low) {
    for (const auto& [name, cells] : candidate.census.populations) {
      if (!cells.empty() && cells.front().rows) values_.push_back({.name = name, .cell = cells.front()});
    }
    std::stable_sort(values_.begin(), values_.end(),
                     [](const Value& a, const Value& b) { return a.cell.rows > b.cell.rows; });
    for (Value& value : values_) value.disposable = is_test(value.name);
    for (Value& value : values_) value.disposable ? give_test_space(value) : give_real_space(value);
    give_mints();
    declare_overlaps();
  }

  std::string write() const {
    std::string out;
    for (const std::string& reason : candidate_.reasons) comment(out, "- " + reason);
    if (!candidate_.hanging.empty()) {
      comment(out, fmt::format(
                       "- rows of these belong to the population of the row that they reference, and need no entry: {}",
                       base::some_of(candidate_.hanging, names_shown)));
    }
    if (!candidate_.cascading.empty())
      comment(out, fmt::format("- these are deleted with it, ON DELETE CASCADE: {}",
                               base::some_of(candidate_.cascading, names_shown)));
    if (candidate_.census.unpopulated) {
      comment(out, fmt::format("- {} no {}: `pgrehearse audit` will say so until they have one",
                               base::count_of(candidate_.census.unpopulated, "row has", "rows have"),
                               candidate_.declared.population));
    }
    out += fmt::format("[tables.{}]\nid = {}\npopulation = {}\n", toml_key(candidate_.declared.name),
                       toml_string(candidate_.declared.id), toml_string(candidate_.declared.population));
    for (const Value& value : values_) out += "\n" + write(value);
    if (std::none_of(values_.begin(), values_.end(), [](const Value& value) { return value.disposable; }))
      out += no_test();
    return out;
  }

  std::string write_probes() const {
    std::string out;
    for (const Value& value : values_) {
      const SeenSequence* own = default_sequence();
      if (value.disposable || (!value.mint && !(own && value.cell.high > 0))) continue;
      if (const std::string unknown = without_sample(); !unknown.empty())
        comment(out, fmt::format("only you know a value for {}: put it in", unknown));
      out += fmt::format("# [probes.{}]\n# sql = {}\n", toml_string(base::one_line(value.name, 60) + " arrives"),
                         toml_string(insert(value)));
    }
    return out;
  }

 private:
  // Of a boolean is_test the value that says yes.
  bool is_test(const std::string& value) const {
    if (candidate_.bound.kind == Kind::boolean)
      return value == "t" && population_fit(candidate_.declared.population) >= 8;
    return looks_like_test(value);
  }

  const SeenSequence* default_sequence() const {
    const auto found = std::find_if(candidate_.sequences.begin(), candidate_.sequences.end(),
                                    [](const SeenSequence& sequence) { return sequence.of_the_id; });
    return found == candidate_.sequences.end() ? nullptr : &*found;
  }

  // A sequence that stands where a population's ids end, or a little further, on either side of zero, most likely
  // minted them.
  void give_mints() {
    for (Value& value : values_) {
      const bool negative = value.cell.high < 0;
      if (!negative && value.cell.low <= 0) continue;
      if (const auto space = space_of(value); space && !space->contains(value.cell.high)) continue;
      const std::int64_t end =
          negative ? -std::max(value.cell.low, -std::numeric_limits<std::int64_t>::max()) : value.cell.high;
      std::int64_t nearest = std::max<std::int64_t>(32, end / 20);
      for (const SeenSequence& sequence : candidate_.sequences) {
        if (!sequence.called || sequence.last < end || sequence.last - end > nearest) continue;
        nearest = sequence.last - end;
        value.mint = &sequence;
        value.negated = negative;
      }
    }
    for (Value& value : values_) {
      if (value.cell.high < 0 && !value.mint && !value.disposable) give_carried_off(value);
    }
  }

  // Negative ids come from no default: somebody draws a number and negates it. The one sequence that is left over, or
  // the one of those that a function draws from, does, however far away it stands.
  void give_carried_off(Value& value) const {
    for (const bool in_code : {true, false}) {
      const SeenSequence* only = nullptr;
      std::size_t found = 0;
      for (const SeenSequence& sequence : candidate_.sequences) {
        const bool taken =
            std::any_of(values_.begin(), values_.end(), [&](const Value& other) { return other.mint == &sequence; });
        const bool beyond = sequence.last > -std::max(value.cell.low, -std::numeric_limits<std::int64_t>::max());
        if (taken || sequence.of_the_id || !sequence.called || !beyond || (in_code && !sequence.in_code)) continue;
        only = &sequence;
        ++found;
      }
      if (found != 1) continue;
      value.mint = only;
      value.negated = value.carried_off = true;
      return;
    }
  }

  void give_real_space(Value& value) {
    const std::int64_t border = apart_.low;
    const bool below = value.cell.low < 0, above = value.cell.high > 0 || value.cell.low == 0;
    if (value.cell.high >= border) {
      value.ids_why =
          fmt::format("no id space is proposed: ids go up to {}, and leave no room above them", value.cell.high);
    } else if (below && !above) {
      value.ids = "..-1";
      value.ids_why = "all of its ids are negative";
    } else {
      value.ids = fmt::format("{}..{}", below ? "" : value.cell.low == 0 ? "0" : "1", border - 1);
      value.ids_why = below    ? "it has negative ids as well as positive ones"
                      : small_ ? "positive ids, up to where test ids begin"
                               : "positive ids below 2^52, which every real path stays under";
    }
  }

  // Among real ids, or where they will be one day: somewhere else. Else where it is.
  void give_test_space(Value& value) const {
    const bool real_below = std::any_of(values_.begin(), values_.end(),
                                        [](const Value& other) { return !other.disposable && other.cell.low < 0; });
    value.ids = value.cell.high > apart_.high ? contract::IdRange{.low = apart_.low}.text() : apart_.text();
    if (value.cell.low >= apart_.low) {
      value.ids_why = small_ ? "its ids lie above all real ones" : "its ids lie above 2^52, where no real path gets to";
    } else if (value.cell.high < 0 && !real_below) {
      value.ids = "..-1";
      value.ids_why = "its ids are negative, and no real ones are";
    } else {
      value.ids_why = fmt::format(
          "its ids lie where real ones are or will be: {} is proposed for new ones, and "
          "`pgrehearse audit` names the old ones until they are gone",
          small_ ? "the end of its type" : "a space above 2^52");
    }
  }

  static std::optional<contract::IdSpace> space_of(const Value& value) {
    if (value.ids.empty()) return std::nullopt;
    return contract::IdSpace{{contract::parse_id_range(value.ids)}};
  }

  void declare_overlaps() {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const auto mine = space_of(values_[i]), theirs = space_of(values_[j]);
        if (mine && theirs && mine->overlap(*theirs)) values_[i].overlaps.push_back(values_[j].name);
      }
    }
  }

  std::string write(const Value& value) const {
    std::string out;
    comment(out,
            fmt::format("{}, ids {}..{}: {}", rows_of(value.cell), value.cell.low, value.cell.high, value.ids_why));
    if (value.disposable)
      comment(out, "the name says that it is test data: check it, for a script may delete what is disposable");
    if (value.carried_off) {
      comment(out, fmt::format("{} stands at {}, far beyond these ids. It seems to mint them, negated, and somebody to "
                               "have set it: check both, `pgrehearse audit` says more",
                               value.mint->name, base::with_commas(value.mint->last)));
    } else if (value.mint) {
      comment(out, fmt::format("{} stands at {}, where these ids end: it most likely mints them{}", value.mint->name,
                               value.mint->last, value.negated ? ", negated" : ""));
    }
    if (!value.overlaps.empty()) comment(out, "it shares its ids with others that are real too");
    out += fmt::format("[tables.{}.populations.{}]\n", toml_key(candidate_.declared.name), toml_key(value.name));
    if (!value.ids.empty()) out += fmt::format("ids = {}\n", toml_string(value.ids));
    if (value.mint) out += fmt::format("minted_by = {}\n", toml_string((value.negated ? "-" : "") + value.mint->name));
    if (!value.overlaps.empty()) {
      std::vector<std::string> names;
      for (const std::string& name : value.overlaps) names.push_back(toml_string(name));
      out += fmt::format("overlaps = [{}]\n", fmt::join(names, ", "));
    }
    if (value.disposable) out += "disposable = true\n";
    return out;
  }

  std::string no_test() const {
    std::string out = "\n";
    comment(out, "no value looks like test data. Once there is some, give it a value and a space of its own:");
    out += fmt::format("# [tables.{}.populations.test]\n# ids = \"{}\"\n# disposable = true\n",
                       toml_key(candidate_.declared.name), apart_.text());
    return out;
  }

  // nullopt: only a person knows.
  std::optional<std::string> sample_value(const Column& column) const {
    const std::string name = pg::quote_identifier(column.name);
    const std::string& table = candidate_.declared.name;
    if (!column.parent.empty()) {
      const std::string other =
          fmt::format(" WHERE NOT EXISTS (SELECT FROM {} c WHERE c.{} = p.{})", table, name, column.parent_column);
      return fmt::format("(SELECT p.{} FROM {} p{} LIMIT 1)", column.parent_column, column.parent,
                         column.unique ? other : "");
    }
    if (column.refers) return std::nullopt;
    if (column.category == 'S') {
      const std::string text = column.unique ? "gen_random_uuid()::text" : "'probe'";
      return column.length < 0 ? text : fmt::format("left({}, {})", text, column.length);
    }
    if (column.unique && column.category == 'N')
      return fmt::format("(SELECT coalesce(max({}), 0) + 1 FROM {})", name, table);
    return plain_value(column);
  }

  std::string without_sample() const {
    std::vector<std::string> names;
    for (const Column& column : candidate_.needed) {
      if (!sample_value(column)) names.push_back(fmt::format("{} ({})", column.name, column.type));
    }
    return base::some_of(names, names_shown);
  }

  std::string insert(const Value& value) const {
    std::vector<std::string> columns, values;
    if (value.mint && !value.mint->of_the_id) {
      columns.push_back(candidate_.bound.id.quoted());
      values.push_back(fmt::format("{}nextval({})", value.negated ? "-" : "", literal(value.mint->name)));
    }
    columns.push_back(candidate_.bound.population.quoted());
    values.push_back(literal(value.name));
    for (const Column& column : candidate_.needed) {
      const auto sample = sample_value(column);
      if (!sample) continue;
      columns.push_back(pg::quote_identifier(column.name));
      values.push_back(*sample);
    }
    return fmt::format("INSERT INTO {} ({}) VALUES ({}) RETURNING {}", candidate_.declared.name,
                       fmt::join(columns, ", "), fmt::join(values, ", "), candidate_.bound.id.quoted());
  }

  const Candidate& candidate_;
  const contract::IdRange apart_;  // where test ids are out of the way
  const bool small_;               // that is at the end of the id's type
  std::vector<Value> values_;
};

}  // namespace

std::string propose_contract(const Survey& survey, const std::string& database) {
  std::string out;
  comment(out,
          fmt::format(
              "Proposed by `pgrehearse init` from {}. Every line is a guess with its reason: read, correct, commit. "
              "What each key means: docs/formats/contract.md",
              database));
  if (!survey.unreadable.empty())
    comment(out, fmt::format("Not looked at, for this role may not read them: {}",
                             base::some_of(survey.unreadable, names_shown)));
  out += "\n# [database]\n# url = \"env:DATABASE_URL\"\n";
  std::string probes;
  for (const auto& candidate : survey.candidates) {
    const TableProposal table(*candidate);
    out += "\n" + table.write();
    probes += table.write_probes();
  }
  out += "\n";
  comment(out,
          "What must still work after a script: the way that the application makes a row, as SQL or as a command.");
  out += probes.empty() ? "# [probes.\"sign-up\"]\n# command = \"./scripts/sign_up_once\"\n" : probes;
  out += "\n";
  comment(out, "More changed rows than this break the contract.");
  out += "# [budget]\n# rows = 10000\n";
  return out;
}

}  // namespace guard
