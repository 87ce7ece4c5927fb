#include "guard/handlers.h"

#include <algorithm>

#include "base/text.h"
#include "sql/lexer.h"

namespace guard {

namespace {

using sql::Token;
using sql::TokenKind;

// What END closes. Words tell: an IF that begins a statement is one, that of DROP … IF EXISTS is not.
struct Open {
  enum class Kind { block, condition, loop, choice } kind = Kind::block;
  bool handling = false;    // behind EXCEPTION
  bool conditions = false;  // between WHEN and THEN there
  bool unique = false;      // they name unique_violation
  bool others = false;      // … and something else
};

class Walk {
 public:
  explicit Walk(std::string_view body) : lexer_(body) {}

  std::optional<std::vector<Setting>> settings() {
    for (Token token = lexer_.next(); token.kind != TokenKind::end; token = lexer_.next()) {
      if (token.kind == TokenKind::unterminated || lost_) return std::nullopt;
      take(token);
    }
    if (lost_ || !open_.empty()) return std::nullopt;
    return std::move(settings_);
  }

 private:
  void take(const Token& token) {
    const std::string_view text = lexer_.text(token);
    if (waiting_ && token.kind != TokenKind::open) {
      if (token.kind == TokenKind::quoted && text.starts_with('\'')) settings_[*waiting_].name = unquoted(text);
      waiting_.reset();
    }
    if (token.kind == TokenKind::word) {
      word(base::lower_case(text), token);
      return;
    }
    if (!open_.empty() && open_.back().conditions && token.kind == TokenKind::quoted)
      (text == "'23505'" ? open_.back().unique : open_.back().others) = true;
    starts_ = token.kind == TokenKind::semicolon || text.ends_with(">>");
    if (token.kind == TokenKind::semicolon) finish(token.end);
    last_.clear();
  }

  void word(const std::string& word, const Token& token) {
    const bool starts = starts_;
    starts_ = false;
    if (last_ == "end" && closes(word)) {
      last_.clear();
      return;
    }
    if (!open_.empty() && open_.back().conditions) {
      condition(word);
    } else if (word == "end") {
      if (open_.empty()) {
        lost_ = true;
        return;
      }
      closed_ = open_.back().kind;
      open_.pop_back();
    } else if (word == "begin" && starts) {
      open(Open::Kind::block);
    } else if (word == "if" && starts) {
      open_.push_back({.kind = Open::Kind::condition});
    } else if (word == "loop") {
      open(Open::Kind::loop);
    } else if (word == "case") {
      open_.push_back({.kind = Open::Kind::choice});
    } else if (word == "exception" && starts && in_block()) {
      open_.back().handling = true;
      starts_ = true;
    } else if (word == "when" && in_block() && open_.back().handling && starts) {
      open_.back() = {.handling = true, .conditions = true};
    } else if (word == "then" || word == "else" || word == "declare") {
      starts_ = true;
    } else if (word == "perform" && starts) {
      perform_ = token.begin;
    } else if (word == "setval" || word == "restart") {
      if (word == "setval") waiting_ = settings_.size();
      settings_.push_back({.at = token.begin, .in_handler = handles_unique()});
    }
    last_ = word;
  }

  void open(Open::Kind kind) {
    open_.push_back({.kind = kind});
    starts_ = true;
  }

  // END IF, END LOOP, END CASE: of a CASE expression END alone, and a LOOP behind it is one.
  bool closes(const std::string& word) const {
    return (word == "if" && closed_ == Open::Kind::condition) || (word == "loop" && closed_ == Open::Kind::loop) ||
           (word == "case" && closed_ == Open::Kind::choice);
  }

  void condition(const std::string& word) {
    Open& block = open_.back();
    if (word == "then") {
      block.conditions = false;
      starts_ = true;
    } else if (word == "unique_violation") {
      block.unique = true;
    } else if (word != "or" && word != "sqlstate") {
      block.others = true;
    }
  }

  bool in_block() const { return !open_.empty() && open_.back().kind == Open::Kind::block; }

  bool handles_unique() const {
    return std::any_of(open_.begin(), open_.end(), [](const Open& block) {
      return block.handling && !block.conditions && block.unique && !block.others;
    });
  }

  // The statement that ends here.
  void finish(std::size_t end) {
    if (perform_) {
      for (Setting& setting : settings_) {
        if (setting.at < *perform_) continue;
        setting.begin = *perform_;
        setting.end = end;
      }
    }
    perform_.reset();
  }

  static std::string unquoted(std::string_view literal) {
    std::string name;
    for (std::size_t i = 1; i + 1 < literal.size(); ++i) {
      name += literal[i];
      if (literal[i] == '\'') ++i;
    }
    return name;
  }

  sql::Lexer lexer_;
  std::vector<Setting> settings_;
  std::vector<Open> open_;
  std::string last_;
  Open::Kind closed_ = Open::Kind::block;
  bool starts_ = true;  // the next word is the first of a statement
  bool lost_ = false;
  std::optional<std::size_t> perform_;  // where the statement at hand begins, if it is one
  std::optional<std::size_t> waiting_;  // the setval whose first argument comes next
};

}  // namespace

std::optional<std::vector<Setting>> settings_in(std::string_view body) {
  return Walk(body).settings();
}

}  // namespace guard
