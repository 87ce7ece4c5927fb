// What calls do with strings: which to look at, and statements that append to a variable.
#include <algorithm>
#include <optional>

#include "source/call_names.h"
#include "source/reading.h"
#include "source/says.h"

namespace source {
bool Expressions::says_it(TSNode node) {
  if (type_of(node) == "command") {
    // What a shell prints may go to psql.
    const std::string_view command = ts_node_child_count(node) > 0 ? source(ts_node_child(node, 0)) : "";
    return command != "printf" && says("", command);
  }
  const auto call = call_of(node, bytes_, children_);
  return call && says(ts_node_is_null(call->object) ? std::string_view() : source(call->object), call->name);
}

bool Expressions::makes_string(TSNode node) {
  const auto call = call_of(node, bytes_, children_);
  return call && (joins_list(call->name) || concatenates(call->name) || formats(call->name) || replaces(call->name) ||
                  appends(call->name) || passes(call->name) || takes_lambda(call->name) || call->name == "Composed" ||
                  fills_names(*call));
}

std::optional<Appending> Expressions::appending(TSNode node) {
  Appending found;
  if (is_infix(type_of(node))) {
    if (language_ != Language::cpp && language_ != Language::ruby) return std::nullopt;
    TSNode left = node;
    while (is_infix(type_of(left)) && ts_node_child_count(left) == 3 && source(ts_node_child(left, 1)) == "<<") {
      found.calls.push_back(ts_node_child(left, 2));
      left = ts_node_child(left, 0);
    }
    found.target = name_of(left);
    found.stream = true;
    const bool known = scopes_.find(found.target) != nullptr;
    // Of C++ a stream that came from elsewhere will do, but none that people read.
    const bool stream = language_ == Language::cpp && !found.target.starts_with('c') && !found.target.ends_with("log");
    if (found.calls.empty() || found.target.empty() || !(known || stream)) return std::nullopt;
    std::reverse(found.calls.begin(), found.calls.end());
    return found;
  }
  bool builds = true;
  TSNode at = node;
  while (is_call(type_of(at))) {
    const auto call = call_of(at, bytes_, children_);
    if (!call) return std::nullopt;
    if (prints_into(call->name) && found.calls.empty() && call->arguments.size() > 1) {
      TSNode into = call->arguments[0];
      if (name_of(into).empty() && ts_node_named_child_count(into) == 1) into = ts_node_named_child(into, 0);
      found.target = name_of(into);
      found.calls.push_back(at);
      builds = false;
      break;
    }
    const bool adds = appends(call->name) || adds_item(call->name) || empties(call->name);
    if (!adds && !passes(call->name)) return std::nullopt;
    if (adds) found.calls.push_back(at);
    if (adds) builds = builds && builds_text(call->name, language_);
    if (ts_node_is_null(call->object)) {
      const bool lambda = language_ == Language::kotlin && adds && scopes_.find("");
      if (!lambda) return std::nullopt;
      std::reverse(found.calls.begin(), found.calls.end());
      return found;
    }
    at = call->object;
    found.target = name_of(at);
  }
  const Variable* variable = found.target.empty() ? nullptr : scopes_.find(found.target);
  if (found.calls.empty() || found.target.empty()) return std::nullopt;
  // What came from elsewhere and is appended to so is a builder, whatever it holds already.
  if ((!variable || variable->opaque) && !builds) return std::nullopt;
  std::reverse(found.calls.begin(), found.calls.end());
  return found;
}

Expressions::Appended Expressions::appended(TSNode call, bool stream, const Variable& to) {
  Appended result;
  if (stream) {
    result.text = evaluate(call, nullptr, false);
    result.item = to.value.is_list();
    const std::string_view text = source(call);
    if (text == "std::endl" || text == "endl") {
      result.text.value.clear();
      result.text.value.insert("\n", ts_node_start_byte(call), {});
    }
    return result;
  }
  auto parts = call_of(call, bytes_, children_);
  if (!parts) return result;
  if (empties(parts->name)) {
    result.empties = true;
    return result;
  }
  std::vector<TSNode> arguments = parts->arguments;
  if (prints_into(parts->name)) arguments.erase(arguments.begin());
  if (arguments.empty()) return result;
  const bool formatted = parts->name == "AppendFormat" || (prints_into(parts->name) && arguments.size() > 1);
  if (formatted) {
    Reading reading{.result = result.text, .top = call};
    result.text.has_string = read_format({.object = {}, .name = {}, .arguments = arguments}, reading, 0);
  } else {
    const bool several = parts->name == "extend" || parts->name == "addAll" || parts->name == "AddRange";
    result.text = evaluate(arguments[0], nullptr, several);
    if (several && !result.text.value.is_list()) result.text.value.clear();
    for (std::size_t i = 1; i < arguments.size(); ++i) result.text.unread.push_back(arguments[i]);
    result.item = !several && (to.value.is_list() || adds_item(parts->name));
  }
  if (parts->name == "push_bind" && !result.text.value.is_one_hole()) {
    result.text.value.clear();
    strings_.read_hole(arguments[0], result.text.value);
  }
  if (ends_line(parts->name)) result.text.value.insert("\n", ts_node_end_byte(call), {});
  return result;
}

}  // namespace source
