// How much memory this process has, as the system counts it: what every benchmark's bytes a node or
// bytes an actor come from.
//
//   const std::size_t before = process_memory("VmRSS:");  // what it holds now
//   const std::size_t peak = process_memory("VmHWM:");    // the most that it ever held

#ifndef TROUPE_BENCH_PROCESS_MEMORY_H_
#define TROUPE_BENCH_PROCESS_MEMORY_H_

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace troupe::bench {

// A line of /proc/self/status, which counts in KiB; 0 where the system has no such file.
inline std::size_t process_memory(const char* name) {
  std::size_t kibibytes = 0;
  if (std::FILE* status = std::fopen("/proc/self/status", "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, status) != nullptr) {
      if (std::strncmp(line, name, std::strlen(name)) == 0) {
        kibibytes = std::strtoull(line + std::strlen(name), nullptr, 10);
      }
    }
    std::fclose(status);
  }
  return kibibytes * 1024;
}

}  // namespace troupe::bench

#endif  // TROUPE_BENCH_PROCESS_MEMORY_H_
