// HTTP/1.1 by libcurl: one request at a time on a connection that is kept, its answer's body read as it is wanted.
//
// A channel is used by one thread at a time. A signal to us ends a wait with Error(interrupted), and so does a raised
// cancellation; everything that went wrong below HTTP is a TransportFailure, which whoever retries wants to look at.
#pragma once

#include <curl/curl.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace store {

// What is sent. It is asked for again from the front where a connection turns out dead.
struct HttpBody {
  std::uint64_t size = 0;
  // Fills the buffer with the bytes at an offset; fewer only at the end.
  std::function<std::size_t(std::uint64_t at, char* to, std::size_t size)> read;

  static HttpBody of(std::string_view bytes);  // which have to outlive it
};

struct HttpRequest {
  std::string method;
  std::string url;
  std::map<std::string, std::string> headers;
  const HttpBody* body = nullptr;     // none: nothing is sent, not even a length of 0
  std::chrono::seconds patience{60};  // without a single byte in either direction
};

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // by lower-case name
  std::string body;

  std::string header(const std::string& name) const;  // empty where there is none
};

struct HttpStatus {
  static constexpr int ok = 200;
  static constexpr int partial = 206;
  static constexpr int moved = 301;
  static constexpr int temporarily_moved = 307;
  static constexpr int bad_request = 400;
  static constexpr int forbidden = 403;
  static constexpr int not_found = 404;
  static constexpr int conflict = 409;
  static constexpr int precondition_failed = 412;
  static constexpr int range_not_satisfiable = 416;
  static constexpr int insufficient_storage = 507;
};

class TransportFailure : public std::exception {
 public:
  enum class Kind { resolve, connect, tls, timeout, cut };
  TransportFailure(Kind kind, std::string reason) : kind_(kind), reason_(std::move(reason)) {}
  Kind kind() const { return kind_; }
  const char* what() const noexcept override { return reason_.c_str(); }

 private:
  Kind kind_;
  std::string reason_;
};

using Cancellation = std::atomic<bool>;

class HttpChannel {
 public:
  HttpChannel();
  ~HttpChannel();
  HttpChannel(const HttpChannel&) = delete;
  HttpChannel& operator=(const HttpChannel&) = delete;

  // Sends `request`, which has to live until stop(), and waits for status and headers.
  HttpAnswer start(const HttpRequest& request, const Cancellation* cancelled = nullptr);
  // The body from the front; fewer bytes than asked for, down to none, only at its end.
  std::size_t read(char* to, std::size_t size);
  // The rest of it. Throws Error(storage) beyond 16 MiB: no answer that is read whole is that long.
  std::string read_all();
  // Where the body was not read to its end, the connection is given up.
  void stop() noexcept;

 private:
  struct Callbacks;  // of libcurl
  void configure(const HttpRequest& request);
  void drive();  // lets libcurl work, and waits where there is nothing to do
  void take_header(std::string_view line);
  void check_result() const;

  CURL* easy_;
  CURLM* multi_;
  curl_slist* headers_ = nullptr;
  bool active_ = false;  // the request is libcurl's
  bool done_ = false;
  bool headed_ = false;  // all headers have come
  bool paused_ = false;
  CURLcode result_ = CURLE_OK;
  HttpAnswer answer_;
  HttpBody body_;
  std::uint64_t sent_ = 0;
  std::string received_;
  std::size_t taken_ = 0;  // of received_
  const Cancellation* cancelled_ = nullptr;
  std::vector<char> reason_;
};

}  // namespace store
