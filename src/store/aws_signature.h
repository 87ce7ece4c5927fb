// Signatures of requests to S3-compatible services: AWS Signature Version 4 in the Authorization header
// ("Authenticating Requests: Using the Authorization Header", Amazon S3 API Reference).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "store/aws_credentials.h"

namespace store {

// Percent-encoding as the signature wants it: everything but A-Z a-z 0-9 - . _ ~, and slashes where they are kept.
enum class Slashes { keep, encode };
std::string uri_encode(std::string_view text, Slashes slashes);
// Undoes it. Where services list keys, a plus is a blank.
enum class Plus { blank, itself };
std::string uri_decode(std::string_view text, Plus plus);

using Query = std::vector<std::pair<std::string, std::string>>;  // as it is meant, not encoded

// "a=1&uploads=", sorted: to be signed, and to be sent.
std::string query_string(const Query& query);

struct ToSign {
  std::string method;
  std::string path;   // encoded
  std::string query;  // of query_string()
  // All of them, by lower-case name, "host" and "x-amz-content-sha256" among them.
  std::map<std::string, std::string> headers;
};

// Adds "x-amz-date", the session's token and "authorization" to the headers.
void sign(ToSign& request, const AwsCredentials& credentials, const std::string& region, base::Instant now);

}  // namespace store
