#include "scratch/instance.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>
#include <utility>

#include "base/error.h"
#include "scratch/configuration.h"
#include "scratch/server.h"
#include "scratch/workplace.h"
#include "sys/account.h"
#include "sys/sandbox.h"

extern char** environ;

namespace scratch {
namespace {

namespace fs = std::filesystem;

// Where the sockets are. As root, servers run as another account, and confined programs as a root that may not override
// permissions: both pass by owner and group.
void make_socket_directory(const fs::path& path) {
  const auto account = sys::server_account();
  sys::make_private_directory(path, account);
  if (geteuid() == account.uid) return;
  if (chown(path.c_str(), account.uid, getegid()) != 0 || chmod(path.c_str(), 0770) != 0)
    throw base::Error(base::Code::storage, fmt::format("cannot set the owner of {}", path.string()));
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const unsigned char c : text) {
    if (std::isalnum(c) || c == '_' || c == '-' || c == '.')
      encoded += static_cast<char>(c);
    else
      encoded += fmt::format("%{:02X}", c);
  }
  return encoded;
}

}  // namespace

// Destroyed in reverse: first the server, then its directory.
struct Instance::State {
  explicit State(const Binaries& with) : binaries(with), workplace(Workplace::create(instances_folder)) {
    make_socket_directory(sockets());
  }

  fs::path sockets() const { return workplace.path() / "s"; }

  void start(const InstanceOptions& options) {
    cluster = read_cluster(data);
    isolation = options.isolation;
    configure(data, sockets(), cluster, options.settings);
    server.emplace(Server::start(binaries, {data, sockets(), workplace.path() / "log"}, isolation));
  }

  Binaries binaries;
  Workplace workplace;
  fs::path data;
  Cluster cluster;
  Isolation isolation = Isolation::required;
  bool reflinked = false;
  std::optional<Server> server;
};

Instance::Instance(std::unique_ptr<State> state) : state_(std::move(state)) {}
Instance::Instance(Instance&&) noexcept = default;
Instance& Instance::operator=(Instance&&) noexcept = default;
Instance::~Instance() = default;

Instance Instance::clone(const fs::path& data, const Binaries& binaries, const InstanceOptions& options) {
  require_sandbox(options.isolation);
  auto state = std::make_unique<State>(binaries);
  state->data = state->workplace.path() / "data";
  state->reflinked = base::in_context("cloning the image", [&] {
                       return sys::clone_tree(data, state->data, sys::server_account());
                     }).reflinked;
  state->start(options);
  return Instance(std::move(state));
}

Instance Instance::create(const Binaries& binaries, const InstanceOptions& options, const std::string& locale) {
  require_sandbox(options.isolation);
  auto state = std::make_unique<State>(binaries);
  state->data = state->workplace.path() / "data";
  create_cluster(state->data, binaries, "postgres", locale);
  state->start(options);
  return Instance(std::move(state));
}

Instance Instance::adopt(const fs::path& data, const Binaries& binaries, const InstanceOptions& options) {
  require_sandbox(options.isolation);
  auto state = std::make_unique<State>(binaries);
  state->data = data;
  state->start(options);
  return Instance(std::move(state));
}

pg::Parameters Instance::parameters(const std::string& database, const std::string& user) const {
  return {{"host", state_->sockets().string()},
          {"port", "5432"},
          {"dbname", database},
          {"user", user.empty() ? state_->cluster.superuser : user}};
}

pg::Connection Instance::connect(const std::string& database, const std::string& user) const {
  // What a source sets for its sessions is meant for scripts, not for us.
  static const std::map<std::string, std::string> superuser_settings = {
      {"default_transaction_read_only", "off"},
      {"statement_timeout", "0"},
      {"lock_timeout", "0"},
      {"session_preload_libraries", ""},
      {"local_preload_libraries", ""},
      {"idle_session_timeout", "0"},
      {"session_replication_role", "origin"},
      {"default_transaction_isolation", "read committed"}};
  if (!user.empty()) return pg::Connection::open(parameters(database, user));
  return pg::Connection::open(parameters(database, user), superuser_settings);
}

const Binaries& Instance::binaries() const {
  return state_->binaries;
}
const fs::path& Instance::directory() const {
  return state_->workplace.path();
}
const fs::path& Instance::data() const {
  return state_->data;
}
bool Instance::reflinked() const {
  return state_->reflinked;
}

sys::Command Instance::confined(const sys::Command& command, const std::string& database, const std::string& user,
                                const std::vector<fs::path>& readable) const {
  const auto target = parameters(database, user);
  sys::Command confined = command;
  for (char** variable = environ; *variable; ++variable) {
    const std::string_view name = std::string_view(*variable).substr(0, std::string_view(*variable).find('='));
    if (name.starts_with("PG")) confined.environment.try_emplace(std::string(name), std::nullopt);
  }
  confined.environment["PGHOST"] = target.at("host");
  confined.environment["PGPORT"] = target.at("port");
  confined.environment["PGDATABASE"] = target.at("dbname");
  confined.environment["PGUSER"] = target.at("user");
  confined.environment["DATABASE_URL"] =
      fmt::format("postgresql://{}@/{}?host={}&port={}", percent_encoded(target.at("user")),
                  percent_encoded(target.at("dbname")), percent_encoded(target.at("host")), target.at("port"));
  if (state_->isolation == Isolation::none) return confined;
  sys::SandboxPolicy policy;
  policy.view = sys::SandboxPolicy::View::everything;
  policy.readable = state_->binaries.prefixes();
  policy.readable.push_back(state_->sockets());
  policy.sockets = {state_->sockets()};
  policy.readable.insert(policy.readable.end(), readable.begin(), readable.end());
  const auto directory = command.directory.empty() ? fs::current_path() : fs::absolute(command.directory);
  // A directory at the top (/, /tmp) holds too much that is not the program's.
  if (directory.parent_path() != directory.root_path()) policy.readable.push_back(directory);
  return sys::sandboxed(confined, policy);
}

void Instance::stop() {
  state_->server->stop();
}

}  // namespace scratch
