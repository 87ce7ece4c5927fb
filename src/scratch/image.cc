#include "scratch/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/hash.h"
#include "scratch/home.h"
#include "scratch/source.h"
#include "scratch/store.h"
#include "sys/clock.h"
#include "sys/signals.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view image_prefix = "image:";
constexpr std::string_view dump_prefix = "dump:";

ImageHold named_image(const std::string& name, const SourceOptions& options) {
  for (auto& stored : stored_images()) {
    if (stored.image.name != name) continue;
    if (stored.preparation != options.preparation) {
      throw base::Error(base::Code::storage, fmt::format("image {} was made by another version of pgrehearse", name),
                        "make it anew from its source: " + stored.image.source);
    }
    if (!options.role.empty()) stored.image.role = options.role;
    if (auto hold = hold_image(stored.image, true)) return std::move(*hold);
  }
  throw base::Error(base::Code::usage, fmt::format("there is no image {}", name), "see: pgrehearse scratch list");
}

bool usable(const StoredImage& stored, const std::string& state, int major, const SourceOptions& options) {
  if (stored.preparation != options.preparation || stored.image.major != major) return false;
  if (!state.empty() && stored.image.state == state) return true;
  return options.max_age && sys::now() - stored.image.taken <= *options.max_age;
}

std::vector<StoredImage> images_of(const std::string& key) {
  auto images = stored_images();
  std::erase_if(images, [&](const StoredImage& stored) { return stored.key != key; });
  std::sort(images.begin(), images.end(), [](const auto& a, const auto& b) { return a.image.taken > b.image.taken; });
  return images;
}

std::optional<ImageHold> fresh_image(Source& source, const std::string& state, const SourceOptions& options) {
  for (auto& stored : images_of(source.key())) {
    if (!usable(stored, state, source.major(), options)) continue;
    stored.image.role = source.role();
    if (auto hold = hold_image(stored.image, true)) return hold;
  }
  return std::nullopt;
}

ImageHold new_image(Source& source, std::string state_before, const SourceOptions& options) {
  const auto workplace = Workplace::create(building_folder);
  const auto directory = workplace.path() / draft_folder;
  sys::make_private_directory(directory, sys::server_account());
  const auto temporary = workplace.path() / "temporary";
  sys::make_private_directory(temporary, sys::server_account());
  const auto taken = sys::now();

  StoredImage draft;
  draft.key = source.key();
  draft.preparation = options.preparation;
  draft.image = source.build(directory, temporary, options);
  draft.image.name = image_name(draft.image.database, draft.key);
  draft.image.taken = taken;
  draft.image.bytes = sys::tree_bytes(directory);
  // What was written while we copied may or may not be in the copy.
  if (source.state() == state_before) draft.image.state = std::move(state_before);
  for (const auto& outdated : images_of(source.key())) {
    std::uint64_t bytes = 0;
    remove_image(outdated.image.name, bytes);
  }
  return publish_image(workplace, std::move(draft));
}

ImageHold image_of(Source& source, const SourceOptions& options) {
  const auto name = base::sha256_hex(source.key()).substr(0, 16);
  const auto one_builder = sys::FileLock::acquire(folder_in_home("locks") / name);
  const auto state = source.state();
  if (auto fresh = fresh_image(source, state, options)) return std::move(*fresh);
  return new_image(source, state, options);
}

}  // namespace

std::string image_name(const std::string& database, const std::string& key) {
  std::string name;
  for (const unsigned char c : database.substr(0, 32)) {
    name += std::isalnum(c) || c == '_' ? static_cast<char>(c) : '_';
  }
  return name + "-" + base::sha256_hex(key).substr(0, 6);
}

namespace {

const SourceKind* kind_of(const std::string& source, const std::vector<SourceKind>& kinds) {
  for (const auto& kind : kinds) {
    if (source == kind.scheme || source.starts_with(kind.scheme + ":")) return &kind;
  }
  return nullptr;
}

}  // namespace

bool is_live(const std::string& source, const std::vector<SourceKind>& kinds) {
  return !source.starts_with(image_prefix) && !source.starts_with(dump_prefix) && !kind_of(source, kinds);
}

ImageHold obtain_image(const std::string& source, const SourceOptions& options) {
  if (source.starts_with(image_prefix)) return named_image(source.substr(image_prefix.size()), options);
  if (source.starts_with(dump_prefix))
    return image_of(*open_dump_source(source.substr(dump_prefix.size()), options), options);
  if (const auto* kind = kind_of(source, options.kinds)) {
    const auto rest = source.size() > kind->scheme.size() ? source.substr(kind->scheme.size() + 1) : "";
    return image_of(*kind->open(rest, options), options);
  }
  return image_of(*open_live_source(source, options), options);
}

std::vector<Image> list_images() {
  std::vector<Image> images;
  for (auto& stored : stored_images()) images.push_back(std::move(stored.image));
  return images;
}

std::uint64_t purge(const std::string& name) {
  std::uint64_t bytes = 0;
  if (!name.empty()) {
    switch (remove_image(name, bytes)) {
      case Removal::removed:
        return bytes;
      case Removal::held:
        throw base::Error(base::Code::refused, fmt::format("image {} is in use", name),
                          "try again when that run is over");
      case Removal::missing:
        throw base::Error(base::Code::usage, fmt::format("there is no image {}", name), "see: pgrehearse scratch list");
    }
  }
  for (const auto& entry : fs::directory_iterator(folder_in_home(images_folder)))
    remove_image(entry.path().filename(), bytes);
  for (const auto& instance : list_instances()) {
    if (!instance.alive) bytes += instance.bytes;
  }
  reap();
  return bytes;
}

}  // namespace scratch
