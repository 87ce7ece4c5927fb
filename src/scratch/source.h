// Where an image comes from.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "scratch/image.h"

namespace scratch {

class Source {
 public:
  virtual ~Source() = default;

  // What makes two sources the same one, whatever was written to them since.
  virtual std::string key() const = 0;
  // The state it is in: equal text means that nothing was written in between. Empty: it cannot be told.
  virtual std::string state() = 0;
  // The major version of the servers its images need.
  virtual int major() const = 0;
  // Who would run a script there.
  virtual std::string role() const = 0;
  // Makes a stopped server's data directory at `draft`/data and describes it (all but name, state, taken, bytes and
  // data). `draft` exists and belongs to the server's account; `temporary` is for what is not to be kept.
  virtual Image build(const std::filesystem::path& draft, const std::filesystem::path& temporary,
                      const SourceOptions& options) = 0;
};

// A live database, by libpq URI or conninfo.
std::unique_ptr<Source> open_live_source(const std::string& conninfo, const SourceOptions& options);
// A dump: custom, tar, directory or plain SQL.
std::unique_ptr<Source> open_dump_source(const std::string& path, const SourceOptions& options);

// "shop-3f2a91".
std::string image_name(const std::string& database, const std::string& key);

}  // namespace scratch
