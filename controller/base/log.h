// Log lines: one message, then key=value fields; text for people or JSON for machines, to stderr.
// spdlog writes them; the rest of the program sees only this.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace certsync {

enum class LogLevel { Trace, Debug, Info, Warn, Error };
enum class LogFormat { Text, Json };

std::optional<LogLevel> parse_log_level(std::string_view text);
std::string_view to_text(LogLevel level);

struct LogField {
  LogField(std::string_view key_, std::string value_) : key(key_), value(std::move(value_)) {}
  LogField(std::string_view key_, std::string_view value_) : key(key_), value(value_) {}
  LogField(std::string_view key_, const char* value_) : key(key_), value(value_) {}
  LogField(std::string_view key_, long long value_) : key(key_), value(std::to_string(value_)) {}

  std::string_view key;
  std::string value;
};

/// Thread-safe. Cheap to pass by reference; one lives as long as the program.
class Logger {
 public:
  using Fields = std::initializer_list<LogField>;

  /// Lines go to stderr.
  Logger(LogLevel level, LogFormat format);
  /// Lines go to `sink`, without the newline: for tests.
  Logger(LogLevel level, LogFormat format, std::function<void(std::string_view)> sink);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  bool enabled(LogLevel level) const;
  void write(LogLevel level, std::string_view message, Fields fields = {}) const;
  void debug(std::string_view message, Fields fields = {}) const { write(LogLevel::Debug, message, fields); }
  void info(std::string_view message, Fields fields = {}) const { write(LogLevel::Info, message, fields); }
  void warn(std::string_view message, Fields fields = {}) const { write(LogLevel::Warn, message, fields); }
  void error(std::string_view message, Fields fields = {}) const { write(LogLevel::Error, message, fields); }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace certsync
