#include "changeset/net_rows.h"

#include <algorithm>

#include "base/error.h"

namespace changeset {

NetRows::NetRows(std::vector<Table> tables, std::function<void(const NetRow&)> sink)
    : tables_(std::move(tables)), sink_(std::move(sink)) {}

void NetRows::add(const Fingerprint& fingerprint) {
  if (!fingerprint.same_row(last_)) end();
  last_ = fingerprint;
  if (tables_[fingerprint.table()].keyed) {
    add_keyed(fingerprint);
  } else {
    add_copy(fingerprint);
  }
}

void NetRows::end() {
  const std::uint32_t place = tables_.empty() ? 0 : tables_[last_.table()].place;
  end_keyed(place);
  end_copies(place);
}

void NetRows::add_keyed(const Fingerprint& fingerprint) {
  const auto continued = continued_by(fingerprint);
  if (continued == histories_.end()) {
    if (histories_.size() == max_histories) {
      throw base::Error(base::Code::refused,
                        "more than " + std::to_string(max_histories) + " rows share a primary key");
    }
    histories_.push_back({fingerprint.images(), fingerprint.before_hash(), fingerprint.after_hash(),
                          fingerprint.position(), fingerprint.position()});
    original_seen_ |= has(fingerprint.images(), Images::before);
  } else if (has(fingerprint.images(), Images::after)) {
    continued->after_hash = fingerprint.after_hash();
    continued->after = fingerprint.position();
  } else if (has(continued->known, Images::before)) {
    continued->known = Images::before;
  } else {
    histories_.erase(continued);
  }
}

std::vector<NetRows::History>::iterator NetRows::continued_by(const Fingerprint& fingerprint) {
  if (!has(fingerprint.images(), Images::before)) return histories_.end();
  const auto latest = [&](const auto& fits) {
    const auto found = std::find_if(histories_.rbegin(), histories_.rend(), [&](const History& history) {
      return has(history.known, Images::after) && fits(history);
    });
    return found == histories_.rend() ? histories_.end() : found.base() - 1;
  };
  const auto exact = latest([&](const History& history) { return history.after_hash == fingerprint.before_hash(); });
  if (exact != histories_.end() || !original_seen_) return exact;
  // A key has one row to begin with, and that one is accounted for: this one is known, but reads differently now.
  return latest([](const History&) { return true; });
}

void NetRows::end_keyed(std::uint32_t place) {
  std::vector<const History*> gone, there;
  for (const History& history : histories_) {
    if (has(history.known, Images::after)) there.push_back(&history);
  }
  for (const History& history : histories_) {
    if (!has(history.known, Images::before)) continue;
    const auto same = std::find_if(there.begin(), there.end(),
                                   [&](const History* other) { return other->after_hash == history.before_hash; });
    if (same == there.end()) {
      gone.push_back(&history);
    } else {
      there.erase(same);
    }
  }
  const std::size_t updated = std::min(gone.size(), there.size());
  for (std::size_t i = 0; i < updated; ++i) sink_({place, NetRow::Kind::update, gone[i]->before, there[i]->after});
  for (std::size_t i = updated; i < gone.size(); ++i) {
    sink_({place, NetRow::Kind::erase, gone[i]->before, last_.position()});
  }
  for (std::size_t i = updated; i < there.size(); ++i) {
    sink_({place, NetRow::Kind::insert, there[i]->after, there[i]->after});
  }
  histories_.clear();
  original_seen_ = false;
}

void NetRows::add_copy(const Fingerprint& fingerprint) {
  if (!copies_.empty() && fingerprint.images() != copy_images_) {
    if (--copies_.back().count == 0) copies_.pop_back();
    return;
  }
  copy_images_ = fingerprint.images();
  copies_.push_back({.position = fingerprint.position()});
  if (copies_.size() > max_copies) condense_copies();
}

// Equal rows without end would need memory without end: the later of two neighbours speaks for both.
void NetRows::condense_copies() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < copies_.size(); i += 2) {
    Copy copy = copies_[i];
    if (i + 1 < copies_.size()) copy = {copies_[i + 1].position, copy.count + copies_[i + 1].count};
    copies_[kept++] = copy;
  }
  copies_.resize(kept);
}

void NetRows::end_copies(std::uint32_t place) {
  const auto kind = copy_images_ == Images::before ? NetRow::Kind::erase : NetRow::Kind::insert;
  for (const Copy& copy : copies_) sink_({place, kind, copy.position, copy.position, copy.count});
  copies_.clear();
}

}  // namespace changeset
