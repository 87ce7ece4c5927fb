#include "lint/check.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "lint/effort.h"
#include "lint/harmless.h"
#include "lint/program_numbers.h"
#include "lint/routine.h"
#include "lint/statement.h"
#include "lint/suppression.h"
#include "lint/words.h"
#include "sql/lexer.h"
#include "sql/names.h"
#include "sql/parse_tree.h"
#include "sql/script.h"
#include "sys/signals.h"

namespace lint {
namespace {

using Names = std::set<std::string, std::less<>>;
using source::Fragment;
using source::Statement;
using source::Word;

constexpr std::size_t words_shown = 200;  // code points of a statement that a finding shows
constexpr std::size_t most_loops = 8;     // around a statement
constexpr int deepest_body = 8;           // functions that make functions that …

// What all statements of a file may take beyond `least_effort` for each.
constexpr std::size_t effort_of_file = 20 * Effort::of_statement;
constexpr std::size_t least_effort = 20'000;

// A suppression, and whether it allowed anything. Known by its place: fragments of one statement of a program share it.
struct Allowance {
  Suppression written;
  source::Place place;
  bool used = false;
};

// Names after CREATE TEMP TABLE [IF NOT EXISTS], wherever it stands.
void find_temporary(std::string_view sql, Names& names, int depth = 0) {
  if (depth > deepest_body || !base::contains_ignoring_case(sql, "temp")) return;
  sql::Lexer lexer(sql);
  std::vector<std::string> last;
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    const std::string_view text = lexer.text(token);
    if (token.kind == sql::TokenKind::quoted && text.starts_with('$'))
      find_temporary(text.substr(1, text.size() - 2), names, depth + 1);
    if (token.kind != sql::TokenKind::word && token.kind != sql::TokenKind::quoted) {
      last.clear();
      continue;
    }
    const std::string word = sql::identifier(text);
    static const std::set<std::string, std::less<>> filling = {"table", "if", "not", "exists", "unlogged"};
    const bool after = !last.empty() && last.back() == "temp";
    if (word == "temp" || word == "temporary") {
      last.assign({"temp"});
    } else if (after && !filling.contains(word)) {
      names.insert(word);
      last.clear();
    }
  }
}

class Checker {
 public:
  Checker(const std::string& file, const Tables& tables) : file_(file), tables_(tables) {}

  void check(const source::Extraction& extraction) {
    for (const Fragment& fragment : extraction.fragments) find_temporary(fragment.sql, temporary_);
    for (const Fragment& fragment : extraction.fragments) check(fragment, {}, {}, 0);
    for (const source::Problem& problem : extraction.problems) add(problem, {});
    for (const source::Comment& comment : extraction.marked) suppressions_of(comment);
  }

  std::vector<Finding> finish() {
    for (const auto& [place, allowance] : allowances_) judge(allowance);
    const auto order = [](const Finding& f) { return std::tuple(f.line, f.column, f.rule); };
    std::stable_sort(findings_.begin(), findings_.end(),
                     [&](const Finding& a, const Finding& b) { return order(a) < order(b); });
    // What is read twice, as a function's body and as a literal in it, or on several branches, is said once.
    findings_.erase(std::unique(findings_.begin(), findings_.end(),
                                [&](const Finding& a, const Finding& b) { return order(a) == order(b); }),
                    findings_.end());
    return std::move(findings_);
  }

 private:
  using Allowances = std::vector<Allowance*>;

  void add(Rule rule, source::Place place, std::string what, std::string_view statement) {
    const RuleText& text = text_of(rule);
    findings_.push_back({.rule = rule,
                         .severity = tables_.has_contract() ? text.with_contract : text.without_contract,
                         .file = file_,
                         .line = place.line,
                         .column = place.column,
                         .first_line = place.line,
                         .last_line = place.line,
                         .what = std::move(what),
                         .statement = sql::first_words(statement, words_shown)});
  }

  void add(const source::Problem& problem, std::string_view statement) {
    add(Rule::unparseable, problem.place, problem.message, statement);
    findings_.back().instead = problem.instead;
  }

  Allowance* allowance(const Suppression& written, source::Place place) {
    const auto key = std::tuple(place.line, place.column, written.rule);
    return &allowances_.try_emplace(key, Allowance{written, place}).first->second;
  }

