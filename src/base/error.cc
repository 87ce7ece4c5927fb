#include "base/error.h"

#include <utility>

namespace base {

int exit_status(Code code) {
  switch (code) {
    case Code::refused:
      return 1;
    case Code::usage:
    case Code::contract:
      return 2;
    case Code::server:
    case Code::tool:
    case Code::storage:
    case Code::input:
    case Code::internal:
      return 3;
    case Code::interrupted:
      return 130;
  }
  return 3;
}

std::string_view name(Code code) {
  switch (code) {
    case Code::usage:
      return "usage";
    case Code::contract:
      return "contract";
    case Code::refused:
      return "refused";
    case Code::server:
      return "server";
    case Code::tool:
      return "tool";
    case Code::storage:
      return "storage";
    case Code::input:
      return "input";
    case Code::interrupted:
      return "interrupted";
    case Code::internal:
      return "internal";
  }
  return "internal";
}

Error::Error(Code code, std::string message, std::string hint)
    : code_(code), message_(std::move(message)), hint_(std::move(hint)) {}

Error& Error::with_sqlstate(std::string sqlstate) {
  sqlstate_ = std::move(sqlstate);
  return *this;
}

Error& Error::with_hint(std::string hint) {
  hint_ = std::move(hint);
  return *this;
}

Error& Error::with_context(std::string_view what) {
  message_.insert(0, std::string(what) + ": ");
  return *this;
}

}  // namespace base
