// What an S3-compatible service says when it says no ("Error Responses", Amazon S3 API Reference), as our errors.
#pragma once

#include <string>

#include "base/error.h"
#include "base/time.h"
#include "store/http.h"
#include "store/s3_address.h"

namespace store {

struct S3Problem {
  std::string code;     // "NoSuchKey"; empty where the answer names none
  std::string message;  // the server's, fit for a terminal
  std::string region;   // the one that it wants
  std::string server_time;
};

S3Problem read_problem(const HttpAnswer& answer);

// True for what passes by itself: overload, faults inside the service, bytes that were damaged on the way.
bool is_passing(const HttpAnswer& answer);

// Who asked, and where: what the messages are made of.
struct S3Asker {
  const S3Address& address;
  const std::string& credentials;  // where they came from
};

// `doing` is what did not come about: "points/1/dump was not stored". Never holds a key or a signature.
base::Error s3_error(const S3Asker& asker, const HttpAnswer& answer, const std::string& doing, base::Instant now);
base::Error s3_error(const S3Asker& asker, const TransportFailure& failure, const std::string& doing, int attempts);

}  // namespace store