  // Suppressions in comments of the program around a fragment: they are about all of it.
  Allowances around(const Fragment& fragment) {
    Allowances result;
    for (const source::Comment& comment : fragment.comments) {
      const Allowances found = suppressions_of(comment);
      result.insert(result.end(), found.begin(), found.end());
    }
    return result;
  }

  Allowances suppressions_of(const source::Comment& comment) {
    Allowances result;
    for (const Suppression& written : suppressions_in(comment.text)) {
      source::Place place = comment.place;
      const std::string_view before = std::string_view(comment.text).substr(0, written.at);
      const std::size_t newline = before.rfind('\n');
      place.line += static_cast<int>(std::count(before.begin(), before.end(), '\n'));
      place.column =
          newline == before.npos ? place.column + static_cast<int>(written.at) : static_cast<int>(written.at - newline);
      result.push_back(allowance(written, place));
    }
    return result;
  }

  // Suppressions in comments of SQL, for each statement: in it, before it, or behind it on its last line.
  std::vector<Allowances> beside(const Fragment& fragment) {
    std::vector<Allowances> result(fragment.statements.size());
    if (!base::contains_ignoring_case(fragment.sql, "pgrehearse:")) return result;
    const std::string_view sql = fragment.sql;
    for (const SqlComment& comment : comments_in(sql)) {
      const std::string_view text = sql.substr(comment.begin, comment.end - comment.begin);
      for (const Suppression& written : suppressions_in(text)) {
        Allowance* found = allowance(written, fragment.place(comment.begin + written.at));
        if (const auto index = statement_of(fragment, comment)) result[*index].push_back(found);
      }
    }
    return result;
  }

  static std::optional<std::size_t> statement_of(const Fragment& fragment, const SqlComment& comment) {
    const auto& all = fragment.statements;
    const auto next =
        std::partition_point(all.begin(), all.end(), [&](const Statement& s) { return s.end <= comment.begin; });
    const auto index = static_cast<std::size_t>(next - all.begin());
    if (next != all.end() && next->begin <= comment.begin) return index;
    if (index > 0) {
      const std::string_view gap =
          std::string_view(fragment.sql).substr(all[index - 1].end, comment.begin - all[index - 1].end);
      if (gap.find('\n') == gap.npos) return index - 1;
    }
    if (next != all.end()) return index;
    return std::nullopt;
  }

  void check(const Fragment& fragment, const Allowances& outer, const RoutineNames& names, int depth) {
    Allowances shared = around(fragment);
    shared.insert(shared.end(), outer.begin(), outer.end());
    const std::vector<Allowances> own = beside(fragment);
    for (std::size_t i = 0; i < fragment.statements.size(); ++i) {
      sys::check_interrupted();
      const Statement& statement = fragment.statements[i];
      Allowances allowed = own[i];
      allowed.insert(allowed.end(), shared.begin(), shared.end());
      const bool holds_body = any(statement.words, Word::body | Word::execute) && depth <= deepest_body;
      RoutineNames own_names;
      if (holds_body) {
        own_names = names_of(fragment.text(statement));
        if (!own_names.variables.empty() || !own_names.computed.empty()) own_names.add(names);
      }
      const bool declares = !own_names.variables.empty() || !own_names.computed.empty();
      const RoutineNames& inner = declares ? own_names : names;
      if (any(statement.words, source::writing) && may_concern(fragment.text(statement), statement.words)) {
        apply(fragment, i, allowed, inner);
      } else if (statement.unread) {
        complain_if_broken(fragment, statement);
      }
      if (holds_body) {
        const source::Extraction bodies = source::bodies(fragment, statement);
        if (depth == deepest_body) {
          if (!bodies.fragments.empty()) {
            add({"this holds SQL in bodies inside each other, too many to be looked into",
                 fragment.place(statement.begin), "define it outside of the others"},
                fragment.text(statement));
          }
          continue;
        }
        for (const Fragment& body : bodies.fragments) check(body, allowed, inner, depth + 1);
        for (const source::Problem& problem : bodies.problems) {
          add(problem, fragment.text(statement));
        }
      }
    }
  }

