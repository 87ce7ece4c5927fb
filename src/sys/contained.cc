#include "sys/contained.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <vector>

#include "base/error.h"
#include "sys/failure.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/pipe.h"
#include "sys/signals.h"

namespace sys {
namespace {

constexpr std::size_t nothing = SIZE_MAX;
constexpr std::size_t most_children = 64;
constexpr std::size_t largest_frame = std::size_t{1} << 32U;
constexpr std::size_t read_at_once = std::size_t{256} << 10U;

// What children and parent share: which piece comes next, and which one each child is at.
struct Board {
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> at[most_children];
};

struct Unmap {
  void operator()(Board* board) const { ::munmap(board, sizeof(Board)); }
};

std::unique_ptr<Board, Unmap> share_board() {
  void* memory = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw base::Error(base::Code::tool, "no memory to share: " + reason(errno));
  return std::unique_ptr<Board, Unmap>(new (memory) Board);
}

// Before each result.
struct Header {
  std::size_t index = 0;
  std::size_t size = 0;
};

void limit_processor_time(std::chrono::seconds limit) {
  itimerval timer{};
  timer.it_value.tv_sec = limit.count();
  ::setitimer(ITIMER_PROF, &timer, nullptr);
}

// A child's life. What it crashes of is ours to report: it leaves no core and says nothing itself.
[[noreturn]] void work_in_child(std::size_t count, std::chrono::seconds limit, const ContainedWork& work, Board& board,
                                std::size_t place, int out) {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const int silence = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (silence >= 0) ::dup2(silence, 2);
  for (std::size_t index = board.next++; index < count; index = board.next++) {
    board.at[place] = index;
    limit_processor_time(limit);
    const ContainedResult result = work.work(index);
    if (!result.bytes.empty()) {
      const Header header{index, result.bytes.size()};
      write_all(out, {reinterpret_cast<const char*>(&header), sizeof header}, "a pipe");
      write_all(out, result.bytes, "a pipe");
    }
    board.at[place] = nothing;
    if (result.worn) break;
  }
  ::_exit(0);
}

struct Child {
  pid_t pid = -1;
  Fd out;
  std::string received;
  std::size_t last = nothing;  // whose result came last
};

class Crew {
 public:
  Crew(std::size_t count, std::chrono::seconds limit, const ContainedWork& work)
      : count_(count), limit_(limit), work_(work), board_(share_board()) {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    children_.resize(std::min({cores, count, most_children}));
  }
  ~Crew() {
    for (Child& child : children_) {
      if (child.pid > 0) ::kill(child.pid, SIGKILL);
    }
    for (Child& child : children_) reap(child);
  }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  void run() {
    for (std::size_t place = 0; place < children_.size(); ++place) start(place);
    while (const std::size_t place = wait()) receive(place - 1);
  }

 private:
  void start(std::size_t place) {
    board_->at[place] = nothing;
    Pipe pipe = make_pipe();
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) throw base::Error(base::Code::tool, "cannot start a process: " + reason(errno));
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(1);
      // An exception may not unwind into what the parent's copy of the stack still has to do.
      try {
        work_in_child(count_, limit_, work_, *board_, place, pipe.write_end.get());
      } catch (...) {
        ::abort();
      }
    }
    children_[place] = Child{pid, std::move(pipe.read_end), {}, nothing};
  }

  // One more than the place of a child that has something to say; 0 where none is left.
  std::size_t wait() {
    std::vector<pollfd> set{{interrupt_fd(), POLLIN, 0}};
    for (const Child& child : children_) set.push_back({child.out.get(), POLLIN, 0});
    if (std::none_of(children_.begin(), children_.end(), [](const Child& child) { return child.pid > 0; })) return 0;
    for (;;) {
      ::poll(set.data(), set.size(), -1);
      check_interrupted();
      for (std::size_t i = 1; i < set.size(); ++i) {
        if (set[i].fd >= 0 && set[i].revents != 0) return i;
      }
    }
  }

  void receive(std::size_t place) {
    Child& child = children_[place];
    const std::size_t known = child.received.size();
    child.received.resize(known + read_at_once);
    const ssize_t got = ::read(child.out.get(), child.received.data() + known, read_at_once);
    child.received.resize(known + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) return;
    if (got <= 0) return end(place);
    std::size_t at = 0;
    for (Header header; child.received.size() - at >= sizeof header; at += sizeof header + header.size) {
      std::memcpy(&header, child.received.data() + at, sizeof header);
      if (header.index >= count_ || header.size > largest_frame) {  // it has lost its mind
        ::kill(child.pid, SIGKILL);
        return end(place);
      }
      if (child.received.size() - at - sizeof header < header.size) break;
      child.last = header.index;
      work_.done(header.index, child.received.substr(at + sizeof header, header.size));
    }
    child.received.erase(0, at);
  }

  static Exit reap(Child& child) {
    if (child.pid <= 0) return {};
    int status = 0;
    while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
    }
    child = Child{};
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0};
  }

  void end(std::size_t place) {
    const std::size_t last = children_[place].last;
    const Exit exit = reap(children_[place]);
    const std::size_t at = board_->at[place];
    if (at < count_ && at != last) {
      work_.died(at, exit);
    } else if (!exit.ok() && at != last) {
      throw base::Error(base::Code::tool, "a helper process ended before it did anything: " + exit.describe());
    }
    if (board_->next < count_) start(place);
  }

  std::size_t count_;
  std::chrono::seconds limit_;
  const ContainedWork& work_;
  std::unique_ptr<Board, Unmap> board_;
  std::vector<Child> children_;
};

}  // namespace

void do_contained(std::size_t count, std::chrono::seconds limit, const ContainedWork& work) {
  Crew(count, limit, work).run();
}

}  // namespace sys
