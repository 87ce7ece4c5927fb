// The bytes of a changeset file, in memory. docs/formats/changeset.md is the specification.
//
// Whatever decodes throws Error(input) on bytes that are not as specified, and allocates nothing on the word of a
// length.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "changeset/change.h"

namespace changeset::format {

inline constexpr std::string_view magic{"\x89PGRCS\r\n", 8};
inline constexpr std::string_view end_magic{"PGRCSEND", 8};
inline constexpr std::uint32_t version = 1;

inline constexpr std::uint64_t header_size = 12;
inline constexpr std::uint64_t digest_size = 64;
inline constexpr std::uint64_t footer_size = 8 + 8 + digest_size + 8;

inline constexpr std::uint64_t frame_target = 256 << 10;   // a frame ends with the change that reaches it
inline constexpr std::uint64_t max_contents = 2ull << 30;  // of a frame of changes
inline constexpr std::uint64_t max_index = 64 << 20;       // contents of the index

struct FrameEntry {
  std::uint64_t offset = 0;      // in the file; not stored: frames follow each other
  std::uint64_t compressed = 0;  // bytes in the file
  std::uint64_t contents = 0;    // bytes decompressed
};

struct Index {
  std::vector<Relation> relations;
  std::vector<FrameEntry> frames;
  std::uint64_t changes = 0;
};

std::string encode(const Index& index);
// `frames_end` is where the frames of changes have to end.
Index decode_index(std::string_view bytes, std::uint64_t frames_end);

void put_change(std::string& out, const Change& change);
// Takes one change off `rest`. `relations` is how many there are.
void get_change(std::string_view& rest, std::size_t relations, Change& change);

void put_fixed(std::string& out, std::uint64_t value, std::size_t bytes);  // little-endian
std::uint64_t get_fixed(std::string_view bytes);

}  // namespace changeset::format
