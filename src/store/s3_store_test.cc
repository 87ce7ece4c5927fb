// What an S3-compatible service is asked, and what comes of it where a connection or the service fails.
#include "store/s3_store.h"

#include <gmock/gmock.h>

#include "store/s3_test.h"
#include "sys/clock.h"

namespace store {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

TEST(S3Parts, hold_five_tebibytes_in_ten_thousand) {
  std::uint64_t sum = 0;
  for (int number = 1; number <= 10'000; ++number) {
    const std::uint64_t size = s3_part_size(number);
    sum += size;
    EXPECT_GE(size, 5 * mebibyte);  // the least that S3 takes, but for the last
  }
  EXPECT_GE(sum, std::uint64_t{5} << 40U);
  EXPECT_LE(s3_part_size(10'000), std::uint64_t{5} << 30U);
}

TEST(S3Parts, of_several_buckets_share_the_memory_of_one) {
  for (std::uint64_t buckets = 1; buckets <= 9; ++buckets) {
    const std::uint64_t memory = s3_memory / buckets;
    for (int number = 1; number <= 10'000; number += 500) {
      const std::uint64_t size = s3_part_size(number);
      if (size > s3_largest_in_memory(memory)) continue;  // in a file
      EXPECT_LE(buckets * size * (s3_parts_in_flight(size, memory) + 1), s3_memory) << buckets << ", " << number;
    }
  }
  EXPECT_EQ(s3_parts_in_flight(s3_part_size(1), s3_memory), 4U);
  EXPECT_LE(s3_part_size(1), s3_largest_in_memory(s3_memory / 4));
}

TEST_F(S3StoreTest, lists_page_by_page) {
  for (int number = 0; number < 7; ++number) write_object(*direct_, "k " + std::to_string(number), "x");
  const auto store = open({.retry = quick(), .list_page = 2});
  EXPECT_THAT(keys(*store), ElementsAre("k 0", "k 1", "k 2", "k 3", "k 4", "k 5", "k 6"));
  EXPECT_EQ(impostor_.requests("list-type=2"), 4);
}

TEST_F(S3StoreTest, tells_unfinished_uploads_page_by_page_and_discards_them) {
  std::vector<std::unique_ptr<Writer>> writers;
  for (int number = 0; number < 3; ++number) {
    writers.push_back(direct_->create("points/a+b " + std::to_string(number)));
    writers.back()->write(varied(9 * mebibyte));
  }
  const auto store = open({.retry = quick(), .list_page = 2});
  const auto before = sys::now();
  const auto left = store->unfinished("points/");
  ASSERT_THAT(left, SizeIs(3));
  for (const Unfinished& upload : left) {
    EXPECT_THAT(upload.key, testing::StartsWith("points/a+b "));
    EXPECT_LE(std::chrono::abs(before - upload.begun), 60s);
  }
  EXPECT_THAT(store->unfinished("other/"), IsEmpty());
  for (const Unfinished& upload : left) store->discard(upload);
  store->discard(left.front());
  EXPECT_THAT(store->unfinished(""), IsEmpty());
  EXPECT_EQ(error_of([&] { writers.front()->commit(); }).code(), base::Code::storage);
  EXPECT_THAT(keys(*store), IsEmpty());
}

TEST_F(S3StoreTest, tries_again_what_fails_inside_the_service) {
  for (const char* status : {"500", "502", "503", "504", "429"}) {
    impostor_.rule(std::string(R"("method": "PUT", "path": "/s)") + status +
                   R"(", "do": "answer", "times": 3, "status": )" + status +
                   R"(, "body": "<Error><Code>SlowDown</Code></Error>")");
    write_object(*open(), std::string("s") + status, "whole");
    EXPECT_EQ(read_object(*direct_, std::string("s") + status), "whole");
    EXPECT_EQ(impostor_.requests(std::string("/s") + status), 4);
  }
}

TEST_F(S3StoreTest, gives_up_in_the_end_and_says_what_the_service_said) {
  impostor_.rule(R"("do": "answer", "times": 99, "status": 503,
                    "body": "<Error><Code>SlowDown</Code><Message>Reduce your rate</Message></Error>")");
  const auto error = error_of([&] { write_object(*open(), "a", "x"); });
  EXPECT_EQ(error.code(), base::Code::storage);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("503"), HasSubstr("Reduce your rate"), HasSubstr("a was not stored")));
  EXPECT_EQ(impostor_.requests("PUT"), 4);
}

