#include "metrics/samples.h"

#include <array>
#include <charconv>

#include "metrics/label.h"

namespace certsync::metrics {
namespace {

std::string escaped(const std::string& value) {
  std::string text;
  text.reserve(value.size());
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    c == '\n' ? text += "\\n" : text += c;
  }
  return text;
}

std::string number(double value) {
  // Every digit of the largest double; timestamps and counts are far from that.
  std::array<char, 400> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  return {digits.data(), end.ptr};
}

std::string line(const SeriesName& name, const std::vector<std::string>& labels, double value) {
  std::string text = name.name;
  for (std::size_t i = 0; i < labels.size(); ++i)
    text += (i == 0 ? "{" : ",") + std::string(name.labels[i]) + "=\"" + escaped(labels[i]) + "\"";
  return text + (labels.empty() ? " " : "} ") + number(value) + "\n";
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
      text += line(*name, labels, value);
    text.shrink_to_fit();
  }
  return lines;
}

std::string heading(const SeriesName& name, std::string_view type) {
  const std::string called = name.name;
  return "# HELP " + called + " " + name.help + "\n# TYPE " + called + " " + std::string(type) + "\n";
}

}  // namespace certsync::metrics
