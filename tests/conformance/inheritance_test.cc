// Actor classes that extend others: their methods, their Refs, their names.
#include <string>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::ElementsAre;
using testing::HasSubstr;

ACTOR_METHODS(Animal, speak, legs, name_of_type)

class Animal : public Actor<Animal> {
 public:
  virtual Sync<std::string> speak() { return "..."; }
  Sync<int> legs() { return legs_; }
  Sync<std::string> name_of_type() { return std::string(type().name); }

 protected:
  int legs_ = 4;
};

ACTOR_METHODS_WITH_BASE(Dog, Animal, fetch, bark_soon, bark, barks)

class Dog : public Actor<Dog, Animal> {
 public:
  explicit Dog(std::string voice = "wuff") : voice_(std::move(voice)) {}
  Sync<std::string> speak() override { return voice_; }
  Sync<std::string> fetch(std::string what) {
    co_await sleep(1ms);
    co_return what;
  }
  Async bark_soon() {
    const Ref<Dog> me = self();
    me.bark();
    after(1ms, &Dog::bark);
    return {};
  }
  Async bark() {
    ++barks_;
    return {};
  }
  Sync<int> barks() { return barks_; }

 private:
  std::string voice_;
  int barks_ = 0;
};

ACTOR_METHODS_WITH_BASE(Puppy, Dog, age)

class Puppy : public Actor<Puppy, Dog> {
 public:
  Puppy() : Actor("wiff") {}
  Sync<int> age() { return 1; }
};

// Adds no method: says no more than what it is.
class Cat : public Animal {
 public:
  explicit Cat(std::string voice) : voice_(std::move(voice)) {}
  Sync<std::string> speak() override { return voice_; }

 private:
  std::string voice_;
};

class Snake : public Actor<Snake, Animal> {
 public:
  Snake() { legs_ = 0; }
  Sync<std::string> speak() override {
    co_await sleep(1ms);
    co_return "sss";
  }
};

ACTOR_METHODS(Zoo, open, hear_all)

class Zoo : public Actor<Zoo> {
 public:
  Async open() {
    animals_.push_back(spawn<Dog>());
    animals_.push_back(spawn<Puppy>());
    animals_.push_back(spawn<Cat>("miau"));
    animals_.push_back(spawn<Snake>());
    animals_.push_back(spawn<Animal>());
    return {};
  }
  Sync<std::vector<std::string>> hear_all() {
    std::vector<std::string> voices;
    for (const Ref<Animal>& animal : animals_) voices.push_back(co_await animal.speak());
    co_return voices;
  }

 private:
  std::vector<Ref<Animal>> animals_;
};

class Inheritance : public ConformanceTest {};
ON_EVERY_RUNTIME(Inheritance);

TEST_P(Inheritance, CallsTheOverriddenMethodThroughARefToTheBase) {
  const Ref<Zoo> zoo = world().spawn<Zoo>(world().add_host());
  world().act([&] { zoo.open(); });
  EXPECT_THAT(world().ask(zoo.hear_all()),
              Gives(ElementsAre("wuff", "wiff", "miau", "sss", "...")));
}

TEST_P(Inheritance, GivesARefAllMethodsOfTheBase) {
  const Ref<Puppy> puppy = world().spawn<Puppy>(world().add_host());
  EXPECT_THAT(world().ask(puppy.age()), Gives(1));
  EXPECT_THAT(world().ask(puppy.fetch("stick")), Gives("stick"));
  EXPECT_THAT(world().ask(puppy.legs()), Gives(4));
  EXPECT_THAT(world().ask(puppy.speak()), Gives("wiff"));
  EXPECT_THAT(world().ask(world().spawn<Snake>(world().add_host()).legs()), Gives(0));
}

TEST_P(Inheritance, LeavesAnActorItsOwnSelfAndTimers) {
  const Ref<Dog> dog = world().spawn<Dog>(world().add_host());
  world().act([&] { dog.bark_soon(); });
  world().settle();
  EXPECT_THAT(world().ask(dog.barks()), Gives(2));
}

TEST_P(Inheritance, KeepsEachActorsOwnName) {
  const HostId host = world().add_host();
  EXPECT_THAT(world().ask(world().spawn<Dog>(host).name_of_type()), Gives("Dog"));
  EXPECT_THAT(world().ask(world().spawn<Puppy>(host).name_of_type()), Gives("Puppy"));
  EXPECT_THAT(world().ask(world().spawn<Cat>(host, "miau").name_of_type()), Gives("Cat"));
  EXPECT_THAT(world().ask(world().spawn<Snake>(host).name_of_type()), Gives("Snake"));
  EXPECT_THAT(world().ask(world().spawn<Animal>(host).name_of_type()), Gives("Animal"));
  const Ref<Cat> cat = world().spawn<Cat>(host, "miau");
  EXPECT_THAT(world().name_of(id_of(cat)), HasSubstr("Cat"));
}

TEST_P(Inheritance, IsKnownToTheTypes) {
  EXPECT_TRUE(is_a(actor_type<Puppy>(), actor_type<Animal>()));
  EXPECT_TRUE(is_a(actor_type<Cat>(), actor_type<Animal>()));
  EXPECT_TRUE(is_a(actor_type<Dog>(), actor_type<Dog>()));
  EXPECT_FALSE(is_a(actor_type<Animal>(), actor_type<Dog>()));
  EXPECT_EQ(actor_type<Puppy>().methods.size(), 8u) << "own ones and inherited ones";
}

TEST_P(Inheritance, TurnsRefsOnlyIntoThoseOfTheBase) {
  EXPECT_TRUE((std::is_convertible_v<Ref<Puppy>, Ref<Animal>>));
  EXPECT_TRUE((std::is_convertible_v<Ref<Cat>, Ref<Animal>>));
  EXPECT_TRUE((std::is_convertible_v<Ref<Snake>, Ref<Animal>>));
  EXPECT_TRUE((std::is_convertible_v<Ref<Cat>, AnyRef>));
  EXPECT_FALSE((std::is_convertible_v<Ref<Animal>, Ref<Dog>>));
  EXPECT_FALSE((std::is_convertible_v<Ref<Animal>, Ref<Cat>>));
  EXPECT_FALSE((std::is_convertible_v<Ref<Dog>, Ref<Cat>>));
  EXPECT_FALSE((std::is_convertible_v<AnyRef, Ref<Animal>>));
  const Ref<Dog> dog = world().spawn<Dog>(world().add_host());
  EXPECT_TRUE(Ref<Animal>(dog) == dog) << "still the same actor";
}

TEST_P(Inheritance, OfARefInATermIsAskedFor) {
  const Ref<Dog> dog = world().spawn<Dog>(world().add_host());
  const Term term = dog;
  EXPECT_EQ(term.as<Ref<Animal>>(), Ref<Animal>(dog));
  EXPECT_EQ(term.as<AnyRef>(), AnyRef(dog));
  EXPECT_FALSE(term.as<Ref<Puppy>>());
  EXPECT_FALSE(term.as<Ref<Zoo>>());
}

}  // namespace troupe::conformance