  // False where no rule can apply, so that no parse tree is made: with a contract, of what names none of its tables,
  // unless it takes more than it names.
  bool may_concern(std::string_view text, Word words) const {
    // Of ALTER alone, the rules are about DROP, RESTART and CASCADE, which are words of their own, RENAME COLUMN, and
    // TYPE … USING.
    const bool alters_only = any(words, Word::alter) && !any(words, source::writing_beside_alter);
    const bool tells = base::contains_ignoring_case(text, "using") || base::contains_ignoring_case(text, "rename");
    if (alters_only && !tells) return false;
    constexpr Word unnamed = Word::setval | Word::restart | Word::drop | Word::cascade;
    if (any(words, unnamed) || text.find("U&") != text.npos) return true;
    return tables_.may_be_named_in(text) && !is_plainly_harmless(text, words, tables_);
  }

  // Says why a statement that nobody has parsed yet does not, if so.
  void complain_if_broken(const Fragment& fragment, const Statement& statement) {
    const std::string_view text = fragment.text(statement);
    if (const auto error = sql::syntax_error(std::string(text)))
      add({error->message, fragment.place(statement.begin + std::min(error->at, text.size()))}, {});
  }

  void apply(const Fragment& fragment, std::size_t index, const Allowances& allowed, const RoutineNames& names) {
    const Statement& statement = fragment.statements[index];
    const std::string_view text = fragment.text(statement);
    const std::size_t next =
        index + 1 < fragment.statements.size() ? fragment.statements[index + 1].begin : fragment.sql.size();
    Context context{
        .tables = &tables_, .temporary = &temporary_, .variables = &names.variables, .computed = &names.computed};
    if (any(statement.words, Word::copy)) context.copy_data = copy_data(fragment.sql, statement.end, next);
    const std::size_t semicolon = semicolon_behind(fragment.sql, statement.end);
    const std::span<const source::Hole> holes =
        fragment.holes_within(statement.begin, fragment.sql.substr(semicolon, 1) == ";" ? semicolon : next);
    context.open_ended = std::any_of(holes.begin(), holes.end(),
                                     [](const source::Hole& hole) { return hole.kind == source::Hole::Kind::clause; });
    context.given = {.holes = holes, .begin = statement.begin};
    std::vector<Hit> hits;
    const std::size_t granted = std::max(std::min(Effort::of_statement, effort_left_), least_effort);
    Effort effort(granted);
    if (statement.parses) {
      std::vector<const source::Fragment::Loop*> loops;
      for (const source::Fragment::Loop& loop : fragment.loops) {
        if (loop.begin <= statement.begin && statement.end <= loop.end &&
            base::contains_ignoring_case(text, loop.variable))
          loops.push_back(&loop);
      }
      if (loops.size() > most_loops) loops.resize(most_loops);
      std::vector<LoopVariable> known;
      with_loops(loops, known, [&] {
        const bool parsed = sql::with_parse_tree(std::string(text), [&](const PgQuery__ParseResult& tree) {
          context.loops = known;
          hits = apply_rules(tree, context, effort);
        });
        if (!parsed && statement.unread) complain_if_broken(fragment, statement);
      });
    }
    if (any(statement.words, Word::restart | Word::setval)) {
      auto hit = sequence_from_program(fragment, statement, names.computed, tables_, effort);
      const bool known =
          std::any_of(hits.begin(), hits.end(), [](const Hit& of) { return of.rule == Rule::sequence_follows_data; });
      if (hit && !known) hits.push_back(std::move(*hit));
    }
    effort_left_ -= std::min(effort_left_, granted - effort.left());
    if (effort.exhausted()) {
      for (Allowance* allowance : allowed) allowance->used = true;  // nobody knows
      add(Rule::unparseable, fragment.place(statement.begin),
          "this statement is too intricate to judge: its queries and conditions refer to each other too often", text);
      findings_.back().instead = "part it into several statements";
      return;
    }
    for (Hit& hit : hits) {
      if (allows(allowed, hit.rule)) continue;
      add(hit.rule, fragment.place(statement.begin + static_cast<std::size_t>(hit.at)), std::move(hit.message), text);
      findings_.back().first_line = fragment.place(statement.begin).line;
      findings_.back().last_line = fragment.place(semicolon_behind(fragment.sql, statement.end)).line;
    }
  }

