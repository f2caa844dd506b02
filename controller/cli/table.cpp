#include "cli/table.h"

#include <algorithm>
#include <numeric>

namespace certsync::cli {
namespace {

constexpr std::size_t kGap = 2;

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

std::size_t length(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string harmless(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

std::string cut(const std::string& text, std::size_t width) {
  if (length(text) <= width) return text;
  std::size_t bytes = 0;
  for (std::size_t seen = 0; bytes < text.size(); ++bytes) {
    if (begins_character(text[bytes]) && ++seen == width) break;
  }
  return text.substr(0, bytes) + "…";
}

const char* code(Colour colour) {
  switch (colour) {
    case Colour::Green:
      return "\x1b[32m";
    case Colour::Yellow:
      return "\x1b[33m";
    case Colour::Red:
      return "\x1b[31m";
    case Colour::None:
      break;
  }
  return "";
}

// The widest that may be cut gives way first.
void fit(std::vector<std::size_t>& widths, const std::vector<Column>& columns, std::size_t width) {
  const auto total = [&] {
    return std::accumulate(widths.begin(), widths.end(), std::size_t{0}) + kGap * (widths.size() - 1);
  };
  while (width != 0 && total() > width) {
    std::size_t widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const bool may = columns[i].least != 0 && widths[i] > columns[i].least;
      if (may && (widest == widths.size() || widths[i] > widths[widest])) widest = i;
    }
    if (widest == widths.size()) return;
    --widths[widest];
  }
}

}  // namespace

std::string to_table(const std::vector<Column>& columns, const std::vector<std::vector<Cell>>& rows,
                     const Terminal& terminal) {
  std::vector<std::vector<Cell>> lines(1);
  std::vector<std::size_t> widths;
  for (const auto& column : columns) {
    lines.front().emplace_back(column.title);
    widths.push_back(length(column.title));
  }
  for (const auto& row : rows) {
    auto& line = lines.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      line.emplace_back(harmless(row[i].text), row[i].colour);
      widths[i] = std::max(widths[i], length(line.back().text));
    }
  }
  fit(widths, columns, terminal.width);
  std::string out;
  for (const auto& line : lines) {
    std::string shown;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const auto text = cut(line[i].text, widths[i]);
      const bool coloured = terminal.colours && line[i].colour != Colour::None;
      shown += coloured ? code(line[i].colour) + text + "\x1b[0m" : text;
      if (i + 1 < line.size()) shown += std::string(widths[i] - length(text) + kGap, ' ');
    }
    shown.erase(shown.find_last_not_of(' ') + 1);
    out += shown + "\n";
  }
  return out;
}

}  // namespace certsync::cli
