// Nights on one scratch, one after the other.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "capture/prepare.h"
#include "forecast/forecast.h"
#include "forecast/kept_rows.h"
#include "forecast/night_spec.h"
#include "rehearse/passage.h"
#include "rehearse/scene.h"

namespace forecast {

// Tables, by the name of their root, whose rows have to be kept before the scripts run: what is done to them (TRUNCATE,
// DROP, a rewrite) is in no stream. It is learned by running.
using Learned = std::set<std::string>;

struct SeasonInput {
  const rehearse::Ground& ground;
  const std::vector<rehearse::Script>& scripts;
  const std::vector<Each>& each;
  std::filesystem::path directory;
};

class Season {
 public:
  // All of `input` and `learned` must outlive it.
  Season(const SeasonInput& input, Learned& learned);

  // Runs the next night. What it needed and did not have is in `learned` afterwards, and its effects are then without
  // the tables that it names.
  Night night();
  bool learned_something() const { return learned_something_; }
  // The tables of the contract, and those whose rows hang on theirs.
  void learn_all_covered();

  const rehearse::Subject& subject() { return scene_.subject(); }
  const pg::Catalog& first() const { return scene_.origin(); }  // as it stood before the first night
  const pg::Catalog& now() const { return now_; }
  // What could not be seen, a sentence each. Once, at the end.
  std::vector<std::string> notes();

 private:
  void look_at_state(Night& night);
  void run_probes(Night& night);
  void run_scripts(Night& night);
  void keep_rows();
  void learn(const rehearse::Ledger& ledger, int night);
  void tidy();

  const SeasonInput& input_;
  Learned& learned_;
  std::vector<rehearse::Script> probes_;  // as scripts, one for each of input.each
  rehearse::Scene scene_;
  capture::Unseen unseen_;
  KeptRows kept_;
  pg::Catalog now_;
  std::string state_;  // pg::catalog_state() of it, where known
  int nights_ = 0;
  base::Lsn tidied_;
  bool learned_something_ = false;
  std::set<std::string> notes_;
};

}  // namespace forecast
