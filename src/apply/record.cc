#include "apply/record.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "apply/durable.h"
#include "apply/record_file.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "sys/account.h"
#include "sys/clock.h"
#include "sys/directory.h"
#include "sys/failure.h"
#include "sys/file.h"
#include "sys/signals.h"

namespace apply {

namespace fs = std::filesystem;

namespace {

constexpr const char* record_name = "record.json";
constexpr const char* lock_name = "lock";
constexpr const char* plan_name = "plan";
constexpr const char* changes_name = "changes";
constexpr const char* spare_name = "spare";
constexpr const char* store_lock_name = ".lock";
constexpr std::uint64_t record_limit = 1 << 20;
// Given up when the disk is full and a record has to be written nevertheless: an outcome is not to be lost over it.
constexpr std::uint64_t spare_bytes = 16 << 10;

void hold_space(const fs::path& path, std::uint64_t bytes) {
  const sys::Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) throw sys::storage_error("create", path, errno);
  if (bytes == 0) return;
  int error = EINTR;
  while (error == EINTR) error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(bytes));
  if (error != 0) throw sys::storage_error("reserve space in", path, error);
}

// Copies the plan file; returns its hash.
std::string copy_plan(const fs::path& from, const fs::path& to) {
  const sys::Fd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source) throw sys::storage_error("read", from, errno);
  sys::AtomicFile copy(to, 0600);
  base::Sha256 hash;
  std::string buffer(std::size_t{1} << 20, '\0');
  while (true) {
    const ssize_t got = ::read(source.get(), buffer.data(), buffer.size());
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw sys::storage_error("read", from, errno);
    const auto bytes = std::string_view(buffer).substr(0, static_cast<std::size_t>(got));
    hash.update(bytes);
    copy.write(bytes);
  }
  copy.commit();
  return hash.hex();
}

// "cleanup" of "/srv/Cleanup (2).plan": what can be typed, and not too much of it.
std::string typable(const std::string& plan_file) {
  constexpr std::size_t longest = 24;
  std::string word;
  for (const char character : fs::path(plan_file).stem().string()) {
    const bool plain = std::isalnum(static_cast<unsigned char>(character)) != 0 && (character & 0x80) == 0;
    if (plain) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
    } else if (!word.empty() && word.back() != '-') {
      word += '-';
    }
    if (word.size() == longest) break;
  }
  while (!word.empty() && word.back() == '-') word.pop_back();
  return word.empty() ? "plan" : word;
}

std::string new_id(const Record& record) {
  return fmt::format("{:%Y%m%d-%H%M%S}-{}-{}", std::chrono::floor<std::chrono::seconds>(record.started),
                     typable(record.plan_file), base::random_hex(2));
}

bool is_id(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char character) {
    return std::islower(character) != 0 || std::isdigit(character) != 0 || character == '-';
  });
}

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    if (auto name = entry->path().filename().string(); is_id(name)) names.push_back(std::move(name));
  }
  if (error) throw sys::storage_error("read directory", directory, error.value());
  return names;
}

Record read_record(const fs::path& directory) {
  Record record = record_from_text(sys::read_file(directory / record_name, record_limit));
  if (record.id != directory.filename().string()) {
    throw base::Error(base::Code::input, fmt::format("it is the record of {}", base::one_line(record.id, 60)));
  }
  return record;
}

std::string damaged(const fs::path& directory, const base::Error& error) {
  return fmt::format("the record {} cannot be believed: {}", directory.filename().string(), error.message());
}

std::string of_undo_name(std::string_view what, int number) {
  return fmt::format("{}-{}", what, number);
}

fs::path to_undo(const fs::path& directory, const Record& record) {
  return directory / (record.undone_parts == 0 ? changes_name : of_undo_name("left", record.undone_parts));
}

}  // namespace

std::string_view name(State state) {
  switch (state) {
    case State::running:
      return "running";
    case State::deciding:
      return "deciding";
    case State::applied:
      return "applied";
    case State::refused:
      return "refused";
    case State::undoing:
      return "undoing";
    case State::undone:
      return "undone";
    case State::undone_in_part:
      return "undone-in-part";
  }
  return "running";
}

