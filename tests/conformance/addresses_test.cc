// Actors as text: addresses to and fro, and refs that are looked up when they are needed.
#include "actor/address.h"

#include <string>
#include <vector>

#include "actor/lazy_ref.h"
#include "actor/names.h"
#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::HasSubstr;
using testing::StartsWith;

ACTOR_METHODS(Librarian, books, end)

class Librarian : public Actor<Librarian> {
 public:
  explicit Librarian(int books = 0) : books_(books) {}
  Sync<int> books() { return books_; }
  Async end() {
    stop();
    return {};
  }

 private:
  int books_;
};

ACTOR_METHODS(Shelf, colour)

class Shelf : public Actor<Shelf> {
 public:
  Sync<std::string> colour() { return "green"; }
};

ACTOR_METHODS(Reader, address, books_at, books, missing, ref)

class Reader : public Actor<Reader> {
 public:
  explicit Reader(std::string address = "troupe://n1/librarian") : librarian_(std::move(address)) {}

  Sync<std::string> address(Ref<Librarian> librarian) { return address_of(librarian); }
  Sync<int> books_at(std::string address) {
    const Ref<Librarian> librarian = co_await resolve<Librarian>(address);
    co_return co_await librarian.books();
  }
  // Through a ref that is looked up when it is needed.
  Sync<int> books() {
    co_return co_await librarian_.call([](Ref<Librarian> librarian) { return librarian.books(); });
  }
  // The callee's own NOT_FOUND is passed on, and the call is not repeated.
  Sync<int> missing() {
    int calls = 0;
    absl::StatusOr<int> answer = co_await librarian_
                                     .call([&](Ref<Librarian> librarian) {
                                       ++calls;
                                       return librarian.books().within(1ns);
                                     })
                                     .status_or();
    co_return calls * 100 + static_cast<int>(answer.status().code());
  }
  Sync<Ref<Librarian>> ref() { return librarian_.get(); }

 private:
  LazyRef<Librarian> librarian_;
};

class Addresses : public ConformanceTest {
 protected:
  absl::StatusOr<int> books_at(std::string address) {
    return world().ask(reader_.books_at(address));
  }

  HostId here_ = world().add_host();
  HostId there_ = world().add_host();
  Ref<Reader> reader_ = world().spawn<Reader>(here_);
  Ref<Librarian> librarian_ = world().spawn<Librarian>(there_, 12);
  Names names_there_ = Names(world().system(), there_);
};
ON_EVERY_RUNTIME(Addresses);

TEST_P(Addresses, LeadToTheVeryActorThatTheyAreOf) {
  const absl::StatusOr<std::string> address = world().ask(reader_.address(librarian_));
  ASSERT_THAT(address, Gives(StartsWith("troupe://n1/Librarian/")));
  EXPECT_EQ(*address, address_of(world().system(), DynamicRef(librarian_)));
  EXPECT_THAT(resolve(world().system(), *address), Gives(DynamicRef(librarian_)));
  EXPECT_THAT(books_at(*address), Gives(12));
}

TEST_P(Addresses, OfAnActorThatHasEndedReachNobody) {
  const std::string address = address_of(world().system(), DynamicRef(librarian_));
  world().act([&] { librarian_.end(); });
  world().settle();
  world().spawn<Librarian>(there_, 13);
  EXPECT_THAT(books_at(address), FailsWith(absl::StatusCode::kNotFound));
}

TEST_P(Addresses, ByNameLeadToWhoeverHasItNow) {
  EXPECT_THAT(names_there_.bind("librarian", librarian_), Succeeds());
  EXPECT_THAT(books_at("troupe://n1/librarian"), Gives(12));
  EXPECT_THAT(
      names_there_.bind("librarian", world().spawn<Librarian>(there_, 13), IfTaken::kReplace),
      Succeeds());
  EXPECT_THAT(books_at("troupe://n1/librarian"), Gives(13));
  EXPECT_THAT(resolve(world().system(), "troupe://n1/librarian"), Succeeds());
}

