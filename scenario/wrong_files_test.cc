// Every wrong file is explained as it should be.
#include "scenario/wrong_files.h"
#include "gtest/gtest.h"
#include "scenario/parse_testing.h"

namespace troupe::scenario {
namespace {

class WrongFiles : public testing::TestWithParam<Wrong> {};

TEST_P(WrongFiles, AreExplained) { expect_explained(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Each, WrongFiles, testing::ValuesIn(wrong_files()), promise_of);

}  // namespace
}  // namespace troupe::scenario
