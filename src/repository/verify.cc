#include "repository/verify.h"

#include "base/hash.h"
#include "repository/point_id.h"
#include "sys/account.h"
#include "sys/clock.h"

namespace repository {

Evidence verify_point(const Target& target, const Point& point, const std::string& program, const Watcher& watcher) {
  store::ObjectStore& store = *target.store;
  Evidence evidence{
      .point = point.id, .store = target.name, .proof = Proof::verify, .started = sys::now(), .program = program};
  evidence.machine = sys::person();
  const sys::Stopwatch watch;
  if (point.has_manifest) evidence.manifest_sha256 = manifest_hash(store, point.id);
  evidence.checks.push_back(
      {std::string(manifest_name), point.manifest.has_value(), point.manifest ? "" : point.problem});
  if (point.manifest) {
    for (const StoredObject& object : point.manifest->objects) {
      const auto wrong = check_object(store, point.id, object, watcher);
      evidence.checks.push_back({object.name, !wrong, wrong.value_or("")});
    }
  }
  evidence.passed = true;
  for (const Check& check : evidence.checks) evidence.passed = evidence.passed && check.passed;
  evidence.took = watch.elapsed();
  return evidence;
}

void keep_evidence(store::ObjectStore& store, const Evidence& evidence) {
  store::write_object(store, evidence_key(evidence, Place::here), to_json(evidence));
}

std::string manifest_hash(store::ObjectStore& store, const std::string& id) {
  return base::sha256_hex(store::read_object(store, object_key(id, manifest_name)));
}

}  // namespace repository
