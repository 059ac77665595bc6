// Hosts of the tests: those in processes of their own, and the one that the test itself is.
//
//   RemoteHost& here = ...;
//   HostProcess there;                                       // a process runs test_host.cc
//   const Ref<Target> target = there.find<Target>(here, "target");
//   there.process().kill();
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "actor/host.h"
#include "remote/remote_host.h"
#include "tests/remote/actors.h"
#include "tests/remote/process.h"

namespace troupe::remote_test {

// The options of a host as words of a command line, and back.
std::vector<std::string> words_from(const RemoteHostOptions& options);
absl::StatusOr<RemoteHostOptions> options_from(std::span<char* const> words);

// An address of this machine that no other test uses: so a port that has been given back is not
// taken by another.
std::string own_loopback();

// Where the program test_host is: beside this one.
std::string test_host_program();

class HostProcess {
 public:
  // Starts it, and waits until it can be reached. `prefix` stands before the command.
  explicit HostProcess(RemoteHostOptions options = {}, std::vector<std::string> prefix = {});

  // The same address again, after its end; another incarnation.
  void start_again();

  const std::string& address() const { return options_.advertise; }
  const std::string& listens_at() const { return options_.listen; }
  Process& process() { return process_; }

  // The actor that has this name there, asked for by `here`; find() asks again where it must: a
  // question that was on its way when an earlier incarnation ended has failed with it.
  template <class A>
  absl::StatusOr<Ref<A>> try_find(RemoteHost& here, const std::string& name) const {
    return find_at<A>(here, address(), name);
  }
  template <class A>
  Ref<A> find(RemoteHost& here, const std::string& name) const {
    absl::StatusOr<Ref<A>> found = try_find<A>(here, name);
    here.run_until(
        [&] {
          if (!absl::IsUnavailable(found.status())) return true;
          found = try_find<A>(here, name);
          return false;
        },
        here.now() + kPatience);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.value_or(Ref<A>());
  }
  // A new actor there.
  template <class A>
  Ref<A> spawn(RemoteHost& here, const SpawnRequest& request) const {
    const absl::StatusOr<Ref<Host>> host = host_named(here, address());
    EXPECT_TRUE(host.ok()) << host.status();
    const auto any = here.ask(host->spawn(request).within(kPatience));
    EXPECT_TRUE(any.ok()) << any.status();
    return any.ok() ? any->template as<A>().value_or(Ref<A>()) : Ref<A>();
  }

  template <class A>
  static absl::StatusOr<Ref<A>> find_at(RemoteHost& here, const std::string& address,
                                        const std::string& name) {
    const absl::StatusOr<Ref<Host>> host = host_named(here, address);
    if (!host.ok()) return host.status();
    const auto any = here.ask(host->lookup(name).within(kPatience));
    if (!any.ok()) return any.status();
    return any->template as<A>();
  }

 private:
  void wait_until_up();

  RemoteHostOptions options_;
  std::vector<std::string> prefix_;
  Process process_;
};

// The host that this process is.
std::unique_ptr<RemoteHost> host_here(RemoteHostOptions options = {});

}  // namespace troupe::remote_test
