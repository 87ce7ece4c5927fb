// Something on a Unix socket that answers as a Redis server would in its rarer moments. For tests.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "redis/address.h"
#include "sys/fd.h"
#include "sys/file.h"

namespace redis {

// To a command that begins with a word of `answers` it sends what stands there, piece by piece with a pause in between,
// and "+OK" to every other. After an answer whose last piece is "close" it closes.
class Impostor {
 public:
  using Answers = std::vector<std::pair<std::string, std::vector<std::string>>>;

  explicit Impostor(Answers answers) : answers_(std::move(answers)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const std::string path = address().socket;
    path.copy(static_cast<char*>(name.sun_path), sizeof name.sun_path - 1);
    listener_ = sys::Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
    EXPECT_EQ(::listen(listener_.get(), 1), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~Impostor() {
    ended_ = true;
    thread_.join();
  }
  Impostor(const Impostor&) = delete;
  Impostor& operator=(const Impostor&) = delete;

  Address address() const {
    Address address;
    address.socket = (directory_.path() / "s").string();
    return address;
  }

 private:
  bool readable(int fd) const {
    pollfd set{fd, POLLIN, 0};
    while (!ended_) {
      if (::poll(&set, 1, 10) > 0) return true;
    }
    return false;
  }

  void serve() {
    if (!readable(listener_.get())) return;
    const sys::Fd peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    std::string received;
    while (readable(peer.get())) {
      char buffer[4096];
      const auto got = ::recv(peer.get(), buffer, sizeof buffer, 0);
      if (got <= 0) return;
      received.assign(buffer, static_cast<std::size_t>(got));
      if (!answer(peer.get(), received)) return;
    }
  }

  bool answer(int peer, std::string_view command) const {
    for (const auto& [word, pieces] : answers_) {
      if (command.find("\r\n" + word + "\r\n") == std::string_view::npos) continue;
      for (const std::string& piece : pieces) {
        if (piece == "close") return false;
        if (::send(peer, piece.data(), piece.size(), MSG_NOSIGNAL) < 0) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
      return true;
    }
    return ::send(peer, "+OK\r\n", 5, MSG_NOSIGNAL) == 5;
  }

  sys::TemporaryDirectory directory_;
  Answers answers_;
  sys::Fd listener_;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

}  // namespace redis
