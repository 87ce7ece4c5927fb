// An object of a bucket, read from the front: where the connection is cut, reading goes on behind what has come, on the
// same version of the object.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "store/object_store.h"
#include "store/s3_client.h"

namespace store {

class S3Reader : public Reader {
 public:
  // Throws Error(storage) where there is no such object. Both references have to outlive it.
  S3Reader(const ObjectStore& store, S3Client& client, const std::string& key, std::uint64_t offset);
  std::size_t read(char* buffer, std::size_t size) override;

 private:
  void request();
  std::size_t read_some(char* buffer, std::size_t size);

  const ObjectStore& store_;
  S3Client& client_;
  S3Request request_;
  std::uint64_t at_;
  bool ended_ = false;
  std::string etag_;  // of the version that is read; empty: not known yet
  std::unique_ptr<S3Client::Download> download_;
  Retries retries_;
};

}  // namespace store
