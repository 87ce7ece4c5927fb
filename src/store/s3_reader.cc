#include "store/s3_reader.h"

#include <fmt/format.h>

#include "store/s3_failure.h"

namespace store {
S3Reader::S3Reader(const ObjectStore& store, S3Client& client, const std::string& key, std::uint64_t offset)
    : store_(store), client_(client), at_(offset), retries_(client.retry()) {
  request_ = {.method = "GET", .doing = fmt::format("{} was not read", key), .key = key};
  request();
}

std::size_t S3Reader::read(char* buffer, std::size_t size) {
  std::size_t filled = 0;
  while (filled < size && !ended_) {
    const std::size_t got = read_some(buffer + filled, size - filled);
    filled += got;
    at_ += got;
  }
  return filled;
}

std::size_t S3Reader::read_some(char* buffer, std::size_t size) {
  try {
    const std::size_t got = download_->channel->read(buffer, size);
    if (got > 0) retries_.reset();
    ended_ = got < size;
    return got;
  } catch (const TransportFailure& failed) {
    if (!retries_.wait({}, nullptr)) throw client_.failure(failed, request_, retries_.made());
  }
  request();
  return 0;
}

void S3Reader::request() {
  request_.headers.clear();
  if (at_ > 0) request_.headers["range"] = fmt::format("bytes={}-", at_);
  if (!etag_.empty()) request_.headers["if-match"] = etag_;
  download_.reset();
  download_ = client_.download(request_);
  const HttpAnswer& head = download_->head;
  if (head.status == HttpStatus::range_not_satisfiable) {
    ended_ = true;
    return;
  }
  if (head.status == HttpStatus::precondition_failed) {
    throw base::Error(base::Code::storage,
                      fmt::format("{} in {} was replaced while it was read", request_.key, store_.description()),
                      "somebody else writes there: nothing of ours is ever replaced");
  }
  if (head.status == HttpStatus::not_found && read_problem(head).code != "NoSuchBucket")
    throw no_such_object(request_.key, store_);
  if (head.status / 100 != 2) throw client_.failure(head, request_);
  const bool asked = at_ == 0 ? head.status == HttpStatus::ok
                              : head.status == HttpStatus::partial &&
                                    head.header("content-range").starts_with(fmt::format("bytes {}-", at_));
  if (!asked) {
    throw base::Error(base::Code::storage,
                      fmt::format("{} sends other bytes than were asked for; {}", store_.description(), request_.doing),
                      "the service, or a proxy before it, does not know byte ranges");
  }
  etag_ = head.header("etag");
}

}  // namespace store
