#include <zstd.h>

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "changeset/disk_file.h"
#include "changeset/file.h"
#include "changeset/format.h"

namespace changeset {

namespace {

constexpr std::size_t cached_frames = 8;
constexpr std::uint64_t cached_bytes = 8 * 2 * format::frame_target;

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// Bytes that are about to be overwritten whole, and so need no zeros first.
class Buffer {
 public:
  char* make(std::size_t size) {
    if (size > capacity_) {
      bytes_ = std::make_unique_for_overwrite<char[]>(size);
      capacity_ = size;
    }
    size_ = size;
    return bytes_.get();
  }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

struct Frame {
  std::uint64_t offset = 0;
  Buffer contents;
};

base::Error altered(const std::filesystem::path& path) {
  return base::Error(base::Code::input, path.string() + " is damaged: it was cut off or altered after it was written");
}

}  // namespace

struct Reader::State {
  explicit State(const std::filesystem::path& path) : file(DiskFile::open(path)), context(ZSTD_createDCtx()) {
    if (!context) throw base::Error(base::Code::internal, "zstd cannot be initialised");
    check_header();
    read_index();
  }

  void check_header() const;
  void read_index();
  void check_digest(std::string_view expected) const;
  void decompress(const format::FrameEntry& frame, Buffer& into);
  const Frame& cached(std::uint64_t offset);
  void make_room(std::uint64_t bytes);

  DiskFile file;
  std::unique_ptr<ZSTD_DCtx, FreeContext> context;
  format::Index index;
  Buffer compressed;         // scratch
  std::vector<Frame> cache;  // most recently used last
};

void Reader::State::check_header() const {
  const std::string path = file.path().string();
  std::string header(std::min(file.size(), format::header_size), '\0');
  file.read(0, header.data(), header.size());
  if (header.size() < format::header_size || !header.starts_with(format::magic)) {
    throw base::Error(base::Code::input, path + " is not a changeset");
  }
  const std::uint64_t version = format::get_fixed(std::string_view(header).substr(format::magic.size()));
  if (version != format::version) {
    throw base::Error(base::Code::input,
                      path + " is a changeset of version " + std::to_string(version) + ", and only version " +
                          std::to_string(format::version) + " is known here",
                      "use the pgrehearse that wrote it, or a later one");
  }
}

void Reader::State::read_index() {
  if (file.size() < format::header_size + format::footer_size) throw altered(file.path());
  std::string bytes(format::footer_size, '\0');
  const std::uint64_t footer_at = file.size() - format::footer_size;
  file.read(footer_at, bytes.data(), bytes.size());
  const std::string_view footer = bytes;
  if (!footer.ends_with(format::end_magic)) throw altered(file.path());
  check_digest(footer.substr(16, format::digest_size));
  format::FrameEntry frame{.offset = format::get_fixed(footer.substr(0, 8)),
                           .contents = format::get_fixed(footer.substr(8, 8))};
  if (frame.offset < format::header_size || frame.offset > footer_at || frame.contents > format::max_index) {
    throw altered(file.path());
  }
  frame.compressed = footer_at - frame.offset;
  Buffer contents;
  decompress(frame, contents);
  index = format::decode_index(contents.view(), frame.offset);
}

void Reader::State::check_digest(std::string_view expected) const {
  base::Sha256 hash;
  std::string chunk(format::frame_target, '\0');
  const std::uint64_t end = file.size() - format::end_magic.size() - format::digest_size;
  for (std::uint64_t at = 0; at < end;) {
    const std::size_t size = std::min<std::uint64_t>(chunk.size(), end - at);
    file.read(at, chunk.data(), size);
    hash.update(std::string_view(chunk).substr(0, size));
    at += size;
  }
  if (hash.hex() != expected) throw altered(file.path());
}

void Reader::State::decompress(const format::FrameEntry& frame, Buffer& into) {
  file.read(frame.offset, compressed.make(frame.compressed), frame.compressed);
  const std::string_view bytes = compressed.view();
  // A stated size is believed only where the frame says the same, and the frame only where it then yields as much.
  if (ZSTD_getFrameContentSize(bytes.data(), bytes.size()) != frame.contents) throw altered(file.path());
  char* const contents = into.make(frame.contents);
  const std::size_t size = ZSTD_decompressDCtx(context.get(), contents, frame.contents, bytes.data(), bytes.size());
  if (ZSTD_isError(size) || size != frame.contents) throw altered(file.path());
}

const Frame& Reader::State::cached(std::uint64_t offset) {
  const auto found =
      std::find_if(cache.rbegin(), cache.rend(), [&](const Frame& frame) { return frame.offset == offset; });
  if (found != cache.rend()) {
    std::rotate(found.base() - 1, found.base(), cache.end());
    return cache.back();
  }
  const auto entry =
      std::lower_bound(index.frames.begin(), index.frames.end(), offset,
                       [](const format::FrameEntry& frame, std::uint64_t at) { return frame.offset < at; });
  if (entry == index.frames.end() || entry->offset != offset) {
    throw base::Error(base::Code::input, file.path().string() + " has no change at byte " + std::to_string(offset));
  }
  make_room(entry->contents);
  Frame frame{.offset = offset, .contents = {}};
  decompress(*entry, frame.contents);
  cache.push_back(std::move(frame));
  return cache.back();
}

void Reader::State::make_room(std::uint64_t bytes) {
  for (const Frame& frame : cache) bytes += frame.contents.view().size();
  while (!cache.empty() && (cache.size() == cached_frames || bytes > cached_bytes)) {
    bytes -= cache.front().contents.view().size();
    cache.erase(cache.begin());
  }
}

Reader::Reader(const std::filesystem::path& path) : state_(std::make_unique<State>(path)) {}

Reader::~Reader() = default;

const std::vector<Relation>& Reader::relations() const {
  return state_->index.relations;
}

std::uint64_t Reader::changes() const {
  return state_->index.changes;
}

void Reader::for_each(const std::function<void(const Change&, Position)>& visit) const {
  Buffer contents;  // not the cache: `visit` may ask for other changes
  Change change;
  std::uint64_t seen = 0;
  for (const format::FrameEntry& frame : state_->index.frames) {
    state_->decompress(frame, contents);
    for (std::string_view rest = contents.view(); !rest.empty(); ++seen) {
      const Position position{frame.offset, static_cast<std::uint32_t>(frame.contents - rest.size())};
      format::get_change(rest, relations().size(), change);
      visit(change, position);
    }
  }
  if (seen != changes()) throw altered(state_->file.path());
}

Change Reader::at(Position position) const {
  const std::string_view contents = state_->cached(position.frame).contents.view();
  if (position.within >= contents.size()) {
    throw base::Error(base::Code::input, state_->file.path().string() + " has no change at that place in its frame");
  }
  Change change;
  std::string_view rest = contents.substr(position.within);
  format::get_change(rest, relations().size(), change);
  return change;
}

}  // namespace changeset
