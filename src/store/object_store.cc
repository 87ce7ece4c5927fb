#include "store/object_store.h"

#include <fmt/core.h>

#include <array>

#include "base/error.h"
#include "base/text.h"

namespace store {

namespace {

constexpr std::size_t longest_key = 900;      // S3 takes 1,024 bytes, a prefix of the bucket's included
constexpr std::size_t longest_segment = 200;  // file systems take 255 bytes, a temporary file's mark included

bool is_segment(std::string_view segment) {
  return !segment.empty() && segment.size() <= longest_segment && segment != "." && segment != ".." &&
         !segment.starts_with(temporary_mark);
}

}  // namespace

bool is_key(std::string_view key) {
  if (key.size() > longest_key || key.find('\0') != std::string_view::npos || !base::is_utf8(key)) return false;
  while (true) {
    const std::size_t slash = key.find('/');
    if (!is_segment(key.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    key.remove_prefix(slash + 1);
  }
}

void require_key(const std::string& key) {
  if (!is_key(key)) throw base::Error(base::Code::internal, fmt::format("\"{}\" is no key of an object", key));
}

base::Error no_such_object(const std::string& key, const ObjectStore& store) {
  return {base::Code::storage, fmt::format("there is no {} in {}", key, store.description())};
}

base::Error object_exists(const std::string& key, const ObjectStore& store) {
  return {base::Code::refused,
          fmt::format("{} exists in {}, and nothing there is overwritten", key, store.description())};
}

void write_object(ObjectStore& store, const std::string& key, std::string_view bytes) {
  const auto writer = store.create(key);
  writer->write(bytes);
  writer->commit();
}

std::string read_object(ObjectStore& store, const std::string& key, std::uint64_t limit) {
  const auto reader = store.open(key);
  std::string whole;
  std::array<char, 1U << 16U> buffer;
  while (const std::size_t got = reader->read(buffer.data(), buffer.size())) {
    whole.append(buffer.data(), got);
    if (whole.size() > limit) {
      throw base::Error(base::Code::storage, fmt::format("{} in {} is larger than it can be", key, store.description()),
                        "somebody else wrote it: look at it, and move it away");
    }
  }
  return whole;
}

}  // namespace store
