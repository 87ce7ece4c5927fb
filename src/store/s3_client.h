// Signed requests to one bucket, tried again where that can help.
//
// Used by several threads at once: each request takes a connection out of a pool.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "store/aws_credentials.h"
#include "store/aws_signature.h"
#include "store/http.h"
#include "store/retry.h"
#include "store/s3_address.h"
#include "sys/clock.h"

namespace store {

struct S3Request {
  std::string method;
  std::string doing;  // the consequence of its failure, for people: "points/1/dump was not stored"
  std::string key;    // below the store's prefix; see `whole_bucket`
  bool whole_bucket = false;
  Query query;
  std::map<std::string, std::string> headers;  // by lower-case name
  const HttpBody* body = nullptr;
  std::string body_sha256;  // where there is a body
  std::chrono::seconds patience{60};
  bool once = false;  // what fails is not tried again
};

class S3Client {
 public:
  using Clock = std::function<base::Instant()>;
  S3Client(S3Address address, AwsCredentials credentials, RetryPolicy retry = {}, Clock clock = sys::now);

  const S3Address& address() const { return address_; }
  const RetryPolicy& retry() const { return retry_; }

  // The whole answer, whatever its status, unless that is a passing one. Throws Error(storage) where no answer comes.
  HttpAnswer perform(const S3Request& request, const Cancellation* cancelled = nullptr);
  // The same where only success will do.
  HttpAnswer require(const S3Request& request, const Cancellation* cancelled = nullptr);

  // The beginning of an answer whose body is read from the channel; where the status is none of 2xx, the body is in the
  // answer.
  struct Download {
    HttpAnswer head;
    std::unique_ptr<HttpChannel, std::function<void(HttpChannel*)>> channel;
    HttpRequest request;  // which the channel works on
  };
  std::unique_ptr<Download> download(const S3Request& request);

  base::Error failure(const HttpAnswer& answer, const S3Request& request) const;
  base::Error failure(const TransportFailure& failure, const S3Request& request, int attempts) const;

 private:
  using Lease = std::unique_ptr<HttpChannel, std::function<void(HttpChannel*)>>;
  Lease lease();
  HttpRequest signed_request(const S3Request& request) const;
  // Makes `attempt`, which gives an answer, until it is none that passes by itself.
  void retried(const S3Request& request, const Cancellation* cancelled, const std::function<HttpAnswer&()>& attempt);

  S3Address address_;
  AwsCredentials credentials_;
  RetryPolicy retry_;
  Clock clock_;
  std::atomic<bool> answered_{false};  // ever
  std::mutex mutex_;
  std::vector<std::unique_ptr<HttpChannel>> idle_;
};

}  // namespace store
