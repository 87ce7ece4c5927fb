#include "repository/object_reader.h"

#include <fmt/core.h>
#include <zstd.h>

#include <memory>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "repository/point_id.h"
#include "repository/sealed.h"

namespace repository {

namespace {

constexpr std::size_t chunk = std::size_t{1} << 20U;

base::Error damaged(const std::string& how) {
  return {base::Code::storage, how, "restore from another store (--store) or another point: pgrehearse backups"};
}

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// Stored bytes in, zstd bytes out: opened, where they are sealed.
class Opener {
 public:
  Opener(const std::string& id, const StoredObject& object, const KeyRing* keys, Sink out) : out_(std::move(out)) {
    if (object.key_id.empty()) return;
    if (!keys) {
      throw base::Error(base::Code::contract,
                        fmt::format("it is sealed with key {}, and no key is known", object.key_id),
                        "say where the keys are: [encryption] in the contract");
    }
    unsealer_.emplace(*keys, object_key(id, object.name), out_);
  }
  void feed(std::string_view bytes) {
    if (unsealer_) return unsealer_->write(bytes);
    out_(bytes);
  }
  void finish() {
    if (unsealer_) unsealer_->finish();
  }

 private:
  Sink out_;
  std::optional<Unsealer> unsealer_;
};

// zstd bytes in, content out.
class Decompressor {
 public:
  explicit Decompressor(const Sink& sink) : sink_(sink) {}

  void feed(std::string_view bytes) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    bool full = true;  // what did not fit into `content_` comes with the next call, without any more input
    while (in.pos < in.size || full) {
      ZSTD_outBuffer out{content_.data(), content_.size(), 0};
      const std::size_t wanted = ZSTD_decompressStream(zstd_.get(), &out, &in);
      if (ZSTD_isError(wanted))
        throw damaged(fmt::format("its bytes are damaged, and cannot be decompressed: {}", ZSTD_getErrorName(wanted)));
      whole_ = wanted == 0;
      full = out.pos == out.size;
      if (out.pos > 0) sink_({content_.data(), out.pos});
      if (whole_ && in.pos == in.size) return;
    }
  }

  bool whole() const { return whole_; }

 private:
  const Sink& sink_;
  std::unique_ptr<ZSTD_DCtx, FreeContext> zstd_{ZSTD_createDCtx()};
  std::vector<char> content_ = std::vector<char>(ZSTD_DStreamOutSize());
  bool whole_ = false;
};

void read_stored(store::ObjectStore& store, const std::string& id, const StoredObject& object, const Sink& sink,
                 const Watcher& watcher) {
  const auto reader = store.open(object_key(id, object.name));
  std::vector<char> buffer(chunk);
  while (const std::size_t got = reader->read(buffer.data(), buffer.size())) {
    sink({buffer.data(), got});
    if (watcher) watcher(got);
  }
}

struct Sum {
  base::Sha256 hash;
  std::uint64_t bytes = 0;
  void add(std::string_view part) {
    hash.update(part);
    bytes += part.size();
  }
};

std::optional<std::string> difference(Sum& sum, std::uint64_t bytes, const std::string& sha256) {
  if (sum.bytes != bytes) {
    return fmt::format("it has {} bytes instead of {}", base::with_commas(static_cast<std::int64_t>(sum.bytes)),
                       base::with_commas(static_cast<std::int64_t>(bytes)));
  }
  if (sum.hash.hex() != sha256) return "its bytes do not match their hash";
  return std::nullopt;
}

}  // namespace

void read_content(store::ObjectStore& store, const std::string& id, const StoredObject& object, const KeyRing* keys,
                  const Sink& sink, const Watcher& watcher) {
  base::in_context(fmt::format("{} of {} in {}", object.name, id, store.description()), [&] {
    Sum stored;
    Sum content;
    const Sink counted = [&](std::string_view part) {
      content.add(part);
      sink(part);
    };
    Decompressor decompressor(counted);
    Opener opener(id, object, keys, [&](std::string_view part) { decompressor.feed(part); });
    const Sink take = [&](std::string_view part) {
      stored.add(part);
      opener.feed(part);
    };
    read_stored(store, id, object, take, watcher);
    opener.finish();
    auto wrong = difference(stored, object.bytes, object.sha256);
    if (!wrong && !decompressor.whole()) wrong = "it ends in the middle";
    if (!wrong) wrong = difference(content, object.content_bytes, object.content_sha256);
    if (wrong) throw damaged(*wrong);
  });
}

std::optional<std::string> check_object(store::ObjectStore& store, const std::string& id, const StoredObject& object,
                                        const Watcher& watcher) {
  if (!store.stat(object_key(id, object.name))) return "it is gone";
  Sum stored;
  read_stored(store, id, object, [&](std::string_view part) { stored.add(part); }, watcher);
  return difference(stored, object.bytes, object.sha256);
}

}  // namespace repository
