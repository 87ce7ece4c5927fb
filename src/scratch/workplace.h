// A directory under HOME that one process owns while it lives: an instance, or an image being built.
//
// Its file `lock` is held (fcntl) by the owner, so that whoever finds the lock free knows that the owner is dead.
// Creating, removing and reaping happen under HOME/lock: no directory is ever seen before its lock is held.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "sys/file.h"

namespace scratch {

inline constexpr std::string_view instances_folder = "instances";
inline constexpr std::string_view building_folder = "building";
inline constexpr std::string_view images_folder = "images";

class Workplace {
 public:
  // `folder` is instances_folder or building_folder.
  static Workplace create(std::string_view folder);
  Workplace(Workplace&& other) noexcept;
  Workplace& operator=(Workplace&&) = delete;
  ~Workplace();  // removes the directory; what cannot be removed is left to reap()

  const std::filesystem::path& path() const { return path_; }

 private:
  Workplace(std::filesystem::path path, sys::FileLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  std::optional<sys::FileLock> lock_;
};

// HOME/lock: held for moments only, while directories appear in HOME or leave it.
sys::FileLock lock_home();

// HOME/FOLDER, created where it is missing.
std::filesystem::path folder_in_home(std::string_view folder);

// Creates `path` so that the server's account can pass through it on the way to its own directories, and nobody can
// list it.
void make_passage(const std::filesystem::path& path);

}  // namespace scratch
