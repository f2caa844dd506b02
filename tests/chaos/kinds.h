// The two kinds for a generator: their schemas out of crds/, and what the codec says of a spec.
#pragma once

#include <string>

#include "chaos/generate.h"

#include "model/appliance.h"
#include "model/cert_sync.h"

namespace chaos {

const Schema& sync_schema();
const Schema& appliance_schema();

Json sync_object(const std::string& name, const Json& spec);
Json appliance_object(const std::string& name, const Json& spec);
/// As from a manifest. Only the spec may have problems.
certsync::model::CertSync read_sync(const Json& spec);
certsync::model::Appliance read_appliance(const Json& spec);

}  // namespace chaos
