#include "store/aws_credentials.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string_view>

#include "base/error.h"
#include "sys/account.h"
#include "sys/file.h"

namespace store {
namespace {

namespace fs = std::filesystem;

using Section = std::map<std::string, std::string, std::less<>>;

constexpr std::uint64_t largest_file = std::uint64_t{1} << 20;

// An empty variable counts as none.
std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? std::optional<std::string>(value) : std::nullopt;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(blanks);
  return begin == std::string_view::npos ? "" : text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

// What `file` says under [`section`]; nullopt where it has no such section. A setting's own settings are indented.
std::optional<Section> read_section(const fs::path& file, std::string_view section) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return std::nullopt;
  const std::string text = sys::read_file(file, largest_file);
  std::optional<Section> found;
  bool inside = false;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    const std::string_view raw = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const std::string_view line = trim(raw);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      inside = trim(line.substr(1, line.find(']') - 1)) == section;
      if (inside && !found) found.emplace();
    } else if (const std::size_t equals = line.find('='); inside && equals != std::string_view::npos) {
      const bool nested = raw.front() == ' ' || raw.front() == '\t';
      if (!nested) (*found)[std::string(trim(line.substr(0, equals)))] = trim(line.substr(equals + 1));
    }
  }
  return found;
}

// The two files, and the profile that is meant.
struct Profile {
  std::string name = variable("AWS_PROFILE").value_or("default");
  fs::path credentials = variable("AWS_SHARED_CREDENTIALS_FILE").value_or(in_home("credentials"));
  fs::path config = variable("AWS_CONFIG_FILE").value_or(in_home("config"));

  std::optional<Section> in_credentials() const { return read_section(credentials, name); }
  std::optional<Section> in_config() const {
    return read_section(config, name == "default" ? name : "profile " + name);
  }

 private:
  static std::string in_home(std::string_view file) {
    const auto home = variable("HOME");
    return (home ? fs::path(*home) : sys::current_account().home) / ".aws" / file;
  }
};

std::string value_of(const Section& section, std::string_view name) {
  const auto found = section.find(name);
  return found == section.end() ? "" : found->second;
}

std::optional<AwsCredentials> credentials_in(const std::optional<Section>& section, const std::string& profile,
                                             const fs::path& file) {
  if (!section) return std::nullopt;
  AwsCredentials credentials{value_of(*section, "aws_access_key_id"), value_of(*section, "aws_secret_access_key"),
                             value_of(*section, "aws_session_token"),
                             fmt::format("profile {} of {}", profile, file.string())};
  if (credentials.key_id.empty() || credentials.secret.empty()) return std::nullopt;
  return credentials;
}

}  // namespace

AwsCredentials find_credentials() {
  const auto key_id = variable("AWS_ACCESS_KEY_ID");
  const auto secret = variable("AWS_SECRET_ACCESS_KEY");
  if (key_id && secret) return {*key_id, *secret, variable("AWS_SESSION_TOKEN").value_or(""), "the environment"};
  if (key_id || secret) {
    throw base::Error(base::Code::storage,
                      fmt::format("{} is set, but {} is not", key_id ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                                  key_id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID"),
                      "set both, or neither and name a profile in AWS_PROFILE");
  }
  const Profile profile;
  if (auto found = credentials_in(profile.in_credentials(), profile.name, profile.credentials)) return *found;
  if (auto found = credentials_in(profile.in_config(), profile.name, profile.config)) return *found;
  throw base::Error(
      base::Code::storage,
      fmt::format("no access key for the bucket: neither in the environment nor as profile {} in {} or {}",
                  profile.name, profile.credentials.string(), profile.config.string()),
      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE to a profile that has them");
}

std::optional<std::string> find_region() {
  if (auto region = variable("AWS_REGION")) return region;
  if (auto region = variable("AWS_DEFAULT_REGION")) return region;
  const Profile profile;
  for (const auto& section : {profile.in_config(), profile.in_credentials()}) {
    if (section && !value_of(*section, "region").empty()) return value_of(*section, "region");
  }
  return std::nullopt;
}

}  // namespace store
