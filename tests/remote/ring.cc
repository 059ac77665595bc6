// The ring and its oracle.
#include "tests/remote/ring.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace troupe::remote_test {

using chord::Id;

RemoteRing::RemoteRing(RemoteRingOptions options)
    : options_(std::move(options)), here_(host_here(options_.here)) {
  for (std::size_t i = 0; i < options_.processes; ++i) {
    processes_.push_back(std::make_unique<HostProcess>(
        options_.host ? options_.host(i) : RemoteHostOptions{.runtime = {.threads = 1}},
        options_.prefix ? options_.prefix(i) : std::vector<std::string>()));
  }
}

void RemoteRing::join(std::size_t process, Id id) {
  if (nodes_.contains(id)) return;
  // Through the one that has the next identifier, or the first.
  const Ref<chord::RingNode> contact =
      nodes_.empty() ? Ref<chord::RingNode>() : nodes_.begin()->second.ref;
  const auto nursery = processes_.at(process)->find<chord::Nursery>(*here_, "nursery");
  const auto node =
      here_->ask(nursery.plant(options_.bits, options_.successors, id, contact).within(kPatience));
  ASSERT_TRUE(node.ok()) << node.status();
  // It answers when it has joined.
  const auto joined = here_->ask(node->neighbours().within(kPatience));
  ASSERT_TRUE(joined.ok()) << joined.status();
  nodes_[id] = {*node, process};
}

void RemoteRing::look_at(const std::vector<std::size_t>& processes) {
  nodes_.merge(elsewhere_);
  if (processes.empty()) return;
  elsewhere_ = std::exchange(nodes_, {});
  for (const auto& [id, node] : elsewhere_) {
    if (node.process && std::ranges::count(processes, *node.process) > 0) nodes_.emplace(id, node);
  }
  for (const auto& [id, node] : nodes_) elsewhere_.erase(id);
}

void RemoteRing::plant(std::optional<std::size_t> process, Id id, Ref<chord::RingNode> contact) {
  if (!process) {
    nodes_[id] = {here_->spawn<chord::RingNode>(0, options_.bits, options_.successors, id, contact),
                  process};
    return;
  }
  const auto nursery = processes_.at(*process)->find<chord::Nursery>(*here_, "nursery");
  const auto node =
      here_->ask(nursery.plant(options_.bits, options_.successors, id, contact).within(kPatience));
  ASSERT_TRUE(node.ok()) << node.status();
  nodes_[id] = {*node, process};
}

void RemoteRing::kill(std::size_t process) {
  processes_.at(process)->process().kill();
  forget(process);
}

void RemoteRing::forget(std::size_t process) {
  std::erase_if(nodes_, [&](const auto& node) { return node.second.process == process; });
}

std::vector<chord::Table> RemoteRing::tables() {
  std::vector<Call<chord::Table>> calls;
  for (const auto& [id, node] : nodes_) calls.push_back(node.ref.table().within(5s));
  std::vector<chord::Table> tables;
  for (auto& answer : here_->ask_all(std::move(calls))) {
    if (answer.ok()) tables.push_back(*std::move(answer));
  }
  return tables;
}

Id RemoteRing::owner(Id key) const {
  const auto found = nodes_.lower_bound(key);
  return found == nodes_.end() ? nodes_.begin()->first : found->first;
}

Id RemoteRing::after(Id id) const {
  const auto found = nodes_.upper_bound(id);
  return found == nodes_.end() ? nodes_.begin()->first : found->first;
}

std::string RemoteRing::difference(bool fingers) {
  const std::vector<chord::Table> all = tables();
  if (all.size() != nodes_.size()) {
    return absl::StrCat("only ", all.size(), " of ", nodes_.size(), " nodes answer");
  }
  const chord::Circle circle(options_.bits);
  for (const chord::Table& table : all) {
    std::vector<Id> successors;
    const std::size_t length = std::min<std::size_t>(options_.successors, nodes_.size() - 1);
    for (Id id = table.id; successors.size() < length;) successors.push_back(id = after(id));
    if (table.successors != successors) {
      return absl::StrCat("node ", table.id, ": successors are ",
                          absl::StrJoin(table.successors, " "), ", not ",
                          absl::StrJoin(successors, " "));
    }
    if (!table.predecessor || after(*table.predecessor) != table.id) {
      return absl::StrCat("node ", table.id, ": predecessor is ",
                          table.predecessor ? absl::StrCat(*table.predecessor) : "none");
    }
    for (int i = 0; fingers && i < options_.bits; ++i) {
      const Id right = owner(circle.wrap(table.id + (Id{1} << i)));
      const Id found = table.fingers.at(static_cast<std::size_t>(i));
      if (found != right) {
        return absl::StrCat("node ", table.id, ": finger ", i, " is ", found, ", not ", right);
      }
    }
  }
  return "";
}

bool RemoteRing::settles(bool fingers) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!difference(fingers).empty()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(50ms);
  }
  return true;
}

absl::StatusOr<chord::Found> RemoteRing::find(Id from, Id key) {
  return here_->ask(nodes_.at(from).ref.lookup(key).within(kPatience));
}

std::string RemoteRing::wrong_lookups(std::uint64_t seed, int count) {
  Random random(seed);
  const chord::Circle circle(options_.bits);
  std::vector<Call<chord::Found>> calls;
  std::vector<Id> keys;
  for (int i = 0; i < count; ++i) {
    const auto from =
        std::next(nodes_.begin(), static_cast<std::ptrdiff_t>(random.below(nodes_.size())));
    keys.push_back(circle.wrap(random()));
    calls.push_back(from->second.ref.lookup(keys.back()).within(kPatience));
  }
  const auto answers = here_->ask_all(std::move(calls));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i].ok()) return absl::StrCat(keys[i], ": ", answers[i].status().ToString());
    if (answers[i]->owner.id != owner(keys[i])) {
      return absl::StrCat(keys[i], " is owned by ", owner(keys[i]), ", and not by ",
                          answers[i]->owner.id);
    }
  }
  return "";
}

}  // namespace troupe::remote_test
