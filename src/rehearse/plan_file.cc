#include "rehearse/plan_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/error.h"
#include "base/hash.h"
#include "rehearse/json.h"
#include "sys/file.h"

namespace rehearse {

namespace {

constexpr std::string_view magic = "PGRPLAN1";
constexpr std::size_t digest_length = 64;
constexpr std::size_t chunk = 1 << 20;
constexpr std::uint64_t report_limit = 1ull << 30;

[[noreturn]] void not_a_plan(const std::filesystem::path& path, const std::string& why) {
  throw base::Error(base::Code::input, fmt::format("{} is not a plan that can be trusted: {}", path.string(), why),
                    "nothing was read from it; make it anew with `pgrehearse plan`");
}

std::string little_endian(std::uint64_t value) {
  std::string bytes(8, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(value & 0xff);
    value >>= 8;
  }
  return bytes;
}

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// Writes and hashes at once.
class Sealed {
 public:
  Sealed(sys::AtomicFile& file) : file_(file) {}
  void write(std::string_view bytes) {
    hash_.update(bytes);
    file_.write(bytes);
  }
  void section(std::string_view name, std::uint64_t length) {
    write(std::string(1, static_cast<char>(name.size())));
    write(name);
    write(little_endian(length));
  }
  std::string hex() { return hash_.hex(); }

 private:
  sys::AtomicFile& file_;
  base::Sha256 hash_;
};

sys::Fd open_for_reading(const std::filesystem::path& path) {
  sys::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    throw base::Error(base::Code::storage, fmt::format("cannot open {}: {}", path.string(), std::strerror(errno)));
  }
  return fd;
}

std::uint64_t size_of(const sys::Fd& fd) {
  struct stat status{};
  return ::fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::string read_at(const sys::Fd& fd, std::uint64_t offset, std::size_t length, const std::filesystem::path& path) {
  std::string bytes(length, '\0');
  std::size_t done = 0;
  while (done < length) {
    const ssize_t got = ::pread(fd.get(), bytes.data() + done, length - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) not_a_plan(path, "it ends too early");
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

// Calls `take` with the bytes from `offset` on, a chunk at a time.
template <typename Take>
void stream(const sys::Fd& fd, std::uint64_t offset, std::uint64_t length, const std::filesystem::path& path,
            Take take) {
  for (std::uint64_t done = 0; done < length;) {
    const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(chunk, length - done));
    take(read_at(fd, offset + done, now, path));
    done += now;
  }
}

// Returns the hash of the whole file.
std::string check_seal(const sys::Fd& fd, std::uint64_t size, const std::filesystem::path& path) {
  if (size < magic.size() + digest_length) not_a_plan(path, "it is too short");
  if (read_at(fd, 0, magic.size(), path) != magic) not_a_plan(path, "it does not begin like one");
  base::Sha256 hash;
  base::Sha256 whole;
  stream(fd, 0, size - digest_length, path, [&](const std::string& bytes) {
    hash.update(bytes);
    whole.update(bytes);
  });
  const std::string seal = read_at(fd, size - digest_length, digest_length, path);
  whole.update(seal);
  if (hash.hex() != seal) not_a_plan(path, "its contents do not match its hash, so it was cut short or altered");
  return whole.hex();
}

sys::Fd copied(const sys::Fd& from, const std::filesystem::path& path, const std::filesystem::path& to) {
  {
    sys::AtomicFile copy(to, 0600);
    stream(from, 0, size_of(from), path, [&](const std::string& bytes) { copy.write(bytes); });
    copy.commit();
  }
  return open_for_reading(to);
}

}  // namespace

void write_plan(const std::filesystem::path& path, const Plan& plan, const std::vector<Script>& scripts,
                const std::filesystem::path& net) {
  sys::AtomicFile file(path, 0600);
  Sealed out(file);
  out.write(magic);
  const std::string report = to_json(plan);
  out.section("report", report.size());
  out.write(report);
  for (const Script& script : scripts) {
    const std::string& text = script.file.command ? script.file.name : script.text;
    out.section("script", text.size());
    out.write(text);
  }
  const sys::Fd changes = open_for_reading(net);
  const std::uint64_t length = size_of(changes);
  out.section("changeset", length);
  stream(changes, 0, length, net, [&](const std::string& bytes) { out.write(bytes); });
  file.write(out.hex());
  file.commit();
}

PlanFile::PlanFile(std::filesystem::path path, const std::filesystem::path& copy)
    : path_(std::move(path)), fd_(open_for_reading(path_)) {
  if (!copy.empty()) fd_ = copied(fd_, path_, copy);
  const std::uint64_t size = size_of(fd_);
  sha256_ = check_seal(fd_, size, path_);
  const std::uint64_t end = size - digest_length;
  for (std::uint64_t at = magic.size(); at < end;) {
    const std::size_t name_length = static_cast<unsigned char>(read_at(fd_, at, 1, path_)[0]);
    if (end - at < 1 + name_length + 8) not_a_plan(path_, "a section's head is cut short");
    const std::string head = read_at(fd_, at + 1, name_length + 8, path_);
    Section section{.name = head.substr(0, name_length), .offset = at + 1 + name_length + 8};
    section.length = little_endian(std::string_view(head).substr(name_length));
    if (section.length > end - section.offset) not_a_plan(path_, "a section is longer than the file");
    at = section.offset + section.length;
    sections_.push_back(std::move(section));
  }
  if (sections_.empty() || sections_.front().name != "report" || sections_.front().length > report_limit) {
    not_a_plan(path_, "it has no report");
  }
  plan_ = plan_from_json(read(sections_.front()));
  plan_.file = path_.string();
}

std::string PlanFile::read(const Section& section) const {
  return read_at(fd_, section.offset, section.length, path_);
}

std::vector<std::string> PlanFile::scripts() const {
  std::vector<std::string> result;
  for (const Section& section : sections_) {
    if (section.name == "script") result.push_back(read(section));
  }
  return result;
}

void PlanFile::extract_changeset(const std::filesystem::path& to) const {
  for (const Section& section : sections_) {
    if (section.name != "changeset") continue;
    sys::AtomicFile file(to, 0600);
    stream(fd_, section.offset, section.length, path_, [&](const std::string& bytes) { file.write(bytes); });
    return file.commit();
  }
  not_a_plan(path_, "it has no changeset");
}

}  // namespace rehearse
