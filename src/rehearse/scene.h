// A running scratch on which things are rehearsed: watched, and bound to the contract.
#pragma once

#include "capture/watch.h"
#include "pg/catalog.h"
#include "pg/connection.h"
#include "rehearse/ground.h"
#include "rehearse/nested.h"
#include "rehearse/subject.h"
#include "scratch/instance.h"

namespace rehearse {

// A clone of the ground's image that tells what nested statements it ran.
scratch::Instance clone_image(const Ground& ground);

class Scene {
 public:
  // `ground` must outlive it.
  explicit Scene(const Ground& ground);

  const Ground& ground() const { return ground_; }
  const scratch::Instance& instance() const { return instance_; }
  // A superuser's connection to the rehearsed database; never used by scripts.
  pg::Connection& control() { return control_; }
  // The catalog as it stood when the scene was set.
  const pg::Catalog& origin() const { return origin_; }
  Subject& subject() { return subject_; }
  capture::Watch& watch() { return watch_; }
  StatementLog& statement_log() { return statement_log_; }

  // After a session was lost. A full disk takes the whole server down, and then there is nothing to report but that:
  // throws Error(storage).
  void check_server() const;

 private:
  pg::Catalog read_origin();

  // In the order in which they come to be.
  const Ground& ground_;
  scratch::Instance instance_;
  pg::Connection control_;
  pg::Catalog origin_;
  Subject subject_;
  capture::Watch watch_;
  StatementLog statement_log_;
};

}  // namespace rehearse
