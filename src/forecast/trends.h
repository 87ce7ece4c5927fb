// How far things moved in nights that broke nothing, and where they would arrive if they went on like this.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "contract/contract.h"
#include "forecast/forecast.h"
#include "pg/catalog.h"
#include "rehearse/subject.h"

namespace forecast {

// The first id, going from `id` up or down, that lies outside of the population's id space or in that of another one
// which it may not overlap; `night` is 0. nullopt: there is none in int64.
std::optional<Reach> next_foreign_id(const contract::Table& table, const contract::Population& population,
                                     std::int64_t id, bool up);

// In which night the id is minted, going from `from` by `per_night` ids; nullopt: in none of the next 36,500.
std::optional<std::int64_t> night_of(std::int64_t from, std::int64_t id, double per_night);

// `first` and `last` are the catalogs before the first night and after the last one.
Trends trends_of(const std::vector<Night>& nights, const rehearse::Subject& subject, const pg::Catalog& first,
                 const pg::Catalog& last);

}  // namespace forecast
