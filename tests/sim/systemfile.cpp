// systemfile: bytes on the appliance's disk. Uploading and using a file are two things; see certkey_load.cpp.
#include "base/encoding.h"
#include "sim/listing.h"
#include "sim/resources.h"

namespace sim {
namespace {

constexpr std::size_t kMaxFileName = 63;
constexpr std::size_t kMaxFolder = 127;

const std::vector<Attribute>& file_attributes() {
  static const std::vector<Attribute> kKnown = {{"filename", "fileName"},
                                                {"filelocation", "fileLocation"},
                                                {"filecontent", "fileContent"},
                                                {"fileencoding", "fileEncoding"}};
  return kKnown;
}

/// `missing` and `foreign`: for a folder that is not there, and for one of another partition.
std::optional<Reply> check_folder(const State& state, const std::string& folder, int missing, int foreign) {
  if (folder.empty()) return failure(1095, "fileLocation");
  if (folder.size() > kMaxFolder) return failure(1106, "fileLocation");
  if (!FileStore::permitted(folder)) return failure(3446);
  if (!state.here->may_write(folder)) return failure(foreign);
  if (!state.files.has_folder(folder)) return failure(missing);
  return std::nullopt;
}

Reply add_file(State& state, const Call& call) {
  if (auto refused =
          check_attributes(call, file_attributes(), {"filename", "filelocation", "filecontent", "fileencoding"})) {
    return *refused;
  }
  if (auto refused = require(call, {file_attributes()[0], file_attributes()[1]})) return *refused;
  if (!call.attribute("filecontent")) return failure(1095, "fileContent");
  const std::string name = *call.attribute("filename");
  const std::string folder = *call.attribute("filelocation");
  if (name.size() > kMaxFileName) return failure(1106, "fileName");
  if (name.find('/') != std::string::npos || name == "." || name == "..") return failure(1097, "fileName");
  if (certsync::to_lower(call.attribute("fileencoding").value_or("BASE64")) != "base64") return failure(3444);
  if (auto refused = check_folder(state, folder, 3445, 1645)) return *refused;
  auto content = certsync::from_base64(*call.attribute("filecontent"));
  if (!content) return failure(3443);
  // idempotent=yes does not help here: citrix/terraform-provider-citrixadc #1119.
  const bool may_replace = call.override_file && state.options.supports_override;
  if (state.files.find(folder, name) != nullptr && !may_replace) return failure(1642);
  const std::size_t limit = state.options.disk_bytes;
  if (limit > 0 && state.files.bytes() + content->size() > limit) return failure(284);
  state.files.put(folder, name, std::move(*content), state.now());
  return created();
}

Json file_entry(const std::string& folder, const std::string& name, const File& file, bool with_content) {
  Json::Object entry = {{"filename", name}, {"filelocation", folder}};
  if (with_content) {
    entry.push_back({"filecontent", certsync::to_base64(file.content)});
    entry.push_back({"fileencoding", "BASE64"});
  }
  entry.push_back({"fileaccesstime", calendar_text(file.modified)});
  entry.push_back({"filemodifiedtime", calendar_text(file.modified)});
  // A string on real appliances, whatever the models say.
  entry.push_back({"filesize", std::to_string(file.content.size())});
  return {std::move(entry)};
}

Reply get_files(State& state, const Call& call) {
  const std::string folder = call.arg("filelocation").value_or("");
  if (auto refused = check_folder(state, folder, 3440, 3446)) return *refused;
  const std::string name = call.name.empty() ? call.arg("filename").value_or("") : call.name;
  if (!name.empty()) {
    const File* file = state.files.find(folder, name);
    if (file == nullptr) return failure(3441);
    return listing(call, {file_entry(folder, name, *file, true)});
  }
  Json::Array items;
  for (const auto& subfolder : state.files.subfolders(folder)) {
    const std::string time = calendar_text(state.now());
    items.push_back(Json(Json::Object{{"filename", subfolder},
                                      {"filelocation", folder},
                                      {"fileaccesstime", time},
                                      {"filemodifiedtime", time},
                                      {"filemode", Json::Array{Json("DIRECTORY")}},
                                      {"filesize", "512"}}));
  }
  for (const auto& [file_name, file] : state.files.files(folder)) {
    items.push_back(file_entry(folder, file_name, file, false));
  }
  return listing(call, std::move(items));
}

Reply delete_file(State& state, const Call& call) {
  const std::string folder = call.arg("filelocation").value_or("");
  const std::string name = call.name.empty() ? call.arg("filename").value_or("") : call.name;
  if (name.empty()) return failure(1095, "fileName");
  if (auto refused = check_folder(state, folder, 3440, 1645)) return *refused;
  if (!state.files.remove(folder, name)) return failure(3441);
  return done();
}

}  // namespace

Reply handle_systemfile(State& state, const Call& call) {
  if (call.method == "GET") return get_files(state, call);
  if (call.method == "DELETE") return delete_file(state, call);
  if (call.method == "POST" && (call.action.empty() || call.action == "add")) return add_file(state, call);
  return failure(1240);
}

}  // namespace sim
