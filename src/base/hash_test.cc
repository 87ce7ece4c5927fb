#include "base/hash.h"

#include <gtest/gtest.h>

#include <set>

namespace base {
namespace {

TEST(Sha256, AgreesWithTheStandardsExamples) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowTheBytesArrive) {
  const std::string bytes(1000, 'x');
  Sha256 hash;
  for (std::size_t at = 0, size = 1; at < bytes.size(); at += size++) hash.update(bytes.substr(at, size));
  EXPECT_EQ(hash.hex(), sha256_hex(bytes));
}

TEST(Sha256, CountsNulBytes) {
  EXPECT_NE(sha256_hex(std::string_view("\0", 1)), sha256_hex(""));
}

TEST(Md5, AgreesWithTheStandardsExamples) {
  Md5 hash;
  hash.update("message ");
  hash.update("digest");
  EXPECT_EQ(hash.hex(), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST(Text, OfBytesIsHexadecimalOrBase64) {
  EXPECT_EQ(to_hex(std::string_view("\x00\xfe", 2)), "00fe");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64(""), "");
}

TEST(RowHasher, IsStableForOneKeyAndDiffersBetweenKeys) {
  const RowHasher hasher;
  const RowHasher other;
  EXPECT_EQ(hasher("row"), hasher("row"));
  EXPECT_NE(hasher("row"), hasher("rox"));
  EXPECT_NE(hasher("row"), other("row"));
  const RowHasher copy = hasher;
  EXPECT_EQ(copy("row"), hasher("row"));
}

TEST(RowHasher, KeepsManyShortRowsApart) {
  const RowHasher hasher;
  std::set<RowHasher::Digest> seen;
  for (int i = 0; i < 100'000; ++i) seen.insert(hasher(std::to_string(i)));
  EXPECT_EQ(seen.size(), 100'000U);
}

TEST(RandomHex, HasTwoDigitsForEachByteAndNeverRepeats) {
  EXPECT_EQ(random_hex(0), "");
  const std::string first = random_hex(16);
  EXPECT_EQ(first.size(), 32U);
  EXPECT_EQ(first.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(first, random_hex(16));
}

}  // namespace
}  // namespace base
