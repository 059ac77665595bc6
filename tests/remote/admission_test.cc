// Who is let in: by a token, by certificates. Whoever is not reaches no actor, and is counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actor/address.h"
#include "tests/remote/actors.h"
#include "tests/remote/hosts.h"

namespace troupe::remote_test {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

class Admissions : public testing::Test {
 protected:
  // Tries to reach the target in every way, and must fail.
  void expect_refused(const Admission& admission, const HostProcess& there,
                      const std::string& target_address, StatusCode code) {
    const std::unique_ptr<RemoteHost> intruder = host_here({.admission = admission});
    intruder->on_log([](const std::string&) {});
    const auto found = there.try_find<Target>(*intruder, "target");
    EXPECT_EQ(found.status().code(), code) << found.status();
    // It may know the place of an actor all the same.
    const auto guessed = resolve(*intruder, target_address);
    ASSERT_TRUE(guessed.ok()) << guessed.status();
    const Ref<Target> target(guessed->id);
    intruder->act([&] { target.note(1, "from an intruder"); });
    EXPECT_EQ(intruder->ask(target.record(2, "from an intruder")).status().code(), code);
  }

  // What a host that has ended says of it.
  static int refused_by(HostProcess& there) {
    const auto line = there.process().line();
    EXPECT_TRUE(line.ok() && line->starts_with("refused ")) << line.status();
    return line.ok() ? std::atoi(line->substr(line->find(' ')).c_str()) : -1;
  }

  void expect_untouched(RemoteHost& friendly, const Ref<Target>& target) {
    const auto received = friendly.ask(target.received());
    ASSERT_TRUE(received.ok()) << received.status();
    EXPECT_EQ(received->count, 0U);
  }
};

TEST_F(Admissions, ByToken) {
  HostProcess there({.admission = {.token = "swordfish"}});
  const std::unique_ptr<RemoteHost> friendly = host_here({.admission = {.token = "swordfish"}});
  const Ref<Target> target = there.find<Target>(*friendly, "target");
  const std::string address = address_of(*friendly, DynamicRef(target));
  for (const std::string token : {"", "herring", "swordfis", "swordfishe"}) {
    expect_refused({.token = token}, there, address, StatusCode::kUnauthenticated);
  }
  expect_untouched(*friendly, target);
  EXPECT_EQ(there.process().terminate(), 0);
  // One of each is logged, and all of them are counted.
  EXPECT_EQ(occurrences(there.process().errors(), "] refused "), 2U) << there.process().errors();
  EXPECT_GE(refused_by(there), 4 * 2) << "each intruder has tried at least twice";
}

TEST_F(Admissions, ByCertificate) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / "admission_test_certificates";
  const std::string here = own_loopback();
  const std::string make = "tools/make_certificates ";
  const std::string ours = (folder / "ours").string();
  const std::string theirs = (folder / "theirs").string();
  ASSERT_EQ(std::system((make + ours + " good=" + here + " elsewhere=10.9.9.9").c_str()), 0);
  ASSERT_EQ(std::system((make + "--expired " + ours + " old=" + here).c_str()), 0);
  ASSERT_EQ(std::system((make + theirs + " stranger=" + here).c_str()), 0);
  const auto admission = [&](const std::string& authority, const std::string& host) {
    return Admission{.certificate_file = host + ".pem",
                     .key_file = host + ".key",
                     .authority_file = authority + "/ca.pem"};
  };
  const Admission good = admission(ours, ours + "/good");

  HostProcess there({.admission = good});
  const std::unique_ptr<RemoteHost> friendly = host_here({.admission = good});
  const Ref<Target> target = there.find<Target>(*friendly, "target");
  const std::string address = address_of(*friendly, DynamicRef(target));
  expect_refused(admission(ours, ours + "/old"), there, address, StatusCode::kUnavailable);
  expect_refused(admission(ours, theirs + "/stranger"), there, address, StatusCode::kUnavailable);
  // A good certificate, of another host than it says it is.
  expect_refused(admission(ours, ours + "/elsewhere"), there, address,
                 StatusCode::kPermissionDenied);
  expect_refused({}, there, address, StatusCode::kUnavailable);
  expect_untouched(*friendly, target);
  // Each is logged once, with who he says he is; and all of them are counted.
  EXPECT_EQ(there.process().terminate(), 0);
  const std::string log = there.process().errors();
  EXPECT_EQ(occurrences(log, "] refused "), 3U) << log;
  EXPECT_THAT(log, HasSubstr("its certificate is for 10.9.9.9, and it says that it is " + here));
  EXPECT_THAT(log, HasSubstr("refused CN=old: its certificate is not accepted: "
                             "certificate has expired"));
  EXPECT_THAT(log, HasSubstr("refused CN=stranger: its certificate is not accepted: "
                             "unable to get local issuer certificate"));
  EXPECT_GE(refused_by(there), 2 * 2) << "each intruder has tried at least twice";

  // Nor does a host call one that shows a wrong certificate.
  for (const std::string& wrong : {ours + "/old", theirs + "/stranger", ours + "/elsewhere"}) {
    HostProcess impostor({.admission = admission(ours, wrong)});
    const auto found = impostor.try_find<Target>(*friendly, "target");
    EXPECT_EQ(found.status().code(), StatusCode::kUnavailable) << wrong << ": " << found.status();
  }

  // What is no certificate is told at the start.
  for (const auto& [wrong, why] : std::vector<std::pair<Admission, std::string>>{
           {{.certificate_file = ours + "/good.key",
             .key_file = ours + "/good.key",
             .authority_file = ours + "/ca.pem"},
            "the certificate " + ours + "/good.key is none: it must be in PEM format"},
           {{.certificate_file = ours + "/good.pem",
             .key_file = ours + "/old.key",
             .authority_file = ours + "/ca.pem"},
            "the key " + ours + "/old.key is not that of the certificate " + ours + "/good.pem"}}) {
    EXPECT_EQ(RemoteHost::start({.admission = wrong}).status().message(), why);
  }
  std::filesystem::remove_all(folder);
}

TEST_F(Admissions, PlainTextIsForLoopbackOnly) {
  const auto open = RemoteHost::start({.listen = "0.0.0.0:0"});
  EXPECT_EQ(open.status().code(), StatusCode::kInvalidArgument) << open.status();
  const auto asked_for = RemoteHost::start(
      {.listen = "0.0.0.0:0", .advertise = "127.0.0.1:0", .admission = {.insecure = true}});
  EXPECT_TRUE(asked_for.ok()) << asked_for.status();
}

}  // namespace
}  // namespace troupe::remote_test
