#include "store/http.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "base/error.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/signals.h"

namespace store {
namespace {

using namespace std::chrono_literals;

// Takes connections and never says a word.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_.get(), generic, size), 0);
    EXPECT_EQ(::listen(socket_.get(), 8), 0);
    EXPECT_EQ(::getsockname(socket_.get(), generic, &size), 0);
    url_ = "http://127.0.0.1:" + std::to_string(::ntohs(address.sin_port));
  }
  HttpRequest request() const { return {.method = "GET", .url = url_}; }

 private:
  sys::Fd socket_;
  std::string url_;
};

TEST(HttpChannel, gives_up_a_server_that_says_nothing) {
  const SilentServer server;
  HttpRequest request = server.request();
  request.patience = 1s;
  HttpChannel channel;
  try {
    channel.start(request);
    FAIL();
  } catch (const TransportFailure& failure) {
    EXPECT_EQ(failure.kind(), TransportFailure::Kind::timeout);
  }
}

TEST(HttpChannel, ends_soon_once_it_is_cancelled) {
  const SilentServer server;
  const HttpRequest request = server.request();
  Cancellation cancelled{false};
  HttpChannel channel;
  std::thread canceller([&] {
    std::this_thread::sleep_for(200ms);
    cancelled = true;
  });
  const sys::Stopwatch watch;
  EXPECT_THROW(channel.start(request, &cancelled), base::Error);
  EXPECT_LT(watch.elapsed(), 5s);
  canceller.join();
}

[[noreturn]] void wait_until_interrupted() {
  sys::install_signal_handlers();
  const SilentServer server;
  const HttpRequest request = server.request();
  std::thread([] {
    std::this_thread::sleep_for(200ms);
    ::kill(::getpid(), SIGINT);
  }).detach();
  const sys::Stopwatch watch;
  try {
    HttpChannel().start(request);
  } catch (const base::Error& error) {
    std::_Exit(error.code() == base::Code::interrupted && watch.elapsed() < 5s ? 0 : 1);
  }
  std::_Exit(2);
}

TEST(HttpChannel, ends_at_once_when_a_person_interrupts) {
  EXPECT_EXIT(wait_until_interrupted(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace store
