// A home of its own for each test, short enough for sockets beneath it, and gone afterwards.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "scratch/home.h"
#include "sys/file.h"

namespace scratch {

class HomeTest : public testing::Test {
 protected:
  HomeTest() { setenv("PGREHEARSE_HOME", directory_.path().c_str(), 1); }
  ~HomeTest() override { unsetenv("PGREHEARSE_HOME"); }

  // How many directories stand in HOME/FOLDER.
  static int count_in(const std::string& folder) {
    const auto path = home() / folder;
    if (!std::filesystem::exists(path)) return 0;
    return static_cast<int>(std::distance(std::filesystem::directory_iterator(path), {}));
  }

 private:
  sys::TemporaryDirectory directory_;
};

}  // namespace scratch