TEST_P(Addresses, ByNameWorkOnOnesOwnHost) {
  const Ref<Librarian> own = world().spawn<Librarian>(here_, 5);
  EXPECT_THAT(Names(world().system(), here_).bind("my / own%", own), Succeeds());
  EXPECT_THAT(books_at("troupe://n0/my%20%2F%20own%25"), Gives(5));
  EXPECT_EQ((Address{.host = "n0", .name = "my / own%"}).text(), "troupe://n0/my%20%2F%20own%25");
}

TEST_P(Addresses, OfNobodyAreErrorsOfTheirOwn) {
  EXPECT_THAT(names_there_.bind("shelf", world().spawn<Shelf>(there_)), Succeeds());
  EXPECT_THAT(books_at("troupe://n9/librarian"),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("no host 'n9'")));
  EXPECT_THAT(books_at("troupe://n1/shelv"),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("did you mean 'shelf'?")));
  EXPECT_THAT(books_at("troupe://n1/shelf"),
              FailsWith(absl::StatusCode::kFailedPrecondition,
                        "troupe://n1/shelf is a Shelf, not a Librarian"));
  EXPECT_THAT(books_at("troupe://n1/Shelf/0.1"), FailsWith(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(address_of(world().system(), DynamicRef(Ref<Shelf>())), "");
}

TEST_P(Addresses, ThatAreNoneSayWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"", "does not begin with troupe://"},
      {"http://n1/librarian", "does not begin with troupe://"},
      {"troupe://", "no host"},
      {"troupe:///librarian", "no host"},
      {"troupe://n1", "no actor"},
      {"troupe://n1/", "is empty"},
      {"troupe://n1/a/1.2/c", "too many parts"},
      {"troupe://n1/Librarian/1", "two numbers"},
      {"troupe://n1/Librarian/1.2.3", "two numbers"},
      {"troupe://n1/Librarian/-1.2", "two numbers"},
      {"troupe://n1/Librarian/1.0", "two numbers"},
      {"troupe://n1/Librarian/1.4294967296", "two numbers"},
      {"troupe://n1/a%2", "hexadecimal"},
      {"troupe://n1/a%zz", "hexadecimal"},
  };
  for (const auto& [text, why] : wrong) {
    EXPECT_THAT(books_at(text), FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr(why)));
  }
}

TEST_P(Addresses, CanHaveAPortInTheirHost) {
  const absl::StatusOr<Address> address = Address::parse("troupe://example.org:4711/Shelf/3.4");
  EXPECT_THAT(address, Gives(Address{.host = "example.org:4711",
                                     .name = {},
                                     .class_name = "Shelf",
                                     .index = 3,
                                     .incarnation = 4}));
  EXPECT_EQ(address->text(), "troupe://example.org:4711/Shelf/3.4");
}

// --- Lazy refs -----------------------------------------------------------------------------------

TEST_P(Addresses, CanBeLookedUpWhenTheyAreFirstNeeded) {
  EXPECT_THAT(world().ask(reader_.books()), FailsWith(absl::StatusCode::kNotFound));
  EXPECT_THAT(names_there_.bind("librarian", librarian_), Succeeds());
  EXPECT_THAT(world().ask(reader_.books()), Gives(12));
  EXPECT_THAT(world().ask(reader_.ref()), Gives(librarian_));
}

TEST_P(Addresses, AreLookedUpAgainWhereTheActorHasEnded) {
  EXPECT_THAT(names_there_.bind("librarian", librarian_), Succeeds());
  EXPECT_THAT(world().ask(reader_.books()), Gives(12));
  world().act([&] { librarian_.end(); });
  world().settle();
  EXPECT_THAT(world().ask(reader_.books()),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("'librarian'")));
  EXPECT_THAT(names_there_.spawn<Librarian>("librarian", 14), Succeeds());
  EXPECT_THAT(world().ask(reader_.books()), Gives(14));
}

TEST_P(Addresses, AreNotLookedUpAgainForOtherFailures) {
  EXPECT_THAT(names_there_.bind("librarian", librarian_), Succeeds());
  EXPECT_THAT(world().ask(reader_.missing()),
              Gives(100 + static_cast<int>(absl::StatusCode::kDeadlineExceeded)));
}

}  // namespace troupe::conformance
