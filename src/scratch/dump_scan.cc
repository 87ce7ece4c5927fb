#include "scratch/dump_scan.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>

#include "base/error.h"

namespace scratch {
namespace {

// Words that stand where a role's name may, and name none.
bool is_keyword(std::string_view name) {
  return name == "public" || name == "current_user" || name == "session_user" || name == "current_role" ||
         name == "group";
}

// Reads an identifier at the front of `text`, quoted or not, or a name in single quotes; empty where there is none.
std::string take_identifier(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  std::string name;
  if (text.starts_with('"') || text.starts_with('\'')) {
    const char quote = text.front();
    text.remove_prefix(1);
    while (!text.empty()) {
      const bool doubled = text.size() > 1 && text[0] == quote && text[1] == quote;
      if (text.front() == quote && !doubled) break;
      name += text.front();
      text.remove_prefix(doubled ? 2 : 1);
    }
    if (!text.empty()) text.remove_prefix(1);
    return name;
  }
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    if (!std::isalnum(c) && c != '_' && c != '$' && c < 0x80) break;
    name += static_cast<char>(std::tolower(c));
    text.remove_prefix(1);
  }
  return is_keyword(name) ? std::string() : name;
}

void take_list(std::string_view text, std::set<std::string>& into) {
  for (;;) {
    if (auto name = take_identifier(text); !name.empty()) into.insert(std::move(name));
    while (text.starts_with(' ')) text.remove_prefix(1);
    if (!text.starts_with(',')) return;
    text.remove_prefix(1);
  }
}

void take_after(std::string_view line, std::size_t at, std::string_view word, std::set<std::string>& into) {
  if (at != std::string_view::npos) take_list(line.substr(at + word.size()), into);
}
void take_after_first(std::string_view line, std::string_view word, std::set<std::string>& into) {
  take_after(line, line.find(word), word, into);
}
void take_after_last(std::string_view line, std::string_view word, std::set<std::string>& into) {
  take_after(line, line.rfind(word), word, into);
}

// \connect shop · \connect "shop" · \connect -reuse-previous=on "dbname='shop'"
std::string connected_database(std::string_view arguments) {
  const auto conninfo = arguments.find("dbname=");
  if (conninfo != std::string_view::npos) arguments.remove_prefix(conninfo + 7);
  return take_identifier(arguments);
}

void scan_comment(std::string_view line, DumpScan& scan) {
  constexpr std::string_view version = "-- Dumped from database version ";
  if (line.starts_with("-- PostgreSQL database dump complete") ||
      line.starts_with("-- PostgreSQL database cluster dump complete")) {
    scan.complete = true;
  } else if (line.starts_with("-- PostgreSQL database dump") ||
             line.starts_with("-- PostgreSQL database cluster dump")) {
    scan.by_pg_dump = true;
  } else if (line.starts_with(version) && !scan.major) {
    int major = 0;
    const auto digits = line.substr(version.size());
    if (std::from_chars(digits.data(), digits.data() + digits.size(), major).ec == std::errc()) scan.major = major;
  }
}

bool begins_rows(std::string_view line) {
  return line.starts_with("COPY ") && line.ends_with(" FROM stdin;");
}

}  // namespace

void scan_line(std::string_view line, DumpScan& scan) {
  if (line.starts_with("--")) return scan_comment(line, scan);
  if (line.starts_with("GRANT ") || line.starts_with("REVOKE ") || line.starts_with("ALTER DEFAULT PRIVILEGES ")) {
    take_after_last(line, " TO ", scan.roles);
    take_after_last(line, " FROM ", scan.roles);
    take_after_first(line, " FOR ROLE ", scan.roles);
    take_after_last(line, " GRANTED BY ", scan.roles);
  } else if (line.starts_with("ALTER ")) {
    take_after_last(line, " OWNER TO ", scan.roles);
  } else if (line.starts_with("CREATE POLICY ")) {
    take_after_first(line, " TO ", scan.roles);
  } else if (line.starts_with("CREATE SCHEMA ")) {
    take_after_first(line, " AUTHORIZATION ", scan.roles);
  } else if (line.starts_with("CREATE USER MAPPING FOR ")) {
    take_after_first(line, " FOR ", scan.roles);
  } else if (line.starts_with("SET SESSION AUTHORIZATION ")) {
    if (line.find("DEFAULT") == std::string_view::npos) take_after_first(line, " AUTHORIZATION ", scan.roles);
  } else if (line.starts_with("CREATE ROLE ")) {
    take_after_first(line, "CREATE ROLE ", scan.made_roles);
  } else if (line.starts_with("CREATE DATABASE ")) {
    take_after_first(line, "CREATE DATABASE ", scan.made_databases);
  } else if (line.starts_with("\\connect ")) {
    scan.database = connected_database(line.substr(9));
  }
}

DumpScan scan_dump(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw base::Error(base::Code::storage, fmt::format("cannot read {}", path.string()));
  DumpScan scan;
  bool rows = false;
  for (std::string line; std::getline(file, line);) {
    if (line.find('\0') != std::string::npos)
      throw base::Error(base::Code::input, fmt::format("{} is neither a pg_dump archive nor SQL text", path.string()));
    if (line.ends_with('\r')) line.pop_back();
    if (rows) {
      rows = line != "\\.";
    } else if (begins_rows(line)) {
      rows = true;
    } else {
      scan_line(line, scan);
    }
  }
  return scan;
}

}  // namespace scratch
