// LazyRef<A>: an actor by its address, looked up when it is first called; also on another host.
//
//   LazyRef<Printer> printer_{"troupe://n2/printer"};
//   const int pages = co_await printer_.call([&](Ref<Printer> to) { return to.print(text); });
//   const Ref<Printer> printer = co_await printer_.get();
//
// A call that fails with NOT_FOUND makes it look again, once: where another actor has the name by
// now, that one is called. To look at once, in an actor:
//
//   const Ref<Printer> printer = co_await resolve<Printer>("troupe://n2/printer");
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "actor/address.h"
#include "actor/host.h"
#include "actor/method.h"
#include "actor/names.h"
#include "actor/ref.h"

namespace troupe {

namespace internal {

// What awaiting a call gives.
template <class T>
Sync<T> as_sync(const Call<T>&);

template <class A>
absl::StatusOr<Ref<A>> at_address(std::string_view text, absl::StatusOr<Ref<A>> found) {
  if (found.ok()) return found;
  return absl::Status(found.status().code(),
                      absl::StrCat(std::string(text), " ", std::string(found.status().message())));
}

}  // namespace internal

// In an actor. Names of its own host it knows, other hosts are asked.
template <class A>
Sync<Ref<A>> resolve(std::string text) {
  const ActorBase& self = *internal::current_activation->actor;
  Runtime& runtime = self.runtime();
  const Address address = co_await Address::parse(text);
  const HostId host = co_await internal::host_of(runtime, address);
  DynamicRef found;
  if (address.name.empty()) {
    found = DynamicRef(ActorId{host, address.index, address.incarnation}, address.class_name);
  } else if (host == self.id().host) {
    found = co_await Names(runtime, host).lookup_any(address.name);
  } else {
    found = co_await host_of(host).lookup(address.name);
  }
  co_return internal::at_address(text, found.as<A>());
}

template <class A>
class LazyRef {
 public:
  explicit LazyRef(std::string address) : address_(std::move(address)) {}

  // The actor as it was found the last time; else it is looked for now. The LazyRef stays where it
  // is meanwhile: it is a member of the actor that waits.
  Sync<Ref<A>> get() {
    if (!ref_) {
      const Ref<A> found = co_await resolve<A>(address_);
      ref_ = found;
    }
    co_return ref_;
  }
  // The next get() looks again.
  void forget() { ref_ = {}; }

  // `make_call` makes a call to the ref that it is given.
  template <class MakeCall>
  auto call(MakeCall make_call) -> decltype(internal::as_sync(make_call(Ref<A>()))) {
    using T = typename decltype(internal::as_sync(make_call(Ref<A>())))::Result;
    const Ref<A> first = co_await get();
    absl::StatusOr<internal::Value<T>> answer = co_await make_call(first).status_or();
    if (absl::IsNotFound(answer.status())) {
      forget();
      const Ref<A> second = co_await get();
      if (second != first) answer = co_await make_call(second).status_or();
    }
    if constexpr (std::is_void_v<T>) {
      co_await answer.status();
    } else {
      co_return answer;
    }
  }

 private:
  std::string address_;
  Ref<A> ref_;
};

}  // namespace troupe
