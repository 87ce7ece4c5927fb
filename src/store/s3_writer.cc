#include "store/s3_writer.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "store/s3_store.h"
#include "store/s3_upload.h"

namespace store {
namespace {

constexpr std::size_t mark_bytes = 16;

}  // namespace

S3Writer::S3Writer(const ObjectStore& store, S3Client& client, std::string key,
                   std::function<std::uint64_t(int)> part_size, std::uint64_t memory)
    : store_(store),
      client_(client),
      key_(std::move(key)),
      attempt_(base::random_hex(mark_bytes)),
      doing_(fmt::format("{} was not stored", key_)),
      part_size_(std::move(part_size)),
      memory_(memory),
      part_(make_part(1)) {}

S3Writer::~S3Writer() = default;

std::unique_ptr<S3Part> S3Writer::make_part(int number) const {
  return std::make_unique<S3Part>(part_size_(number), s3_largest_in_memory(memory_));
}

void S3Writer::write(std::string_view bytes) {
  written_ += bytes.size();
  while (!bytes.empty()) {
    // Only now is it known that there is more than what is full already.
    if (part_->full()) {
      if (!upload_) upload_ = std::make_unique<S3Upload>(client_, key_, doing_, attempt_, memory_);
      upload_->send(std::move(part_));
      part_ = make_part(upload_->next_part());
    }
    bytes.remove_prefix(part_->append(bytes));
  }
}

void S3Writer::commit() {
  if (upload_) {
    complete();
  } else {
    put_whole();
  }
}

void S3Writer::put_whole() {
  const PartSums sums = part_->sums();
  const HttpBody body = part_->body();
  const S3Request request{
      .method = "PUT",
      .doing = doing_,
      .key = key_,
      .headers = {{"content-md5", sums.md5_base64}, {"if-none-match", "*"}, {attempt_header, attempt_}},
      .body = &body,
      .body_sha256 = sums.sha256};
  Retries retries(client_.retry());
  HttpAnswer answer = client_.perform(request);
  // 409: others create or remove it in this moment.
  while (answer.status == HttpStatus::conflict && retries.wait({}, nullptr)) answer = client_.perform(request);
  if (answer.status == HttpStatus::precondition_failed) {
    // Perhaps by the first of two tries, whose answer was lost.
    if (!is_ours()) throw object_exists(key_, store_);
    return;
  }
  if (answer.status / 100 != 2) throw client_.failure(answer, request);
  check_etag(answer, sums, doing_);
}

void S3Writer::complete() {
  upload_->send(std::move(part_));
  upload_->wait();
  const S3Request look{.method = "HEAD", .doing = doing_, .key = key_};
  if (client_.perform(look).status == HttpStatus::ok) throw object_exists(key_, store_);
  const HttpAnswer answer = upload_->complete();
  // An upload that is gone (404) was completed by a try whose answer was lost, or discarded by somebody.
  if (is_ours()) return;
  if (answer.status == HttpStatus::not_found) throw client_.failure(answer, look);
  throw object_exists(key_, store_);
}

// Looks whose the object is, and that it is whole.
bool S3Writer::is_ours() {
  const HttpAnswer head = client_.perform({.method = "HEAD", .doing = doing_, .key = key_});
  if (head.status != HttpStatus::ok || head.header(attempt_header) != attempt_) return false;
  if (std::strtoull(head.header("content-length").c_str(), nullptr, 10) == written_) return true;
  throw base::Error(base::Code::storage,
                    fmt::format("{} in {} has another size than what was sent", key_, store_.description()),
                    "the service lost a part of it: remove that object, and try again");
}

}  // namespace store