struct RecordStore::Open::Inside {
  fs::path directory;
  sys::FileLock lock;
  Record record;
};

RecordStore::RecordStore() : RecordStore(sys::state_directory()) {}

RecordStore::RecordStore(const fs::path& state) : directory_(state / "applies") {
  sys::make_private_directory(state);
  sys::make_private_directory(directory_);
}

RecordStore::Open RecordStore::create(Record record, const fs::path& plan, std::uint64_t reserve, Again again) {
  const auto store_lock = sys::FileLock::acquire(directory_ / store_lock_name);
  reap();
  do {
    record.id = new_id(record);
  } while (fs::exists(directory_ / record.id));
  const fs::path directory = directory_ / record.id;
  sys::make_private_directory(directory);
  try {
    auto lock = sys::FileLock::try_acquire(directory / lock_name);
    if (!lock) throw base::Error(base::Code::internal, "a new record is locked already");
    record.plan_hash = copy_plan(plan, directory / plan_name);
    if (again == Again::refused) {
      if (const std::optional<Record> earlier = in_force(record)) throw already_done(*earlier);
    }
    hold_space(directory / changes_name, reserve);
    hold_space(directory / spare_name, spare_bytes);
    sys::write_file(directory / record_name, record_to_text(record), 0600);
    for (const fs::path& parent :
         {directory_, directory_.parent_path(), sys::parent_directory(directory_.parent_path())}) {
      make_entries_durable(parent);
    }
    return Open(std::make_unique<Open::Inside>(Open::Inside{directory, std::move(*lock), std::move(record)}));
  } catch (base::Error& error) {
    sys::discard_tree(directory);
    if (error.code() == base::Code::storage) error.with_context("the record of this apply does not fit");
    throw;
  }
}

// Directories without a record are creations that died: nothing was run yet. Under the store's lock, so that none is
// just being made.
void RecordStore::reap() const {
  for (const std::string& id : names_in(directory_)) {
    if (!fs::exists(directory_ / id / record_name)) sys::discard_tree(directory_ / id);
  }
}

std::string RecordStore::find(const std::string& beginning) const {
  std::vector<std::string> found;
  for (std::string& id : names_in(directory_)) {
    if (id == beginning) return id;
    if (!beginning.empty() && id.starts_with(beginning) && fs::exists(directory_ / id / record_name)) {
      found.push_back(std::move(id));
    }
  }
  if (found.empty()) {
    throw base::Error(base::Code::usage,
                      fmt::format("there is no apply {} in {}", base::one_line(beginning, 60), directory_.string()),
                      "`pgrehearse applies` lists them; PGREHEARSE_STATE says where they are kept");
  }
  std::sort(found.begin(), found.end());
  if (found.size() > 1) {
    constexpr std::size_t shown = 5;
    throw base::Error(
        base::Code::usage,
        fmt::format("several applies begin with {}: {}", base::one_line(beginning, 60), base::some_of(found, shown)),
        "`pgrehearse applies` lists them");
  }
  return found.front();
}

RecordStore::Open RecordStore::open(const std::string& id) {
  const fs::path directory = directory_ / find(id);
  auto lock = sys::FileLock::try_acquire(directory / lock_name);
  // busy() of another process holds it for a moment.
  for (int tries = 0; !lock && tries < 20; ++tries) {
    sys::wait_ready(-1, 0, 20);
    lock = sys::FileLock::try_acquire(directory / lock_name);
  }
  if (!lock) {
    throw base::Error(base::Code::refused,
                      fmt::format("another pgrehearse is at work on apply {}", directory.filename().string()),
                      "wait until it has ended");
  }
  try {
    Record record = read_record(directory);
    return Open(std::make_unique<Open::Inside>(Open::Inside{directory, std::move(*lock), std::move(record)}));
  } catch (const base::Error& error) {
    throw base::Error(base::Code::storage, damaged(directory, error),
                      fmt::format("nothing was done with it; its files are in {}", directory.string()));
  }
}

