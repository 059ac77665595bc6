// Nearest spellings, and messages that stay on one line.
#include "scenario/diagnostic.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace troupe::scenario {
namespace {

// The same by its definition, and slow.
int slow_distance(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return static_cast<int>(a.size() + b.size());
  const std::string a1 = a.substr(1);
  const std::string b1 = b.substr(1);
  int best = std::min({slow_distance(a1, b) + 1, slow_distance(a, b1) + 1,
                       slow_distance(a1, b1) + (a[0] == b[0] ? 0 : 1)});
  if (a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0]) {
    best = std::min(best, slow_distance(a.substr(2), b.substr(2)) + 1);
  }
  return best;
}

TEST(EditDistance, IsThatOfItsDefinition) {
  std::vector<std::string> words = {""};
  for (std::size_t i = 0; i < words.size() && words[i].size() < 4; ++i) {
    for (const char letter : {'a', 'b', 'c'}) words.push_back(words[i] + letter);
  }
  for (const std::string& a : words) {
    for (const std::string& b : words) {
      ASSERT_EQ(edit_distance(a, b), slow_distance(a, b)) << a << " " << b;
    }
  }
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> known = {"latency", "loss", "hosts", "at_most"};
  EXPECT_EQ(nearest("latncy", known), "latency");
  EXPECT_EQ(nearest("LATENCY", known), "latency");
  EXPECT_EQ(nearest("lsos", known), "loss");
  EXPECT_EQ(nearest("atmost", known), "at_most");
  EXPECT_EQ(nearest("bandwidth", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest("x", std::vector<std::string>{"y"}), "");
  EXPECT_EQ(nearest(std::string(1'000'000, 'l'), known), "");
}

TEST(Nearest, IsToldWithWhatIsAllowed) {
  const std::vector<std::string> known = {"latency", "loss"};
  EXPECT_EQ(did_you_mean("los", known), "did you mean 'loss'? allowed: latency, loss");
  EXPECT_EQ(did_you_mean("xyz", known), "allowed: latency, loss");
  EXPECT_EQ(did_you_mean("xyz", {}), "nothing is allowed here");
  EXPECT_TRUE(did_you_mean("xyz", std::vector<std::string>(50, "word")).ends_with("and 10 more"));
}

TEST(Diagnostics, AreOneLine) {
  EXPECT_EQ(to_string(Diagnostic{{"a\nb", 3, 4}, "wrong", "mend it"}), "a\\nb:3:4: wrong; mend it");
  EXPECT_EQ(to_string(Diagnostic{{"--set x=1", 0, 0}, "wrong", ""}), "--set x=1: wrong");
  EXPECT_EQ(in_quotes("a\tb\nc\x01"), "'a\\tb\\nc\\x01'");
}

TEST(Diagnostics, ShortenLongTextsBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "\u20ac";
  const std::string shown = in_quotes(text);
  EXPECT_EQ(shown.size(), 1u + 57 + 3 + 1);
  EXPECT_TRUE(shown.ends_with("\u20ac...'"));
}

}  // namespace
}  // namespace troupe::scenario
