#include "store/s3_failure.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <pugixml.hpp>
#include <string_view>

#include "base/text.h"

namespace store {
namespace {

constexpr std::size_t longest_message = 200;

bool any_of(std::string_view code, std::initializer_list<std::string_view> codes) {
  for (const std::string_view one : codes) {
    if (code == one) return true;
  }
  return false;
}

std::string child(const pugi::xml_node& node, const char* name) {
  return base::one_line(node.child(name).child_value(), longest_message);
}

// Says what is known; its hint says what to do.
struct Words {
  std::string message;
  std::string hint;
};

Words clock_words(const S3Asker& asker, const HttpAnswer& answer, const S3Problem& problem, base::Instant now) {
  std::string theirs = problem.server_time;
  const std::time_t date = curl_getdate(answer.header("date").c_str(), nullptr);
  if (theirs.empty() && date >= 0) theirs = base::to_rfc3339(base::Instant(std::chrono::seconds(date)));
  return {fmt::format("the clocks are too far apart for signed requests: here it is {}, at {} {}",
                      base::to_rfc3339(now), asker.address.endpoint, theirs.empty() ? "another time" : theirs),
          "set the clock of the machine that is wrong (timedatectl shows whether this one is synchronised)"};
}

Words region_words(const S3Asker& asker, const S3Problem& problem) {
  const std::string right = problem.region.empty() ? "another region" : "region " + problem.region;
  return {fmt::format("bucket {} belongs to {}, and was asked for in {}", asker.address.bucket, right,
                      asker.address.region),
          problem.region.empty() ? "set the region of the store to the bucket's own"
                                 : fmt::format("set region = \"{}\" for this store", problem.region)};
}

Words access_words(const S3Asker& asker, const S3Problem& problem) {
  const auto& [address, credentials] = asker;
  if (any_of(problem.code, {"InvalidAccessKeyId"})) {
    return {fmt::format("{} does not know the access key of {}", address.endpoint, credentials),
            "check AWS_ACCESS_KEY_ID, or the profile, and that the key belongs to this endpoint"};
  }
  if (any_of(problem.code, {"SignatureDoesNotMatch"})) {
    return {fmt::format("{} finds the signature wrong: the secret key of {} does not belong to its access key",
                        address.endpoint, credentials),
            "check AWS_SECRET_ACCESS_KEY, or the profile; a proxy that changes requests does this too"};
  }
  if (any_of(problem.code, {"ExpiredToken", "InvalidToken", "TokenRefreshRequired"})) {
    return {fmt::format("the session token of {} is not valid any more", credentials),
            "get new temporary credentials, or use a lasting access key"};
  }
  return {fmt::format("the access key of {} may not do this", credentials),
          "it needs s3:ListBucket, s3:ListBucketMultipartUploads, s3:GetObject, s3:PutObject, s3:AbortMultipartUpload "
          "and, to prune, s3:DeleteObject"};
}

Words words_for(const S3Asker& asker, const HttpAnswer& answer, const S3Problem& problem, base::Instant now) {
  const auto& code = problem.code;
  if (any_of(code, {"RequestTimeTooSkewed", "RequestExpired"})) return clock_words(asker, answer, problem, now);
  const bool elsewhere = !problem.region.empty() && problem.region != asker.address.region;
  if (answer.status == HttpStatus::moved || answer.status == HttpStatus::temporarily_moved || elsewhere ||
      any_of(code, {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"})) {
    return region_words(asker, problem);
  }
  if (answer.status == HttpStatus::insufficient_storage ||
      any_of(code, {"QuotaExceeded", "InsufficientStorage", "StorageFull", "XMinioStorageFull"})) {
    return {fmt::format("no space or quota is left in bucket {}", asker.address.bucket),
            "free some space there, or have its quota raised"};
  }
  if (answer.status == HttpStatus::forbidden) return access_words(asker, problem);
  if (code == "NoSuchBucket") {
    return {fmt::format("there is no bucket {} at {}", asker.address.bucket, asker.address.endpoint),
            "make it, or check name, endpoint and path_style of the store"};
  }
  const std::string said =
      code.empty() ? "" : fmt::format(" ({}{}{})", code, problem.message.empty() ? "" : ": ", problem.message);
  return {fmt::format("{} answers with status {}{}", asker.address.endpoint, answer.status, said),
          answer.status >= 500 || answer.status == 429
              ? "it was asked again and again: try later, or look at the service's own status"
              : "check that the endpoint is an S3-compatible service"};
}

Words words_for(const S3Asker& asker, const TransportFailure& failure, int attempts) {
  const std::string& endpoint = asker.address.endpoint;
  const std::string reason = base::one_line(failure.what(), longest_message);
  switch (failure.kind()) {
    case TransportFailure::Kind::resolve:
      return {fmt::format("cannot find {}: {}", endpoint, reason),
              "check the endpoint of the store, and name resolution"};
    case TransportFailure::Kind::connect:
      return {fmt::format("cannot connect to {}: {}", endpoint, reason),
              "check the endpoint of the store, that the service runs, and firewalls between"};
    case TransportFailure::Kind::tls:
      return {fmt::format("no secure connection to {}: {}", endpoint, reason),
              "its certificate must be valid for that name; name the bundle of its authority in AWS_CA_BUNDLE or "
              "SSL_CERT_FILE"};
    case TransportFailure::Kind::timeout:
    case TransportFailure::Kind::cut:
      break;
  }
  return {fmt::format("the connection to {} failed {}: {}", endpoint, base::count_of(attempts, "time"), reason),
          "try again when the network is better"};
}

base::Error error_of(Words words, const std::string& doing) {
  return {base::Code::storage, fmt::format("{}; {}", words.message, doing), std::move(words.hint)};
}

}  // namespace

S3Problem read_problem(const HttpAnswer& answer) {
  S3Problem problem;
  pugi::xml_document document;
  if (document.load_buffer(answer.body.data(), answer.body.size())) {
    const pugi::xml_node error = document.child("Error");
    problem = {child(error, "Code"), child(error, "Message"), child(error, "Region"), child(error, "ServerTime")};
  }
  if (problem.region.empty() && answer.status != HttpStatus::not_found && answer.status >= 300) {
    problem.region = base::one_line(answer.header("x-amz-bucket-region"), longest_message);
    // An error about something else may name the region as well.
    if (answer.status != HttpStatus::moved && answer.status != HttpStatus::temporarily_moved &&
        answer.status != HttpStatus::bad_request)
      problem.region.clear();
  }
  return problem;
}

bool is_passing(const HttpAnswer& answer) {
  constexpr std::array passing{408, 429, 500, 502, 503, 504};
  for (const int status : passing) {
    if (answer.status == status) return true;
  }
  return answer.status >= 400 &&
         any_of(read_problem(answer).code, {"RequestTimeout", "SlowDown", "InternalError", "BadDigest",
                                            "XAmzContentSHA256Mismatch", "OperationAborted"});
}

base::Error s3_error(const S3Asker& asker, const HttpAnswer& answer, const std::string& doing, base::Instant now) {
  return error_of(words_for(asker, answer, read_problem(answer), now), doing);
}

base::Error s3_error(const S3Asker& asker, const TransportFailure& failure, const std::string& doing, int attempts) {
  return error_of(words_for(asker, failure, attempts), doing);
}

}  // namespace store
