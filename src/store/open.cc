#include "store/open.h"

#include <fmt/format.h>

#include <string_view>

#include "base/error.h"
#include "store/aws_credentials.h"
#include "store/aws_signature.h"
#include "store/directory_store.h"
#include "store/s3_address.h"
#include "store/s3_store.h"

namespace store {
namespace {

constexpr std::string_view file_mark = "file://";

std::unique_ptr<ObjectStore> open_directory(const std::string& path, const std::string& url) {
  if (!path.empty() && path.find('\0') == std::string::npos) return std::make_unique<DirectoryStore>(path);
  throw base::Error(base::Code::contract, fmt::format("\"{}\" names no directory", url),
                    "write it as file:///var/backups/app");
}

std::string plain_path(std::string_view url) {
  url.remove_prefix(file_mark.size());
  if (url.starts_with("localhost/")) url.remove_prefix(std::string_view("localhost").size());
  if (!url.starts_with('/')) return {};  // another machine's
  return uri_decode(url, Plus::itself);
}

}  // namespace

bool is_bucket_url(std::string_view url) {
  return url.starts_with("s3://");
}

std::unique_ptr<ObjectStore> open_store(const StoreAddress& address) {
  const std::string& url = address.url;
  if (is_bucket_url(url)) {
    return std::make_unique<S3Store>(S3Address::parse(address), find_credentials(),
                                     S3Options{.memory = s3_memory / address.at_once});
  }
  if (url.starts_with(file_mark)) return open_directory(plain_path(url), url);
  if (url.find("://") == std::string::npos) return open_directory(url, url);
  throw base::Error(base::Code::contract, fmt::format("no store is known for \"{}\"", url),
                    "write file:///DIRECTORY, or s3://BUCKET/PREFIX");
}

}  // namespace store
