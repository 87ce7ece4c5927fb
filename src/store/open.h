// Opens a store by its address.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "store/object_store.h"

namespace store {

struct StoreAddress {
  std::string url;          // "file:///var/backups/app", a path, "s3://bucket/prefix"
  std::string endpoint;     // of an S3-compatible service; empty: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or AWS itself
  std::string region;       // empty: the environment's, the AWS profile's, or us-east-1
  bool path_style = false;  // https://endpoint/bucket/key instead of https://bucket.endpoint/key
  std::size_t at_once = 1;  // buckets that are written to at the same time, this one among them: they share memory
};

bool is_bucket_url(std::string_view url);

// Touches no disk and no network: what is wrong with a store shows when it is used. Throws Error(contract) for an
// address that makes no sense, Error(storage) where there are no credentials for a bucket.
std::unique_ptr<ObjectStore> open_store(const StoreAddress& address);

}  // namespace store
