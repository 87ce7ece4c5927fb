#include "repository/keys.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "sys/failure.h"
#include "sys/fd.h"
#include "sys/file.h"

namespace repository {
namespace {

using base::Code;
using base::Error;

constexpr std::string_view id_context = "pgrehearse key id 1";
constexpr std::size_t id_size = 8;
constexpr std::string_view reference_mark = "env:";
constexpr std::uint64_t largest_file = 64U << 10U;
constexpr std::string_view format_hint =
    "a key is 64 hexadecimal digits, or 32 bytes in base64; `pgrehearse keys new` makes one";

void ensure_sodium() {
  static const int result = sodium_init();
  if (result < 0) throw Error(Code::internal, "libsodium cannot be initialised");
}

// Text that holds keys, zeroed when it goes.
struct SecretText {
  std::string text;
  ~SecretText() { sodium_memzero(text.data(), text.size()); }
};

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  line = line.substr(0, line.find('#'));
  const auto begin = std::min(line.find_first_not_of(blanks), line.size());
  return line.substr(begin, line.find_last_not_of(blanks) + 1 - begin);
}

bool decode(std::string_view word, unsigned char* key) {
  std::size_t size = 0;
  const char* end = nullptr;
  const auto whole = [&](int result) { return result == 0 && size == key_size && end == word.data() + word.size(); };
  if (word.size() == 2 * key_size)
    return whole(sodium_hex2bin(key, key_size, word.data(), word.size(), nullptr, &size, &end));
  const int variant = word.ends_with('=') ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
  return whole(sodium_base642bin(key, key_size, word.data(), word.size(), nullptr, &size, &end, variant));
}

Key read_key(std::string_view word, int line, std::string_view origin) {
  Secret bytes = make_secret(key_size);
  if (!decode(word, bytes.get())) {
    throw Error(Code::contract,
                fmt::format("line {} of {} is no key ({})", line, origin,
                            base::count_of(static_cast<std::int64_t>(word.size()), "character")),
                std::string(format_hint));
  }
  if (sodium_is_zero(bytes.get(), key_size) != 0) {
    throw Error(Code::contract,
                fmt::format("line {} of {} is all zeros, which is a placeholder and no key", line, origin),
                std::string(format_hint));
  }
  return Key(std::move(bytes));
}

// A file that others may read is no secret; the rule is that of libpq for its own keys.
void require_private(int fd, const std::filesystem::path& path) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) throw sys::storage_error("look at", path, errno);
  if (!S_ISREG(status.st_mode)) {
    throw Error(Code::contract, fmt::format("the key file {} is no regular file", path.string()));
  }
  const bool ours = status.st_uid == ::geteuid();
  const mode_t forbidden = ours ? 077 : 037;
  if ((status.st_mode & forbidden) == 0) return;
  throw Error(Code::refused,
              fmt::format("the key file {} may be read or written by others (mode {:04o})", path.string(),
                          status.st_mode & 07777U),
              fmt::format("chmod {} {}, and think about who may have read it", ours ? "600" : "640", path.string()));
}

}  // namespace

void FreeSecret::operator()(unsigned char* bytes) const {
  sodium_free(bytes);
}

Secret make_secret(std::size_t size) {
  ensure_sodium();
  auto* bytes = static_cast<unsigned char*>(sodium_malloc(size));
  if (bytes == nullptr) throw std::bad_alloc();
  return Secret(bytes);
}

Key::Key(Secret bytes) : bytes_(std::move(bytes)) {
  crypto_generichash_state state;
  unsigned char digest[crypto_generichash_BYTES];
  crypto_generichash_init(&state, nullptr, 0, sizeof digest);
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(id_context.data()), id_context.size());
  crypto_generichash_update(&state, bytes_.get(), key_size);
  crypto_generichash_final(&state, digest, sizeof digest);
  sodium_memzero(&state, sizeof state);
  for (std::size_t i = 0; i < id_size; ++i) id_ += fmt::format("{:02x}", digest[i]);
}

KeyRing KeyRing::parse(std::string_view text, std::string_view origin) {
  KeyRing ring;
  ring.origin_ = origin;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto word = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    Key key = read_key(word, number, origin);
    if (ring.find(key.id()) != nullptr) {
      throw Error(Code::contract,
                  fmt::format("line {} of {} is a key that is there already ({})", number, origin, key.id()),
                  "take one of the two lines out");
    }
    ring.keys_.push_back(std::move(key));
  }
  if (ring.keys_.empty())
    throw Error(Code::contract, fmt::format("there is no key in {}", origin), std::string(format_hint));
  return ring;
}

KeyRing KeyRing::read_file(const std::filesystem::path& path) {
  const sys::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd && errno == ENOENT) {
    throw Error(
        Code::contract, fmt::format("there is no key file {}", path.string()),
        fmt::format("bring back the one that sealed what is there, or make a first one: pgrehearse keys new > {0} "
                    "&& chmod 600 {0}",
                    path.string()));
  }
  if (!fd) throw sys::storage_error("read the key file", path, errno);
  require_private(fd.get(), path);
  const std::string origin = "the file " + path.string();
  const SecretText whole{sys::read_all(fd.get(), origin, largest_file)};
  return parse(whole.text, origin);
}

KeyRing KeyRing::from_reference(std::string_view reference) {
  const std::string name(reference.substr(std::min(reference_mark.size(), reference.size())));
  if (!reference.starts_with(reference_mark) || name.empty()) {
    throw Error(Code::contract, "the contract's key is not of the form \"env:NAME\"",
                "a contract is read by many and holds no key itself: name an environment variable, or a key_file");
  }
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') {
    throw Error(Code::contract, fmt::format("the environment variable {} holds no key: it is not set", name),
                "set it to what the repository was written with, or name a key_file");
  }
  return parse(value, "the variable " + name);
}

const Key* KeyRing::find(std::string_view id) const {
  const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) { return key.id() == id; });
  return found == keys_.end() ? nullptr : &*found;
}

std::string new_key_line() {
  Secret bytes = make_secret(key_size);
  randombytes_buf(bytes.get(), key_size);
  std::string hex(2 * key_size + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes.get(), key_size);
  hex.pop_back();
  const Key key(std::move(bytes));
  return fmt::format("{}  # key {}", hex, key.id());
}

}  // namespace repository
