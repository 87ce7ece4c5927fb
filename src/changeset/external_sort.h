// Sorts more fixed-size records than memory holds: sorted runs in a temporary file, merged.
//
// Records are trivially copyable and ordered by `<`; equal ones come out in no particular order. Memory stays within
// the limit, save for a floor of a few records. Where everything fits, the disk is not touched. Errors: Error(storage).
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "changeset/disk_file.h"

namespace changeset {

template <typename Record>
class ExternalSort {
  static_assert(std::is_trivially_copyable_v<Record>);

 public:
  // `directory` is where the temporary files live, which have no names. `memory_limit` is in bytes.
  ExternalSort(std::filesystem::path directory, std::uint64_t memory_limit)
      : directory_(std::move(directory)),
        capacity_(std::max<std::size_t>(memory_limit / sizeof(Record), 4)),
        ways_(std::clamp<std::size_t>(capacity_ / records_per_read - 1, 2, 64)) {}

  void add(const Record& record) {
    // All at once: growing by doubling would need the old and the new memory at the same time. What is not written to
    // costs no memory.
    if (buffer_.capacity() < capacity_) buffer_.reserve(capacity_);
    if (buffer_.size() == capacity_) spill();
    buffer_.push_back(record);
  }

  // Calls `visit` with every record in order, and ends up empty, its memory given back.
  template <typename Visit>
  void drain(Visit&& visit) {
    if (runs_.empty()) {
      std::sort(buffer_.begin(), buffer_.end());
      for (const Record& record : buffer_) visit(record);
    } else {
      spill();
      std::vector<Record>().swap(buffer_);
      reduce();
      merge(0, runs_.size(), visit);
    }
    std::vector<Record>().swap(buffer_);
    runs_.clear();
    file_.reset();
  }

 private:
  static constexpr std::size_t records_per_read = 512;

  struct Run {
    std::uint64_t begin = 0;  // bytes in the file
    std::uint64_t end = 0;
  };

  // Reads a run from front to back through a buffer.
  class Cursor {
   public:
    Cursor(const DiskFile& file, Run run, std::size_t buffered) : file_(&file), run_(run), buffered_(buffered) {
      advance();
    }
    const Record* get() const { return next_ < buffer_.size() ? &buffer_[next_] : nullptr; }
    void advance() {
      if (++next_ < buffer_.size()) return;
      buffer_.resize(std::min<std::uint64_t>(buffered_, (run_.end - run_.begin) / sizeof(Record)));
      next_ = 0;
      const std::size_t bytes = buffer_.size() * sizeof(Record);
      file_->read(run_.begin, reinterpret_cast<char*>(buffer_.data()), bytes);
      run_.begin += bytes;
    }

   private:
    const DiskFile* file_;
    Run run_;
    std::size_t buffered_;
    std::vector<Record> buffer_;
    std::size_t next_ = 0;
  };

  static void append(DiskFile& file, const std::vector<Record>& records) {
    file.append({reinterpret_cast<const char*>(records.data()), records.size() * sizeof(Record)});
  }

  void spill() {
    if (!file_) file_ = DiskFile::temporary(directory_);
    std::sort(buffer_.begin(), buffer_.end());
    const std::uint64_t begin = file_->size();
    append(*file_, buffer_);
    runs_.push_back({begin, file_->size()});
    buffer_.clear();
  }

  // Merges runs into longer ones until one merge can take them all.
  void reduce() {
    while (runs_.size() > ways_) {
      DiskFile merged = DiskFile::temporary(directory_);
      std::vector<Run> longer;
      std::vector<Record> out;
      for (std::size_t first = 0; first < runs_.size(); first += ways_) {
        const std::uint64_t begin = merged.size();
        merge(first, std::min(first + ways_, runs_.size()), [&](const Record& record) {
          out.push_back(record);
          if (out.size() < records_per_read) return;
          append(merged, out);
          out.clear();
        });
        append(merged, out);
        out.clear();
        longer.push_back({begin, merged.size()});
      }
      file_ = std::move(merged);
      runs_ = std::move(longer);
    }
  }

  // The runs from `first` to before `last`, as one.
  template <typename Visit>
  void merge(std::size_t first, std::size_t last, Visit&& visit) {
    const std::size_t buffered = std::max<std::size_t>(capacity_ / (last - first + 1), 1);
    std::vector<Cursor> cursors;
    for (std::size_t i = first; i < last; ++i) cursors.emplace_back(*file_, runs_[i], buffered);
    const auto later = [](const Cursor* a, const Cursor* b) { return *b->get() < *a->get(); };
    std::vector<Cursor*> heap;  // those that have records left, the smallest record in front
    for (Cursor& cursor : cursors) heap.push_back(&cursor);
    std::make_heap(heap.begin(), heap.end(), later);
    while (!heap.empty()) {
      std::pop_heap(heap.begin(), heap.end(), later);
      Cursor& cursor = *heap.back();
      visit(*cursor.get());
      cursor.advance();
      if (cursor.get()) {
        std::push_heap(heap.begin(), heap.end(), later);
      } else {
        heap.pop_back();
      }
    }
  }

  std::filesystem::path directory_;
  std::size_t capacity_;  // records in memory
  std::size_t ways_;      // runs merged at once
  std::vector<Record> buffer_;
  std::optional<DiskFile> file_;
  std::vector<Run> runs_;  // none is empty
};

}  // namespace changeset
