#include "scratch/image.h"

#include <fmt/core.h>

#include <memory>

#include "base/text.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/output.h"
#include "report/document.h"
#include "scratch/home.h"

namespace cli {

namespace {

report::Table images_table(const std::vector<scratch::Image>& images) {
  report::Table table{.columns = {{"image"},
                                  {.title = "source", .wraps = true},
                                  {"by"},
                                  {"PostgreSQL", report::Align::right},
                                  {"taken"},
                                  {"size", report::Align::right}},
                      .rows = {}};
  for (const scratch::Image& image : images) {
    table.rows.push_back({{{{image.name, report::Tone::strong}},
                           {{image.source}},
                           {{image.method}},
                           {{std::to_string(image.major)}},
                           {{ago(image.taken)}},
                           {{base::human_bytes(image.bytes)}}},
                          0});
  }
  return table;
}

report::Table instances_table(const std::vector<scratch::RunningInstance>& instances) {
  report::Table table{.columns = {{"instance"}, {"state"}, {"started"}, {"size", report::Align::right}}, .rows = {}};
  for (const scratch::RunningInstance& instance : instances) {
    table.rows.push_back({{{{instance.id, report::Tone::strong}},
                           {{instance.alive ? "in use" : "left behind"}},
                           {{ago(instance.started)}},
                           {{base::human_bytes(instance.bytes)}}},
                          0});
  }
  return table;
}

int list() {
  const auto images = scratch::list_images();
  const auto instances = scratch::list_instances();
  report::Document document{.title = "scratch", .blocks = {}};
  const auto say = [&](std::string text) {
    document.blocks.emplace_back(report::Paragraph{{{std::move(text), report::Tone::muted}}});
  };
  if (images.empty()) {
    say("No images. `pgrehearse plan` makes them.");
  } else {
    document.blocks.emplace_back(images_table(images));
  }
  if (instances.empty()) {
    say("No instance is running.");
  } else {
    document.blocks.emplace_back(instances_table(instances));
  }
  print_document(document);
  return 0;
}

int purge(const std::string& name) {
  scratch::reap();
  print_text(base::human_bytes(scratch::purge(name)) + " freed\n");
  return 0;
}

}  // namespace

Action declare_scratch(CLI::App& app) {
  app.require_subcommand(1);
  app.add_subcommand("list", "images (data directories to clone) and the instances that run on them");
  CLI::App* purging =
      app.add_subcommand("purge", "remove images that are not in use, and what killed runs left behind");
  const auto name = std::make_shared<std::string>();
  purging->add_option("IMAGE", *name, "only this image; else all")->type_name("");
  return [purging, name] { return purging->parsed() ? purge(*name) : list(); };
}

}  // namespace cli