  // A statement whose last line was taken away ends on a line of its semicolon alone.
  static std::size_t semicolon_behind(std::string_view sql, std::size_t end) {
    const std::size_t next = sql.find_first_not_of(" \t\r\n", end);
    return next != std::string_view::npos && sql[next] == ';' ? next : end;
  }

  // Calls `use` once `known` holds all of `loops`, while their queries' trees live. Inner loops end, and come, first.
  static void with_loops(std::span<const source::Fragment::Loop* const> loops, std::vector<LoopVariable>& known,
                         const std::function<void()>& use) {
    if (loops.empty()) return use();
    const source::Fragment::Loop& loop = *loops.front();
    const bool parsed = !loop.query.empty() && sql::with_parse_tree(loop.query, [&](const PgQuery__ParseResult& tree) {
      if (tree.n_stmts == 1) known.push_back({loop.variable, tree.stmts[0]->stmt, loop.column});
      with_loops(loops.subspan(1), known, use);
    });
    if (parsed) return;
    if (loop.query.empty()) known.push_back({loop.variable, nullptr, loop.column});
    with_loops(loops.subspan(1), known, use);
  }

  // The lines after COPY … FROM STDIN.
  static std::string_view copy_data(std::string_view sql, std::size_t end, std::size_t next) {
    const std::size_t line = std::min(sql.find('\n', end), next);
    return line < next ? sql.substr(line + 1, next - line - 1) : std::string_view();
  }

  static bool allows(const Allowances& allowed, Rule rule) {
    bool result = false;
    for (Allowance* allowance : allowed) {
      if (allowance->written.rule != text_of(rule).id || allowance->written.reason.empty()) continue;
      allowance->used = true;
      result = true;
    }
    return result;
  }

  void judge(const Allowance& allowance) {
    const Suppression& written = allowance.written;
    const auto rule = rule_named(written.rule);
    if (written.rule.empty()) {
      add(Rule::unknown_rule, allowance.place, "write it as: pgrehearse: allow RULE because REASON", {});
    } else if (!rule || !may_be_allowed(*rule)) {
      const std::string meant =
          rule ? fmt::format("“{}” cannot be allowed", written.rule)
               : fmt::format("there is no rule “{}”: did you mean {}?", written.rule, nearest_rule(written.rule));
      add(Rule::unknown_rule, allowance.place, meant, {});
    } else if (written.reason.empty()) {
      add(Rule::reason_missing, allowance.place, fmt::format("“allow {}” gives no reason", written.rule), {});
    } else if (!allowance.used) {
      add(Rule::unused_suppression, allowance.place, fmt::format("“allow {}” allows nothing here", written.rule), {});
    }
  }

  const std::string& file_;
  const Tables& tables_;
  Names temporary_;
  std::map<std::tuple<int, int, std::string>, Allowance> allowances_;
  std::size_t effort_left_ = effort_of_file;
  std::vector<Finding> findings_;
};

}  // namespace

std::string message(const Finding& finding) {
  return fmt::format("{}: {}", finding.what, text_of(finding.rule).why);
}

std::vector<Lesson> lessons_in(const source::Extraction& extraction, const Tables& tables) {
  std::vector<Lesson> lessons;
  for (const Fragment& fragment : extraction.fragments) {
    for (const Statement& statement : fragment.statements) {
      if (!statement.parses || !any(statement.words, Word::create | Word::alter)) continue;
      const std::string_view text = fragment.text(statement);
      if (!tables.may_teach(text)) continue;
      sql::with_parse_tree(std::string(text),
                           [&](const PgQuery__ParseResult& tree) { tables.read_lessons(tree, lessons); });
    }
  }
  return lessons;
}

std::vector<Finding> check(const std::string& file, const source::Extraction& extraction, const Tables& tables) {
  Checker checker(file, tables);
  checker.check(extraction);
  return checker.finish();
}

std::vector<Finding> check(const std::string& file, std::string_view sql, const Tables& tables) {
  return check(file, source::extract(sql, source::Language::sql), tables);
}

}  // namespace lint
