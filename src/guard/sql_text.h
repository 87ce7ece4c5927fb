// SQL in numbered steps, with comments that are wrapped and can never end early.
#pragma once

#include <string>
#include <string_view>

namespace guard {

// `body` between dollar quotes that it does not hold itself.
std::string dollar_quoted(std::string_view body, std::string tag);

class SqlText {
 public:
  // A heading, and why it has to be.
  void step(std::string_view title, std::string_view why);
  void comment(std::string_view text);
  void comment_code(std::string_view line);
  // A statement, and what has to be set for it: nothing; a moment's work under a lock that others wait for; work that
  // may take long under one that they do not wait for; such work that waits for others, which are no reason to give up.
  void add(std::string_view sql);
  void brief(std::string_view sql);
  void patient(std::string_view sql);
  void concurrently(std::string_view sql);

  int steps() const { return steps_; }
  const std::string& text() const { return text_; }

 private:
  void settings(std::string_view lock_timeout, std::string_view statement_timeout);

  std::string lock_timeout_;
  std::string statement_timeout_;
  std::string text_;
  int steps_ = 0;
};

}  // namespace guard
