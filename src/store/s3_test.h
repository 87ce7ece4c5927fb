// For tests of the store in a bucket: a real S3 server, and an impostor before it that misbehaves as told.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/error.h"
#include "store/test_radosgw.h"

namespace store {

inline constexpr std::size_t mebibyte = std::size_t{1} << 20;

// As quick as a test wants it.
inline RetryPolicy quick() {
  return {.attempts = 4,
          .first = std::chrono::milliseconds(1),
          .longest = std::chrono::milliseconds(10),
          .wish = std::chrono::seconds(3)};
}

// The error of `body`, which has to have one.
inline base::Error error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const base::Error& error) {
    return error;
  }
  throw std::logic_error("there was no error");
}

inline std::vector<std::string> keys(ObjectStore& store) {
  std::vector<std::string> found;
  store.list("", [&](const ObjectInfo& info) { found.push_back(info.key); });
  return found;
}

class S3StoreTest : public testing::Test {
 protected:
  S3Place place_;
  std::shared_ptr<ObjectStore> direct_ = place_.open();
  TestImpostor impostor_;

  std::shared_ptr<ObjectStore> open(S3Options options = {.retry = quick()}, const std::string& scheme = "http") {
    return open(TestRadosgw::get().credentials(), std::move(options), scheme);
  }
  std::shared_ptr<ObjectStore> open(AwsCredentials credentials, S3Options options, const std::string& scheme = "http") {
    S3Address address = place_.address();
    const std::string endpoint = impostor_.endpoint(scheme);
    address.scheme = scheme;
    address.host = endpoint.substr(endpoint.find("://") + 3);
    address.endpoint = endpoint;
    return std::make_shared<S3Store>(address, std::move(credentials), std::move(options));
  }
};

}  // namespace store
