// What all dumps share, whatever their format.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "scratch/source.h"

namespace scratch {

// An archive of pg_dump: custom or tar (one file), or a directory.
std::unique_ptr<Source> open_archive(const std::filesystem::path& path, const SourceOptions& options);
// SQL text, of pg_dump, pg_dumpall, or written by hand.
std::unique_ptr<Source> open_plain_dump(const std::filesystem::path& path, const SourceOptions& options);

class DumpSource : public Source {
 public:
  std::string key() const override;
  std::string state() override;
  int major() const override { return binaries_->major; }
  std::string role() const override;

 protected:
  // `path` is canonical.
  DumpSource(std::filesystem::path path, const SourceOptions& options) : path_(std::move(path)), role_(options.role) {}

  const std::filesystem::path& path() const { return path_; }
  const Binaries& binaries() const { return *binaries_; }
  // Chooses the server for a dump of `major`: that one, else the next newer one, which a note tells. 0: the newest
  // here.
  void choose_binaries(int major);
  // All that an image of this dump says before its data is there.
  Image describe(const std::string& method, const std::string& database) const;
  // The bootstrap superuser of its clusters.
  virtual std::string superuser() const = 0;

 private:
  std::filesystem::path path_;
  std::string role_;
  const Binaries* binaries_ = nullptr;
  int dumped_from_ = 0;
};

}  // namespace scratch
