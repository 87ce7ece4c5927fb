#include "store/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "sys/signals.h"

namespace store {
namespace {

using Kind = TransportFailure::Kind;

constexpr long connect_seconds = 10;
constexpr int poll_ms = 200;                              // between two looks for a cancellation
constexpr long transfer_buffer = 512L << 10;              // libcurl's own default of 16 KiB costs a third of the rate
constexpr std::size_t read_ahead = std::size_t{1} << 20;  // of a body that nobody reads yet
constexpr std::size_t longest_answer = std::size_t{16} << 20;
constexpr std::size_t most_headers = 200;

void require(bool fine) {
  if (!fine) throw base::Error(base::Code::internal, "libcurl does not do what it is for");
}

// Threads may not race for the first call of libcurl.
void initialise() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  require(result == CURLE_OK);
}

Kind kind_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Kind::resolve;
    case CURLE_COULDNT_CONNECT:
      return Kind::connect;
    case CURLE_OPERATION_TIMEDOUT:
      return Kind::timeout;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
      return Kind::tls;
    default:
      return Kind::cut;
  }
}

// The bundle of authorities, where a person names one as for other programs; libcurl itself looks at none of these.
void set_authorities(CURL* easy) {
  for (const char* name : {"AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    curl_easy_setopt(easy, CURLOPT_CAINFO, value);
    break;
  }
  const char* directory = std::getenv("SSL_CERT_DIR");
  if (directory != nullptr && *directory != '\0') curl_easy_setopt(easy, CURLOPT_CAPATH, directory);
}

}  // namespace

HttpBody HttpBody::of(std::string_view bytes) {
  return {bytes.size(), [bytes](std::uint64_t at, char* to, std::size_t size) {
            return bytes.copy(to, size, static_cast<std::size_t>(at));
          }};
}

std::string HttpAnswer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

struct HttpChannel::Callbacks {
  static std::size_t header(char* bytes, std::size_t, std::size_t size, void* channel) {
    static_cast<HttpChannel*>(channel)->take_header({bytes, size});
    return size;
  }
  static std::size_t receive(char* bytes, std::size_t, std::size_t size, void* channel) {
    auto& self = *static_cast<HttpChannel*>(channel);
    if (self.received_.size() - self.taken_ >= read_ahead) {
      self.paused_ = true;
      return CURL_WRITEFUNC_PAUSE;
    }
    self.received_.append(bytes, size);
    return size;
  }
  static std::size_t send(char* to, std::size_t, std::size_t size, void* channel) {
    auto& self = *static_cast<HttpChannel*>(channel);
    const std::uint64_t left = self.body_.size - self.sent_;
    const std::size_t got = self.body_.read(self.sent_, to, std::min<std::uint64_t>(left, size));
    self.sent_ += got;
    return got;
  }
  static int seek(void* channel, curl_off_t offset, int origin) {
    if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
    static_cast<HttpChannel*>(channel)->sent_ = static_cast<std::uint64_t>(offset);
    return CURL_SEEKFUNC_OK;
  }
};

HttpChannel::HttpChannel() : reason_(CURL_ERROR_SIZE) {
  initialise();
  easy_ = curl_easy_init();
  multi_ = curl_multi_init();
  require(easy_ != nullptr && multi_ != nullptr);
}

HttpChannel::~HttpChannel() {
  stop();
  curl_easy_cleanup(easy_);
  curl_multi_cleanup(multi_);
}

HttpAnswer HttpChannel::start(const HttpRequest& request, const Cancellation* cancelled) {
  stop();
  cancelled_ = cancelled;
  done_ = headed_ = paused_ = false;
  result_ = CURLE_OK;
  answer_ = {};
  sent_ = 0;
  received_.clear();
  taken_ = 0;
  configure(request);
  require(curl_multi_add_handle(multi_, easy_) == CURLM_OK);
  active_ = true;
  while (!done_ && !headed_) drive();
  if (!headed_) check_result();
  return answer_;
}

std::size_t HttpChannel::read(char* to, std::size_t size) {
  std::size_t filled = 0;
  while (filled < size) {
    const std::size_t got = received_.copy(to + filled, size - filled, taken_);
    filled += got;
    taken_ += got;
    if (taken_ < received_.size()) break;
    received_.clear();
    taken_ = 0;
    if (filled == size) break;
    if (done_) {
      check_result();
      break;
    }
    if (std::exchange(paused_, false)) curl_easy_pause(easy_, CURLPAUSE_CONT);
    if (received_.empty()) drive();
  }
  return filled;
}

