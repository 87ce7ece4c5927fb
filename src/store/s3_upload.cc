#include "store/s3_upload.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "store/s3_failure.h"
#include "store/s3_lists.h"
#include "store/s3_store.h"
#include "sys/signals.h"

namespace store {
namespace {

constexpr int most_parts = 10'000;
constexpr std::chrono::seconds completion_patience{300};  // a service may put gigabytes together in silence
constexpr std::chrono::seconds abort_patience{5};

std::string without_quotes(std::string text) {
  std::erase(text, '"');
  return text;
}

}  // namespace

void check_etag(const HttpAnswer& answer, const PartSums& sums, const std::string& doing) {
  const bool no_checksum = answer.header("x-amz-server-side-encryption").starts_with("aws:kms") ||
                           !answer.header("x-amz-server-side-encryption-customer-algorithm").empty();
  if (no_checksum || without_quotes(answer.header("etag")) == sums.md5) return;
  throw base::Error(base::Code::storage, fmt::format("the service confirms other bytes than were sent; {}", doing),
                    "the bytes were changed on the way or in the service: look for proxies between, and try again");
}

S3Upload::S3Upload(S3Client& client, std::string key, std::string doing, const std::string& attempt,
                   std::uint64_t memory)
    : client_(client), key_(std::move(key)), doing_(std::move(doing)), memory_(memory) {
  const HttpBody nothing = HttpBody::of("");
  const HttpAnswer answer = client_.require({.method = "POST",
                                             .doing = doing_,
                                             .key = key_,
                                             .query = {{"uploads", ""}},
                                             .headers = {{attempt_header, attempt}},
                                             .body = &nothing,
                                             .body_sha256 = base::sha256_hex("")});
  id_ = read_element(answer, "InitiateMultipartUploadResult", "UploadId");
  if (id_.empty()) throw client_.failure(answer, {.doing = doing_});
}

S3Upload::~S3Upload() {
  if (completed_) return;
  cancelled_ = true;
  const sys::InterruptShield shield;
  in_flight_.clear();  // waits: a part that arrives after the abort would stay
  try {
    // Nobody who interrupted us waits for a service that is gone.
    client_.perform({.method = "DELETE",
                     .doing = doing_,
                     .key = key_,
                     .query = {{"uploadId", id_}},
                     .patience = abort_patience,
                     .once = true});
  } catch (const std::exception&) {
    // unfinished() will tell of it.
  }
}

void S3Upload::send(std::unique_ptr<S3Part> part) {
  const int number = next_part();
  if (number > most_parts) {
    throw base::Error(base::Code::storage, fmt::format("an object in a bucket has at most 5 TiB; {}", doing_));
  }
  // Along with the part that is filled meanwhile this is all that is held.
  while (in_flight_.size() >= s3_parts_in_flight(part->size(), memory_)) take_oldest();
  in_flight_.push_back(
      std::async(std::launch::async, [this, number, owned = std::move(part)] { return send_part(*owned, number); }));
}

void S3Upload::take_oldest() {
  std::future<std::string> oldest = std::move(in_flight_.front());
  in_flight_.pop_front();
  etags_.push_back(oldest.get());
}

void S3Upload::wait() {
  while (!in_flight_.empty()) take_oldest();
}

std::string S3Upload::send_part(const S3Part& part, int number) {
  const PartSums sums = part.sums();
  const HttpBody body = part.body();
  const S3Request request{.method = "PUT",
                          .doing = doing_,
                          .key = key_,
                          .query = {{"partNumber", std::to_string(number)}, {"uploadId", id_}},
                          .headers = {{"content-md5", sums.md5_base64}},
                          .body = &body,
                          .body_sha256 = sums.sha256};
  const HttpAnswer answer = client_.require(request, &cancelled_);
  check_etag(answer, sums, doing_);
  return without_quotes(answer.header("etag"));
}

HttpAnswer S3Upload::complete() {
  std::string list = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  int number = 0;
  for (const std::string& etag : etags_) {
    list += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>\"{}\"</ETag></Part>", ++number, etag);
  }
  list += "</CompleteMultipartUpload>";
  const HttpBody body = HttpBody::of(list);
  const S3Request request{.method = "POST",
                          .doing = doing_,
                          .key = key_,
                          .query = {{"uploadId", id_}},
                          .headers = {{"content-type", "application/xml"}, {"if-none-match", "*"}},
                          .body = &body,
                          .body_sha256 = base::sha256_hex(list),
                          .patience = completion_patience};
  Retries retries(client_.retry());
  while (true) {
    HttpAnswer answer = client_.perform(request);
    // The status was sent before the work began, and says little: the body does.
    const std::string code = read_problem(answer).code;
    if (answer.status == HttpStatus::ok && !code.empty()) {
      if (retries.wait({}, nullptr)) continue;
      throw client_.failure(answer, request);
    }
    completed_ = answer.status == HttpStatus::ok;
    if (completed_ || answer.status == HttpStatus::not_found || answer.status == HttpStatus::conflict ||
        answer.status == HttpStatus::precondition_failed)
      return answer;
    throw client_.failure(answer, request);
  }
}

}  // namespace store
