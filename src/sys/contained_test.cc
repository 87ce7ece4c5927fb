#include "sys/contained.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <string>

#include "base/error.h"

namespace sys {
namespace {

TEST(Contained, EveryPieceEndsOnceWhateverHappensToItsChild) {
  std::map<std::size_t, std::string> ends;
  do_contained(
      400, std::chrono::seconds(1),
      {.work =
           [](std::size_t index) {
             if (index % 10 == 3) ::abort();
             if (index % 100 == 7) ::raise(SIGKILL);
             if (index == 50) {
               for (volatile bool forever = true; forever;) {
               }
             }
             if (index % 10 == 4) throw base::Error(base::Code::internal, "no");
             return ContainedResult{index % 5 == 0 ? std::string(index * 1000 + 1, 'x') : "", index % 9 == 0};
           },
       .done = [&](std::size_t index, std::string&& bytes) { ends[index] += std::to_string(bytes.size()); },
       .died = [&](std::size_t index, const Exit& exit) { ends[index] += "s" + std::to_string(exit.signal); }});
  for (std::size_t index = 0; index < 400; ++index) {
    std::string expected;
    if (index % 5 == 0) expected = std::to_string(index * 1000 + 1);
    if (index % 10 == 3 || index % 10 == 4) expected = "s" + std::to_string(SIGABRT);
    if (index % 100 == 7) expected = "s" + std::to_string(SIGKILL);
    if (index == 50) expected = "s" + std::to_string(SIGPROF);
    EXPECT_EQ(ends[index], expected) << index;
  }
}

TEST(Contained, AnErrorOfTheCallerLeavesNoChild) {
  const auto fail = [](std::size_t, std::string&&) { throw base::Error(base::Code::internal, "no"); };
  EXPECT_THROW(do_contained(50, std::chrono::seconds(9),
                            {.work = [](std::size_t) { return ContainedResult{"x", false}; },
                             .done = fail,
                             .died = [](std::size_t, const Exit&) {}}),
               base::Error);
}

}  // namespace
}  // namespace sys
