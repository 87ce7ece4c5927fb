#include "store/aws_signature.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/hash.h"

namespace store {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string hmac(std::string_view key, std::string_view text) {
  const auto bytes = [](std::string_view view) { return reinterpret_cast<const unsigned char*>(view.data()); };
  crypto_auth_hmacsha256_state state;
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> code{};
  crypto_auth_hmacsha256_init(&state, bytes(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes(text), text.size());
  crypto_auth_hmacsha256_final(&state, code.data());
  return {reinterpret_cast<const char*>(code.data()), code.size()};
}

// "20130524T000000Z".
std::string basic_timestamp(base::Instant now) {
  std::string text = base::to_rfc3339(std::chrono::floor<std::chrono::seconds>(now));
  text = text.substr(0, text.find_first_of(".Z"));
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text + "Z";
}

}  // namespace

std::string uri_encode(std::string_view text, Slashes slashes) {
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c) || (c == '/' && slashes == Slashes::keep)) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string uri_decode(std::string_view text, Plus plus) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int high = text[at] == '%' && at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[at + 2]) : -1;
    if (low >= 0) {
      decoded += static_cast<char>(high * 16 + low);
      at += 2;
    } else {
      decoded += text[at] == '+' && plus == Plus::blank ? ' ' : text[at];
    }
  }
  return decoded;
}

std::string query_string(const Query& query) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : query) {
    parts.push_back(uri_encode(name, Slashes::encode) + "=" + uri_encode(value, Slashes::encode));
  }
  std::sort(parts.begin(), parts.end());
  return fmt::format("{}", fmt::join(parts, "&"));
}

void sign(ToSign& request, const AwsCredentials& credentials, const std::string& region, base::Instant now) {
  const std::string timestamp = basic_timestamp(now);
  const std::string day = timestamp.substr(0, 8);
  request.headers["x-amz-date"] = timestamp;
  if (!credentials.session_token.empty()) request.headers["x-amz-security-token"] = credentials.session_token;

  std::string lines;
  std::string names;
  for (const auto& [name, value] : request.headers) {
    lines += fmt::format("{}:{}\n", name, value);
    names += fmt::format("{}{}", names.empty() ? "" : ";", name);
  }
  const std::string canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.path, request.query,
                                            lines, names, request.headers.at("x-amz-content-sha256"));
  const std::string scope = fmt::format("{}/{}/s3/aws4_request", day, region);
  const std::string text = fmt::format("{}\n{}\n{}\n{}", algorithm, timestamp, scope, base::sha256_hex(canonical));
  const std::string key = hmac(hmac(hmac(hmac("AWS4" + credentials.secret, day), region), "s3"), "aws4_request");
  request.headers["authorization"] = fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", algorithm,
                                                 credentials.key_id, scope, names, base::to_hex(hmac(key, text)));
}

}  // namespace store
