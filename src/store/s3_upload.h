// A multipart upload ("Uploading and copying objects using multipart upload", Amazon S3 User Guide): parts are hashed
// and sent by threads of their own while the next one is filled.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "store/s3_client.h"
#include "store/s3_part.h"

namespace store {

class S3Upload {
 public:
  // Begins it. `client` has to outlive it.
  S3Upload(S3Client& client, std::string key, std::string doing, const std::string& attempt, std::uint64_t memory);
  // What was not completed is aborted.
  ~S3Upload();
  S3Upload(const S3Upload&) = delete;
  S3Upload& operator=(const S3Upload&) = delete;

  int next_part() const { return static_cast<int>(etags_.size() + in_flight_.size()) + 1; }
  // Sends a part on its way. Waits while as many as may be are; throws what went wrong with any of them.
  void send(std::unique_ptr<S3Part> part);
  // Waits for all parts.
  void wait();
  // Makes the object of them; the answer says whether there is one now. Only success, or a status 404, 409 or 412.
  HttpAnswer complete();

 private:
  std::string send_part(const S3Part& part, int number);
  void take_oldest();

  S3Client& client_;
  std::string key_;
  std::string doing_;
  std::uint64_t memory_;
  std::string id_;
  Cancellation cancelled_{false};
  bool completed_ = false;
  std::vector<std::string> etags_;
  std::deque<std::future<std::string>> in_flight_;  // each gives its part's ETag
};

// Checks the ETag of an answer to a PUT of `sums`. Throws Error(storage). Where a key management service encrypts, it
// is no checksum, and nothing is said.
void check_etag(const HttpAnswer& answer, const PartSums& sums, const std::string& doing);

inline constexpr const char* attempt_header = "x-amz-meta-pgrehearse-attempt";

}  // namespace store
