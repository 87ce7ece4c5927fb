#include "store/s3_address.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "store/aws_credentials.h"
#include "store/object_store.h"

namespace store {
namespace {

constexpr std::string_view scheme_mark = "s3://";
constexpr std::size_t longest_prefix = 120;  // with our longest key this is what S3 takes

base::Error wrong(std::string message, std::string hint) {
  return {base::Code::contract, std::move(message), std::move(hint)};
}

bool is_bucket(std::string_view name) {
  return name.size() >= 3 && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
         });
}

bool is_region(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
}

// Of an endpoint's URL.
struct Endpoint {
  std::string scheme;
  std::string host;
  std::string port;  // empty: the scheme's
};

std::string part(CURLU* url, CURLUPart what) {
  char* text = nullptr;
  if (curl_url_get(url, what, &text, 0) != CURLUE_OK) return {};
  const std::unique_ptr<char, void (*)(void*)> owner(text, curl_free);
  return text;
}

Endpoint parse_endpoint(const std::string& text) {
  const std::string whole = text.find("://") == std::string::npos ? "https://" + text : text;
  const std::unique_ptr<CURLU, void (*)(CURLU*)> url(curl_url(), curl_url_cleanup);
  if (!url || curl_url_set(url.get(), CURLUPART_URL, whole.c_str(), 0) != CURLUE_OK) {
    throw wrong("the endpoint of the store is no URL", "write it as endpoint = \"https://s3.example.com\"");
  }
  if (!part(url.get(), CURLUPART_USER).empty() || !part(url.get(), CURLUPART_PASSWORD).empty()) {
    throw wrong("the endpoint of the store holds a name or password",
                "access keys belong into the environment or into ~/.aws/credentials");
  }
  Endpoint endpoint{part(url.get(), CURLUPART_SCHEME), part(url.get(), CURLUPART_HOST),
                    part(url.get(), CURLUPART_PORT)};
  const std::string path = part(url.get(), CURLUPART_PATH);
  const bool bare = (path.empty() || path == "/") && part(url.get(), CURLUPART_QUERY).empty();
  if ((endpoint.scheme != "http" && endpoint.scheme != "https") || endpoint.host.empty() || !bare) {
    throw wrong(fmt::format("the endpoint {} is no http or https address of a server alone", text),
                "bucket and prefix belong into the url: s3://BUCKET/PREFIX");
  }
  if (endpoint.port == (endpoint.scheme == "http" ? "80" : "443")) endpoint.port.clear();
  return endpoint;
}

bool is_ip_address(std::string_view host) {
  return host.front() == '[' || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string endpoint_of(const StoreAddress& address, const std::string& region) {
  if (!address.endpoint.empty()) return address.endpoint;
  for (const char* name : {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return fmt::format("https://s3.{}.amazonaws.com{}", region, region.starts_with("cn-") ? ".cn" : "");
}

}  // namespace

S3Address S3Address::parse(const StoreAddress& address) {
  std::string_view rest = address.url;
  if (!rest.starts_with(scheme_mark)) throw wrong(fmt::format("{} is no s3:// address", address.url), "");
  rest.remove_prefix(scheme_mark.size());
  S3Address parsed;
  const std::size_t slash = rest.find('/');
  parsed.bucket = rest.substr(0, slash);
  parsed.prefix = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
  while (parsed.prefix.ends_with('/')) parsed.prefix.pop_back();
  if (!is_bucket(parsed.bucket)) {
    throw wrong(fmt::format("\"{}\" in {} is no name of a bucket", parsed.bucket, address.url),
                "write the address as s3://BUCKET/PREFIX");
  }
  if (!parsed.prefix.empty() && (!is_key(parsed.prefix) || parsed.prefix.size() > longest_prefix)) {
    throw wrong(fmt::format("\"{}\" in {} is no prefix for keys", parsed.prefix, address.url),
                fmt::format("use names with single slashes between them, at most {} bytes", longest_prefix));
  }
  if (!parsed.prefix.empty()) parsed.prefix += '/';

  parsed.region = address.region.empty() ? find_region().value_or("us-east-1") : address.region;
  if (!is_region(parsed.region)) throw wrong(fmt::format("\"{}\" is no name of a region", parsed.region), "");
  const Endpoint endpoint = parse_endpoint(endpoint_of(address, parsed.region));
  const std::string server = endpoint.host + (endpoint.port.empty() ? "" : ":" + endpoint.port);
  parsed.scheme = endpoint.scheme;
  parsed.endpoint = fmt::format("{}://{}", endpoint.scheme, server);
  // A bucket is no part of an IP address, and the stars of certificates stand for one label.
  const bool dotted = endpoint.scheme == "https" && parsed.bucket.find('.') != std::string::npos;
  const bool path_style = address.path_style || dotted || is_ip_address(endpoint.host);
  parsed.host = path_style ? server : parsed.bucket + "." + server;
  parsed.root = path_style ? "/" + parsed.bucket + "/" : "/";
  return parsed;
}

std::string S3Address::description() const {
  const std::string name = prefix.empty() ? bucket : bucket + "/" + prefix.substr(0, prefix.size() - 1);
  return fmt::format("s3://{} at {}", name, endpoint);
}

}  // namespace store
