#include "base/log.h"

#include <mutex>

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/encoding.h"

namespace certsync {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::Trace:
      return spdlog::level::trace;
    case LogLevel::Debug:
      return spdlog::level::debug;
    case LogLevel::Info:
      return spdlog::level::info;
    case LogLevel::Warn:
      return spdlog::level::warn;
    case LogLevel::Error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// Control characters are escaped in both formats, so that a hostile text cannot forge a second line; bytes that are no
// UTF-8, as in the subject of a certificate, would make a JSON line that no parser takes.
void append_escaped(std::string& out, std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  for (char c : valid_utf8(std::string(text))) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out.push_back(kDigits[byte >> 4]);
      out.push_back(kDigits[byte & 15]);
    } else {
      out.push_back(c);
    }
  }
}

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"=\\\n\r\t") != std::string_view::npos;
}

std::string text_line(LogLevel level, std::string_view message, Logger::Fields fields) {
  std::string line(to_text(level));
  line.resize(6, ' ');
  append_escaped(line, message);
  for (const auto& field : fields) {
    line += "  ";
    line += field.key;
    line += '=';
    const bool quoted = needs_quotes(field.value);
    if (quoted) line += '"';
    append_escaped(line, field.value);
    if (quoted) line += '"';
  }
  return line;
}

std::string json_members(LogLevel level, std::string_view message, Logger::Fields fields) {
  std::string line = "\"level\":\"" + std::string(to_text(level)) + "\",\"msg\":\"";
  append_escaped(line, message);
  line += '"';
  for (const auto& field : fields) {
    line += ",\"";
    append_escaped(line, field.key);
    line += "\":\"";
    append_escaped(line, field.value);
    line += '"';
  }
  return line;
}

class FunctionSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FunctionSink(std::function<void(std::string_view)> function) : function_(std::move(function)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t buffer;
    formatter_->format(message, buffer);
    std::string_view line(buffer.data(), buffer.size());
    if (line.ends_with('\n')) line.remove_suffix(1);
    function_(line);
  }
  void flush_() override {}

  std::function<void(std::string_view)> function_;
};

}  // namespace

struct Logger::Impl {
  LogFormat format;
  spdlog::logger logger;

  Impl(LogLevel level, LogFormat format_, spdlog::sink_ptr sink)
      : format(format_), logger("certsync", std::move(sink)) {
    logger.set_level(to_spdlog(level));
    logger.set_pattern(
        format == LogFormat::Json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v})" : "%Y-%m-%dT%H:%M:%S.%eZ %v",
        spdlog::pattern_time_type::utc);
    logger.flush_on(spdlog::level::trace);
  }
};

Logger::Logger(LogLevel level, LogFormat format)
    : impl_(std::make_unique<Impl>(level, format, std::make_shared<spdlog::sinks::stderr_sink_mt>())) {}

Logger::Logger(LogLevel level, LogFormat format, std::function<void(std::string_view)> sink)
    : impl_(std::make_unique<Impl>(level, format, std::make_shared<FunctionSink>(std::move(sink)))) {}

Logger::~Logger() = default;

bool Logger::enabled(LogLevel level) const {
  return impl_->logger.should_log(to_spdlog(level));
}

void Logger::write(LogLevel level, std::string_view message, Fields fields) const {
  if (!enabled(level)) return;
  const std::string line =
      impl_->format == LogFormat::Json ? json_members(level, message, fields) : text_line(level, message, fields);
  impl_->logger.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

std::optional<LogLevel> parse_log_level(std::string_view text) {
  for (LogLevel level : {LogLevel::Trace, LogLevel::Debug, LogLevel::Info, LogLevel::Warn, LogLevel::Error}) {
    if (text == to_text(level)) return level;
  }
  return std::nullopt;
}

std::string_view to_text(LogLevel level) {
  switch (level) {
    case LogLevel::Trace:
      return "trace";
    case LogLevel::Debug:
      return "debug";
    case LogLevel::Info:
      return "info";
    case LogLevel::Warn:
      return "warn";
    case LogLevel::Error:
      return "error";
  }
  return "info";
}

}  // namespace certsync
