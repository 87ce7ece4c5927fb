// Whether a sequence that the script only drew from when it was rehearsed, and that others draw from all the while, was
// set this time.
//
// The server counts how often a session got at a sequence, by nextval() and setval() alike, whatever was rolled back
// (pg_stat_get_xact_blocks_fetched): more often than it was rehearsed is nobody else's doing. And a sequence keeps how
// many numbers it may still give before it writes to the log (log_cnt; src/backend/commands/sequence.c): every draw
// counts that down, setval() begins anew, so that it tells whether the sequence came by single steps to where it is. Of
// 33 numbers that it may be set to, two tell nothing: nobody draws more than so many in a time, whatever they tell.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "apply/difference.h"
#include "pg/catalog.h"
#include "pg/connection.h"
#include "pg/pipeline.h"
#include "rehearse/plan.h"

namespace apply {

class SequenceDraws {
 public:
  // In the open transaction, just before the script runs. Sequences that the session may not read are left out.
  SequenceDraws(pg::Connection& session, const rehearse::Plan& plan, const pg::Catalog& catalog);

  // After it; by the pipeline's run().
  void look(pg::Pipeline& pipeline);

  // Sequences that did not come to where they are by as many draws as were rehearsed, and others' beside.
  std::vector<Difference> differences() const;

 private:
  struct State {
    std::int64_t last_value = 0;
    std::int64_t logged = 0;  // log_cnt
    bool is_called = false;
    bool near_end = false;  // fewer are left than are logged ahead
    std::int64_t touches = 0;
  };
  struct Watched {
    pg::Sequence sequence;
    std::int64_t planned = 0;  // draws
    State before;
    State after;
  };
  using Rows = std::vector<std::optional<std::string_view>>;

  static std::string state_query(const Watched& watched);
  std::string touches_query() const;
  bool was_drawn(const Watched& watched, std::int64_t draws) const;
  void note_touches(const Rows& row, State Watched::* when);
  static void note(const Rows& row, State& state);

  std::vector<Watched> watched_;
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point ended_;
};

// Whether `draws` draws from a sequence with that CACHE make `after` out of `before`, both log_cnt.
bool is_counted_down(std::int64_t before, std::int64_t after, std::int64_t draws, std::int64_t cache);

}  // namespace apply
