#include "store/s3_part.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/hash.h"
#include "sys/failure.h"
#include "sys/fd.h"
#include "sys/file.h"

namespace store {

class S3Part::Spool {
 public:
  Spool()
      : path_(directory_.path() / "part"), file_(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (!file_) throw sys::storage_error("create", path_, errno);
  }
  void append(std::string_view bytes) { sys::write_all(file_.get(), bytes, path_.string()); }
  std::size_t read(std::uint64_t at, char* to, std::size_t size) const {
    const ssize_t got = ::pread(file_.get(), to, size, static_cast<off_t>(at));
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  }

 private:
  sys::TemporaryDirectory directory_;
  std::filesystem::path path_;
  sys::Fd file_;
};

S3Part::S3Part(std::uint64_t capacity, std::uint64_t largest_in_memory) : capacity_(capacity) {
  if (capacity > largest_in_memory) spool_ = std::make_unique<Spool>();
}
S3Part::~S3Part() = default;

std::size_t S3Part::append(std::string_view bytes) {
  bytes = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(capacity_ - size_, bytes.size())));
  if (spool_) {
    spool_->append(bytes);
  } else {
    // At once, for what is more than a small object: growing by doubling would hold up to three times as much.
    if (bytes_.size() + bytes.size() > bytes_.capacity()) bytes_.reserve(static_cast<std::size_t>(capacity_));
    bytes_ += bytes;
  }
  size_ += bytes.size();
  return bytes.size();
}

HttpBody S3Part::body() const {
  if (!spool_) return HttpBody::of(bytes_);
  return {size_,
          [spool = spool_.get()](std::uint64_t at, char* to, std::size_t size) { return spool->read(at, to, size); }};
}

PartSums S3Part::sums() const {
  const HttpBody all = body();
  base::Sha256 sha256;
  base::Md5 md5;
  std::vector<char> buffer(std::size_t{256} << 10);
  for (std::uint64_t at = 0; at < size_;) {
    const std::size_t got = all.read(at, buffer.data(), buffer.size());
    if (got == 0) throw sys::storage_error("read", "a temporary file", EIO);
    sha256.update({buffer.data(), got});
    md5.update({buffer.data(), got});
    at += got;
  }
  const std::string digest = md5.digest();
  return {sha256.hex(), base::to_hex(digest), base::to_base64(digest)};
}

}  // namespace store
