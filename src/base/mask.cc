// Where secrets stand in free text. Too much masked is a blemish, too little is a leak: doubtful cases are masked.
#include <algorithm>
#include <cctype>
#include <optional>

#include "base/text.h"

namespace base {
namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::string_view mask = "****";
constexpr std::size_t longest_password = 1000;  // how far the end of a broken URI's password is searched

// A part of the text to be replaced, as offsets.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

bool is_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_quote(char c) {
  return c == '\'' || c == '"';
}
bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '%';
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const int lower = std::tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// libpq decodes the keywords of a URI's query as well as their values.
std::string decoded_lower(std::string_view word) {
  std::string text;
  for (std::size_t i = 0; i < word.size(); ++i) {
    char c = word[i];
    if (c == '%' && i + 2 < word.size() && hex_value(word[i + 1]) >= 0 && hex_value(word[i + 2]) >= 0) {
      c = static_cast<char>(hex_value(word[i + 1]) * 16 + hex_value(word[i + 2]));
      i += 2;
    }
    text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

bool names_secret(std::string_view word) {
  const std::string name = decoded_lower(word);
  return name.ends_with("password") || name.ends_with("passwd") || name == "oauth_client_secret";
}

// The word that ends before `end`, blanks skipped.
Span word_before(std::string_view text, std::size_t end) {
  while (end > 0 && is_space(text[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_word(text[begin - 1])) --begin;
  return {begin, end};
}

// The inside of the quoted value that opens at `open`; a backslash or a doubled quote keeps it going, and one that is
// never closed reaches to the end.
Span quoted(std::string_view text, std::size_t open) {
  const char quote = text[open];
  std::size_t at = open + 1;
  while (at < text.size()) {
    if (text[at] == '\\') {
      at += 2;
    } else if (text[at] != quote) {
      ++at;
    } else if (at + 1 < text.size() && text[at + 1] == quote) {
      at += 2;
    } else {
      break;
    }
  }
  return {open + 1, std::min(at, text.size())};
}

// An unquoted value: up to white space, or to the next parameter of a URI's query. A last quote belongs to the text
// around it.
Span unquoted(std::string_view text, std::size_t begin, bool in_query) {
  std::size_t end = begin;
  while (end < text.size() && !is_space(text[end]) && !(in_query && text[end] == '&')) {
    end += !in_query && text[end] == '\\' ? 2 : 1;
  }
  end = std::min(end, text.size());
  while (end > begin && is_quote(text[end - 1])) --end;
  return {begin, end};
}

// password=SECRET, where text[equals] is the sign.
std::optional<Span> assigned_secret(std::string_view text, std::size_t equals) {
  const Span word = word_before(text, equals);
  if (!names_secret(text.substr(word.begin, word.end - word.begin))) return std::nullopt;
  const bool in_query = word.begin > 0 && (text[word.begin - 1] == '?' || text[word.begin - 1] == '&');
  std::size_t at = equals + 1;
  if (in_query) return unquoted(text, at, true);
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  if (at == text.size()) return std::nullopt;
  return is_quote(text[at]) ? quoted(text, at) : unquoted(text, at, false);
}

// PASSWORD 'SECRET' in SQL, where text[open] is the quote.
std::optional<Span> sql_secret(std::string_view text, std::size_t open) {
  const Span word = word_before(text, open);
  if (word.end == open || !names_secret(text.substr(word.begin, word.end - word.begin))) return std::nullopt;
  return quoted(text, open);
}

// Whether what follows the colon is a port, and so no password.
bool is_port(std::string_view text) {
  const auto after = std::find_if_not(text.begin(), text.end(), is_digit);
  return after == text.end() || std::string_view("?,;#)]>.'\"").find(*after) != npos;
}

// The password in the authority that begins at `begin`, right after "://".
std::optional<Span> uri_secret(std::string_view text, std::size_t begin) {
  const auto is_end = [](char c) { return is_space(c) || c == '/'; };
  const auto authority_end =
      static_cast<std::size_t>(std::find_if(text.begin() + begin, text.end(), is_end) - text.begin());
  const std::string_view authority = text.substr(begin, authority_end - begin);
  const auto colon = authority.find(':');
  const auto at = authority.rfind('@');
  if (colon == npos || (at != npos && colon > at)) return std::nullopt;
  const std::size_t secret = begin + colon + 1;
  if (at != npos) return Span{secret, begin + at};
  if (authority.starts_with('[') || is_port(authority.substr(colon + 1))) return std::nullopt;
  // Neither a port nor an '@': a password with a slash or a blank in it, or a URI that was cut off. Or a port and the
  // colon of a sentence that goes on: "http://h:9: connection refused".
  const auto token_end = std::min(text.find_first_of(" \t\r\n", secret), text.size());
  if (const auto last = text.substr(secret, token_end - secret).rfind('@'); last != npos) {
    return Span{secret, secret + last};
  }
  const auto line_end = std::min({text.find('\n', secret), secret + longest_password, text.size()});
  const auto next = text.substr(secret, line_end - secret).find('@');
  if (next != npos) return Span{secret, secret + next};
  if (authority.ends_with(':') && is_port(authority.substr(colon + 1, authority.size() - colon - 2)))
    return std::nullopt;
  return Span{secret, token_end};
}

std::optional<Span> secret_at(std::string_view text, std::size_t at) {
  if (text[at] == '=') return assigned_secret(text, at);
  if (text[at] == '\'') return sql_secret(text, at);
  if (text.substr(at).starts_with("://")) return uri_secret(text, at + 3);
  return std::nullopt;
}

}  // namespace

std::string mask_secrets(std::string_view text) {
  std::string masked;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto secret = secret_at(text, at);
    if (!secret || secret->begin >= secret->end) continue;
    masked.append(text.substr(copied, secret->begin - copied)).append(mask);
    copied = secret->end;
    at = secret->end - 1;
  }
  return masked.append(text.substr(copied));
}

}  // namespace base
