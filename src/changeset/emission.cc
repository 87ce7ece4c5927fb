#include "changeset/emission.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace changeset {

Emission::Emission(const Reader& reader, const Identity& identity, std::uint64_t memory_limit, std::uint64_t image_size,
                   const Sink& sink)
    : reader_(reader), identity_(identity), memory_limit_(memory_limit), image_size_(image_size), sink_(sink) {}

void Emission::add(const NetRow& row) {
  // Vectors grow by doubling, and for a moment hold three times what was asked for at least.
  constexpr std::uint64_t slack = 3;
  if (row.apart()) apart_.push_back(static_cast<std::uint32_t>(batch_.size()));
  batch_.push_back(row);
  const std::uint64_t rows = batch_.size() * sizeof(NetRow) * slack;
  const std::uint64_t images = apart_.size() * (2 * sizeof(std::uint32_t) * slack + sizeof(Image) + image_size_);
  if (rows + images >= memory_limit_) flush();
}

void Emission::flush() {
  std::vector<Image> images = read_images();
  std::size_t next = 0;
  for (std::uint32_t i = 0; i < batch_.size(); ++i) {
    const bool apart = next < apart_.size() && apart_[next] == i;
    emit(batch_[i], apart ? &images[next++] : nullptr);
  }
  batch_.clear();
  apart_.clear();
}

// The images before of the rows in apart_, save for those that memory does not suffice for.
std::vector<Emission::Image> Emission::read_images() const {
  std::vector<std::uint32_t> order(apart_.size());
  std::iota(order.begin(), order.end(), 0);
  const auto first = [&](std::uint32_t i) { return batch_[apart_[i]].first(); };
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return first(a) < first(b); });
  std::vector<Image> images(apart_.size());
  std::uint64_t kept = 0;
  for (const std::uint32_t i : order) {
    if (kept >= memory_limit_) break;
    images[i] = image_before(batch_[apart_[i]]);
    kept += images[i].tuple.size();
  }
  return images;
}

Emission::Image Emission::image_before(const NetRow& row) const {
  Change change = reader_.at(row.first());
  return {.read = true, .relation = change.relation, .tuple = std::move(change.before)};
}

// `before` is null where one change holds all that there is to say.
void Emission::emit(const NetRow& row, Image* before) const {
  if (before && !before->read) *before = image_before(row);
  Change change = reader_.at(row.last());
  switch (row.kind()) {
    case NetRow::Kind::insert:
      change.op = Op::insert;
      change.before.clear();
      break;
    case NetRow::Kind::erase:
      change.op = Op::erase;
      change.after.clear();
      if (before) change.relation = before->relation;
      if (before) change.before = std::move(before->tuple);
      break;
    case NetRow::Kind::update:
      change.op = Op::update;
      if (before) change.before = identity_.reshaped(before->tuple, before->relation, change.relation);
      break;
  }
  for (std::uint32_t i = 0; i < row.count(); ++i) sink_(change);
}

}  // namespace changeset
