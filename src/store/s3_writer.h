// An object on its way into a bucket.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "store/object_store.h"
#include "store/s3_client.h"
#include "store/s3_part.h"

namespace store {

class S3Upload;

class S3Writer : public Writer {
 public:
  // The references have to outlive it.
  S3Writer(const ObjectStore& store, S3Client& client, std::string key, std::function<std::uint64_t(int)> part_size,
           std::uint64_t memory);
  ~S3Writer() override;

  void write(std::string_view bytes) override;
  void commit() override;

 private:
  void put_whole();
  void complete();
  bool is_ours();
  std::unique_ptr<S3Part> make_part(int number) const;

  const ObjectStore& store_;
  S3Client& client_;
  std::string key_;
  std::string attempt_;  // a mark in the object's metadata, by which we know our own
  std::string doing_;
  std::function<std::uint64_t(int)> part_size_;
  std::uint64_t memory_;
  std::uint64_t written_ = 0;
  std::unique_ptr<S3Part> part_;      // being filled
  std::unique_ptr<S3Upload> upload_;  // once there is more than one part
};

}  // namespace store
