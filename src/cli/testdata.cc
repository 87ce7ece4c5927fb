#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/contract_file.h"
#include "cli/output.h"
#include "cli/target.h"
#include "cli/version.h"
#include "guard/bind.h"
#include "guard/grants.h"
#include "guard/testdata_output.h"
#include "report/document.h"

namespace cli {

namespace {

constexpr const char* description =
    "Test data that cannot hurt: rows of the populations that the contract calls disposable. They are made with ids "
    "out of their own space, and removed by what they are. No option takes an id: nobody can hand it a range.\n\n"
    "  pgrehearse testdata create -n 3 --set plan=pro\n"
    "  pgrehearse testdata list\n"
    "  pgrehearse testdata clean               what would go; touches nothing\n"
    "  pgrehearse testdata clean --execute     counts again, deletes, and undoes it all if any other row was "
    "touched\n\n"
    "Exits 1 where it refuses: an id that is taken, an exhausted space, rows of protected populations in the way, and "
    "rows where no test data is made, for a real person whose population an upsert rewrote looks like that.";

struct TestdataOptions {
  TargetOptions target;
  std::string format = "text";
  std::string table;
  std::string population;
  std::int64_t rows = 1;
  std::vector<std::string> set;
  bool execute = false;
  std::int64_t outside = 0;
};

std::vector<std::pair<std::string, std::string>> pairs(const std::vector<std::string>& words) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const std::string& word : words) {
    const std::size_t sign = word.find('=');
    if (sign == std::string::npos || sign == 0)
      throw base::Error(base::Code::usage, "--set takes COLUMN=VALUE", "nothing was created");
    const std::string column = word.substr(0, sign);
    if (std::any_of(result.begin(), result.end(), [&](const auto& pair) { return pair.first == column; })) {
      throw base::Error(base::Code::usage, fmt::format("--set gives {} twice", base::one_line(column, 60)),
                        "nothing was created");
    }
    result.emplace_back(column, word.substr(sign + 1));
  }
  return result;
}

// One run of any of the three: the contract, the database, and the populations that the words leave.
class Testdata {
 public:
  Testdata(const TestdataOptions& options, const char* command)
      : options_(options),
        contract_(load_contract(options.target.contract, command)),
        connection_(open_target(options.target, contract_, command)),
        bound_(guard::bind(contract_, connection_)),
        populations_(guard::test_populations(contract_, bound_, connection_, options.table, options.population)),
        context_{program_and_version(), contract_.file.string(), pg::describe(connection_.parameters())} {}

  int run(guard::Work work) {
    try {
      return work == guard::Work::create ? create() : work == guard::Work::list ? list() : clean();
    } catch (base::Error& error) {
      if (error.sqlstate() == "42501") name_grants(work, error);
      throw;
    }
  }

 private:
  // What was begun is over: nothing of it stays.
  void name_grants(guard::Work work, base::Error& error) {
    connection_.script("rollback");
    const auto grants = guard::lacking_grants(
        work == guard::Work::clean && !options_.execute ? guard::Work::list : work, populations_, connection_);
    if (!grants.empty())
      error.with_hint(fmt::format("nothing was touched; as their owner run: {}", fmt::join(grants, " ")));
  }

  int create() {
    const guard::Made made = guard::make_test_rows(connection_, contract_, guard::only_one(populations_),
                                                   {.rows = options_.rows, .set = pairs(options_.set)});
    show(guard::made_document(made, context_), guard::made_json(made, context_));
    return 0;
  }

  int list() {
    const guard::Cleaning found = guard::count_test_data(connection_, bound_, populations_);
    show(guard::list_document(found, context_), guard::list_json(found, context_));
    return 0;
  }

  int clean() {
    guard::Cleaning cleaning;
    if (options_.execute) {
      cleaning = guard::clean_test_data(connection_, bound_, populations_, options_.outside,
                                        [&](const guard::Cleaning& counted) {
                                          if (!json()) print_document(guard::count_document(counted, true, context_));
                                        });
      if (!json() && cleaning.executed) {
        print_text("\n");
        print_document(guard::cleaned_document(cleaning));
      }
    } else {
      cleaning = guard::count_test_data(connection_, bound_, populations_, options_.outside);
      if (!json()) print_document(guard::count_document(cleaning, false, context_));
    }
    if (json()) print_text(guard::clean_json(cleaning, context_));
    return cleaning.refused() ? base::exit_status(base::Code::refused) : 0;
  }

  bool json() const { return options_.format == "json"; }

  void show(const report::Document& document, const std::string& as_json) const {
    if (json()) {
      print_text(as_json);
    } else {
      print_document(document);
    }
  }

  const TestdataOptions& options_;
  const contract::Contract contract_;
  pg::Connection connection_;
  const guard::Bound bound_;
  const std::vector<guard::TestPopulation> populations_;
  const guard::TestdataContext context_;
};

CLI::App* add(CLI::App& app, const char* name, const char* summary, TestdataOptions& options) {
  CLI::App* sub = app.add_subcommand(name, summary);
  declare_target(*sub, options.target);
  sub->add_option("--table", options.table, "only test data of this contract table")->type_name("TABLE");
  sub->add_option("--population", options.population, "only this disposable population")->type_name("NAME");
  declare_format(*sub, options.format, "it");
  return sub;
}

}  // namespace

Action declare_testdata(CLI::App& app) {
  const auto options = std::make_shared<TestdataOptions>();
  app.description(description);
  app.require_subcommand(1);
  CLI::App* create = add(app, "create", "make test rows, each with an id out of the population's own space", *options);
  create->add_option("-n,--rows", options->rows, "how many; else one")
      ->check(CLI::Range(1, 1'000'000).description(""))
      ->type_name("N");
  create
      ->add_option("--set", options->set, "a column's value; columns that need one and have no default get a plain one")
      ->type_name("COLUMN=VALUE")
      ->allow_extra_args(false);
  const CLI::App* list = add(app, "list", "test data, and the rows that hang on it", *options);
  CLI::App* clean = add(app, "clean", "what would be deleted; with --execute, delete it", *options);
  clean->add_flag("--execute", options->execute, "delete");
  clean
      ->add_option("--outside-space", options->outside,
                   "so many rows that lie where no test data is made may go, too: say it when you have looked at them")
      ->check(CLI::NonNegativeNumber.description(""))
      ->type_name("ROWS");
  return [options, create, list] {
    if (create->parsed()) return Testdata(*options, "testdata create").run(guard::Work::create);
    if (list->parsed()) return Testdata(*options, "testdata list").run(guard::Work::list);
    return Testdata(*options, "testdata clean").run(guard::Work::clean);
  };
}

}  // namespace cli
