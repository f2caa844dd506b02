// What a person does at the appliance in one partition: with all checks, but without login.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace sim {

class Appliance;
struct Serving;

/// Thread-safe. The results of type int are NITRO errorcodes, 0 for success.
class Person {
 public:
  Person(Appliance& appliance, std::string partition);

  int ask(const std::string& method, const std::string& target, const std::string& body = {});
  /// In the partition's certificate folder.
  void put_file(const std::string& name, const std::string& content);
  bool remove_file(const std::string& name);
  std::optional<std::string> file(const std::string& name) const;
  /// Writes NAME.pem and NAME.key and loads them; an empty key makes a certificate without one.
  int add_certkey(const std::string& name, const std::string& cert_pem, const std::string& key_pem = {});
  /// The same, then the certkey of that name is updated.
  int update_certkey(const std::string& name, const std::string& cert_pem, const std::string& key_pem = {});
  int bind(const std::string& vserver, const std::string& certkey, bool sni = false);
  /// `members` of sslvserver: {{"clientauth", "ENABLED"}}.
  int set_vserver(const std::string& vserver, const std::map<std::string, std::string>& members);
  int link(const std::string& certkey, const std::string& issuer);
  int bind_service(const std::string& service, const std::string& certkey);
  int bind_group(const std::string& group, const std::string& certkey);
  // After these an update is refused: with 1541, 3374, 3375.
  int bind_vpn_global(const std::string& certkey);
  int use_for_user_data(const std::string& certkey);
  int use_for_adfs_proxy(const std::string& certkey);
  /// Somebody else's work, not saved: a virtual server of that name, which a reboot forgets.
  int leave_unsaved_work(const std::string& name = "somebody_elses");
  int save();
  void mark_saved(bool saved);

  Serving serving(const std::string& vserver) const;
  bool config_changed() const;
  /// Certkeys, bindings and files of this partition alone.
  std::string state_text() const;

 private:
  int bind_to(const std::string& resource, const std::string& key, const std::string& owner,
              const std::string& certkey);
  std::string load_body(const std::string& name, const std::string& cert_pem, const std::string& key_pem);

  Appliance& appliance_;
  const std::string partition_;
  const std::string folder_;
};

}  // namespace sim
