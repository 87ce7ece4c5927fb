#include "store/s3_store.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "store/s3_failure.h"
#include "store/s3_lists.h"
#include "store/s3_reader.h"
#include "store/s3_writer.h"

namespace store {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

base::Instant last_modified(const HttpAnswer& answer) {
  const std::time_t time = curl_getdate(answer.header("last-modified").c_str(), nullptr);
  return base::Instant(std::chrono::seconds(std::max<std::time_t>(time, 0)));
}

// Whoever lists goes by the order, as retention does.
base::Error out_of_order(const ObjectStore& store) {
  return {base::Code::storage, fmt::format("{} does not list keys in byte order", store.description()),
          "use a service, or kind of bucket, that does: S3 directory buckets do not"};
}

// Success, or an object that is gone already. A bucket that is gone is neither.
bool is_removed(const HttpAnswer& answer) {
  return answer.status / 100 == 2 ||
         (answer.status == HttpStatus::not_found && read_problem(answer).code != "NoSuchBucket");
}

}  // namespace

std::uint64_t s3_part_size(int number) {
  struct Step {
    int last;
    std::uint64_t size;
  };
  for (const Step step : {Step{2000, 8}, Step{4000, 16}, Step{6000, 32}, Step{7000, 128}, Step{8000, 512}}) {
    if (number <= step.last) return step.size * mebibyte;
  }
  return 2304 * mebibyte;
}

std::size_t s3_parts_in_flight(std::uint64_t size, std::uint64_t memory) {
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(memory / size, 2, 5)) - 1;
}

S3Store::S3Store(S3Address address, AwsCredentials credentials, S3Options options)
    : client_(std::move(address), std::move(credentials), options.retry, std::move(options.clock)),
      list_page_(options.list_page),
      part_size_(options.part_size ? std::move(options.part_size) : s3_part_size),
      memory_(options.memory) {}

std::unique_ptr<Writer> S3Store::create(const std::string& key) {
  require_key(key);
  return std::make_unique<S3Writer>(*this, client_, key, part_size_, memory_);
}

std::unique_ptr<Reader> S3Store::open(const std::string& key, std::uint64_t offset) {
  require_key(key);
  return std::make_unique<S3Reader>(*this, client_, key, offset);
}

std::optional<ObjectInfo> S3Store::stat(const std::string& key) {
  require_key(key);
  S3Request request{.method = "HEAD", .doing = fmt::format("{} was not looked for", key), .key = key};
  HttpAnswer answer = client_.perform(request);
  if (answer.status == HttpStatus::ok) {
    return ObjectInfo{key, std::strtoull(answer.header("content-length").c_str(), nullptr, 10), last_modified(answer)};
  }
  // Answers to HEAD have no body that says what is missing, the object or the bucket.
  request.method = "GET";
  request.headers["range"] = "bytes=0-0";
  answer = client_.perform(request);
  if (answer.status == HttpStatus::ok || answer.status == HttpStatus::partial) return stat(key);  // it came into being
  const std::string code = read_problem(answer).code;
  if (answer.status == HttpStatus::not_found && code != "NoSuchBucket") return std::nullopt;
  throw client_.failure(answer, request);
}

void S3Store::list(const std::string& prefix, const std::function<void(const ObjectInfo&)>& each) {
  const S3Address& address = client_.address();
  S3Request request{.method = "GET", .doing = "nothing was listed", .whole_bucket = true};
  std::string token;
  std::string last;
  do {
    request.query = {{"list-type", "2"},
                     {"encoding-type", "url"},
                     {"max-keys", std::to_string(list_page_)},
                     {"prefix", address.whole_key(prefix)}};
    if (!token.empty()) request.query.emplace_back("continuation-token", token);
    ObjectPage page = read_object_page(client_.require(request), address);
    for (ObjectInfo& info : page.objects) {
      if (info.key <= last) throw out_of_order(*this);
      last = info.key;
      if (info.key.starts_with(address.prefix)) info.key.erase(0, address.prefix.size());
      if (is_key(info.key)) each(info);
    }
    token = std::move(page.next);
  } while (!token.empty());
}

void S3Store::remove(const std::string& key) {
  require_key(key);
  const S3Request request{.method = "DELETE", .doing = fmt::format("{} was not removed", key), .key = key};
  const HttpAnswer answer = client_.perform(request);
  if (!is_removed(answer)) throw client_.failure(answer, request);
}

std::vector<Unfinished> S3Store::unfinished(const std::string& prefix) {
  const S3Address& address = client_.address();
  S3Request request{.method = "GET", .doing = "unfinished uploads were not listed", .whole_bucket = true};
  std::vector<Unfinished> found;
  UploadPage page;
  do {
    // Without encoding: Ceph would encode keys, not markers, and say of neither that it did.
    request.query = {
        {"uploads", ""}, {"max-uploads", std::to_string(list_page_)}, {"prefix", address.whole_key(prefix)}};
    if (page.more) {
      request.query.emplace_back("key-marker", page.next_key);
      request.query.emplace_back("upload-id-marker", page.next_id);
    }
    page = read_upload_page(client_.require(request), address);
    for (Unfinished& upload : page.uploads) {
      if (!upload.key.starts_with(address.whole_key(prefix))) continue;
      upload.key.erase(0, address.prefix.size());
      if (is_key(upload.key)) found.push_back(std::move(upload));
    }
  } while (page.more);
  return found;
}

void S3Store::discard(const Unfinished& attempt) {
  require_key(attempt.key);
  const S3Request request{.method = "DELETE",
                          .doing = fmt::format("the unfinished upload of {} was not discarded", attempt.key),
                          .key = attempt.key,
                          .query = {{"uploadId", attempt.id}}};
  const HttpAnswer answer = client_.perform(request);
  if (!is_removed(answer)) throw client_.failure(answer, request);
}

}  // namespace store
