#include "redis/rdb.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "redis/crc64.h"
#include "redis/rdb_grammar.h"
#include "redis/rdb_input.h"
#include "redis/rdb_string.h"

namespace redis {
namespace {

using base::Code;
using base::Error;

constexpr std::string_view magic = "REDIS";
constexpr std::size_t header_size = 9;  // the magic and four digits
constexpr std::size_t most_fields = 32;
constexpr std::size_t longest_field = 256;
constexpr std::size_t most_databases = 100'000;

// Where a program stands inside a pair of brackets.
struct Loop {
  const char* begin = nullptr;  // its first step
  std::uint64_t left = 0;       // turns, this one among them
};

const char* after_bracket(const char* step) {
  for (int depth = 1; depth > 0; ++step) depth += *step == '(' ? 1 : *step == ')' ? -1 : 0;
  return step;
}

}  // namespace

class RdbReader::Walk {
 public:
  explicit Walk(std::optional<base::Instant> horizon) : tally_(horizon) {}

  void feed(std::string_view bytes) {
    input_.begin(bytes);
    while (go_on()) {
    }
    if (phase_ < Phase::checksum) checksum_.update(input_.read());
  }

  RdbSummary finish() {
    if (phase_ != Phase::end) {
      throw Error(Code::storage,
                  fmt::format("the RDB file is cut off: it ends at byte {}, before its own end", input_.offset()),
                  "take another recovery point; a copy that failed, or a full disk, leaves such a file");
    }
    summary_.bytes = input_.offset();
    summary_.census = tally_.census();
    return std::move(summary_);
  }

 private:
  enum class Phase { header, opcode, program, checksum, end };

  // One phase further; false where it needs more bytes, or is at the end.
  bool go_on() {
    switch (phase_) {
      case Phase::header:
        return read_header();
      case Phase::opcode:
        return read_opcode();
      case Phase::program:
        return run();
      case Phase::checksum:
        return read_checksum();
      case Phase::end:
        if (!input_.empty()) throw input_.damaged("something follows its end");
        return false;
    }
    return false;
  }

