// Gives every file of a directory to a fuzzer's entry, without a fuzzer: fuzz/replay DIRECTORY.
#include <cstdint>
#include <cstdio>
#include <filesystem>

#include "sys/file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argc == 2 ? argv[1] : ".")) {
    std::printf("%s\n", entry.path().filename().c_str());
    std::fflush(stdout);
    const std::string bytes = sys::read_file(entry.path());
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    ++files;
  }
  return files < 6 ? 1 : 0;  // at least one for each part
}
