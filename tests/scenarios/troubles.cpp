#include "scenarios/troubles.h"

namespace scenarios {

const std::vector<Trouble>& troubles() {
  using sim::FaultKind;
  static const std::vector<Trouble> kTroubles = {
      {"ResetBefore", {.kind = FaultKind::ResetBefore}, "ApplianceUnreachable"},
      {"ResetAfter", {.kind = FaultKind::ResetAfter}, "ApplianceUnreachable"},
      {"Hang", {.kind = FaultKind::Hang}, "ApplianceUnreachable"},
      {"HangAfter", {.kind = FaultKind::HangAfter}, "ApplianceUnreachable"},
      {"HalfBody", {.kind = FaultKind::HalfBody}, "ApplianceUnreachable"},
      {"HugeBody", {.kind = FaultKind::HugeBody}, "NitroError"},
      {"Html", {.kind = FaultKind::Html}, "NitroError"},
      {"HtmlAfter", {.kind = FaultKind::Html, .apply_first = true}, ""},
      {"BadJson", {.kind = FaultKind::BadJson}, "NitroError"},
      {"Redirect", {.kind = FaultKind::Redirect, .url = "https://elsewhere/"}, "NitroError"},
      {"Overloaded", {.kind = FaultKind::Status, .status = 503}, "ApplianceBusy"},
      {"Busy293", {.kind = FaultKind::Errorcode, .errorcode = 293}, "ApplianceBusy"},
      {"Busy412", {.kind = FaultKind::Errorcode, .errorcode = 412}, ""},
      {"Dead444", {.kind = FaultKind::Errorcode, .errorcode = 444}, ""},
      {"Dead1027", {.kind = FaultKind::Errorcode, .errorcode = 1027}, ""},
      {"Limit445", {.kind = FaultKind::Errorcode, .errorcode = 445}, "SessionLimit"},
      {"Busy366", {.kind = FaultKind::Errorcode, .errorcode = 366}, "ApplianceBusy"},
      {"Limit446", {.kind = FaultKind::Errorcode, .errorcode = 446}, "SessionLimit"},
      {"DropSession", {.kind = FaultKind::DropSession}, ""},
      {"NotAuthorized", {.kind = FaultKind::Errorcode, .errorcode = 2138}, "NotAuthorized"},
  };
  return kTroubles;
}

}  // namespace scenarios
