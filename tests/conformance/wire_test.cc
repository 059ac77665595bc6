// Calls that come as bytes: what is wrong with them is a distinct error, and the actor lives.
#include "actor/internal/wire.h"

#include <string>

#include "tests/conformance/world.h"

namespace troupe::conformance {
using testing::HasSubstr;

ACTOR_METHODS(Adder, add, total)

class Adder : public Actor<Adder> {
 public:
  Async add(int amount, std::string reason) {
    static_cast<void>(reason);
    total_ += amount;
    return {};
  }
  Sync<int> total(int factor) { return total_ * factor; }

 private:
  int total_ = 0;
};

class Wire : public ConformanceTest {
 protected:
  // As a runtime does with what a peer sends.
  absl::StatusOr<int> call(const Ref<Adder>& adder, std::uint32_t method, std::string_view bytes) {
    absl::StatusOr<MessagePtr> message = internal::decode_call(actor_type<Adder>(), method, bytes);
    if (!message.ok()) return message.status();
    (*message)->target = id_of(adder);
    return world().ask(Call<int>(*std::move(message)));
  }
};
ON_EVERY_RUNTIME(Wire);

constexpr std::uint32_t kTotal = internal::method_id("Adder", "total");

TEST_P(Wire, CallsTheMethodOfTheId) {
  const Ref<Adder> adder = world().spawn<Adder>(world().add_host());
  world().act([&] { adder.add(3, "first"); });
  EXPECT_THAT(call(adder, kTotal, encode_fields(std::tuple(2))), Gives(6));
}

TEST_P(Wire, RefusesAMethodThatTheActorDoesNotHave) {
  const Ref<Adder> adder = world().spawn<Adder>(world().add_host());
  EXPECT_THAT(call(adder, internal::method_id("Adder", "subtract"), ""),
              FailsWith(absl::StatusCode::kUnimplemented, HasSubstr("Adder has no method 0x")));
  EXPECT_THAT(call(adder, internal::method_id("Other", "total"), ""),
              FailsWith(absl::StatusCode::kUnimplemented));
  EXPECT_THAT(world().ask(adder.total(1)), Gives(0)) << "it lives";
}

TEST_P(Wire, RefusesArgumentsThatAreNone) {
  const Ref<Adder> adder = world().spawn<Adder>(world().add_host());
  EXPECT_THAT(call(adder, kTotal, "\xff\xff"),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        HasSubstr("the arguments of Adder.total cannot be decoded")));
  EXPECT_THAT(call(adder, kTotal, encode_fields(std::tuple(std::string("two")))),
              FailsWith(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(world().ask(adder.total(1)), Gives(0)) << "it lives";
}

TEST_P(Wire, FindsWhatEveryActorHas) {
  EXPECT_NE(internal::find_method(actor_type<Adder>(), internal::method_id("Actor", "on_message")),
            nullptr);
  EXPECT_NE(internal::find_method(actor_type<Adder>(), internal::method_id("Actor", "on_request")),
            nullptr);
}

}  // namespace troupe::conformance
