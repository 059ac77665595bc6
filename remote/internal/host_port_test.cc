// Addresses and names that come as text.
#include "remote/internal/host_port.h"

#include <string>

#include "gtest/gtest.h"

namespace troupe::internal {
namespace {

TEST(HostPortTest, AHostAndAPortAreAnAddressAndNothingElseIs) {
  for (const char* good : {"127.0.0.1:7000", "10.0.0.1:0", "localhost:65535", "[::1]:7000", "n7:1",
                           "node-7.example.org:7000", "unix:7000", "[fe80::1]:1"}) {
    EXPECT_TRUE(HostPort::parse(good)) << good;
    EXPECT_TRUE(check_host_port("it", good).ok()) << good;
  }
  for (const char* bad : {"",
                          ":",
                          "7000",
                          ":7000",
                          "localhost",
                          "localhost:",
                          "localhost:x",
                          "localhost:65536",
                          "localhost:-1",
                          "localhost:+1",
                          "localhost: 1",
                          "a:b:1",
                          "::1:7000",
                          "[::1]",
                          "[x]:1",
                          "unix:/tmp/socket",
                          "unix:///tmp/s:1",
                          "dns:///localhost:1",
                          "xds:///a:1",
                          "ipv4:1.2.3.4:1",
                          "1.2.3:7000",
                          "1.2.3.4.5:1",
                          "999.1.1.1:1",
                          "a b:1",
                          "a/b:1",
                          "a#1:1",
                          "a@b:1",
                          "-a:1",
                          "localhost:000001",
                          "a\n:1",
                          "\xff:1"}) {
    EXPECT_FALSE(HostPort::parse(bad)) << bad;
    EXPECT_EQ(check_host_port("it", bad).code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(HostPortTest, LoopbackIsDecidedByTheAddressAndNotByItsSpelling) {
  for (const char* loopback : {"127.0.0.1:1", "127.255.3.4:1", "localhost:1", "LOCALHOST:1",
                               "[::1]:1", "[0:0:0:0:0:0:0:1]:1", "[::ffff:127.0.0.1]:1"}) {
    EXPECT_TRUE(HostPort::parse(loopback)->is_loopback()) << loopback;
  }
  for (const char* other : {"127.evil.example:1", "127.0.0.1.example.org:1", "128.0.0.1:1",
                            "localhost.example.org:1", "[::2]:1", "0.0.0.0:1", "[::]:1"}) {
    const auto address = HostPort::parse(other);
    ASSERT_TRUE(address) << other;
    EXPECT_FALSE(address->is_loopback()) << other;
  }
  for (const char* any : {"0.0.0.0:1", "[::]:1", "[0:0::0]:1"}) {
    EXPECT_TRUE(HostPort::parse(any)->is_any()) << any;
  }
  EXPECT_FALSE(HostPort::parse("10.0.0.0:1")->is_any());
}

TEST(HostPortTest, GrpcTakesANameForNothingButAName) {
  EXPECT_EQ(HostPort::parse("unix:7000")->grpc_target(), "dns:///unix:7000");
  EXPECT_EQ(HostPort::parse("127.0.0.1:7000")->grpc_target(), "127.0.0.1:7000");
  EXPECT_EQ(HostPort::parse("[::1]:7000")->grpc_target(), "[::1]:7000");
}

TEST(HostPortTest, ANameIsShortPrintableUtf8) {
  EXPECT_TRUE(is_good_name("one"));
  EXPECT_TRUE(is_good_name("zwölf ★"));
  for (const std::string& bad :
       {std::string(), std::string("a\nb"), std::string("a\0b", 3), std::string("\xff"),
        std::string("\xc0\x80"), std::string("\xed\xa0\x80"), std::string("\xe2\x80\xae"),
        std::string("\xc2\x85"), std::string("\x7f"), std::string(257, 'a')}) {
    EXPECT_FALSE(is_good_name(bad)) << bad;
  }
  EXPECT_EQ(printable("a\nb\xff\x1b[1m \xe2\x80\xae zwölf", 100),
            "a\\x0ab\\xff\\x1b[1m \\xe2\\x80\\xae zwölf");
  EXPECT_EQ(printable(std::string(100, 'x'), 10), "xxxxxxxxxx...");
}

}  // namespace
}  // namespace troupe::internal