  bool read_header() {
    const auto header = input_.whole(header_size);
    if (!header) return false;
    const auto digits = header->substr(magic.size());
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), summary_.version);
    const bool number = parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
    if (header->starts_with("VALKEY") || (header->starts_with(magic) && number && summary_.version > newest_rdb)) {
      throw Error(
          Code::storage,
          fmt::format(
              "the RDB file is of a version that is not known here (it begins with {}; versions up to {} are read)",
              base::one_line(*header, header_size), newest_rdb),
          "a newer server wrote it; it may be sound, and cannot be checked here");
    }
    if (!header->starts_with(magic) || !number || summary_.version < 1) {
      throw Error(Code::storage, "this is no RDB file: it does not begin with REDIS and a version",
                  "take another recovery point");
    }
    phase_ = Phase::opcode;
    return true;
  }

  bool read_opcode() {
    const auto byte = input_.integer(1);
    if (!byte) return false;
    opcode_ = static_cast<std::uint8_t>(*byte);
    if (opcode_ == opcode::end_of_file) {
      if (expiry_) throw input_.damaged("an expiry that no key follows");
      checksum_.update(input_.read());
      phase_ = summary_.version < first_rdb_with_checksum ? Phase::end : Phase::checksum;
      return true;
    }
    const ValueShape shape = value_shape(opcode_);
    step_ = shape.program != nullptr ? shape.program : opcode_program(opcode_);
    if (step_ == nullptr) throw input_.damaged(fmt::format("there is no type or opcode {}", opcode_));
    is_key_ = shape.program != nullptr;
    if (is_key_) begin_key(shape.kind);
    phase_ = Phase::program;
    return true;
  }

  void begin_key(Kind kind) {
    const auto& databases = tally_.census().databases;
    if (databases.size() >= most_databases && !databases.contains(database_))
      throw input_.damaged("more databases than any server has");
    tally_.begin(database_, kind, std::exchange(expiry_, std::nullopt));
  }

  // Runs the program to its end, or to the input's.
  bool run() {
    while (*step_ != '\0') {
      if (*step_ == ')') {
        end_turn();
        continue;
      }
      if (!do_step(*step_)) return false;
      if (*step_ == '(')
        begin_loop();
      else
        ++step_;
    }
    complete();
    phase_ = Phase::opcode;
    return true;
  }

  void begin_loop() {
    if (number_ == 0) {
      step_ = after_bracket(step_ + 1);
      return;
    }
    loops_.push_back({++step_, number_});
  }

  void end_turn() {
    Loop& loop = loops_.back();
    if (--loop.left > 0) {
      step_ = loop.begin;
      return;
    }
    loops_.pop_back();
    ++step_;
  }

  // True once the step is done.
  bool do_step(char step) {
    switch (step) {
      case '1':
      case '4':
      case '8':
        return read_integer(static_cast<std::size_t>(step - '0'));
      case 'G':
        return input_.whole(16).has_value();
      case 'l':
      case '(':
        return RdbString::read_length(input_, number_);
      case 'd':
        return read_text_double();
      case 'M':
        return read_module_items();
      case 's':
        return string_.go_on(input_, false, [](std::string_view) {});
      default:
        return string_.go_on(input_, true, [&](std::string_view part) { receive(step, part); });
    }
  }

  bool read_integer(std::size_t size) {
    const auto value = input_.integer(size);
    if (value) number_ = *value;
    return value.has_value();
  }

  bool read_text_double() {
    constexpr std::uint64_t first_special = 253;  // not a number, and the infinities: no text follows
    if (!within_) {
      const auto size = input_.integer(1);
      if (!size) return false;
      within_ = true;
      left_ = *size < first_special ? *size : 0;
    }
    left_ -= input_.take(left_).size();
    within_ = left_ > 0;
    return !within_;
  }

  bool read_module_items() {
    while (true) {
      if (item_ == '\0') {
        std::uint64_t opcode = 0;
        if (!RdbString::read_length(input_, opcode)) return false;
        item_ = module_item(opcode);
        if (item_ == '\0') return true;
        if (item_ == '?') throw input_.damaged("a module's value holds an item of a kind that there is not");
      }
      if (!do_step(item_)) return false;
      item_ = '\0';
    }
  }

  void receive(char step, std::string_view part) {
    if (step == 'k') {
      tally_.name(part);
      return;
    }
    std::string& text = step == 'n' ? name_ : value_;
    text += part.substr(0, longest_field - std::min(longest_field, text.size()));
  }

  // What a key, or something between keys, means once it is whole.
  void complete() {
    if (is_key_) {
      tally_.end();
      return;
    }
    switch (opcode_) {
      case opcode::database:
        database_ = number_;
        break;
      case opcode::expiry_ms:
        expiry_ = base::Instant(std::chrono::milliseconds(static_cast<std::int64_t>(number_)));
        break;
      case opcode::expiry_s:
        expiry_ = base::Instant(std::chrono::seconds(static_cast<std::int32_t>(number_)));
        break;
      case opcode::function_library:
        ++summary_.function_libraries;
        break;
      case opcode::field:
        if (summary_.fields.size() < most_fields) summary_.fields.insert_or_assign(name_, value_);
        name_.clear();
        value_.clear();
        break;
      default:
        break;
    }
  }

  bool read_checksum() {
    const auto stored = input_.integer(8);
    if (!stored) return false;
    summary_.checksummed = *stored != 0;
    if (summary_.checksummed && *stored != checksum_.value()) {
      throw Error(
          Code::storage,
          fmt::format("the RDB file is damaged somewhere in its {} bytes: its checksum is not that of what it holds",
                      base::with_commas(static_cast<std::int64_t>(input_.offset()))),
          "take another recovery point");
    }
    phase_ = Phase::end;
    return true;
  }

  RdbInput input_;
  Phase phase_ = Phase::header;
  Crc64 checksum_;
  RdbSummary summary_;
  Tally tally_;
  std::uint8_t opcode_ = 0;
  bool is_key_ = false;
  std::uint64_t database_ = 0;
  std::optional<base::Instant> expiry_;  // of the next key

  // Where the program stands, and what its current step has read.
  const char* step_ = nullptr;
  std::vector<Loop> loops_;
  std::uint64_t number_ = 0;  // the last integer or length
  RdbString string_;
  char item_ = '\0';     // a module's item
  bool within_ = false;  // a number as text has begun
  std::uint64_t left_ = 0;
  std::string name_;
  std::string value_;
};

RdbReader::RdbReader(std::optional<base::Instant> horizon) : walk_(std::make_unique<Walk>(horizon)) {}
RdbReader::~RdbReader() = default;
RdbReader::RdbReader(RdbReader&&) noexcept = default;
RdbReader& RdbReader::operator=(RdbReader&&) noexcept = default;

void RdbReader::feed(std::string_view bytes) {
  walk_->feed(bytes);
}

RdbSummary RdbReader::finish() {
  return walk_->finish();
}

}  // namespace redis
