// One object of a recovery point on its way into a program: store → opened → decompressed → its standard input, with
// nothing of it on a disk in between.
#pragma once

#include <filesystem>
#include <string>

#include "restore/choice.h"
#include "sys/process.h"

namespace restore {

class ObjectFeed {
 public:
  // All of it outlives the feed; `temporary` gets what the program complains about.
  ObjectFeed(const Choice& choice, const repository::StoredObject& object, const repository::KeyRing* keys,
             std::filesystem::path temporary);

  // Feeds all of it, shows progress, and waits for the program's end. The last bytes are held back until every hash is
  // known to be right: a program that needs its whole input before it commits commits nothing of an object that lies.
  // Throws what repository::read_content() throws, and Error(input) where the program fails,
  // or Error(tool) where it is too old for the archive.
  void run(const sys::Command& command);
  // Feeds as much as the program reads; its output goes to the descriptor `out`.
  void run_on_front(const sys::Command& command, int out);

 private:
  template <typename Sink>
  void read(const Sink& sink, const repository::KeyRing* keys);

  const Choice& choice_;
  const repository::StoredObject& object_;
  const repository::KeyRing* keys_;
  std::filesystem::path temporary_;
};

}  // namespace restore
