// A piece of an object on its way into a bucket: in memory or in a temporary file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "store/http.h"

namespace store {

// How a service knows what it was sent.
struct PartSums {
  std::string sha256;      // lower-case hexadecimal
  std::string md5;         // the same: an ETag
  std::string md5_base64;  // for Content-MD5
};

class S3Part {
 public:
  // Holds up to `capacity` bytes: in memory, or where that is more than `largest_in_memory` in a temporary file.
  S3Part(std::uint64_t capacity, std::uint64_t largest_in_memory);
  ~S3Part();
  S3Part(const S3Part&) = delete;
  S3Part& operator=(const S3Part&) = delete;

  // Takes what fits, and returns how much that was.
  std::size_t append(std::string_view bytes);
  std::uint64_t size() const { return size_; }
  bool full() const { return size_ == capacity_; }
  HttpBody body() const;  // has to be outlived by the part
  PartSums sums() const;

 private:
  class Spool;
  std::uint64_t capacity_;
  std::uint64_t size_ = 0;
  std::string bytes_;
  std::unique_ptr<Spool> spool_;  // instead of bytes_
};

}  // namespace store
