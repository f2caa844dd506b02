#include "nitro/factory.h"

#include "base/encoding.h"
#include "model/place.h"
#include "nitro/nitro_appliance.h"

namespace certsync::nitro {
namespace {

http::TransportOptions transport_options(const std::string& endpoint, const model::ApplianceSpec& spec) {
  http::TransportOptions options;
  options.base_url = endpoint;
  options.trust = {spec.tls.ca_bundle, spec.tls.server_name, spec.tls.fingerprints, spec.tls.insecure_skip_verify};
  return options;
}

// Everything that makes two sessions different. An account with another trust is another session.
std::string session_key(const std::string& endpoint, const model::ApplianceSpec& spec) {
  std::string key = spec.credentials_secret + "\n" + sha256_hex(spec.tls.ca_bundle) + "\n" + spec.tls.server_name +
                    "\n" + (spec.tls.insecure_skip_verify ? "insecure" : "verified") + "\n" + model::box_of(endpoint);
  for (const auto& fingerprint : spec.tls.fingerprints)
    key += "\n" + fingerprint;
  return key;
}

}  // namespace

NitroFactory::NitroFactory(std::vector<std::string> credentials_namespaces, ports::SecretReader& secrets,
                           TransportMaker make_transport, const Clock& clock, Sleeper& sleeper, const Logger& log,
                           ports::Recorder& recorder)
    : credentials_namespaces_(std::move(credentials_namespaces)),
      secrets_(secrets),
      make_transport_(std::move(make_transport)),
      clock_(clock),
      sleeper_(sleeper),
      log_(log),
      recorder_(recorder) {}

CredentialsReader NitroFactory::credentials_of(const std::string& secret) const {
  return [spaces = credentials_namespaces_, secret, &secrets = secrets_]() -> Result<Credentials> {
    model::ObjectRef ref{spaces.front(), secret};
    auto data = secrets.read_secret(ref);
    for (std::size_t i = 1; i < spaces.size() && !data && data.error().kind == ErrorKind::Gone; ++i) {
      ref.space = spaces[i];
      data = secrets.read_secret(ref);
    }
    const std::string where = "credentials Secret " + to_text(ref) + ": ";
    if (!data)
      return fail(data.error().kind == ErrorKind::Gone ? ErrorKind::Stalled : data.error().kind,
                  Reason::CredentialsRejected, where + data.error().message);
    const auto username = data->data.find("username");
    const auto password = data->data.find("password");
    if (username == data->data.end() || password == data->data.end() || username->second.empty()) {
      return fail(ErrorKind::Stalled, Reason::CredentialsRejected, where + "needs the keys username and password");
    }
    Credentials credentials;
    credentials.username = trim(username->second.reveal());
    // Files made by editors end in a newline, which is never part of a password here.
    std::string text(password->second.reveal());
    while (text.ends_with('\n') || text.ends_with('\r'))
      text.pop_back();
    credentials.password = SecretBytes(std::move(text));
    credentials.version = data->meta.meta.resource_version;
    return credentials;
  };
}

std::shared_ptr<Session> NitroFactory::session_with(const std::string& endpoint, const model::ApplianceSpec& spec) {
  return shared_.with([&](Shared& shared) {
    std::erase_if(shared.sessions, [](const auto& entry) { return entry.second.expired(); });
    std::erase_if(shared.turnstiles, [](const auto& entry) { return entry.second.expired(); });
    auto& slot = shared.sessions[session_key(endpoint, spec)];
    auto session = slot.lock();
    if (session) return session;
    auto& box = shared.turnstiles[model::box_of(endpoint)];
    auto turnstile = box.lock();
    if (!turnstile) box = turnstile = std::make_shared<Turnstile>();
    session = std::make_shared<Session>(SessionOptions{std::move(turnstile)},
                                        make_transport_(transport_options(endpoint, spec)),
                                        credentials_of(spec.credentials_secret), clock_, log_, recorder_);
    slot = session;
    return session;
  });
}

Client NitroFactory::client_of(const model::Appliance& appliance) {
  const auto& spec = appliance.spec;
  Client client;
  client.appliance = appliance.meta.ref.name;
  client.partition = model::partition_of(spec);
  client.max_concurrent_requests = spec.max_concurrent_requests;
  client.request_timeout = spec.request_timeout;
  return client;
}

std::shared_ptr<Session> NitroFactory::session_of(const model::Appliance& appliance, const std::string& endpoint) {
  return session_with(endpoint, appliance.spec);
}

std::unique_ptr<ports::Appliance> NitroFactory::make(const model::Appliance& appliance) {
  std::vector<Door> doors;
  for (const auto& endpoint : appliance.spec.endpoints)
    doors.push_back({endpoint, session_of(appliance, endpoint)});
  return std::make_unique<NitroAppliance>(client_of(appliance), std::move(doors), clock_, sleeper_);
}

}  // namespace certsync::nitro