TEST_F(S3StoreTest, waits_as_long_as_the_service_wishes) {
  impostor_.rule(R"("do": "answer", "status": 503, "headers": {"Retry-After": "2"}, "body": "")");
  const sys::Stopwatch watch;
  write_object(*open(), "a", "x");
  EXPECT_GE(watch.elapsed(), 2s);
}

TEST_F(S3StoreTest, never_tries_again_what_was_refused) {
  impostor_.rule(R"("method": "PUT", "do": "answer", "times": 99, "status": 403,
                    "body": "<Error><Code>AccessDenied</Code></Error>")");
  const auto error = error_of([&] { write_object(*open(), "a", "x"); });
  EXPECT_THAT(error.message(), HasSubstr("may not do this"));
  EXPECT_THAT(error.hint(), HasSubstr("s3:PutObject"));
  EXPECT_EQ(impostor_.requests("PUT"), 1);
}

TEST_F(S3StoreTest, knows_its_own_object_where_the_answer_to_the_first_try_was_lost) {
  impostor_.rule(R"("method": "PUT", "path": "/small", "do": "lose")");
  write_object(*open(), "small", "whole");
  EXPECT_EQ(read_object(*direct_, "small"), "whole");
  impostor_.rule(R"("method": "POST", "path": "large?uploadId", "do": "lose")");
  const std::string bytes = varied(9 * mebibyte);
  write_object(*open(), "large", bytes);
  EXPECT_TRUE(read_object(*direct_, "large") == bytes);
  EXPECT_THAT(direct_->unfinished(""), IsEmpty());
}

TEST_F(S3StoreTest, does_not_take_anothers_object_for_its_own_after_a_lost_answer) {
  impostor_.rule(R"("method": "PUT", "path": "/a", "do": "refuse")");
  write_object(*direct_, "a", "same");
  EXPECT_EQ(error_of([&] { write_object(*open(), "a", "same"); }).code(), base::Code::refused);
}

TEST_F(S3StoreTest, sends_parts_again_whose_connection_was_cut) {
  impostor_.rule(R"("method": "PUT", "path": "partNumber=2", "do": "refuse", "times": 2)");
  impostor_.rule(R"("method": "PUT", "path": "partNumber=1", "do": "lose")");
  const std::string bytes = varied(20 * mebibyte);
  write_object(*open(), "a", bytes);
  EXPECT_TRUE(read_object(*direct_, "a") == bytes);
}

TEST_F(S3StoreTest, sends_again_what_was_damaged_on_the_way) {
  impostor_.rule(R"("method": "PUT", "path": "/small", "do": "corrupt")");
  write_object(*open(), "small", "whole");
  EXPECT_EQ(read_object(*direct_, "small"), "whole");
  impostor_.rule(R"("method": "PUT", "path": "partNumber=1", "do": "corrupt")");
  const std::string bytes = varied(9 * mebibyte);
  write_object(*open(), "large", bytes);
  EXPECT_TRUE(read_object(*direct_, "large") == bytes);
}

TEST_F(S3StoreTest, says_when_the_service_confirms_other_bytes_than_were_sent) {
  impostor_.rule(
      R"("method": "PUT", "do": "header", "times": 99, "headers": {"ETag": "\"0123456789abcdef0123456789abcdef\""})");
  EXPECT_THAT(error_of([&] { write_object(*open(), "small", "x"); }).message(), HasSubstr("confirms other bytes"));
  const auto error = error_of([&] { write_object(*open(), "large", varied(9 * mebibyte)); });
  EXPECT_THAT(error.message(), HasSubstr("confirms other bytes"));
  EXPECT_FALSE(direct_->stat("large"));
  EXPECT_THAT(direct_->unfinished(""), IsEmpty());
}

TEST_F(S3StoreTest, takes_an_etag_for_no_checksum_where_a_key_service_encrypts) {
  impostor_.rule(R"("method": "PUT", "do": "header", "headers":
                    {"ETag": "\"0123456789abcdef0123456789abcdef\"", "x-amz-server-side-encryption": "aws:kms"})");
  write_object(*open(), "small", "x");
}

TEST_F(S3StoreTest, reads_on_behind_what_came_where_the_connection_was_cut) {
  const std::string bytes = varied(3 * mebibyte);
  write_object(*direct_, "a", bytes);
  impostor_.rule(R"("method": "GET", "do": "cut", "bytes": 1000000, "times": 3)");
  EXPECT_TRUE(read_object(*open(), "a") == bytes);
  EXPECT_EQ(impostor_.requests("GET"), 4);
}

