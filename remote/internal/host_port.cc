// Texts that come from command lines and from other hosts.
#include "remote/internal/host_port.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "remote/internal/envelope.h"

namespace troupe::internal {

namespace {

constexpr std::size_t kLongestHostName = 253;  // of DNS

bool is_ipv4(const std::string& host) {
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool is_ipv6(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_dns_name(std::string_view host) {
  if (host.empty() || host.size() > kLongestHostName) return false;
  // What has digits and dots only is an IP address, or a mistake.
  if (std::all_of(host.begin(), host.end(),
                  [](char letter) { return absl::ascii_isdigit(letter) || letter == '.'; })) {
    return false;
  }
  return std::all_of(host.begin(), host.end(),
                     [](char letter) {
                       return absl::ascii_isalnum(static_cast<unsigned char>(letter)) ||
                              letter == '-' || letter == '.' || letter == '_';
                     }) &&
         host.front() != '.' && host.front() != '-';
}

// How many bytes the character at the beginning of the text has, which is not empty; 0: it is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what is beyond Unicode.
  const unsigned second = byte(1);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
      (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) {
    return 0;
  }
  return length;
}

bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (first < 0x20 || first == 0x7f) return true;
  const auto second = character.size() > 1 ? static_cast<unsigned char>(character[1]) : 0;
  if (first == 0xc2 && second < 0xa0) return true;  // C1
  // Separators of lines, and what turns the direction of writing.
  if (first != 0xe2 || character.size() < 3) return false;
  const auto third = static_cast<unsigned char>(character[2]);
  return (second == 0x80 && ((third >= 0xa8 && third <= 0xae) || third == 0x8e || third == 0x8f)) ||
         (second == 0x81 && third >= 0xa6 && third <= 0xa9);
}

}  // namespace

std::optional<HostPort> HostPort::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  HostPort address;
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.size() > 5) {
    return std::nullopt;
  }
  const std::string_view host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    address.host = std::string(host.substr(1, host.size() - 2));
    return is_ipv6(address.host) ? std::optional(address) : std::nullopt;
  }
  address.host = std::string(host);
  return is_ipv4(address.host) || is_dns_name(address.host) ? std::optional(address) : std::nullopt;
}

bool HostPort::is_ip() const { return is_ipv4(host) || is_ipv6(host); }

bool HostPort::is_loopback() const {
  if (absl::EqualsIgnoreCase(host, "localhost")) return true;
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  if (inet_pton(AF_INET6, host.c_str(), &six) != 1) return false;
  return IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127);
}

bool HostPort::is_any() const {
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return four.s_addr == INADDR_ANY;
  in6_addr six{};
  return inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_UNSPECIFIED(&six);
}

std::string HostPort::grpc_target() const {
  // An IP address cannot be taken for the scheme of a URI; a name can: "unix:7000".
  if (is_ipv6(host)) return absl::StrCat("[", host, "]:", port);
  return is_ipv4(host) ? absl::StrCat(host, ":", port) : absl::StrCat("dns:///", host, ":", port);
}

absl::Status check_host_port(std::string_view what, std::string_view text) {
  if (HostPort::parse(text)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(std::string(what),
                                                 " must be host:port, as in 127.0.0.1:7000, "
                                                 "and not '",
                                                 printable(text, kLongestName), "'"));
}

bool is_good_name(std::string_view text) {
  if (text.empty() || text.size() > kLongestName) return false;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0 || is_control(text.substr(0, length))) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view text, std::size_t most) {
  std::string shown;
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(utf8_length(text), 1);
    const bool good = utf8_length(text) != 0 && !is_control(text.substr(0, length));
    const std::string next = good ? std::string(text.substr(0, length)) : [&] {
      std::string escaped;
      for (const char byte : text.substr(0, length)) {
        absl::StrAppendFormat(&escaped, "\\x%02x", static_cast<unsigned char>(byte));
      }
      return escaped;
    }();
    if (shown.size() + next.size() > most) return shown + "...";
    shown += next;
    text.remove_prefix(length);
  }
  return shown;
}

}  // namespace troupe::internal