std::string HttpChannel::read_all() {
  std::string whole;
  std::vector<char> buffer(std::size_t{64} << 10);
  while (const std::size_t got = read(buffer.data(), buffer.size())) {
    whole.append(buffer.data(), got);
    if (whole.size() > longest_answer) {
      throw base::Error(base::Code::storage, "the server's answer is longer than any can be",
                        "check that the endpoint is an S3-compatible service");
    }
  }
  return whole;
}

void HttpChannel::stop() noexcept {
  if (active_) curl_multi_remove_handle(multi_, easy_);
  active_ = false;
  curl_slist_free_all(headers_);
  headers_ = nullptr;
}

void HttpChannel::configure(const HttpRequest& request) {
  curl_easy_reset(easy_);
  const auto set = [this](CURLoption option, auto value) {
    if (curl_easy_setopt(easy_, option, value) != CURLE_OK) require(false);
  };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_USERAGENT, "pgrehearse");
  set(CURLOPT_CONNECTTIMEOUT, connect_seconds);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.patience.count()));
  set(CURLOPT_UPLOAD_BUFFERSIZE, transfer_buffer);
  set(CURLOPT_ERRORBUFFER, reason_.data());
  reason_.front() = '\0';
  set(CURLOPT_HEADERFUNCTION, &Callbacks::header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &Callbacks::receive);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set_authorities(easy_);
  // Refused where an earlier request failed before it began and left its buffer, which is as long already.
  curl_easy_setopt(easy_, CURLOPT_BUFFERSIZE, transfer_buffer);

  body_ = request.body != nullptr ? *request.body : HttpBody{};
  if (request.body != nullptr) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(body_.size));
    set(CURLOPT_READFUNCTION, &Callbacks::send);
    set(CURLOPT_READDATA, static_cast<void*>(this));
    set(CURLOPT_SEEKFUNCTION, &Callbacks::seek);
    set(CURLOPT_SEEKDATA, static_cast<void*>(this));
  }
  if (request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());

  // Without "100 Continue": not every server sends it, and every body is short enough to be sent for nothing.
  headers_ = curl_slist_append(nullptr, "Expect:");
  for (const auto& [name, value] : request.headers) {
    headers_ = curl_slist_append(headers_, fmt::format("{}: {}", name, value).c_str());
  }
  set(CURLOPT_HTTPHEADER, headers_);
}

void HttpChannel::drive() {
  sys::check_interrupted();
  if (cancelled_ != nullptr && *cancelled_) throw base::Error(base::Code::interrupted, "the transfer was given up");
  const auto progress = [this] { return std::pair(headed_, received_.size()); };
  const auto before = progress();
  int running = 0;
  require(curl_multi_perform(multi_, &running) == CURLM_OK);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    done_ = true;
    result_ = message->data.result;
  }
  if (done_ || progress() != before) return;
  curl_waitfd signal{sys::interrupt_fd(), CURL_WAIT_POLLIN, 0};
  require(curl_multi_poll(multi_, &signal, signal.fd >= 0 ? 1U : 0U, poll_ms, nullptr) == CURLM_OK);
}

void HttpChannel::take_header(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    answer_ = {};
    const std::size_t blank = line.find(' ');
    if (blank != std::string_view::npos) answer_.status = std::atoi(std::string(line.substr(blank)).c_str());
    return;
  }
  if (line.empty()) {
    headed_ = answer_.status >= 200;  // before that come "100 Continue" and the like
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || answer_.headers.size() >= most_headers) return;
  const std::string name = base::lower_case(line.substr(0, colon));
  std::string_view value = line.substr(colon + 1);
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  answer_.headers[name] = value;
}

void HttpChannel::check_result() const {
  if (result_ == CURLE_OK && headed_) return;
  const char* said = reason_.front() != '\0' ? reason_.data() : curl_easy_strerror(result_);
  throw TransportFailure(result_ == CURLE_OK ? Kind::cut : kind_of(result_), said);
}

}  // namespace store
