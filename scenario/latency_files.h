// The files of measured networks that a scenario can name: what stands in them, and what is told of
// those that are wrong. Nothing where something is wrong, which has been told.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "actor/time.h"
#include "scenario/data_file.h"
#include "scenario/network.h"

namespace troupe::scenario {

// The longest round trip, and latency, that a file may have.
inline constexpr Duration kLongestMeasured = std::chrono::hours(1);

// As many lines as numbers in a line, each a round trip in `unit`.
std::optional<Matrix> read_matrix(DataFile& file, Duration unit);

// The names of the regions, behind a word of any kind; then a line for each region: its name, and
// its round trips to all of them, in milliseconds.
std::optional<Regions::Table> read_regions(DataFile& file);

// In each line a latency in milliseconds, and the part of all messages that take no longer: both
// rise, the part to 1.
std::optional<Empirical> read_distribution(DataFile& file);

// In each line the place of one host: two or three numbers.
std::optional<std::vector<Coordinates::Point>> read_places(DataFile& file);

}  // namespace troupe::scenario
