#include "repository/sealed.h"

#include <gmock/gmock.h>

#include <optional>
#include <string>

#include "base/error.h"
#include "sys/file.h"
#include "sys/process.h"

namespace repository {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::size_t chunk = 65'536;
constexpr std::size_t sealed_chunk = chunk + 17;
constexpr std::string_view name = "points/20260511T030007Z-a1b2/dump";

const std::string& ring_text() {
  static const std::string text = new_key_line();
  return text;
}
KeyRing ring() {
  return KeyRing::parse(ring_text(), "the file keys");
}

std::string contents(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + i / 251);
  return text;
}

std::string seal(std::string_view plain, const KeyRing& keys, std::string_view as = name,
                 std::size_t piece = SIZE_MAX) {
  std::string sealed;
  Sealer sealer(keys, as, [&](std::string_view bytes) { sealed += bytes; });
  for (; !plain.empty(); plain.remove_prefix(std::min(piece, plain.size()))) sealer.write(plain.substr(0, piece));
  sealer.finish();
  return sealed;
}

std::string open(std::string_view sealed, const KeyRing& keys, std::string_view as = name,
                 std::size_t piece = SIZE_MAX) {
  std::string plain;
  Unsealer unsealer(keys, as, [&](std::string_view bytes) { plain += bytes; });
  for (; !sealed.empty(); sealed.remove_prefix(std::min(piece, sealed.size()))) unsealer.write(sealed.substr(0, piece));
  unsealer.finish();
  return plain;
}

struct Failure {
  base::Code code{};
  std::string message;
};
Failure failure_of(std::string_view sealed, const KeyRing& keys = ring(), std::string_view as = name) {
  try {
    open(sealed, keys, as);
  } catch (const base::Error& error) {
    return {error.code(), error.message()};
  }
  return {base::Code::internal, "it was opened"};
}

TEST(SealedTest, OpensWhatWasSealedAroundEveryBoundary) {
  const KeyRing keys = ring();
  for (const std::size_t size :
       {0UL, 1UL, 17UL, chunk - 1, chunk, chunk + 1, 2 * chunk - 1, 2 * chunk, 2 * chunk + 1, 5 * chunk + 99}) {
    const std::string plain = contents(size);
    for (const std::size_t piece : {SIZE_MAX, std::size_t{997}, chunk}) {
      const std::string sealed = seal(plain, keys, name, piece);
      EXPECT_EQ(sealed.size(), sealed_size(size)) << size;
      ASSERT_EQ(open(sealed, keys, name, piece), plain) << size;
    }
  }
}

TEST(SealedTest, IsNeverTheSameTwiceAndTellsNothing) {
  const std::string plain(1000, 'a');
  const std::string sealed = seal(plain, ring());
  EXPECT_TRUE(is_sealed(sealed));
  EXPECT_FALSE(is_sealed(plain));
  EXPECT_NE(sealed, seal(plain, ring()));
  EXPECT_EQ(sealed.find("aaaa"), std::string::npos);
  EXPECT_EQ(sealed.find(ring_text().substr(0, 16)), std::string::npos);
  EXPECT_EQ(sealed.substr(12, 16), ring().writing().id());
}

TEST(SealedTest, FindsEveryTruncation) {
  const std::string sealed = seal(contents(2 * chunk + 100), ring());
  for (std::size_t size = 0; size < sealed.size();) {
    const Failure failure = failure_of(std::string_view(sealed).substr(0, size));
    ASSERT_EQ(failure.code, base::Code::storage) << size << failure.message;
    ASSERT_THAT(failure.message, AllOf(HasSubstr("cut off"), HasSubstr("at byte " + std::to_string(size)))) << size;
    const std::size_t in_chunk = size < header_size ? 0 : (size - header_size) % sealed_chunk;
    size += in_chunk > 40 && in_chunk < sealed_chunk - 2000 ? 1999 : 1;
  }
}

TEST(SealedTest, FindsEveryBitThatFlips) {
  const std::string sealed = seal(contents(chunk + 50), ring());
  for (std::size_t at = 0; at < sealed.size();
       at += at < header_size + 20 || at > header_size + sealed_chunk - 20 ? 1 : 1021) {
    for (const unsigned bit : {0U, 7U}) {
      std::string damaged = sealed;
      damaged[at] = static_cast<char>(damaged[at] ^ (1U << bit));
      ASSERT_NE(failure_of(damaged).message, "it was opened") << at;
    }
  }
}

TEST(SealedTest, SaysWhereItIsDamaged) {
  std::string sealed = seal(contents(3 * chunk + 5), ring());
  sealed[header_size + sealed_chunk + 7] ^= 1;
  EXPECT_THAT(failure_of(sealed).message,
              HasSubstr("is damaged at byte " + std::to_string(header_size + sealed_chunk) + ": a chunk is not"));
  std::string header = seal("x", ring());
  header[60] ^= 1;
  EXPECT_THAT(failure_of(header).message, HasSubstr("damaged at byte 0: its header"));
  EXPECT_THAT(failure_of(seal("x", ring()) + "y").message, HasSubstr("last chunk"));
  EXPECT_THAT(failure_of(seal(contents(chunk), ring()) + "y").message, HasSubstr("something follows its end"));
  EXPECT_THAT(failure_of("PGDMP, which is some other file").message, HasSubstr("not sealed"));
  EXPECT_THAT(failure_of(std::string(500, 'x')).message, HasSubstr("not sealed"));
  std::string newer = seal("x", ring());
  newer[8] = 2;
  EXPECT_THAT(failure_of(newer).message, HasSubstr("version 2"));
}

