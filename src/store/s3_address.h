// Where a bucket is, and how its objects are addressed.
#pragma once

#include <string>

#include "store/open.h"

namespace store {

struct S3Address {
  // Throws Error(contract) where the address makes no sense. The region that is not given comes from the environment or
  // the AWS files, else it is us-east-1.
  static S3Address parse(const StoreAddress& address);

  std::string scheme;  // "http", "https"
  std::string host;    // as the Host header says it, the port included where it is not the scheme's own
  std::string root;    // the path that all keys lie under, encoded: "/" or "/bucket/"
  std::string bucket;
  std::string prefix;  // of all our keys: empty, or with a final slash
  std::string region;
  std::string endpoint;  // for people: "https://s3.example.com"

  // The whole key of an object of ours; an empty `key` is the prefix itself.
  std::string whole_key(const std::string& key) const { return prefix + key; }
  std::string description() const;
};

}  // namespace store
