#include "backup/backup.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "backup/dump.h"
#include "backup/rdb.h"
#include "base/error.h"
#include "base/text.h"
#include "guard/audit.h"
#include "guard/session.h"
#include "report/printable.h"
#include "repository/lines.h"
#include "repository/object_writer.h"
#include "repository/point_id.h"
#include "repository/prune.h"
#include "sys/clock.h"
#include "sys/signals.h"

namespace backup {

namespace {

using repository::Claim;
using repository::ClaimInfo;
using repository::Targets;

// The tier, claimed in every store that answers; a store that stops answering falls behind here, too.
class Claims {
 public:
  explicit Claims(Targets& targets) : targets_(targets), claims_(targets.all().size()) {}

  // The other's claim where somebody else has it anywhere.
  std::optional<ClaimInfo> take(const std::string& tier, const std::string& point) {
    std::optional<ClaimInfo> other;
    targets_.each([&](std::size_t place, store::ObjectStore& store) {
      if (other) return;
      auto claim = Claim::take(store, tier, point);
      if (auto* found = std::get_if<ClaimInfo>(&claim)) {
        other = std::move(*found);
      } else {
        claims_[place] = std::make_unique<Claim>(std::move(std::get<Claim>(claim)));
      }
    });
    return other;
  }
  // Gives back what does not want a point; false where nothing is left.
  bool narrow(const std::function<bool(store::ObjectStore&)>& wanted) {
    targets_.each([&](std::size_t place, store::ObjectStore& store) {
      if (wanted(store)) return;
      targets_.leave_out(place);
      claims_[place].reset();
    });
    return targets_.any();
  }
  void keep() { of_each(&Claim::keep); }
  void require() { of_each(&Claim::require); }

 private:
  // A claim that has ended ends what is made in its store, and in no other.
  void of_each(void (Claim::*look)()) {
    targets_.each([&](std::size_t place, store::ObjectStore&) {
      try {
        (*claims_[place].*look)();
      } catch (const base::Error& error) {
        if (error.code() != base::Code::refused) throw;
        throw base::Error(base::Code::storage, error.message(), error.hint());
      }
    });
  }

  Targets& targets_;
  std::vector<std::unique_ptr<Claim>> claims_;  // by a store's place among the targets
};

// Which database, or server, it is stands first: nothing of another one is written.
void admit(const Job& job, Targets& targets, repository::Manifest& manifest) {
  const auto tiers = repository::tiers_of(job.contract->backups, job.tier->what);
  const auto before = repository::find_predecessor(targets, tiers, manifest, job.new_source, {.keys = job.keys});
  repository::set_continues(manifest, before);
}

// What the contract's audit says of the database now: a drill may find no more than that. Whatever keeps it from being
// asked is a note: a backup is worth more than an audit.
void audit(const Job& job, const std::function<void()>& beat, Taken& taken) {
  if (job.contract->tables.empty()) return;
  try {
    pg::Connection connection = guard::open_session({.url = job.url, .purpose = "pgrehearse backup"});
    repository::AuditState state;
    for (const guard::Finding& finding : guard::audit(*job.contract, connection, beat).findings) {
      if (finding.severity != guard::Severity::note) state.findings.emplace_back(finding.rule, finding.table);
    }
    std::sort(state.findings.begin(), state.findings.end());
    taken.manifest.database->audit = std::move(state);
  } catch (const base::Error& error) {
    if (error.code() == base::Code::interrupted) throw;
    taken.notes.push_back(
        fmt::format("the contract could not be audited, so a drill will expect no findings: {}", error.message()));
  }
}

// What was written is nobody's until there is a manifest: where it comes to none, it goes again. A store that failed is
// left to a prune.
class Draft {
 public:
  Draft(const Targets& targets, std::string id) : targets_(targets), id_(std::move(id)) {}
  ~Draft() {
    if (!published_) discard();
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  void publish() { published_ = true; }

 private:
  void discard() const {
    const sys::InterruptShield shield;
    for (const repository::Target& target : targets_.all()) {
      if (!target.taking_part()) continue;
      try {
        repository::remove_point(*target.store, id_);
      } catch (const base::Error&) {
        // Without a manifest it counts for nothing, and the next prune removes it.
      }
    }
  }

  const Targets& targets_;
  std::string id_;
  bool published_ = false;
};

}  // namespace

std::variant<Taken, ClaimInfo, Unwanted> take(const Job& job, std::vector<repository::Target> stores) {
  Taken taken;
  taken.manifest.taken = sys::now();
  taken.manifest.id = repository::new_point_id(taken.manifest.taken, job.tier->name);
  taken.manifest.tier = job.tier->name;
  taken.manifest.what = job.tier->what;
  taken.manifest.program = job.program;
  Targets targets(std::move(stores));
  Claims claims(targets);
  if (auto other = claims.take(job.tier->name, taken.manifest.id)) return std::move(*other);
  if (job.wanted && !claims.narrow(job.wanted)) return Unwanted{};
  Draft draft(targets, taken.manifest.id);
  const auto beat = [&] { claims.keep(); };
  const auto admitted = [&] { admit(job, targets, taken.manifest); };
  if (job.tier->what == contract::What::dump) {
    dump_database(job.url, targets, job.keys, beat, taken.manifest, admitted);
    audit(job, beat, taken);
  } else {
    snapshot_redis(job.contract->backups.redis_url, targets, job.keys, beat, taken.manifest, admitted);
  }
  taken.manifest.finished = sys::now();
  claims.require();
  draft.publish();  // from here on a manifest may be there, even where its writing fails
  repository::publish(targets, repository::object_key(taken.manifest.id, repository::manifest_name),
                      repository::to_json(taken.manifest, job.keys));
  taken.targets = targets.all();
  return taken;
}

std::string to_text(const Taken& taken) {
  std::vector<std::string> stores;
  for (const repository::Target& target : taken.targets) {
    if (target.taking_part()) stores.push_back(target.name);
  }
  const auto took = taken.manifest.finished - taken.manifest.taken;
  std::string text = fmt::format("{}  {} in {}, in {}\n", taken.manifest.id, base::human_bytes(taken.manifest.bytes()),
                                 base::humanise(took), fmt::join(stores, ", "));
  for (const std::string& note : taken.notes) text += fmt::format("  note: {}\n", report::printable(note));
  return text;
}

}  // namespace backup
