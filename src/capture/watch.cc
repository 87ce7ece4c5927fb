#include "capture/watch.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "capture/relations.h"
#include "changeset/tuple.h"
#include "pg/pgoutput.h"
#include "pg/replication.h"

namespace capture {
namespace {

namespace out = pg::pgoutput;

constexpr const char* kPublication = "pgrehearse";
constexpr std::string_view kPrefix = "pgrehearse";

const std::map<std::string, std::string>& control_settings() {
  // The end marker has to be flushed to become readable; and this connection idles for as long as a script takes.
  static const std::map<std::string, std::string> kSettings = {
      {"synchronous_commit", "on"},
      {"statement_timeout", "0"},
      {"idle_session_timeout", "0"},
      {"default_transaction_read_only", "off"},
  };
  return kSettings;
}

[[noreturn]] void incomplete(const changeset::Relation& relation, const char* what) {
  throw base::Error(base::Code::internal, "the stream has " + std::string(what) + " of table " + relation.qualified(),
                    "Its replica identity was not FULL: were the event triggers of schema pgrehearse switched off?");
}

// `values` as a tuple. A value that was not sent because an UPDATE left it alone is taken from `before`.
std::string encode(const Relations::Known& known, const out::TupleData& values, const out::TupleData* before) {
  const changeset::Relation& relation = *known.relation;
  if (values.size() != known.left_out.size() || (before != nullptr && before->size() != values.size())) {
    throw base::Error(base::Code::server, "a row of table " + relation.qualified() + " has another number of columns");
  }
  changeset::TupleWriter writer;
  for (std::size_t index = 0; index < values.size(); ++index) {
    if (known.left_out[index]) continue;
    const out::Datum* datum = &values[index];
    if (datum->kind == 'u' && before != nullptr) datum = &(*before)[index];
    if (datum->kind == 'u') incomplete(relation, "an incomplete row");
    writer.add(datum->kind == 't' ? changeset::Value(datum->text) : std::nullopt);
  }
  return writer.take();
}

// Turns messages into events, up to and with the transaction that holds the end marker.
class Decoder {
 public:
  Decoder(Relations& relations, pg::Connection& control, const KeyLookup& keys,
          const std::function<void(const Event&)>& sink, std::string end_marker)
      : relations_(relations), control_(control), keys_(keys), sink_(sink), end_marker_(std::move(end_marker)) {}

  // false: it was the last one.
  bool take(const pg::LogicalStream::Item& item) {
    lsn_ = item.lsn;
    const out::Any message = out::parse(item.bytes);
    std::visit([this](const auto& it) { handle(it); }, message);
    return !(marker_seen_ && std::holds_alternative<out::Commit>(message));
  }
  base::Lsn committed() const { return committed_; }

 private:
  void handle(const out::Begin& begin) { xid_ = begin.xid; }
  void handle(const out::Commit& commit) { committed_ = commit.end_lsn; }
  void handle(const out::Relation& relation) { relations_.describe(relation, keys_, control_); }
  void handle(const out::Type& type) { relations_.announce(type); }
  void handle(const out::Other& /*other*/) {}

  void handle(const out::Message& message) {
    if (!message.transactional || message.prefix != kPrefix) return;
    if (message.content == end_marker_) {
      marker_seen_ = true;
      return;
    }
    const std::size_t blank = message.content.find(' ');
    if (blank == std::string_view::npos || message.content.starts_with("end ")) return;
    sink_(NoteEvent{message.lsn, xid_, std::string(message.content.substr(0, blank)),
                    std::string(message.content.substr(blank + 1))});
  }

  void handle(const out::Insert& insert) {
    const Relations::Known& known = relations_.at(insert.relation);
    if (known.ours) return;
    const std::string after = encode(known, insert.after, nullptr);
    emit(known, changeset::Op::insert, {}, after);
  }

  void handle(const out::Update& update) {
    const Relations::Known& known = relations_.at(update.relation);
    if (known.ours) return;
    if (update.old_kind != 'O') incomplete(*known.relation, "an updated row without what it was before");
    const std::string before = encode(known, update.before, nullptr);
    const std::string after = encode(known, update.after, &update.before);
    emit(known, changeset::Op::update, before, after);
  }

  void handle(const out::Delete& erased) {
    const Relations::Known& known = relations_.at(erased.relation);
    if (known.ours) return;
    if (erased.old_kind != 'O') incomplete(*known.relation, "only the key of a deleted row");
    const std::string before = encode(known, erased.before, nullptr);
    emit(known, changeset::Op::erase, before, {});
  }

  void handle(const out::Truncate& truncate) {
    TruncateEvent event{lsn_, xid_, {}, truncate.cascade, truncate.restart_identity};
    for (const std::uint32_t oid : truncate.relations) {
      const Relations::Known& known = relations_.at(oid);
      if (!known.ours) event.relations.push_back(known.relation.get());
    }
    if (!event.relations.empty()) sink_(event);
  }

  void emit(const Relations::Known& known, changeset::Op op, std::string_view before, std::string_view after) {
    sink_(RowEvent{lsn_, xid_, known.relation.get(), known.version, op, before, after});
  }

  Relations& relations_;
  pg::Connection& control_;
  const KeyLookup& keys_;
  const std::function<void(const Event&)>& sink_;
  const std::string end_marker_;
  base::Lsn lsn_;
  base::Lsn committed_;
  std::uint32_t xid_ = 0;
  bool marker_seen_ = false;
};

}  // namespace

struct Watch::State {
  explicit State(const pg::Parameters& superuser)
      : control(pg::Connection::open(superuser, control_settings())),
        stream(pg::LogicalStream::start(superuser, kPublication)) {}

  pg::Connection control;
  pg::LogicalStream stream;
  Relations relations;
};

Watch::Watch(std::unique_ptr<State> state) : state_(std::move(state)) {}
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;
Watch::~Watch() = default;

Watch Watch::begin(const pg::Parameters& superuser) {
  return base::in_context("watching the scratch database", [&] { return Watch(std::make_unique<State>(superuser)); });
}

base::Lsn Watch::position() {
  return base::Lsn::parse(state_->control.one_value("SELECT pg_catalog.pg_current_wal_insert_lsn()").value());
}

void Watch::rest() {
  state_->stream.rest();
}

void Watch::drain(const KeyLookup& keys, const std::function<void(const Event&)>& sink) {
  state_->relations.forget_replaced();
  const std::string marker = "end " + base::random_hex(16);
  state_->control.none("SELECT pg_catalog.pg_logical_emit_message(true, $1, $2)", {std::string(kPrefix), marker});

  constexpr int kPatienceMs = 60'000;  // of one wait; the marker is on its way, however long decoding takes
  Decoder decoder(state_->relations, state_->control, keys, sink, marker);
  for (bool more = true; more;) {
    if (const auto item = state_->stream.next(kPatienceMs)) more = decoder.take(*item);
  }
  state_->stream.confirm(decoder.committed());
}

}  // namespace capture