TEST_F(S3StoreTest, gives_up_reading_where_nothing_more_comes) {
  write_object(*direct_, "a", varied(3 * mebibyte));
  impostor_.rule(R"("method": "GET", "do": "cut", "bytes": 1000000)");
  impostor_.rule(R"("method": "GET", "do": "cut", "bytes": 0, "times": 99)");
  const auto error = error_of([&] { read_object(*open(), "a"); });
  EXPECT_THAT(error.message(), AllOf(HasSubstr("4 times"), HasSubstr("a was not read")));
}

TEST_F(S3StoreTest, never_reads_on_in_another_version_of_the_object) {
  write_object(*direct_, "a", varied(3 * mebibyte));
  impostor_.rule(R"("method": "GET", "do": "cut", "bytes": 1000000)");
  const auto store = open();
  const auto reader = store->open("a");
  std::string bytes(mebibyte / 2, '\0');
  reader->read(bytes.data(), bytes.size());
  direct_->remove("a");
  write_object(*direct_, "a", varied(3 * mebibyte + 1));
  bytes.resize(4 * mebibyte);
  EXPECT_THAT(error_of([&] { reader->read(bytes.data(), bytes.size()); }).message(),
              HasSubstr("replaced while it was"));
}

TEST_F(S3StoreTest, bears_a_slow_answer) {
  write_object(*direct_, "a", varied(100'000));
  impostor_.rule(R"("method": "GET", "do": "slow", "bytes": 20000, "seconds": 0.2)");
  EXPECT_TRUE(read_object(*open(), "a") == varied(100'000));
}

TEST_F(S3StoreTest, refuses_bytes_that_it_did_not_ask_for) {
  write_object(*direct_, "a", "0123456789");
  impostor_.rule(R"("method": "GET", "do": "answer", "status": 200, "body": "0123456789")");
  EXPECT_THAT(error_of([&] { open()->open("a", 3); }).message(), HasSubstr("other bytes than were asked for"));
}

TEST_F(S3StoreTest, takes_a_conflict_for_something_that_passes) {
  impostor_.rule(R"("method": "PUT", "do": "answer", "status": 409,
                    "body": "<Error><Code>ConditionalRequestConflict</Code></Error>")");
  write_object(*open(), "a", "x");
  EXPECT_EQ(read_object(*direct_, "a"), "x");
}

TEST_F(S3StoreTest, is_refused_by_a_service_that_knows_conditions_for_uploads) {
  write_object(*direct_, "a", "first");
  impostor_.rule(R"("method": "HEAD", "do": "answer", "status": 404)");
  impostor_.rule(R"("method": "POST", "path": "uploadId", "do": "answer", "status": 412,
                    "body": "<Error><Code>PreconditionFailed</Code></Error>")");
  EXPECT_EQ(error_of([&] { write_object(*open(), "a", varied(9 * mebibyte)); }).code(), base::Code::refused);
  EXPECT_THAT(direct_->unfinished(""), IsEmpty());
}

TEST_F(S3StoreTest, believes_no_success_that_holds_an_error) {
  impostor_.rule(R"("method": "POST", "path": "uploadId", "do": "answer", "status": 200,
                    "body": "<Error><Code>InternalError</Code></Error>")");
  const std::string bytes = varied(9 * mebibyte);
  write_object(*open(), "a", bytes);
  EXPECT_TRUE(read_object(*direct_, "a") == bytes);
}

TEST_F(S3StoreTest, keeps_large_parts_in_files_while_they_wait) {
  const std::string bytes = varied(80 * mebibyte + 3);
  const auto store = open({.retry = quick(), .part_size = [](int) { return std::uint64_t{33} << 20U; }});
  write_object(*store, "a", bytes);
  EXPECT_EQ(impostor_.requests("partNumber="), 3);
  EXPECT_TRUE(read_object(*direct_, "a", 100 * mebibyte) == bytes);
}

TEST_F(S3StoreTest, gives_up_an_upload_without_waiting_for_it) {
  impostor_.rule(R"("method": "PUT", "path": "partNumber", "do": "silence", "seconds": 20, "times": 99)");
  const sys::Stopwatch watch;
  {
    const auto store = open();
    const auto writer = store->create("a");
    writer->write(varied(9 * mebibyte));
  }
  EXPECT_LT(watch.elapsed(), 10s);
}

}  // namespace
}  // namespace store
