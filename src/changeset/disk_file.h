// A file on disk that is only ever appended to, and read at any place. Errors are Error(storage) with path and reason.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace changeset {

class DiskFile {
 public:
  // Makes the file, or empties it; nobody else may read what is made (mode 0600).
  static DiskFile create(const std::filesystem::path& path);
  // An existing regular file, for reading.
  static DiskFile open(const std::filesystem::path& path);
  // A file in `directory` that has no name, and so is gone with this object or with the process.
  static DiskFile temporary(const std::filesystem::path& directory);

  DiskFile(DiskFile&& other) noexcept;
  DiskFile& operator=(DiskFile&& other) noexcept;
  ~DiskFile();

  void append(std::string_view bytes);
  // Fills `into`; an end of file before that is an error.
  void read(std::uint64_t offset, char* into, std::size_t bytes) const;
  // Reports what the operating system could only find out late; nothing may be done with the file afterwards.
  void close();

  std::uint64_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  DiskFile(int fd, std::filesystem::path path, std::uint64_t size) : fd_(fd), path_(std::move(path)), size_(size) {}

  int fd_ = -1;
  std::filesystem::path path_;
  std::uint64_t size_ = 0;
};

}  // namespace changeset
