// Attributes of an actor, read and written by messages.
#include <string>
#include <vector>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;
using testing::HasSubstr;

struct Room {
  std::string name;
  int floor = 0;
  FIELDS(name, floor)
  friend bool operator==(const Room&, const Room&) = default;
};
struct Place {
  std::string city;
  Room room;
  FIELDS(city, room)
  friend bool operator==(const Place&, const Place&) = default;
};

ACTOR_METHODS(Lamp, brightness, place, history, twice, slow_twice)

class Lamp : public Actor<Lamp> {
 public:
  Attribute<int> brightness = 5;
  Attribute<Place> place;
  Attribute<std::vector<std::string>> history;

  Sync<int> twice() { return brightness * 2; }
  // Keeps the turn: what is written meanwhile waits.
  Sync<int> slow_twice() {
    const int before = brightness;
    co_await sleep(100ms);
    co_return before + brightness;
  }
};

ACTOR_METHODS(Reader, read_and_write)

class Reader : public Actor<Reader> {
 public:
  explicit Reader(Ref<Lamp> lamp) : lamp_(lamp) {}
  Sync<std::vector<int>> read_and_write() {
    const int before = co_await lamp_.brightness();
    const int set = co_await lamp_.brightness(before + 1);
    lamp_.brightness(set + 1).tell();
    const int after = co_await lamp_.brightness();
    co_return std::vector<int>{before, set, after};
  }

 private:
  Ref<Lamp> lamp_;
};

class Attributes : public ConformanceTest {
 protected:
  Ref<Lamp> spawn_lamp() { return world().spawn<Lamp>(world().add_host()); }
};
ON_EVERY_RUNTIME(Attributes);

TEST_P(Attributes, AreReadAndWrittenByOthers) {
  const Ref<Lamp> lamp = spawn_lamp();
  const Ref<Reader> reader = world().spawn<Reader>(world().add_host(), lamp);
  EXPECT_THAT(world().ask(reader.read_and_write()), Gives(ElementsAre(5, 6, 7)));
  EXPECT_THAT(world().ask(lamp.twice()), Gives(14)) << "the actor sees what was written";
}

TEST_P(Attributes, AreWrittenInTheActorsTurn) {
  const Ref<Lamp> lamp = spawn_lamp();
  Question<int> slow = world().begin(lamp.slow_twice());
  Question<int> write = world().begin(lamp.brightness(100));
  world().run_for(50ms);
  EXPECT_FALSE(write.done()) << "a method keeps the turn";
  world().settle();
  EXPECT_THAT(slow.answer(), Gives(10));
  EXPECT_THAT(write.answer(), Gives(100));
}

TEST_P(Attributes, MayBeStructsWhoseFieldsAreReachable) {
  const Ref<Lamp> lamp = spawn_lamp();
  const Place place{"Pisa", {"hall", 1}};
  EXPECT_THAT(world().ask(lamp.place(place)), Gives(place));
  EXPECT_THAT(world().ask(lamp.place(field<&Place::city>("Rome"))), Succeeds());
  EXPECT_THAT(world().ask(lamp.place(field<&Place::room, &Room::floor>(3))), Succeeds());
  EXPECT_THAT(world().ask(lamp.place()), Gives(Place{"Rome", {"hall", 3}}));
  EXPECT_EQ(world().ask(lamp.place())->room.floor, 3);
}

TEST_P(Attributes, RefuseAPartThatTheyDoNotHave) {
  const Ref<Lamp> lamp = spawn_lamp();
  EXPECT_THAT(world().ask(lamp.place(FieldChange<Place>{{7}, ""})),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("no such part")));
  EXPECT_THAT(world().ask(lamp.place(FieldChange<Place>{{0}, "\xff"})),
              FailsWith(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(world().ask(lamp.place()), Gives(Place{})) << "nothing was written";
}

TEST_P(Attributes, ThatWereReadAreCopies) {
  const Ref<Lamp> lamp = spawn_lamp();
  EXPECT_THAT(world().ask(lamp.history(std::vector<std::string>{"on"})), Succeeds());
  absl::StatusOr<std::vector<std::string>> copy = world().ask(lamp.history());
  copy->push_back("off");
  EXPECT_THAT(world().ask(lamp.history()), Gives(ElementsAre("on")));
}

}  // namespace troupe::conformance
