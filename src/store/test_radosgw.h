// A real S3 server for tests, and an impostor before it: the commands test/support/radosgw.py and s3_impostor.py, gone
// with the objects.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "store/s3_store.h"
#include "store/test_place.h"
#include "sys/file.h"
#include "sys/pipe.h"
#include "sys/process.h"
#include "sys/signals.h"

namespace store {

// A Python program of test/support that says one line and serves until its standard input ends.
class TestCommand {
 public:
  explicit TestCommand(const std::string& file, std::vector<std::string> arguments = {}) {
    sys::Pipe in = sys::make_pipe();
    sys::Pipe out = sys::make_pipe();
    std::vector<std::string> argv{"/usr/bin/python3", std::string(PGREHEARSE_SOURCE_DIR "/test/support/") + file};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    process_ = sys::Process::start({.argv = std::move(argv), .environment = {{"PYTHONDONTWRITEBYTECODE", "1"}}},
                                   {in.read_end.get(), out.write_end.get(), STDERR_FILENO});
    out.write_end.reset();
    in_ = std::move(in.write_end);
    for (char c = 0; sys::wait_ready(out.read_end.get(), POLLIN, 120'000) && ::read(out.read_end.get(), &c, 1) == 1;) {
      if (c == '\n') return;
      said_ += c;
    }
    throw std::runtime_error(file + " did not start");
  }
  ~TestCommand() {
    in_.reset();
    process_.wait(std::chrono::seconds(20));
  }
  TestCommand(const TestCommand&) = delete;
  TestCommand& operator=(const TestCommand&) = delete;

  const std::string& said() const { return said_; }

 private:
  sys::Process process_;
  sys::Fd in_;
  std::string said_;
};

class TestRadosgw {
 public:
  // One for the whole test program, started when it is first asked for.
  static TestRadosgw& get() {
    static TestRadosgw gateway;
    return gateway;
  }

  std::string endpoint() const { return value("endpoint"); }
  std::string port() const { return endpoint().substr(endpoint().rfind(':') + 1); }
  std::string bucket() const { return value("bucket"); }
  AwsCredentials credentials() const { return {value("access_key"), value("secret_key"), "", "the test"}; }

 private:
  // The value of one of the line's strings.
  std::string value(const std::string& name) const {
    const std::string& line = command_.said();
    const std::size_t begin = line.find(": \"", line.find("\"" + name + "\"")) + 3;
    return line.substr(begin, line.find('"', begin) - begin);
  }

  TestCommand command_{"radosgw.py"};
};

// A prefix of its own in the test's bucket.
class S3Place : public TestPlace {
 public:
  explicit S3Place(std::string endpoint = TestRadosgw::get().endpoint()) : endpoint_(std::move(endpoint)) {}

  std::shared_ptr<ObjectStore> open() override { return open({}); }
  std::shared_ptr<ObjectStore> open(S3Options options) const {
    return std::make_shared<S3Store>(address(), TestRadosgw::get().credentials(), std::move(options));
  }
  S3Address address() const {
    return S3Address::parse(
        {.url = "s3://" + TestRadosgw::get().bucket() + "/" + prefix_, .endpoint = endpoint_, .region = "us-east-1"});
  }

 private:
  std::string endpoint_;
  std::string prefix_ = base::random_hex(8) + "/a b+c";
};

// The same in host style: http://backups.localhost:PORT.
class HostStylePlace : public S3Place {
 public:
  HostStylePlace() : S3Place("http://localhost:" + TestRadosgw::get().port()) {}
};

class TestImpostor {
 public:
  explicit TestImpostor(std::vector<std::string> certificate = {})
      : command_("s3_impostor.py", arguments(std::move(certificate))) {}

  std::string endpoint(const std::string& scheme = "http") const { return scheme + "://127.0.0.1:" + command_.said(); }

  // One rule of s3_impostor.py, without its braces and id; it comes after those before.
  void rule(const std::string& json) {
    rules_ +=
        (rules_.empty() ? "" : ", ") + std::string("{\"id\": ") + std::to_string(++rules_made_) + ", " + json + "}";
    sys::write_file(directory_.path() / "rules.json", "[" + rules_ + "]", 0600);
  }
  // How many requests so far had this in their line.
  int requests(const std::string& part) const {
    std::ifstream log(directory_.path() / "requests.log");
    int count = 0;
    for (std::string line; std::getline(log, line);) count += line.find(part) != std::string::npos ? 1 : 0;
    return count;
  }

 private:
  std::vector<std::string> arguments(std::vector<std::string> certificate) const {
    certificate.insert(certificate.begin(), {TestRadosgw::get().port(), directory_.path().string()});
    return certificate;
  }

  sys::TemporaryDirectory directory_;
  std::string rules_;
  int rules_made_ = 0;
  TestCommand command_;
};

}  // namespace store
