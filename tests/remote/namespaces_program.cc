// Chord on hosts with addresses of their own, which die and whose network is cut in two and mended:
// what namespaces_test.sh runs, on host 1 of seventeen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/remote/ring.h"

namespace troupe::remote_test {
namespace {

using Processes = std::vector<std::size_t>;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// This process is on host 1, and hears of everybody at all times.
std::size_t host_of(std::size_t process) { return process + 2; }

std::string hosts_of(const Processes& processes) {
  return absl::StrJoin(processes, ",", [](std::string* text, std::size_t process) {
    absl::StrAppend(text, host_of(process));
  });
}

class Namespaces : public testing::Test {
 protected:
  // tests/remote/network.
  void switch_network(const std::string& command, const std::vector<std::string>& groups = {}) {
    const std::string words = absl::StrJoin(
        {"tests/remote/network " + command, network_, absl::StrJoin(groups, " ")}, " ");
    ASSERT_EQ(std::system(words.c_str()), 0) << words;
  }

  void expect_a_ring(RemoteRing& ring, std::uint64_t seed) {
    ASSERT_TRUE(ring.settles(/*fingers=*/false)) << ring.difference(false);
    EXPECT_EQ(ring.wrong_lookups(seed, 200), "");
  }

  const std::string network_ = variable("NETWORK");
  const std::string certificate_ = variable("CERTIFICATES") + "/host";
  const Admission admission_ = {.certificate_file = certificate_ + ".pem",
                                .key_file = certificate_ + ".key",
                                .authority_file = variable("CERTIFICATES") + "/ca.pem"};
};

TEST_F(Namespaces, ARingOutlivesDeathsAndAPartition) {
  RemoteRing ring({.bits = 16,
                   .successors = 8,
                   .processes = 16,
                   .host =
                       [&](std::size_t i) {
                         return RemoteHostOptions{
                             .listen = absl::StrCat("10.71.0.", host_of(i), ":7000"),
                             .admission = admission_,
                             .runtime = {.threads = 1}};
                       },
                   .prefix =
                       [&](std::size_t i) {
                         return std::vector<std::string>{"ip", "netns", "exec",
                                                         absl::StrCat(network_, "-", host_of(i))};
                       },
                   .here = {.listen = "10.71.0.1:7000", .admission = admission_}});
  Random ids(7);
  for (std::size_t i = 0; i < 64; ++i) ring.join(i % 16, ids.below(1 << 16));
  expect_a_ring(ring, 1);

  for (const std::size_t process : {3U, 7U, 8U, 12U}) ring.kill(process);
  EXPECT_EQ(ring.size(), 48U);
  expect_a_ring(ring, 2);

  // Each half takes the other for dead, and becomes a ring of its own.
  const Processes left = {0, 1, 2, 4, 5, 6};
  const Processes right = {9, 10, 11, 13, 14, 15};
  switch_network("split", {hosts_of(left), hosts_of(right)});
  for (const Processes& half : {left, right}) {
    ring.look_at(half);
    EXPECT_EQ(ring.size(), 24U);
    expect_a_ring(ring, 3);
  }

  // Nobody has been started anew: who remembers somebody of the other half reaches him again.
  switch_network("heal");
  ring.look_at({});
  EXPECT_EQ(ring.size(), 48U);
  expect_a_ring(ring, 4);
}

}  // namespace
}  // namespace troupe::remote_test
