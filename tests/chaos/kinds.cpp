#include "chaos/kinds.h"

#include "codec/objects.h"
#include "support/places.h"

namespace chaos {

using namespace certsync;

namespace {

Schema read_schema(const char* plural) {
  return read_spec_schema(
      (support::source_tree() / ("crds/netscaler.certsync.io_" + std::string(plural) + ".yaml")).string());
}

Json object_of(const char* kind, const std::string& name, const Json& spec) {
  return {
      {"apiVersion", "netscaler.certsync.io/v1alpha1"}, {"kind", kind}, {"metadata", {{"name", name}}}, {"spec", spec}};
}

}  // namespace

const Schema& sync_schema() {
  static const Schema kSchema = read_schema("netscalercertsyncs");
  return kSchema;
}

const Schema& appliance_schema() {
  static const Schema kSchema = read_schema("netscalerappliances");
  return kSchema;
}

Json sync_object(const std::string& name, const Json& spec) {
  return object_of("NetScalerCertSync", name, spec);
}

Json appliance_object(const std::string& name, const Json& spec) {
  return object_of("NetScalerAppliance", name, spec);
}

model::CertSync read_sync(const Json& spec) {
  return *codec::decode_cert_sync(sync_object("www", spec), codec::Dialect::Standalone);
}

model::Appliance read_appliance(const Json& spec) {
  return *codec::decode_appliance(appliance_object("edge", spec), codec::Dialect::Standalone);
}

}  // namespace chaos
