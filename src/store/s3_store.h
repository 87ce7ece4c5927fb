// Objects in a bucket of an S3-compatible service (Amazon S3 API Reference).
//
// - Objects up to one part (8 MiB) are one PUT, larger ones multipart uploads with up to four parts in flight; memory
//   stays below 64 MiB for each writer, divided where several buckets are written to at once, and parts that are larger
//   than half of it (beyond 109 GiB, for one bucket) wait in TMPDIR instead.
// - Nothing is overwritten: PUT carries `If-None-Match: *`, and so does the completion of an upload. AWS honours both;
//   Ceph 16 only the first. Uploads therefore also look whether the key exists before they are completed, and whose the
//   object is afterwards: two that complete the same large key in the same moment may both have done so there, and the
//   one whose object is not the one that stayed is told. Small objects are exclusive on both.
// - What arrives is checked by the service (SHA-256 in the signature, Content-MD5) and by us (the ETag of each part,
// the
//   size of the whole). Reading goes on where a connection was cut, on the same version of the object.
// - What fails for a passing reason is tried again; every other refusal is an Error(storage) with what to do. Keys and
//   signatures are in no message.
#pragma once

#include <functional>
#include <string>

#include "store/object_store.h"
#include "store/s3_client.h"

namespace store {

// What parts may hold in one process.
inline constexpr std::uint64_t s3_memory = std::uint64_t{64} << 20;

struct S3Options {
  RetryPolicy retry;
  S3Client::Clock clock = sys::now;
  int list_page = 1000;
  std::function<std::uint64_t(int)> part_size;  // of the n-th part, from 1; by default what s3_part_size() says
  std::uint64_t memory = s3_memory;             // of each writer, for parts
};

// Grows so that 10,000 parts, the most that there may be, hold 5 TiB, the most that an object may have.
std::uint64_t s3_part_size(int number);
// How many parts of a size may be on their way, so that with the one being filled they stay within `memory`; one at
// least.
std::size_t s3_parts_in_flight(std::uint64_t size, std::uint64_t memory);
// Parts beyond this are kept in a temporary file while they wait: two of them would be more than `memory`.
constexpr std::uint64_t s3_largest_in_memory(std::uint64_t memory) {
  return memory / 2;
}

class S3Store : public ObjectStore {
 public:
  S3Store(S3Address address, AwsCredentials credentials, S3Options options = {});

  std::string description() const override { return client_.address().description(); }
  std::unique_ptr<Writer> create(const std::string& key) override;
  std::unique_ptr<Reader> open(const std::string& key, std::uint64_t offset) override;
  std::optional<ObjectInfo> stat(const std::string& key) override;
  void list(const std::string& prefix, const std::function<void(const ObjectInfo&)>& each) override;
  void remove(const std::string& key) override;
  // Multipart uploads, those of living processes included.
  std::vector<Unfinished> unfinished(const std::string& prefix) override;
  void discard(const Unfinished& attempt) override;

 private:
  S3Client client_;
  int list_page_;
  std::function<std::uint64_t(int)> part_size_;
  std::uint64_t memory_;
};

}  // namespace store
