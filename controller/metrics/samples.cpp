#include "metrics/samples.h"

#include <array>
#include <charconv>

#include "metrics/label.h"

namespace certsync::metrics {
namespace {

void append_escaped(std::string& text, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    c == '\n' ? text += "\\n" : text += c;
  }
}

void append_number(std::string& text, double value) {
  // Every digit of the largest double; timestamps and counts are far from that.
  std::array<char, 400> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  text.append(digits.data(), end.ptr);
}

void append_line(std::string& text, const SeriesName& name, const std::vector<std::string>& labels, double value) {
  text += name.name;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    text += i == 0 ? '{' : ',';
    text += name.labels[i];
    text += "=\"";
    append_escaped(text, labels[i]);
    text += '"';
  }
  text += labels.empty() ? " " : "} ";
  append_number(text, value);
  text += '\n';
}

}  // namespace

void Samples::set(const SeriesName& name, std::vector<std::string> labels, double value) {
  for (auto& label : labels)
    label = to_label(label);
  values_[&name][std::move(labels)] = value;
}

Lines Samples::lines() const {
  Lines lines;
  for (const auto& [name, series] : values_) {
    auto& text = lines[name];
    for (const auto& [labels, value] : series)
      append_line(text, *name, labels, value);
    text.shrink_to_fit();
  }
  return lines;
}

std::string heading(const SeriesName& name, std::string_view type) {
  const std::string called = name.name;
  return "# HELP " + called + " " + name.help + "\n# TYPE " + called + " " + std::string(type) + "\n";
}

}  // namespace certsync::metrics
