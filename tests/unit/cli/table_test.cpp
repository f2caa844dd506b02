#include "cli/table.h"

#include <gtest/gtest.h>

namespace certsync::cli {
namespace {

const std::vector<Column> kColumns = {{"NAME", 6}, {"DAYS"}, {"NOTE", 4}};
const std::vector<std::vector<Cell>> kRows = {{"www.example.com", {"3", Colour::Red}, "soon"}, {"shop", "90", ""}};

TEST(Table, IsAsWideAsItsContents) {
  EXPECT_EQ(to_table(kColumns, kRows, {}),
            "NAME             DAYS  NOTE\n"
            "www.example.com  3     soon\n"
            "shop             90\n");
}

TEST(Table, GivesWayWhereItMay) {
  EXPECT_EQ(to_table(kColumns, kRows, {22, false}),
            "NAME        DAYS  NOTE\n"
            "www.examp…  3     soon\n"
            "shop        90\n");
}

TEST(Table, StaysReadableWhereThereIsNoRoom) {
  EXPECT_EQ(to_table(kColumns, kRows, {5, false}),
            "NAME    DAYS  NOTE\n"
            "www.e…  3     soon\n"
            "shop    90\n");
}

TEST(Table, ColoursAreOutsideOfTheColumns) {
  EXPECT_EQ(to_table(kColumns, kRows, {0, true}),
            "NAME             DAYS  NOTE\n"
            "www.example.com  \x1b[31m3\x1b[0m     soon\n"
            "shop             90\n");
}

TEST(Table, CountsCharactersAndNotBytes) {
  EXPECT_EQ(to_table({{"A"}, {"B"}}, {{"größe", "1"}, {"x", "2"}}, {}),
            "A      B\n"
            "größe  1\n"
            "x      2\n");
}

TEST(Table, NothingInACellMovesTheTerminal) {
  EXPECT_EQ(to_table({{"A"}}, {{"a\x1b[2Jb\nc"}}, {}), "A\na [2Jb c\n");
}

}  // namespace
}  // namespace certsync::cli
