#include "store/s3_client.h"

#include <charconv>
#include <optional>
#include <utility>

#include "base/hash.h"
#include "store/s3_failure.h"
#include "sys/signals.h"

namespace store {
namespace {

// A name that was mistyped is said at once; a service that answered before may be starting again.
constexpr int attempts_before_any_answer = 3;

std::optional<std::chrono::seconds> wish_of(const HttpAnswer& answer) {
  const std::string text = answer.header("retry-after");
  int seconds = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), seconds);
  // The other form, a date, is rare, and our own pauses do as well.
  if (end.ec != std::errc{} || seconds < 0) return std::nullopt;
  return std::chrono::seconds(seconds);
}

}  // namespace

S3Client::S3Client(S3Address address, AwsCredentials credentials, RetryPolicy retry, Clock clock)
    : address_(std::move(address)), credentials_(std::move(credentials)), retry_(retry), clock_(std::move(clock)) {}

HttpAnswer S3Client::perform(const S3Request& request, const Cancellation* cancelled) {
  HttpAnswer answer;
  retried(request, cancelled, [&]() -> HttpAnswer& {
    const Lease channel = lease();
    const HttpRequest http = signed_request(request);
    answer = channel->start(http, cancelled);
    answer.body = channel->read_all();
    return answer;
  });
  return answer;
}

HttpAnswer S3Client::require(const S3Request& request, const Cancellation* cancelled) {
  HttpAnswer answer = perform(request, cancelled);
  if (answer.status / 100 != 2) throw failure(answer, request);
  return answer;
}

std::unique_ptr<S3Client::Download> S3Client::download(const S3Request& request) {
  auto download = std::make_unique<Download>();
  retried(request, nullptr, [&]() -> HttpAnswer& {
    download->channel.reset();
    download->channel = lease();
    download->request = signed_request(request);
    download->head = download->channel->start(download->request);
    if (download->head.status / 100 != 2) download->head.body = download->channel->read_all();
    return download->head;
  });
  return download;
}

void S3Client::retried(const S3Request& request, const Cancellation* cancelled,
                       const std::function<HttpAnswer&()>& attempt) {
  Retries retries(retry_);
  // Whoever was interrupted cleans up, and does not wait for a service that is gone.
  const int attempts = request.once || sys::interrupted() ? 1 : retry_.attempts;
  while (true) {
    std::optional<std::chrono::seconds> wish;
    try {
      const HttpAnswer& answer = attempt();
      answered_ = true;
      if (!is_passing(answer)) return;
      wish = wish_of(answer);
      if (retries.made() >= attempts) throw failure(answer, request);
    } catch (const TransportFailure& failed) {
      using Kind = TransportFailure::Kind;
      const bool hopeless = failed.kind() == Kind::tls || (!answered_ && retries.made() >= attempts_before_any_answer);
      if (hopeless || retries.made() >= attempts) throw failure(failed, request, retries.made());
    }
    retries.wait(wish, cancelled);
  }
}

HttpRequest S3Client::signed_request(const S3Request& request) const {
  static const std::string nothing = base::sha256_hex("");
  const std::string path = request.whole_bucket ? "" : uri_encode(address_.whole_key(request.key), Slashes::keep);
  ToSign to_sign{request.method, address_.root + path, query_string(request.query), request.headers};
  to_sign.headers["host"] = address_.host;
  to_sign.headers["x-amz-content-sha256"] = request.body != nullptr ? request.body_sha256 : nothing;
  sign(to_sign, credentials_, address_.region, clock_());
  const std::string query = to_sign.query.empty() ? "" : "?" + to_sign.query;
  return {request.method, address_.scheme + "://" + address_.host + to_sign.path + query, std::move(to_sign.headers),
          request.body, request.patience};
}

S3Client::Lease S3Client::lease() {
  std::unique_ptr<HttpChannel> channel;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      channel = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!channel) channel = std::make_unique<HttpChannel>();
  return {channel.release(), [this](HttpChannel* used) {
            std::unique_ptr<HttpChannel> back(used);
            back->stop();
            const std::lock_guard lock(mutex_);
            idle_.push_back(std::move(back));
          }};
}

base::Error S3Client::failure(const HttpAnswer& answer, const S3Request& request) const {
  return s3_error({address_, credentials_.origin}, answer, request.doing, clock_());
}

base::Error S3Client::failure(const TransportFailure& failure, const S3Request& request, int attempts) const {
  return s3_error({address_, credentials_.origin}, failure, request.doing, attempts);
}

}  // namespace store
