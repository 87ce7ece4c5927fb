// Who stands in the way while a session of ours waits for a lock, and the end of a wait that outlasts the limit.
//
// A lock timeout does not say who held the lock, and afterwards nobody knows: a thread with a connection of its own
// asks while the wait lasts (manual: "System Information Functions", pg_blocking_pids). A function may have switched
// the timeout off, unseen by anybody: then the statement is cancelled from here.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "apply/target.h"

namespace apply {

class LockWatch {
 public:
  // Watches the target's session until destroyed. Never throws: without the watch a message is merely shorter.
  explicit LockWatch(Target& target);
  ~LockWatch();
  LockWatch(const LockWatch&) = delete;
  LockWatch& operator=(const LockWatch&) = delete;

  // Those who blocked us when we last waited: "process 4711 (app from 10.0.0.7, psql, idle in transaction for 12 s)".
  std::vector<std::string> blockers() const;
  // What we wanted of them: "a row of public.users", "public.users"; empty where that is not known.
  std::string wanted() const;
  // Whether a wait was ended here.
  bool gave_up() const { return gave_up_; }

 private:
  void watch(pg::Connection connection, int pid);
  void end_overdue_wait(pg::Connection& connection, int pid);

  std::chrono::milliseconds limit_;
  std::chrono::milliseconds pause_;
  mutable std::mutex mutex_;
  std::vector<std::string> blockers_;
  std::string wanted_;
  std::atomic<bool> ended_ = false;
  std::atomic<bool> gave_up_ = false;
  std::thread thread_;
};

}  // namespace apply
