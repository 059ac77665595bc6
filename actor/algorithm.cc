// Parameters: the one thing of an algorithm's description that can go wrong at run time.
#include "actor/algorithm.h"

#include <cstdio>
#include <cstdlib>

namespace troupe {

const ParameterValue& Parameters::at(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) {
    std::fprintf(stderr,
                 "troupe: the algorithm asks for a parameter '%.*s' that it does not "
                 "declare with Algorithm::parameter()\n",
                 static_cast<int>(name.size()), name.data());
    std::abort();
  }
  return found->second;
}

}  // namespace troupe
