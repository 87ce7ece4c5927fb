#include "repository/object_writer.h"

#include <fmt/core.h>
#include <zstd.h>

#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "repository/point_id.h"
#include "repository/sealed.h"

namespace repository {

namespace {

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

void check(std::size_t result) {
  if (ZSTD_isError(result)) throw base::Error(base::Code::internal, fmt::format("zstd: {}", ZSTD_getErrorName(result)));
}

}  // namespace

struct ObjectWriter::Inside {
  Targets& targets;
  StoredObject object;
  std::string key;
  std::vector<std::unique_ptr<store::Writer>> writers;  // by a store's place among the targets
  std::unique_ptr<ZSTD_CCtx, FreeContext> zstd{ZSTD_createCCtx()};
  std::vector<char> compressed = std::vector<char>(ZSTD_CStreamOutSize());
  std::optional<Sealer> sealer;
  base::Sha256 content_hash;
  base::Sha256 stored_hash;

  Inside(Targets& into, const std::string& id, std::string name)
      : targets(into), key(object_key(id, name)), writers(into.all().size()) {
    object.name = std::move(name);
  }

  void begin(const KeyRing* keys, int level) {
    check(ZSTD_CCtx_setParameter(zstd.get(), ZSTD_c_compressionLevel, level));
    check(ZSTD_CCtx_setParameter(zstd.get(), ZSTD_c_checksumFlag, 1));
    // Compressing goes on while we wait for pg_dump and the stores. A libzstd without threads ignores it.
    ZSTD_CCtx_setParameter(zstd.get(), ZSTD_c_nbWorkers, 1);
    targets.each([&](std::size_t place, store::ObjectStore& store) { writers[place] = store.create(key); });
    if (!keys) return;
    object.key_id = keys->writing().id();
    sealer.emplace(*keys, key, [this](std::string_view bytes) { store_bytes(bytes); });
  }

  void compress(std::string_view content, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{content.data(), content.size(), 0};
    while (true) {
      ZSTD_outBuffer out{compressed.data(), compressed.size(), 0};
      const std::size_t left = ZSTD_compressStream2(zstd.get(), &out, &in, directive);
      check(left);
      const std::string_view bytes(compressed.data(), out.pos);
      if (sealer) {
        sealer->write(bytes);
      } else {
        store_bytes(bytes);
      }
      if (in.pos == in.size && (directive == ZSTD_e_continue || left == 0)) return;
    }
  }

  void store_bytes(std::string_view bytes) {
    stored_hash.update(bytes);
    object.bytes += bytes.size();
    targets.each([&](std::size_t place, store::ObjectStore&) { writers[place]->write(bytes); });
  }
};

ObjectWriter::ObjectWriter(Targets& targets, const std::string& id, std::string name, const KeyRing* keys, int level)
    : inside_(std::make_unique<Inside>(targets, id, std::move(name))) {
  inside_->begin(keys, level);
}

ObjectWriter::~ObjectWriter() = default;

void ObjectWriter::write(std::string_view content) {
  inside_->content_hash.update(content);
  inside_->object.content_bytes += content.size();
  inside_->compress(content, ZSTD_e_continue);
}

StoredObject ObjectWriter::finish() {
  inside_->compress({}, ZSTD_e_end);
  if (inside_->sealer) inside_->sealer->finish();
  inside_->targets.each([&](std::size_t place, store::ObjectStore&) { inside_->writers[place]->commit(); });
  inside_->object.content_sha256 = inside_->content_hash.hex();
  inside_->object.sha256 = inside_->stored_hash.hex();
  return inside_->object;
}

void publish(Targets& targets, const std::string& key, std::string_view bytes) {
  targets.each([&](std::size_t, store::ObjectStore& store) { store::write_object(store, key, bytes); });
}

}  // namespace repository