std::vector<Record> RecordStore::list(std::vector<std::string>& problems) const {
  std::vector<Record> records;
  for (const std::string& id : names_in(directory_)) {
    const fs::path directory = directory_ / id;
    if (!fs::exists(directory / record_name)) continue;
    try {
      records.push_back(read_record(directory));
    } catch (const base::Error& error) {
      problems.push_back(damaged(directory, error) + "; its files are in " + directory.string());
    }
  }
  std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
    return a.started != b.started ? a.started > b.started : a.id > b.id;
  });
  std::sort(problems.begin(), problems.end());
  return records;
}

std::optional<Record> RecordStore::in_force(const Record& like) const {
  std::vector<std::string> problems;  // `applies` says them
  for (Record& record : list(problems)) {
    const bool same_database = record.system_identifier == like.system_identifier && record.database == like.database &&
                               (record.database_oid.empty() || record.database_oid == like.database_oid);
    const bool ended_without = record.state == State::refused || record.state == State::undone;
    if (record.plan_hash == like.plan_hash && same_database && !ended_without) return std::move(record);
  }
  return std::nullopt;
}

base::Error already_done(const Record& earlier) {
  if (is_passing(earlier.state)) {
    return {
        base::Code::refused,
        fmt::format("apply {} of the same plan is at work on this database, or its outcome is not known", earlier.id),
        "wait until it has ended: `pgrehearse applies` says what became of it"};
  }
  return {base::Code::refused,
          fmt::format("apply {} did this plan to this database already, {}", earlier.id,
                      base::to_rfc3339(earlier.ended.value_or(earlier.started))),
          fmt::format("`pgrehearse undo {}` puts it back; say --again where it is to be done once more", earlier.id)};
}

bool RecordStore::busy(const std::string& id) const {
  return !sys::FileLock::try_acquire(directory_ / id / lock_name);
}

RecordStore::Open::Open(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
RecordStore::Open::Open(Open&&) noexcept = default;
RecordStore::Open& RecordStore::Open::operator=(Open&&) noexcept = default;
RecordStore::Open::~Open() = default;

const Record& RecordStore::Open::record() const {
  return inside_->record;
}

fs::path RecordStore::Open::plan() const {
  return inside_->directory / plan_name;
}

fs::path RecordStore::Open::changes() const {
  return inside_->directory / changes_name;
}

fs::path RecordStore::Open::to_undo() const {
  return apply::to_undo(inside_->directory, record());
}

fs::path RecordStore::Open::of_undo(std::string_view what, int number) const {
  return inside_->directory / of_undo_name(what, number);
}

fs::path RecordStore::to_undo(const Record& record) const {
  return apply::to_undo(directory_ / record.id, record);
}

fs::path RecordStore::overwritten(const Record& record, int number) const {
  return directory_ / record.id / of_undo_name("overwritten", number);
}

// The record goes first: a directory without one is removed by the next reap(), should we end here.
void RecordStore::forget(Open record) {
  if (is_passing(record.record().state)) {
    throw base::Error(base::Code::refused, fmt::format("what became of apply {} is not known yet", record.record().id),
                      "nothing was removed; `pgrehearse applies` asks the server");
  }
  const fs::path& directory = record.inside_->directory;
  std::error_code failed;
  fs::remove(directory / record_name, failed);
  if (failed) {
    throw base::Error(base::Code::storage,
                      fmt::format("{} cannot be removed: {}", (directory / record_name).string(), failed.message()));
  }
  make_entries_durable(directory);
  sys::discard_tree(directory);
}

void RecordStore::Open::keep_changes() {
  make_durable(changes());
}

void RecordStore::Open::store(Record next) {
  const fs::path file = inside_->directory / record_name;
  const std::string text = record_to_text(next);
  try {
    sys::write_file(file, text, 0600);
  } catch (const base::Error&) {
    if (::unlink((inside_->directory / spare_name).c_str()) != 0) throw;
    sys::write_file(file, text, 0600);
  }
  inside_->record = std::move(next);
  if (inside_->record.state != State::refused) return;
  for (const fs::path& unneeded : {plan(), changes()}) ::unlink(unneeded.c_str());
}

}  // namespace apply
