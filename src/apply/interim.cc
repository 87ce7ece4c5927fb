// What the rest of apply hangs on until its own files are here; each part goes when they come.
#include "apply/captured.h"
#include "apply/decoded.h"
#include "base/error.h"
namespace apply {
struct DecodingSlot::Inside {};
DecodingSlot DecodingSlot::create(const Target&) {
  throw base::Error(base::Code::refused, "the proof is not here");
}
DecodingSlot::DecodingSlot(std::unique_ptr<Inside> i) : inside_(std::move(i)) {}
DecodingSlot::DecodingSlot(DecodingSlot&&) noexcept = default;
DecodingSlot& DecodingSlot::operator=(DecodingSlot&&) noexcept = default;
DecodingSlot::~DecodingSlot() = default;
std::map<std::string, DecodingSlot::Touched> DecodingSlot::read(const std::string&, const pg::Catalog&,
                                                                changeset::Writer&) {
  return {};
}
Capture::Capture(pg::Connection& s, const pg::Catalog& c, const std::set<std::string>&) : session_(s), catalog_(c) {}
void Capture::collect(changeset::Writer&) {}
}  // namespace apply
