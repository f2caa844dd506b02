// Text in columns that fits a terminal: what may be cut is cut, what matters has a colour.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace certsync::cli {

enum class Colour { None, Green, Yellow, Red };

struct Cell {
  Cell() = default;
  Cell(std::string text_) : text(std::move(text_)) {}  // NOLINT(google-explicit-constructor)
  Cell(const char* text_) : text(text_) {}             // NOLINT(google-explicit-constructor)
  Cell(std::string text_, Colour colour_) : text(std::move(text_)), colour(colour_) {}

  std::string text;
  Colour colour = Colour::None;
};

struct Column {
  std::string title;
  /// How narrow it may become; 0 = it is never cut.
  std::size_t least = 0;
};

struct Terminal {
  /// Characters; 0 = no terminal, nothing is cut.
  std::size_t width = 0;
  bool colours = false;
};

/// Lines without trailing blanks. Rows have as many cells as there are columns. Control characters become blanks.
std::string to_table(const std::vector<Column>& columns, const std::vector<std::vector<Cell>>& rows,
                     const Terminal& terminal);

}  // namespace certsync::cli
