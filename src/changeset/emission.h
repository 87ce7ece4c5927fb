// From net rows to the changes that a caller sees: fetches the images, and reads the file nearly in its order.
//
// The image before and the image after of a row may stand far apart. Rows are therefore taken in batches: the
// images before of a batch are read first, in the order of the file, and kept until the rows come out.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "changeset/file.h"
#include "changeset/identity.h"
#include "changeset/net_rows.h"

namespace changeset {

class Emission {
 public:
  using Sink = std::function<void(const Change&)>;
  // `memory_limit` is in bytes; `image_size` what an image takes on average. All but numbers must outlive the object.
  Emission(const Reader& reader, const Identity& identity, std::uint64_t memory_limit, std::uint64_t image_size,
           const Sink& sink);

  // Rows come out in the order in which they are added.
  void add(const NetRow& row);
  void end() { flush(); }

 private:
  struct Image {
    bool read = false;
    std::uint32_t relation = 0;
    std::string tuple;
  };

  void flush();
  std::vector<Image> read_images() const;
  Image image_before(const NetRow& row) const;
  void emit(const NetRow& row, Image* before) const;

  const Reader& reader_;
  const Identity& identity_;
  const std::uint64_t memory_limit_;
  const std::uint64_t image_size_;
  const Sink& sink_;
  std::vector<NetRow> batch_;
  std::vector<std::uint32_t> apart_;  // indexes into the batch: rows whose images stand in different changes
};

}  // namespace changeset
