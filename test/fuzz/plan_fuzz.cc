// libFuzzer's entry to everything that a plan or the record of an apply is read by: the first byte picks the part.
// Digests are put right first, else nothing but them would ever be tried: these are what somebody gets through who
// knows the formats. Built with -DPGREHEARSE_FUZZ=ON by clang, and run by test/soak/plan_fuzz.sh; what it found
// interesting lies in test/fuzz/plan and is replayed by fuzz.plan.
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "apply/preflight.h"
#include "apply/record_file.h"
#include "base/error.h"
#include "base/hash.h"
#include "changeset/file.h"
#include "changeset/format.h"
#include "changeset/tuple.h"
#include "rehearse/document.h"
#include "rehearse/json.h"
#include "rehearse/plan_file.h"
#include "sys/file.h"

namespace {

namespace fs = std::filesystem;
namespace format = changeset::format;

// A file in memory.
class File {
 public:
  explicit File(std::string_view bytes) : fd_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    for (std::string_view rest = bytes; !rest.empty();) {
      const ssize_t wrote = ::write(fd_, rest.data(), rest.size());
      if (wrote <= 0) std::abort();
      rest.remove_prefix(static_cast<std::size_t>(wrote));
    }
  }
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  fs::path path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

void use(const rehearse::Plan& plan) {
  const std::string once = rehearse::to_json(plan);
  if (rehearse::to_json(rehearse::plan_from_json(once)) != once) std::abort();
  apply::reasons_against(plan, {});
}

void read_report(std::string_view text) {
  use(rehearse::plan_from_json(text));
}

void read_scripts(const rehearse::Plan& plan, std::vector<std::string> scripts) {
  if (scripts.size() != plan.scripts.size()) return;
  std::vector<apply::Reason> reasons;
  apply::as_one_transaction(plan, scripts, reasons);
}

void read_script(std::string_view text) {
  rehearse::Plan plan;
  plan.scripts = {{.name = "script.sql", .command = false, .bytes = 0, .sha256 = ""}};
  read_scripts(plan, {std::string(text)});
}

void read_changes(const fs::path& path) {
  const changeset::Reader reader(path);
  changeset::Position last;
  reader.for_each([&](const changeset::Change& change, changeset::Position position) {
    if (change.relation >= reader.relations().size()) std::abort();
    for (const std::string& tuple : {change.before, change.after}) changeset::values_of(tuple);
    last = position;
  });
  if (reader.changes() > 0) reader.at(last);
}

void read_plan(std::string_view sections) {
  const std::string bytes = "PGRPLAN1" + std::string(sections);
  const File file(bytes + base::sha256_hex(bytes));
  const rehearse::PlanFile plan(file.path());
  use(plan.plan());
  read_scripts(plan.plan(), plan.scripts());
  const sys::TemporaryDirectory directory("/dev/shm");
  plan.extract_changeset(directory.path() / "net");
  read_changes(directory.path() / "net");
}

std::string header() {
  std::string bytes(format::magic);
  format::put_fixed(bytes, format::version, 4);
  return bytes;
}

// Everything between the header and the digest.
void read_changeset(std::string_view body) {
  const std::string bytes = header() + std::string(body);
  read_changes(File(bytes + base::sha256_hex(bytes) + std::string(format::end_magic)).path());
}

std::string compressed(std::string_view contents) {
  std::string bytes(ZSTD_compressBound(contents.size()), '\0');
  bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), contents.data(), contents.size(), 1));
  return bytes;
}

// Contents of the index up to its list of frames, and the contents of one frame: two bytes, the length of the former,
// first.
void read_changeset_uncompressed(std::string_view body) {
  if (body.size() < 4) return;
  const std::size_t length = std::min<std::size_t>(format::get_fixed(body.substr(0, 2)), body.size() - 2);
  const std::string_view contents = body.substr(2 + length);
  const std::string frame = compressed(contents);
  std::string index(body.substr(2, length));
  changeset::put_varint(index, 1);
  changeset::put_varint(index, frame.size());
  changeset::put_varint(index, contents.size());
  changeset::put_varint(index, static_cast<unsigned char>(body.back()) % 4);
  std::string rest = frame + compressed(index);
  format::put_fixed(rest, format::header_size + frame.size(), 8);
  format::put_fixed(rest, index.size(), 8);
  read_changeset(rest);
}

void read_record(std::string_view text) {
  const nlohmann::json body = nlohmann::json::parse(text, nullptr, false);
  const nlohmann::json file = {{"version", apply::Record::version},
                               {"sha256", body.is_discarded() ? "" : base::sha256_hex(body.dump())},
                               {"record", body}};
  const apply::Record record = apply::record_from_text(body.is_discarded() ? std::string(text) : file.dump());
  const std::string once = apply::record_to_text(record);
  if (apply::record_to_text(apply::record_from_text(once)) != once) std::abort();
}

constexpr std::array parts = {read_report, read_script, read_plan, read_changeset, read_changeset_uncompressed,
                              read_record};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    parts[data[0] % parts.size()](text);
  } catch (const base::Error& error) {
    // What a person is told of it; anything else that is thrown is found.
    if (error.message().empty()) std::abort();
  }
  return 0;
}
