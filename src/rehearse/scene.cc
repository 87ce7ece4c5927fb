#include "rehearse/scene.h"

#include "base/error.h"
#include "scratch/server.h"

namespace rehearse {

scratch::Instance clone_image(const Ground& ground) {
  const scratch::Image& image = ground.image();
  const scratch::Binaries& binaries = scratch::binaries_for(image.major);
  std::map<std::string, std::string> settings = image.settings;
  settings.merge(nested_settings(binaries));
  return scratch::Instance::clone(image.data, binaries, {.settings = settings, .isolation = ground.isolation});
}

Scene::Scene(const Ground& ground)
    : ground_(ground),
      instance_(clone_image(ground)),
      control_(instance_.connect(ground.image().database)),
      origin_(read_origin()),
      subject_(ground.contract, control_, origin_),
      watch_(capture::Watch::begin(instance_.parameters(ground.image().database))),
      statement_log_(instance_, ground.session.database) {}

pg::Catalog Scene::read_origin() {
  scratch::ensure_login(control_, ground_.session.role);
  return pg::read_catalog(control_);
}

void Scene::check_server() const {
  if (const auto reason = scratch::reason_of_end(instance_, ground_.image().database)) {
    throw base::Error(base::Code::storage, "the scratch server ended while the script ran: " + *reason,
                      "production was not touched; where a disk is full, make room or set PGREHEARSE_HOME");
  }
}

}  // namespace rehearse
