#include <fmt/core.h>
#include <libpq-fe.h>

#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "pg/connection.h"

namespace pg {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using OptionsHandle = std::unique_ptr<PQconninfoOption, FreeOptions>;

Parameters values_of(const PQconninfoOption* options) {
  Parameters values;
  for (const PQconninfoOption* option = options; option != nullptr && option->keyword != nullptr; ++option) {
    if (option->val != nullptr) values.emplace(option->keyword, option->val);
  }
  return values;
}

// libpq quotes in its reason the piece that it stumbled over, which may be any part of a password.
std::string without_quoted_pieces(const std::string& reason) {
  const std::size_t first = reason.find('"');
  const std::size_t last = reason.rfind('"');
  if (first == last) return reason;
  return reason.substr(0, first) + "\"****" + reason.substr(last);
}

std::string reason_of(const std::string& conninfo, const char* said) {
  std::string reason = said == nullptr ? "out of memory" : said;
  while (!reason.empty() && reason.back() == '\n') reason.pop_back();
  const bool may_hold_secret = conninfo.find("pass") != std::string::npos || conninfo.find('@') != std::string::npos;
  return may_hold_secret ? without_quoted_pieces(reason) : reason;
}

}  // namespace

Parameters parse_conninfo(const std::string& conninfo) {
  if (conninfo.empty()) return {};
  const bool is_uri = conninfo.starts_with("postgres://") || conninfo.starts_with("postgresql://");
  if (!is_uri && conninfo.find('=') == std::string::npos) return {{"dbname", conninfo}};
  char* said = nullptr;
  const OptionsHandle options(PQconninfoParse(conninfo.c_str(), &said));
  const std::unique_ptr<char, void (*)(void*)> owner(said, PQfreemem);
  if (!options) {
    throw base::Error(base::Code::usage, "not a connection string: " + reason_of(conninfo, said),
                      "Write it as postgresql://user@host:port/database, or as host=… dbname=… user=…");
  }
  return values_of(options.get());
}

std::string to_conninfo(const Parameters& parameters) {
  std::string text;
  for (const auto& [keyword, value] : parameters) {
    std::string quoted;
    for (const char c : value) {
      if (c == '\\' || c == '\'') quoted += '\\';
      quoted += c;
    }
    text += fmt::format("{}{}='{}'", text.empty() ? "" : " ", keyword, quoted);
  }
  return text;
}

std::string describe(const Parameters& parameters) {
  const OptionsHandle defaults(PQconndefaults());
  const Parameters fallback = values_of(defaults.get());
  const auto value = [&](const char* keyword) -> std::string {
    if (const auto given = parameters.find(keyword); given != parameters.end() && !given->second.empty()) {
      return given->second;
    }
    const auto found = fallback.find(keyword);
    return found == fallback.end() ? std::string() : found->second;
  };
  if (const auto service = parameters.find("service"); service != parameters.end() && !parameters.contains("host")) {
    return "service " + service->second;
  }
  std::string host = value("host");
  if (host.empty()) host = value("hostaddr");
  if (host.empty()) host = "[local]";
  const std::string user = value("user");
  std::string database = value("dbname");
  if (database.empty()) database = user;
  const std::string port = value("port");
  return base::mask_secrets(user + "@" + host + (port.empty() ? "" : ":" + port) + "/" + database);
}

}  // namespace pg
