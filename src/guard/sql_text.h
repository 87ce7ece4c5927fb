// SQL in numbered steps, with comments that are wrapped and can never end early.
#pragma once

#include <string>
#include <string_view>

namespace guard {

class SqlText {
 public:
  // A heading, and why it has to be.
  void step(std::string_view title, std::string_view why);
  void comment(std::string_view text);
  // Lines for a person to uncomment: each stands behind "--   ".
  void comment_code(std::string_view lines);
  // A statement, and what has to be set for it: nothing; a moment's work under a lock that others wait for; work that
  // may take long under one that they do not wait for; such work that waits for others, which are no reason to give up.
  void add(std::string_view sql);
  void brief(std::string_view sql);
  void patient(std::string_view sql);
  void concurrently(std::string_view sql);

  int steps() const { return steps_; }
  bool sets() const { return !lock_timeout_.empty(); }  // timeouts, which the session has to forget
  const std::string& text() const { return text_; }

 private:
  void settings(std::string_view lock_timeout, std::string_view statement_timeout);

  std::string lock_timeout_;
  std::string statement_timeout_;
  std::string text_;
  int steps_ = 0;
};

// `body` between dollar quotes that it cannot end: $tag$, or $tag1$, … where it holds that.
std::string dollar_quoted(std::string tag, std::string_view body);

}  // namespace guard
