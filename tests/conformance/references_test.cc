// Refs are values: they travel, compare, and reach the same actor from anywhere.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {

ACTOR_METHODS(Member, name, directory, am_i, introduce)

// Refs in every kind of value.
struct Directory {
  Ref<Member> first;
  std::optional<Ref<Member>> maybe;
  std::optional<Ref<Member>> nobody;
  std::vector<Ref<Member>> all;
  std::map<std::string, Ref<Member>> by_name;
  std::map<Ref<Member>, int> ages;
  Ref<Member> empty;
  FIELDS(first, maybe, nobody, all, by_name, ages, empty)
  friend bool operator==(const Directory&, const Directory&) = default;
};

class Member : public Actor<Member> {
 public:
  explicit Member(std::string name) : name_(std::move(name)) {}

  Sync<std::string> name() { return name_; }
  // Gives back what it got, with the names of all whom it could ask through it.
  Sync<std::pair<Directory, std::string>> directory(Directory directory) {
    std::string names;
    for (const Ref<Member>& member : directory.all) names += co_await member.name();
    names += co_await directory.first.name();
    names += co_await directory.maybe->name();
    for (const auto& [name, member] : directory.by_name) names += name + co_await member.name();
    for (const auto& [member, age] : directory.ages) names += co_await member.name();
    co_return std::pair(directory, names);
  }
  Sync<bool> am_i(Ref<Member> member) { return member == self(); }
  Sync<Ref<Member>> introduce() { return self(); }

 private:
  std::string name_;
};

class References : public ConformanceTest {
 protected:
  Ref<Member> ann_ = world().spawn<Member>(world().add_host(), "a");
  Ref<Member> bob_ = world().spawn<Member>(world().add_host(), "b");
  Ref<Member> cid_ = world().spawn<Member>(world().add_host(), "c");
};
ON_EVERY_RUNTIME(References);

TEST_P(References, TravelInAnyValueAndCanBeUsedThere) {
  const Directory directory = {.first = bob_,
                               .maybe = bob_,
                               .nobody = std::nullopt,
                               .all = {bob_, cid_},
                               .by_name = {{"x", bob_}, {"y", cid_}},
                               .ages = {{bob_, 3}, {cid_, 4}},
                               .empty = {}};
  const auto answer = world().ask(ann_.directory(directory));
  ASSERT_THAT(answer, Succeeds());
  EXPECT_TRUE(answer->first == directory);
  EXPECT_EQ(answer->second, "bcbbxbycbc");
}

TEST_P(References, AreEqualWhereTheyReferToTheSameActor) {
  EXPECT_THAT(world().ask(ann_.introduce()), Gives(ann_));
  EXPECT_THAT(world().ask(ann_.am_i(ann_)), Gives(true));
  EXPECT_THAT(world().ask(ann_.am_i(bob_)), Gives(false));
  EXPECT_NE(ann_, bob_);
}

TEST_P(References, AreOrderedAndHashable) {
  const std::vector<Ref<Member>> refs = {Ref<Member>(), ann_, bob_, cid_,
                                         world().spawn<Member>(id_of(ann_).host, "d")};
  EXPECT_EQ(absl::flat_hash_set<Ref<Member>>(refs.begin(), refs.end()).size(), refs.size());
  for (const Ref<Member>& a : refs) {
    for (const Ref<Member>& b : refs) EXPECT_EQ((a < b) + (b < a) + (a == b), 1);
  }
}

TEST_P(References, ToNobodyAreFalse) {
  EXPECT_FALSE(Ref<Member>());
  EXPECT_TRUE(ann_);
}

TEST_P(References, AreNamedForPeople) {
  EXPECT_EQ(world().name_of(id_of(ann_)), "Member@n0");
  EXPECT_EQ(world().name_of(ActorId{}), "nobody");
}

}  // namespace troupe::conformance
