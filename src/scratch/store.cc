#include "scratch/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/hash.h"
#include "scratch/configuration.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* description_file = "image.json";
constexpr std::string_view hold_prefix = "hold-";
constexpr int format = 1;  // of image.json; other numbers are not read

json to_json(const StoredImage& stored) {
  const auto& image = stored.image;
  return {{"format", format},
          {"key", stored.key},
          {"preparation", stored.preparation},
          {"source", image.source},
          {"method", image.method},
          {"database", image.database},
          {"role", image.role},
          {"major", image.major},
          {"system_identifier", image.system_identifier},
          {"state", image.state},
          {"taken", base::to_rfc3339(image.taken)},
          {"bytes", image.bytes},
          {"notes", image.notes}};
}

// The image in `directory`; nullopt where it cannot be read.
std::optional<StoredImage> read_image(const fs::path& directory) {
  constexpr std::uint64_t limit = 1 << 20;
  try {
    const auto text = json::parse(sys::read_file(directory / description_file, limit));
    if (text.at("format") != format) return std::nullopt;
    StoredImage stored;
    text.at("key").get_to(stored.key);
    text.at("preparation").get_to(stored.preparation);
    auto& image = stored.image;
    image.name = directory.filename();
    text.at("source").get_to(image.source);
    text.at("method").get_to(image.method);
    text.at("database").get_to(image.database);
    text.at("role").get_to(image.role);
    text.at("major").get_to(image.major);
    text.at("system_identifier").get_to(image.system_identifier);
    text.at("state").get_to(image.state);
    image.taken = base::parse_rfc3339(text.at("taken").get<std::string>());
    text.at("bytes").get_to(image.bytes);
    text.at("notes").get_to(image.notes);
    image.data = directory / "data";
    const auto cluster = read_cluster(image.data);
    image.superuser = cluster.superuser;
    image.settings = cluster.settings;
    return stored;
  } catch (const json::exception&) {
    return std::nullopt;
  } catch (const base::Error&) {
    return std::nullopt;
  }
}

bool is_hold(const fs::path& path) {
  return path.filename().native().starts_with(hold_prefix);
}

// Whether somebody holds the image in `directory`; removes the holds of the dead. Under HOME/lock.
bool held(const fs::path& directory) {
  std::vector<fs::path> holds;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (is_hold(entry.path())) holds.push_back(entry.path());
  }
  bool any = false;
  for (const auto& hold : holds) {
    if (sys::FileLock::try_acquire(hold))
      sys::remove_tree(hold);
    else
      any = true;
  }
  return any;
}

sys::FileLock new_hold(const fs::path& directory) {
  auto lock = sys::FileLock::try_acquire(directory / fmt::format("{}{}", hold_prefix, base::random_hex(4)));
  if (!lock) throw base::Error(base::Code::internal, "a new hold is locked already");
  return std::move(*lock);
}

fs::path free_name(const fs::path& folder, const std::string& name) {
  auto path = folder / name;
  for (int number = 2; fs::exists(path); ++number) path = folder / fmt::format("{}-{}", name, number);
  return path;
}

}  // namespace

std::vector<StoredImage> stored_images() {
  std::vector<StoredImage> found;
  for (const auto& entry : fs::directory_iterator(folder_in_home(images_folder))) {
    if (auto image = read_image(entry.path())) found.push_back(std::move(*image));
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.image.name < b.image.name; });
  return found;
}

std::optional<ImageHold> hold_image(const Image& image, bool reused) {
  const auto directory = folder_in_home(images_folder) / image.name;
  const auto home_lock = lock_home();
  if (!fs::exists(directory / description_file)) return std::nullopt;
  held(directory);
  return ImageHold(image, new_hold(directory), reused);
}

ImageHold publish_image(const Workplace& workplace, StoredImage draft) {
  const auto made = workplace.path() / draft_folder;
  const auto folder = folder_in_home(images_folder);
  sys::write_file(made / description_file, to_json(draft).dump(1), 0600);
  auto hold = new_hold(made);
  const auto home_lock = lock_home();
  const auto place = free_name(folder, draft.image.name);
  fs::rename(made, place);
  draft.image.name = place.filename();
  draft.image.data = place / "data";
  return ImageHold(std::move(draft.image), std::move(hold), false);
}

Removal remove_image(const std::string& name, std::uint64_t& bytes) {
  if (name.find('/') != std::string::npos || name.starts_with('.')) return Removal::missing;
  const auto folder = folder_in_home(images_folder);
  const auto grave = Workplace::create(building_folder);
  {
    const auto home_lock = lock_home();
    const auto directory = folder / name;
    if (!fs::is_directory(fs::symlink_status(directory))) return Removal::missing;
    if (held(directory)) return Removal::held;
    fs::rename(directory, grave.path() / draft_folder);
  }
  bytes += sys::tree_bytes(grave.path() / draft_folder);
  return Removal::removed;
}

ImageHold::ImageHold(Image image, sys::FileLock lock, bool reused)
    : image_(std::move(image)), lock_(std::move(lock)), reused_(reused) {}

}  // namespace scratch
