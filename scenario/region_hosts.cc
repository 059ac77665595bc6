// Lists first, then numbers and percentages in the order of the file, then the rest.
#include "scenario/region_hosts.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "scenario/fraction.h"

namespace troupe::scenario {
namespace {

constexpr std::uint16_t kNowhere = ~std::uint16_t{0};
constexpr std::string_view kShareForms =
    "a percentage such as 20%, how many, a list of host numbers such as [0, 5], or 'rest'";

// What stands behind the name of one region.
struct Share {
  const Node* node = nullptr;
  std::uint16_t region = 0;
  std::optional<double> fraction = {};
  std::int64_t count = 0;
  bool is_rest = false;
};

// Gives hosts to regions, each once.
class Assignment {
 public:
  Assignment(Reader& reader, std::int64_t hosts)
      : reader_(reader), region_(static_cast<std::size_t>(hosts), kNowhere) {}

  void give_list(const Node& list, std::uint16_t region) {
    const auto most = static_cast<std::int64_t>(region_.size()) - 1;
    for (const Node* item : list.items) {
      const auto number = whole_number(0, most).read(reader_, *item, "a host number");
      if (!number) continue;
      std::uint16_t& here = region_[static_cast<std::size_t>(*number)];
      if (here != kNowhere) reader_.error(*item, absl::StrCat("host ", *number, " is given twice"));
      here = region;
    }
  }

  // The next of those that are in no region, in the order of their numbers.
  void give_next(std::int64_t count, std::uint16_t region) {
    for (; count > 0 && next_ < region_.size(); ++next_) {
      if (region_[next_] != kNowhere) continue;
      region_[next_] = region;
      --count;
    }
  }

  std::int64_t without_region() const {
    return std::count(region_.begin(), region_.end(), kNowhere);
  }

  std::shared_ptr<const std::vector<std::uint16_t>> take() {
    return std::make_shared<const std::vector<std::uint16_t>>(std::move(region_));
  }

 private:
  Reader& reader_;
  std::vector<std::uint16_t> region_;
  std::size_t next_ = 0;
};

std::optional<Share> read_share(Reader& reader, const Node& node, std::string_view what) {
  Share share{.node = &node};
  if (node.kind == Node::Kind::kText) {
    if (node.text == "rest") {
      share.is_rest = true;
      return share;
    }
    const Parsed<double> fraction = parse_probability(node.text);
    if (fraction.value && node.text.ends_with('%')) {
      share.fraction = fraction.value;
      return share;
    }
    const Parsed<std::int64_t> count = parse_integer(node.text);
    if (count.value && *count.value >= 0) {
      share.count = *count.value;
      return share;
    }
  }
  reader.refuse(node, what, kShareForms);
  return std::nullopt;
}

// Shares of `hosts` hosts, so that rounding loses and doubles none.
void give_shares(Reader& reader, const Node& map, const std::vector<Share>& shares,
                 std::int64_t hosts, Assignment& assignment) {
  const std::int64_t free = assignment.without_region();
  std::int64_t parts = 0;
  std::int64_t given = 0;
  std::int64_t asked = 0;
  const Share* rest = nullptr;
  for (const Share& share : shares) {
    std::int64_t count = share.count;
    if (share.fraction) {
      parts += decimal_parts(*share.fraction);
      const std::int64_t until = part_rounded(parts, hosts);
      count = until - given;
      given = until;
    }
    if (share.is_rest && rest != nullptr) reader.error(*share.node, "'rest' is given twice");
    if (share.is_rest) rest = &share;
    asked += std::min(count, hosts + 1);
    if (asked <= free) assignment.give_next(count, share.region);
  }
  if (asked > free) {
    reader.error(map,
                 absl::StrCat("the regions ask for more hosts than there are, ", written(hosts)));
    return;
  }
  if (rest != nullptr) assignment.give_next(assignment.without_region(), rest->region);
  const std::int64_t left = assignment.without_region();
  if (left > 0) {
    reader.error(
        map, absl::StrCat(written(left), left == 1 ? " host is" : " hosts are", " in no region"),
        "give one region the 'rest'");
  }
}

}  // namespace

void read_region_hosts(Reader& reader, const Node& node, std::string_view what, const Facts& facts,
                       Regions& regions) {
  if (node.kind == Node::Kind::kText && node.text == "round_robin") return;
  if (node.kind != Node::Kind::kMap) {
    reader.refuse(node, what, kRegionHosts);
    return;
  }
  if (regions.table == nullptr || !facts.hosts) return;  // That has been told.
  const std::vector<std::string>& names = regions.table->names;
  Assignment assignment(reader, *facts.hosts);
  std::vector<Share> shares;
  bool all_read = true;
  for (const Node::Entry& entry : node.entries) {
    const auto name = std::find(names.begin(), names.end(), entry.key->text);
    if (name == names.end()) {
      reader.error(*entry.key,
                   absl::StrCat(in_quotes(entry.key->text), " is no region of the file"),
                   did_you_mean(entry.key->text, names));
      all_read = false;
      continue;
    }
    const auto region = static_cast<std::uint16_t>(name - names.begin());
    if (entry.value->kind == Node::Kind::kList) {
      assignment.give_list(*entry.value, region);
      continue;
    }
    std::optional<Share> share = read_share(reader, *entry.value, in_quotes(*name));
    if (!share) {
      all_read = false;
      continue;
    }
    share->region = region;
    shares.push_back(*share);
  }
  if (!all_read) return;
  give_shares(reader, node, shares, *facts.hosts, assignment);
  regions.of_host = assignment.take();
}

}  // namespace troupe::scenario
