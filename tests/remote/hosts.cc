// Host processes, and their command line.
#include "tests/remote/hosts.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace troupe::remote_test {
namespace {

std::vector<std::string> command_of(const std::vector<std::string>& prefix,
                                    const RemoteHostOptions& options) {
  std::vector<std::string> command = prefix;
  command.push_back(test_host_program());
  for (std::string& word : words_from(options)) command.push_back(std::move(word));
  return command;
}

RemoteHostOptions on_own_loopback(RemoteHostOptions options) {
  if (options.listen == RemoteHostOptions().listen) options.listen = own_loopback() + ":0";
  return options;
}

// What may differ from one test to the next.
struct Option {
  const char* name;
  std::string (*text)(const RemoteHostOptions& options);
  void (*read)(const std::string& text, RemoteHostOptions& options);
};

std::string nanoseconds(Duration duration) { return absl::StrCat(duration.count()); }
Duration duration_of(const std::string& text) { return Duration(std::atoll(text.c_str())); }
std::size_t size_of(const std::string& text) { return std::strtoull(text.c_str(), nullptr, 10); }

constexpr std::array kOptions = {
    Option{"listen", [](const RemoteHostOptions& from) { return from.listen; },
           [](const std::string& text, RemoteHostOptions& to) { to.listen = text; }},
    Option{"advertise", [](const RemoteHostOptions& from) { return from.advertise; },
           [](const std::string& text, RemoteHostOptions& to) { to.advertise = text; }},
    Option{"name", [](const RemoteHostOptions& from) { return from.name; },
           [](const std::string& text, RemoteHostOptions& to) { to.name = text; }},
    Option{"token", [](const RemoteHostOptions& from) { return from.admission.token; },
           [](const std::string& text, RemoteHostOptions& to) { to.admission.token = text; }},
    Option{"certificate",
           [](const RemoteHostOptions& from) { return from.admission.certificate_file; },
           [](const std::string& text, RemoteHostOptions& to) {
             to.admission.certificate_file = text;
           }},
    Option{"key", [](const RemoteHostOptions& from) { return from.admission.key_file; },
           [](const std::string& text, RemoteHostOptions& to) { to.admission.key_file = text; }},
    Option{
        "authority", [](const RemoteHostOptions& from) { return from.admission.authority_file; },
        [](const std::string& text, RemoteHostOptions& to) { to.admission.authority_file = text; }},
    Option{"connect", [](const RemoteHostOptions& from) { return nanoseconds(from.reach.connect); },
           [](const std::string& text, RemoteHostOptions& to) {
             to.reach.connect = duration_of(text);
           }},
    Option{"reconnect",
           [](const RemoteHostOptions& from) { return nanoseconds(from.reach.reconnect); },
           [](const std::string& text, RemoteHostOptions& to) {
             to.reach.reconnect = duration_of(text);
           }},
    Option{"silence", [](const RemoteHostOptions& from) { return nanoseconds(from.reach.silence); },
           [](const std::string& text, RemoteHostOptions& to) {
             to.reach.silence = duration_of(text);
           }},
    Option{"heartbeat",
           [](const RemoteHostOptions& from) { return nanoseconds(from.reach.heartbeat); },
           [](const std::string& text, RemoteHostOptions& to) {
             to.reach.heartbeat = duration_of(text);
           }},
    Option{"queue", [](const RemoteHostOptions& from) { return absl::StrCat(from.reach.queue); },
           [](const std::string& text, RemoteHostOptions& to) { to.reach.queue = size_of(text); }},
    Option{"inbox", [](const RemoteHostOptions& from) { return absl::StrCat(from.reach.inbox); },
           [](const std::string& text, RemoteHostOptions& to) { to.reach.inbox = size_of(text); }},
    Option{"threads",
           [](const RemoteHostOptions& from) { return absl::StrCat(from.runtime.threads); },
           [](const std::string& text, RemoteHostOptions& to) {
             to.runtime.threads = static_cast<unsigned>(size_of(text));
           }},
};

}  // namespace

std::vector<std::string> words_from(const RemoteHostOptions& options) {
  std::vector<std::string> words;
  for (const Option& option : kOptions) {
    words.push_back(absl::StrCat("--", option.name, "=", option.text(options)));
  }
  return words;
}

absl::StatusOr<RemoteHostOptions> options_from(std::span<char* const> words) {
  RemoteHostOptions options;
  for (const std::string_view word : words) {
    const std::size_t equals = std::min(word.find('='), word.size());
    bool known = false;
    for (const Option& option : kOptions) {
      if (word.substr(0, equals) != absl::StrCat("--", option.name)) continue;
      option.read(std::string(word.substr(std::min(equals + 1, word.size()))), options);
      known = true;
    }
    if (!known) return absl::InvalidArgumentError(absl::StrCat("what is ", std::string(word), "?"));
  }
  return options;
}

std::string own_loopback() {
  // All of 127.0.0.0/8 is this machine.
  const auto number = static_cast<unsigned>(getpid());
  return absl::StrCat("127.", 1 + (number >> 14) % 250, ".", (number >> 7) % 128, ".",
                      1 + number % 128);
}

std::string test_host_program() {
  std::array<char, 4096> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size() - 1);
  const std::string self(path.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
  return self.substr(0, self.rfind('/')) + "/test_host";
}

HostProcess::HostProcess(RemoteHostOptions options, std::vector<std::string> prefix)
    : options_(on_own_loopback(std::move(options))),
      prefix_(std::move(prefix)),
      process_(command_of(prefix_, options_)) {
  wait_until_up();
}

void HostProcess::start_again() {
  process_.start(command_of(prefix_, options_));
  wait_until_up();
}

void HostProcess::wait_until_up() {
  const absl::StatusOr<std::string> line = process_.line();
  ASSERT_TRUE(line.ok()) << line.status();
  ASSERT_TRUE(line->starts_with("listening ")) << *line;
  const std::string address = line->substr(std::string_view("listening ").size());
  // Next time it is the same port.
  if (options_.listen.ends_with(":0")) options_.listen = address;
  options_.advertise = address;
}

std::unique_ptr<RemoteHost> host_here(RemoteHostOptions options) {
  auto host = RemoteHost::start(on_own_loopback(std::move(options)));
  if (!host.ok()) {
    ADD_FAILURE() << host.status();
    std::abort();
  }
  return *std::move(host);
}

}  // namespace troupe::remote_test
