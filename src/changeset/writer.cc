#include <zstd.h>

#include <unordered_map>

#include "base/error.h"
#include "base/hash.h"
#include "changeset/disk_file.h"
#include "changeset/file.h"
#include "changeset/format.h"

namespace changeset {

namespace {

// Decoding from the server is the bottleneck of a rehearsal; the fastest level already halves a changeset or better.
constexpr int compression_level = 1;
// A single huge row must not keep its memory for the rest of the file.
constexpr std::size_t kept_buffer = 4 << 20;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

struct RelationHash {
  std::size_t operator()(const Relation& relation) const {
    return std::hash<std::string>()(relation.name) * 31 + relation.columns.size();
  }
};

void clear(std::string& buffer) {
  buffer.clear();
  if (buffer.capacity() > kept_buffer) buffer.shrink_to_fit();
}

}  // namespace

struct Writer::State {
  explicit State(const std::filesystem::path& path) : file(DiskFile::create(path)), context(ZSTD_createCCtx()) {
    if (!context) throw base::Error(base::Code::internal, "zstd cannot be initialised");
    std::string header(format::magic);
    format::put_fixed(header, format::version, 4);
    append(header);
  }

  void append(std::string_view bytes) {
    file.append(bytes);
    hash.update(bytes);
  }

  // Returns how many bytes the frame takes in the file.
  std::uint64_t append_frame(std::string_view bytes) {
    compressed.resize(ZSTD_compressBound(bytes.size()));
    const std::size_t size = ZSTD_compressCCtx(context.get(), compressed.data(), compressed.size(), bytes.data(),
                                               bytes.size(), compression_level);
    if (ZSTD_isError(size)) {
      throw base::Error(base::Code::internal, std::string("zstd cannot compress: ") + ZSTD_getErrorName(size));
    }
    append(std::string_view(compressed).substr(0, size));
    clear(compressed);
    return size;
  }

  void end_frame() {
    if (contents.empty()) return;
    format::FrameEntry frame{.offset = file.size(), .contents = contents.size()};
    frame.compressed = append_frame(contents);
    index.frames.push_back(frame);
    clear(contents);
  }

  DiskFile file;
  base::Sha256 hash;
  std::unique_ptr<ZSTD_CCtx, FreeContext> context;
  format::Index index;
  std::unordered_map<Relation, std::uint32_t, RelationHash> known;
  std::uint32_t last_relation = 0;
  std::string contents;    // of the frame that is being filled
  std::string compressed;  // scratch
  bool closed = false;
};

Writer::Writer(const std::filesystem::path& path) : state_(std::make_unique<State>(path)) {}

Writer::~Writer() = default;

std::uint32_t Writer::add(const Relation& relation) {
  auto& relations = state_->index.relations;
  if (!relations.empty() && relations[state_->last_relation] == relation) return state_->last_relation;
  for (const std::uint32_t column : relation.key) {
    if (column >= relation.columns.size()) {
      throw base::Error(base::Code::internal,
                        "the key of " + relation.qualified() + " names a column it does not have");
    }
  }
  const auto [entry, fresh] = state_->known.try_emplace(relation, static_cast<std::uint32_t>(relations.size()));
  if (fresh) relations.push_back(relation);
  return state_->last_relation = entry->second;
}

Position Writer::add(const Change& change) {
  State& state = *state_;
  if (state.closed) throw base::Error(base::Code::internal, "a changeset that was closed takes no more changes");
  if (change.relation >= state.index.relations.size()) {
    throw base::Error(base::Code::internal, "a change is of a table that the changeset does not list");
  }
  if (change.before.size() + change.after.size() > format::max_contents - 2 * format::frame_target) {
    throw base::Error(base::Code::storage, "a row of " + state.index.relations[change.relation].qualified() +
                                               " is too large for a changeset");
  }
  const Position position{state.file.size(), static_cast<std::uint32_t>(state.contents.size())};
  format::put_change(state.contents, change);
  ++state.index.changes;
  if (state.contents.size() >= format::frame_target) state.end_frame();
  return position;
}

void Writer::close() {
  State& state = *state_;
  if (state.closed) return;
  state.end_frame();
  const std::string index = format::encode(state.index);
  if (index.size() > format::max_index) {
    throw base::Error(base::Code::storage, "the changeset has too many tables or changes to be listed");
  }
  std::string footer;
  format::put_fixed(footer, state.file.size(), 8);
  format::put_fixed(footer, index.size(), 8);
  state.append_frame(index);
  state.append(footer);
  state.file.append(state.hash.hex());
  state.file.append(format::end_magic);
  state.file.close();
  state.closed = true;
}

std::uint64_t Writer::changes() const {
  return state_->index.changes;
}

}  // namespace changeset
