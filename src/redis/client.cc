#include "redis/client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/error.h"
#include "base/text.h"
#include "redis/failure.h"
#include "sys/failure.h"
#include "sys/signals.h"

namespace redis {
namespace {

using base::Code;
using base::Error;

int milliseconds(std::chrono::seconds limit) {
  return static_cast<int>(std::chrono::milliseconds(limit).count());
}

Error cannot_connect(const std::string& description, std::string_view reason) {
  return {Code::server, fmt::format("cannot connect to {}: {}", description, reason),
          "check the host and the port, or the socket's path, and that the server is running and can be reached"};
}

Reply::Type type_of(int type) {
  switch (type) {
    case REDIS_REPLY_INTEGER:
      return Reply::Type::integer;
    case REDIS_REPLY_ARRAY:
      return Reply::Type::array;
    case REDIS_REPLY_NIL:
      return Reply::Type::nil;
    case REDIS_REPLY_ERROR:
      return Reply::Type::error;
    default:
      return Reply::Type::text;
  }
}

Reply copied(const redisReply& reply) {
  Reply copy;
  copy.type = type_of(reply.type);
  if (reply.str != nullptr) copy.text.assign(reply.str, reply.len);
  copy.integer = reply.integer;
  copy.elements.reserve(reply.elements);
  for (std::size_t i = 0; i < reply.elements; ++i) copy.elements.push_back(copied(*reply.element[i]));
  return copy;
}

// A server that does not know AUTH repeats its arguments.
std::string without(std::string text, const std::string& secret) {
  for (auto at = text.find(secret); !secret.empty() && at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), "****");
    at += 4;
  }
  return text;
}

}  // namespace

void Client::Free::operator()(redisContext* context) const {
  redisFree(context);
}

Client::Client(redisContext* context, std::string description, const Patience& patience)
    : context_(context), description_(std::move(description)), patience_(patience) {
  if (!context_) throw Error(Code::server, "out of memory");
}

Client Client::connect(const Address& address, const Patience& patience) {
  redisContext* context = address.socket.empty() ? redisConnectNonBlock(address.host.c_str(), address.port)
                                                 : redisConnectUnixNonBlock(address.socket.c_str());
  Client client(context, address.description(), patience);
  client.await_connection();
  client.introduce(address);
  return client;
}

void Client::await_connection() {
  if (context_->err != 0) throw cannot_connect(description_, context_->errstr);
  if (!sys::wait_ready(context_->fd, POLLOUT, milliseconds(patience_.connect))) {
    throw cannot_connect(description_,
                         fmt::format("no answer for {}", base::count_of(patience_.connect.count(), "second")));
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(context_->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) throw cannot_connect(description_, sys::reason(error));
  ::fcntl(context_->fd, F_SETFD, FD_CLOEXEC);
}

void Client::introduce(const Address& address) {
  if (!address.password.empty() || !address.user.empty()) {
    Command command{"AUTH"};
    if (!address.user.empty()) command.push_back(address.user);
    command.push_back(address.password);
    const Reply reply = try_ask(command);
    if (reply.is_error()) throw refusal(description_, "AUTH", without(reply.text, address.password));
  }
  ask({"PING"});
  if (address.database != 0) ask({"SELECT", std::to_string(address.database)});
}

Reply Client::ask(const Command& command) {
  Reply reply = try_ask(command);
  if (reply.is_error()) throw refusal(description_, command.front(), reply.text);
  return reply;
}

Reply Client::try_ask(const Command& command) {
  send(command);
  return receive();
}

void Client::send(const Command& command) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  for (const std::string& word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  last_ = command.front();
  if (redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), words.data(), sizes.data()) != REDIS_OK)
    throw Error(Code::server, "out of memory");
}

void Client::flush() {
  for (int done = 0; done == 0;) {
    if (redisBufferWrite(context_.get(), &done) != REDIS_OK)
      throw connection_lost(description_, last_, context_->errstr);
    if (done == 0 && !sys::wait_ready(context_->fd, POLLOUT, milliseconds(patience_.answer)))
      throw no_answer(description_, last_, patience_.answer.count());
  }
}

Reply Client::receive() {
  flush();
  while (true) {
    void* found = nullptr;
    if (redisGetReplyFromReader(context_.get(), &found) != REDIS_OK)
      throw connection_lost(description_, last_, context_->errstr);
    if (found != nullptr) {
      const std::unique_ptr<void, void (*)(void*)> owner(found, freeReplyObject);
      return copied(*static_cast<const redisReply*>(found));
    }
    if (!sys::wait_ready(context_->fd, POLLIN, milliseconds(patience_.answer)))
      throw no_answer(description_, last_, patience_.answer.count());
    if (redisBufferRead(context_.get()) != REDIS_OK) throw connection_lost(description_, last_, context_->errstr);
  }
}

std::string Client::info(const std::string& section, std::string_view name) {
  const std::string answer = ask({"INFO", section}).text;
  const std::string mark = fmt::format("\n{}:", name);
  const auto at = answer.find(mark);
  if (at == std::string::npos) return {};
  const auto begin = at + mark.size();
  return answer.substr(begin, answer.find_first_of("\r\n", begin) - begin);
}

sys::Fd Client::release() && {
  return sys::Fd(redisFreeKeepFd(context_.release()));
}

}  // namespace redis