TEST(SealedTest, RefusesChunksInAnotherOrderOrOfAnotherObject) {
  const std::string sealed = seal(contents(3 * chunk), ring());
  const std::string other = seal(contents(3 * chunk), ring());
  const auto piece = [](const std::string& of, std::size_t index) {
    return of.substr(header_size + index * sealed_chunk, sealed_chunk);
  };
  const std::string header = sealed.substr(0, header_size);
  EXPECT_THAT(failure_of(header + piece(sealed, 1) + piece(sealed, 0) + piece(sealed, 2)).message,
              HasSubstr("damaged at byte 156"));
  EXPECT_THAT(failure_of(header + piece(sealed, 0) + piece(sealed, 2)).message, HasSubstr("damaged at byte 65709"));
  EXPECT_THAT(failure_of(header + piece(sealed, 0) + piece(sealed, 0) + piece(sealed, 2)).message,
              HasSubstr("damaged"));
  EXPECT_THAT(failure_of(header + piece(other, 0) + piece(other, 1) + piece(other, 2)).message,
              HasSubstr("damaged at byte 156"));
  EXPECT_THAT(failure_of(other.substr(0, header_size) + sealed.substr(header_size)).message, HasSubstr("damaged"));
}

TEST(SealedTest, RefusesAnotherObjectsName) {
  const Failure failure = failure_of(seal("x", ring(), "points/a/dump"), ring(), "points/b/dump");
  EXPECT_EQ(failure.code, base::Code::storage);
  EXPECT_EQ(failure.message, "points/b/dump holds what was written under another name");
}

TEST(SealedTest, NamesTheKeyThatIsLost) {
  const KeyRing other = KeyRing::parse(new_key_line(), "the variable K");
  const Failure failure = failure_of(seal("x", ring()), other);
  EXPECT_EQ(failure.code, base::Code::contract);
  EXPECT_THAT(failure.message, AllOf(HasSubstr(ring().writing().id() + ", which is not in the variable K"),
                                     HasSubstr(other.writing().id())));
}

TEST(SealedTest, OpensWithARotatedKeyAndWritesWithTheNewOne) {
  const KeyRing rotated = KeyRing::parse(new_key_line() + "\n" + ring_text(), "k");
  EXPECT_EQ(open(seal("old", ring()), rotated), "old");
  EXPECT_THAT(failure_of(seal("new", rotated)).message, HasSubstr(rotated.writing().id()));
}

TEST(SealedTest, MakesAHeaderAnewForANewKey) {
  const std::string fresh = new_key_line();
  const KeyRing both = KeyRing::parse(fresh + "\n" + ring_text(), "k");
  const std::string plain = contents(chunk + 1);
  std::string sealed = seal(plain, ring());
  sealed.replace(0, header_size, reseal_header(sealed.substr(0, header_size), both, name));
  EXPECT_EQ(open(sealed, KeyRing::parse(fresh, "k")), plain);
  EXPECT_EQ(failure_of(sealed).code, base::Code::contract) << "the old key opens it no more";
  EXPECT_THROW(reseal_header(sealed.substr(0, header_size), both, "another name"), base::Error);
}

// By the document alone: the program beside it knows nothing of us.
class StandaloneTest : public testing::Test {
 protected:
  sys::Output unseal(std::string_view sealed, std::string_view as) {
    sys::write_file(directory_.path() / "keys", "# ring\n" + new_key_line() + "\n" + ring_text() + "\n", 0600);
    sys::Command command;
    command.argv = {"/usr/bin/python3", PGREHEARSE_SOURCE_DIR "/docs/formats/unseal.py",
                    (directory_.path() / "keys").string(), std::string(as)};
    return sys::run(command, sealed);
  }

 private:
  sys::TemporaryDirectory directory_;
};

TEST_F(StandaloneTest, OpensByTheDocumentAlone) {
  for (const std::size_t size : {0UL, 1UL, chunk, 3 * chunk + 7}) {
    const sys::Output output = unseal(seal(contents(size), ring()), name);
    ASSERT_TRUE(output.exit.ok()) << output.err;
    EXPECT_EQ(output.out, contents(size));
  }
}

TEST_F(StandaloneTest, RefusesByTheDocumentWhatWeRefuse) {
  const std::string sealed = seal(contents(chunk + 7), ring());
  EXPECT_THAT(unseal(sealed, "another").err, HasSubstr("another name"));
  EXPECT_THAT(unseal(sealed.substr(0, header_size + sealed_chunk), name).err, HasSubstr("cut off"));
  std::string damaged = sealed;
  damaged[header_size + 100] ^= 1;
  EXPECT_FALSE(unseal(damaged, name).exit.ok());
}

}  // namespace
}  // namespace repository
