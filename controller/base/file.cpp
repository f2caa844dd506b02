#include "base/file.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/secret.h"

namespace certsync {
namespace {

std::string system_text(int code) {
  return std::generic_category().message(code);
}

tl::unexpected<Error> cannot_read(const std::filesystem::path& path, const std::string& why) {
  return fail(ErrorKind::Stalled, Reason::SecretInvalid, path.string() + ": " + why);
}

}  // namespace

Result<std::string> read_whole_file(const std::filesystem::path& path, std::size_t largest_bytes) {
  // Without O_NONBLOCK a pipe that somebody put there would hold us for ever.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) {
    const int code = errno;
    if (code == ENOENT || code == ENOTDIR) {
      return fail(ErrorKind::Gone, Reason::SecretNotFound, path.string() + ": " + system_text(code));
    }
    return cannot_read(path, system_text(code));
  }
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return cannot_read(path, system_text(errno));
  if (!S_ISREG(info.st_mode)) return cannot_read(path, "not a file");
  // The size is known, so the buffer never grows: growing would leave copies of a key in freed memory.
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size > largest_bytes) return cannot_read(path, "more than " + std::to_string(largest_bytes) + " bytes");
  std::string text(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const auto got = ::read(file.get(), text.data() + filled, size - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int code = errno;
      wipe(text);
      return cannot_read(path, system_text(code));
    }
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  text.resize(filled);
  return text;
}

}  // namespace certsync
