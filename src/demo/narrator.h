// How the demo speaks: acts, what was done, and what the rehearsal said.
#pragma once

#include <string>
#include <string_view>

#include "guard/audit.h"
#include "rehearse/plan.h"
#include "report/document.h"
#include "report/text.h"

namespace demo {

class Narrator {
 public:
  Narrator();
  void title(std::string text);
  void act(std::string text);
  void say(std::string text);
  void show(std::string title, std::string_view code);
  // The verdict and its findings; the whole report where `in_full`.
  void verdict(const rehearse::Plan& plan, bool in_full);
  // A report up to its second heading: the verdict, and why.
  void opening_of(report::Document document);
  void report(report::Document document);
  // Its verdict alone.
  void banner_of(report::Document document);
  // What an audit found, and what it means; without what is only worth knowing.
  void findings(const guard::Audit& audit);
  void done(std::string text);

 private:
  void print(std::vector<report::Block> blocks);

  report::TextOptions options_;
};

}  // namespace demo
