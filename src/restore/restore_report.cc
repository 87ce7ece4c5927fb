#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time.h"
#include "restore/restore.h"

namespace restore {

namespace {

using nlohmann::json;

constexpr int format_version = 1;

}  // namespace

report::Document to_document(const Restored& restored) {
  report::Document document{.title = "restore", .blocks = {}};
  report::Banner banner{
      report::Tone::good,
      "RESTORED",
      {fmt::format("{} is in {} ({} from store {}, {}).", restored.point, restored.into,
                   base::human_bytes(restored.bytes), restored.store, base::humanise(restored.took))}};
  if (!restored.kept_as.empty()) {
    banner.details.push_back(
        fmt::format("What was there before is kept as {}; drop it when nobody needs it.", restored.kept_as));
  }
  document.blocks.emplace_back(std::move(banner));
  if (!restored.notes.empty()) {
    report::Bullets bullets;
    for (const std::string& note : restored.notes) bullets.items.push_back({{note}});
    document.blocks.emplace_back(std::move(bullets));
  }
  if (!restored.commands.empty()) {
    std::string text;
    for (const std::string& command : restored.commands) text += command + "\n";
    document.blocks.emplace_back(report::Code{"To use it, in that directory:", text});
  }
  return document;
}

std::string to_json(const Restored& restored) {
  json notes = json::array();
  for (const std::string& note : restored.notes) notes.push_back(base::to_valid_utf8(note));
  constexpr double ms = 1000.0;
  const json object = {
      {"version", format_version},
      {"id", restored.point},
      {"store", restored.store},
      {"into", base::to_valid_utf8(restored.into)},
      {"kept_as", restored.kept_as.empty() ? json(nullptr) : json(base::to_valid_utf8(restored.kept_as))},
      {"bytes", restored.bytes},
      {"took_s", static_cast<double>(restored.took.count()) / ms},
      {"notes", std::move(notes)},
      {"commands", restored.commands}};
  return object.dump(1) + "\n";
}

}  // namespace restore
