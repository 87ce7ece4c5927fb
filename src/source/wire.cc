#include "source/wire.h"

#include <cstring>
#include <type_traits>
#include <utility>

namespace source {
namespace {

template <typename T>
constexpr bool is_plain = std::is_trivially_copyable_v<T>;

// Both directions go through the same lists of members.
template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Hole>
void members(A& archive, T& hole) {
  archive(hole.kind, hole.begin, hole.end, hole.source, hole.place);
}
template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Comment>
void members(A& archive, T& comment) {
  archive(comment.text, comment.place);
}
template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Fragment::Loop>
void members(A& archive, T& loop) {
  archive(loop.variable, loop.query, loop.column, loop.begin, loop.end);
}
template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Fragment>
void members(A& archive, T& fragment) {
  archive(fragment.sql, fragment.language, fragment.statements, fragment.holes, fragment.comments, fragment.runs,
          fragment.loops);
}
template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Problem>
void members(A& archive, T& problem) {
  archive(problem.message, problem.place, problem.instead);
}
template <typename A, typename T>
  requires std::is_same_v<std::remove_const_t<T>, Extraction>
void members(A& archive, T& extraction) {
  archive(extraction.fragments, extraction.problems, extraction.marked);
}

template <typename T>
constexpr bool is_list = false;
template <typename T>
constexpr bool is_list<std::vector<T>> = true;
template <>
constexpr bool is_list<std::string> = true;

class Writer {
 public:
  template <typename... T>
  void operator()(const T&... values) {
    (put(values), ...);
  }
  std::string take() { return std::move(bytes_); }

 private:
  template <typename T>
  void put(const T& value) {
    if constexpr (is_plain<T>) {
      bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    } else if constexpr (is_list<T>) {
      put(value.size());
      if constexpr (is_plain<typename T::value_type>) {
        bytes_.append(reinterpret_cast<const char*>(value.data()), value.size() * sizeof(typename T::value_type));
      } else {
        for (const auto& item : value) put(item);
      }
    } else {
      members(*this, value);
    }
  }

  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <typename... T>
  void operator()(T&... values) {
    (get(values), ...);
  }
  bool complete() const { return !failed_ && bytes_.empty(); }

 private:
  void copy(void* to, std::size_t size) {
    if (size == 0) return;
    std::memcpy(to, bytes_.data(), size);
    bytes_.remove_prefix(size);
  }

  template <typename T>
  void get(T& value) {
    if constexpr (is_plain<T>) {
      failed_ = failed_ || bytes_.size() < sizeof value;
      if (!failed_) copy(&value, sizeof value);
    } else if constexpr (is_list<T>) {
      using Item = typename T::value_type;
      constexpr std::size_t least = is_plain<Item> ? sizeof(Item) : 1;
      std::size_t count = 0;
      get(count);
      failed_ = failed_ || count > bytes_.size() / least;
      if (failed_) return;
      value.resize(count);
      if constexpr (is_plain<Item>) {
        copy(value.data(), count * sizeof(Item));
      } else {
        for (auto& item : value) get(item);
      }
    } else {
      members(*this, value);
    }
  }

  std::string_view bytes_;
  bool failed_ = false;
};

}  // namespace

std::string pack(const Extraction& extraction) {
  Writer writer;
  writer(extraction);
  return writer.take();
}

std::optional<Extraction> unpack(std::string_view bytes) {
  Extraction extraction;
  Reader reader(bytes);
  reader(extraction);
  if (!reader.complete()) return std::nullopt;
  return extraction;
}

}  // namespace source
