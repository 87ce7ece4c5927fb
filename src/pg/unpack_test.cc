#include "pg/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <stdexcept>
#include <vector>

#include "base/error.h"
#include "sys/file.h"

namespace pg {
namespace {

namespace fs = std::filesystem;

struct Entry {
  std::string name;
  unsigned int type = AE_IFREG;
  std::string content;  // of a file; where a link leads
};

la_ssize_t append(archive* /*unused*/, void* text, const void* bytes, std::size_t size) {
  static_cast<std::string*>(text)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

std::string tar_of(const std::vector<Entry>& entries) {
  std::string bytes;
  archive* writer = archive_write_new();
  archive_write_set_format_ustar(writer);
  archive_write_open(writer, &bytes, nullptr, append, nullptr);
  for (const Entry& entry : entries) {
    archive_entry* header = archive_entry_new();
    archive_entry_set_pathname(header, entry.name.c_str());
    archive_entry_set_filetype(header, entry.type);
    archive_entry_set_perm(header, 0777);
    if (entry.type == AE_IFREG) archive_entry_set_size(header, static_cast<la_int64_t>(entry.content.size()));
    if (entry.type == AE_IFLNK) archive_entry_set_symlink(header, entry.content.c_str());
    archive_write_header(writer, header);
    if (entry.type == AE_IFREG) archive_write_data(writer, entry.content.data(), entry.content.size());
    archive_entry_free(header);
  }
  archive_write_free(writer);
  return bytes;
}

// Gives `bytes` out in pieces of `size`.
PullBytes in_pieces(const std::string& bytes, std::size_t size) {
  return [&bytes, size, at = std::size_t{0}]() mutable {
    const std::string_view piece = std::string_view(bytes).substr(at, size);
    at += piece.size();
    return piece;
  };
}

class Unpack : public testing::Test {
 protected:
  std::uint64_t unpack(const std::vector<Entry>& entries, std::size_t piece = 700) {
    const std::string tar = tar_of(entries);
    return unpack_tar(in_pieces(tar, piece), to(), options_);
  }
  std::string refusal(const std::vector<Entry>& entries) {
    try {
      unpack(entries);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::Code::server);
      return error.message();
    }
    return "nothing was refused";
  }
  const fs::path& to() const { return directory_.path(); }

  UnpackOptions options_;

 private:
  sys::TemporaryDirectory directory_;
};

TEST_F(Unpack, WritesFilesAndDirectoriesPrivately) {
  EXPECT_EQ(
      unpack({{"base", AE_IFDIR, ""}, {"base/1", AE_IFREG, std::string(100'000, 'x')}, {"./empty", AE_IFREG, ""}}),
      100'000U);
  EXPECT_EQ(sys::read_file(to() / "base/1"), std::string(100'000, 'x'));
  EXPECT_EQ(sys::read_file(to() / "empty"), "");
  struct stat status{};
  ASSERT_EQ(stat((to() / "base").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  ASSERT_EQ(stat((to() / "base/1").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(Unpack, TakesPiecesOfAnySize) {
  const std::string content(5000, 'y');
  for (const std::size_t piece : {std::size_t{1}, std::size_t{511}, std::size_t{512}, std::size_t{1'000'000}}) {
    const std::string name = "file" + std::to_string(piece);
    unpack({{name, AE_IFREG, content}}, piece);
    EXPECT_EQ(sys::read_file(to() / name), content) << piece;
  }
}

TEST_F(Unpack, TakesDirectoriesThatAreThereAlready) {
  fs::create_directory(to() / "pg_tblspc");
  unpack({{".", AE_IFDIR, ""}, {"./pg_tblspc", AE_IFDIR, ""}, {"pg_tblspc/1", AE_IFREG, "x"}});
  EXPECT_EQ(sys::read_file(to() / "pg_tblspc/1"), "x");
}

TEST_F(Unpack, LeavesOutWhatItIsTold) {
  options_.leave_out = {"standby.signal"};
  unpack({{"standby.signal", AE_IFREG, ""}, {"other", AE_IFREG, "x"}});
  EXPECT_FALSE(fs::exists(to() / "standby.signal"));
  EXPECT_TRUE(fs::exists(to() / "other"));
}

TEST_F(Unpack, RefusesPathsThatLeadOut) {
  EXPECT_THAT(refusal({{"/tmp/pgrehearse-escaped", AE_IFREG, "x"}}), testing::HasSubstr("not a relative path"));
  EXPECT_THAT(refusal({{"../escaped", AE_IFREG, "x"}}), testing::HasSubstr("points out of its directory"));
  EXPECT_THAT(refusal({{"a/../../escaped", AE_IFREG, "x"}}), testing::HasSubstr("points out of its directory"));
  EXPECT_FALSE(fs::exists(to().parent_path() / "escaped"));
}

TEST_F(Unpack, RefusesLinksAndDevices) {
  EXPECT_THAT(refusal({{"link", AE_IFLNK, "/etc"}}), testing::HasSubstr("neither a file nor a directory"));
  EXPECT_THAT(refusal({{"pipe", AE_IFIFO, ""}}), testing::HasSubstr("neither a file nor a directory"));
  EXPECT_TRUE(fs::is_empty(to()));
}

TEST_F(Unpack, NeverWritesThroughALinkThatIsThere) {
  fs::create_directory_symlink("/tmp", to() / "link");
  EXPECT_THROW(unpack({{"link", AE_IFDIR, ""}}), base::Error);
  fs::create_symlink(to() / "elsewhere", to() / "file");
  EXPECT_THROW(unpack({{"file", AE_IFREG, "x"}}), base::Error);
  EXPECT_FALSE(fs::exists(to() / "elsewhere"));
}

TEST_F(Unpack, NamesWhatIsNoArchive) {
  const std::string garbage(4096, 'g');
  EXPECT_THROW(unpack_tar(in_pieces(garbage, 100), to(), {}), base::Error);
  const std::string nothing;
  EXPECT_THROW(unpack_tar(in_pieces(nothing, 100), to(), {}), base::Error);
}

TEST_F(Unpack, NamesAnArchiveThatIsCutShort) {
  const std::string whole = tar_of({{"file", AE_IFREG, std::string(5000, 'x')}});
  const std::string cut = whole.substr(0, 2000);
  EXPECT_THROW(unpack_tar(in_pieces(cut, 100), to(), {}), base::Error);
}

TEST_F(Unpack, PassesOnWhatItsSourceThrows) {
  int calls = 0;
  const std::string tar = tar_of({{"file", AE_IFREG, std::string(5000, 'x')}});
  const auto source = [&]() -> std::string_view {
    if (++calls == 2) throw std::runtime_error("cut off");
    return std::string_view(tar).substr(0, 1024);
  };
  EXPECT_THROW(unpack_tar(source, to(), {}), std::runtime_error);
}

}  // namespace
}  // namespace pg
