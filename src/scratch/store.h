// The images that are kept: HOME/images/NAME/{image.json,data/}, and who uses them.
//
// Every user of an image holds the lock of a file `hold-…` of its own beside it, so that many can use one at a time and
// a dead user holds nothing. Images appear, are taken hold of and are removed under HOME/lock.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scratch/image.h"
#include "scratch/workplace.h"

namespace scratch {

struct StoredImage {
  Image image;
  std::string key;      // what makes two sources the same one
  int preparation = 0;  // SourceOptions::preparation it was made with
};

// Where an image is made, inside a Workplace; publish() moves it to its place.
inline constexpr std::string_view draft_folder = "image";

// All of them; what is damaged is left out.
std::vector<StoredImage> stored_images();

// Takes hold of an image; nullopt where it is gone by now.
std::optional<ImageHold> hold_image(const Image& image, bool reused);

// Writes image.json beside the draft's data and moves both to HOME/images/NAME; the name gets a number where another
// image has it already. The result is held.
ImageHold publish_image(const Workplace& workplace, StoredImage draft);

enum class Removal { removed, held, missing };
// Removes an image that nobody holds; `bytes` grows by what it took.
Removal remove_image(const std::string& name, std::uint64_t& bytes);

}  // namespace scratch
