// The version of Troupe, as people see it.
#pragma once

namespace troupe {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace troupe
